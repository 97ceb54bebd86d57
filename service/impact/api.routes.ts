// The API for researchers: publications as they were frozen. A table that is not in a publication's plan does not exist.
import { createRoute, OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { createMiddleware } from 'hono/factory'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { type Reader, requireReader } from '../access/require-token.routes.ts'
import { problem, type Web } from '../platform/http.tsx'
import { safeText } from '../platform/safe.ts'
import type { Frozen } from '../publications/library.queries.ts'
import { listSigningKeys } from '../publications/publications.queries.ts'
import { Manifest, PublishedTable } from '../publications/tables.ts'
import type { ResearchDeps } from './deps.ts'
import { type Cohort, headlinesOf, inCohort, newestFirst } from './headline.ts'
import { openQueryLog } from './query-log.actions.ts'
import { tableCsv } from './table-csv.ts'

const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string().optional(),
  instance: z.string(),
})
const Table = PublishedTable.meta({ id: 'Table' })
const Label = z.object({ fr: z.string(), en: z.string() })
const Href = z.string().describe('its address')
const Listed = Manifest.omit({ tables: true, noise: true, refused: true, plan: true }).extend({ href: Href })
const ListedCohort = z.object({ cohort: z.string(), waves: z.array(z.string()), href: Href })
const ListedProgramme = z.object({ programme: z.string(), name: Label, cohorts: z.array(ListedCohort) })
const Impact = z.object({
  programme: z.string(),
  cohort: z.string(),
  indicators: z.array(
    z.object({
      href: Href,
      sha256: z.string(),
      wave: z.string(),
      table: Table,
    }),
  ),
})

const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})
const jsonOrCsv = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema }, 'text/csv': { schema: z.string() } },
})
const problemJson = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
})
const refusals = {
  401: problemJson('No token, or one that is not good'),
  429: problemJson('Too many questions; Retry-After says for how many seconds'),
}
const notFound = { 404: problemJson('No such thing: unknown, or not published') }
const redirect = { 307: { description: 'Where it is' } }
const security = [{ token: [] }]

const name = (description: string) => safeText.describe(description)
const OfPublication = z.object({ publication: name('a publication, such as tevo.phase-1.w1.1') })
const OfProgramme = z.object({ programme: name('a programme, such as tevo') })
const OfCohort = OfProgramme.extend({ cohort: name('a cohort, such as phase-1') })
const format = z.enum(['json', 'csv']).optional().describe('instead of the header Accept')
const By = z.object({
  by: safeText
    .default('total')
    .describe('total, or a split the table is published by, such as gender or dispositif,gender'),
  format,
})

/** Ways of naming a table by what is asked: the first of `tables` that a publication has. */
const VIEWS = {
  response: { summary: 'Who responded', tables: () => ['response'] },
  retention: { summary: 'Who is still there, wave by wave', tables: () => ['retention'] },
  register: { summary: 'What the register alone says', tables: () => ['register'] },
  'indicators/{name}': {
    summary: 'One indicator: an item, a score, a share, a state',
    tables: (name: string) =>
      ['item', 'mean', 'share', 'status', 'recommendation', 'states', 'ceiling', 'reliability'].map(
        (kind) => `${kind}.${name}`,
      ),
  },
  'change/{name}': {
    summary: 'How a score or a share changed since the baseline',
    tables: (name: string) => [`change.${name}`],
  },
  'comparison/{name}': {
    summary: 'That change less the change of people who did not leave',
    tables: (name: string) => [`comparison.${name}`],
  },
  'transitions/{name}': {
    summary: 'From which state into which people moved',
    tables: (name: string) => [`transition.${name}`],
  },
  'survival/{name}': { summary: 'The time to a first event', tables: (name: string) => [`survival.${name}`] },
} satisfies Record<string, { summary: string; tables: (name: string) => string[] }>

const get = <Path extends string, Rest extends Omit<RouteConfig, 'method' | 'path'>>(
  path: Path,
  summary: string,
  rest: Rest,
) => createRoute({ method: 'get', path, summary, security, ...rest } as const)

const routes = {
  programmes: get('/api/v1/programmes', 'All programmes that something is published of, with their cohorts', {
    responses: { 200: json(z.object({ programmes: z.array(ListedProgramme) }), 'The programmes'), ...refusals },
  }),
  cohorts: get('/api/v1/programmes/{programme}/cohorts', 'The cohorts of a programme', {
    request: { params: OfProgramme },
    responses: { 200: json(z.object({ cohorts: z.array(ListedCohort) }), 'The cohorts'), ...refusals, ...notFound },
  }),
  cohort: get('/api/v1/programmes/{programme}/cohorts/{cohort}', 'A cohort: its publications, the latest wave first', {
    request: { params: OfCohort },
    responses: { 200: json(z.object({ publications: z.array(Listed) }), 'Its publications'), ...refusals, ...notFound },
  }),
  impact: get(
    '/api/v1/programmes/{programme}/cohorts/{cohort}/impact',
    'What a cohort comes down to: the newest figure of each indicator, of everybody in it',
    {
      request: { params: OfCohort, query: z.object({ format }) },
      responses: { 200: jsonOrCsv(Impact, 'The indicators'), ...refusals, ...notFound },
    },
  ),
  latest: get('/api/v1/programmes/{programme}/cohorts/{cohort}/latest', 'The publication of the latest wave', {
    request: { params: OfCohort },
    responses: { ...redirect, ...refusals, ...notFound },
  }),
  latestOfWave: get(
    '/api/v1/programmes/{programme}/cohorts/{cohort}/waves/{wave}/latest',
    'The latest publication of a wave: the final one, once it is out',
    {
      request: { params: OfCohort.extend({ wave: name('a wave, such as w1') }) },
      responses: { ...redirect, ...refusals, ...notFound },
    },
  ),
  publications: get('/api/v1/publications', 'All publications, the latest first', {
    responses: { 200: json(z.object({ publications: z.array(Listed) }), 'The publications'), ...refusals },
  }),
  publication: get('/api/v1/publications/{publication}', 'One publication: what it is about, and the tables it has', {
    request: { params: OfPublication },
    responses: { 200: json(Manifest, 'The publication'), ...refusals, ...notFound },
  }),
  signature: get(
    '/api/v1/publications/{publication}/signature',
    'The publication, signed: its bytes as a JWS (EdDSA); the keys are at /.well-known/jwks.json',
    {
      request: { params: OfPublication },
      responses: {
        200: { description: 'The signed bytes', content: { 'application/jose': { schema: z.string() } } },
        ...refusals,
        ...notFound,
      },
    },
  ),
  codebook: get(
    '/api/v1/publications/{publication}/codebook',
    'Every question, code, score and indicator of a publication',
    {
      request: { params: OfPublication },
      responses: { 200: json(z.looseObject({}), 'The codebook'), ...refusals, ...notFound },
    },
  ),
  table: get(
    '/api/v1/publications/{publication}/tables/{table}',
    'One table; the address always returns the same bytes',
    {
      request: {
        params: OfPublication.extend({ table: name('a table of the publication, such as change.CMP_IDX') }),
        query: By,
      },
      responses: { 200: jsonOrCsv(Table, 'The table'), ...refusals, ...notFound },
    },
  ),
}

export function apiRoutes(deps: ResearchDeps) {
  const { library, baseUrl } = deps
  const api: Api = new OpenAPIHono({
    // All a request can say is names, and a name that cannot be read is the name of nothing.
    defaultHook: (result, c) => (result.success ? undefined : problem(c, 404, 'Not found')),
  })
  describe(api, baseUrl)
  const note = openQueryLog({ clock: deps.clock, log: deps.log, folder: deps.queryLog })
  const door = [
    requireReader(deps),
    limitRate(deps.perMinute),
    createMiddleware<Reader>(async (c, next) => {
      await next()
      const path = c.req.url.slice(c.req.url.indexOf('/', 'https://'.length))
      note({ reader: c.get('reader'), path, status: c.res.status })
    }),
  ] as const
  for (const path of ['/api/v1/programmes/*', '/api/v1/publications/*']) api.use(path, ...door)

  const at = (path: string) => `${baseUrl}/api/v1/${path}`
  const listedOf = ({ tables: _, noise: __, refused: ___, plan: ____, ...listed }: Manifest) => ({
    ...listed,
    href: at(`publications/${listed.publication}`),
  })
  const manifests = async () => (await library.list()).map(({ manifest }) => manifest)
  const ofCohort = async (asked: Cohort) => inCohort(await manifests(), asked)
  const cohortsOf = (published: readonly Manifest[]) =>
    [...Map.groupBy(published, ({ cohort }) => cohort)].map(([cohort, all]) => ({
      cohort,
      waves: [...new Set(all.toSorted(newestFirst).map(({ wave }) => wave))],
      href: at(`programmes/${all[0]!.programme}/cohorts/${cohort}`),
    }))
  const missing = (c: Context) => problem(c, 404, 'Not found') as never

  api.openapi(routes.programmes, async (c) => {
    const programmes = [...Map.groupBy(await manifests(), ({ programme }) => programme)].map(
      ([programme, published]) => {
        const name = published.find(({ names }) => names)?.names?.programme ?? { fr: programme, en: programme }
        return { programme, name, cohorts: cohortsOf(published) }
      },
    )
    return c.json({ programmes }, 200)
  })

  api.openapi(routes.cohorts, async (c) => {
    const { programme } = c.req.valid('param')
    const published = (await manifests()).filter((one) => one.programme === programme)
    return published.length === 0 ? missing(c) : c.json({ cohorts: cohortsOf(published) }, 200)
  })

  api.openapi(routes.cohort, async (c) => {
    const published = await ofCohort(c.req.valid('param'))
    return published.length === 0 ? missing(c) : c.json({ publications: published.map(listedOf) }, 200)
  })

  api.openapi(routes.impact, async (c) => {
    const { programme, cohort } = c.req.valid('param')
    const published = await ofCohort({ programme, cohort })
    if (published.length === 0) return missing(c)
    const found = await Promise.all(
      headlinesOf(published).map(async ({ publication, table, wave }) => {
        const frozen = (await library.findTable(publication, table, 'total'))!
        const read = (await library.readTable(publication, table, 'total'))!
        return { href: at(`publications/${publication}/tables/${table}`), sha256: frozen.sha256, wave, table: read }
      }),
    )
    if (!wantsCsv(c)) return c.json({ programme, cohort, indicators: found }, 200)
    return csv(c, found.map(({ table }) => tableCsv(table)).join('\r\n')) as never
  })

  api.openapi(routes.latest, async (c) => {
    const [newest] = await ofCohort(c.req.valid('param'))
    return newest ? c.redirect(at(`publications/${newest.publication}`), 307) : missing(c)
  })

  api.openapi(routes.latestOfWave, async (c) => {
    const { wave } = c.req.valid('param')
    const newest = (await ofCohort(c.req.valid('param'))).find((one) => one.wave === wave)
    return newest ? c.redirect(at(`publications/${newest.publication}`), 307) : missing(c)
  })

  api.openapi(routes.publications, async (c) => c.json({ publications: (await manifests()).map(listedOf) }, 200))

  api.openapi(routes.publication, async (c) => {
    const found = await library.find(c.req.valid('param').publication)
    return found ? frozen(c, found.frozen) : missing(c)
  })

  api.openapi(routes.signature, async (c) => {
    const found = await library.find(c.req.valid('param').publication)
    if (!found?.signature) return missing(c)
    immutable(c)
    return c.body(found.signature, 200, { 'Content-Type': 'application/jose' }) as never
  })

  api.openapi(routes.codebook, async (c) => {
    const found = await library.find(c.req.valid('param').publication)
    return found?.codebook ? frozen(c, found.codebook) : missing(c)
  })

  api.openapi(routes.table, async (c) => {
    const { publication, table } = c.req.valid('param')
    const found = await library.findTable(publication, table, c.req.valid('query').by)
    return found ? tableOf(c, found) : missing(c)
  })

  for (const [path, { summary, tables }] of Object.entries(VIEWS)) {
    const params = path.includes('{name}')
      ? OfPublication.extend({ name: name('an item, a score or an indicator, such as CMP_IDX') })
      : OfPublication
    const view = get(`/api/v1/publications/{publication}/${path}`, summary, {
      request: { params, query: By },
      responses: {
        200: jsonOrCsv(Table, 'The table, whose own address is in Content-Location'),
        ...refusals,
        ...notFound,
      },
    })
    api.openapi(view, async (c) => {
      const { publication, name = '' } = c.req.valid('param') as { publication: string; name?: string }
      const { by } = c.req.valid('query')
      for (const table of tables(name)) {
        const found = await library.findTable(publication, table, by)
        if (!found) continue
        c.header(
          'Content-Location',
          `${at(`publications/${publication}/tables/${table}`)}?by=${encodeURIComponent(by)}`,
        )
        return tableOf(c, found)
      }
      return missing(c)
    })
  }

  api.get('/.well-known/jwks.json', async (c) => {
    const keys = (await listSigningKeys(deps.db)).map(({ jwk }) => jwk)
    c.header('Cache-Control', 'public, max-age=300')
    return c.json({ keys })
  })

  return api
}

type Api = OpenAPIHono<{ Variables: Web['Variables'] & Reader['Variables'] }>

function describe(api: Api, baseUrl: string): void {
  api.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: 'A researcher token (rvk_…)',
  })
  api.doc31('/api/v1/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Retour',
      version: '1',
      description:
        'Protected figures about cohorts of volunteers. Counts are slightly altered to protect people; totals may differ from the sum.',
    },
    servers: [{ url: baseUrl }],
  })
}

/** So many questions a minute for each token; more are answered 429. A courtesy to others: what protects is the noise. */
function limitRate(perMinute: number) {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 })
  return createMiddleware<Reader>(async (c, next) => {
    const refused = await limiter.consume(c.get('reader')).then(
      () => null,
      (result: RateLimiterRes) => result,
    )
    if (!refused) return next()
    c.header('Retry-After', String(Math.ceil(refused.msBeforeNext / 1000)))
    return problem(c, 429, 'Too many questions', `A token may ask ${perMinute} questions a minute`)
  })
}

const wantsCsv = (c: Context): boolean =>
  (c.req.query('format') ??
    (accepts(c, { header: 'Accept', supports: ['application/json', 'text/csv'], default: 'application/json' }) ===
    'text/csv'
      ? 'csv'
      : 'json')) === 'csv'

/** A table as it was frozen, or as a file for spreadsheets. */
function tableOf(c: Context, found: Frozen): never {
  c.header('Vary', 'Accept')
  if (!wantsCsv(c)) return frozen(c, found)
  immutable(c)
  c.header('ETag', `"${found.sha256}-csv"`)
  return csv(c, tableCsv(PublishedTable.parse(JSON.parse(found.content)))) as never
}

const csv = (c: Context, content: string): Response =>
  c.body(content, 200, { 'Content-Type': 'text/csv; charset=utf-8' })

/** The bytes as they were stored, for ever the same. */
function frozen(c: Context, { content, sha256 }: Frozen): never {
  immutable(c)
  c.header('ETag', `"${sha256}"`)
  return c.body(content, 200, { 'Content-Type': 'application/json' }) as never
}

const immutable = (c: Context): void => c.header('Cache-Control', 'private, max-age=31536000, immutable')
