// Decides whether a figure may be shown and how bluntly; must see protected numbers only, and not know what they mean.

/**
 * Fewest persons, always by the protected n: a population, or a distribution of two categories, needs `count`; one of
 * more categories `distribution`; a mean `mean`; paired change or a transition row `change`; sensitive items `sensitive`; reliability `reliability`.
 */
export const THRESHOLDS = { count: 10, mean: 20, distribution: 20, change: 30, sensitive: 30, reliability: 50 } as const

/** Whether a protected number of persons reaches one of the THRESHOLDS; a number that is NaN does not. */
export function passes(n: number, threshold: (typeof THRESHOLDS)[keyof typeof THRESHOLDS]): boolean {
  return n >= threshold
}

/** Shares up to `edge`, or from 1 − edge, are top-coded when the protected base is `from` or more. */
const BANDS = [
  { from: 300, edge: 0.01 },
  { from: 100, edge: 0.02 },
  { from: 40, edge: 0.05 },
  { from: 20, edge: 0.1 },
  { from: 10, edge: 0.2 },
]

/**
 * How to show a protected share (0 to 1) on a protected base n: as it is, or as "at most" / "at least" the edge of the
 * band of n, edges included; throws RangeError when n < 10, which should not have passed the gate (bands after NCES
 * 2011-603, 2010, SLDS Technical Brief 3).
 */
export function codeShare(
  share: number,
  n: number,
): { state: 'published'; share: number } | { state: 'topcoded'; atMost?: number; atLeast?: number } {
  const band = BANDS.find(({ from }) => n >= from)
  if (!band) throw new RangeError(`no share may be shown on a base of ${n}`)
  if (share <= band.edge) return { state: 'topcoded', atMost: band.edge }
  if (share >= 1 - band.edge) return { state: 'topcoded', atLeast: 1 - band.edge }
  return { state: 'published', share }
}
