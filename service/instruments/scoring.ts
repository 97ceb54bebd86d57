// Turns answers into scores. Knows codes and scales, never people.
import { type Answers, isValid } from './answers.ts'
import { type Instrument, type Item, itemsOf } from './instrument.ts'
import type { Measure } from './item.ts'

/** The ends of a measure's scale. */
export const rangeOf = (measure: Measure): { low: number; high: number } =>
  measure.kind === 'scale' ? { low: 0, high: 100 } : { low: 0, high: 10 }

/**
 * A member's score on a measure, or null when too few items have a valid answer. A scale is
 * 100 · (mean of valid items − 1) / 4 with reversed items as 6 − x, items 1 to 5; no imputation. A rating is its item.
 */
export function score(measure: Measure, instrument: Instrument, answers: Answers): number | null {
  if (measure.kind === 'rating') return numeric(answers[measure.item])
  const values = itemsOf(instrument)
    .filter((item) => measure.items.includes(item.item))
    .map((item) => likertValue(item, answers))
    .filter((value) => value !== null)
  if (values.length < measure.minimumValid) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return (100 * (mean - 1)) / 4
}

/** The points of a Likert item, 1 to 5, after reversing; null without a valid answer. */
export function likertValue(item: Item, answers: Answers): number | null {
  const value = numeric(answers[item.item])
  if (value === null || value < 1 || value > 5) return null
  return item.type === 'likert' && item.reversed ? 6 - value : value
}

const numeric = (answer: Answers[string] | undefined): number | null =>
  isValid(answer) && typeof answer === 'number' ? answer : null
