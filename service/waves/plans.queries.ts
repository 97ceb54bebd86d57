// Wave plans as they were published: every version is kept, the highest is in force.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'

/** The version in force of each plan. */
export async function versionsInForce(db: Db): Promise<{ plan: string; version: number }[]> {
  return db
    .selectFrom('fieldwork.plan')
    .groupBy('plan')
    .select(({ fn }) => ['plan', fn.max('version').as('version')])
    .execute()
}

/** What a version of a plan says. */
export const planContent = (db: Db, { plan, version }: { plan: string; version: number }) =>
  db
    .selectFrom('fieldwork.plan')
    .where('plan', '=', plan)
    .where('version', '=', version)
    .select('content')
    .executeTakeFirstOrThrow()

/** Puts a plan in force, unless that version has been already. */
export async function insertPlan(
  trx: Db,
  {
    plan,
    version,
    content,
    at,
    by,
  }: { plan: string; version: number; content: object; at: Temporal.Instant; by: string },
): Promise<void> {
  await trx
    .insertInto('fieldwork.plan')
    .values({ plan, version, content, published_at: at, published_by: by })
    .onConflict((conflict) => conflict.columns(['plan', 'version']).doNothing())
    .execute()
}

/** One publication of a plan at a time. */
export async function waitForPlans(trx: Db): Promise<void> {
  await sql`select set_config('lock_timeout', '60s', true), set_config('statement_timeout', '60s', true)`.execute(trx)
  await sql`select pg_advisory_xact_lock(hashtextextended('plans', 0))`.execute(trx)
}
