// A member wants no more mail. It holds from the next claim on, and deletes nothing.
import { findLink } from '../access/personal-links.queries.ts'
import { addressesOf, rememberStopped } from '../panel/members.queries.ts'
import { recordEvent } from '../platform/audit.queries.ts'
import type { Platform } from '../platform/deps.ts'
import { addressHash } from '../platform/tokens.ts'
import { holdCases } from '../waves/cases.queries.ts'
import { optOut } from './mailings.queries.ts'

/**
 * Stops all mail to whoever a stop link belongs to; false when the link is unknown. Asked twice, it does nothing more.
 * The addresses are remembered as a keyed hash: registered again, they are not written to.
 */
export async function stopMail(
  { db, clock, config }: Pick<Platform, 'db' | 'clock' | 'config'>,
  token: string,
): Promise<boolean> {
  const link = await findLink(db, 'stop', token)
  if (!link) return false
  const at = clock.now()
  await db.transaction().execute(async (trx) => {
    // In one order for everybody: two requests that touched the same cases crosswise would lock each other out.
    await holdCases(trx, [link.subjectId])
    const first = await optOut(trx, link.subjectId, at)
    const hashes = (await addressesOf(trx, link.subjectId)).map((address) => addressHash(config.keys.link, address))
    await rememberStopped(trx, { hashes, because: 'opted out', at })
    if (first) await recordEvent(trx, { at, actor: 'volunteer', action: 'opted out', subject: link.subjectId })
  })
  return true
}
