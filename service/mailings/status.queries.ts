// How mail stands: what is due, what went out, what came back. Counts only.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'

export type MailStatus = {
  /** When the oldest of what is due now became so. */
  oldestDueAt: Temporal.Instant | null
  due: number
  /** Everything that will still be tried. */
  queued: number
  sentInADay: number
  sent: number
  bounced: number
  complained: number
  /** Handed over whole without an answer: it may have arrived or not. */
  unknown: number
  lastBeatAt: Temporal.Instant | null
  restingUntil: Temporal.Instant | null
}

/** The whole at an instant. */
export async function mailStatus(db: Db, now: Temporal.Instant): Promise<MailStatus> {
  const { rows } = await sql<MailStatus>`
    select
      (select min(next_attempt_at) from fieldwork.mailing where next_attempt_at <= ${now}) as "oldestDueAt",
      (select count(*) from fieldwork.mailing where next_attempt_at <= ${now}) as due,
      (select count(*) from fieldwork.mailing where next_attempt_at is not null) as queued,
      (select count(*) from fieldwork.mailing where sent_at > ${now.subtract({ hours: 24 })}) as "sentInADay",
      (select count(*) from fieldwork.mailing where sent_at is not null) as sent,
      (select count(distinct mailing_id) from fieldwork.bounce where kind in ('hard', 'other', 'policy', 'full', 'soft')) as bounced,
      (select count(distinct mailing_id) from fieldwork.bounce where kind = 'complaint') as complained,
      (select count(*) from fieldwork.mailing where unknown_at is not null) as unknown,
      beat_at as "lastBeatAt",
      case when resting_until > ${now} then resting_until end as "restingUntil"
    from fieldwork.sender`.execute(db)
  return rows[0]!
}

/** Programme and wave by programme and wave: what was owed, what became of it, and why not. */
export const statusByScope = async (db: Db) => {
  const { rows } = await sql<{ scope: string; owed: number; sent: number; waiting: number; because: string | null }>`
    select scope, because, count(*) as owed, count(sent_at) as sent, count(next_attempt_at) as waiting
    from fieldwork.mailing
    group by scope, because
    order by scope, because nulls first`.execute(db)
  return rows
}
