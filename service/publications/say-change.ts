// A published change in words.
import { type Language, sayNumber, wordsIn } from '../platform/i18n.ts'
import type { ChangeCell } from './tables.ts'

/** How far people have moved, between what and what, and how many they are; or that too few have answered. */
export function sayChange({ n, estimate, interval }: ChangeCell, language: Language): string {
  const t = wordsIn(language)
  if (n === null || estimate === null || interval === null) return t('impact.change.none')
  return t('impact.change.finding', {
    n,
    estimate: saySigned(estimate, language),
    low: saySigned(interval.low, language),
    high: saySigned(interval.high, language),
  })
}

/** A number with its sign, one decimal unless told otherwise; what rounds to nothing has none. */
export function saySigned(value: number, language: Language, decimals = 1): string {
  const sign = Number(value.toFixed(decimals)) === 0 ? '' : value > 0 ? '+' : '−'
  return sign + sayNumber(Math.abs(value), language, decimals)
}
