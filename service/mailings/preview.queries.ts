// Whoever a mail is previewed for: what the mail would say of them, read and nothing written.
import type { Db } from '../platform/database.ts'

/** A member by the programme's own identifier. */
export const findMember = (db: Db, programme: string, matricule: string) =>
  db
    .selectFrom('identity.panel_member')
    .where('programme', '=', programme)
    .where('matricule', '=', matricule)
    .select(['id', 'given_name', 'language'])
    .executeTakeFirst()

/** A member's dates in a wave, and when the next one after it that is still to come opens to them. */
export const findDates = (db: Db, memberId: string, wave: string, now: Temporal.Instant) =>
  db
    .selectFrom('fieldwork.case as case')
    .where('case.member_id', '=', memberId)
    .where('case.wave', '=', wave)
    .select(['case.opens_on', 'case.closes_on'])
    .select(({ selectFrom }) =>
      selectFrom('fieldwork.case as later')
        .whereRef('later.member_id', '=', 'case.member_id')
        .whereRef('later.opens_on', '>', 'case.opens_on')
        .where('later.opens_at', '>', now)
        .where('later.submitted_on', 'is', null)
        .where('later.next_contact_at', 'is not', null)
        .select(({ fn }) => fn.min('later.opens_on').as('opens_on'))
        .as('next_opens_on'),
    )
    .executeTakeFirst()
