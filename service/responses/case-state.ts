// What a volunteer's link leads to at an instant, and in which language. Pure.
import { isBefore } from '../platform/clock.ts'
import { isLanguage, type Language } from '../platform/i18n.ts'

export type CaseState = 'too early' | 'open' | 'done' | 'closed'

/** `done` outlives the field period: a receipt stays a receipt. */
export function caseState(
  { opensAt, closesAt, submitted }: { opensAt: Temporal.Instant; closesAt: Temporal.Instant; submitted: boolean },
  now: Temporal.Instant,
): CaseState {
  if (submitted) return 'done'
  if (isBefore(now, opensAt)) return 'too early'
  return isBefore(now, closesAt) ? 'open' : 'closed'
}

/** The language chosen on the page, else the one the response was last saved in, else the member's. */
export function languageOf(
  { language, member_language }: { language: string | null; member_language: Language },
  chosen: string | undefined,
): Language {
  if (isLanguage(chosen)) return chosen
  return isLanguage(language ?? undefined) ? (language as Language) : member_language
}
