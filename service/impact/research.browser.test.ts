// The research pages in a real browser: pictures load, nothing offends the pages' own security policy, nobody is kept out.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureLink } from '../access/personal-links.queries.ts'
import { createApp } from '../app.ts'
import type { FittedQuestion } from '../instruments/fit.ts'
import { LANGUAGES, wordsIn } from '../platform/i18n.ts'
import { findBarriers } from '../platform/testing-axe.ts'
import { findCutOff, openBrowser, openInspected, serveForBrowser } from '../platform/testing-browser.ts'
import { closeWave } from '../publications/close-wave.actions.ts'
import { answerWave, enrolCohort } from '../publications/testing.ts'
import { savePageOfCase } from '../responses/save-page.actions.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'

let service: TestService
let served: Awaited<ReturnType<typeof serveForBrowser>>
let browser: Browser

beforeAll(async () => {
  service = await openTestService('PGlite', '2025-12-20T12:00:00Z')
  await enrol(
    service,
    Array.from({ length: 40 }, (_, index) => ({ matricule: `TEVO1-${index}` })),
  )
  await answerAll('w0', '2')
  service.clock.jumpTo(Temporal.Instant.from('2026-10-26T12:00:00Z'))
  await answerAll('w1', '4')
  await closeWave(service, { programme: 'tevo', cohort: 'phase-1', wave: 'w1', actor: 'test', early: true })
  await enrolCohort(service, 'large', 160)
  for (const [wave, of] of [
    ['w0', 8],
    ['w1', 7],
    ['w2', 6],
    ['w3', 7],
  ] as const) {
    await answerWave(service, 'large', wave, (place) => (place % 8 < of ? 'complete' : null))
    await closeWave(service, { programme: 'tevo', cohort: 'large', wave, actor: 'test', early: true })
  }
  served = await serveForBrowser(createApp(service))
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
  await served?.close()
  await service?.close()
})

async function answerAll(wave: string, value: string): Promise<void> {
  const cases = await service.db.selectFrom('fieldwork.case').where('wave', '=', wave).select('id').execute()
  const given = (item: FittedQuestion) => ({
    values: ['single', 'multiple', 'likert', 'rating'].includes(item.type) ? [value] : [],
  })
  for (const { id } of cases) {
    let page: number | 'receipt' = 1
    while (page !== 'receipt') {
      const saved = await savePageOfCase(service, {
        caseId: id,
        page,
        language: 'fr',
        go: 'next',
        given,
        seen: () => true,
      })
      if (!saved.ok) throw new Error(saved.because)
      page = saved.next
    }
  }
}

test.each([
  ['fr', 'évolution par rapport à', 1100],
  ['en', 'change since before departure', 320],
])(
  'the page of a publication shows its change as a picture and as a table, in %s',
  async (language, heading, width) => {
    const page = await browser.newPage({ viewport: { width, height: 800 } })
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    page.on('requestfailed', (request) => complaints.push(request.url()))
    await page.goto(`${served.url}/impact?lang=${language}`)
    await page.locator('table a', { hasText: 'phase-1' }).click()
    expect((await page.locator('h2').allTextContents()).join()).toContain(heading)
    for (const picture of await page.locator('img').all()) {
      expect(
        await picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
      ).toBeGreaterThan(100)
      expect(Math.round((await picture.boundingBox())!.width)).toBeLessThanOrEqual(width)
    }
    await page.locator('summary').first().click()
    expect(await page.locator('table').first().locator('tbody tr').count()).toBeGreaterThan(0)
    expect(complaints).toEqual([])
    await page.close()
  },
)

test.each(LANGUAGES)('axe finds nothing on what is published, on any screen, in %s', async (language) => {
  const t = wordsIn(language)
  const page = await openInspected(browser, language)
  const id = await service.db
    .selectFrom('fieldwork.case')
    .where('wave', '=', 'w1')
    .select('id')
    .executeTakeFirstOrThrow()
  const subject = { purpose: 'survey', subjectId: id.id, generation: 1 } as const
  const receipt = await ensureLink(service.db, service.config.keys.link, subject, null)
  for (const width of [320, 1280]) {
    await page.setViewportSize({ width, height: 800 })
    await page.goto(`${served.url}/impact?lang=${language}`)
    expect(await page.locator('h1').textContent()).toBe(t('impact.title'))
    expect(await findBarriers(page)).toEqual([])
    await page.locator('table a', { hasText: 'phase-1' }).click()
    await page.locator('figure').first().waitFor()
    expect(await findBarriers(page)).toEqual([])
    for (const summary of await page.locator('summary').all()) await summary.click()
    expect(await findBarriers(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    await page.goto(`${served.url}/s/${receipt}`)
    await page.goto(`${served.url}/s?lang=${language}`)
    expect(await page.locator('#learned').textContent()).toBe(t('receipt.learned'))
    expect(await findBarriers(page)).toEqual([])
    expect(await findCutOff(page)).toEqual([])
  }
  await page.context().close()
})

test('a table wider than a phone can be scrolled with a keyboard', async () => {
  const page = await openInspected(browser)
  await page.goto(`${served.url}/impact`)
  await page.locator('table a', { hasText: 'phase-1' }).click()
  await page.locator('summary').first().click()
  expect(await findBarriers(page)).toEqual([])
})

test.each(LANGUAGES)(
  'a cohort is told on one page, which nothing bars and which prints whole, in %s',
  async (language) => {
    const t = wordsIn(language)
    const page = await openInspected(browser, language)
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 900 })
      await page.goto(`${served.url}/impact/tevo/large?lang=${language}`)
      expect(new URL(page.url()).pathname).toBe('/impact/tevo.large.w3.1')
      const heads = await page.locator('h2').allTextContents()
      for (const key of [
        'impact.changes.title',
        'impact.shares.title',
        'impact.states.title',
        'impact.transition.title',
        'impact.retention.title',
        'impact.register.title',
        'impact.method.title',
      ] as const)
        expect(heads).toContain(t(key))
      for (const picture of await page.locator('img').all()) {
        await picture.scrollIntoViewIfNeeded()
        expect(
          await picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
        ).toBeGreaterThan(100)
        expect(Math.round((await picture.boundingBox())!.width)).toBeLessThanOrEqual(width)
      }
      expect(await findBarriers(page)).toEqual([])
      for (const summary of await page.locator('summary').all()) await summary.click()
      expect(await findBarriers(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    }
    await page.goto(page.url())
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('header').isVisible()).toBe(false)
    for (const table of await page.locator('details table').all())
      expect((await table.boundingBox())!.height).toBeGreaterThan(20)
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(20_000)
    await page.context().close()
  },
)

test.each(LANGUAGES)(
  'groups are told one beside the other, one link from the page of everybody, in %s',
  async (language) => {
    const t = wordsIn(language)
    const page = await openInspected(browser, language)
    await page.goto(`${served.url}/impact/tevo.large.w1.1?lang=${language}`)
    await page
      .getByRole('navigation', { name: t('impact.groups') })
      .getByRole('link')
      .first()
      .click()
    expect(new URL(page.url()).searchParams.get('by')).not.toBeNull()
    for (const summary of await page.locator('summary').all()) await summary.click()
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 900 })
      for (const picture of await page.locator('img').all()) {
        await picture.scrollIntoViewIfNeeded()
        expect(
          await picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth),
        ).toBeGreaterThan(100)
      }
      expect(await findBarriers(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    }
    await page.getByRole('link', { name: t('impact.groups.back') }).click()
    expect(new URL(page.url()).searchParams.get('by')).toBeNull()
    await page.context().close()
  },
)

test.each(['tevo.large.w3.1', 'tevo.large.w1.1?by=gender'])(
  'every file the page of %s offers is there',
  async (path) => {
    const page = await openInspected(browser)
    await page.goto(`${served.url}/impact/${path}`)
    const addresses = await page
      .locator('.downloads a')
      .evaluateAll((links) => links.map((link) => (link as unknown as { href: string }).href))
    expect(addresses.length).toBeGreaterThan(8)
    for (const address of addresses) {
      const answer = await fetch(address)
      expect([address, answer.status]).toEqual([address, 200])
      const text = await answer.text()
      if (address.includes('.csv')) expect(text.split('\r\n').length).toBeGreaterThan(2)
      else expect(JSON.parse(text).$schema).toContain('vega-lite')
    }
    await page.context().close()
  },
)
