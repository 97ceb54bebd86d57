// Wave plans as they were published: every version is kept, the highest is in force.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'
import type { PlanOrigin } from '../platform/schema.ts'

/** The version in force of each plan. */
export async function versionsInForce(db: Db): Promise<{ plan: string; version: number }[]> {
  return db
    .selectFrom('fieldwork.plan')
    .groupBy('plan')
    .select(({ fn }) => ['plan', fn.max('version').as('version')])
    .execute()
}

/** The version in force of a plan, and where it came from; undefined for one that was never published. */
export const planInForce = (db: Db, plan: string) =>
  versionsOf(db, plan)
    .select(['version', 'content', 'source', 'published_at', 'published_by'])
    .limit(1)
    .executeTakeFirst()

/** What the last version of a plan that came from its file says, if one did. */
export const lastFromFile = (db: Db, plan: string) =>
  versionsOf(db, plan).where('source', '=', 'file').select(['version', 'content']).limit(1).executeTakeFirst()

/** The codes of all waves that some version of a plan has had. */
export async function wavesSoFar(db: Db, plan: string): Promise<string[]> {
  const { rows } = await sql<{ wave: string }>`
    select distinct wave ->> 'wave' as wave
    from fieldwork.plan cross join lateral jsonb_array_elements(content -> 'waves') as wave
    where plan = ${plan}`.execute(db)
  return rows.map(({ wave }) => wave)
}

const versionsOf = (db: Db, plan: string) =>
  db.selectFrom('fieldwork.plan').where('plan', '=', plan).orderBy('version', 'desc')

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
    source,
    at,
    by,
  }: { plan: string; version: number; content: object; source: PlanOrigin; at: Temporal.Instant; by: string },
): Promise<void> {
  await trx
    .insertInto('fieldwork.plan')
    .values({ plan, version, content, source, published_at: at, published_by: by })
    .onConflict((conflict) => conflict.columns(['plan', 'version']).doNothing())
    .execute()
}

/** One publication of a plan at a time. */
export async function waitForPlans(trx: Db): Promise<void> {
  await sql`select set_config('lock_timeout', '60s', true), set_config('statement_timeout', '60s', true)`.execute(trx)
  await sql`select pg_advisory_xact_lock(hashtextextended('plans', 0))`.execute(trx)
}
