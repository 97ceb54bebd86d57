// Gives members their cases: one per wave of their programme's plan, with calendar-true dates.
import { rowId } from '../platform/secrets.ts'
import { claimStaleMissions, holdCases, markPlanned, type NewCase, planCases, touchUnits } from './cases.queries.ts'
import { fieldPeriod, localInstant, startOfDay } from './dates.ts'
import { type Deps, planOf } from './deps.ts'

const BATCH = 200

/** Plans some of the members whose dates are new or have changed; false when there were none. */
export async function planNextMembers(deps: Pick<Deps, 'db' | 'frame' | 'plans'>): Promise<boolean> {
  const programmes = deps.frame.programmes.map(({ programme }) => programme)
  return deps.db.transaction().execute(async (trx) => {
    const missions = await claimStaleMissions(trx, programmes, BATCH)
    if (missions.length === 0) return false
    const members = missions.map(({ member_id }) => member_id)
    await holdCases(trx, members)
    const cases = missions.flatMap((mission) => casesOf(deps, mission))
    await planCases(trx, cases)
    await touchUnits(trx, unitsOf(cases))
    await markPlanned(trx, members)
    return true
  })
}

/** The distinct cohorts and waves of some cases, in one order for everybody: two instances must not lock them crosswise. */
function unitsOf(cases: readonly NewCase[]): { cohortId: string; wave: string }[] {
  const keys = new Set(cases.map(({ cohort_id, wave }) => `${cohort_id} ${wave}`))
  return [...keys].sort().map((key) => {
    const [cohortId = '', wave = ''] = key.split(' ')
    return { cohortId, wave }
  })
}

type Mission = Awaited<ReturnType<typeof claimStaleMissions>>[number]

function casesOf(deps: Pick<Deps, 'frame' | 'plans'>, mission: Mission): NewCase[] {
  const plan = planOf(deps, mission.programme)
  const anchors = {
    departedOn: mission.departed_on,
    plannedReturnOn: mission.planned_return_on,
    returnedOn: mission.returned_on,
  }
  return plan.waves.flatMap((wave) => {
    const period = fieldPeriod(wave, anchors, plan)
    if (!period) return []
    const opensAt = localInstant(period.opensOn, plan.sendAt, mission.time_zone)
    return {
      id: rowId(),
      member_id: mission.member_id,
      cohort_id: mission.cohort_id,
      wave: wave.wave,
      opens_on: period.opensOn,
      closes_on: period.closesOn,
      opens_at: opensAt,
      closes_at: startOfDay(period.closesOn, mission.time_zone),
      next_contact_at: opensAt,
      because: null,
      started_on: null,
      submitted_on: null,
    }
  })
}
