// Figures of who answered and who was lost, and what the register alone says of the cohort.
import { allOf, derive, type Protected, together } from '../disclosure/protected.ts'
import { publicFigure } from '../disclosure/public-figure.ts'
import type { RegisterIndicator } from '../panel/register-indicators.ts'
import { inBothLanguages } from '../platform/i18n.ts'
import type { Dispositions } from '../statistics/response-rates.ts'
import { responseCell, retentionCells } from './estimates.ts'
import { countsOf, crowdsOf, type Source, sizesOf } from './figures.ts'
import { round, type TableOf } from './tables.ts'
import { head, type Split, TOTAL, totalOf, type Unit } from './unit.ts'

const DISPOSITIONS = ['I', 'P', 'R', 'NC', 'O', 'UH', 'UO', 'NE'] as const satisfies (keyof Dispositions)[]

export function responseTable(source: Source, split: Split): Protected<TableOf<'response'>> {
  const { unit } = source
  const classes = {
    classes: DISPOSITIONS.length,
    of: Int16Array.from(unit.members, ({ disposition }) => DISPOSITIONS.indexOf(disposition)),
  }
  const sizes = sizesOf(split)
  const cells = crowdsOf(source, split, classes).map((crowds, group) =>
    derive(countsOf(source, crowds, DISPOSITIONS.length), ({ n, counts }) => {
      const dispositions = Object.fromEntries(DISPOSITIONS.map((code, place) => [code, counts[place]!]))
      return responseCell(split.groups[group]!, sizes[group]!, { n, dispositions: dispositions as Dispositions })
    }),
  )
  const heading = {
    table: 'response',
    label: inBothLanguages('impact.label.response'),
    method: 'AAPOR final dispositions and rates; RR2 is the headline',
  }
  return derive(allOf(cells), (cells) => ({ ...head(unit, split, heading), kind: 'response', cells }))
}

/** Who is still there, wave by wave, among the members of this unit. */
export function retentionTable(source: Source): Protected<TableOf<'retention'>> {
  const { unit, protector } = source
  const total = totalOf(unit)
  const count = (test: (responded: ReadonlySet<string>) => boolean) => {
    const of = Int16Array.from(unit.members, ({ responded }) => (test(responded) ? 0 : -1))
    return protector.count(crowdsOf(source, total, { of, classes: 1 })[0]![0]!)
  }
  const names = unit.waves.map(({ wave }) => wave)
  const drawn = unit.waves.map(({ wave }, place) =>
    together({
      n: count((responded) => responded.has(wave)),
      withFirst: count((responded) => responded.has(wave) && responded.has(names[0]!)),
      withPrevious: count((responded) => responded.has(wave) && responded.has(names[Math.max(0, place - 1)]!)),
      balanced: count((responded) => names.slice(0, place + 1).every((one) => responded.has(one))),
    }),
  )
  const heading = {
    table: 'retention',
    label: inBothLanguages('impact.label.retention'),
    method:
      'People who responded at each wave, and those of them who had responded at the first, the one before, and all',
  }
  const waves = unit.waves.map(({ wave, name }) => ({ category: wave, label: name }))
  return derive(allOf(drawn), (drawn) => ({
    ...head(unit, total, heading),
    kind: 'retention',
    cells: retentionCells(waves, unit.members.length, drawn),
  }))
}

/** What the register says of a cohort, in the figures that may be given as they are. */
export function registerTable(unit: Unit, indicators: readonly RegisterIndicator[]): Protected<TableOf<'register'>> {
  const cells = indicators.flatMap(({ indicator, label: name, counted, n, rows }) =>
    rows.map(({ category, label, count, share }) => ({
      category,
      label,
      state: share === null ? ('suppressed' as const) : ('published' as const),
      flags: [],
      indicator,
      indicatorLabel: inBothLanguages(name),
      counted,
      n,
      count,
      share: share === null ? null : round(share),
    })),
  )
  const heading = {
    table: 'register',
    label: inBothLanguages('impact.label.register'),
    method: 'From the register alone: exact, but for groups of fewer than ten people',
  }
  return publicFigure({ ...head(unit, { by: TOTAL }, heading), kind: 'register', cells })
}
