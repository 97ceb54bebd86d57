// Looks ahead: every mail a case will have if nobody answers meanwhile, and why not where there will be none. Pure.
import { isBefore } from '../platform/clock.ts'
import { type CaseSoFar, type Contact, type ContactRules, contactSchedule, decideContact } from './contacts.ts'
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
  const { sends, end } = walk(rules, soFar, now)
  // A merged case would have been written to on its first day.
  const dates = isEmpty(soFar) ? { ...soFar, closesOn: soFar.opensOn.add({ days: 1 }) } : soFar
  const schedule = soFar.submittedOn ? [] : contactSchedule(rules, dates)
  const missing = schedule
    .filter((contact) => !isAmong(contact, soFar.made) && !isAmong(contact, sends))
    .map((contact) => ({
      kind: contact.kind,
      number: contact.number,
      at: contact.from,
      because: end === 'all sent' ? whyPassedOver(contact, soFar, now) : end,
    }))
  return [...sends, ...missing].toSorted((a, b) => Temporal.Instant.compare(a.at, b.at))
}

function walk(rules: ContactRules, start: CaseSoFar, now: Temporal.Instant): { sends: PlannedMail[]; end: string } {
  const sends: PlannedMail[] = []
  let soFar = start
  let at = now
  for (let asked = 0; asked < MOST_QUESTIONS; asked++) {
    const decision = decideContact(rules, soFar, at)
    if (decision.do === 'stop') return { sends, end: decision.because }
    if (decision.do === 'wait') {
      at = decision.until
      continue
    }
    const { kind, number } = decision
    sends.push({ kind, number, at, because: null })
    soFar = { ...soFar, made: [...soFar.made, { kind, number, tooLate: false }], heardAt: [...soFar.heardAt, at] }
  }
  return { sends, end: 'all sent' }
}

const isAmong = ({ kind, number }: Contact, made: readonly { kind: PlannedKind; number: number }[]): boolean =>
  made.some((one) => one.number === number && (one.kind === kind || (one.kind === 'resume' && kind === 'reminder')))

/** Why a mail is passed over while others go out: it comes together with the next, it was too late, or is one too many. */
function whyPassedOver(
  { kind, from, until }: Contact,
  { enrolledAt, plannedAt }: CaseSoFar,
  now: Temporal.Instant,
): string {
  if (!isBefore(from, until)) return 'merged'
  if (kind === 'invitation' || !isBefore(from, now)) return 'one more than the plan allows'
  return isBefore(from, enrolledAt) || isBefore(from, plannedAt)
    ? 'enrolled too late'
    : 'missed while the service was down'
}
