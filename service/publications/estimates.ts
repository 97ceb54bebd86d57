// From protected primitives to published cells. Nothing here ever sees a person, an answer or a true count.
import { codeShare, passes, THRESHOLDS } from '../disclosure/gate.ts'
import type { Bilingual } from '../platform/i18n.ts'
import { pairedChange } from '../statistics/change.ts'
import { differenceInDifferences, standardisedDifference } from '../statistics/independent-means.ts'
import { meanInterval, wilson } from '../statistics/intervals.ts'
import { netPromoter } from '../statistics/net-promoter.ts'
import {
  effectiveN,
  pairedShareNoiseVariance,
  ratioNoiseVariance,
  shareNoiseVariance,
  sumMeanNoiseVariance,
} from '../statistics/noise.ts'
import { pairedShareChange } from '../statistics/proportions.ts'
import { alphaOf } from '../statistics/reliability.ts'
import { type Dispositions, responseRates } from '../statistics/response-rates.ts'
import { retentionFlow } from '../statistics/retention.ts'
import { momentsOf } from '../statistics/summary.ts'
import { lifeTable } from '../statistics/survival.ts'
import { poststratifiedMean, poststratifiedShare } from '../statistics/weights.ts'
import {
  type CellOf,
  type ChangeCell,
  type DistributionCell,
  type Flag,
  type MeanCell,
  type ResponseCell,
  round,
  roundInterval,
  type ShareCell,
} from './tables.ts'

export type CellName = { category: string; label: Bilingual }

const CAUTION_UNDER = 30
const MISSING_OVER = 0.1

/** A figure's own threshold; sensitive items have a higher one. */
const thresholdOf = (usual: keyof typeof THRESHOLDS, sensitive: boolean) =>
  sensitive && THRESHOLDS.sensitive > THRESHOLDS[usual] ? THRESHOLDS.sensitive : THRESHOLDS[usual]

const flagsFor = (n: number, missing = 0): Flag[] => [
  ...(n < CAUTION_UNDER ? (['caution'] as const) : []),
  ...(missing > MISSING_OVER * (n + missing) ? (['missing'] as const) : []),
]

const orNull = (value: number | null): number | null => (value === null ? null : round(value))
const withheld = (name: CellName) => ({ ...name, state: 'suppressed' as const, flags: [] })
const shown = (name: CellName, flags: Flag[]) => ({ ...name, state: 'published' as const, flags })

// ---------------------------------------------------------------- who answered

/** Response of one group: `n` is the protected size of the group, `eligible` its public one. */
export function responseCell(
  name: CellName,
  eligible: number,
  { n, dispositions }: { n: number; dispositions: Dispositions },
): ResponseCell {
  if (!passes(n, THRESHOLDS.count)) return { ...withheld(name), eligible, dispositions: null, rates: null }
  const rates = Object.entries(responseRates(dispositions)).map(([rate, value]) => [rate, orNull(value)])
  return { ...shown(name, []), eligible, dispositions, rates: Object.fromEntries(rates) as ResponseCell['rates'] }
}

type Stayed = { n: number; withFirst: number; withPrevious: number; balanced: number }

/** One cell for each wave, the first first; those whose base is too small are withheld. */
export function retentionCells(
  waves: readonly CellName[],
  eligible: number,
  stayed: readonly Stayed[],
): CellOf<'retention'>[] {
  const flow = retentionFlow(stayed.map(({ n, ...counts }) => ({ eligible, respondents: n, ...counts })))
  return waves.map((wave, place) => {
    const counts = stayed[place]!
    const isOut = passes(counts.n, THRESHOLDS.count) && passes(stayed[0]!.n, THRESHOLDS.count)
    if (!isOut) return { ...withheld(wave), eligible, ...NOBODY_STAYED }
    const { waveRate, retention, balanced, hazard } = flow[place]!
    return {
      ...shown(wave, []),
      eligible,
      ...counts,
      waveRate: orNull(waveRate),
      retention: orNull(retention),
      balancedShare: orNull(balanced),
      hazard: orNull(hazard),
    }
  })
}
const NOBODY_STAYED = {
  n: null,
  withFirst: null,
  withPrevious: null,
  balanced: null,
  waveRate: null,
  retention: null,
  balancedShare: null,
  hazard: null,
}

// ---------------------------------------------------------------- shares

/** `pooled`: how many of the counts drawn were added up for it. */
export type OptionName = { code: number | string; label: Bilingual; pooled?: number }
export type DistributionPrimitives = {
  n: number
  counts: number[]
  declined: number | null
  leftBlank: number | null
  /** Null where not knowing is not among the answers offered. */
  dontKnow: number | null
  notReached: number | null
}

/**
 * The distribution of a choice item. With more than two counts `drawn` shares are of their sum; with two, the first only
 * is drawn and the other is what is left of n; with one, each option is drawn by itself and is a share of n.
 */
export function distributionCell(
  name: CellName,
  options: readonly OptionName[],
  V: number,
  primitives: DistributionPrimitives,
  { drawn, sensitive = false }: { drawn: number; sensitive?: boolean },
): DistributionCell {
  const { n, counts, declined, leftBlank, dontKnow, notReached } = primitives
  const dichotomy = drawn === 2
  const alone = drawn === 1
  const completed = dichotomy
    ? [Math.min(counts[0]!, n), Math.max(n - counts[0]!, 0)]
    : counts.map((count) => (alone ? Math.min(count, n) : count))
  const base = dichotomy || alone ? n : completed.reduce((sum, count) => sum + count, 0)
  const threshold = thresholdOf(dichotomy || alone ? 'count' : 'distribution', sensitive)
  if (!passes(n, threshold) || !passes(base, threshold)) {
    const shares = options.map((option) => ({ ...namedShare(option), state: 'suppressed' as const, ...NO_SHARE }))
    return { ...withheld(name), n: null, base: null, ...NO_MISSING, shares }
  }
  const shares = options.map((option, index) => shareCell(option, completed[index]!, base, V, drawn))
  const flags = flagsFor(n, (declined ?? 0) + (leftBlank ?? 0) + (dontKnow ?? 0) + (notReached ?? 0))
  return { ...shown(name, flags), n, base, declined, leftBlank, dontKnow, notReached, shares }
}

export const NO_MISSING = { declined: null, leftBlank: null, dontKnow: null, notReached: null }
const NO_FIGURES = { count: null, share: null, atMost: null, atLeast: null, interval: null }
const NO_SHARE = { ...NO_FIGURES, weighted: null }

const namedShare = ({ code, label, pooled = 1 }: OptionName) => ({ code, label, pooled })

const shareCell = (option: OptionName, count: number, base: number, V: number, drawn: number): ShareCell => ({
  ...namedShare(option),
  ...shareFigures(count, base, V, drawn, option.pooled),
  weighted: null,
})

/** A share as it may be shown, on a base that has passed the gate. */
function shareFigures(count: number, base: number, V: number, drawn: number, pooled = 1) {
  const share = count / base
  const coded = codeShare(share, base)
  if (coded.state === 'topcoded')
    return { state: 'topcoded' as const, ...NO_FIGURES, atMost: coded.atMost ?? null, atLeast: coded.atLeast ?? null }
  const interval = roundInterval(wilson(share, effectiveN(share, base, noiseOf(share, base, V, drawn, pooled))))
  return { state: 'published' as const, ...NO_FIGURES, count, share: round(share), interval }
}

/** What noise adds to a share: of counts drawn for one side only, or for every one of more than two. */
const noiseOf = (share: number, base: number, V: number, drawn: number, pooled: number): number =>
  drawn <= 2 ? ratioNoiseVariance(share, base, V) : shareNoiseVariance(share, drawn, base, V, pooled)

/** Fewest people in a class that others stand for. */
const SMALLEST_CLASS = 15

/** One way of dividing people into groups that stand for their eligible. */
export type Way<T> = { by: string; groups: readonly (T & { eligible: number })[] }
type Weighable = { eligible: number; count: number; base: number; noiseVariance: number }

/** The weighted share by the first of some ways whose every group is large enough, or null. */
function weightedShare(ways: readonly { by: string; groups: readonly (Weighable | null)[] }[]): ShareCell['weighted'] {
  for (const { by, groups } of ways) {
    const whole = groups.filter((group) => group !== null && group.base >= SMALLEST_CLASS) as Weighable[]
    if (whole.length < groups.length) continue
    const { share, interval } = poststratifiedShare(
      whole.map(({ eligible, count, base }) => ({ eligible, share: count / base, respondents: base })),
      whole.map(({ noiseVariance }) => noiseVariance),
    )
    return { by, share: round(share), interval: roundInterval(interval) }
  }
  return null
}

/** A cell with its shares as they would be had every group responded alike; a share some group does not show has none. */
export function withWeights(
  cell: DistributionCell,
  ways: readonly Way<DistributionCell>[],
  V: number,
): DistributionCell {
  const about = { V, drawn: cell.shares.length, pooled: 1 }
  const shares = cell.shares.map((share, place) => {
    const groups = ({ eligible, base, shares }: Way<DistributionCell>['groups'][number]) =>
      weighable({ eligible, base, count: shares[place]!.count }, about)
    const shown = ways.map((way) => ({ by: way.by, groups: way.groups.map(groups) }))
    return { ...share, weighted: share.state === 'published' ? weightedShare(shown) : null }
  })
  return { ...cell, shares }
}

/** A group's share as it is published, with what noise adds to it; null for what is not. */
function weighable(
  { eligible, count, base }: { eligible: number; count: number | null; base: number | null },
  { V, drawn, pooled }: PartMade,
): Weighable | null {
  if (count === null || base === null) return null
  return { eligible, count, base, noiseVariance: noiseOf(count / base, base, V, drawn, pooled) }
}

type PartMade = { V: number; drawn: number; pooled: number }

/** One share. */
export function partCell(
  name: CellName,
  { count, base }: { count: number; base: number },
  { V, drawn, pooled }: PartMade,
  sensitive = false,
): CellOf<'share'> {
  const threshold = thresholdOf(drawn > 2 ? 'distribution' : 'count', sensitive)
  if (!passes(base, threshold)) return { ...withheld(name), base: null, ...NO_SHARE }
  return { ...name, flags: flagsFor(base), base, ...shareFigures(count, base, V, drawn, pooled), weighted: null }
}

/** A share as it would be had every group responded alike, by the first of some ways whose every group shows its own. */
export function withWeightedPart(
  cell: CellOf<'share'>,
  ways: readonly Way<CellOf<'share'>>[],
  about: PartMade,
): CellOf<'share'> {
  if (cell.state !== 'published') return cell
  const shown = ways.map(({ by, groups }) => ({ by, groups: groups.map((group) => weighable(group, about)) }))
  return { ...cell, weighted: weightedShare(shown) }
}

/** How a share changed between two waves, from the people who were in it twice, once, or never. */
export function shareChangeCell(
  name: CellName,
  counts: { both: number; lost: number; gained: number; neither: number },
  V: number,
  sensitive = false,
): CellOf<'share change'> {
  const n = counts.both + counts.lost + counts.gained + counts.neither
  if (!passes(n, thresholdOf('change', sensitive))) return { ...withheld(name), ...NO_SHARE_CHANGE }
  const estimate = (counts.gained - counts.lost) / n
  // Noise weighs on the difference as it would if it came from that many fewer people.
  const sampling = (counts.gained + counts.lost) / n - estimate ** 2
  const noise = pairedShareNoiseVariance(estimate, n, V)
  const effective = sampling > 0 ? sampling / (sampling / n + noise) : n
  const found = pairedShareChange(counts, effective)
  return {
    ...shown(name, flagsFor(n)),
    n,
    ...counts,
    before: orNull(found.before),
    after: orNull(found.after),
    estimate: orNull(found.estimate),
    interval: roundInterval(found.interval),
  }
}
const NO_SHARE_CHANGE = {
  n: null,
  both: null,
  lost: null,
  gained: null,
  neither: null,
  before: null,
  after: null,
  estimate: null,
  interval: null,
}

/** Whether people would recommend it (NPS). */
export function recommendationCell(
  name: CellName,
  counts: { promoters: number; passives: number; detractors: number },
  V: number,
  sensitive = false,
): CellOf<'recommendation'> {
  const n = counts.promoters + counts.passives + counts.detractors
  if (!passes(n, thresholdOf('distribution', sensitive))) return { ...withheld(name), ...NO_RECOMMENDATION }
  const { estimate, standardError, interval } = netPromoter(counts, V)
  return {
    ...shown(name, flagsFor(n)),
    n,
    ...counts,
    estimate: orNull(estimate),
    standardError: orNull(standardError),
    interval: roundInterval(interval),
  }
}
const NO_RECOMMENDATION = {
  n: null,
  promoters: null,
  passives: null,
  detractors: null,
  estimate: null,
  standardError: null,
  interval: null,
}

// ---------------------------------------------------------------- scores

export type MeanPrimitives = { n: number; sum: number; sumOfSquares: number }
export type MeanScale = { centre: number; range: number }

/** The mean of a measure in one group. */
export function meanCell(
  name: CellName,
  scale: MeanScale,
  V: number,
  primitives: MeanPrimitives,
  sensitive = false,
): MeanCell {
  if (!passes(primitives.n, thresholdOf('mean', sensitive))) return { ...noMean(name), weighted: null }
  const sample = withNoise(primitives, scale, V)
  return {
    ...published(name, primitives),
    estimate: round(sample.mean),
    sd: round(Math.sqrt(sample.variance)),
    interval: roundInterval(meanInterval(sample)),
    weighted: null,
  }
}

/** A mean as it would be had every group responded alike, by the first of some ways whose every group shows its own. */
export function withWeightedMean(
  cell: MeanCell,
  ways: readonly Way<MeanCell>[],
  scale: MeanScale,
  V: number,
): MeanCell {
  if (cell.state !== 'published') return cell
  for (const { by, groups } of ways) {
    const samples = groups.flatMap(({ eligible, n, sum, sumOfSquares }) =>
      n === null || sum === null || sumOfSquares === null
        ? []
        : [{ eligible, ...withNoise({ n, sum, sumOfSquares }, scale, V) }],
    )
    if (samples.length < groups.length) continue
    const { mean, interval } = poststratifiedMean(samples)
    return { ...cell, weighted: { by, estimate: round(mean), interval: roundInterval(interval) } }
  }
  return cell
}

type Ends = { centre: number; before: MeanPrimitives; after: MeanPrimitives }

/**
 * The mean difference between two waves of the same people in one group. Where they ended is where they started plus
 * their difference, so that the three agree.
 */
export function changeCell(
  name: CellName,
  scale: MeanScale,
  V: number,
  primitives: MeanPrimitives,
  ends: Ends,
  sensitive = false,
): ChangeCell {
  if (!passes(primitives.n, thresholdOf('change', sensitive))) return { ...noMean(name), ...NO_EFFECT }
  const sample = withNoise(primitives, scale, V)
  const { estimate, interval, dz, gz, dzInterval } = pairedChange(sample)
  const { n, sum } = primitives
  const wave = ({ sum, sumOfSquares }: Pick<MeanPrimitives, 'sum' | 'sumOfSquares'>, draws: number) => {
    const mean = withNoise({ n, sum, sumOfSquares }, { centre: ends.centre, range: scale.range }, V, draws)
    return {
      sum: round(sum),
      sumOfSquares: round(sumOfSquares),
      estimate: round(mean.mean),
      interval: roundInterval(meanInterval(mean)),
    }
  }
  return {
    ...published(name, primitives),
    estimate: orNull(estimate),
    sd: round(Math.sqrt(sample.variance)),
    interval: roundInterval(interval),
    dz: orNull(dz),
    gz: orNull(gz),
    dzInterval: roundInterval(dzInterval),
    before: wave(ends.before, 1),
    after: wave({ sum: round(ends.before.sum) + round(sum), sumOfSquares: ends.after.sumOfSquares }, 2),
  }
}
const NO_SUMS = { sum: null, sumOfSquares: null }
const NO_WAVE = { ...NO_SUMS, estimate: null, interval: null }
const NO_EFFECT = { dz: null, gz: null, dzInterval: null, before: NO_WAVE, after: NO_WAVE }

/** Computed from the primitives as they are published, so that a reader finds the same last digit; `draws` in the sum. */
function withNoise({ n, sum, sumOfSquares }: MeanPrimitives, { centre, range }: MeanScale, V: number, draws = 1) {
  const { mean, variance } = momentsOf({ n, sum: round(sum), sumOfSquares: round(sumOfSquares), centre, range })
  const once = sumMeanNoiseVariance({ n, mean, centre, range, V })
  return { n, mean, variance, noiseVariance: once + ((draws - 1) * V * (range / 2) ** 2) / n ** 2 }
}

const published = (name: CellName, { n, sum, sumOfSquares }: MeanPrimitives) => ({
  ...shown(name, flagsFor(n)),
  n,
  sum: round(sum),
  sumOfSquares: round(sumOfSquares),
})

const NO_MEAN = { n: null, sum: null, sumOfSquares: null, estimate: null, sd: null }
const noMean = (name: CellName) => ({ ...withheld(name), ...NO_MEAN, interval: null })

/** Cronbach's α of a scale, from the sums of its items and of their total; `range` is that of one item. */
export function reliabilityCell(
  name: CellName,
  items: readonly ({ item: string } & MeanPrimitives)[],
  total: MeanPrimitives,
  range: number,
  sensitive: boolean,
): CellOf<'reliability'> {
  const { n } = total
  if (!passes(n, thresholdOf('reliability', sensitive)))
    return {
      ...withheld(name),
      n: null,
      items: items.map(({ item }) => ({ item, ...NO_SUMS })),
      total: NO_SUMS,
      alpha: null,
    }
  const rounded = ({ sum, sumOfSquares }: MeanPrimitives) => ({ sum: round(sum), sumOfSquares: round(sumOfSquares) })
  const variance = (sums: MeanPrimitives, range: number) =>
    momentsOf({ ...sums, ...rounded(sums), centre: 0, range }).variance
  const alpha = alphaOf(
    items.map((item) => variance(item, range)),
    variance(total, range * items.length),
  )
  return {
    ...shown(name, alpha < 0 ? ['reversed'] : []),
    n,
    items: items.map(({ item, ...sums }) => ({ item, ...rounded(sums) })),
    total: rounded(total),
    alpha: Math.round(100 * alpha) / 100 || 0,
  }
}

// ---------------------------------------------------------------- paths

/** Where the people of each earlier state are now, the rows and columns in the order of the states. */
export function transitionCell(
  name: CellName,
  states: readonly OptionName[],
  counts: readonly (readonly number[])[],
  V: number,
  sensitive = false,
): CellOf<'transition'> {
  const rows = states.map(({ code, label }, place): CellOf<'transition'>['rows'][number] => {
    const row = counts[place]!
    const n = row.reduce((sum, count) => sum + count, 0)
    const isOut = passes(n, thresholdOf('change', sensitive))
    const shares = states.map((to, column) => ({
      code: to.code,
      label: to.label,
      ...(isOut ? shareFigures(row[column]!, n, V, states.length) : { state: 'suppressed' as const, ...NO_FIGURES }),
    }))
    return { from: String(code), label, state: isOut ? 'published' : 'suppressed', n: isOut ? n : null, shares }
  })
  const isOut = rows.some(({ state }) => state === 'published')
  return { ...(isOut ? shown(name, []) : withheld(name)), rows }
}

type LifeCounts = { from: number; to: number; atRisk: number; events: number; censored: number }

/** A life table on a grid: given as far as enough people are at risk. */
export function survivalCell(
  name: CellName,
  intervals: readonly LifeCounts[],
  V: number,
  sensitive = false,
): CellOf<'survival'> {
  const threshold = thresholdOf('change', sensitive)
  const firstThin = intervals.findIndex(({ atRisk }) => !passes(atRisk, threshold))
  const thick = firstThin < 0 ? intervals : intervals.slice(0, firstThin)
  const estimates = lifeTable(thick, V)
  const cells = intervals.map(({ from, to, ...counts }, place): CellOf<'survival'>['intervals'][number] => {
    const estimate = estimates[place]
    if (!estimate || estimate.share === null)
      return { from, to, state: 'suppressed', atRisk: null, events: null, censored: null, share: null, interval: null }
    const { share, interval } = estimate
    return { from, to, state: 'published', ...counts, share: round(share), interval: roundInterval(interval) }
  })
  const n = thick[0]?.atRisk ?? null
  return { ...(n === null ? withheld(name) : shown(name, [])), n, intervals: cells }
}

// ---------------------------------------------------------------- people who did not leave

/** The change of volunteers less that of the comparison group. */
export function comparisonCell(
  name: CellName,
  scale: MeanScale,
  V: number,
  arms: { volunteers: MeanPrimitives; comparison: MeanPrimitives },
  sensitive = false,
): CellOf<'comparison'> {
  const threshold = thresholdOf('change', sensitive)
  if (!passes(arms.volunteers.n, threshold) || !passes(arms.comparison.n, threshold))
    return { ...withheld(name), volunteers: NO_MEAN, comparison: NO_MEAN, ...NO_COMPARISON }
  const samples = {
    volunteers: withNoise(arms.volunteers, scale, V),
    comparison: withNoise(arms.comparison, scale, V),
  }
  const arm = (which: 'volunteers' | 'comparison') => ({
    n: arms[which].n,
    sum: round(arms[which].sum),
    sumOfSquares: round(arms[which].sumOfSquares),
    estimate: round(samples[which].mean),
    sd: round(Math.sqrt(samples[which].variance)),
  })
  const { estimate, interval, d, g } = differenceInDifferences(samples.volunteers, samples.comparison)
  return {
    ...shown(name, []),
    volunteers: arm('volunteers'),
    comparison: arm('comparison'),
    estimate: orNull(estimate),
    interval: roundInterval(interval),
    d: orNull(d),
    g: orNull(g),
  }
}
const NO_COMPARISON = { estimate: null, interval: null, d: null, g: null }

/** How far apart two groups are in one category, from the counts of their people in each and in all. */
export function balanceCell(
  name: CellName,
  { dimension, label: dimensionLabel }: { dimension: string; label: Bilingual },
  place: number,
  arms: Record<'volunteers' | 'comparison', { n: number; counts: number[] }>,
): CellOf<'balance'> {
  const part = ({ n, counts }: typeof arms.volunteers) => ({ n, count: counts[place]! })
  const [volunteers, comparison] = [part(arms.volunteers), part(arms.comparison)]
  if (![volunteers, comparison].every(({ count }) => passes(count, THRESHOLDS.count)))
    return { ...withheld(name), dimension, dimensionLabel, volunteers: NO_PART, comparison: NO_PART, difference: null }
  const share = ({ n, count }: typeof volunteers) => Math.min(1, count / n)
  const difference = standardisedDifference(share(volunteers), share(comparison))
  return { ...shown(name, []), dimension, dimensionLabel, volunteers, comparison, difference: orNull(difference) }
}
const NO_PART = { n: null, count: null }
