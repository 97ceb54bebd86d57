// Asks axe about a page, as a reader of both colour schemes would meet it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** The rules that look at colours: the same markup in the dark has nothing else to answer for. */
const COLOUR = ['color-contrast', 'link-in-text-block']
const RUNS = [
  ['light', { type: 'tag', values: TAGS }],
  ['dark', { type: 'rule', values: COLOUR }],
] as const

/**
 * Everything axe objects to on a page, in light and in dark: the rule, the element and why. What axe cannot decide
 * counts as well, so that nobody has to. The page's context must bypass its security policy.
 */
export async function findBarriers(page: Page): Promise<string[]> {
  await page.evaluate(source)
  const barriers: string[] = []
  for (const [colorScheme, runOnly] of RUNS) {
    await page.emulateMedia({ colorScheme })
    const options = JSON.stringify({ runOnly, resultTypes: ['violations', 'incomplete'] })
    const { violations, incomplete }: AxeResults = await page.evaluate(`axe.run(document, ${options})`)
    for (const { id, nodes } of [...violations, ...incomplete])
      barriers.push(...nodes.map(({ target, failureSummary }) => `${id} (${colorScheme}) ${target}: ${failureSummary}`))
  }
  await page.emulateMedia({ colorScheme: null })
  return barriers
}
