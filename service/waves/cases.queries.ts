// Cases: one member in one wave, when it is open, and when something may next be due.
import { type Insertable, sql } from 'kysely'
import type { Db } from '../platform/database.ts'
import type { Schema } from '../platform/schema.ts'
import { CONTACT_KINDS } from './plan.ts'

/** Takes missions whose cases do not follow from their dates yet, leaving those another instance holds. */
export const claimStaleMissions = (trx: Db, programmes: readonly string[], limit: number) =>
  trx
    .selectFrom('fieldwork.mission as mission')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'mission.cohort_id')
    .innerJoin('identity.panel_member as member', 'member.id', 'mission.member_id')
    .where('mission.plan_stale', '=', true)
    .where('cohort.programme', 'in', programmes)
    .orderBy('mission.member_id')
    .limit(limit)
    .select([
      'mission.member_id',
      'mission.cohort_id',
      'cohort.programme',
      'mission.departed_on',
      'mission.planned_return_on',
      'mission.returned_on',
      'member.time_zone',
    ])
    .forUpdate('mission')
    .skipLocked()
    .execute()

/** Holds some members' cases: whoever is being written to meanwhile has their mailing before we look for one. */
export async function holdCases(trx: Db, memberIds: readonly string[]): Promise<void> {
  await trx
    .selectFrom('fieldwork.case')
    .where('member_id', 'in', memberIds)
    .orderBy('id')
    .select('id')
    .forUpdate()
    .execute()
}

export type NewCase = Insertable<Schema['fieldwork.case']>

/** Makes the cases, and moves those nobody has been written to about or begun to answer; the rest stay as they were. */
export async function planCases(trx: Db, cases: readonly NewCase[]): Promise<void> {
  if (cases.length === 0) return
  await trx
    .insertInto('fieldwork.case')
    .values(cases)
    .onConflict((conflict) =>
      conflict
        .columns(['member_id', 'wave'])
        .doUpdateSet(({ ref }) => ({
          opens_on: ref('excluded.opens_on'),
          closes_on: ref('excluded.closes_on'),
          opens_at: ref('excluded.opens_at'),
          closes_at: ref('excluded.closes_at'),
          next_contact_at: ref('excluded.next_contact_at'),
          because: null,
        }))
        .where('fieldwork.case.started_on', 'is', null)
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('fieldwork.mailing')
                .whereRef('fieldwork.mailing.case_id', '=', 'fieldwork.case.id')
                .select('id'),
            ),
          ),
        ),
    )
    .execute()
}

/** The end of these units must be worked out again; closed ones stay closed. */
export async function touchUnits(trx: Db, units: readonly { cohortId: string; wave: string }[]): Promise<void> {
  if (units.length === 0) return
  await trx
    .insertInto('fieldwork.unit')
    .values(
      units.map(({ cohortId, wave }) => ({
        cohort_id: cohortId,
        wave,
        due_at: null,
        closed_at: null,
        publication_id: null,
        because: null,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['cohort_id', 'wave'])
        .doUpdateSet({ due_at: null })
        .where('fieldwork.unit.closed_at', 'is', null),
    )
    .execute()
}

export async function markPlanned(trx: Db, memberIds: readonly string[]): Promise<void> {
  await trx.updateTable('fieldwork.mission').set({ plan_stale: false }).where('member_id', 'in', memberIds).execute()
}

/** Takes cases for which something may be due, oldest first, with all that deciding needs. */
export const claimDueCases = (trx: Db, programmes: readonly string[], now: Temporal.Instant, limit: number) =>
  trx
    .selectFrom('fieldwork.case as case')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'case.cohort_id')
    .innerJoin('identity.panel_member as member', 'member.id', 'case.member_id')
    .leftJoin('fieldwork.unit as unit', (join) =>
      join.onRef('unit.cohort_id', '=', 'case.cohort_id').onRef('unit.wave', '=', 'case.wave'),
    )
    .where('case.next_contact_at', '<=', now)
    .where('cohort.programme', 'in', programmes)
    .orderBy('case.next_contact_at')
    .orderBy('case.id')
    .limit(limit)
    .select([
      'case.id',
      'case.member_id',
      'case.wave',
      'case.opens_on',
      'case.closes_on',
      'case.submitted_on',
      'cohort.programme',
      'member.time_zone',
      'member.opted_out_at',
      'unit.closed_at',
    ])
    .select(({ eb }) => eb('member.email', 'is not', null).as('has_address'))
    .forUpdate('case')
    .skipLocked()
    .execute()

/** The contacts already owed or made about some cases; not the links that members asked for themselves. */
export const contactsMade = (trx: Db, caseIds: readonly string[]) =>
  trx
    .selectFrom('fieldwork.mailing')
    .where('case_id', 'in', caseIds)
    .where('kind', 'in', CONTACT_KINDS)
    .select(['case_id', 'kind', 'number', 'due_at', 'sent_at', 'next_attempt_at'])
    .execute()

export async function oweMailings(
  trx: Db,
  mailings: readonly Insertable<Schema['fieldwork.mailing']>[],
): Promise<void> {
  if (mailings.length === 0) return
  await trx
    .insertInto('fieldwork.mailing')
    .values(mailings)
    .onConflict((conflict) => conflict.columns(['occasion', 'kind', 'number']).doNothing())
    .execute()
}

export type NextContact = { id: string; nextContactAt: Temporal.Instant | null; because: string | null }

export async function setNextContacts(trx: Db, cases: readonly NextContact[]): Promise<void> {
  const rows = cases.map(({ id, nextContactAt, because }) => ({ id, at: nextContactAt?.toString() ?? null, because }))
  await sql`
    update fieldwork.case as planned
    set next_contact_at = decided.at, because = decided.because
    from jsonb_to_recordset(${{ rows }}::jsonb -> 'rows') as decided (id uuid, at timestamptz, because text)
    where planned.id = decided.id`.execute(trx)
}
