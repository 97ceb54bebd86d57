// What tests of the questionnaire share: a volunteer with a link, a browser that carries its cookies by hand,
// and everything the database holds as one value to compare.
import type { Hono } from 'hono'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe } from 'vitest'
import { ensureLink } from '../access/personal-links.queries.ts'
import { createApp } from '../app.ts'
import { type DemonstrationClock, demonstrationClock } from '../platform/clock.ts'
import type { Db } from '../platform/database.ts'
import type { Web } from '../platform/http.tsx'
import { ENGINES } from '../platform/testing.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import type { Go } from './form.ts'
import { findCase, type StoredCase } from './responses.queries.ts'

/** A day in the middle of the field period of everybody's w1: it opens on 15 October at 10:00 and closes on 26 November. */
export const IN_W1 = '2026-10-20T12:00:00Z'
/** The same for other waves: w0 before a departure in January 2026, w2 and w3 six and twelve months after the return. */
export const IN_W0 = '2026-01-06T12:00:00Z'
export const IN_W2 = '2027-03-20T12:00:00Z'
export const IN_W3 = '2027-09-20T12:00:00Z'

/** Runs the same tests on both engines with a whole service. */
export function onEachEngineWithService(tests: (service: () => TestService) => void): void {
  describe.each(ENGINES)('on %s', (engine) => {
    let service: TestService
    beforeAll(async () => {
      service = await openTestService(engine, IN_W1)
    })
    afterAll(() => service.close())
    tests(() => service)
  })
}

/** A value, or several, for each name of a form. */
export type Fields = Readonly<Record<string, string | readonly string[]>>

type Body = NonNullable<RequestInit['body']>

export type Browser = {
  get(address: string, headers?: Record<string, string>): Promise<Response>
  head(address: string): Promise<Response>
  post(address: string, body: Body, headers?: Record<string, string>): Promise<Response>
  /** Fills in what the form of a page asks, over what already stands in it, and sends it with a button. */
  fill(html: string, fields: Fields, go?: Go): Promise<Response>
  cookies: Map<string, string>
}

/** A browser without a screen. It never follows a redirect by itself. */
export function openBrowser(app: Pick<Hono<Web>, 'request'>, always: Record<string, string> = {}): Browser {
  const cookies = new Map<string, string>()
  const request = async (address: string, init: RequestInit & { headers?: Record<string, string> }) => {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
    const headers = { ...always, ...(cookie && { Cookie: cookie }), ...init.headers }
    const response = await app.request(address, { ...init, headers })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    return response
  }
  const post: Browser['post'] = (address, body, headers = {}) => request(address, { method: 'POST', body, headers })
  return {
    get: (address, headers = {}) => request(address, { headers }),
    head: (address) => request(address, { method: 'HEAD' }),
    post,
    fill(html, fields, go = 'next') {
      const form = formOf(html)
      const body = new URLSearchParams()
      for (const [name, value] of form.fields) if (!Object.hasOwn(fields, name)) body.append(name, value)
      for (const [name, values] of Object.entries(fields)) for (const value of [values].flat()) body.append(name, value)
      body.append('go', go)
      return post(form.action, body)
    },
    cookies,
  }
}

const CONTROLS =
  /<(input|textarea|select) [^>]*>(?:([^<]*)<\/textarea>|((?:<option[^>]*>[^<]*<\/option>)*)<\/select>)?/g

/** The one form of a page as a browser would send it: where to, and the values that stand in it. */
export function formOf(html: string): { action: string; fields: [name: string, value: string][] } {
  const action = attributesOf(/<form [^>]*>/.exec(html)?.[0] ?? '').action ?? ''
  const fields: [string, string][] = []
  for (const [whole, tag, content = '', options = ''] of html.matchAll(CONTROLS)) {
    const { type, name = '', value = '', ...rest } = attributesOf(whole)
    if (tag === 'textarea') fields.push([name, readText(content)])
    else if (tag === 'select') fields.push([name, selectedOf(options)])
    else if (type === 'text' || type === 'hidden' || 'checked' in rest) fields.push([name, value])
  }
  return { action, fields }
}

/** What a list sends: the option that is selected, else its first. */
function selectedOf(options: string): string {
  const all = [...options.matchAll(/<option[^>]*>/g)].map(([option]) => attributesOf(option))
  return (all.find((option) => 'selected' in option) ?? all[0])?.value ?? ''
}

function attributesOf(tag: string): Record<string, string> {
  const opening = tag.slice(0, tag.indexOf('>'))
  const pairs = [...opening.matchAll(/ ([\w-]+)(?:="([^"]*)")?/g)]
  return Object.fromEntries(pairs.map(([, name, value = '']) => [name, readText(value)]))
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/** What a browser shows for escaped text. */
export const readText = (html: string): string =>
  html.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name]!)

export type Volunteer = {
  app: ReturnType<typeof createApp>
  /** This volunteer's own clock: moving it moves nobody else's. */
  clock: DemonstrationClock
  memberId: string
  caseId: string
  link: string
  browse(headers?: Record<string, string>): Browser
  /** A browser that has opened the link. */
  open(headers?: Record<string, string>): Promise<Browser>
  stored(): Promise<StoredCase>
}

let enrolled = 0

type Cells = Parameters<typeof enrol>[1][number]

/** Somebody new in the programme, with a link to one of their waves and a service to themselves. */
export async function invite(
  service: TestService,
  { now = IN_W1, wave = 'w1', ...cells }: { now?: string; wave?: string } & Cells = {},
): Promise<Volunteer> {
  const matricule = `TEVO1-${String(++enrolled).padStart(4, '0')}`
  await enrol(service, [{ matricule, courriel: `${matricule.toLowerCase()}@example.org`, ...cells }])
  const { id } = await service.db
    .selectFrom('identity.panel_member')
    .where('matricule', '=', matricule)
    .select('id')
    .executeTakeFirstOrThrow()
  return inviteAgain(service, id, { now, wave })
}

/** Somebody of the programme with a link to one of their waves, and a service to themselves. */
export async function inviteAgain(
  service: TestService,
  memberId: string,
  { now, wave }: { now: string; wave: string },
): Promise<Volunteer> {
  const { id, closes_at } = await service.db
    .selectFrom('fieldwork.case')
    .where('member_id', '=', memberId)
    .where('wave', '=', wave)
    .select(['id', 'closes_at'])
    .executeTakeFirstOrThrow()
  const subject = { purpose: 'survey', subjectId: id, generation: 1 } as const
  const link = `/s/${await ensureLink(service.db, service.config.keys.link, subject, closes_at)}`
  const clock = demonstrationClock(Temporal.Instant.from(now))
  const app = createApp({ ...service, clock })
  const browse = (headers: Record<string, string> = {}) => openBrowser(app, headers)
  return {
    app,
    clock,
    memberId,
    caseId: id,
    link,
    browse,
    async open(headers) {
      const browser = browse(headers)
      await browser.get(link)
      return browser
    },
    async stored() {
      const found = await findCase(service.db, id)
      if (!found) throw new Error('the case is gone')
      return found
    },
  }
}

/** How many responses a volunteer's case has; more than one would be a broken promise. */
export async function countResponses(db: Db, { pseudonym, wave }: StoredCase): Promise<number> {
  const rows = await db
    .selectFrom('answers.response')
    .where('pseudonym', '=', pseudonym)
    .where('wave', '=', wave)
    .select('id')
    .execute()
  return rows.length
}

/** The whole of w1, page by page, with something of every kind: declined, left blank, several, a month, and a text. */
export const W1: readonly Fields[] = [
  { ACT_NOW: '4' },
  { 'ACT_CAL.1.state': 'S' },
  { SAT_GLOB: '8', SAT_GRID_PREP: '1', SAT_GRID_TUTOR: '2', SAT_GRID_TASKS: 'declined', SAT_GRID_RETURN: '6' },
  { LINK_FREQ: 'declined', TER_ACT: ['1', '3'], RECIP: '4' },
  { CMP_ADAPT: '5', CMP_DIVERS: '4', CMP_PROJECT: '3', CMP_SOLVE: '2', CMP_SPEAK: '1', CMP_PLAN_R: '2', CMP_THEN: '0' },
  { OUV_CONTEXT: '4', OUV_SAME_R: '2', OUV_NEWS: '3', OUV_LINK: '4', OUV_BELONG: '5' },
  { LIFE_SAT: '10', RET_BACK: '5', RET_GAP_R: 'declined', RET_TALK: '4' },
  { BIRTH_Y: '2000', GENDER: '3', MOB_PRIOR: '2', OPEN_IMP: 'Plus de temps sur place.' },
]

/** What is stored of it. */
export const W1_STORED = {
  ACT_NOW: 4,
  ACT_CAL: [{ month: '2026-09', state: 'S', source: 'reported' }],
  JOB_CONTRACT: -1,
  SAT_GLOB: 8,
  SAT_GRID_PREP: 1,
  SAT_GRID_TUTOR: 2,
  SAT_GRID_TASKS: -3,
  SAT_GRID_SAFETY: -4,
  SAT_GRID_ADMIN: -4,
  SAT_GRID_RETURN: 6,
  NPS_REC: -4,
  LINK_FREQ: -3,
  TER_ACT: [1, 3],
  RECIP: 4,
  LANG_LVL: -4,
  CMP_ADAPT: 5,
  CMP_DIVERS: 4,
  CMP_PROJECT: 3,
  CMP_SOLVE: 2,
  CMP_SPEAK: 1,
  CMP_PLAN_R: 2,
  CMP_THEN: 0,
  OUV_CONTEXT: 4,
  OUV_SAME_R: 2,
  OUV_NEWS: 3,
  OUV_LINK: 4,
  OUV_BELONG: 5,
  LIFE_SAT: 10,
  RET_BACK: 5,
  RET_GAP_R: -3,
  RET_TALK: 4,
  RET_USE_R: -4,
  BIRTH_Y: 2000,
  GENDER: 3,
  MOB_PRIOR: 2,
  OPEN_IMP: 'Plus de temps sur place.',
}

export const pageOf = async (browser: Browser, page: number, query = ''): Promise<string> =>
  (await browser.get(`/s/${page}${query}`)).text()

/** Fills in pages one after the other, from the first to `upTo`, and answers the last page's response. */
export async function answerPages(
  browser: Browser,
  upTo: number = W1.length,
  pages: readonly Fields[] = W1,
): Promise<Response> {
  let response = await browser.get('/s')
  for (const [index, fields] of pages.slice(0, upTo).entries())
    response = await browser.fill(await pageOf(browser, index + 1), fields)
  return response
}

export const titleOf = (html: string): string => readText(/<title>([^<]*)<\/title>/.exec(html)?.[1] ?? '')
export const languageOf = (html: string): string | undefined => /^<!doctype html><html lang="(\w+)">/.exec(html)?.[1]
/** The items of a page that something is said about, in the order of their fields. */
export const toldAbout = (html: string): string[] => [...html.matchAll(/id="(\w+)-error"/g)].map(([, item]) => item!)

/** Everything in the database, table by table. */
export async function dump(db: Db): Promise<Record<string, string>> {
  const { rows: tables } = await sql<{ schema: string; name: string }>`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
    order by 1, 2`.execute(db)
  const contents = tables.map(
    ({ schema, name }) => sql`
      select ${`${schema}.${name}`}::text as name,
        (select coalesce(string_agg(one::text, e'\n' order by one::text), '') from ${sql.id(schema, name)} as one) as content`,
  )
  const { rows } = await sql<{ name: string; content: string }>`${sql.join(contents, sql` union all `)}`.execute(db)
  return Object.fromEntries(rows.map(({ name, content }) => [name, content]))
}
