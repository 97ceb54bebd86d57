// Cases: one member in one wave, when it is open, and when something may next be due.
import { type Insertable, sql } from 'kysely'
import { workingAddress } from '../panel/members.queries.ts'
import type { Db } from '../platform/database.ts'
import type { Schema } from '../platform/schema.ts'
import type { NoContact } from './contacts.ts'
import { CONTACT_KINDS, PLANNED_KINDS } from './plan.ts'

/** As the index has it, and not as a value, which could be either for a plan that is made once for both. */
const STALE = sql<boolean>`plan_stale`

/** Whether any cases do not follow from their missions' dates: one index is asked, before a transaction begins. */
export async function isAnyStale(db: Db): Promise<boolean> {
  const found = await db.selectFrom('fieldwork.mission').where(STALE).select('member_id').limit(1).executeTakeFirst()
  return found !== undefined
}

/** Takes missions whose cases do not follow from their dates yet, leaving those another instance holds. */
export const claimStaleMissions = (trx: Db, programmes: readonly string[], limit: number) =>
  missions(trx)
    .where(STALE)
    .where('cohort.programme', 'in', programmes)
    .orderBy('mission.member_id')
    .limit(limit)
    .forUpdate('mission')
    .skipLocked()
    .execute()

export type PlannedMission = Awaited<ReturnType<typeof claimStaleMissions>>[number]

const missions = (db: Db) =>
  db
    .selectFrom('fieldwork.mission as mission')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'mission.cohort_id')
    .innerJoin('identity.panel_member as member', 'member.id', 'mission.member_id')
    .select([
      'mission.member_id',
      'mission.cohort_id',
      'cohort.programme',
      'mission.departed_on',
      'mission.planned_return_on',
      'mission.returned_on',
      'member.time_zone',
      'member.created_at',
    ])

/** Some missions of some programmes with what they are planned from, in order, after a member. */
export const missionsAfter = (db: Db, programmes: readonly string[], memberId: string | null, limit: number) =>
  missions(db)
    .where('cohort.programme', 'in', programmes)
    .$if(memberId !== null, (query) => query.where('mission.member_id', '>', memberId))
    .orderBy('mission.member_id')
    .limit(limit)
    .execute()

/** What these members' missions are planned from. */
export const missionsOf = (db: Db, memberIds: readonly string[]) =>
  memberIds.length === 0 ? [] : missions(db).where('mission.member_id', 'in', memberIds).execute()

/** The members of these plans' programmes are to be planned again. */
export async function markStale(trx: Db, programmes: readonly string[]): Promise<void> {
  await trx
    .updateTable('fieldwork.mission')
    .set({ plan_stale: true })
    .where('cohort_id', 'in', ({ selectFrom }) =>
      selectFrom('fieldwork.cohort').where('programme', 'in', programmes).select('id'),
    )
    .execute()
}

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

/** Holds what is owed about some members' cases and has not been tried: nobody takes it up while they are planned again. */
export async function holdUntried(trx: Db, memberIds: readonly string[]): Promise<void> {
  await trx
    .selectFrom('fieldwork.mailing')
    .where('member_id', 'in', memberIds)
    .where('next_attempt_at', 'is not', null)
    .orderBy('id')
    .select('id')
    .forUpdate()
    .execute()
}

/** Some members' cases, and whether their dates stand: written to or being written to, begun, or closed. */
export const casesOf = (db: Db, memberIds: readonly string[]) =>
  db
    .selectFrom('fieldwork.case as case')
    .leftJoin('fieldwork.unit as unit', (join) =>
      join.onRef('unit.cohort_id', '=', 'case.cohort_id').onRef('unit.wave', '=', 'case.wave'),
    )
    .where('case.member_id', 'in', memberIds)
    .orderBy('case.member_id')
    .orderBy('case.wave')
    .select([
      'case.id',
      'case.member_id',
      'case.wave',
      'case.opens_on',
      'case.closes_on',
      'case.opens_at',
      'case.extended_to',
      'unit.closed_at',
    ])
    .select(({ or, eb, exists, selectFrom }) =>
      or([
        eb('case.started_on', 'is not', null),
        eb('case.submitted_on', 'is not', null),
        eb('unit.closed_at', 'is not', null),
        exists(
          selectFrom('fieldwork.mailing as mailing')
            .whereRef('mailing.case_id', '=', 'case.id')
            .where('mailing.kind', 'in', CONTACT_KINDS)
            .where(({ or, eb }) =>
              or([
                eb('mailing.attempts', '>', 0),
                eb('mailing.claim', 'is not', null),
                eb('mailing.sent_at', 'is not', null),
              ]),
            )
            .select('mailing.id'),
        ),
      ]).as('fixed'),
    )
    .execute()

export type NewCase = Insertable<Schema['fieldwork.case']>

export async function createCases(trx: Db, cases: readonly NewCase[]): Promise<void> {
  if (cases.length === 0) return
  await trx
    .insertInto('fieldwork.case')
    .values(cases)
    .onConflict((conflict) => conflict.columns(['member_id', 'wave']).doNothing())
    .execute()
}

export type MovedCase = {
  id: string
  opensOn: Temporal.PlainDate
  closesOn: Temporal.PlainDate
  opensAt: Temporal.Instant
  closesAt: Temporal.Instant
  nextContactAt: Temporal.Instant | null
  because: string | null
}

/** Gives cases other dates; what was owed about them and not tried, or was to come at once, is owed no more. */
export async function moveCases(trx: Db, cases: readonly MovedCase[], plannedAt: Temporal.Instant): Promise<void> {
  if (cases.length === 0) return
  await dropUntried(
    trx,
    cases.map(({ id }) => id),
  )
  const rows = cases.map((one) => ({
    id: one.id,
    opens_on: one.opensOn.toString(),
    closes_on: one.closesOn.toString(),
    opens_at: one.opensAt.toString(),
    closes_at: one.closesAt.toString(),
    next_contact_at: one.nextContactAt?.toString() ?? null,
    because: one.because,
  }))
  await sql`
    update fieldwork.case as planned
    set opens_on = moved.opens_on, closes_on = moved.closes_on, opens_at = moved.opens_at,
      closes_at = moved.closes_at, next_contact_at = moved.next_contact_at, because = moved.because,
      planned_at = ${plannedAt}, brought_forward_at = null
    from jsonb_to_recordset(${{ rows }}::jsonb -> 'rows') as moved (id uuid, opens_on date, closes_on date,
      opens_at timestamptz, closes_at timestamptz, next_contact_at timestamptz, because text)
    where planned.id = moved.id`.execute(trx)
}

/** Gives another end to cases that have been written about: a later wave opens before, or somebody gave them more time. */
export async function endCases(
  trx: Db,
  cases: readonly Pick<MovedCase, 'id' | 'closesOn' | 'closesAt'>[],
): Promise<void> {
  if (cases.length === 0) return
  const rows = cases.map(({ id, closesOn, closesAt }) => ({ id, on: closesOn.toString(), at: closesAt.toString() }))
  await sql`
    update fieldwork.case as planned
    set closes_on = ended.on, closes_at = ended.at
    from jsonb_to_recordset(${{ rows }}::jsonb -> 'rows') as ended (id uuid, "on" date, "at" timestamptz)
    where planned.id = ended.id`.execute(trx)
}

/** The links to the questionnaires of these cases are good for as long as these may be answered now. */
export async function redateLinks(trx: Db, caseIds: readonly string[]): Promise<void> {
  if (caseIds.length === 0) return
  await trx
    .updateTable('access.personal_link as link')
    .from('fieldwork.case as case')
    .set(({ ref }) => ({ expires_at: ref('case.closes_at') }))
    .whereRef('link.subject_id', '=', 'case.id')
    .where('link.purpose', '=', 'survey')
    .where('case.id', 'in', caseIds)
    .execute()
}

/** Takes away cases that the plan has lost and nobody has been written to about; what was said between waves stays said. */
export async function cancelCases(trx: Db, caseIds: readonly string[]): Promise<void> {
  if (caseIds.length === 0) return
  await dropUntried(trx, caseIds)
  await trx.updateTable('fieldwork.mailing').set({ case_id: null }).where('case_id', 'in', caseIds).execute()
  await trx.deleteFrom('fieldwork.case').where('id', 'in', caseIds).execute()
}

const untried = (trx: Db, caseIds: readonly string[]) =>
  trx
    .deleteFrom('fieldwork.mailing')
    .where('case_id', 'in', caseIds)
    .where('attempts', '=', 0)
    .where('claim', 'is', null)
    .where('next_attempt_at', 'is not', null)

const dropUntried = (trx: Db, caseIds: readonly string[]) => untried(trx, caseIds).execute()

/** What asks for an answer to these cases and has not been tried is owed no more: it was for other dates. */
export async function dropUntriedAsking(trx: Db, caseIds: readonly string[]): Promise<void> {
  if (caseIds.length > 0) await untried(trx, caseIds).where('kind', 'in', CONTACT_KINDS).execute()
}

/** Cases that stay where they are may be written about at other times, or again, now that an address is known. */
export async function reconsider(trx: Db, caseIds: readonly string[], now: Temporal.Instant): Promise<void> {
  if (caseIds.length === 0) return
  await trx
    .updateTable('fieldwork.case')
    .set({ next_contact_at: now })
    .where('id', 'in', caseIds)
    .where(({ or, eb }) => or([eb('next_contact_at', 'is not', null), eb('because', 'in', ['no address', 'all sent'])]))
    .where('submitted_on', 'is', null)
    .where('closes_at', '>', now)
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

/** Whether something may be due for any case: one index is asked, before a transaction begins. */
export async function isAnyDue(db: Db, now: Temporal.Instant): Promise<boolean> {
  const found = await db
    .selectFrom('fieldwork.case')
    .where('next_contact_at', '<=', now)
    // Else the planner may take it for likely, and read the whole table to find that there is none.
    .orderBy('next_contact_at')
    .select('id')
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

/**
 * Takes cases for which something may be due, oldest first, with all that deciding needs. Their members are held with
 * them: one member's cases are decided one after the other. Whoever is to be planned again waits for that.
 */
export async function claimDueCases(
  trx: Db,
  programmes: readonly string[],
  now: Temporal.Instant,
  limit: number,
): Promise<StoredCaseSoFar[]> {
  const due = await trx
    .selectFrom('fieldwork.case as case')
    .innerJoin('fieldwork.mission as mission', 'mission.member_id', 'case.member_id')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'case.cohort_id')
    .where('case.next_contact_at', '<=', now)
    .where('cohort.programme', 'in', programmes)
    .where('mission.plan_stale', '=', false)
    .orderBy('case.next_contact_at')
    .orderBy('case.id')
    .limit(limit)
    .forUpdate(['case', 'mission'])
    .skipLocked()
    .select('case.id')
    .execute()
  if (due.length === 0) return []
  return casesSoFar(trx)
    .where(
      'case.id',
      'in',
      due.map(({ id }) => id),
    )
    .orderBy('case.next_contact_at')
    .orderBy('case.id')
    .execute()
}

export type StoredCaseSoFar = Awaited<ReturnType<ReturnType<typeof casesSoFar>['execute']>>[number]

/** Cases with all that deciding needs. */
const casesSoFar = (db: Db) =>
  db
    .selectFrom('fieldwork.case as case')
    .innerJoin('fieldwork.mission as mission', 'mission.member_id', 'case.member_id')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'case.cohort_id')
    .innerJoin('identity.panel_member as member', 'member.id', 'case.member_id')
    .leftJoin('fieldwork.unit as unit', (join) =>
      join.onRef('unit.cohort_id', '=', 'case.cohort_id').onRef('unit.wave', '=', 'case.wave'),
    )
    .select([
      'case.id',
      'case.member_id',
      'case.wave',
      'case.opens_on',
      'case.closes_on',
      'case.opens_at',
      'case.closes_at',
      'case.planned_at',
      'case.started_on',
      'case.submitted_on',
      'case.next_contact_at',
      'case.because',
      'case.brought_forward_at',
      'cohort.programme',
      'cohort.slug as cohort',
      'mission.returned_on',
      'member.created_at',
      'member.time_zone',
      'member.opted_out_at',
      'unit.closed_at',
    ])
    .select(({ selectFrom }) =>
      selectFrom('fieldwork.case as before')
        .whereRef('before.member_id', '=', 'case.member_id')
        .whereRef('before.opens_on', '<', 'case.opens_on')
        .whereRef('before.closes_on', '>', 'before.opens_on')
        .select(({ fn }) => fn.max('before.opens_on').as('opens_on'))
        .as('previous_opens_on'),
    )
    .select([sql<boolean>`${workingAddress('member')} is not null`.as('has_address'), lane('member').as('lane')])

/** A number from 0 to 1023 that stands for the domain of a member's address. */
const lane = (member: string) =>
  sql<number>`coalesce(hashtext(lower(split_part(${workingAddress(member)}, '@', 2))) & 1023, 0)`

/** Every case of some members, for looking ahead. */
export const casesSoFarOf = (db: Db, memberIds: readonly string[]): Promise<StoredCaseSoFar[]> =>
  casesSoFar(db).where('case.member_id', 'in', memberIds).orderBy('case.member_id').orderBy('case.id').execute()

/** The cases of a programme that are open, or may have a mail, between two instants: for looking ahead. */
export const casesBetween = (db: Db, { programme, from, to, after, limit }: CasesBetween): Promise<StoredCaseSoFar[]> =>
  casesSoFar(db)
    .where('cohort.programme', '=', programme)
    .where('case.opens_on', '<=', to)
    .where('case.closes_on', '>=', from)
    .$if(after !== null, (query) => query.where('case.id', '>', after))
    .orderBy('case.id')
    .limit(limit)
    .execute()

/** How many members of a programme were registered too late for a wave. */
export async function countEnrolledTooLate(
  db: Db,
  { programme, wave }: { programme: string; wave: string },
): Promise<number> {
  const because: NoContact = 'enrolled too late'
  const { count } = await db
    .selectFrom('fieldwork.case as case')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'case.cohort_id')
    .where('cohort.programme', '=', programme)
    .where('case.wave', '=', wave)
    .where('case.because', '=', because)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

export type CasesBetween = {
  programme: string
  from: Temporal.PlainDate
  to: Temporal.PlainDate
  after: string | null
  limit: number
}

/** What some members have been written by plan, or are owed; not the links that they asked for themselves. */
export const contactsOf = (db: Db, memberIds: readonly string[]) =>
  db
    .selectFrom('fieldwork.mailing')
    .where('member_id', 'in', memberIds)
    .where('kind', 'in', PLANNED_KINDS)
    .select(['member_id', 'case_id', 'kind', 'number', 'due_at', 'sent_at', 'failed_at', 'next_attempt_at', 'because'])
    .execute()

export type StoredContact = Awaited<ReturnType<typeof contactsOf>>[number]

export type OwedMailing = Insertable<Schema['fieldwork.mailing']> & {
  sent_at: Temporal.Instant | null
  failed_at: Temporal.Instant | null
  next_attempt_at: Temporal.Instant | null
  because: string | null
  case_id: string | null
}

export async function oweMailings(trx: Db, mailings: readonly OwedMailing[]): Promise<void> {
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

/** Some of the cases of a wave that are open and not answered, in order, after one. */
export const openCases = (
  db: Db,
  {
    programme,
    wave,
    now,
    after,
    limit,
  }: { programme: string; wave: string; now: Temporal.Instant; after: string | null; limit: number },
): Promise<StoredCaseSoFar[]> =>
  casesSoFar(db)
    .where('cohort.programme', '=', programme)
    .where('case.wave', '=', wave)
    .where('case.opens_at', '<=', now)
    .where('case.closes_at', '>', now)
    .where('case.submitted_on', 'is', null)
    .$if(after !== null, (query) => query.where('case.id', '>', after))
    .orderBy('case.id')
    .limit(limit)
    .execute()

/** Asks for the next mail of some cases at once, where nothing has happened to them since they were looked at; how many. */
export async function bringForward(
  trx: Db,
  cases: readonly Pick<NextContact, 'id' | 'nextContactAt'>[],
  at: Temporal.Instant,
): Promise<number> {
  const chosen = cases.map(({ id, nextContactAt }) => ({ id, at: nextContactAt?.toString() ?? null }))
  const { rows } = await sql<{ id: string }>`
    update fieldwork.case as planned
    set brought_forward_at = ${at}, next_contact_at = ${at}
    from (
      select held.id from fieldwork.case as held
      join jsonb_to_recordset(${{ chosen }}::jsonb -> 'chosen') as chosen (id uuid, at timestamptz)
        on chosen.id = held.id
      where held.submitted_on is null and held.next_contact_at is not distinct from chosen.at
      order by held.id
      for update of held
    ) as held
    where planned.id = held.id
    returning planned.id`.execute(trx)
  return rows.length
}
