// axe finds nothing in the six questionnaires, from the welcome to the receipt, in both languages, in light and in dark.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { LANGUAGES } from '../platform/i18n.ts'
import { findBarriers } from '../platform/testing-axe.ts'
import { follow, openInspected } from '../platform/testing-browser.ts'
import {
  ACTIVITY,
  answerPage,
  isAsking,
  next,
  openWorld,
  type Volunteer,
  WAVES,
  type World,
} from './testing-browser.ts'

let world: World
let volunteer: Volunteer
let page: Page

beforeAll(async () => {
  world = await openWorld()
  volunteer = await world.invite()
  page = await openInspected(world.browser)
})
afterAll(() => world?.close())

test('axe would notice a control without a label, a faint text and a page without a language', async () => {
  await page.goto(await volunteer.open('w0'))
  await follow(page.locator('a.button'))
  await page.evaluate(`
    document.querySelector('.option span').remove()
    document.querySelector('.option span').style.color = '#888'
    document.documentElement.lang = ''
  `)
  const rules = (await findBarriers(page)).map((barrier) => barrier.split(' ').slice(0, 2).join(' '))
  expect(rules.sort()).toEqual(['color-contrast (light)', 'html-has-lang (light)', 'label (light)'])
  await page.evaluate(`document.querySelector('.option span').style.color = '#555'`)
  expect((await findBarriers(page)).filter((barrier) => barrier.startsWith('color-contrast (dark)'))).toHaveLength(1)
})

/** A group of controls that does not say what it is about, which axe lets pass. */
const NAMELESS = 'fieldset:not(:has(> legend)):not([aria-labelledby])'

/** The page has no barriers in either language; whoever reads its title knows which page it is. */
async function expectNoBarriers(path: string, titles: Set<string | undefined>): Promise<void> {
  for (const language of LANGUAGES.toReversed()) {
    await page.goto(`${volunteer.url}${path}?lang=${language}`)
    expect(await page.locator('html').getAttribute('lang')).toBe(language)
    const title = await page.title()
    expect(titles).not.toContain(title)
    titles.add(title)
    expect(await findBarriers(page)).toEqual([])
    expect(await page.locator(NAMELESS).count()).toBe(0)
  }
}

test.each(WAVES)('no page of %s has a barrier, and no two have the same title', async (wave) => {
  const titles = new Set<string>()
  await page.goto(await volunteer.open(wave))
  await expectNoBarriers('/s', titles)
  await follow(page.locator('a.button'))
  for (let pages = 1; await isAsking(page); pages++) {
    expect(pages).toBeLessThan(10)
    await expectNoBarriers(new URL(page.url()).pathname, titles)
    await answerPage(page, { ACT_NOW: ACTIVITY[wave], ACT_CAL: 'U' }, 'what is wished')
    await follow(next(page))
  }
  expect(await page.locator('#next').count()).toBe(wave === 'w5' ? 0 : 1)
  await expectNoBarriers('/s', new Set())
})
