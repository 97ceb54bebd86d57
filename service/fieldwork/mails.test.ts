// Every mail of the plan, with its reason in words: counted, listed and as a file, and nobody named in any of them.
import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { staffDoor } from '../access/guard.routes.tsx'
import type { Grant } from '../access/roles.ts'
import { signInRoutes } from '../access/sign-in.routes.tsx'
import { signInAs } from '../access/testing-staff.ts'
import { BEFORE_W1, enrolMany, sendAllDue, startAgain, W1_OPENS } from '../mailings/testing.ts'
import { createWeb } from '../platform/http.tsx'
import { LANGUAGES, wordsIn } from '../platform/i18n.ts'
import { ENGINES } from '../platform/testing.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import type { ListedMail } from '../waves/list-mails.actions.ts'
import { PLANNED_KINDS } from '../waves/plan.ts'
import { STATES, sayBecause, sayMail, sayState } from './mail-words.ts'
import { mailsRoutes } from './mails.routes.tsx'
import { countMails, mailsCsv, readMails } from './mails.ts'

describe('in words', () => {
  const everywhere = (folder: string) =>
    readdirSync(folder)
      .filter((name) => /\.ts$/.test(name) && !/test/.test(name))
      .map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
      .join('\n')

  /** Whatever the code says of a mail or a case that is not written about, as far as it can be found by reading. */
  const reasons = [
    ...everywhere('service/waves').matchAll(/\bstop\('([a-z ]+)'\)|because: '([a-z ]+)'(?=[ ,}]|$)/gm),
    ...everywhere('service/mailings').matchAll(
      /giveUp\(db, held, '([a-z ]+)'|return '((?:answered|opted out|closed|wave closed|no [a-z]+))'/g,
    ),
  ].flatMap(([, one, other]) => one ?? other ?? [])
  const OUTCOMES = ['nothing new', 'to be confirmed', 'more']

  test('every reason there is has words in both languages', () => {
    const own = [...new Set(reasons)].filter((because) => !OUTCOMES.includes(because))
    expect(own.length).toBeGreaterThan(8)
    for (const language of LANGUAGES)
      for (const because of [...own, 'too late', 'address refused', 'no case', 'one more than the plan allows'])
        expect([because, sayBecause(wordsIn(language), because)]).not.toEqual([because, because])
  })

  test('a reason of a later version is said as it stands', () => {
    for (const because of ['quite another', 'constructor', '__proto__'])
      expect(sayBecause(wordsIn('fr'), because)).toBe(because)
  })

  test('every kind and every state is said in both languages, and none like another', () => {
    for (const language of LANGUAGES) {
      const t = wordsIn(language)
      expect(new Set(PLANNED_KINDS.map((kind) => sayMail(t, { kind, number: 1 }))).size).toBe(PLANNED_KINDS.length)
      expect(new Set(STATES.map((state) => sayState(t, state))).size).toBe(STATES.length)
    }
    expect(sayMail(wordsIn('fr'), { kind: 'reminder', number: 2 })).toBe('rappel 2')
    expect(sayMail(wordsIn('fr'), { kind: 'pigeon', number: 2 })).toBe('pigeon')
  })
})

const ASKED = { from: '2026-10-01', to: '2027-01-01', wave: '', cohort: '', state: '' }
describe('what is asked for', () => {
  test.each<[string, Partial<typeof ASKED>, string]>([
    ['a day in words', { from: 'demain' }, 'from day'],
    ['a day that is none', { to: '2026-02-30' }, 'to day'],
    ['two days that are none', { from: '', to: '1/1/2027' }, 'from day,to day'],
    ['the days the wrong way round', { from: '2027-01-02' }, 'to order'],
    ['more than a year', { to: '2027-10-02' }, 'to long'],
    ['a year too far', { from: '9999-01-01', to: '9999-01-02' }, 'from day,to day'],
  ])('%s is told at its field', (_, change, problems) => {
    const read = readMails({ ...ASKED, ...change })
    expect(read.ok ? '' : read.problems.map(({ field, wrong }) => `${field} ${wrong}`).join()).toBe(problems)
  })

  test('a year, and a single day, are read', () => {
    for (const to of ['2027-10-01', '2026-10-01']) expect(readMails({ ...ASKED, to }).ok).toBe(true)
  })
})

const MAIL: ListedMail = {
  at: Temporal.Instant.from('2026-10-15T10:00:00Z'),
  timeZone: 'Pacific/Tahiti',
  person: '0123abcd',
  programme: 'tevo',
  cohort: 'phase-1',
  wave: 'w1',
  kind: 'invitation',
  number: 1,
  state: 'planned',
  because: null,
  returnUnknown: false,
}

test('mails are counted by state and reason, the most frequent reason of a state first', () => {
  const not = (because: string): ListedMail => ({ ...MAIL, state: 'not sent', because })
  const mails = [not('no address'), not('opted out'), MAIL, not('opted out'), { ...MAIL, state: 'sent' as const }]
  expect(countMails(mails).map(({ state, because, count }) => `${state} ${because} ${count}`)).toEqual([
    'planned null 1',
    'sent null 1',
    'not sent opted out 2',
    'not sent no address 1',
  ])
})

test('as a file they have the hour where the person is, words, and nothing that a spreadsheet runs', () => {
  const hostile: ListedMail = { ...MAIL, cohort: '=1+1', state: 'not sent', because: '@SUM(A1)', returnUnknown: true }
  const csv = mailsCsv([MAIL, hostile], 'fr')
  expect(parse(csv, { delimiter: ';', columns: true })).toEqual([
    {
      "Jour d'envoi": '2026-10-15',
      "Heure d'envoi, sur place": '00:00',
      'Fuseau horaire de la personne': 'Pacific/Tahiti',
      'Personne (code)': '0123abcd',
      Cohorte: 'phase-1',
      Vague: 'w1',
      'Courriel prévu': 'invitation',
      'État du courriel': 'prévu',
      'Raison ou remarque': '',
    },
    expect.objectContaining({
      Cohorte: "'=1+1",
      'État du courriel': 'ne part pas',
      'Raison ou remarque': "'@SUM(A1) ; retour effectif pas encore connu",
    }),
  ])
})

const PATH = '/staff/programmes/tevo/mails'
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
    for (const routes of [staffDoor(service), signInRoutes(service), mailsRoutes(service)]) app.route('/', routes)
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
    return { status: answer.status, html: await answer.text(), headers: answer.headers }
  }
  const query = (asked: Record<string, string>) => `?${new URLSearchParams(asked)}`
  const readCsv = (text: string): Record<string, string>[] => parse(text, { delimiter: ';', columns: true })

  test('the three months to come are shown unless other days are asked for, with what stops mails first', async () => {
    await enrol(service, [
      { matricule: 'TEVO1-0001' },
      { matricule: 'TEVO1-0002', fuseau_horaire: 'Pacific/Tahiti', courriel: '', date_retour_effective: '' },
    ])
    const { status, html } = await get()
    const text = textOf(html)
    expect(status).toBe(200)
    expect(html).toMatch(/name="from"[^>]*value="2026-10-01"/)
    expect(html).toMatch(/name="to"[^>]*value="2027-01-01"/)
    expect(text).toContain('prévu – 5 ne part pas aucune adresse qui fonctionne 5 En tout – 10')
    expect(text).toMatch(/15 octobre 2026, 10:00 Africa\/Dakar [0-9a-f]{8} phase-1 w1 invitation prévu –/)
    expect(text).toMatch(
      /15 octobre 2026, 10:00 Pacific\/Tahiti [0-9a-f]{8} phase-1 w1 invitation ne part pas aucune adresse qui fonctionne · retour effectif pas encore connu/,
    )
    expect(html).not.toMatch(/Ndiaye|TEVO1-|ana@|>Ana</)
    await service.db.updateTable('access.staff').set({ language: 'en' }).execute()
    expect(textOf((await get()).html)).toContain('not sent no address that works · actual return not known yet')
  })

  test('what went and what is chosen: a state, a wave, a cohort', async () => {
    await enrolMany(service, 2)
    service.clock.jumpTo(W1_OPENS)
    await sendAllDue(service)
    cookie = await signInAs(app, service)
    const states = async (asked: Record<string, string>) => {
      const { html } = await get(`${PATH}.csv${query({ from: '2026-10-01', to: '2027-09-30', ...asked })}`)
      return [
        ...new Set(
          readCsv(html).map(({ Vague, 'État du courriel': state, Cohorte }) => `${Cohorte} ${Vague} ${state}`),
        ),
      ].sort()
    }
    expect(await states({ wave: 'w1' })).toEqual(['phase-1 w1 parti', 'phase-1 w1 prévu'])
    expect(await states({ state: 'sent' })).toEqual(['phase-1 w1 parti'])
    expect(await states({ state: 'planned', wave: 'w2' })).toEqual(['phase-1 w2 prévu'])
    expect(await states({ cohort: 'phase-2' })).toEqual([])
    expect(textOf((await get(`${PATH}${query({ cohort: 'phase-2' })}`)).html)).toContain(
      'Aucun courriel entre ces deux jours',
    )
  })

  test('there are two hundred on a page, and the file has them all', async () => {
    await enrolMany(service, 90)
    const [first, second, last] = [await get(), await get(`${PATH}?page=2`), await get(`${PATH}?page=99`)]
    expect(textOf(first.html)).toContain('Courriels 1 à 200 sur 450')
    expect(textOf(second.html)).toContain('Courriels 201 à 400 sur 450')
    expect(textOf(last.html)).toContain('Courriels 401 à 450 sur 450')
    expect(first.html).toContain('page=2"')
    expect(first.html).not.toContain('page=0"')
    expect(last.html).not.toContain('page=4"')
    for (const page of ['0', '-1', 'x', '1e9']) expect((await get(`${PATH}?page=${page}`)).status).toBe(200)
    const file = await get(`${PATH}.csv`)
    expect(file.headers.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(file.headers.get('content-disposition')).toBe('attachment; filename="tevo.2026-10-01.2027-01-01.csv"')
    expect(readCsv(file.html)).toHaveLength(450)
    const bytes = await (await app.request(`${PATH}.csv`, { headers: { cookie } })).bytes()
    expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
    expect(file.html).not.toMatch(/Ndiaye|TEVO1-|@|Ana/)
  })

  test.each(['', '.csv'])('what cannot be read is told at its field, and kept (%s)', async (rest) => {
    const { status, html } = await get(`${PATH}${rest}${query({ from: '"><script>', to: '2026-99-99' })}`)
    expect(status).toBe(422)
    expect(html).toContain('href="#from"')
    expect(html).toContain('href="#to"')
    expect(html).toContain('value="&quot;&gt;&lt;script&gt;"')
    expect(html).not.toContain('"><script>')
  })

  test('without anybody it says what to do first', async () => {
    expect(textOf((await get()).html)).toContain("importez d'abord un registre")
  })

  test.each([PATH, `${PATH}.csv`])(
    '%s is open to whoever may see the fieldwork of the programme, and to nobody else',
    async (path) => {
      const as = (grants: Grant[], email: string) => signInAs(app, service, grants, email)
      expect((await get(path, '')).status).toBe(401)
      expect((await get(path, await as([{ role: 'researcher', programme: 'tevo' }], 'a@example.org'))).status).toBe(403)
      expect((await get(path, await as([{ role: 'fieldwork', programme: 'x' }], 'b@example.org'))).status).toBe(404)
      expect((await get(path, await as([{ role: 'methodologist', programme: 'tevo' }], 'c@example.org'))).status).toBe(
        200,
      )
    },
  )
})
