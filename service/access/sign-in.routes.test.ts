// The door: who is let in, how, for how long, and what everybody else is told.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hono } from 'hono'
import { sql } from 'kysely'
import PostalMime from 'postal-mime'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createWeb, type Web } from '../platform/http.tsx'
import { onEachEngine, type TestPlatform } from '../platform/testing.ts'
import { staffDoor, staffRouter, staffRoutesOf } from './guard.routes.tsx'
import { changeRoles, inviteStaff, sendAway } from './manage-staff.actions.ts'
import { peopleRoutes } from './people.routes.tsx'
import type { AccessDeps } from './sign-in.actions.ts'
import { signInRoutes } from './sign-in.routes.tsx'
import { findStaffByEmail } from './staff.queries.ts'
import { cookiesOf, formOf, SAM, signInAs } from './testing-staff.ts'

const EVERYTHING = [{ role: 'administrator', programme: '*' }] as const
const TEVO = {
  programme: 'tevo',
  name: { fr: 'Programme', en: 'Programme' },
  sender: { name: 'Équipe', address: 'suivi@example.org' },
}

onEachEngine('2026-11-22T12:00:00Z', (platform) => {
  let deps: AccessDeps & TestPlatform
  let app: Hono<Web>

  beforeEach(async () => {
    deps = { ...platform(), frame: { programmes: [TEVO] } }
    await sql`truncate access.staff, access.staff_role, access.session, access.sign_in_link`.execute(deps.db)
    app = createWeb(deps.log)
    app.route('/', staffDoor(deps))
    app.route('/', signInRoutes(deps))
    app.route('/', peopleRoutes(deps))
  })

  const invite = (grants: Parameters<typeof inviteStaff>[1]['grants'] = EVERYTHING) =>
    inviteStaff(deps, { email: SAM, grants, actor: 'test' })
  const pathOf = (link: string) => new URL(link).pathname
  const people = (cookie: string) => app.request('/staff/people', { headers: { cookie } })

  /** Asks for a link and reads the mail it comes with; null when none comes. */
  async function ask(email: string, next = '/staff/people') {
    const folder = join(deps.folder, 'mail')
    const before = mailsIn(folder)
    const answer = await app.request('/staff/sign-in', formOf({ email, next }))
    const mail = await vi
      .waitFor(() => mailsIn(folder).find((name) => !before.includes(name)) ?? Promise.reject(new Error('none yet')), {
        timeout: 1_500,
      })
      .catch(() => null)
    const read = mail === null ? null : await PostalMime.parse(readFileSync(join(folder, mail)))
    const link = /https:\/\/\S+/.exec(read?.text ?? '')?.[0] ?? null
    return { answer, cookie: cookiesOf(answer).join('; '), mail: read, link }
  }

  const mailsIn = (folder: string): string[] => {
    try {
      return readdirSync(folder).filter((name) => name.endsWith('.eml'))
    } catch {
      return []
    }
  }

  describe('nobody in particular', () => {
    test.each(['/staff/people', '/staff/people/x'])('is asked who they are at %s', async (path) => {
      const answer = await app.request(path)
      expect(answer.status).toBe(401)
      expect(await answer.text()).toContain(`name="next" value="${path}"`)
    })

    test('is not let in by a cookie that was made up', async () => {
      for (const value of ['', 'x', 'a'.repeat(43), '\u0000'])
        expect((await people(`__Host-staff=${encodeURIComponent(value)}`)).status).toBe(401)
    })

    test('gets an account by no other way than an invitation', async () => {
      const { link } = await ask('nobody@example.org')
      expect(link).toBeNull()
      expect(await findStaffByEmail(deps.db, 'nobody@example.org')).toBeUndefined()
    })
  })

  describe('an invitation', () => {
    test('looked at lets nobody in, and is not used up', async () => {
      const { link } = await invite()
      for (const method of ['GET', 'HEAD']) expect(cookiesOf(await app.request(pathOf(link), { method }))).toEqual([])
      expect(cookiesOf(await app.request(pathOf(link), { method: 'POST' }))).toHaveLength(2)
    })

    test('lets in once', async () => {
      const { link } = await invite()
      const first = await app.request(pathOf(link), { method: 'POST' })
      expect([first.status, first.headers.get('location')]).toEqual([303, '/staff'])
      const second = await app.request(pathOf(link), { method: 'POST' })
      expect(second.status).toBe(404)
      expect(cookiesOf(second)).toEqual([])
    })

    test('used twenty times at once lets in one', async () => {
      const { link } = await invite()
      const answers = await Promise.all(Array.from({ length: 20 }, () => app.request(pathOf(link), { method: 'POST' })))
      expect(answers.map(({ status }) => status).filter((status) => status === 303)).toHaveLength(1)
    })

    test('is nothing any more after three days, or once there is a later one', async () => {
      const { link } = await invite()
      const { link: later } = await invite()
      expect((await app.request(pathOf(link), { method: 'POST' })).status).toBe(404)
      deps.clock.jumpTo(deps.clock.now().add({ hours: 72 }))
      expect((await app.request(pathOf(later), { method: 'POST' })).status).toBe(404)
    })

    test('is nowhere in the database, nor is the session it opens: only their hashes are', async () => {
      const cookie = await signInAs(app, deps)
      const secret = cookie.split('=')[1]!
      const { rows } = await sql<{ text: string }>`
        select row_to_json(s)::text as text from access.session s
        union all select row_to_json(l)::text from access.sign_in_link l`.execute(deps.db)
      expect(rows.length).toBeGreaterThan(1)
      expect(rows.map(({ text }) => text).join()).not.toContain(secret)
      expect(deps.logLines.join()).not.toContain(secret)
    })
  })

  describe('a link by mail', () => {
    beforeEach(async () => {
      await invite()
    })

    test('comes to whoever belongs to the team, however the address was typed, and leads where they wanted to go', async () => {
      const { cookie, mail, link } = await ask('SAM@Example.org')
      expect(mail?.to?.map(({ address }) => address)).toEqual([SAM])
      expect(mail?.subject).toBe('Votre lien pour entrer dans Retour')
      const answer = await app.request(pathOf(link!), { method: 'POST', headers: { cookie } })
      expect([answer.status, answer.headers.get('location')]).toEqual([303, '/staff/people'])
      expect((await people(cookiesOf(answer).join('; '))).status).toBe(200)
    })

    test('opens nothing in another browser, and still opens in the one that asked', async () => {
      const { cookie, link } = await ask(SAM)
      const other = await ask('other@example.org')
      for (const headers of [{}, { cookie: other.cookie }, { cookie: `${cookie}x` }])
        expect((await app.request(pathOf(link!), { method: 'POST', headers })).status).toBe(404)
      expect((await app.request(pathOf(link!), { method: 'POST', headers: { cookie } })).status).toBe(303)
    })

    test('opens once, and not from ten minutes on', async () => {
      const first = await ask(SAM)
      const use = ({ link, cookie }: typeof first) =>
        app.request(pathOf(link!), { method: 'POST', headers: { cookie } })
      expect([(await use(first)).status, (await use(first)).status]).toEqual([303, 404])
      const second = await ask(SAM)
      deps.clock.jumpTo(deps.clock.now().add({ minutes: 10 }))
      expect((await use(second)).status).toBe(404)
    })

    test('is asked for five times an hour at most', async () => {
      const links = []
      for (let n = 0; n < 6; n++) links.push((await ask(SAM)).link)
      expect(links.filter((link) => link !== null)).toHaveLength(5)
      deps.clock.jumpTo(deps.clock.now().add({ hours: 1 }))
      expect((await ask(SAM)).link).not.toBeNull()
    })

    test('is answered alike for somebody and for nobody, to the byte, in status, headers and cookies', async () => {
      const [known, unknown] = [await ask(SAM), await ask('sap@example.org')]
      expect([known.link === null, unknown.link === null]).toEqual([false, true])
      const shape = async ({ answer }: typeof known) => [
        answer.status,
        [...answer.headers].map(([name, value]) => [name, name === 'set-cookie' ? value.length : value]),
        await answer.text(),
      ]
      expect(await shape(known)).toEqual(await shape(unknown))
    })

    test('is answered before anybody has looked who it is', async () => {
      const never = new Promise<never>(() => {})
      const stuck = createWeb(deps.log)
      const mailer = { ...deps.mailer, send: () => never }
      stuck.route('/', staffDoor(deps))
      stuck.route('/', signInRoutes({ ...deps, mailer }))
      expect((await stuck.request('/staff/sign-in', formOf({ email: SAM }))).status).toBe(200)
    })

    test('is not sent to what is no address: it is said so, and what was typed stays', async () => {
      const answer = await app.request('/staff/sign-in', formOf({ email: 'sam@"><script>', next: '//evil.example' }))
      expect(answer.status).toBe(422)
      const text = await answer.text()
      expect(text).toContain('sam@&quot;&gt;&lt;script&gt;')
      expect(text).toContain('name="next" value="/staff"')
    })

    test.each([
      'https://evil.example',
      '//evil.example',
      '/\\evil.example',
      '/staff/../impact',
      '/staffx',
      'javascript:1',
    ])('never leads to %s', async (next) => {
      const { cookie, link } = await ask(SAM, next)
      const answer = await app.request(pathOf(link!), { method: 'POST', headers: { cookie } })
      expect(answer.headers.get('location')).toBe('/staff')
    })
  })

  describe('a session', () => {
    test('ends after thirty minutes without a request', async () => {
      const cookie = await signInAs(app, deps)
      for (let n = 0; n < 3; n++) {
        deps.clock.jumpTo(deps.clock.now().add({ minutes: 29 }))
        expect((await people(cookie)).status).toBe(200)
      }
      deps.clock.jumpTo(deps.clock.now().add({ minutes: 30 }))
      expect((await people(cookie)).status).toBe(401)
    })

    test('ends after twelve hours, however busy it was', async () => {
      const cookie = await signInAs(app, deps)
      for (let minutes = 0; minutes < 12 * 60 - 20; minutes += 20) {
        deps.clock.jumpTo(deps.clock.now().add({ minutes: 20 }))
        expect((await people(cookie)).status).toBe(200)
      }
      deps.clock.jumpTo(deps.clock.now().add({ minutes: 20 }))
      expect((await people(cookie)).status).toBe(401)
    })

    test('ends with signing out, in this browser alone', async () => {
      const cookie = await signInAs(app, deps)
      const { cookie: asked, link } = await ask(SAM)
      const other = cookiesOf(await app.request(pathOf(link!), { method: 'POST', headers: { cookie: asked } })).join(
        '; ',
      )
      expect((await people(cookie)).status).toBe(200)
      await app.request('/staff/sign-out', formOf({}, cookie))
      expect([(await people(cookie)).status, (await people(other)).status]).toEqual([401, 200])
    })

    test.each(['roles changed', 'sent away', 'invited again'])('ends when its person is %s', async (how) => {
      await signInAs(app, deps, EVERYTHING, 'another@example.org')
      const cookie = await signInAs(app, deps)
      const { id } = (await findStaffByEmail(deps.db, SAM))!
      const grants = [{ role: 'fieldwork', programme: 'tevo' }] as const
      if (how === 'roles changed') await changeRoles(deps, { staffId: id, grants, actor: 'test' })
      else if (how === 'sent away') await sendAway(deps, { staffId: id, actor: 'test' })
      else await invite()
      expect((await people(cookie)).status).toBe(401)
      if (how === 'sent away') expect((await ask(SAM)).link).toBeNull()
    })

    test('is another one after signing in again: the one before is over', async () => {
      const cookie = await signInAs(app, deps)
      const { cookie: asked, link } = await ask(SAM)
      const answer = await app.request(pathOf(link!), { method: 'POST', headers: { cookie: `${asked}; ${cookie}` } })
      expect(cookiesOf(answer)).not.toContain(cookie)
      expect((await people(cookie)).status).toBe(401)
    })

    test('is kept where no script and no other site reaches it', async () => {
      const { link } = await invite()
      const set = (await app.request(pathOf(link), { method: 'POST' })).headers.getSetCookie().join()
      for (const wanted of ['__Host-staff=', 'HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/'])
        expect(set).toContain(wanted)
    })

    test('does nothing for a form on another site', async () => {
      const cookie = await signInAs(app, deps)
      for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }]) {
        const form = formOf({}, cookie)
        const answer = await app.request('/staff/sign-out', { ...form, headers: { ...form.headers, ...headers } })
        expect(answer.status).toBe(403)
      }
      expect((await people(cookie)).status).toBe(200)
    })

    test('leaves a line in the journal when it begins, and nobody’s address', async () => {
      await signInAs(app, deps)
      const { id } = (await findStaffByEmail(deps.db, SAM))!
      const events = await deps.db.selectFrom('audit.event').where('subject', '=', id).selectAll().execute()
      expect(events.map(({ action, actor }) => [action, actor])).toEqual(
        expect.arrayContaining([
          ['staff invited', 'test'],
          ['signed in', `staff ${id}`],
        ]),
      )
      expect(JSON.stringify(events)).not.toContain('sam')
    })
  })

  describe('a page that sends mail or takes data away', () => {
    const withExport = () => {
      const { routes, post, get } = staffRouter(deps)
      post('/staff/x/export', { permission: 'export-identity', fresh: true }, (c) => c.text('done'))
      get('/staff/x', 'session', (c) => c.text('page'))
      app.route('/', routes)
    }

    test('takes proof no older than a quarter of an hour, and says where to go on', async () => {
      withExport()
      const cookie = await signInAs(app, deps)
      expect(await (await app.request('/staff/x/export', formOf({}, cookie))).text()).toBe('done')
      deps.clock.jumpTo(deps.clock.now().add({ minutes: 15 }))
      expect((await app.request('/staff/x/export', formOf({}, cookie))).status).toBe(200)
      deps.clock.jumpTo(deps.clock.now().add({ seconds: 1 }))
      const answer = await app.request('/staff/x/export', formOf({}, cookie))
      expect(answer.status).toBe(403)
      expect(await answer.text()).toContain('name="next" value="/staff/x"')
    })
  })

  describe('people', () => {
    const idOf = async (email = SAM) => (await findStaffByEmail(deps.db, email))!.id

    test('the last administrator can neither go nor give up the role', async () => {
      const cookie = await signInAs(app, deps)
      const id = await idOf()
      for (const path of [`/staff/people/${id}/away`, `/staff/people/${id}/roles`]) {
        const answer = await app.request(path, formOf({}, cookie))
        expect(answer.status).toBe(409)
        expect(await answer.text()).toContain('dernière personne')
      }
      expect((await people(cookie)).status).toBe(200)
    })

    test('two administrators who send each other away at once do not leave nobody', async () => {
      await signInAs(app, deps)
      await signInAs(app, deps, EVERYTHING, 'eva@example.org')
      const ids = [await idOf(), await idOf('eva@example.org')]
      const outcomes = await Promise.all(ids.map((staffId) => sendAway(deps, { staffId, actor: 'test' })))
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    })

    test('are invited with roles, by a mail to their address', async () => {
      const cookie = await signInAs(app, deps)
      const answer = await app.request(
        '/staff/people/invite',
        formOf({ email: 'eva@example.org', grants: ['fieldwork tevo', 'researcher *'] }, cookie),
      )
      expect(answer.status).toBe(200)
      const text = await (await people(cookie)).text()
      expect(text).toContain('eva@example.org')
      expect(text).toContain('Suivi de collecte (Programme) · Recherche (Tous les programmes)')
    })

    test.each([
      [{ email: 'nobody', grants: 'fieldwork tevo' }, 'malformed', 422],
      [{ email: 'eva@example.org' }, 'no role', 422],
      [{ email: 'eva@example.org', grants: 'fieldwork elsewhere' }, 'unknown programme', 422],
      [{ email: 'eva@example.org', grants: 'king *' }, 'unknown role', 422],
    ])('are not invited by %j: %s', async (fields, _, status) => {
      const cookie = await signInAs(app, deps)
      expect((await app.request('/staff/people/invite', formOf(fields, cookie))).status).toBe(status)
      expect(await findStaffByEmail(deps.db, 'eva@example.org')).toBeUndefined()
    })

    test('are managed by administrators of everything only', async () => {
      for (const grants of [
        [{ role: 'administrator', programme: 'tevo' }],
        [{ role: 'fieldwork', programme: '*' }],
      ] as const) {
        const cookie = await signInAs(app, deps, grants)
        expect((await people(cookie)).status).toBe(403)
        expect(
          (await app.request(`/staff/people/${await idOf()}/roles`, formOf({ grants: 'administrator *' }, cookie)))
            .status,
        ).toBe(403)
      }
    })

    test('read the console in the language they choose', async () => {
      const cookie = await signInAs(app, deps)
      expect(await (await people(cookie)).text()).toContain('<html lang="fr">')
      expect((await app.request('/staff/language', formOf({ language: 'en' }, cookie))).status).toBe(303)
      expect(await (await people(cookie)).text()).toContain('<html lang="en">')
      expect((await app.request('/staff/language', formOf({ language: 'xx' }, cookie))).status).toBe(400)
    })
  })

  test('a page of the staff that does not say who may reach it keeps the service from starting', () => {
    expect(staffRoutesOf(app).length).toBeGreaterThan(10)
    app.get('/staff/back-door', (c) => c.text('open'))
    expect(() => staffRoutesOf(app)).toThrow('/staff/back-door')
  })
})
