// Signing in and out: by a link that was asked for, by an invitation, by an identity provider.
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { z } from 'zod'
import { isBefore } from '../platform/clock.ts'
import { readNote, signNote } from '../platform/cookies.ts'
import { fail, readForm } from '../platform/http.tsx'
import { isLanguage } from '../platform/i18n.ts'
import { describeError } from '../platform/logging.ts'
import { sendPage } from '../platform/page.tsx'
import { emailAddress } from '../platform/safe.ts'
import { base64url } from '../platform/secrets.ts'
import {
  SESSION_COOKIE,
  type StaffWeb,
  safeNext,
  staffLanguage,
  staffRouter,
  visitorOf,
  waysIn,
} from './guard.routes.tsx'
import { beginSignIn, Flow, finishSignIn, type NotToldOutcome, openIdentityProvider } from './oidc.actions.ts'
import {
  type AccessDeps,
  askSignIn,
  type ProviderSignInOutcome,
  signInByIdentity,
  signInByLink,
  signOut,
} from './sign-in.actions.ts'
import { DeadLinkPage, SignInAskedPage, SignInPage, UseLinkPage } from './sign-in.pages.tsx'
import { setLanguage } from './staff.queries.ts'

/** What the browser that asks keeps, so that its link opens nowhere else. */
const BROWSER_COOKIE = 'staff-asked'
/** Where to go after signing in, and what the provider must give back. */
const FLOW_COOKIE = 'staff-flow'
const HIDDEN = { prefix: 'host', secure: true, httpOnly: true, sameSite: 'Lax', path: '/' } as const

/** Why somebody who came back from a provider is not let in. */
type NoEntry = NotToldOutcome['because'] | Extract<ProviderSignInOutcome, { ok: false }>['because']

const Asked = z.strictObject({ browser: z.string(), next: z.string() })
const Begun = z.strictObject({ flow: Flow, next: z.string(), until: z.string() })

/** How long somebody may take at the provider. */
const AWAY = { minutes: 10 }

export function signInRoutes(deps: AccessDeps) {
  const { config, clock } = deps
  const { routes, get, post } = staffRouter(deps)
  const provider = config.staff.oidc && openIdentityProvider(config.staff.oidc)
  const redirectUri = `${config.baseUrl}/staff/provider/back`
  const ways = waysIn(config)

  get('/staff/sign-in', 'nothing', (c) =>
    sendPage(c, <SignInPage language={staffLanguage(c)} next={safeNext(c.req.query('next'))} ways={ways} />),
  )

  post('/staff/sign-in', 'nothing', async (c) => {
    const language = staffLanguage(c)
    const form = await readForm(c)
    if (!form) return fail(c, 400, language)
    const next = safeNext(form.get('next')?.[0])
    const entered = form.get('email')?.at(-1) ?? ''
    const address = emailAddress.safeParse(entered.trim())
    if (!address.success)
      return sendPage(c, <SignInPage language={language} next={next} ways={ways} entered={entered} malformed />, 422)
    const browser = base64url(deps.random(32))
    await keep(c, BROWSER_COOKIE, { browser, next })
    // Not waited for: how long it takes would tell whether anybody has this address.
    void askSignIn(deps, { email: address.data, browser }).catch((error: unknown) =>
      deps.log.error(describeError(error), 'a link for signing in could not be made'),
    )
    return sendPage(c, <SignInAskedPage language={language} />)
  })

  // A mail scanner opens every link: looking at one uses nothing up, and looks the same whatever it is.
  get('/staff/link/:token', 'nothing', (c) =>
    sendPage(c, <UseLinkPage language={staffLanguage(c)} token={c.req.param('token')} />),
  )

  post('/staff/link/:token', 'nothing', async (c) => {
    const asked = await kept(c, BROWSER_COOKIE, Asked)
    const outcome = await signInByLink(deps, {
      token: c.req.param('token'),
      browser: asked?.browser,
      before: sessionOf(c),
    })
    if (!outcome.ok) return sendPage(c, <DeadLinkPage language={staffLanguage(c)} />, 404)
    deleteCookie(c, BROWSER_COOKIE, HIDDEN)
    return enter(c, outcome.token, asked?.next)
  })

  get('/staff/provider', 'nothing', async (c) => {
    if (!provider) return fail(c, 404, staffLanguage(c))
    const next = safeNext(c.req.query('next'))
    const begun = await beginSignIn(provider, { redirectUri, fresh: c.get('visitor') !== null })
    if (!begun.ok) return notTold(c, next, begun)
    await keep(c, FLOW_COOKIE, { flow: begun.flow, next, until: clock.now().add(AWAY).toString() })
    return c.redirect(begun.url, 303)
  })

  get('/staff/provider/back', 'nothing', async (c) => {
    const begun = await kept(c, FLOW_COOKIE, Begun)
    deleteCookie(c, FLOW_COOKIE, HIDDEN)
    if (!provider || !begun || !isBefore(clock.now(), Temporal.Instant.from(begun.until)))
      return noEntry(c, safeNext(begun?.next), 'expired')
    const currentUrl = `${redirectUri}${new URL(c.req.url).search}`
    const identity = await finishSignIn(provider, { currentUrl, flow: begun.flow })
    if (!identity.ok) return notTold(c, begun.next, identity)
    const outcome = await signInByIdentity(deps, { identity, before: sessionOf(c) })
    return outcome.ok ? enter(c, outcome.token, begun.next) : noEntry(c, begun.next, outcome.because)
  })

  post('/staff/sign-out', 'nothing', async (c) => {
    const token = sessionOf(c)
    if (token) await signOut(deps, token)
    deleteCookie(c, SESSION_COOKIE, HIDDEN)
    return c.redirect('/staff/sign-in', 303)
  })

  post('/staff/language', 'session', async (c) => {
    const chosen = (await readForm(c))?.get('language')?.[0]
    if (!isLanguage(chosen)) return fail(c, 400, staffLanguage(c))
    await setLanguage(deps.db, visitorOf(c).id, chosen)
    return c.redirect('/staff', 303)
  })

  const sessionOf = (c: Context) => getCookie(c, SESSION_COOKIE, 'host')

  function enter(c: Context, token: string, next: string | undefined) {
    setCookie(c, SESSION_COOKIE, token, HIDDEN)
    return c.redirect(safeNext(next), 303)
  }

  /** The log alone is told what an operator must know. */
  function notTold(c: Context<StaffWeb>, next: string, { because, detail }: NotToldOutcome) {
    deps.log.warn({ because, detail }, 'somebody could not sign in by the identity provider')
    return noEntry(c, next, because)
  }

  const noEntry = (c: Context<StaffWeb>, next: string, because: NoEntry) =>
    sendPage(c, <SignInPage language={staffLanguage(c)} next={next} ways={ways} because={because} />, 403)

  async function keep(c: Context, cookie: string, what: object) {
    const note = await signNote(config.keys.cookie, clock, { purpose: cookie, subject: JSON.stringify(what) })
    setCookie(c, cookie, note, HIDDEN)
  }

  async function kept<T>(c: Context, cookie: string, shape: z.ZodType<T>): Promise<T | null> {
    const note = getCookie(c, cookie, 'host')
    const text = note && (await readNote(config.keys.cookie, clock, cookie, note))
    return text ? shape.parse(JSON.parse(text)) : null
  }

  return routes
}
