// Who was recruited how, and who is there to compare with; publications that are signed and described, and the hashes of
// the tokens that read them, where the research side can see them.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db)
}

const statements = [
  sql`alter table fieldwork.mission add column channel text not null default 'UNK'`,
  sql`alter table fieldwork.mission add column arm text not null default 'VOL' check (arm in ('VOL', 'CMP'))`,

  sql`alter table publish.publication add column signature text`,
  sql`alter table publish.publication add column codebook text`,
  sql`create table publish.signing_key (
    kid text primary key,
    jwk jsonb not null,
    added_on date not null
  )`,
  sql`create table publish.token (
    token_hash bytea primary key,
    label text not null,
    expires_at timestamptz not null,
    revoked_at timestamptz
  )`,
  sql`insert into publish.token (token_hash, label, expires_at, revoked_at)
    select token_hash, id, expires_at, revoked_at from access.api_token where scope = 'research'`,
]
