// How the mail of one wave stands, in counts; and who may be written to. Whether people answered, never what.
import { sql } from 'kysely'
import { workingAddress } from '../panel/members.queries.ts'
import type { Db } from '../platform/database.ts'

type OfWave = { programme: string; wave: string }

export type CohortMail = {
  cohort: string
  /** Those who are or will be asked; of them, who may answer now and has not, and who has. */
  people: number
  open: number
  submitted: number
  /** Messages that will still be tried. */
  owed: number
  /** When the next message may be due, and to how many within a day of that. */
  nextAt: Temporal.Instant | null
  next: number
  closed: boolean
}

/** Every cohort that has the wave. */
export async function cohortMail(db: Db, { programme, wave }: OfWave, now: Temporal.Instant): Promise<CohortMail[]> {
  const { rows } = await sql<CohortMail>`
    with planned as (
      select cohort.slug as cohort, one.id, one.opens_at, one.closes_at, one.submitted_on, one.next_contact_at,
        unit.closed_at, min(one.next_contact_at) over (partition by cohort.slug) as next_at
      from fieldwork.cohort as cohort
      join fieldwork.case as one on one.cohort_id = cohort.id
      left join fieldwork.unit as unit on unit.cohort_id = cohort.id and unit.wave = one.wave
      where cohort.programme = ${programme} and one.wave = ${wave} and one.opens_on < one.closes_on
    ),
    owed as (
      select planned.cohort, count(*)::int as owed
      from planned
      join fieldwork.mailing as mailing on mailing.case_id = planned.id
      where mailing.next_attempt_at is not null
      group by planned.cohort
    )
    select planned.cohort, count(*)::int as people,
      (count(*) filter (
        where opens_at <= ${now} and closes_at > ${now} and closed_at is null and submitted_on is null
      ))::int as open,
      count(submitted_on)::int as submitted,
      coalesce(max(owed.owed), 0) as owed,
      max(next_at) as "nextAt",
      (count(*) filter (where next_contact_at < next_at + interval '1 day'))::int as next,
      bool_or(closed_at is not null) as closed
    from planned
    left join owed on owed.cohort = planned.cohort
    group by planned.cohort
    order by planned.cohort`.execute(db)
  return rows
}

export type FirstInvitations = { sent: number; bounced: number; complained: number; begun: number; submitted: number }

/** What has come of the first invitations of a wave, no more than so many. */
export async function firstInvitations(db: Db, { programme, wave }: OfWave, most: number): Promise<FirstInvitations> {
  const { rows } = await sql<FirstInvitations>`
    with first as (
      select id, case_id from fieldwork.mailing
      where scope = ${`${programme}/${wave}`} and kind = 'invitation' and sent_at is not null
      order by sent_at, id
      limit ${most}
    ),
    returned as (
      select first.id, bool_or(bounce.kind <> 'complaint') as bounced, bool_or(bounce.kind = 'complaint') as complained
      from first
      join fieldwork.bounce as bounce on bounce.mailing_id = first.id
      group by first.id
    )
    select count(*)::int as sent,
      (count(*) filter (where bounced))::int as bounced,
      (count(*) filter (where complained))::int as complained,
      (count(*) filter (where started_on is not null or submitted_on is not null))::int as begun,
      count(submitted_on)::int as submitted
    from first
    left join returned on returned.id = first.id
    left join fieldwork.case as planned on planned.id = first.case_id`.execute(db)
  return rows[0]!
}

/** How many messages of a wave would go at once if nothing held them. */
export async function countWaiting(db: Db, { programme, wave }: OfWave, now: Temporal.Instant): Promise<number> {
  const { count } = await db
    .selectFrom('fieldwork.mailing')
    .where('scope', '=', `${programme}/${wave}`)
    .where('next_attempt_at', '<=', now)
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** A member by the programme's own identifier, as somebody who writes to them must know them. */
export const findReader = (db: Db, programme: string, matricule: string) =>
  db
    .selectFrom('identity.panel_member as member')
    .where('member.programme', '=', programme)
    .where('member.matricule', '=', matricule)
    .select(['member.id', 'member.opted_out_at', 'member.time_zone', workingAddress('member').as('email')])
    .executeTakeFirst()

/** The first member, by matricule, who has a case in a wave. */
export const anyReader = (db: Db, { programme, wave }: OfWave) =>
  db
    .selectFrom('identity.panel_member as member')
    .innerJoin('fieldwork.case as case', 'case.member_id', 'member.id')
    .where('member.programme', '=', programme)
    .where('case.wave', '=', wave)
    .orderBy('member.matricule')
    .limit(1)
    .select('member.matricule')
    .executeTakeFirst()
