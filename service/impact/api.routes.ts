// The API for researchers: publications as they were frozen. A table that is not in a publication's plan does not exist.
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { requireToken } from '../access/require-token.routes.ts'
import { problem, type Web } from '../platform/http.tsx'
import { safeText } from '../platform/safe.ts'
import { findPublication, findTable, listPublications } from '../publications/publications.queries.ts'
import { Manifest, PublishedTable } from '../publications/tables.ts'
import type { Deps } from '../waves/deps.ts'

const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string().optional(),
  instance: z.string(),
})
const Listed = Manifest.omit({ tables: true, noise: true, refused: true, plan: true }).extend({ href: z.string() })

const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})
const problemJson = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
})
const unauthorised = { 401: problemJson('No token, or one that is not good') }
const security = [{ token: [] }]
const Publication = safeText.describe('a publication, such as tevo.phase-1.w1.1')

const list = createRoute({
  method: 'get',
  path: '/api/v1/publications',
  summary: 'All publications, the latest first',
  security,
  responses: { 200: json(z.object({ publications: z.array(Listed) }), 'The publications'), ...unauthorised },
})

const one = createRoute({
  method: 'get',
  path: '/api/v1/publications/{publication}',
  summary: 'One publication: what it is about, and the tables it has',
  security,
  request: { params: z.object({ publication: Publication }) },
  responses: { 200: json(Manifest, 'The publication'), ...unauthorised, 404: problemJson('No such publication') },
})

const table = createRoute({
  method: 'get',
  path: '/api/v1/publications/{publication}/tables/{table}',
  summary: 'One table of a publication; the address always returns the same bytes',
  security,
  request: {
    params: z.object({
      publication: Publication,
      table: safeText.describe('a table of the publication, such as change.CMP_IDX'),
    }),
    query: z.object({ by: safeText.default('total').describe('total, or a dimension the table is published by') }),
  },
  responses: { 200: json(PublishedTable, 'The table'), ...unauthorised, 404: problemJson('No such table') },
})

export function apiRoutes(deps: Pick<Deps, 'db' | 'clock' | 'config'>) {
  const { db, config } = deps
  const api = new OpenAPIHono<Web>({
    // All a request can say is names, and a name that cannot be read is the name of nothing.
    defaultHook: (result, c) => (result.success ? undefined : problem(c, 404, 'Not found')),
  })
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
    servers: [{ url: config.baseUrl }],
  })
  api.use('/api/v1/publications/*', requireToken(deps, 'research'))

  api.openapi(list, async (c) => {
    const publications = (await listPublications(db)).map(({ manifest }) => {
      const { tables: _, noise: __, refused: ___, plan: ____, ...listed } = Manifest.parse(JSON.parse(manifest))
      return { ...listed, href: `${config.baseUrl}/api/v1/publications/${listed.publication}` }
    })
    return c.json({ publications }, 200)
  })

  api.openapi(one, async (c) => {
    const publication = await findPublication(db, c.req.valid('param').publication)
    return publication ? (frozen(c, publication.manifest) as never) : (problem(c, 404, 'Not found') as never)
  })

  api.openapi(table, async (c) => {
    const found = await findTable(db, { ...c.req.valid('param'), ...c.req.valid('query') })
    if (!found) return problem(c, 404, 'Not found') as never
    c.header('ETag', `"${found.sha256}"`)
    return frozen(c, found.content) as never
  })

  return api
}

/** The bytes as they were stored, for ever the same. */
function frozen(
  c: {
    header(name: string, value: string): void
    body(content: string, status: 200, headers: Record<string, string>): Response
  },
  content: string,
): Response {
  c.header('Cache-Control', 'private, max-age=31536000, immutable')
  return c.body(content, 200, { 'Content-Type': 'application/json' })
}
