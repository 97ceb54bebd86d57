// Something came back about a mailing: a report on its way through the mail system, an event of a provider, or a refusal
// while it was being sent. Each counts once, and only when its return path carries our mark: nobody can invent one.
import PostalMime from 'postal-mime'
import { rememberStopped } from '../panel/members.queries.ts'
import { recordEvent } from '../platform/audit.queries.ts'
import type { Db } from '../platform/database.ts'
import type { Platform } from '../platform/deps.ts'
import { rowId, sameBytes, sha256Hex } from '../platform/secrets.ts'
import { addressHash, readReturnPath } from '../platform/tokens.ts'
import { holdCases } from '../waves/cases.queries.ts'
import {
  type BounceKind,
  classifyFailure,
  DEEPEST_REPORT,
  type FailureKind,
  isFromMailSystem,
  isGivenUp,
  isTooLarge,
  type Letter,
  LONGEST_HEADERS,
  mayGoAgain,
  type Report,
  type Returned,
  readReport,
  recipientsOf,
} from './bounce.ts'
import {
  type AddressColumn,
  bouncesOfAddress,
  findMailing,
  holdAddresses,
  insertBounce,
  markFailed,
  oweAgain,
  returnedMailing,
  type StoredAddresses,
  stopForNoAddress,
} from './bounces.queries.ts'
import { brakeBounces, brakeComplaints } from './hold-mail.actions.ts'
import { optOut } from './mailings.queries.ts'

export type BounceDeps = Pick<Platform, 'db' | 'clock' | 'config' | 'log'>

export type Bounce = {
  mailingId: string
  kind: BounceKind
  /** As RFC 3463 writes it, such as 5.1.1; of a complaint, what kind it is. */
  status: string
  source: 'smtp' | 'pipe' | 'webhook'
  /** What tells this report from every other: the same again counts no more. */
  report: string
  /** The addresses the report names, when it names any. */
  recipients?: readonly string[]
}

export type BounceOutcome =
  | {
      ok: true
      did:
        | 'recorded'
        | 'address failed'
        | 'moved to the first address'
        | 'moved to the second address'
        | 'lost contact'
        | 'opted out'
        | 'duplicate'
      kind: BounceKind
    }
  | { ok: false; because: 'unknown mailing' }

export type ReportOutcome =
  | BounceOutcome
  | { ok: true; did: 'ignored'; kind: 'delayed' | 'delivered' | 'auto-reply' }
  | {
      ok: false
      because:
        | 'no bounce address'
        | 'too large'
        | 'unreadable'
        | 'not our address'
        | 'not a report'
        | 'not from a mail system'
    }

// ---------------------------------------------------------------- from a pipe

/** Takes a report as it came by mail to `recipient`; without one, its own headers say to whom. Never throws for what is in it. */
export async function takeReport(
  deps: BounceDeps,
  { bytes, recipient }: { bytes: Uint8Array; recipient?: string | undefined },
): Promise<ReportOutcome> {
  if (deps.config.mail.bounceAddress === null) return { ok: false, because: 'no bounce address' }
  if (isTooLarge(bytes)) return { ok: false, because: 'too large' }
  const letter = await openLetter(bytes)
  if (!letter) return { ok: false, because: 'unreadable' }
  const report = readReport(letter)
  const paths = [
    ...(recipient === undefined ? recipientsOf(letter) : [recipient]),
    ...(report.kind === 'complaint' ? report.returnPaths : []),
  ]
  const mailingId = mailingOf(deps, paths)
  if (!mailingId) return { ok: false, because: 'not our address' }
  const source = { mailingId, source: 'pipe', report: `pipe ${sha256Hex(bytes)} ${recipient ?? ''}` } as const
  return judge(deps, source, report, isFromMailSystem(letter))
}

async function judge(
  deps: BounceDeps,
  source: Pick<Bounce, 'mailingId' | 'source' | 'report'>,
  report: Report,
  fromMailSystem: boolean,
): Promise<ReportOutcome> {
  switch (report.kind) {
    case 'unknown':
      return { ok: false, because: 'not a report' }
    case 'auto-reply':
    case 'delayed':
    case 'delivered':
      return { ok: true, did: 'ignored', kind: report.kind }
    case 'complaint':
      // Providers send complaints under their own name.
      return recordBounce(deps, { ...source, kind: 'complaint', status: 'abuse' })
    default:
      if (!fromMailSystem) return { ok: false, because: 'not from a mail system' }
      return recordBounce(deps, { ...source, ...report })
  }
}

/** A message taken apart, or null when it cannot be, or goes deeper than any report does. */
async function openLetter(bytes: Uint8Array): Promise<Letter | null> {
  const limits = { maxNestingDepth: DEEPEST_REPORT, maxHeadersSize: LONGEST_HEADERS, forceRfc822Attachments: true }
  const mail = await PostalMime.parse(bytes, limits).catch(() => null)
  const text = new TextDecoder()
  return (
    mail && {
      headers: mail.headers.map(({ key, value }) => ({ name: key, value })),
      parts: mail.attachments.map(({ mimeType, content }) => ({
        type: mimeType,
        text: typeof content === 'string' ? content : text.decode(content),
      })),
    }
  )
}

/** The mailing that the first address with our mark is about. */
function mailingOf({ config }: BounceDeps, addresses: readonly string[]): string | null {
  const { bounceAddress } = config.mail
  for (const address of addresses) {
    const mailingId = bounceAddress && readReturnPath(config.keys.link, bounceAddress, address)
    if (mailingId) return mailingId
  }
  return null
}

// ---------------------------------------------------------------- from a provider

/** One thing a provider saw: a mail failed for good in their eyes, or its reader complained. */
export type BounceEvent = { returnPath: string; status: string; kind?: 'complaint' | undefined }

/** Takes the events of one request, known by its identifier; how many had which outcome. The same again changes nothing. */
export async function takeEvents(
  deps: BounceDeps,
  { id, events }: { id: string; events: readonly BounceEvent[] },
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const [index, event] of events.entries()) {
    const outcome = await takeEvent(deps, event, `webhook ${id} ${index}`)
    const said = outcome.ok ? outcome.did : outcome.because
    counts[said] = (counts[said] ?? 0) + 1
  }
  return counts
}

async function takeEvent(deps: BounceDeps, event: BounceEvent, report: string): Promise<ReportOutcome> {
  const mailingId = mailingOf(deps, [event.returnPath])
  if (!mailingId) return { ok: false, because: 'not our address' }
  const source = { mailingId, source: 'webhook', report } as const
  if (event.kind) return recordBounce(deps, { ...source, kind: event.kind, status: event.status })
  if (event.status.startsWith('2')) return { ok: true, did: 'ignored', kind: 'delivered' }
  return recordBounce(deps, { ...source, ...classifyFailure(event.status) })
}

// ---------------------------------------------------------------- what follows

/**
 * Keeps a bounce and does what follows from it: for the address, for the mailing, for the member; and holds the wave when
 * too much comes back.
 */
export async function recordBounce(deps: BounceDeps, bounce: Bounce): Promise<BounceOutcome> {
  const mailing = await findMailing(deps.db, bounce.mailingId)
  if (!mailing) return { ok: false, because: 'unknown mailing' }
  const did = await keepBounce(deps, bounce, mailing.member_id)
  if (deps.config.mail.brakes && did !== 'duplicate') {
    if (bounce.kind === 'hard') await brakeBounces(deps, mailing.scope)
    if (bounce.kind === 'complaint') await brakeComplaints(deps, mailing.scope)
  }
  return { ok: true, did, kind: bounce.kind }
}

const keepBounce = (deps: BounceDeps, bounce: Bounce, memberId: string): Promise<Did> =>
  deps.db.transaction().execute(async (trx) => {
    const { mailingId, kind, status, source, report } = bounce
    const at = deps.clock.now()
    // In one order for everybody, and one report after the other about one member.
    await holdCases(trx, [memberId])
    const member = await holdAddresses(trx, memberId)
    const isNew = await insertBounce(trx, { id: rowId(), mailing_id: mailingId, kind, status, source, report, at })
    if (!isNew) return 'duplicate'
    const about = { memberId, addresses: member ? addressesOf(deps, member) : [], at }
    return kind === 'complaint'
      ? stopAfterComplaint(trx, bounce, about)
      : judgeAddress(trx, deps, { ...bounce, kind }, { ...about, optedOut: member?.opted_out_at !== null })
  })

type Did = Extract<BounceOutcome, { ok: true }>['did']
type OwnAddress = { column: AddressColumn; hash: Uint8Array; failed: boolean }
type About = { memberId: string; addresses: readonly OwnAddress[]; at: Temporal.Instant }

const addressesOf = ({ config }: BounceDeps, member: StoredAddresses): OwnAddress[] =>
  (['email', 'email_secondary'] as const).flatMap((column) => {
    const address = member[column]
    if (address === null) return []
    return { column, hash: addressHash(config.keys.link, address), failed: member[`${column}_failed_at`] !== null }
  })

async function stopAfterComplaint(trx: Db, { mailingId, source }: Bounce, about: About): Promise<Did> {
  const { memberId, addresses, at } = about
  const { sent_to: sentTo } = await returnedMailing(trx, mailingId)
  const hashes = [...addresses.map(({ hash }) => hash), ...(sentTo ? [sentTo] : [])]
  const unique = hashes.filter((hash, index) => hashes.findIndex((other) => sameBytes(hash, other)) === index)
  await rememberStopped(trx, { hashes: unique, because: 'complained', at })
  if (!(await optOut(trx, memberId, at))) return 'recorded'
  const detail = { because: 'complained', source }
  await recordEvent(trx, { at, actor: 'mail system', action: 'opted out', subject: memberId, detail })
  return 'opted out'
}

/** Gives the address up when it has bounced enough, and sends the mailing to the member's other one if there is one. */
async function judgeAddress(
  trx: Db,
  deps: BounceDeps,
  bounce: Bounce & { kind: FailureKind },
  { memberId, addresses, at, optedOut }: About & { optedOut: boolean },
): Promise<Did> {
  const mailing = await returnedMailing(trx, bounce.mailingId)
  const concerned = concernedBy(deps, bounce, mailing.sent_to, addresses)
  if (concerned.length === 0) return 'recorded'
  const wasFailed = concerned.every(({ failed }) => failed)
  if (!wasFailed) {
    const history = await bouncesOfAddress(trx, { memberId, sentTo: concerned[0]!.hash })
    if (!isGivenUp(bounce.kind, history, at)) return 'recorded'
    await markFailed(trx, memberId, columnsOf(concerned), at)
  }
  const other = addresses.find((one) => !concerned.includes(one) && !one.failed)
  const did = await turnTo(trx, other, { ...bounce, mailing, memberId, at, optedOut })
  if (!wasFailed) await recordFailure(trx, bounce, { memberId, addresses: concerned, at })
  return wasFailed && (did === 'lost contact' || did === 'address failed') ? 'recorded' : did
}

type StoredMailing = Awaited<ReturnType<typeof returnedMailing>>
type Following = Omit<About, 'addresses'> & { mailingId: string; mailing: StoredMailing; optedOut: boolean }

/** After an address has failed: the mailing goes to the other one if it may, and without another one no mail is planned. */
async function turnTo(trx: Db, other: OwnAddress | undefined, following: Following): Promise<Did> {
  const { mailingId, mailing, memberId, at, optedOut } = following
  if (!other && !optedOut) await stopForNoAddress(trx, memberId, at)
  if (!other) return 'lost contact'
  if (optedOut || !mayGoAgain(toReturned(mailing), at)) return 'address failed'
  await oweAgain(trx, mailingId, at)
  return other.column === 'email' ? 'moved to the first address' : 'moved to the second address'
}

const columnsOf = (addresses: readonly OwnAddress[]): AddressColumn[] => addresses.map(({ column }) => column)

/**
 * Which of a member's addresses a bounce speaks of: the one the mailing went to last, if it still is theirs. A late
 * report that names another of theirs is about an earlier copy, and says nothing of this one.
 */
function concernedBy(
  { config }: BounceDeps,
  { recipients = [] }: Bounce,
  sentTo: Uint8Array | null,
  addresses: readonly OwnAddress[],
): OwnAddress[] {
  if (sentTo === null) return []
  const named = recipients.map((recipient) => addressHash(config.keys.link, recipient))
  const isNamed = ({ hash }: OwnAddress) => named.some((name) => sameBytes(name, hash))
  const concerned = addresses.filter(({ hash }) => sameBytes(hash, sentTo))
  return concerned.some(isNamed) || !addresses.some(isNamed) ? concerned : []
}

async function recordFailure(
  trx: Db,
  { kind, status, source }: Bounce,
  { memberId, addresses, at }: About,
): Promise<void> {
  const detail = { which: columnsOf(addresses), kind, status, source }
  await recordEvent(trx, { at, actor: 'mail system', action: 'address failed', subject: memberId, detail })
}

const toReturned = (mailing: StoredMailing): Returned => ({
  sentAt: mailing.sent_at,
  because: mailing.because,
  lateAt: mailing.late_at,
  isLast: Boolean(mailing.is_last),
  period: mailing.opens_at && mailing.closes_at ? { opensAt: mailing.opens_at, closesAt: mailing.closes_at } : null,
  submitted: mailing.submitted_on !== null,
  waveClosed: mailing.closed_at !== null,
})
