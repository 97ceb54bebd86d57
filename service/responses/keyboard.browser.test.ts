// A whole wave with its calendar by keyboard alone: no mouse, and the place of the keyboard always in sight.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { wordsIn } from '../platform/i18n.ts'
import { addStyle, type Focus, findFocus, openDevice } from '../platform/testing-browser.ts'
import { openWorld, type World } from './testing-browser.ts'

const t = wordsIn('fr')
let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

/** Presses Tab until the keyboard is where it should be; at each stop it can be seen. */
async function tabTo(page: Page, isThere: (focus: Focus) => boolean, key = 'Tab'): Promise<Focus> {
  for (let stops = 0; stops < 80; stops++) {
    await page.keyboard.press(key)
    const focus = await findFocus(page)
    expect(focus).toMatchObject({ visible: true })
    if (isThere(focus)) return focus
  }
  throw new Error('the keyboard never came there')
}

const field = (name: string) => (focus: Focus) => focus.name === name
const button = (text: string) => (focus: Focus) => focus.tag === 'button' && focus.text === text

/** Presses Enter, and waits for the page it leads to. */
async function enter(page: Page): Promise<void> {
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')])
}

/** Opens a list's line by the first letters of what it says. */
async function choose(page: Page, name: string, letters: string, value: string): Promise<void> {
  await tabTo(page, field(name))
  await page.keyboard.type(letters)
  expect(await findFocus(page)).toMatchObject({ name, value })
}

/** Answers whatever comes, the first choice each time, up to the button that goes on. */
async function answerOn(page: Page): Promise<void> {
  const answered = new Set<string>()
  for (;;) {
    const focus = await tabTo(page, ({ tag }) => ['input', 'select', 'button'].includes(tag))
    if (focus.tag === 'button' && focus.text === 'Suivant') return enter(page)
    if (focus.tag === 'select') await page.keyboard.type('Mad')
    else if (focus.tag === 'input' && !answered.has(focus.name)) await page.keyboard.press('Space')
    if (/declined|unknown/.test(focus.name)) await page.keyboard.press('Space') // and back again
    answered.add(focus.name)
  }
}

describe.each([
  ['with scripts off', false],
  ['with scripts on', true],
] as const)('%s', (_, javaScriptEnabled) => {
  test('a volunteer answers the second wave without a mouse', async () => {
    const volunteer = await world.invite()
    const page = await openDevice(world.browser, {
      javaScriptEnabled,
      reducedMotion: 'reduce', // nothing is still moving when it is looked at
      viewport: { width: 800, height: 600 },
    })
    await page.goto(await volunteer.open('w2'))
    expect(await tabTo(page, () => true)).toMatchObject({ text: 'Aller au contenu' })
    await page.keyboard.press('Enter')
    await tabTo(page, ({ text }) => text === 'Commencer')
    await enter(page)

    // Nothing said: Enter sends the form, and the error has the keyboard and leads to its question.
    await tabTo(page, field('ACT_NOW'))
    await enter(page)
    expect(await findFocus(page)).toMatchObject({ tag: 'section', visible: true })
    expect(await page.title()).toMatch(/^Erreur/)
    await tabTo(page, ({ tag }) => tag === 'a')
    await page.keyboard.press('Enter')
    expect(await findFocus(page)).toMatchObject({ tag: 'fieldset', id: 'ACT_NOW', visible: true })
    await tabTo(page, () => true)
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowDown')
    expect(await findFocus(page)).toMatchObject({ name: 'ACT_NOW', value: '2', visible: true })
    await page.keyboard.press('ArrowUp')
    await tabTo(page, button('Suivant'))
    await enter(page)
    expect(await page.locator('.place').textContent()).toBe('Page 2 sur 6')

    // Two periods that lie on one another, put right by way of the error's link.
    await choose(page, 'ACT_CAL.1.to', 'd', '2026-12')
    await choose(page, 'ACT_CAL.1.state', 'Rech', 'U')
    if (javaScriptEnabled) {
      const months = 'janvier 2027 et février 2027'
      expect(await page.locator('[role=status]').textContent()).toBe(t('calendar.left', { months }))
      expect(await page.locator('[id="ACT_CAL.2.from"]').inputValue()).toBe('2027-01')
    }
    await choose(page, 'ACT_CAL.2.from', 'n', '2026-11')
    await choose(page, 'ACT_CAL.2.to', 'f', '2027-02')
    await choose(page, 'ACT_CAL.2.state', 'Empl', 'E')
    await tabTo(page, button('Suivant'))
    await enter(page)
    expect(await findFocus(page)).toMatchObject({ tag: 'section', visible: true })
    await tabTo(page, ({ tag }) => tag === 'a')
    await page.keyboard.press('Enter')
    expect(await findFocus(page)).toMatchObject({ tag: 'fieldset', id: 'ACT_CAL', visible: true })
    await choose(page, 'ACT_CAL.2.from', 'j', '2027-01')
    await tabTo(page, field('ACT_CAL.1.state'), 'Shift+Tab')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowDown')
    if (javaScriptEnabled) expect(await page.locator('[role=status]').textContent()).toBe(t('calendar.full'))
    await tabTo(page, button('Ajouter une période'))
    await enter(page)
    expect(await findFocus(page)).toMatchObject({ name: 'ACT_CAL.4.from', visible: true })
    await answerOn(page)

    expect(await page.locator('.place').textContent()).toBe('Page 3 sur 6')
    for (let pages = 3; pages < 6; pages++) await answerOn(page)
    expect(await page.locator('.place').textContent()).toBe('Page 6 sur 6')

    // Enter in a line presses the form's own button, and not the one that would change the language.
    await tabTo(page, field('BIRTH_Y'))
    await page.keyboard.type('2001')
    await enter(page)
    expect(await page.locator('h1').textContent()).toBe('Merci, vos réponses sont bien arrivées')

    const months = ['2026-09', '2026-10', '2026-11', '2026-12', '2027-01', '2027-02']
    expect(await volunteer.stored('w2')).toMatchObject({
      language: 'fr',
      submitted_on: expect.anything(),
      answers: {
        ACT_NOW: 1,
        ACT_CAL: months.map((month, index) => ({ month, state: index < 4 ? 'U' : 'E', source: 'reported' })),
        EDU_RESUME: 1,
        JOB_PLACE: 'MG',
        LIFE_SAT: 0,
        BIRTH_Y: 2001,
        GENDER: -4,
      },
    })
    await page.context().close()
  })
})

test('a keyboard whose place cannot be seen is noticed', async () => {
  const volunteer = await world.invite()
  const page = await openDevice(world.browser, { bypassCSP: true })
  await page.goto(await volunteer.open('w2'))
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  expect(await findFocus(page)).toMatchObject({ visible: true })
  await addStyle(page, ':focus-visible { outline: none }')
  expect(await findFocus(page)).toMatchObject({ visible: false })
  await page.context().close()
})

test('the language is changed by keyboard from within a page, there and back', async () => {
  const volunteer = await world.invite('en')
  const page = await openDevice(world.browser)
  await page.goto(await volunteer.open('w0'))
  await tabTo(page, ({ text }) => text === wordsIn('en')('welcome.begin'))
  await enter(page)
  for (const [name, language] of [
    ['Français', 'fr'],
    ['English', 'en'],
  ] as const) {
    await tabTo(page, button(name))
    await enter(page)
    expect(await page.locator('html').getAttribute('lang')).toBe(language)
  }
  await page.context().close()
})
