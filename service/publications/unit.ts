// A publication unit: programme × wave × cohort. Its people as record keys, facts and answers, and the ways of splitting them.
import type { RecordKey } from '../disclosure/cell-key.ts'
import type { Answers } from '../instruments/answers.ts'
import type { Instrument } from '../instruments/instrument.ts'
import type { Measure } from '../instruments/item.ts'
import type { Dimension } from '../panel/frame.ts'
import { groupMembers, type SegmentFacts } from '../panel/segments.ts'
import { inBothLanguages } from '../platform/i18n.ts'
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
}

export type Unit = {
  publication: string
  wave: string
  /** The wave changes are measured from; null for the baseline itself. */
  baselineWave: string | null
  instruments: string[]
  measures: readonly Measure[]
  /** Items that are published for the unit as a whole only, and so are the measures scored from them. */
  sensitive: ReadonlySet<string>
  expectedResponse: number
  by: readonly Dimension[]
  changeBy: readonly Dimension[]
  noise: { table: string; D: number; V: number }
  members: readonly UnitMember[]
}

/** Somebody whose answers count. */
export type Respondent = UnitMember & { given: Given }
export const respondentsOf = ({ members }: Unit): Respondent[] =>
  members.filter((member): member is Respondent => member.given !== null)

export const keysOf = (members: readonly { key: RecordKey }[]): RecordKey[] => members.map(({ key }) => key)

/** A way of splitting the unit: into everybody, or into the categories of one dimension. */
export type Split = { by: string; groups: CellName[]; groupOf(member: UnitMember): string }

export const TOTAL: Split = {
  by: 'total',
  groups: [{ category: 'ALL', label: inBothLanguages('impact.everybody') }],
  groupOf: () => 'ALL',
}

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
  return [{ by: dimension.dimension, groups, groupOf: ({ facts }) => grouping.categoryOf(facts) }]
}

type Heading = Pick<PublishedTable, 'table' | 'label' | 'method'>

/** What every table of a unit begins with. */
export const head = ({ publication, noise, instruments }: Unit, { by }: Split, { table, label, method }: Heading) =>
  ({ publication, table, by, label, method, confidence: 0.95, noise, instruments }) as const
