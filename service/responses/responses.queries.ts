// One case and its response, joined through the pseudonym for the volunteer alone, and the one way to save a page.
import { sql } from 'kysely'
import type { Answer, Answers } from '../instruments/answers.ts'
import type { Db } from '../platform/database.ts'

/** What an earlier wave of the same member says of some items. */
export type StoredEarlier = { answeredOn: string; answers: Answers | null }

/**
 * A case with the response given so far, or undefined when there is no such case. Of the member's earlier waves it
 * holds, the earliest first, the answers to the items of `carried` and nothing else.
 */
export const findCase = (db: Db, caseId: string, carried: readonly string[] = []) =>
  db
    .selectFrom('fieldwork.case as case')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'case.cohort_id')
    .innerJoin('fieldwork.mission as mission', 'mission.member_id', 'case.member_id')
    .innerJoin('identity.panel_member as member', 'member.id', 'case.member_id')
    .innerJoin('link.pseudonym as link', 'link.member_id', 'case.member_id')
    .leftJoin('answers.response as response', (join) =>
      join.onRef('response.pseudonym', '=', 'link.pseudonym').onRef('response.wave', '=', 'case.wave'),
    )
    .where('case.id', '=', caseId)
    .select([
      'case.id',
      'case.member_id',
      'case.wave',
      'case.opens_at',
      'case.closes_at',
      'case.closes_on',
      'case.started_on',
      'cohort.programme',
      'link.pseudonym',
    ])
    .select(['member.language as member_language', 'member.time_zone'])
    .select(['mission.planned_return_on', 'mission.returned_on'])
    .select(
      sql<StoredEarlier[] | null>`(
        select jsonb_agg(
          jsonb_build_object('answeredOn', earlier.started_on, 'answers', (
            select jsonb_object_agg(item, answer) from jsonb_each(earlier.answers) as said (item, answer)
            where item in (${sql.join(['', ...carried])})
          ))
          order by ${waveNumber('earlier')}
        )
        from answers.response as earlier
        where earlier.pseudonym = link.pseudonym and ${waveNumber('earlier')} < ${waveNumber('case')}
      )`.as('earlier'),
    )
    .select([
      'response.id as receipt',
      'response.instrument',
      'response.instrument_version',
      'response.language',
      'response.answers',
      'response.page',
      'response.submitted_on',
    ])
    .executeTakeFirst()

/** Waves are named w and a number: w10 comes after w9. */
function waveNumber(table: string) {
  return sql`substring(${sql.ref(`${table}.wave`)} from 2)::int`
}

export type StoredCase = NonNullable<Awaited<ReturnType<typeof findCase>>>

export type PageSave = {
  caseId: string
  receipt: string
  pseudonym: string
  wave: string
  instrument: string
  version: number
  language: string
  /** The answers the changes were worked out from: when others are stored by now, nothing is saved. */
  soFar: Answers
  /** A null forgets an answer. */
  changes: Record<string, Answer | null>
  page: number
  now: Temporal.Instant
  today: Temporal.PlainDate
  submit: boolean
}

/**
 * Adds a page to a response, beginning it when it is the first, in one statement: the case is marked started or
 * submitted with it, and the instrument version frozen. Answers the receipt, or undefined, changing nothing, when
 * somebody was faster: the response has been submitted, or its answers are no longer `soFar`.
 */
export const savePage = (db: Db, save: PageSave) =>
  db
    .with('saved', (cte) =>
      cte
        .insertInto('answers.response')
        .values({
          id: save.receipt,
          pseudonym: save.pseudonym,
          wave: save.wave,
          instrument: save.instrument,
          instrument_version: save.version,
          language: save.language,
          answers: sql`jsonb_strip_nulls(${save.changes}::jsonb)`,
          page: save.page,
          started_on: save.today,
          submitted_on: save.submit ? save.today : null,
        })
        .onConflict((conflict) =>
          conflict
            .columns(['pseudonym', 'wave'])
            .doUpdateSet(({ ref, fn }) => ({
              answers: sql`jsonb_strip_nulls(response.answers || ${save.changes}::jsonb)`,
              language: ref('excluded.language'),
              page: fn('greatest', [ref('answers.response.page'), ref('excluded.page')]),
              submitted_on: ref('excluded.submitted_on'),
            }))
            .where('answers.response.submitted_on', 'is', null)
            .where(sql<boolean>`response.answers = ${save.soFar}::jsonb`),
        )
        .returning('id as receipt'),
    )
    .with('marked', (cte) =>
      cte
        .updateTable('fieldwork.case')
        .set(({ fn, ref, val }) => ({
          started_on: fn.coalesce(ref('started_on'), val(save.today)),
          // Whoever has begun is brought back in two days, instead of reminded: the scheduler works out when.
          next_contact_at: sql<Temporal.Instant | null>`case when next_contact_at is not null then ${save.now}::timestamptz end`,
          // The scheduler sees to the thanks, and says that it was answered.
          ...(save.submit && { submitted_on: save.today, next_contact_at: save.now, because: null }),
        }))
        .where('id', '=', save.caseId)
        .where(({ or, eb, lit }) => or([eb('started_on', 'is', null), lit(save.submit)]))
        .where(({ exists, selectFrom }) => exists(selectFrom('saved').select('receipt')))
        .returning('id'),
    )
    .with('frozen', (cte) =>
      cte
        .updateTable('answers.instrument_version')
        .set({ fielded_at: save.now })
        .where('instrument', '=', save.instrument)
        .where('version', '=', save.version)
        .where('fielded_at', 'is', null)
        .where(({ exists, selectFrom }) => exists(selectFrom('saved').select('receipt')))
        .returning('version'),
    )
    .selectFrom('saved')
    .select('receipt')
    .executeTakeFirst()

/** When the same member is next asked, after a case: the wave, and the day it opens. Nothing for whoever will not be written to. */
export const nextWave = (db: Db, { member_id, opens_at }: StoredCase, now: Temporal.Instant) =>
  db
    .selectFrom('fieldwork.case as case')
    .where('case.member_id', '=', member_id)
    .where('case.opens_at', '>', opens_at)
    .where('case.opens_at', '>', now)
    .where('case.submitted_on', 'is', null)
    .where('case.next_contact_at', 'is not', null)
    .orderBy('case.opens_at')
    .select(['case.wave', 'case.opens_on'])
    .executeTakeFirst()

/** Open cases of a programme that somebody has been invited to and not answered: for the demonstration's links. */
export const openCases = (db: Db, programme: string, now: Temporal.Instant) =>
  db
    .selectFrom('fieldwork.case as case')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'case.cohort_id')
    .innerJoin('fieldwork.mailing as mailing', 'mailing.case_id', 'case.id')
    .where('cohort.programme', '=', programme)
    .where('case.opens_at', '<=', now)
    .where('case.closes_at', '>', now)
    .where('case.started_on', 'is', null)
    .where('mailing.kind', '=', 'invitation')
    .where('mailing.sent_at', 'is not', null)
    .orderBy('case.closes_at', 'desc')
    .orderBy('case.id')
    .select(['case.id', 'case.wave', 'case.closes_at'])
    .limit(5)
    .execute()
