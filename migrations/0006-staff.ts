// Who works here: staff, what each may do and where, their sessions, and the links that let them in.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db)
}

const statements = [
  sql`create table access.staff (
    id uuid primary key,
    email text not null,
    language text not null default 'fr' check (language in ('fr', 'en')),
    issuer text,
    subject text,
    created_at timestamptz not null,
    deactivated_at timestamptz,
    unique (issuer, subject),
    check ((issuer is null) = (subject is null))
  )`,
  sql`create unique index staff_email on access.staff (lower(email))`,
  // '*' stands for every programme there is and will be.
  sql`create table access.staff_role (
    staff_id uuid not null references access.staff (id),
    role text not null check (role in ('administrator', 'fieldwork', 'methodologist', 'researcher', 'data-protection')),
    programme text not null,
    primary key (staff_id, role, programme)
  )`,
  sql`create table access.session (
    token_hash bytea primary key,
    staff_id uuid not null references access.staff (id),
    created_at timestamptz not null,
    seen_at timestamptz not null
  )`,
  sql`create index session_staff on access.session (staff_id)`,
  // Only an invitation may be opened in any browser; a link that was asked for belongs to the one that asked.
  sql`create table access.sign_in_link (
    token_hash bytea primary key,
    staff_id uuid not null references access.staff (id),
    kind text not null check (kind in ('asked', 'invitation')),
    browser_hash bytea,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    check ((kind = 'asked') = (browser_hash is not null))
  )`,
  sql`create index sign_in_link_staff on access.sign_in_link (staff_id, created_at)`,
]
