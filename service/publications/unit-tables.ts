// Computes every table of a publication unit: programme × wave × cohort. Sees people as record keys, facts and answers.
import type { RecordKey } from '../disclosure/cell-key.ts'
import type { createProtector } from '../disclosure/protect.ts'
import { allOf, derive, type Protected, together } from '../disclosure/protected.ts'
import { releaseScope } from '../disclosure/unit.ts'
import { type Answers, isValid, MISSING } from '../instruments/answers.ts'
import { type Instrument, type Item, itemsOf, measuresOf } from '../instruments/instrument.ts'
import type { Measure } from '../instruments/item.ts'
import { rangeOf, score } from '../instruments/scoring.ts'
import type { Dimension } from '../panel/frame.ts'
import { groupMembers, type SegmentFacts } from '../panel/segments.ts'
import { inBothLanguages } from '../platform/i18n.ts'
import type { Dispositions } from '../statistics/response-rates.ts'
import { type CellName, changeCell, distributionCell, meanCell, responseCell } from './estimates.ts'
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
  instrument: Instrument
  instruments: string[]
  measures: readonly Measure[]
  expectedResponse: number
  by: readonly Dimension[]
  changeBy: readonly Dimension[]
  noise: { table: string; D: number; V: number }
  members: readonly UnitMember[]
}

type Protector = ReturnType<typeof createProtector>

/** The tables of a unit, in the order of its instrument; null when too few people responded for anything to be said. */
export function unitTables(unit: Unit, protector: Protector): Protected<PublishedTable>[] | null {
  const respondents = unit.members.filter(({ given }) => given !== null)
  const scope = derive(protector.count(keysOf(respondents)), (n) =>
    releaseScope({ eligible: unit.members.length, respondents: n }),
  ).value
  if (scope === 'nothing') return null
  const splits = (dimensions: readonly Dimension[]) => [
    TOTAL,
    ...(scope === 'one-way' ? dimensions.flatMap((dimension) => splitBy(unit, dimension)) : []),
  ]
  const choices = itemsOf(unit.instrument).filter((item) => item.type === 'single' || item.type === 'likert')
  const measures = measuresOf(unit.instrument, unit.measures)
  const changes = unit.baselineWave === null ? [] : measures.filter((measure) => measure.kind === 'scale')
  return [
    ...splits(unit.by).map((split) => responseTable(unit, split, protector)),
    ...choices.flatMap((item) => splits(unit.by).map((split) => distributionTable(unit, item, split, protector))),
    ...measures.flatMap((measure) => splits(unit.by).map((split) => meanTable(unit, measure, split, protector))),
    ...changes.flatMap((measure) => splits(unit.changeBy).map((split) => changeTable(unit, measure, split, protector))),
  ]
}

const keysOf = (members: readonly { key: RecordKey }[]): RecordKey[] => members.map(({ key }) => key)

/** A way of splitting the unit: into everybody, or into the categories of one dimension. */
type Split = { by: string; groups: CellName[]; groupOf(member: UnitMember): string }

const TOTAL: Split = {
  by: 'total',
  groups: [{ category: 'ALL', label: inBothLanguages('impact.everybody') }],
  groupOf: () => 'ALL',
}

function splitBy({ members, expectedResponse }: Unit, dimension: Dimension): Split[] {
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

const head = ({ publication, noise, instruments }: Unit, { by }: Split, { table, label, method }: Heading) =>
  ({ publication, table, by, label, method, confidence: 0.95, noise, instruments }) as const

function responseTable(unit: Unit, split: Split, protector: Protector): Protected<PublishedTable> {
  const cells = split.groups.map((group) => {
    const members = unit.members.filter((member) => split.groupOf(member) === group.category)
    const count = (disposition: keyof Dispositions) =>
      protector.count(keysOf(members.filter((member) => member.disposition === disposition)))
    const dispositions = together({
      I: count('I'),
      P: count('P'),
      R: count('R'),
      NC: count('NC'),
      O: count('O'),
      UH: count('UH'),
      UO: count('UO'),
      NE: count('NE'),
    })
    return derive(together({ n: protector.count(keysOf(members)), dispositions }), (primitives) =>
      responseCell(group, members.length, primitives),
    )
  })
  const heading = {
    table: 'response',
    label: inBothLanguages('impact.label.response'),
    method: 'AAPOR final dispositions and rates; RR2 is the headline',
  }
  return derive(allOf(cells), (cells) => ({ ...head(unit, split, heading), kind: 'response', cells }))
}

type ChoiceItem = Extract<Item, { type: 'single' | 'likert' }>

function distributionTable(
  unit: Unit,
  item: ChoiceItem,
  split: Split,
  protector: Protector,
): Protected<PublishedTable> {
  const options = item.options.map(({ code, fr, en }) => ({ code, label: { fr, en } }))
  const cells = split.groups.map((group) => {
    const members = respondentsIn(unit, split, group)
    const gave = (test: (answer: Answers[string] | undefined) => boolean) =>
      protector.count(keysOf(members.filter(({ given }) => test(given.answers[item.item]))))
    const primitives = together({
      n: gave(isValid),
      counts: allOf(options.map(({ code }) => gave((answer) => answer === code))),
      declined: gave((answer) => answer === MISSING.declined),
      leftBlank: gave((answer) => answer === MISSING.leftBlank),
    })
    return derive(primitives, (primitives) => distributionCell(group, options, unit.noise.V, primitives))
  })
  const heading = {
    table: `item.${item.item}`,
    label: { fr: item.text.fr, en: item.text.en },
    method: 'Shares of valid answers; Wilson 95 % interval on the n that sampling and noise leave',
  }
  return derive(allOf(cells), (cells) => ({ ...head(unit, split, heading), kind: 'distribution', cells }))
}

type Respondent = UnitMember & { given: Given }
const isRespondent = (member: UnitMember): member is Respondent => member.given !== null
const respondentsIn = ({ members }: Unit, split: Split, group: CellName): Respondent[] =>
  members.filter(isRespondent).filter((member) => split.groupOf(member) === group.category)

type Valued = { key: RecordKey; value: number }

function meanTable(unit: Unit, measure: Measure, split: Split, protector: Protector): Protected<PublishedTable> {
  const { low, high } = rangeOf(measure)
  const scale = { centre: (low + high) / 2, range: high - low }
  const cells = split.groups.map((group) => {
    const scored = respondentsIn(unit, split, group).flatMap(({ key, given }) =>
      valued(key, score(measure, given.instrument, given.answers)),
    )
    return derive(moments(protector, measure.measure, scored, scale), (primitives) =>
      meanCell(group, scale, unit.noise.V, primitives),
    )
  })
  const heading = {
    table: `mean.${measure.measure}`,
    label: measure.label,
    method: `Mean score, ${low} to ${high}; 95 % t interval including the noise`,
  }
  return derive(allOf(cells), (cells) => ({ ...head(unit, split, heading), kind: 'mean', ...scale, cells }))
}

/** Differences are centred on no change; their noise is scaled to the measure's own range. */
function changeTable(unit: Unit, measure: Measure, split: Split, protector: Protector): Protected<PublishedTable> {
  const { low, high } = rangeOf(measure)
  const scale = { centre: 0, range: high - low }
  const cells = split.groups.map((group) => {
    const changed = respondentsIn(unit, split, group).flatMap(({ key, given, baseline }) =>
      valued(key, baseline && difference(measure, given, baseline)),
    )
    return derive(moments(protector, `${measure.measure}.change`, changed, scale), (primitives) =>
      changeCell(group, scale, unit.noise.V, primitives),
    )
  })
  const heading = {
    table: `change.${measure.measure}`,
    label: measure.label,
    method: `Mean difference ${unit.wave} − ${unit.baselineWave} of the people who answered both; 95 % t interval including the noise; dz = mean/sd`,
  }
  const waves = { from: unit.baselineWave ?? '', to: unit.wave }
  return derive(allOf(cells), (cells) => ({ ...head(unit, split, heading), kind: 'change', ...scale, ...waves, cells }))
}

const valued = (key: RecordKey, value: number | null): Valued[] => (value === null ? [] : [{ key, value }])

function difference(measure: Measure, now: Given, before: Given): number | null {
  const [after, earlier] = [now, before].map(({ instrument, answers }) => score(measure, instrument, answers))
  return after == null || earlier == null ? null : after - earlier
}

function moments(
  protector: Protector,
  name: string,
  people: readonly Valued[],
  { centre, range }: { centre: number; range: number },
) {
  const keys = keysOf(people)
  const drawn = protector.moments({ name, keys, values: people.map(({ value }) => value), centre, range })
  return derive(together({ n: protector.count(keys), drawn }), ({ n, drawn }) => ({ n, ...drawn }))
}
