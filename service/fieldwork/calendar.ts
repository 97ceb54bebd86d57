// Where each wave of each cohort stands, and where it lies among the months. Pure: now is an argument.
import { isBefore } from '../platform/clock.ts'
import type { CalendarRow } from './calendar.queries.ts'

export type CalendarState = 'merged' | 'to come' | 'open' | 'over' | 'closed' | 'published'

/** How far a wave has come for a cohort: over is what nobody can answer any more and that is not closed yet. */
export function stateOf(row: CalendarRow, now: Temporal.Instant): CalendarState {
  if (row.closedAt) return row.publication === null ? 'closed' : 'published'
  if (!row.opensAt || !row.closesAt) return 'merged'
  if (isBefore(now, row.opensAt)) return 'to come'
  return isBefore(now, row.closesAt) ? 'open' : 'over'
}

/** Whether mail about a wave may still go: what holds it back is worth saying. */
export const mayBeHeld = (state: CalendarState): boolean => state === 'to come' || state === 'open'

/** What holds back the mail of a wave, of all the brakes there are; `environment` is this installation's own scope. */
export const causesFor = (
  brakes: readonly { scope: string; cause: string }[],
  { programme, wave, environment }: { programme: string; wave: string; environment: string },
): string[] => {
  const scopes = ['everything', `wave ${programme}/${wave}`, environment]
  return [...new Set(brakes.filter(({ scope }) => scopes.includes(scope)).map(({ cause }) => cause))]
}

/** A span of days among the years shown, both ends as parts of the whole, from 0 to 1. */
export type Bar = { wave: string; from: number; to: number }
export type Years = {
  /** The first of each January, and today when it is among them. */
  januaries: { year: number; at: number }[]
  today: number | null
  cohorts: { cohort: string; bars: Bar[] }[]
}

/** The waves of each cohort along one axis of time, from the first opening to the last close; null without any dates. */
export function yearsOf(rows: readonly CalendarRow[], today: Temporal.PlainDate): Years | null {
  const dated = rows.flatMap(({ opensOn, closesOn, ...row }) =>
    opensOn && closesOn ? { ...row, opensOn, closesOn } : [],
  )
  const days = dated.flatMap(({ opensOn, closesOn }) => [opensOn, closesOn]).toSorted(Temporal.PlainDate.compare)
  const [first, last] = [days[0]?.with({ day: 1 }), days.at(-1)]
  if (!first || !last) return null
  const whole = first.until(last).days
  const at = (day: Temporal.PlainDate) => first.until(day).days / whole
  const isShown = (place: number) => place >= 0 && place <= 1
  return {
    januaries: Array.from({ length: last.year - first.year + 1 }, (_, index) => first.year + index)
      .map((year) => ({ year, at: at(Temporal.PlainDate.from({ year, month: 1, day: 1 })) }))
      .filter(({ at }) => isShown(at)),
    today: isShown(at(today)) ? at(today) : null,
    cohorts: [...Map.groupBy(dated, ({ cohort }) => cohort)].map(([cohort, some]) => ({
      cohort,
      bars: some.map(({ wave, opensOn, closesOn }) => ({ wave, from: at(opensOn), to: at(closesOn) })),
    })),
  }
}
