// What is looked up: what has been sent, by when it was; a member, by an address that asks for its link.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db)
}

const statements = [
  sql`create index mailing_sent on fieldwork.mailing (sent_at) where sent_at is not null`,
  sql`create index panel_member_email on identity.panel_member (lower(email))`,
  sql`create index panel_member_email_secondary on identity.panel_member (lower(email_secondary))`,
]
