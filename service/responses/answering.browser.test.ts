// Volunteers answer all six waves on a narrow phone without scripts, in a real browser; they stop, come back, change
// devices and languages.
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { questionsOf } from '../instruments/answers.ts'
import { LANGUAGES, sayMonth, wordsIn } from '../platform/i18n.ts'
import { findCutOff, findSmallControls, follow, openDevice, recordRequests } from '../platform/testing-browser.ts'
import { planOf } from '../waves/deps.ts'
import {
  ACTIVITY,
  answerPage,
  fillPeriod,
  isAsking,
  next,
  openWorld,
  questionsOn,
  type Volunteer,
  WAVES,
  type World,
} from './testing-browser.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.close())

async function expectFits(page: Page): Promise<void> {
  expect(await findCutOff(page)).toEqual([])
  expect(await findSmallControls(page)).toEqual([])
}

test('what does not fit the screen, and controls too small to hit, are noticed', async () => {
  const volunteer = await world.invite()
  const page = await openDevice(world.browser)
  await page.goto(await volunteer.open('w0'))
  await follow(page.locator('a.button'))
  await expectFits(page)
  await page.evaluate(`
    document.querySelector('h1').style.width = '400px'
    document.querySelector('.option').style.cssText = 'min-height: 0; padding: 0'
    document.querySelector('.button, .actions button').style.cssText = 'min-height: 0; padding: 0'
  `)
  expect((await findCutOff(page)).map((name) => name.split('.')[0])).toContain('h1')
  expect((await findSmallControls(page)).map((name) => name.split('.')[0])).toEqual(['label', 'button'])
  await page.context().close()
})

describe.each(LANGUAGES)('six waves in %s', (language) => {
  const t = wordsIn(language)
  let volunteer: Volunteer
  beforeAll(async () => {
    volunteer = await world.invite(language)
  })

  test.each(WAVES)('%s is answered to its end at 320 pixels without scripts', async (wave) => {
    const page = await openDevice(world.browser)
    const requests = recordRequests(page)
    await page.goto(await volunteer.open(wave))
    expect(requests.length).toBeLessThanOrEqual(3)
    expect(await page.locator('h1').textContent()).toBe(t('welcome.title'))
    await expectFits(page)
    await follow(page.locator('a.button'))
    const said: Record<string, unknown> = {}
    for (let pages = 1; await isAsking(page); pages++) {
      expect(pages).toBeLessThan(10)
      expect(await page.locator('html').getAttribute('lang')).toBe(language)
      await expectFits(page)
      if (pages === 1) await expectLastTime(page, wave)
      Object.assign(said, await answerPage(page, { ACT_NOW: ACTIVITY[wave] }))
      await follow(next(page))
    }
    expect(await page.locator('h1').textContent()).toBe(t('receipt.title'))
    await expectFits(page)
    expect(requests.every((address) => address.startsWith(volunteer.url))).toBe(true)

    const stored = (await volunteer.stored(wave))!
    expect(stored).toMatchObject({ language, answers: said })
    expect(stored.submitted_on).not.toBeNull()
    const { instrument } = planOf(world.service, 'tevo').waves.find((one) => one.wave === wave)!
    const asked = questionsOf(world.service.bank.instruments.get(instrument)!).map(({ item }) => item)
    expect(Object.keys(stored.answers as object).sort()).toEqual(asked.sort())
    await page.context().close()
  })

  /** From the second wave on, the first question shows what was said in the one before, and in which month. */
  async function expectLastTime(page: Page, wave: (typeof WAVES)[number]): Promise<void> {
    const before = WAVES[WAVES.indexOf(wave) - 1]
    expect(await page.locator('[name=ACT_NOW]:checked').count()).toBe(before ? 1 : 0)
    if (!before) return
    expect(await page.locator('[name=ACT_NOW]:checked').getAttribute('value')).toBe(ACTIVITY[before])
    const { submitted_on } = (await volunteer.stored(before))!
    const month = sayMonth(submitted_on!.toPlainYearMonth().toString(), language)
    expect(await page.locator('#ACT_NOW-hint').textContent()).toContain(month)
  }

  test('the calendars of five waves cover every month once, and the last month of each was shown again', async () => {
    const waves = WAVES.slice(1)
    const stored = await Promise.all(waves.map((wave) => volunteer.stored(wave)))
    const months = stored.map((one) => (one!.answers as { ACT_CAL: { month: string; source: string }[] }).ACT_CAL)
    for (const [index, one] of months.entries()) {
      const carried = one.filter(({ source }) => source === 'carried').map(({ month }) => month)
      expect(carried).toEqual(index === 0 ? [] : [months[index - 1]!.at(-1)!.month])
    }
    expect(new Set(months.flat().map(({ month }) => month)).size).toBe(36)
  })
})

test('a link opened ten times, and then on another device, goes on where its owner stopped', async () => {
  const volunteer = await world.invite()
  const link = await volunteer.open('w2')
  const phone = await openDevice(world.browser)
  await phone.goto(link)
  await follow(phone.locator('a.button'))
  await answerPage(phone, { ACT_NOW: '6' })
  await follow(next(phone))
  await fillPeriod(phone, 1, ['2026-09', '2026-11', 'U'])
  await fillPeriod(phone, 2, ['2026-12', '2027-02', 'E'])
  await follow(next(phone))
  for (let times = 0; times < 10; times++) {
    await phone.goto(link)
    expect(await phone.locator('h1').textContent()).toBe('Vous avez déjà commencé')
  }
  await phone.context().close()

  const computer = await openDevice(world.browser, { viewport: { width: 1280, height: 800 } })
  await computer.goto(link)
  await follow(computer.locator('a.button'))
  expect(await computer.locator('.place').textContent()).toBe('Page 3 sur 6')
  await follow(computer.locator('.actions button[value=back]'))
  expect(await valuesIn(computer)).toEqual(['2026-09', '2026-11', 'U', '2026-12', '2027-02', 'E', '', '', ''])
  await computer.context().close()
})

const valuesIn = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('#ACT_CAL select')].map((list) => list.value)`)

test('a change of language in the middle of a page keeps what stands in it, right or not, there and back', async () => {
  const volunteer = await world.invite()
  const page = await openDevice(world.browser)
  await page.goto(await volunteer.open('w2'))
  await follow(page.locator('a.button'))
  await answerPage(page, { ACT_NOW: '1' })
  await follow(next(page))

  await fillPeriod(page, 1, ['2026-09', '2026-11', 'U'])
  await page.locator('[id="ACT_CAL.2.to"]').selectOption('2026-10') // half a period
  await page.locator('[name=EDU_RESUME][value="2"]').check()
  await page.locator('[name=MOB_SINCE][value="1"]').check()
  const typed = (await valuesIn(page)).slice(0, 6)
  const expectKept = async () => {
    expect((await valuesIn(page)).slice(0, 6)).toEqual(typed)
    const checked = await page.locator('#answers :checked:not(option)').evaluateAll((fields) => fields.length)
    expect(checked).toBe(2)
  }
  for (const [button, language, title] of [
    ['English', 'en', 'Your path'],
    ['Français', 'fr', 'Votre parcours'],
  ] as const) {
    const pressed = page.getByRole('button', { name: button })
    expect(await pressed.getAttribute('lang')).toBe(language)
    await follow(pressed)
    expect(await page.locator('html').getAttribute('lang')).toBe(language)
    expect(await page.locator('h1').textContent()).toBe(title)
    await expectKept()
  }

  await follow(page.getByRole('button', { name: 'English' }))
  await page.locator('[id="ACT_CAL.2.from"]').selectOption('2026-12')
  await page.locator('[id="ACT_CAL.2.to"]').selectOption('2027-02')
  await page.locator('[id="ACT_CAL.2.state"]').selectOption('E')
  await follow(next(page))
  expect(await page.locator('.place').textContent()).toBe('Page 3 of 6')
  expect((await volunteer.stored('w2'))!.language).toBe('en')
  await page.context().close()
})

test('a text and a year that cannot be are kept through a change of language too', async () => {
  const volunteer = await world.invite('en')
  const page = await openDevice(world.browser)
  await page.goto(await volunteer.open('w1'))
  await follow(page.locator('a.button'))
  while (!(await questionsOn(page)).some(({ item }) => item === 'OPEN_IMP')) {
    await answerPage(page, { ACT_NOW: '4' }, 'what is wished')
    await follow(next(page))
  }
  const text = 'Du temps : « avant », <b>pendant</b> & après…\nEt du repos.'
  await page.locator('#OPEN_IMP').fill(text)
  await page.locator('#BIRTH_Y').fill('20O1')
  for (const button of ['Français', 'English']) {
    await follow(page.getByRole('button', { name: button }))
    expect(await page.locator('#OPEN_IMP').inputValue()).toBe(text)
    expect(await page.locator('#BIRTH_Y').inputValue()).toBe('20O1')
  }
  await page.context().close()
})
