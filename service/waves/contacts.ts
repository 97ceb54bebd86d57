// Decides what one member hears next about one wave, and why nothing when nothing. Pure: today is an argument.
import { isBefore } from '../platform/clock.ts'
import { localInstant, startOfDay } from './dates.ts'
import type { ContactKind, Plan } from './plan.ts'

export type CaseSoFar = {
  opensOn: Temporal.PlainDate
  closesOn: Temporal.PlainDate
  timeZone: string
  hasAddress: boolean
  hasInstrument: boolean
  optedOut: boolean
  submitted: boolean
  /** The wave has been closed for the member's cohort, and perhaps published: nothing more is collected for it. */
  waveClosed: boolean
  /** The place in the plan's contacts of the last one made; −1 when there was none. */
  lastContact: number
  lastContactAt: Temporal.Instant | null
}

/** Why nothing (more) is sent. */
export type NoContact =
  | 'answered'
  | 'opted out'
  | 'wave closed'
  | 'no instrument'
  | 'no address'
  | 'missed'
  | 'all sent'

export type ContactDecision =
  | { do: 'send'; kind: ContactKind; number: number; contact: number }
  | { do: 'wait'; until: Temporal.Instant }
  | { do: 'stop'; because: NoContact }

type ContactRules = Pick<Plan, 'contacts' | 'sendAt'>

const DAY_BEGINS = Temporal.PlainTime.from('08:00')
const DAY_ENDS = 20

/**
 * The next contact of a case at an instant. An invitation may be late until half the field period is over, a reminder
 * until the next one is due; nobody hears from us twice within 24 hours, nor outside 08:00–20:00 where they are.
 */
export function decideContact(rules: ContactRules, soFar: CaseSoFar, now: Temporal.Instant): ContactDecision {
  if (soFar.submitted) return stop('answered')
  if (soFar.optedOut) return stop('opted out')
  if (soFar.waveClosed) return stop('wave closed')
  const window = nextWindow(rules, soFar, now)
  if (!window) return stop(soFar.lastContact === -1 ? 'missed' : 'all sent')
  if (isBefore(now, window.from)) return { do: 'wait', until: window.from }
  if (!soFar.hasInstrument) return stop('no instrument')
  if (!soFar.hasAddress) return stop('no address')
  const rested = soFar.lastContactAt?.add({ hours: 24 })
  if (rested && isBefore(now, rested)) return { do: 'wait', until: rested }
  const daytime = nextDaytime(now, soFar.timeZone)
  if (isBefore(now, daytime)) return { do: 'wait', until: daytime }
  const { kind } = rules.contacts[window.contact]!
  const number = rules.contacts.slice(0, window.contact + 1).filter((contact) => contact.kind === kind).length
  return { do: 'send', kind, number, contact: window.contact }
}

const stop = (because: NoContact): ContactDecision => ({ do: 'stop', because })

/** The first instant from now on that is between 08:00 and 20:00 in a time zone: `now` itself by day. */
export function nextDaytime(now: Temporal.Instant, timeZone: string): Temporal.Instant {
  const local = now.toZonedDateTimeISO(timeZone)
  if (local.hour >= DAY_BEGINS.hour && local.hour < DAY_ENDS) return now
  const day = local.toPlainDate().add({ days: local.hour < DAY_BEGINS.hour ? 0 : 1 })
  return localInstant(day, DAY_BEGINS, timeZone)
}

/** The first contact after the last one made that is not too late, and the instants it may go out between. */
function nextWindow(rules: ContactRules, soFar: CaseSoFar, now: Temporal.Instant) {
  for (let contact = soFar.lastContact + 1; contact < rules.contacts.length; contact++) {
    const from = contactDueAt(rules, soFar, contact)
    const until = latest(rules, soFar, contact)
    if (isBefore(now, until) && isBefore(from, until)) return { contact, from }
    if (contact === 0) return null
  }
  return null
}

/** When a contact is due: its days after the opening, at the plan's hour, where the member is. */
export const contactDueAt = (
  rules: ContactRules,
  { opensOn, timeZone }: Pick<CaseSoFar, 'opensOn' | 'timeZone'>,
  contact: number,
): Temporal.Instant => localInstant(opensOn.add(rules.contacts[contact]!.after), rules.sendAt, timeZone)

function latest(rules: ContactRules, soFar: CaseSoFar, contact: number): Temporal.Instant {
  const closesAt = startOfDay(soFar.closesOn, soFar.timeZone)
  if (contact === 0) {
    const half = Math.ceil(soFar.opensOn.until(soFar.closesOn).days / 2)
    return startOfDay(soFar.opensOn.add({ days: half }), soFar.timeZone)
  }
  const next = contact + 1 < rules.contacts.length ? contactDueAt(rules, soFar, contact + 1) : closesAt
  return isBefore(next, closesAt) ? next : closesAt
}
