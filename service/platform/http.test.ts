// What every answer has in common: headers, limits, and failures that say what to do and repeat nothing.
import { HTTPException } from 'hono/http-exception'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { openTestService, type TestService } from '../testing.ts'
import { createWeb, fail, refuseOtherSites } from './http.tsx'
import { openLog } from './logging.ts'
import { stylesheet } from './style.ts'

const SECRET = 'SECRET-d41d8cd98f'

function openWeb(isDraining?: () => boolean) {
  const lines: string[] = []
  const web = createWeb(openLog('debug', { write: (line) => void lines.push(line) }), isDraining)
  const thrower = (error: Error) => () => {
    throw error
  }
  for (const root of ['', '/api'])
    web
      .get(`${root}/bug`, thrower(new TypeError(`cannot read ${SECRET}`)))
      .get(`${root}/late`, async () => Promise.reject(new Error(SECRET)))
      .get(`${root}/busy`, thrower(new HTTPException(503, { message: SECRET })))
      .get(`${root}/refused`, thrower(new HTTPException(403, { res: new Response(SECRET) })))
      .get(`${root}/missing`, (c) => fail(c, 404))
      .get(`${root}/good`, (c) => c.text('good'))
      .post(`${root}/echo`, async (c) => c.text(await c.req.text()))
  return { web, lines }
}

const titleOf = (html: string) => /<title>([^<]*)<\/title>/.exec(html)?.[1]

describe('a failure', () => {
  test.each([
    ['/nothing', 404, 'There is no such page', 'Not found'],
    ['/missing', 404, 'There is no such page', 'Not found'],
    ['/refused', 403, 'This request could not be accepted', 'Not allowed'],
    ['/bug', 500, 'Something went wrong on our side', 'The service failed'],
    ['/late', 500, 'Something went wrong on our side', 'The service failed'],
    ['/busy', 503, 'Something went wrong on our side', 'The service is busy'],
  ])('at %s is a page for a person and a problem document for a machine', async (path, status, title, problem) => {
    const { web } = openWeb()
    const page = await web.request(path, { headers: { 'Accept-Language': 'en' } })
    const html = await page.text()
    expect([page.status, titleOf(html)]).toEqual([status, title])
    expect(html).toMatch(/^<!doctype html><html lang="en">/)
    expect(page.headers.get('content-type')).toMatch(/^text\/html/)

    const document = await web.request(`/api${path}`)
    expect([document.status, document.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
    const body = (await document.clone().json()) as { instance: string }
    expect(body).toEqual({ type: 'about:blank', title: problem, status, instance: body.instance })
    expect(body.instance).toMatch(/^urn:uuid:[0-9a-f-]{36}$/)
    expect(html + (await document.text())).not.toContain(SECRET)
  })

  test('never repeats what was asked, sent or thrown', async () => {
    const { web } = openWeb()
    const about = `${SECRET}<script>`
    const headers = {
      Cookie: about,
      'X-Request-Id': about,
      Referer: about,
      'Accept-Language': about,
      'User-Agent': about,
    }
    for (const path of ['/bug', '/busy', '/refused', '/nothing', `/${encodeURIComponent(about)}`]) {
      for (const root of ['', '/api']) {
        for (const method of ['GET', 'POST']) {
          const body = method === 'POST' ? about : null
          const response = await web.request(`${root}${path}?q=${encodeURIComponent(about)}`, { method, headers, body })
          const said = (await response.text()) + JSON.stringify([...response.headers])
          expect(response.status).toBeGreaterThanOrEqual(400)
          expect(said).not.toMatch(/SECRET|<script/)
        }
      }
    }
  })

  test('of ours is logged once, with the number the answer carries and without the message', async () => {
    const { web, lines } = openWeb()
    const { instance } = (await (await web.request(`/api/bug?q=${SECRET}`)).json()) as { instance: string }
    const failures = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === 'error')
    expect(failures).toHaveLength(1)
    expect(`urn:uuid:${failures[0].requestId}`).toBe(instance)
    expect(failures[0]).toMatchObject({ route: '/api/bug', msg: 'a request failed' })
    expect(lines.filter((line) => line.includes(`?q=${SECRET}`))).toEqual([])
  })

  test('is in French unless the browser asks for English', async () => {
    const { web } = openWeb()
    expect(await (await web.request('/nothing')).text()).toMatch(/^<!doctype html><html lang="fr">/)
  })

  test('has the protective headers too', async () => {
    const { web } = openWeb()
    for (const path of ['/good', '/nothing', '/bug', '/busy', '/refused', '/api/nothing', '/api/bug']) {
      const { headers } = await web.request(path)
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self';.*frame-ancestors 'none'/,
      )
      expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*/)
      expect(headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-robots-tag')).toBe('noindex, nofollow')
      expect(headers.get('x-powered-by')).toBe(null)
    }
  })
})

describe('a body', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    openWeb().web.request('/api/echo', { method: 'POST', body, headers })

  test('over 64 KB is refused, whether it says so, keeps quiet about it, or comes in pieces', async () => {
    const large = 'x'.repeat(64 * 1024 + 1)
    expect((await post(large)).status).toBe(413)
    expect((await post(large, { 'Content-Length': String(large.length) })).status).toBe(413)
    expect((await post(large, { 'Transfer-Encoding': 'chunked', 'Content-Length': '3' })).status).toBe(413)
  })

  test('of 64 KB is taken', async () => {
    const whole = 'x'.repeat(64 * 1024)
    expect(await (await post(whole)).text()).toBe(whole)
  })

  test('that is compressed is refused', async () => {
    for (const encoding of ['gzip', 'br', 'deflate', 'GZIP, identity'])
      expect((await post('x', { 'Content-Encoding': encoding })).status).toBe(415)
    expect((await post('x', { 'Content-Encoding': 'Identity' })).status).toBe(200)
  })
})

test('the stylesheet is kept by browsers for ever, under an address that names its content', async () => {
  const response = await openWeb().web.request(stylesheet.path)
  expect(response.headers.get('content-type')).toBe('text/css; charset=utf-8')
  expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
  expect(await response.text()).toBe(stylesheet.css)
})

test('while the service is draining, connections are closed', async () => {
  expect((await openWeb().web.request('/good')).headers.get('connection')).toBe(null)
  expect((await openWeb(() => true).web.request('/good')).headers.get('connection')).toBe('close')
})

test.each<[Record<string, string>, change: number]>([
  [{ 'Sec-Fetch-Site': 'cross-site' }, 403],
  [{ 'Sec-Fetch-Site': 'same-site' }, 403],
  [{ 'Sec-Fetch-Site': 'nonsense' }, 403],
  [{ 'Sec-Fetch-Site': 'cross-site', Origin: 'https://retour.example' }, 403],
  [{ Origin: 'https://evil.example' }, 403],
  [{ Origin: 'http://retour.example' }, 403],
  [{ Origin: 'https://retour.example:8443' }, 403],
  [{ Origin: 'https://retour.example.evil.example' }, 403],
  [{ 'Sec-Fetch-Site': 'same-origin', Origin: 'null' }, 200],
  [{ 'Sec-Fetch-Site': 'none' }, 200],
  [{ Origin: 'https://retour.example' }, 200],
  [{ Origin: 'null' }, 200],
  [{}, 200],
])('a change asked for with %j is answered %i, and reading is free', async (headers, change) => {
  const { web } = openWeb()
  web.use('/own', refuseOtherSites('https://retour.example'))
  web.all('/own', (c) => c.text('done'))
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
    expect((await web.request('/own', { method, headers })).status).toBe(change)
  for (const method of ['GET', 'HEAD']) expect((await web.request('/own', { method, headers })).status).toBe(200)
})

describe('the whole service', () => {
  let service: TestService
  beforeAll(async () => {
    service = await openTestService('PGlite', '2026-10-20T12:00:00Z')
  })
  afterAll(() => service.close())

  const EVERYWHERE = [
    '/',
    '/s',
    '/s/1',
    '/s/rv1s_x',
    '/u/rv1u_x',
    '/impact',
    '/api/v1/publications',
    '/nothing',
    '/healthz/',
  ]

  test('until it is ready, it answers 503 to everything but its health', async () => {
    const app = createApp(service, { isReady: () => false, isDraining: () => false })
    for (const path of EVERYWHERE) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const response = await app.request(path, { method })
        expect(response.status).toBe(503)
        const type = path.startsWith('/api/') ? 'application/problem+json' : 'text/html; charset=UTF-8'
        expect(response.headers.get('content-type')).toBe(type)
      }
    }
    const [alive, ready] = [await app.request('/healthz'), await app.request('/readyz')]
    expect([alive.status, await alive.json()]).toEqual([200, { alive: true }])
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false }])
  })

  test('is ready once it is open, and no longer when it drains', async () => {
    const open = await createApp(service).request('/readyz')
    expect([open.status, await open.json()]).toEqual([200, { ready: true }])
    const draining = createApp(service, { isReady: () => true, isDraining: () => true })
    expect((await draining.request('/readyz')).status).toBe(503)
    expect((await draining.request('/healthz')).status).toBe(200)
    expect((await draining.request('/impact')).status).toBe(200)
  })

  test('is not ready while its database does not answer, and says no more than that', async () => {
    const gone = await openTestService('PGlite', '2026-10-20T12:00:00Z')
    const app = createApp(gone)
    await gone.close()
    const [alive, ready, page] = [
      await app.request('/healthz'),
      await app.request('/readyz'),
      await app.request('/impact'),
    ]
    expect(alive.status).toBe(200)
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false }])
    expect([page.status, titleOf(await page.text())]).toEqual([500, 'Le service a rencontré un problème'])
  })

  test('never fails on an address that is badly encoded', async () => {
    const app = createApp(service)
    const bad = [
      '%',
      '%E0%A4%A',
      '%ZZ',
      '%00',
      '%C0%AE%C0%AE',
      '%ff',
      '..%2f..',
      '%2e%2e%5c',
      '\\',
      '//',
      ';',
      '%u0041',
    ]
    const roots = [
      '/',
      '/s/',
      '/s/rv1s_',
      '/u/',
      '/u/rv1u_',
      '/impact/',
      '/impact/x/',
      '/api/v1/publications/',
      '/assets/',
    ]
    for (const root of roots) {
      for (const text of bad) {
        for (const address of [`${root}${text}`, `${root}x?lang=${text}&${text}=${text}`]) {
          const response = await app.request(address)
          expect([address, response.status < 500]).toEqual([address, true])
          expect(await response.text()).not.toContain(`"${text}"`)
        }
      }
    }
    expect(service.logLines.filter((line) => line.includes('a request failed'))).toEqual([])
  })
})
