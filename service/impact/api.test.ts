// Checks the API from outside, on both databases: the refusals first, then what researchers get and how it is described.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { storeToken } from '../access/api-tokens.queries.ts'
import { createToken, withdrawToken } from '../access/create-token.actions.ts'
import { createApp } from '../app.ts'
import { demonstrationClock } from '../platform/clock.ts'
import { sha256, sha256Hex } from '../platform/secrets.ts'
import { ENGINES } from '../platform/testing.ts'
import { closeWave } from '../publications/close-wave.actions.ts'
import { answerWave, enrolCohort } from '../publications/testing.ts'
import { openTestService, type TestService } from '../testing.ts'

const NOW = '2026-10-20T12:00:00Z'
const LATER = '2026-11-26T12:00:00Z'
const ROUTES = [
  '/api/v1/publications',
  '/api/v1/publications/tevo.large.w1.1',
  '/api/v1/publications/tevo.large.w1.1/tables/response',
  '/api/v1/publications/tevo.nobody.w1.1',
]

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  let token: string
  const ask = (path: string, headers: Record<string, string> = { Authorization: `Bearer ${token}` }, method = 'GET') =>
    createApp(service).request(path, { method, headers })

  beforeAll(async () => {
    service = await openTestService(engine, NOW)
    await enrolCohort(service, 'large', 120)
    await answerWave(service, 'large', 'w0', (place) => (place % 5 < 4 ? 'complete' : null))
    await answerWave(service, 'large', 'w1', (place) => (place % 8 < 6 ? 'complete' : null))
    await closeWave(service, { programme: 'tevo', cohort: 'large', wave: 'w0', actor: 'test' })
    service.clock = demonstrationClock(Temporal.Instant.from(LATER))
    await closeWave(service, { programme: 'tevo', cohort: 'large', wave: 'w1', actor: 'test' })
    token = (await createToken(service, { name: 'researcher', days: 30, actor: 'test' })).token
  })
  afterAll(() => service.close())

  /** An answer of the API without what is different each time. */
  const bodyOf = async (answer: Response) => {
    const { instance, ...body } = (await answer.json()) as Record<string, unknown>
    expect(instance).toMatch(/^urn:uuid:[0-9a-f-]{36}$/)
    return body
  }

  describe('refuses', () => {
    const refusal = {
      type: 'about:blank',
      title: 'A researcher token is required',
      status: 401,
      detail: expect.stringContaining('Authorization: Bearer'),
    }
    const expectRefused = async (answer: Response) => {
      expect(answer.status).toBe(401)
      expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
      expect(answer.headers.get('WWW-Authenticate')).toMatch(/^Bearer /)
      expect(answer.headers.get('Cache-Control')).toBe('no-store')
      expect(await bodyOf(answer)).toEqual(refusal)
    }

    test.each(ROUTES)('%s without a token', async (path) => {
      await expectRefused(await ask(path, {}))
    })

    test.each([
      ['the password of a person', 'Basic cmV0b3VyOnJldG91cg=='],
      ['an empty token', 'Bearer '],
      ['a token nobody was given', `Bearer rvk_0123abcd_${'A'.repeat(43)}`],
      ['a token that is too short', `Bearer rvk_0123abcd_${'A'.repeat(42)}`],
      ['a volunteer’s link', `Bearer rv1s_${'A'.repeat(43)}`],
      ['an unsigned token of another kind', 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.'],
      ['a query', "Bearer ' or '1' = '1"],
    ])('%s', async (_, Authorization) => {
      for (const path of ROUTES) await expectRefused(await ask(path, { Authorization }))
    })

    test('a good token with anything before or after it', async () => {
      for (const Authorization of [`Bearer ${token}x`, `Bearer  ${token}`, `Bearer ${token}, Bearer ${token}`, token])
        await expectRefused(await ask(ROUTES[0]!, { Authorization }))
    })

    test('a token in the address', async () => {
      await expectRefused(await ask(`${ROUTES[0]}?token=${token}&access_token=${token}`, {}))
    })

    test('a token from the instant it expires', async () => {
      const short = await createToken(service, { name: 'short', days: 1, actor: 'test' })
      const at = (instant: Temporal.Instant) =>
        createApp({ ...service, clock: demonstrationClock(instant) }).request(ROUTES[0]!, {
          headers: { Authorization: `Bearer ${short.token}` },
        })
      expect((await at(short.expiresAt.subtract({ milliseconds: 1 }))).status).toBe(200)
      await expectRefused(await at(short.expiresAt))
    })

    test('a token that was revoked', async () => {
      const revoked = await createToken(service, { name: 'revoked', days: 30, actor: 'test' })
      const headers = { Authorization: `Bearer ${revoked.token}` }
      expect((await ask(ROUTES[0]!, headers)).status).toBe(200)
      const [, id] = revoked.token.split('_')
      expect(await withdrawToken(service, { id: id!, actor: 'test' })).toBe(true)
      expect(await withdrawToken(service, { id: id!, actor: 'test' })).toBe(false)
      await vi.waitFor(async () => expectRefused(await ask(ROUTES[0]!, headers)), { timeout: 5_000, interval: 200 })
    })

    test('a token made for something else', async () => {
      const other = `rvk_00000001_${'B'.repeat(43)}`
      const createdAt = service.clock.now()
      await storeToken(service.db, {
        id: '00000001',
        name: 'other',
        tokenHash: sha256(other),
        scope: 'fieldwork',
        createdAt,
        expiresAt: createdAt.add({ hours: 24 }),
      })
      await expectRefused(await ask(ROUTES[0]!, { Authorization: `Bearer ${other}` }))
    })

    test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('to be changed by %s', async (method) => {
      for (const path of ROUTES) expect((await ask(path, undefined, method)).status).toBe(404)
    })
  })

  describe('answers', () => {
    test('the publications, the latest first, each with its address', async () => {
      const answer = await ask('/api/v1/publications')
      expect(answer.status).toBe(200)
      const { publications } = (await answer.json()) as { publications: { publication: string; href: string }[] }
      expect(publications.map(({ publication }) => publication)).toEqual(['tevo.large.w1.1', 'tevo.large.w0.1'])
      expect(publications[0]).toEqual({
        publication: 'tevo.large.w1.1',
        status: 'final',
        programme: 'tevo',
        cohort: 'large',
        wave: 'w1',
        names: expect.objectContaining({ wave: { fr: 'Un mois après le retour', en: 'A month after return' } }),
        baseline: 'w0',
        publishedOn: '2026-11-26',
        eligible: 120,
        instruments: ['w0@2', 'w1@2'],
        href: 'https://retour.example/api/v1/publications/tevo.large.w1.1',
      })
    })

    test('every table of a publication, as the bytes whose hash the publication gives', async () => {
      const { tables } = (await (await ask('/api/v1/publications/tevo.large.w1.1')).json()) as Listing
      let answered = 0
      for (const { table, by } of tables) {
        for (const split of by) {
          const answer = await ask(`/api/v1/publications/tevo.large.w1.1/tables/${table}?by=${split.by}`)
          expect(answer.status).toBe(200)
          const bytes = await answer.text()
          expect(sha256Hex(bytes)).toBe(split.sha256)
          expect(JSON.parse(bytes)).toMatchObject({ publication: 'tevo.large.w1.1', table, by: split.by })
          expect(answer.headers.get('ETag')).toBe(`"${split.sha256}"`)
          answered++
        }
      }
      expect(answered).toBeGreaterThan(100)
    })

    test('the total when no dimension is asked for', async () => {
      const path = '/api/v1/publications/tevo.large.w1.1/tables/response'
      expect(await (await ask(path)).text()).toBe(await (await ask(`${path}?by=total`)).text())
    })

    test('what never changes so that it need not be asked for again, to nobody but the one who asked', async () => {
      for (const path of [ROUTES[1]!, ROUTES[2]!]) {
        const answer = await ask(path)
        expect(answer.headers.get('Cache-Control')).toBe('private, max-age=31536000, immutable')
        expect(answer.headers.get('Content-Type')).toBe('application/json')
        expect(answer.headers.get('Last-Modified')).toBeNull()
      }
      expect((await ask(ROUTES[0]!)).headers.get('Cache-Control')).toBe('no-store')
    })

    test('the same headers to HEAD, without the body', async () => {
      const [get, head] = [await ask(ROUTES[2]!), await ask(ROUTES[2]!, undefined, 'HEAD')]
      expect(await head.text()).toBe('')
      expect([head.status, head.headers.get('ETag')]).toEqual([200, get.headers.get('ETag')])
    })
  })

  describe('knows nothing of', () => {
    const UNKNOWN = [
      '/api/v1/publications/tevo.large.w2.1',
      '/api/v1/publications/tevo.large.w1.2',
      '/api/v1/publications/tevo.large.w1.1/tables/item.UNKNOWN',
      '/api/v1/publications/tevo.large.w1.1/tables/item.OPEN_IMP',
      '/api/v1/publications/tevo.large.w1.1/tables/response?by=operator_code',
      '/api/v1/publications/tevo.large.w1.1/tables/response?by=gender,age',
      '/api/v1/publications/tevo.large.w1.1/tables/change.CMP_IDX?by=age',
      '/api/v1/publications/tevo.large.w0.1/tables/change.CMP_IDX',
      '/api/v1/publications/nothing/tables/nothing?by=nothing',
    ]
    const HOSTILE = [
      '%00',
      'tevo.large.w1.1%00',
      '%FF',
      '%ED%A0%80',
      '%F0%9F%92%A3',
      '..%2F..%2Fetc%2Fpasswd',
      "'; drop table publish.publication; --",
      '%25%27%20or%201=1',
      '__proto__',
      'constructor',
      '{}',
      '%0d%0aSet-Cookie:%20a=b',
      '٣',
      'x'.repeat(8000),
      'TEVO.LARGE.W1.1',
      '%20tevo.large.w1.1',
    ]
    const notFound = { type: 'about:blank', title: 'Not found', status: 404 }
    const expectUnknown = async (path: string) => {
      const answer = await ask(path)
      expect([path, answer.status]).toEqual([path, 404])
      expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
      expect(answer.headers.get('ETag')).toBeNull()
      expect(await bodyOf(answer)).toEqual(notFound)
    }

    test.each(UNKNOWN)('%s', async (path) => {
      await expectUnknown(path)
    })

    test('what does not exist, in any words, and says it in the same bytes and headers', async () => {
      const seen = new Set<string>()
      for (const path of UNKNOWN) {
        const answer = await ask(path)
        const text = (await answer.text()).replace(/[0-9a-f-]{36}/, '')
        seen.add(`${text} ${[...answer.headers].map(([name, value]) => `${name}=${value}`).join()}`)
      }
      expect(seen.size).toBe(1)
    })

    test('names made to do harm, wherever they stand', async () => {
      for (const name of HOSTILE) {
        await expectUnknown(`/api/v1/publications/${name}`)
        await expectUnknown(`/api/v1/publications/${name}/tables/response`)
        await expectUnknown(`/api/v1/publications/tevo.large.w1.1/tables/${name}`)
        await expectUnknown(`/api/v1/publications/tevo.large.w1.1/tables/response?by=${name}`)
      }
      expect((await ask(ROUTES[2]!)).status).toBe(200)
    })

    test('a dimension asked for twice, or in brackets, or as nothing', async () => {
      for (const query of ['by=total&by=gender', 'by=', 'by=total%00', 'by=Total', 'by=total%20'])
        await expectUnknown(`${ROUTES[2]}?${query}`)
      expect((await ask(`${ROUTES[2]}?by[]=gender&where=1`)).status).toBe(200)
    })

    test('anything else under its address', async () => {
      for (const path of ['/api/', '/api/v1', '/api/v1/answers', '/api/v2/publications', `${ROUTES[2]}/cells`])
        await expectUnknown(path)
    })

    test('a failure of its own while it is asked all this', () => {
      expect(service.logLines.filter((line) => /"level":"(error|warn)"/.test(line))).toEqual([])
    })
  })

  describe('describes itself', () => {
    const description = async () => resolved((await (await ask('/api/v1/openapi.json', {})).json()) as OpenApi)

    test('to anybody, as OpenAPI 3.1 that holds together', async () => {
      expect(faultsOf(await description())).toEqual([])
    })

    test('with every route it has, and no other', async () => {
      const { paths } = await description()
      const described = Object.entries(paths).flatMap(([path, operations]) =>
        Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
      )
      const routes = createApp(service)
        .routes.filter(({ path, method }) => path.startsWith('/api/') && method !== 'ALL')
        .map(({ path, method }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
        .filter((route) => !/\/openapi\.json$|\/docs\b/.test(route))
      expect(described.toSorted()).toEqual([...new Set(routes)].toSorted())
    })

    test('in schemas its answers keep to, without a field that is not described', async () => {
      const { paths } = await description()
      const schemaFor = (path: string, status: number) =>
        Object.values(paths[path]!.get!.responses[status]!.content!)[0]!.schema
      const [list, one, table] = [
        '/api/v1/publications',
        '/api/v1/publications/{publication}',
        '/api/v1/publications/{publication}/tables/{table}',
      ] as const
      const misfits = async (answer: Response, path: string) =>
        misfitsOf(await answer.json(), schemaFor(path, answer.status))
      expect(await misfits(await ask(list), list)).toEqual([])
      expect(await misfits(await ask(list, {}), list)).toEqual([])
      expect(await misfits(await ask(`${list}/nothing`), one)).toEqual([])
      expect(await misfits(await ask(`${list}/nothing/tables/nothing`), table)).toEqual([])
      for (const publication of ['tevo.large.w0.1', 'tevo.large.w1.1']) {
        expect(await misfits(await ask(`${list}/${publication}`), one)).toEqual([])
        const { tables } = (await (await ask(`${list}/${publication}`)).json()) as Listing
        for (const { table: name, by } of tables)
          for (const split of by.slice(0, 2))
            expect(await misfits(await ask(`${list}/${publication}/tables/${name}?by=${split.by}`), table)).toEqual([])
      }
    })

    test('in schemas that publications of an earlier time keep to, which lack what was added since', async () => {
      const { paths } = await description()
      const schemaFor = (path: string) => paths[path]!.get!.responses[200]!.content!['application/json']!.schema
      const one = '/api/v1/publications/tevo.large.w1.1'
      const { refused, ...manifest } = (await (await ask(one)).json()) as Listing
      expect(refused).toBeDefined()
      expect(misfitsOf(manifest, schemaFor('/api/v1/publications/{publication}'))).toEqual([])
      for (const name of manifest.tables.map(({ table }) => table)) {
        const { comparability: _, ...table } = JSON.parse(await (await ask(`${one}/tables/${name}`)).text())
        for (const cell of table.cells) for (const added of ['dontKnow', 'notReached']) delete cell[added]
        expect(misfitsOf(table, schemaFor('/api/v1/publications/{publication}/tables/{table}'))).toEqual([])
      }
    })
  })
})

type Listing = { tables: { table: string; by: { by: string; sha256: string }[] }[]; refused: unknown[] }

// ---------------------------------------------------------------- OpenAPI and JSON Schema, as much of them as is used

type Schema = {
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: Schema | boolean
  items?: Schema
  enum?: unknown[]
  oneOf?: Schema[]
  anyOf?: Schema[]
  $ref?: string
  [keyword: string]: unknown
}
type Operation = {
  summary?: string
  security?: Record<string, string[]>[]
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: Schema }[]
  responses: Record<string, { description?: string; content?: Record<string, { schema: Schema }> }>
}
type OpenApi = {
  openapi: string
  info: { title?: string; version?: string }
  servers: { url: string }[]
  components: { securitySchemes?: Record<string, { type: string; scheme?: string }> }
  paths: Record<string, Record<string, Operation>>
}

const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']
const KEYWORDS = ['type', 'properties', 'required', 'additionalProperties', 'items', 'enum', 'oneOf', 'anyOf']
const ANNOTATIONS = ['description', 'default', 'propertyNames']

/** What is wrong with a description, a sentence each. */
function faultsOf({ openapi, info, servers, components, paths }: OpenApi): string[] {
  const faults: string[] = []
  if (!/^3\.1\.\d+$/.test(openapi)) faults.push(`openapi is ${openapi}`)
  if (!info.title || !info.version) faults.push('info lacks its title or version')
  if (!servers.every(({ url }) => URL.canParse(url))) faults.push('a server is not an address')
  if (Object.keys(paths).length === 0) faults.push('there are no paths')
  for (const [path, operations] of Object.entries(paths)) {
    if (!path.startsWith('/')) faults.push(`${path} does not begin with /`)
    for (const [method, operation] of Object.entries(operations)) {
      const where = `${method} ${path}`
      if (!['get', 'post', 'put', 'patch', 'delete', 'head', 'options'].includes(method)) faults.push(`${where}: what?`)
      if (!operation.summary) faults.push(`${where} has no summary`)
      const placeholders = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path')
      if (
        placeholders.toSorted().join() !==
        inPath
          .map(({ name }) => name)
          .toSorted()
          .join()
      )
        faults.push(`${where}: its parameters are not those of its path`)
      for (const { name, required, schema, description, ...parameter } of operation.parameters ?? []) {
        if (parameter.in === 'path' && !required) faults.push(`${where}: ${name} must be required`)
        if (!['path', 'query', 'header', 'cookie'].includes(parameter.in)) faults.push(`${where}: ${name} is nowhere`)
        if (!description) faults.push(`${where}: ${name} is not described`)
        faults.push(...schemaFaults(schema, `${where} ${name}`))
      }
      for (const scheme of (operation.security ?? []).flatMap(Object.keys))
        if (!components.securitySchemes?.[scheme]) faults.push(`${where}: there is no way to sign in called ${scheme}`)
      if (!operation.security?.length) faults.push(`${where} does not say that it wants a token`)
      if (!operation.responses[401]) faults.push(`${where} does not say that it may refuse`)
      for (const [status, response] of Object.entries(operation.responses)) {
        if (!/^[1-5]\d\d$/.test(status)) faults.push(`${where}: ${status} is not a status`)
        if (!response.description) faults.push(`${where}: ${status} is not described`)
        for (const [type, { schema }] of Object.entries(response.content ?? {})) {
          if (!(status === '200' ? ANSWERS : ['application/problem+json']).includes(type))
            faults.push(`${where}: ${status} is ${type}`)
          faults.push(...schemaFaults(schema, `${where} ${status}`))
        }
      }
    }
  }
  return faults
}

const ANSWERS = ['application/json', 'text/csv', 'application/jose']

/** A description with every reference replaced by what it refers to. */
function resolved(description: OpenApi): OpenApi {
  const schemas = (description.components as { schemas?: Record<string, unknown> }).schemas ?? {}
  const within = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(within)
    if (typeof part !== 'object' || part === null) return part
    const { $ref } = part as { $ref?: string }
    if ($ref) return within(schemas[$ref.replace('#/components/schemas/', '')])
    return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, within(value)]))
  }
  return within(description) as OpenApi
}

function schemaFaults(schema: Schema, where: string): string[] {
  const unknown = Object.keys(schema).filter((keyword) => ![...KEYWORDS, ...ANNOTATIONS].includes(keyword))
  const wrongTypes = [schema.type ?? []].flat().filter((type) => !TYPES.includes(type))
  const undescribed = (schema.required ?? []).filter((name) => !schema.properties?.[name])
  const within: Record<string, Schema> = {
    ...schema.properties,
    ...(typeof schema.additionalProperties === 'object' && { '*': schema.additionalProperties }),
    ...(schema.items && { '[]': schema.items }),
    ...Object.fromEntries([...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].entries()),
  }
  return [
    ...unknown.map((keyword) => `${where}: ${keyword} is not checked here`),
    ...wrongTypes.map((type) => `${where}: there is no type ${type}`),
    ...undescribed.map((name) => `${where}: ${name} is required and not described`),
    ...Object.entries(within).flatMap(([name, schema]) => schemaFaults(schema, `${where} ${name}`)),
  ]
}

const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)

/** Where a value departs from a schema; a property that is not described departs from it too. */
function misfitsOf(value: unknown, schema: Schema, where = '$'): string[] {
  const kind = (value as { kind?: unknown } | null)?.kind
  const choices = (schema.oneOf ?? schema.anyOf)?.filter(
    ({ properties }) => kind === undefined || (properties?.kind?.enum?.includes(kind) ?? true),
  )
  if (choices) {
    const fitting = choices.filter((choice) => misfitsOf(value, choice, where).length === 0).length
    const wanted = schema.oneOf ? fitting === 1 : fitting > 0
    return wanted ? [] : [`${where} fits ${fitting} of ${choices.length} choices`]
  }
  const types = [schema.type ?? []].flat()
  if (types.length > 0 && !types.includes(typeOf(value))) return [`${where} is ${typeOf(value)}`]
  if (schema.enum && !schema.enum.includes(value)) return [`${where} is ${value}`]
  if (Array.isArray(value))
    return value.flatMap((one, index) => misfitsOf(one, schema.items ?? {}, `${where}[${index}]`))
  if (typeOf(value) !== 'object') return []
  const fields = value as Record<string, unknown>
  const missing = (schema.required ?? [])
    .filter((name) => !(name in fields))
    .map((name) => `${where}.${name} is missing`)
  return [
    ...missing,
    ...Object.entries(fields).flatMap(([name, field]) => {
      const described = schema.properties?.[name] ?? schema.additionalProperties
      if (!described) return [`${where}.${name} is not described`]
      return described === true ? [] : misfitsOf(field, described, `${where}.${name}`)
    }),
  ]
}

test('a value that departs from its schema is noticed, and a description that does not hold together too', () => {
  const schema: Schema = {
    type: 'object',
    properties: { n: { type: ['number', 'null'] }, of: { oneOf: [{ enum: ['a'] }, { enum: ['b'] }] } },
    required: ['n'],
  }
  expect(misfitsOf({ n: null, of: 'a' }, schema)).toEqual([])
  expect(misfitsOf({ n: '1', of: 'c', more: 1 }, schema)).toEqual([
    '$.n is string',
    '$.of fits 0 of 2 choices',
    '$.more is not described',
  ])
  expect(misfitsOf({}, schema)).toEqual(['$.n is missing'])
  const empty: OpenApi = {
    openapi: '3.0.0',
    info: {},
    servers: [{ url: 'retour' }],
    components: {},
    paths: { '/a/{b}': { get: { security: [{ token: [] }], responses: { 200: {} } } } },
  }
  expect(faultsOf(empty)).toEqual([
    'openapi is 3.0.0',
    'info lacks its title or version',
    'a server is not an address',
    'get /a/{b} has no summary',
    'get /a/{b}: its parameters are not those of its path',
    'get /a/{b}: there is no way to sign in called token',
    'get /a/{b} does not say that it may refuse',
    'get /a/{b}: 200 is not described',
  ])
})
