// The mails that let staff in: a link that was asked for, an invitation. They say what the link does and name nobody.
import { type Language, wordsIn } from '../platform/i18n.ts'
import { type PlainMail, plainMail } from '../platform/plain-mail.tsx'

type Props = { language: Language; host: string; link: string }

/** A link good for ten minutes, in the browser that asked. */
export function signInMail({ language, host, link }: Props): PlainMail {
  const t = wordsIn(language)
  return mailOf(language, {
    subject: t('signIn.mail.subject'),
    before: [t('signIn.mail.text', { host }), t('signIn.mail.browser')],
    link,
    after: t('signIn.mail.notYou'),
  })
}

/** A link good for three days, in any browser. */
export function invitationMail({ language, host, link }: Props): PlainMail {
  const t = wordsIn(language)
  const after = t('signIn.mail.notYou')
  return mailOf(language, { subject: t('people.mail.subject'), before: [t('people.mail.text', { host })], link, after })
}

function mailOf(
  language: Language,
  { subject, before, link, after }: { subject: string; before: string[]; link: string; after: string },
): PlainMail {
  const body = (
    <>
      {before.map((line) => (
        <p>{line}</p>
      ))}
      <p>
        <a href={link}>{link}</a>
      </p>
      <p>{after}</p>
    </>
  )
  return plainMail(language, { subject, body, paragraphs: [...before, link, after] })
}
