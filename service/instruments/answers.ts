// What is kept of a response: the answers and the reasons there is none, which items apply, and what changes them.
import type { CalendarMonth } from './calendar.ts'
import { type Instrument, type Item, isQuestion, itemsOf, type Question } from './instrument.ts'

/**
 * Why there is no answer. These never enter a mean; the same numbers are stored and exported. Not reached (a break-off)
 * and wave non-response are never stored: they are how the absence of an item, or of a response, is exported.
 */
export const MISSING = {
  notApplicable: -1,
  dontKnow: -2,
  declined: -3,
  leftBlank: -4,
  notReached: -5,
  waveNonResponse: -6,
  removedAtEditing: -7,
} as const

/** One answer: an option's code, a number, several codes, a text, a day or a country, the months of a calendar, or a missing code. */
export type Answer = number | number[] | string | CalendarMonth[]
export type Answers = Readonly<Record<string, Answer>>

/** Whether an item is asked, given the answers so far. */
export const applies = ({ when }: Pick<Item, 'when'>, answers: Answers): boolean => {
  if (!when) return true
  const answer = answers[when.item]
  return typeof answer === 'number' && when.in.includes(answer)
}

/**
 * What saving a page changes in a response: the page's answers, −1 for every item they put out of reach, and
 * null (forget it) for an item that was out of reach and now applies.
 */
export function changesOf(instrument: Instrument, soFar: Answers, page: Answers): Record<string, Answer | null> {
  const merged: Record<string, Answer> = { ...soFar, ...page }
  const changes: Record<string, Answer | null> = { ...page }
  for (const item of questionsOf(instrument)) {
    if (!applies(item, merged)) {
      if (merged[item.item] !== MISSING.notApplicable) changes[item.item] = MISSING.notApplicable
      merged[item.item] = MISSING.notApplicable
    } else if (merged[item.item] === MISSING.notApplicable) {
      changes[item.item] = null
      delete merged[item.item]
    }
  }
  return changes
}

export const questionsOf = (instrument: Instrument): Question[] => itemsOf(instrument).filter(isQuestion)

/** The pages, counted from 1, that have at least one item to ask given the answers so far. */
export const pagesToAsk = ({ pages }: Instrument, answers: Answers): number[] =>
  pages.flatMap(({ items }, index) => (items.some((item) => applies(item, answers)) ? [index + 1] : []))

/** The first page to ask that has an item nobody has dealt with yet, or null when all are. */
export function firstOpenPage(instrument: Instrument, answers: Answers): number | null {
  const isOpen = (item: Item) => isQuestion(item) && applies(item, answers) && !isDealtWith(item, answers[item.item])
  return pagesToAsk(instrument, answers).find((page) => instrument.pages[page - 1]!.items.some(isOpen)) ?? null
}

/** Whether there is nothing more to ask: a calendar must have an entry for every month it asks about. */
function isDealtWith(item: Question & { months?: readonly string[] }, answer: Answer | undefined): boolean {
  if (!item.months || !isCalendar(answer)) return answer !== undefined
  return item.months.every((month) => answer.some((one) => one.month === month))
}

/** Whether an answer is the months of a calendar. */
export const isCalendar = (answer: Answer | undefined): answer is CalendarMonth[] =>
  Array.isArray(answer) && answer.every((one) => typeof one === 'object')

/** Whether there is an answer that says something: not missing, whatever the reason. */
export const isValid = (answer: Answer | undefined): answer is Answer =>
  answer !== undefined && !(typeof answer === 'number' && answer < 0)

/** Whether somebody said something about an item, if only that they would not or could not. */
export const wasDealtWith = (answer: Answer | undefined): boolean =>
  isValid(answer) || answer === MISSING.declined || answer === MISSING.dontKnow

/**
 * How much of a response is there: the share, 0 to 1, of applicable core items that were dealt with (answered, declined
 * or not known; a blank is not). An instrument without core items counts all its items.
 */
export function completeness(instrument: Instrument, answers: Answers): number {
  const items = questionsOf(instrument)
  const core = items.some((item) => item.core) ? items.filter((item) => item.core) : items
  const isAsked = (item: Question) => applies(item, answers) && answers[item.item] !== MISSING.notApplicable
  const applicable = core.filter(isAsked)
  const dealtWith = applicable.filter(({ item }) => wasDealtWith(answers[item]))
  return applicable.length === 0 ? 0 : dealtWith.length / applicable.length
}

/**
 * What stands for an item in an export, never nothing: the answer, or why there is none. `answers` is null for whoever
 * gave no response in the wave.
 */
export function codedAnswer(item: Question, answers: Answers | null): Answer {
  if (answers === null) return MISSING.waveNonResponse
  return answers[item.item] ?? (applies(item, answers) ? MISSING.notReached : MISSING.notApplicable)
}
