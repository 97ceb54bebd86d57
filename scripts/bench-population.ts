// People for npm run bench, put into the database by a few statements: members of a programme, numbered, each with a
// case in every wave and all of it still to come; then some who are due, and mail sent long ago.
import { sql } from 'kysely'
import type { Db } from '../service/platform/database.ts'
import type { Plan } from '../service/waves/plan.ts'

export type People = {
  programme: string
  /** The numbers of the members; the last is not one of them. */
  from: number
  to: number
  now: Temporal.Instant
}

/** It is day in all of them at the bench's hour, half past one in the afternoon (UTC). */
const TIME_ZONES = 'Europe/Paris Europe/Paris Africa/Dakar Indian/Reunion America/Cayenne Asia/Kathmandu'
/** Not everybody has the same provider, and nearly half have. */
const DOMAINS = 'a.example a.example a.example a.example b.example b.example c.example d.example e.example f.example'
const MEMBERS_A_COHORT = 2_000
/** When they leave: so many days from now at the earliest, and spread over so many. */
const FIRST_DAYS = 100
const SPREAD_DAYS = 700
const DAYS_AWAY = 300

/** Before anybody is added: identifiers in order, as the service makes them. */
export async function prepareNumbers(db: Db): Promise<void> {
  await sql`
    create function public.bench_id(kind text, n bigint) returns uuid language sql immutable as $$
      select (lpad(to_hex(n), 12, '0') || '7' || substr(md5(kind || n), 1, 3) || '8' || substr(md5(kind || n), 4, 15))::uuid
    $$`.execute(db)
}

/** Members with their missions and pseudonyms, still to be planned. */
export const addMembers = (db: Db, { programme, from, to, now }: People): Promise<void> =>
  patiently(db, async (trx) => {
    const numbers = sql`generate_series(${from}::int, ${to - 1}::int) as n`
    await sql`
      insert into fieldwork.cohort (id, programme, slug)
      select distinct on (n / ${MEMBERS_A_COHORT}::int) gen_random_uuid(), ${programme}::text,
        'c' || n / ${MEMBERS_A_COHORT}::int
      from ${numbers} on conflict (programme, slug) do nothing`.execute(trx)
    await sql`
      insert into identity.panel_member (id, programme, matricule, given_name, family_name, email, language, time_zone,
        created_at)
      select bench_id('member', n), ${programme}::text, 'B-' || n, 'Ana', 'Ndiaye',
        'v' || n || '@' || (string_to_array(${DOMAINS}::text, ' '))[1 + n % 10],
        case when n % 3 = 0 then 'en' else 'fr' end, (string_to_array(${TIME_ZONES}::text, ' '))[1 + n / 10 % 6],
        ${now}::timestamptz
      from ${numbers}`.execute(trx)
    await sql`
      insert into link.pseudonym (member_id, pseudonym, record_key)
      select bench_id('member', n), gen_random_uuid(), uuid_send(gen_random_uuid()) from ${numbers}`.execute(trx)
    await sql`
      insert into fieldwork.mission (member_id, cohort_id, dispositif, direction, gender, birth_year, authority,
        authority_siren, authority_type, authority_first_time, operator_code, operator, country_mission,
        country_origin, departed_on, planned_return_on)
      select bench_id('member', n), cohort.id, 'SCI', 'ENVOI', 'F', 2001, 'Ville', '212345678', 'COMMUNE', 'INTL',
        'FV', 'FV', 'SN', 'FR', departed_on, departed_on + ${DAYS_AWAY}::int
      from ${numbers}
        join fieldwork.cohort as cohort
          on cohort.programme = ${programme} and cohort.slug = 'c' || n / ${MEMBERS_A_COHORT}::int
        cross join lateral (
          select ${now}::timestamptz::date + ${FIRST_DAYS}::int + n % ${SPREAD_DAYS}::int as departed_on
        ) as leaving`.execute(trx)
  })

/** Their cases by a plan, but for its opening days and blackouts; nothing is left to be planned. */
export const addCases = (db: Db, { programme, from, to, now }: People, { waves }: Plan): Promise<void> =>
  patiently(db, async (trx) => {
    for (const [index, { wave, anchor, opens, closes }] of waves.entries())
      await sql`
        insert into fieldwork.case (id, member_id, cohort_id, wave, opens_on, closes_on, opens_at, closes_at, planned_at,
          next_contact_at)
        select bench_id('case', n * 8 + ${index}::int), member.id, mission.cohort_id, ${wave}::text, opens_on,
          opens_on + ${closes.days}::int, local.opens_at, (opens_on + ${closes.days}::int)::timestamp at time zone time_zone,
          ${now}::timestamptz, local.opens_at
        from generate_series(${from}::bigint, ${to - 1}::bigint) as n
          join identity.panel_member as member on member.id = bench_id('member', n)
          join fieldwork.mission as mission on mission.member_id = member.id
          cross join lateral (
            select (case when ${anchor}::text = 'departure' then departed_on else planned_return_on end
              + make_interval(months => ${12 * opens.years + opens.months}::int, days => ${opens.days}::int))::date as opens_on
          ) as period
          cross join lateral (
            select (opens_on + time '10:00') at time zone time_zone as opens_at
          ) as local`.execute(trx)
    await sql`
      insert into fieldwork.unit (cohort_id, wave)
      select distinct cohort_id, wave from fieldwork.case
      on conflict (cohort_id, wave) do nothing`.execute(trx)
    await sql`
      update fieldwork.mission set plan_stale = false
      where member_id between bench_id('member', ${from}) and bench_id('member', ${to})
        and cohort_id in (select id from fieldwork.cohort where programme = ${programme})`.execute(trx)
  })

/** One wave opens this morning, where they are, for some members: everybody of a country at once. */
export const openWave = (db: Db, { from, to, now }: People, wave: string, days: number): Promise<void> =>
  patiently(db, async (trx) => {
    await sql`
      update fieldwork.case as opening
      set opens_on = today, closes_on = today + ${days}::int, opens_at = ten, next_contact_at = ten,
        closes_at = (today + ${days}::int)::timestamp at time zone time_zone
      from identity.panel_member as member
        cross join lateral (select (${now}::timestamptz at time zone time_zone)::date as today) as local
        cross join lateral (select (today + time '10:00') at time zone time_zone as ten) as morning
      where opening.member_id = member.id and opening.wave = ${wave}
        and member.id between bench_id('member', ${from}) and bench_id('member', ${to - 1})`.execute(trx)
  })

/** Three messages to each member about their first wave, sent some time in the last two years. */
export const addSent = (db: Db, { programme, from, to, now }: People, { waves }: Plan): Promise<void> =>
  patiently(db, async (trx) => {
    await sql`
      insert into fieldwork.mailing (id, occasion, kind, number, member_id, case_id, scope, lane, due_at, attempts,
        sent_at, sent_to)
      select bench_id('mailing', n * 4 + number), 'case:' || bench_id('case', n * 8), 'reminder', number,
        bench_id('member', n), bench_id('case', n * 8), ${`${programme}/${waves[0]!.wave}`}::text, n % 1024, at, 1, at,
        uuid_send(bench_id('member', n))
      from generate_series(${from}::bigint, ${to - 1}::bigint) as n
        cross join generate_series(1, 3) as number
        cross join lateral (
          select ${now}::timestamptz - make_interval(mins => ((n * 3 + number) * 7919 % 1051200)::int) as at
        ) as sent`.execute(trx)
  })

/** Such statements may take longer than the service's own. */
const patiently = (db: Db, work: (trx: Db) => Promise<void>): Promise<void> =>
  db.transaction().execute(async (trx) => {
    await sql`select set_config('statement_timeout', '0', true)`.execute(trx)
    await work(trx)
  })
