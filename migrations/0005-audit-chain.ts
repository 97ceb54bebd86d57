// The audit trail becomes a chain: events are numbered, the hash of each covers the one before it, the head of each month
// is sealed, and the database takes additions only.
import { type Kysely, sql } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await statement.execute(db)
}

const statements = [
  // One row a calendar month (UTC) in which something happened; what is purged later goes by whole months, oldest first.
  sql`create table audit.segment (
    month text primary key,
    prev_hash bytea not null,
    first_seq bigint not null unique,
    head bytea not null,
    events bigint not null,
    purged_at timestamptz
  )`,
  sql`alter table audit.event add column seq bigint, add column hash bytea`,

  // One event after the other, until the transaction ends. How long one may wait is the statement's limit, not a lock's.
  sql`create function audit.chained(event audit.event) returns audit.event
    language plpgsql set lock_timeout = 0 as $$
    declare
      latest audit.segment;
      own_month text := to_char(event.at at time zone 'UTC', 'YYYY-MM');
    begin
      perform pg_advisory_xact_lock(hashtextextended('audit', 0));
      select * into latest from audit.segment order by month desc limit 1;
      if latest.month is null or own_month > latest.month then
        latest := row(own_month, coalesce(latest.head, decode(repeat('00', 32), 'hex')),
          coalesce(latest.first_seq + latest.events, 1), coalesce(latest.head, decode(repeat('00', 32), 'hex')), 0, null);
      end if;
      event.seq := latest.first_seq + latest.events;
      event.hash := sha256(latest.head || convert_to(jsonb_build_array(event.seq, event.id,
        (extract(epoch from event.at) * 1000000)::bigint, event.actor, event.action, event.subject, event.detail)::text,
        'UTF8'));
      insert into audit.segment values (latest.month, latest.prev_hash, latest.first_seq, event.hash, 1, null)
        on conflict (month) do update set head = excluded.head, events = audit.segment.events + 1;
      return event;
    end $$`,
  sql`do $$
    declare
      recorded audit.event;
    begin
      for recorded in select * from audit.event order by at, id loop
        recorded := audit.chained(recorded);
        update audit.event set seq = recorded.seq, hash = recorded.hash where id = recorded.id;
      end loop;
    end $$`,
  sql`alter table audit.event alter column seq set not null, alter column hash set not null, add unique (seq)`,

  sql`create function audit.chain() returns trigger language plpgsql as $$
    begin
      return audit.chained(new);
    end $$`,
  sql`create trigger chain before insert on audit.event for each row execute function audit.chain()`,
  sql`create function audit.refuse() returns trigger language plpgsql as $$
    begin
      raise exception 'the audit trail only ever grows: % of audit.% is refused', lower(tg_op), tg_table_name;
    end $$`,
  sql`create trigger only_grows before update or delete or truncate on audit.event
    for each statement execute function audit.refuse()`,
  // Segments are kept by the trigger on events, inside which the depth is 1, and by nobody else.
  sql`create trigger kept_by_events before insert or update or delete or truncate on audit.segment
    for each statement when (pg_trigger_depth() = 0) execute function audit.refuse()`,
]
