// Whether the audit trail is as it was recorded: numbers, hashes and sealed months, gone through in order. Pure: it is handed
// what is stored, and knows no database.
import { sameBytes, sha256 } from './secrets.ts'

/** An event as the chain sees it; `text` is the JSON array that was hashed, which begins with its number. */
export type Link = { seq: number; month: string; text: string; hash: Uint8Array }

export type Segment = {
  month: string
  prev_hash: Uint8Array
  first_seq: number
  head: Uint8Array
  events: number
  purged_at: Temporal.Instant | null
}

export type TrailFlaw = {
  ok: false
  /** The number of the first event that is not as it was recorded. */
  at: number
} & (
  | {
      /**
       * `changed`: what stands there does not fit its hash and the one before it. `missing`: it was counted, and is not there.
       * `inserted`: it is there, and no month counts it. `rewritten`: it fits, but is not what was kept elsewhere. `purged`:
       * what was kept elsewhere can be compared with nothing any more.
       */
      because: 'changed' | 'missing' | 'inserted' | 'rewritten' | 'purged'
    }
  /** What was recorded there stands elsewhere: two events were exchanged, or something was put before it. */
  | { because: 'out of place'; found: number }
  /** The events fit, but not what was sealed of their month. */
  | { because: 'segment'; month: string }
)

/** How far one has come: the segment, whether it has begun, the number that comes next and the hash it builds on. */
export type Walk = { segments: readonly Segment[]; index: number; begun: boolean; seq: number; prev: Uint8Array }

export type Step = { ok: true; walk: Walk } | TrailFlaw

/** Begins after the months that were purged, of which only the seals are left. Segments come in order of their months. */
export function beginWalk(segments: readonly Segment[]): Step {
  let walk: Walk = { segments, index: 0, begun: false, seq: 1, prev: new Uint8Array(32) }
  // The latest month is never purged: new events are chained to it.
  for (const segment of segments.slice(0, -1)) {
    if (!segment.purged_at) break
    if (!follows(segment, walk)) return wrongSegment(segment, walk)
    walk = { ...walk, index: walk.index + 1, seq: segment.first_seq + segment.events, prev: segment.head }
  }
  return { ok: true, walk }
}

/** Goes on to the next event that is there. */
export function walkOn(walk: Walk, link: Link): Step {
  const { index, begun, seq, prev } = walk
  const segment = walk.segments[index]
  if (segment && !begun && !isWalked(segment, walk)) return wrongSegment(segment, walk)
  if (!segment || link.seq < seq) return { ok: false, at: link.seq, because: 'inserted' }
  if (link.seq > seq) return { ok: false, at: seq, because: 'missing' }
  if (!sameBytes(hashOf(prev, link.text), link.hash)) return { ok: false, at: seq, because: 'changed' }
  // A clock may have been behind: an event of an earlier month stands in the latest.
  const isOfMonth = begun ? link.month <= segment.month : link.month === segment.month
  const ends = seq + 1 === segment.first_seq + segment.events
  if (!isOfMonth || (ends && !sameBytes(segment.head, link.hash))) return wrongSegment(segment, walk)
  return { ok: true, walk: { ...walk, index: ends ? index + 1 : index, begun: !ends, seq: seq + 1, prev: link.hash } }
}

/** When there are no more events: whether all that were counted have been there. */
export function endWalk(walk: Walk): TrailFlaw | null {
  const segment = walk.segments[walk.index]
  if (!segment) return null
  if (!walk.begun && !isWalked(segment, walk)) return wrongSegment(segment, walk)
  return { ok: false, at: walk.seq, because: 'missing' }
}

/** Whether an event is the one that was recorded where a walk has stopped, going by its own hash or by the one that stands there. */
export function belongsAt({ seq, prev }: Walk, link: Link, standing: Uint8Array | null): boolean {
  const hash = hashOf(prev, `[${seq}${link.text.slice(`[${link.seq}`.length)}`)
  return sameBytes(hash, link.hash) || (standing !== null && sameBytes(hash, standing))
}

const isWalked = (segment: Segment, walk: Walk): boolean => !segment.purged_at && follows(segment, walk)

const follows = ({ first_seq, prev_hash, events }: Segment, { seq, prev }: Walk): boolean =>
  first_seq === seq && sameBytes(prev_hash, prev) && events > 0

const wrongSegment = ({ month }: Segment, { seq }: Walk): TrailFlaw => ({
  ok: false,
  at: seq,
  because: 'segment',
  month,
})

const hashOf = (prev: Uint8Array, text: string): Uint8Array => sha256(Buffer.concat([prev, Buffer.from(text)]))
