// Decides how much of a publication unit (programme × wave × cohort) is released; must not know its tables or persons.

/**
 * Which tables a unit of `eligible` members (public) and `respondents` (the protected count) may release: below 10
 * respondents nothing; below 100 eligible or 67 respondents totals only; else one-way tables too. From 62 true respondents
 * on, the one-way tables offered together explain no respondent's answer by more than 20 % (R² of the best linear
 * attacker); noise is at most 5, so 67 protected are at least 62 true. Fewer would need an audited plan of tables.
 */
export function releaseScope({
  eligible,
  respondents,
}: {
  eligible: number
  respondents: number
}): 'nothing' | 'totals' | 'one-way' {
  if (!(respondents >= 10)) return 'nothing'
  if (eligible >= 100 && respondents >= 67) return 'one-way'
  return 'totals'
}
