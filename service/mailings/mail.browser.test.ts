// Every mail in a real browser, as mail programs show them: on a phone and beside a list, in light and dark, without
// scripts and images, with and without what stands in its head.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LANGUAGES, type Language } from '../platform/i18n.ts'
import { findBarriers } from '../platform/testing-axe.ts'
import {
  addStyle,
  findCutOff,
  findOverlaps,
  findSmallControls,
  NARROW,
  openBrowser,
  openDevice,
  openInspected,
  recordRequests,
} from '../platform/testing-browser.ts'
import { loadSurveys } from '../surveys.ts'
import type { MailKind } from './delivery.ts'
import { plannedMail } from './planned.mails.tsx'

const WIDTHS = [NARROW, 600]
const MAILS: [MailKind, number][] = [
  ['invitation', 1],
  ['reminder', 1],
  ['reminder', 2],
  ['reminder', 3],
  ['resume', 1],
  ['lastCall', 1],
  ['thanks', 1],
  ['contactUpdate', 1],
  ['link', 20_500],
]
const EVERY = MAILS.flatMap(([kind, number]) => LANGUAGES.map((language) => ({ kind, number, language })))

/** A message has no landmarks, heading or way past them: its mail program has those, and shows the subject above it. */
const OF_PAGES = ['landmark-one-main', 'region', 'page-has-heading-one', 'bypass']

const { frame, mailTexts } = loadSurveys('surveys', { demonstration: false })
const TOKEN = 'aB3-_xYz'.repeat(5)

const htmlOf = ({ kind, number, language }: { kind: MailKind; number: number; language: Language }): string =>
  plannedMail({
    texts: mailTexts,
    kind,
    number,
    language,
    programme: frame.programmes[0]!,
    wave: { fr: 'Un mois après le retour', en: 'A month after return' },
    givenName: 'Marie-Antoinette-Guillemette-Bartholoméa-Philippine-Frédérique',
    questions: 34,
    minutes: 6,
    closesOn: Temporal.PlainDate.from('2026-11-26'),
    nextOn: Temporal.PlainDate.from('2027-03-16'),
    link: `https://retour.example/s/rv1s_${TOKEN}`,
    stopLink: `https://retour.example/u/rv1u_${TOKEN}`,
  }).html

/** What many mail programs do: the head goes, and the body becomes a part of their own page. */
const withoutHead = (html: string): string =>
  html.replace(/<head>.*<\/head>/s, '<head><title>Mail</title></head>').replace(/<body[^>]*>/, '<body>')

let browser: Browser
beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser?.close())

/** The mail on a device; images would be refused, and whatever it asks for is noted. */
async function show(page: Page, html: string): Promise<string[]> {
  await page.route('**', (route) => route.abort())
  const requests = recordRequests(page)
  await page.setContent(html)
  return requests
}

const barriersOf = async (page: Page): Promise<string[]> =>
  (await findBarriers(page)).filter((barrier) => !OF_PAGES.some((rule) => barrier.startsWith(`${rule} `)))

describe.each(EVERY)('$kind $number in $language', (mail) => {
  test('fits a phone and a wider window, has links that a thumb can hit, and asks for nothing', async () => {
    const page = await openDevice(browser)
    const requests = await show(page, htmlOf(mail))
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 640 })
      expect(await findCutOff(page)).toEqual([])
      expect(await findOverlaps(page)).toEqual([])
      expect(await findSmallControls(page)).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    }
    expect(await page.locator('.button').count()).toBe(mail.kind === 'thanks' ? 0 : 1)
    await page.setViewportSize({ width: NARROW, height: 640 })
    await addStyle(page, 'p { font-size: 32px !important; letter-spacing: 0.12em; word-spacing: 0.16em }')
    expect(await findCutOff(page)).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(NARROW)
    expect(requests).toEqual([])
    await page.context().close()
  })

  test('can be read by everybody, in light and in dark', async () => {
    const page = await openInspected(browser, mail.language)
    await show(page, htmlOf(mail))
    expect(await barriersOf(page)).toEqual([])
    await page.context().close()
  })
})

test.each(['invitation', 'thanks', 'contactUpdate'] as const)(
  '%s fits, and can be read, without its head',
  async (kind) => {
    const page = await openInspected(browser)
    await show(page, withoutHead(htmlOf({ kind, number: 1, language: 'fr' })))
    expect(await barriersOf(page)).toEqual([])
    expect(await findCutOff(page)).toEqual([])
    await page.context().close()
  },
)

test('the dark is dark, and what is kept from readers of the mail is not seen', async () => {
  const page = await openDevice(browser, { colorScheme: 'dark' })
  await show(page, htmlOf({ kind: 'invitation', number: 1, language: 'fr' }))
  const colour = (of: string) => page.evaluate(`getComputedStyle(document.querySelector('${of}')).backgroundColor`)
  expect(await colour('body')).toBe('rgb(20, 23, 27)')
  expect(await colour('.paper')).toBe('rgb(20, 23, 27)')
  expect(await page.locator('body > div').first().isVisible()).toBe(false)
  await page.context().close()
})

test('a mail that could not be read or would be cut off is noticed', async () => {
  const page = await openInspected(browser)
  const html = htmlOf({ kind: 'invitation', number: 1, language: 'fr' })
  await show(
    page,
    html
      .replaceAll('color: #5a6270', 'color: #b0b5bd')
      .replace('word-break: break-all', 'white-space: pre; max-width: none'),
  )
  expect(await barriersOf(page)).toContainEqual(expect.stringMatching(/^color-contrast \(light\)/))
  expect(await findCutOff(page)).toContainEqual(expect.stringContaining('https://retour.example/s/'))
  await page.context().close()
})
