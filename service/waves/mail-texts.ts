// What each mail says, as surveys/mails.yaml has it: the values its words may have, and what a text must say or not try.
import { z } from 'zod'
import { Bilingual, fill, LANGUAGES } from '../platform/i18n.ts'

/** The values a text may have, and the characters to reckon with for each. */
const ROOM = {
  name: 60,
  programme: 40,
  wave: 30,
  questions: 3,
  minutes: 2,
  /** The last day on which the questionnaire can be answered. */
  date: 27,
  /** The day the next questionnaire comes; a paragraph with it is left out when there is none. */
  nextDate: 27,
  sender: 40,
  contact: 40,
} as const
export type Value = keyof typeof ROOM

const LONG = Object.fromEntries(Object.entries(ROOM).map(([name, length]) => [name, 'x'.repeat(length)]))

export const MOST_CHARACTERS = {
  subject: 55,
  preheader: 100,
  paragraph: 400,
  text: 900,
  action: 30,
  reply: 40,
} as const
export const MOST_PARAGRAPHS = 4
const MOST_REMINDERS = 10

/** Every rule a text may break, as whoever checks a file reads of it. */
const SENTENCES = {
  markup: 'is plain text, without markup',
  address: 'has an e-mail address: {contact} stands for it',
  page: 'looks like the address of a page: the link stands under the button',
  unseen: 'has a line break or a sign that nobody sees',
  picture: 'has a picture in it',
  insistent: 'insists with its ! and ?',
  capitals: 'has a word in capitals',
  blank: 'begins or ends with a blank',
  punctuation: 'catches the eye with its punctuation',
  answer: 'pretends to be an answer',
  dot: 'has a middle dot, which a button does without',
  unknown: 'has no value for {value}; it may have {values}',
  none: 'has no value for {value}; it may have none',
  brace: 'has a brace that belongs to no value',
  differ: 'has not the same values in both languages',
  long: 'has {length} characters once it is filled in: {most} at most',
  must: 'must say {value}',
  without: 'must say something without {nextDate} too',
  twice: 'stands twice',
} as const
export type Rule = keyof typeof SENTENCES

/** A rule that was broken, and what its sentence names. */
export type Broken = { rule: Rule; values?: Record<string, string | number> }

/** As an issue: the sentence for whoever reads English, and the rule for who says it otherwise. */
const complaint = (broken: Broken) => ({
  code: 'custom' as const,
  message: fill(SENTENCES[broken.rule], broken.values ?? {}),
  params: broken,
})

/** The rule an issue of a text is about; undefined when the text has not even the shape of one. */
export const ruleOf = (issue: { code?: string | undefined; params?: unknown }): Broken | undefined =>
  issue.code === 'custom' && issue.params ? (issue.params as Broken) : undefined

type Fault = readonly [rule: Rule, what: RegExp]

/** What no text does: it is plain, and leads nowhere by itself. */
const FAULTS: readonly Fault[] = [
  ['markup', /[<>]|&#?\w+;/],
  ['address', /@/],
  ['page', /:\/\/|www\.|[\p{L}\d]\.[a-z]{2,}/iu],
  ['unseen', /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u],
  ['picture', /\p{Extended_Pictographic}/u],
  ['insistent', /[!?]\s*[!?]/],
  ['capitals', /(?<!\p{L})\p{Lu}{5,}(?!\p{L})/u],
  ['blank', /^\s|\s$/],
]

/** What a subject, and whatever else is one line, does not try either. */
const LINE_FAULTS: readonly Fault[] = [
  ...FAULTS,
  ['punctuation', /[!…*#_~|]|\.{2}|([-–—=:;,])\s*\1/],
  ['capitals', /(?<!\p{L})\p{Lu}{3,4}(?!\p{L})/u],
  ['answer', /^(re|fwd?|tr)\s*:/i],
]

const BUTTON_FAULTS: readonly Fault[] = [...LINE_FAULTS, ['dot', /·/]]

type Rules = { may: readonly Value[]; most: number; faults: readonly Fault[] }

/** A text in both languages that keeps some rules, with the same values in each. */
const Prose = (rules: Rules) =>
  Bilingual.superRefine((both, context) => {
    for (const language of LANGUAGES)
      for (const broken of brokenIn(both[language], rules)) context.addIssue({ ...complaint(broken), path: [language] })
    if (valuesIn(both.fr).join() !== valuesIn(both.en).join()) context.addIssue(complaint({ rule: 'differ' }))
  })

function brokenIn(text: string, { may, most, faults }: Rules): Broken[] {
  const unknown = valuesIn(text).filter((name) => !(may as readonly string[]).includes(name))
  const values = may.map(inBraces).join(' ')
  const length = filledLength(text)
  return [
    ...unknown.map((value): Broken => ({ rule: values ? 'unknown' : 'none', values: { value, values } })),
    ...(/[{}]/.test(text.replace(/\{\w+\}/g, '')) ? [{ rule: 'brace' as const }] : []),
    ...faults.filter(([, what]) => what.test(text)).map(([rule]) => ({ rule })),
    ...(length > most ? [{ rule: 'long' as const, values: { length, most } }] : []),
  ]
}

/** How many characters to reckon with once a text is filled in. */
export const filledLength = (text: string): number => fill(text, LONG).length

/** A value as a text has it. */
export const inBraces = (name: string): string => `{${name}}`
const valuesIn = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!))].toSorted()

/** Whether a paragraph is about the next questionnaire, and left out when none is known. */
export const isAboutNext = (paragraph: string): boolean => paragraph.includes(inBraces('nextDate'))

/** The values a mail may have in its heading and in its text, and those its text must have. */
type Values = { heading: readonly Value[]; text: readonly Value[]; must: readonly Value[] }

const ALWAYS = ['programme', 'wave', 'sender'] as const
const COST = ['questions', 'minutes', 'date'] as const
const ASKING: Values = {
  heading: [...ALWAYS, ...COST],
  text: [...ALWAYS, 'name', 'contact', ...COST],
  must: ['minutes', 'date'],
}
const ABOUT_NEXT: Values = { heading: ALWAYS, text: [...ALWAYS, 'name', 'contact', 'nextDate'], must: ['nextDate'] }

/** Some short paragraphs that together say what they must. */
const Paragraphs = ({ text: may, must }: Values) =>
  z
    .array(Prose({ may, most: MOST_CHARACTERS.paragraph, faults: FAULTS }))
    .min(1)
    .max(MOST_PARAGRAPHS)
    .superRefine((paragraphs, context) => {
      const complain = (broken: Broken) => context.addIssue(complaint(broken))
      const whole = LANGUAGES.map((language) => paragraphs.map((both) => both[language]).join('\n'))
      for (const name of must) {
        const value = inBraces(name)
        if (!whole.every((text) => text.includes(value))) complain({ rule: 'must', values: { value } })
      }
      const length = Math.max(...whole.map(filledLength))
      const most = MOST_CHARACTERS.text
      if (length > most) complain({ rule: 'long', values: { length, most } })
      if (paragraphs.every(({ fr }) => isAboutNext(fr))) complain({ rule: 'without' })
    })

const Line = (most: number, may: readonly Value[]) => Prose({ most, may, faults: LINE_FAULTS })
const Button = Prose({ most: MOST_CHARACTERS.action, may: [], faults: BUTTON_FAULTS })

const heading = ({ heading: may }: Values) => ({
  subject: Line(MOST_CHARACTERS.subject, may),
  /** What a list of messages shows behind the subject. */
  preheader: Line(MOST_CHARACTERS.preheader, may),
})

/** A mail with the link to a questionnaire: it says what answering costs, and until when it can be done. */
const Asking = z.strictObject({
  ...heading(ASKING),
  text: Paragraphs(ASKING),
  /** What the button says. */
  action: Button,
})

export const MailTextFile = z
  .strictObject({
    invitation: Asking,
    /** The first, the second …; any further ones say what the last says. */
    reminder: z.array(Asking).min(1).max(MOST_REMINDERS),
    /** To whoever has begun and stopped. */
    resume: Asking,
    lastCall: Asking,
    /** To whoever asked for their link again. */
    link: Asking,
    thanks: z.strictObject({ ...heading(ABOUT_NEXT), text: Paragraphs(ABOUT_NEXT) }),
    /** Between waves: does the address still hold? */
    contactUpdate: z.strictObject({
      ...heading(ABOUT_NEXT),
      text: Paragraphs(ABOUT_NEXT),
      action: Button,
      /** The subject of the message that the button begins. */
      reply: Line(MOST_CHARACTERS.reply, []),
    }),
  })
  .superRefine((file, context) => {
    const seen = new Set<string>()
    for (const [path, { subject }] of entriesOf(file))
      for (const language of LANGUAGES) {
        const said = `${language} ${subject[language]}`
        if (seen.has(said)) context.addIssue({ ...complaint({ rule: 'twice' }), path: [...path, 'subject', language] })
        seen.add(said)
      }
  })

export type MailTexts = z.infer<typeof MailTextFile>
export type TextKind = keyof MailTexts

/** The values a mail of a kind may have, and must. */
export const valuesFor = (kind: TextKind): Values =>
  kind === 'thanks' || kind === 'contactUpdate' ? ABOUT_NEXT : ASKING

/** What one mail says; without an action there is nothing to do, and `reply` makes the action a message to a person. */
export type MailText = Pick<MailTexts['thanks'], 'subject' | 'preheader' | 'text'> & {
  action?: Bilingual
  reply?: Bilingual
}

const entriesOf = (file: MailTexts): [path: (string | number)[], text: MailText][] =>
  Object.entries(file).flatMap(([kind, given]): [(string | number)[], MailText][] =>
    Array.isArray(given) ? given.map((text, index) => [[kind, index], text]) : [[[kind], given]],
  )

/** What a mail of a kind says, the first time, the second …: of reminders, the last one again when there are no more. */
export const mailText = ({ reminder, ...others }: MailTexts, kind: TextKind, number: number): MailText =>
  kind === 'reminder' ? reminder[Math.min(number, reminder.length) - 1]! : others[kind]
