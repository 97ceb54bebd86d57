// Decides how much of a publication unit (programme × wave × cohort) is released; must not know its tables or persons.

/**
 * What a unit of `eligible` members (public) and `respondents` (the protected count) may release: below 10 respondents
 * nothing; below 100 eligible or 40 respondents totals only; else whatever tables the leverage audit lets through.
 */
export function releaseScope({
  eligible,
  respondents,
}: {
  eligible: number
  respondents: number
}): 'nothing' | 'totals' | 'plan' {
  if (!(respondents >= 10)) return 'nothing'
  if (eligible >= 100 && respondents >= 40) return 'plan'
  return 'totals'
}
