// Decides whether a mailing still may go, and when to try again one that could not. Pure.
import { isBefore } from '../platform/clock.ts'
import type { ContactKind } from '../waves/plan.ts'

/** The kind of a mailing that somebody asked for: no plan knows it, and no contact is counted from it. */
export const LINK = 'link'
export type MailKind = ContactKind | typeof LINK

export type Owed = {
  email: string | null
  optedOut: boolean
  submitted: boolean
  closesAt: Temporal.Instant
  /** Closed for the member's cohort, perhaps before the field period was over. */
  waveClosed: boolean
  configured: boolean
}

/** Why a mailing that was planned must not go now, or null when it may: asked again each time it is claimed. */
export function whyNot(
  { email, optedOut, submitted, closesAt, waveClosed, configured }: Owed,
  now: Temporal.Instant,
): string | null {
  if (submitted) return 'answered'
  if (optedOut) return 'opted out'
  if (!isBefore(now, closesAt)) return 'closed'
  if (waveClosed) return 'wave closed'
  if (!configured) return 'no instrument'
  if (email === null) return 'no address'
  return null
}

/** Minutes to wait after the first, second … failed attempt. */
const BACKOFF = [1, 5, 15, 60, 180, 360, 720, 1440, 1440]
const LONGEST = { hours: 72 }

/**
 * When to try again after `attempts` failures of a mailing due at an instant, or null when 72 hours or the field
 * period would be over. `jitter` is between 0 and 1 and spreads the wait by ± 20 %.
 */
export function nextAttempt(
  {
    attempts,
    dueAt,
    closesAt,
    jitter,
  }: { attempts: number; dueAt: Temporal.Instant; closesAt: Temporal.Instant; jitter: number },
  now: Temporal.Instant,
): Temporal.Instant | null {
  const minutes = BACKOFF[Math.min(attempts, BACKOFF.length) - 1]!
  const at = now.add({ seconds: Math.round(minutes * 60 * (0.8 + 0.4 * jitter)) })
  return isBefore(at, dueAt.add(LONGEST)) && isBefore(at, closesAt) ? at : null
}
