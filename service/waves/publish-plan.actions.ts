// Puts a wave plan in force. What its file or somebody in the console says is a proposal: it is first shown what would
// move, and nothing moves until that very change is confirmed.
import { isDeepStrictEqual } from 'node:util'
import { recordEvent } from '../platform/audit.queries.ts'
import type { Db } from '../platform/database.ts'
import type { PlanOrigin } from '../platform/schema.ts'
import { sha256Hex } from '../platform/secrets.ts'
import { casesOf, markStale, missionsAfter, missionsOf, type PlannedMission } from './cases.queries.ts'
import type { Deps } from './deps.ts'
import { PlanFile } from './plan.ts'
import { type Replanned, replanMissions } from './plan-members.actions.ts'
import { insertPlan, lastFromFile, planInForce, versionsInForce, waitForPlans } from './plans.queries.ts'
import { refreshPlans } from './refresh-plans.actions.ts'
import { addCounts, countChanges, NO_CHANGES, type ReplanCounts } from './replan.ts'

/** A plan in the words of its file. */
export type PlanSource = { plan: string; content: object }

type PlanDeps = Pick<Deps, 'clock' | 'frame' | 'plans'> & { db: Db }

/** The first time a plan is seen it is put in force as it stands: nobody has been planned by another. */
export async function storeFirstPlans(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  sources: readonly PlanSource[],
): Promise<void> {
  const known = new Set((await versionsInForce(db)).map(({ plan }) => plan))
  for (const { plan, content } of sources.filter(({ plan }) => !known.has(plan)))
    await insertPlan(db, { plan, version: 1, content, source: 'file', at: clock.now(), by: 'first start' })
}

/** The plans whose file says something else than the last version that came from it: what the console has set stays set. */
export async function changedPlans({ db }: { db: Db }, sources: readonly PlanSource[]): Promise<PlanSource[]> {
  return differing(sources, (plan) => lastFromFile(db, plan))
}

async function differing(
  sources: readonly PlanSource[],
  known: (plan: string) => Promise<{ content: object } | undefined>,
): Promise<PlanSource[]> {
  const different: PlanSource[] = []
  for (const source of sources) {
    const stored = await known(source.plan)
    if (!stored || !saysTheSame(stored.content, source.content)) different.push(source)
  }
  return different
}

const saysTheSame = (stored: object, content: object): boolean =>
  isDeepStrictEqual(stored, JSON.parse(JSON.stringify(content)))

/** What a change of dates or of plans would do: how many cases, wave by wave, and a code that stands for just that. */
export type ReplanPreview = { counts: ReplanCounts; byWave: ReadonlyMap<string, ReplanCounts>; code: string }

/** Whether anything planned would be somewhere else, or nowhere: that takes somebody who says so. */
export const needsConfirmation = ({ counts }: ReplanPreview): boolean => counts.moved + counts.cancelled > 0

/** The same for plans, with the versions that would be replaced; the code stands for them, too. */
export type PlansPreview = ReplanPreview & { replaces: readonly Replaced[] }
export type Replaced = { plan: string } & NonNullable<Awaited<ReturnType<typeof planInForce>>>

const PAGE = 500

/** What publishing these plans would do to everybody; `onLooked` hears how many have been looked at, and asks nothing of the database. */
export async function previewPlans(
  deps: PlanDeps,
  sources: readonly PlanSource[],
  onLooked: (people: number) => void = () => {},
): Promise<PlansPreview> {
  const replaces: Replaced[] = []
  for (const { plan } of sources) {
    const inForce = await planInForce(deps.db, plan)
    if (inForce) replaces.push({ plan, ...inForce })
  }
  const plans = new Map([
    ...deps.plans,
    ...sources.map(({ plan, content }) => [plan, PlanFile.parse(content)] as const),
  ])
  const programmes = programmesOf(deps, sources)
  const replanned: Summary[] = []
  // No programme need follow a plan.
  for (let after: string | null = null; programmes.length > 0; ) {
    const missions: PlannedMission[] = await missionsAfter(deps.db, programmes, after, PAGE)
    if (missions.length === 0) break
    replanned.push(...(await summaries({ ...deps, plans }, missions)))
    onLooked(replanned.length)
    after = missions.at(-1)!.member_id
  }
  const versions = replaces.map(({ plan, version }) => [plan, version])
  return { ...sumUp(replanned, [versions, sources]), replaces }
}

/** Other dates for a member, as a register gives them. */
export type Redated = Pick<
  PlannedMission,
  'member_id' | 'departed_on' | 'planned_return_on' | 'returned_on' | 'time_zone'
>

/** What other dates would do to the members they are for. */
export async function previewDates(deps: PlanDeps, redated: readonly Redated[]): Promise<ReplanPreview> {
  const replanned: Summary[] = []
  for (let start = 0; start < redated.length; start += PAGE) {
    const dates = new Map(redated.slice(start, start + PAGE).map((one) => [one.member_id, one]))
    const missions = await missionsOf(deps.db, [...dates.keys()])
    const redatedMissions = missions.map((mission) => ({ ...mission, ...dates.get(mission.member_id)! }))
    replanned.push(...(await summaries(deps, redatedMissions)))
  }
  return sumUp(replanned)
}

const programmesOf = ({ frame }: Pick<Deps, 'frame'>, sources: readonly PlanSource[]): string[] => {
  const plans = new Set(sources.map(({ plan }) => plan))
  return frame.programmes.filter(({ plan }) => plans.has(plan)).map(({ programme }) => programme)
}

type Summary = { member: string; changes: Replanned['changes'] }

async function summaries(deps: PlanDeps, missions: readonly PlannedMission[]): Promise<Summary[]> {
  if (missions.length === 0) return []
  const cases = await casesOf(
    deps.db,
    missions.map(({ member_id }) => member_id),
  )
  return replanMissions(deps, missions, cases).map(({ mission, changes }) => ({ member: mission.member_id, changes }))
}

/** `what`: whatever else the code is to stand for. */
function sumUp(replanned: readonly Summary[], what: unknown = null): ReplanPreview {
  const all = replanned.flatMap(({ changes }) => changes)
  const byWave = new Map(
    [...Map.groupBy(all, ({ wave }) => wave)]
      .map(([wave, changes]) => [wave, countChanges(changes)] as const)
      .toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })),
  )
  const moving = replanned
    .map(({ member, changes }) => ({ member, changes: changes.filter(({ do: done }) => done !== 'keep') }))
    .filter(({ changes }) => changes.length > 0)
    .toSorted((a, b) => (a.member < b.member ? -1 : 1))
  const counts = [...byWave.values()].reduce(addCounts, NO_CHANGES)
  return { counts, byWave, code: sha256Hex(JSON.stringify([what, moving])).slice(0, 8) }
}

export type PublishPlanOutcome =
  | { ok: true; published: string[]; preview: PlansPreview }
  | { ok: false; because: 'nothing new' }
  /** `shown`: what is confirmed is not what would happen (any more). */
  | { ok: false; because: 'to be confirmed'; preview: PlansPreview; shown: boolean }

export type PlanPublication = {
  sources: readonly PlanSource[]
  origin: PlanOrigin
  confirm: string | undefined
  actor: string
  /** As for `previewPlans`. */
  onLooked?: (people: number) => void
}

/**
 * Publishes the plans that have changed, if what that does is what `confirm` stands for. A file may go without a code when
 * it moves no case and undoes nothing that the console has set.
 */
export async function publishPlans(
  deps: Pick<Deps, 'db' | 'clock' | 'frame' | 'plans'>,
  { sources, origin, confirm, actor, onLooked }: PlanPublication,
): Promise<PublishPlanOutcome> {
  const outcome = await deps.db.transaction().execute(async (trx): Promise<PublishPlanOutcome> => {
    await waitForPlans(trx)
    await refreshPlans({ ...deps, db: trx })
    const changed =
      origin === 'file'
        ? await changedPlans({ db: trx }, sources)
        : await differing(sources, (plan) => planInForce(trx, plan))
    if (changed.length === 0) return { ok: false, because: 'nothing new' }
    const preview = await previewPlans({ ...deps, db: trx }, changed, onLooked)
    const asks = confirm !== undefined || origin === 'console' || needsConfirmation(preview)
    if ((asks || undoneBy(changed, preview).length > 0) && confirm !== preview.code)
      return { ok: false, because: 'to be confirmed', preview, shown: confirm !== undefined }
    const at = deps.clock.now()
    const versions = changed.map((one) => ({ ...one, version: (deps.plans.get(one.plan)?.version ?? 0) + 1 }))
    for (const { plan, version, content } of versions)
      await insertPlan(trx, { plan, version, content, source: origin, at, by: actor })
    const programmes = programmesOf(deps, changed)
    if (programmes.length > 0) await markStale(trx, programmes)
    for (const { plan, version } of versions) {
      const detail = { version, source: origin, ...preview.counts }
      await recordEvent(trx, { at, actor, action: 'plan published', subject: plan, detail })
    }
    return { ok: true, published: changed.map(({ plan }) => plan), preview }
  })
  await refreshPlans(deps)
  return outcome
}

/** Of the versions that some plans would replace, those that were set in the console and say something else. */
export const undoneBy = (sources: readonly PlanSource[], { replaces }: PlansPreview): Replaced[] =>
  replaces.filter(
    ({ plan, source, content }) =>
      source === 'console' && sources.some((one) => one.plan === plan && !saysTheSame(content, one.content)),
  )
