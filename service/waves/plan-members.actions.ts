// Gives members their cases: one per wave of their programme's plan, with calendar-true dates. When dates or the plan
// change, what has not been sent moves with them.
import { recordEvent } from '../platform/audit.queries.ts'
import { dayOf } from '../platform/clock.ts'
import type { Db } from '../platform/database.ts'
import { rowId } from '../platform/secrets.ts'
import {
  cancelCases,
  casesOf,
  claimStaleMissions,
  createCases,
  dropUntriedAsking,
  endCases,
  holdCases,
  holdUntried,
  isAnyStale,
  type MovedCase,
  markPlanned,
  moveCases,
  type NewCase,
  type PlannedMission,
  reconsider,
  redateLinks,
  touchUnits,
} from './cases.queries.ts'
import { contactSchedule, firstContactAt } from './contacts.ts'
import { type FieldPeriod, fieldPeriods, isEarlier, isEmpty, localInstant, startOfDay } from './dates.ts'
import { type Deps, planOf } from './deps.ts'
import type { Plan } from './plan.ts'
import { refreshPlans } from './refresh-plans.actions.ts'
import { addCounts, type CaseChange, countChanges, NO_CHANGES, type ReplanCounts, replan } from './replan.ts'

const BATCH = 200

/** Plans some of the members whose dates are new or have changed; false when there were none. */
export async function planNextMembers(deps: Pick<Deps, 'db' | 'clock' | 'frame' | 'plans'>): Promise<boolean> {
  if (!(await isAnyStale(deps.db))) return false
  const programmes = deps.frame.programmes.map(({ programme }) => programme)
  return deps.db.transaction().execute(async (trx) => {
    const missions = await claimStaleMissions(trx, programmes, BATCH)
    if (missions.length === 0) return false
    // A plan published since this process last looked is what made them stale.
    await refreshPlans({ db: trx, plans: deps.plans })
    const now = deps.clock.now()
    const members = missions.map(({ member_id }) => member_id)
    await holdCases(trx, members)
    await holdUntried(trx, members)
    const replanned = replanMissions(deps, missions, await casesOf(trx, members))
    await apply(trx, replanned, now)
    await reconsider(trx, keptIn(replanned), now)
    await touchUnits(trx, unitsOf(replanned))
    await markPlanned(trx, members)
    await audit(trx, replanned, now)
    return true
  })
}

type StoredCase = Awaited<ReturnType<typeof casesOf>>[number]
export type Replanned = { mission: PlannedMission; plan: Plan; cases: readonly StoredCase[]; changes: CaseChange[] }

/** What becomes of some members' cases under the plans there are. */
export function replanMissions(
  deps: Pick<Deps, 'frame' | 'plans'>,
  missions: readonly PlannedMission[],
  cases: readonly StoredCase[],
): Replanned[] {
  const byMember = Map.groupBy(cases, ({ member_id }) => member_id)
  return missions.map((mission) => {
    const plan = planOf(deps, mission.programme)
    const own = byMember.get(mission.member_id) ?? []
    const existing = own.map(({ wave, opens_on, closes_on, opens_at, fixed, extended_to, closed_at }) => ({
      wave,
      opensOn: opens_on,
      closesOn: closes_on,
      fixed: Boolean(fixed),
      onTheHour: opens_at.equals(localInstant(opens_on, plan.sendAt, mission.time_zone)),
      extendedTo: closed_at ? null : extended_to,
    }))
    return { mission, plan, cases: own, changes: replan(existing, periodsOf(plan, mission)) }
  })
}

const periodsOf = (plan: Plan, mission: PlannedMission): Map<string, FieldPeriod> =>
  fieldPeriods(
    plan,
    {
      departedOn: mission.departed_on,
      plannedReturnOn: mission.planned_return_on,
      returnedOn: mission.returned_on,
    },
    dayOf(mission.created_at, mission.time_zone),
  )

/** How many cases change, by programme. */
export function countByProgramme(replanned: readonly Replanned[]): Map<string, ReplanCounts> {
  const grouped = Map.groupBy(replanned, ({ mission }) => mission.programme)
  const sum = (some: readonly Replanned[]) =>
    some.reduce((counts, { changes }) => addCounts(counts, countChanges(changes)), NO_CHANGES)
  return new Map([...grouped].map(([programme, some]) => [programme, sum(some)]))
}

async function apply(trx: Db, replanned: readonly Replanned[], now: Temporal.Instant): Promise<void> {
  const done = replanned.map((one) => changesOf(one, now))
  await cancelCases(
    trx,
    done.flatMap(({ cancelled }) => cancelled),
  )
  const ended = done.flatMap(({ ended }) => ended)
  const moved = done.flatMap((one) => one.moved)
  await endCases(trx, ended)
  const lengthened = ended.filter(({ closes_on, closesOn }) => isEarlier(closes_on, closesOn))
  await dropUntriedAsking(
    trx,
    lengthened.map(({ id }) => id),
  )
  await moveCases(trx, moved, now)
  await redateLinks(
    trx,
    [...ended, ...moved].map(({ id }) => id),
  )
  await createCases(
    trx,
    done.flatMap(({ created }) => created),
  )
}

function changesOf({ mission, plan, cases, changes }: Replanned, now: Temporal.Instant) {
  const stored = new Map(cases.map((one) => [one.wave, one]))
  const openings = changes
    .flatMap((change) => (change.do === 'cancel' ? [] : change.do === 'keep' ? change.period : change.to))
    .filter((period) => !isEmpty(period))
    .map(({ opensOn }) => opensOn)
  const dated = (period: FieldPeriod) => datesOf(plan, mission, period, openings, now)
  const moves = changes.flatMap((change) =>
    change.do === 'move' ? { ...stored.get(change.wave)!, ...dated(change.to) } : [],
  )
  return {
    cancelled: changes.flatMap(({ do: done, wave }) => (done === 'cancel' ? stored.get(wave)!.id : [])),
    ended: moves.filter(({ fixed }) => fixed),
    moved: moves.filter(({ fixed }) => !fixed),
    created: changes.flatMap((change) =>
      change.do === 'create' ? newCase(mission, change.wave, dated(change.to), now) : [],
    ),
  }
}

/** The dates of a case, and when something may first be due; nothing ever is when it was merged into the next. */
function datesOf(
  plan: Plan,
  { time_zone: timeZone }: PlannedMission,
  period: FieldPeriod,
  openings: readonly Temporal.PlainDate[],
  now: Temporal.Instant,
): Omit<MovedCase, 'id'> {
  const opensAt = localInstant(period.opensOn, plan.sendAt, timeZone)
  if (isEmpty(period)) return { ...period, opensAt, closesAt: opensAt, nextContactAt: null, because: 'merged' }
  const previousOpensOn =
    openings
      .filter((day) => isEarlier(day, period.opensOn))
      .toSorted(Temporal.PlainDate.compare)
      .at(-1) ?? null
  const schedule = contactSchedule(plan, { ...period, timeZone, previousOpensOn })
  const closesAt = startOfDay(period.closesOn, timeZone)
  return { ...period, opensAt, closesAt, nextContactAt: firstContactAt(schedule, now), because: null }
}

const newCase = (
  { member_id, cohort_id }: PlannedMission,
  wave: string,
  dates: Omit<MovedCase, 'id'>,
  now: Temporal.Instant,
): NewCase => ({
  id: rowId(),
  member_id,
  cohort_id,
  wave,
  opens_on: dates.opensOn,
  closes_on: dates.closesOn,
  planned_at: now,
  opens_at: dates.opensAt,
  closes_at: dates.closesAt,
  next_contact_at: dates.nextContactAt,
  because: dates.because,
  started_on: null,
  submitted_on: null,
})

/** Cases whose dates stand, but for another end. */
const keptIn = (replanned: readonly Replanned[]): string[] =>
  replanned.flatMap(({ cases, changes }) => {
    const kept = new Set(changes.filter(({ do: done }) => done === 'keep').map(({ wave }) => wave))
    return cases.filter(({ wave, fixed }) => fixed || kept.has(wave)).map(({ id }) => id)
  })

/** The distinct cohorts and waves of what changed, in one order for everybody: two instances must not lock them crosswise. */
function unitsOf(replanned: readonly Replanned[]): { cohortId: string; wave: string }[] {
  const keys = new Set(
    replanned.flatMap(({ mission, changes }) =>
      changes.filter(({ do: done }) => done !== 'keep').map(({ wave }) => `${mission.cohort_id} ${wave}`),
    ),
  )
  return [...keys].sort().map((key) => {
    const [cohortId = '', wave = ''] = key.split(' ')
    return { cohortId, wave }
  })
}

/** Cases that come are part of an import; those that move or go are an event of their own. */
async function audit(trx: Db, replanned: readonly Replanned[], at: Temporal.Instant): Promise<void> {
  for (const [subject, counts] of countByProgramme(replanned)) {
    if (counts.moved + counts.cancelled === 0) continue
    await recordEvent(trx, { at, actor: 'service', action: 'cases planned again', subject, detail: counts })
  }
}
