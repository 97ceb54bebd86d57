// From which state into which people moved; must not know the states.

import { type Interval, wilson } from './intervals.ts'
import { effectiveN, shareNoiseVariance } from './noise.ts'

export type TransitionRow = { n: number; shares: { share: number; interval: Interval }[] }

/**
 * Each row of counts (from) as shares, 0 to 1, of its sum n over the columns (to), with their 95 % score intervals;
 * null for a row of nobody. Every count, none negative, may carry independent noise of variance V, which widens the
 * intervals (Anderson & Goodman, 1957, Annals of Mathematical Statistics 28:89; Wilson, 1927, JASA 22:209).
 */
export function transitionShares(counts: readonly (readonly number[])[], V = 0): (TransitionRow | null)[] {
  return counts.map((row) => {
    const n = row.reduce((sum, count) => sum + count, 0)
    if (!(n > 0)) return null
    const shares = row.map((count) => {
      const share = count / n
      return { share, interval: wilson(share, effectiveN(share, n, shareNoiseVariance(share, row.length, n, V))) }
    })
    return { n, shares }
  })
}
