// What has been sent is looked up by when it was.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index mailing_sent on fieldwork.mailing (sent_at) where sent_at is not null`.execute(db)
}
