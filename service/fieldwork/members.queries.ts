// What has been asked of one member and when, and what was tried to find them again. Whether and when they answered, never
// what.
import type { Db } from '../platform/database.ts'

/** A member's cases, in the order they open, and the state of each. */
export const casesOfMember = (db: Db, memberId: string) =>
  db
    .selectFrom('fieldwork.case as case')
    .leftJoin('fieldwork.unit as unit', (join) =>
      join.onRef('unit.cohort_id', '=', 'case.cohort_id').onRef('unit.wave', '=', 'case.wave'),
    )
    .where('case.member_id', '=', memberId)
    .orderBy('case.opens_on')
    .orderBy('case.wave')
    .select(['case.id', 'case.wave', 'case.opens_on', 'case.closes_on', 'case.opens_at', 'case.closes_at'])
    .select(['case.next_contact_at', 'case.because', 'case.started_on', 'case.submitted_on', 'unit.closed_at'])
    .execute()

export type MemberCase = Awaited<ReturnType<typeof casesOfMember>>[number]

/** Every mail a member was owed, the latest first, with what came of it. */
export const mailingsOfMember = (db: Db, memberId: string) =>
  db
    .selectFrom('fieldwork.mailing as mailing')
    .leftJoin('fieldwork.case as case', 'case.id', 'mailing.case_id')
    .where('mailing.member_id', '=', memberId)
    .orderBy('mailing.due_at', 'desc')
    .orderBy('mailing.id', 'desc')
    .select(['case.wave', 'mailing.kind', 'mailing.number', 'mailing.due_at', 'mailing.sent_at', 'mailing.because'])
    .select(['mailing.next_attempt_at', 'mailing.failed_at'])
    .select(({ selectFrom }) =>
      selectFrom('fieldwork.bounce as bounce')
        .whereRef('bounce.mailing_id', '=', 'mailing.id')
        .orderBy('bounce.at', 'desc')
        .limit(1)
        .select('bounce.kind')
        .as('bounced'),
    )
    .execute()

export type MemberMailing = Awaited<ReturnType<typeof mailingsOfMember>>[number]

/** How somebody may be looked for, and what may come of it. */
export const ATTEMPT_WAYS = ['operator', 'phone', 'relative', 'other'] as const
export const ATTEMPT_OUTCOMES = ['asked', 'passed on', 'found', 'no answer', 'unwilling'] as const
export type Attempt = { way: (typeof ATTEMPT_WAYS)[number]; outcome: (typeof ATTEMPT_OUTCOMES)[number] }

export async function insertAttempt(
  trx: Db,
  attempt: Attempt & { id: string; memberId: string; at: Temporal.Instant; by: string },
): Promise<void> {
  const { memberId, ...columns } = attempt
  await trx
    .insertInto('identity.contact_attempt')
    .values({ ...columns, member_id: memberId })
    .execute()
}

/** The last attempt for each of some members. */
export const latestAttempts = (db: Db, programme: string) =>
  db
    .selectFrom('identity.contact_attempt as attempt')
    .innerJoin('identity.panel_member as member', 'member.id', 'attempt.member_id')
    .where('member.programme', '=', programme)
    .distinctOn('attempt.member_id')
    .orderBy('attempt.member_id')
    .orderBy('attempt.at', 'desc')
    .select(['member.matricule', 'attempt.at', 'attempt.way', 'attempt.outcome'])
    .execute()

export type LatestAttempt = Awaited<ReturnType<typeof latestAttempts>>[number]
