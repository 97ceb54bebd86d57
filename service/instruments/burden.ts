// How long answering takes, by rates of so many seconds a question.
import type { BankItem } from './item.ts'

/** Seconds by type of item: 7 a choice or point, 12 a multiple choice, 45 a calendar, 35 a text; others are estimates. */
const SECONDS: Partial<Record<BankItem['type'], number>> = {
  single: 7,
  likert: 7,
  rating: 7,
  multiple: 12,
  calendar: 45,
  text: 35,
}
const OTHERWISE = 10

/** Seconds somebody takes who is asked these questions. */
export const secondsToAnswer = (questions: readonly { type: BankItem['type'] }[]): number =>
  questions.reduce((sum, { type }) => sum + (SECONDS[type] ?? OTHERWISE), 0)
