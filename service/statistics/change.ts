// The change of the same persons between two waves; must not know the waves, nor how the differences were formed.

import { type Interval, meanInterval, type SampleMean } from './intervals.ts'

/**
 * From the differences (later − earlier) of n persons: their mean with its 95 % t interval, in points of the measure,
 * and dz = mean/√variance (Cohen, 1988, p. 48; also "standardised response mean"); estimate is null when n < 1,
 * interval when n < 2, dz when n < 2 or nobody differs from anybody.
 */
export function pairedChange(differences: SampleMean): {
  estimate: number | null
  interval: Interval | null
  dz: number | null
} {
  const { n, mean, variance } = differences
  return {
    estimate: n < 1 ? null : mean,
    interval: meanInterval(differences),
    dz: n < 2 || variance <= 0 ? null : mean / Math.sqrt(variance),
  }
}
