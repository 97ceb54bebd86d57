// What a volunteer is told after the last page: a receipt, when the next wave comes, and what has been learned so far.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { PublishedTable } from '../publications/tables.ts'
import type { TestService } from '../testing.ts'
import {
  answerPages,
  type Browser,
  dump,
  invite,
  inviteAgain,
  languageOf,
  onEachEngineWithService,
  readText,
  titleOf,
  type Volunteer,
} from './testing.ts'

/** Somebody who has answered a wave, and their browser. */
async function done(service: TestService, cells = {}): Promise<[Volunteer, Browser]> {
  const volunteer = await invite(service, cells)
  const browser = await volunteer.open()
  await answerPages(browser)
  return [volunteer, browser]
}

const receiptIn = async (browser: Browser, query = '') => readText(await (await browser.get(`/s${query}`)).text())

/** The lines of a calendar file, unfolded (RFC 5545, 3.1). */
const linesOf = (calendar: string): string[] => calendar.replaceAll('\r\n ', '').split('\r\n')
const valuesOf = (calendar: string): Record<string, string> =>
  Object.fromEntries(linesOf(calendar).map((line) => [line.split(/[:;]/)[0], line.slice(line.indexOf(':') + 1)]))

/** Stores a published change of a programme, with a mean over everybody, or without when too few have answered. */
async function publishChange(
  { db }: TestService,
  {
    programme = 'tevo',
    cohort = 'phase-1',
    wave = 'w1',
    on = '2026-10-01',
    estimate = 3 as number | null,
    by = 'total',
    table = 'change.CMP_IDX',
  },
): Promise<void> {
  const publication = `${programme}.${cohort}.${wave}.1`
  const label = { fr: `Mesure ${publication}`, en: `Measure ${publication}` }
  const figures = estimate === null ? null : 80
  const content = PublishedTable.parse({
    publication,
    table,
    by,
    label,
    method: 'M6',
    confidence: 0.95,
    noise: { table: 'T', D: 5, V: 4 },
    instruments: ['w0@2', 'w1@2'],
    kind: 'change',
    centre: 0,
    range: 100,
    from: 'w0',
    to: wave,
    cells: [
      {
        category: 'ALL',
        label: { fr: 'Ensemble', en: 'Everybody' },
        state: estimate === null ? 'suppressed' : 'published',
        flags: [],
        n: figures,
        sum: figures,
        sumOfSquares: figures,
        estimate,
        sd: estimate,
        interval: estimate === null ? null : { low: estimate - 1.5, high: estimate + 1.5 },
        dz: estimate,
      },
    ],
  })
  await db
    .insertInto('publish.publication')
    .values({
      id: publication,
      programme,
      cohort,
      wave,
      number: 1,
      published_on: Temporal.PlainDate.from(on),
      cell_key_fingerprint: 'x',
      manifest: '{}',
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await db
    .insertInto('publish.published_table')
    .values({
      publication_id: publication,
      table_id: table,
      split_by: by,
      content: JSON.stringify(content),
      sha256: 'x',
    })
    .execute()
}

onEachEngineWithService((service) => {
  test('the receipt says when the next wave comes and what it is called, in either language', async () => {
    const [, browser] = await done(service())
    expect(await receiptIn(browser)).toContain(
      'Nous vous écrirons de nouveau autour du lundi 15 mars 2027\u00a0: «\u00a0Six mois après le retour\u00a0».',
    )
    const english = await receiptIn(browser, '?lang=en')
    expect(english).toMatch(/We will write to you again around Monday 15 March 2027: “Six months after return”\./)
    expect(english).toContain('<a href="/s/next.ics?lang=en">Add this date to my calendar</a>')
  })

  test('the next wave is the next one still to come: not one answered already, nor one whose day has passed', async () => {
    const [volunteer, browser] = await done(service())
    const { memberId } = volunteer
    await service()
      .db.updateTable('fieldwork.case')
      .set({ submitted_on: Temporal.PlainDate.from('2027-03-16') })
      .where('member_id', '=', memberId)
      .where('wave', '=', 'w2')
      .execute()
    expect(await receiptIn(browser)).toContain('mercredi 15 septembre 2027')
    volunteer.clock.jumpTo(Temporal.Instant.from('2027-12-01T12:00:00Z'))
    const later = await volunteer.open()
    expect(await receiptIn(later)).toMatch(/autour du \S+ \d+ septembre 2028/)
    expect(valuesOf(await (await later.get('/s/next.ics')).text()).DTSTART).toMatch(/^202809\d\d$/)
  })

  test('after the last wave nothing is announced, and there is no date to take along', async () => {
    const { memberId } = await invite(service())
    const volunteer = await inviteAgain(service(), memberId, { wave: 'w5', now: '2029-10-01T12:00:00Z' })
    const browser = await volunteer.open()
    await answerPages(browser, 5, [{ ACT_NOW: '1' }, { 'ACT_CAL.declined': 'declined' }, {}, {}, {}])
    const html = await receiptIn(browser)
    expect([titleOf(html), /id="next"|next\.ics/.test(html)]).toEqual(['Merci, vos réponses sont bien arrivées', false])
    const response = await browser.get('/s/next.ics')
    expect([response.status, languageOf(await response.text())]).toEqual([404, 'fr'])
  })

  test('the date of the next wave is a valid calendar file of one all-day event, in the language asked for', async () => {
    const [, browser] = await done(service())
    for (const [query, summary] of [
      ['', 'Territoires Volontaires\u00a0: questionnaire «\u00a0Six mois après le retour\u00a0»'],
      ['?lang=en', 'Territoires Volontaires: “Six months after return” questionnaire'],
    ] as const) {
      const response = await browser.get(`/s/next.ics${query}`)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('text/calendar; charset=utf-8')
      expect(response.headers.get('content-disposition')).toBe('attachment; filename="retour.ics"')
      expect(response.headers.get('cache-control')).toBe('no-store')
      const calendar = await response.text()
      const physical = calendar.replace(/(\r\n)?$/, '').split('\r\n')
      for (const line of physical) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
      expect(calendar.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/)
      const lines = linesOf(calendar)
      const structure = lines.filter((line) => /^(BEGIN|END):/.test(line))
      expect(structure).toEqual(['BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'END:VEVENT', 'END:VCALENDAR'])
      expect(lines).toEqual(
        expect.arrayContaining([
          'VERSION:2.0',
          'METHOD:PUBLISH',
          'DTSTART;VALUE=DATE:20270315',
          'DTEND;VALUE=DATE:20270316',
          'DTSTAMP:20261020T120000Z',
        ]),
      )
      expect(lines.filter((line) => /^(ORGANIZER|ATTENDEE|URL|CONTACT)/.test(line))).toEqual([])
      expect(valuesOf(calendar)).toMatchObject({ SUMMARY: summary, UID: expect.stringMatching(/@retour\.example$/) })
    }
  })

  test('the date of the next wave names nobody, and is the same for all who share it', async () => {
    const [ana, hers] = await done(service())
    const [bo, his] = await done(service(), { prenom: 'Bo', nom: 'Diallo' })
    const files = await Promise.all([hers, his].map(async (browser) => (await browser.get('/s/next.ics')).text()))
    expect(files[0]).toBe(files[1])
    for (const { memberId, caseId, link, stored } of [ana, bo]) {
      const { receipt, pseudonym } = await stored()
      for (const secret of [
        memberId,
        caseId,
        link.slice(3),
        receipt!,
        pseudonym,
        'TEVO1',
        '@example.org',
        'Ndiaye',
        'Diallo',
      ])
        expect(files[0]).not.toContain(secret)
    }
  })

  test('before the questionnaire is sent there is no date to take along', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    expect((await browser.get('/s/next.ics')).status).toBe(404)
    await answerPages(browser, 7)
    const response = await browser.get('/s/next.ics')
    expect([response.status, titleOf(await response.text())]).toEqual([404, 'Ouvrez à nouveau votre lien'])
  })

  test('looking at the receipt and taking the date along change nothing', async () => {
    const [, browser] = await done(service())
    const before = await dump(service().db)
    for (const address of ['/s', '/s/next.ics', '/s/next.ics?lang=en', '/s/1'])
      expect([(await browser.get(address)).status, (await browser.head(address)).status]).toEqual([200, 200])
    expect(await dump(service().db)).toEqual(before)
  })

  test('the receipt tells the newest published change of the programme, and only of this one', async () => {
    const [, browser] = await done(service())
    expect(await receiptIn(browser)).not.toContain('id="learned"')
    await publishChange(service(), { cohort: '2024', on: '2026-08-01', estimate: 7.25 })
    expect(await receiptIn(browser)).toContain('Mesure tevo.2024.w1.1')
    await publishChange(service(), { cohort: 'phase-1', on: '2026-09-01', estimate: -4 })
    await publishChange(service(), { cohort: 'phase-2', on: '2026-10-01', estimate: null })
    await publishChange(service(), { cohort: '2023', on: '2026-10-02', by: 'gender', estimate: 9 })
    await publishChange(service(), { programme: 'other', on: '2026-10-03', estimate: 9 })
    const html = await receiptIn(browser, '?lang=en')
    expect(html).toContain('Measure tevo.phase-1.w1.1, since before departure.')
    expect(html).toContain('On average, −4.0 points (between −5.5 and −2.5) on a scale from 0 to 100. 80 people')
    expect(html).toContain('<a href="/impact/tevo.phase-1.w1.1?lang=en">See the published figures</a>')
    expect(html).not.toMatch(/2024|2023|phase-2|other/)
  })
})

const run = promisify(execFile)
const PRINT = `
  import { nextWaveCalendar } from './service/responses/next-wave.ts'
  const { controller, name } = JSON.parse(process.argv[1])
  console.log(nextWaveCalendar({
    opensOn: Temporal.PlainDate.from('2027-03-28'), wave: 'Six months after return', language: 'en',
    programme: { programme: 'tevo', name, controller }, baseUrl: 'https://retour.example',
    now: Temporal.Instant.from('2026-10-20T23:30:00Z'),
  }))`

test.each(['UTC', 'Europe/Paris', 'Pacific/Auckland', 'Pacific/Kiritimati', 'America/Los_Angeles', 'Asia/Kathmandu'])(
  'where the process is in %s, the event is on the day the wave opens, the whole day',
  async (TZ) => {
    const programme = { name: { fr: 'P', en: 'P' }, controller: { contact: 'suivi@retour.example' } }
    const { stdout } = await run(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', PRINT, JSON.stringify(programme)],
      { env: { ...process.env, TZ } },
    )
    expect(stdout).toContain('DTSTART;VALUE=DATE:20270328\r\nDTEND;VALUE=DATE:20270329\r\n')
    expect(stdout).toContain('DTSTAMP:20261020T233000Z\r\n')
  },
)
