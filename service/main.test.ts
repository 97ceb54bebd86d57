// The server as a process: started, doubled, killed, restarted and stopped, on both engines and with a real mail server.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { handOver } from './command-socket.ts'
import { headerOf, startSmtp, storedMailings, type TestSmtp } from './mailings/testing.ts'
import { dayOf, systemClock } from './platform/clock.ts'
import { openEmbedded } from './platform/database.ts'
import { lockFolder } from './platform/lock.ts'
import { freePort } from './platform/testing-server.ts'
import { enrol, openTestService, registerOf, type TestService } from './testing.ts'

type Running = {
  child: ChildProcess
  settings: Settings
  stdout(): string
  stderr(): string
  exit: Promise<number | null>
}
type Settings = Record<string, string> & { PORT: string; DATA_DIR: string }

/** A busy machine starts processes slowly; a machine at rest needs a tenth of this. */
const PATIENCE = 60_000

const running: Running[] = []
afterAll(async () => {
  for (const { child, exit } of running) {
    child.kill('SIGKILL')
    await exit
  }
})

const key = () => randomBytes(32).toString('hex')

/** What production needs, and nothing from the environment or the `.env` of whoever runs the tests. */
async function production(dataDir: string): Promise<Settings> {
  const port = await freePort()
  return {
    PORT: String(port),
    HOST: '127.0.0.1',
    BASE_URL: `http://localhost:${port}`,
    DATA_DIR: dataDir,
    SURVEYS_DIR: 'surveys',
    DATABASE_URL: '',
    SMTP_URL: '',
    LINK_KEY: key(),
    CELL_KEY: key(),
    COOKIE_KEY: key(),
  }
}

function start(settings: Settings): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', 'service/main.ts'], {
    env: { PATH: process.env.PATH, LOG_LEVEL: 'info', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
    })
  const exit = once(child, 'close').then(([code]) => code as number | null)
  const server = { child, settings, stdout: () => said.stdout, stderr: () => said.stderr, exit }
  running.push(server)
  return server
}

const isReady = ({ settings }: Running) =>
  fetch(`http://127.0.0.1:${settings.PORT}/readyz`).then(
    ({ status }) => status === 200,
    () => false,
  )

async function until(what: string, happened: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2_500; tries++) {
    if (await happened()) return
    await wait(20)
  }
  throw new Error(`it did not come to this: ${what}`)
}

async function startReady(settings: Settings): Promise<Running> {
  const server = start(settings)
  await until('the server is ready', async () => {
    if (server.child.exitCode !== null) throw new Error(`the server stopped: ${server.stderr()}`)
    return isReady(server)
  })
  return server
}

async function end({ child, exit }: Running, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
  child.kill(signal)
  return exit
}

test('production with settings missing says all that is wrong, and touches nothing', async () => {
  const dataDir = join(tmpdir(), `retour-${randomBytes(6).toString('hex')}`)
  const { exit, stderr, stdout } = start({
    PORT: '70000',
    DATA_DIR: dataDir,
    DATABASE_URL: '',
    SMTP_URL: '',
    BASE_URL: 'http://retour.example.org',
    LINK_KEY: 'short',
    CELL_KEY: '',
    COOKIE_KEY: '',
  })
  expect(await exit).toBe(1)
  for (const wrong of ['PORT must', 'BASE_URL must', 'LINK_KEY must', 'CELL_KEY is missing', 'COOKIE_KEY is missing'])
    expect(stderr()).toContain(wrong)
  expect(stderr().trim().split('\n')).toHaveLength(5)
  expect(stdout()).toBe('')
  expect(existsSync(dataDir)).toBe(false)
})

describe('on an embedded database, in a folder whose name is long', { timeout: PATIENCE }, () => {
  const parent = mkdtempSync(join(tmpdir(), 'retour-main-'))
  const dataDir = join(parent, 'd'.repeat(120))
  const twoMissions = registerOf([{ matricule: 'TEVO1-0001' }, { matricule: 'TEVO1-0002' }])
  const importThem = () =>
    handOver(dataDir, 'import', { base64: Buffer.from(twoMissions).toString('base64'), dryRun: false }, () => {})
  const counted = (added: number, unchanged: number) => ({
    ok: true,
    lines: [`2 rows: ${added} added, 0 changed, ${unchanged} unchanged, 0 refused`],
  })
  let server: Running
  beforeAll(async () => {
    server = await startReady(await production(dataDir))
  })
  afterAll(() => rmSync(parent, { recursive: true, force: true }))

  test('a second server gives way at once with one clear line, and the first goes on', async () => {
    const before = performance.now()
    const second = start(await production(dataDir))
    expect(await second.exit).toBe(1)
    expect(performance.now() - before).toBeLessThan(5_000)
    expect(second.stderr()).toBe(
      `Another Retour is already running on ${dataDir}. Stop it first, or give this one another DATA_DIR.\n`,
    )
    expect(second.stdout()).toBe('')
    expect(await isReady(server)).toBe(true)
  })

  test('a command beside it hands over its file, and the server has the rows', async () => {
    expect(await importThem()).toEqual(counted(2, 0))
    expect(await importThem()).toEqual(counted(0, 2))
  })

  test('killed, it leaves nobody to hand over to; started again, it has every row', async () => {
    await importThem()
    await end(server, 'SIGKILL')
    expect(await importThem()).toBeNull()
    server = await startReady(server.settings)
    expect(await importThem()).toEqual(counted(0, 2))
  })

  test('told to stop, it leaves in good order: exit code 0, the lock free, the rows in the folder', async () => {
    await importThem()
    expect(await end(server, 'SIGTERM')).toBe(0)
    expect(server.stderr()).toBe('')
    const lock = lockFolder(dataDir)
    expect(lock).not.toBeNull()
    const { db, close } = await openEmbedded(join(dataDir, 'database'))
    const cases = await db.selectFrom('fieldwork.case').select('id').execute()
    expect(cases).toHaveLength(2 * 6)
    await close()
    lock!.release()
  })
})

describe('on PostgreSQL, in the middle of sending', { timeout: PATIENCE }, () => {
  const COUNT = 60
  const folder = mkdtempSync(join(tmpdir(), 'retour-main-'))
  let service: TestService
  let smtp: TestSmtp
  let settings: Settings
  beforeAll(async () => {
    smtp = await startSmtp()
    smtp.slowness = 40
    service = await openTestService('PostgreSQL', '2026-10-01T12:00:00Z')
    await enrolDueNow(service, COUNT)
    settings = { ...(await production(folder)), DATABASE_URL: service.database.url!, SMTP_URL: smtp.url }
  })
  afterAll(async () => {
    for (const { child, exit } of running) {
      child.kill('SIGKILL')
      await exit
    }
    await service.close()
    await smtp.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const idsTaken = () => smtp.taken.map((message) => headerOf(message, 'Message-ID')!.slice(1).split('.')[0]!)
  const untilTaken = (count: number) => until(`${count} messages are taken`, () => smtp.taken.length >= count)

  test('told to stop, it finishes the message it is at: every one taken is marked sent, and none is held', async () => {
    const server = await startReady(settings)
    await untilTaken(10)
    expect(await end(server, 'SIGTERM')).toBe(0)
    const mailings = await storedMailings(service)
    expect(mailings).toHaveLength(COUNT)
    const sent = mailings.filter(({ sent_at }) => sent_at !== null)
    expect(sent.length).toBeLessThan(COUNT)
    expect(sent.map(({ id }) => id).sort()).toEqual(idsTaken().sort())
    expect(mailings.every(({ claim }) => claim === null)).toBe(true)
    expect(mailings.every(({ sent_at, next_attempt_at }) => (sent_at === null) !== (next_attempt_at === null))).toBe(
      true,
    )
  })

  test('killed, it loses none: each is sent, or still owed, and at most one was taken without being marked', async () => {
    const server = start(settings)
    await untilTaken(smtp.taken.length + 10)
    await end(server, 'SIGKILL')
    await wait(10 * smtp.slowness)
    const mailings = await storedMailings(service)
    expect(mailings.every(({ sent_at, next_attempt_at }) => (sent_at === null) !== (next_attempt_at === null))).toBe(
      true,
    )
    expect(mailings.every(({ because }) => because === null)).toBe(true)
    const sent = mailings.filter(({ sent_at }) => sent_at !== null).map(({ id }) => id)
    expect(sent.length).toBeLessThan(COUNT)
    expect(idsTaken()).toEqual(expect.arrayContaining(sent))
    expect(new Set(idsTaken()).size).toBe(smtp.taken.length)
    expect(smtp.taken.length - sent.length).toBeLessThanOrEqual(1)
    expect(mailings.filter(({ claim }) => claim !== null).length).toBeLessThanOrEqual(1)
  })

  test('started again once the lease is over, it sends the rest, and at most that one twice', async () => {
    const past = systemClock.now().subtract({ seconds: 1 })
    await service.db
      .updateTable('fieldwork.mailing')
      .set({ claimed_until: past })
      .where('claim', 'is not', null)
      .execute()
    smtp.slowness = 0
    const server = await startReady(settings)
    await until('all are sent', async () => (await storedMailings(service)).every(({ sent_at }) => sent_at !== null))
    expect(await end(server, 'SIGTERM')).toBe(0)
    expect(new Set(idsTaken()).size).toBe(COUNT)
    expect(smtp.taken.length).toBeLessThanOrEqual(COUNT + 1)
  })

  test('nothing any of these processes printed has an address or a link in it', () => {
    const printed = running.map(({ stdout, stderr }) => stdout() + stderr()).join('')
    expect(printed).toContain('mailing tried')
    expect(printed).not.toMatch(/@example\.org|rv1[su]_[\w-]{43}/)
  })
})

/** Members whose W1 opened yesterday by the real clock, in a place where it is the middle of the day. */
async function enrolDueNow(service: TestService, count: number): Promise<void> {
  const now = systemClock.now()
  const eastOfGreenwich = 12 - now.toZonedDateTimeISO('UTC').hour
  // The sign of these names is the other way round.
  const fuseau_horaire = `Etc/GMT${eastOfGreenwich > 0 ? '-' : '+'}${Math.abs(eastOfGreenwich)}`
  const rows = Array.from({ length: count }, (_, index) => ({
    matricule: `TEVO1-${index}`,
    courriel: `v${index}@example.org`,
    fuseau_horaire,
  }))
  await enrol(service, rows)
  const today = dayOf(now)
  await service.db.updateTable('fieldwork.case').set({ next_contact_at: null }).execute()
  await service.db
    .updateTable('fieldwork.case')
    .set({
      opens_on: today.subtract({ days: 1 }),
      closes_on: today.add({ days: 40 }),
      opens_at: now.subtract({ hours: 24 }),
      closes_at: now.add({ hours: 24 * 40 }),
      next_contact_at: now.subtract({ hours: 1 }),
    })
    .where('wave', '=', 'w1')
    .execute()
}
