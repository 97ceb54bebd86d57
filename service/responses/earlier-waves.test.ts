// What a later wave knows of earlier ones: the last answers that may be said again, to whoever gave them, and no others.
import { expect, test } from 'vitest'
import { itemsOf } from '../instruments/instrument.ts'
import type { TestService } from '../testing.ts'
import { findAsked } from './find-asked.actions.ts'
import {
  answerPages,
  type Browser,
  dump,
  type Fields,
  formOf,
  IN_W0,
  IN_W1,
  IN_W2,
  IN_W3,
  invite,
  inviteAgain,
  onEachEngineWithService,
  pageOf,
  readText,
  titleOf,
  type Volunteer,
  W1,
  W1_STORED,
} from './testing.ts'

/** The whole of w0, with a gender kept to oneself and one answer asked once left blank. */
const W0: readonly Fields[] = [
  { ACT_NOW: '2', EDU_LEVEL: '5', LANG_LVL: '2' },
  { CMP_ADAPT: '1', CMP_DIVERS: '2' },
  { VOL_FREQ: '5', CIV_ACT: ['1', '5'], ENG_INT: '5' },
  { OUV_CONTEXT: '1' },
  { LIFE_SAT: '1', BIRTH_Y: '1999', GENDER: 'declined' },
]

const WHOLE_PERIOD = { 'ACT_CAL.1.from': '2026-09', 'ACT_CAL.1.to': '2027-02', 'ACT_CAL.1.state': 'E' }

/** What stands in a page without the form's reference and empty fields. */
const standing = (html: string) => formOf(html).fields.filter(([name, value]) => name !== 'ref' && value !== '')
const hintOf = (html: string, item: string) =>
  readText(new RegExp(`<p class="hint" id="${item}-hint">([^<]*)<`).exec(html)?.[1] ?? '')
const monthsAsked = (html: string): string[] => {
  const [, options = ''] = /<select id="ACT_CAL\.1\.from"[^>]*>(.*?)<\/select>/.exec(html) ?? []
  return [...options.matchAll(/value="(\d{4}-\d\d)"/g)].map(([, month]) => month!)
}
/** What a state of the calendar is called in French. */
const saidOf = ({ bank }: TestService, code: string): string =>
  itemsOf(bank.instruments.get('w2')!).flatMap((item) =>
    item.type === 'calendar' ? item.states.flatMap((state) => (state.code === code ? state.fr : [])) : [],
  )[0]!
const answersOf = async (volunteer: Volunteer) => (await volunteer.stored()).answers ?? {}

/** A page without what differs between any two people: the form's reference, and how many pages there are. */
const comparable = (html: string) =>
  html
    .replace(/name="ref" value="[^"]*"/, '')
    .replaceAll(/Page \d of \d/g, '')
    .replace(/<progress value="\d" max="\d"/, '')

/** A later wave of somebody who has answered the waves given, each in its field period. */
async function after(
  service: TestService,
  waves: readonly { wave: string; now: string; pages: readonly Fields[] }[],
  next: { wave: string; now: string },
  cells: { langue?: string } = {},
): Promise<[Volunteer, Browser, string]> {
  const { memberId } = await invite(service, cells)
  for (const { pages, ...wave } of waves) {
    const browser = await (await inviteAgain(service, memberId, wave)).open()
    const { status } = await answerPages(browser, pages.length, pages)
    expect([status, titleOf(await (await browser.get('/s?lang=fr')).text())]).toEqual([303, THANKS])
  }
  const volunteer = await inviteAgain(service, memberId, next)
  return [volunteer, await volunteer.open(), memberId]
}

const THANKS = 'Merci, vos réponses sont bien arrivées'
const IN = {
  w0: { wave: 'w0', now: IN_W0, pages: W0 },
  w1: { wave: 'w1', now: IN_W1, pages: W1 },
  w2: { wave: 'w2', now: IN_W2 },
  w3: { wave: 'w3', now: IN_W3 },
} as const

onEachEngineWithService((service) => {
  test('the situation said last time stands in the next wave, said with its month in the language of the page', async () => {
    const [volunteer, browser] = await after(service(), [IN.w0, IN.w1], IN.w2)
    const html = await pageOf(browser, 1)
    expect(standing(html)).toEqual([['ACT_NOW', '4']])
    expect(hintOf(html, 'ACT_NOW')).toBe(
      'La dernière fois, en octobre 2026, vous nous aviez dit\u00a0: «\u00a0En études ou en formation\u00a0». Est-ce toujours le cas\u00a0?',
    )
    expect(hintOf(await pageOf(browser, 1, '?lang=en'), 'ACT_NOW')).toBe(
      'Last time, in October 2026, you told us: “In education or training”. Is that still so?',
    )
    expect((await volunteer.stored()).receipt).toBe(null)
    expect((await browser.fill(html, {})).status).toBe(303)
    expect(await answersOf(volunteer)).toMatchObject({ ACT_NOW: 4 })
  })

  test('what was said two waves ago is said again where the wave in between was not answered', async () => {
    const [, browser] = await after(service(), [IN.w0], IN.w2)
    const html = await pageOf(browser, 1)
    expect(standing(html)).toEqual([['ACT_NOW', '2']])
    expect(hintOf(html, 'ACT_NOW')).toMatch(/^La dernière fois, en janvier 2026, .* «\u00a0À mon compte\u00a0»/)
  })

  test('what is answered now stands before what was said last time', async () => {
    const [volunteer, browser] = await after(service(), [IN.w0], { wave: 'w1', now: IN_W1 })
    expect(standing(await pageOf(browser, 1))).toEqual([['ACT_NOW', '2']])
    await browser.fill(await pageOf(browser, 1), { ACT_NOW: '7' })
    expect(standing(await pageOf(await volunteer.open(), 1))).toEqual([['ACT_NOW', '7']])
  })

  test('a calendar goes on from the last month known, which is shown, kept, or corrected', async () => {
    const [volunteer, browser, member] = await after(service(), [IN.w1], IN.w2)
    await browser.fill(await pageOf(browser, 1), { ACT_NOW: '1' })
    const html = await pageOf(browser, 2)
    expect(monthsAsked(html)).toEqual(['2026-09', '2026-10', '2026-11', '2026-12', '2027-01', '2027-02'])
    expect(standing(html).slice(0, 3)).toEqual([
      ['ACT_CAL.1.from', '2026-09'],
      ['ACT_CAL.1.to', '2026-09'],
      ['ACT_CAL.1.state', 'S'],
    ])
    const hint = hintOf(html, 'ACT_CAL')
    expect(hint).toContain(
      `La dernière fois, vous nous aviez dit pour septembre 2026\u00a0: «\u00a0${saidOf(service(), 'S')}\u00a0»`,
    )
    const sources = async () => {
      const { ACT_CAL } = await answersOf(volunteer)
      return (ACT_CAL as { month: string; state: string; source: string }[]).map((one) => `${one.state} ${one.source}`)
    }
    const four = Array(4).fill('S reported')
    await browser.fill(html, {
      'ACT_CAL.1.to': '2027-01',
      'ACT_CAL.2.from': '2027-02',
      'ACT_CAL.2.to': '2027-02',
      'ACT_CAL.2.state': 'U',
    })
    expect(await sources()).toEqual(['S carried', ...four, 'U reported'])
    await browser.fill(await pageOf(browser, 2), {
      ...WHOLE_PERIOD,
      'ACT_CAL.2.from': '',
      'ACT_CAL.2.to': '',
      'ACT_CAL.2.state': '',
    })
    expect(await sources()).toEqual(['E corrected', ...Array(5).fill('E reported')])

    for (let page = 3; page <= 5; page++) await browser.fill(await pageOf(browser, page), {})
    expect((await volunteer.stored()).submitted_on).not.toBe(null)
    const later = await (await inviteAgain(service(), member, IN.w3)).open()
    await later.fill(await pageOf(later, 1), { ACT_NOW: '1' })
    const third = await pageOf(later, 2)
    expect(monthsAsked(third)).toEqual(['2027-02', '2027-03', '2027-04', '2027-05', '2027-06', '2027-07', '2027-08'])
    expect(standing(third)).toContainEqual(['ACT_CAL.1.state', 'E'])
    expect(readText(third)).toContain('Pour chaque mois depuis février 2027')
  })

  test('a calendar that was left as it was shown asks about what is missing, and can be declined', async () => {
    const [volunteer, browser] = await after(service(), [IN.w1], IN.w2)
    const html = await pageOf(browser, 2)
    const doubtful = await browser.fill(html, {})
    expect(doubtful.status).toBe(422)
    expect((await browser.fill(html, { 'ACT_CAL.declined': 'declined' })).status).toBe(303)
    expect(await answersOf(volunteer)).toMatchObject({ ACT_CAL: -3 })
  })

  test('a month that was declined or left blank is not said again, and is asked', async () => {
    for (const fields of [{ 'ACT_CAL.declined': 'declined' }, {}]) {
      const pages = W1.map((page, at) => (at === 1 ? fields : page))
      const [, browser] = await after(service(), [{ ...IN.w1, pages }], IN.w2)
      const html = await pageOf(browser, 2)
      expect(monthsAsked(html)).toHaveLength(6)
      expect(standing(html)).toEqual([['ACT_CAL.1.from', '2026-09']])
      expect(hintOf(html, 'ACT_CAL')).toMatch(/^Une période par situation/)
    }
  })

  test('nothing else of earlier waves is on any page: it is the page of somebody who has answered nothing', async () => {
    const [known, browser] = await after(service(), [IN.w0, IN.w1], IN.w3, { langue: 'en' })
    const newcomer = await invite(service(), { ...IN.w3, langue: 'en' })
    const elsewhere = await newcomer.open()
    for (const one of [browser, elsewhere]) {
      await one.fill(await pageOf(one, 1), { ACT_NOW: '1' })
      expect(await (await one.get('/s')).text()).not.toMatch(/En études|Plus de temps/)
    }
    for (const query of ['', '?lang=fr', '?cleared=BIRTH_Y.LIFE_SAT.OPEN_IMP'])
      for (let page = 3; page <= 6; page++) {
        const html = await pageOf(browser, page, query)
        expect(standing(html)).toEqual([])
        const said = query.startsWith('?cleared') ? /<section class="notice" role="status">.*?<\/section>/ : /^$/
        expect(comparable(html).replace(said, '')).toBe(
          comparable(await pageOf(elsewhere, page, query)).replace(said, ''),
        )
      }
    const [first, second, last] = await Promise.all([1, 2, 7].map((page) => pageOf(browser, page)))
    expect(standing(first!)).toEqual([['ACT_NOW', '1']])
    expect(standing(second!).map(([name]) => name.split('.')[0])).toEqual(
      Array(standing(second!).length).fill('ACT_CAL'),
    )
    expect(standing(last!)).toEqual([])
    for (const html of [first!, second!, last!])
      expect(/<main.*/.exec(html)?.[0]).not.toMatch(/Plus de temps|1999|2000/)
    for (const page of [1, 2, 3, 4, 5, 6, 7]) expect(await pageOf(elsewhere, page)).not.toContain('Last time')
    expect(Object.keys(await answersOf(known))).toEqual(expect.not.arrayContaining(['LIFE_SAT', 'OPEN_IMP']))
  })

  test('of earlier waves nothing is even read but what is said again, and whether what is asked once has been answered', async () => {
    const [volunteer] = await after(service(), [IN.w0, IN.w1], IN.w2)
    const clock = volunteer.clock
    const asked = await findAsked({ ...service(), clock }, volunteer.caseId)
    expect(asked?.found.earlier).toEqual([
      { answeredOn: '2026-01-06', answers: { ACT_NOW: 2, BIRTH_Y: 1999, GENDER: -3, MOB_PRIOR: -4 } },
      {
        answeredOn: '2026-10-20',
        answers: { ACT_NOW: 4, ACT_CAL: W1_STORED.ACT_CAL, BIRTH_Y: -1, GENDER: -1, MOB_PRIOR: 2 },
      },
    ])
    expect((await volunteer.stored()).earlier?.map(({ answers }) => answers)).toEqual([null, null])
  })

  test('nobody is told what another member has said', async () => {
    const [, ana] = await after(service(), [{ ...IN.w1, pages: [{ ACT_NOW: '10' }, ...W1.slice(1)] }], IN.w2)
    const [, bo] = await after(service(), [{ ...IN.w1, pages: [{ ACT_NOW: '8' }, ...W1.slice(1)] }], IN.w2)
    const both = await Promise.all([ana, bo].map((browser) => pageOf(browser, 1)))
    expect(both.map((html) => standing(html))).toEqual([[['ACT_NOW', '10']], [['ACT_NOW', '8']]])
    expect(both.map((html) => hintOf(html, 'ACT_NOW').includes('Au foyer'))).toEqual([false, true])
  })

  test('what is asked once is asked in the first wave that is answered, and again only if it was left blank', async () => {
    const [volunteer, browser] = await after(service(), [IN.w0], { wave: 'w1', now: IN_W1 })
    await answerPages(browser, W1.length - 1)
    const html = await pageOf(browser, W1.length)
    for (const item of ['BIRTH_Y', 'GENDER']) expect(html).not.toContain(item)
    for (const item of ['MOB_PRIOR', 'OPEN_IMP']) expect(html).toContain(`name="${item}"`)
    const sent = await browser.fill(html, { MOB_PRIOR: '1', BIRTH_Y: '1950', GENDER: '1' })
    expect(sent.headers.get('location')).toBe('/s?lang=fr')
    expect(await answersOf(volunteer)).toMatchObject({ BIRTH_Y: -1, GENDER: -1, MOB_PRIOR: 1 })
  })

  test('a page on which everything has been asked before is not a page, and the questions promised are those asked', async () => {
    const [known] = await after(service(), [IN.w1], IN.w2)
    const newcomer = await invite(service(), IN.w2)
    const promised = async (volunteer: Volunteer) => {
      const welcome = await (await (await volunteer.open()).get('/s')).text()
      return Number(/(\d+) questions au plus/.exec(welcome)?.[1])
    }
    expect((await promised(newcomer)) - (await promised(known))).toBe(3)
    const browser = await known.open()
    await browser.fill(await pageOf(browser, 1), { ACT_NOW: '4' })
    expect(await pageOf(browser, 5)).toContain('Page 5 sur 5')
    expect([(await browser.get('/s/6')).status, (await (await newcomer.open()).get('/s/6')).status]).toEqual([303, 200])
  })

  test('a link passed on after the questionnaire was sent shows the receipt, the same whatever was answered', async () => {
    const [ana, , memberId] = await after(service(), [IN.w1], IN.w2)
    const others = W1.map((fields) => Object.fromEntries(Object.keys(fields).map((name) => [name, 'declined'])))
    const bo = await invite(service())
    await answerPages(await bo.open(), W1.length, [{ ACT_NOW: '9' }, {}, others[2]!, {}, ...others.slice(4, 7), {}])
    expect((await bo.stored()).submitted_on).not.toBe(null)
    const before = await dump(service().db)
    const pages: string[][] = []
    for (const volunteer of [await inviteAgain(service(), memberId, IN.w1), bo]) {
      const stranger = await volunteer.open({ 'Accept-Language': 'en' })
      const { receipt } = await volunteer.stored()
      const seen: string[] = []
      for (const address of ['/s', ...W1.map((_, at) => `/s/${at + 1}`), '/s/2?cleared=JOB_CONTRACT', '/s/next.ics']) {
        const response = await stranger.get(address)
        const html = (await response.text()).replaceAll(receipt!, 'RECEIPT')
        expect(response.status).toBe(200)
        if (address !== '/s/next.ics') expect([titleOf(html), html.includes('<form')]).toEqual([THANKS, false])
        seen.push(html)
      }
      pages.push(seen)
    }
    expect(pages[0]).toEqual(pages[1])
    expect(await dump(service().db)).toEqual(before)
    expect((await ana.stored()).receipt).toBe(null)
  })
})
