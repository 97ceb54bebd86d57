// Mails of the plan in words: what each is, how it stands, and why it does not go. Pure.
import type { BounceKind } from '../mailings/bounce.ts'
import type { WordKey, Words } from '../platform/i18n.ts'
import type { NoContact, TOO_LATE } from '../waves/contacts.ts'
import type { ListedMail } from '../waves/list-mails.actions.ts'
import type { PlannedKind } from '../waves/plan.ts'

/** Why a mail does not go: decided for its case, found by looking ahead, or met when it was to be sent. */
export type Reason =
  | NoContact
  | 'one more than the plan allows'
  | typeof TOO_LATE
  | 'closed'
  | 'no case'
  | 'cannot be written'
  | 'outcome unknown'
  | 'not delivered'
  | 'address refused'

const REASONS: Record<Reason, WordKey> = {
  answered: 'because.answered',
  'opted out': 'because.opted out',
  'wave closed': 'because.wave closed',
  closed: 'because.closed',
  merged: 'because.merged',
  'no instrument': 'because.no instrument',
  'no address': 'because.no address',
  'no case': 'because.no case',
  'enrolled too late': 'because.enrolled too late',
  'missed while the service was down': 'because.missed while the service was down',
  'missed while mail was held': 'because.missed while mail was held',
  'too late': 'because.too late',
  'one more than the plan allows': 'because.one more than the plan allows',
  'all sent': 'because.all sent',
  'cannot be written': 'because.cannot be written',
  'outcome unknown': 'because.outcome unknown',
  'not delivered': 'because.not delivered',
  'address refused': 'because.address refused',
}

/** A reason in words; one that this version does not know as it stands in the database. */
export const sayBecause = (t: Words, because: string): string =>
  Object.hasOwn(REASONS, because) ? t(REASONS[because as Reason]) : because

const KINDS: Record<PlannedKind | 'link', WordKey> = {
  invitation: 'field.message.invitation',
  reminder: 'field.message.reminder',
  resume: 'field.message.resume',
  lastCall: 'field.message.lastCall',
  thanks: 'kind.thanks',
  contactUpdate: 'kind.contactUpdate',
  link: 'kind.link',
}

/** What a mail is: « rappel 2 ». */
export const sayMail = (t: Words, { kind, number }: { kind: string; number: number }): string =>
  Object.hasOwn(KINDS, kind) ? t(KINDS[kind as keyof typeof KINDS], { number }) : kind

const STATE_WORDS: Record<ListedMail['state'], WordKey> = {
  sent: 'mails.state.sent',
  'on its way': 'mails.state.onItsWay',
  planned: 'mails.state.planned',
  'not sent': 'mails.state.notSent',
}

/** How a mail may stand, in the order in which people ask. */
export const STATES = ['planned', 'on its way', 'sent', 'not sent'] as const satisfies readonly ListedMail['state'][]

export const sayState = (t: Words, state: ListedMail['state']): string => t(STATE_WORDS[state])

const BOUNCES: Record<BounceKind, WordKey> = {
  hard: 'bounce.hard',
  full: 'bounce.full',
  soft: 'bounce.soft',
  policy: 'bounce.policy',
  other: 'bounce.other',
  complaint: 'bounce.complaint',
}

/** What came back about a mail, in words. */
export const sayBounce = (t: Words, kind: string): string =>
  Object.hasOwn(BOUNCES, kind) ? t(BOUNCES[kind as BounceKind]) : kind
