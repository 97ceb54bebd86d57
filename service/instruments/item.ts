// What an item is: one question with a stable code, in French and English, and the answers it takes.
import { z } from 'zod'
import { Bilingual, French } from '../platform/i18n.ts'

export const Code = z.string().regex(/^[A-Z][A-Z0-9_]{1,31}$/, 'a code is capital letters, digits and _, 32 at most')

/** One answer of a choice. `exclusive` (multiple choice only): it cannot go with any other. */
const Option = z.strictObject({
  code: z.int().min(0).max(99),
  fr: French,
  en: z.string().min(1),
  exclusive: z.boolean().default(false),
})

/** Shown only when an earlier item was answered with one of these codes. */
const When = z.strictObject({ item: Code, in: z.array(z.int()).min(1) })

/** What every question has; editors show these descriptions (surveys/schemas/). */
const common = {
  item: Code.describe('A stable code; never used again for another question.'),
  text: Bilingual.describe('The question.'),
  hint: Bilingual.optional().describe('A line of help under the question.'),
  core: z.boolean().default(false).describe('In the short core of every wave: what completeness is measured on.'),
  routing: z
    .boolean()
    .default(false)
    .describe('A single choice others depend on: it must be answered and cannot be declined.'),
  sensitive: z
    .boolean()
    .default(false)
    .describe('Highly personal: published for a whole unit only, and never shown again.'),
  dontKnow: z.boolean().default(false).describe('Not knowing is one of the answers offered.'),
  when: When.optional().describe('Asked only after these answers to a routing item of an earlier page.'),
  once: z.boolean().default(false).describe('Asked in the first wave a member answers, and not again.'),
  carryForward: Bilingual.optional().describe(
    'May be shown again in later waves, said like this; {answer} and {month} stand for what was said, and when.',
  ),
}

const unique = <T>(codeOf: (one: T) => number | string, what: string) => {
  return (list: readonly T[], context: z.RefinementCtx<readonly T[]>) => {
    list.forEach((one, index) => {
      if (list.findIndex((other) => codeOf(other) === codeOf(one)) < index)
        context.addIssue({ code: 'custom', path: [index], message: `${what} ${codeOf(one)} stands twice` })
    })
  }
}

const options = z
  .array(Option)
  .min(2)
  .superRefine(unique(({ code }) => code, 'option'))

/** Nine digits. */
const LARGEST = 999_999_999
/** Negative numbers are missing codes. */
const number = { min: z.number().min(0), max: z.number().max(LARGEST) }
/** Beyond these an answer is asked about once more, and then taken. */
const usual = z.strictObject(number).optional()
const day = z.iso.date()
const autocomplete = z.enum(['bday-year']).optional().describe('What browsers may fill in by themselves.')

export const Item = z
  .discriminatedUnion('type', [
    z.strictObject({ ...common, type: z.literal('single'), options }),
    z.strictObject({ ...common, type: z.literal('multiple'), options }),
    z.strictObject({
      ...common,
      type: z.literal('likert'),
      scale: Code,
      stem: Bilingual.optional(),
      reversed: z.boolean().default(false),
    }),
    /** Rows that share a text and a scale; each row is asked, stored and published as a Likert item of its own. */
    z.strictObject({
      ...common,
      type: z.literal('grid'),
      scale: Code,
      rows: z
        .array(z.strictObject({ row: Code, fr: French, en: z.string().min(1) }))
        .min(2)
        .superRefine(unique(({ row }) => row, 'row')),
    }),
    z.strictObject({ ...common, type: z.literal('rating'), ends: z.strictObject({ low: Bilingual, high: Bilingual }) }),
    z.strictObject({ ...common, type: z.literal('integer'), min: z.int().min(0), max: z.int().max(LARGEST), usual }),
    z.strictObject({ ...common, type: z.literal('decimal'), ...number, decimals: z.int().min(1).max(4), usual }),
    z.strictObject({
      ...common,
      type: z.literal('year'),
      min: z.int().min(1900),
      max: z.int().max(2200),
      usual,
      autocomplete,
    }),
    z.strictObject({ ...common, type: z.literal('date'), min: day, max: day }),
    /** A `short` text has one line. */
    z.strictObject({
      ...common,
      type: z.literal('text'),
      maxLength: z.int().min(1).max(2000),
      short: z.boolean().default(false),
    }),
    /** A country of countries.csv. */
    z.strictObject({ ...common, type: z.literal('country') }),
    /** One state a month; `{anchor}` in its text stands for the first month asked. */
    z.strictObject({
      ...common,
      type: z.literal('calendar'),
      states: z
        .array(
          z.strictObject({
            code: z.string().regex(/^[A-Z]$/, 'a state is one capital letter'),
            fr: French,
            en: z.string().min(1),
          }),
        )
        .min(2)
        .superRefine(unique(({ code }) => code, 'state')),
    }),
    /** Something to read; nothing is asked. Blank lines part its paragraphs. */
    z.strictObject({
      item: Code,
      type: z.literal('info'),
      text: Bilingual,
      links: z
        .array(z.strictObject({ url: z.url({ protocol: /^(https|tel)$/ }), fr: French, en: z.string() }))
        .default([]),
      when: When.optional(),
    }),
  ])
  .superRefine((item, context) => {
    const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if ('min' in item && item.min > item.max) refuse('max', 'is less than min')
    if (
      'usual' in item &&
      item.usual &&
      !(item.min <= item.usual.min && item.usual.min <= item.usual.max && item.usual.max <= item.max)
    )
      refuse('usual', 'must lie between min and max')
    const filled: Record<string, string[]> = {
      text: item.type === 'calendar' ? ['anchor'] : [],
      carryForward: ['answer', 'month'],
    }
    for (const [key, value] of Object.entries(item)) {
      const unknown = strangers(value, filled[key] ?? [])
      if (unknown.length > 0) refuse(key, `has no value for ${unknown.join(', ')}`)
    }
    if (item.type === 'info') return
    if (item.routing && item.type !== 'single') refuse('routing', 'only a single choice can be routing')
    if (item.routing && item.dontKnow) refuse('dontKnow', 'a routing item must be answered')
    if (item.routing && item.once) refuse('once', 'a routing item is asked whenever others depend on it')
    if (item.when && item.once) refuse('once', 'an item cannot be both conditional and asked once')
    if (item.carryForward && item.sensitive) refuse('carryForward', 'a sensitive answer is never shown again')
  })

/** The `{placeholders}` in any text of a value that nothing will fill. */
function strangers(value: unknown, known: readonly string[]): string[] {
  if (typeof value === 'string')
    return [...value.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name!).filter((name) => !known.includes(name))
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap((inner) => strangers(inner, known))
    : []
}

/** A file of the item bank: one module of the questionnaire. */
export const ItemFile = z.strictObject({ module: z.string(), title: Bilingual, items: z.array(Item).min(1) })

/** The answer scales several items share. */
export const ScaleFile = z.strictObject({ scales: z.array(z.strictObject({ scale: Code, options })) })

/** Scored constructs: a `scale` is 0–100 over Likert items, a `rating` is one 0–10 item as it stands. */
export const MeasureFile = z.strictObject({
  measures: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({
        measure: Code,
        kind: z.literal('scale'),
        label: Bilingual,
        items: z.array(Code).min(2),
        minimumValid: z.int().min(1),
      }),
      z.strictObject({ measure: Code, kind: z.literal('rating'), label: Bilingual, item: Code }),
    ]),
  ),
})

export type BankItem = z.infer<typeof Item>
export type AnswerOption = z.infer<typeof Option>
export type Measure = z.infer<typeof MeasureFile>['measures'][number]
export type Scale = z.infer<typeof ScaleFile>['scales'][number]
