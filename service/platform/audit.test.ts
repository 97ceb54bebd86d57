// The trail of what was done: the database lets it grow and nothing else, and whoever changes it behind the database’s back
// is found out by its chain.
import fc from 'fast-check'
import { type Kysely, sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { actionsSeen, type EventFilter, eventsPage, recordEvent, verifyTrail } from './audit.queries.ts'
import { type Db, openServer } from './database.ts'
import type { Schema } from './schema.ts'
import { sha256 } from './secrets.ts'
import { onEachEngine, openTestPlatform, type TestPlatform } from './testing.ts'
import { emptyTrail, tamper } from './testing-audit.ts'

const NOW = '2026-10-20T12:00:00Z'
const AUGUST = '2026-08-15T12:00:00Z'
const SEPTEMBER = '2026-09-15T12:00:00Z'

type Given = { at?: string; actor?: string; action?: string; subject?: string; detail?: object }

const record = (db: Db, { at = NOW, actor = 'Ana', action = 'looked', subject = 'p', detail = {} }: Given = {}) =>
  recordEvent(db, { at: Temporal.Instant.from(at), actor, action, subject, detail })

const recordAll = async (db: Db, events: readonly Given[]): Promise<void> => {
  for (const event of events) await record(db, event)
}

const run = (db: Db, statement: string) => sql.raw(statement).execute(db)

/** Purges the oldest month as retention would: its events go, its seal stays. */
const purgeOldest = (db: Kysely<Schema>) =>
  tamper(db, async (trx) => {
    const [first, second] = await trx
      .selectFrom('audit.segment')
      .select(['month', 'first_seq'])
      .where('purged_at', 'is', null)
      .orderBy('month')
      .execute()
    await trx.deleteFrom('audit.event').where('seq', '<', second!.first_seq).execute()
    await run(trx, `update audit.segment set purged_at = '${NOW}' where month = '${first!.month}'`)
  })

const hashOf = async (db: Db, seq: number): Promise<string> => {
  const { hash } = await db.selectFrom('audit.event').select('hash').where('seq', '=', seq).executeTakeFirstOrThrow()
  return Buffer.from(hash).toString('hex')
}

/** Another value for each column. */
const EDITS = {
  id: 'gen_random_uuid()',
  at: "at + interval '1 microsecond'",
  actor: "actor || ' '",
  action: "upper(action) || '!'",
  subject: "subject || '0'",
  detail: `detail || '{"more": 1}'`,
  hash: 'set_byte(hash, 31, 255 - get_byte(hash, 31))',
}
const COLUMNS = Object.keys(EDITS) as (keyof typeof EDITS)[]
const edit = (column: keyof typeof EDITS, seq: number) =>
  `update audit.event set ${column} = ${EDITS[column]} where seq = ${seq}`
const remove = (seq: number) => `delete from audit.event where seq = ${seq}`
const renumber = (from: number, to: number) => `update audit.event set seq = ${to} where seq = ${from}`
const insertAt = (seq: number | string, hash = `sha256('made up')`) =>
  `insert into audit.event (id, at, actor, action, subject, detail, seq, hash)
    values (gen_random_uuid(), '${NOW}', 'x', 'y', 'z', '{}', ${seq}, ${hash})`

/** Two events change places, with or without what they are chained by. */
const swapNumbers = (one: number, other: number) => [renumber(one, -1), renumber(other, one), renumber(-1, other)]
const swap = (one: number, other: number, columns: readonly string[]) => [
  `update audit.event as event set (${columns}) = (
    select ${columns} from (values (${one}, ${other}), (${other}, ${one})) as place (own, other)
    join audit.event as stored on stored.seq = place.other where place.own = event.seq)
    where seq in (${one}, ${other})`,
]
const CONTENTS = ['at', 'actor', 'action', 'subject', 'detail']

/** Puts something in at a place, and moves what stands there and after it one on. */
const pushIn = (seq: number) => [
  `update audit.event set seq = -seq - 1 where seq >= ${seq}`,
  'update audit.event set seq = -seq where seq < 0',
  insertAt(seq),
]

onEachEngine(NOW, (platform) => {
  const db = () => platform().db
  const verify = () => verifyTrail(db())
  const behind = (...statements: string[]) =>
    tamper(db(), async (trx) => {
      for (const statement of statements) await run(trx, statement)
    })

  beforeEach(() => emptyTrail(db()))

  describe('an event', () => {
    test('has the number after the last, and a hash over the hash before it and all that it says', async () => {
      await recordAll(db(), [
        { at: '2026-10-20T12:00:00.123456Z' },
        { actor: 'Éva "E"', detail: { b: [1.5], a: null } },
      ])
      const rows = await db().selectFrom('audit.event').select(['id', 'seq', 'hash']).orderBy('seq').execute()
      expect(rows.map(({ seq }) => seq)).toEqual([1, 2])
      const chained = (prev: Uint8Array, text: string) => sha256(Buffer.concat([prev, Buffer.from(text)]))
      const first = chained(new Uint8Array(32), `[1, "${rows[0]!.id}", 1792497600123456, "Ana", "looked", "p", {}]`)
      expect(Buffer.from(rows[0]!.hash)).toEqual(first)
      const text = `[2, "${rows[1]!.id}", 1792497600000000, "Éva \\"E\\"", "looked", "p", {"a": null, "b": [1.5]}]`
      expect(Buffer.from(rows[1]!.hash)).toEqual(chained(first, text))
    })

    test('is numbered and chained by the database, whatever whoever inserts it says', async () => {
      await record(db())
      await run(db(), insertAt(77))
      await run(db(), `${insertAt(5)}, (gen_random_uuid(), '${NOW}', 'x', 'y', 'z', '{}', 5, '')`)
      expect(await verify()).toMatchObject({ ok: true, events: 4, seq: 4 })
    })

    test('that is rolled back leaves no gap', async () => {
      await record(db())
      const failing = db()
        .transaction()
        .execute(async (trx) => {
          await record(trx)
          throw new Error('thought better of it')
        })
      await expect(failing).rejects.toThrow('thought better of it')
      await record(db())
      expect(await verify()).toMatchObject({ ok: true, events: 2, seq: 2 })
    })

    test('belongs to its month; a month that is over takes nothing more, and a late event stands in the latest', async () => {
      const instants = [
        '2026-08-31T23:59:59.999999Z',
        '2026-09-01T00:00:00Z',
        AUGUST,
        '2026-11-30T12:00:00Z',
        SEPTEMBER,
      ]
      for (const at of instants) await record(db(), { at })
      const segments = await db().selectFrom('audit.segment').selectAll().orderBy('month').execute()
      expect(segments).toMatchObject([
        { month: '2026-08', first_seq: 1, events: 1, purged_at: null },
        { month: '2026-09', first_seq: 2, events: 2, purged_at: null },
        { month: '2026-11', first_seq: 4, events: 2, purged_at: null },
      ])
      expect(Buffer.from(segments[1]!.prev_hash).toString('hex')).toBe(await hashOf(db(), 1))
      expect(Buffer.from(segments[1]!.head).toString('hex')).toBe(await hashOf(db(), 3))
      expect(Buffer.from(segments[2]!.prev_hash).toString('hex')).toBe(await hashOf(db(), 3))
      expect(await verify()).toMatchObject({ ok: true, events: 5 })
    })
  })

  describe('the database refuses', () => {
    test.each([
      [`update audit.event set actor = 'x'`, 'update of audit.event'],
      [`update audit.event set actor = 'x' where false`, 'update of audit.event'],
      ['delete from audit.event', 'delete of audit.event'],
      ['delete from audit.event where false', 'delete of audit.event'],
      ['truncate audit.event', 'truncate of audit.event'],
      [`${insertAt(1)} on conflict (id) do update set actor = 'x'`, 'update of audit.event'],
      [`update audit.segment set head = ''`, 'update of audit.segment'],
      ['delete from audit.segment', 'delete of audit.segment'],
      ['truncate audit.segment', 'truncate of audit.segment'],
      [`insert into audit.segment values ('2027-01', '', 9, '', 1)`, 'insert of audit.segment'],
    ])('%s', async (statement, refused) => {
      await recordAll(db(), [{}, {}])
      await expect(run(db(), statement)).rejects.toThrow(`the audit trail only ever grows: ${refused} is refused`)
      expect(await verify()).toMatchObject({ ok: true, events: 2 })
    })
  })

  describe('a trail that is as it was recorded', () => {
    test('verifies, and says how long it is and its head', async () => {
      expect(await verify()).toEqual({ ok: true, events: 0, purged: 0, seq: 0, head: '00'.repeat(32) })
      await recordAll(db(), [{ at: AUGUST }, {}, {}])
      expect(await verify()).toEqual({ ok: true, events: 3, purged: 0, seq: 3, head: await hashOf(db(), 3) })
    })

    test('verifies by the thousand, and tells how far it has come', async () => {
      await sql`insert into audit.event (id, at, actor, action, subject, detail)
        select gen_random_uuid(), '2026-10-01Z'::timestamptz + n * interval '1 hour', 'a', 'b', 'c', '{}'
        from generate_series(1, 2500) as n`.execute(db())
      const told: number[][] = []
      const verdict = await verifyTrail(db(), (done, all) => told.push([done, all]))
      expect(verdict).toMatchObject({ ok: true, events: 2500 })
      expect(told).toEqual([
        [1000, 2500],
        [2000, 2500],
        [2500, 2500],
      ])
      await behind(edit('subject', 2345))
      expect(await verify()).toEqual({ ok: false, at: 2345, because: 'changed' })
    })

    test('verifies when its oldest months have been purged, and goes on', async () => {
      await recordAll(db(), [{ at: '2026-07-01T00:00:00Z' }, { at: AUGUST }, { at: AUGUST }, { at: SEPTEMBER }, {}])
      await purgeOldest(db())
      expect(await verify()).toMatchObject({ ok: true, events: 4, purged: 1, seq: 5 })
      await purgeOldest(db())
      expect(await verify()).toMatchObject({ ok: true, events: 2, purged: 3, seq: 5 })
      await record(db())
      expect(await verify()).toMatchObject({ ok: true, events: 3, purged: 3, seq: 6 })
    })
  })

  describe('it is found that', () => {
    const FIVE = [{ at: AUGUST }, { at: AUGUST, subject: 'q' }, { at: SEPTEMBER }, { at: SEPTEMBER, subject: 'r' }, {}]
    beforeEach(() => recordAll(db(), FIVE))

    const found = async (statements: readonly string[], flaw: object) => {
      await behind(...statements)
      expect(await verify()).toEqual({ ok: false, ...flaw })
    }

    describe.each(COLUMNS)('the %s of an event was changed', (column) => {
      test.each([1, 3, 5])('that of event %i', (seq) => found([edit(column, seq)], { at: seq, because: 'changed' }))
    })

    test.each([1, 2, 3, 4, 5])('event %i was removed', (seq) => found([remove(seq)], { at: seq, because: 'missing' }))
    test('a whole month was removed', () => found([remove(3), remove(4)], { at: 3, because: 'missing' }))
    test('all of them were removed', () => found(['delete from audit.event'], { at: 1, because: 'missing' }))
    test('one was removed and the others moved up', () =>
      found([remove(2), renumber(3, 2), renumber(4, 3), renumber(5, 4)], { at: 2, because: 'changed' }))

    const PAIRS = [
      [1, 2],
      [1, 5],
      [2, 3],
      [4, 5],
    ] as const
    test.each(PAIRS)('the numbers of events %i and %i were exchanged', (one, other) =>
      found(swapNumbers(one, other), { at: one, because: 'out of place', found: other }),
    )
    test.each(PAIRS)('all that events %i and %i say was exchanged', async (one, other) => {
      // An identifier is unique: it takes three steps.
      const ids = await db()
        .selectFrom('audit.event')
        .select('id')
        .where('seq', 'in', [one, other])
        .orderBy('seq')
        .execute()
      const setId = (seq: number, id: string) => `update audit.event set id = '${id}' where seq = ${seq}`
      const exchangeIds = [setId(one, crypto.randomUUID()), setId(other, ids[0]!.id), setId(one, ids[1]!.id)]
      await found([...swap(one, other, CONTENTS), ...exchangeIds], { at: one, because: 'out of place', found: other })
    })
    test('the contents of two events were exchanged, but not their identifiers', () =>
      found(swap(2, 4, CONTENTS), { at: 2, because: 'changed' }))
    test('the hashes of two events were exchanged', () => found(swap(2, 4, ['hash']), { at: 2, because: 'changed' }))
    test('an event was put somewhere else', () => found([renumber(2, 9)], { at: 2, because: 'out of place', found: 9 }))

    test('an event was put in', () => found(pushIn(3), { at: 3, because: 'out of place', found: 4 }))
    test('an event was put before all others', () => found([insertAt(0)], { at: 0, because: 'inserted' }))
    test('an event was put at the end', () => found([insertAt(6)], { at: 6, because: 'inserted' }))
    test('an event was put at the end, and chained as it should be', async () => {
      const id = crypto.randomUUID()
      const text = `jsonb_build_array(6, '${id}', 1792497600000000, 'x', 'y', 'z', '{}'::jsonb)::text`
      const hash = `sha256(decode('${await hashOf(db(), 5)}', 'hex') || convert_to(${text}, 'UTF8'))`
      await behind(`insert into audit.event values ('${id}', '${NOW}', 'x', 'y', 'z', '{}', 6, ${hash})`)
      expect(await verify()).toEqual({ ok: false, at: 6, because: 'inserted' })
      await behind(`update audit.segment set events = 2, head = ${hash} where month = '2026-10'`)
      expect(await verify()).toMatchObject({ ok: true, events: 6 })
    })
    test('an event has a number twice, or none, for want of constraints', async () => {
      const { rows } = await sql<{ name: string }>`
        select conname as name from pg_constraint where conrelid = 'audit.event'::regclass and contype = 'u'`.execute(
        db(),
      )
      await behind(`alter table audit.event drop constraint ${rows[0]!.name}`, insertAt(3))
      expect(await verify()).toMatchObject({ ok: false, at: 3 })
      await behind(
        `delete from audit.event where actor = 'x'`,
        'alter table audit.event alter column seq drop not null',
      )
      await behind(insertAt('null'))
      expect(await verify()).toEqual({ ok: false, at: 6, because: 'inserted' })
      await behind('truncate audit.event, audit.segment', 'alter table audit.event alter column seq set not null')
      await behind('alter table audit.event add unique (seq)')
    })

    test.each([
      ['head', `set head = set_byte(head, 0, 255 - get_byte(head, 0))`, 4],
      ['beginning', `set prev_hash = set_byte(prev_hash, 0, 255 - get_byte(prev_hash, 0))`, 3],
      ['first number', 'set first_seq = 2', 3],
      ['name, to an earlier one', `set month = '2026-08-31'`, 3],
      ['name, to a later one', `set month = '2026-09-02'`, 3],
      ['count, to less', 'set events = 1', 3],
      ['count, to more', 'set events = 3', 5],
      ['count, to none', 'set events = 0', 3],
    ])('the seal of a month was changed: its %s', (_, change, at) =>
      found([`update audit.segment ${change} where month = '2026-09'`], {
        at,
        because: 'segment',
        month: expect.any(String),
      }),
    )
    test('the seal of a month was removed', async () => {
      await found([`delete from audit.segment where month = '2026-09'`], {
        at: 3,
        because: 'segment',
        month: '2026-10',
      })
      await found([`delete from audit.segment where month = '2026-10'`], { at: 3, because: 'inserted' })
    })
    test('a month was said to be purged that is there', async () => {
      const purged = (month: string) => `update audit.segment set purged_at = '${NOW}' where month = '${month}'`
      await found([purged('2026-09')], { at: 3, because: 'segment', month: '2026-09' })
      await found([purged('2026-08')], { at: 1, because: 'inserted' })
    })
    test('the latest month was purged, to which the next event would be chained', async () => {
      await purgeOldest(db())
      await purgeOldest(db())
      const statements = ['delete from audit.event', `update audit.segment set purged_at = '${NOW}'`]
      await found(statements, { at: 5, because: 'segment', month: '2026-10' })
    })
    test('what is left of a purged month was changed', async () => {
      await purgeOldest(db())
      await found([`update audit.segment set events = 3 where month = '2026-08'`], {
        at: 4,
        because: 'segment',
        month: '2026-09',
      })
      await found([`update audit.segment set events = 2, head = '' where month = '2026-08'`], {
        at: 3,
        because: 'segment',
        month: '2026-09',
      })
    })
  })

  describe('with a head that was kept elsewhere', () => {
    const kept = async (seq: number) => ({ seq, head: await hashOf(db(), seq) })

    test('a trail that has grown since verifies', async () => {
      await recordAll(db(), [{ at: AUGUST }, {}])
      const [first, second] = [await kept(1), await kept(2)]
      await record(db())
      for (const head of [first, second]) expect(await verifyTrail(db(), undefined, head)).toMatchObject({ ok: true })
    })

    test('a trail that was made anew is told from the one it replaces', async () => {
      await recordAll(db(), [{}, { subject: 'before' }, {}])
      const head = await kept(2)
      await emptyTrail(db())
      await recordAll(db(), [{}, { subject: 'after' }, {}])
      expect(await verify()).toMatchObject({ ok: true })
      expect(await verifyTrail(db(), undefined, head)).toEqual({ ok: false, at: 2, because: 'rewritten' })
    })

    test('a trail that was cut short is found out', async () => {
      await recordAll(db(), [{}, {}])
      const head = await kept(2)
      await emptyTrail(db())
      expect(await verifyTrail(db(), undefined, head)).toEqual({ ok: false, at: 1, because: 'missing' })
    })

    test('of a month purged since, the last can be compared, and of the others it is said that they cannot', async () => {
      await recordAll(db(), [{ at: AUGUST }, { at: AUGUST }, {}])
      const [first, last] = [await kept(1), await kept(2)]
      await purgeOldest(db())
      expect(await verifyTrail(db(), undefined, last)).toMatchObject({ ok: true })
      expect(await verifyTrail(db(), undefined, { ...last, head: first.head })).toMatchObject({ because: 'rewritten' })
      expect(await verifyTrail(db(), undefined, first)).toEqual({ ok: false, at: 1, because: 'purged' })
    })
  })

  test('whatever single thing is done to whatever trail is found out', async () => {
    const text = fc.oneof(fc.constantFrom('a', 'b', ''), fc.string({ unit: 'grapheme', maxLength: 5 }))
    const given = fc.record({
      at: fc.constantFrom(AUGUST, AUGUST, SEPTEMBER, NOW),
      actor: text.map((one) => one.replaceAll('\0', '')),
      detail: fc.constantFrom({}, { n: 1 }, { n: [1, { deep: true }] }),
    })
    const place = fc.nat()
    await fc.assert(
      fc.asyncProperty(
        fc.array(given, { minLength: 2, maxLength: 7 }),
        fc.boolean(),
        fc.record({ what: place, one: place, other: place }),
        async (events, purge, chosen) => {
          await emptyTrail(db())
          await recordAll(db(), events)
          const months = await db().selectFrom('audit.segment').select('month').orderBy('month').execute()
          if (purge && months.length > 1) await purgeOldest(db())
          const before = await verify()
          expect(before).toMatchObject({ ok: true })
          await behind(...(await tampering(db(), chosen)))
          expect(await verify()).toMatchObject({ ok: false })
        },
      ),
      { numRuns: 80 },
    )
  }, 60_000)

  describe('of the trail are read', () => {
    const LOOKED: Given = { actor: 'Ana', action: 'looked', subject: 'p' }
    const subjects = async (filter: EventFilter) => {
      const { events } = await eventsPage(db(), filter, 50)
      return events.map(({ subject }) => subject).toReversed()
    }

    test('the newest first, in pages that neither leave out nor repeat one while others are added', async () => {
      for (let n = 1; n <= 5; n++) await record(db(), { subject: `s${n}`, detail: { n } })
      const first = await eventsPage(db(), {}, 2)
      expect(first.events.map(({ subject }) => subject)).toEqual(['s5', 's4'])
      expect(first.events[0]).toEqual({
        ...{ seq: 5, at: Temporal.Instant.from(NOW), actor: 'Ana', action: 'looked', subject: 's5', detail: { n: 5 } },
      })
      await record(db(), { subject: 's6' })
      const second = await eventsPage(db(), { before: first.next! }, 2)
      expect(second.events.map(({ subject }) => subject)).toEqual(['s3', 's2'])
      const third = await eventsPage(db(), { before: second.next! }, 2)
      expect(third).toMatchObject({ events: [{ subject: 's1' }], next: null })
      expect(await eventsPage(db(), { before: second.next! }, 1)).toMatchObject({ next: null })
    })

    test('those of an actor, an action, a subject, or all of these', async () => {
      const others = [{ actor: 'Bob', subject: 'bob' }, { action: 'sent', subject: 'sent' }, { subject: 'other' }]
      await recordAll(db(), [LOOKED, ...others])
      expect(await subjects({ actor: 'Bob' })).toEqual(['bob'])
      expect(await subjects({ action: 'sent' })).toEqual(['sent'])
      expect(await subjects({ subject: 'other' })).toEqual(['other'])
      expect(await subjects({ actor: 'Ana', action: 'looked', subject: 'p' })).toEqual(['p'])
      expect(await subjects({ actor: 'Ana', action: 'sent', subject: 'p' })).toEqual([])
    })

    test('those of a month in UTC, or from an instant to before another', async () => {
      const edges = [
        '2026-08-31T23:59:59.999Z',
        '2026-09-01T00:00:00Z',
        '2026-09-30T23:59:59.999Z',
        '2026-10-01T00:00:00Z',
      ]
      for (const [index, at] of edges.entries()) await record(db(), { at, subject: String(index) })
      expect(await subjects({ month: '2026-09' })).toEqual(['1', '2'])
      const [, from, , to] = edges.map((edge) => Temporal.Instant.from(edge))
      expect(await subjects({ from, to })).toEqual(['1', '2'])
      expect(await subjects({ from: to })).toEqual(['3'])
      expect(await subjects({ to: from })).toEqual(['0'])
    })

    test('those about a programme, its waves and its publications, or that name it', async () => {
      const about = ['p_1', 'p_1/w1', 'wave p_1/w1', 'p_1.2026.w1']
      const notAbout = ['px1', 'px1/w1', 'wave px1/w1', 'p_11', 'wave p_11/w1', 'everything', 'P_1']
      for (const subject of [...about, ...notAbout]) await record(db(), { subject, detail: { programme: 'p' } })
      await record(db(), { subject: 'somebody', detail: { programme: 'p_1' } })
      expect(await subjects({ programme: 'p_1' })).toEqual([...about, 'somebody'])
    })

    test('the actions there are, each once', async () => {
      await recordAll(db(), [LOOKED, { action: 'sent' }, LOOKED])
      expect(await actionsSeen(db())).toEqual(['looked', 'sent'])
    })
  })
})

/** One thing somebody with the database to themselves could do to the trail as it stands. */
async function tampering(
  db: Db,
  { what, one, other }: { what: number; one: number; other: number },
): Promise<string[]> {
  const events = (await db.selectFrom('audit.event').select('seq').orderBy('seq').execute()).map(({ seq }) => seq)
  const segments = await db.selectFrom('audit.segment').select(['month', 'purged_at']).orderBy('month').execute()
  const seq = events[one % events.length]!
  const last = events.at(-1)!
  const second = events[other % events.length]!
  const { month, purged_at: isPurged } = segments[other % segments.length]!
  const segment = (change: string) => [`update audit.segment set ${change} where month = '${month}'`]
  const things = [
    ...COLUMNS.map((column) => [edit(column, seq)]),
    [remove(seq)],
    [renumber(seq, last + 1 + (other % 3))],
    [renumber(seq, -(other % 3))],
    pushIn(seq),
    [insertAt(last + 1 + (other % 3))],
    [insertAt(-(other % 3))],
    ...(second === seq ? [] : [swapNumbers(seq, second), swap(seq, second, ['hash'])]),
    segment('head = set_byte(head, 7, 255 - get_byte(head, 7))'),
    segment('prev_hash = set_byte(prev_hash, 7, 255 - get_byte(prev_hash, 7))'),
    segment(`first_seq = first_seq + ${1 + (one % 3)} * 100`),
    segment('events = events + 1'),
    segment('events = events - 1'),
    [`delete from audit.segment where month = '${month}'`],
    // What is left of a purged month is its place in the chain; what it was called and since when it is gone is told by nothing.
    ...(isPurged
      ? [segment('purged_at = null')]
      : [segment(`purged_at = '${NOW}'`), segment(`month = '2026-07'`), segment(`month = '2026-12'`)]),
    [
      `insert into audit.segment select '2027-01', head, first_seq + events, head, 0 from audit.segment order by month desc limit 1`,
    ],
  ]
  return things[what % things.length]!
}

describe('on a server, where several record at once', () => {
  let platform: TestPlatform
  beforeAll(async () => {
    platform = await openTestPlatform('PostgreSQL', NOW)
  })
  afterAll(() => platform.close())
  beforeEach(() => emptyTrail(platform.db))

  test('twenty transactions that record at the same time all succeed, and the chain holds', async () => {
    const { db, close } = openServer(platform.database.url!, { connections: 20 })
    const transactions = Array.from({ length: 20 }, (_, n) =>
      db.transaction().execute(async (trx) => {
        await sql`select pg_sleep(0.05)`.execute(trx)
        await record(trx, { actor: `a${n}`, at: n % 2 ? NOW : SEPTEMBER })
        await record(trx, { actor: `a${n}` })
      }),
    )
    const outcomes = await Promise.allSettled(transactions)
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([])
    expect(await verifyTrail(db)).toMatchObject({ ok: true, events: 40 })
    await close()
  })

  test('somebody who records waits for somebody who is slow, longer than for any other lock', async () => {
    const { promise: recorded, resolve: hasRecorded } = Promise.withResolvers<void>()
    const slow = platform.db.transaction().execute(async (trx) => {
      await record(trx, { actor: 'slow' })
      hasRecorded()
      await sql`select pg_sleep(2.5)`.execute(trx)
    })
    await recorded
    await record(platform.db, { actor: 'patient' })
    await slow
    const { events } = await eventsPage(platform.db, {}, 2)
    expect(events.map(({ actor }) => actor)).toEqual(['patient', 'slow'])
  })

  test('a trail can be verified while it grows', async () => {
    let growing = true
    const writer = (async () => {
      while (growing) await record(platform.db)
    })()
    for (let n = 0; n < 20; n++) expect(await verifyTrail(platform.db)).toMatchObject({ ok: true })
    growing = false
    await writer
    expect(await verifyTrail(platform.db)).toMatchObject({ ok: true })
  })
})
