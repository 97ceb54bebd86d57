// What only tests, and whoever has the database to themselves, do to the audit trail: change it behind its triggers.
import { type Kysely, sql } from 'kysely'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'

const TABLES = ['audit.event', 'audit.segment']

/** Does something to the trail while nothing watches over it. */
export const tamper = (db: Kysely<Schema>, work: (trx: Db) => Promise<unknown>): Promise<void> =>
  db.transaction().execute(async (trx) => {
    for (const table of TABLES) await sql`alter table ${sql.table(table)} disable trigger all`.execute(trx)
    await work(trx)
    for (const table of TABLES) await sql`alter table ${sql.table(table)} enable trigger all`.execute(trx)
  })

/** Forgets all that has been recorded, as before the first event. */
export const emptyTrail = (db: Kysely<Schema>): Promise<void> =>
  tamper(db, (trx) => sql`truncate audit.event, audit.segment`.execute(trx))
