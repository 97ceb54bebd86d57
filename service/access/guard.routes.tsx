// The door of the staff's pages. A page is reached through here or not at all: each says what it takes, and the service
// does not start when one does not.
import { type Context, type Handler, Hono, type MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import { HTTPException } from 'hono/http-exception'
import { fail, readerLanguage, refuseOtherSites, type Web } from '../platform/http.tsx'
import type { Language } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import { knows, may, type Permission } from './roles.ts'
import { type AccessDeps, readSession, type SignedIn } from './sign-in.actions.ts'
import { ProveAgainPage, SignInPage, type WaysIn } from './sign-in.pages.tsx'
import { NotAllowedPage } from './staff.pages.tsx'

export const SESSION_COOKIE = 'staff'

/** What a route takes: nothing (the pages for signing in), a session, or a permission – and where mail goes out or people's data leaves, proof no older than a quarter of an hour. */
export type Need = Permission | 'nothing' | 'session' | { permission: Permission; fresh: true }

/** What the door has found out by the time a page is made. */
export type StaffWeb = Web & { Variables: { visitor: SignedIn | null } }

const FRESH = { minutes: 15 }
const PREFIX = '/staff'
const guarded = new WeakSet<object>()
const needs = new WeakMap<object, { method: 'GET' | 'POST'; path: string; need: Need }>()

type StaffHandler<Path extends string> = Handler<StaffWeb, Path>

/** Makes routes that say what they take; `:programme` in a path is one the visitor must have a role in. */
export function staffRouter(deps: AccessDeps) {
  const routes = new Hono<StaffWeb>()
  const add = <Path extends string>(method: 'GET' | 'POST', path: Path, need: Need, handler: StaffHandler<Path>) => {
    const behindTheDoor: Handler<StaffWeb> = async (c, next) =>
      (await stop(deps, c, need)) ?? ((await (handler as Handler<StaffWeb>)(c, next)) as Response)
    guarded.add(behindTheDoor)
    needs.set(behindTheDoor, { method, path, need })
    routes.on(method, path, behindTheDoor)
  }
  return {
    routes,
    get: <Path extends string>(path: Path, need: Need, handler: StaffHandler<Path>) => add('GET', path, need, handler),
    post: <Path extends string>(path: Path, need: Need, handler: StaffHandler<Path>) =>
      add('POST', path, need, handler),
  }
}

/** Who is at the door of every page of the staff, from their cookie; another site's form is refused here. */
export function staffDoor(deps: AccessDeps): Hono<StaffWeb> {
  const door = new Hono<StaffWeb>()
  const look: MiddlewareHandler<StaffWeb> = async (c, next) => {
    const token = getCookie(c, SESSION_COOKIE, 'host')
    c.set('visitor', token ? await readSession(deps, { token, at: c.req.path }) : null)
    await next()
  }
  const otherSites = refuseOtherSites(deps.config.baseUrl)
  guarded.add(look)
  guarded.add(otherSites)
  door.use(`${PREFIX}/*`, otherSites, look)
  door.use(PREFIX, otherSites, look)
  return door
}

/** Why this request goes no further, as an answer; undefined when it does. */
async function stop(
  { frame, clock, config }: AccessDeps,
  c: Context<StaffWeb>,
  need: Need,
): Promise<Response | undefined> {
  if (need === 'nothing') return undefined
  const visitor = c.get('visitor')
  const here = returnTo(c)
  const ways = waysIn(config)
  if (!visitor) return sendPage(c, <SignInPage language={readerLanguage(c)} next={here} ways={ways} />, 401)
  const programme = c.req.param('programme')
  if (programme !== undefined && !isKnown(frame, visitor, programme)) return fail(c, 404, visitor.language)
  if (need === 'session') return undefined
  const permission = typeof need === 'string' ? need : need.permission
  if (!may(visitor.grants, permission, programme)) return sendPage(c, <NotAllowedPage visitor={visitor} />, 403)
  const isFresh = Temporal.Instant.compare(clock.now().subtract(FRESH), visitor.provenAt) <= 0
  if (typeof need !== 'string' && !isFresh)
    return sendPage(c, <ProveAgainPage visitor={visitor} next={here} ways={ways} />, 403)
  return undefined
}

const isKnown = ({ programmes }: AccessDeps['frame'], { grants }: SignedIn, programme: string): boolean =>
  programmes.some((one) => one.programme === programme) && knows(grants, programme)

/** How staff can sign in here. */
export const waysIn = ({ staff }: AccessDeps['config']): WaysIn => ({
  provider: staff.oidc?.name ?? null,
  byMail: staff.byMail,
})

/** Where to come back to after signing in: the page itself, or the page a form stood on, which is one step up. */
const returnTo = (c: Context): string => (c.req.method === 'POST' ? c.req.path.replace(/\/[^/]*$/, '') : c.req.path)

/** An address of the staff's own pages, or the first of them: never another site, whatever was asked for. */
export const safeNext = (asked: string | undefined): string =>
  asked !== undefined && /^\/staff(\/[\w~%-][\w.~%-]*)*$/.test(asked) ? asked : PREFIX

/** Who is signed in; only behind a door that takes a session. */
export function visitorOf(c: Context<StaffWeb>): SignedIn {
  const visitor = c.get('visitor')
  if (!visitor) throw new HTTPException(401)
  return visitor
}

/** The programme of the address; only behind a door, which knows that there is one. */
export function programmeOf<One extends { programme: string }>(
  { frame }: { frame: { programmes: readonly One[] } },
  c: Context,
): One {
  const found = frame.programmes.find(({ programme }) => programme === c.req.param('programme'))
  if (!found) throw new HTTPException(404)
  return found
}

/** The language a page of the staff is in: its reader's own, once they are known. */
export const staffLanguage = (c: Context<StaffWeb>): Language => c.get('visitor')?.language ?? readerLanguage(c)

/** Every route of the staff with what it takes; throws when one of them can be reached past the door. */
export function staffRoutesOf(app: Pick<Hono<Web>, 'routes'>): { method: 'GET' | 'POST'; path: string; need: Need }[] {
  const own = app.routes.filter(({ path }) => path === PREFIX || path.startsWith(`${PREFIX}/`))
  const open = own.filter(({ handler }) => !guarded.has(handler))
  if (open.length > 0)
    throw new Error(`these addresses say nothing of who may reach them: ${open.map(({ path }) => path).join(', ')}`)
  return own.flatMap(({ handler }) => needs.get(handler) ?? [])
}
