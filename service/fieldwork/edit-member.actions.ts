// Corrects one member by hand, by the rules a register is read by and through the same door: what moves is shown first.

import type { MemberFile } from '../panel/find-members.queries.ts'
import { importRegister } from '../panel/import-register.actions.ts'
import { COLUMNS, type RefusalReason } from '../panel/register.ts'
import { csvOf } from '../platform/csv.ts'
import type { Deps } from '../waves/deps.ts'
import { planNextMembers } from '../waves/plan-members.actions.ts'
import { type MovedWave, previewMember } from '../waves/preview-member.actions.ts'
import { needsConfirmation, previewDates } from '../waves/publish-plan.actions.ts'
import { type EditedColumn, rowOf } from './member-form.ts'

export type EditMemberInput = {
  programme: string
  member: MemberFile
  entries: Record<EditedColumn, string>
  /** Stands for what was shown: nothing moves without it. */
  confirm: string | undefined
  actor: string
}

export type EditMemberOutcome =
  | { ok: true; changed: boolean }
  | { ok: false; because: 'refused'; column: string; reason: RefusalReason }
  /** `shown`: what was confirmed is not what would happen (any more). */
  | { ok: false; because: 'to be confirmed'; waves: MovedWave[]; code: string; shown: boolean }

/** Saves what was typed about a member, or says which column cannot stay so, or which waves and mails would move. */
export async function editMember(deps: Deps, input: EditMemberInput): Promise<EditMemberOutcome> {
  const { programme, member, confirm, actor } = input
  const bytes = new TextEncoder().encode(csvOf([COLUMNS, rowOf(member, input.entries)]))
  const given = { bytes, programme, actor, about: { action: 'member changed', subject: member.id } }
  const expected = await importRegister(deps, { ...given, dryRun: true })
  if (!expected.ok) throw new Error(`one row could not be read: ${expected.because}`)
  const [refusal] = expected.refused
  if (refusal) return { ok: false, because: 'refused', column: refusal.column, reason: refusal.reason }
  const preview = await previewDates(deps, expected.redated)
  if (needsConfirmation(preview) && confirm !== preview.code) {
    const waves = await previewMember(deps, expected.redated[0]!)
    return { ok: false, because: 'to be confirmed', waves, code: preview.code, shown: confirm !== undefined }
  }
  if (expected.changed === 0) return { ok: true, changed: false }
  await importRegister(deps, given)
  while (await planNextMembers(deps)) {}
  return { ok: true, changed: true }
}
