// The console in a real browser: a programme is begun without a script, and every kind of page bars nobody, at any width.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { inviteStaff } from './access/manage-staff.actions.ts'
import { createApp } from './app.ts'
import type { Language } from './platform/i18n.ts'
import { findBarriers } from './platform/testing-axe.ts'
import { follow, openBrowser, openDevice, openInspected, serveForBrowser } from './platform/testing-browser.ts'
import { answerWave, enrolCohort } from './publications/testing.ts'
import { IN_W1 } from './responses/testing.ts'
import { readPlanSources } from './surveys.ts'
import { openTestService, registerOf, type TestService } from './testing.ts'
import { tick } from './tick.ts'
import { storeFirstPlans } from './waves/publish-plan.actions.ts'
import { refreshPlans } from './waves/refresh-plans.actions.ts'

let service: TestService
let served: Awaited<ReturnType<typeof serveForBrowser>>
let browser: Browser

beforeAll(async () => {
  service = await openTestService('PGlite', IN_W1)
  await storeFirstPlans(service, readPlanSources('surveys'))
  await refreshPlans(service)
  await enrolCohort(service, 'all', 40, (place) => ({
    ...(place < 3 && { courriel: '' }),
    date_depart: '2026-01-15',
    date_retour_prevue: '2026-09-15',
    date_retour_effective: '2026-09-15',
  }))
  await tick(service)
  await answerWave(service, 'all', 'w1', (place) => (place > 30 ? null : 'complete'))
  served = await serveForBrowser(createApp(service))
  browser = await openBrowser()
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await served?.close()
  await service?.close()
})

const EVERYTHING = [{ role: 'administrator', programme: '*' }] as const
const at = (path: string) => `${served.url}${path}`

/** Opens an invitation, in the language the person has chosen. */
async function enter(page: Page, language: Language = 'fr'): Promise<void> {
  const { link } = await inviteStaff(service, { email: `${language}@example.org`, grants: EVERYTHING, actor: 'test' })
  await service.db
    .updateTable('access.staff')
    .set({ language })
    .where('email', '=', `${language}@example.org`)
    .execute()
  await page.goto(at(new URL(link).pathname))
  await follow(page.locator('main button'))
}

test('a programme is made, its register sent in, looked at and imported, and its people are there, without a script', async () => {
  const page = await openDevice(browser)
  await enter(page)
  await follow(page.getByRole('link', { name: 'Nouveau programme' }))
  for (const [label, value] of [
    ['Nom en français', 'Cap Sud'],
    ['Nom en anglais', 'Cap Sud'],
    ['Nom court', 'cap-sud'],
  ] as const)
    await page.getByLabel(label, { exact: true }).fill(value)
  await follow(page.getByRole('button', { name: 'Créer le programme' }))
  const file = join(service.folder, 'registre.csv')
  writeFileSync(
    file,
    registerOf([
      { matricule: 'CAP-1', prenom: 'Bintou' },
      { matricule: 'CAP-2', courriel: 'nowhere' },
    ]),
  )
  await page.getByLabel('Fichier du registre').setInputFiles(file)
  await follow(page.getByRole('button', { name: 'Voir ce qu' }))
  expect(await page.locator('main').innerText()).toContain('1 personnes ajoutées')
  await follow(page.getByRole('button', { name: 'Importer 1 personnes' }))
  await follow(page.getByRole('link', { name: 'Voir les volontaires' }))
  expect(await page.locator('tbody tr').allInnerTexts()).toEqual([expect.stringContaining('Bintou Ndiaye')])
})

test.each(['fr', 'en'] as const)(
  'no kind of page bars anybody, in %s',
  async (language) => {
    const page = await openInspected(browser, language)
    await enter(page, language)
    const barriers: string[] = []
    for (const path of await everyKind(page)) {
      for (const width of [1280, 375, 320]) {
        await page.setViewportSize({ width, height: 800 })
        await page.goto(at(path))
        const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth + 1')
        if (wide) barriers.push(`${path} is wider than ${width}`)
        if (width !== 375)
          barriers.push(...(await findBarriers(page)).map((barrier) => `${path} at ${width}: ${barrier}`))
      }
    }
    expect(barriers).toEqual([])
  },
  600_000,
)

/** One address of each kind of page that can be reached by links from the first. */
async function everyKind(page: Page): Promise<string[]> {
  const kinds = new Map<string, string>()
  const waiting = ['/staff']
  for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
    const kind = path
      .replace(/\?.*/, '')
      .replaceAll(/\/(tevo|cap-sud|w\d|ALL-\d+|CAP-\d|[\da-f-]{36}|\d+)(?=\/|$)/g, '/·')
      .replace(/texts\/[^/]+/, 'texts/·')
    if (kinds.has(kind) || /\.(csv|svg)$/.test(kind)) continue
    kinds.set(kind, path)
    await page.goto(at(path))
    const links: string[] = await page.evaluate(`[...document.querySelectorAll('a[href^="/staff"]')]
      .map((link) => link.getAttribute('href').replace(/#.*/, ''))`)
    waiting.push(...links)
  }
  return [...kinds.values()]
}
