// Brings the schema up to date, once, whatever number of instances start together; refuses a newer schema.
import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Schema } from './schema.ts'

const LOCK = 7_240_311

/** Applies what is missing and returns the names applied; throws `NewerSchemaError` when the database is ahead of us. */
export async function migrate(db: Kysely<Schema>, migrations: Record<string, Migration>): Promise<string[]> {
  return db.connection().execute(async (connection) => {
    await sql`set lock_timeout = 0`.execute(connection)
    await sql`set statement_timeout = 0`.execute(connection)
    await sql`select pg_advisory_lock(${LOCK})`.execute(connection)
    try {
      return await apply(connection, migrations)
    } finally {
      await sql`select pg_advisory_unlock(${LOCK})`.execute(connection)
      await sql`reset statement_timeout`.execute(connection)
      await sql`reset lock_timeout`.execute(connection)
    }
  })
}

export class NewerSchemaError extends Error {}

async function apply(db: Kysely<Schema>, migrations: Record<string, Migration>): Promise<string[]> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  const unknown = (await appliedNames(db)).filter((name) => !(name in migrations))
  if (unknown.length > 0) {
    throw new NewerSchemaError(
      `The database was migrated by a newer Retour (${unknown.join(', ')}). Start that version, or restore an older backup.`,
    )
  }
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error) throw error
  return results.filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName)
}

async function appliedNames(db: Kysely<Schema>): Promise<string[]> {
  const { rows: found } = await sql<{ there: boolean }>`
    select to_regclass('kysely_migration') is not null as there`.execute(db)
  if (!found[0]?.there) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  return rows.map(({ name }) => name)
}
