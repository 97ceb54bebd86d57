// Registers that were sent in by browser, kept until they are imported, thrown away, or a day old.
import type { Db } from '../platform/database.ts'

export type Upload = {
  id: string
  programme: string
  /** The file's name where it came from. */
  name: string
  content: Uint8Array
  at: Temporal.Instant
  by: string
}

export async function insertUpload(trx: Db, { at, by, ...upload }: Upload): Promise<void> {
  await trx
    .insertInto('identity.upload')
    .values({ ...upload, uploaded_at: at, uploaded_by: by })
    .execute()
}

/** One of a programme's registers, with its bytes. */
export const findUpload = (db: Db, { programme, id }: { programme: string; id: string }) =>
  db
    .selectFrom('identity.upload')
    .where('programme', '=', programme)
    .where('id', '=', id)
    .select(['id', 'name', 'content', 'uploaded_at'])
    .executeTakeFirst()

/** Those of a programme that wait, the latest first. */
export const listUploads = (db: Db, programme: string) =>
  db
    .selectFrom('identity.upload')
    .where('programme', '=', programme)
    .orderBy('uploaded_at', 'desc')
    .select(['id', 'name', 'uploaded_at'])
    .execute()

export async function deleteUpload(db: Db, id: string): Promise<void> {
  await db.deleteFrom('identity.upload').where('id', '=', id).execute()
}

/** People's names and addresses are not left lying about. */
export async function dropOldUploads(db: Db, before: Temporal.Instant): Promise<void> {
  await db.deleteFrom('identity.upload').where('uploaded_at', '<', before).execute()
}
