// Would people recommend it: nines and tens less nought to six, of a hundred; must not know what.

import type { Interval } from './intervals.ts'
import { NORMAL_975 } from './student.ts'

/**
 * 100·(promoters − detractors)/n from −100 to 100, n being the sum of the three counts, with its standard error and
 * normal 95 % interval: sampling variance (p + d − (p−d)²)/n, and what independent noise of variance V in each count
 * adds (delta method; Cochran, 1977, ch. 6). Nulls when n ≤ 0 (Reichheld, 2003; variance of a multinomial contrast).
 */
export function netPromoter(
  { promoters, passives, detractors }: { promoters: number; passives: number; detractors: number },
  V = 0,
): { estimate: number | null; standardError: number | null; interval: Interval | null } {
  const n = promoters + passives + detractors
  if (!(n > 0)) return { estimate: null, standardError: null, interval: null }
  const balance = (promoters - detractors) / n
  const sampling = Math.max(0, (promoters + detractors) / n - balance ** 2) / n
  const noise = (V * ((1 - balance) ** 2 + balance ** 2 + (1 + balance) ** 2)) / n ** 2
  const estimate = 100 * balance
  const standardError = 100 * Math.sqrt(sampling + noise)
  const half = NORMAL_975 * standardError
  return {
    estimate,
    standardError,
    interval: { low: Math.max(-100, estimate - half), high: Math.min(100, estimate + half) },
  }
}
