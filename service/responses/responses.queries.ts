// One case and its response, joined through the pseudonym for the volunteer alone, and the one way to save a page.
import { sql } from 'kysely'
import type { Answer, Answers } from '../instruments/answers.ts'
import type { Db } from '../platform/database.ts'

/** A case with the response given so far, or undefined when there is no such case. */
export const findCase = (db: Db, caseId: string) =>
  db
    .selectFrom('fieldwork.case as case')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'case.cohort_id')
    .innerJoin('identity.panel_member as member', 'member.id', 'case.member_id')
    .innerJoin('link.pseudonym as link', 'link.member_id', 'case.member_id')
    .leftJoin('answers.response as response', (join) =>
      join.onRef('response.pseudonym', '=', 'link.pseudonym').onRef('response.wave', '=', 'case.wave'),
    )
    .where('case.id', '=', caseId)
    .select([
      'case.id',
      'case.wave',
      'case.opens_at',
      'case.closes_at',
      'case.closes_on',
      'case.started_on',
      'cohort.programme',
      'link.pseudonym',
    ])
    .select(['member.language as member_language', 'member.time_zone'])
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

export type StoredCase = NonNullable<Awaited<ReturnType<typeof findCase>>>

export type PageSave = {
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
  today: Temporal.PlainDate
  submit: boolean
}

/**
 * Adds a page to a response, beginning it when it is the first, in one statement. Answers the receipt, or undefined,
 * changing nothing, when somebody was faster: the response has been submitted, or its answers are no longer `soFar`.
 */
export const savePage = (db: Db, save: PageSave) =>
  db
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
    .returning('id as receipt')
    .executeTakeFirst()

/** The first page of a case has been saved. */
export async function markStarted(db: Db, caseId: string, today: Temporal.PlainDate): Promise<void> {
  await db
    .updateTable('fieldwork.case')
    .set({ started_on: today })
    .where('id', '=', caseId)
    .where('started_on', 'is', null)
    .execute()
}

/** The case is answered: nothing more is due. */
export async function markSubmitted(db: Db, caseId: string, today: Temporal.PlainDate): Promise<void> {
  await db
    .updateTable('fieldwork.case')
    .set({ submitted_on: today, next_contact_at: null, because: 'answered' })
    .where('id', '=', caseId)
    .execute()
}

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
    .where('mailing.sent_at', 'is not', null)
    .orderBy('case.closes_at', 'desc')
    .orderBy('case.id')
    .select(['case.id', 'case.wave', 'case.closes_at'])
    .limit(5)
    .execute()
