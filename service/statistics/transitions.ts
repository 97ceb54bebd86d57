// From which state into which people moved; must not know the states.

/**
 * Each row of counts (from) as shares of its sum over the columns (to), 0 to 1; null for a row of nobody
 * (Anderson & Goodman, 1957, Annals of Mathematical Statistics 28:89).
 */
export function transitionShares(counts: readonly (readonly number[])[]): (number[] | null)[] {
  return counts.map((row) => {
    const n = row.reduce((sum, count) => sum + count, 0)
    return n > 0 ? row.map((count) => count / n) : null
  })
}
