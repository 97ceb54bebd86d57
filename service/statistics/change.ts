// The change of the same persons between two waves; must not know the waves, nor how the differences were formed.

import { type Interval, meanInterval, type SampleMean } from './intervals.ts'
import { NORMAL_975, studentTail } from './student.ts'

export type PairedChange = {
  estimate: number | null
  interval: Interval | null
  t: number | null
  p: number | null
  dz: number | null
  gz: number | null
  dzInterval: Interval | null
}

/**
 * From the differences (later − earlier) of n persons: their mean with its 95 % t interval, in points of the measure,
 * its t and two-sided p, and dz = mean/√variance (Cohen, 1988, p. 48; also "standardised response mean") with a 95 %
 * interval of ± z√(1/n + dz²/2n), and gz, dz without its bias (Hedges, 1981, J. of Educational Statistics 6:107). Noise
 * is part of the interval, t and p only. The estimate is null when n < 1, the others when n < 2, those of dz also when
 * nobody differs from anybody, t and p when there is no noise either.
 */
export function pairedChange(differences: SampleMean): PairedChange {
  const { n, mean, variance, noiseVariance = 0 } = differences
  const interval = meanInterval(differences)
  const error = n < 2 ? 0 : Math.sqrt(variance / n + noiseVariance)
  const t = error > 0 ? mean / error : null
  const dz = n < 2 || variance <= 0 ? null : mean / Math.sqrt(variance)
  return {
    estimate: n < 1 ? null : mean,
    interval,
    t,
    p: t === null ? null : 2 * studentTail(Math.abs(t), n - 1),
    dz,
    gz: dz === null ? null : dz * smallSample(n - 1),
    dzInterval: dz === null ? null : around(dz, NORMAL_975 * Math.sqrt(1 / n + dz ** 2 / (2 * n))),
  }
}

const around = (centre: number, half: number): Interval => ({ low: centre - half, high: centre + half })

/** What takes the bias out of a standardised difference: 1 − 3/(4·df − 1) (Hedges, 1981). */
export const smallSample = (degreesOfFreedom: number): number => 1 - 3 / (4 * degreesOfFreedom - 1)

/**
 * The exact 95 % interval of a finite dz of n ≥ 2 normal differences: the two non-centralities under which t = dz·√n
 * lies at the 97.5 and the 2.5 % point (Steiger & Fouladi, 1997, in: What if there were no significance tests?).
 */
export function exactDzInterval(dz: number, n: number): Interval {
  const t = dz * Math.sqrt(n)
  const bound = (share: number) => {
    let [low, high] = [t - 10 - 3 * Math.abs(t), t + 10 + 3 * Math.abs(t)]
    for (let step = 0; step < BISECTIONS; step++) {
      const middle = (low + high) / 2
      // The share below t falls as the centre moves up.
      if (noncentralBelow(t, n - 1, middle) > share) low = middle
      else high = middle
    }
    return low / Math.sqrt(n)
  }
  return { low: bound(0.975), high: bound(0.025) }
}
const BISECTIONS = 60

/**
 * The share of the non-central t distribution below `t`: Φ(t·s − δ) averaged over s = √(χ²/df), on an even grid in ln s
 * (Johnson, Kotz & Balakrishnan, 1995, Continuous Univariate Distributions 2, ch. 31). No series in δ, whose terms are
 * thousands when n is large.
 */
function noncentralBelow(t: number, df: number, delta: number): number {
  // Beyond, the density of ln s is under e⁻³⁹ of its highest.
  const [left, right] = [-Math.sqrt(40 / df) - 40 / df, Math.sqrt(40 / df)]
  let [total, weights] = [0, 0]
  for (let node = 0; node <= NODES; node++) {
    const u = left + ((right - left) * node) / NODES
    const weight = Math.exp(df * (u - Math.expm1(2 * u) / 2))
    total += weight * normalBelow(t * Math.exp(u) - delta)
    weights += weight
  }
  return total / weights
}
const NODES = 1000

/**
 * The share of the standard normal distribution below `z`, to 1e-14 of the whole (Abramowitz & Stegun, 1964, 26.2.11).
 */
function normalBelow(z: number): number {
  if (Math.abs(z) > 9) return z > 0 ? 1 : 0
  let [term, sum] = [z, z]
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= z ** 2 / k
    sum += term
  }
  return 0.5 + (sum * Math.exp(-(z ** 2) / 2)) / Math.sqrt(2 * Math.PI)
}
