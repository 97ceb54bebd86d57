// What becomes of a page that is not finished, not right, or only doubtful: what is right is kept, and the rest is said.
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import type { TestService } from '../testing.ts'
import {
  answerPages,
  type Browser,
  type Fields,
  formOf,
  IN_W2,
  invite,
  inviteAgain,
  languageOf,
  onEachEngineWithService,
  pageOf,
  readText,
  toldAbout,
  type Volunteer,
  W1,
} from './testing.ts'

const LAST = W1.length
/** What is said at the top of a page, line by line. */
const summaryOf = (html: string): string[] =>
  [...html.matchAll(/<li><a href="#\w+">([^<]*)<\/a>/g)].map(([, line]) => readText(line!))
const fieldsOf = (html: string) => formOf(html).fields.filter(([name, value]) => name !== 'ref' && value !== '')
const answersOf = async (volunteer: Volunteer) => (await volunteer.stored()).answers ?? {}

/** Somebody whose calendar has six months, September 2026 to February 2027, on its page. */
async function atCalendar(service: TestService, cells = {}): Promise<[Volunteer, Browser, string]> {
  const volunteer = await invite(service, { now: IN_W2, wave: 'w2', ...cells })
  const browser = await volunteer.open()
  await browser.fill(await pageOf(browser, 1), { ACT_NOW: '1' })
  return [volunteer, browser, await pageOf(browser, 2)]
}

/** Somebody on the last page of w1. */
async function atTheEnd(service: TestService, cells = {}): Promise<[Volunteer, Browser, string]> {
  const volunteer = await invite(service, cells)
  const browser = await volunteer.open()
  await answerPages(browser, LAST - 1)
  return [volunteer, browser, await pageOf(browser, LAST)]
}

const reported = (months: Record<string, string | number>) =>
  Object.entries(months).map(([month, state]) => ({ month, state, source: 'reported' }))

onEachEngineWithService((service) => {
  test('a calendar left in the middle is kept as far as it went, and asked again before the end', async () => {
    const [volunteer, browser, html] = await atCalendar(service())
    const started = { 'ACT_CAL.1.from': '2026-09', 'ACT_CAL.1.to': '2026-11', 'ACT_CAL.1.state': 'U' }
    expect((await browser.fill(html, started, 'fr')).status).toBe(303)
    const kept = reported({ '2026-09': 'U', '2026-10': 'U', '2026-11': 'U' })
    expect((await answersOf(volunteer)).ACT_CAL).toEqual(kept)
    expect(await (await browser.get('/s')).text()).toContain('href="/s/2?lang=fr"')
    const once = await browser.fill(await pageOf(browser, 2), {})
    expect([once.status, (await answersOf(volunteer)).ACT_CAL]).toEqual([422, kept])
    expect((await browser.fill(await once.text(), {})).status).toBe(303)
    expect((await answersOf(volunteer)).ACT_CAL).toEqual([
      ...kept,
      ...reported({ '2026-12': -4, '2027-01': -4, '2027-02': -4 }),
    ])
  })

  test('what was said last time, shown and left as it is, is nobody’s answer before they go on with it', async () => {
    const volunteer = await invite(service())
    await answerPages(await volunteer.open())
    const again = await inviteAgain(service(), volunteer.memberId, { wave: 'w2', now: IN_W2 })
    const browser = await again.open()
    const html = await pageOf(browser, 1)
    expect(fieldsOf(html)).toContainEqual(['ACT_NOW', '4'])
    expect((await browser.fill(html, {}, 'en')).headers.get('location')).toBe('/s/1?lang=en')
    expect((await again.stored()).receipt).toBe(null)
    expect((await browser.fill(html, {})).headers.get('location')).toBe('/s/2?lang=fr')
    expect((await answersOf(again)).ACT_NOW).toBe(4)
  })

  test('what is right on a page is saved although something else on it is not, and what is blank is not', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    await answerPages(browser, 3)
    const before = await answersOf(volunteer)
    const typed = { TER_ACT: ['2', '6'], RECIP: '4', LANG_LVL: 'declined' }
    const response = await browser.fill(await pageOf(browser, 4), typed)
    const html = await response.text()
    expect([response.status, languageOf(html)]).toEqual([422, 'fr'])
    expect(summaryOf(html)).toEqual([
      "Avez-vous fait vivre votre expérience dans le territoire de la collectivité partenaire\u00a0? Une des réponses cochées ne va pas avec les autres\u00a0: gardez l'une ou les autres.",
    ])
    expect(await answersOf(volunteer)).toEqual({ ...before, RECIP: 4, LANG_LVL: -3 })
    expect(fieldsOf(html)).toEqual([
      ['TER_ACT', '2'],
      ['TER_ACT', '6'],
      ['RECIP', '4'],
      ['LANG_LVL', 'declined'],
    ])
    expect((await browser.fill(html, { TER_ACT: '6' })).headers.get('location')).toBe('/s/5?lang=fr')
    expect(await answersOf(volunteer)).toEqual({ ...before, LINK_FREQ: -4, TER_ACT: [6], RECIP: 4, LANG_LVL: -3 })
  })

  test('an answer stays as it was saved while what is typed over it is wrong, and goes when it is taken away', async () => {
    const [volunteer, browser, html] = await atTheEnd(service())
    await browser.fill(html, { OPEN_IMP: 'Gardé.', GENDER: '1', BIRTH_Y: '2000' }, 'back')
    const wrong = await browser.fill(await pageOf(browser, LAST), { BIRTH_Y: '20O0', OPEN_IMP: '' })
    expect([wrong.status, toldAbout(await wrong.text())]).toEqual([422, ['BIRTH_Y']])
    const { BIRTH_Y, GENDER, OPEN_IMP, MOB_PRIOR } = await answersOf(volunteer)
    expect([BIRTH_Y, GENDER, OPEN_IMP, MOB_PRIOR]).toEqual([2000, 1, -4, undefined])
    expect(fieldsOf(await pageOf(browser, LAST))).toEqual([
      ['BIRTH_Y', '2000'],
      ['GENDER', '1'],
    ])
  })

  test.each<[string, number, Fields, string]>([
    ['several boxes and a refusal', 4, { TER_ACT: '1', 'TER_ACT.declined': 'declined' }, 'TER_ACT'],
    ['two radios at once', 4, { RECIP: ['3', 'declined'] }, 'RECIP'],
    ['a month and a refusal', 2, { 'ACT_CAL.1.state': 'E', 'ACT_CAL.declined': 'declined' }, 'ACT_CAL'],
    ['not knowing and a refusal', 2, { JOB_CONTRACT: ['unknown', 'declined'] }, 'JOB_CONTRACT'],
    ['a number and a refusal', LAST, { BIRTH_Y: '2000', 'BIRTH_Y.declined': 'declined' }, 'BIRTH_Y'],
    ['a text and a refusal', LAST, { OPEN_IMP: 'x', 'OPEN_IMP.declined': 'declined' }, 'OPEN_IMP'],
  ])('%s cannot both stand', async (_, page, fields, item) => {
    const volunteer = await invite(service(), { langue: 'en' })
    const browser = await volunteer.open()
    await browser.fill(await pageOf(browser, 1), { ACT_NOW: '1' })
    for (const go of ['next', 'back', 'fr', 'en'] as const) {
      const response = await browser.fill(await pageOf(browser, page), fields, go)
      const html = await response.text()
      expect([response.status, toldAbout(html)]).toEqual([422, [item]])
      if (go === 'en') expect(summaryOf(html)[0]).toMatch(/Two answers contradict each other: keep one\.$/)
      expect(fieldsOf(html)).toEqual(
        expect.arrayContaining(Object.entries(fields).flatMap(([name, all]) => [all].flat().map((one) => [name, one]))),
      )
    }
    expect(await answersOf(volunteer)).not.toHaveProperty(item)
  })

  test('one more period may be asked for until there is one for each month, and what stands stays', async () => {
    const [volunteer, browser, first] = await atCalendar(service())
    const rows = (html: string) => [...html.matchAll(/<fieldset class="period">/g)].length
    expect(rows(first)).toBe(3)
    let html = first
    for (const expected of [4, 5, 6]) {
      expect(html).toContain('name="go" value="more"')
      const response = await browser.fill(html, { 'ACT_CAL.1.to': '2026-09', 'ACT_CAL.1.state': 'E' }, 'more')
      html = await response.text()
      expect([response.status, rows(html), toldAbout(html)]).toEqual([200, expected, []])
      expect(fieldsOf(html)).toEqual(expect.arrayContaining([['ACT_CAL.1.state', 'E']]))
    }
    expect(html).not.toContain('name="go" value="more"')
    expect((await browser.fill(html, {}, 'more')).status).toBe(200)
    const months = ['2026-09', '2026-10', '2026-11', '2026-12', '2027-01', '2027-02']
    const every = months.flatMap((month, at) =>
      Object.entries({ from: month, to: month, state: at % 2 ? 'A' : 'S' }).map(([part, value]) => [
        `ACT_CAL.${at + 1}.${part}`,
        value,
      ]),
    )
    expect((await browser.fill(html, Object.fromEntries(every))).headers.get('location')).toBe('/s/3?lang=fr')
    const states = Object.fromEntries(months.map((month, at) => [month, at % 2 ? 'A' : 'S']))
    expect((await answersOf(volunteer)).ACT_CAL).toEqual(reported(states))
    expect(rows(await pageOf(browser, 2))).toBe(6)
  })

  test('whoever asks for one more period is told of nothing yet, and loses nothing', async () => {
    const [volunteer, browser, html] = await atCalendar(service(), { langue: 'en' })
    const typed = { 'ACT_CAL.1.to': '2026-10', 'ACT_CAL.2.from': '2027-01', MOB_SINCE: ['1', '6'], EDU_RESUME: '3' }
    const response = await browser.fill(html, typed, 'more')
    const more = await response.text()
    expect([response.status, toldAbout(more), languageOf(more)]).toEqual([200, [], 'en'])
    expect(more).not.toContain('role="alert"')
    const standing = Object.entries(typed).flatMap(([name, all]) => [all].flat().map((one) => [name, one]))
    expect(fieldsOf(more)).toEqual(expect.arrayContaining(standing))
    expect(await answersOf(volunteer)).toMatchObject({ EDU_RESUME: 3 })
    expect(await answersOf(volunteer)).not.toHaveProperty('ACT_CAL')
    const next = await browser.fill(more, {})
    expect([next.status, toldAbout(await next.text())]).toEqual([422, ['ACT_CAL', 'MOB_SINCE']])
  })

  test('months left out are asked about once, by name, and then are blank', async () => {
    const [volunteer, browser, html] = await atCalendar(service())
    const period = { 'ACT_CAL.1.to': '2026-12', 'ACT_CAL.1.state': 'E' }
    const doubtful = await browser.fill(html, period)
    const page = await doubtful.text()
    expect([doubtful.status, toldAbout(page)]).toEqual([422, ['ACT_CAL']])
    expect(summaryOf(page)[0]).toMatch(/Rien n'est indiqué pour janvier 2027 et février 2027\. Complétez, ou continuez/)
    expect(page).toContain('<section class="doubts" role="alert"')
    expect(page).not.toContain('class="errors"')
    const { headers } = await browser.fill(page, {})
    expect(headers.get('location')).toBe('/s/3?lang=fr')
    const months = { '2026-09': 'E', '2026-10': 'E', '2026-11': 'E', '2026-12': 'E', '2027-01': -4, '2027-02': -4 }
    expect((await answersOf(volunteer)).ACT_CAL).toEqual(reported(months))
  })

  test.each<[string, Fields, RegExp, unknown]>([
    ['a year that is unusual', { BIRTH_Y: '1940' }, /This answer is unusual/, 1940],
    ['an address in a text', { OPEN_IMP: 'me@example.org' }, /address or a telephone number/, 'me@example.org'],
    ['a number in a text', { OPEN_IMP: 'At 06 12 34 56 78.' }, /address or a telephone number/, 'At 06 12 34 56 78.'],
  ])('%s is asked about once, and then taken', async (_, fields, message, answer) => {
    const [volunteer, browser, html] = await atTheEnd(service(), { langue: 'en' })
    const [item = ''] = Object.keys(fields)
    const doubtful = await browser.fill(html, fields)
    const page = await doubtful.text()
    expect([doubtful.status, toldAbout(page), languageOf(page)]).toEqual([422, [item], 'en'])
    expect(summaryOf(page)).toEqual([expect.stringMatching(message)])
    expect((await volunteer.stored()).submitted_on).toBe(null)
    expect((await browser.fill(page, {})).headers.get('location')).toBe('/s?lang=en')
    expect(await answersOf(volunteer)).toMatchObject({ [item]: answer })
    expect((await volunteer.stored()).submitted_on).not.toBe(null)
  })

  test('two doubts are put at once, and having seen one is not having seen another', async () => {
    const [volunteer, browser, html] = await atTheEnd(service())
    const typed = { BIRTH_Y: '1940', OPEN_IMP: 'me@example.org' }
    const both = await browser.fill(html, typed)
    expect(toldAbout(await both.text())).toEqual(['BIRTH_Y', 'OPEN_IMP'])
    for (const seen of ['BIRTH_Y:unusual', 'BIRTH_Y', 'OPEN_IMP:unusual', ':', '*', '__proto__:unusual']) {
      const one = await browser.fill(html, { ...typed, seen })
      expect([one.status, toldAbout(await one.text()).includes('OPEN_IMP')]).toEqual([422, true])
    }
    const wrong = await browser.fill(html, { BIRTH_Y: '2016', seen: 'BIRTH_Y:unusual' })
    expect([wrong.status, toldAbout(await wrong.text())]).toEqual([422, ['BIRTH_Y']])
    expect((await volunteer.stored()).submitted_on).toBe(null)
    expect(
      (await browser.fill(html, { ...typed, seen: ['BIRTH_Y:unusual', 'OPEN_IMP:personal details'] })).status,
    ).toBe(303)
    expect((await volunteer.stored()).submitted_on).not.toBe(null)
  })

  test('nobody is doubted on the way back, nor for choosing a language', async () => {
    const [volunteer, browser, html] = await atTheEnd(service())
    expect((await browser.fill(html, { BIRTH_Y: '1940' }, 'back')).headers.get('location')).toBe('/s/7?lang=fr')
    expect((await browser.fill(html, { BIRTH_Y: '1941' }, 'en')).headers.get('location')).toBe('/s/8?lang=en')
    expect(await answersOf(volunteer)).toMatchObject({ BIRTH_Y: 1941 })
    expect((await browser.fill(await pageOf(browser, LAST, '?lang=en'), {})).status).toBe(422)
  })

  test.each<[string, Fields, RegExp]>([
    [
      'two states for one month',
      { '1.to': '2026-11', '1.state': 'E', '2.from': '2026-10', '2.to': '2027-02', '2.state': 'S' },
      /for October 2026 and November 2026: keep/,
    ],
    [
      'an end before its beginning',
      { '1.from': '2026-11', '1.to': '2026-10', '1.state': 'E' },
      /before it begins \(November 2026 and October 2026\)/,
    ],
    ['a period without a state', { '1.to': '2026-11' }, /A period is incomplete/],
    ['a period without an end', { '2.from': '2026-11', '2.state': 'E' }, /A period is incomplete/],
    ['a month that is not asked', { '1.to': '2027-03', '1.state': 'E' }, /One of the months is not on the list/],
    ['a state that is none', { '1.to': '2026-11', '1.state': 'Z' }, /This answer is not in the list/],
  ])('of a calendar with %s nothing is kept, and the page says why', async (_, parts, message) => {
    const [volunteer, browser, html] = await atCalendar(service(), { langue: 'en' })
    const fields = Object.fromEntries(Object.entries(parts).map(([part, value]) => [`ACT_CAL.${part}`, value]))
    const response = await browser.fill(html, { ...fields, EDU_RESUME: '3' })
    const page = await response.text()
    expect([response.status, toldAbout(page)]).toEqual([422, ['ACT_CAL']])
    expect(summaryOf(page)[0]).toMatch(message)
    const { ACT_CAL, EDU_RESUME } = await answersOf(volunteer)
    expect([ACT_CAL, EDU_RESUME]).toEqual([undefined, 3])
  })

  test('periods that share a month and agree are one', async () => {
    const [volunteer, browser, html] = await atCalendar(service())
    const fields = { '1.to': '2026-12', '1.state': 'E', '2.from': '2026-12', '2.to': '2027-02', '2.state': 'E' }
    const response = await browser.fill(
      html,
      Object.fromEntries(Object.entries(fields).map(([part, value]) => [`ACT_CAL.${part}`, value])),
    )
    expect(response.status).toBe(303)
    expect(fieldsOf(await pageOf(browser, 2))).toEqual([
      ['ACT_CAL.1.from', '2026-09'],
      ['ACT_CAL.1.to', '2027-02'],
      ['ACT_CAL.1.state', 'E'],
    ])
    expect((await answersOf(volunteer)).ACT_CAL).toHaveLength(6)
  })

  test('a page that changes nothing is not written', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    await answerPages(browser, 4)
    const written = async () => {
      const { pseudonym } = await volunteer.stored()
      const { rows } = await sql<{ by: string }>`
        select xmin::text as by from answers.response where pseudonym = ${pseudonym}`.execute(service().db)
      return rows
    }
    const before = await written()
    for (const page of [4, 3, 2, 1]) {
      const html = await pageOf(browser, page)
      for (const go of ['next', 'back', 'fr', 'more'] as const) await browser.fill(html, {}, go)
      await browser.fill(html, page === 4 ? { TER_ACT: ['1', '6'] } : { ACT_NOW: '99' })
    }
    expect(await written()).toEqual(before)
    await browser.fill(await pageOf(browser, 4), { RECIP: '5' })
    expect(await written()).not.toEqual(before)
  })
})
