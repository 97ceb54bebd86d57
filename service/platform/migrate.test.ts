// The schema is brought up to date once, whoever starts first, and never by halves or backwards.
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import { migrations } from '../../migrations/index.ts'
import { eventsPage, recordEvent, verifyTrail } from './audit.queries.ts'
import { type Database, openEmbedded, openServer } from './database.ts'
import { migrate, NewerSchemaError } from './migrate.ts'
import { ENGINES } from './testing.ts'
import { databaseUrl, onServer } from './testing-setup.ts'

/** Makes a table; run twice it fails. */
const makes = (table: string, { slowly = false } = {}): Migration => ({
  async up(db) {
    if (slowly) await sql`select pg_sleep(0.3)`.execute(db)
    await sql`create table ${sql.table(table)} (id int)`.execute(db)
  },
})
/** One mission, one publication, and two tokens of which one reads publications, as they stood before the fourth migration. */
const FROM_BEFORE = [
  `insert into fieldwork.programme values ('p', '{}')`,
  `insert into fieldwork.cohort values ('00000000-0000-0000-0000-000000000001', 'p', 'c')`,
  `insert into fieldwork.mission values ('00000000-0000-0000-0000-000000000002', '00000000-0000-0000-0000-000000000001',
    'SCI', 'ENVOI', 'F', 2001, 'Ville', '1', 'COMMUNE', 'INTL', 'FV', 'FV', 'SN', 'FR', null,
    '2026-01-15', '2026-09-15', null, false)`,
  `insert into publish.publication values ('p.c.w1.1', 'p', 'c', 'w1', 1, '2027-01-01', 'f', '{}')`,
  `insert into access.api_token values ('aa', 'A', '\\x01', 'research', '2026-01-01Z', '2027-01-01Z', null)`,
  `insert into access.api_token values ('bb', 'B', '\\x02', 'metrics', '2026-01-01Z', '2027-01-01Z', null)`,
]
/** Events of two months, as they stood before the fifth migration: two at the same instant, and none in the order of its row. */
const EVENTS_FROM_BEFORE = [
  `insert into audit.event values ('00000000-0000-0000-0000-000000000004', '2026-11-01Z', 'a', 'b', 'last', '{"n": 1.50}')`,
  `insert into audit.event values ('00000000-0000-0000-0000-000000000003', '2026-10-31 23:59:59.999999Z', 'a', 'b', 'third', '{}')`,
  `insert into audit.event values ('00000000-0000-0000-0000-000000000001', '2026-10-31 23:59:59.999999Z', 'a', 'b', 'second', '{}')`,
  `insert into audit.event values ('00000000-0000-0000-0000-000000000002', '2026-10-01Z', 'é', 'b', 'first', '{}')`,
]
/** The migrations before one of them, and the names of it and of those that follow. */
const splitAt = (name: keyof typeof migrations) => {
  const all = Object.entries(migrations)
  const at = all.findIndex(([one]) => one === name)
  return { before: Object.fromEntries(all.slice(0, at)), rest: all.slice(at).map(([one]) => one) }
}
const AREAS = ['identity', 'link', 'fieldwork', 'answers', 'publish', 'access', 'audit']
const ONE = { '0001-one': makes('one') }
const TWO = { ...ONE, '0002-two': makes('two') }

describe.each(ENGINES)('on %s', (engine) => {
  const name = `retour_test_${process.pid}_migrate`
  let database: Database
  const others: Database[] = []
  beforeAll(async () => {
    if (engine === 'PostgreSQL') await onServer(server(), (client) => client.unsafe(`create database ${name}`))
    database = engine === 'PostgreSQL' ? openServer(url(), { connections: 1 }) : await openEmbedded('memory://')
  })
  beforeEach(async () => {
    await sql`drop schema if exists public, ${sql.join(AREAS.map((area) => sql.id(area)))} cascade`.execute(database.db)
    await sql`create schema public`.execute(database.db)
  })
  afterEach(async () => {
    for (const other of others.splice(0)) await other.close()
  })
  afterAll(async () => {
    await database.close()
    if (engine === 'PostgreSQL')
      await onServer(server(), (client) => client.unsafe(`drop database ${name} with (force)`))
  })
  const server = () => inject('postgresUrl')
  const url = () => databaseUrl(server(), name)

  const tables = async () => {
    const { rows } = await sql<{ name: string }>`
      select table_name as name from information_schema.tables
      where table_schema = 'public' and table_name not like 'kysely%' order by name`.execute(database.db)
    return rows.map(({ name }) => name)
  }

  /** As many instances as would start together: each with a pool of its own where there is a server. */
  const instances = (count: number) =>
    Array.from({ length: count }, () => {
      if (engine === 'PGlite') return database
      const other = openServer(url(), { connections: 2 })
      others.push(other)
      return other
    })

  test('the service’s own migrations are applied, and applied again they do nothing', async () => {
    expect(await migrate(database.db, migrations)).toEqual(Object.keys(migrations))
    expect(await migrate(database.db, migrations)).toEqual([])
    const { rows } = await sql<{ name: string }>`
      select schema_name as name from information_schema.schemata`.execute(database.db)
    expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(AREAS))
  })

  test('missions and publications from before there were channels, arms and signatures are kept, and say so', async () => {
    const { before, rest } = splitAt('0004-publications')
    await migrate(database.db, before)
    for (const statement of FROM_BEFORE) await sql.raw(statement).execute(database.db)
    expect(await migrate(database.db, migrations)).toEqual(rest)
    const missions = await database.db.selectFrom('fieldwork.mission').select(['channel', 'arm']).execute()
    expect(missions).toEqual([{ channel: 'UNK', arm: 'VOL' }])
    const publications = await database.db.selectFrom('publish.publication').select(['signature', 'codebook']).execute()
    expect(publications).toEqual([{ signature: null, codebook: null }])
    const { rows: tokens } = await sql`select encode(token_hash, 'hex') as hash, label from publish.token`.execute(
      database.db,
    )
    expect(tokens).toEqual([{ hash: '01', label: 'aa' }])
    await expect(
      database.db
        .updateTable('fieldwork.mission')
        .set({ arm: 'X' as 'VOL' })
        .execute(),
    ).rejects.toThrow(/mission_arm_check/)
  })

  test('events from before they were chained are, in the order in which they happened, and others follow', async () => {
    const { before, rest } = splitAt('0005-audit-chain')
    await migrate(database.db, before)
    for (const statement of EVENTS_FROM_BEFORE) await sql.raw(statement).execute(database.db)
    expect(await migrate(database.db, migrations)).toEqual(rest)
    const at = Temporal.Instant.from('2026-11-02T00:00Z')
    await recordEvent(database.db, { at, actor: 'a', action: 'b', subject: 'after' })
    const { events } = await eventsPage(database.db, {}, 9)
    expect(events.map(({ subject }) => subject)).toEqual(['after', 'last', 'third', 'second', 'first'])
    const months = await database.db.selectFrom('audit.segment').select(['month', 'events']).orderBy('month').execute()
    expect(months).toEqual([
      { month: '2026-10', events: 3 },
      { month: '2026-11', events: 2 },
    ])
    expect(await verifyTrail(database.db)).toMatchObject({ ok: true, events: 5 })
  })

  test('what is missing is added to what is there', async () => {
    expect(await migrate(database.db, ONE)).toEqual(['0001-one'])
    expect(await migrate(database.db, TWO)).toEqual(['0002-two'])
    expect(await tables()).toEqual(['one', 'two'])
  })

  test('ten instances that start together apply each migration once, and none of them fails', async () => {
    const slow = { '0001-one': makes('one', { slowly: true }), '0002-two': makes('two', { slowly: true }) }
    const applied = await Promise.all(instances(10).map(({ db }) => migrate(db, slow)))
    expect(applied.filter((names) => names.length > 0)).toEqual([['0001-one', '0002-two']])
    expect(applied).toHaveLength(10)
    expect(await tables()).toEqual(['one', 'two'])
  })

  test('ten instances that start together on an empty database all find the whole schema', async () => {
    const applied = await Promise.all(instances(10).map(({ db }) => migrate(db, migrations)))
    expect(applied.flat()).toEqual(Object.keys(migrations))
  })

  test('a database that is ahead of us is refused in a sentence that names what is unknown, and left alone', async () => {
    await migrate(database.db, TWO)
    const refusal = migrate(database.db, ONE)
    await expect(refusal).rejects.toBeInstanceOf(NewerSchemaError)
    await expect(refusal).rejects.toThrow(
      'The database was migrated by a newer Retour (0002-two). Start that version, or restore an older backup.',
    )
    expect(await tables()).toEqual(['one', 'two'])
    expect(await migrate(database.db, TWO)).toEqual([])
  })

  test('a migration that fails half-way leaves nothing, not even of those before it, and can be put right', async () => {
    const failing: Migration = {
      async up(db) {
        await makes('two').up(db)
        await sql`select 1 / 0`.execute(db)
      },
    }
    await expect(migrate(database.db, { ...ONE, '0002-two': failing })).rejects.toThrow('division by zero')
    expect(await tables()).toEqual([])
    expect(await migrate(database.db, TWO)).toEqual(['0001-one', '0002-two'])
    expect(await tables()).toEqual(['one', 'two'])
  })

  test('after a failure the next instance is not kept waiting for the lock', async () => {
    const [first, second] = instances(2)
    const failing: Migration = { up: (db) => sql`select 1 / 0`.execute(db).then(() => {}) }
    await expect(migrate(first!.db, { '0001-one': failing })).rejects.toThrow('division by zero')
    expect(await migrate(second!.db, ONE)).toEqual(['0001-one'])
  })

  test('the time limits of the connection are back when the migrations are done', async () => {
    const limits = async () =>
      (
        await sql`select current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`.execute(
          database.db,
        )
      ).rows[0]
    const before = await limits()
    await migrate(database.db, ONE)
    expect(await limits()).toEqual(before)
    await expect(migrate(database.db, {})).rejects.toThrow()
    expect(await limits()).toEqual(before)
  })
})
