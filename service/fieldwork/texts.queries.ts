// The words of a programme's mails as they were saved, version by version.
import type { Db } from '../platform/database.ts'

/** Every version of a programme's words, the latest first. */
export const listTextVersions = (db: Db, programme: string) =>
  db
    .selectFrom('fieldwork.mail_text')
    .where('programme', '=', programme)
    .orderBy('version', 'desc')
    .select(['version', 'content', 'saved_at', 'saved_by'])
    .execute()

export type TextVersion = Awaited<ReturnType<typeof listTextVersions>>[number]

/** What is in force of a programme's words, or undefined while it has none of its own. */
export const latestTexts = (db: Db, programme: string) =>
  db
    .selectFrom('fieldwork.mail_text')
    .where('programme', '=', programme)
    .orderBy('version', 'desc')
    .limit(1)
    .select(['version', 'content'])
    .executeTakeFirst()

/** Puts words in force as the version of this number; false when somebody else has just saved that one. */
export async function insertTexts(
  trx: Db,
  row: { programme: string; version: number; content: object; at: Temporal.Instant; by: string },
): Promise<boolean> {
  const { programme, version, content, at: saved_at, by: saved_by } = row
  const inserted = await trx
    .insertInto('fieldwork.mail_text')
    .values({ programme, version, content, saved_at, saved_by })
    .onConflict((conflict) => conflict.columns(['programme', 'version']).doNothing())
    .returning('version')
    .executeTakeFirst()
  return inserted !== undefined
}
