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

/** Stores a token; stored again, it only lasts longer. */
export async function storeToken(db: Db, { tokenHash, createdAt, expiresAt, ...columns }: NewToken): Promise<void> {
  await db
    .insertInto('access.api_token')
    .values({ ...columns, token_hash: tokenHash, created_at: createdAt, expires_at: expiresAt, revoked_at: null })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ expires_at: sql`excluded.expires_at` }))
    .execute()
}

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
