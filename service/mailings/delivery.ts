// Decides whether a mailing still may go, when to try again one that could not, and when too much goes wrong to go on. Pure.
import { isBefore } from '../platform/clock.ts'
import { TOO_LATE } from '../waves/contacts.ts'
import type { PlannedKind } from '../waves/plan.ts'

/** The kind of a mailing that somebody asked for: no plan knows it, and no contact is counted from it. */
export const LINK = 'link'
/** Why mail is held: a person said so, or the service saw something (what each means stands in the catalogue). */
export const CAUSES = [
  'stopped',
  'environment',
  'restored',
  'absence',
  'storm',
  'canary',
  'ours',
  'failures',
  'bounces',
  'complaints',
] as const
export type Cause = (typeof CAUSES)[number]

/** Why a mailing was given up whose address the mail server said does not exist. */
export const ADDRESS_REFUSED = 'address refused'
export type MailKind = PlannedKind | typeof LINK

export type Owed = {
  kind: MailKind
  email: string | null
  optedOut: boolean
  submitted: boolean
  closesAt: Temporal.Instant
  lateAt: Temporal.Instant | null
  /** Closed for the member's cohort, perhaps before the field period was over. */
  waveClosed: boolean
  configured: boolean
}

/** Why a mailing that was planned must not go now, or null when it may: asked again each time it is claimed. */
export function whyNot(owed: Owed, now: Temporal.Instant): string | null {
  const asks = owed.kind !== 'thanks' && owed.kind !== 'contactUpdate'
  if (asks && owed.submitted) return 'answered'
  if (owed.optedOut) return 'opted out'
  if (asks && !isBefore(now, owed.closesAt)) return 'closed'
  if (asks && owed.waveClosed) return 'wave closed'
  if (!owed.configured) return 'no instrument'
  if (owed.lateAt && !isBefore(now, owed.lateAt)) return TOO_LATE
  if (owed.email === null) return 'no address'
  return null
}

/** Minutes to wait after the first, second … failed attempt. */
const BACKOFF = [1, 5, 15, 60, 180, 360, 720, 1440, 1440]
const LONGEST = { hours: 72 }

export type Failure = {
  attempts: number
  dueAt: Temporal.Instant
  /** From when on it must not go, whatever the server says. */
  endsAt: Temporal.Instant
  /** Between 0 and 1: spreads the wait by ± 20 %. */
  jitter: number
}

/**
 * When to try again after `attempts` failures of a mailing due at an instant, or null when 72 hours or its time would
 * be over.
 */
export function nextAttempt(
  { attempts, dueAt, endsAt, jitter }: Failure,
  now: Temporal.Instant,
): Temporal.Instant | null {
  const minutes = BACKOFF[Math.min(attempts, BACKOFF.length) - 1]!
  const at = now.add({ seconds: Math.round(minutes * 60 * (0.8 + 0.4 * jitter)) })
  return isBefore(at, dueAt.add(LONGEST)) && isBefore(at, endsAt) ? at : null
}

/** How long until a message whose fate is unknown is sent once more, under the same Message-ID. */
export const UNKNOWN_REST = { minutes: 15 }

/** A mailing that cannot be written is given up after so many attempts. */
export const MOST_UNWRITTEN = 5

/** How long the mail server is left in peace when it does not talk to us, the first time, the second …: 15 s to 15 min. */
export const restAfter = (rests: number): Temporal.Duration =>
  Temporal.Duration.from({ seconds: Math.min(15 * 60, 15 * 2 ** Math.min(rests, 6)) })

const FAILURES_IN_A_ROW = 20
const HARD_SHARE = 0.05
const FEWEST_SENT = 60
const COMPLAINTS = 3
const COMPLAINT_SHARE = 0.001

export const failsInARow = (failures: number): boolean => failures >= FAILURES_IN_A_ROW

/** More than one in twenty of the last (at most 200) messages went to nobody; of few messages, more than three. */
export const bouncesTooMuch = ({ sent, hard }: { sent: number; hard: number }): boolean =>
  hard > HARD_SHARE * Math.max(sent, FEWEST_SENT)

/** At least three complaints, and more than one in a thousand messages of the month. */
export const isComplainedAbout = ({ sent, complaints }: { sent: number; complaints: number }): boolean =>
  complaints >= COMPLAINTS && complaints > COMPLAINT_SHARE * sent

/** How many messages a day may have, so many days after the first: twice as many each day. */
export const warmUpLimit = (firstDay: number, daysSince: number): number => firstDay * 2 ** Math.min(daysSince, 30)

const LONGEST_ABSENCE = { hours: 26 }

/** Whether nothing was done for so long that what is due now should be looked at first. */
export const wasAway = (lastBeat: Temporal.Instant | null, now: Temporal.Instant): boolean =>
  lastBeat !== null && isBefore(lastBeat.add(LONGEST_ABSENCE), now)

const FEWEST_FOR_A_STORM = 100

/** More mail due at once than three times the busiest day of the last three months, and not just a few. */
export const isStorm = ({ due, busiestDay }: { due: number; busiestDay: number }): boolean =>
  due > Math.max(FEWEST_FOR_A_STORM, 3 * busiestDay)
