// Lets staff in and out: a link by mail that opens in the browser that asked, an invitation that opens once, an identity
// that a provider vouches for. Knows no password: there is none.
import { recordEvent } from '../platform/audit.queries.ts'
import type { Db } from '../platform/database.ts'
import type { Platform } from '../platform/deps.ts'
import type { Bilingual } from '../platform/i18n.ts'
import type { PlainMail } from '../platform/plain-mail.tsx'
import { base64url, rowId, sha256 } from '../platform/secrets.ts'
import { STAFF_TOKENS } from '../platform/tokens.ts'
import type { Grant } from './roles.ts'
import { signInMail } from './sign-in.mails.tsx'
import {
  bindIdentity,
  countAsked,
  dropStaleAccess,
  endSession,
  findStaffByEmail,
  findStaffBySubject,
  grantsOf,
  insertSession,
  insertSignInLink,
  type StaffMember,
  seeSession,
  useSignInLink,
} from './staff.queries.ts'

type Sender = { name: string; address: string }
export type AccessDeps = Pick<Platform, 'db' | 'clock' | 'config' | 'log' | 'mailer' | 'random'> & {
  frame: { programmes: readonly { programme: string; name: Bilingual; sender: Sender }[] }
}

/** How long a session lasts without a request, and at most. */
const IDLE = { minutes: 30 }
const ABSOLUTE = { hours: 12 }
/** How long a link that was asked for opens. */
const ASKED_LIFETIME = { minutes: 10 }
const MOST_ASKED = { links: 5, within: { hours: 1 } }
/** For how long a link that opens nothing any more is kept: it counts what was asked. */
const KEPT = { hours: 24 }

/** Who is at work here, what they may do, when they last proved who they are, and the address they are at. */
export type SignedIn = StaffMember & { grants: readonly Grant[]; provenAt: Temporal.Instant; at: string }

/** As the journal names a person of the staff. */
export const actorOf = ({ id }: Pick<StaffMember, 'id'>): string => `staff ${id}`

/** Whose session a cookie holds, or null: unknown, thirty minutes without a request, twelve hours old, or sent away. */
export async function readSession(
  { db, clock }: AccessDeps,
  { token, at }: { token: string; at: string },
): Promise<SignedIn | null> {
  const now = clock.now()
  const seen = await seeSession(db, { tokenHash: sha256(token), at: now, idle: IDLE, absolute: ABSOLUTE })
  if (!seen) return null
  const { created_at: provenAt, ...person } = seen
  return { ...person, provenAt, at, grants: await grantsOf(db, person.id) }
}

/**
 * Sends a link to whoever has this address here, good for ten minutes in the browser whose secret is given. Nobody can
 * tell from outside whether anybody has it: the caller answers before this has begun.
 */
export async function askSignIn(
  deps: AccessDeps,
  { email, browser }: { email: string; browser: string },
): Promise<void> {
  const { db, clock, config, log, random } = deps
  const at = clock.now()
  await dropStaleAccess(db, { at, idle: IDLE, kept: KEPT })
  const staff = await findStaffByEmail(db, email)
  if (!staff || !config.staff.byMail) return
  if ((await countAsked(db, staff.id, at.subtract(MOST_ASKED.within))) >= MOST_ASKED.links) return
  const token = STAFF_TOKENS.asked + base64url(random(32))
  await insertSignInLink(db, {
    tokenHash: sha256(token),
    staffId: staff.id,
    kind: 'asked',
    browserHash: sha256(browser),
    at,
    expiresAt: at.add(ASKED_LIFETIME),
  })
  const { host } = new URL(config.baseUrl)
  const mail = signInMail({ language: staff.language, host, link: `${config.baseUrl}/staff/link/${token}` })
  const outcome = await sendToStaff(deps, { to: staff.email, mail })
  if (!outcome.ok) log.error({ failed: outcome.code }, 'a link for signing in could not be sent')
}

/** Sends a mail to somebody of the staff, in the name of the first programme; without one there is nobody's. */
export function sendToStaff(
  { config, clock, mailer, frame }: AccessDeps,
  { to, mail }: { to: string; mail: PlainMail },
) {
  const { host, hostname } = new URL(config.baseUrl)
  const sender = frame.programmes[0]?.sender ?? { name: host, address: `retour@${hostname}` }
  const from = { name: sender.name, address: sender.address }
  return mailer.send({
    ...mail,
    messageId: `<${rowId()}.staff@${from.address.split('@')[1]}>`,
    date: clock.now(),
    from,
    replyTo: from,
    to,
    headers: { 'Auto-Submitted': 'auto-generated' },
  })
}

export type SignInOutcome = { ok: true; token: string } | { ok: false; because: 'opens nothing' }

/** Uses a link and opens a session, in place of the one this browser had; a link opens once. */
export async function signInByLink(
  { db, clock, random }: AccessDeps,
  { token, browser, before }: { token: string; browser: string | undefined; before: string | undefined },
): Promise<SignInOutcome> {
  const at = clock.now()
  const session = base64url(random(32))
  return db.transaction().execute(async (trx): Promise<SignInOutcome> => {
    const staff = await useSignInLink(trx, {
      tokenHash: sha256(token),
      browserHash: browser ? sha256(browser) : null,
      at,
    })
    if (!staff) return { ok: false, because: 'opens nothing' }
    await openSession(trx, { session, staffId: staff.id, before, at })
    await recordSignIn(trx, staff, at, staff.kind === 'asked' ? 'link' : 'invitation')
    return { ok: true, token: session }
  })
}

/** Who somebody is, as their identity provider says. */
export type Identity = { issuer: string; subject: string; email: string | null; emailVerified: boolean }

export type ProviderSignInOutcome =
  | { ok: true; token: string }
  /** Nobody here is known by that identity, or by its address, or the provider does not vouch for the address. */
  | { ok: false; because: 'unknown' | 'unverified' }

/**
 * Opens a session for an identity. Who comes for the first time is known by an address that the provider vouches for;
 * from then on by issuer and subject alone, whatever the address.
 */
export async function signInByIdentity(
  { db, clock, random }: AccessDeps,
  { identity, before }: { identity: Identity; before: string | undefined },
): Promise<ProviderSignInOutcome> {
  const at = clock.now()
  const session = base64url(random(32))
  return db.transaction().execute(async (trx): Promise<ProviderSignInOutcome> => {
    const found = (await findStaffBySubject(trx, identity)) ?? (await bindByEmail(trx, identity))
    if (typeof found === 'string') return { ok: false, because: found }
    await openSession(trx, { session, staffId: found.id, before, at })
    await recordSignIn(trx, found, at, 'identity provider')
    return { ok: true, token: session }
  })
}

async function bindByEmail(
  trx: Db,
  { issuer, subject, email, emailVerified }: Identity,
): Promise<Pick<StaffMember, 'id'> | 'unknown' | 'unverified'> {
  if (email === null) return 'unknown'
  if (!emailVerified) return 'unverified'
  const staff = await findStaffByEmail(trx, email)
  if (!staff || !(await bindIdentity(trx, { id: staff.id, issuer, subject }))) return 'unknown'
  return staff
}

async function openSession(
  trx: Db,
  {
    session,
    staffId,
    before,
    at,
  }: { session: string; staffId: string; before: string | undefined; at: Temporal.Instant },
): Promise<void> {
  if (before) await endSession(trx, sha256(before))
  await insertSession(trx, { tokenHash: sha256(session), staffId, at })
}

const recordSignIn = (trx: Db, staff: Pick<StaffMember, 'id'>, at: Temporal.Instant, by: string) =>
  recordEvent(trx, { at, actor: actorOf(staff), action: 'signed in', subject: staff.id, detail: { by } })

/** Ends the session of a cookie. */
export const signOut = ({ db }: AccessDeps, token: string): Promise<void> => endSession(db, sha256(token))
