// Puts the instruments of surveys/ beside those already fielded, and refuses a file that changes a fielded version.
import type { Platform } from '../platform/deps.ts'
import { sha256Hex } from '../platform/secrets.ts'
import { canonical } from './comparability.ts'
import type { Bank, Instrument } from './instrument.ts'
import { findVersion, storeVersion } from './versions.queries.ts'

/** A version is frozen by the hash of its whole content. */
export const hashOf = (instrument: Instrument): string => sha256Hex(canonical(instrument))

/** Stores every instrument of the bank; `changed` names fielded versions whose file has changed since (nothing is stored then). */
export async function storeVersions(
  { db }: Pick<Platform, 'db'>,
  { instruments }: Bank,
): Promise<{ ok: true } | { ok: false; changed: string[] }> {
  return db.transaction().execute(async (trx) => {
    const changed: string[] = []
    for (const instrument of instruments.values()) {
      const stored = await findVersion(trx, instrument)
      if (stored?.fielded_at && hashOf(stored.content as Instrument) !== hashOf(instrument))
        changed.push(`${instrument.instrument}@${instrument.version}`)
    }
    if (changed.length > 0) return { ok: false, changed }
    for (const instrument of instruments.values()) await storeVersion(trx, instrument, hashOf(instrument))
    return { ok: true }
  })
}
