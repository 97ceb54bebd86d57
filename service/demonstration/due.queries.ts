// When anything is next due, whoever does it: the demonstration jumps there.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'

export type NextDue = {
  /** Somebody is to be written to, or a mailing tried. */
  writingAt: Temporal.Instant | null
  /** A wave is to be closed for a cohort. */
  closingAt: Temporal.Instant | null
}

/** When there is next something to write or to close; null when there never is. */
export async function nextDue(db: Db): Promise<NextDue> {
  const { rows } = await sql<NextDue>`
    select
      least(
        (select min(next_contact_at) from fieldwork.case where next_contact_at is not null),
        (select min(greatest(next_attempt_at, claimed_until)) from fieldwork.mailing where next_attempt_at is not null)
      ) as "writingAt",
      (select min(due_at) from fieldwork.unit where closed_at is null and due_at is not null) as "closingAt"`.execute(
    db,
  )
  return rows[0]!
}
