// Answers a questionnaire over HTTP as a browser without scripts would: opens its link, keeps the cookie, reads every page
// whole, and sends what its form asks. What is answered others decide; it knows nothing of who is behind a link, and
// questions only as pages show them.
import { type Agent, request } from 'node:http'
import { gunzipSync } from 'node:zlib'

export type Site = { host: string; port: number; agent?: Agent }

/** Somebody with a browser of their own; `visits` are what they asked for, and how many bytes came back. */
export type Visitor = { site: Site; cookie: string; visits: Visit[] }
export type Visit = { path: string; bytes: number }

export const visitorOf = (site: Site): Visitor => ({ site, cookie: '', visits: [] })

// ---------------------------------------------------------------- asking

export type Answer = { status: number; location: string; body: string }

/** Longer than the service ever takes. */
const PATIENCE = 30_000

/** Asks for one page, or sends a form; throws an error with a code when nobody answers. */
export function ask(visitor: Visitor, method: 'GET' | 'POST', path: string, form?: string): Promise<Answer> {
  const { site, cookie, visits } = visitor
  const headers = {
    'accept-encoding': 'gzip',
    ...(cookie && { cookie }),
    ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
  }
  return new Promise((resolve, reject) => {
    const call = request({ ...site, path, method, headers, timeout: PATIENCE }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () => {
        const bytes = Buffer.concat(chunks)
        const body = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes
        visitor.cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? visitor.cookie
        const head = answer.rawHeaders.join('  ').length + 20
        visits.push({ path, bytes: bytes.length + head })
        resolve({ status: answer.statusCode ?? 0, location: answer.headers.location ?? '', body: body.toString() })
      })
    })
    call.on('timeout', () => call.destroy(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })))
    call.on('error', reject)
    call.end(form)
  })
}

// ---------------------------------------------------------------- a questionnaire from its link to its end

/** Opens a link and follows it to the page that it leads to. */
export async function openLink(visitor: Visitor, link: string): Promise<Answer> {
  const opened = await ask(visitor, 'GET', link)
  return opened.status === 303 ? ask(visitor, 'GET', opened.location) : opened
}

/** Where the button of a page before the questions leads, or null when it has none. */
export const beginningOf = ({ body }: Answer): string | null =>
  unescaped(/class="button" href="([^"]+)"/.exec(body)?.[1]) ?? null

/** Whether a page says that everything has arrived: it has a number to quote. */
export const isReceipt = ({ status, body }: Answer): boolean => status === 200 && /<code>[\da-f-]{36}</.test(body)

/**
 * What somebody does with each page: `answers` says what to a question, `again` when the page has come back to be put
 * right; `leaves` whether they go away at this place among so many pages.
 */
export type Hand = {
  answers(question: Question, again: boolean): readonly string[]
  leaves?(place: number, pages: number): boolean
}

/** How it ended, and after how many pages that were saved. */
export type Ending =
  | { how: 'submitted' | 'left'; saved: number }
  /** What was sent has not been taken, or something else came than a page of questions. */
  | { how: 'refused'; saved: number; status: number; error: string }

/** No questionnaire has as many pages. */
const MOST_PAGES = 50

/** Answers page after page, the first of which is at `path`, until nothing more is asked. */
export async function answerPages(visitor: Visitor, path: string, hand: Hand): Promise<Ending> {
  let page = await ask(visitor, 'GET', path)
  let again = false
  for (let saved = 0; saved < MOST_PAGES; ) {
    const action = unescaped(/<form [^>]*action="([^"]+)"/.exec(page.body)?.[1])
    if (!action) return isReceipt(page) ? { how: 'submitted', saved } : refused(page, saved)
    const [, place, pages] = /<progress value="(\d+)" max="(\d+)"/.exec(page.body) ?? []
    if (hand.leaves?.(Number(place), Number(pages))) return { how: 'left', saved }
    const sent = await ask(visitor, 'POST', action, filledIn(page.body, hand, again))
    if (sent.status !== 303 && (sent.status !== 422 || again)) return refused(sent, saved)
    again = sent.status === 422
    if (!again) saved++
    page = again ? sent : await ask(visitor, 'GET', sent.location)
  }
  return refused(page, MOST_PAGES)
}

const refused = ({ status, body }: Answer, saved: number): Ending => {
  return { how: 'refused', saved, status, error: /class="error"[^>]*>([^<]*)/.exec(body)?.[1] ?? '' }
}

const unescaped = (attribute: string | undefined): string | undefined => attribute?.replaceAll('&amp;', '&')

// ---------------------------------------------------------------- a page and its form

/**
 * A question as its fields show it: `values` are what can be chosen, none where something is typed. `declines`: not
 * wanting to answer is one more choice; a question of kind `one` without it must be answered.
 */
export type Question = { name: string; kind: Kind; values: string[]; declines: boolean }
/** In a calendar (`months`) one state is chosen for all of them. */
type Kind = 'one' | 'several' | 'list' | 'months' | 'year of birth' | 'text'

export const DECLINED = 'declined'
const REASONS = [DECLINED, 'unknown']

const HIDDEN = /<input type="hidden" name="([^"]+)" value="([^"]*)"/g
const CHOICE = /<input type="(radio|checkbox)" name="([^"]+)" value="([^"]*)"/g
const LIST = /<select [^>]*?name="([^"]+)"[^>]*>([\s\S]*?)<\/select>/g
const YEAR_OF_BIRTH = /<input [^>]*name="([^"]+)"[^>]*autocomplete="bday-year"/g
const TEXT = /<textarea [^>]*name="([^"]+)"/g

/** The questions of a page, but for those whose fields do not show what may be typed. */
function questionsOn(html: string): Question[] {
  const choices = [...html.matchAll(CHOICE)].map(([, type, name, value]) => ({ type, name: name!, value: value! }))
  const chosen = [...Map.groupBy(choices, ({ name }) => name)].flatMap(([name, some]) => {
    const all = some.map(({ value }) => value)
    const values = all.filter((value) => !REASONS.includes(value))
    const kind = some[0]!.type === 'radio' ? 'one' : 'several'
    return values.length > 0 ? [question(kind, name, values, all.includes(DECLINED))] : []
  })
  const lists = [...html.matchAll(LIST)].flatMap(([, name, options]) => {
    const isCalendar = name!.includes('.')
    if (isCalendar && !name!.endsWith('.1.state')) return []
    return [question(isCalendar ? 'months' : 'list', name!, valuesOf(options!))]
  })
  const typed = (kind: Kind, fields: RegExp) => [...html.matchAll(fields)].map(([, name]) => question(kind, name!))
  return [...chosen, ...lists, ...typed('year of birth', YEAR_OF_BIRTH), ...typed('text', TEXT)]
}

const question = (kind: Kind, name: string, values: string[] = [], declines = false): Question => {
  return { name, kind, values, declines }
}

const valuesOf = (options: string): string[] => [...options.matchAll(/value="([^"]+)"/g)].map(([, value]) => value!)

/** A page's form as it is sent to go on: what it hides, and what is answered. */
function filledIn(html: string, { answers }: Hand, again: boolean): string {
  const fields = new URLSearchParams({ go: 'next' })
  for (const [, name, value] of html.matchAll(HIDDEN)) fields.append(name!, value!)
  for (const question of questionsOn(html)) {
    const said = answers(question, again)
    for (const value of said) fields.append(question.name, value)
    if (question.kind === 'months' && said.length > 0)
      for (const [name, month] of wholePeriod(html, question.name)) fields.append(name, month)
  }
  return String(fields)
}

/** From the first month of a calendar to its last; a single one is in the page already. */
function wholePeriod(html: string, state: string): [name: string, month: string][] {
  const row = state.slice(0, -'state'.length)
  return [...html.matchAll(LIST)].flatMap(([, name, options]): [string, string][] => {
    const months = valuesOf(options!)
    return name === `${row}from` ? [[name, months[0]!]] : name === `${row}to` ? [[name, months.at(-1)!]] : []
  })
}
