// The AAPOR outcome rates of a wave from its final dispositions; must not know persons, dates or publication.

/**
 * Numbers of cases by final AAPOR disposition: I complete, P partial, R refusal or break-off, NC non-contact, O other
 * eligible, UH and UO unknown eligibility, NE not eligible.
 */
export type Dispositions = Record<'I' | 'P' | 'R' | 'NC' | 'O' | 'UH' | 'UO' | 'NE', number>

/**
 * Response (rr), cooperation (coop), refusal (ref) and contact (con) rates as shares from 0 to 1, and e, the eligible
 * share among cases of known eligibility (CASRO), each null when its denominator is 0 (AAPOR, Standard Definitions,
 * 10th ed. 2023, rates RR1–RR6, COOP1–COOP4, REF1–REF3, CON1–CON3).
 */
export function responseRates({ I, P, R, NC, O, UH, UO, NE }: Dispositions) {
  const responded = I + P
  const contacted = responded + R + O
  const eligible = contacted + NC
  const unknown = UH + UO
  const all = eligible + unknown
  const e = ratio(eligible, eligible + NE)
  const estimatedEligible = eligible + (e ?? 0) * unknown
  return {
    e,
    rr1: ratio(I, all),
    rr2: ratio(responded, all),
    rr3: ratio(I, estimatedEligible),
    rr4: ratio(responded, estimatedEligible),
    rr5: ratio(I, eligible),
    rr6: ratio(responded, eligible),
    coop1: ratio(I, contacted),
    coop2: ratio(responded, contacted),
    coop3: ratio(I, responded + R),
    coop4: ratio(responded, responded + R),
    ref1: ratio(R, all),
    ref2: ratio(R, estimatedEligible),
    ref3: ratio(R, eligible),
    con1: ratio(contacted, all),
    con2: ratio(contacted, estimatedEligible),
    con3: ratio(contacted, eligible),
  }
}

function ratio(numerator: number, denominator: number): number | null {
  return denominator === 0 ? null : numerator / denominator
}
