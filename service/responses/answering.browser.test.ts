// A volunteer answers on a narrow phone without JavaScript, in a real browser.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureLink } from '../access/personal-links.queries.ts'
import { createApp } from '../app.ts'
import { openBrowser, serveForBrowser } from '../platform/testing-browser.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'

const OPEN = '2026-10-26T12:00:00Z'
let service: TestService
let served: Awaited<ReturnType<typeof serveForBrowser>>
let browser: Browser

beforeAll(async () => {
  service = await openTestService('PGlite', OPEN)
  await enrol(service, [{}, { matricule: 'TEVO1-0002', langue: 'en' }])
  served = await serveForBrowser(createApp(service))
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await served?.close()
  await service?.close()
})

async function linkOf(matricule: string): Promise<string> {
  const { id, closes_at } = await service.db
    .selectFrom('fieldwork.case as case')
    .innerJoin('identity.panel_member as member', 'member.id', 'case.member_id')
    .where('member.matricule', '=', matricule)
    .where('case.wave', '=', 'w1')
    .select(['case.id', 'case.closes_at'])
    .executeTakeFirstOrThrow()
  const token = await ensureLink(
    service.db,
    service.config.keys.link,
    { purpose: 'survey', subjectId: id, generation: 1 },
    closes_at,
  )
  return `${served.url}/s/${token}`
}

async function openPhone(link: string): Promise<Page> {
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 320, height: 640 } })
  const page = await context.newPage()
  await page.goto(link)
  return page
}

/** Nothing reaches beyond the screen's right edge. */
async function expectNoSidewaysScroll(page: Page): Promise<void> {
  for (const element of await page.locator('main *').all()) {
    const box = await element.boundingBox()
    if (box) expect(Math.round(box.x + box.width)).toBeLessThanOrEqual(320)
  }
}

/** Chooses the first answer of every question on the page. */
async function answerPage(page: Page): Promise<void> {
  for (const question of await page.locator('fieldset').all()) {
    const choice = question.locator('input[type=radio], input[type=checkbox]').first()
    const text = question.locator('textarea, input[type=text]')
    if ((await text.count()) > 0) await text.first().fill('Plus de temps pour préparer le départ.')
    else await choice.check()
  }
}

test.each([
  ['TEVO1-0001', 'fr', 'Merci, vos réponses sont bien arrivées'],
  ['TEVO1-0002', 'en', 'Thank you, your answers have arrived'],
])(
  '%s completes the return questionnaire at 320 pixels without JavaScript, in %s',
  async (matricule, language, thanks) => {
    const page = await openPhone(await linkOf(matricule))
    expect(await page.locator('html').getAttribute('lang')).toBe(language)
    await page.locator('a.button').click()
    for (let pages = 0; pages < 10 && (await page.locator('form').count()) > 0; pages++) {
      await expectNoSidewaysScroll(page)
      await answerPage(page)
      await page.locator('button[value=next]').click()
    }
    expect(await page.locator('h1').textContent()).toBe(thanks)
    const answered = await service.db
      .selectFrom('answers.response')
      .where('language', '=', language)
      .select(['submitted_on', 'answers'])
      .executeTakeFirstOrThrow()
    expect(answered.submitted_on?.toString()).toBe('2026-10-26')
    expect(Object.keys(answered.answers)).toHaveLength(18)
    await page.context().close()
  },
)

test('the same link opened on another device goes on where the first one stopped', async () => {
  await enrol(service, [{ matricule: 'TEVO1-0003' }])
  const link = await linkOf('TEVO1-0003')
  const first = await openPhone(link)
  await first.locator('a.button').click()
  await first.locator('input[value="6"]').check()
  await first.locator('button[value=next]').click()
  await first.context().close()

  const second = await openPhone(link)
  expect(await second.locator('h1').textContent()).toBe('Vous avez déjà commencé')
  await second.locator('a.button').click()
  expect(await second.locator('.place').textContent()).toBe('Page 2 sur 6')
  await second.locator('button[value=back]').click()
  expect(await second.locator('input[value="6"]').isChecked()).toBe(true)
  await second.context().close()
})
