// Asks axe about a page, as a reader of both colour schemes would meet it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Result } from 'axe-core'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** The rules that look at colours: the same markup in the dark has nothing else to answer for. */
const COLOUR = ['color-contrast', 'link-in-text-block']
const RUNS = [
  ['light', { type: 'tag', values: TAGS }],
  ['dark', { type: 'rule', values: COLOUR }],
] as const

/** What axe objects to, and what it cannot decide; of what is scrolled out of sight it cannot tell the colours. */
const RUN = `axe.run(document, options).then(({ violations, incomplete }) => [
  ...violations,
  ...incomplete.map((rule) => ({ ...rule,
    nodes: rule.nodes.filter(({ target }) => !document.querySelector(target[0])?.closest('.scroll')) })),
])`

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
    const rules: Result[] = await page.evaluate(`((options) => ${RUN})(${options})`)
    for (const { id, nodes } of rules)
      barriers.push(...nodes.map(({ target, failureSummary }) => `${id} (${colorScheme}) ${target}: ${failureSummary}`))
  }
  await page.emulateMedia({ colorScheme: null })
  return barriers
}
