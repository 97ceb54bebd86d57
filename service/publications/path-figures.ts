// Figures of where people's paths lead: what they did in every month since the return, how long until the first job, and
// from which state into which they moved since the baseline.
import { union } from '../disclosure/crowds.ts'
import { allOf, derive, together } from '../disclosure/protected.ts'
import { firstMonth, type IndicatorOf, itemsIndicated, stateOf } from '../instruments/indicator.ts'
import { questionsAsked } from './choice-figures.ts'
import type { Classes } from './columns.ts'
import { distributionCell, NO_MISSING, type OptionName, survivalCell, transitionCell } from './estimates.ts'
import { countsOf, crowdsOf, type Figure, isAsked, mayChange, pairsAnswered, type Source } from './figures.ts'
import { head } from './unit.ts'
import { pairsBetween, pairsWithin } from './versions.ts'

export function pathFigures(source: Source): Figure[] {
  const { unit } = source
  const isPossible = (items: readonly string[]) => items.every((item) => isAsked(source, [item]))
  return [
    ...statesFigures(source),
    ...unit.indicators.flatMap((indicator) => {
      if (!isPossible(itemsIndicated(indicator))) return []
      if (indicator.kind === 'duration') return durationOf(indicator, source)
      if (indicator.kind === 'status' && indicator.transitions) return transitionsOf(indicator, source)
      return []
    }),
  ]
}

/** The states of a calendar in every month since the return. */
function statesFigures(source: Source): Figure[] {
  const { unit, versions } = source
  const months = unit.monthsSince ?? 0
  if (months < 2) return []
  return questionsAsked(source).flatMap((item) => {
    if (item.type !== 'calendar') return []
    const options = item.states.map(({ code, fr, en }): OptionName => ({ code, label: { fr, en } }))
    const places = new Map<string, number>(options.map(({ code }, place) => [String(code), place]))
    const label = { fr: item.text.fr, en: item.text.en }
    const heading = { table: `states.${item.item}`, label }
    const method =
      'Shares of the people whose month is known, by month since that of the return; Wilson 95 % interval including the noise'
    const figure: Figure = {
      ...heading,
      items: [item.item],
      pairs: pairsWithin([item.item], versions),
      reach: 'total',
      draw(split, { comparability, sensitive }) {
        const cells = Array.from({ length: months }, (_, month) => {
          const of = Int16Array.from(unit.members, ({ path }) => places.get(path[month] ?? '.') ?? -1)
          const [crowds] = crowdsOf(source, split, { of, classes: options.length })
          const name = { category: String(month), label: { fr: String(month), en: String(month) } }
          return derive(countsOf(source, crowds!, options.length), (primitives) =>
            distributionCell(
              name,
              options,
              unit.noise.V,
              { ...primitives, ...NO_MISSING },
              {
                drawn: options.length,
                sensitive,
              },
            ),
          )
        })
        const top = head(unit, split, { ...heading, method })
        return derive(allOf(cells), (cells) => ({
          ...top,
          comparability,
          kind: 'states',
          drawn: options.length,
          cells,
        }))
      },
    }
    return [figure]
  })
}

/**
 * The time to a first event as a life table on a grid of months: of everybody whose path is known up to some month, at
 * this wave or an earlier one.
 */
function durationOf(indicator: IndicatorOf<'duration'>, source: Source): Figure[] {
  const { unit, versions, protector } = source
  const grid = indicator.grid.filter((month) => month <= (unit.monthsSince ?? 0))
  const intervals = grid.slice(1).map((to, place) => ({ from: grid[place]!, to }))
  if (intervals.length === 0) return []
  const heading = { table: `survival.${indicator.indicator}`, label: indicator.label }
  const method =
    'Share with the event before each month since that of the return; actuarial life table, log-log 95 % interval including the noise'
  const figure: Figure = {
    ...heading,
    items: [indicator.item],
    pairs: pairsWithin([indicator.item], versions),
    reach: 'changing',
    draw(split, { comparability, sensitive }) {
      const observed = unit.members.map(({ path }) => firstMonth(path, indicator.states))
      const byInterval = intervals.map(({ from, to }) => {
        const of = Int16Array.from(observed, ({ month, event }) => {
          if (month < from || (month === from && !event)) return -1
          if (month >= to) return STILL_AT_RISK
          return event ? EVENT : CENSORED
        })
        return crowdsOf(source, split, { of, classes: 3 })
      })
      const cells = split.groups.map((group, place) => {
        const drawn = byInterval.map((crowds) => {
          const one = crowds[place]!
          return together({
            atRisk: protector.count(union(one)),
            events: protector.count(one[EVENT]!),
            censored: protector.count(one[CENSORED]!),
          })
        })
        return derive(allOf(drawn), (drawn) =>
          survivalCell(
            group,
            intervals.map((interval, place) => ({ ...interval, ...drawn[place]! })),
            unit.noise.V,
            sensitive,
          ),
        )
      })
      const top = head(unit, split, { ...heading, method })
      return derive(allOf(cells), (cells) => ({ ...top, comparability, kind: 'survival', cells }))
    },
  }
  return [figure]
}
const [EVENT, CENSORED, STILL_AT_RISK] = [0, 1, 2]

/** From which state into which people moved since the baseline, each row the people of one earlier state. */
function transitionsOf(indicator: IndicatorOf<'status'>, source: Source): Figure[] {
  const { unit } = source
  const items = itemsIndicated(indicator)
  const pairs = pairsAnswered(source)
  if (unit.baselineWave === null || !mayChange(items, pairs)) return []
  const [from, to] = [unit.baselineWave, unit.wave]
  const names = indicator.states.map(({ state, label }): OptionName => ({ code: state, label }))
  const heading = { table: `transition.${indicator.indicator}`, label: indicator.label }
  const method = `Shares of the people in each state at ${from}, by their state at ${to}; Wilson 95 % interval including the noise`
  const figure: Figure = {
    ...heading,
    items,
    pairs: pairsBetween(items, pairs),
    reach: 'changing',
    draw(split, { comparability, sensitive }) {
      const width = names.length
      const classes: Classes = {
        classes: width * width,
        of: Int16Array.from(unit.members, ({ given, baseline }) => {
          const before = baseline && stateOf(indicator, baseline.answers)
          const after = given && stateOf(indicator, given.answers)
          return before === null || after === null ? -1 : before * width + after
        }),
      }
      const cells = crowdsOf(source, split, classes).map((crowds, group) =>
        derive(countsOf(source, crowds, crowds.length), ({ counts }) =>
          transitionCell(
            split.groups[group]!,
            names,
            names.map((_, row) => counts.slice(row * width, (row + 1) * width)),
            unit.noise.V,
            sensitive,
          ),
        ),
      )
      const top = head(unit, split, { ...heading, method })
      return derive(allOf(cells), (cells) => ({ ...top, comparability, kind: 'transition', from, to, cells }))
    },
  }
  return [figure]
}
