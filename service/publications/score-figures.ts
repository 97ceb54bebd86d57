// Figures of scores: means, how reliable a scale is, how scores and shares changed since the baseline, and how that
// compares with people who did not leave.
import { packKeys } from '../disclosure/crowds.ts'
import { allOf, derive, type Protected, together } from '../disclosure/protected.ts'
import type { IndicatorOf } from '../instruments/indicator.ts'
import { itemsScored, measuresOf } from '../instruments/instrument.ts'
import type { Measure } from '../instruments/item.ts'
import { likertValue, rangeOf, score } from '../instruments/scoring.ts'
import { categoryOf } from '../panel/segments.ts'
import { inBothLanguages } from '../platform/i18n.ts'
import { type Classes, questionFinder, valuesOf } from './columns.ts'
import {
  balanceCell,
  changeCell,
  comparisonCell,
  meanCell,
  partCell,
  reliabilityCell,
  shareChangeCell,
  withWeightedMean,
} from './estimates.ts'
import {
  byEligible,
  countsOf,
  crowdsOf,
  type Figure,
  isAsked,
  type Made,
  mayChange,
  momentsOf,
  pairsAnswered,
  type Source,
  sumsOf,
} from './figures.ts'
import type { MeanCell, TableOf } from './tables.ts'
import { type Given, head, keysOf, type Split, TOTAL, totalOf, type UnitMember } from './unit.ts'
import { pairsBetween, pairsWithin } from './versions.ts'

export function scoreFigures(source: Source): Figure[] {
  const { unit, versions } = source
  const measures = unit.measures.filter((measure) => versions.some((version) => measuresOf(version, [measure])[0]))
  const scales = measures.filter((measure): measure is Scale => measure.kind === 'scale')
  const pairs = pairsAnswered(source)
  const changing = unit.baselineWave === null ? [] : scales.filter((scale) => mayChange(itemsScored(scale), pairs))
  return [
    ...measures.map((measure) => meanOf(measure, source)),
    ...scales.flatMap((scale) => [ceilingOf(scale, source), reliabilityOf(scale, source)]),
    ...changing.map((scale) => changeOf(scale, unit.baselineWave!, source)),
    ...unit.indicators.flatMap((indicator) =>
      indicator.kind === 'share' && indicator.change && isAsked(source, [indicator.item])
        ? shareChangeOf(indicator, source)
        : [],
    ),
    ...(hasComparison(source) ? changing.map((scale) => comparisonOf(scale, unit.baselineWave!, source)) : []),
  ]
}

type Scale = Extract<Measure, { kind: 'scale' }>

const scoreOf = (measure: Measure, { instrument, answers }: Given) => score(measure, instrument, answers)

function meanOf(measure: Measure, source: Source): Figure {
  const { unit, versions } = source
  const { low, high } = rangeOf(measure)
  const scale = { centre: (low + high) / 2, range: high - low }
  const heading = { table: `mean.${measure.measure}`, label: measure.label }
  const method = `Mean score, ${low} to ${high}; 95 % t interval including the noise`
  const items = itemsScored(measure)
  let values: Float64Array | undefined
  const cellsIn = (split: Split, { sensitive }: Made): Protected<MeanCell>[] => {
    values ??= valuesOf(unit.members, (given) => scoreOf(measure, given))
    return sumsOf(source, split, values, scale.centre).map((summed, group) =>
      derive(momentsOf(source, measure.measure, scale.range, summed), (primitives) =>
        meanCell(split.groups[group]!, scale, unit.noise.V, primitives, sensitive),
      ),
    )
  }
  return {
    ...heading,
    items,
    pairs: pairsWithin(items, versions),
    reach: 'all',
    draw(split, made) {
      const weightings = split.by === TOTAL ? made.weightings : []
      const ways = allOf(weightings.map((weighting) => allOf(cellsIn(weighting, made))))
      const cells = cellsIn(split, made).map((cell) =>
        derive(together({ cell, ways }), ({ cell, ways }) =>
          withWeightedMean(cell, byEligible(weightings, ways), scale, unit.noise.V),
        ),
      )
      const top = head(unit, split, { ...heading, method })
      const { comparability } = made
      return derive(allOf(cells), (cells) => ({ ...top, comparability, kind: 'mean', ...scale, cells }))
    },
  }
}

/** From this score on there is hardly any room left to rise. */
const CEILING = 90

/** Who is so close to the end of a scale that it could hardly show a rise. */
function ceilingOf(measure: Scale, source: Source): Figure {
  const { unit, versions } = source
  const heading = { table: `ceiling.${measure.measure}`, label: measure.label }
  const method = `Share of the people with a score who have ${CEILING} or more; Wilson 95 % interval including the noise`
  const items = itemsScored(measure)
  return {
    ...heading,
    items,
    pairs: pairsWithin(items, versions),
    reach: 'total',
    draw(split, { comparability, sensitive }) {
      const values = valuesOf(unit.members, (given) => scoreOf(measure, given))
      const of = Int16Array.from(values, (value) => (Number.isNaN(value) ? -1 : value >= CEILING ? 0 : 1))
      const cells = crowdsOf(source, split, { of, classes: 2 }).map((crowds, group) =>
        derive(countsOf(source, crowds, 2), ({ n, counts }) => {
          const primitives = { count: Math.min(counts[0]!, n), base: n }
          return partCell(split.groups[group]!, primitives, { V: unit.noise.V, drawn: 2, pooled: 1 }, sensitive)
        }),
      )
      const top = head(unit, split, { ...heading, method })
      const about = { item: measure.measure, codes: [CEILING], drawn: 2 }
      return derive(allOf(cells), (cells) => ({ ...top, comparability, kind: 'share', ...about, cells }))
    },
  }
}

/** The points of a Likert item run from 1 to 5. */
const MOST_POINTS = 5
const MIDDLE = 3

function reliabilityOf(measure: Scale, source: Source): Figure {
  const { unit, versions } = source
  const heading = { table: `reliability.${measure.measure}`, label: measure.label }
  const method = "Cronbach's α of the people who answered every item, from the perturbed sums"
  const { items } = measure
  return {
    ...heading,
    items,
    pairs: pairsWithin(items, versions),
    reach: 'total',
    draw(split, { comparability, sensitive }) {
      const questionIn = questionFinder()
      const points = unit.members.map(({ given }) => {
        const found = given ? items.map((code) => questionIn(given.instrument, code)) : []
        const all = found.map((item) => (item && given ? likertValue(item, given.answers) : null))
        return given && all.every((one) => one !== null) ? all : null
      })
      const column = (value: (all: number[]) => number) =>
        Float64Array.from(points, (all) => (all ? value(all) : Number.NaN))
      const range = MOST_POINTS - 1
      const name = (code: string) => `${measure.measure}.alpha.${code}`
      const byItem = items.map((code, place) => ({
        code,
        sums: sumsOf(
          source,
          split,
          column((all) => all[place]!),
          MIDDLE,
        ),
      }))
      const whole = sumsOf(
        source,
        split,
        column((all) => all.reduce((sum, one) => sum + one, 0)),
        MIDDLE * items.length,
      )
      const cells = split.groups.map((group, place) =>
        derive(
          together({
            items: allOf(byItem.map(({ code, sums }) => momentsOf(source, name(code), range, sums[place]!))),
            total: momentsOf(source, name('total'), range * items.length, whole[place]!),
          }),
          ({ items: drawn, total }) =>
            reliabilityCell(
              group,
              items.map((item, index) => ({ item, ...drawn[index]! })),
              total,
              range,
              sensitive,
            ),
        ),
      )
      const top = head(unit, split, { ...heading, method })
      return derive(allOf(cells), (cells) => ({
        ...top,
        comparability,
        kind: 'reliability',
        centre: MIDDLE,
        range,
        cells,
      }))
    },
  }
}

// ---------------------------------------------------------------- changes

/** What becomes of the people who answered both times: their difference, and where they started and ended. */
function differencesOf(measure: Measure, members: readonly UnitMember[]) {
  const now = valuesOf(members, (given, { baseline }) =>
    baseline && scoreOf(measure, baseline) !== null ? scoreOf(measure, given) : null,
  )
  const before = valuesOf(members, (_, { baseline }) => baseline && scoreOf(measure, baseline))
  const difference = now.map((value, member) => value - before[member]!)
  const paired = (values: Float64Array) =>
    values.map((value, member) => (Number.isNaN(difference[member]!) ? Number.NaN : value))
  return { difference, before: paired(before), after: paired(now) }
}

/** Differences are centred on no change; their noise is scaled to the measure's own range. */
function changeOf(measure: Scale, from: string, source: Source): Figure {
  const { unit } = source
  const { low, high } = rangeOf(measure)
  const range = high - low
  const scale = { centre: 0, range }
  const middle = (low + high) / 2
  const heading = { table: `change.${measure.measure}`, label: measure.label }
  const method = `Mean difference ${unit.wave} − ${from} of the people who answered both; 95 % t interval including the noise; dz = mean/sd`
  const items = itemsScored(measure)
  const name = `${measure.measure}.change`
  let columns: ReturnType<typeof differencesOf> | undefined
  return {
    ...heading,
    items,
    pairs: pairsBetween(items, pairsAnswered(source)),
    reach: 'changing',
    draw(split, { comparability, sensitive }) {
      columns ??= differencesOf(measure, unit.members)
      const differences = sumsOf(source, split, columns.difference, 0)
      const before = sumsOf(source, split, columns.before, middle)
      const after = sumsOf(source, split, columns.after, middle)
      const cells = split.groups.map((group, place) =>
        derive(
          together({
            change: momentsOf(source, name, range, differences[place]!),
            before: momentsOf(source, `${name}.before`, range, before[place]!),
            after: momentsOf(source, `${name}.after`, range, after[place]!),
          }),
          ({ change, before, after }) =>
            changeCell(group, scale, unit.noise.V, change, { centre: middle, before, after }, sensitive),
        ),
      )
      const top = head(unit, split, { ...heading, method })
      const about = {
        from,
        to: unit.wave,
        comparedWith: hasComparison(source) ? `comparison.${measure.measure}` : null,
      }
      return derive(allOf(cells), (cells) => ({ ...top, comparability, kind: 'change', ...scale, ...about, cells }))
    },
  }
}

function shareChangeOf(indicator: IndicatorOf<'share'>, source: Source): Figure[] {
  const { unit } = source
  const items = [indicator.item]
  const pairs = pairsAnswered(source)
  if (unit.baselineWave === null || !mayChange(items, pairs)) return []
  const [from, to] = [unit.baselineWave, unit.wave]
  const heading = { table: `change.${indicator.indicator}`, label: indicator.label }
  const method = `Share at ${to} − share at ${from} of the people who answered both; Newcombe's paired 95 % interval on the n that sampling and noise leave`
  const isIn = (given: Given | null): boolean | null => {
    const answer = given?.answers[indicator.item]
    if (typeof answer !== 'number' || answer < 0) return null
    if (indicator.among && !indicator.among.includes(answer)) return null
    return indicator.codes.includes(answer)
  }
  return [
    {
      ...heading,
      items,
      pairs: pairsBetween(items, pairs),
      reach: 'changing',
      draw(split, { comparability, sensitive }) {
        const classes: Classes = {
          classes: 4,
          of: Int16Array.from(unit.members, ({ given, baseline }) => {
            const [before, after] = [isIn(baseline), isIn(given)]
            return before === null || after === null ? -1 : (before ? 0 : 2) + (after ? 0 : 1)
          }),
        }
        const cells = crowdsOf(source, split, classes).map((crowds, group) =>
          derive(countsOf(source, crowds, 4), ({ counts }) => {
            const [both, lost, gained, neither] = counts as [number, number, number, number]
            return shareChangeCell(split.groups[group]!, { both, lost, gained, neither }, unit.noise.V, sensitive)
          }),
        )
        const top = head(unit, split, { ...heading, method })
        return derive(allOf(cells), (cells) => ({ ...top, comparability, kind: 'share change', from, to, cells }))
      },
    },
  ]
}

// ---------------------------------------------------------------- people who did not leave

const hasComparison = ({ unit }: Source): boolean => unit.comparison.some(({ given }) => given !== null)

/** The change of the volunteers less that of people who did not leave. */
function comparisonOf(measure: Scale, from: string, source: Source): Figure {
  const { unit } = source
  const { low, high } = rangeOf(measure)
  const scale = { centre: 0, range: high - low }
  const heading = { table: `comparison.${measure.measure}`, label: measure.label }
  const method = `Mean difference ${unit.wave} − ${from} of volunteers less that of the comparison group (difference in differences); Welch's 95 % interval including the noise`
  const items = itemsScored(measure)
  return {
    ...heading,
    items,
    pairs: pairsBetween(items, [
      ...pairsAnswered(source),
      ...pairsAnswered({ ...source, unit: comparisonUnit(source) }),
    ]),
    reach: 'total',
    draw(split, { comparability, sensitive }) {
      const change = (of: Source, split: Split) => {
        const [summed] = sumsOf(of, split, differencesOf(measure, of.unit.members).difference, 0)
        return momentsOf(of, `${measure.measure}.change`, scale.range, summed!)
      }
      const other = comparisonSource(source)
      const cell = derive(
        together({ volunteers: change(source, split), comparison: change(other, totalOf(other.unit)) }),
        ({ volunteers, comparison }) =>
          comparisonCell(split.groups[0]!, scale, unit.noise.V, { volunteers, comparison }, sensitive),
      )
      const top = head(unit, split, { ...heading, method })
      const waves = { from, to: unit.wave }
      return derive(allOf([cell]), (cells) => ({
        ...top,
        comparability,
        kind: 'comparison',
        ...scale,
        ...waves,
        cells,
      }))
    },
  }
}

const comparisonUnit = ({ unit }: Source) => ({ ...unit, members: unit.comparison })
const comparisonSource = (source: Source): Source => {
  const unit = comparisonUnit(source)
  return { ...source, unit, keys: packKeys(keysOf(unit.members)) }
}

/** How alike the respondents of the two groups are, by what the register says of them; null without a comparison group. */
export function balanceTable(source: Source): Protected<TableOf<'balance'>> | null {
  const { unit } = source
  if (!hasComparison(source)) return null
  const other = comparisonSource(source)
  const cells = unit.by.flatMap((dimension) => {
    const places = new Map(dimension.categories.map(({ category }, place) => [category, place]))
    const remainder = dimension.categories.length - 1
    const counts = (of: Source) => {
      const classes: Classes = {
        classes: remainder + 1,
        of: Int16Array.from(of.unit.members, ({ given, facts }) =>
          given ? (places.get(categoryOf(dimension, facts) ?? '') ?? remainder) : -1,
        ),
      }
      const [crowds] = crowdsOf(of, totalOf(of.unit), classes)
      return countsOf(of, crowds!, remainder + 1)
    }
    const drawn = together({ volunteers: counts(source), comparison: counts(other) })
    return dimension.categories.map(({ category, label }, place) =>
      derive(drawn, ({ volunteers, comparison }) =>
        balanceCell({ category, label }, dimension, place, { volunteers, comparison }),
      ),
    )
  })
  const heading = {
    table: 'balance',
    label: inBothLanguages('impact.label.balance'),
    method: 'Respondents of both groups by category; standardised difference of the two shares (Austin, 2009)',
  }
  const top = head(unit, { by: TOTAL }, heading)
  return derive(allOf(cells), (cells) => ({ ...top, kind: 'balance', cells }))
}
