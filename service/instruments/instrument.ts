// What an instrument is: ordered pages of items from the bank, put together and checked. A fielded version never changes.
import { z } from 'zod'
import { Bilingual } from '../platform/i18n.ts'
import { secondsToAnswer } from './burden.ts'
import { type Indicator, indicatorProblems } from './indicator.ts'
import type { AnswerOption, BankItem, Measure, Scale } from './item.ts'

export const InstrumentFile = z.strictObject({
  instrument: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'an instrument is named in small letters, digits and -'),
  version: z.int().min(1),
  /** How long it takes at most, as volunteers are told. */
  minutes: z.int().min(1).max(30),
  pages: z.array(z.strictObject({ title: Bilingual, items: z.array(z.string()).min(1) })).min(1),
})

export type Country = { code: string; fr: string; en: string }

type Of<Type extends BankItem['type']> = Extract<BankItem, { type: Type }>

/** An item as it stands in an instrument, with everything it needs to be asked. A grid stands as its rows. */
export type Item =
  | Exclude<BankItem, { type: 'likert' | 'grid' | 'country' }>
  | (Of<'likert'> & { options: AnswerOption[] })
  | (Of<'country'> & { options: Country[] })
/** An item that is answered: any but what is only read. */
export type Question = Exclude<Item, { type: 'info' }>
export type InstrumentPage<One = Item> = { title: { fr: string; en: string }; items: One[] }
export type Instrument<One = Item> = {
  instrument: string
  version: number
  minutes: number
  pages: InstrumentPage<One>[]
}

/** Everything that can be asked and scored. */
export type Bank = {
  instruments: ReadonlyMap<string, Instrument>
  measures: readonly Measure[]
  indicators: readonly Indicator[]
}

export type BankFiles = {
  items: readonly BankItem[]
  scales: readonly Scale[]
  countries: readonly Country[]
  measures: readonly Measure[]
  indicators: readonly Indicator[]
  instruments: readonly z.infer<typeof InstrumentFile>[]
}

/** Puts the bank together, or lists everything that does not fit, one sentence each. */
export function assembleBank(files: BankFiles): { ok: true; bank: Bank } | { ok: false; problems: string[] } {
  const { items, measures, indicators, instruments } = files
  const problems = [
    ...repeated(items.map(({ item }) => item)).map((code) => `item ${code} stands twice in the bank`),
    ...repeated(instruments.map(({ instrument }) => instrument)).map((name) => `instrument ${name} stands twice`),
    ...repeated(measures.map(({ measure }) => measure)).map((code) => `measure ${code} stands twice`),
    ...repeated(indicators.map(({ indicator }) => indicator)).map((code) => `indicator ${code} stands twice`),
  ]
  const bank = new Map<string, Item[]>()
  for (const item of items) {
    const asked = askedAs(item, files)
    if (asked) bank.set(item.item, asked)
    else problems.push(`item ${item.item}: there is no scale ${'scale' in item ? item.scale : ''}`)
  }
  const assembled = instruments.map(({ pages, ...instrument }) => ({
    ...instrument,
    pages: pages.map(({ title, items }) => ({
      title,
      items: items.flatMap((code) => {
        const asked = bank.get(code)
        if (!asked) problems.push(`instrument ${instrument.instrument}: there is no item ${code}`)
        return asked ?? []
      }),
    })),
  }))
  const asked = [...bank.values()].flat()
  const known = new Map(asked.map((item) => [item.item, item]))
  problems.push(
    ...repeated(asked.map(({ item }) => item)).map((code) => `item ${code} is also a row of a grid`),
    ...assembled.flatMap(routingProblems),
    ...assembled.flatMap(lengthProblems),
    ...measures.flatMap((measure) => measureProblems(measure, known)),
    ...indicators.flatMap((indicator) => indicatorProblems(indicator, known)),
  )
  if (problems.length > 0) return { ok: false, problems }
  return {
    ok: true,
    bank: { instruments: new Map(assembled.map((one) => [one.instrument, one])), measures, indicators },
  }
}

/** An item of the bank as instruments have it; undefined when its scale does not exist. */
function askedAs(item: BankItem, { scales, countries }: BankFiles): Item[] | undefined {
  if (item.type === 'country') return [{ ...item, options: [...countries] }]
  if (item.type !== 'likert' && item.type !== 'grid') return [item]
  const options = scales.find(({ scale }) => scale === item.scale)?.options
  if (!options) return undefined
  if (item.type === 'likert') return [{ ...item, options }]
  const { rows, text, ...grid } = item
  return rows.map(({ row, fr, en }) => ({
    ...grid,
    item: `${item.item}_${row}`,
    type: 'likert',
    stem: text,
    text: { fr, en },
    reversed: false,
    options,
  }))
}

/** Routing is evaluated between pages, so an item may depend only on an item of an earlier page that must be answered. */
function routingProblems({ instrument, pages }: Instrument): string[] {
  const problems = repeated(itemsOf({ pages }).map(({ item }) => item)).map(
    (code) => `instrument ${instrument}: item ${code} stands twice`,
  )
  const before = new Map<string, Item>()
  const carried = new Set(
    itemsOf({ pages }).flatMap((item) => (isQuestion(item) && item.carryForward ? [item.item] : [])),
  )
  for (const { items } of pages) {
    for (const { item, when } of items) {
      if (!when) continue
      const source = before.get(when.item)
      if (source && 'sensitive' in source && source.sensitive && carried.has(item))
        problems.push(
          `instrument ${instrument}: ${item} is carried forward, and depends on ${when.item}, which is sensitive`,
        )
      if (!source)
        problems.push(`instrument ${instrument}: ${item} depends on ${when.item}, which is not on an earlier page`)
      else if (source.type !== 'single' || !source.routing)
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

/** What volunteers are told must hold for whoever is asked most. */
function lengthProblems(instrument: Instrument): string[] {
  const minutes = longestSeconds(instrument) / 60
  return minutes <= instrument.minutes
    ? []
    : [`instrument ${instrument.instrument}: takes ${minutes.toFixed(1)} minutes, and says ${instrument.minutes}`]
}

function measureProblems(measure: Measure, bank: ReadonlyMap<string, Item>): string[] {
  const type = measure.kind === 'scale' ? 'likert' : 'rating'
  const wrong = itemsScored(measure).filter((code) => bank.get(code)?.type !== type)
  return wrong.map((code) => `measure ${measure.measure}: ${code} is not a ${type} item of the bank`)
}

const repeated = (names: readonly string[]) => [
  ...new Set(names.filter((name, index) => names.indexOf(name) !== index)),
]

export const itemsOf = <One>({ pages }: Pick<Instrument<One>, 'pages'>): One[] => pages.flatMap(({ items }) => items)

/** Whether an item is answered, and not only read. */
export const isQuestion = <One extends { type: string }>(item: One): item is Exclude<One, { type: 'info' }> =>
  item.type !== 'info'

/** Every set of questions that somebody may be asked, whatever they answer to the routing items. */
function waysThrough(instrument: Instrument): Question[][] {
  const questions = itemsOf(instrument).filter(isQuestion)
  let ways: { asked: Question[]; codes: Record<string, number> }[] = [{ asked: [], codes: {} }]
  for (const item of questions) {
    ways = ways.flatMap(({ asked, codes }) => {
      const code = item.when && codes[item.when.item]
      if (item.when && (code === undefined || !item.when.in.includes(code))) return [{ asked, codes }]
      const way = { asked: [...asked, item], codes }
      return branchesAt(item, questions).map((code) => ({ ...way, codes: { ...codes, [item.item]: code } }))
    })
  }
  return ways.map(({ asked }) => asked)
}

/** One code of an item for each set of questions that its answers open. */
function branchesAt(item: Question, questions: readonly Question[]): number[] {
  if (item.type !== 'single') return [NO_CODE]
  const opens = (code: number) =>
    questions.filter(({ when }) => when?.item === item.item && when.in.includes(code)).map((opened) => opened.item)
  const bySet = new Map(item.options.map(({ code }) => [opens(code).join(), code]))
  return [...bySet.values()]
}

const NO_CODE = -1

const mostAsked = new WeakMap<Instrument, number>()

/** How many questions anybody may be asked at most; counted once for an instrument, which does not change. */
export function mostQuestions(instrument: Instrument): number {
  const most = mostAsked.get(instrument) ?? Math.max(...waysThrough(instrument).map(({ length }) => length))
  mostAsked.set(instrument, most)
  return most
}

/** How many seconds anybody may need at most. */
export const longestSeconds = (instrument: Instrument): number =>
  Math.max(...waysThrough(instrument).map(secondsToAnswer))

/** The codes of the items a measure is scored from. */
export const itemsScored = (measure: Measure): string[] => (measure.kind === 'scale' ? measure.items : [measure.item])

/** The measures an instrument asks all the items of. */
export function measuresOf(instrument: Instrument, measures: readonly Measure[]): Measure[] {
  const asked = new Set(itemsOf(instrument).map(({ item }) => item))
  return measures.filter((measure) => itemsScored(measure).every((code) => asked.has(code)))
}
