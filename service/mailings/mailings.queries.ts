// Mailings owed: claimed under a lease by one sender at a time, then marked sent, put off or given up.
import { type RawBuilder, sql, type Updateable } from 'kysely'
import { workingAddress } from '../panel/members.queries.ts'
import type { Db } from '../platform/database.ts'
import type { Schema } from '../platform/schema.ts'
import { rowId } from '../platform/secrets.ts'
import { CONTACT_KINDS } from '../waves/plan.ts'
import { ADDRESS_REFUSED, LINK, type MailKind } from './delivery.ts'

export type Claim = {
  claim: string
  now: Temporal.Instant
  until: Temporal.Instant
  environment: string
  /** Seconds between two messages, altogether and to one domain; 0 for none. */
  pace: { all: number; lane: number }
  /** What has gone and is not written down yet. */
  sent: Sent | null
}

/** A mailing under a claim of ours. */
export type Held = { id: string; claim: string }
/** A mailing a server has taken: when, and the keyed hash of the address it went to. */
export type Sent = Held & { at: Temporal.Instant; to: Uint8Array }

export type ClaimedMailing = {
  id: string
  kind: MailKind
  number: number
  scope: string
  due_at: Temporal.Instant
  late_at: Temporal.Instant | null
  attempts: number
  unknown_at: Temporal.Instant | null
  rests: number
  member_id: string
  given_name: string | null
  email: string | null
  language: 'fr' | 'en'
  time_zone: string
  opted_out_at: Temporal.Instant | null
  case_id: string | null
  wave: string | null
  closes_on: Temporal.PlainDate | null
  closes_at: Temporal.Instant | null
  submitted_on: Temporal.PlainDate | null
  programme: string | null
  closed_at: Temporal.Instant | null
  next_opens_on: Temporal.PlainDate | null
  survey_hash: Uint8Array | null
  stop_hash: Uint8Array | null
}

/** Stands for all lanes together. */
const ALL_LANES = -1

/**
 * Takes the mailing that has been due longest, for as long as the lease, with its member and its case; leaves those
 * another sender holds, those a brake holds, and those whose turn the pace has not come to. What the sender has sent
 * before is written down by the same statement: a message costs one.
 */
export async function claimNextMailing(
  db: Db,
  { claim, now, until, environment, pace, sent }: Claim,
): Promise<ClaimedMailing | undefined> {
  const isPaced = pace.all > 0 || pace.lane > 0
  const { rows } = await sql<ClaimedMailing>`
    with ${sent ? sql`sent as (${markingSent(db, sent)}),` : sql``}
    next as (
      select id, lane from fieldwork.mailing
      where next_attempt_at <= ${now}
        ${sent ? sql`and id <> ${sent.id}` : sql``}
        and (claimed_until is null or claimed_until < ${now})
        and not exists (
          select from fieldwork.brake
          where released_at is null and scope in ('everything', ${`environment ${environment}`})
        )
        and not exists (select from fieldwork.sender where resting_until > ${now})
        and 'wave ' || scope not in (select scope from fieldwork.brake where released_at is null)
        ${isPaced ? inTurn(now) : sql``}
      order by next_attempt_at, id
      limit 1
      for update skip locked
    )
    ${isPaced ? takingTurn(now, pace) : sql``},
    owed as (
      update fieldwork.mailing as owed
      set claim = ${claim}, claimed_until = ${until}, attempts = owed.attempts + 1
      from next
      where owed.id = next.id ${isPaced ? sql`and (select count(*) from taken) = (select count(*) from turn)` : sql``}
      returning owed.*
    )
    select owed.id, owed.kind, owed.number, owed.scope, owed.due_at, owed.late_at, owed.attempts, owed.unknown_at,
      (select rests from fieldwork.sender) as rests,
      owed.member_id, member.given_name, ${workingAddress('member')} as email, member.language, member.time_zone,
      member.opted_out_at, planned.id as case_id, planned.wave, planned.closes_on, planned.closes_at,
      planned.submitted_on, cohort.programme,
      (
        select closed_at from fieldwork.unit where cohort_id = planned.cohort_id and wave = planned.wave
      ) as closed_at,
      case when owed.kind = 'thanks' then (
        select min(later.opens_on) from fieldwork.case as later
        where later.member_id = owed.member_id and later.opens_on > planned.opens_on and later.opens_at > ${now}
          and later.submitted_on is null
          and later.next_contact_at is not null
      ) when owed.kind = 'contactUpdate' then planned.opens_on end as next_opens_on,
      ${linkHash('survey', 'owed.case_id')} as survey_hash, ${linkHash('stop', 'owed.member_id')} as stop_hash
    from owed
      left join fieldwork.case as planned on planned.id = owed.case_id
      left join fieldwork.cohort as cohort on cohort.id = planned.cohort_id
      left join identity.panel_member as member on member.id = owed.member_id`.execute(db)
  return rows[0]
}

const linkHash = (purpose: 'survey' | 'stop', subject: string): RawBuilder<unknown> => sql`(
        select token_hash from access.personal_link
        where purpose = ${purpose} and subject_id = ${sql.ref(subject)} and generation = 1
      )`

const inTurn = (now: Temporal.Instant): RawBuilder<unknown> => sql`
  and not exists (select from fieldwork.pace where lane = ${ALL_LANES} and free_at > ${now})
  and lane not in (select lane from fieldwork.pace where free_at > ${now})`

/** The next of the same lane, and the next of all, comes that much later; of two who want one turn, one gets it. */
function takingTurn(now: Temporal.Instant, pace: Claim['pace']): RawBuilder<unknown> {
  const turns = [
    ...(pace.lane > 0 ? [sql`select lane, ${pace.lane}::float8 as seconds from next`] : []),
    ...(pace.all > 0 ? [sql`select ${ALL_LANES}::int, ${pace.all}::float8 from next`] : []),
  ]
  return sql`, turn (lane, seconds) as (${sql.join(turns, sql` union all `)}), taken as (
      insert into fieldwork.pace (lane, free_at)
      select lane, ${now}::timestamptz + make_interval(secs => seconds) from turn order by lane desc
      on conflict (lane) do update
        set free_at = excluded.free_at where pace.free_at <= ${now}
      returning lane
    )`
}

/** When the pace lets the next of the mailings go that are due now; null when none waits for its turn. */
export async function nextTurn(db: Db, now: Temporal.Instant): Promise<Temporal.Instant | null> {
  const { rows } = await sql<{ at: Temporal.Instant | null }>`
    select min(greatest(own.free_at, everybody.free_at)) as at
    from (
      select distinct lane from (
        select lane from fieldwork.mailing
        where next_attempt_at <= ${now} and (claimed_until is null or claimed_until < ${now})
        order by next_attempt_at limit 1000
      ) as first_ones
    ) as due
    left join fieldwork.pace as own on own.lane = due.lane
    left join fieldwork.pace as everybody on everybody.lane = ${ALL_LANES}`.execute(db)
  return rows[0]!.at
}

type Finish = Updateable<Schema['fieldwork.mailing']> & { next_attempt_at: Temporal.Instant | null }

/** An attempt that was not the mailing's own fault is `forgiven`. */
const finishing = (db: Db, { id, claim }: Held, set: Finish, { forgiven = false } = {}) =>
  db
    .updateTable('fieldwork.mailing')
    .set(({ eb }) => ({
      ...set,
      claim: null,
      claimed_until: null,
      ...(forgiven && { attempts: eb('attempts', '-', 1) }),
    }))
    .where('id', '=', id)
    .where('claim', '=', claim)

/** Each of these holds only while the claim is ours; false when another sender has taken over. */
async function finish(...finished: Parameters<typeof finishing>): Promise<boolean> {
  const { numUpdatedRows } = await finishing(...finished).executeTakeFirstOrThrow()
  return Number(numUpdatedRows) === 1
}

const sentSet = ({ at, to }: Sent): Finish => ({ sent_at: at, sent_to: to, next_attempt_at: null })
const markingSent = (db: Db, sent: Sent) => finishing(db, sent, sentSet(sent))
export const markSent = (db: Db, sent: Sent) => finish(db, sent, sentSet(sent))
/** To be tried again; the attempt counts. */
export const putOff = (db: Db, held: Held, until: Temporal.Instant, failedAt: Temporal.Instant) =>
  finish(db, held, { next_attempt_at: until, failed_at: failedAt })
/** Not its own fault: to be tried again as if it had not been. */
export const putBack = (db: Db, held: Held, until: Temporal.Instant) =>
  finish(db, held, { next_attempt_at: until }, { forgiven: true })
/** Whether it arrived nobody knows: tried once more. */
export const putInDoubt = (
  db: Db,
  held: Held,
  { at, until, to }: { at: Temporal.Instant; until: Temporal.Instant; to: Uint8Array },
) => finish(db, held, { next_attempt_at: until, unknown_at: at, failed_at: at, sent_to: to })
export const giveUp = (db: Db, held: Held, because: string, failedAt: Temporal.Instant | null = null) =>
  finish(db, held, { next_attempt_at: null, because, ...(failedAt && { failed_at: failedAt }) })

/** The address does not exist: what becomes of it is for whoever records the bounce. */
export const markRefused = (db: Db, held: Held, { at, to }: { at: Temporal.Instant; to: Uint8Array }) =>
  finish(db, held, { next_attempt_at: null, because: ADDRESS_REFUSED, failed_at: at, sent_to: to })

/** A case is to be thought about again: what was owed about it did not go. */
export async function thinkAgain(db: Db, caseId: string, now: Temporal.Instant): Promise<void> {
  await db
    .updateTable('fieldwork.case')
    .set({ next_contact_at: now, because: null })
    .where('id', '=', caseId)
    .where('submitted_on', 'is', null)
    .execute()
}

/**
 * Owes a link to everybody who has an address, as their first or second, for each of their cases that may be answered
 * now, once per `number`; it goes to the one that works. How long it takes must not tell whether there is anybody:
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
    insert into fieldwork.mailing (id, occasion, kind, number, member_id, case_id, scope, due_at, next_attempt_at)
    select gen_random_uuid(), 'case:' || answerable.id, ${LINK}::text, ${number}::int, answerable.member_id,
      answerable.id, cohort.programme || '/' || answerable.wave, ${now}::timestamptz, ${now}::timestamptz
    from hurry
    cross join fieldwork.case as answerable
    join fieldwork.cohort as cohort on cohort.id = answerable.cohort_id
    join jsonb_to_recordset(${{ asked }}::jsonb -> 'asked') as asked (programme text, wave text)
      on asked.programme = cohort.programme and asked.wave = answerable.wave
    left join fieldwork.unit as unit on unit.cohort_id = answerable.cohort_id and unit.wave = answerable.wave
    where answerable.member_id = any(array(
        select id from identity.panel_member
        where (lower(email) = lower(${address}) or lower(email_secondary) = lower(${address}))
          and ${workingAddress('panel_member')} is not null
          and opted_out_at is null
      ))
      and answerable.opens_at <= ${now}
      and answerable.closes_at > ${now}
      and answerable.submitted_on is null
      and unit.closed_at is null
    order by answerable.id
    on conflict (occasion, kind, number) do nothing`.execute(db)
}

/** The cases of a member, of some waves, that may be answered now. */
export const answerableCases = (
  db: Db,
  { memberId, waves, now }: { memberId: string; waves: readonly string[]; now: Temporal.Instant },
) =>
  db
    .selectFrom('fieldwork.case as case')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'case.cohort_id')
    .leftJoin('fieldwork.unit as unit', (join) =>
      join.onRef('unit.cohort_id', '=', 'case.cohort_id').onRef('unit.wave', '=', 'case.wave'),
    )
    .where('case.member_id', '=', memberId)
    .where('case.wave', 'in', ['', ...waves])
    .where('case.opens_at', '<=', now)
    .where('case.closes_at', '>', now)
    .where('case.submitted_on', 'is', null)
    .where('unit.closed_at', 'is', null)
    .orderBy('case.id')
    .select(['case.id', 'case.member_id', 'case.wave', 'cohort.programme'])
    .execute()

/** Owes a member the links to some of their cases, once per `number`; the waves of those that were not owed already. */
export async function oweLinksOf(
  trx: Db,
  cases: Awaited<ReturnType<typeof answerableCases>>,
  { number, dueAt }: { number: number; dueAt: Temporal.Instant },
): Promise<string[]> {
  const owed = await trx
    .insertInto('fieldwork.mailing')
    .values(
      cases.map(({ id, member_id, wave, programme }) => ({
        id: rowId(),
        occasion: `case:${id}`,
        kind: LINK,
        number,
        member_id,
        case_id: id,
        scope: `${programme}/${wave}`,
        due_at: dueAt,
        next_attempt_at: dueAt,
        claim: null,
        claimed_until: null,
        sent_at: null,
        because: null,
      })),
    )
    .onConflict((conflict) => conflict.columns(['occasion', 'kind', 'number']).doNothing())
    .returning('case_id')
    .execute()
  return cases.filter(({ id }) => owed.some(({ case_id }) => case_id === id)).map(({ wave }) => wave)
}

/** No more mail to a member: remembered, what is owed taken back, and nothing more planned in the waves that are not over. */
export async function optOut(trx: Db, memberId: string, now: Temporal.Instant): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('identity.panel_member')
    .set({ opted_out_at: now })
    .where('id', '=', memberId)
    .where('opted_out_at', 'is', null)
    .executeTakeFirstOrThrow()
  // A claim under way is waited for; after it there is nothing of theirs to claim.
  await trx
    .updateTable('fieldwork.mailing')
    .set({ next_attempt_at: null, because: 'opted out', claim: null, claimed_until: null })
    .where('member_id', '=', memberId)
    .where('next_attempt_at', 'is not', null)
    .where(({ or, eb }) => or([eb('claim', 'is', null), eb('claimed_until', '<', now)]))
    .execute()
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
    .select(({ selectFrom }) =>
      selectFrom('fieldwork.mailing as earlier')
        .whereRef('earlier.case_id', '=', 'mailing.case_id')
        .where('earlier.kind', 'in', CONTACT_KINDS)
        .whereRef('earlier.due_at', '<', 'mailing.due_at')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .as('contact'),
    )
    .select(['mailing.sent_at', 'mailing.member_id', 'case.id as case_id', 'case.wave', 'member.matricule'])
    .orderBy('mailing.sent_at')
    .orderBy('member.matricule')
    .execute()
