// The pages where mail is held, let go and sent, in a real browser: nobody is kept out, nothing is cut off, nothing offends
// the pages' own security policy.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { staffDoor } from '../access/guard.routes.tsx'
import { inviteStaff } from '../access/manage-staff.actions.ts'
import { signInRoutes } from '../access/sign-in.routes.tsx'
import { holdMail } from '../mailings/hold-mail.actions.ts'
import { sendAllDue, W1_OPENS } from '../mailings/testing.ts'
import { createWeb } from '../platform/http.tsx'
import { LANGUAGES, type Language } from '../platform/i18n.ts'
import { findBarriers } from '../platform/testing-axe.ts'
import {
  findCutOff,
  findSmallControls,
  follow,
  NARROW,
  openBrowser,
  openInspected,
  serveForBrowser,
} from '../platform/testing-browser.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import { mailRoutes } from './mail.routes.tsx'
import { waveRoutes } from './wave.routes.tsx'

const WAVE = '/staff/programmes/tevo/waves/w1'
const PAGES = [
  '/staff/mail?done=released',
  '/staff/mail/everything',
  WAVE,
  `${WAVE}?mail=reminder-1&language=fr&done=sentNow&count=3`,
  `${WAVE}?mail=invitation&matricule=X`,
  `${WAVE}/release`,
  `${WAVE}/send-now`,
  `${WAVE}/extend`,
]

let service: TestService
let served: Awaited<ReturnType<typeof serveForBrowser>>
let browser: Browser

beforeAll(async () => {
  service = await openTestService('PGlite', '2026-10-01T12:00:00Z')
  await enrol(
    service,
    [1, 2, 3].map((number) => ({ matricule: `TEVO1-000${number}`, courriel: `v${number}@example.org` })),
  )
  await enrol(service, [{ matricule: 'TEVO2-0001', courriel: 'v4@example.org', fuseau_horaire: 'Pacific/Auckland' }])
  service.clock.jumpTo(W1_OPENS)
  await sendAllDue(service)
  service.clock.jumpTo(W1_OPENS.add({ hours: 50 }))
  for (const scope of ['everything', 'wave tevo/w1']) await holdMail(service, { scope, actor: 'command line' })
  const app = createWeb(service.log)
  for (const routes of [staffDoor(service), signInRoutes(service), waveRoutes(service), mailRoutes(service)])
    app.route('/', routes)
  served = await serveForBrowser(app)
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await served?.close()
  await service?.close()
})

/** Signs a person in through their invitation, in their language; what the browser complains of from then on. */
async function enter(page: Page, language: Language): Promise<string[]> {
  const grants = [{ role: 'fieldwork', programme: '*' }] as const
  const { link } = await inviteStaff(service, { email: 'sam@example.org', grants, actor: 'test' })
  await service.db.updateTable('access.staff').set({ language }).execute()
  await page.goto(`${served.url}${new URL(link).pathname}`)
  await follow(page.locator('main button'))
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  return complaints
}

test.each(LANGUAGES)('axe finds nothing, and nothing is cut off or too small, in %s', async (language) => {
  const page = await openInspected(browser, language)
  await enter(page, language)
  for (const path of PAGES)
    for (const width of [NARROW, 1280]) {
      await page.setViewportSize({ width, height: 900 })
      const answer = await page.goto(`${served.url}${path}`)
      expect([path, answer?.status()]).toEqual([path, 200])
      expect([path, width, await findBarriers(page)]).toEqual([path, width, []])
      expect([path, width, await findSmallControls(page)]).toEqual([path, width, []])
      const cut = (await findCutOff(page)).filter((name) => !name.startsWith('section.scroll'))
      if (width !== NARROW) expect([path, cut]).toEqual([path, []])
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    }
  await page.context().close()
})

test('more time is given without a script, in three pages, and offends no policy', async () => {
  const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage()
  const complaints = await enter(page, 'fr')
  await page.goto(`${served.url}${WAVE}`)
  await follow(page.locator(`a[href="${WAVE}/extend"]`))
  await page.fill('#day', '2026-12-10')
  await page.selectOption('#cohort', 'phase-1')
  await follow(page.locator('main form button'))
  expect(await page.locator('main').textContent()).toContain('jeudi 10 décembre 2026 compris\u00a0: 3.')
  await follow(page.locator('main form button'))
  expect(await page.locator('.notice[role=status]').textContent()).toContain('3')
  expect(complaints).toEqual([])
  await page.context().close()
})
