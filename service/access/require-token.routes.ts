// The door of the API: a bearer token of the right scope, looked up by its hash.
import type { MiddlewareHandler } from 'hono'
import type { Platform } from '../platform/deps.ts'
import { problem } from '../platform/http.tsx'
import { sha256 } from '../platform/secrets.ts'
import { findToken } from './api-tokens.queries.ts'
import type { Scope } from './create-token.actions.ts'

const SAID: Record<Scope, string> = { research: 'researcher', metrics: 'metrics' }

/** Lets through whoever bears a good token of the scope; answers 401 to everybody else, whatever they asked. */
export const requireToken =
  ({ db, clock }: Pick<Platform, 'db' | 'clock'>, scope: Scope): MiddlewareHandler =>
  async (c, next) => {
    const [, token] = /^Bearer (rvk_[0-9a-f]{8}_[\w-]{43})$/i.exec(c.req.header('Authorization') ?? '') ?? []
    const found = token && (await findToken(db, sha256(token), scope, clock.now()))
    if (found) return next()
    c.header('WWW-Authenticate', 'Bearer realm="retour"')
    return problem(c, 401, `A ${SAID[scope]} token is required`, 'Send it as: Authorization: Bearer rvk_…')
  }
