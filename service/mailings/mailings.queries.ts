// Mailings owed: claimed under a lease by one sender at a time, then marked sent, put off or given up.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'
import { CONTACT_KINDS } from '../waves/plan.ts'
import { LINK } from './delivery.ts'

/** Takes the mailing that has been due longest, for as long as the lease; leaves those another sender holds. */
export const claimNextMailing = (
  db: Db,
  { claim, now, until }: { claim: string; now: Temporal.Instant; until: Temporal.Instant },
) =>
  db
    .updateTable('fieldwork.mailing')
    .set(({ eb }) => ({ claim, claimed_until: until, attempts: eb('attempts', '+', 1) }))
    .where('id', '=', ({ selectFrom }) =>
      selectFrom('fieldwork.mailing')
        .select('id')
        .where('next_attempt_at', '<=', now)
        .where(({ or, eb }) => or([eb('claimed_until', 'is', null), eb('claimed_until', '<', now)]))
        .orderBy('next_attempt_at')
        .orderBy('id')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['id', 'case_id', 'member_id', 'kind', 'number', 'due_at', 'attempts'])
    .executeTakeFirst()

export type ClaimedMailing = NonNullable<Awaited<ReturnType<typeof claimNextMailing>>>

/** The member and the case a mailing is about, as they are now. */
export const addressee = (db: Db, mailing: Pick<ClaimedMailing, 'id'>) =>
  db
    .selectFrom('fieldwork.mailing as mailing')
    .innerJoin('fieldwork.case as case', 'case.id', 'mailing.case_id')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'case.cohort_id')
    .innerJoin('identity.panel_member as member', 'member.id', 'mailing.member_id')
    .leftJoin('fieldwork.unit as unit', (join) =>
      join.onRef('unit.cohort_id', '=', 'case.cohort_id').onRef('unit.wave', '=', 'case.wave'),
    )
    .where('mailing.id', '=', mailing.id)
    .select([
      'case.id as case_id',
      'case.wave',
      'case.closes_on',
      'case.closes_at',
      'case.submitted_on',
      'cohort.programme',
      'unit.closed_at',
    ])
    .select([
      'member.id as member_id',
      'member.given_name',
      'member.email',
      'member.language',
      'member.time_zone',
      'member.opted_out_at',
    ])
    .executeTakeFirst()

export type Addressee = NonNullable<Awaited<ReturnType<typeof addressee>>>

type Held = { id: string; claim: string }

/** Each of these holds only while the claim is ours; false when another sender has taken over. */
async function finish(
  db: Db,
  { id, claim }: Held,
  set: { sent_at?: Temporal.Instant; next_attempt_at: Temporal.Instant | null; because?: string },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('fieldwork.mailing')
    .set({ ...set, claim: null, claimed_until: null })
    .where('id', '=', id)
    .where('claim', '=', claim)
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows) === 1
}

export const markSent = (db: Db, held: Held, now: Temporal.Instant) =>
  finish(db, held, { sent_at: now, next_attempt_at: null })
export const putOff = (db: Db, held: Held, until: Temporal.Instant) => finish(db, held, { next_attempt_at: until })
export const giveUp = (db: Db, held: Held, because: string) => finish(db, held, { next_attempt_at: null, because })

/**
 * Owes a link to everybody who has an address, as their first or second, for each of their cases that may be answered
 * now, once per `number`; it goes to their first. How long it takes must not tell whether there is anybody:
 * - it is one statement, and members are looked for first, in full, whatever is found; joined to them, cases would be
 *   read or left unread as a whole;
 * - its commit does not wait for the disk, which only something written would do; what a crash then loses is asked again.
 * Rows go in in one order for everybody, or two who ask at once could wait for each other.
 */
export async function oweLinks(
  db: Db,
  {
    address,
    asked,
    number,
    now,
  }: { address: string; asked: readonly { programme: string; wave: string }[]; number: number; now: Temporal.Instant },
): Promise<void> {
  await sql`
    with hurry as materialized (select set_config('synchronous_commit', 'off', true))
    insert into fieldwork.mailing (id, occasion, kind, number, member_id, case_id, due_at, next_attempt_at)
    select gen_random_uuid(), 'case:' || answerable.id, ${LINK}::text, ${number}::int, answerable.member_id,
      answerable.id, ${now}::timestamptz, ${now}::timestamptz
    from hurry
    cross join fieldwork.case as answerable
    join fieldwork.cohort as cohort on cohort.id = answerable.cohort_id
    join jsonb_to_recordset(${{ asked }}::jsonb -> 'asked') as asked (programme text, wave text)
      on asked.programme = cohort.programme and asked.wave = answerable.wave
    left join fieldwork.unit as unit on unit.cohort_id = answerable.cohort_id and unit.wave = answerable.wave
    where answerable.member_id = any(array(
        select id from identity.panel_member
        where (lower(email) = lower(${address}) or lower(email_secondary) = lower(${address}))
          and email is not null
          and opted_out_at is null
      ))
      and answerable.opens_at <= ${now}
      and answerable.closes_at > ${now}
      and answerable.submitted_on is null
      and unit.closed_at is null
    order by answerable.id
    on conflict (occasion, kind, number) do nothing`.execute(db)
}

/** No more mail to a member: remembered, and nothing more planned in the waves that are not over. */
export async function optOut(trx: Db, memberId: string, now: Temporal.Instant): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('identity.panel_member')
    .set({ opted_out_at: now })
    .where('id', '=', memberId)
    .where('opted_out_at', 'is', null)
    .executeTakeFirstOrThrow()
  await trx
    .updateTable('fieldwork.case')
    .set({ next_contact_at: null, because: 'opted out' })
    .where('member_id', '=', memberId)
    .where('submitted_on', 'is', null)
    .where('closes_at', '>', now)
    .execute()
  return Number(numUpdatedRows) === 1
}

/** What the demonstration's simulated volunteers have heard of by themselves about waves they may still answer. */
export const sentMailings = (db: Db, programme: string, after: Temporal.Instant) =>
  db
    .selectFrom('fieldwork.mailing as mailing')
    .innerJoin('fieldwork.case as case', 'case.id', 'mailing.case_id')
    .innerJoin('identity.panel_member as member', 'member.id', 'mailing.member_id')
    .where('member.programme', '=', programme)
    .where('mailing.sent_at', '>', after)
    .where('mailing.kind', 'in', CONTACT_KINDS)
    .where('case.submitted_on', 'is', null)
    .select([
      'mailing.kind',
      'mailing.number',
      'mailing.sent_at',
      'mailing.member_id',
      'case.id as case_id',
      'case.wave',
      'member.matricule',
    ])
    .orderBy('mailing.sent_at')
    .orderBy('member.matricule')
    .execute()
