// Commands handed to the server that has the embedded database: the same work, told as it goes, and no way in for others.
import { mkdirSync, statSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { handOver, listenForCommands } from './command-socket.ts'
import { startAgain } from './mailings/testing.ts'
import { openTestService, registerOf, type TestService } from './testing.ts'

const NOW = '2026-10-01T12:00:00Z'
const READY = Promise.resolve()
const silence = () => {}

let service: TestService
const servers: Server[] = []
beforeAll(async () => {
  service = await openTestService('PGlite', NOW)
})
beforeEach(() => startAgain(service, NOW))
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})
afterAll(() => service.close())

async function listen(ready = READY, deps = service): Promise<Server> {
  const server = await listenForCommands(deps, ready)
  servers.push(server)
  return server
}
const importOf = (rows: Parameters<typeof registerOf>[0]) => ({
  base64: Buffer.from(registerOf(rows)).toString('base64'),
  dryRun: false,
})
const members = () => service.db.selectFrom('identity.panel_member').select('matricule').orderBy('matricule').execute()

test('a register handed over is imported by the server, which says how it goes', async () => {
  await listen()
  const said: string[] = []
  const rows = Array.from({ length: 1_200 }, (_, index) => ({ matricule: `TEVO1-${index}` }))
  const result = await handOver(service.folder, 'import', importOf(rows), (progress) => said.push(progress))
  expect(result).toEqual({ ok: true, lines: ['1200 rows: 1200 added, 0 changed, 0 unchanged, 0 refused'] })
  expect(said).toContain('500 of 1200 rows written')
  expect(said).toContain('planning the waves')
  expect(await members()).toHaveLength(1_200)
})

test('refused rows come back with a file to correct, and it has not gone well', async () => {
  await listen()
  const rows = [{ matricule: 'TEVO1-1' }, { matricule: 'TEVO1-2', langue: 'xx' }]
  const result = await handOver(service.folder, 'import', importOf(rows), silence)
  expect(result).toMatchObject({ ok: false })
  expect(result!.lines[0]).toMatch(/^line 3, langue: /)
  expect(result!.refusedFile).toContain('TEVO1-2')
  expect(await members()).toEqual([{ matricule: 'TEVO1-1' }])
})

test('a token is made and shown, and the log does not have it', async () => {
  await listen()
  const result = await handOver(service.folder, 'token', { name: 'Université', days: 30 }, silence)
  expect(result).toMatchObject({
    ok: true,
    lines: [expect.stringContaining('2026-10-31'), expect.stringMatching(/^rvk_/)],
  })
  expect(service.logLines.join('')).not.toContain(result!.lines[1])
})

test('a command waits until the server is ready', async () => {
  const { promise: ready, resolve: becomeReady } = Promise.withResolvers<void>()
  await listen(ready)
  const result = handOver(service.folder, 'import', importOf([{}]), silence)
  await Promise.race([result, wait(200)])
  expect(await members()).toEqual([])
  becomeReady()
  expect(await result).toMatchObject({ ok: true })
  expect(await members()).toHaveLength(1)
})

test('what the command does not take is told in a sentence, and the server goes on', async () => {
  await listen()
  const result = await handOver(service.folder, 'token', { name: '', days: 1000 }, silence)
  expect(result).toMatchObject({ ok: false, lines: [expect.stringContaining('days')] })
  const unknown = await handOver(service.folder, 'erase' as 'token', {}, silence)
  expect(unknown).toEqual({ ok: false, lines: ['The command failed; the server’s log says where.'] })
  expect(await handOver(service.folder, 'token', { name: 'x', days: 1 }, silence)).toMatchObject({ ok: true })
})

test('a command that fails tells its caller nothing but that, and the log where', async () => {
  const db = new Proxy(service.db, {
    get() {
      throw new Error('the table of ana@example.org is gone')
    },
  })
  await listen(READY, { ...service, db })
  const result = await handOver(service.folder, 'import', importOf([{}]), silence)
  expect(result).toEqual({ ok: false, lines: ['The command failed; the server’s log says where.'] })
  expect(service.logLines.join('')).toContain('a command failed')
  expect(service.logLines.join('')).not.toContain('ana@')
})

test('only the owner may knock', async () => {
  await listen()
  expect(statSync(join(service.folder, 'control.sock')).mode & 0o777).toBe(0o600)
})

test('where no server listens there is nobody to hand over to', async () => {
  expect(await handOver(service.folder, 'tick', {}, silence)).toBeNull()
  const server = await listen()
  server.close()
  expect(await handOver(service.folder, 'tick', {}, silence)).toBeNull()
})

test('a server takes the place of one that left its socket behind', async () => {
  await listen()
  await listen()
  expect(await handOver(service.folder, 'token', { name: 'x', days: 1 }, silence)).toMatchObject({ ok: true })
})

test('a folder whose name is too long for a socket has one all the same, and its own', async () => {
  const folders = ['a', 'b'].map((letter) => join(service.folder, letter.repeat(80), letter.repeat(80)))
  for (const folder of folders) mkdirSync(folder, { recursive: true })
  const dataDir = folders[0]!
  expect(dataDir.length).toBeGreaterThan(108)
  await listen(READY, { ...service, config: { ...service.config, dataDir } })
  expect(await handOver(dataDir, 'import', importOf([{}]), silence)).toMatchObject({ ok: true })
  expect(await handOver(folders[1]!, 'import', importOf([{}]), silence)).toBeNull()
})

describe('a server that stops before the command is done', () => {
  test.each<[string, RequestListener]>([
    ['before it says anything', (incoming) => incoming.destroy()],
    [
      'in the middle of its work',
      (_, answer) => answer.write(`${JSON.stringify({ progress: 'half' })}\n`, () => answer.destroy()),
    ],
    ['without a result', (_, answer) => answer.end(`${JSON.stringify({ progress: 'half' })}\n`)],
  ])('%s is told in a sentence', async (_, stopping) => {
    const server = createServer(stopping)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(join(service.folder, 'control.sock'), resolve))
    expect(await handOver(service.folder, 'tick', {}, silence)).toEqual({
      ok: false,
      lines: ['The server stopped before the command was done.'],
    })
  })
})
