// Closes a wave for a cohort and publishes it: computed once, protected, frozen. All of it is stored, or nothing.
import type { Hmac } from '../disclosure/cell-key.ts'
import perturbation from '../disclosure/perturbation-table.json' with { type: 'json' }
import { createProtector } from '../disclosure/protect.ts'
import { completeness } from '../instruments/answers.ts'
import type { Instrument } from '../instruments/instrument.ts'
import { versionsOf } from '../instruments/versions.queries.ts'
import { recordEvent } from '../platform/audit.queries.ts'
import { dayOf, isBefore } from '../platform/clock.ts'
import { hmacSha256, sha256Hex } from '../platform/secrets.ts'
import { askedIn, type Deps, planOf } from '../waves/deps.ts'
import { dispositionOf } from './disposition.ts'
import { cellKeyFingerprints, insertPublication } from './publications.queries.ts'
import type { Manifest } from './tables.ts'
import type { Given, Unit, UnitMember } from './unit.ts'
import { type UnitTables, unitTables } from './unit-tables.ts'
import {
  claimUndatedUnit,
  closeUnit,
  dateUnit,
  findDueUnit,
  findUnit,
  type StoredUnit,
  type StoredUnitMember,
  unitMembers,
} from './units.queries.ts'
import { sensitiveItems } from './versions.ts'

type PublishDeps = Pick<Deps, 'db' | 'clock' | 'config' | 'log' | 'frame' | 'plans' | 'bank'>

export type CloseWaveInput = {
  programme: string
  cohort: string
  wave: string
  actor: string
  /** Close although some field periods are still open: whoever is still silent counts as not contacted. */
  early?: boolean | undefined
}

export type CloseWaveOutcome =
  | { ok: true; publication: string; tables: number }
  | { ok: false; because: 'unknown unit' | 'cell key changed' }
  | { ok: false; because: 'still open'; until: Temporal.Instant | null }
  | { ok: false; because: 'already closed'; publication: string | null }
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
  return publishUnit(deps, unit, input.actor)
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
  const outcome = await publishUnit(deps, unit, 'scheduler')
  if (outcome.ok || outcome.because !== 'cell key changed') return true
  deps.log.error(
    { wave: unit.wave, cohort: unit.cohort },
    'nothing is published: CELL_KEY is not that of earlier publications',
  )
  return false
}

async function publishUnit(deps: PublishDeps, stored: StoredUnit, actor: string): Promise<CloseWaveOutcome> {
  const { db, clock, config } = deps
  const fingerprint = sha256Hex(hmacSha256(config.keys.cell, 'fingerprint')).slice(0, 16)
  if ((await cellKeyFingerprints(db)).some((other) => other !== fingerprint))
    return { ok: false, because: 'cell key changed' }
  const unit = await readUnit(deps, stored)
  const hmac: Hmac = (bytes) => hmacSha256(config.keys.cell, bytes)
  const computed = unit && unitTables(unit, createProtector(hmac))

  const at = clock.now()
  const result =
    unit && computed ? { publicationId: unit.publication } : { because: unit ? 'too few' : 'no instrument' }
  const closed = await db.transaction().execute(async (trx) => {
    if (!(await closeUnit(trx, stored, at, result))) return false
    if (unit && computed) {
      const { programme, cohort, wave } = stored
      const publishedOn = dayOf(at)
      const manifest = manifestOf(unit, stored, publishedOn, fingerprint, computed)
      await insertPublication(
        trx,
        {
          id: unit.publication,
          programme,
          cohort,
          wave,
          number: 1,
          publishedOn,
          cellKeyFingerprint: fingerprint,
          manifest,
        },
        computed.tables,
      )
    }
    const subject = `${stored.programme}.${stored.cohort}.${stored.wave}`
    await recordEvent(trx, { at, actor, action: 'wave closed', subject, detail: result })
    return true
  })
  if (!closed)
    return { ok: false, because: 'already closed', publication: (await findUnit(db, stored))?.publication_id ?? null }
  if (unit && computed) return { ok: true, publication: unit.publication, tables: computed.tables.length }
  return { ok: false, because: unit ? 'too few' : 'no instrument' }
}

async function readUnit(deps: PublishDeps, stored: StoredUnit): Promise<Unit | null> {
  const plan = planOf(deps, stored.programme)
  const programme = deps.frame.programmes.find((one) => one.programme === stored.programme)!
  const asked = askedIn(deps, stored.programme, stored.wave)
  if (!asked) return null
  const { wave } = asked
  const rows = await unitMembers(deps.db, { cohortId: stored.cohort_id, wave: stored.wave, baseline: plan.baseline })
  const instruments = await versionsIn(deps, rows)
  const isBaseline = stored.wave === plan.baseline
  const dimensions = (names: readonly string[]) =>
    deps.frame.dimensions.filter(({ dimension }) => names.includes(dimension))
  return {
    publication: `${stored.programme}.${stored.cohort}.${stored.wave}.1`,
    wave: stored.wave,
    baselineWave: isBaseline ? null : plan.baseline,
    instruments: [...instruments.keys()].sort(),
    measures: deps.bank.measures,
    // What is sensitive by now was so when it was answered, whatever the version said.
    sensitive: sensitiveItems([...deps.bank.instruments.values(), ...instruments.values()]),
    expectedResponse: wave.expectedResponse,
    by: dimensions(programme.publish.by),
    changeBy: dimensions(programme.publish.changeBy),
    noise: { table: perturbation.name, D: perturbation.D, V: perturbation.V },
    members: rows.map((row) => memberOf(row, instruments, { isBaseline, needsReturn: wave.anchor === 'return' })),
  }
}

const nameOf = (instrument: string, version: number) => `${instrument}@${version}`

/** Every instrument version that somebody in the unit answered, by its name. */
async function versionsIn(
  { db }: Pick<Deps, 'db'>,
  rows: readonly StoredUnitMember[],
): Promise<Map<string, Instrument>> {
  const used = new Set(
    rows.flatMap((row) =>
      [
        row.instrument && row.instrument_version !== null ? nameOf(row.instrument, row.instrument_version) : [],
        row.before_instrument && row.before_version !== null ? nameOf(row.before_instrument, row.before_version) : [],
      ].flat(),
    ),
  )
  if (used.size === 0) return new Map()
  const stored = await versionsOf(
    db,
    [...used].map((name) => name.split('@')[0]!),
  )
  return new Map(
    stored
      .map(({ instrument, version, content }) => [nameOf(instrument, version), content as Instrument] as const)
      .filter(([name]) => used.has(name)),
  )
}

function memberOf(
  row: StoredUnitMember,
  instruments: ReadonlyMap<string, Instrument>,
  { isBaseline, needsReturn }: { isBaseline: boolean; needsReturn: boolean },
): UnitMember {
  const now = givenOf(row.answers, row.instrument, row.instrument_version, instruments)
  const before = isBaseline ? null : givenOf(row.before_answers, row.before_instrument, row.before_version, instruments)
  const complete = now && completeness(now.instrument, now.answers)
  const disposition = dispositionOf({
    completeness: complete,
    because: row.because,
    verified: !needsReturn || row.returned_on !== null,
  })
  const isUsable = (given: Given | null) => given !== null && completeness(given.instrument, given.answers) >= 0.5
  return {
    key: row.record_key,
    facts: {
      dispositif: row.dispositif,
      direction: row.direction,
      gender: row.gender,
      authorityType: row.authority_type,
      authorityFirstTime: row.authority_first_time,
      age: row.departed_on.year - row.birth_year,
    },
    disposition,
    given: isUsable(now) ? now : null,
    baseline: isUsable(before) ? before : null,
  }
}

function givenOf(
  answers: StoredUnitMember['answers'],
  name: string | null,
  version: number | null,
  instruments: ReadonlyMap<string, Instrument>,
): Given | null {
  const instrument = name !== null && version !== null ? instruments.get(nameOf(name, version)) : undefined
  return answers && instrument ? { answers, instrument } : null
}

/** What a publication is made of, as its readers see it: the catalogue of its tables, each with its hash. */
function manifestOf(
  unit: Unit,
  { programme, cohort, wave }: StoredUnit,
  publishedOn: Temporal.PlainDate,
  cellKey: string,
  { tables, refused }: UnitTables,
): string {
  const bySplit = Map.groupBy(tables, ({ value }) => value.table)
  const manifest: Manifest = {
    publication: unit.publication,
    status: 'final',
    programme,
    cohort,
    wave,
    baseline: unit.baselineWave,
    publishedOn: publishedOn.toString(),
    eligible: unit.members.length,
    instruments: unit.instruments,
    noise: { ...unit.noise, cellKey },
    tables: [...bySplit].map(([table, splits]) => ({
      table,
      kind: splits[0]!.value.kind,
      label: splits[0]!.value.label,
      by: splits.map(({ value }) => ({ by: value.by, sha256: sha256Hex(JSON.stringify(value)) })),
    })),
    refused,
  }
  return JSON.stringify(manifest)
}
