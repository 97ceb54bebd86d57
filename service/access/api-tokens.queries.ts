// Researchers' tokens: shown once, stored as a hash, good for a while.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'

export type NewToken = {
  id: string
  name: string
  tokenHash: Uint8Array
  scope: string
  createdAt: Temporal.Instant
  expiresAt: Temporal.Instant
}

/**
 * Stores a token; stored again, it only lasts longer. What a researcher's needs to be recognised goes where the research
 * side can read it too.
 */
export async function storeToken(trx: Db, { tokenHash, createdAt, expiresAt, ...columns }: NewToken): Promise<void> {
  await trx
    .insertInto('access.api_token')
    .values({ ...columns, token_hash: tokenHash, created_at: createdAt, expires_at: expiresAt, revoked_at: null })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ expires_at: sql`excluded.expires_at` }))
    .execute()
  if (columns.scope !== 'research') return
  await trx
    .insertInto('publish.token')
    .values({ token_hash: tokenHash, label: columns.id, expires_at: expiresAt, revoked_at: null })
    .onConflict((conflict) => conflict.column('token_hash').doUpdateSet({ expires_at: sql`excluded.expires_at` }))
    .execute()
}

/** Revokes a token, by its identifier; false when there is none that is good. */
export async function revokeToken(trx: Db, id: string, at: Temporal.Instant): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('access.api_token')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow()
  await trx.updateTable('publish.token').set({ revoked_at: at }).where('label', '=', id).execute()
  return Number(numUpdatedRows) > 0
}

/** Every token there has been, the newest first; none can be told from its row. */
export const listTokens = (db: Db) =>
  db
    .selectFrom('access.api_token')
    .orderBy('created_at', 'desc')
    .select(['id', 'name', 'scope', 'created_at', 'expires_at', 'revoked_at'])
    .execute()

/** Researchers' tokens that have not been revoked, as the research side sees them. */
export const readingTokens = (db: Db) =>
  db.selectFrom('publish.token').where('revoked_at', 'is', null).select(['token_hash', 'label', 'expires_at']).execute()

/** The token with this hash and scope, while it is good. */
export const findToken = (db: Db, tokenHash: Uint8Array, scope: string, now: Temporal.Instant) =>
  db
    .selectFrom('access.api_token')
    .where('token_hash', '=', tokenHash)
    .where('scope', '=', scope)
    .where('expires_at', '>', now)
    .where('revoked_at', 'is', null)
    .select(['id', 'name'])
    .executeTakeFirst()

/** The token with this hash, good or not. */
export const findAnyToken = (db: Db, tokenHash: Uint8Array) =>
  db
    .selectFrom('access.api_token')
    .where('token_hash', '=', tokenHash)
    .select(['id', 'scope', 'expires_at', 'revoked_at'])
    .executeTakeFirst()
