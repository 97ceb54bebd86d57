// Decides whether a case may be given a later end, and why not where it may not. Pure.
import { isEarlier, isEmpty } from '../waves/dates.ts'
import { LONGEST_PERIOD } from '../waves/replan.ts'
import type { ExtendableCase } from './extension.queries.ts'

export const NO_EXTENSION = [
  'unknown member',
  'not planned',
  'wave closed',
  'answered',
  'merged',
  'not later',
  'next wave',
  'too long',
] as const
export type NoExtension = (typeof NO_EXTENSION)[number]

/** Why a case may not be open up to, and not including, a day; null when it may. */
export function whyNotExtended(
  { opens_on, closes_on, submitted_on, closed_at, next_opens_on }: Dates,
  closesOn: Temporal.PlainDate,
): NoExtension | null {
  if (closed_at) return 'wave closed'
  if (submitted_on) return 'answered'
  if (isEmpty({ opensOn: opens_on, closesOn: closes_on })) return 'merged'
  if (!isEarlier(closes_on, closesOn)) return 'not later'
  if (next_opens_on && isEarlier(next_opens_on, closesOn)) return 'next wave'
  return isEarlier(opens_on.add({ days: LONGEST_PERIOD }), closesOn) ? 'too long' : null
}

type Dates = Pick<ExtendableCase, 'opens_on' | 'closes_on' | 'submitted_on' | 'closed_at' | 'next_opens_on'>
