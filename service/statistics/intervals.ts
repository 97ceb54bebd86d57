// Two-sided 95 % confidence intervals for a share and for a mean; must not know where the figures come from.

import { NORMAL_975, studentQuantile } from './student.ts'

export type Interval = { low: number; high: number }

/** What is known of a mean: `variance` has n − 1 below; `noiseVariance` is what disclosure control added to it. */
export type SampleMean = { n: number; mean: number; variance: number; noiseVariance?: number }

/**
 * The 95 % score interval, as shares within [0, 1], of a `share` (0 to 1) among `n` persons, where n may be an
 * effective, fractional number and n ≤ 0 gives the whole [0, 1] (Wilson, 1927, JASA 22:209; Newcombe, 1998, Statistics
 * in Medicine 17:857, method 3).
 */
export function wilson(share: number, n: number): Interval {
  if (n <= 0) return { low: 0, high: 1 }
  const z2 = NORMAL_975 ** 2
  const shrink = 1 + z2 / n
  const centre = (share + z2 / (2 * n)) / shrink
  const half = (NORMAL_975 / shrink) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n ** 2))
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}

/**
 * The 95 % t interval of a mean, in the unit of the mean, with n − 1 degrees of freedom and the standard error
 * √(variance/n + noiseVariance); null when n < 2 (Student, 1908, Biometrika 6:1).
 */
export function meanInterval({ n, mean, variance, noiseVariance = 0 }: SampleMean): Interval | null {
  if (n < 2) return null
  const half = studentQuantile(0.975, n - 1) * Math.sqrt(variance / n + noiseVariance)
  return { low: mean - half, high: mean + half }
}

/**
 * By how much a standard error shrinks when n of N > 0 were observed and nothing is said beyond these N: √(1 − n/N), 0
 * once everybody was (Cochran, 1977, § 2.6).
 */
export const finitePopulation = (n: number, N: number): number => Math.sqrt(Math.max(0, 1 - n / N))
