// The trail of what was done, by whom, to what: rows are only ever added, and carry no name, address or answer. The database
// chains them to each other; whether they still are is worked out here, from what is stored and nothing else.
import { type Kysely, sql } from 'kysely'
import {
  beginWalk,
  belongsAt,
  endWalk,
  type Link,
  type Segment,
  type TrailFlaw,
  type Walk,
  walkOn,
} from './audit-chain.ts'
import type { Db } from './database.ts'
import type { Schema } from './schema.ts'
import { rowId } from './secrets.ts'

export type AuditEvent = { at: Temporal.Instant; actor: string; action: string; subject: string; detail?: object }

/**
 * Adds an event to the trail. In a transaction it comes last: from here to the end of it nobody else can record anything,
 * so whoever then waited for a row could wait for somebody who waits for them.
 */
export async function recordEvent(db: Db, { detail = {}, ...event }: AuditEvent): Promise<void> {
  await db
    .insertInto('audit.event')
    .values({ id: rowId(), ...event, detail })
    .execute()
}

// ---------------------------------------------------------------- reading

export type RecordedEvent = Required<AuditEvent> & { seq: number }

/** What is wanted of the trail; whatever is left out is not asked about. */
export type EventFilter = {
  actor?: string | undefined
  action?: string | undefined
  subject?: string | undefined
  /** Events about a programme, about one of its waves, or that name it in their detail. */
  programme?: string | undefined
  /** A calendar month in UTC, as 2026-10. */
  month?: string | undefined
  /** This instant and later. */
  from?: Temporal.Instant | undefined
  /** Before this instant. */
  to?: Temporal.Instant | undefined
  /** Older than the event of this number. */
  before?: number | undefined
}

/** Some events, newest first; `next` is the `before` of those that follow, null when there are none. */
export async function eventsPage(
  db: Db,
  { actor, action, subject, programme, month, from, to, before }: EventFilter,
  limit: number,
): Promise<{ events: RecordedEvent[]; next: number | null }> {
  const rows = await db
    .selectFrom('audit.event')
    .select(['seq', 'at', 'actor', 'action', 'subject', 'detail'])
    .$if(actor !== undefined, (query) => query.where('actor', '=', actor!))
    .$if(action !== undefined, (query) => query.where('action', '=', action!))
    .$if(subject !== undefined, (query) => query.where('subject', '=', subject!))
    .$if(programme !== undefined, (query) => query.where(isAbout(programme!)))
    .$if(month !== undefined, (query) => query.where(MONTH, '=', month!))
    .$if(from !== undefined, (query) => query.where('at', '>=', from!))
    .$if(to !== undefined, (query) => query.where('at', '<', to!))
    .$if(before !== undefined, (query) => query.where('seq', '<', before!))
    .orderBy('seq', 'desc')
    .limit(limit + 1)
    .execute()
  const events = rows.slice(0, limit)
  return { events, next: rows.length > limit ? events.at(-1)!.seq : null }
}

const MONTH = sql<string>`to_char(at at time zone 'UTC', 'YYYY-MM')`

/** Subjects are a programme, a wave such as `p/w1`, `wave p/w1`, or a publication unit such as `p.cohort.w1`. */
const isAbout = (programme: string) => sql<boolean>`(
  subject = ${programme} or detail ->> 'programme' = ${programme}
  or starts_with(subject, ${`${programme}/`}) or starts_with(subject, ${`wave ${programme}/`})
  or starts_with(subject, ${`${programme}.`}))`

/** Every action there is an event of, in alphabetical order. */
export async function actionsSeen(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('audit.event').select('action').distinct().orderBy('action').execute()
  return rows.map(({ action }) => action)
}

// ---------------------------------------------------------------- verifying

/** An event by its number and hash (hexadecimal), as it was noted down elsewhere. */
export type KeptHead = { seq: number; head: string }

export type TrailVerdict =
  | {
      ok: true
      /** How many events have been checked, and how many more have been purged. */
      events: number
      purged: number
      /** The number of the last event, 0 when there is none, and its hash, to be kept elsewhere. */
      seq: number
      head: string
    }
  | TrailFlaw

const PAGE = 1000

/**
 * Goes through the whole trail as it is at this moment, and names the first event that is not as it was recorded. The hashes
 * are made here. Who can write to the database could make them all anew: only a head kept elsewhere tells.
 * `onProgress` must not use the database.
 */
export function verifyTrail(
  db: Kysely<Schema>,
  onProgress: (done: number, all: number) => void = () => {},
  kept?: KeptHead,
): Promise<TrailVerdict> {
  const transaction = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only')
  return transaction.execute(async (trx) => {
    const segments = await segmentsOf(trx)
    const began = beginWalk(segments)
    if (!began.ok) return began
    const { count } = await trx
      .selectFrom('audit.event')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    let walk = began.walk
    const first = walk.seq
    for await (const links of pagesOf(trx)) {
      for (const link of links) {
        const step = walkOn(walk, link)
        if (!step.ok) return lookElsewhere(trx, walk, step)
        walk = step.walk
      }
      onProgress(walk.seq - first, count)
    }
    const flaw = endWalk(walk)
    if (flaw) return lookElsewhere(trx, walk, flaw)
    // Without its constraints the table could hold an event twice, or one without a number.
    if (walk.seq - first !== count) return { ok: false, at: walk.seq, because: 'inserted' }
    const other = kept && (await compareKept(trx, walk, kept))
    const head = Buffer.from(walk.prev).toString('hex')
    return other ?? { ok: true, events: walk.seq - first, purged: first - 1, seq: walk.seq - 1, head }
  })
}

const segmentsOf = (trx: Db): Promise<Segment[]> =>
  trx.selectFrom('audit.segment').selectAll().orderBy('month').execute()

/** All events in the order of their numbers, each with the text that its hash was made of. */
async function* pagesOf(trx: Db): AsyncGenerator<Link[]> {
  for (let after = Number.MIN_SAFE_INTEGER; ; ) {
    const links: Link[] = await trx
      .selectFrom('audit.event')
      .select(['seq', 'hash', MONTH.as('month'), TEXT.as('text')])
      .where('seq', '>', after)
      .orderBy('seq')
      .limit(PAGE)
      .execute()
    if (links.length > 0) yield links
    if (links.length < PAGE) return
    after = links.at(-1)!.seq
  }
}

const TEXT = sql<string>`jsonb_build_array(
  seq, id, (extract(epoch from at) * 1000000)::bigint, actor, action, subject, detail)::text`

/** Where something does not fit or is not there, what was recorded may stand somewhere else. */
async function lookElsewhere(trx: Db, walk: Walk, flaw: TrailFlaw): Promise<TrailFlaw> {
  if (flaw.because !== 'changed' && flaw.because !== 'missing') return flaw
  const standing = await hashOfEvent(trx, flaw.at)
  for await (const links of pagesOf(trx)) {
    const found = links.find((link) => link.seq !== flaw.at && belongsAt(walk, link, standing))
    if (found) return { ok: false, at: flaw.at, because: 'out of place', found: found.seq }
  }
  return flaw
}

async function hashOfEvent(trx: Db, seq: number): Promise<Uint8Array | null> {
  const row = await trx.selectFrom('audit.event').select('hash').where('seq', '=', seq).executeTakeFirst()
  return row?.hash ?? null
}

/** Of a trail in which everything fits: whether it is the one whose head was kept. */
async function compareKept(trx: Db, { segments, seq }: Walk, kept: KeptHead): Promise<TrailFlaw | null> {
  if (kept.seq >= seq) return { ok: false, at: seq, because: 'missing' }
  const sealed = segments.find(({ first_seq, events }) => first_seq + events - 1 === kept.seq)?.head
  const hash = sealed ?? (await hashOfEvent(trx, kept.seq))
  if (!hash) return { ok: false, at: kept.seq, because: 'purged' }
  return Buffer.from(hash).toString('hex') === kept.head ? null : { ok: false, at: kept.seq, because: 'rewritten' }
}
