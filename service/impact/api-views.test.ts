// Checks, on both databases, the ways to the tables of the API: by cohort, by what is asked, as CSV, signed, and logged.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createToken } from '../access/create-token.actions.ts'
import { createApp } from '../app.ts'
import { ENGINES } from '../platform/testing.ts'
import { closeWave, releaseProvisionally } from '../publications/close-wave.actions.ts'
import { Manifest, PublishedTable } from '../publications/tables.ts'
import { answerWave, enrolCohort } from '../publications/testing.ts'
import { openTestService, type TestService } from '../testing.ts'
import { tableCsv } from './table-csv.ts'

const ONE = '/api/v1/publications/tevo.large.w1.1'
const COHORT = '/api/v1/programmes/tevo/cohorts/large'

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  let app: ReturnType<typeof createApp>
  let token: string
  const ask = (path: string, headers: Record<string, string> = {}) =>
    app.request(path, { headers: { Authorization: `Bearer ${token}`, ...headers } })
  const json = async (path: string) => (await ask(path)).json() as Promise<Record<string, never>>
  const text = async (path: string, headers?: Record<string, string>) => (await ask(path, headers)).text()

  beforeAll(async () => {
    service = await openTestService(engine, '2026-11-26T12:00:00Z')
    await enrolCohort(service, 'large', 120)
    for (const wave of ['w0', 'w1']) {
      await answerWave(service, 'large', wave, (place) => (place % 5 < 4 ? 'complete' : null))
      await closeWave(service, { programme: 'tevo', cohort: 'large', wave, actor: 'test', early: true })
    }
    app = createApp(service)
    token = (await createToken(service, { name: 'ravi', days: 300, actor: 'test' })).token
  })
  afterAll(() => service.close())

  test('programmes lead to cohorts, and cohorts to their publications, the latest wave first', async () => {
    const { programmes } = (await json('/api/v1/programmes')) as unknown as {
      programmes: {
        programme: string
        name: { fr: string }
        cohorts: { cohort: string; waves: string[]; href: string }[]
      }[]
    }
    expect(programmes).toEqual([
      {
        programme: 'tevo',
        name: { fr: 'Territoires Volontaires', en: 'Territoires Volontaires' },
        cohorts: [{ cohort: 'large', waves: ['w1', 'w0'], href: `https://retour.example${COHORT}` }],
      },
    ])
    expect(await json('/api/v1/programmes/tevo/cohorts')).toEqual({ cohorts: programmes[0]!.cohorts })
    const { publications } = (await json(COHORT)) as unknown as { publications: { publication: string }[] }
    expect(publications.map(({ publication }) => publication)).toEqual(['tevo.large.w1.1', 'tevo.large.w0.1'])
  })

  test('the latest publication is found by cohort and by wave', async () => {
    for (const [path, publication] of [
      [`${COHORT}/latest`, 'tevo.large.w1.1'],
      [`${COHORT}/waves/w0/latest`, 'tevo.large.w0.1'],
    ]) {
      const answer = await ask(path!)
      expect(answer.status).toBe(307)
      expect(answer.headers.get('Location')).toBe(`https://retour.example/api/v1/publications/${publication}`)
      expect(answer.headers.get('Cache-Control')).toBe('no-store')
    }
  })

  test('what is not there is as unknown as what never was', async () => {
    const unknown = [
      '/api/v1/programmes/none/cohorts',
      '/api/v1/programmes/tevo/cohorts/none',
      '/api/v1/programmes/tevo/cohorts/none/impact',
      '/api/v1/programmes/tevo/cohorts/none/latest',
      `${COHORT}/waves/w9/latest`,
      '/api/v1/publications/none/codebook',
      '/api/v1/publications/none/signature',
      `${ONE}/indicators/NONE`,
      `${ONE}/indicators/CMP_IDX?by=wealth`,
      `${ONE}/change/SAT_GLOB`,
      `${ONE}/survival/FIRST_JOB`,
    ]
    const bodies = await Promise.all(
      unknown.map(async (path) => {
        const answer = await ask(path)
        expect([path, answer.status]).toEqual([path, 404])
        return (await answer.text()).replace(/urn:uuid:[0-9a-f-]+/, '')
      }),
    )
    expect(new Set(bodies).size).toBe(1)
  })

  test.each([
    ['response', 'response', 'total'],
    ['retention', 'retention', 'total'],
    ['register', 'register', 'total'],
    ['indicators/ACT_NOW?by=gender', 'item.ACT_NOW', 'gender'],
    ['indicators/CMP_IDX', 'mean.CMP_IDX', 'total'],
    ['indicators/SATISFIED', 'share.SATISFIED', 'total'],
    ['indicators/SITUATION', 'status.SITUATION', 'total'],
    ['indicators/NPS?by=direction', 'recommendation.NPS', 'direction'],
    ['change/CMP_IDX', 'change.CMP_IDX', 'total'],
    ['change/SPEAKS', 'change.SPEAKS', 'total'],
    ['transitions/SITUATION', 'transition.SITUATION', 'total'],
  ])('%s gives the bytes of %s, by %s, and says where they live', async (view, table, by) => {
    const answer = await ask(`${ONE}/${view}`)
    const own = `${ONE}/tables/${table}?by=${by}`
    expect(answer.headers.get('Content-Location')).toBe(`https://retour.example${own}`)
    const frozen = await ask(own)
    expect(await answer.text()).toBe(await frozen.text())
    expect(answer.headers.get('ETag')).toBe(frozen.headers.get('ETag'))
    expect(answer.headers.get('Cache-Control')).toBe('private, max-age=31536000, immutable')
  })

  test('the impact of a cohort is the newest table of each indicator, as it was published', async () => {
    const { indicators } = (await json(`${COHORT}/impact`)) as unknown as {
      indicators: { href: string; wave: string; table: PublishedTable }[]
    }
    const about = indicators.map(({ wave, table }) => `${table.table} ${wave}`)
    for (const one of [
      'response w1',
      'change.CMP_IDX w1',
      'share.SATISFIED w1',
      'share.VOLUNTEERS w0',
      'mean.ENG_IDX w0',
    ])
      expect(about).toContain(one)
    expect(new Set(indicators.map(({ table }) => table.table)).size).toBe(indicators.length)
    for (const { href, table } of indicators)
      expect(PublishedTable.parse(await json(href.replace('https://retour.example', '')))).toEqual(table)
  })

  test('a table is CSV by the header or by the address, with the figures of the JSON', async () => {
    const path = `${ONE}/tables/item.CMP_ADAPT?by=gender`
    const csv = await text(path, { Accept: 'text/csv' })
    expect(csv).toBe(await text(`${path}&format=csv`))
    expect(csv).toBe(tableCsv(PublishedTable.parse(await json(path))))
    const { cells } = (await json(path)) as unknown as {
      cells: {
        category: string
        n: number
        shares: { code: number; share: number; interval: { low: number } | null }[]
      }[]
    }
    const rows = parse(csv, { columns: true, delimiter: ';' }) as Record<string, string>[]
    expect(rows).toHaveLength(cells.flatMap(({ shares }) => shares).length)
    const expected = cells.flatMap(({ category, n, shares }) =>
      shares.map(({ code, share, interval }) =>
        [category, n, code, share, interval?.low].map((one) => String(one ?? '')),
      ),
    )
    expect(
      rows.map((row) => [
        row.category,
        row.n,
        row['shares.code'],
        row['shares.share'],
        row['shares.interval.low'] ?? '',
      ]),
    ).toEqual(expected)
  })

  test('every table is CSV with one shape of line', async () => {
    const { tables } = Manifest.parse(await json(ONE))
    for (const { table } of tables) {
      const answer = await ask(`${ONE}/tables/${table}?format=csv`)
      expect(answer.headers.get('Content-Type')).toBe('text/csv; charset=utf-8')
      const rows = parse(await answer.text(), { columns: true, delimiter: ';' }) as Record<string, string>[]
      expect(rows.length, table).toBeGreaterThan(0)
      for (const row of rows) expect(row).toMatchObject({ publication: 'tevo.large.w1.1', table, by: 'total' })
    }
    const all = await text(`${COHORT}/impact`, { Accept: 'text/csv' })
    expect(all).toContain('change.CMP_IDX')
  })

  test('the signature of a publication is good for its bytes and for no others, with the key given to anybody', async () => {
    const keys = (await (await app.request('/.well-known/jwks.json')).json()) as JSONWebKeySet
    expect(keys.keys).toHaveLength(1)
    expect(keys.keys[0]).not.toHaveProperty('d')
    const signature = await text(`${ONE}/signature`)
    const verified = await compactVerify(signature, createLocalJWKSet(keys))
    expect(verified.protectedHeader.alg).toBe('EdDSA')
    expect(new TextDecoder().decode(verified.payload)).toBe(await text(ONE))
    const [head, payload, seal] = signature.split('.')
    const changed = Buffer.from(Buffer.from(payload!, 'base64url').toString().replace('"w1"', '"w2"')).toString(
      'base64url',
    )
    await expect(compactVerify(`${head}.${changed}.${seal}`, createLocalJWKSet(keys))).rejects.toThrow(/signature/)
  })

  test('the codebook has every question in its words, and says what is missing by which code', async () => {
    const codebook = (await json(`${ONE}/codebook`)) as unknown as {
      missing: Record<string, number>
      instruments: { instrument: string; questions: { item: string; text: { fr: string } }[] }[]
      indicators: { indicator: string }[]
      dimensions: { dimension: string }[]
    }
    expect(codebook.missing).toMatchObject({ declined: -3, waveNonResponse: -6 })
    expect(codebook.instruments.map(({ instrument }) => instrument)).toEqual(['w0', 'w1'])
    const asked = codebook.instruments.flatMap(({ questions }) => questions.map(({ item }) => item))
    const { tables } = Manifest.parse(await json(ONE))
    for (const { table, kind } of tables)
      if (kind === 'distribution' && table.startsWith('item.')) expect(asked).toContain(table.slice(5))
    expect(codebook.dimensions.length).toBeGreaterThan(5)
  })

  test('every question is written down with its reader, and nothing of the token', async () => {
    await ask(`${ONE}/tables/response?by=gender`)
    const file = join(service.config.dataDir, 'research-questions', '2026-11.jsonl')
    const [, id, secret] = token.split('_')
    await vi.waitFor(() => {
      const lines = readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(lines).toContainEqual({
        at: '2026-11-26T12:00:00Z',
        reader: id,
        path: `${ONE}/tables/response?by=gender`,
        status: 200,
      })
    })
    expect(readFileSync(file, 'utf8')).not.toContain(secret)
  })

  test('a token that asks too much is told when to come back, and another is not', async () => {
    const strict = createApp({ ...service, config: { ...service.config, apiPerMinute: 3 } })
    const with_ = (bearer: string) => strict.request(ONE, { headers: { Authorization: `Bearer ${bearer}` } })
    for (let asked = 0; asked < 3; asked++) expect((await with_(token)).status).toBe(200)
    const refused = await with_(token)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0)
    expect(refused.headers.get('Content-Type')).toBe('application/problem+json')
    const other = (await createToken(service, { name: 'ana', days: 1, actor: 'test' })).token
    await vi.waitFor(async () => expect((await with_(other)).status).toBe(200), { timeout: 5_000, interval: 100 })
  })

  test('the page of the API comes from our own address alone', async () => {
    const page = await app.request('/api/v1/docs')
    expect(page.headers.get('Content-Security-Policy')).toMatch(/default-src 'none'.*connect-src 'self'/)
    const html = await page.text()
    for (const [, address] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect(address).toMatch(/^\/api\/v1\//)
      expect((await app.request(address!)).status).toBe(200)
    }
  })

  test('a provisional release is one, says so, and gives way to the final one', async () => {
    await enrolCohort(service, 'soon', 130, (place) => ({
      date_retour_effective: place < 80 ? '2026-10-10' : '2026-11-20',
    }))
    await answerWave(service, 'soon', 'w1', (place) => (place < 80 ? 'complete' : null))
    const unit = { programme: 'tevo', cohort: 'soon', wave: 'w1', actor: 'test' }
    expect(await releaseProvisionally(service, unit)).toMatchObject({ because: 'mostly open' })
    service.clock.jumpTo(Temporal.Instant.from('2027-01-01T12:00:00Z'))
    expect(await releaseProvisionally(service, unit)).toMatchObject({ ok: true, publication: 'tevo.soon.w1.1p' })
    expect(await releaseProvisionally(service, unit)).toMatchObject({ because: 'already released' })
    const latest = async () =>
      (await ask('/api/v1/programmes/tevo/cohorts/soon/waves/w1/latest')).headers.get('Location')
    await vi.waitFor(async () => expect(await latest()).toMatch(/tevo\.soon\.w1\.1p$/), {
      timeout: 5_000,
      interval: 200,
    })
    const first = Manifest.parse(await json('/api/v1/publications/tevo.soon.w1.1p'))
    expect(first).toMatchObject({ status: 'provisional', plan: { waves: 6 } })
    const bytes = await text('/api/v1/publications/tevo.soon.w1.1p')
    await closeWave(service, { ...unit, early: true })
    await vi.waitFor(async () => expect(await latest()).toMatch(/tevo\.soon\.w1\.1$/), {
      timeout: 5_000,
      interval: 200,
    })
    expect(Manifest.parse(await json('/api/v1/publications/tevo.soon.w1.1'))).toMatchObject({
      status: 'final',
      plan: { waves: 6 },
    })
    expect(await text('/api/v1/publications/tevo.soon.w1.1p')).toBe(bytes)
  })
})
