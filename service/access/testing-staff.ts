// Staff for tests: people with roles, signed in through the same door as everybody.
import type { Hono } from 'hono'
import type { Web } from '../platform/http.tsx'
import { inviteStaff } from './manage-staff.actions.ts'
import type { Grant } from './roles.ts'
import type { AccessDeps } from './sign-in.actions.ts'

export const SAM = 'sam@example.org'

type App = Pick<Hono<Web>, 'request'>

/** Invites somebody and opens the invitation; the cookie that a browser would send from then on. */
export async function signInAs(
  app: App,
  deps: AccessDeps,
  grants: readonly Grant[] = [{ role: 'administrator', programme: '*' }],
  email = SAM,
): Promise<string> {
  const { link } = await inviteStaff(deps, { email, grants, actor: 'test' })
  const answer = await app.request(new URL(link).pathname, { method: 'POST' })
  const cookie = cookiesOf(answer).find((one) => one.startsWith('__Host-staff='))
  if (!cookie) throw new Error(`${email} was not let in: ${answer.status}`)
  return cookie
}

/** The cookies an answer sets, as a browser sends them back. */
export const cookiesOf = (answer: Response): string[] =>
  answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]!)

/** A form as a browser sends it. */
export const formOf = (fields: Record<string, string | readonly string[]>, cookie = ''): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...(cookie && { cookie }) },
  body: String(
    new URLSearchParams(
      Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
    ),
  ),
})
