// What tests of instruments share: items as the bank reads them and instruments have them, and what a form says.
import fc from 'fast-check'
import type { Db } from '../platform/database.ts'
import type { Given } from './check-answer.ts'
import type { FittedQuestion } from './fit.ts'
import { type Instrument, type Item, isQuestion } from './instrument.ts'
import { Item as BankItem } from './item.ts'

export const text = { fr: 'Texte', en: 'Text' }
export const option = (code: number, exclusive = false) => ({ code, ...text, exclusive })
export const states = ['E', 'S', 'U'].map((code) => ({ code, ...text }))
const COUNTRIES = ['FR', 'SN', 'GF'].map((code) => ({ code, ...text }))

/** An item as the bank reads it, with the options of its scale (1 to 6) or the countries. */
export function asItem(given: object): Item {
  const read = BankItem.parse({ text, ...given })
  if (read.type === 'grid') throw new Error('a grid stands as its rows: assembleBank')
  if (read.type === 'likert') return { ...read, options: [1, 2, 3, 4, 5, 6].map((code) => option(code)) }
  return read.type === 'country' ? { ...read, options: COUNTRIES } : read
}

/** An item as somebody is asked it; a calendar needs its `months`. */
export function asQuestion(
  given: object,
  fitted: Partial<Extract<FittedQuestion, { type: 'calendar' }>> = {},
): FittedQuestion {
  const item = asItem(given)
  if (!isQuestion(item)) throw new Error(`${item.item} is only read`)
  return item.type === 'calendar' ? { ...item, months: [], ...fitted } : item
}

export const instrumentOf = (...pages: Item[][]): Instrument => ({
  instrument: 'short',
  version: 1,
  minutes: 5,
  pages: pages.map((items) => ({ title: text, items })),
})

/** What a form says under an item's own name. */
export const said = (...values: string[]): Given => ({ values })

/** What a form says of a date. */
export const onDay = (day: string, month: string, year: string): Given => ({
  values: [],
  parts: { day: [day], month: [month], year: [year] },
})

/** What the rows of a calendar's form say: from, to, state. */
export const inPeriods = (...rows: readonly (readonly [from: string, to: string, state: string])[]): Given => ({
  values: [],
  parts: Object.fromEntries(
    rows.flatMap(([from, to, state], row) => [
      [`${row + 1}.from`, [from]],
      [`${row + 1}.to`, [to]],
      [`${row + 1}.state`, [state]],
    ]),
  ),
})

/**
 * Any 2 to 5 pages of single choices; an item may depend on a routing item of an earlier page, which, where they may be
 * `chained`, depends on another itself.
 */
export function anyInstrument({ chained }: { chained: boolean }): fc.Arbitrary<Instrument> {
  const anyItem = fc.record({
    routing: fc.boolean(),
    depends: fc.boolean(),
    on: fc.nat(),
    in: fc.subarray([1, 2, 3], { minLength: 1 }),
  })
  const anyPages = fc.array(fc.array(anyItem, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 5 })
  return anyPages.map((pages) => {
    const sources: string[] = []
    const built = pages.map((page, p) => {
      const items = page.map(({ routing, depends, on, in: codes }, i) => {
        const when = depends && sources.length > 0 && { when: { item: sources[on % sources.length]!, in: codes } }
        const options = [1, 2, 3].map((code) => option(code))
        return asItem({ item: `Q${p}_${i}`, type: 'single', options, routing: routing && (chained || !when), ...when })
      })
      sources.push(...items.filter((item) => isQuestion(item) && item.routing).map(({ item }) => item))
      return items
    })
    return instrumentOf(...built)
  })
}

/** Freezes a version: somebody has been asked it. */
export async function markFielded(
  db: Db,
  { instrument, version }: Pick<Instrument, 'instrument' | 'version'>,
  now: Temporal.Instant,
): Promise<void> {
  await db
    .updateTable('answers.instrument_version')
    .set({ fielded_at: now })
    .where('instrument', '=', instrument)
    .where('version', '=', version)
    .where('fielded_at', 'is', null)
    .execute()
}
