// Every instrument version that is stored, whether or not surveys/ still has its file.
import type { Instrument } from '../instruments/instrument.ts'
import { dayOf } from '../platform/clock.ts'
import type { Db } from '../platform/database.ts'
import type { StoredVersion } from './say-versions.ts'

/** All of them, an instrument's earliest first. */
export async function storedVersions(db: Db): Promise<StoredVersion[]> {
  const rows = await db
    .selectFrom('answers.instrument_version')
    .orderBy('instrument')
    .orderBy('version')
    .select(['content', 'hash', 'fielded_at'])
    .execute()
  return rows.map(({ content, hash, fielded_at }) => ({
    content: content as Instrument,
    hash,
    fieldedOn: fielded_at && dayOf(fielded_at),
  }))
}
