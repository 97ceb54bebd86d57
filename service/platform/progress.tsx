// Shows long work while it goes on: the page begins at once, a line comes for every step, and the end last. Nothing holds
// it back, and the work does not depend on anybody looking. Must not know what the work is.
import type { Context } from 'hono'
import type { Child } from 'hono/jsx'
import { stream } from 'hono/streaming'
import type { HtmlEscapedString } from 'hono/utils/html'
import { type Language, wordsIn } from './i18n.ts'
import { describeError, type Log } from './logging.ts'

export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>

export type ProgressPage = {
  log: Log
  language: Language
  /** The whole page around what it is given, which it must have in it once. */
  shell: (content: Child) => Markup
}

/**
 * Answers with a page that grows. The work says each of its steps in a sentence, of which only the last is seen, and
 * leads to what stands at the end, with the way on; what it throws is logged, and told in a sentence. It goes on when its
 * reader goes away.
 */
export function sendProgress(
  c: Context,
  { log, language, shell }: ProgressPage,
  work: (say: (step: string) => void) => Promise<Markup>,
): Response {
  const [head, tail] = halves(shell(HERE))
  // Whatever gathers or compresses an answer on its way would keep the lines until there are enough of them.
  c.header('Cache-Control', 'no-store, no-transform')
  c.header('X-Accel-Buffering', 'no')
  c.header('Content-Type', 'text/html; charset=UTF-8')
  return stream(c, async (page) => {
    // Not waited for: a reader who has stopped reading must not stop the work.
    const write = (markup: Markup | string) => void page.write(markup.toString())
    write(`<!doctype html>${head}`)
    const end = await work((step) =>
      write(
        <p class="step" role="status">
          {step}
        </p>,
      ),
    ).catch((error: unknown) => {
      log.error(describeError(error), 'work that was watched failed')
      return <Failed language={language} />
    })
    write(end)
    write(tail)
  })
}

const Failed = ({ language }: { language: Language }) => (
  <p class="error" role="alert">
    {wordsIn(language)('progress.failed')}
  </p>
)

/** No text can look like it: a page has its signs escaped. */
const HERE = <hr class="here" />

function halves(whole: Markup): [head: string, tail: string] {
  const [head, tail, ...more] = whole.toString().split(HERE.toString())
  if (head === undefined || tail === undefined || more.length > 0)
    throw new Error('the page must have its content once')
  return [head, tail]
}
