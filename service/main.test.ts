// The server as a process: started, doubled, killed, restarted and stopped, on both engines and with a real mail server.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { handOver } from './command-socket.ts'
import { headerOf, startSmtp, storedMailings, type TestSmtp } from './mailings/testing.ts'
import { systemClock } from './platform/clock.ts'
import { openEmbedded } from './platform/database.ts'
import { lockFolder } from './platform/lock.ts'
import { enrolDueNow, openTestService, registerOf, type TestService } from './testing.ts'
import {
  end,
  endAll,
  isReady,
  PATIENCE,
  production,
  type Running,
  running,
  type Settings,
  start,
  startReady,
  until,
} from './testing-process.ts'

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
    settings = {
      ...(await production(folder)),
      DATABASE_URL: service.database.url!,
      SMTP_URL: smtp.url,
      MAIL_SENDERS: '1',
    }
  })
  afterAll(async () => {
    await endAll()
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
