// The authorization matrix: every route of the service, asked by everybody, with every verb and every spelling of its
// address. What each takes is written down here a second time, by hand: a route that is missing here fails, and so does
// one that lets in one person more, or one fewer.
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createToken } from './access/create-token.actions.ts'
import { ensureLink } from './access/personal-links.queries.ts'
import type { Grant } from './access/roles.ts'
import { cookiesOf, signInAs } from './access/testing-staff.ts'
import { createApp } from './app.ts'
import type { Web } from './platform/http.tsx'
import { readPlanSources } from './surveys.ts'
import { enrolDueNow, openTestService, type TestService } from './testing.ts'
import { storeFirstPlans } from './waves/publish-plan.actions.ts'
import { refreshPlans } from './waves/refresh-plans.actions.ts'

const STAFF = {
  administrator: [{ role: 'administrator', programme: '*' }],
  // Signed in longer ago than what is sent or taken away allows.
  'administrator an hour on': [{ role: 'administrator', programme: '*' }],
  fieldwork: [{ role: 'fieldwork', programme: 'tevo' }],
  methodologist: [{ role: 'methodologist', programme: 'tevo' }],
  researcher: [{ role: 'researcher', programme: 'tevo' }],
  'data protection': [{ role: 'data-protection', programme: '*' }],
  'fieldwork elsewhere': [{ role: 'fieldwork', programme: 'elsewhere' }],
  'nobody any more': [],
} as const satisfies Record<string, readonly Grant[]>
type Staff = keyof typeof STAFF
const EVERYBODY_HERE = Object.keys(STAFF) as Staff[]

const OUTSIDE = ['nobody', 'a volunteer', 'another volunteer', 'a researcher’s token', 'a token for metrics'] as const
type Outsider = (typeof OUTSIDE)[number]
type Identity = Staff | Outsider

const ADMINISTRATORS = ['administrator', 'administrator an hour on'] as const
const WATCHING: Staff[] = [...ADMINISTRATORS, 'fieldwork', 'methodologist', 'data protection']
const READING: Staff[] = [...WATCHING, 'researcher']
const MEETING: Staff[] = [...ADMINISTRATORS, 'fieldwork', 'data protection']
const WORKING: Staff[] = [...ADMINISTRATORS, 'fieldwork']
const PLANNING: Staff[] = [...WORKING, 'methodologist']
const SENDING: Staff[] = ['administrator', 'fieldwork']
const MAILING: Staff[] = [...WORKING, 'fieldwork elsewhere']
const GOVERNING: Staff[] = [...ADMINISTRATORS]
const AUDITING: Staff[] = [...ADMINISTRATORS, 'data protection']

/** Who gets past the door of each route of the console. */
const CONSOLE: Record<string, readonly Staff[] | 'anybody'> = {
  'GET /staff/sign-in': 'anybody',
  'POST /staff/sign-in': 'anybody',
  'GET /staff/link/:token': 'anybody',
  'POST /staff/link/:token': 'anybody',
  'GET /staff/provider': 'anybody',
  'GET /staff/provider/back': 'anybody',
  'POST /staff/language': EVERYBODY_HERE,
  'GET /staff': EVERYBODY_HERE,
  'GET /staff/new-programme': GOVERNING,
  'POST /staff/new-programme/make': GOVERNING,
  'GET /staff/programmes/:programme': READING,
  'GET /staff/programmes/:programme/settings': WATCHING,
  'POST /staff/programmes/:programme/settings/save': GOVERNING,
  'GET /staff/programmes/:programme/overview.csv': WATCHING,
  'GET /staff/programmes/:programme/waves/:wave/report': WATCHING,
  'GET /staff/programmes/:programme/waves/:wave/report/:picture': WATCHING,
  'GET /staff/programmes/:programme/waves/:wave/report/:table': WATCHING,
  'GET /staff/programmes/:programme/register': WORKING,
  'POST /staff/programmes/:programme/register/send': WORKING,
  'GET /staff/programmes/:programme/register/:upload': WORKING,
  'POST /staff/programmes/:programme/register/:upload/import': WORKING,
  'GET /staff/programmes/:programme/register/:upload/refused.csv': WORKING,
  'POST /staff/programmes/:programme/register/:upload/drop': WORKING,
  'GET /staff/programmes/:programme/members': MEETING,
  'GET /staff/programmes/:programme/members/:matricule': MEETING,
  'POST /staff/programmes/:programme/members/:matricule/resend': WORKING,
  'GET /staff/programmes/:programme/members/:matricule/edit': WORKING,
  'POST /staff/programmes/:programme/members/:matricule/edit/save': WORKING,
  'GET /staff/programmes/:programme/lost': MEETING,
  'POST /staff/programmes/:programme/lost/attempt': WORKING,
  'POST /staff/programmes/:programme/lost/file': SENDING,
  'GET /staff/programmes/:programme/waves': WATCHING,
  'GET /staff/programmes/:programme/plan': WATCHING,
  'POST /staff/programmes/:programme/plan/preview': PLANNING,
  'POST /staff/programmes/:programme/plan/publish': PLANNING,
  'GET /staff/programmes/:programme/mails': WATCHING,
  'GET /staff/programmes/:programme/mails.csv': WATCHING,
  'GET /staff/programmes/:programme/waves/:wave': WATCHING,
  'GET /staff/programmes/:programme/waves/:wave/preview.html': WATCHING,
  'POST /staff/programmes/:programme/waves/:wave/test': WORKING,
  'POST /staff/programmes/:programme/waves/:wave/pause': SENDING,
  'GET /staff/programmes/:programme/waves/:wave/release': SENDING,
  'POST /staff/programmes/:programme/waves/:wave/release/go': SENDING,
  'GET /staff/programmes/:programme/waves/:wave/send-now': SENDING,
  'POST /staff/programmes/:programme/waves/:wave/send-now/go': SENDING,
  'GET /staff/programmes/:programme/waves/:wave/extend': SENDING,
  'POST /staff/programmes/:programme/waves/:wave/extend/check': SENDING,
  'POST /staff/programmes/:programme/waves/:wave/extend/go': SENDING,
  'GET /staff/mail': MAILING,
  // For whoever may send in every programme there is: here there is one.
  'POST /staff/mail/stop': SENDING,
  'GET /staff/mail/:whole': SENDING,
  'POST /staff/mail/:whole/release': SENDING,
  'GET /staff/programmes/:programme/texts': WATCHING,
  'GET /staff/programmes/:programme/texts/:mail': WATCHING,
  'GET /staff/programmes/:programme/texts/:mail/preview.html': WATCHING,
  'GET /staff/programmes/:programme/texts/:mail/file': WATCHING,
  'GET /staff/programmes/:programme/texts/:mail/versions/:version': WATCHING,
  'POST /staff/programmes/:programme/texts/:mail/preview': PLANNING,
  'POST /staff/programmes/:programme/texts/:mail/preview.html': PLANNING,
  'POST /staff/programmes/:programme/texts/:mail/save': PLANNING,
  'GET /staff/programmes/:programme/instruments': READING,
  'GET /staff/programmes/:programme/instruments/:instrument': READING,
  'GET /staff/programmes/:programme/instruments/:instrument/compare': READING,
  'GET /staff/journal': AUDITING,
  'POST /staff/journal/verify': AUDITING,
  'GET /staff/journal.csv': AUDITING,
  'GET /staff/people': GOVERNING,
  'POST /staff/people/invite': GOVERNING,
  'GET /staff/people/:person': GOVERNING,
  'POST /staff/people/:person/roles': GOVERNING,
  'POST /staff/people/:person/away': GOVERNING,
  // The last: whoever has been here is not here any more.
  'POST /staff/sign-out': 'anybody',
}

/** What stands outside the console: who is let in where, and by what. */
const PUBLIC = [
  /^\/assets\//,
  /^\/(healthz|readyz)$/,
  /^\/impact/,
  /^\/api\/v1\/(docs|openapi\.json)/,
  /^\/\.well-known\//,
  /^\/$/,
  /^\/link$/,
  /^\/u\//,
  /^\/bounces$/,
]
const OF_A_VOLUNTEER = /^\/s(\/|$)/
const OF_RESEARCHERS = /^\/api\/v1\/(programmes|publications)/
const OF_METRICS = /^\/metrics$/

const VERBS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const EXAMPLES: Record<string, string> = { programme: 'tevo', wave: 'w1', matricule: 'TEVO1-0', instrument: 'w1' }
const MORE_EXAMPLES: Record<string, string> = {
  mail: 'invitation',
  picture: 'flow.svg',
  table: 'flow.csv',
  whole: 'everything',
}

/** A route's address without what its parts must look like, and with an example in place of each. */
const bare = (path: string): string => path.replaceAll(/\{[^/]*\}/g, '')
const exampleOf = (path: string): string =>
  bare(path).replaceAll(/:(\w+)/g, (_, name: string) => EXAMPLES[name] ?? MORE_EXAMPLES[name] ?? '1')

/** Other ways to spell an address that must not open more than the one it has. */
const SPELLINGS: Record<string, (path: string) => { path: string; headers?: Record<string, string> }> = {
  'with a slash at its end': (path) => ({ path: `${path}/` }),
  'with two slashes': (path) => ({ path: path.replace('/staff', '/staff/') }),
  'from elsewhere': (path) => ({ path: `//staff${path.slice('/staff'.length)}` }),
  'with a dot': (path) => ({ path: path.replace('/staff', '/staff/%2e') }),
  'by a way round': (path) => ({ path: path.replace('/staff', '/impact/%2e%2e/staff') }),
  'with a coded slash': (path) => ({ path: path.replace(/\/([^/]*)$/, '%2f$1') }),
  'in capitals': (path) => ({ path: path.toUpperCase() }),
  'with a parameter': (path) => ({ path: `${path};x=1` }),
  'with another verb in a header': (path) => ({ path, headers: { 'x-http-method-override': 'GET' } }),
}

describe('everybody, at every door', () => {
  let service: TestService
  let app: Hono<Web>
  const headers = {} as Record<Identity, Record<string, string>>

  beforeAll(async () => {
    service = await openTestService('PGlite', '2026-11-22T09:00:00Z')
    await storeFirstPlans(service, readPlanSources('surveys'))
    await refreshPlans(service)
    await enrolDueNow(service, 2)
    app = createApp(service)
    const [own, other] = await Promise.all(['TEVO1-0', 'TEVO1-1'].map(volunteerCookie))
    headers.nobody = {}
    headers['a volunteer'] = { cookie: own! }
    headers['another volunteer'] = { cookie: other! }
    for (const [name, scope] of [
      ['a researcher’s token', 'research'],
      ['a token for metrics', 'metrics'],
    ] as const) {
      const { token } = await createToken(service, { name, days: 30, scope, actor: 'test' })
      headers[name] = { authorization: `Bearer ${token}` }
    }
    headers['administrator an hour on'] = await staffCookie('administrator an hour on')
    service.clock.jumpTo(service.clock.now().add({ minutes: 16 }))
    for (const name of EVERYBODY_HERE.filter((one) => one !== 'administrator an hour on'))
      headers[name] = await staffCookie(name)
  })
  afterAll(() => service.close())

  async function volunteerCookie(matricule: string): Promise<string> {
    const { db, config } = service
    const found = await db
      .selectFrom('fieldwork.case as case')
      .innerJoin('identity.panel_member as member', 'member.id', 'case.member_id')
      .where('member.matricule', '=', matricule)
      .where('case.wave', '=', 'w1')
      .select(['case.id', 'case.closes_at'])
      .executeTakeFirstOrThrow()
    const subject = { purpose: 'survey', subjectId: found.id, generation: 1 } as const
    const token = await ensureLink(db, config.keys.link, subject, found.closes_at)
    return cookiesOf(await app.request(`/s/${token}`)).join('; ')
  }

  const staffCookie = async (name: Staff) => ({
    cookie: await signInAs(app, service, STAFF[name], `${name.replaceAll(' ', '.')}@example.org`),
  })

  const ask = async (identity: Identity, method: string, path: string, more: Record<string, string> = {}) => {
    const form = ['POST', 'PUT', 'PATCH'].includes(method)
    const answer = await app.request(path, {
      method,
      headers: {
        ...headers[identity],
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...more,
      },
    })
    await answer.arrayBuffer()
    return answer.status
  }

  const consoleRoutes = () =>
    app.routes
      .filter(({ method, path }) => method !== 'ALL' && /^\/staff(\/|$)/.test(path))
      .map(({ method, path }) => ({ route: `${method} ${bare(path)}`, method, path }))

  test('every route of the console is in the table, and none more', () => {
    expect(
      consoleRoutes()
        .map(({ route }) => route)
        .toSorted(),
    ).toEqual(Object.keys(CONSOLE).toSorted())
  })

  test('every other route is of a volunteer, of researchers, of metrics, or of everybody', () => {
    const others = app.routes.filter(({ method, path }) => method !== 'ALL' && !/^\/staff(\/|$)/.test(path))
    const places = [...PUBLIC, OF_A_VOLUNTEER, OF_RESEARCHERS, OF_METRICS]
    expect(others.filter(({ path }) => !places.some((place) => place.test(path)))).toEqual([])
  })

  test('what is closed to somebody looks the same whether it is there or not', async () => {
    const bodyOf = async (path: string) => (await app.request(path, { headers: headers['fieldwork elsewhere'] })).text()
    expect(await bodyOf('/staff/programmes/tevo/members')).toBe(await bodyOf('/staff/programmes/nowhere/members'))
    expect(await bodyOf('/staff/programmes/tevo/waves/w1')).toBe(await bodyOf('/staff/programmes/nowhere/waves/w1'))
  })

  /** What the door must answer: null where it lets this person by. */
  function refusalOf(route: string, identity: Identity): number | null {
    const open = CONSOLE[route]!
    if (open === 'anybody') return null
    if ((OUTSIDE as readonly string[]).includes(identity)) return 401
    if (open.includes(identity as Staff)) return null
    const isElsewhere = ['fieldwork elsewhere', 'nobody any more'].includes(identity)
    return route.includes(':programme') && isElsewhere ? 404 : 403
  }

  test.each(Object.keys(CONSOLE))(
    '%s',
    async (route) => {
      const [method = '', pattern = ''] = route.split(' ')
      const path = exampleOf(pattern)
      const wrong: unknown[] = []
      for (const identity of [...OUTSIDE, ...EVERYBODY_HERE]) {
        for (const verb of VERBS) {
          const asked = verb === 'HEAD' ? 'GET' : verb
          // What answers this address with another verb has its turn by itself.
          if (asked !== method && isRoute(asked, path)) continue
          const status = await ask(identity, verb, path)
          const refusal = asked === method ? refusalOf(route, identity) : 404
          const isRight =
            refusal === null ? ![401, 403].includes(status) || isSaidInside(route, status) : status === refusal
          if (!isRight || status >= 500) wrong.push({ identity, verb, status, refusal })
        }
      }
      expect(wrong).toEqual([])
    },
    60_000,
  )

  const isRoute = (method: string, path: string) =>
    Object.keys(CONSOLE).some((route) => {
      const [verb, pattern = ''] = route.split(' ')
      return verb === method && new RegExp(`^${pattern.replaceAll(/:\w+/g, '[^/]+')}$`).test(path)
    })

  /** A sign-in that comes to nothing is refused by the page itself, to everybody alike. */
  const isSaidInside = (route: string, status: number) => route === 'GET /staff/provider/back' && status === 403

  test.each(Object.keys(SPELLINGS))(
    'no address opens more %s',
    async (spelling) => {
      const wrong: unknown[] = []
      for (const [route, open] of Object.entries(CONSOLE)) {
        if (open === 'anybody') continue
        const [method = '', pattern = ''] = route.split(' ')
        const { path, headers: more } = SPELLINGS[spelling]!(exampleOf(pattern))
        for (const identity of [
          'nobody',
          'a volunteer',
          'a researcher’s token',
          'researcher',
          'nobody any more',
        ] as const) {
          if (open.includes(identity as Staff)) continue
          const status = await ask(identity, method, path, more)
          if (![400, 401, 403, 404].includes(status)) wrong.push({ route, identity, path, status })
        }
      }
      expect(wrong).toEqual([])
    },
    120_000,
  )

  test('nobody of the staff is let in where volunteers, researchers or machines are', async () => {
    const wrong: unknown[] = []
    for (const { method, path } of app.routes) {
      if (method === 'ALL' || !(OF_A_VOLUNTEER.test(path) || OF_RESEARCHERS.test(path) || OF_METRICS.test(path)))
        continue
      const address = exampleOf(path)
      const nobody = await ask('nobody', method, address)
      for (const identity of ['administrator', 'fieldwork', 'researcher'] as const) {
        const status = await ask(identity, method, address)
        if (status !== nobody) wrong.push({ path, identity, status, nobody })
      }
      const refused = OF_A_VOLUNTEER.test(path) ? 404 : 401
      if (nobody !== refused) wrong.push({ path, nobody })
    }
    expect(wrong).toEqual([])
  })

  test('a token opens what it is for, and a volunteer’s cookie their own questionnaire', async () => {
    expect(await ask('a researcher’s token', 'GET', '/api/v1/publications')).toBe(200)
    expect(await ask('a token for metrics', 'GET', '/api/v1/publications')).toBe(401)
    expect(await ask('a token for metrics', 'GET', '/metrics')).toBe(200)
    expect(await ask('a researcher’s token', 'GET', '/metrics')).toBe(401)
  })
})
