// The versions of instruments as they are stored: those that people have answered, and those of surveys/ as they are now.
import type { Instrument } from '../instruments/instrument.ts'
import { dayOf } from '../platform/clock.ts'
import type { Db } from '../platform/database.ts'
import type { StoredVersion } from '../publications/say-versions.ts'

/** Every stored version of some instruments, the earliest first. */
export async function storedVersionsOf(db: Db, instruments: readonly string[]): Promise<StoredVersion[]> {
  if (instruments.length === 0) return []
  const rows = await db
    .selectFrom('answers.instrument_version')
    .where('instrument', 'in', instruments)
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
