// What the parts of npm run bench share: a database of its own for each, the service's parts around it, and an account
// of what is asked of the database.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Kysely, type KyselyPlugin, type RawBuilder, type RootOperationNode, sql } from 'kysely'
import { migrations } from '../migrations/index.ts'
import { storeVersions } from '../service/instruments/store-versions.actions.ts'
import { storeProgrammes } from '../service/panel/programmes.queries.ts'
import { type DemonstrationClock, demonstrationClock } from '../service/platform/clock.ts'
import { readConfig } from '../service/platform/config.ts'
import { type Database, type Db, openServer, sweep } from '../service/platform/database.ts'
import { openLog } from '../service/platform/logging.ts'
import { folderMailer } from '../service/platform/mailer.ts'
import { migrate } from '../service/platform/migrate.ts'
import type { Schema } from '../service/platform/schema.ts'
import { systemRandom } from '../service/platform/secrets.ts'
import { databaseUrl } from '../service/platform/testing-setup.ts'
import { refuse } from '../service/process.ts'
import { loadSurveys, readPlanSources } from '../service/surveys.ts'
import type { Deps } from '../service/waves/deps.ts'
import { storeFirstPlans } from '../service/waves/publish-plan.actions.ts'
import { refreshPlans } from '../service/waves/refresh-plans.actions.ts'

export const SURVEYS = 'surveys'

/** A new database on a server, whatever had that name before; it goes when it is closed. */
export async function openBenchDatabase(url: string, name: string, connections = 10): Promise<Database> {
  const drop = sql`drop database if exists ${sql.id(name)}`
  const onServer = async (statements: readonly RawBuilder<unknown>[]) => {
    const admin = openServer(url, { connections: 1 })
    for (const statement of statements) await statement.execute(admin.db)
    await admin.close()
  }
  await onServer([drop, sql`create database ${sql.id(name)}`])
  const database = openServer(databaseUrl(url, name), { connections })
  const close = async () => {
    await database.close()
    await onServer([drop])
  }
  return { ...database, close }
}

/** Dead rows swept up and tables counted, as the server would in time; it may take longer than the service's statements. */
export const settle = (db: Kysely<Schema>): Promise<void> =>
  db.connection().execute(async (one) => {
    await sql`set statement_timeout = 0`.execute(one)
    await sweep(one)
    await sql`reset statement_timeout`.execute(one)
  })

/** What a server is, for the head of a table: a commit that need not reach the disk is another thing. */
export async function sayServer(db: Db): Promise<string> {
  const { rows } = await sql<{ version: string; fsync: string }>`
    select current_setting('server_version') as version, current_setting('fsync') as fsync`.execute(db)
  return `PostgreSQL ${rows[0]!.version.split(' ')[0]}, fsync ${rows[0]!.fsync}`
}

/** With a clock that may run, and a folder to be taken away afterwards. */
export type Bench = Deps & { clock: DemonstrationClock; folder: string }

/** The service's parts as production has them, around a database brought up to date; its clock starts at an instant. */
export async function openBench(
  { db }: Pick<Database, 'db'>,
  now: Temporal.Instant,
  settings: Record<string, string> = {},
): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'retour-bench-'))
  const key = (byte: string) => byte.repeat(64)
  const keys = { LINK_KEY: key('1'), CELL_KEY: key('2'), COOKIE_KEY: key('3') }
  const read = readConfig({ ...keys, BASE_URL: 'http://localhost', DATA_DIR: folder, ...settings })
  if (!read.ok) refuse(read.problems.join('\n'))
  const surveys = loadSurveys(SURVEYS, { demonstration: false })
  const clock = demonstrationClock(now)
  await migrate(db, migrations)
  await storeProgrammes(db, surveys.frame.programmes)
  await storeVersions({ db }, surveys.bank)
  await storeFirstPlans({ db, clock }, readPlanSources(SURVEYS))
  await refreshPlans({ db, ...surveys })
  return {
    config: read.config,
    clock,
    db,
    // Written as in production, to nowhere.
    log: openLog('info', { write: () => {} }),
    mailer: folderMailer(join(folder, 'mail')),
    random: systemRandom,
    environment: 'bench',
    folder,
    ...surveys,
  }
}

/** How often something was asked of the database, and how long the answers took together. */
export type Asked = { statements: number; milliseconds: number }

/** Writes down what is asked of the database, by a name for each statement. */
export function watching(
  asked: Map<string, Asked>,
  nameOf: (node: RootOperationNode) => string = () => 'any',
): KyselyPlugin {
  const begun = new WeakMap<object, { name: string; at: number }>()
  return {
    transformQuery({ node, queryId }) {
      begun.set(queryId, { name: nameOf(node), at: performance.now() })
      return node
    },
    async transformResult({ result, queryId }) {
      const { name, at } = begun.get(queryId)!
      const { statements, milliseconds } = asked.get(name) ?? { statements: 0, milliseconds: 0 }
      asked.set(name, { statements: statements + 1, milliseconds: milliseconds + performance.now() - at })
      return result
    },
  }
}

/** All that was asked, whatever its name. */
export const inAll = (asked: ReadonlyMap<string, Asked>): Asked =>
  [...asked.values()].reduce(
    (sum, one) => ({
      statements: sum.statements + one.statements,
      milliseconds: sum.milliseconds + one.milliseconds,
    }),
    { statements: 0, milliseconds: 0 },
  )

/** Processor time of this process since a moment, in milliseconds. */
export function cpuSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!

export const sayCount = (count: number): string => count.toLocaleString('en')
/** Whether what was promised holds; a bench that says no still ends well. */
export const sayPromise = (promise: string, holds: boolean): void =>
  console.log(`  ${holds ? 'kept' : 'NOT KEPT'}: ${promise}`)
