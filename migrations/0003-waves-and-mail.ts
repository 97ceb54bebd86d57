// Waves that can be planned again and explained; mail that can be slowed down, held, and told that it bounced.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db)
}

const statements = [
  sql`create table fieldwork.plan (
    plan text not null,
    version int not null check (version > 0),
    content jsonb not null,
    published_at timestamptz not null,
    published_by text not null,
    primary key (plan, version)
  )`,

  sql`alter table fieldwork.case add column planned_at timestamptz`,
  sql`update fieldwork.case as planned set planned_at = member.created_at
    from identity.panel_member as member where member.id = planned.member_id`,
  sql`alter table fieldwork.case alter column planned_at set not null`,
  // A case merged into the next has an empty field period.
  sql`alter table fieldwork.case drop constraint case_check`,
  sql`alter table fieldwork.case add constraint case_period check (closes_on >= opens_on)`,

  sql`alter table fieldwork.mailing add column scope text`,
  sql`update fieldwork.mailing as owed set scope = cohort.programme || '/' || planned.wave
    from fieldwork.case as planned join fieldwork.cohort as cohort on cohort.id = planned.cohort_id
    where planned.id = owed.case_id`,
  sql`update fieldwork.mailing set scope = '' where scope is null`,
  sql`alter table fieldwork.mailing alter column scope set not null`,
  sql`alter table fieldwork.mailing add column lane int not null default 0`,
  sql`alter table fieldwork.mailing add column late_at timestamptz`,
  sql`alter table fieldwork.mailing add column failed_at timestamptz`,
  sql`alter table fieldwork.mailing add column unknown_at timestamptz`,
  sql`alter table fieldwork.mailing add column sent_to bytea`,
  // Many are due at the same instant: in order of their ids as well, none is sorted to find the first.
  sql`drop index fieldwork.case_next_contact`,
  sql`create index case_next_contact on fieldwork.case (next_contact_at, id) where next_contact_at is not null`,
  sql`drop index fieldwork.mailing_next_attempt`,
  sql`create index mailing_next_attempt on fieldwork.mailing (next_attempt_at, id) where next_attempt_at is not null`,
  // A claim finds room beside the row it changes, and no index has to learn of it.
  sql`alter table fieldwork.mailing set (fillfactor = 80)`,
  sql`create index mailing_member on fieldwork.mailing (member_id)`,
  sql`create index mailing_failed on fieldwork.mailing (failed_at) where failed_at is not null`,

  sql`create index unit_undated on fieldwork.unit (cohort_id, wave) where due_at is null and closed_at is null`,
  sql`create index unit_due on fieldwork.unit (due_at) where closed_at is null`,

  sql`create table fieldwork.brake (
    id uuid primary key,
    scope text not null,
    cause text not null,
    occasion text not null,
    detail jsonb not null,
    set_at timestamptz not null,
    set_by text not null,
    told_at timestamptz,
    released_at timestamptz,
    released_by text
  )`,
  sql`create unique index brake_in_force on fieldwork.brake (scope, cause) where released_at is null`,
  sql`create table fieldwork.sender (
    only_one boolean primary key default true check (only_one),
    beat_at timestamptz,
    beats bigint not null default 0,
    rests int not null default 0,
    resting_until timestamptz
  )`,
  sql`insert into fieldwork.sender default values`,
  sql`create table fieldwork.pace (
    lane int primary key,
    free_at timestamptz not null
  )`,
  sql`create table fieldwork.bounce (
    id uuid primary key,
    mailing_id uuid not null references fieldwork.mailing (id),
    kind text not null,
    status text not null,
    source text not null,
    report text not null unique,
    at timestamptz not null
  )`,
  sql`create index bounce_mailing on fieldwork.bounce (mailing_id)`,
  sql`create index bounce_at on fieldwork.bounce (at)`,

  sql`alter table identity.panel_member add column email_failed_at timestamptz`,
  sql`alter table identity.panel_member add column email_secondary_failed_at timestamptz`,
  sql`create table identity.stopped_address (
    address_hash bytea primary key,
    because text not null,
    stopped_at timestamptz not null
  )`,
]
