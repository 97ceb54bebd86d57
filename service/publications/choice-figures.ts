// Figures of what people chose: distributions of single choices, multiple choices, states, shares, and whether they would
// recommend it.
import { type Crowd, gather } from '../disclosure/crowds.ts'
import { allOf, derive, type Protected, together } from '../disclosure/protected.ts'
import { questionsOf } from '../instruments/answers.ts'
import { type IndicatorOf, itemsIndicated, stateOf } from '../instruments/indicator.ts'
import type { Question } from '../instruments/instrument.ts'
import { type Classes, cellsOf, classify, type MissingCounts, missingOf } from './columns.ts'
import {
  distributionCell,
  type OptionName,
  partCell,
  recommendationCell,
  withWeightedPart,
  withWeights,
} from './estimates.ts'
import { byEligible, countsOf, crowdsOf, type Figure, isAsked, type Made, type Source } from './figures.ts'
import type { CellOf, DistributionCell } from './tables.ts'
import { head, type Split, TOTAL } from './unit.ts'
import { pairsWithin } from './versions.ts'

type Choice = Extract<Question, { type: 'single' | 'likert' }>
type Multiple = Extract<Question, { type: 'multiple' }>

const SHARES = 'Shares of valid answers; Wilson 95 % interval on the n that sampling and noise leave'

export function choiceFigures(source: Source): Figure[] {
  const { unit } = source
  return [
    // Asked later of those alone who had not answered before, it would say nothing of the unit.
    ...questionsAsked(source)
      .filter(({ once }) => !once || unit.baselineWave === null)
      .flatMap((item) => {
        if (isChoice(item)) return distributionOf(item, source)
        return item.type === 'multiple' ? multipleOf(item, source) : []
      }),
    ...unit.indicators.flatMap((indicator) => {
      // A state takes every item its rules look at; half the rules would put people in the wrong one.
      if (!itemsIndicated(indicator).every((item) => isAsked(source, [item]))) return []
      if (indicator.kind === 'status') return statusOf(indicator, source)
      if (indicator.kind === 'share') return shareOf(indicator, source)
      return indicator.kind === 'recommendation' ? recommendationOf(indicator, source) : []
    }),
  ]
}

const isChoice = (item: Question): item is Choice => item.type === 'single' || item.type === 'likert'

/** Every question of the versions answered, in the words of the newest that asks it. */
export function questionsAsked({ versions }: Source): Question[] {
  const found = new Map<string, Question>()
  for (const question of versions.flatMap(questionsOf))
    if (!found.has(question.item)) found.set(question.item, question)
  return [...found.values()]
}
const questionAsked = (source: Source, code: string): Question | undefined =>
  questionsAsked(source).find(({ item }) => item === code)

const headingOf = ({ item, text }: Question) => ({ table: `item.${item}`, label: { fr: text.fr, en: text.en } })

// ---------------------------------------------------------------- distributions

/** The counts behind a distribution in one group: of every class, and of why people are in none. */
type Counted = { n: number; counts: number[] } & MissingCounts<number>
const counted = (source: Source, crowds: readonly Crowd[], answers: number): Protected<Counted> =>
  derive(countsOf(source, crowds, answers), ({ n, counts }) => ({
    n,
    counts: counts.slice(0, answers),
    ...missingOf(counts),
  }))

const choicesOf = ({ unit }: Source, item: Choice): Classes => {
  const places = new Map(item.options.map(({ code }, place) => [code, place]))
  return classify(unit.members, item.item, item.options.length, (answer) => places.get(answer as number) ?? -1)
}

function distributionOf(item: Choice, source: Source): Figure {
  const { unit, versions } = source
  const options = item.options.map(({ code, fr, en }): OptionName => ({ code, label: { fr, en } }))
  let classes: Classes | undefined
  const cellsIn = (split: Split, { sensitive }: Made) => {
    classes ??= choicesOf(source, item)
    return crowdsOf(source, split, classes).map((crowds, group) =>
      derive(counted(source, crowds, options.length), (primitives) =>
        distributionCell(split.groups[group]!, options, unit.noise.V, offered(item, primitives), {
          drawn: options.length,
          sensitive,
        }),
      ),
    )
  }
  const heading = headingOf(item)
  return {
    ...heading,
    items: [item.item],
    pairs: pairsWithin([item.item], versions),
    reach: 'all',
    draw(split, made) {
      // Of those a question was not put to, nobody stands for anybody.
      const weightings = item.when ? [] : made.weightings
      const cells = weightedCells(source, split, weightings, (one) => cellsIn(one, made))
      const top = head(unit, split, { ...heading, method: SHARES })
      return derive(allOf(cells), (cells) => ({
        ...top,
        comparability: made.comparability,
        kind: 'distribution',
        drawn: options.length,
        cells,
      }))
    },
  }
}

const offered = ({ dontKnow }: Question, primitives: Counted) => ({
  ...primitives,
  dontKnow: dontKnow ? primitives.dontKnow : null,
})

/** The cells of a split, those of the total with their weighted shares beside. */
function weightedCells(
  { unit }: Source,
  split: Split,
  weightings: readonly Split[],
  cellsIn: (split: Split) => Protected<DistributionCell>[],
): Protected<DistributionCell>[] {
  const cells = cellsIn(split)
  if (split.by !== TOTAL || weightings.length === 0) return cells
  const ways = allOf(weightings.map((weighting) => allOf(cellsIn(weighting))))
  return cells.map((cell) =>
    derive(together({ cell, ways }), ({ cell, ways }) => withWeights(cell, byEligible(weightings, ways), unit.noise.V)),
  )
}

/** Of each option, the people who chose it, among those who answered at all. */
function multipleOf(item: Multiple, source: Source): Figure {
  const { unit, versions, protector, keys } = source
  const options = item.options.map(({ code, fr, en }): OptionName => ({ code, label: { fr, en } }))
  const heading = headingOf(item)
  let answered: Classes | undefined
  return {
    ...heading,
    items: [item.item],
    pairs: pairsWithin([item.item], versions),
    reach: 'all',
    draw(split, { comparability, sensitive }) {
      answered ??= classify(unit.members, item.item, 1, () => 0)
      const chose = options.map(({ code }) => {
        const of = Int16Array.from(unit.members, ({ given }, member) => {
          const answer = answered!.of[member] === 0 ? given?.answers[item.item] : undefined
          return Array.isArray(answer) && answer.some((one) => one === code) ? 0 : -1
        })
        return gather(keys, cellsOf(split.of, { of, classes: 1 }), split.groups.length)
      })
      const cells = crowdsOf(source, split, answered).map((crowds, group) => {
        const primitives = together({
          all: counted(source, crowds, 1),
          counts: allOf(chose.map((groups) => protector.count(groups[group]!))),
        })
        return derive(primitives, ({ all, counts }) =>
          distributionCell(
            split.groups[group]!,
            options,
            unit.noise.V,
            { ...offered(item, all), counts },
            {
              drawn: 1,
              sensitive,
            },
          ),
        )
      })
      const method = 'Shares of the people who answered, of each option alone; Wilson 95 % interval including the noise'
      const top = head(unit, split, { ...heading, method })
      return derive(allOf(cells), (cells) => ({ ...top, comparability, kind: 'multiple', cells }))
    },
  }
}

// ---------------------------------------------------------------- indicators

/**
 * People by state. States that are groups of the answers to one item are added up from the counts of those answers, which
 * are out already; states that take several items are counted, for the unit as a whole.
 */
function statusOf(indicator: IndicatorOf<'status'>, source: Source): Figure {
  const { unit, versions } = source
  const items = itemsIndicated(indicator)
  const [only] = items.length === 1 ? [questionAsked(source, items[0]!)] : []
  const pooled = only && isChoice(only) ? only : undefined
  const names = indicator.states.map(({ state, label }): OptionName => ({ code: state, label }))
  const heading = { table: `status.${indicator.indicator}`, label: indicator.label }
  const drawn = pooled ? pooled.options.length : names.length
  return {
    ...heading,
    items,
    pairs: pairsWithin(items, versions),
    reach: pooled ? 'all' : 'total',
    draw(split, { comparability, sensitive }) {
      const classes = pooled ? choicesOf(source, pooled) : statesOf(indicator, source)
      const width = pooled ? drawn : names.length
      const cells = crowdsOf(source, split, classes).map((crowds, group) =>
        derive(counted(source, crowds, width), (primitives) => {
          const isIn = (place: number) => (code: number) => indicator.states[place]!.in.includes(code)
          const counts = pooled
            ? names.map((_, place) =>
                pooled.options.reduce(
                  (sum, { code }, option) => sum + (isIn(place)(code) ? primitives.counts[option]! : 0),
                  0,
                ),
              )
            : primitives.counts
          const pools = names.map((_, place) =>
            pooled ? pooled.options.filter(({ code }) => isIn(place)(code)).length : 1,
          )
          const named = names.map((name, place) => ({ ...name, pooled: pools[place]! }))
          return distributionCell(
            split.groups[group]!,
            named,
            unit.noise.V,
            { ...primitives, counts, dontKnow: null },
            {
              drawn,
              sensitive,
            },
          )
        }),
      )
      const top = head(unit, split, { ...heading, method: SHARES })
      return derive(allOf(cells), (cells) => ({
        ...top,
        comparability,
        kind: 'distribution',
        drawn,
        cells,
      }))
    },
  }
}

/** Members by their state; whoever is in none because an answer is missing counts as not having reached it. */
function statesOf(indicator: IndicatorOf<'status'>, { unit }: Source): Classes {
  const states = indicator.states.length
  const of = Int16Array.from(unit.members, ({ given }) => {
    if (!given) return -1
    return stateOf(indicator, given.answers) ?? states + NOT_REACHED
  })
  return { of, classes: states + NOT_REACHED + 1 }
}
const NOT_REACHED = 3

/** A share of a choice item is added up from the counts of its answers; that of a rating has a count of its own. */
function shareOf(indicator: IndicatorOf<'share'>, source: Source): Figure[] {
  const { unit, versions } = source
  const item = questionAsked(source, indicator.item)!
  const heading = { table: `share.${indicator.indicator}`, label: indicator.label }
  if (!isChoice(item) && item.type !== 'rating') return []
  const among = isChoice(item)
    ? item.options.map(({ code }) => code).filter((code) => indicator.among?.includes(code) ?? true)
    : []
  const drawn = isChoice(item) ? among.length : 2
  let classes: Classes | undefined
  const about = { V: unit.noise.V, drawn, pooled: drawn > 2 ? indicator.codes.length : 1 }
  const cellsIn = (split: Split, { sensitive }: Made): Protected<CellOf<'share'>>[] => {
    classes ??= isChoice(item)
      ? choicesOf(source, item)
      : classify(unit.members, item.item, 2, (answer) => (indicator.codes.includes(answer as number) ? 0 : 1))
    const places = isChoice(item)
      ? item.options.flatMap(({ code }, place) => (among.includes(code) ? [{ code, place }] : []))
      : [
          { code: indicator.codes[0]!, place: 0 },
          { code: Number.NaN, place: 1 },
        ]
    return crowdsOf(source, split, classes).map((crowds, group) => {
      const within = places.map(({ place }) => crowds[place]!)
      return derive(countsOf(source, within, within.length), ({ n, counts }) => {
        const added = (test: (code: number) => boolean) =>
          places.reduce((sum, { code }, index) => sum + (test(code) ? counts[index]! : 0), 0)
        const [first] = counts as [number]
        const isFirst = indicator.codes.includes(places[0]!.code)
        const ofTwo = { count: isFirst ? Math.min(first, n) : Math.max(n - first, 0), base: n }
        const ofMore = { count: added((code) => indicator.codes.includes(code)), base: added(() => true) }
        return partCell(split.groups[group]!, drawn > 2 ? ofMore : ofTwo, about, sensitive)
      })
    })
  }
  return [
    {
      ...heading,
      items: [indicator.item],
      pairs: pairsWithin([indicator.item], versions),
      reach: isChoice(item) ? 'all' : 'changing',
      draw(split, made) {
        const weightings = split.by === TOTAL && !item.when ? made.weightings : []
        const ways = allOf(weightings.map((weighting) => allOf(cellsIn(weighting, made))))
        const cells = cellsIn(split, made).map((cell) =>
          derive(together({ cell, ways }), ({ cell, ways }) =>
            withWeightedPart(cell, byEligible(weightings, ways), about),
          ),
        )
        const top = head(unit, split, { ...heading, method: SHARES })
        return derive(allOf(cells), (cells) => ({
          ...top,
          comparability: made.comparability,
          kind: 'share',
          item: indicator.item,
          codes: indicator.codes,
          drawn,
          cells,
        }))
      },
    },
  ]
}

const PROMOTERS = 9
const PASSIVES = 7

function recommendationOf(indicator: IndicatorOf<'recommendation'>, source: Source): Figure {
  const { unit, versions } = source
  const heading = { table: `recommendation.${indicator.indicator}`, label: indicator.label }
  const method = '100 · (promoters − detractors) / n; normal 95 % interval including the noise'
  return {
    ...heading,
    items: [indicator.item],
    pairs: pairsWithin([indicator.item], versions),
    reach: 'changing',
    draw(split, { comparability, sensitive }) {
      const place = (answer: number) => (answer >= PROMOTERS ? 0 : answer >= PASSIVES ? 1 : 2)
      const classes = classify(unit.members, indicator.item, 3, (answer) => place(answer as number))
      const cells = crowdsOf(source, split, classes).map((crowds, group) =>
        derive(countsOf(source, crowds.slice(0, 3), 3), ({ counts }) => {
          const [promoters, passives, detractors] = counts as [number, number, number]
          return recommendationCell(split.groups[group]!, { promoters, passives, detractors }, unit.noise.V, sensitive)
        }),
      )
      const top = head(unit, split, { ...heading, method })
      return derive(allOf(cells), (cells) => ({ ...top, comparability, kind: 'recommendation', cells }))
    },
  }
}
