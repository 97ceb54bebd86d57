// Signing in through an identity provider, from the button to the session: a real provider, and one that lies.
import type { Hono } from 'hono'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { StaffConfig } from '../platform/config.ts'
import { createWeb, type Web } from '../platform/http.tsx'
import { onEachEngine, type TestPlatform } from '../platform/testing.ts'
import { staffDoor } from './guard.routes.tsx'
import { inviteStaff } from './manage-staff.actions.ts'
import { peopleRoutes } from './people.routes.tsx'
import type { AccessDeps } from './sign-in.actions.ts'
import { signInRoutes } from './sign-in.routes.tsx'
import { findStaffByEmail } from './staff.queries.ts'
import { type Liar, startLiar, startProvider, type TestProvider } from './testing-oidc.ts'
import { cookiesOf, SAM, signInAs } from './testing-staff.ts'

const BACK = 'https://retour.example/staff/provider/back'
const ACCOUNTS = {
  sam: { email: SAM, email_verified: true },
  'sam-at-home': { email: SAM, email_verified: true },
  bob: { email: 'bob@example.org', email_verified: false },
  chris: { email: 'chris@example.org', email_verified: true },
}

onEachEngine('2026-11-22T12:00:00Z', (platform) => {
  let provider: TestProvider
  let liar: Liar
  let deps: AccessDeps & TestPlatform

  beforeAll(async () => {
    provider = await startProvider({ redirectUris: [BACK], accounts: ACCOUNTS })
    liar = await startLiar()
  })
  afterAll(() => Promise.all([provider.stop(), liar.stop()]))
  beforeEach(async () => {
    deps = { ...platform(), frame: { programmes: [] } }
    await sql`truncate access.staff, access.staff_role, access.session, access.sign_in_link`.execute(deps.db)
  })

  function appWith(staff: Partial<StaffConfig> = {}): Hono<Web> {
    const config = { ...deps.config, staff: { oidc: provider.settings, byMail: true, ...staff } }
    const app = createWeb(deps.log)
    app.route('/', staffDoor({ ...deps, config }))
    app.route('/', signInRoutes({ ...deps, config }))
    app.route('/', peopleRoutes({ ...deps, config }))
    return app
  }

  const invite = (email = SAM) =>
    inviteStaff(deps, { email, grants: [{ role: 'administrator', programme: '*' }], actor: 'test' })

  /** Presses the button; where it leads, and the cookie that waits for the answer. */
  async function leave(app: Hono<Web>, { next = '/staff/people', cookie = '' } = {}) {
    const answer = await app.request(`/staff/provider?next=${encodeURIComponent(next)}`, { headers: { cookie } })
    return { status: answer.status, to: answer.headers.get('location') ?? '', cookie: cookiesOf(answer).join('; ') }
  }

  const comeBack = (app: Hono<Web>, address: string, cookie: string) => {
    const { pathname, search } = new URL(address)
    return app.request(`${pathname}${search}`, { headers: { cookie } })
  }

  /** The whole way as an account of the provider. */
  async function signIn(app: Hono<Web>, account: keyof typeof ACCOUNTS | 'abort') {
    const { to, cookie } = await leave(app)
    return comeBack(app, await provider.signInAs(to, account), cookie)
  }

  const sessionOf = (answer: Response) => cookiesOf(answer).find((one) => one.startsWith('__Host-staff='))
  const refusalOf = async (answer: Response) => [answer.status, sessionOf(answer), await answer.text()] as const

  test('whoever was invited comes in, and goes where they wanted to', async () => {
    await invite()
    const app = appWith()
    const answer = await signIn(app, 'sam')
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/staff/people'])
    const cookie = sessionOf(answer)!
    expect((await app.request('/staff/people', { headers: { cookie } })).status).toBe(200)
    expect(await deps.db.selectFrom('access.staff').select(['issuer', 'subject']).execute()).toEqual([
      { issuer: provider.issuer, subject: 'sam' },
    ])
  })

  test('from then on they are known by who they are there, and nobody else is by their address', async () => {
    await invite()
    const app = appWith()
    await signIn(app, 'sam')
    await deps.db.updateTable('access.staff').set({ email: 'sam.new@example.org' }).execute()
    expect((await signIn(app, 'sam')).status).toBe(303)
    await deps.db.updateTable('access.staff').set({ email: SAM }).execute()
    const [status, session, text] = await refusalOf(await signIn(app, 'sam-at-home'))
    expect([status, session]).toEqual([403, undefined])
    expect(text).toContain('personne ne vous a encore invité')
  })

  test.each([
    ['nobody has invited', 'chris', 'personne ne vous a encore invité'],
    ['the provider does not vouch for', 'bob', 'ne garantit pas votre adresse'],
    ['turns back half way', 'abort', 'a été interrompue'],
  ] as const)('whoever %s does not come in, and is told why', async (_, account, said) => {
    await invite('bob@example.org')
    const [status, session, text] = await refusalOf(await signIn(appWith(), account))
    expect([status, session]).toEqual([403, undefined])
    expect(text).toContain(said)
    const bob = await findStaffByEmail(deps.db, 'bob@example.org')
    expect(bob?.subject).toBeNull()
  })

  test('somebody who was sent away does not come in, though the provider knows them', async () => {
    await invite()
    const app = appWith()
    await signIn(app, 'sam')
    await deps.db.updateTable('access.staff').set({ deactivated_at: deps.clock.now() }).execute()
    expect((await signIn(app, 'sam')).status).toBe(403)
  })

  test('an answer is taken once, by the browser that asked, within ten minutes', async () => {
    await invite()
    const app = appWith()
    const { to, cookie } = await leave(app)
    const address = await provider.signInAs(to, 'sam')
    expect((await comeBack(app, address, '')).status).toBe(403)
    expect((await comeBack(app, address, (await leave(app)).cookie)).status).toBe(403)
    expect((await comeBack(app, address, cookie)).status).toBe(303)
    expect((await comeBack(app, address, cookie)).status).toBe(403)
    const late = await leave(app)
    const there = await provider.signInAs(late.to, 'sam')
    deps.clock.jumpTo(deps.clock.now().add({ minutes: 10 }))
    const [status, session, text] = await refusalOf(await comeBack(app, there, late.cookie))
    expect([status, session]).toEqual([403, undefined])
    expect(text).toContain('trop attendu')
  })

  test.each([
    ['another state', { state: 'other' }],
    ['another code', { code: 'other' }],
    ['another issuer', { iss: 'https://evil.example' }],
    ['an error in it', { error: 'access_denied' }],
  ])('an answer with %s lets nobody in', async (_, instead) => {
    await invite()
    const app = appWith()
    const { to, cookie } = await leave(app)
    const address = new URL(await provider.signInAs(to, 'sam'))
    for (const [name, value] of Object.entries(instead)) address.searchParams.set(name, value)
    expect(sessionOf(await comeBack(app, String(address), cookie))).toBeUndefined()
  })

  test('an answer that says nothing lets nobody in', async () => {
    await invite()
    const app = appWith()
    const { cookie } = await leave(app)
    const [status, session] = await refusalOf(await comeBack(app, BACK, cookie))
    expect([status, session]).toEqual([403, undefined])
  })

  test.each([
    ['for another client', { aud: 'another' }, 'celle qui était attendue'],
    ['by another issuer', { iss: 'https://evil.example' }, 'celle qui était attendue'],
    ['with another nonce', { nonce: 'another' }, 'celle qui était attendue'],
    ['that has expired', { exp: 1 }, 'trop attendu'],
  ])('an identity %s lets nobody in, and the truth does', async (_, lie, said) => {
    await invite('ana@example.org')
    const app = appWith({ oidc: liar.settings })
    liar.lies = { claims: (truth) => ({ ...truth, ...lie }) }
    const lied = await leave(app)
    const [status, session, text] = await refusalOf(await comeBack(app, await liar.visit(lied.to), lied.cookie))
    expect([status, session]).toEqual([403, undefined])
    expect(text).toContain(said)
    liar.lies = {}
    const told = await leave(app)
    expect((await comeBack(app, await liar.visit(told.to), told.cookie)).status).toBe(303)
  })

  test('new keys at the provider keep nobody out', async () => {
    await invite()
    const app = appWith()
    expect((await signIn(app, 'sam')).status).toBe(303)
    await provider.rotateKeys()
    expect((await signIn(app, 'sam')).status).toBe(303)
  })

  test('with the provider down, whoever is in stays in, the others are told, and a link by mail is still there', async () => {
    await invite()
    const app = appWith()
    const cookie = await signInAs(app, deps)
    await provider.stop()
    const answer = await app.request('/staff/provider', { headers: {} })
    const text = await answer.text()
    expect(answer.status).toBe(403)
    expect(text).toContain('ne répond pas')
    expect(text).toContain('name="email"')
    expect((await app.request('/staff/people', { headers: { cookie } })).status).toBe(200)
    await provider.start()
    expect((await leave(app)).status).toBe(303)
  })

  test('whoever proves again who they are signs in anew there', async () => {
    const app = appWith()
    const cookie = await signInAs(app, deps)
    expect(new URL((await leave(app)).to).searchParams.get('prompt')).toBeNull()
    expect(new URL((await leave(app, { cookie })).to).searchParams.get('prompt')).toBe('login')
  })

  test('mail can be switched off as a way in, and the provider is none where there is none', async () => {
    await invite()
    const text = await (await appWith({ byMail: false }).request('/staff/sign-in')).text()
    expect([text.includes('name="email"'), text.includes('/staff/provider')]).toEqual([false, true])
    const without = appWith({ oidc: null })
    expect(await (await without.request('/staff/sign-in')).text()).not.toContain('/staff/provider')
    expect((await without.request('/staff/provider')).status).toBe(404)
  })
})
