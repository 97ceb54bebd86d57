// Reads a publication unit: everybody in it, as the statistics may see them. Nothing that names anybody, nothing they wrote.

import perturbation from '../disclosure/perturbation-table.json' with { type: 'json' }
import { completeness, isCalendar } from '../instruments/answers.ts'
import { mergeCalendars } from '../instruments/calendar.ts'
import { pathOf } from '../instruments/indicator.ts'
import { type Instrument, itemsOf } from '../instruments/instrument.ts'
import { versionsOf } from '../instruments/versions.queries.ts'
import type { Dimension, Programme } from '../panel/frame.ts'
import { segmentFacts } from '../panel/segments.ts'
import { askedIn, type Deps, planOf } from '../waves/deps.ts'
import type { Plan, Wave } from '../waves/plan.ts'
import { dispositionOf } from './disposition.ts'
import { publicationsOf } from './publications.queries.ts'
import { Manifest } from './tables.ts'
import type { Given, Unit, UnitMember } from './unit.ts'
import { type StoredUnit, type StoredUnitMember, unitPages, versionsAnswered } from './units.queries.ts'
import { sensitiveItems } from './versions.ts'

type ReadDeps = Pick<Deps, 'db' | 'frame' | 'plans' | 'bank'>

/**
 * A unit as `publication` will publish it; null while its wave has no instrument. `releases` is how often it is released
 * itself: once, or twice with a provisional release.
 */
export async function readUnit(
  deps: ReadDeps,
  stored: StoredUnit,
  { publication, releases }: { publication: string; releases: number },
): Promise<Unit | null> {
  const plan = planOf(deps, stored.programme)
  const programme = deps.frame.programmes.find((one) => one.programme === stored.programme)!
  const asked = askedIn(deps, stored.programme, stored.wave)
  if (!asked) return null
  const { wave } = asked
  const waves = plan.waves.slice(0, plan.waves.findIndex((one) => one.wave === wave.wave) + 1)
  const reading = { cohortId: stored.cohort_id, wave: stored.wave, waves: waves.map(({ wave }) => wave) }
  const isBaseline = stored.wave === plan.baseline
  const answered = await versionsAnswered(deps.db, reading)
  const instruments = await storedInstruments(deps, answered)
  const counted = new Set([stored.wave, ...(isBaseline ? [] : [plan.baseline])])
  const shown = answered
    .filter(({ wave }) => counted.has(wave))
    .map(({ instrument, version }) => nameOf(instrument, version))

  const members: UnitMember[] = []
  const comparison: UnitMember[] = []
  const reader = {
    instruments,
    waves: reading.waves,
    wave: stored.wave,
    baseline: isBaseline ? null : plan.baseline,
    anchor: wave.anchor,
  }
  for await (const page of unitPages(deps.db, reading))
    for (const row of page) (row.arm === 'CMP' ? comparison : members).push(memberOf(row, reader))

  return {
    publication,
    wave: stored.wave,
    baselineWave: isBaseline ? null : plan.baseline,
    waves: waves.map(({ wave, name }) => ({ wave, name })),
    monthsSince: monthsSince(wave),
    releases: mostAsked(deps, plan.waves.slice(waves.length - 1), asked.instrument) + releases - 1,
    history: await releasedBefore(deps, stored, waves.slice(0, -1)),
    instruments: [...new Set(shown)].sort(),
    measures: deps.bank.measures,
    indicators: deps.bank.indicators,
    // What is sensitive by now was so when it was answered, whatever the version said.
    sensitive: sensitiveItems([...deps.bank.instruments.values(), ...instruments.values()]),
    expectedResponse: wave.expectedResponse,
    ...splitsWanted(programme, deps.frame.dimensions),
    noise: { table: perturbation.name, D: perturbation.D, V: perturbation.V },
    members,
    comparison,
  }
}

function splitsWanted({ publish }: Programme, dimensions: readonly Dimension[]) {
  const named = (name: string) => dimensions.find(({ dimension }) => dimension === name)!
  return {
    by: publish.by.map(named),
    changeBy: publish.changeBy.map(named),
    pairs: publish.pairs.map(([first, second]) => [named(first), named(second)] as const),
    weightBy: publish.weightBy.map((names) => names.join(',')),
  }
}

/** How long after the return a wave opens, in whole months; null where it does not hang on the return. */
const monthsSince = ({ anchor, opens }: Wave): number | null =>
  anchor === 'return' ? Math.floor(opens.total({ unit: 'months', relativeTo: '2024-01-01' })) : null

/** In how many of some waves the item of an instrument is asked that is asked most often. */
function mostAsked({ bank }: Pick<Deps, 'bank'>, waves: Plan['waves'], instrument: Instrument): number {
  const asking = waves.flatMap((wave) => bank.instruments.get(wave.instrument) ?? [])
  const codes = asking.map((one) => new Set(itemsOf(one).map(({ item }) => item)))
  return Math.max(1, ...itemsOf(instrument).map(({ item }) => codes.filter((asked) => asked.has(item)).length))
}

/** What was released of the same cohort at each of some waves; what was published before plans were kept had one-way tables. */
async function releasedBefore(
  { db }: Pick<Deps, 'db'>,
  stored: StoredUnit,
  waves: Plan['waves'],
): Promise<Unit['history']> {
  const released = await Promise.all(
    waves.map(async ({ wave, expectedResponse }) => {
      const published = await publicationsOf(db, { ...stored, wave })
      const manifests = published.map(({ manifest }) => Manifest.parse(JSON.parse(manifest)))
      const splits = manifests.flatMap(({ tables }) => tables.flatMap(({ by }) => by.map(({ by }) => by)))
      return { wave, expectedResponse, splits: [...new Set(splits)] }
    }),
  )
  return released.filter(({ splits }) => splits.length > 0)
}

const nameOf = (instrument: string, version: number) => `${instrument}@${version}`

/** Instrument versions as they were stored, by their names. */
export async function storedInstruments(
  { db }: Pick<Deps, 'db'>,
  answered: readonly { instrument: string; version: number }[],
): Promise<Map<string, Instrument>> {
  if (answered.length === 0) return new Map()
  const stored = await versionsOf(db, [...new Set(answered.map(({ instrument }) => instrument))])
  const used = new Set(answered.map(({ instrument, version }) => nameOf(instrument, version)))
  return new Map(
    stored
      .map(({ instrument, version, content }) => [nameOf(instrument, version), content as Instrument] as const)
      .filter(([name]) => used.has(name)),
  )
}

type Reader = {
  instruments: ReadonlyMap<string, Instrument>
  waves: readonly string[]
  wave: string
  baseline: string | null
  anchor: Wave['anchor']
}

function memberOf(row: StoredUnitMember, { instruments, waves, wave, baseline, anchor }: Reader): UnitMember {
  const given = new Map(
    row.responses.flatMap(({ wave, answers, instrument, instrument_version }) => {
      const version = instruments.get(nameOf(instrument, instrument_version))
      if (!version) return []
      return [[wave, { answers, instrument: version, complete: completeness(version, answers) }] as const]
    }),
  )
  const usable = new Map([...given].filter(([, { complete }]) => complete >= USABLE_FROM))
  const calendars = waves.flatMap((wave) => Object.values(usable.get(wave)?.answers ?? {}).filter(isCalendar))
  const lean = (wave: string | null) => leanOf(wave === null ? undefined : usable.get(wave))
  return {
    key: row.record_key,
    facts: segmentFacts(row),
    disposition: dispositionOf({
      completeness: given.get(wave)?.complete ?? null,
      because: row.because,
      verified: anchor !== 'return' || row.returned_on !== null,
    }),
    given: lean(wave),
    baseline: lean(baseline),
    responded: new Set(usable.keys()),
    path: row.returned_on ? pathOf(mergeCalendars(calendars), row.returned_on) : '',
  }
}

/** A response with less of its core items dealt with is a break-off. */
const USABLE_FROM = 0.5

/** Codes only: what people wrote, and the months that their path has already, are not kept. */
function leanOf(given: Given | undefined): Given | null {
  if (!given) return null
  const codes = Object.entries(given.answers).filter(
    ([, answer]) =>
      typeof answer === 'number' || (Array.isArray(answer) && answer.every((one) => typeof one === 'number')),
  )
  return { answers: Object.fromEntries(codes), instrument: given.instrument }
}
