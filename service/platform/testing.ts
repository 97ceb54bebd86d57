// What tests share: a fresh migrated database of either engine, and the platform around it. Only the clock is fake.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { type DemonstrationClock, demonstrationClock } from './clock.ts'
import { readConfig } from './config.ts'
import { type Database, openEmbedded, openServer } from './database.ts'
import type { Platform } from './deps.ts'
import { openLog } from './logging.ts'
import { folderMailer } from './mailer.ts'
import { seededRandom } from './secrets.ts'
import { databaseUrl, onServer } from './testing-setup.ts'

export const ENGINES = ['PGlite', 'PostgreSQL'] as const
export type Engine = (typeof ENGINES)[number]

/**
 * A database of its own for whoever asks, migrated and empty. For further processes, it has a `url` on PostgreSQL, and on
 * PGlite, once it is closed, a folder if one was given.
 */
export async function openTestDatabase(
  engine: Engine,
  folder = 'memory://',
): Promise<Database & { url: string | null }> {
  if (engine === 'PGlite')
    return { ...(await openEmbedded(folder, new Blob([readFileSync(inject('pgliteDump'))]))), url: null }
  const name = `retour_test_${process.pid}_${crypto.randomUUID().slice(0, 8)}`
  const server = inject('postgresUrl')
  await onServer(server, (client) => client.unsafe(`create database ${name} template ${inject('postgresTemplate')}`))
  const url = databaseUrl(server, name)
  const database = openServer(url)
  const close = async () => {
    await database.close()
    await onServer(server, (client) => client.unsafe(`drop database if exists ${name} with (force)`))
  }
  return { ...database, url, close }
}

/** Mail goes as fast as it can, and nothing holds it back; what tests of that want otherwise they say. */
export const UNLIMITED = {
  MAIL_PER_SECOND: '0',
  MAIL_DOMAIN_PER_SECOND: '0',
  MAIL_WARM_UP: '0',
  MAIL_CANARY: '0',
  MAIL_BRAKES: 'off',
}
const KEYS = { LINK_KEY: '01'.repeat(32), CELL_KEY: '02'.repeat(32), COOKIE_KEY: '03'.repeat(32) }

export type TestPlatform = Platform & {
  clock: DemonstrationClock
  database: Database & { url: string | null }
  folder: string
  logLines: string[]
  close(): Promise<void>
}

/** The platform as production has it, with a clock that stands still, a folder for mail, and its log kept in memory. */
export async function openTestPlatform(engine: Engine, now: string, databaseFolder?: string): Promise<TestPlatform> {
  const folder = mkdtempSync(join(tmpdir(), 'retour-test-'))
  const read = readConfig({ ...KEYS, ...UNLIMITED, BASE_URL: 'https://retour.example', DATA_DIR: folder })
  if (!read.ok) throw new Error(read.problems.join(' '))
  const database = await openTestDatabase(engine, databaseFolder)
  const logLines: string[] = []
  const mailer = folderMailer(join(folder, 'mail'))
  const close = async () => {
    mailer.close()
    await database.close()
    rmSync(folder, { recursive: true, force: true })
  }
  const log = openLog('debug', { write: (line) => void logLines.push(line) })
  return {
    config: read.config,
    clock: demonstrationClock(Temporal.Instant.from(now)),
    db: database.db,
    log,
    mailer,
    random: seededRandom('test'),
    environment: 'test',
    database,
    folder,
    logLines,
    close,
  }
}

/** Runs the same tests on PGlite and on a real PostgreSQL server, each file with a database of its own. */
export function onEachEngine(now: string, tests: (platform: () => TestPlatform) => void): void {
  describe.each(ENGINES)('on %s', (engine) => {
    let platform: TestPlatform
    beforeAll(async () => {
      platform = await openTestPlatform(engine, now)
    })
    afterAll(() => platform.close())
    tests(() => platform)
  })
}
