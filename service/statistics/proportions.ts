// How far apart two shares are, of different people or of the same; must not know what the shares are of.

import { type Interval, wilson } from './intervals.ts'

type Share = { share: number; n: number }

/**
 * The first share less the second, of different people, with its 95 % hybrid score interval; n may be an effective,
 * fractional number, and both are null where one n ≤ 0 (Newcombe, 1998, Statistics in Medicine 17:873, method 10).
 */
export function differenceOfShares(one: Share, other: Share): { estimate: number | null; interval: Interval | null } {
  if (!(one.n > 0 && other.n > 0)) return { estimate: null, interval: null }
  const [first, second] = [wilson(one.share, one.n), wilson(other.share, other.n)]
  const estimate = one.share - other.share
  return {
    estimate,
    interval: {
      low: estimate - Math.hypot(one.share - first.low, second.high - other.share),
      high: estimate + Math.hypot(first.high - one.share, other.share - second.low),
    },
  }
}

export type PairedCounts = { both: number; lost: number; gained: number; neither: number }

/**
 * The shares of people before and after, and the later less the earlier with its 95 % interval, from how many (≥ 0)
 * were in the share at both times, only earlier (lost), only later (gained) and never; null when that is nobody. Where
 * the counts say more than they know, the interval is that of the same table scaled to `effective` people (Newcombe,
 * 1998, Statistics in Medicine 17:2635, method 10, with the continuity-corrected φ).
 */
export function pairedShareChange(
  { both, lost, gained, neither }: PairedCounts,
  effective?: number,
): { n: number; before: number | null; after: number | null; estimate: number | null; interval: Interval | null } {
  const n = both + lost + gained + neither
  if (!(n > 0)) return { n, before: null, after: null, estimate: null, interval: null }
  const size = effective ?? n
  const [before, after] = [(both + lost) / n, (both + gained) / n]
  const [earlier, later] = [wilson(before, size), wilson(after, size)]
  const estimate = after - before
  const phi = correlation({ both, lost, gained, neither }, n ** 2 / (2 * size))
  const spread = (a: number, b: number) => Math.sqrt(Math.max(0, a ** 2 - 2 * phi * a * b + b ** 2))
  return {
    n,
    before,
    after,
    estimate,
    interval: {
      low: Math.max(-1, estimate - spread(after - later.low, earlier.high - before)),
      high: Math.min(1, estimate + spread(later.high - after, before - earlier.low)),
    },
  }
}

/**
 * φ, its numerator `shrink` nearer to 0 where it is positive: n/2, which is n²/(2·effective) on the scale of the
 * counts.
 */
function correlation({ both, lost, gained, neither }: PairedCounts, shrink: number): number {
  const margins = (both + lost) * (gained + neither) * (both + gained) * (lost + neither)
  if (!(margins > 0)) return 0
  const product = both * neither - lost * gained
  return (product > 0 ? Math.max(0, product - shrink) : product) / Math.sqrt(margins)
}
