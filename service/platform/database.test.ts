// The promises both drivers must keep alike.
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { databaseNow, sweep } from './database.ts'
import { onEachEngine } from './testing.ts'

onEachEngine('2026-11-22T12:00:00Z', (platform) => {
  test('a count is a number', async () => {
    const { rows } = await sql<{ n: unknown }>`select count(*) as n from fieldwork.programme`.execute(platform().db)
    expect(rows).toEqual([{ n: 0 }])
  })

  test('an instant and a date come back as they went in', async () => {
    const at = Temporal.Instant.from('2026-03-29T01:30:00.123Z')
    const on = Temporal.PlainDate.from('2024-02-29')
    const { rows } = await sql<{
      at: Temporal.Instant
      on: Temporal.PlainDate
    }>`select ${at}::timestamptz as at, ${on}::date as on`.execute(platform().db)
    expect(rows[0]?.at.equals(at)).toBe(true)
    expect(rows[0]?.on.equals(on)).toBe(true)
  })

  test('a document goes in as an object and can be read by its keys', async () => {
    const { db } = platform()
    await db
      .insertInto('fieldwork.programme')
      .values({ slug: 'p', configuration: { name: { fr: 'Été' }, list: [1, 2] } })
      .execute()
    const { rows } =
      await sql`select configuration, configuration -> 'name' ->> 'fr' as name, jsonb_typeof(configuration) as kind from fieldwork.programme`.execute(
        db,
      )
    expect(rows).toEqual([{ configuration: { name: { fr: 'Été' }, list: [1, 2] }, name: 'Été', kind: 'object' }])
  })

  test('bytes come back as bytes', async () => {
    const bytes = new Uint8Array([0, 1, 254, 255])
    const { rows } = await sql<{ bytes: Uint8Array }>`select ${bytes}::bytea as bytes`.execute(platform().db)
    expect([...rows[0]!.bytes]).toEqual([0, 1, 254, 255])
  })

  test('a table is counted for the planner once it has been swept', async () => {
    const { db } = platform()
    const counted = async () => {
      const { rows } = await sql<{ rows: number }>`
        select reltuples as rows from pg_class where oid = 'fieldwork.programme'::regclass`.execute(db)
      return rows[0]!.rows
    }
    const many = Array.from({ length: 300 }, (_, n) => ({ slug: `swept-${n}`, configuration: {} }))
    await db.insertInto('fieldwork.programme').values(many).execute()
    expect(await counted()).toBe(-1)
    await sweep(db)
    expect(await counted()).toBeGreaterThanOrEqual(300)
  })

  test('the session lives in UTC', async () => {
    const { rows } = await sql`select current_setting('TimeZone') as zone`.execute(platform().db)
    expect(rows).toEqual([{ zone: 'UTC' }])
    expect(await databaseNow(platform().db)).toBeInstanceOf(Temporal.Instant)
  })
})
