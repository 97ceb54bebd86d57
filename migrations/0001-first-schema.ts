// The seven data areas. A name lives in `identity` only, an answer in `answers` only, and the one table that joins them
// in `link`; what leaves the service is copied, protected, into `publish`.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const area of ['identity', 'link', 'fieldwork', 'answers', 'publish', 'access', 'audit']) {
    await sql`create schema ${sql.id(area)}`.execute(db)
  }
  for (const statement of statements) await statement.execute(db)
}

const statements = [
  sql`create table identity.panel_member (
    id uuid primary key,
    programme text not null,
    matricule text not null,
    given_name text not null,
    family_name text not null,
    email text,
    email_secondary text,
    phone text,
    language text not null check (language in ('fr', 'en')),
    time_zone text not null,
    opted_out_at timestamptz,
    created_at timestamptz not null,
    unique (programme, matricule)
  )`,

  sql`create table link.pseudonym (
    member_id uuid primary key,
    pseudonym uuid not null unique,
    record_key bytea not null unique check (octet_length(record_key) = 16)
  )`,

  sql`create table fieldwork.programme (
    slug text primary key,
    configuration jsonb not null
  )`,
  sql`create table fieldwork.cohort (
    id uuid primary key,
    programme text not null references fieldwork.programme (slug),
    slug text not null,
    unique (programme, slug)
  )`,
  sql`create table fieldwork.mission (
    member_id uuid primary key,
    cohort_id uuid not null references fieldwork.cohort (id),
    dispositif text not null,
    direction text not null check (direction in ('ENVOI', 'RECIP')),
    gender text not null check (gender in ('F', 'M', 'X', 'NR')),
    birth_year int not null,
    authority text not null,
    authority_siren text not null,
    authority_type text not null,
    authority_first_time text not null,
    operator_code text not null,
    operator text not null,
    country_mission text not null,
    country_origin text not null,
    cicid text,
    departed_on date not null,
    planned_return_on date not null,
    returned_on date,
    plan_stale boolean not null default true
  )`,
  sql`create index mission_cohort on fieldwork.mission (cohort_id)`,
  sql`create index mission_plan_stale on fieldwork.mission (member_id) where plan_stale`,
  sql`create table fieldwork.case (
    id uuid primary key,
    member_id uuid not null references fieldwork.mission (member_id),
    cohort_id uuid not null references fieldwork.cohort (id),
    wave text not null,
    opens_on date not null,
    closes_on date not null,
    opens_at timestamptz not null,
    closes_at timestamptz not null,
    next_contact_at timestamptz,
    because text,
    started_on date,
    submitted_on date,
    unique (member_id, wave),
    check (closes_on > opens_on)
  )`,
  sql`create index case_next_contact on fieldwork.case (next_contact_at) where next_contact_at is not null`,
  sql`create index case_cohort_wave on fieldwork.case (cohort_id, wave, closes_at)`,
  sql`create table fieldwork.mailing (
    id uuid primary key,
    occasion text not null,
    kind text not null,
    number int not null,
    member_id uuid not null,
    case_id uuid references fieldwork.case (id),
    due_at timestamptz not null,
    next_attempt_at timestamptz,
    attempts int not null default 0,
    claim uuid,
    claimed_until timestamptz,
    sent_at timestamptz,
    because text,
    unique (occasion, kind, number)
  )`,
  sql`create index mailing_next_attempt on fieldwork.mailing (next_attempt_at) where next_attempt_at is not null`,
  sql`create index mailing_case on fieldwork.mailing (case_id)`,
  sql`create table fieldwork.unit (
    cohort_id uuid not null references fieldwork.cohort (id),
    wave text not null,
    due_at timestamptz,
    closed_at timestamptz,
    publication_id text,
    because text,
    primary key (cohort_id, wave),
    check (closed_at is null or (publication_id is null) <> (because is null))
  )`,

  sql`create table answers.instrument_version (
    instrument text not null,
    version int not null,
    content jsonb not null,
    hash text not null,
    fielded_at timestamptz,
    primary key (instrument, version)
  )`,
  sql`create table answers.response (
    id uuid primary key,
    pseudonym uuid not null,
    wave text not null,
    instrument text not null,
    instrument_version int not null,
    language text not null,
    answers jsonb not null,
    page int not null,
    started_on date not null,
    submitted_on date,
    unique (pseudonym, wave),
    foreign key (instrument, instrument_version) references answers.instrument_version (instrument, version)
  )`,
  sql`create index response_instrument on answers.response (instrument, instrument_version)`,

  sql`create table publish.publication (
    id text primary key,
    programme text not null,
    cohort text not null,
    wave text not null,
    number int not null,
    published_on date not null,
    cell_key_fingerprint text not null,
    manifest text not null,
    unique (programme, cohort, wave, number)
  )`,
  sql`create table publish.published_table (
    publication_id text not null references publish.publication (id),
    table_id text not null,
    split_by text not null,
    content text not null,
    sha256 text not null,
    primary key (publication_id, table_id, split_by)
  )`,

  sql`create table access.personal_link (
    token_hash bytea primary key,
    purpose text not null,
    subject_id uuid not null,
    generation int not null,
    expires_at timestamptz,
    revoked_at timestamptz,
    unique (purpose, subject_id, generation)
  )`,
  sql`create table access.api_token (
    id text primary key,
    name text not null,
    token_hash bytea not null unique,
    scope text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
  )`,

  sql`create table audit.event (
    id uuid primary key,
    at timestamptz not null,
    actor text not null,
    action text not null,
    subject text not null,
    detail jsonb not null
  )`,
]
