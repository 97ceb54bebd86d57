// How far apart the means of two groups of different people are; must not know the groups.

import { smallSample } from './change.ts'
import type { Interval, SampleMean } from './intervals.ts'
import { studentQuantile, studentTail } from './student.ts'

export type Difference = {
  estimate: number | null
  t: number | null
  df: number | null
  p: number | null
  interval: Interval | null
}

const NONE: Difference = { estimate: null, t: null, df: null, p: null, interval: null }

/**
 * The first mean less the second, in the unit of the means, with t, its degrees of freedom, the two-sided p and the
 * 95 % interval; noise is part of each standard error. All null where a group has fewer than two, all but the estimate
 * where nobody differs and there is no noise (Welch, 1947, Biometrika 34:28).
 */
export function welch(one: SampleMean, other: SampleMean): Difference {
  if (!(one.n >= 2) || !(other.n >= 2)) return NONE
  const errors = [one, other].map(({ n, variance, noiseVariance = 0 }) => variance / n + noiseVariance)
  const [first, second] = errors as [number, number]
  const estimate = one.mean - other.mean
  const error = Math.sqrt(first + second)
  if (!(error > 0)) return { ...NONE, estimate }
  const df = (first + second) ** 2 / (first ** 2 / (one.n - 1) + second ** 2 / (other.n - 1))
  const t = estimate / error
  const half = studentQuantile(0.975, df) * error
  return {
    estimate,
    t,
    df,
    p: 2 * studentTail(Math.abs(t), df),
    interval: { low: estimate - half, high: estimate + half },
  }
}

/**
 * The mean change of volunteers less that of a comparison group: Welch on the changes, with d, their difference in
 * pooled standard deviations, and g, d without its bias (Hedges, 1981); d and g are null where the changes are all
 * alike.
 */
export function differenceInDifferences(
  volunteers: SampleMean,
  comparison: SampleMean,
): Difference & { d: number | null; g: number | null } {
  const difference = welch(volunteers, comparison)
  const df = volunteers.n + comparison.n - 2
  const pooled = ((volunteers.n - 1) * volunteers.variance + (comparison.n - 1) * comparison.variance) / df
  const d = difference.estimate === null || !(pooled > 0) ? null : difference.estimate / Math.sqrt(pooled)
  return { ...difference, d, g: d === null ? null : d * smallSample(df) }
}

/**
 * How far apart two means, or two shares (numbers, whose variance is p(1−p)), are in standard deviations:
 * (m1 − m2)/√((s1² + s2²)/2), null when neither varies (Austin, 2009, Statistics in Medicine 28:3083); under 0.1 two
 * groups count as alike.
 */
export function standardisedDifference(one: number | Moments, other: number | Moments): number | null {
  const [first, second] = [asMoments(one), asMoments(other)]
  const spread = (first.variance + second.variance) / 2
  return spread > 0 ? (first.mean - second.mean) / Math.sqrt(spread) : null
}
type Moments = Pick<SampleMean, 'mean' | 'variance'>
const asMoments = (one: number | Moments): Moments =>
  typeof one === 'number' ? { mean: one, variance: one * (1 - one) } : one

/** The p of several comparisons, adjusted together, in their order (Holm, 1979, Scandinavian J. of Statistics 6:65). */
export function holm(values: readonly number[]): number[] {
  const order = values.map((p, place) => ({ p, place })).sort((a, b) => a.p - b.p)
  const adjusted = new Array<number>(values.length)
  let largest = 0
  for (const [rank, { p, place }] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (values.length - rank) * p))
    adjusted[place] = largest
  }
  return adjusted
}
