// The invitation, its reminders and a link asked for, as text and as HTML that says the same: one thing to do, the address written out.
import type { FC } from 'hono/jsx'
import type { Programme } from '../panel/frame.ts'
import { type Language, sayDate, type WordKey, type Words, wordsIn } from '../platform/i18n.ts'
import { LINK, type MailKind } from './delivery.ts'

export type InvitationProps = {
  kind: MailKind
  number: number
  language: Language
  programme: Programme
  wave: { fr: string; en: string }
  givenName: string
  questions: number
  minutes: number
  closesOn: Temporal.PlainDate
  link: string
  stopLink: string
}

type Written = { subject: string; preheader: string; paragraphs: string[]; action: string; footer: string[] }

export function invitationMail(props: InvitationProps): { subject: string; text: string; html: string } {
  const written = write(wordsIn(props.language), props)
  return {
    subject: written.subject,
    text: asText(written, props),
    html: `<!doctype html>${(<Html {...props} {...written} />).toString()}`,
  }
}

function write(
  t: Words,
  { kind, number, language, programme, wave, givenName, questions, minutes, closesOn }: InvitationProps,
): Written {
  const values = {
    name: givenName,
    programme: programme.name[language],
    wave: wave[language],
    questions,
    minutes,
    date: sayDate(closesOn.subtract({ days: 1 }), language),
    sender: programme.sender.name,
    contact: programme.controller.contact,
  }
  const contact = (part: string) => t(`mail.${kind}.${Math.min(number, 2)}.${part}` as WordKey, values)
  const [subject, text] =
    kind === LINK
      ? [t('mail.link.subject', values), t('mail.link.text', values)]
      : [contact('subject'), contact('text')]
  return {
    subject,
    preheader: t('mail.preheader', values),
    paragraphs: [t('mail.greeting', values), text, t('mail.cost', values)],
    action: t('mail.action', values),
    footer: [t('mail.why', values), t('mail.questions', values)],
  }
}

const asText = (
  { paragraphs, action, footer }: Written,
  { link, stopLink, programme, language }: InvitationProps,
): string =>
  [
    ...paragraphs,
    `${action}\n${link}`,
    programme.sender.name,
    '--',
    ...footer,
    `${wordsIn(language)('mail.stop')}\n${stopLink}`,
  ]
    .join('\n\n')
    .concat('\n')

const font =
  'font-family: system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, sans-serif; font-size: 16px; line-height: 1.5;'

const Html: FC<InvitationProps & Written> = ({
  language,
  subject,
  preheader,
  paragraphs,
  action,
  footer,
  link,
  stopLink,
  programme,
}) => (
  <html lang={language}>
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{subject}</title>
    </head>
    <body style={`${font} margin: 0; padding: 24px 16px;`}>
      <div style="display: none; max-height: 0; overflow: hidden;">{preheader}</div>
      <div style="max-width: 560px; margin: 0 auto;">
        {paragraphs.map((paragraph) => (
          <p>{paragraph}</p>
        ))}
        <p>
          <a
            href={link}
            style="display: inline-block; padding: 12px 24px; border-radius: 6px; background: #0b5f56; color: #ffffff; text-decoration: none;"
          >
            {action}
          </a>
        </p>
        <p>
          <a href={link} style="word-break: break-all;">
            {link}
          </a>
        </p>
        <p>{programme.sender.name}</p>
        <hr style="border: 0; border-top: 1px solid #d9d5ca;" />
        {footer.map((line) => (
          <p>
            <small>{line}</small>
          </p>
        ))}
        <p>
          <small>
            <a href={stopLink}>{wordsIn(language)('mail.stop')}</a>
          </small>
        </p>
      </div>
    </body>
  </html>
)
