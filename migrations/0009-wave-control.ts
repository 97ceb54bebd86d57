// What staff ask of single cases: the next mail now, a later end than the plan's.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db)
}

const statements = [
  sql`alter table fieldwork.case add column brought_forward_at timestamptz`,
  sql`alter table fieldwork.case add column extended_to date`,
]
