// Publication units: which are due to be closed, and the people in one as the statistics may see them.
import { sql } from 'kysely'
import type { Answers } from '../instruments/answers.ts'
import { SEGMENT_COLUMNS } from '../panel/members.queries.ts'
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

/** How many people of a unit are read at a time. */
const PAGE = 2000

/** Everybody in a unit with the responses they gave in some waves, a page at a time, in the order of their record keys. */
export async function* unitPages(
  db: Db,
  { cohortId, wave, waves }: { cohortId: string; wave: string; waves: readonly string[] },
): AsyncGenerator<StoredUnitMember[]> {
  let after: Uint8Array | null = null
  for (;;) {
    const members = await membersAfter(db, { cohortId, wave, after })
    if (members.length === 0) return
    const responses = await db
      .selectFrom('answers.response')
      .where(
        'pseudonym',
        'in',
        members.map(({ pseudonym }) => pseudonym),
      )
      .where('wave', 'in', waves)
      .select(['pseudonym', 'wave', 'answers', 'instrument', 'instrument_version'])
      .execute()
    const byPseudonym = Map.groupBy(responses, ({ pseudonym }) => pseudonym)
    yield members.map(({ pseudonym, ...member }) => ({ ...member, responses: byPseudonym.get(pseudonym) ?? [] }))
    if (members.length < PAGE) return
    after = members.at(-1)!.record_key
  }
}

const membersAfter = (
  db: Db,
  { cohortId, wave, after }: { cohortId: string; wave: string; after: Uint8Array | null },
) =>
  db
    .selectFrom('fieldwork.case as case')
    .innerJoin('fieldwork.mission as mission', 'mission.member_id', 'case.member_id')
    .innerJoin('link.pseudonym as link', 'link.member_id', 'case.member_id')
    .where('case.cohort_id', '=', cohortId)
    .where('case.wave', '=', wave)
    .$if(after !== null, (query) => query.where('link.record_key', '>', after!))
    .orderBy('link.record_key')
    .limit(PAGE)
    .select(['link.record_key', 'link.pseudonym', 'case.because', 'mission.arm'])
    .select(SEGMENT_COLUMNS)
    .execute()

type StoredResponse = { wave: string; answers: Answers; instrument: string; instrument_version: number }
export type StoredUnitMember = Omit<Awaited<ReturnType<typeof membersAfter>>[number], 'pseudonym'> & {
  responses: StoredResponse[]
}

/** Every instrument version that somebody in a unit answered in some waves. */
export const versionsAnswered = (
  db: Db,
  { cohortId, wave, waves }: { cohortId: string; wave: string; waves: readonly string[] },
) =>
  db
    .selectFrom('fieldwork.case as case')
    .innerJoin('link.pseudonym as link', 'link.member_id', 'case.member_id')
    .innerJoin('answers.response as response', 'response.pseudonym', 'link.pseudonym')
    .where('case.cohort_id', '=', cohortId)
    .where('case.wave', '=', wave)
    .where('response.wave', 'in', waves)
    .select(['response.wave', 'response.instrument', 'response.instrument_version as version'])
    .distinct()
    .execute()

/** How many field periods a unit has, and how many of them are over. */
export const countFieldPeriods = (
  db: Db,
  { cohort_id, wave }: { cohort_id: string; wave: string },
  now: Temporal.Instant,
): Promise<{ all: number; over: number }> =>
  db
    .selectFrom('fieldwork.case')
    .where('cohort_id', '=', cohort_id)
    .where('wave', '=', wave)
    .select(({ fn }) => [
      fn.countAll<number>().as('all'),
      fn.countAll<number>().filterWhere('closes_at', '<=', now).as('over'),
    ])
    .executeTakeFirstOrThrow()
    .then(({ all, over }) => ({ all: Number(all), over: Number(over) }))

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
