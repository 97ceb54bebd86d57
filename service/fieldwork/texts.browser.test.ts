// Words and questionnaires in a real browser, without a script: a text is changed from end to end, and nothing bars anybody.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { staffDoor } from '../access/guard.routes.tsx'
import { inviteStaff } from '../access/manage-staff.actions.ts'
import { signInRoutes } from '../access/sign-in.routes.tsx'
import { hashOf } from '../instruments/store-versions.actions.ts'
import { storeVersion } from '../instruments/versions.queries.ts'
import { createWeb } from '../platform/http.tsx'
import { LANGUAGES, type Language, wordsIn } from '../platform/i18n.ts'
import { findBarriers } from '../platform/testing-axe.ts'
import { follow, openBrowser, openDevice, openInspected, serveForBrowser } from '../platform/testing-browser.ts'
import { openTestService, type TestService } from '../testing.ts'
import { mailTextsOf } from '../waves/deps.ts'
import { instrumentRoutes } from './instruments.routes.tsx'
import { textRoutes } from './texts.routes.tsx'

let service: TestService
let served: Awaited<ReturnType<typeof serveForBrowser>>
let browser: Browser

beforeAll(async () => {
  service = await openTestService('PGlite', '2026-11-22T12:00:00Z')
  const w1 = structuredClone(service.bank.instruments.get('w1')!)
  w1.pages.at(-1)!.items.pop()
  const next = { ...w1, version: 3 }
  await storeVersion(service.db, next, hashOf(next))
  const app = createWeb(service.log)
  app.route('/', staffDoor(service))
  app.route('/', signInRoutes(service))
  app.route('/', textRoutes(service))
  app.route('/', instrumentRoutes(service))
  served = await serveForBrowser(app)
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await served?.close()
  await service?.close()
})

/** Signs a person in through their invitation, in their language. */
async function enter(page: Page, language: Language = 'fr'): Promise<void> {
  const grants = [{ role: 'fieldwork', programme: 'tevo' }] as const
  const { link } = await inviteStaff(service, { email: 'sam@example.org', grants, actor: 'test' })
  await service.db.updateTable('access.staff').set({ language }).execute()
  await page.goto(`${served.url}${new URL(link).pathname}`)
  await follow(page.locator('main button'))
}

const at = (path: string) => `${served.url}/staff/programmes/tevo${path}`

test('a text is changed, looked at, saved and put back, without a script', async () => {
  const page = await openDevice(browser)
  await enter(page)
  await page.goto(at('/texts'))
  await follow(page.getByRole('link', { name: 'Remerciement' }))
  await page.locator('[id="subject.fr"]').fill('Merci <b>mille fois</b>')
  await follow(page.getByRole('button', { name: 'Enregistrer…' }))
  expect(await page.locator('.errors').textContent()).toContain('ni balise')
  await page.locator('[id="subject.fr"]').fill('Merci, vos réponses sont là')
  await follow(page.getByRole('button', { name: 'Aperçu' }))
  expect(await page.locator('#shown-fr + dl dd').first().textContent()).toBe('Merci, vos réponses sont là')

  const [laidOut] = await Promise.all([
    page.context().waitForEvent('page'),
    page.getByRole('button', { name: 'Voir la mise en page' }).first().click(),
  ])
  await laidOut.waitForLoadState()
  expect(await laidOut.title()).toBe('Merci, vos réponses sont là')
  expect(
    await laidOut.locator('.paper').evaluate((one) => one.ownerDocument.defaultView!.getComputedStyle(one).padding),
  ).toBe('24px 16px 32px')
  await laidOut.close()

  await follow(page.getByRole('button', { name: 'Enregistrer…' }))
  expect(await page.locator('ins').first().textContent()).toBe('là')
  await follow(page.getByRole('button', { name: 'Confirmer et enregistrer' }))
  expect(await page.getByRole('status').textContent()).toContain('version 1')
  expect(mailTextsOf(service, 'tevo').thanks).toMatchObject({ subject: { fr: 'Merci, vos réponses sont là' } })
  expect(mailTextsOf(service, 'tevo').thanks.text).toEqual(service.mailTexts.thanks.text)

  await follow(page.getByRole('link', { name: 'Revenir au texte du fichier…' }))
  await follow(page.getByRole('button', { name: 'Revenir au texte du fichier' }))
  expect(mailTextsOf(service, 'tevo').thanks).toEqual(service.mailTexts.thanks)
  await follow(page.getByRole('link', { name: 'Version 1' }))
  await follow(page.getByRole('button', { name: 'Remettre ce texte' }))
  expect(mailTextsOf(service, 'tevo').thanks.subject.fr).toBe('Merci, vos réponses sont là')
  await page.context().close()
})

const PAGES = [
  '/texts',
  '/texts/thanks',
  '/texts/reminder-2',
  '/texts/thanks/file',
  '/texts/thanks/versions/1',
  '/instruments',
  '/instruments/w1',
  '/instruments/w1?page=2',
  '/instruments/w1/compare',
  '/instruments/w1/compare?with=w0',
]

test.each(LANGUAGES)(
  'axe finds nothing on any of the pages, on any screen, in %s',
  async (language) => {
    const page = await openInspected(browser, language)
    await enter(page, language)
    for (const path of PAGES)
      for (const width of [320, 1280]) {
        await page.setViewportSize({ width, height: 900 })
        await page.goto(at(path))
        expect([path, await findBarriers(page)]).toEqual([path, []])
        expect([path, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([path, width])
      }
    await page.goto(at('/texts/thanks'))
    await page.locator('[id="text.fr"]').fill('')
    await follow(page.getByRole('button', { name: wordsIn(language)('texts.preview') }))
    expect(await page.locator('[aria-invalid]').count()).toBeGreaterThan(0)
    expect(await findBarriers(page)).toEqual([])
    await page.context().close()
  },
  120_000,
)

test('a questionnaire prints whole, without what is only for screens', async () => {
  const page = await openInspected(browser)
  await enter(page)
  await page.goto(at('/instruments/w1'))
  await page.emulateMedia({ media: 'print' })
  expect(await page.locator('header').isVisible()).toBe(false)
  expect(await page.locator('main nav').isVisible()).toBe(false)
  for (const fieldset of await page.locator('main fieldset').all()) expect(await fieldset.isVisible()).toBe(true)
  await page.context().close()
})
