// Programmes as rows, loaded from their files at start, so that everything else can refer to them.
import type { Db } from '../platform/database.ts'
import type { Programme } from './frame.ts'

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
