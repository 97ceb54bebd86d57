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
import { findCase, type StoredCase } from './responses.queries.ts'

/** A day in the middle of the field period of everybody's w1: it opens on 15 October at 10:00 and closes on 26 November. */
export const IN_W1 = '2026-10-20T12:00:00Z'

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
  fill(html: string, fields: Fields, go?: 'next' | 'back'): Promise<Response>
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
      for (const [name, value] of form.fields) if (!(name in fields)) body.append(name, value)
      for (const [name, values] of Object.entries(fields)) for (const value of [values].flat()) body.append(name, value)
      body.append('go', go)
      return post(form.action, body)
    },
    cookies,
  }
}

/** The one form of a page as a browser would send it: where to, and the values that stand in it. */
export function formOf(html: string): { action: string; fields: [name: string, value: string][] } {
  const action = attributesOf(/<form [^>]*>/.exec(html)?.[0] ?? '').action ?? ''
  const fields: [string, string][] = []
  for (const [whole, tag, content = ''] of html.matchAll(/<(input|textarea) [^>]*>(?:([^<]*)<\/textarea>)?/g)) {
    const { type, name = '', value = '', ...rest } = attributesOf(whole)
    if (tag === 'textarea') fields.push([name, readText(content)])
    else if (type === 'text' || type === 'hidden' || 'checked' in rest) fields.push([name, value])
  }
  return { action, fields }
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

/** Somebody new in the programme, with a link to one of their waves and a service to themselves. */
export async function invite(
  service: TestService,
  { now = IN_W1, wave = 'w1', ...cells }: { now?: string; wave?: string; langue?: string } = {},
): Promise<Volunteer> {
  const matricule = `TEVO1-${String(++enrolled).padStart(4, '0')}`
  await enrol(service, [{ matricule, courriel: `${matricule.toLowerCase()}@example.org`, ...cells }])
  const { id, member_id, closes_at } = await service.db
    .selectFrom('fieldwork.case as case')
    .innerJoin('identity.panel_member as member', 'member.id', 'case.member_id')
    .where('member.matricule', '=', matricule)
    .where('case.wave', '=', wave)
    .select(['case.id', 'case.member_id', 'case.closes_at'])
    .executeTakeFirstOrThrow()
  const subject = { purpose: 'survey', subjectId: id, generation: 1 } as const
  const link = `/s/${await ensureLink(service.db, service.config.keys.link, subject, closes_at)}`
  const clock = demonstrationClock(Temporal.Instant.from(now))
  const app = createApp({ ...service, clock })
  const browse = (headers: Record<string, string> = {}) => openBrowser(app, headers)
  return {
    app,
    clock,
    memberId: member_id,
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

/** The whole of w1, page by page, with something of every kind: declined, left blank, several, and a text. */
export const W1: readonly Fields[] = [
  { ACT_NOW: '4' },
  { LINK_FREQ: 'declined', TER_ACT: ['1', '3'] },
  { SAT_GLOB: '8' },
  { CMP_ADAPT: '5', CMP_DIVERS: '4', CMP_PROJECT: '3', CMP_SOLVE: '2', CMP_SPEAK: '1', CMP_PLAN_R: '2' },
  { OUV_CONTEXT: '4', OUV_SAME_R: '2', OUV_NEWS: '3', OUV_LINK: '4', OUV_BELONG: '5' },
  { OPEN_IMP: 'Plus de temps sur place.' },
]

/** What is stored of it. */
export const W1_STORED = {
  ACT_NOW: 4,
  JOB_CONTRACT: -1,
  LINK_FREQ: -3,
  TER_ACT: [1, 3],
  SAT_GLOB: 8,
  NPS_REC: -4,
  CMP_ADAPT: 5,
  CMP_DIVERS: 4,
  CMP_PROJECT: 3,
  CMP_SOLVE: 2,
  CMP_SPEAK: 1,
  CMP_PLAN_R: 2,
  OUV_CONTEXT: 4,
  OUV_SAME_R: 2,
  OUV_NEWS: 3,
  OUV_LINK: 4,
  OUV_BELONG: 5,
  OPEN_IMP: 'Plus de temps sur place.',
}

export const pageOf = async (browser: Browser, page: number, query = ''): Promise<string> =>
  (await browser.get(`/s/${page}${query}`)).text()

/** Fills in pages of w1 one after the other, from the first to `upTo`, and answers the last page's response. */
export async function answerPages(browser: Browser, upTo: number = W1.length): Promise<Response> {
  let response = await browser.get('/s')
  for (const [index, fields] of W1.slice(0, upTo).entries())
    response = await browser.fill(await pageOf(browser, index + 1), fields)
  return response
}

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
