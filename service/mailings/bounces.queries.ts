// What came back about mailings, what it says of people's addresses, and who can no longer be reached.
import { type Insertable, sql } from 'kysely'
import { workingAddress } from '../panel/members.queries.ts'
import type { Db } from '../platform/database.ts'
import type { Schema } from '../platform/schema.ts'
import type { Bounced } from './bounce.ts'

/** Whose mailing it is, and of which wave; neither ever changes. */
export const findMailing = (db: Db, mailingId: string) =>
  db.selectFrom('fieldwork.mailing').where('id', '=', mailingId).select(['member_id', 'scope']).executeTakeFirst()

/** Keeps a bounce; false when its report is known already. */
export async function insertBounce(trx: Db, bounce: Insertable<Schema['fieldwork.bounce']>): Promise<boolean> {
  const inserted = await trx
    .insertInto('fieldwork.bounce')
    .values(bounce)
    .onConflict((conflict) => conflict.column('report').doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

/** A member's addresses; nobody else changes them until the transaction is over. */
export const holdAddresses = (trx: Db, memberId: string) =>
  trx
    .selectFrom('identity.panel_member')
    .where('id', '=', memberId)
    .select(['email', 'email_secondary', 'email_failed_at', 'email_secondary_failed_at', 'opted_out_at'])
    .forUpdate()
    .executeTakeFirst()

export type StoredAddresses = NonNullable<Awaited<ReturnType<typeof holdAddresses>>>

/** A mailing that came back with its case, if it has one. */
export const returnedMailing = (trx: Db, mailingId: string) =>
  trx
    .selectFrom('fieldwork.mailing as mailing')
    .leftJoin('fieldwork.case as case', 'case.id', 'mailing.case_id')
    .leftJoin('fieldwork.unit as unit', (join) =>
      join.onRef('unit.cohort_id', '=', 'case.cohort_id').onRef('unit.wave', '=', 'case.wave'),
    )
    .where('mailing.id', '=', mailingId)
    .select([
      'mailing.sent_to',
      'mailing.sent_at',
      'mailing.because',
      'mailing.late_at',
      'case.opens_at',
      'case.closes_at',
      'case.submitted_on',
      'unit.closed_at',
    ])
    .select(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('fieldwork.mailing as later')
            .whereRef('later.case_id', '=', 'mailing.case_id')
            .where(sql<boolean>`(later.due_at, later.id) > (mailing.due_at, mailing.id)`)
            .where(({ or, eb }) =>
              or([eb('later.sent_at', 'is not', null), eb('later.next_attempt_at', 'is not', null)]),
            )
            .select('later.id'),
        ),
      ).as('is_last'),
    )
    .executeTakeFirstOrThrow()

/** What has come back about a member's address, as long as the mailing has not gone to another since. */
export async function bouncesOfAddress(
  trx: Db,
  { memberId, sentTo }: { memberId: string; sentTo: Uint8Array },
): Promise<Bounced[]> {
  const bounces = await trx
    .selectFrom('fieldwork.bounce as bounce')
    .innerJoin('fieldwork.mailing as mailing', 'mailing.id', 'bounce.mailing_id')
    .where('mailing.member_id', '=', memberId)
    .where('mailing.sent_to', '=', sentTo)
    .where(({ or, eb }) =>
      or([eb('mailing.sent_at', 'is', null), eb('bounce.at', '>=', ({ ref }) => ref('mailing.sent_at'))]),
    )
    .select(['bounce.mailing_id', 'bounce.kind', 'bounce.at'])
    .execute()
  return bounces.map(({ mailing_id, ...bounce }) => ({ mailingId: mailing_id, ...bounce }))
}

export type AddressColumn = 'email' | 'email_secondary'

/** Some of a member's addresses were found not to work. */
export async function markFailed(
  trx: Db,
  memberId: string,
  columns: readonly AddressColumn[],
  at: Temporal.Instant,
): Promise<void> {
  await trx
    .updateTable('identity.panel_member')
    .set(Object.fromEntries(columns.map((column) => [`${column}_failed_at`, at])))
    .where('id', '=', memberId)
    .execute()
}

/** The same mailing is owed once more, under the same Message-ID; the attempts it has had stay counted. */
export async function oweAgain(trx: Db, mailingId: string, now: Temporal.Instant): Promise<void> {
  await trx
    .updateTable('fieldwork.mailing')
    .set({ sent_at: null, next_attempt_at: now, claim: null, claimed_until: null, unknown_at: null, because: null })
    .where('id', '=', mailingId)
    .execute()
}

/** Whoever cannot be reached is not thought of in the waves that are not over, until the register has another address. */
export async function stopForNoAddress(trx: Db, memberId: string, now: Temporal.Instant): Promise<void> {
  await trx
    .updateTable('fieldwork.case')
    .set({ next_contact_at: null, because: 'no address' })
    .where('member_id', '=', memberId)
    .where('submitted_on', 'is', null)
    .where('closes_at', '>', now)
    // One that is closed, merged or missed stays so, whatever address there may be.
    .where(({ or, eb }) => or([eb('next_contact_at', 'is not', null), eb('because', '=', 'all sent')]))
    .execute()
}

export type LostContact = {
  programme: string
  matricule: string
  operator_code: string
  operator: string
  since: Temporal.Instant
  because: 'bounced' | 'no address'
}

/** Members who have no address that works and have not asked to be left alone, by the operator who may know them. */
export const lostContacts = (db: Db, programme?: string): Promise<LostContact[]> =>
  db
    .selectFrom('identity.panel_member as member')
    .innerJoin('fieldwork.mission as mission', 'mission.member_id', 'member.id')
    .where(workingAddress('member'), 'is', null)
    .where('member.opted_out_at', 'is', null)
    .$if(programme !== undefined, (query) => query.where('member.programme', '=', programme!))
    .orderBy('member.programme')
    .orderBy('mission.operator_code')
    .orderBy('member.matricule')
    .select(['member.programme', 'member.matricule', 'mission.operator_code', 'mission.operator'])
    .select([
      sql<Temporal.Instant>`coalesce(greatest(member.email_failed_at, member.email_secondary_failed_at),
        member.created_at)`.as('since'),
      sql<LostContact['because']>`case
        when member.email is null and member.email_secondary is null then 'no address' else 'bounced'
      end`.as('because'),
    ])
    .execute()
