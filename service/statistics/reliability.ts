// How well the items of a scale hang together; must not know what they ask.

/**
 * Cronbach's α from the variances of the k ≥ 2 items and of their sum: k/(k−1)·(1 − Σs²/s²_total); negative when items
 * are not turned the same way (Cronbach, 1951, Psychometrika 16:297).
 */
export function alphaOf(itemVariances: readonly number[], totalVariance: number): number {
  const k = itemVariances.length
  return (k / (k - 1)) * (1 - sum(itemVariances) / totalVariance)
}

/**
 * α of people's answers to every item (rows are people; n ≥ 2), raw and of standardised items (from their mean
 * correlation; NaN where an item does not vary); `reversed` warns that an item seems not to be turned like the others,
 * because raw α is negative.
 */
export function cronbachAlpha(rows: readonly (readonly number[])[]): {
  raw: number
  standardised: number
  reversed: boolean
} {
  const k = rows[0]?.length ?? 0
  const columns = Array.from({ length: k }, (_, item) => rows.map((row) => row[item]!))
  const variances = columns.map((column) => covariance(column, column))
  const raw = alphaOf(variances, covariance(rows.map(sum), rows.map(sum)))
  const pairs = columns.flatMap((one, i) =>
    columns.slice(i + 1).map((other, j) => covariance(one, other) / Math.sqrt(variances[i]! * variances[i + 1 + j]!)),
  )
  const mean = sum(pairs) / pairs.length
  return { raw, standardised: standardisedAlpha(k, mean), reversed: raw < 0 }
}

/** α of k items of equal variance with a mean correlation. */
export const standardisedAlpha = (k: number, meanCorrelation: number): number =>
  (k * meanCorrelation) / (1 + (k - 1) * meanCorrelation)

/** ω of items by their loadings on one factor: (Σλ)²/((Σλ)² + Σ(1−λ²)) (McDonald, 1999, Test Theory, ch. 6). */
export function omegaTotal(loadings: readonly number[]): number {
  const common = sum(loadings) ** 2
  return common / (common + sum(loadings.map((loading) => 1 - loading ** 2)))
}

/** The loadings of three items on one factor, from their three positive correlations. */
export const loadingsOfThree = (r12: number, r13: number, r23: number): [number, number, number] => [
  Math.sqrt((r12 * r13) / r23),
  Math.sqrt((r12 * r23) / r13),
  Math.sqrt((r13 * r23) / r12),
]

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)

function covariance(one: readonly number[], other: readonly number[]): number {
  const [a, b] = [sum(one) / one.length, sum(other) / other.length]
  return sum(one.map((value, i) => (value - a) * (other[i]! - b))) / (one.length - 1)
}
