// Mailings owed: claimed under a lease by one sender at a time, then marked sent, put off or given up.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'

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
    .where('mailing.id', '=', mailing.id)
    .select([
      'case.id as case_id',
      'case.wave',
      'case.closes_on',
      'case.closes_at',
      'case.submitted_on',
      'cohort.programme',
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

/** When a mailing is next to be tried, or null when none is owed. */
export async function nextAttemptAt(db: Db): Promise<Temporal.Instant | null> {
  const row = await db
    .selectFrom('fieldwork.mailing')
    .where('next_attempt_at', 'is not', null)
    .select(sql<Temporal.Instant>`greatest(next_attempt_at, claimed_until)`.as('at'))
    .orderBy('at')
    .limit(1)
    .executeTakeFirst()
  return row?.at ?? null
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

/** What the demonstration's simulated volunteers have received about waves they may still answer. */
export const sentMailings = (db: Db, programme: string, after: Temporal.Instant) =>
  db
    .selectFrom('fieldwork.mailing as mailing')
    .innerJoin('fieldwork.case as case', 'case.id', 'mailing.case_id')
    .innerJoin('identity.panel_member as member', 'member.id', 'mailing.member_id')
    .where('member.programme', '=', programme)
    .where('mailing.sent_at', '>', after)
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
