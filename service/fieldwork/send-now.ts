// Decides whether the next mail about an open case may come at once, and why not where it may not. Pure: now is an argument.
import { isBefore } from '../platform/clock.ts'
import type { CaseSoFar, ContactRules, NoContact } from '../waves/contacts.ts'
import { nextMail } from '../waves/look-ahead.ts'

/** Why somebody is not written to out of turn. */
export type NotNow =
  | NoContact
  /** Something is owed to them already. */
  | 'on its way'
  | 'written to today'
  /** It says how few days are left, and keeps its day. */
  | 'last call only'
  /** A blackout, or somebody who began today: it comes when it would have come anyway. */
  | 'no sooner'

export type Outlook = { goes: true; at: Temporal.Instant } | { goes: false; because: NotNow }

const DAY = { hours: 24 }

/** When the next mail of an open case would come if it were asked for now; `isOwed`: something is owed to its member. */
export function outlookOf(
  rules: ContactRules,
  soFar: CaseSoFar,
  { isOwed, now }: { isOwed: boolean; now: Temporal.Instant },
): Outlook {
  const next = nextMail(rules, { ...soFar, broughtForwardAt: now }, now)
  if ('because' in next) return not(next.because)
  if (isOwed) return not('on its way')
  if (soFar.heardAt.some((at) => isBefore(now, at.add(DAY)))) return not('written to today')
  if (next.kind === 'lastCall') return not('last call only')
  const isSoon = isBefore(next.at, now.add(DAY))
  return isSoon ? { goes: true, at: next.at } : not('no sooner')
}

const not = (because: NotNow): Outlook => ({ goes: false, because })
