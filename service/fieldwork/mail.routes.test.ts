// All mail at once, in a browser: who sees what of it, stopping everything, and letting it go again.
import type { Hono } from 'hono'
import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import { staffDoor } from '../access/guard.routes.tsx'
import type { Grant } from '../access/roles.ts'
import { signInRoutes } from '../access/sign-in.routes.tsx'
import { formOf, SAM, signInAs } from '../access/testing-staff.ts'
import { brakesInForce, setBrake } from '../mailings/brakes.queries.ts'
import { CAUSES } from '../mailings/delivery.ts'
import { holdMail } from '../mailings/hold-mail.actions.ts'
import { enrolMany, onEachEngineWithMail, sendAllDue, W1_OPENS } from '../mailings/testing.ts'
import { createWeb, type Web } from '../platform/http.tsx'
import { wordsIn } from '../platform/i18n.ts'
import type { TestService } from '../testing.ts'
import { sayCheck } from './control-words.ts'
import { mailRoutes } from './mail.routes.tsx'

const MAIL = '/staff/mail'
const EVERYWHERE: Grant[] = [{ role: 'fieldwork', programme: '*' }]
const TEVO: Grant[] = [{ role: 'fieldwork', programme: 'tevo' }]
const PAGES = [`${MAIL}/everything`, `${MAIL}/installation`]
const ACTS = [`${MAIL}/stop`, ...PAGES.map((page) => `${page}/release`)]

onEachEngineWithMail((world) => {
  let service: TestService
  let app: Hono<Web>
  let cookie: string

  beforeEach(async () => {
    const { frame } = world().service
    const [tevo] = frame.programmes
    const other = { ...tevo!, programme: 'other', name: { fr: 'Un autre', en: 'Another' } }
    service = { ...world().service, frame: { ...frame, programmes: [tevo!, other] } }
    await sql`truncate access.staff, access.staff_role, access.session, access.sign_in_link`.execute(service.db)
    app = createWeb(service.log)
    app.route('/', staffDoor(service))
    app.route('/', signInRoutes(service))
    app.route('/', mailRoutes(service))
    await arrive(EVERYWHERE)
  })

  async function arrive(grants: readonly Grant[]): Promise<void> {
    cookie = await signInAs(app, service, grants)
  }
  const open = async (path = MAIL, as = cookie) => {
    const answer = await app.request(path, { headers: { cookie: as } })
    return { status: answer.status, html: await answer.text() }
  }
  const post = async (path: string, as = cookie) => {
    const answer = await app.request(path, formOf({}, as))
    return { status: answer.status, location: answer.headers.get('location'), html: await answer.text() }
  }
  const held = async () => (await brakesInForce(service.db)).map(({ scope }) => scope)

  describe('it is refused', () => {
    test('to nobody in particular, and to whoever sends no mail', async () => {
      for (const path of [MAIL, ...PAGES]) expect((await open(path, '')).status).toBe(401)
      for (const path of ACTS) expect((await post(path, '')).status).toBe(401)
      await arrive([{ role: 'methodologist', programme: '*' }])
      for (const path of [MAIL, ...PAGES]) expect((await open(path)).status).toBe(403)
      for (const path of ACTS) expect((await post(path)).status).toBe(403)
      expect(await held()).toEqual([])
    })

    test('to whoever sends mail in one programme, what concerns all', async () => {
      await arrive(TEVO)
      await holdMail(service, { scope: 'everything', actor: 'command line' })
      for (const path of PAGES) expect((await open(path)).status).toBe(403)
      for (const path of ACTS) expect((await post(path)).status).toBe(403)
      const { status, html } = await open()
      expect(status).toBe(200)
      expect(html).toContain('Seul quelqu&#39;un qui peut envoyer dans tous les programmes')
      for (const path of [...PAGES, ...ACTS]) expect(html).not.toContain(`"${path}"`)
      expect(await held()).toEqual(['everything'])
    })

    test('to whoever has not proved lately who they are', async () => {
      service.clock.jumpTo(service.clock.now().add({ minutes: 16 }))
      for (const path of PAGES) expect((await open(path)).status).toBe(403)
      for (const path of ACTS) expect((await post(path)).status).toBe(403)
      expect((await open()).status).toBe(200)
      expect(await held()).toEqual([])
    })

    test('for what there is not', async () => {
      expect((await open(`${MAIL}/nothing`)).status).toBe(404)
      expect((await post(`${MAIL}/nothing/release`)).status).toBe(404)
    })
  })

  test('says how mail stands, in counts, and of each wave what became of its messages', async () => {
    await enrolMany(service, 3)
    service.clock.jumpTo(W1_OPENS)
    await service.db
      .updateTable('identity.panel_member')
      .set({ email: null })
      .where('matricule', '=', 'TEVO1-0003')
      .execute()
    await sendAllDue(service)
    await arrive(EVERYWHERE)
    const { html } = await open()
    expect(html).toContain('Rien ne retient le courriel')
    expect(html).toContain('<dt>Envoyés en tout</dt><dd>2</dd>')
    const row = /<th scope="row"><a href="\/staff\/programmes\/tevo\/waves\/w1">.+?<\/tr>/.exec(html)![0]
    expect(row.match(/<td class="number">\d+<\/td>/g)).toEqual(
      [2, 2, 0].map((count) => `<td class="number">${count}</td>`),
    )
  })

  test('an installation that has never sent anything says so', async () => {
    const { html } = await open()
    expect(html).toContain('Aucun message n&#39;a encore été dû.')
    expect(html).toContain('jamais encore')
  })

  test('stops everything at once, and lets it go after a page that says what to look at', async () => {
    expect(await post(`${MAIL}/stop`)).toMatchObject({ status: 303, location: `${MAIL}?done=stopped` })
    expect(await held()).toEqual(['everything'])
    const { html } = await open(`${MAIL}?done=stopped`)
    expect(html).toContain('Tout est arrêté')
    expect(html).toContain(`une personne a arrêté les envois (${SAM}`)
    expect(html).toContain(`href="${MAIL}/everything"`)
    const { html: page } = await open(`${MAIL}/everything`)
    expect(page).toContain('La raison de l&#39;arrêt a-t-elle disparu')
    expect(await held()).toEqual(['everything'])
    expect(await post(`${MAIL}/everything/release`)).toMatchObject({ status: 303, location: `${MAIL}?done=released` })
    expect(await held()).toEqual([])
    const { html: after } = await open(`${MAIL}/everything`)
    expect(after).toContain('il n&#39;y a rien à laisser partir')
    const events = await service.db
      .selectFrom('audit.event')
      .where('actor', 'like', 'staff %')
      .where('subject', '=', 'everything')
      .orderBy('seq')
      .select('action')
      .execute()
    expect(events.map(({ action }) => action)).toEqual(['mail held', 'mail released'])
  })

  test('lets this installation write, and says nothing of others', async () => {
    const set = (environment: string) =>
      setBrake(service.db, {
        scope: `environment ${environment}`,
        cause: 'environment',
        occasion: environment,
        at: service.clock.now(),
        by: 'service',
      })
    await set('test')
    await set('elsewhere')
    const { html } = await open()
    expect(html.match(/class="notice"/g)).toHaveLength(1)
    expect(html).toContain('Une copie leur écrirait une seconde fois')
    await post(`${MAIL}/installation/release`)
    expect(await held()).toEqual(['environment elsewhere'])
  })

  test('tells of the waves somebody may send for, and of no others', async () => {
    await holdMail(service, { scope: 'wave tevo/w1', actor: 'command line' })
    await holdMail(service, { scope: 'wave other/w2', actor: 'command line' })
    const all = (await open()).html
    expect(all).toContain('href="/staff/programmes/other/waves/w2/release"')
    expect(all).toContain('href="/staff/programmes/tevo/waves/w1/release"')
    await arrive(TEVO)
    const { html } = await open()
    expect(html).toContain('href="/staff/programmes/tevo/waves/w1/release"')
    expect(html).not.toContain('other')
    expect(html).not.toContain('Un autre')
  })

  test.each(CAUSES)('says in both languages what holds mail and what to look at first: %s', async (cause) => {
    const at = service.clock.now()
    await setBrake(service.db, { scope: 'everything', cause, occasion: cause, at, by: 'service' })
    for (const language of ['fr', 'en'] as const) {
      await service.db.updateTable('access.staff').set({ language }).execute()
      const t = wordsIn(language)
      const { html } = await open()
      const text = html.replaceAll('&#39;', "'")
      expect(text).toContain(t(`brake.${cause}`))
      expect(text).toContain(sayCheck(t, cause))
    }
  })
})
