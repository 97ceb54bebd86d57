// A register sent in by browser: kept, looked at, and imported once somebody has seen what it would do.
import { type ImportOutcome, importRegister } from '../panel/import-register.actions.ts'
import { deleteUpload, dropOldUploads, insertUpload } from '../panel/uploads.queries.ts'
import { recordEvent } from '../platform/audit.queries.ts'
import { randomId } from '../platform/secrets.ts'
import type { Deps } from '../waves/deps.ts'
import { planNextMembers } from '../waves/plan-members.actions.ts'
import { needsConfirmation, previewDates, type ReplanPreview } from '../waves/publish-plan.actions.ts'

const KEPT = { hours: 24 }

/** Keeps a register for a day, and answers the name it goes by. */
export async function keepRegister(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { programme, name, content, actor }: { programme: string; name: string; content: Uint8Array; actor: string },
): Promise<string> {
  const at = clock.now()
  const id = randomId()
  await db.transaction().execute(async (trx) => {
    await dropOldUploads(trx, at.subtract(KEPT))
    await insertUpload(trx, { id, programme, name, content, at, by: actor })
    const detail = { bytes: content.byteLength }
    await recordEvent(trx, { at, actor, action: 'register sent in', subject: programme, detail })
  })
  return id
}

export type Looked = { expected: ImportOutcome; preview: ReplanPreview | null }

/** What importing would do, without doing it. */
export async function lookAtRegister(
  deps: Deps,
  { programme, bytes, actor }: { programme: string; bytes: Uint8Array; actor: string },
): Promise<Looked> {
  const expected = await importRegister(deps, { bytes, programme, actor, dryRun: true })
  return { expected, preview: expected.ok ? await previewDates(deps, expected.redated) : null }
}

export type TakeRegisterOutcome =
  | { ok: true; outcome: Extract<ImportOutcome, { ok: true }> }
  | { ok: false; because: 'unreadable' }
  /** What would move is not what was confirmed. */
  | { ok: false; because: 'to be confirmed' }

/** Imports a register that was looked at, and works out the waves of whom it concerns. `confirm`: what may move. */
export async function takeRegister(
  deps: Deps,
  {
    programme,
    id,
    bytes,
    confirm,
    actor,
    say,
  }: {
    programme: string
    id: string
    bytes: Uint8Array
    confirm: string | undefined
    actor: string
    say(doing: 'reading' | 'writing' | 'planning', done: number, total: number): void
  },
): Promise<TakeRegisterOutcome> {
  const { preview } = await lookAtRegister(deps, { programme, bytes, actor })
  if (!preview) return { ok: false, because: 'unreadable' }
  if (needsConfirmation(preview) && confirm !== preview.code) return { ok: false, because: 'to be confirmed' }
  const onProgress = (done: number, total: number, doing: 'reading' | 'writing') => say(doing, done, total)
  const outcome = await importRegister(deps, { bytes, programme, actor, onProgress })
  if (!outcome.ok) return { ok: false, because: 'unreadable' }
  // A row that was refused can be had from the file for as long as it is kept.
  if (outcome.refused.length === 0) await deleteUpload(deps.db, id)
  const people = outcome.added + outcome.changed
  for (let planned = 0; await planNextMembers(deps); planned += 200) say('planning', Math.min(planned, people), people)
  return { ok: true, outcome }
}
