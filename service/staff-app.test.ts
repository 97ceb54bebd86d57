// The whole console, page by page, as somebody with every right sees it: no answer is anywhere in it, and nothing that
// anybody typed does anything.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { sql } from 'kysely'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Console, openConsole } from './fieldwork/testing-console.ts'
import { ENGINES } from './platform/testing.ts'
import { answerWave, enrolCohort } from './publications/testing.ts'
import { IN_W1 } from './responses/testing.ts'
import { openTestService, registerOf, type TestService } from './testing.ts'
import { tick } from './tick.ts'

const CANARY = 'canari-7391'
/** Ends an attribute, opens an element, and is a formula where it begins a cell. */
const HOSTILE = `=zz9"'><zz9 onerror=alert(9)>\u2028{{7*7}}\${7*7}\u202e`
const HOSTILE_LINE = HOSTILE.replaceAll(/[\u2028\u202e]/g, '')

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  let admin: Console
  let pages: Map<string, string>

  beforeAll(async () => {
    service = await openTestService(engine, IN_W1)
    admin = await openConsole(service)
    await enrolCohort(service, 'all', 24, (place) => ({
      prenom: place % 2 ? HOSTILE : 'Ana',
      nom: HOSTILE,
      telephone: HOSTILE,
      collectivite: HOSTILE,
      operateur: HOSTILE,
      operateur_code: HOSTILE,
      courriel: place < 3 ? '' : `v${place}@example.org`,
      date_depart: '2026-01-15',
      date_retour_prevue: '2026-09-15',
      date_retour_effective: '2026-09-15',
    }))
    await tick(service)
    await answerWave(service, 'all', 'w1', (place) => (place > 20 ? null : place > 16 ? 'partial' : 'complete'))
    await admin.post('/staff/new-programme/make', {
      nameFr: HOSTILE_LINE,
      nameEn: HOSTILE_LINE,
      programme: 'hostile',
      phases: '',
      controllerName: HOSTILE_LINE,
      controllerAddress: HOSTILE_LINE,
      controllerContact: 'c@example.org',
      dataProtectionOfficer: 'd@example.org',
      legalBasis: 'consent',
      senderName: HOSTILE_LINE,
      senderAddress: 's@example.org',
      senderReplyTo: 's@example.org',
    })
    await sql`update fieldwork.plan set content = jsonb_set(content, '{waves,1,name}', ${{
      fr: HOSTILE_LINE,
      en: HOSTILE_LINE,
    }}::jsonb)`.execute(service.db)
    for (const [name, plan] of service.plans) {
      const waves = plan.waves.map((wave, place) =>
        place === 1 ? { ...wave, name: { fr: HOSTILE_LINE, en: HOSTILE_LINE } } : wave,
      )
      service.plans.set(name, { ...plan, waves })
    }
    await admin.send(
      '/staff/programmes/tevo/register/send',
      `${HOSTILE}.csv`,
      registerOf([{ nom: HOSTILE, courriel: HOSTILE }]),
    )
    pages = await readEverything(admin)
  }, 300_000)
  afterAll(() => service.close())

  const isPicture = (path: string) => /\.svg(\?|$)/.test(path)
  const isFile = (path: string) => /\.csv(\?|$)/.test(path)

  test('every page is reached from the first by its links, and every one opens', () => {
    const kinds = new Set(
      [...pages.keys()].map((path) =>
        path.replace(/\?.*/, '').replaceAll(/\/(tevo|hostile|w\d|ALL-\d+|[\da-f-]{36})(?=\/|$)/g, '/·'),
      ),
    )
    for (const kind of [
      '/staff',
      '/staff/new-programme',
      '/staff/mail',
      '/staff/people',
      '/staff/people/·',
      '/staff/journal',
      '/staff/journal.csv',
      '/staff/programmes/·',
      '/staff/programmes/·/overview.csv',
      '/staff/programmes/·/settings',
      '/staff/programmes/·/register',
      '/staff/programmes/·/register/·',
      '/staff/programmes/·/register/·/refused.csv',
      '/staff/programmes/·/members',
      '/staff/programmes/·/members/·',
      '/staff/programmes/·/members/·/edit',
      '/staff/programmes/·/lost',
      '/staff/programmes/·/waves',
      '/staff/programmes/·/waves/·',
      '/staff/programmes/·/waves/·/report',
      '/staff/programmes/·/waves/·/report/flow.svg',
      '/staff/programmes/·/waves/·/report/flow.csv',
      '/staff/programmes/·/plan',
      '/staff/programmes/·/mails',
      '/staff/programmes/·/mails.csv',
      '/staff/programmes/·/texts',
      '/staff/programmes/·/texts/invitation',
      '/staff/programmes/·/instruments',
      '/staff/programmes/·/instruments/·',
    ])
      expect(kinds).toContain(kind)
  })

  test('nothing that was typed or sent in does anything on any page', () => {
    for (const [path, text] of pages) {
      if (isFile(path)) continue
      // In the text of a picture a quotation mark ends nothing.
      const opens = isPicture(path) ? /<[^<>]*zz9"/.test(text) : text.includes(`zz9"'`)
      expect([path, text.includes('<zz9'), opens]).toEqual([path, false, false])
    }
    for (const path of [
      '/staff',
      '/staff/programmes/tevo/lost',
      '/staff/programmes/tevo/waves',
      '/staff/programmes/tevo/members',
    ])
      expect(pages.get(path)).toContain('&lt;zz9 onerror=alert(9)&gt;')
  })

  test('nothing of it does anything in a mail either', async () => {
    const folder = join(service.folder, 'mail')
    const names = readdirSync(folder).filter((name) => name.endsWith('.eml'))
    const mails = await Promise.all(names.map((name) => PostalMime.parse(readFileSync(join(folder, name)))))
    expect(mails.some(({ html = '' }) => html.includes('&lt;zz9'))).toBe(true)
    for (const { html = '', headers } of mails) {
      expect([html.includes('<zz9'), html.includes(`zz9"'`)]).toEqual([false, false])
      expect(headers.filter(({ key }) => /zz9|onerror/.test(key))).toEqual([])
    }
  })

  test('no cell of any file is a formula', async () => {
    const files = [...pages].filter(([path]) => isFile(path))
    files.push(['lost', (await admin.post('/staff/programmes/tevo/lost/file')).text])
    expect(files.length).toBeGreaterThan(10)
    expect(files.some(([, text]) => text.includes('zz9'))).toBe(true)
    for (const [path, text] of files)
      for (const cells of parse(text, { delimiter: ';', relax_column_count: true }) as string[][])
        for (const cell of cells)
          expect([path, /^[=+\-@\t\r]/.test(cell) && !/^-\d+([.,]\d+)?$/.test(cell)]).toEqual([path, false])
  })

  test('no answer is on any page or in any file, nor does anything change when answers do', async () => {
    const given = { OPEN_IMP: CANARY, LIFE_SAT: 0, NPS_REC: 0, SAT_GLOB: 0, ACT_NOW: 9 }
    await sql`update answers.response set answers = ${given}::jsonb`.execute(service.db)
    const after = await readEverything(admin)
    // Looking is written down, and so the journal alone is not the same.
    const same = (all: Map<string, string>) => new Map([...all].filter(([path]) => !path.startsWith('/staff/journal')))
    expect([...after.values()].some((text) => text.includes(CANARY))).toBe(false)
    for (const [path, text] of same(pages)) expect([path, after.get(path) === text]).toEqual([path, true])
    expect(same(after).size).toBe(same(pages).size)
  }, 300_000)
})

/** Every page, picture and file of the console that can be reached from its first page by links alone. */
async function readEverything(reader: Console): Promise<Map<string, string>> {
  const read = new Map<string, string>()
  const waiting = ['/staff']
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    if (read.has(path)) continue
    const { status, text } = await reader.get(path)
    if (status !== 200) throw new Error(`${path} answers ${status}`)
    read.set(path, text)
    for (const [, found = ''] of text.matchAll(/(?:href|src)="(\/staff[^"#]*)/g))
      waiting.push(found.replaceAll('&amp;', '&'))
  }
  return read
}
