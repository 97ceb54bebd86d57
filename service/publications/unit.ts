// A publication unit: programme × wave × cohort. Its people as record keys, facts and answers, and the ways of splitting them.
import type { RecordKey } from '../disclosure/cell-key.ts'
import type { Answers } from '../instruments/answers.ts'
import type { Indicator } from '../instruments/indicator.ts'
import type { Instrument } from '../instruments/instrument.ts'
import type { Measure } from '../instruments/item.ts'
import type { Dimension } from '../panel/frame.ts'
import { groupMembers, type SegmentFacts } from '../panel/segments.ts'
import { type Bilingual, inBothLanguages } from '../platform/i18n.ts'
import type { Dispositions } from '../statistics/response-rates.ts'
import type { CellName } from './estimates.ts'
import type { PublishedTable } from './tables.ts'

/** What somebody answered, with the instrument version it answers. */
export type Given = { answers: Answers; instrument: Instrument }

export type UnitMember = {
  key: RecordKey
  facts: SegmentFacts
  disposition: keyof Dispositions
  /** Null for whoever did not respond, or broke off. */
  given: Given | null
  /** The same person's response at the baseline wave. */
  baseline: Given | null
  /** The waves this person responded at, up to the unit's own. */
  responded: ReadonlySet<string>
  /** What is known of the months since the return: a state's letter each, `.` for an unknown one. */
  path: string
}

export type Unit = {
  publication: string
  wave: string
  /** The wave changes are measured from; null for the baseline itself. */
  baselineWave: string | null
  /** The waves of the plan up to this one, the first first. */
  waves: readonly { wave: string; name: Bilingual }[]
  /** How long after the return the wave opens, in whole months; null before departure. */
  monthsSince: number | null
  /** How many releases measure the answer to one item from now on, a provisional one among them. */
  releases: number
  /** What was released of the same people at earlier waves: by which splits, made for how many to respond. */
  history: readonly { wave: string; splits: readonly string[]; expectedResponse: number }[]
  instruments: string[]
  measures: readonly Measure[]
  indicators: readonly Indicator[]
  /** Items that are published for the unit as a whole only, and so are the measures scored from them. */
  sensitive: ReadonlySet<string>
  expectedResponse: number
  by: readonly Dimension[]
  changeBy: readonly Dimension[]
  pairs: readonly (readonly [Dimension, Dimension])[]
  /** Names of splits to weight by, the one wanted most first. */
  weightBy: readonly string[]
  noise: { table: string; D: number; V: number }
  members: readonly UnitMember[]
  /** People who did not leave, to set volunteers against; in no other figure. */
  comparison: readonly UnitMember[]
}

/** Somebody whose answers count. */
export type Respondent = UnitMember & { given: Given }
export const respondentsOf = ({ members }: Pick<Unit, 'members'>): Respondent[] =>
  members.filter((member): member is Respondent => member.given !== null)

export const keysOf = (members: readonly { key: RecordKey }[]): RecordKey[] => members.map(({ key }) => key)

/** A way of splitting the unit; `of` has the place of each member's group. */
export type Split = { by: string; label: Bilingual; groups: CellName[]; of: Int32Array }

/** Everybody, as one group. */
export const totalOf = ({ members }: Pick<Unit, 'members'>): Split => ({
  by: TOTAL,
  label: inBothLanguages('impact.everybody'),
  groups: [{ category: 'ALL', label: inBothLanguages('impact.everybody') }],
  of: new Int32Array(members.length),
})

export const TOTAL = 'total'

/** The unit split by the categories of one dimension, or nothing where there are not two of them. */
export function splitBy({ members, expectedResponse }: Unit, dimension: Dimension): Split[] {
  const grouping = groupMembers(
    dimension,
    members.map(({ facts }) => facts),
    expectedResponse,
  )
  if (!grouping) return []
  const groups = dimension.categories
    .filter(({ category }) => grouping.categories.includes(category))
    .map(({ category, label }) => ({ category, label }))
  const places = new Map(groups.map(({ category }, place) => [category, place]))
  const of = Int32Array.from(members, ({ facts }) => places.get(grouping.categoryOf(facts))!)
  return [{ by: dimension.dimension, label: dimension.label, groups, of }]
}

/** Fewest respondents to expect in a group of a pair. */
const SMALLEST_PAIR = 10

/**
 * The unit split by two dimensions at once, or nothing where a group that has members is expected to give fewer than ten
 * respondents. Depends on the frame only, never on who answered.
 */
export function splitByPair({ members, expectedResponse }: Unit, first: Split, second: Split): Split[] {
  const width = second.groups.length
  const of = Int32Array.from(members, (_, member) => first.of[member]! * width + second.of[member]!)
  const sizes = new Int32Array(first.groups.length * width)
  for (const group of of) sizes[group]!++
  if (sizes.some((size) => size > 0 && size * expectedResponse < SMALLEST_PAIR)) return []
  const both = (a: Bilingual, b: Bilingual): Bilingual => ({ fr: `${a.fr}, ${b.fr}`, en: `${a.en}, ${b.en}` })
  const groups = first.groups.flatMap((one) =>
    second.groups.map((other) => ({
      category: `${one.category},${other.category}`,
      label: both(one.label, other.label),
    })),
  )
  const kept = groups.flatMap((_, group) => (sizes[group]! > 0 ? [group] : []))
  return [
    {
      by: `${first.by},${second.by}`,
      label: both(first.label, second.label),
      groups: kept.map((group) => groups[group]!),
      of: of.map((group) => kept.indexOf(group)),
    },
  ]
}

type Heading = Pick<PublishedTable, 'table' | 'label' | 'method'>

/** What every table of a unit begins with. */
export const head = (
  { publication, noise, instruments }: Unit,
  { by }: Pick<Split, 'by'>,
  { table, label, method }: Heading,
) => ({ publication, table, by, label, method, confidence: 0.95, noise, instruments }) as const
