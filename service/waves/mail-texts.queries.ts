// The words of mails as programmes have changed them: every version is kept, the highest is in force.
import type { Db } from '../platform/database.ts'

/** The version in force of each programme that has changed any words. */
export const textVersionsInForce = (db: Db): Promise<{ programme: string; version: number }[]> =>
  db
    .selectFrom('fieldwork.mail_text')
    .groupBy('programme')
    .select(({ fn }) => ['programme', fn.max('version').as('version')])
    .execute()

/** What a version says: the changed mails by their names. */
export const textContent = (db: Db, { programme, version }: { programme: string; version: number }) =>
  db
    .selectFrom('fieldwork.mail_text')
    .where('programme', '=', programme)
    .where('version', '=', version)
    .select('content')
    .executeTakeFirstOrThrow()
