// Pages stay legible as their readers need them: enlarged, with more space between letters and lines, without motion.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addStyle, findCutOff, findOverlaps, follow, openDevice } from '../platform/testing-browser.ts'
import { ACTIVITY, answerPage, isAsking, next, openWorld, type World } from './testing-browser.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

/** What WCAG 1.4.12 asks pages to bear. */
const SPACED = `* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
  p { margin-bottom: 2em !important }`

const NEEDS = {
  'enlarged to 200 % on a screen of 1280 pixels': { width: 640, style: '' },
  'with letters of twice the size': { width: 1280, style: 'html { font-size: 200% !important }' },
  'with the spacing of WCAG 1.4.12 on a phone': { width: 320, style: SPACED },
  'with the spacing of WCAG 1.4.12, enlarged': { width: 640, style: SPACED },
}

async function expectLegible(page: Page): Promise<void> {
  for (const [need, { width, style }] of Object.entries(NEEDS)) {
    await page.setViewportSize({ width, height: 640 })
    await addStyle(page, style)
    expect({ need, cutOff: await findCutOff(page), overlaps: await findOverlaps(page) }).toEqual({
      need,
      cutOff: [],
      overlaps: [],
    })
    await page.evaluate(`document.head.lastElementChild.remove()`)
  }
}

test.each(['w1', 'w2'] as const)(
  'nothing of %s is cut off or covered, however it is enlarged or spaced',
  async (wave) => {
    const volunteer = await world.invite()
    const page = await openDevice(world.browser, { bypassCSP: true })
    await page.goto(await volunteer.open(wave))
    await expectLegible(page)
    await follow(page.locator('a.button'))
    await follow(next(page))
    expect(await page.locator('.errors').count()).toBe(1)
    while (await isAsking(page)) {
      await expectLegible(page)
      await answerPage(page, { ACT_NOW: ACTIVITY[wave], ACT_CAL: 'U', JOB_PLACE: 'VC' }, 'what is wished')
      await follow(next(page))
    }
    await expectLegible(page)
    await page.goto(`${volunteer.url}/link`)
    await expectLegible(page)
    await page.context().close()
  },
)

test('text that is cut off or covered is noticed', async () => {
  const page = await openDevice(world.browser, { bypassCSP: true })
  const volunteer = await world.invite()
  await page.goto(await volunteer.open('w1'))
  await addStyle(page, 'h1 { height: 10px; overflow: hidden } h2 { margin-bottom: -30px }')
  expect(await findCutOff(page)).toEqual([expect.stringContaining('h1')])
  expect(await findOverlaps(page)).toContainEqual(expect.stringContaining('Avant de répondre'))
  await page.context().close()
})

test('nothing moves for those who asked for no motion', async () => {
  const volunteer = await world.invite()
  for (const [reducedMotion, behaviour] of [
    ['reduce', 'auto'],
    ['no-preference', 'smooth'],
  ] as const) {
    const page = await openDevice(world.browser, { reducedMotion })
    await page.goto(await volunteer.open('w1'))
    expect(await page.evaluate('getComputedStyle(document.documentElement).scrollBehavior')).toBe(behaviour)
    expect(await page.evaluate('document.getAnimations().length')).toBe(0)
    await page.context().close()
  }
})
