// Notes that somebody tried to find a member again, and what came of it: codes, and nothing in words about anybody.
import { findMember } from '../panel/find-members.queries.ts'
import { recordEvent } from '../platform/audit.queries.ts'
import { rowId } from '../platform/secrets.ts'
import type { Deps } from '../waves/deps.ts'
import { type Attempt, insertAttempt } from './members.queries.ts'

export type NoteAttemptOutcome = { ok: true } | { ok: false; because: 'unknown member' }

/** Notes one attempt for one member of a programme. */
export async function noteAttempt(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { programme, matricule, way, outcome, actor }: Attempt & { programme: string; matricule: string; actor: string },
): Promise<NoteAttemptOutcome> {
  const at = clock.now()
  return db.transaction().execute(async (trx): Promise<NoteAttemptOutcome> => {
    const member = await findMember(trx, programme, matricule)
    if (!member) return { ok: false, because: 'unknown member' }
    await insertAttempt(trx, { id: rowId(), memberId: member.id, at, by: actor, way, outcome })
    const detail = { programme, way, outcome }
    await recordEvent(trx, { at, actor, action: 'attempt noted', subject: member.id, detail })
    return { ok: true }
  })
}
