// The main job, end to end, on both databases: register in, survey out, answer stored, cohort figure published.
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { describe, expect, test } from 'vitest'
import { createToken } from './access/create-token.actions.ts'
import { createApp } from './app.ts'
import { smtpMailer } from './platform/mailer.ts'
import { ENGINES } from './platform/testing.ts'
import { enrol, openTestService } from './testing.ts'
import { tick } from './tick.ts'

const CANARY = 'Kanari-réponse-confidentielle'
const VOLUNTEERS = 45

const registered = Array.from({ length: VOLUNTEERS }, (_, index) => ({
  matricule: `TEVO1-${String(index + 1).padStart(4, '0')}`,
  prenom: `Prénom${index}`,
  courriel: `volontaire${index}@example.org`,
  fuseau_horaire: 'Europe/Paris',
}))

/** A mail server that keeps what it is given. */
async function startMailServer(): Promise<{ url: string; received: Map<string, string[]>; stop(): void }> {
  const received = new Map<string, string[]>()
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    async onData(stream, session, done) {
      const message = await text(stream)
      for (const { address } of session.envelope.rcptTo)
        received.set(address, [...(received.get(address) ?? []), message])
      done()
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as { port: number }
  return { url: `smtp://127.0.0.1:${port}`, received, stop: () => server.close() }
}

type App = ReturnType<typeof createApp>

/** Opens a link and answers page after page as a browser without JavaScript would; returns the receipt page. */
async function answer(
  app: App,
  link: string,
  choose: (question: { name: string; values: string[] }) => string,
): Promise<string> {
  const opened = await app.request(new URL(link).pathname)
  const cookie = opened.headers.get('set-cookie')!.split(';')[0]!
  const get = async (path: string) => (await app.request(path, { headers: { cookie } })).text()
  let path = /href="(\/s\/\d+[^"]*)"/.exec(await get('/s'))![1]!
  for (let pages = 0; pages < 10; pages++) {
    const page = await get(path)
    const form = new URLSearchParams({ ref: /name="ref" value="([^"]+)"/.exec(page)![1]!, go: 'next' })
    const inputs = [...page.matchAll(/<input type="(?:radio|checkbox)" name="([A-Z_0-9]+)" value="(\w+)"/g)]
    for (const [name, found] of Map.groupBy(inputs, (input) => input[1]!))
      form.append(name, choose({ name, values: found.map((input) => input[2]!) }))
    if (page.includes('<textarea')) form.append('OPEN_IMP', CANARY)
    const next = await app.request(path, { method: 'POST', body: form, headers: { cookie } })
    expect(next.status).toBe(303)
    path = next.headers.get('location')!
    if (path.startsWith('/s?')) return get(path)
  }
  throw new Error('the questionnaire did not end')
}

describe.each(ENGINES)('on %s', (engine) => {
  test('a register becomes a published change since before departure, and no log line says who or what', {
    timeout: 60_000,
  }, async () => {
    const server = await startMailServer()
    const service = await openTestService(engine, '2025-12-10T12:00:00Z')
    const deps = { ...service, mailer: smtpMailer(server.url) }
    const app = createApp(deps)
    const linkIn = async (address: string) =>
      /https:\S+\/s\/\S+/.exec((await PostalMime.parse(server.received.get(address)!.at(-1)!)).text ?? '')![0]

    await enrol(service, registered)
    const middle = ({ values }: { values: string[] }) => (values.includes('3') ? '3' : values[0]!)
    const higher = ({ values }: { values: string[] }) => (values.includes('4') ? '4' : values[0]!)
    for (const [at, choose] of [
      ['2025-12-16T12:00:00Z', middle],
      ['2026-10-20T12:00:00Z', higher],
    ] as const) {
      service.clock.jumpTo(Temporal.Instant.from(at))
      await tick(deps)
      for (const { courriel } of registered) {
        expect(server.received.get(courriel)).toHaveLength(1)
        expect(await answer(app, await linkIn(courriel), choose)).toMatch(/Merci, vos réponses sont bien arrivées/)
      }
      server.received.clear()
      await tick(deps)
      expect(server.received.size).toBe(0)
    }
    service.clock.jumpTo(Temporal.Instant.from('2027-02-01T12:00:00Z'))
    await tick(deps)

    const { token } = await createToken(service, { name: 'ravi', days: 30, actor: 'test' })
    const ask = (path: string) => app.request(path, { headers: { Authorization: `Bearer ${token}` } })
    const listed = (await (await ask('/api/v1/publications')).json()) as { publications: { publication: string }[] }
    expect(listed.publications.map(({ publication }) => publication).sort()).toEqual([
      'tevo.phase-1.w0.1',
      'tevo.phase-1.w1.1',
    ])
    const table = (await (await ask('/api/v1/publications/tevo.phase-1.w1.1/tables/change.OUV_IDX')).json()) as {
      cells: { n: number; estimate: number }[]
    }
    expect(Math.abs(table.cells[0]!.n - VOLUNTEERS)).toBeLessThanOrEqual(5)
    // Four items rise by one point of four and the reversed one falls: 25 · (4 − 1) / 5 points.
    expect(Math.abs(table.cells[0]!.estimate - 15)).toBeLessThan(9)

    const logged = service.logLines.join('')
    expect(logged).toContain('mailing tried')
    for (const secret of [CANARY, 'volontaire', 'Prénom', '@example.org', 'rv1s_', 'rv1u_', 'rvk_', 'OUV_'])
      expect(logged).not.toContain(secret)
    server.stop()
    await service.close()
  })
})
