// Decides what one member hears next about one wave, and why nothing when nothing. Pure: now is an argument.
import { isBefore, dayOf as localDay } from '../platform/clock.ts'
import {
  type FieldPeriod,
  isEarlier,
  isEmpty,
  lastInvitation,
  localInstant,
  nextMailDay,
  nextOpenDay,
  startOfDay,
} from './dates.ts'
import { CONTACT_KINDS, type ContactKind, type Plan, type PlannedKind } from './plan.ts'

export type CaseSoFar = FieldPeriod & {
  timeZone: string
  /** When the member was first registered, and when these dates were worked out. */
  enrolledAt: Temporal.Instant
  plannedAt: Temporal.Instant
  /** When the wave before this one opens to the member. */
  previousOpensOn: Temporal.PlainDate | null
  hasAddress: boolean
  hasInstrument: boolean
  optedOut: boolean
  startedOn: Temporal.PlainDate | null
  submittedOn: Temporal.PlainDate | null
  /** The wave has been closed for the member's cohort, and perhaps published: nothing more is collected for it. */
  waveClosed: boolean
  /** Why nothing was to be sent when that was last decided. */
  because: string | null
  /** When somebody asked for the next mail at once; spent as soon as one has been made. */
  broughtForwardAt: Temporal.Instant | null
  /** The contacts of this case there have been already. */
  made: readonly MadeContact[]
  /** When the member was written to by plan, about any wave, even in vain; now, for what is still on its way. */
  heardAt: readonly Temporal.Instant[]
}

export type MadeContact = {
  kind: PlannedKind
  number: number
  /** When it became due. */
  at: Temporal.Instant
  /** It was owed, and held back until it had become too late. */
  tooLate: boolean
}

/** Why a mailing was given up that had been held back until it must not go any more. */
export const TOO_LATE = 'too late'

/** Why nothing (more) is sent. */
export type NoContact =
  | 'answered'
  | 'opted out'
  | 'wave closed'
  | 'merged'
  | 'no instrument'
  | 'no address'
  | 'enrolled too late'
  | 'missed while the service was down'
  | 'missed while mail was held'
  | 'all sent'

export type ContactDecision =
  /** `lateAt`: from when on it must not go any more. */
  | { do: 'send'; kind: PlannedKind; number: number; lateAt: Temporal.Instant }
  | { do: 'wait'; until: Temporal.Instant }
  | { do: 'stop'; because: NoContact }

export type ContactRules = Pick<
  Plan,
  'contacts' | 'resume' | 'thanks' | 'contactUpdate' | 'atMost' | 'late' | 'sendAt' | 'openingDays' | 'blackouts'
>

/** A mail of the plan about one case, and the instants it may go out between. */
export type Contact = { kind: PlannedKind; number: number; from: Temporal.Instant; until: Temporal.Instant }

const DAY_BEGINS = Temporal.PlainTime.from('08:00')
const DAY_ENDS = 20
const DAY = { hours: 24 }
/** Thanks that could not go out for so long are not sent any more. */
const THANKS_HOLD = { hours: 24 * 7 }

/**
 * The next contact of a case at an instant. An invitation may be late for the plan's share of the field period, any
 * other until the next is due; nobody hears from us more often in 24 hours than the plan allows, nor outside
 * 08:00–20:00 where they are. What is brought forward keeps to all of that.
 */
export function decideContact(rules: ContactRules, soFar: CaseSoFar, now: Temporal.Instant): ContactDecision {
  if (soFar.submittedOn) return decideThanks(rules, soFar, soFar.submittedOn, now)
  if (soFar.optedOut) return stop('opted out')
  if (soFar.waveClosed) return stop('wave closed')
  if (isEmpty(soFar)) return stop('merged')
  const schedule = contactSchedule(rules, soFar)
  const late = whyLate(rules, soFar, schedule)
  if (late) return stop(late)
  const next = nextContact(rules, soFar, schedule, now)
  if (!next) return stop(wasInvited(soFar) ? 'all sent' : whyMissed(soFar, schedule))
  if (isBefore(now, next.from)) return { do: 'wait', until: next.from }
  const because = !soFar.hasInstrument ? 'no instrument' : !soFar.hasAddress ? 'no address' : null
  // What is missing two months before an opening may be there by then.
  if (because && next.kind === 'contactUpdate') return { do: 'wait', until: invitationOf(schedule).from }
  return because ? stop(because) : sendWhenRested(rules, soFar, next, now)
}

const stop = (because: NoContact): ContactDecision => ({ do: 'stop', because })

const wasInvited = ({ made }: Pick<CaseSoFar, 'made'>) => made.some(({ kind }) => kind === 'invitation')

/** By day, and not too soon after the last mails; a mail out of its turn keeps a day between itself and every other. */
function sendWhenRested(
  { atMost }: ContactRules,
  { heardAt, timeZone, broughtForwardAt }: CaseSoFar,
  { kind, number, until }: Contact,
  now: Temporal.Instant,
): ContactDecision {
  const recent = heardAt.filter((at) => isBefore(now, at.add(DAY))).toSorted(Temporal.Instant.compare)
  const rested = recent.at(broughtForwardAt ? -1 : -atMost.per24Hours)?.add(DAY)
  if (rested && isBefore(now, rested)) return { do: 'wait', until: rested }
  const daytime = nextDaytime(now, timeZone)
  if (isBefore(now, daytime)) return { do: 'wait', until: daytime }
  return { do: 'send', kind, number, lateAt: until }
}

function decideThanks(
  rules: ContactRules,
  soFar: CaseSoFar,
  submittedOn: Temporal.PlainDate,
  now: Temporal.Instant,
): ContactDecision {
  const { hasAddress, optedOut, made, timeZone } = soFar
  if (!rules.thanks || !hasAddress || optedOut || made.some(({ kind }) => kind === 'thanks')) return stop('answered')
  const from = localInstant(submittedOn.add(rules.thanks.after), rules.sendAt, timeZone)
  const until = from.add(THANKS_HOLD)
  if (!isBefore(now, until)) return stop('answered')
  if (isBefore(now, from)) return { do: 'wait', until: from }
  return sendWhenRested(rules, soFar, { kind: 'thanks', number: 1, from, until }, now)
}

/** The first instant from now on that is between 08:00 and 20:00 in a time zone: `now` itself by day. */
export function nextDaytime(now: Temporal.Instant, timeZone: string): Temporal.Instant {
  const local = now.toZonedDateTimeISO(timeZone)
  if (local.hour >= DAY_BEGINS.hour && local.hour < DAY_ENDS) return now
  const day = local.toPlainDate().add({ days: local.hour < DAY_BEGINS.hour ? 0 : 1 })
  return localInstant(day, DAY_BEGINS, timeZone)
}

type Dates = Pick<CaseSoFar, 'opensOn' | 'closesOn' | 'timeZone' | 'previousOpensOn'>

/**
 * Every mail a plan has for a case, in order, whatever has happened to it: perhaps the question whether the address
 * holds, the invitation, reminders up to the last call, the last call. What falls into a blackout slides out of it.
 */
export function contactSchedule(rules: ContactRules, dates: Dates): Contact[] {
  const { opensOn, closesOn, timeZone } = dates
  const at = (day: Temporal.PlainDate) => localInstant(day, rules.sendAt, timeZone)
  const closesAt = startOfDay(closesOn, timeZone)
  const counted = { invitation: 0, reminder: 0, lastCall: 0 }
  const planned = rules.contacts.map((contact) => ({
    kind: contact.kind,
    number: ++counted[contact.kind],
    on: contact.kind === 'invitation' ? opensOn : nextMailDay(dayOf(contact, dates), rules),
  }))
  const lastCall = planned.find(({ kind }) => kind === 'lastCall')
  const kept = planned
    .filter(({ kind, on }) => kind !== 'reminder' || !lastCall || isEarlier(on, lastCall.on))
    .filter(({ on }) => !isEarlier(on, opensOn) && isEarlier(on, closesOn))
  const contacts = kept.map(({ kind, number, on }, index): Contact => {
    const next = kept[index + 1]
    const until =
      kind === 'invitation' ? startOfDay(lastInvitation(rules.late, dates), timeZone) : next ? at(next.on) : closesAt
    return { kind, number, from: at(on), until }
  })
  const update = updateContact(rules, dates)
  return update ? [update, ...contacts] : contacts
}

const dayOf = (contact: Plan['contacts'][number], { opensOn, closesOn }: FieldPeriod): Temporal.PlainDate =>
  contact.kind === 'lastCall' ? closesOn.subtract(contact.before) : opensOn.add(contact.after)

/** Asked halfway to the opening at the latest: later, the invitation itself finds out. */
function updateContact(rules: ContactRules, { opensOn, previousOpensOn, timeZone }: Dates): Contact | null {
  const { contactUpdate } = rules
  if (!contactUpdate || !previousOpensOn || isEarlier(opensOn, previousOpensOn.add(contactUpdate.apart))) return null
  const on = nextOpenDay(opensOn.subtract(contactUpdate.before), rules)
  const lateOn = opensOn.subtract({ days: Math.floor(on.until(opensOn).days / 2) })
  if (!isEarlier(on, lateOn)) return null
  return {
    kind: 'contactUpdate',
    number: 1,
    from: localInstant(on, rules.sendAt, timeZone),
    until: startOfDay(lateOn, timeZone),
  }
}

const invitationOf = (schedule: readonly Contact[]): Contact => schedule.find(({ kind }) => kind === 'invitation')!

/** When something may first be due: the first contact that has not become too late, else the first of all. */
export const firstContactAt = (schedule: readonly Contact[], now: Temporal.Instant): Temporal.Instant =>
  (schedule.find(({ until }) => isBefore(now, until)) ?? schedule[0]!).from

/** The first contact after the last one made that is not too late. */
function nextContact(
  rules: ContactRules,
  soFar: CaseSoFar,
  schedule: readonly Contact[],
  now: Temporal.Instant,
): Contact | null {
  const { made } = soFar
  const asking = made.filter(({ kind }) => isAsking(kind))
  if (asking.length >= rules.atMost.perWave) return null
  const last = Math.max(-1, ...asking.map((one) => placeOf(schedule, one)))
  for (const contact of schedule.slice(last + 1)) {
    if (contact.kind === 'contactUpdate' && made.some(({ kind }) => kind === 'contactUpdate')) continue
    const next = broughtForward(rules, soFar, resumed(rules, soFar, contact))
    if (isBefore(now, next.until) && isBefore(next.from, next.until)) return next
    if (contact.kind === 'invitation' && !wasInvited(soFar)) return null
  }
  return null
}

/** Whether a mail asks for an answer to its wave: no more of those than the plan allows. */
export const isAsking = (kind: PlannedKind): kind is ContactKind => (CONTACT_KINDS as readonly string[]).includes(kind)

/** Where a contact made stands in the schedule; one that brought somebody back stands where its reminder did. */
function placeOf(schedule: readonly Contact[], { kind, number }: MadeContact): number {
  const planned = kind === 'resume' ? 'reminder' : kind
  const found = schedule.findIndex((contact) => contact.kind === planned && contact.number === number)
  if (found >= 0) return found
  // The plan, or a shorter field period, has lost it: whatever came before it has been made as well.
  if (kind === 'lastCall') return schedule.length
  return schedule.findLastIndex((one) => one.kind === planned && one.number < number)
}

/** For whoever has begun, the next reminder becomes the way back to where they were: once. */
function resumed(rules: ContactRules, { startedOn, made, timeZone }: CaseSoFar, contact: Contact): Contact {
  if (contact.kind !== 'reminder' || !rules.resume || !startedOn || made.some(({ kind }) => kind === 'resume'))
    return contact
  const on = nextMailDay(startedOn.add(rules.resume.after), rules)
  return { ...contact, kind: 'resume', from: localInstant(on, rules.sendAt, timeZone) }
}

/**
 * A contact that was asked for at once is due from then on, or from the first day outside a blackout. The last call is
 * not: it says how few days are left. Whoever began that very day is not called back before their time.
 */
function broughtForward(rules: ContactRules, soFar: CaseSoFar, contact: Contact): Contact {
  const { broughtForwardAt: askedAt, made, opensOn, startedOn, timeZone } = soFar
  if (!askedAt || !isAsking(contact.kind) || contact.kind === 'lastCall') return contact
  if (made.some(({ at }) => !isBefore(at, askedAt))) return contact
  const opensAt = localInstant(opensOn, rules.sendAt, timeZone)
  const earliest = isBefore(askedAt, opensAt) ? opensAt : askedAt
  const on = localDay(earliest, timeZone)
  if (contact.kind === 'resume' && startedOn && !isEarlier(startedOn, on)) return contact
  const mailDay = nextMailDay(on, rules)
  const from = mailDay.equals(on) ? earliest : localInstant(mailDay, rules.sendAt, timeZone)
  return isBefore(from, contact.from) ? { ...contact, from } : contact
}

/** Why somebody is not asked at all, although it is not too late to ask. */
function whyLate(
  { late }: ContactRules,
  soFar: CaseSoFar,
  schedule: readonly Contact[],
): 'enrolled too late' | 'missed while mail was held' | null {
  if (soFar.made.some(({ kind, tooLate }) => kind === 'invitation' && tooLate)) return 'missed while mail was held'
  const isLate = late.enrolled === 'none' && isBefore(invitationOf(schedule).from, soFar.enrolledAt)
  return isLate && !wasInvited(soFar) ? 'enrolled too late' : null
}

/** Why nobody was invited in time. */
function whyMissed(
  { enrolledAt, plannedAt, hasInstrument, hasAddress, because }: CaseSoFar,
  schedule: readonly Contact[],
): NoContact {
  const { until } = invitationOf(schedule)
  if (!isBefore(enrolledAt, until) || !isBefore(plannedAt, until)) return 'enrolled too late'
  if (!hasInstrument || because === 'no instrument') return 'no instrument'
  return !hasAddress || because === 'no address' ? 'no address' : 'missed while the service was down'
}
