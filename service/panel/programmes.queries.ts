// Programmes as rows, loaded from their files at start, so that everything else can refer to them.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'
import type { Programme } from './frame.ts'

/** One import of a programme at a time: the next waits up to a minute for this transaction, and then sees what it wrote. */
export async function waitForTurn(trx: Db, programme: string): Promise<void> {
  await sql`select set_config('lock_timeout', '60s', true), set_config('statement_timeout', '60s', true)`.execute(trx)
  await sql`select pg_advisory_xact_lock(hashtextextended(${`import ${programme}`}, 0))`.execute(trx)
}

/** Makes the rows say what the files say. */
export async function storeProgrammes(db: Db, programmes: readonly Programme[]): Promise<void> {
  await db
    .insertInto('fieldwork.programme')
    .values(programmes.map((configuration) => ({ slug: configuration.programme, configuration })))
    .onConflict((conflict) =>
      conflict.column('slug').doUpdateSet(({ ref }) => ({ configuration: ref('excluded.configuration') })),
    )
    .execute()
}
