// The change of the same persons between two waves; must not know the waves, nor how the differences were formed.

import { type Interval, meanInterval, type SampleMean } from './intervals.ts'
import { incompleteBeta, logGamma, NORMAL_975, studentTail } from './student.ts'

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
 * From the differences (later − earlier) of n persons: their mean with its 95 % t interval, in points of the measure, its
 * t and two-sided p, and dz = mean/√variance (Cohen, 1988, p. 48; also "standardised response mean") with a 95 % interval
 * of ± z√(1/n + dz²/2n), and gz, dz without its bias (Hedges, 1981, J. of Educational Statistics 6:107). The estimate is
 * null when n < 1, the others when n < 2, those of dz also when nobody differs from anybody.
 */
export function pairedChange(differences: SampleMean): PairedChange {
  const { n, mean, variance, noiseVariance = 0 } = differences
  const interval = meanInterval(differences)
  const t = n < 2 ? null : mean / Math.sqrt(variance / n + noiseVariance)
  const dz = n < 2 || variance <= 0 ? null : mean / Math.sqrt(variance)
  return {
    estimate: n < 1 ? null : mean,
    interval,
    t: t === null || Number.isNaN(t) ? null : t,
    p: t === null || Number.isNaN(t) ? null : 2 * studentTail(Math.abs(t), n - 1),
    dz,
    gz: dz === null ? null : dz * smallSample(n - 1),
    dzInterval: dz === null ? null : around(dz, NORMAL_975 * Math.sqrt(1 / n + dz ** 2 / (2 * n))),
  }
}

const around = (centre: number, half: number): Interval => ({ low: centre - half, high: centre + half })

/** What takes the bias out of a standardised difference: 1 − 3/(4·df − 1) (Hedges, 1981). */
export const smallSample = (degreesOfFreedom: number): number => 1 - 3 / (4 * degreesOfFreedom - 1)

/**
 * The exact 95 % interval of dz for n ≥ 2 normal differences: the two non-centralities under which t = dz·√n lies at the
 * 97.5 and the 2.5 % point (Steiger & Fouladi, 1997, in: What if there were no significance tests?).
 */
export function exactDzInterval(dz: number, n: number): Interval {
  const t = dz * Math.sqrt(n)
  const bound = (share: number) => {
    let [low, high] = [t - 10 - Math.abs(t), t + 10 + Math.abs(t)]
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
const BISECTIONS = 80

/** The share of the non-central t distribution below `t` (Lenth, 1989, Applied Statistics 38:185, AS 243). */
function noncentralBelow(t: number, df: number, delta: number): number {
  if (t < 0) return 1 - noncentralBelow(-t, df, -delta)
  const x = t ** 2 / (t ** 2 + df)
  const half = delta ** 2 / 2
  let total = normalBelow(-delta)
  if (x === 0) return total
  for (let j = 0; j < MOST_TERMS; j++) {
    const log = -half + j * Math.log(half)
    const even = half === 0 ? (j === 0 ? 1 : 0) : Math.exp(log - logGamma(j + 1))
    const odd = half === 0 ? 0 : (delta * Math.exp(log - logGamma(j + 1.5))) / Math.SQRT2
    const term =
      even * incompleteBeta(x, 1 - x, j + 0.5, df / 2) +
      (half === 0 ? 0 : odd * incompleteBeta(x, 1 - x, j + 1, df / 2))
    total += term / 2
    if (j > half && Math.abs(term) < 1e-14) break
  }
  return total
}
const MOST_TERMS = 1000

/** The share of the standard normal distribution below `z`: ½·Q(½, z²/2) by the incomplete gamma's series and fraction. */
function normalBelow(z: number): number {
  const x = z ** 2 / 2
  const tail = x < 1.5 ? 1 - gammaSeries(x) : gammaFraction(x)
  return z < 0 ? tail / 2 : 1 - tail / 2
}

/** P(½, x) (Abramowitz & Stegun, 1964, 6.5.29). */
function gammaSeries(x: number): number {
  if (x === 0) return 0
  let term = 2
  let sum = term
  for (let k = 1; Math.abs(term) > 1e-17 * sum; k++) {
    term *= x / (k + 0.5)
    sum += term
  }
  return sum * Math.exp(-x + 0.5 * Math.log(x) - logGamma(0.5))
}

/** Q(½, x) (Abramowitz & Stegun, 1964, 6.5.31), by the modified Lentz method. */
function gammaFraction(x: number): number {
  let b = x + 0.5
  let c = 1e300
  let d = 1 / b
  let h = d
  for (let k = 1; k < 1000; k++) {
    const a = -k * (k - 0.5)
    b += 2
    d = 1 / (a * d + b)
    c = b + a / c
    h *= d * c
    if (Math.abs(d * c - 1) < 1e-16) break
  }
  return h * Math.exp(-x + 0.5 * Math.log(x) - logGamma(0.5))
}
