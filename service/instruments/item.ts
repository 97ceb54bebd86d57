// What an item is: one question with a stable code, in French and English, and the answers it takes.
import { z } from 'zod'
import { Bilingual } from '../platform/i18n.ts'

const Code = z.string().regex(/^[A-Z][A-Z0-9_]{1,31}$/, 'a code is capital letters, digits and _, 32 at most')

/** One answer of a choice. `exclusive` (multiple choice only): it cannot go with any other. */
const Option = z.strictObject({
  code: z.int().min(0).max(99),
  fr: z.string().min(1),
  en: z.string().min(1),
  exclusive: z.boolean().default(false),
})

/** Shown only when an earlier item was answered with one of these codes. */
const When = z.strictObject({ item: Code, in: z.array(z.int()).min(1) })

const common = {
  item: Code,
  text: Bilingual,
  hint: Bilingual.optional(),
  /** In the short core of every wave: what completeness is measured on. */
  core: z.boolean().default(false),
  /** Others depend on it, so it must be answered and cannot be declined. */
  routing: z.boolean().default(false),
  when: When.optional(),
}

const options = z
  .array(Option)
  .min(2)
  .superRefine((options, context) => {
    const seen = new Set<number>()
    options.forEach(({ code }, index) => {
      if (seen.has(code)) context.addIssue({ code: 'custom', path: [index], message: `option ${code} stands twice` })
      seen.add(code)
    })
  })

export const Item = z.discriminatedUnion('type', [
  z.strictObject({ ...common, type: z.literal('single'), options }),
  z.strictObject({ ...common, type: z.literal('multiple'), options }),
  z.strictObject({
    ...common,
    type: z.literal('likert'),
    scale: Code,
    stem: Bilingual.optional(),
    reversed: z.boolean().default(false),
  }),
  z.strictObject({ ...common, type: z.literal('rating'), ends: z.strictObject({ low: Bilingual, high: Bilingual }) }),
  z.strictObject({ ...common, type: z.literal('integer'), min: z.int().min(0), max: z.int() }),
  z.strictObject({ ...common, type: z.literal('text'), maxLength: z.int().min(1).max(2000) }),
])

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
