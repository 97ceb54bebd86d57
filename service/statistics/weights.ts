// Weighting for those who did not respond; must not know who they are, nor what is estimated.

import { type Interval, type SampleMean, wilson } from './intervals.ts'
import { studentQuantile } from './student.ts'

/** People alike by the register: how many are eligible, and how many responded. */
export type ResponseClass = { eligible: number; respondents: number }

/**
 * What each respondent of a class stands for: eligible/respondents, without end in a class of no respondents, so merge
 * first (response homogeneity groups; Särndal et al., 1992, § 15.6).
 */
export const responseClassWeights = (classes: readonly ResponseClass[]): number[] =>
  classes.map(({ eligible, respondents }) => eligible / respondents)

const SMALLEST_CLASS = 15
const [LOWEST_RATE, HIGHEST_RATE] = [0.05, 0.95]

/**
 * Classes merged into the next (the last into the one before) until each has 15 respondents and a response rate of 5 to
 * 95 %, or one is left; the places of the classes merged.
 */
export function mergeClasses(classes: readonly ResponseClass[]): number[][] {
  const isWide = ({ eligible, respondents }: ResponseClass) => {
    const rate = respondents / eligible
    return respondents >= SMALLEST_CLASS && rate >= LOWEST_RATE && rate <= HIGHEST_RATE
  }
  const groups = classes.map((one, place) => ({ ...one, places: [place] }))
  for (;;) {
    const thin = groups.findIndex((group) => !isWide(group))
    if (thin < 0 || groups.length < 2) return groups.map(({ places }) => places)
    const first = Math.min(thin, groups.length - 2)
    const [one, other] = [groups[first]!, groups[first + 1]!]
    groups.splice(first, 2, {
      eligible: one.eligible + other.eligible,
      respondents: one.respondents + other.respondents,
      places: [...one.places, ...other.places],
    })
  }
}

/**
 * Of how many people with equal weights these would be worth, (Σw)²/Σw², and by how much weighting widens the variance,
 * n·Σw²/(Σw)² (Kish, 1965, § 11.7); NaN of nobody.
 */
export function kish(weights: readonly { weight: number; count: number }[]): {
  n: number
  effectiveN: number
  designEffect: number
} {
  const n = sum(weights.map(({ count }) => count))
  const total = sum(weights.map(({ weight, count }) => weight * count))
  const squares = sum(weights.map(({ weight, count }) => weight ** 2 * count))
  const effectiveN = total ** 2 / squares
  return { n, effectiveN, designEffect: n / effectiveN }
}

/**
 * Cells of a table of two margins scaled until its rows and columns add up to those given; throws RangeError when that
 * takes more than 1,000 cycles (iterative proportional fitting; Deming & Stephan, 1940).
 */
export function rake(
  cells: readonly (readonly number[])[],
  rows: readonly number[],
  columns: readonly number[],
): { cells: number[][]; cycles: number } {
  const fitted = cells.map((row) => [...row])
  for (let cycles = 1; cycles <= 1000; cycles++) {
    for (const [r, row] of fitted.entries()) {
      const scale = rows[r]! / sum(row)
      for (const c of row.keys()) row[c]! *= scale
    }
    for (const [c, wanted] of columns.entries()) {
      const scale = wanted / sum(fitted.map((row) => row[c]!))
      for (const row of fitted) row[c]! *= scale
    }
    const worst = Math.max(...fitted.map((row, r) => Math.abs(sum(row) - rows[r]!)))
    if (worst < 1e-10) return { cells: fitted, cycles }
  }
  throw new RangeError('the margins cannot be met')
}

/**
 * The chance of responding of each class by a logistic regression on its covariates (the first usually 1), and weights
 * in inverse proportion, scaled to stand for everybody eligible (iteratively reweighted least squares; McCullagh &
 * Nelder, 1989, § 4.4; Little, 1986, International Statistical Review 54:139). Throws RangeError when covariates say
 * the same thing twice, or tell exactly who responds.
 */
export function logisticWeights(classes: readonly (ResponseClass & { covariates: readonly number[] })[]): {
  coefficients: number[]
  chances: number[]
  weights: number[]
} {
  const size = classes[0]?.covariates.length ?? 0
  let coefficients = new Array<number>(size).fill(0)
  const chanceOf = (covariates: readonly number[]) =>
    1 / (1 + Math.exp(-sum(covariates.map((x, i) => x * coefficients[i]!))))
  for (let step = 0; step < 50; step++) {
    const information = Array.from({ length: size }, () => new Array<number>(size).fill(0))
    const score = new Array<number>(size).fill(0)
    for (const { eligible, respondents, covariates } of classes) {
      const chance = chanceOf(covariates)
      for (const [i, x] of covariates.entries()) {
        score[i]! += x * (respondents - eligible * chance)
        for (const [j, y] of covariates.entries()) information[i]![j]! += eligible * chance * (1 - chance) * x * y
      }
    }
    const change = solve(information, score)
    coefficients = coefficients.map((one, i) => one + change[i]!)
    if (Math.max(...change.map(Math.abs)) < 1e-10) {
      const chances = classes.map(({ covariates }) => chanceOf(covariates))
      const everybody = sum(classes.map(({ eligible }) => eligible))
      const standsFor = sum(classes.map(({ respondents }, i) => respondents / chances[i]!))
      return { coefficients, chances, weights: chances.map((chance) => everybody / standsFor / chance) }
    }
  }
  throw new RangeError('the chances of responding have no single best fit')
}

/**
 * Weights cut at three times their median over people, then scaled so that they add up as before; counts are whole
 * (Potter, 1990, Proceedings of the Section on Survey Research Methods, ASA, 225).
 */
export function trim(weights: readonly { weight: number; count: number }[]): number[] {
  const sorted = weights.flatMap(({ weight, count }) => new Array<number>(count).fill(weight)).sort((a, b) => a - b)
  const middle = sorted.length / 2
  const median = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2
  const cut = weights.map(({ weight }) => Math.min(weight, 3 * median))
  const scale = sum(sorted) / sum(cut.map((weight, place) => weight * weights[place]!.count))
  return cut.map((weight) => weight * scale)
}

/**
 * A share as it would be had every class responded alike: Σ (N_h/N)·p_h, from classes of at least one respondent (two
 * in all). With its linearised standard error √(n/(n−1)·Σw²(y − p)²/(Σw)² + Σ(N_h/N)²·v_h), where v_h are the
 * `noiseVariances` of the classes' shares, and the Wilson 95 % interval on the n left by weights and noise (Särndal et
 * al., 1992, §§ 5.6, 15.6; Kish, 1965, § 11.7).
 */
export function poststratifiedShare(
  classes: readonly (ResponseClass & { share: number })[],
  noiseVariances: readonly number[] = [],
): { share: number; standardError: number; effectiveN: number; interval: Interval } {
  const eligible = sum(classes.map((one) => one.eligible))
  const share = sum(classes.map((one) => (one.eligible / eligible) * one.share))
  const n = sum(classes.map(({ respondents }) => respondents))
  const weights = responseClassWeights(classes)
  const noise = sum(classes.map((one, h) => (one.eligible / eligible) ** 2 * (noiseVariances[h] ?? 0)))
  const squares = classes.map(
    (one, h) => weights[h]! ** 2 * one.respondents * (one.share * (1 - share) ** 2 + (1 - one.share) * share ** 2),
  )
  const weighted = kish(classes.map(({ respondents }, h) => ({ weight: weights[h]!, count: respondents }))).effectiveN
  const sampling = share * (1 - share)
  const effectiveN = noise === 0 ? weighted : sampling / (sampling / weighted + noise)
  return {
    share,
    standardError: Math.sqrt(((n / (n - 1)) * sum(squares)) / eligible ** 2 + noise),
    effectiveN,
    interval: wilson(share, effectiveN),
  }
}

/**
 * A mean as it would be had every class responded alike, in the unit of the means, with the 95 % t interval of the
 * stratified mean (variance: Cochran, 1977, § 5.4) on Σ(n_h − 1) degrees of freedom; each class of two or more.
 */
export function poststratifiedMean(classes: readonly (SampleMean & { eligible: number })[]): {
  mean: number
  interval: Interval
} {
  const eligible = sum(classes.map((one) => one.eligible))
  const mean = sum(classes.map((one) => (one.eligible / eligible) * one.mean))
  const variance = sum(
    classes.map((one) => (one.eligible / eligible) ** 2 * (one.variance / one.n + (one.noiseVariance ?? 0))),
  )
  const half = studentQuantile(0.975, sum(classes.map(({ n }) => n)) - classes.length) * Math.sqrt(variance)
  return { mean, interval: { low: mean - half, high: mean + half } }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

/** Solves a small symmetric positive definite system by elimination. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]!])
  for (let pivot = 0; pivot < rows.length; pivot++) {
    for (let row = 0; row < rows.length; row++) {
      if (row === pivot) continue
      const factor = rows[row]![pivot]! / rows[pivot]![pivot]!
      for (let column = pivot; column <= rows.length; column++) rows[row]![column]! -= factor * rows[pivot]![column]!
    }
  }
  return rows.map((row, i) => row[rows.length]! / row[i]!)
}
