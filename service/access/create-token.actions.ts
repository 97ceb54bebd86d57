// Gives a researcher a token, and takes it back.
import { recordEvent } from '../platform/audit.queries.ts'
import type { Platform } from '../platform/deps.ts'
import { base64url, sha256 } from '../platform/secrets.ts'
import { revokeToken, storeToken } from './api-tokens.queries.ts'

const LONGEST_DAYS = 366

/** What a token opens: publications, how the service is doing, or, at a terminal only, what volunteers wrote. */
export const SCOPES = ['research', 'metrics', 'read-open-text'] as const
export type Scope = (typeof SCOPES)[number]

export type CreateTokenInput = { name: string; days: number; scope?: Scope; actor: string }

/** Makes a token, `rvk_` then an identifier and 256 bits, good for so many days (1 to 366); it reads publications unless told otherwise. */
export async function createToken(
  { db, clock, random }: Pick<Platform, 'db' | 'clock' | 'random'>,
  { name, days, scope = 'research', actor }: CreateTokenInput,
): Promise<{ token: string; expiresAt: Temporal.Instant }> {
  if (!Number.isInteger(days) || days < 1 || days > LONGEST_DAYS)
    throw new RangeError(`a token lasts 1 to ${LONGEST_DAYS} days`)
  const id = Buffer.from(random(4)).toString('hex')
  const token = `rvk_${id}_${base64url(random(32))}`
  const createdAt = clock.now()
  const expiresAt = createdAt.add({ hours: 24 * days })
  await db.transaction().execute(async (trx) => {
    await storeToken(trx, { id, name, tokenHash: sha256(token), scope, createdAt, expiresAt })
    await recordEvent(trx, { at: createdAt, actor, action: 'token created', subject: id, detail: { days, scope } })
  })
  return { token, expiresAt }
}

/** Takes a token back by its identifier, which is its second part; false when there is none that is good. */
export const withdrawToken = (
  { db, clock }: Pick<Platform, 'db' | 'clock'>,
  { id, actor }: { id: string; actor: string },
): Promise<boolean> =>
  db.transaction().execute(async (trx) => {
    const at = clock.now()
    const revoked = await revokeToken(trx, id, at)
    if (revoked) await recordEvent(trx, { at, actor, action: 'token revoked', subject: id })
    return revoked
  })
