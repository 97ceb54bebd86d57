// axe finds nothing on what volunteers meet around the questions: errors, doubts, and every page that says one thing.
import type { Hono } from 'hono'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ensureLink } from '../access/personal-links.queries.ts'
import { mailboxRoutes } from '../demonstration/mailbox.routes.tsx'
import type { FittedInstrument, FittedItem } from '../instruments/fit.ts'
import { createWeb, type Web } from '../platform/http.tsx'
import { LANGUAGES, wordsIn } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import { findBarriers } from '../platform/testing-axe.ts'
import { findFocus, follow, openInspected, serveForBrowser } from '../platform/testing-browser.ts'
import { tick } from '../tick.ts'
import { QuestionPage } from './questions.pages.tsx'
import {
  answerPage,
  back,
  fillPeriod,
  isAsking,
  next,
  openWorld,
  type Volunteer,
  type World,
} from './testing-browser.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

describe.each(LANGUAGES)('in %s', (language) => {
  const t = wordsIn(language)
  let volunteer: Volunteer
  let page: Page
  beforeAll(async () => {
    volunteer = await world.invite(language)
    page = await openInspected(world.browser, language)
  })
  afterAll(() => page?.context().close())

  /** The page with this heading is shown, in the reader's language, and has no barriers. */
  async function expectNoBarriersOn(heading: string): Promise<void> {
    expect(await page.locator('h1').textContent()).toBe(heading)
    expect(await page.locator('html').getAttribute('lang')).toBe(language)
    expect(await findBarriers(page)).toEqual([])
  }

  /** What is wrong is said above the form, has the keyboard, and leads to its field; a wrong page's title says so. */
  async function expectSummary(kind: 'errors' | 'doubts', items: readonly string[]): Promise<void> {
    const links = await page.locator(`.${kind} a`).all()
    expect(await Promise.all(links.map((link) => link.getAttribute('href')))).toEqual(items.map((item) => `#${item}`))
    expect((await page.title()).startsWith(t('form.errorPrefix'))).toBe(kind === 'errors')
    expect(await page.locator(`.${kind}`).evaluate((summary) => summary.matches(':focus'))).toBe(true)
    expect(await findFocus(page)).toMatchObject({ tag: 'section', visible: true })
    expect(await findBarriers(page)).toEqual([])
  }

  test('before it opens, a link leads to a page without barriers', async () => {
    await page.goto(await volunteer.link('w2'))
    await expectNoBarriersOn(t('early.title'))
  })

  test('errors, doubts and cleared answers are without barriers', async () => {
    await page.goto(await volunteer.open('w2'))
    await follow(page.locator('a.button'))
    await follow(next(page))
    await expectSummary('errors', ['ACT_NOW'])
    await answerPage(page, { ACT_NOW: '1' })
    await follow(next(page))

    await fillPeriod(page, 1, ['2026-09', '2026-12', 'U'])
    await fillPeriod(page, 2, ['2026-11', '2027-02', 'E'])
    for (const value of ['1', '6']) await page.locator(`[name=MOB_SINCE][value="${value}"]`).check()
    await follow(next(page))
    await expectSummary('errors', ['ACT_CAL', 'MOB_SINCE'])
    await page.locator('[name=MOB_SINCE][value="6"]').uncheck()
    await fillPeriod(page, 2, ['2027-02', '2027-02', 'E'])
    await follow(next(page))
    await expectSummary('doubts', ['ACT_CAL'])
    await follow(next(page))

    await answerPage(page)
    await page.locator('[name="JOB_PLACE.declined"]').check()
    await follow(next(page))
    await expectSummary('errors', ['JOB_PLACE'])
    await page.locator('[name="JOB_PLACE.declined"]').uncheck()
    await follow(next(page))
    for (const _ of [3, 2, 1]) await follow(back(page))
    await page.locator('[name=ACT_NOW][value="4"]').check()
    await follow(next(page))
    expect(await page.locator('.notice[role=status] li').count()).toBe(5)
    expect(await findBarriers(page)).toEqual([])
  })

  test('a line that cannot be and one that hardly can be are said without barriers', async () => {
    const other = await world.invite(language)
    await page.goto(await other.open('w0'))
    await follow(page.locator('a.button'))
    for (let pages = 1; pages < 5; pages++) {
      await answerPage(page, { ACT_NOW: '1' }, 'what is wished')
      await follow(next(page))
    }
    await page.locator('#BIRTH_Y').fill('1800')
    await follow(next(page))
    await expectSummary('errors', ['BIRTH_Y'])
    await page.locator('#BIRTH_Y').fill('1941')
    await follow(next(page))
    await expectSummary('doubts', ['BIRTH_Y'])
  })

  test('the types of question no wave asks yet are without barriers, wrong or right', async () => {
    const { url, close } = await serveForBrowser(everyOtherType())
    for (const wrong of ['', '&wrong=yes']) {
      await page.goto(`${url}/types?lang=${language}${wrong}`)
      expect(await page.locator('#answers fieldset').count()).toBe(4)
      expect(await page.locator('p.error').count()).toBe(wrong ? 4 : 0)
      expect(await findBarriers(page)).toEqual([])
    }
    await close()
  })

  test('what was sent twice, a closed link, an unknown one and somebody else’s are without barriers', async () => {
    const [first, second] = [await world.invite(language), await world.invite(language)]
    const link = await first.open('w5')
    await page.goto(link)
    await follow(page.locator('a.button'))
    await page.context().request.get((await second.link('w5')).replace(second.url, first.url))
    await follow(next(page))
    await expectNoBarriersOn(t('other.title'))

    const otherDevice = await openInspected(world.browser, language)
    for (const device of [otherDevice, page]) {
      await device.goto(link)
      await follow(device.locator('a.button'))
    }
    while (await isAsking(page)) {
      await answerPage(page, { ACT_NOW: '1' }, 'what is wished')
      await follow(next(page))
    }
    await expectNoBarriersOn(t('receipt.title'))
    await answerPage(otherDevice, { ACT_NOW: '3' })
    await follow(next(otherDevice))
    expect(await otherDevice.locator('.notice').textContent()).toBe(t('receipt.notKept'))
    expect(await findBarriers(otherDevice)).toEqual([])
    await otherDevice.context().close()

    await page.goto((await first.link('w1')).replace('rv1s_', 'rv1s_no'))
    await expectNoBarriersOn(t('unknown.title'))
    await page.goto(await first.link('w1'))
    await expectNoBarriersOn(t('closed.title'))
  })

  test('asking for a new link is without barriers, also when the address is not one', async () => {
    await page.goto(`${volunteer.url}/link`)
    await expectNoBarriersOn(t('link.title'))
    await page.locator('#email').fill('nobody@')
    await follow(page.locator('main button'))
    await expectSummary('errors', ['email'])
    await page.locator('#email').fill('nobody@example.org')
    await follow(page.locator('main button'))
    await expectNoBarriersOn(t('linkAsked.title'))
  })

  test('stopping mail, and an address that leads nowhere, are without barriers', async () => {
    const subject = { purpose: 'stop', subjectId: volunteer.memberId, generation: 1 } as const
    const token = await ensureLink(world.service.db, world.service.config.keys.link, subject, null)
    await page.goto(`${volunteer.url}/u/${token}`)
    await expectNoBarriersOn(t('stop.title'))
    await follow(page.locator('main button'))
    await expectNoBarriersOn(t('stopped.title'))
    await page.goto(`${volunteer.url}/nowhere`)
    await expectNoBarriersOn(t('error.notFound.title'))
  })

  test('the demonstration’s mailbox is without barriers, empty or not', async () => {
    const { service } = world
    await page.setViewportSize({ width: 1280, height: 640 }) // axe cannot judge colours scrolled out of sight
    const web = createWeb(service.log)
    web.route('/', mailboxRoutes(service))
    const { url, close } = await serveForBrowser(web)
    if (language === LANGUAGES[0]) {
      await page.goto(`${url}/mailbox`)
      expect(await page.locator('table').count()).toBe(0)
      await expectNoBarriersOn(t('mailbox.title'))
    }
    await tick(service)
    await page.goto(`${url}/mailbox`)
    await expectNoBarriersOn(t('mailbox.title'))
    await follow(page.locator('table a').first())
    await page.locator('summary').click()
    expect(await findBarriers(page)).toEqual([])
    await close()
  })
})

/** A page with an item of each type that the six instruments have no use for. */
function everyOtherType(): Hono<Web> {
  const common = { core: false, routing: false, sensitive: false, dontKnow: true, once: false }
  const text = { fr: 'Combien ?', en: 'How many?' }
  const items: FittedItem[] = [
    { ...common, item: 'WHOLE', type: 'integer', text, min: 0, max: 99 },
    { ...common, item: 'PARTS', type: 'decimal', text, min: 0, max: 9, decimals: 1 },
    { ...common, item: 'DAY', type: 'date', text, min: '2020-01-01', max: '2030-01-01' },
    { ...common, item: 'LINE', type: 'text', text, maxLength: 80, short: true },
  ]
  const title = { fr: 'Tout le reste', en: 'All the rest' }
  const instrument: FittedInstrument = { instrument: 'rest', version: 1, minutes: 1, pages: [{ title, items }] }
  const web = createWeb(world.service.log)
  web.get('/types', (c) =>
    sendPage(
      c,
      QuestionPage({
        language: c.req.query('lang') === 'en' ? 'en' : 'fr',
        programme: world.service.frame.programmes[0]!,
        instrument,
        page: 1,
        answers: {},
        entered: () => ({ values: ['1'] }),
        formReference: 'none',
        problems: c.req.query('wrong')
          ? items.flatMap((item) => (item.type === 'info' ? [] : [{ item, because: 'unreadable', months: [] }]))
          : [],
      }) as HtmlEscapedString,
    ),
  )
  return web
}
