// The one file that knows the drivers: after it, PGlite and PostgreSQL return the same values for the same query.
import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect, sql, type Transaction } from 'kysely'
import { PostgresJSDialect } from 'kysely-postgres-js'
import postgres from 'postgres'
import type { Schema } from './schema.ts'

export type Db = Kysely<Schema> | Transaction<Schema>

export type Database = {
  db: Kysely<Schema>
  engine: 'PGlite' | 'PostgreSQL'
  close(): Promise<void>
}

const INT8 = 20
const DATE = 1082
const TIMESTAMPTZ = 1184
const parseInstant = (text: string) => Temporal.Instant.from(text)
const parseDate = (text: string) => Temporal.PlainDate.from(text)

const pgliteTypes = {
  parsers: { [INT8]: Number, [DATE]: parseDate, [TIMESTAMPTZ]: parseInstant },
  serializers: { [DATE]: String, [TIMESTAMPTZ]: String },
}

/** Opens the embedded database kept in a folder (`memory://` for one that vanishes), or loaded from a dump. */
export async function openEmbedded(folder: string, dump?: Blob): Promise<Database> {
  const pglite = await PGlite.create(folder, { ...pgliteTypes, ...(dump && { loadDataDir: dump }) })
  // Every statement is planned anew here, which takes longer than it does: joins are made in the order they are written.
  await pglite.exec("set TimeZone = 'UTC'; set join_collapse_limit = 1")
  const db = new Kysely<Schema>({ dialect: new PGliteDialect({ pglite }) })
  return { db, engine: 'PGlite', close: () => db.destroy() }
}

/** Opens a pool on a PostgreSQL server; no statement may run, wait for a lock, or idle in a transaction for long. */
export function openServer(url: string, { connections = 10 } = {}): Database {
  const client = postgres(url, {
    max: connections,
    connect_timeout: 10,
    idle_timeout: 60,
    max_lifetime: 30 * 60,
    onnotice: () => {},
    connection: {
      application_name: 'retour',
      TimeZone: 'UTC',
      statement_timeout: 5_000,
      lock_timeout: 2_000,
      idle_in_transaction_session_timeout: 10_000,
    },
    types: {
      int8: { to: INT8, from: [INT8], serialize: String, parse: Number },
      date: { to: DATE, from: [DATE], serialize: String, parse: parseDate },
      instant: { to: TIMESTAMPTZ, from: [TIMESTAMPTZ], serialize: String, parse: parseInstant },
    },
  })
  const db = new Kysely<Schema>({ dialect: new PostgresJSDialect({ postgres: client }) })
  return { db, engine: 'PostgreSQL', close: () => client.end({ timeout: 5 }) }
}

/** What a server does by itself and an embedded database leaves to us: dead rows are swept up, tables counted for the planner. */
export async function sweep(db: Db): Promise<void> {
  await sql`vacuum analyze`.execute(db)
}

/** Answers when the database does, and throws when it does not. */
export async function ping(db: Db): Promise<void> {
  await sql`select 1`.execute(db)
}

/** The server's own clock, to compare with ours: a service whose clocks disagree must not send. */
export async function databaseNow(db: Db): Promise<Temporal.Instant> {
  const { rows } = await sql<{ now: Temporal.Instant }>`select clock_timestamp() as now`.execute(db)
  return rows[0]!.now
}
