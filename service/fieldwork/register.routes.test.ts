// A register in the browser: whatever file it is, somebody sees what it would do before anything is done.
import { readFileSync } from 'node:fs'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ENGINES } from '../platform/testing.ts'
import { enrol, openTestService, registerOf, type TestService } from '../testing.ts'
import { type Console, openConsole } from './testing-console.ts'

const REGISTER = '/staff/programmes/tevo/register'
const hostile = '=HYPERLINK("http://evil.example","<script>alert(1)</script>")'

const CODE = /name="confirm" value="([^"]*)"/

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  let sam: Console

  beforeAll(async () => {
    service = await openTestService(engine, '2026-10-20T09:00:00Z')
  })
  afterAll(() => service.close())
  beforeEach(async () => {
    await sql`truncate identity.panel_member, identity.upload, identity.contact_attempt, link.pseudonym,
      fieldwork.mission, fieldwork.case, fieldwork.mailing, fieldwork.bounce, fieldwork.unit`.execute(service.db)
    sam = await openConsole(service, [{ role: 'fieldwork', programme: 'tevo' }])
  })

  const members = async () => (await service.db.selectFrom('identity.panel_member').selectAll().execute()).length
  const sendIn = async (bytes: Uint8Array, name = 'registre.csv') => {
    const sent = await sam.send(`${REGISTER}/send`, name, bytes)
    return { sent, path: sent.location ?? '' }
  }
  const codeIn = (text: string) => CODE.exec(text)?.[1] ?? ''

  test('nobody sends one in without the role for it, in that programme', async () => {
    for (const grants of [
      [{ role: 'methodologist', programme: '*' }],
      [{ role: 'data-protection', programme: '*' }],
    ] as const) {
      const other = await openConsole(service, grants, 'other@example.org')
      expect((await other.send(`${REGISTER}/send`, 'r.csv', registerOf([{}]))).status).toBe(403)
    }
    const elsewhere = await openConsole(service, [{ role: 'fieldwork', programme: 'demo' }], 'other@example.org')
    expect((await elsewhere.send(`${REGISTER}/send`, 'r.csv', registerOf([{}]))).status).toBe(404)
    expect(await service.db.selectFrom('identity.upload').selectAll().execute()).toEqual([])
  })

  test('is shown before it is imported: how it was read, what would happen, every refused row', async () => {
    const rows = [{}, { matricule: 'TEVO1-2' }, { matricule: 'TEVO1-3', courriel: 'nowhere' }]
    const { sent, path } = await sendIn(registerOf(rows))
    expect(sent.status).toBe(303)
    const { text } = await sam.get(path)
    for (const said of [
      '2 personnes ajoutées, 0 modifiées, 0 inchangées, 1 lignes refusées',
      'Texte en UTF-8, cellules séparées par des points-virgules, 3 lignes',
      'Importer 2 personnes',
      'registre.csv',
      '<th scope="row" class="number">4</th><td>courriel</td>',
    ])
      expect(text).toContain(said)
    expect(await members()).toBe(0)
  })

  test('is imported once somebody says so, with its waves, and its people are there', async () => {
    const { path } = await sendIn(registerOf([{}, { matricule: 'TEVO1-2', prenom: 'Bintou' }]))
    const { status, text } = await sam.post(`${path}/import`, { confirm: codeIn((await sam.get(path)).text) })
    expect(status).toBe(200)
    expect(text).toContain('C&#39;est fait : 2 personnes ajoutées'.replace(' :', '\u00a0:'))
    expect(text).toMatch(/class="step" role="status">2 personnes écrites sur 2/)
    expect((await sam.get('/staff/programmes/tevo/members?q=bintou')).text).toContain('TEVO1-2')
    expect((await service.db.selectFrom('fieldwork.case').selectAll().execute()).length).toBeGreaterThan(0)
    expect((await sam.get(path)).status).toBe(404)
  })

  test('with refused rows stays, so that they can be had as a file, put right, and sent in again', async () => {
    const { path } = await sendIn(registerOf([{}, { matricule: 'TEVO1-2', nom: hostile, courriel: 'nowhere' }]))
    await sam.post(`${path}/import`, { confirm: codeIn((await sam.get(path)).text) })
    const { text } = await sam.get(`${path}/refused.csv`)
    expect(text).toContain(`"'${hostile.replaceAll('"', '""')}"`)
    expect(text).toContain('courriel')
    const again = await sendIn(new TextEncoder().encode(text.replace('nowhere', 'b@example.org')))
    expect((await sam.get(again.path)).text).toContain(
      '1 personnes ajoutées, 0 modifiées, 0 inchangées, 0 lignes refusées',
    )
  })

  test('that moves mail says which waves, and moves nothing until just that is confirmed', async () => {
    await enrol(service, [{ date_retour_effective: '', date_retour_prevue: '2026-12-15' }])
    const { path } = await sendIn(registerOf([{ date_retour_effective: '', date_retour_prevue: '2027-01-15' }]))
    const { text } = await sam.get(path)
    expect(text).toContain('Ces dates déplacent des envois')
    const code = codeIn(text)
    expect(code).toMatch(/^[0-9a-f]{8}$/)
    for (const confirm of ['', '00000000']) {
      const refused = await sam.post(`${path}/import`, { confirm })
      expect(refused.text).toContain('a changé depuis ce que vous aviez vu')
    }
    const returns = () =>
      service.db.selectFrom('fieldwork.mission').select('planned_return_on').executeTakeFirstOrThrow()
    expect(String((await returns()).planned_return_on)).toBe('2026-12-15')
    await sam.post(`${path}/import`, { confirm: code })
    expect(String((await returns()).planned_return_on)).toBe('2027-01-15')
  })

  test.each([
    ['vide.csv', '', 422, 'choisissez un fichier'],
    ['classeur.csv', 'PK\u0003\u0004 rest', 200, 'classeur de tableur'],
    ['page.csv', '<!doctype html><html><body>Connexion</body></html>', 200, 'page web'],
    ['note.csv', 'matricule;nom\nA;B', 200, 'n&#39;a pas ces colonnes'],
  ])('%s is no register: it is said why, and nothing is written', async (name, content, status, said) => {
    const { sent, path } = await sendIn(new TextEncoder().encode(content), name)
    const page = sent.status === 303 ? await sam.get(path) : sent
    expect(page.status).toBe(status)
    expect(page.text).toContain(said)
    expect(page.text).not.toContain('/import"')
    expect(await members()).toBe(0)
  })

  test('of a kind that no form sends is refused in a sentence', async () => {
    const answers = [
      await sam.post(`${REGISTER}/send`, { file: 'text' }),
      await sam.get(`${REGISTER}/nothing`),
      await sam.get(`${REGISTER}/00000000-0000-4000-8000-000000000000`),
      await sam.post(`${REGISTER}/00000000-0000-4000-8000-000000000000/import`),
    ]
    expect(answers.map(({ status }) => status)).toEqual([422, 404, 404, 404])
  })

  test('is one programme’s: another does not see it', async () => {
    const { path } = await sendIn(registerOf([{}]))
    const all = await openConsole(service)
    await all.post('/staff/new-programme/make', {
      ...{ nameFr: 'Autre', nameEn: 'Other', programme: 'autre', phases: '', legalBasis: 'public_task' },
      ...{ controllerName: 'O', controllerAddress: 'A', senderName: 'S', senderAddress: 's@example.org' },
      ...{ controllerContact: 'c@example.org', dataProtectionOfficer: 'd@example.org', senderReplyTo: 's@example.org' },
    })
    expect((await all.get(path.replace('/tevo/', '/autre/'))).status).toBe(404)
    expect((await all.get('/staff/programmes/autre/register')).status).toBe(200)
  })

  test('has its hostile cells shown as text, and its name too', async () => {
    const { path } = await sendIn(registerOf([{ prenom: '<img src=x onerror=alert(1)>' }]), '<script>.csv')
    const { text } = await sam.get(path)
    expect(text).not.toMatch(/<script>\.csv|<img/)
    expect(text).toContain('&lt;img src=x onerror=alert(1)&gt;')
  })

  test('is thrown away when somebody says so, and after a day by itself', async () => {
    const first = await sendIn(registerOf([{}]))
    await sam.post(`${first.path}/drop`)
    expect((await sam.get(first.path)).status).toBe(404)
    const second = await sendIn(registerOf([{}]))
    service.clock.jumpTo(service.clock.now().add({ hours: 25 }))
    sam = await openConsole(service, [{ role: 'fieldwork', programme: 'tevo' }])
    await sendIn(registerOf([{ matricule: 'TEVO1-9' }]))
    expect((await sam.get(second.path)).status).toBe(404)
  })

  test('of twenty thousand rows is more than a form may be, and less than a file may', async () => {
    const row = readFileSync('surveys/demonstration/register-phase-2.csv', 'utf8').split('\n')[1]!
    const bytes = new TextEncoder().encode(`${row}\n`.repeat(20_000))
    expect(bytes.byteLength).toBeGreaterThan(64 * 1024)
    expect((await sam.send(`${REGISTER}/send`, 'r.csv', bytes)).status).toBe(303)
    expect((await sam.send(`${REGISTER}/send`, 'r.csv', new Uint8Array(21 * 1024 * 1024))).status).toBe(413)
    expect((await sam.send('/staff/language', 'r.csv', bytes)).status).toBe(413)
  })
})
