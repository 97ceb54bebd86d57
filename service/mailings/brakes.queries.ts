// What holds mail back, and the figures that decide whether it should.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'
import { rowId } from '../platform/secrets.ts'

export type Brake = {
  scope: string
  cause: string
  /** What it is set for: once somebody has released it, it is not set for that again. */
  occasion: string
  detail?: object
  at: Temporal.Instant
  by: string
}

/** Sets a brake, unless it holds already, or has been released for the same occasion; whether it was set. */
export async function setBrake(db: Db, { scope, cause, occasion, detail = {}, at, by }: Brake): Promise<boolean> {
  const { rows } = await sql<{ id: string }>`
    insert into fieldwork.brake (id, scope, cause, occasion, detail, set_at, set_by, told_at)
    select ${rowId()}::uuid, ${scope}::text, ${cause}::text, ${occasion}::text, ${detail}::jsonb, ${at}::timestamptz,
      ${by}::text, null
    where not exists (
      select from fieldwork.brake where scope = ${scope} and cause = ${cause} and occasion = ${occasion}
    )
    on conflict (scope, cause) where released_at is null do nothing
    returning id`.execute(db)
  return rows.length === 1
}

/** Lets go of everything that holds a scope; what it was. */
export const releaseBrakes = (trx: Db, { scope, at, by }: { scope: string; at: Temporal.Instant; by: string }) =>
  trx
    .updateTable('fieldwork.brake')
    .set({ released_at: at, released_by: by })
    .where('scope', '=', scope)
    .where('released_at', 'is', null)
    .returning(['cause', 'set_at'])
    .execute()

/** Notes that an occasion needs no brake: it is as if somebody had released it. */
export async function presetReleased(db: Db, { scope, cause, occasion, at, by }: Brake): Promise<void> {
  const released = { released_at: at, released_by: by, told_at: at, detail: {} }
  await db
    .insertInto('fieldwork.brake')
    .values({ id: rowId(), scope, cause, occasion, set_at: at, set_by: by, ...released })
    .execute()
}

/** Whether any brake was ever set for a cause, holding or not. */
export async function everSet(db: Db, cause: string): Promise<boolean> {
  const found = await db
    .selectFrom('fieldwork.brake')
    .where('cause', '=', cause)
    .select('id')
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}

/** What holds mail back now, longest first. */
export const brakesInForce = (db: Db) =>
  db
    .selectFrom('fieldwork.brake')
    .where('released_at', 'is', null)
    .orderBy('set_at')
    .orderBy('scope')
    .select(['id', 'scope', 'cause', 'occasion', 'detail', 'set_at', 'set_by', 'told_at'])
    .execute()

/** Whether somebody has released a brake of this cause since an instant. */
export async function releasedSince(
  db: Db,
  { scope, cause, since }: { scope: string; cause: string; since: Temporal.Instant },
): Promise<boolean> {
  const found = await db
    .selectFrom('fieldwork.brake')
    .where('scope', '=', scope)
    .where('cause', '=', cause)
    .where('released_at', '>', since)
    .select('id')
    .executeTakeFirst()
  return found !== undefined
}

/** The oldest brake the service set itself and nobody has been told of yet; a server that refuses us cannot tell. */
export const findUntoldBrake = (db: Db) =>
  db
    .selectFrom('fieldwork.brake')
    .where('told_at', 'is', null)
    .where('released_at', 'is', null)
    .where('set_by', '=', 'service')
    .where('cause', '<>', 'ours')
    .orderBy('set_at')
    .select(['id', 'scope', 'cause', 'detail', 'set_at'])
    .executeTakeFirst()

/** False when another instance has told of it. */
export async function markTold(db: Db, id: string, at: Temporal.Instant): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('fieldwork.brake')
    .set({ told_at: at })
    .where('id', '=', id)
    .where('told_at', 'is', null)
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows) === 1
}

/** Notes that the service is at work: when it last was, and how often it has been. */
export async function countBeat(
  db: Db,
  now: Temporal.Instant,
): Promise<{ lastBeat: Temporal.Instant | null; beats: number }> {
  const { rows } = await sql<{ lastBeat: Temporal.Instant | null; beats: number }>`
    update fieldwork.sender as sender set beat_at = greatest(sender.beat_at, ${now}), beats = sender.beats + 1
    from (select beat_at from fieldwork.sender for update) as before
    returning before.beat_at as "lastBeat", sender.beats`.execute(db)
  return rows[0]!
}

/** How much is due now, counted no further than `most`. */
export async function countDue(db: Db, now: Temporal.Instant, most: number): Promise<number> {
  const { rows } = await sql<{ due: number }>`
    select count(*) as due from (
      select from fieldwork.mailing where next_attempt_at <= ${now} limit ${most}
    ) as due_ones`.execute(db)
  return rows[0]!.due
}

/** The most messages sent on one day (UTC) since an instant. */
export async function busiestDay(db: Db, since: Temporal.Instant): Promise<number> {
  const { rows } = await sql<{ most: number }>`
    select coalesce(max(sent), 0) as most from (
      select count(*) as sent from fieldwork.mailing where sent_at > ${since} group by date_trunc('day', sent_at)
    ) as days`.execute(db)
  return rows[0]!.most
}

/** The mail server is left in peace for a while; how often in a row that has been. */
export async function rest(
  db: Db,
  { now, until }: { now: Temporal.Instant; until(rests: number): Temporal.Instant },
): Promise<void> {
  const { rests } = await db.selectFrom('fieldwork.sender').select('rests').executeTakeFirstOrThrow()
  await db
    .updateTable('fieldwork.sender')
    .set(({ eb }) => ({ rests: eb('rests', '+', 1), resting_until: until(rests) }))
    // Several messages were on their way: the first to come back has said it for all.
    .where(({ or, eb }) => or([eb('resting_until', 'is', null), eb('resting_until', '<=', now)]))
    .execute()
}

export async function endRest(db: Db): Promise<void> {
  await db.updateTable('fieldwork.sender').set({ rests: 0, resting_until: null }).where('rests', '>', 0).execute()
}

/** Mailings that have failed since the last one that did not, or since somebody released this brake. */
export async function failuresInARow(db: Db, cause: string): Promise<number> {
  const { rows } = await sql<{ failures: number }>`
    select count(*) as failures from fieldwork.mailing
    where failed_at > greatest(
      (select max(sent_at) from fieldwork.mailing where sent_at is not null),
      (select max(released_at) from fieldwork.brake where scope = 'everything' and cause = ${cause}),
      '-infinity')`.execute(db)
  return rows[0]!.failures
}

/** Of the last 200 messages of a scope, at most, how many there were, and how many bounced for good; since its last release. */
export async function bouncesOf(db: Db, scope: string, cause: string): Promise<{ sent: number; hard: number }> {
  const { rows } = await sql<{ sent: number; hard: number }>`
    with released as (
      select coalesce(max(released_at), '-infinity') as at from fieldwork.brake
      where scope = ${`wave ${scope}`} and cause = ${cause}
    ),
    recent as (
      select id from fieldwork.mailing, released
      where fieldwork.mailing.scope = ${scope}
        and (sent_at > released.at or (because = 'address refused' and failed_at > released.at))
      order by coalesce(sent_at, failed_at) desc limit 200
    )
    select (select count(*) from recent) as sent,
      (select count(distinct mailing_id) from fieldwork.bounce, released
        where mailing_id in (select id from recent) and kind = 'hard' and fieldwork.bounce.at > released.at) as hard`.execute(
    db,
  )
  return rows[0]!
}

/** Messages and complaints of a scope since an instant, or since its last release. */
export async function complaintsOf(
  db: Db,
  { scope, cause, since }: { scope: string; cause: string; since: Temporal.Instant },
): Promise<{ sent: number; complaints: number }> {
  const { rows } = await sql<{ sent: number; complaints: number }>`
    with start as (
      select greatest(max(released_at), ${since}) as at from fieldwork.brake
      where scope = ${`wave ${scope}`} and cause = ${cause}
    )
    select
      (select count(*) from fieldwork.mailing, start where scope = ${scope} and sent_at > start.at) as sent,
      (select count(distinct mailing_id) from fieldwork.bounce
        join fieldwork.mailing on fieldwork.mailing.id = mailing_id, start
        where scope = ${scope} and fieldwork.bounce.kind = 'complaint' and fieldwork.bounce.at > start.at) as complaints`.execute(
    db,
  )
  return rows[0]!
}

/** Invitations of a scope that have gone or are going. */
export async function countInvitations(db: Db, scope: string): Promise<number> {
  const { count } = await db
    .selectFrom('fieldwork.mailing')
    .where('scope', '=', scope)
    .where('kind', '=', 'invitation')
    .where(({ or, eb }) => or([eb('sent_at', 'is not', null), eb('claim', 'is not', null)]))
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** Whether a canary has been looked at and let go. */
export async function isReleased(
  db: Db,
  { scope, cause, occasion }: Pick<Brake, 'scope' | 'cause' | 'occasion'>,
): Promise<boolean> {
  const found = await db
    .selectFrom('fieldwork.brake')
    .where('scope', '=', scope)
    .where('cause', '=', cause)
    .where('occasion', '=', occasion)
    .where('released_at', 'is not', null)
    .select('id')
    .executeTakeFirst()
  return found !== undefined
}

/** Messages sent in the 24 hours before an instant, those on their way, and when the very first was sent. */
export async function sentLately(
  db: Db,
  now: Temporal.Instant,
): Promise<{ sent: number; firstAt: Temporal.Instant | null }> {
  const { rows } = await sql<{ sent: number; firstAt: Temporal.Instant | null }>`
    select
      (select count(*) from fieldwork.mailing where sent_at > ${now.subtract({ hours: 24 })})
        + (select count(*) from fieldwork.mailing where next_attempt_at is not null and claimed_until > ${now}) as sent,
      (select min(sent_at) from fieldwork.mailing where sent_at is not null) as "firstAt"`.execute(db)
  return rows[0]!
}
