// The mails that let staff in: a link that was asked for, an invitation. They say what the link does and name nobody.
import { type Language, wordsIn } from '../platform/i18n.ts'

type Props = { language: Language; host: string; link: string }
type Mail = { subject: string; text: string; html: string }

/** A link good for ten minutes, in the browser that asked. */
export function signInMail({ language, host, link }: Props): Mail {
  const t = wordsIn(language)
  return mailOf(language, {
    subject: t('signIn.mail.subject'),
    before: [t('signIn.mail.text', { host }), t('signIn.mail.browser')],
    link,
    after: t('signIn.mail.notYou'),
  })
}

/** A link good for three days, in any browser. */
export function invitationMail({ language, host, link }: Props): Mail {
  const t = wordsIn(language)
  const after = t('signIn.mail.notYou')
  return mailOf(language, { subject: t('people.mail.subject'), before: [t('people.mail.text', { host })], link, after })
}

function mailOf(
  language: Language,
  { subject, before, link, after }: { subject: string; before: string[]; link: string; after: string },
): Mail {
  const page = (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="color-scheme" content="light dark" />
        <title>{subject}</title>
      </head>
      <body>
        {before.map((line) => (
          <p>{line}</p>
        ))}
        <p>
          <a href={link}>{link}</a>
        </p>
        <p>{after}</p>
      </body>
    </html>
  )
  const text = `${[...before, link, after].join('\n\n')}\n`
  return { subject, text, html: `<!doctype html>${page.toString()}` }
}
