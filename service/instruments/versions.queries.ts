// Instrument versions as they were fielded: stored whole, so that an answer can always be read with its question.
import type { Db } from '../platform/database.ts'
import type { Instrument } from './instrument.ts'

export const findVersion = (db: Db, { instrument, version }: Pick<Instrument, 'instrument' | 'version'>) =>
  db
    .selectFrom('answers.instrument_version')
    .where('instrument', '=', instrument)
    .where('version', '=', version)
    .selectAll()
    .executeTakeFirst()

/** Stores a version, or replaces one that nobody has been asked yet; a fielded one stays as it was. */
export async function storeVersion(db: Db, instrument: Instrument, hash: string): Promise<void> {
  await db
    .insertInto('answers.instrument_version')
    .values({
      instrument: instrument.instrument,
      version: instrument.version,
      content: instrument,
      hash,
      fielded_at: null,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['instrument', 'version'])
        .doUpdateSet(({ ref }) => ({ content: ref('excluded.content'), hash: ref('excluded.hash') }))
        .where('answers.instrument_version.fielded_at', 'is', null),
    )
    .execute()
}

/** Every stored version of the named instruments. */
export const versionsOf = (db: Db, instruments: readonly string[]) =>
  db
    .selectFrom('answers.instrument_version')
    .where('instrument', 'in', instruments)
    .select(['instrument', 'version', 'content'])
    .execute()
