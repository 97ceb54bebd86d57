// The calendar tells of every wave of every cohort when it is open, how many it asks, and how far it has come.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { staffDoor } from '../access/guard.routes.tsx'
import type { Grant } from '../access/roles.ts'
import { signInRoutes } from '../access/sign-in.routes.tsx'
import { signInAs } from '../access/testing-staff.ts'
import { holdMail } from '../mailings/hold-mail.actions.ts'
import { BEFORE_W1, startAgain } from '../mailings/testing.ts'
import { createWeb } from '../platform/http.tsx'
import { ENGINES } from '../platform/testing.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import { type CalendarRow, countToPlan, waveCalendar } from './calendar.queries.ts'
import { calendarRoutes } from './calendar.routes.tsx'
import { type CalendarState, causesFor, stateOf, yearsOf } from './calendar.ts'

const instant = (text: string) => Temporal.Instant.from(text)
const day = (text: string) => Temporal.PlainDate.from(text)
const ROW: CalendarRow = {
  cohort: 'phase-1',
  wave: 'w1',
  cases: 1,
  opensOn: day('2026-10-15'),
  closesOn: day('2026-11-26'),
  opensAt: instant('2026-10-15T10:00:00Z'),
  closesAt: instant('2026-11-26T00:00:00Z'),
  dueAt: instant('2026-11-26T00:00:00Z'),
  closedAt: null,
  publication: null,
  because: null,
}

test.each<[string, Partial<CalendarRow>, string, CalendarState]>([
  ['before anybody can answer', {}, '2026-10-15T09:59:59Z', 'to come'],
  ['from the first opening on', {}, '2026-10-15T10:00:00Z', 'open'],
  ['until the last close', {}, '2026-11-25T23:59:59Z', 'open'],
  ['from then on, while it is not closed', {}, '2026-11-26T00:00:00Z', 'over'],
  ['closed early', { closedAt: instant('2026-11-01T00:00:00Z') }, '2026-11-02T00:00:00Z', 'closed'],
  [
    'published',
    { closedAt: instant('2026-11-26T00:00:00Z'), publication: 'tevo.phase-1.w1.1' },
    '2026-12-01T00:00:00Z',
    'published',
  ],
  ['without any dates', { opensAt: null, closesAt: null }, '2026-10-15T10:00:00Z', 'merged'],
])('a wave %s', (_, change, now, state) => {
  expect(stateOf({ ...ROW, ...change }, instant(now))).toBe(state)
})

test('what holds a wave back is a brake on everything, on the wave or on this installation, each cause once', () => {
  const brakes = [
    { scope: 'everything', cause: 'absence' },
    { scope: 'wave tevo/w1', cause: 'canary' },
    { scope: 'wave tevo/w1', cause: 'absence' },
    { scope: 'wave tevo/w2', cause: 'stopped' },
    { scope: 'wave other/w1', cause: 'bounces' },
    { scope: 'environment here', cause: 'environment' },
    { scope: 'environment there', cause: 'restored' },
  ]
  const causes = causesFor(brakes, { programme: 'tevo', wave: 'w1', environment: 'environment here' })
  expect(causes).toEqual(['absence', 'canary', 'environment'])
})

describe('the years', () => {
  test('run from the month of the first opening to the last close, with every wave in its place', () => {
    const rows = [
      { ...ROW, opensOn: day('2026-10-15'), closesOn: day('2026-11-26') },
      { ...ROW, cohort: 'phase-2', opensOn: day('2027-09-01'), closesOn: day('2027-10-01') },
      { ...ROW, wave: 'w2', opensOn: null, closesOn: null },
    ]
    const years = yearsOf(rows, day('2027-04-02'))!
    expect(years.cohorts.map(({ cohort, bars }) => [cohort, bars.map(({ wave }) => wave)])).toEqual([
      ['phase-1', ['w1']],
      ['phase-2', ['w1']],
    ])
    const [first, second] = years.cohorts.map(({ bars }) => bars[0]!)
    expect(first!.from).toBeCloseTo(14 / 365)
    expect(first!.to).toBeCloseTo(56 / 365)
    expect([second!.from, second!.to]).toEqual([335 / 365, 1])
    expect(years.januaries).toEqual([{ year: 2027, at: 92 / 365 }])
    expect(years.today).toBeCloseTo(183 / 365)
  })

  test('have no today that lies outside them, and are not there without dates', () => {
    expect(yearsOf([ROW], day('2029-01-01'))!.today).toBeNull()
    expect(yearsOf([], day('2027-01-01'))).toBeNull()
    expect(yearsOf([{ ...ROW, opensOn: null, closesOn: null }], day('2027-01-01'))).toBeNull()
  })
})

const PATH = '/staff/programmes/tevo/waves'
const textOf = (html: string) =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll(/[\s\u00a0]+/g, ' ')

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  let app: ReturnType<typeof createWeb>
  let cookie: string

  beforeAll(async () => {
    service = await openTestService(engine, BEFORE_W1)
    app = createWeb(service.log)
    for (const routes of [staffDoor(service), signInRoutes(service), calendarRoutes(service)]) app.route('/', routes)
  })
  beforeEach(async () => {
    await startAgain(service, BEFORE_W1)
    for (const table of ['access.session', 'access.sign_in_link', 'access.staff_role', 'access.staff'] as const)
      await service.db.deleteFrom(table).execute()
    cookie = await signInAs(app, service)
  })
  afterAll(() => service.close())

  const get = async (path = PATH, as = cookie) => {
    const answer = await app.request(path, { headers: { cookie: as } })
    return { status: answer.status, html: await answer.text() }
  }

  test('before there is anybody, it says what to do', async () => {
    const { status, html } = await get()
    expect(status).toBe(200)
    expect(html).toContain('href="/staff/programmes/tevo/register"')
    expect(html).not.toContain('<table')
  })

  test('each cohort has its waves, with the first and last day, how many people, and the ways on', async () => {
    await enrol(service, [
      { matricule: 'TEVO1-0001' },
      { matricule: 'TEVO1-0002', date_retour_effective: '2026-08-31', fuseau_horaire: 'Pacific/Tahiti' },
      { matricule: 'X-0003', date_retour_prevue: '2027-05-01', date_retour_effective: '' },
    ])
    const rows = await waveCalendar(service.db, 'tevo')
    expect(rows.map(({ cohort, wave, cases }) => `${cohort} ${wave} ${cases}`)).toEqual([
      ...['w0', 'w1', 'w2', 'w3', 'w4', 'w5'].map((wave) => `2027 ${wave} 1`),
      ...['w0', 'w1', 'w2', 'w3', 'w4', 'w5'].map((wave) => `phase-1 ${wave} 2`),
    ])
    const { html } = await get()
    const text = textOf(html)
    expect(text).toContain('w1 : Un mois après le retour en cours 30 septembre 2026 25 novembre 2026')
    expect(text).toContain('w2 : Six mois après le retour pas encore ouverte 1er mars 2027 9 mai 2027')
    expect(html).toContain('href="/staff/programmes/tevo/waves/w1"')
    expect(html).toContain('href="/staff/programmes/tevo/waves/w1/report"')
    expect(html).toContain('aria-label="Collecte de w1, cohorte phase-1"')
    for (const rest of ['/plan', '/mails']) expect(html).toContain(`href="/staff/programmes/tevo${rest}"`)
    expect(html).not.toMatch(/Ndiaye|TEVO1-/)
  })

  test('says what is published, closed without being published, held back, and being worked out', async () => {
    await enrol(service, [{}])
    const at = service.clock.now()
    const set = (wave: string, unit: object) =>
      service.db.updateTable('fieldwork.unit').set(unit).where('wave', '=', wave).execute()
    await service.db
      .insertInto('publish.publication')
      .values({
        id: 'tevo.phase-1.w0.1',
        programme: 'tevo',
        cohort: 'phase-1',
        wave: 'w0',
        number: 1,
        published_on: day('2026-02-01'),
        cell_key_fingerprint: 'x',
        manifest: '{}',
      })
      .execute()
    await set('w0', { closed_at: at, due_at: at, publication_id: 'tevo.phase-1.w0.1' })
    await set('w2', { closed_at: at, due_at: at, because: 'too few' })
    await set('w3', { due_at: instant('2027-11-10T00:00:00Z') })
    await holdMail(service, { scope: 'wave tevo/w3', actor: 'test' })
    const { html } = await get()
    const text = textOf(html)
    expect(html).toContain('href="/impact/tevo.phase-1.w0.1"')
    expect(text).toContain('w0 : Avant le départ publiée')
    expect(text).toContain('w2 : Six mois après le retour close, sans publication : trop peu de réponses')
    expect(text).toContain(
      'w3 : Un an après le retour pas encore ouverte courriels retenus : une personne a arrêté les envois',
    )
    expect(text).toContain('10 novembre 2027')
    expect(text).toContain('date en cours de calcul')
    expect(text.match(/courriels retenus/g)).toHaveLength(1)
  })

  test('a wave the plan has lost and somebody was written to about is still there, by its code', async () => {
    await enrol(service, [{}])
    await service.db.updateTable('fieldwork.case').set({ wave: 'w9' }).where('wave', '=', 'w5').execute()
    expect(textOf((await get()).html)).toContain('w9 : w9')
  })

  test('it is open to whoever may see the fieldwork of the programme, and to nobody else', async () => {
    const as = (grants: Grant[], email: string) => signInAs(app, service, grants, email)
    expect((await get(PATH, '')).status).toBe(401)
    expect((await get(PATH, await as([{ role: 'researcher', programme: 'tevo' }], 'a@example.org'))).status).toBe(403)
    expect((await get(PATH, await as([{ role: 'fieldwork', programme: 'x' }], 'b@example.org'))).status).toBe(404)
    expect((await get(PATH, await as([{ role: 'methodologist', programme: 'tevo' }], 'c@example.org'))).status).toBe(
      200,
    )
    expect((await get('/staff/programmes/nowhere/waves')).status).toBe(404)
  })

  test('whoever waits to be planned again is counted', async () => {
    await enrol(service, [{ matricule: 'TEVO1-1' }, { matricule: 'TEVO1-2' }])
    expect(await countToPlan(service.db, ['tevo'])).toBe(0)
    await service.db.updateTable('fieldwork.mission').set({ plan_stale: true }).execute()
    expect([await countToPlan(service.db, ['tevo']), await countToPlan(service.db, ['other'])]).toEqual([2, 0])
  })
})
