// The people followed: who may look, what is noted when somebody does, what moves before it is saved.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findMember } from '../panel/find-members.queries.ts'
import { ENGINES } from '../platform/testing.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import { cellsOf } from './member-form.ts'
import { type Console, openConsole } from './testing-console.ts'

const MEMBERS = '/staff/programmes/tevo/members'
const ANA = `${MEMBERS}/TEVO1-0001`

const CODE = /name="confirm" value="([^"]*)"/

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  let sam: Console

  beforeAll(async () => {
    service = await openTestService(engine, '2026-10-20T09:00:00Z')
    await enrol(service, [
      { date_retour_prevue: '2026-12-15', date_retour_effective: '' },
      { matricule: 'TEVO1-0002', prenom: 'Bilal', nom: '<script>alert(1)</script>', courriel: '' },
      { matricule: 'TEVO1-0003', prenom: 'Chloé', nom: "O'Neil 100%", courriel: 'chloe_x@example.org' },
      { matricule: 'TEVO1-0004', date_retour_prevue: '2026-09-01', date_retour_effective: '' },
    ])
    sam = await openConsole(service, [{ role: 'fieldwork', programme: 'tevo' }])
  })
  afterAll(() => service.close())

  const listed = async (query = '') =>
    [...(await sam.get(`${MEMBERS}${query}`)).text.matchAll(/members\/(TEVO1-\d+)"/g)].map(([, matricule]) => matricule)
  const events = (action: string) =>
    service.db.selectFrom('audit.event').where('action', '=', action).selectAll().execute()
  const entries = async (changed: Record<string, string>) => ({
    ...cellsOf((await findMember(service.db, 'tevo', 'TEVO1-0001'))!),
    ...changed,
  })
  const codeIn = (text: string) => CODE.exec(text)?.[1] ?? ''

  test.each([
    ['methodologist', 403],
    ['researcher', 403],
    ['data-protection', 200],
  ] as const)('%s at a person’s page: %d', async (role, status) => {
    const other = await openConsole(service, [{ role, programme: 'tevo' }], `${role}@example.org`)
    expect((await other.get(ANA)).status).toBe(status)
    expect((await other.get(`${ANA}/edit`)).status).toBe(403)
    expect((await other.post(`${ANA}/edit/save`, { prenom: 'X' })).status).toBe(403)
  })

  test.each([
    ['', ['TEVO1-0001', 'TEVO1-0002', 'TEVO1-0003', 'TEVO1-0004']],
    ['?q=chlo', ['TEVO1-0003']],
    ['?q=ana+NDIAYE', ['TEVO1-0001', 'TEVO1-0004']],
    ['?q=chloe_x', ['TEVO1-0003']],
    ['?q=%25', ['TEVO1-0003']],
    ['?q=_', ['TEVO1-0003']],
    ['?q=an_', []],
    ["?q=o'neil", ['TEVO1-0003']],
    ['?q=%00', ['TEVO1-0001', 'TEVO1-0002', 'TEVO1-0003', 'TEVO1-0004']],
    ['?state=lost', ['TEVO1-0002']],
    ['?state=unsettled', ['TEVO1-0004']],
    ['?state=opted+out', []],
    ['?after=TEVO1-0002', ['TEVO1-0003', 'TEVO1-0004']],
  ])('searched with %s finds %j', async (query, found) => {
    expect(await listed(query)).toEqual(found)
  })

  test('says what to do when nobody is found', async () => {
    expect((await sam.get(`${MEMBERS}?q=zzz`)).text).toContain('Essayez une partie du nom')
  })

  test('a person’s page shows what is asked of them and when, and whoever looked is in the journal', async () => {
    const before = (await events('member read')).length
    const { text } = await sam.get(ANA)
    for (const said of ['Ana Ndiaye, TEVO1-0001', 'ana@example.org', 'Africa/Dakar', 'Pas encore connue', 'À venir'])
      expect(text).toContain(said)
    const { id } = (await findMember(service.db, 'tevo', 'TEVO1-0001'))!
    const read = await events('member read')
    expect(read).toHaveLength(before + 1)
    expect(read.at(-1)).toMatchObject({
      subject: id,
      actor: expect.stringMatching(/^staff /),
      detail: { programme: 'tevo' },
    })
    expect(JSON.stringify(read)).not.toMatch(/Ana|example\.org/)
  })

  test('nobody is at an address of another programme or of nobody', async () => {
    const other = await openConsole(service, [{ role: 'fieldwork', programme: 'demo' }], 'o@example.org')
    const [hidden, unknown] = [await other.get(ANA), await other.get('/staff/programmes/x/members/TEVO1-0001')]
    expect([hidden.status, unknown.status, hidden.text === unknown.text]).toEqual([404, 404, true])
    expect((await sam.get(`${MEMBERS}/NOBODY`)).status).toBe(404)
  })

  test('hostile names are text', async () => {
    for (const path of [MEMBERS, `${MEMBERS}/TEVO1-0002`, `${MEMBERS}/TEVO1-0002/edit`]) {
      const { text } = await sam.get(path)
      expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
      expect(text).not.toContain('<script>alert')
    }
  })

  test('a correction that moves nothing is saved at once, by the rules of the register', async () => {
    const saved = await sam.post(`${ANA}/edit/save`, await entries({ prenom: 'Anna', telephone: '+221770000000' }))
    expect([saved.status, saved.location]).toEqual([303, `${ANA}?done=saved`])
    const member = await findMember(service.db, 'tevo', 'TEVO1-0001')
    expect([member?.given_name, member?.phone]).toEqual(['Anna', '+221770000000'])
    expect((await events('member changed')).at(-1)).toMatchObject({ subject: member?.id })
    const again = await sam.post(`${ANA}/edit/save`, await entries({}))
    expect(again.location).toBe(`${ANA}?done=unchanged`)
  })

  test.each([
    ['courriel', 'nowhere', 'nom@domaine'],
    ['fuseau_horaire', 'Mars/Base', 'fuseau horaire inconnu'],
    ['date_retour_prevue', '2020-01-01', 'le retour précède le départ'],
    ['prenom', '', 'la cellule est vide'],
    ['langue', 'de', 'langue inconnue'],
  ])('a correction is refused with %s = %j, and what was typed stays', async (column, value, said) => {
    const { status, text } = await sam.post(`${ANA}/edit/save`, await entries({ [column]: value }))
    expect(status).toBe(422)
    expect(text).toContain(`href="#${column}"`)
    expect(text).toContain(said)
    expect((await findMember(service.db, 'tevo', 'TEVO1-0001'))?.given_name).toBe('Anna')
  })

  test('a date that moves mail is shown mail by mail, and saved once just that is confirmed', async () => {
    const changed = await entries({ date_retour_prevue: '2027-02-15' })
    const shown = await sam.post(`${ANA}/edit/save`, changed)
    expect(shown.status).toBe(200)
    for (const said of [
      'Ces dates déplacent des envois',
      'invitation',
      'change de dates',
      'Rien n&#39;est encore enregistré',
    ])
      expect(shown.text).toContain(said)
    const returns = async () => String((await findMember(service.db, 'tevo', 'TEVO1-0001'))?.planned_return_on)
    expect(await returns()).toBe('2026-12-15')
    const opening = () =>
      service.db
        .selectFrom('fieldwork.case')
        .where('wave', '=', 'w1')
        .orderBy('opens_on', 'desc')
        .select('opens_on')
        .executeTakeFirstOrThrow()
    expect((await sam.post(`${ANA}/edit/save`, { ...changed, confirm: '00000000' })).text).toContain('a changé depuis')
    expect(await returns()).toBe('2026-12-15')
    const saved = await sam.post(`${ANA}/edit/save`, { ...changed, confirm: codeIn(shown.text) })
    expect([saved.status, await returns()]).toEqual([303, '2027-02-15'])
    expect(String((await opening()).opens_on)).toMatch(/^2027-03/)
  })

  test('a link is sent again to whom something is open, once a day', async () => {
    expect((await sam.post(`${ANA}/resend`)).location).toBe(`${ANA}?done=nothing+open`)
    expect((await sam.get(`${ANA}?done=nothing+open`)).text).toContain('Aucun questionnaire n&#39;est ouvert')
    expect((await sam.post(`${MEMBERS}/NOBODY/resend`)).status).toBe(404)
  })
})
