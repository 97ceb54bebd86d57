// What a programme is by its register alone: whom it sends where, by which schemes, with which authorities. Knows nothing
// of answers. A number of people from 1 to 9 is never said, nor can it be worked out from what is.
import { type Bilingual, inBothLanguages, type WordKey } from '../platform/i18n.ts'
import type { Dimension } from './frame.ts'
import { categoryOf, type MissionFacts, type SegmentFacts, segmentFacts } from './segments.ts'

export type RegisterMission = MissionFacts & { authority_siren: string }

/** `share` is that of `n`, from 0 to 1; null is what must not be said. */
export type IndicatorRow = { category: string; label: Bilingual; count: number | null; share: number | null }

export type RegisterIndicator = {
  indicator: string
  label: WordKey
  /** Missions are people, and protected; authorities and countries are not. */
  counted: 'missions' | 'authorities' | 'countries'
  n: number | null
  /** The categories of a dimension, in its order and without the empty ones, or the one part that the label names. */
  rows: IndicatorRow[]
}

/** The fewest people that may be counted. */
const GATE = 10
/** The remainder of a dimension, where what is too small to be said goes too. */
const REMAINDER = 'OTHER'
/** How much sooner than planned somebody comes back for their mission to have ended early. */
const EARLY_DAYS = 30

/** The indicators of a cohort, from all its volunteers' missions; those are left out whose dimension is not declared. */
export function registerIndicators(
  missions: readonly RegisterMission[],
  dimensions: readonly Dimension[],
): RegisterIndicator[] {
  const things = thingsIn(missions)
  const split = (
    counted: RegisterIndicator['counted'],
    fact: Dimension['fact'],
    indicator: string,
    label: WordKey,
  ): RegisterIndicator[] => {
    const dimension = dimensions.find((one) => one.fact === fact)
    if (!dimension) return []
    const people = mergeFew(sizesOf(dimension, things.missions))
    const sizes = sizesOf(dimension, things[counted])
    // A country is somebody's: those of a region are told apart only where its people are.
    const told = { missions: people, authorities: sizes, countries: mergeAllBut([...people.keys()], sizes) }[counted]
    return [{ indicator, label, counted, ...breakdown(told, dimension, counted) }]
  }
  const of = missions.length
  const gendered = missions.filter(({ gender }) => gender !== 'NR')
  const women = gendered.filter(({ gender }) => gender === 'F')
  const back = missions.filter(({ returned_on }) => returned_on !== null)
  const early = back.filter(endedEarly)
  const parity = partOf('F', 'register.women', { of, known: gendered.length, part: women.length })
  const earlyEnds = partOf('EARLY', 'register.early', { of, known: back.length, part: early.length })
  return [
    ...split('missions', 'dispositif', 'missions_by_scheme', 'register.scheme'),
    ...split('missions', 'direction', 'missions_by_direction', 'register.direction'),
    ...split('authorities', 'authorityFirstTime', 'authorities_by_first_time', 'register.firstTime'),
    ...split('authorities', 'authorityType', 'authorities_by_type', 'register.authorityType'),
    { indicator: 'parity', label: 'register.parity', counted: 'missions', ...parity },
    ...split('countries', 'country', 'countries_by_region', 'register.countries'),
    ...split('missions', 'country', 'missions_by_region', 'register.region'),
    { indicator: 'early_ends', label: 'register.earlyEnds', counted: 'missions', ...earlyEnds },
    ...split('missions', 'channel', 'missions_by_channel', 'register.channel'),
  ]
}

/** What can be counted, each thing as the missions it has. */
function thingsIn(missions: readonly RegisterMission[]): Record<RegisterIndicator['counted'], SegmentFacts[][]> {
  const all = missions.map((mission) => ({ siren: mission.authority_siren, facts: segmentFacts(mission) }))
  const groupedBy = (keyOf: (mission: (typeof all)[number]) => string) =>
    [...Map.groupBy(all, keyOf).values()].map((group) => group.map(({ facts }) => facts))
  return {
    missions: all.map(({ facts }) => [facts]),
    authorities: groupedBy(({ siren }) => siren),
    countries: groupedBy(({ facts }) => facts.country),
  }
}

/**
 * How many things are in each category. One whose missions are in several is in the first declared: an authority whose
 * first mission was its first action abroad is counted there, whatever its later ones say.
 */
function sizesOf(dimension: Dimension, things: readonly (readonly SegmentFacts[])[]): Map<string, number> {
  const declared = dimension.categories.map(({ category }) => category)
  const sizes = new Map([...declared, REMAINDER].map((category) => [category, 0]))
  for (const missions of things) {
    const theirs = missions.map((facts) => categoryOf(dimension, facts))
    const category = declared.find((one) => theirs.includes(one)) ?? REMAINDER
    sizes.set(category, sizes.get(category)! + 1)
  }
  return sizes
}

type Breakdown = Pick<RegisterIndicator, 'n' | 'rows'>
type Sizes = ReadonlyMap<string, number>

const total = (sizes: Sizes): number => sizes.values().reduce((sum, size) => sum + size, 0)
const isFew = (people: number): boolean => people > 0 && people < GATE

function breakdown(sizes: Sizes, { categories }: Dimension, counted: RegisterIndicator['counted']): Breakdown {
  const all = total(sizes)
  const n = counted === 'missions' && isFew(all) ? null : all
  const labelOf = (category: string) =>
    categories.find((one) => one.category === category)?.label ?? inBothLanguages('register.other')
  const rows = [...sizes]
    .filter(([, size]) => size > 0)
    .map(([category, size]) => {
      const said = n === null ? { count: null, share: null } : { count: size, share: size / n }
      return { category, label: labelOf(category), ...said }
    })
  return { n, rows }
}

/** The same things with only some categories left, and the others in the remainder. */
function mergeAllBut(kept: readonly string[], sizes: Sizes): Map<string, number> {
  const left = new Map([...sizes].filter(([category]) => category !== REMAINDER && kept.includes(category)))
  return left.set(REMAINDER, total(sizes) - total(left))
}

/**
 * Categories of fewer than ten people join the remainder, and the smallest of the others does too where they would still
 * be fewer than ten together, for the total would give them away. Whether it had to is not said: the remainder of a
 * dimension that has one leaves open how many people each of its categories has.
 */
function mergeFew(sizes: Sizes): Map<string, number> {
  const enough = [...sizes].filter(([category, size]) => category !== REMAINDER && size >= GATE)
  const names = enough.toSorted(([, a], [, b]) => a - b).map(([category]) => category)
  const merged = mergeAllBut(names, sizes)
  return isFew(merged.get(REMAINDER)!) ? mergeAllBut(names.slice(1), sizes) : merged
}

/** From so many people on, a share of those known in whole percent is that of any number of unknown ones under ten. */
const VAGUE_FROM = 120
const isVague = (of: number, share: number): boolean => of >= VAGUE_FROM && 0.2 <= share && share <= 0.8

/**
 * A part of those of whom it is known whether they belong to it; `of` is everybody, which is public. While fewer than ten
 * are unknown, the numbers would give them away: a share in whole percent stands for them, if it is vague enough.
 */
function partOf(
  category: string,
  label: WordKey,
  { of, known, part }: { of: number; known: number; part: number },
): Breakdown {
  const row = (count: number | null, share: number | null) => [
    { category, label: inBothLanguages(label), count, share },
  ]
  const n = isFew(known) || isFew(of - known) ? null : known
  if (known === 0) return { n, rows: [] }
  if (isFew(part) || isFew(known - part)) return { n, rows: row(null, null) }
  if (n !== null) return { n, rows: row(part, part / known) }
  const share = Math.round((100 * part) / known) / 100
  return { n, rows: row(null, isVague(of, share) ? share : null) }
}

const endedEarly = ({ planned_return_on, returned_on }: RegisterMission): boolean =>
  returned_on !== null && returned_on.until(planned_return_on, { largestUnit: 'day' }).days >= EARLY_DAYS
