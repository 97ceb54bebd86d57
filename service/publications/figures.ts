// What a figure is, and how it draws its primitives: counts of classes and sums of values, for every group of a split.
// Whether and how far a figure is published is decided elsewhere.
import { type Crowd, gather, type PackedKeys, union } from '../disclosure/crowds.ts'
import type { Protector } from '../disclosure/protect.ts'
import { allOf, derive, type Protected, together } from '../disclosure/protected.ts'
import type { Instrument } from '../instruments/instrument.ts'
import type { Bilingual } from '../platform/i18n.ts'
import { type Classes, cellsOf } from './columns.ts'
import type { Way } from './estimates.ts'
import type { PublishedTable } from './tables.ts'
import type { Split, Unit } from './unit.ts'
import { asksAny, type Pair } from './versions.ts'

/**
 * What is decided of a figure before any of it is drawn; `weightings` are those of its published splits to correct for
 * non-response by, the one wanted most first.
 */
export type Made = { comparability: 'same' | 'reworded'; sensitive: boolean; weightings: readonly Split[] }

/** A figure that may be published, with all that decides whether it is and how far it is split. */
export type Figure = {
  table: string
  label: Bilingual
  /** What it is made of. */
  items: readonly string[]
  /** The versions its people answered. */
  pairs: readonly Pair[]
  /** Not split at all, split as changes are, or by every published split. */
  reach: 'total' | 'changing' | 'all'
  draw(split: Split, made: Made): Protected<PublishedTable>
}

/** What every figure is made from. */
export type Source = {
  unit: Unit
  /** The versions the respondents answered, the newest first. */
  versions: readonly Instrument[]
  keys: PackedKeys
  protector: Protector
}

/** Whether anybody answered a version that asks one of some items. */
export const isAsked = ({ versions }: Source, items: readonly string[]): boolean =>
  versions.some((version) => asksAny(version, items))

/** The versions that the same people answered at the baseline and now, each pair once. */
export function pairsAnswered({ unit }: Source): Pair[] {
  const pairs = new Map<Instrument, Set<Instrument>>()
  for (const { given, baseline } of unit.members)
    if (given && baseline)
      pairs.set(baseline.instrument, (pairs.get(baseline.instrument) ?? new Set()).add(given.instrument))
  return [...pairs].flatMap(([before, after]) => [...after].map((one): Pair => [before, one]))
}

/** Whether the baseline asked anybody any of it: nobody expects a change of what was not asked before. */
export function mayChange(items: readonly string[], pairs: readonly Pair[]): boolean {
  return pairs.length === 0 || pairs.some(([before]) => asksAny(before, items))
}

/** The crowds of every group, one for each class. */
export function crowdsOf({ keys }: Pick<Source, 'keys'>, split: Split, classes: Classes): Crowd[][] {
  const all = gather(keys, cellsOf(split.of, classes), split.groups.length * classes.classes)
  return split.groups.map((_, group) => all.slice(group * classes.classes, (group + 1) * classes.classes))
}

/** The protected numbers of people in some classes, and of all in the first `answers` of them. */
export function countsOf(
  { protector }: Pick<Source, 'protector'>,
  crowds: readonly Crowd[],
  answers: number,
): Protected<{ n: number; counts: number[] }> {
  return together({
    n: protector.count(union(crowds.slice(0, answers))),
    counts: allOf(crowds.map((crowd) => protector.count(crowd))),
  })
}

/** The people of every group who have a value, with their sums around a centre. */
export type Summed = { crowd: Crowd; sum: number; sumOfSquares: number }
export function sumsOf({ keys }: Pick<Source, 'keys'>, split: Split, values: Float64Array, centre: number): Summed[] {
  const width = split.groups.length
  const cells = Int32Array.from(split.of, (group, member) => (Number.isNaN(values[member]!) ? -1 : group))
  const sums = new Float64Array(width)
  const squares = new Float64Array(width)
  for (const [member, cell] of cells.entries()) {
    if (cell < 0) continue
    sums[cell]! += values[member]! - centre
    squares[cell]! += (values[member]! - centre) ** 2
  }
  return gather(keys, cells, width).map((crowd, group) => ({
    crowd,
    sum: sums[group]!,
    sumOfSquares: squares[group]!,
  }))
}

/** The protected n and sums of one group; `name` stands for the quantity, for ever. */
export function momentsOf(
  { protector }: Pick<Source, 'protector'>,
  name: string,
  range: number,
  summed: Summed,
): Protected<{ n: number; sum: number; sumOfSquares: number }> {
  const parts = together({ n: protector.count(summed.crowd), drawn: protector.moments({ name, range, ...summed }) })
  return derive(parts, ({ n, drawn }) => ({ n, ...drawn }))
}

/** How many members each group of a split has: public. */
export function sizesOf({ groups, of }: Split): number[] {
  const sizes = groups.map(() => 0)
  for (const group of of) if (group >= 0) sizes[group]!++
  return sizes
}

/** The groups of each of some splits with how many members each has; `ways` are what the groups of each split say. */
export const byEligible = <T extends object>(splits: readonly Split[], ways: readonly (readonly T[])[]): Way<T>[] =>
  splits.map((split, place) => {
    const sizes = sizesOf(split)
    return { by: split.by, groups: ways[place]!.map((one, group) => ({ ...one, eligible: sizes[group]! })) }
  })
