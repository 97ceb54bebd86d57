// A published change in words.
import { type Language, sayNumber, wordsIn } from '../platform/i18n.ts'
import type { ChangeCell } from './tables.ts'

/** How far people have moved, between what and what, how many they are and what that shows; or that too few answered. */
export function sayChange({ n, estimate, interval }: ChangeCell, language: Language): string {
  const t = wordsIn(language)
  if (n === null || estimate === null || interval === null) return t('impact.change.none')
  const finding = t('impact.change.finding', {
    n,
    estimate: saySigned(estimate, language),
    low: saySigned(interval.low, language),
    high: saySigned(interval.high, language),
  })
  return `${finding} ${sayDirection(interval, language)}`
}

/** Where people have gone if zero is not in the interval; undecided if it is. */
export const DIRECTIONS = ['rising', 'falling', 'undecided'] as const
export type Direction = (typeof DIRECTIONS)[number]

/** What an interval of a change shows, in points: as it is written, with one decimal, so that nobody reads otherwise. */
export function directionOf({ low, high }: { low: number; high: number }): Direction {
  if (asWritten(low) > 0) return 'rising'
  return asWritten(high) < 0 ? 'falling' : 'undecided'
}

/** The same in words. */
export const sayDirection = (interval: { low: number; high: number }, language: Language): string =>
  wordsIn(language)(`impact.direction.${directionOf(interval)}`)

/** A number with its sign, one decimal unless told otherwise; what rounds to nothing has none. */
export function saySigned(value: number, language: Language, decimals = 1): string {
  const written = asWritten(value, decimals)
  const sign = written === 0 ? '' : written > 0 ? '+' : '−'
  return sign + sayNumber(Math.abs(value), language, decimals)
}

const asWritten = (value: number, decimals = 1): number => Number(value.toFixed(decimals))
