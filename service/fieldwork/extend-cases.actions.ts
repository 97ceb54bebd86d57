// Gives a cohort, or some people, more time to answer a wave. It says so in the rows of their cases and has them planned
// again: whatever follows from a field period follows there, and nothing that is planned later forgets it.
import { waitForTurn } from '../panel/programmes.queries.ts'
import { recordEvent } from '../platform/audit.queries.ts'
import { dayOf } from '../platform/clock.ts'
import type { Db } from '../platform/database.ts'
import { describeError } from '../platform/logging.ts'
import { isEarlier } from '../waves/dates.ts'
import type { Deps } from '../waves/deps.ts'
import { planNextMembers } from '../waves/plan-members.actions.ts'
import { waitForPlans } from '../waves/plans.queries.ts'
import {
  casesToExtend,
  type ExtendableCase,
  extendCasesTo,
  holdMissions,
  membersNamed,
  type Whose,
} from './extension.queries.ts'
import { type NoExtension, whyNotExtended } from './extension.ts'

export type ExtendDeps = Pick<Deps, 'db' | 'clock' | 'log' | 'frame' | 'plans'>

/** `lastDay`: the last one on which they may answer. */
export type Wanted = { programme: string; wave: string; whose: Whose; lastDay: Temporal.PlainDate }

/** Whose cases would get the later end, and who would not and why. */
export type Extension = {
  extended: string[]
  refused: { matricule: string; because: NoExtension }[]
}

export type ExtendOutcome =
  | { ok: true; extended: number }
  | { ok: false; because: 'in the past' }
  /** Nobody may have it any more, or more people than was confirmed. */
  | { ok: false; because: 'nobody' | 'more'; extension: Extension }

/** What giving more time would do; null for a day that is over. */
export async function previewExtension(
  deps: Pick<ExtendDeps, 'db' | 'clock'>,
  wanted: Wanted,
): Promise<Extension | null> {
  if (isOver(deps, wanted)) return null
  const { extension } = await judge(deps.db, wanted)
  return extension
}

/** Gives more time to whoever may have it, if they are no more than `expected`. */
export async function extendCases(
  deps: ExtendDeps,
  { expected, actor, ...wanted }: Wanted & { expected: number; actor: string },
): Promise<ExtendOutcome> {
  if (isOver(deps, wanted)) return { ok: false, because: 'in the past' }
  const { db, clock } = deps
  const outcome = await db.transaction().execute(async (trx): Promise<ExtendOutcome> => {
    // Nobody imports or publishes a plan meanwhile, or the two would hold the same missions crosswise.
    await waitForTurn(trx, wanted.programme)
    await waitForPlans(trx)
    await holdMissions(trx, wanted)
    const { cases, extension } = await judge(trx, wanted)
    if (cases.length === 0) return { ok: false, because: 'nobody', extension }
    if (cases.length > expected) return { ok: false, because: 'more', extension }
    await extendCasesTo(trx, cases, endOf(wanted))
    const detail = {
      cases: cases.length,
      refused: extension.refused.length,
      lastDay: wanted.lastDay.toString(),
      ...('cohort' in wanted.whose && { cohort: wanted.whose.cohort }),
    }
    const subject = `${wanted.programme}/${wanted.wave}`
    await recordEvent(trx, { at: clock.now(), actor, action: 'field period extended', subject, detail })
    return { ok: true, extended: cases.length }
  })
  if (outcome.ok) await planAtOnce(deps)
  return outcome
}

/** So that whoever looks sees it; what cannot be done now the next beat does. */
async function planAtOnce(deps: ExtendDeps): Promise<void> {
  try {
    while (await planNextMembers(deps)) {}
  } catch (error) {
    deps.log.error(describeError(error), 'more time was given, and is planned with the next beat')
  }
}

const isOver = ({ clock }: Pick<Deps, 'clock'>, { lastDay }: Wanted): boolean => isEarlier(lastDay, dayOf(clock.now()))

const endOf = ({ lastDay }: Wanted): Temporal.PlainDate => lastDay.add({ days: 1 })

async function judge(db: Db, wanted: Wanted): Promise<{ cases: ExtendableCase[]; extension: Extension }> {
  const all = await casesToExtend(db, wanted)
  const judged = all.map((one) => ({ one, because: whyNotExtended(one, endOf(wanted)) }))
  const cases = judged.filter(({ because }) => because === null).map(({ one }) => one)
  const refused = judged.flatMap(({ one: { matricule }, because }) => (because ? { matricule, because } : []))
  const without = await withoutCase(db, wanted, all)
  return {
    cases,
    extension: { extended: cases.map(({ matricule }) => matricule), refused: [...refused, ...without] },
  }
}

/** Of members who were named, those who have no case in the wave, or are nobody. */
async function withoutCase(
  db: Db,
  { programme, whose }: Wanted,
  cases: readonly ExtendableCase[],
): Promise<Extension['refused']> {
  if ('cohort' in whose) return []
  const planned = new Set(cases.map(({ matricule }) => matricule))
  const missing = whose.matricules.filter((matricule) => !planned.has(matricule))
  if (missing.length === 0) return []
  const known = new Set((await membersNamed(db, { programme, whose })).map(({ matricule }) => matricule))
  return missing.map((matricule) => ({ matricule, because: known.has(matricule) ? 'not planned' : 'unknown member' }))
}
