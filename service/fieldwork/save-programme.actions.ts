// Makes a programme in the browser, or changes one that was made there. A new one has a wave plan of its own, which begins
// as another's stands.
import type { Programme } from '../panel/frame.ts'
import { insertProgramme, updateProgramme } from '../panel/programmes.queries.ts'
import { refreshProgrammes } from '../panel/refresh-programmes.actions.ts'
import { recordEvent } from '../platform/audit.queries.ts'
import type { Deps } from '../waves/deps.ts'
import { insertPlan, planContent } from '../waves/plans.queries.ts'
import { refreshPlans } from '../waves/refresh-plans.actions.ts'
import { type ProgrammeEntries, type ReadProgramme, readProgramme } from './programme-form.ts'

type ProgrammeDeps = Pick<Deps, 'db' | 'clock' | 'config' | 'frame' | 'plans'>

export type SaveProgrammeOutcome = ReadProgramme

/** Makes a programme; its name must not be one that a programme or a wave plan has. */
export async function createProgramme(
  deps: ProgrammeDeps,
  { entries, actor }: { entries: ProgrammeEntries; actor: string },
): Promise<SaveProgrammeOutcome> {
  const like = modelOf(deps)
  const read = readProgramme(entries, { like, demonstration: deps.config.mode === 'demonstration' })
  if (!read.ok) return read
  const { programme } = read
  const at = deps.clock.now()
  const outcome = await deps.db.transaction().execute(async (trx): Promise<SaveProgrammeOutcome> => {
    if (deps.plans.has(programme.plan) || !(await insertProgramme(trx, programme)))
      return { ok: false, faults: [{ field: 'programme', because: 'taken' }] }
    const { content } = await planContent(trx, { plan: like.plan, version: deps.plans.get(like.plan)?.version ?? 1 })
    const own = { ...content, plan: programme.plan }
    await insertPlan(trx, { plan: programme.plan, version: 1, content: own, source: 'console', at, by: actor })
    await recordEvent(trx, { at, actor, action: 'programme made', subject: programme.programme })
    return read
  })
  await refreshProgrammes(deps)
  await refreshPlans(deps)
  return outcome
}

/** What a new programme takes over: as the first one has it, and without any, every grouping there is and the first plan. */
const modelOf = ({ frame, plans }: ProgrammeDeps): Pick<Programme, 'publish' | 'plan'> =>
  frame.programmes[0] ?? {
    publish: { by: frame.dimensions.map(({ dimension }) => dimension), changeBy: [], pairs: [], weightBy: [] },
    plan: [...plans.keys()][0]!,
  }

/** Changes a programme made in the browser; its name and its wave plan stay. */
export async function changeProgramme(
  deps: ProgrammeDeps,
  { programme: name, entries, actor }: { programme: string; entries: ProgrammeEntries; actor: string },
): Promise<SaveProgrammeOutcome> {
  const before = deps.frame.programmes.find(({ programme }) => programme === name)!
  const read = readProgramme({ ...entries, programme: name }, { like: before, demonstration: before.demonstration })
  if (!read.ok) return read
  const programme = { ...read.programme, plan: before.plan }
  const at = deps.clock.now()
  await deps.db.transaction().execute(async (trx) => {
    if (await updateProgramme(trx, programme))
      await recordEvent(trx, { at, actor, action: 'programme changed', subject: name })
  })
  await refreshProgrammes(deps)
  return { ok: true, programme }
}
