// What an indicator is: figures made of the answers to one item or two, defined in surveys/, such as a situation in four
// states or the time to a first job. Knows codes and answers, never people.
import { z } from 'zod'
import { Bilingual } from '../platform/i18n.ts'
import { type Answers, isValid, MISSING } from './answers.ts'
import type { Item } from './instrument.ts'
import { Code } from './item.ts'

const codes = z.array(z.int()).min(1)
const common = {
  indicator: Code.describe('A stable code; never used again for anything else.'),
  label: Bilingual,
}

export const IndicatorFile = z.strictObject({
  indicators: z.array(
    z.discriminatedUnion('kind', [
      /** Everybody in exactly one state: that of the first rule that their answers meet. */
      z.strictObject({
        ...common,
        kind: z.literal('status'),
        states: z
          .array(z.strictObject({ state: Code, label: Bilingual, item: Code, in: codes }))
          .min(2)
          .describe('Rules in their order: who answered `item` with one of `in` is in `state`.'),
        transitions: z.boolean().default(false).describe('Moves between the states since the baseline are published.'),
      }),
      /** The people who gave one of some answers, among those who gave any. */
      z.strictObject({
        ...common,
        kind: z.literal('share'),
        item: Code,
        codes,
        among: codes.optional().describe('Only those who gave one of these answers; every answer when absent.'),
        change: z.boolean().default(false).describe('How the share changed since the baseline is published too.'),
      }),
      /** Would people recommend it: nines and tens less nought to six (NPS). */
      z.strictObject({ ...common, kind: z.literal('recommendation'), item: Code }),
      /** Months from the return until the first month of a calendar in one of some states. */
      z.strictObject({
        ...common,
        kind: z.literal('duration'),
        item: Code,
        states: z.array(z.string()).min(1),
        grid: z
          .array(z.int().min(0))
          .min(2)
          .describe('Months at which figures are given, from 0 on; those after a wave are left out.'),
      }),
    ]),
  ),
})

export type Indicator = z.infer<typeof IndicatorFile>['indicators'][number]
export type IndicatorOf<Kind extends Indicator['kind']> = Extract<Indicator, { kind: Kind }>

/** The items an indicator is made of. */
export const itemsIndicated = (indicator: Indicator): string[] =>
  indicator.kind === 'status' ? [...new Set(indicator.states.map(({ item }) => item))] : [indicator.item]

/** The place of the state somebody is in, or null when an answer it takes to know is missing. */
export function stateOf({ states }: IndicatorOf<'status'>, answers: Answers): number | null {
  for (const [place, rule] of states.entries()) {
    const answer = answers[rule.item]
    if (typeof answer === 'number' && rule.in.includes(answer)) return place
    if (!isValid(answer) && answer !== MISSING.notApplicable) return null
  }
  return null
}

/**
 * The calendar of somebody as one letter a month, the first that of the return, `.` where nothing is known; months
 * beyond the last known one are left out.
 */
export function pathOf(
  months: readonly { month: string; state: string | number }[],
  returned: Temporal.PlainDate,
): string {
  const start = returned.toPlainYearMonth()
  const path: string[] = []
  for (const { month, state } of months) {
    if (typeof state !== 'string') continue
    const place = start.until(Temporal.PlainYearMonth.from(month), { largestUnit: 'months' }).months
    if (place >= 0) path[place] = state
  }
  return Array.from(path, (state) => state ?? '.').join('')
}

/**
 * When somebody's first month in one of `states` was, counted from 0, or how many months they were observed for without
 * one (until the last month known).
 */
export function firstMonth(path: string, states: readonly string[]): { month: number; event: boolean } {
  const month = [...path].findIndex((state) => states.includes(state))
  return month < 0 ? { month: path.length, event: false } : { month, event: true }
}

/** What does not fit the bank, one sentence each. */
export function indicatorProblems(indicator: Indicator, bank: ReadonlyMap<string, Item>): string[] {
  const name = `indicator ${indicator.indicator}`
  const lacks = (code: string, wanted: readonly number[], item: Item | undefined): string[] => {
    if (item?.type === 'rating')
      return wanted.some((one) => one < 0 || one > 10) ? [`${name}: ${code} runs from 0 to 10`] : []
    if (item?.type !== 'single' && item?.type !== 'likert')
      return [`${name}: ${code} is not a single choice, a Likert item or a rating of the bank`]
    const missing = wanted.filter((one) => !item.options.some((option) => option.code === one))
    return missing.map((one) => `${name}: ${code} has no option ${one}`)
  }
  switch (indicator.kind) {
    case 'status':
      return indicator.states.flatMap((rule) => lacks(rule.item, rule.in, bank.get(rule.item)))
    case 'share':
      return lacks(indicator.item, [...indicator.codes, ...(indicator.among ?? [])], bank.get(indicator.item))
    case 'recommendation':
      return bank.get(indicator.item)?.type === 'rating'
        ? []
        : [`${name}: ${indicator.item} is not a rating of the bank`]
    case 'duration': {
      const item = bank.get(indicator.item)
      if (item?.type !== 'calendar') return [`${name}: ${indicator.item} is not a calendar of the bank`]
      const unknown = indicator.states.filter((state) => !item.states.some(({ code }) => code === state))
      const isRising = indicator.grid.every((month, place) => place === 0 || month > indicator.grid[place - 1]!)
      return [
        ...unknown.map((state) => `${name}: ${indicator.item} has no state ${state}`),
        ...(isRising ? [] : [`${name}: the months of the grid must rise`]),
      ]
    }
  }
}
