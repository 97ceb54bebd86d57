// What the role of a research process may reach, as the database tells it.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'

/** Whatever of ours, beyond reading `publish`, the connected role may read or change; nothing when all is well. */
export async function readableBeyondPublish(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select format('%s.%s', schemaname, tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')
      and has_schema_privilege(schemaname, 'usage')
      and (
        has_table_privilege(format('%I.%I', schemaname, tablename), 'insert, update, delete, truncate')
        or (schemaname <> 'publish' and has_table_privilege(format('%I.%I', schemaname, tablename), 'select'))
      )
    order by 1`.execute(db)
  return rows.map(({ name }) => name)
}

/** Lets a role read `publish`, what is added to it later included, and nothing else of ours; false without such a role. */
export async function grantPublish(db: Db, role: string): Promise<boolean> {
  const { rows } = await sql`select from pg_roles where rolname = ${role}`.execute(db)
  if (rows.length === 0) return false
  const name = sql.id(role)
  for (const grant of [
    sql`grant usage on schema publish to ${name}`,
    sql`grant select on all tables in schema publish to ${name}`,
    sql`alter default privileges in schema publish grant select on tables to ${name}`,
  ])
    await grant.execute(db)
  return true
}
