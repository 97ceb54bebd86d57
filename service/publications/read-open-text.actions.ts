// Reads what people wrote about one item, for whoever has the permission for just that, and records that it was read. The
// one way in which an answer leaves as it was given: alone, without anything that says whose it is.
import { findAnyToken } from '../access/api-tokens.queries.ts'
import type { Scope } from '../access/create-token.actions.ts'
import { type Instrument, itemsOf } from '../instruments/instrument.ts'
import { recordEvent } from '../platform/audit.queries.ts'
import { dayOf, isBefore } from '../platform/clock.ts'
import { hmacSha256, sha256 } from '../platform/secrets.ts'
import { askedIn, type Deps } from '../waves/deps.ts'
import { textsWritten } from './open-text.queries.ts'
import { presentable } from './open-text.ts'
import { storedInstruments } from './read-unit.actions.ts'
import { countFieldPeriods, findUnit, type StoredUnit, versionsAnswered } from './units.queries.ts'

/** As many people must have written something, or nothing is shown. */
export const FEWEST_TEXTS = 10

export type ReadOpenTextInput = { token: string; programme: string; cohort: string; wave: string; item: string }

export type NoOpenText =
  | { ok: false; because: 'no token' | 'unknown token' | 'revoked token' | 'other scope' | 'expired token' }
  | { ok: false; because: 'unknown unit' | 'not closed' | 'closed today' | 'too few' }
  /** `items`: those of the wave that take a text. */
  | { ok: false; because: 'unknown item'; items: string[] }

type ReadDeps = Pick<Deps, 'db' | 'clock' | 'config' | 'frame' | 'plans' | 'bank'>

/** The texts alone, in an order that says nothing and is always the same; each is one line and safe to print. */
export async function readOpenText(
  deps: ReadDeps,
  { token, item, ...names }: ReadOpenTextInput,
): Promise<{ ok: true; texts: string[] } | NoOpenText> {
  const { db, clock } = deps
  const reader = await readerOf(deps, token)
  if (!reader.ok) return reader
  const unit = await findUnit(db, names)
  if (!unit) return { ok: false, because: 'unknown unit' }
  const versions = await versionsOfUnit(deps, unit)
  const asking = versions.filter((version) => textItems(version).includes(item))
  if (asking.length === 0)
    return { ok: false, because: 'unknown item', items: [...new Set(versions.flatMap(textItems))] }
  const { closed_at: closedAt } = unit
  if (!closedAt) return { ok: false, because: 'not closed' }
  if (await mayBeAddedTo(deps, unit, closedAt)) return { ok: false, because: 'closed today' }

  const { cohort_id: cohortId, wave } = unit
  const written = await textsWritten(db, { cohortId, wave, item, closedAt, closedOn: dayOf(closedAt) })
  const texts = written
    .filter((one) => asking.some(({ instrument, version }) => instrument === one.instrument && version === one.version))
    .map(({ text }) => presentable(text))
    .filter((text) => text !== '')
  if (texts.length < FEWEST_TEXTS) return { ok: false, because: 'too few' }
  await recordEvent(db, {
    at: clock.now(),
    actor: `token ${reader.id}`,
    action: 'open text read',
    subject: `${names.programme}.${names.cohort}.${names.wave}`,
    detail: { ...names, item, count: texts.length },
  })
  return { ok: true, texts: inNoOrder(deps, texts) }
}

const NEEDED: Scope = 'read-open-text'

/** Who reads, by the identifier of their token. */
async function readerOf(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  token: string,
): Promise<{ ok: true; id: string } | NoOpenText> {
  if (token === '') return { ok: false, because: 'no token' }
  const found = await findAnyToken(db, sha256(token))
  if (!found) return { ok: false, because: 'unknown token' }
  if (found.scope !== NEEDED) return { ok: false, because: 'other scope' }
  if (found.revoked_at) return { ok: false, because: 'revoked token' }
  if (!isBefore(clock.now(), found.expires_at)) return { ok: false, because: 'expired token' }
  return { ok: true, id: found.id }
}

/** What people in a unit were asked, and what surveys/ says that they would be now. */
async function versionsOfUnit(deps: ReadDeps, { cohort_id, programme, wave }: StoredUnit): Promise<Instrument[]> {
  const answered = await versionsAnswered(deps.db, { cohortId: cohort_id, wave, waves: [wave] })
  const stored = await storedInstruments(deps, answered)
  const today = askedIn(deps, programme, wave)
  return [...stored.values(), ...(today ? [today.instrument] : [])]
}

const textItems = (instrument: Instrument): string[] =>
  itemsOf(instrument).flatMap(({ type, item }) => (type === 'text' ? [item] : []))

/**
 * Only days are kept of when somebody answered: who did so on the day of closing did it before or after. Where some could
 * still answer, that day must be over, or a second look would show what the last one of them wrote.
 */
async function mayBeAddedTo(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  unit: StoredUnit,
  closedAt: Temporal.Instant,
): Promise<boolean> {
  if (!dayOf(clock.now()).equals(dayOf(closedAt))) return false
  const { all, over } = await countFieldPeriods(db, unit, closedAt)
  return over < all
}

function inNoOrder({ config }: Pick<Deps, 'config'>, texts: readonly string[]): string[] {
  const placeOf = (text: string) => Buffer.from(hmacSha256(config.keys.cell, `open text|${text}`)).toString('hex')
  const places = new Map(texts.map((text) => [text, placeOf(text)]))
  return texts.toSorted((a, b) => (places.get(a)! < places.get(b)! ? -1 : 1))
}
