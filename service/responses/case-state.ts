// What a volunteer's link leads to at an instant. Pure.
import { isBefore } from '../platform/clock.ts'

export type CaseState = 'too early' | 'open' | 'done' | 'closed'

/** `done` outlives the field period: a receipt stays a receipt. */
export function caseState(
  { opensAt, closesAt, submitted }: { opensAt: Temporal.Instant; closesAt: Temporal.Instant; submitted: boolean },
  now: Temporal.Instant,
): CaseState {
  if (submitted) return 'done'
  if (isBefore(now, opensAt)) return 'too early'
  return isBefore(now, closesAt) ? 'open' : 'closed'
}
