// The words of mails as each programme has changed them; every version is kept.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db)
}

const statements = [
  sql`create table fieldwork.mail_text (
    programme text not null references fieldwork.programme (slug),
    version int not null check (version > 0),
    content jsonb not null,
    saved_at timestamptz not null,
    saved_by text not null,
    primary key (programme, version)
  )`,
]
