// From protected primitives to published cells. Nothing here ever sees a person, an answer or a true count.
import { codeShare, passes, THRESHOLDS } from '../disclosure/gate.ts'
import type { Bilingual } from '../platform/i18n.ts'
import { pairedChange } from '../statistics/change.ts'
import { meanInterval, wilson } from '../statistics/intervals.ts'
import { effectiveN, ratioNoiseVariance, shareNoiseVariance, sumMeanNoiseVariance } from '../statistics/noise.ts'
import { type Dispositions, responseRates } from '../statistics/response-rates.ts'
import { momentsOf } from '../statistics/summary.ts'
import {
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
const thresholdOf = (usual: 'count' | 'distribution' | 'mean' | 'change', sensitive: boolean) =>
  THRESHOLDS[sensitive ? 'sensitive' : usual]

const flagsFor = (n: number, missing = 0): Flag[] => [
  ...(n < CAUTION_UNDER ? (['caution'] as const) : []),
  ...(missing > MISSING_OVER * (n + missing) ? (['missing'] as const) : []),
]

/** Response of one group: `n` is the protected size of the group, `eligible` its public one. */
export function responseCell(
  name: CellName,
  eligible: number,
  { n, dispositions }: { n: number; dispositions: Dispositions },
): ResponseCell {
  if (!passes(n, THRESHOLDS.count))
    return { ...name, state: 'suppressed', flags: [], eligible, dispositions: null, rates: null }
  const rates = Object.fromEntries(
    Object.entries(responseRates(dispositions)).map(([rate, value]) => [rate, value === null ? null : round(value)]),
  )
  return { ...name, state: 'published', flags: [], eligible, dispositions, rates }
}

export type OptionName = { code: number; label: Bilingual }
export type DistributionPrimitives = {
  n: number
  counts: number[]
  declined: number
  leftBlank: number
  /** Null where not knowing is not among the answers offered. */
  dontKnow: number | null
  notReached: number
}

/**
 * The distribution of a choice item. With more than two options every count is drawn and shares are of their sum; with
 * two, the first only is drawn and the other is what is left of n.
 */
export function distributionCell(
  name: CellName,
  options: readonly OptionName[],
  V: number,
  primitives: DistributionPrimitives,
  sensitive = false,
): DistributionCell {
  const { n, counts, declined, leftBlank, dontKnow, notReached } = primitives
  const dichotomy = options.length === 2
  const completed = dichotomy ? [Math.min(counts[0]!, n), Math.max(n - counts[0]!, 0)] : counts
  const base = dichotomy ? n : completed.reduce((sum, count) => sum + count, 0)
  const threshold = thresholdOf(dichotomy ? 'count' : 'distribution', sensitive)
  if (!passes(n, threshold) || !passes(base, threshold)) {
    const shares = options.map((option) => ({ ...option, ...NO_SHARE, state: 'suppressed' as const }))
    return { ...name, state: 'suppressed', flags: [], n: null, base: null, ...NO_MISSING, shares }
  }
  const shares = options.map((option, index) => shareCell(option, completed[index]!, base, V, options.length))
  const flags = flagsFor(n, declined + leftBlank + (dontKnow ?? 0) + notReached)
  return { ...name, state: 'published', flags, n, base, declined, leftBlank, dontKnow, notReached, shares }
}

const NO_MISSING = { declined: null, leftBlank: null, dontKnow: null, notReached: null }

const NO_SHARE = { count: null, share: null, atMost: null, atLeast: null, interval: null }

function shareCell(option: OptionName, count: number, base: number, V: number, options: number): ShareCell {
  const share = count / base
  const coded = codeShare(share, base)
  if (coded.state === 'topcoded')
    return { ...option, ...NO_SHARE, state: 'topcoded', atMost: coded.atMost ?? null, atLeast: coded.atLeast ?? null }
  const noise = options === 2 ? ratioNoiseVariance(share, base, V) : shareNoiseVariance(share, options, base, V)
  const interval = roundInterval(wilson(share, effectiveN(share, base, noise)))
  return { ...option, ...NO_SHARE, state: 'published', count, share: round(share), interval }
}

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
  if (!passes(primitives.n, thresholdOf('mean', sensitive))) return noMean(name)
  const sample = withNoise(primitives, scale, V)
  const interval = roundInterval(meanInterval(sample))
  return {
    ...published(name, primitives),
    estimate: round(sample.mean),
    sd: round(Math.sqrt(sample.variance)),
    interval,
  }
}

/** The mean difference between two waves of the same people in one group. */
export function changeCell(
  name: CellName,
  scale: MeanScale,
  V: number,
  primitives: MeanPrimitives,
  sensitive = false,
): ChangeCell {
  if (!passes(primitives.n, thresholdOf('change', sensitive))) return { ...noMean(name), dz: null }
  const sample = withNoise(primitives, scale, V)
  const { estimate, interval, dz } = pairedChange(sample)
  return {
    ...published(name, primitives),
    estimate: estimate === null ? null : round(estimate),
    sd: round(Math.sqrt(sample.variance)),
    interval: roundInterval(interval),
    dz: dz === null ? null : round(dz),
  }
}

/** Computed from the primitives as they are published, so that a reader finds the same last digit. */
function withNoise({ n, sum, sumOfSquares }: MeanPrimitives, { centre, range }: MeanScale, V: number) {
  const { mean, variance } = momentsOf({ n, sum: round(sum), sumOfSquares: round(sumOfSquares), centre, range })
  return { n, mean, variance, noiseVariance: sumMeanNoiseVariance({ n, mean, centre, range, V }) }
}

const published = (name: CellName, { n, sum, sumOfSquares }: MeanPrimitives) => ({
  ...name,
  state: 'published' as const,
  flags: flagsFor(n),
  n,
  sum: round(sum),
  sumOfSquares: round(sumOfSquares),
})

const noMean = (name: CellName): MeanCell => ({
  ...name,
  state: 'suppressed',
  flags: [],
  n: null,
  sum: null,
  sumOfSquares: null,
  estimate: null,
  sd: null,
  interval: null,
})
