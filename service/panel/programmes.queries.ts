// Programmes as rows, loaded from their files at start, so that everything else can refer to them.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'
import type { Programme } from './frame.ts'

/** One import of a programme at a time: the next waits up to a minute for this transaction, and then sees what it wrote. */
export async function waitForTurn(trx: Db, programme: string): Promise<void> {
  await sql`select set_config('lock_timeout', '60s', true), set_config('statement_timeout', '60s', true)`.execute(trx)
  await sql`select pg_advisory_xact_lock(hashtextextended(${`import ${programme}`}, 0))`.execute(trx)
}

/** Makes the rows say what the files say; a file takes a name back that the browser had given. */
export async function storeProgrammes(db: Db, programmes: readonly Programme[]): Promise<void> {
  if (programmes.length === 0) return
  await db
    .insertInto('fieldwork.programme')
    .values(programmes.map((configuration) => ({ slug: configuration.programme, configuration })))
    .onConflict((conflict) =>
      conflict
        .column('slug')
        .doUpdateSet(({ ref }) => ({ configuration: ref('excluded.configuration'), source: 'file' })),
    )
    .execute()
}

/** What the staff have made in the browser, as it stands in the rows. */
export const consoleProgrammes = (db: Db) =>
  db
    .selectFrom('fieldwork.programme')
    .where('source', '=', 'console')
    .orderBy('slug')
    .select(['slug', 'configuration'])
    .execute()

/** Adds a programme; false when the name is taken. */
export async function insertProgramme(trx: Db, programme: Programme): Promise<boolean> {
  const inserted = await trx
    .insertInto('fieldwork.programme')
    .values({ slug: programme.programme, configuration: programme, source: 'console' })
    .onConflict((conflict) => conflict.column('slug').doNothing())
    .returning('slug')
    .executeTakeFirst()
  return inserted !== undefined
}

/** Changes a programme made in the browser; one that has a file is changed there. */
export async function updateProgramme(trx: Db, programme: Programme): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('fieldwork.programme')
    .set({ configuration: programme })
    .where('slug', '=', programme.programme)
    .where('source', '=', 'console')
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows) === 1
}
