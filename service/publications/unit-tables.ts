// Computes every table of a publication unit: those of its figures that may be computed, each as far as it may be split.
import { crowdOf, packKeys } from '../disclosure/crowds.ts'
import type { Protector } from '../disclosure/protect.ts'
import { derive, type Protected } from '../disclosure/protected.ts'
import type { Instrument } from '../instruments/instrument.ts'
import { choiceFigures } from './choice-figures.ts'
import type { Figure, Source } from './figures.ts'
import { pathFigures } from './path-figures.ts'
import { planRelease, type Release } from './release-plan.ts'
import { responseTable, retentionTable } from './response-figures.ts'
import { balanceTable, scoreFigures } from './score-figures.ts'
import type { PublishedTable, Refusal } from './tables.ts'
import { keysOf, respondentsOf, type Split, type Unit } from './unit.ts'
import { judge, type Verdict } from './versions.ts'

/** What there is to compute of a unit: how many tables, and each in turn. */
export type UnitTables = {
  release: Release
  refused: Refusal[]
  count: number
  /** Draws one table after another, in the order of what was asked. */
  tables(): Generator<Protected<PublishedTable>>
}

/**
 * The tables of a unit, and those that its people answered too different versions for; null when too few people
 * responded for anything to be said.
 */
export function unitTables(unit: Unit, protector: Protector): UnitTables | null {
  const release = derive(protector.count(crowdOf(keysOf(respondentsOf(unit)))), (n) => planRelease(unit, n)).value
  if (!release) return null
  const source = sourceOf(unit, protector)
  const judged = figuresOf(source).map((figure) => ({ figure, verdict: judge(figure.items, figure.pairs) }))
  const refused = judged.flatMap(({ figure: { table, label }, verdict }) =>
    verdict.ok ? [] : [{ table, label, because: 'incomparable versions' as const, items: verdict.items }],
  )
  const balance = balanceTable(source)
  const draws = [
    ...release.splits.map((split) => () => responseTable(source, split)),
    () => retentionTable(source),
    ...judged.flatMap(({ figure, verdict }) => drawsOf(source, release, figure, verdict)),
    ...(balance ? [() => balance] : []),
  ]
  return {
    release,
    refused,
    count: draws.length,
    *tables() {
      for (const draw of draws) yield draw()
    },
  }
}

const figuresOf = (source: Source): Figure[] => [
  ...choiceFigures(source),
  ...scoreFigures(source),
  ...pathFigures(source),
]

function drawsOf(source: Source, { splits }: Release, figure: Figure, verdict: Verdict) {
  if (!verdict.ok) return []
  const { unit } = source
  const sensitive = figure.items.some((item) => unit.sensitive.has(item))
  const changing = unit.changeBy.map(({ dimension }) => dimension)
  const isReached = ({ by }: Split, place: number) =>
    place === 0 || (!sensitive && (figure.reach === 'all' || (figure.reach === 'changing' && changing.includes(by))))
  const { comparability } = verdict
  const reached = splits.filter(isReached)
  const weightings = unit.weightBy.flatMap((name) => reached.filter(({ by }) => by === name))
  return reached.map((split) => () => figure.draw(split, { comparability, sensitive, weightings }))
}

function sourceOf(unit: Unit, protector: Protector): Source {
  const versions = [...new Set(respondentsOf(unit).map(({ given }) => given.instrument))].toSorted(newestFirst)
  return { unit, versions, keys: packKeys(keysOf(unit.members)), protector }
}

const newestFirst = (a: Instrument, b: Instrument): number =>
  b.version - a.version || (a.instrument < b.instrument ? -1 : 1)
