// Providers may tell what came back when they sign it; whoever does not changes nothing and learns nothing.
import type { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { createWeb, type Web } from '../platform/http.tsx'
import { hmacSha256 } from '../platform/secrets.ts'
import { ENGINES, type TestPlatform } from '../platform/testing.ts'
import { dump } from '../responses/testing.ts'
import { openTestService } from '../testing.ts'
import { bounceRoutes } from './bounce.routes.ts'
import type { BounceDeps } from './take-report.actions.ts'
import { BOUNCES, NOW, openBouncePlatform, SECRET, type Somebody, somebody } from './testing-reports.ts'

const webOf = (platform: TestPlatform, mail: Partial<BounceDeps['config']['mail']> = {}): Hono<Web> => {
  const config = { ...platform.config, mail: { ...platform.config.mail, ...mail } }
  return createWeb(platform.log).route('/', bounceRoutes({ ...platform, config }))
}

describe.each(ENGINES)('on %s', (engine) => {
  let platform: TestPlatform
  let web: Hono<Web>
  beforeAll(async () => {
    platform = await openBouncePlatform(engine)
    web = webOf(platform)
  })
  afterAll(() => platform.close())

  let requests = 0
  const secondsOf = (instant: Temporal.Instant) => String(Math.floor(instant.epochMilliseconds / 1000))
  const sign = (id: string, timestamp: string, body: string, secret: Uint8Array = SECRET) =>
    `v1,${Buffer.from(hmacSha256(secret, `${id}.${timestamp}.${body}`)).toString('base64')}`

  type Signed = {
    id?: string
    timestamp?: string
    secret?: Uint8Array
    headers?: Record<string, string>
    to?: typeof web
  }
  /** A request as a provider signs it. */
  function post(body: string, { id = `msg_${++requests}`, secret, to = web, ...signed }: Signed = {}) {
    const timestamp = signed.timestamp ?? secondsOf(platform.clock.now())
    const headers = {
      'Content-Type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': sign(id, timestamp, body, secret),
      ...signed.headers,
    }
    return to.request('/bounces', { method: 'POST', body, headers })
  }
  const eventsOf = (...events: object[]) => JSON.stringify({ events })
  const hard = ({ invitation }: Pick<Somebody, 'invitation'>) => ({ returnPath: invitation.path, status: '5.1.1' })
  async function refuses(asking: () => Response | Promise<Response>, status: number) {
    const before = await dump(platform.db)
    const response = await asking()
    expect(response.status).toBe(status)
    expect(await dump(platform.db)).toEqual(before)
    return response.text()
  }

  describe('nothing is taken', () => {
    test.each<[string, Signed]>([
      ['another secret', { secret: new Uint8Array(32).fill(8) }],
      ['no signature', { headers: { 'webhook-signature': '' } }],
      ['a signature of nothing', { headers: { 'webhook-signature': 'v1,' } }],
      ['another identifier than the signed', { headers: { 'webhook-id': 'msg_other' } }],
      ['another time than the signed', { headers: { 'webhook-timestamp': '1' } }],
      ['no identifier', { id: '' }],
      ['a very long identifier', { id: 'm'.repeat(201) }],
      ['an identifier with spaces', { id: 'a b' }],
      ['a time six minutes ago', { timestamp: '1792497240' }],
      ['a time six minutes from now', { timestamp: '1792497960' }],
      ['a time that is none', { timestamp: 'now' }],
    ])('with %s', async (_, signed) => {
      const ana = await somebody(platform)
      const said = await refuses(() => post(eventsOf(hard(ana)), signed), 401)
      expect(JSON.parse(said)).toMatchObject({ status: 401, title: expect.stringContaining('signature') })
    })

    test('for a body that was changed on its way', async () => {
      const ana = await somebody(platform)
      const [timestamp, id] = [secondsOf(platform.clock.now()), 'msg_changed']
      const signature = sign(id, timestamp, eventsOf({ ...hard(ana), status: '4.4.1' }))
      const headers = { 'webhook-signature': signature }
      await refuses(() => post(eventsOf(hard(ana)), { id, timestamp, headers }), 401)
    })

    test('where no secret, or no address for reports, is set: there is no such page', async () => {
      const ana = await somebody(platform)
      for (const mail of [{ bounceSecret: null }, { bounceAddress: null }])
        await refuses(() => post(eventsOf(hard(ana)), { to: webOf(platform, mail) }), 404)
    })

    test('by looking', async () => {
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE'])
        await refuses(() => web.request('/bounces', { method }), 404)
    })

    test.each([
      ['nothing', ''],
      ['no JSON', '{'],
      ['a list', '[]'],
      ['no events', eventsOf()],
      ['too many events', eventsOf(...Array(101).fill({ returnPath: 'a@b.c', status: '5.1.1' }))],
      ['a word too many', JSON.stringify({ events: [{ returnPath: 'a@b.c', status: '5.1.1' }], more: 1 })],
      ['a word too many in an event', eventsOf({ returnPath: 'a@b.c', status: '5.1.1', email: 'a@b.c' })],
      ['no status', eventsOf({ returnPath: 'a@b.c' })],
      ['a status that is none', eventsOf({ returnPath: 'a@b.c', status: '5.1' })],
      ['a status of another class', eventsOf({ returnPath: 'a@b.c', status: '3.1.1' })],
      ['a status that is a number', eventsOf({ returnPath: 'a@b.c', status: 5 })],
      ['an unknown kind', eventsOf({ returnPath: 'a@b.c', status: '5.1.1', kind: 'hard' })],
      ['a very long return path', eventsOf({ returnPath: 'a'.repeat(321), status: '5.1.1' })],
      ['deep JSON', '['.repeat(20_000)],
      ['a proto', '{"events":[{"returnPath":"a@b.c","status":"5.1.1","__proto__":{"kind":"complaint"}}]}'],
    ])('from %s, though it is signed', async (_, body) => {
      const said = await refuses(() => post(body), 400)
      expect(said).not.toContain('a@b.c')
    })

    test('from more than 64 kB', async () => {
      await refuses(() => post(JSON.stringify({ events: [], padding: 'x'.repeat(70_000) })), 413)
    })
  })

  test('each event counts by itself, and what came of it is counted', async () => {
    const [ana, binta, carl, dora] = [
      await somebody(platform),
      await somebody(platform),
      await somebody(platform),
      await somebody(platform, { member: { email_secondary: null } }),
    ]
    const path = (one: Somebody) => one.invitation.path
    const response = await post(
      eventsOf(
        hard(ana),
        { ...hard(binta), kind: 'complaint' },
        { returnPath: path(carl), status: '4.2.2' },
        { returnPath: path(carl), status: '5.7.1' },
        { returnPath: path(carl), status: '2.0.0' },
        hard(dora),
        { returnPath: `<${path(ana)}>`, status: '5.1.1' },
        { returnPath: path(ana).replace(/\.\w+@/, '.0000000000@'), status: '5.1.1' },
        { returnPath: '\u0000', status: '5.1.1' },
      ),
    )
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        outcomes: {
          'moved to the second address': 1,
          'opted out': 1,
          recorded: 2,
          ignored: 1,
          'lost contact': 1,
          'not our address': 3,
        },
      },
    ])
    expect(await ana.bounces()).toEqual([{ kind: 'hard', status: '5.1.1', source: 'webhook' }])
    expect(await ana.state()).toMatchObject({ failed: [true, false], owed: [ana.invitation.id] })
    expect(await binta.bounces()).toEqual([{ kind: 'complaint', status: '5.1.1', source: 'webhook' }])
    expect((await binta.state()).optedOut).toBe(true)
    expect((await carl.bounces()).map(({ kind }) => kind)).toEqual(['full', 'policy'])
    expect((await dora.state()).cases).toEqual(['no address', 'no address'])
  })

  test('the same request again changes nothing, and a later one with other events of the same mails does', async () => {
    const ana = await somebody(platform)
    const twice = eventsOf({ ...hard(ana), status: '5.6.0' }, { ...hard(ana), status: '5.6.0' })
    expect(await (await post(twice, { id: 'msg_again' })).json()).toEqual({ outcomes: { recorded: 2 } })
    const before = await dump(platform.db)
    for (let times = 0; times < 3; times++)
      expect(await (await post(twice, { id: 'msg_again' })).json()).toEqual({ outcomes: { duplicate: 2 } })
    expect(await dump(platform.db)).toEqual(before)
    expect(await (await post(twice, { id: 'msg_another' })).json()).toEqual({ outcomes: { recorded: 2 } })
  })

  test('a hundred events are taken at once, and five requests of the same at once count once', async () => {
    const people = await Promise.all(Array.from({ length: 20 }, () => somebody(platform)))
    const body = eventsOf(
      ...Array.from({ length: 100 }, (_, index) => ({ ...hard(people[index % 20]!), status: '4.4.1' })),
    )
    const responses = await Promise.all(Array.from({ length: 5 }, () => post(body, { id: 'msg_hundred' })))
    const answers = await Promise.all(responses.map((response) => response.json()))
    const counts = (answers as { outcomes: Record<string, number> }[]).map(({ outcomes }) => outcomes)
    const total = (name: string) => counts.reduce((sum, one) => sum + (one[name] ?? 0), 0)
    expect([total('recorded'), total('duplicate')]).toEqual([100, 400])
  })

  test('a request from a page of another site is judged by its signature alone, and gets no cookie', async () => {
    const ana = await somebody(platform)
    const headers = { Origin: 'https://provider.example', 'Sec-Fetch-Site': 'cross-site' }
    const response = await post(eventsOf(hard(ana)), { headers })
    expect(response.status).toBe(200)
    expect(response.headers.getSetCookie()).toEqual([])
  })

  test('what is logged has no address', async () => {
    const ana = await somebody(platform)
    await post(eventsOf(hard(ana)))
    expect(platform.logLines.join('')).not.toContain(ana.email)
    expect(platform.logLines.join('')).not.toContain('bounces+')
    expect(platform.logLines.join('')).toContain('"route":"/bounces"')
  })
})

test('the service has this door, and it is closed until a secret is set', async () => {
  const service = await openTestService('PGlite', NOW)
  const ask = (mail: object) =>
    createApp({ ...service, config: { ...service.config, mail: { ...service.config.mail, ...mail } } }).request(
      '/bounces',
      { method: 'POST' },
    )
  expect((await ask({})).status).toBe(404)
  expect((await ask({ bounceAddress: BOUNCES, bounceSecret: SECRET })).status).toBe(401)
  await service.close()
})
