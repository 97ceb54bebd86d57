// The final AAPOR disposition of a case when its wave is closed. Pure.
import type { Dispositions } from '../statistics/response-rates.ts'

export type ClosedCase = {
  /** The share of applicable core items dealt with, 0 to 1; null when nothing was saved. */
  completeness: number | null
  because: string | null
  /** Whether the register gives the effective return (or the wave does not depend on it). */
  verified: boolean
}

/**
 * I (complete, 80 % of core items), P (partial, 50 %), R (break-off or refusal), NC (silent, no address), UO (silent and
 * the return unverified): Standard Definitions for an internet survey of named persons, AAPOR. Eligibility is known
 * from the register, so silence is NC and not unknown.
 */
export function dispositionOf({ completeness, because, verified }: ClosedCase): keyof Dispositions {
  if (completeness !== null && completeness >= 0.8) return 'I'
  if (completeness !== null && completeness >= 0.5) return 'P'
  if (completeness !== null || because === 'opted out') return 'R'
  return verified ? 'NC' : 'UO'
}
