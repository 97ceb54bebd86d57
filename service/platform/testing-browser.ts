// A real browser on a real port, for browser tests, and what is measured on the pages it shows.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Hono } from 'hono'
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core'
import type { Web } from './http.tsx'

/** Starts Chromium without its calls home; closes with the test file. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })

/** Serves an application on localhost, where browsers accept secure cookies without TLS. */
export async function serveForBrowser(app: Hono<Web>): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(getRequestListener(app.fetch)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://localhost:${(server.address() as AddressInfo).port}`, close }
}

/** The narrowest screen of WCAG 1.4.10, on which nothing may have to be scrolled sideways. */
export const NARROW = 320

/** A device of its own: no cookie, 320 pixels wide and without scripts unless told otherwise. */
export async function openDevice(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const viewport = { width: NARROW, height: 640 }
  const context = await browser.newContext({ javaScriptEnabled: false, reducedMotion: 'reduce', viewport, ...options })
  return context.newPage()
}

/** A device on which axe can look around, in the language of its owner. */
export const openInspected = (browser: Browser, language = 'fr'): Promise<Page> =>
  openDevice(browser, { javaScriptEnabled: true, bypassCSP: true, locale: language })

/** Clicks on what leads to another page, and waits for that page. */
export async function follow(control: Locator): Promise<void> {
  await Promise.all([control.page().waitForEvent('load'), control.click()])
}

/** Lays a style over a page; its context must bypass the page's security policy. */
export const addStyle = (page: Page, style: string): Promise<void> =>
  page.evaluate(`void document.head.append(
    Object.assign(document.createElement('style'), { textContent: ${JSON.stringify(style)} }))`)

/** Whatever a page asks the network for, from now on. */
export function recordRequests(page: Page): string[] {
  const requests: string[] = []
  page.on('request', (request) => void requests.push(request.url()))
  return requests
}

/** Evaluated in the page: what can be seen, each with its box and a name for it. Scripts being off is no obstacle. */
const SEEN = `[...document.body.querySelectorAll('*')]
  .filter((element) => element.checkVisibility() && !element.closest('.heard, .skip, option'))
  .map((element) => ({ element, box: element.getBoundingClientRect(),
    name: element.localName + '.' + element.className + ' ' + (element.id || element.name || element.textContent.slice(0, 30)) }))`

/** The elements that reach beyond the right edge of the screen, or hide a part of their text; none is what is hoped for. */
export const findCutOff = (page: Page): Promise<string[]> =>
  page.evaluate(`${SEEN}.filter(({ element, box }) =>
      box.right > innerWidth + 0.5 || box.left < -0.5 ||
      (element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible') ||
      (element.scrollHeight > element.clientHeight + 1 && getComputedStyle(element).overflowY === 'hidden'))
    .map(({ name, box }) => name + ': ' + box.left + '–' + box.right)`)

/** The controls that are harder to hit than they should be: options 44 by 44 pixels, others 44 high, links 24 by 24. */
export const findSmallControls = (page: Page): Promise<string[]> =>
  page.evaluate(`${SEEN}
    .filter(({ element }) => element.matches('a, button, select, textarea, summary, label.option, input:not(label input)'))
    .map((seen) => ({ ...seen, least: seen.element.matches('a:not(.button)') ? 24 : 44 }))
    .filter(({ element, box, least }) => box.height < least - 0.01 || box.width < (element.matches('.option') ? 44 : 24) - 0.01)
    .map(({ name, box }) => name + ': ' + box.width + ' × ' + box.height)`)

/** The pieces of text that lie on one another. */
export const findOverlaps = (page: Page): Promise<string[]> =>
  page.evaluate(`(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const boxes = []
    while (walker.nextNode()) {
      const { currentNode: node } = walker
      const parent = node.parentElement
      if (!node.data.trim() || !parent.checkVisibility() || parent.closest('.heard, .skip, option, select, textarea')) continue
      const range = document.createRange()
      range.selectNodeContents(node)
      for (const box of range.getClientRects()) boxes.push({ box, parent, text: node.data.trim().slice(0, 30) })
    }
    const apart = (a, b) =>
      a.right - b.left < 2 || b.right - a.left < 2 || a.bottom - b.top < 4 || b.bottom - a.top < 4
    return boxes.flatMap((one, index) => boxes.slice(index + 1)
      .filter((other) => one.parent !== other.parent && !apart(one.box, other.box))
      .map((other) => one.text + ' × ' + other.text))
  })()`)

/** What has the keyboard, and whether that can be seen: an outline of three pixels, within the screen, covered by nothing. */
export type Focus = { tag: string; id: string; name: string; value: string; text: string; visible: boolean }

export const findFocus = (page: Page): Promise<Focus> =>
  page.evaluate(`(() => {
    const element = document.activeElement
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    const box = element.getBoundingClientRect()
    const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
    const at = document.elementFromPoint((Math.max(0, box.left) + Math.min(innerWidth, box.right)) / 2,
      (Math.max(0, box.top) + Math.min(innerHeight, box.bottom)) / 2)
    const covered = !at || !(element.contains(at) || at.contains(element))
    return { tag: element.localName, id: element.id, name: element.name ?? '', value: element.value ?? '',
      text: element.textContent.trim().slice(0, 80),
      visible: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 3 && inside && !covered }
  })()`)
