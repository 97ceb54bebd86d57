// What the staff keep in the browser: programmes made there, registers that were sent in and not yet imported, attempts
// to find people again.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db)
}

const statements = [
  sql`alter table fieldwork.programme add column source text not null default 'file'
    check (source in ('file', 'console'))`,

  sql`create table identity.upload (
    id uuid primary key,
    programme text not null references fieldwork.programme (slug),
    name text not null,
    content bytea not null,
    uploaded_at timestamptz not null,
    uploaded_by text not null
  )`,
  sql`create index upload_programme on identity.upload (programme, uploaded_at)`,

  sql`create table identity.contact_attempt (
    id uuid primary key,
    member_id uuid not null references identity.panel_member (id),
    at timestamptz not null,
    by text not null,
    way text not null check (way in ('operator', 'phone', 'relative', 'other')),
    outcome text not null check (outcome in ('asked', 'passed on', 'found', 'no answer', 'unwilling'))
  )`,
  sql`create index contact_attempt_member on identity.contact_attempt (member_id, at)`,

  // One row: the day of the last digest, so that several instances send one.
  sql`create table fieldwork.digest (
    only_one boolean primary key default true check (only_one),
    day date
  )`,
  sql`insert into fieldwork.digest default values`,
]
