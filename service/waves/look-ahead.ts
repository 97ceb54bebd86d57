// Looks ahead: every mail a case will have if nobody answers meanwhile, and why not where there will be none. Pure.
import { isBefore } from '../platform/clock.ts'
import {
  type CaseSoFar,
  type Contact,
  type ContactRules,
  contactSchedule,
  decideContact,
  isAsking,
  type MadeContact,
  type NoContact,
} from './contacts.ts'
import { isEmpty } from './dates.ts'
import type { PlannedKind } from './plan.ts'

export type PlannedMail = {
  kind: PlannedKind
  number: number
  /** When it goes, or would have gone. */
  at: Temporal.Instant
  /** Null for one that will be sent, unless something changes. */
  because: string | null
}

/** The service asks every minute; each question here moves a case on. */
const MOST_QUESTIONS = 50

/**
 * The mails of a case from now on, in order. Those of the plan that will not be sent are there with their reason; what
 * has been owed or sent already is not.
 */
export function mailsAhead(rules: ContactRules, soFar: CaseSoFar, now: Temporal.Instant): PlannedMail[] {
  const { sends, made, end } = walk(rules, soFar, now)
  // A merged case would have been written to on its first day.
  const dates = isEmpty(soFar) ? { ...soFar, closesOn: soFar.opensOn.add({ days: 1 }) } : soFar
  const schedule = soFar.submittedOn ? [] : contactSchedule(rules, dates)
  const last = schedule.findLastIndex((contact) => isAmong(contact, made))
  const isFull = made.filter(({ kind }) => isAsking(kind)).length >= rules.atMost.perWave
  const missing = schedule.flatMap((contact, place): PlannedMail[] => {
    if (isAmong(contact, made)) return []
    const { kind, number, from } = contact
    const because = end === 'all sent' ? whyPassedOver(contact, soFar, { isOneMore: isFull && place > last }) : end
    return [{ kind, number, at: from, because }]
  })
  return [...sends, ...missing].toSorted((a, b) => Temporal.Instant.compare(a.at, b.at))
}

/** The next mail of a case if nobody answers meanwhile, or why there will be none. */
export function nextMail(
  rules: ContactRules,
  soFar: CaseSoFar,
  now: Temporal.Instant,
): Omit<PlannedMail, 'because'> | { because: NoContact } {
  let at = now
  for (let asked = 0; asked < MOST_QUESTIONS; asked++) {
    const decision = decideContact(rules, soFar, at)
    if (decision.do === 'stop') return { because: decision.because }
    if (decision.do === 'send') return { kind: decision.kind, number: decision.number, at }
    at = decision.until
  }
  return { because: 'all sent' }
}

type Walked = { sends: PlannedMail[]; made: readonly MadeContact[]; end: NoContact }

function walk(rules: ContactRules, start: CaseSoFar, now: Temporal.Instant): Walked {
  const sends: PlannedMail[] = []
  let soFar = start
  for (;;) {
    const next = nextMail(rules, soFar, sends.at(-1)?.at ?? now)
    if ('because' in next) return { sends, made: soFar.made, end: next.because }
    sends.push({ ...next, because: null })
    soFar = { ...soFar, made: [...soFar.made, { ...next, tooLate: false }], heardAt: [...soFar.heardAt, next.at] }
  }
}

const isAmong = ({ kind, number }: Contact, made: readonly { kind: PlannedKind; number: number }[]): boolean =>
  made.some((one) => one.number === number && (one.kind === kind || (one.kind === 'resume' && kind === 'reminder')))

/** Why a mail is passed over while others go out: it comes together with the next, is one too many, or was too late. */
function whyPassedOver(
  { from, until }: Contact,
  { enrolledAt, plannedAt }: CaseSoFar,
  { isOneMore }: { isOneMore: boolean },
): string {
  if (!isBefore(from, until)) return 'merged'
  if (isOneMore) return 'one more than the plan allows'
  return isBefore(from, enrolledAt) || isBefore(from, plannedAt)
    ? 'enrolled too late'
    : 'missed while the service was down'
}
