// Wave plans know where each of their versions came from: from its file, or from the console.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db)
}

const statements = [
  sql`alter table fieldwork.plan add column source text not null default 'file' check (source in ('file', 'console'))`,
  sql`alter table fieldwork.plan alter column source drop default`,
]
