// Publication units: which are due to be closed, and the people in one as the statistics may see them.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'

/** A unit whose end must be worked out, held by us alone. */
export const claimUndatedUnit = (trx: Db) =>
  trx
    .selectFrom('fieldwork.unit')
    .where('due_at', 'is', null)
    .where('closed_at', 'is', null)
    .select(['cohort_id', 'wave'])
    .orderBy('cohort_id')
    .orderBy('wave')
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()

/**
 * Sets when a unit is closed: when its last field period ends, or 12 months after the median one has, whichever is
 * first. A unit that nobody is in any more is forgotten.
 */
export async function dateUnit(trx: Db, { cohort_id, wave }: { cohort_id: string; wave: string }): Promise<void> {
  await sql`
    update fieldwork.unit
    set due_at = (
      select least(max(closes_at), percentile_disc(0.5) within group (order by closes_at) + interval '12 months')
      from fieldwork.case where cohort_id = ${cohort_id} and wave = ${wave}
    )
    where cohort_id = ${cohort_id} and wave = ${wave}`.execute(trx)
  await trx
    .deleteFrom('fieldwork.unit')
    .where('cohort_id', '=', cohort_id)
    .where('wave', '=', wave)
    .where('due_at', 'is', null)
    .execute()
}

const units = (db: Db) =>
  db
    .selectFrom('fieldwork.unit as unit')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'unit.cohort_id')
    .select([
      'unit.cohort_id',
      'unit.wave',
      'unit.due_at',
      'unit.closed_at',
      'unit.publication_id',
      'unit.because',
      'cohort.programme',
      'cohort.slug as cohort',
    ])

/** The open unit that has been due longest. */
export const findDueUnit = (db: Db, programmes: readonly string[], now: Temporal.Instant) =>
  units(db)
    .where('unit.closed_at', 'is', null)
    .where('unit.due_at', '<=', now)
    .where('cohort.programme', 'in', programmes)
    .orderBy('unit.due_at')
    .orderBy('cohort.slug')
    .orderBy('unit.wave')
    .limit(1)
    .executeTakeFirst()

export const findUnit = (db: Db, { programme, cohort, wave }: { programme: string; cohort: string; wave: string }) =>
  units(db)
    .where('cohort.programme', '=', programme)
    .where('cohort.slug', '=', cohort)
    .where('unit.wave', '=', wave)
    .executeTakeFirst()

export type StoredUnit = NonNullable<Awaited<ReturnType<typeof findUnit>>>

/** Everybody in a unit: record key, facts, how the case stands, and the responses of this wave and of the baseline. */
export const unitMembers = (
  db: Db,
  { cohortId, wave, baseline }: { cohortId: string; wave: string; baseline: string },
) =>
  db
    .selectFrom('fieldwork.case as case')
    .innerJoin('fieldwork.mission as mission', 'mission.member_id', 'case.member_id')
    .innerJoin('link.pseudonym as link', 'link.member_id', 'case.member_id')
    .leftJoin('answers.response as response', (join) =>
      join.onRef('response.pseudonym', '=', 'link.pseudonym').onRef('response.wave', '=', 'case.wave'),
    )
    .leftJoin('answers.response as before', (join) =>
      join.onRef('before.pseudonym', '=', 'link.pseudonym').on('before.wave', '=', baseline),
    )
    .where('case.cohort_id', '=', cohortId)
    .where('case.wave', '=', wave)
    .orderBy('link.record_key')
    .select(['link.record_key', 'case.because', 'mission.returned_on'])
    .select([
      'mission.dispositif',
      'mission.direction',
      'mission.gender',
      'mission.authority_type',
      'mission.authority_first_time',
      'mission.birth_year',
      'mission.departed_on',
    ])
    .select(['response.answers', 'response.instrument', 'response.instrument_version'])
    .select([
      'before.answers as before_answers',
      'before.instrument as before_instrument',
      'before.instrument_version as before_version',
    ])
    .execute()

export type StoredUnitMember = Awaited<ReturnType<typeof unitMembers>>[number]

/**
 * Closes a unit for good; false when somebody else has. Nobody is asked any more, not even by what is owed already; those
 * who have answered are still thanked.
 */
export async function closeUnit(
  trx: Db,
  { cohort_id, wave }: StoredUnit,
  at: Temporal.Instant,
  result: { publicationId: string } | { because: string },
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('fieldwork.unit')
    .set({
      closed_at: at,
      publication_id: 'publicationId' in result ? result.publicationId : null,
      because: 'because' in result ? result.because : null,
    })
    .where('cohort_id', '=', cohort_id)
    .where('wave', '=', wave)
    .where('closed_at', 'is', null)
    .executeTakeFirstOrThrow()
  if (Number(numUpdatedRows) === 0) return false
  await trx
    .updateTable('fieldwork.case')
    .set({ next_contact_at: null, because: 'wave closed' })
    .where('cohort_id', '=', cohort_id)
    .where('wave', '=', wave)
    .where('submitted_on', 'is', null)
    .where('next_contact_at', 'is not', null)
    .execute()
  await trx
    .updateTable('fieldwork.mailing')
    .set({ next_attempt_at: null, because: 'wave closed' })
    .where('next_attempt_at', 'is not', null)
    .where('kind', '<>', 'thanks')
    .where('case_id', 'in', ({ selectFrom }) =>
      selectFrom('fieldwork.case').where('cohort_id', '=', cohort_id).where('wave', '=', wave).select('id'),
    )
    .execute()
  return true
}
