// Closes a wave for a cohort and publishes it: computed once, protected, frozen. All of it is stored, or nothing.
import { setImmediate } from 'node:timers/promises'
import type { Hmac } from '../disclosure/cell-key.ts'
import { createProtector } from '../disclosure/protect.ts'
import type { Protected } from '../disclosure/protected.ts'
import { cohortMissions } from '../panel/members.queries.ts'
import { registerIndicators } from '../panel/register-indicators.ts'
import { recordEvent } from '../platform/audit.queries.ts'
import { dayOf, isBefore } from '../platform/clock.ts'
import type { Bilingual } from '../platform/i18n.ts'
import { hmacSha256, sha256Hex } from '../platform/secrets.ts'
import { type SigningKey, sign } from '../platform/signing.ts'
import { type Deps, waveName } from '../waves/deps.ts'
import { codebookOf } from './codebook.ts'
import { cellKeyFingerprints, insertPublication, type NewPublication, publicationsOf } from './publications.queries.ts'
import { readUnit } from './read-unit.actions.ts'
import { registerTable } from './response-figures.ts'
import type { Manifest, PublishedTable } from './tables.ts'
import type { Unit } from './unit.ts'
import { type UnitTables, unitTables } from './unit-tables.ts'
import {
  claimUndatedUnit,
  closeUnit,
  countFieldPeriods,
  dateUnit,
  findDueUnit,
  findUnit,
  type StoredUnit,
} from './units.queries.ts'

type PublishDeps = Pick<Deps, 'db' | 'clock' | 'config' | 'log' | 'frame' | 'plans' | 'bank'>

export type CloseWaveInput = {
  programme: string
  cohort: string
  wave: string
  actor: string
  /** Close although some field periods are still open: whoever is still silent counts as not contacted. */
  early?: boolean | undefined
  /** Told after each table that is computed. */
  onProgress?: ((done: number, all: number) => void) | undefined
}

export type CloseWaveOutcome =
  | { ok: true; publication: string; tables: number }
  | { ok: false; because: 'unknown unit' | 'cell key changed' }
  | { ok: false; because: 'still open'; until: Temporal.Instant | null }
  | { ok: false; because: 'already closed'; publication: string | null }
  | { ok: false; because: 'already released'; publication: string }
  /** Too few field periods are over for a provisional release. */
  | { ok: false; because: 'mostly open'; all: number; over: number }
  /** Nothing is released provisionally, and the wave stays open. */
  | { ok: false; because: 'too few so far' }
  /** The wave is closed, and there is nothing to publish. */
  | { ok: false; because: 'too few' | 'no instrument' }

/** Closes one wave for one cohort now. */
export async function closeWave(deps: PublishDeps, input: CloseWaveInput): Promise<CloseWaveOutcome> {
  while (await dateNextUnit(deps)) {}
  const unit = await findUnit(deps.db, input)
  if (!unit) return { ok: false, because: 'unknown unit' }
  if (unit.closed_at) return { ok: false, because: 'already closed', publication: unit.publication_id }
  const isOver = unit.due_at && !isBefore(deps.clock.now(), unit.due_at)
  if (!isOver && !input.early) return { ok: false, because: 'still open', until: unit.due_at }
  return publishUnit(deps, unit, input)
}

/** Works out when one unit ends; false when all are known. */
export async function dateNextUnit({ db }: Pick<Deps, 'db'>): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const unit = await claimUndatedUnit(trx)
    if (unit) await dateUnit(trx, unit)
    return unit !== undefined
  })
}

/** Closes the unit that has been due longest; false when none is, or when it cannot be published with this cell key. */
export async function closeNextWave(deps: PublishDeps): Promise<boolean> {
  const programmes = deps.frame.programmes.map(({ programme }) => programme)
  const unit = await findDueUnit(deps.db, programmes, deps.clock.now())
  if (!unit) return false
  const outcome = await publishUnit(deps, unit, { actor: 'scheduler' })
  if (outcome.ok || outcome.because !== 'cell key changed') return true
  deps.log.error(
    { wave: unit.wave, cohort: unit.cohort },
    'nothing is published: CELL_KEY is not that of earlier publications',
  )
  return false
}

async function publishUnit(
  deps: PublishDeps,
  stored: StoredUnit,
  { actor, onProgress }: Pick<CloseWaveInput, 'actor' | 'onProgress'>,
): Promise<CloseWaveOutcome> {
  const { db, clock } = deps
  if (await isOtherCellKey(deps)) return { ok: false, because: 'cell key changed' }
  const earlier = await publicationsOf(db, stored)
  const id = `${stored.programme}.${stored.cohort}.${stored.wave}.1`
  const made = await makePublication(deps, stored, { id, status: 'final', releases: earlier.length + 1, onProgress })

  const at = clock.now()
  const result = made.ok ? { publicationId: id } : { because: made.because }
  const closed = await db.transaction().execute(async (trx) => {
    if (!(await closeUnit(trx, stored, at, result))) return false
    if (made.ok) await insertPublication(trx, made.publication, made.tables, made.signingKey)
    await recordEvent(trx, { at, actor, action: 'wave closed', subject: subjectOf(stored), detail: result })
    return true
  })
  if (!closed)
    return { ok: false, because: 'already closed', publication: (await findUnit(db, stored))?.publication_id ?? null }
  return made.ok ? { ok: true, publication: id, tables: made.tables.length } : made
}

/**
 * Publishes a unit once before it is closed, when at least half of its field periods are over: the same figures, of
 * whoever has answered by now. It counts as a release of its own when the final one is audited.
 */
export async function releaseProvisionally(
  deps: PublishDeps,
  input: Omit<CloseWaveInput, 'early'>,
): Promise<CloseWaveOutcome> {
  const { db, clock } = deps
  const unit = await findUnit(db, input)
  if (!unit) return { ok: false, because: 'unknown unit' }
  if (unit.closed_at) return { ok: false, because: 'already closed', publication: unit.publication_id }
  if (await isOtherCellKey(deps)) return { ok: false, because: 'cell key changed' }
  const [earlier] = await publicationsOf(db, unit)
  if (earlier) return { ok: false, because: 'already released', publication: earlier.id }
  const { all, over } = await countFieldPeriods(db, unit, clock.now())
  if (2 * over < all) return { ok: false, because: 'mostly open', all, over }
  const id = `${unit.programme}.${unit.cohort}.${unit.wave}.1p`
  const made = await makePublication(deps, unit, {
    id,
    status: 'provisional',
    releases: 2,
    onProgress: input.onProgress,
  })
  if (!made.ok) return made.because === 'too few' ? { ok: false, because: 'too few so far' } : made
  const stored = await db.transaction().execute(async (trx) => {
    if ((await publicationsOf(trx, unit)).length > 0) return false
    await insertPublication(trx, made.publication, made.tables, made.signingKey)
    const { actor } = input
    const detail = { publicationId: id }
    await recordEvent(trx, { at: clock.now(), actor, action: 'provisional release', subject: subjectOf(unit), detail })
    return true
  })
  if (!stored) return { ok: false, because: 'already released', publication: id }
  return { ok: true, publication: id, tables: made.tables.length }
}

const subjectOf = ({ programme, cohort, wave }: StoredUnit): string => `${programme}.${cohort}.${wave}`

const fingerprintOf = ({ config }: Pick<Deps, 'config'>): string =>
  sha256Hex(hmacSha256(config.keys.cell, 'fingerprint')).slice(0, 16)

/** Whether earlier publications were made with another cell key than today's. */
async function isOtherCellKey(deps: Pick<Deps, 'db' | 'config'>): Promise<boolean> {
  const fingerprint = fingerprintOf(deps)
  return (await cellKeyFingerprints(deps.db)).some((other) => other !== fingerprint)
}

type Making = { id: string; status: Manifest['status']; releases: number; onProgress: CloseWaveInput['onProgress'] }

type Made =
  | { ok: true; publication: NewPublication; tables: Protected<PublishedTable>[]; signingKey: SigningKey }
  | { ok: false; because: 'too few' | 'no instrument' }

/** Computes a whole publication, and stores nothing. Others have their turn between one table and the next. */
async function makePublication(deps: PublishDeps, stored: StoredUnit, making: Making): Promise<Made> {
  const { config, clock, bank, frame } = deps
  const unit = await readUnit(deps, stored, { publication: making.id, releases: making.releases })
  if (!unit) return { ok: false, because: 'no instrument' }
  const hmac: Hmac = (bytes) => hmacSha256(config.keys.cell, bytes)
  const computed = unitTables(unit, createProtector(hmac))
  if (!computed) return { ok: false, because: 'too few' }
  const missions = await cohortMissions(deps.db, stored)
  const tables: Protected<PublishedTable>[] = [registerTable(unit, registerIndicators(missions, frame.dimensions))]
  for (const table of computed.tables()) {
    tables.push(table)
    making.onProgress?.(tables.length, computed.count + 1)
    await setImmediate()
  }
  const publishedOn = dayOf(clock.now())
  const { programme, cohort, wave } = stored
  const names = {
    programme: frame.programmes.find((one) => one.programme === programme)!.name,
    wave: waveName(deps, programme, wave),
    baseline: unit.baselineWave === null ? null : waveName(deps, programme, unit.baselineWave),
  }
  const manifest = manifestOf(
    { unit, stored, status: making.status, publishedOn, names },
    fingerprintOf(deps),
    computed,
    tables,
  )
  const { signature, signingKey } = await sign(manifest, hmacSha256(config.keys.cell, 'manifest signature'))
  return {
    ok: true,
    tables,
    signingKey,
    publication: {
      id: making.id,
      programme,
      cohort,
      wave,
      number: making.status === 'final' ? 1 : 0,
      publishedOn,
      cellKeyFingerprint: fingerprintOf(deps),
      manifest,
      signature,
      codebook: JSON.stringify(codebookOf(unit, bank, frame.dimensions)),
    },
  }
}

type Named = { programme: Bilingual; wave: Bilingual; baseline: Bilingual | null }
type Subject = {
  unit: Unit
  stored: StoredUnit
  status: Manifest['status']
  publishedOn: Temporal.PlainDate
  names: Named
}

/** What a publication is made of, as its readers see it: the catalogue of its tables, each with its hash. */
function manifestOf(
  { unit, stored, status, publishedOn, names }: Subject,
  cellKey: string,
  { release, refused }: UnitTables,
  tables: readonly Protected<PublishedTable>[],
): string {
  const { programme, cohort, wave } = stored
  const byTable = Map.groupBy(tables, ({ value }) => value.table)
  const { splits, candidates, waves, leverage, cumulativeLeverage } = release
  const accepted = splits.map(({ by, groups }) => ({ by, groups: groups.map(({ category }) => category) }))
  const manifest: Manifest = {
    publication: unit.publication,
    status,
    programme,
    cohort,
    wave,
    names: { ...names, splits: Object.fromEntries(splits.map(({ by, label }) => [by, label])) },
    baseline: unit.baselineWave,
    publishedOn: publishedOn.toString(),
    eligible: unit.members.length,
    instruments: unit.instruments,
    noise: { ...unit.noise, cellKey },
    plan: {
      candidates,
      accepted: accepted.map(({ by }) => by),
      refused: release.refused,
      waves,
      leverage: hundredths(leverage),
      cumulativeLeverage: hundredths(cumulativeLeverage),
      sha256: sha256Hex(JSON.stringify(accepted)),
    },
    tables: [...byTable].map(([table, splits]) => ({
      table,
      kind: splits[0]!.value.kind,
      label: splits[0]!.value.label,
      by: splits.map(({ value }) => ({ by: value.by, sha256: sha256Hex(JSON.stringify(value)) })),
    })),
    refused,
  }
  return JSON.stringify(manifest)
}

/** Rounded up, so that what is said holds. */
const hundredths = (value: number): number => Math.ceil(100 * value) / 100
