// Means and spreads of plain values and of frequency tables; must not know what was measured or whether it is protected.

/** The number, mean and standard deviation (n − 1) of `values`: the mean is NaN when n = 0, the sd NaN when n < 2. */
export function summarise(values: readonly number[]): { n: number; mean: number; sd: number } {
  const { n, mean, variance } = frequencyMean(values.map((value) => ({ code: value, count: 1 })))
  return { n, mean, sd: Math.sqrt(variance) }
}

/**
 * The number, mean and variance (n − 1) of codes counted in a frequency table, in the unit of the codes: the mean is
 * NaN when n = 0 and the variance NaN when n < 2, so gate n first.
 */
export function frequencyMean(frequencies: readonly { code: number; count: number }[]): {
  n: number
  mean: number
  variance: number
} {
  const n = sum(frequencies.map(({ count }) => count))
  const mean = sum(frequencies.map(({ code, count }) => code * count)) / n
  const squares = sum(frequencies.map(({ code, count }) => count * (code - mean) ** 2))
  return { n, mean, variance: n < 2 ? Number.NaN : squares / (n - 1) }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/**
 * The mean and the variance (n − 1) behind n, the sum of (value − centre) and the sum of its squares, as noise may have
 * left them: the spread is never under a twentieth of `range`, so that noise cannot make it vanish or go negative.
 */
export function momentsOf({
  n,
  sum,
  sumOfSquares,
  centre,
  range,
}: {
  n: number
  sum: number
  sumOfSquares: number
  centre: number
  range: number
}): { mean: number; variance: number } {
  const spread = Math.max(sumOfSquares / n - (sum / n) ** 2, (0.05 * range) ** 2)
  return { mean: centre + sum / n, variance: (spread * n) / (n - 1) }
}
