// How collection goes, in counts: who was to be asked, written to and reached, who has begun and who has sent. The two
// questions at the end read answers, for what may be told of a crowd alone. Nothing here names anybody.
import { type RawBuilder, sql } from 'kysely'
import type { Answers } from '../instruments/answers.ts'
import { ADDRESS_REFUSED } from '../mailings/delivery.ts'
import { SEGMENT_COLUMNS, workingAddress } from '../panel/members.queries.ts'
import { dayOf } from '../platform/clock.ts'
import type { Db } from '../platform/database.ts'
import type { NoContact } from '../waves/contacts.ts'
import { CONTACT_KINDS, type ContactKind } from '../waves/plan.ts'

/** Whose cases: of a programme, perhaps of some of its cohorts and of some of its waves. */
export type Watched = { programme: string; cohorts?: readonly string[] | undefined; waves?: readonly string[] }

const OPTED_OUT: NoContact = 'opted out'
const NO_ADDRESS: NoContact = 'no address'
const ENROLLED_LATE: NoContact = 'enrolled too late'

/** The cases that somebody may be asked: a field period that is empty was merged into the next wave's. */
const watched = ({ programme, cohorts, waves }: Watched): RawBuilder<unknown> => sql`
  select planned.id, planned.member_id, planned.wave, planned.opens_on, planned.closes_on, planned.opens_at,
    planned.closes_at, planned.because, planned.started_on, planned.submitted_on, cohort.slug as cohort, mission.arm,
    mission.returned_on, unit.closed_at, unit.publication_id
  from fieldwork.cohort as cohort
  join fieldwork.case as planned on planned.cohort_id = cohort.id
  join fieldwork.mission as mission on mission.member_id = planned.member_id
  left join fieldwork.unit as unit on unit.cohort_id = planned.cohort_id and unit.wave = planned.wave
  where cohort.programme = ${programme} and planned.opens_on < planned.closes_on
    ${cohorts === undefined ? sql`` : sql`and cohort.slug in (${sql.join(['', ...cohorts])})`}
    ${waves === undefined ? sql`` : sql`and planned.wave in (${sql.join(['', ...waves])})`}`

/** Whether the questionnaire of a case has opened: early closing ends what had not. */
const hasOpened = (now: Temporal.Instant) => sql`(watched.opens_at <= ${now} or watched.closed_at is not null)`
const HAS_BEGUN = sql`(watched.started_on is not null or watched.submitted_on is not null)`
const isOver = (now: Temporal.Instant) => sql`(watched.closes_at <= ${now} or watched.closed_at is not null)`

/** How one wave goes for one cohort and one arm. */
export type FlowCounts = {
  cohort: string
  wave: string
  arm: 'VOL' | 'CMP'
  opensOn: Temporal.PlainDate
  closesOn: Temporal.PlainDate
  closed: boolean
  publication: string | null
  eligible: number
  /** Those whose questionnaire has opened, and those for whom it is over, with those of them who sent it. */
  opened: number
  over: number
  overSubmitted: number
  /** Written to: the mail server took the invitation, or said that there is no such address. */
  invited: number
  /** Of those, whom at least one message went to and did not come back as undeliverable for good. */
  delivered: number
  started: number
  submitted: number
  /** Who want no more mail, and of those whose questionnaire has opened, who had not begun. */
  optedOut: number
  refused: number
  /** Not written to, because there is no address, or because they were registered when it was too late. */
  noAddress: number
  enrolledLate: number
  /** Opened, not begun, not opted out; and of those, whose effective return is not known. */
  silent: number
  silentUnverified: number
  /** Who can be reached in two ways: two addresses that work, or one and a telephone. */
  twoChannels: number
}

/**
 * Every wave, cohort and arm, in one statement. There is one invitation a case, so that no join makes two of it; a message
 * sent again since it came back went to another address.
 */
export async function flowCounts(db: Db, of: Watched, now: Temporal.Instant): Promise<FlowCounts[]> {
  const opened = hasOpened(now)
  const { rows } = await sql<FlowCounts>`
    with watched as (${watched(of)}),
    returned as (
      select mailing.case_id, bounce.mailing_id, max(bounce.at) as at
      from fieldwork.bounce as bounce
      join fieldwork.mailing as mailing on mailing.id = bounce.mailing_id
      where bounce.kind = 'hard' and mailing.case_id is not null
      group by mailing.case_id, bounce.mailing_id
    ),
    doubtful as (
      select mailing.case_id,
        bool_or(mailing.sent_at is not null and (returned.at is null or returned.at < mailing.sent_at)) as reached
      from (select distinct case_id from returned) as suspect
      join fieldwork.mailing as mailing on mailing.case_id = suspect.case_id
      left join returned on returned.mailing_id = mailing.id
      where mailing.kind in (${sql.join(CONTACT_KINDS)})
      group by mailing.case_id
    )
    select watched.cohort, watched.wave, watched.arm,
      min(opens_on) as "opensOn", max(closes_on) as "closesOn",
      bool_or(closed_at is not null) as closed, max(publication_id) as publication,
      count(*)::int as eligible,
      (count(*) filter (where ${opened}))::int as opened,
      (count(*) filter (where ${isOver(now)}))::int as over,
      (count(*) filter (where ${isOver(now)} and submitted_on is not null))::int as "overSubmitted",
      count(invitation.id)::int as invited,
      (count(invitation.id) filter (where coalesce(doubtful.reached, true)))::int as delivered,
      (count(*) filter (where ${HAS_BEGUN}))::int as started,
      count(submitted_on)::int as submitted,
      (count(*) filter (where watched.because = ${OPTED_OUT} and submitted_on is null))::int as "optedOut",
      (count(*) filter (where ${opened} and watched.because = ${OPTED_OUT} and not ${HAS_BEGUN}))::int as refused,
      (count(*) filter (where watched.because = ${NO_ADDRESS} and invitation.id is null))::int as "noAddress",
      (count(*) filter (where watched.because = ${ENROLLED_LATE}))::int as "enrolledLate",
      (count(*) filter (where ${opened} and watched.because is distinct from ${OPTED_OUT} and not ${HAS_BEGUN}))::int as silent,
      (count(*) filter (
        where ${opened} and watched.because is distinct from ${OPTED_OUT} and not ${HAS_BEGUN} and returned_on is null
      ))::int as "silentUnverified",
      (count(*) filter (
        where ${workingAddress('member')} is not null and (
          member.phone is not null or (
            member.email is not null and member.email_failed_at is null
            and member.email_secondary is not null and member.email_secondary_failed_at is null
          )
        )
      ))::int as "twoChannels"
    from watched
    left join fieldwork.mailing as invitation on invitation.case_id = watched.id and invitation.kind = 'invitation'
      and (invitation.sent_at is not null or invitation.because = ${ADDRESS_REFUSED})
    left join doubtful on doubtful.case_id = watched.id
    left join identity.panel_member as member on member.id = watched.member_id
    group by watched.cohort, watched.wave, watched.arm
    order by watched.cohort, watched.wave, watched.arm`.execute(db)
  return rows
}

/** People by the day, counted from their own opening, on which they sent their answers, or up to which they have not. */
export type DayCounts = { wave: string; day: number; submitted: boolean; people: number }

/**
 * Of volunteers whose questionnaire has opened, wave by wave. The day of an answer is that of UTC: where the day begins
 * earlier, whoever answers at once may seem to do so before the opening.
 */
export async function dayCounts(db: Db, of: Watched, now: Temporal.Instant): Promise<DayCounts[]> {
  const { rows } = await sql<DayCounts>`
    with watched as (${watched(of)})
    select wave, submitted_on is not null as submitted, count(*)::int as people,
      greatest(0, case when submitted_on is not null then submitted_on - opens_on
        else least(${dayOf(now)}::date, closes_on - 1, (closed_at at time zone 'UTC')::date) - opens_on
      end)::int as day
    from watched
    where arm = 'VOL' and ${hasOpened(now)}
    group by 1, 2, 4
    order by 1, 4, 2`.execute(db)
  return rows
}

/** A message of the plan: how often it went, and after how many of those no other came before the answers did. */
export type MessageCounts = { kind: ContactKind; number: number; sent: number; answered: number }

/**
 * What one wave's volunteers were sent and what came after it. Whoever has sent their answers is asked no more, so the
 * last message that asked went before them, whatever the day says.
 */
export async function messageCounts(db: Db, of: Watched): Promise<MessageCounts[]> {
  const { rows } = await sql<MessageCounts>`
    with watched as (${watched(of)}),
    sent as (
      select mailing.kind, case when mailing.kind = 'reminder' then mailing.number else 1 end as number,
        watched.submitted_on,
        row_number() over (partition by mailing.case_id order by mailing.sent_at desc, mailing.id desc) as from_last
      from watched
      join fieldwork.mailing as mailing on mailing.case_id = watched.id
      where watched.arm = 'VOL' and mailing.sent_at is not null and mailing.kind in (${sql.join(CONTACT_KINDS)})
    )
    select kind, number, count(*)::int as sent,
      (count(*) filter (where from_last = 1 and submitted_on is not null))::int as answered
    from sent
    group by kind, number
    order by kind, number`.execute(db)
  return rows
}

/** Volunteers who had sent their answers at an earlier wave, and those of them who have at this one. */
export type RetentionCounts = { wave: string; before: number; still: number }

/** Of one wave's volunteers whose questionnaire has opened, by each of some earlier waves. */
export async function retentionCounts(
  db: Db,
  of: Watched,
  earlier: readonly string[],
  now: Temporal.Instant,
): Promise<RetentionCounts[]> {
  const { rows } = await sql<RetentionCounts>`
    with watched as (${watched(of)})
    select earlier.wave, count(*)::int as before, count(watched.submitted_on)::int as still
    from watched
    join fieldwork.case as earlier on earlier.member_id = watched.member_id
    where watched.arm = 'VOL' and ${hasOpened(now)}
      and earlier.wave in (${sql.join(['', ...earlier])}) and earlier.submitted_on is not null
    group by earlier.wave
    order by earlier.wave`.execute(db)
  return rows
}

/** The volunteers of one wave whose questionnaire has opened, as segmentation sees them, and whether they have sent it. */
export const segmentMembers = (db: Db, { programme, cohorts, waves = [] }: Watched, now: Temporal.Instant) =>
  db
    .selectFrom('fieldwork.cohort as cohort')
    .innerJoin('fieldwork.case as case', 'case.cohort_id', 'cohort.id')
    .innerJoin('fieldwork.mission as mission', 'mission.member_id', 'case.member_id')
    .leftJoin('fieldwork.unit as unit', (join) =>
      join.onRef('unit.cohort_id', '=', 'case.cohort_id').onRef('unit.wave', '=', 'case.wave'),
    )
    .where('cohort.programme', '=', programme)
    .$if(cohorts !== undefined, (query) => query.where('cohort.slug', 'in', ['', ...cohorts!]))
    .where('case.wave', 'in', ['', ...waves])
    .whereRef('case.opens_on', '<', 'case.closes_on')
    .where(({ or, eb }) => or([eb('case.opens_at', '<=', now), eb('unit.closed_at', 'is not', null)]))
    .where('mission.arm', '=', 'VOL')
    .select(SEGMENT_COLUMNS)
    .select(({ eb }) => eb('case.submitted_on', 'is not', null).as('submitted'))
    .execute()

export type SegmentMember = Awaited<ReturnType<typeof segmentMembers>>[number]

// ---------------------------------------------------------------- what reads answers

/** How many days after somebody began they count as having stopped. */
const UNTOUCHED_DAYS = 7

/** Somebody who began and stopped, and how far they got. */
export type StoredStop = {
  cohort: string
  wave: string
  recordKey: Uint8Array
  page: number
  answers: Answers
  instrument: string
  version: number
}

/**
 * Volunteers who began a week ago or whose field period is over, and have not sent their answers: in the order of the day
 * they came to be so, so that those of another day come after them.
 */
export async function stoppedResponses(db: Db, of: Watched, now: Temporal.Instant): Promise<StoredStop[]> {
  const { rows } = await sql<StoredStop>`
    with watched as (${watched(of)}),
    stopped as (
      select *,
        least(started_on + ${UNTOUCHED_DAYS}::int, closes_on, (closed_at at time zone 'UTC')::date) as stopped_on
      from watched
      where arm = 'VOL' and started_on is not null and submitted_on is null
    )
    select stopped.cohort, stopped.wave, link.record_key as "recordKey", response.page, response.answers,
      response.instrument, response.instrument_version as version
    from stopped
    join link.pseudonym as link on link.member_id = stopped.member_id
    join answers.response as response on response.pseudonym = link.pseudonym and response.wave = stopped.wave
    where stopped.stopped_on <= ${dayOf(now)}::date
    order by stopped.stopped_on, link.record_key`.execute(db)
  return rows
}

/** Somebody who has sent their answers, and what they were. */
export type StoredSent = {
  cohort: string
  recordKey: Uint8Array
  submittedOn: Temporal.PlainDate
  answers: Answers
  instrument: string
  version: number
}

/** How many are read at a time. */
const PAGE = 2000

/** Volunteers of some waves who sent their answers on a day that is over, a page at a time. */
export async function* sentResponses(db: Db, of: Watched, now: Temporal.Instant): AsyncGenerator<StoredSent[]> {
  let after: Uint8Array | null = null
  for (;;) {
    const { rows }: { rows: StoredSent[] } = await sql<StoredSent>`
      with watched as (${watched(of)})
      select watched.cohort, link.record_key as "recordKey", watched.submitted_on as "submittedOn", response.answers,
        response.instrument, response.instrument_version as version
      from watched
      join link.pseudonym as link on link.member_id = watched.member_id
      join answers.response as response on response.pseudonym = link.pseudonym and response.wave = watched.wave
      where watched.arm = 'VOL' and watched.submitted_on < ${dayOf(now)}::date
        ${after === null ? sql`` : sql`and link.record_key > ${after}`}
      order by link.record_key
      limit ${PAGE}`.execute(db)
    if (rows.length > 0) yield rows
    if (rows.length < PAGE) return
    after = rows.at(-1)!.recordKey
  }
}
