// What comes back about a mailing: reads a report of a mail system, tells why it failed, and decides what follows for the
// address and the mailing. Pure: it is given a message already taken apart, and knows neither whose it is nor who sent it.
import { isBefore } from '../platform/clock.ts'
import { ADDRESS_REFUSED } from './delivery.ts'

/** In bytes: a report is a few lines and, at most, the mail it is about. */
export const LARGEST_REPORT = 1024 * 1024
const MOST_LINES = 50_000
/** How deep parts may stand in parts; a report of the usual systems needs three. */
export const DEEPEST_REPORT = 5
/** In bytes, of all parts together; to read addresses out of a longer one takes long. */
export const LONGEST_HEADERS = 128 * 1024

/** Whether a message is larger than a report can be, or has so many lines that reading it would keep others waiting. */
export function isTooLarge(bytes: Uint8Array): boolean {
  if (bytes.length > LARGEST_REPORT) return true
  let lines = 0
  for (const byte of bytes) if (byte === LINE_FEED) lines++
  return lines > MOST_LINES
}

const LINE_FEED = 10

/** Why a mail could not be delivered: no such mailbox, a full one, a passing trouble, they do not want it, or else. */
export type FailureKind = 'hard' | 'full' | 'soft' | 'policy' | 'other'
/** What is kept of what came back. */
export type BounceKind = FailureKind | 'complaint'
export type Failure = { kind: FailureKind; status: string }

export type Report =
  /** `recipients` are the addresses it names: the one written to, and perhaps where that was forwarded. */
  | (Failure & { recipients: string[] })
  /** `returnPaths` are addresses that may say which mailing it is about. */
  | { kind: 'complaint'; returnPaths: string[] }
  /** Nothing that counts: not given up yet, delivered, or answered by a machine. */
  | { kind: 'delayed' | 'delivered' | 'auto-reply' }
  /** A message that is none of these. */
  | { kind: 'unknown' }

/** A message taken apart: its headers, and its parts that are not simply text to read. Names are in lower case. */
export type Letter = {
  headers: readonly { name: string; value: string }[]
  parts: readonly { type: string; text: string }[]
}

// ---------------------------------------------------------------- reading

const DELIVERY = ['message/delivery-status', 'message/global-delivery-status']
const FEEDBACK = ['message/feedback-report']
const ENCLOSED = ['message/rfc822', 'message/global', 'text/rfc822-headers', 'message/global-headers']

/** What a message reports; only a multipart/report (RFC 6522) reports a failure or a complaint. */
export function readReport(letter: Letter): Report {
  if (headersOf(letter, 'content-type').some((type) => /^\s*multipart\/report\b/i.test(type))) {
    const report = readComplaint(letter) ?? readDelivery(letter)
    if (report) return report
  }
  return { kind: isAutoReply(letter) ? 'auto-reply' : 'unknown' }
}

const headersOf = ({ headers }: Letter, name: string): string[] =>
  headers.filter((header) => header.name === name).map(({ value }) => value)

const partsOf = ({ parts }: Letter, types: readonly string[]): string[] =>
  parts.filter(({ type }) => types.includes(type)).map(({ text }) => text)

/** Whether a machine answered, and not a person (RFC 3834, and what came before it). */
const isAutoReply = (letter: Letter): boolean =>
  headersOf(letter, 'auto-submitted').some((value) => !/^\s*no\b/i.test(value)) ||
  headersOf(letter, 'precedence').some((value) => /auto[-_]reply/i.test(value)) ||
  ['x-autoreply', 'x-autorespond'].some((name) => headersOf(letter, name).length > 0)

/** Whether it was sent without a sender, as reports are, as far as its headers tell; Postfix gives nobody a name. */
export const isFromMailSystem = (letter: Letter): boolean =>
  headersOf(letter, 'return-path').every((value) => /^\s*<(mailer-daemon)?>/i.test(value))

/** The addresses a message says it was delivered to, the surest first. */
export const recipientsOf = (letter: Letter): string[] =>
  ['delivered-to', 'x-original-to', 'to'].flatMap((name) => headersOf(letter, name).flatMap(addressesIn))

/** Texts in a header or field that may be addresses; none is longer than an address can be. */
const addressesIn = (value: string): string[] =>
  value.split(/[\s<>,;:"()]+/).filter((text) => text.includes('@') && text.length <= 320)

/** A complaint of a reader, forwarded by their provider (RFC 5965). */
function readComplaint(letter: Letter): Report | null {
  const fields = partsOf(letter, FEEDBACK).flatMap(fieldGroups)
  if (!fields.some((group) => group.get('feedback-type')?.toLowerCase() === 'abuse')) return null
  const enclosed = partsOf(letter, ENCLOSED).flatMap((text) => fieldGroups(text.slice(0, LONGEST_HEAD)).slice(0, 1))
  const paths = [
    ...fields.map((group) => group.get('original-mail-from')),
    ...enclosed.map((head) => head.get('return-path')),
  ]
  return { kind: 'complaint', returnPaths: paths.flatMap((path) => addressesIn(path ?? '')) }
}

const LONGEST_HEAD = 64 * 1024

/** From what says least against an address to what says most. */
const SEVERITY = ['delivered', 'delayed', 'soft', 'full', 'policy', 'other', 'hard'] as const

/**
 * What a delivery report says (RFC 3464). We write to one address: when a report names several, it was forwarded to
 * them, and it is no worse off than the best of them.
 */
function readDelivery(letter: Letter): Report | null {
  const groups = partsOf(letter, DELIVERY).flatMap(fieldGroups)
  const fates = groups.flatMap((group) => readFate(group) ?? [])
  const best = fates.toSorted((a, b) => SEVERITY.indexOf(a.kind) - SEVERITY.indexOf(b.kind))[0]
  if (!best) return null
  if (!('status' in best)) return best
  const named = ['original-recipient', 'final-recipient']
  return { ...best, recipients: groups.flatMap((group) => named.flatMap((name) => addressesIn(group.get(name) ?? ''))) }
}

type Fields = ReadonlyMap<string, string>

const DELIVERED = ['delivered', 'relayed', 'expanded']

/** What became of one recipient, or null when its fields do not say. */
function readFate(fields: Fields): Failure | { kind: 'delivered' | 'delayed' } | null {
  const status = readStatus(fields.get('status') ?? '')
  if (!status) return null
  const said = /^\w+/.exec(fields.get('action') ?? '')?.[0].toLowerCase()
  const action = said ?? (status.startsWith('5') ? 'failed' : 'delayed')
  if (DELIVERED.includes(action)) return { kind: 'delivered' }
  if (action === 'delayed') return { kind: 'delayed' }
  return action === 'failed' && !status.startsWith('2')
    ? classifyFailure(status, fields.get('diagnostic-code') ?? '')
    : null
}

/** A status as RFC 3463 writes it; some systems add zeros or words. */
function readStatus(text: string): string | null {
  const [, kind, subject, detail] = /^\s*([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)/.exec(text) ?? []
  return kind ? `${kind}.${Number(subject)}.${Number(detail)}` : null
}

/** The groups of fields of a report, parted by empty lines: names in lower case, folded lines joined, the first wins. */
function fieldGroups(text: string): Map<string, string>[] {
  const groups: Map<string, string>[] = [new Map()]
  let name = ''
  for (const line of text.split(/\r\n|\r|\n/)) {
    const group = groups.at(-1)!
    if (line.trim() === '') {
      if (group.size > 0) groups.push(new Map())
      name = ''
    } else if (/^[ \t]/.test(line)) {
      if (name) group.set(name, `${group.get(name)} ${line.trim()}`)
    } else {
      const field = line.slice(0, Math.max(0, line.indexOf(':'))).trim()
      name = group.has(field.toLowerCase()) ? '' : field.toLowerCase()
      if (name) group.set(name, line.slice(line.indexOf(':') + 1).trim())
    }
  }
  return groups
}

// ---------------------------------------------------------------- why it failed

/** Nobody has this address: no such mailbox or domain, moved, or closed. 5.4.310 is Exchange's no such domain. */
const HARD = ['5.1.0', '5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1', '5.4.4', '5.4.310']
/** The mailbox, or the system it is on, takes no more; the first figure does not matter. */
const FULL = ['2.2', '2.3', '3.1', '3.4']
/** They do not like our address, which says nothing about theirs. */
const OUR_ADDRESS = ['5.1.7', '5.1.8']

const SAYS_SPAM =
  /\b(spam\w*|junk|unsolicited|dnsbl|rbl|surbl|dmarc|dkim|spf|(bad|poor|low) reputation|reputation|malware|phishing|indésirables?|pourriel|blocked (by|using|for|due))\b|\b(black|block|deny).?list|liste noire/i
const SAYS_FULL =
  /\b(over ?quota|quota (exceeded|dépassé)|exceeded .{0,40}quota|(mail)?box .{0,20}full)\b|boîte .{0,40}pleine/i
const SAYS_NOBODY =
  /\bno such (user|mailbox|recipient|address|person)|\b(user|recipient|mailbox|address|account|utilisateur|destinataire|adresse)s? .{0,40}(unknown|not found|does(n't| not) exist|inconnue?|introuvable|inexistante?)|\bunknown (user|recipient|mailbox|address)|\bunrouteable address|\bno mailbox here/i

/**
 * Why a mail failed, by its status (RFC 3463) and the words of the server that refused it. Where the status says only
 * for good or not (5.0.0, 4.0.0), the words are looked to for more.
 */
export function classifyFailure(said: string, diagnostic = ''): Failure {
  const words = wordsOf(diagnostic)
  const status = SAYS_NOTHING.test(said) ? (statusIn(words) ?? said) : said
  return { kind: kindOf(status, words), status }
}

const SAYS_NOTHING = /^[45]\.0\.0$/

function kindOf(status: string, words: string): FailureKind {
  const vague = SAYS_NOTHING.test(status)
  if (FULL.includes(status.slice(2)) || (vague && SAYS_FULL.test(words))) return 'full'
  if (status.startsWith('4')) return 'soft'
  if (status.startsWith('5.7.') || OUR_ADDRESS.includes(status) || SAYS_SPAM.test(words)) return 'policy'
  return HARD.includes(status) || (vague && SAYS_NOBODY.test(words)) ? 'hard' : 'other'
}

const LONGEST_DIAGNOSTIC = 2000

/** What a server said, without addresses of people and pages: those may contain any word. */
const wordsOf = (diagnostic: string): string =>
  diagnostic
    .slice(0, LONGEST_DIAGNOSTIC)
    .split(/\s+/)
    .filter((word) => !/@|:\/\//.test(word))
    .join(' ')

/** The status that follows the code of an answer, such as 550-5.1.1 or 550 #5.1.1; else what the code alone says. */
function statusIn(words: string): string | null {
  const [, enhanced = ''] = /\b[45]\d\d[\s-]+#?([45]\.\d{1,3}\.\d{1,3}(?!\.?\d))/.exec(words) ?? []
  const [, kind] = /^\s*(?:[\w-]+\s*;)?\s*([45])\d\d\b/.exec(words) ?? []
  return readStatus(enhanced) ?? (kind ? `${kind}.0.0` : null)
}

// ---------------------------------------------------------------- what follows

/** What has come back about one address: each mailing counts once. */
export type Bounced = { mailingId: string; kind: string; at: Temporal.Instant }

const FOR_GOOD = ['other', 'policy']
const PASSING = ['soft', 'full']
const MOST_FOR_GOOD = 2
const MOST_PASSING = 3
const PASSES_WITHIN = { hours: 24 * 30 }

/**
 * Whether an address is to be given up after a bounce: at once when nobody has it, after two mailings refused for good
 * for another reason, or after three in thirty days that could not be delivered. `history` has the bounce itself.
 */
export function isGivenUp(kind: FailureKind, history: readonly Bounced[], now: Temporal.Instant): boolean {
  const since = now.subtract(PASSES_WITHIN)
  const mailings = (kinds: readonly string[], from?: Temporal.Instant) =>
    new Set(
      history
        .filter((one) => kinds.includes(one.kind) && !(from && isBefore(one.at, from)))
        .map(({ mailingId }) => mailingId),
    ).size
  if (kind === 'hard') return true
  return PASSING.includes(kind) ? mailings(PASSING, since) >= MOST_PASSING : mailings(FOR_GOOD) >= MOST_FOR_GOOD
}

/** A mailing that came back, and the case it is about, as they are now. */
export type Returned = {
  sentAt: Temporal.Instant | null
  because: string | null
  lateAt: Temporal.Instant | null
  /** Nothing was sent, or is owed, about the case after it. */
  isLast: boolean
  /** When the case may be answered; null for a mailing about none. */
  period: { opensAt: Temporal.Instant; closesAt: Temporal.Instant } | null
  submitted: boolean
  waveClosed: boolean
}

/** Whether a mailing that came back is worth sending to another address: it went, nothing came after it, and it may still be answered. */
export const mayGoAgain = (mailing: Returned, now: Temporal.Instant): boolean =>
  (mailing.sentAt !== null || mailing.because === ADDRESS_REFUSED) &&
  mailing.isLast &&
  mailing.period !== null &&
  !mailing.submitted &&
  !mailing.waveClosed &&
  !isBefore(now, mailing.period.opensAt) &&
  isBefore(now, mailing.period.closesAt) &&
  (mailing.lateAt === null || isBefore(now, mailing.lateAt))
