// When the waves of a programme are open to its cohorts, and how many people wait for their dates. Counts only.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'

/** One wave of one cohort; without dates when all its cases were merged into the next wave's. */
export type CalendarRow = {
  cohort: string
  wave: string
  cases: number
  /** The first day anybody can answer, and the day from which nobody can any more, in each one's own calendar. */
  opensOn: Temporal.PlainDate | null
  closesOn: Temporal.PlainDate | null
  /** The first and the last instant of that, wherever anybody is. */
  opensAt: Temporal.Instant | null
  closesAt: Temporal.Instant | null
  /** When the wave is closed for the cohort; null while that is being worked out. */
  dueAt: Temporal.Instant | null
  closedAt: Temporal.Instant | null
  publication: string | null
  /** Why a closed wave has no publication. */
  because: string | null
}

/** Every wave of every cohort of a programme that anybody has a case of, by cohort and number of the wave. */
export async function waveCalendar(db: Db, programme: string): Promise<CalendarRow[]> {
  const { rows } = await sql<CalendarRow>`
    select cohort.slug as cohort, planned.wave, count(*)::int as cases,
      min(planned.opens_on) filter (where planned.opens_on < planned.closes_on) as "opensOn",
      max(planned.closes_on) filter (where planned.opens_on < planned.closes_on) as "closesOn",
      min(planned.opens_at) filter (where planned.opens_on < planned.closes_on) as "opensAt",
      max(planned.closes_at) filter (where planned.opens_on < planned.closes_on) as "closesAt",
      unit.due_at as "dueAt", unit.closed_at as "closedAt", unit.publication_id as publication, unit.because
    from fieldwork.cohort as cohort
    join fieldwork.case as planned on planned.cohort_id = cohort.id
    left join fieldwork.unit as unit on unit.cohort_id = planned.cohort_id and unit.wave = planned.wave
    where cohort.programme = ${programme}
    group by cohort.slug, planned.wave, unit.due_at, unit.closed_at, unit.publication_id, unit.because
    order by cohort.slug, substring(planned.wave from '[0-9]+')::int, planned.wave`.execute(db)
  return rows
}

/** How many members of some programmes wait for their cases to follow their dates or their plan. */
export async function countToPlan(db: Db, programmes: readonly string[]): Promise<number> {
  const { count } = await db
    .selectFrom('fieldwork.mission as mission')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'mission.cohort_id')
    .where('mission.plan_stale', '=', true)
    .where('cohort.programme', 'in', programmes)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** The cohorts of a programme. */
export const cohortsOf = async (db: Db, programme: string): Promise<string[]> => {
  const rows = await db
    .selectFrom('fieldwork.cohort')
    .where('programme', '=', programme)
    .orderBy('slug')
    .select('slug')
    .execute()
  return rows.map(({ slug }) => slug)
}
