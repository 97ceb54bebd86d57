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

const MOST_CHARACTERS = { subject: 55, preheader: 100, paragraph: 400, text: 900, action: 30, reply: 40 }
const MOST_PARAGRAPHS = 4
const MOST_REMINDERS = 10

type Fault = readonly [what: RegExp, sentence: string]

/** What no text does: it is plain, and leads nowhere by itself. */
const FAULTS: readonly Fault[] = [
  [/[<>]|&#?\w+;/, 'is plain text, without markup'],
  [/@/, 'has an e-mail address: {contact} stands for it'],
  [/:\/\/|www\.|[\p{L}\d]\.[a-z]{2,}/iu, 'looks like the address of a page: the link stands under the button'],
  [/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u, 'has a line break or a sign that nobody sees'],
  [/\p{Extended_Pictographic}/u, 'has a picture in it'],
  [/[!?]\s*[!?]/, 'insists with its ! and ?'],
  [/(?<!\p{L})\p{Lu}{5,}(?!\p{L})/u, 'has a word in capitals'],
  [/^\s|\s$/, 'begins or ends with a blank'],
]

/** What a subject, and whatever else is one line, does not try either. */
const LINE_FAULTS: readonly Fault[] = [
  ...FAULTS,
  [/[!…*#_~|]|\.{2}|([-–—=:;,])\s*\1/, 'catches the eye with its punctuation'],
  [/(?<!\p{L})\p{Lu}{3,4}(?!\p{L})/u, 'has a word in capitals'],
  [/^(re|fwd?|tr)\s*:/i, 'pretends to be an answer'],
]

const BUTTON_FAULTS: readonly Fault[] = [...LINE_FAULTS, [/·/, 'has a middle dot, which a button does without']]

type Rules = { may: readonly Value[]; most: number; faults: readonly Fault[] }

/** A text in both languages that keeps some rules, with the same values in each. */
const Prose = (rules: Rules) =>
  Bilingual.superRefine((both, context) => {
    for (const language of LANGUAGES)
      for (const message of problemsOf(both[language], rules))
        context.addIssue({ code: 'custom', path: [language], message })
    if (valuesIn(both.fr).join() !== valuesIn(both.en).join())
      context.addIssue({ code: 'custom', message: 'has not the same values in both languages' })
  })

function problemsOf(text: string, { may, most, faults }: Rules): string[] {
  const unknown = valuesIn(text).filter((name) => !(may as readonly string[]).includes(name))
  const { length } = fill(text, LONG)
  return [
    ...unknown.map((name) => `has no value for ${name}; it may have ${may.map(inBraces).join(' ') || 'none'}`),
    ...(/[{}]/.test(text.replace(/\{\w+\}/g, '')) ? ['has a brace that belongs to no value'] : []),
    ...faults.filter(([what]) => what.test(text)).map(([, sentence]) => sentence),
    ...(length > most ? [`has ${length} characters once it is filled in: ${most} at most`] : []),
  ]
}

const inBraces = (name: string): string => `{${name}}`
const valuesIn = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!))].toSorted()

/** Whether a paragraph is about the next questionnaire, and left out when none is known. */
export const isAboutNext = (paragraph: string): boolean => paragraph.includes(inBraces('nextDate'))

type Paragraphs = { may: readonly Value[]; must: readonly Value[] }

/** Some short paragraphs that together say what they must. */
const Paragraphs = ({ may, must }: Paragraphs) =>
  z
    .array(Prose({ may, most: MOST_CHARACTERS.paragraph, faults: FAULTS }))
    .min(1)
    .max(MOST_PARAGRAPHS)
    .superRefine((paragraphs, context) => {
      const complain = (message: string) => context.addIssue({ code: 'custom', message })
      const whole = LANGUAGES.map((language) => paragraphs.map((both) => both[language]).join('\n'))
      for (const name of must)
        if (!whole.every((text) => text.includes(inBraces(name)))) complain(`must say ${inBraces(name)}`)
      const longest = Math.max(...whole.map((text) => fill(text, LONG).length))
      if (longest > MOST_CHARACTERS.text)
        complain(`has ${longest} characters once it is filled in: ${MOST_CHARACTERS.text} at most`)
      if (paragraphs.every(({ fr }) => isAboutNext(fr))) complain('must say something without {nextDate} too')
    })

const Line = (most: number, may: readonly Value[]) => Prose({ most, may, faults: LINE_FAULTS })
const Button = Prose({ most: MOST_CHARACTERS.action, may: [], faults: BUTTON_FAULTS })

const ALWAYS = ['programme', 'wave', 'sender'] as const
const COST = ['questions', 'minutes', 'date'] as const

const heading = (may: readonly Value[]) => ({
  subject: Line(MOST_CHARACTERS.subject, may),
  /** What a list of messages shows behind the subject. */
  preheader: Line(MOST_CHARACTERS.preheader, may),
})

/** A mail with the link to a questionnaire: it says what answering costs, and until when it can be done. */
const Asking = z.strictObject({
  ...heading([...ALWAYS, ...COST]),
  text: Paragraphs({ may: [...ALWAYS, 'name', 'contact', ...COST], must: ['minutes', 'date'] }),
  /** What the button says. */
  action: Button,
})

const AboutNext = { may: [...ALWAYS, 'name', 'contact', 'nextDate'], must: ['nextDate'] } as const

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
    thanks: z.strictObject({ ...heading(ALWAYS), text: Paragraphs(AboutNext) }),
    /** Between waves: does the address still hold? */
    contactUpdate: z.strictObject({
      ...heading(ALWAYS),
      text: Paragraphs(AboutNext),
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
        if (seen.has(said))
          context.addIssue({ code: 'custom', path: [...path, 'subject', language], message: 'stands twice' })
        seen.add(said)
      }
  })

export type MailTexts = z.infer<typeof MailTextFile>

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
export const mailText = ({ reminder, ...others }: MailTexts, kind: keyof MailTexts, number: number): MailText =>
  kind === 'reminder' ? reminder[Math.min(number, reminder.length) - 1]! : others[kind]
