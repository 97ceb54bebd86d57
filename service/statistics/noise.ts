// How much variance a perturbation of counts and sums adds to shares and means; must not know keys, tables or persons.

/**
 * The variance that noise adds to a `share` (0 to 1) of `pooled` categories among all `categories` of one item, when
 * every category count carries independent noise of variance V and `base` is the sum of those noisy counts:
 * V·[k(1−p)² + (m−k)p²]/base² (delta method for a ratio; Cochran, 1977, ch. 6).
 */
export function shareNoiseVariance(share: number, categories: number, base: number, V: number, pooled = 1): number {
  return (V * (pooled * (1 - share) ** 2 + (categories - pooled) * share ** 2)) / base ** 2
}

/**
 * The variance, in squared code units, that noise adds to a `mean` computed from category counts, when the count of
 * every one of `codes` (empty ones too) carries independent noise of variance V and n is the sum of those noisy
 * counts: V·Σ(code−mean)²/n² (delta method for a ratio; Cochran, 1977, ch. 6).
 */
export function categoryMeanNoiseVariance({
  codes,
  mean,
  n,
  V,
}: {
  codes: readonly number[]
  mean: number
  n: number
  V: number
}): number {
  const squares = codes.reduce((total, code) => total + (code - mean) ** 2, 0)
  return (V * squares) / n ** 2
}

/**
 * The variance, in squared points, that noise adds to mean = centre + S/n, when S (the sum of value − centre) carries
 * noise of variance V in units of range/2 and n independent noise of variance V: V·[(range/2)² + (mean−centre)²]/n²
 * (delta method for a ratio; Cochran, 1977, ch. 6).
 */
export function sumMeanNoiseVariance({
  n,
  mean,
  centre,
  range,
  V,
}: {
  n: number
  mean: number
  centre: number
  range: number
  V: number
}): number {
  return (V * ((range / 2) ** 2 + (mean - centre) ** 2)) / n ** 2
}

/**
 * The number of persons whose sampling variance alone would equal that of a `share` among n persons plus
 * `noiseVariance`: p(1−p)/(p(1−p)/n + v), thus 0 for a share of 0 or 1 with noise (such shares are top-coded and show
 * no interval), and n without noise (effective sample size; Kish, 1965, p. 258).
 */
export function effectiveN(share: number, n: number, noiseVariance: number): number {
  if (noiseVariance === 0) return n
  const spread = share * (1 - share)
  return spread / (spread / n + noiseVariance)
}

/**
 * The variance that noise adds to share = t/n when t and n carry independent noise of variance V: V·(1+p²)/n²
 * (delta method for a ratio; Cochran, 1977, ch. 6). For a dichotomy, of which one side only is drawn.
 */
export const ratioNoiseVariance = (share: number, n: number, V: number): number => (V * (1 + share ** 2)) / n ** 2

/**
 * The variance that noise adds to (gained − lost)/n, the `change` of a share of the same people, when each of the four
 * counts that n is the sum of carries independent noise of variance V: V·[(1−d)² + (1+d)² + 2d²]/n² (delta method for a
 * ratio; Cochran, 1977, ch. 6).
 */
export const pairedShareNoiseVariance = (change: number, n: number, V: number): number =>
  (V * ((1 - change) ** 2 + (1 + change) ** 2 + 2 * change ** 2)) / n ** 2
