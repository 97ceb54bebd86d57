// Staff: who works here, what they may do, their sessions, and the links that let them in. Tokens are hashes here.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'
import type { Language } from '../platform/i18n.ts'
import type { Grant, Role } from './roles.ts'

export type StaffMember = { id: string; email: string; language: Language }

const active = (db: Db) =>
  db.selectFrom('access.staff').where('deactivated_at', 'is', null).select(['id', 'email', 'language'])

/** An active person of the staff by address, however it is capitalised. */
export const findStaffByEmail = (db: Db, email: string) =>
  active(db).select(['issuer', 'subject']).where(sql`lower(email)`, '=', email.toLowerCase()).executeTakeFirst()

/** Whom an identity provider knows by this subject. */
export const findStaffBySubject = (db: Db, { issuer, subject }: { issuer: string; subject: string }) =>
  active(db).where('issuer', '=', issuer).where('subject', '=', subject).executeTakeFirst()

/** Ties somebody to who they are at an identity provider; false when they are somebody there already. */
export async function bindIdentity(
  trx: Db,
  { id, issuer, subject }: { id: string; issuer: string; subject: string },
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('access.staff')
    .set({ issuer, subject })
    .where('id', '=', id)
    .where('issuer', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows) === 1
}

/** The person with this address, made where there is none, and let in again where they had been sent away. */
export async function ensureStaff(
  trx: Db,
  { id, email, at }: { id: string; email: string; at: Temporal.Instant },
): Promise<string> {
  await trx
    .insertInto('access.staff')
    .values({ id, email, created_at: at })
    .onConflict((conflict) => conflict.expression(sql`lower(email)`).doUpdateSet({ deactivated_at: null }))
    .execute()
  const { id: known } = await trx
    .selectFrom('access.staff')
    .where(sql`lower(email)`, '=', email.toLowerCase())
    .select('id')
    .executeTakeFirstOrThrow()
  return known
}

export async function grantsOf(db: Db, staffId: string): Promise<Grant[]> {
  const rows = await db
    .selectFrom('access.staff_role')
    .where('staff_id', '=', staffId)
    .orderBy('role')
    .orderBy('programme')
    .select(['role', 'programme'])
    .execute()
  return rows.map(({ role, programme }) => ({ role: role as Role, programme }))
}

export async function setGrants(trx: Db, staffId: string, grants: readonly Grant[]): Promise<void> {
  await trx.deleteFrom('access.staff_role').where('staff_id', '=', staffId).execute()
  if (grants.length === 0) return
  await trx
    .insertInto('access.staff_role')
    .values(grants.map((grant) => ({ staff_id: staffId, ...grant })))
    .execute()
}

/** One change of who may do what at a time: two administrators must not take the last role from each other. */
export async function waitForStaff(trx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended('staff', 0))`.execute(trx)
}

/** How many active people have a role in every programme. */
export async function countEverywhere(db: Db, role: Role): Promise<number> {
  const { count } = await db
    .selectFrom('access.staff_role as granted')
    .innerJoin('access.staff as staff', 'staff.id', 'granted.staff_id')
    .where('granted.role', '=', role)
    .where('granted.programme', '=', '*')
    .where('staff.deactivated_at', 'is', null)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** Everybody there has been, with their roles, and when they were last here. */
export async function listStaff(db: Db) {
  const people = await db
    .selectFrom('access.staff as staff')
    .leftJoin('access.session as session', 'session.staff_id', 'staff.id')
    .groupBy('staff.id')
    .orderBy('staff.email')
    .select(({ fn }) => [
      'staff.id',
      'staff.email',
      'staff.created_at',
      'staff.deactivated_at',
      fn.max('session.seen_at').as('seen_at'),
    ])
    .execute()
  const granted = await db
    .selectFrom('access.staff_role')
    .orderBy('role')
    .orderBy('programme')
    .select(['staff_id', 'role', 'programme'])
    .execute()
  const byPerson = Map.groupBy(granted, ({ staff_id }) => staff_id)
  return people.map((person) => ({
    ...person,
    grants: (byPerson.get(person.id) ?? []).map(({ role, programme }) => ({ role: role as Role, programme })),
  }))
}

export type ListedStaff = Awaited<ReturnType<typeof listStaff>>[number]

/** The addresses of some people, for showing who did what. */
export async function emailsOf(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('access.staff').where('id', 'in', ids).select(['id', 'email']).execute()
  return new Map(rows.map(({ id, email }) => [id, email]))
}

export async function deactivateStaff(trx: Db, id: string, at: Temporal.Instant): Promise<void> {
  await trx.updateTable('access.staff').set({ deactivated_at: at }).where('id', '=', id).execute()
}

export async function setLanguage(db: Db, id: string, language: Language): Promise<void> {
  await db.updateTable('access.staff').set({ language }).where('id', '=', id).execute()
}

export type NewSession = { tokenHash: Uint8Array; staffId: string; at: Temporal.Instant }

export async function insertSession(trx: Db, { tokenHash, staffId, at }: NewSession): Promise<void> {
  await trx
    .insertInto('access.session')
    .values({ token_hash: tokenHash, staff_id: staffId, created_at: at, seen_at: at })
    .execute()
}

/** The session with this hash, while it is good, and its person; noted as seen. */
export const seeSession = (
  db: Db,
  {
    tokenHash,
    at,
    idle,
    absolute,
  }: { tokenHash: Uint8Array; at: Temporal.Instant } & Record<'idle' | 'absolute', Temporal.DurationLike>,
) =>
  db
    .updateTable('access.session as session')
    .from('access.staff as staff')
    .set({ seen_at: at })
    .whereRef('staff.id', '=', 'session.staff_id')
    .where('session.token_hash', '=', tokenHash)
    .where('session.seen_at', '>', at.subtract(idle))
    .where('session.created_at', '>', at.subtract(absolute))
    .where('staff.deactivated_at', 'is', null)
    .returning(['staff.id', 'staff.email', 'staff.language', 'session.created_at'])
    .executeTakeFirst()

export async function endSession(trx: Db, tokenHash: Uint8Array): Promise<void> {
  await trx.deleteFrom('access.session').where('token_hash', '=', tokenHash).execute()
}

/** Everything that would let somebody go on: sessions, and links that have not been used. */
export async function shutOut(trx: Db, staffId: string, at: Temporal.Instant): Promise<void> {
  await trx.deleteFrom('access.session').where('staff_id', '=', staffId).execute()
  await trx
    .updateTable('access.sign_in_link')
    .set({ used_at: at })
    .where('staff_id', '=', staffId)
    .where('used_at', 'is', null)
    .execute()
}

/** Sessions and links nobody can use any more. */
export async function dropStaleAccess(
  db: Db,
  { at, idle, kept }: { at: Temporal.Instant; idle: Temporal.DurationLike; kept: Temporal.DurationLike },
): Promise<void> {
  await db.deleteFrom('access.session').where('seen_at', '<=', at.subtract(idle)).execute()
  await db.deleteFrom('access.sign_in_link').where('expires_at', '<=', at.subtract(kept)).execute()
}

export type NewSignInLink = {
  tokenHash: Uint8Array
  staffId: string
  kind: 'asked' | 'invitation'
  browserHash: Uint8Array | null
  at: Temporal.Instant
  expiresAt: Temporal.Instant
}

export async function insertSignInLink(trx: Db, link: NewSignInLink): Promise<void> {
  await trx
    .insertInto('access.sign_in_link')
    .values({
      token_hash: link.tokenHash,
      staff_id: link.staffId,
      kind: link.kind,
      browser_hash: link.browserHash,
      created_at: link.at,
      expires_at: link.expiresAt,
    })
    .execute()
}

/** How many links somebody has asked for since an instant. */
export async function countAsked(db: Db, staffId: string, since: Temporal.Instant): Promise<number> {
  const { count } = await db
    .selectFrom('access.sign_in_link')
    .where('staff_id', '=', staffId)
    .where('kind', '=', 'asked')
    .where('created_at', '>', since)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** Uses a link up, in this browser if it was asked for; whose it is, or undefined when it opens nothing (any more, or here). */
export const useSignInLink = (
  trx: Db,
  { tokenHash, browserHash, at }: { tokenHash: Uint8Array; browserHash: Uint8Array | null; at: Temporal.Instant },
) =>
  trx
    .updateTable('access.sign_in_link as link')
    .from('access.staff as staff')
    .set({ used_at: at })
    .whereRef('staff.id', '=', 'link.staff_id')
    .where('staff.deactivated_at', 'is', null)
    .where('link.token_hash', '=', tokenHash)
    .where('link.used_at', 'is', null)
    .where('link.expires_at', '>', at)
    .where(({ or, eb }) =>
      or([eb('link.kind', '=', 'invitation'), ...(browserHash ? [eb('link.browser_hash', '=', browserHash)] : [])]),
    )
    .returning(['staff.id', 'staff.email', 'link.kind'])
    .executeTakeFirst()
