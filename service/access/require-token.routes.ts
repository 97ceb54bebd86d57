// The door of the API: a bearer token of the right scope, looked up by its hash.
import type { Context, MiddlewareHandler } from 'hono'
import type { Platform } from '../platform/deps.ts'
import { problem } from '../platform/http.tsx'
import { sha256 } from '../platform/secrets.ts'
import { findToken, readingTokens } from './api-tokens.queries.ts'
import type { Scope } from './create-token.actions.ts'

/** What can be read over the web; what volunteers wrote cannot. */
type WebScope = Exclude<Scope, 'read-open-text'>

const SAID: Record<WebScope, string> = { research: 'researcher', metrics: 'metrics' }

/** Lets through whoever bears a good token of the scope; answers 401 to everybody else, whatever they asked. */
export const requireToken =
  ({ db, clock }: Pick<Platform, 'db' | 'clock'>, scope: WebScope): MiddlewareHandler =>
  async (c, next) => {
    const token = bearerOf(c)
    return token && (await findToken(db, sha256(token), scope, clock.now())) ? next() : refused(c, scope)
  }

/** For how long the tokens that were read are taken to be good: one taken back opens nothing after that. */
const FRESH_MILLISECONDS = 2_000
/** And to be all there are, for whoever bears another: it may have been made since. */
const WHOLE_MILLISECONDS = 250

/** Who is reading, by the identifier of their token. */
export type Reader = { Variables: { reader: string } }

/**
 * The same for researchers, from `publish` alone: their tokens are kept in memory and read again every two seconds, so
 * that a good one costs no statement.
 */
export function requireReader({ db, clock }: Pick<Platform, 'db' | 'clock'>): MiddlewareHandler<Reader> {
  let known = new Map<string, { label: string; expiresAt: number }>()
  let reading: Promise<void> | null = null
  let readAt = Number.NEGATIVE_INFINITY
  const read = async () => {
    const at = performance.now()
    const tokens = await readingTokens(db)
    known = new Map(
      tokens.map(({ token_hash, label, expires_at }) => [
        nameOf(token_hash),
        { label, expiresAt: expires_at.epochMilliseconds },
      ]),
    )
    readAt = at
  }
  const readUnlessReadWithin = async (milliseconds: number) => {
    if (performance.now() - readAt <= milliseconds) return
    reading ??= read().finally(() => {
      reading = null
    })
    await reading
  }
  return async (c, next) => {
    await readUnlessReadWithin(FRESH_MILLISECONDS)
    const token = bearerOf(c)
    const name = token && nameOf(sha256(token))
    if (name && !known.has(name)) await readUnlessReadWithin(WHOLE_MILLISECONDS)
    const found = name && known.get(name)
    if (!found || clock.now().epochMilliseconds >= found.expiresAt) return refused(c, 'research')
    c.set('reader', found.label)
    return next()
  }
}

const nameOf = (hash: Uint8Array): string => Buffer.from(hash).toString('base64')

const bearerOf = (c: Context): string | undefined =>
  /^Bearer (rvk_[0-9a-f]{8}_[\w-]{43})$/i.exec(c.req.header('Authorization') ?? '')?.[1]

function refused(c: Context, scope: WebScope) {
  c.header('WWW-Authenticate', 'Bearer realm="retour"')
  return problem(c, 401, `A ${SAID[scope]} token is required`, 'Send it as: Authorization: Bearer rvk_…')
}
