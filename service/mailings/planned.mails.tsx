// A mail to a volunteer, as text and as HTML that says the same: one thing to do, its address written out, who writes
// and why, and how to stop it. Nothing is loaded from anywhere, and nobody learns whether it was opened.
import type { FC } from 'hono/jsx'
import type { Programme } from '../panel/frame.ts'
import { type Bilingual, fill, type Language, sayDate, wordsIn } from '../platform/i18n.ts'
import { isAboutNext, type MailText, type MailTexts, mailText, type Value } from '../waves/mail-texts.ts'
import type { MailKind } from './delivery.ts'

export type PlannedMailProps = {
  texts: MailTexts
  kind: MailKind
  number: number
  language: Language
  programme: Programme
  wave: Bilingual
  givenName: string
  questions: number
  minutes: number
  /** The first day on which the questionnaire can no longer be answered. */
  closesOn: Temporal.PlainDate
  /** When the next questionnaire comes; null when none is known to. */
  nextOn: Temporal.PlainDate | null
  /** The questionnaire. */
  link: string
  stopLink: string
}

/** A link: what it says, where it leads, and that address as people read it. */
type Link = { label: string; href: string; shown: string }

type Written = {
  subject: string
  preheader: string
  paragraphs: string[]
  action: Link | null
  signature: string[]
  why: string
  questions: Link
  stop: Link
}

export function plannedMail(props: PlannedMailProps): { subject: string; text: string; html: string } {
  const written = write(props)
  return {
    subject: written.subject,
    text: asText(written),
    html: `<!doctype html>${(<Html language={props.language} {...written} />).toString()}`,
  }
}

function write(props: PlannedMailProps): Written {
  const { texts, kind, number, language, programme, nextOn, stopLink } = props
  const t = wordsIn(language)
  const text = mailText(texts, kind, number)
  const values = valuesOf(props)
  const say = (both: Bilingual) => fill(both[language], values)
  const { contact } = programme.controller
  return {
    subject: say(text.subject),
    preheader: say(text.preheader),
    paragraphs: [
      values.name === '' ? t('mail.hello') : t('mail.greeting', values),
      ...text.text.filter((both) => nextOn !== null || !isAboutNext(both[language])).map(say),
    ],
    action: actionOf(text, props),
    signature: [t('mail.closing'), programme.sender.name],
    why: t('mail.why', { programme: values.programme, controller: programme.controller.name }),
    questions: { label: t('mail.questions'), href: `mailto:${contact}`, shown: contact },
    stop: { label: t('mail.stop'), href: stopLink, shown: stopLink },
  }
}

/** What each value stands for in a mail. */
export const valuesOf = ({
  language,
  programme,
  wave,
  givenName,
  questions,
  minutes,
  closesOn,
  nextOn,
}: PlannedMailProps): Record<Value, string | number> => ({
  name: onlyAName(givenName),
  programme: programme.name[language],
  wave: wave[language],
  questions,
  minutes,
  date: sayDate(closesOn.subtract({ days: 1 }), language),
  nextDate: nextOn ? sayDate(nextOn, language) : '',
  sender: programme.sender.name,
  contact: programme.controller.contact,
})

/** A name on one line, read in the direction of the text around it, whatever the register has. */
const onlyAName = (name: string): string =>
  name
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()

/** The questionnaire, or a message to a person. */
function actionOf({ action, reply }: MailText, { language, programme, link }: PlannedMailProps): Link | null {
  if (!action) return null
  const label = action[language]
  if (!reply) return { label, href: link, shown: link }
  const { replyTo } = programme.sender
  return { label, href: `mailto:${replyTo}?subject=${encodeURIComponent(reply[language])}`, shown: replyTo }
}

const asText = ({ paragraphs, action, signature, why, questions, stop }: Written): string =>
  [
    ...paragraphs,
    ...(action ? [`${action.label}\n${action.shown}`] : []),
    signature.join('\n'),
    '--',
    why,
    `${questions.label} ${questions.shown}`,
    `${stop.label}\n${stop.shown}`,
  ]
    .join('\n\n')
    .concat('\n')

const FONT = 'font: 16px/1.5 system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, sans-serif;'
const STYLE = {
  page: 'margin: 0; padding: 0; background-color: #fbfaf6;',
  /** Shown in a list of messages only. */
  preheader: 'display: none; max-height: 0; overflow: hidden; opacity: 0;',
  paper: `${FONT} background-color: #fbfaf6; color: #1d2129; padding: 24px 16px 32px;`,
  column: 'max-width: 540px; margin: 0 auto; overflow-wrap: break-word;',
  paragraph: 'margin: 0 0 16px;',
  button:
    'display: inline-block; box-sizing: border-box; max-width: 100%; padding: 10px 24px; border: 1px solid #0b5f56; border-radius: 6px; background-color: #0b5f56; color: #ffffff; text-decoration: none;',
  link: 'color: #0b5f56; display: inline-block; max-width: 100%; font-size: 14px; padding: 2px 0; word-break: break-all;',
  rule: 'border: 0; border-top: 1px solid #d9d5ca; margin: 24px 0 16px;',
  foot: 'margin: 0 0 8px; font-size: 14px; color: #5a6270;',
  footLink: 'color: #0b5f56; display: inline-block; max-width: 100%; padding: 2px 0;',
}

/** Where a mail program has a dark mode and keeps this; elsewhere each colour stands beside the one it lies on. */
const DARK = `:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
body, .paper { background-color: #14171b !important; color: #ece9e1 !important; }
.foot { color: #a7adb8 !important; }
a { color: #5cc4b4 !important; }
.button { background-color: #5cc4b4 !important; border-color: #5cc4b4 !important; color: #0d1a18 !important; }
hr { border-color: #3a4048 !important; }
}`

const Html: FC<Written & { language: Language }> = ({
  language,
  subject,
  preheader,
  paragraphs,
  action,
  signature,
  why,
  questions,
  stop,
}) => (
  <html lang={language}>
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="supported-color-schemes" content="light dark" />
      <title>{subject}</title>
      <style>{DARK}</style>
    </head>
    <body style={STYLE.page}>
      <div style={STYLE.preheader}>{preheader}</div>
      <div class="paper" lang={language} style={STYLE.paper}>
        <div style={STYLE.column}>
          {paragraphs.map((paragraph) => (
            <p style={STYLE.paragraph}>{paragraph}</p>
          ))}
          {action && <Action {...action} />}
          <p style={STYLE.paragraph}>
            {signature[0]}
            <br />
            {signature[1]}
          </p>
          <hr style={STYLE.rule} />
          <p class="foot" style={STYLE.foot}>
            {why}
          </p>
          <p class="foot" style={STYLE.foot}>
            {questions.label}{' '}
            <a href={questions.href} style={STYLE.footLink}>
              {questions.shown}
            </a>
          </p>
          <p class="foot" style={STYLE.foot}>
            <a href={stop.href} style={STYLE.footLink}>
              {stop.label}
            </a>
          </p>
        </div>
      </div>
    </body>
  </html>
)

const Action: FC<Link> = ({ label, href, shown }) => (
  <>
    <p style="margin: 24px 0 8px;">
      <a class="button" href={href} style={STYLE.button}>
        {label}
      </a>
    </p>
    <p style="margin: 0 0 24px;">
      <a href={href} style={STYLE.link}>
        {shown}
      </a>
    </p>
  </>
)
