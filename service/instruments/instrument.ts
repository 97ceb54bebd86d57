// What an instrument is: ordered pages of items from the bank, put together and checked. A fielded version never changes.
import { z } from 'zod'
import { Bilingual } from '../platform/i18n.ts'
import type { AnswerOption, BankItem, Measure, Scale } from './item.ts'

export const InstrumentFile = z.strictObject({
  instrument: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'an instrument is named in small letters, digits and -'),
  version: z.int().min(1),
  /** How long it takes, as volunteers are told. */
  minutes: z.int().min(1).max(30),
  pages: z.array(z.strictObject({ title: Bilingual, items: z.array(z.string()).min(1) })).min(1),
})

/** An item as it stands in an instrument: a Likert item carries its scale's options. */
export type Item =
  | Exclude<BankItem, { type: 'likert' }>
  | (Extract<BankItem, { type: 'likert' }> & { options: AnswerOption[] })
export type InstrumentPage = { title: { fr: string; en: string }; items: Item[] }
export type Instrument = { instrument: string; version: number; minutes: number; pages: InstrumentPage[] }

/** Everything that can be asked and scored. */
export type Bank = { instruments: ReadonlyMap<string, Instrument>; measures: readonly Measure[] }

export type BankFiles = {
  items: readonly BankItem[]
  scales: readonly Scale[]
  measures: readonly Measure[]
  instruments: readonly z.infer<typeof InstrumentFile>[]
}

/** Puts the bank together, or lists everything that does not fit, one sentence each. */
export function assembleBank({
  items,
  scales,
  measures,
  instruments,
}: BankFiles): { ok: true; bank: Bank } | { ok: false; problems: string[] } {
  const problems = [
    ...repeated(items.map(({ item }) => item)).map((code) => `item ${code} stands twice in the bank`),
    ...repeated(instruments.map(({ instrument }) => instrument)).map((name) => `instrument ${name} stands twice`),
    ...repeated(measures.map(({ measure }) => measure)).map((code) => `measure ${code} stands twice`),
  ]
  const scaleOptions = new Map(scales.map(({ scale, options }) => [scale, options]))
  const bank = new Map<string, Item>()
  for (const item of items) {
    const options = item.type === 'likert' ? scaleOptions.get(item.scale) : []
    if (!options) problems.push(`item ${item.item}: there is no scale ${'scale' in item ? item.scale : ''}`)
    else bank.set(item.item, item.type === 'likert' ? { ...item, options } : item)
  }
  const assembled = instruments.map(({ pages, ...instrument }) => ({
    ...instrument,
    pages: pages.map(({ title, items }) => ({
      title,
      items: items.flatMap((code) => {
        const item = bank.get(code)
        if (!item) problems.push(`instrument ${instrument.instrument}: there is no item ${code}`)
        return item ? [item] : []
      }),
    })),
  }))
  problems.push(...assembled.flatMap(routingProblems), ...measures.flatMap((measure) => measureProblems(measure, bank)))
  if (problems.length > 0) return { ok: false, problems }
  return { ok: true, bank: { instruments: new Map(assembled.map((one) => [one.instrument, one])), measures } }
}

/** Routing is evaluated between pages, so an item may depend only on an item of an earlier page that must be answered. */
function routingProblems({ instrument, pages }: Instrument): string[] {
  const problems = repeated(itemsOf({ pages }).map(({ item }) => item)).map(
    (code) => `instrument ${instrument}: item ${code} stands twice`,
  )
  const before = new Map<string, Item>()
  for (const { items } of pages) {
    for (const { item, when } of items) {
      if (!when) continue
      const source = before.get(when.item)
      if (!source)
        problems.push(`instrument ${instrument}: ${item} depends on ${when.item}, which is not on an earlier page`)
      else if (!source.routing || source.type !== 'single')
        problems.push(
          `instrument ${instrument}: ${item} depends on ${when.item}, which must be a single choice marked routing`,
        )
      else if (when.in.some((code) => !source.options.some((option) => option.code === code)))
        problems.push(`instrument ${instrument}: ${item} depends on an option ${when.item} does not have`)
    }
    for (const item of items) before.set(item.item, item)
  }
  return problems
}

function measureProblems(measure: Measure, bank: ReadonlyMap<string, Item>): string[] {
  const wanted = measure.kind === 'scale' ? measure.items : [measure.item]
  const type = measure.kind === 'scale' ? 'likert' : 'rating'
  const wrong = wanted.filter((code) => bank.get(code)?.type !== type)
  return wrong.map((code) => `measure ${measure.measure}: ${code} is not a ${type} item of the bank`)
}

const repeated = (names: readonly string[]) => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
]

export const itemsOf = ({ pages }: Pick<Instrument, 'pages'>): Item[] => pages.flatMap(({ items }) => items)

/** The measures an instrument asks all the items of. */
export function measuresOf(instrument: Instrument, measures: readonly Measure[]): Measure[] {
  const asked = new Set(itemsOf(instrument).map(({ item }) => item))
  return measures.filter((measure) =>
    (measure.kind === 'scale' ? measure.items : [measure.item]).every((code) => asked.has(code)),
  )
}
