// What other dates would do to one member's waves and mails, before anything is saved.
import { casesOf, missionsOf } from './cases.queries.ts'
import { contactSchedule } from './contacts.ts'
import { type FieldPeriod, isEarlier, isEmpty } from './dates.ts'
import { type Deps, planOf } from './deps.ts'
import type { Plan, PlannedKind } from './plan.ts'
import { replanMissions } from './plan-members.actions.ts'
import type { Redated } from './publish-plan.actions.ts'
import type { CaseChange } from './replan.ts'

/** One mail of the plan, when it was due and when it would be; null where there is none. */
export type MovedMail = {
  kind: PlannedKind
  number: number
  from: Temporal.Instant | null
  to: Temporal.Instant | null
}
export type MovedWave = { wave: string; change: CaseChange; mails: MovedMail[] }

/** Wave by wave, what would change for a member with these dates; waves that stay as they are are left out. */
export async function previewMember(
  deps: Pick<Deps, 'db' | 'frame' | 'plans'>,
  redated: Redated,
): Promise<MovedWave[]> {
  const [mission] = await missionsOf(deps.db, [redated.member_id])
  if (!mission) return []
  const cases = await casesOf(deps.db, [redated.member_id])
  const { changes } = replanMissions(deps, [{ ...mission, ...redated }], cases)[0]!
  const plan = planOf(deps, mission.programme)
  const before = schedulesOf(
    plan,
    mission.time_zone,
    new Map(changes.map((change) => [change.wave, periodBefore(change)])),
  )
  const after = schedulesOf(
    plan,
    redated.time_zone,
    new Map(changes.map((change) => [change.wave, periodAfter(change)])),
  )
  return changes
    .filter((change) => change.do !== 'keep' || change.instead !== undefined)
    .map((change) => ({ wave: change.wave, change, mails: mailsOf(change, before, after) }))
}

const periodBefore = (change: CaseChange): FieldPeriod | null =>
  change.do === 'create' ? null : change.do === 'keep' ? change.period : change.from
const periodAfter = (change: CaseChange): FieldPeriod | null =>
  change.do === 'cancel' ? null : change.do === 'keep' ? change.period : change.to

type Schedules = Map<string, ReturnType<typeof contactSchedule>>

function schedulesOf(plan: Plan, timeZone: string, periods: ReadonlyMap<string, FieldPeriod | null>): Schedules {
  const open = [...periods].flatMap(([wave, period]) => (period && !isEmpty(period) ? [{ wave, period }] : []))
  const openings = open.map(({ period }) => period.opensOn).toSorted(Temporal.PlainDate.compare)
  return new Map(
    open.map(({ wave, period }) => {
      const previousOpensOn = openings.filter((day) => isEarlier(day, period.opensOn)).at(-1) ?? null
      return [wave, contactSchedule(plan, { ...period, timeZone, previousOpensOn })]
    }),
  )
}

function mailsOf({ wave, do: done }: CaseChange, before: Schedules, after: Schedules): MovedMail[] {
  if (done === 'keep') return []
  const [was, is] = [before.get(wave) ?? [], after.get(wave) ?? []]
  const at = (schedule: typeof was, { kind, number }: Pick<MovedMail, 'kind' | 'number'>) =>
    schedule.find((one) => one.kind === kind && one.number === number)?.from ?? null
  const all = [...is, ...was.filter((one) => at(is, one) === null)]
  return all.map(({ kind, number }) => ({
    kind,
    number,
    from: at(was, { kind, number }),
    to: at(is, { kind, number }),
  }))
}
