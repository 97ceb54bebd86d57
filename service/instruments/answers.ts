// The answer rules, written once: what a page's form may say, which items apply, and what is kept of a response.
import type { Instrument, Item } from './instrument.ts'
import { itemsOf } from './instrument.ts'

/** Why there is no answer. These never enter a mean; the same numbers are stored and exported. */
export const MISSING = { notApplicable: -1, declined: -3, leftBlank: -4 } as const

/** One answer: an option's code, a number, the codes of a multiple choice, a text, or a missing code. */
export type Answer = number | number[] | string
export type Answers = Readonly<Record<string, Answer>>

/** What a form sent for one item: its values, and whether “prefer not to answer” was chosen. */
export type Given = { values: readonly string[]; declined: boolean }

export type AnswerProblem =
  | 'required'
  | 'unknown option'
  | 'one only'
  | 'exclusive'
  | 'not a whole number'
  | 'out of range'
  | 'too long'
  | 'unreadable'

/** Whether an item is asked, given the answers so far. */
export const applies = ({ when }: Pick<Item, 'when'>, answers: Answers): boolean => {
  if (!when) return true
  const answer = answers[when.item]
  return typeof answer === 'number' && when.in.includes(answer)
}

/**
 * Reads what was given for one item. Nothing given is a blank (−4), except for a routing item, which is required;
 * `declined` (−3) is open to every item but routing ones.
 */
export function checkAnswer(
  item: Item,
  { values, declined }: Given,
): { ok: true; answer: Answer } | { ok: false; because: AnswerProblem } {
  const texts = values.map((value) => value.trim()).filter((value) => value !== '')
  if (declined && texts.length === 0 && !item.routing) return { ok: true, answer: MISSING.declined }
  if (texts.length === 0) return item.routing ? no('required') : { ok: true, answer: MISSING.leftBlank }
  switch (item.type) {
    case 'single':
    case 'likert':
      return oneOf(
        texts,
        item.options.map(({ code }) => code),
      )
    case 'rating':
      return oneOf(texts, RATING)
    case 'multiple':
      return several(texts, item)
    case 'integer':
      return wholeNumber(texts, item)
    case 'text':
      return freeText(texts, item)
    default:
      return item satisfies never
  }
}

/** The points of a 0–10 rating. */
export const RATING = Array.from({ length: 11 }, (_, point) => point)

const no = (because: AnswerProblem) => ({ ok: false, because }) as const

function oneOf(texts: readonly string[], codes: readonly number[]) {
  if (texts.length > 1) return no('one only')
  const code = codes.find((code) => String(code) === texts[0])
  return code === undefined ? no('unknown option') : ({ ok: true, answer: code } as const)
}

function several(texts: readonly string[], { options }: Extract<Item, { type: 'multiple' }>) {
  const chosen = options.filter(({ code }) => texts.includes(String(code)))
  if (chosen.length < new Set(texts).size) return no('unknown option')
  if (chosen.length > 1 && chosen.some(({ exclusive }) => exclusive)) return no('exclusive')
  return { ok: true, answer: chosen.map(({ code }) => code) } as const
}

function wholeNumber(texts: readonly string[], { min, max }: Extract<Item, { type: 'integer' }>) {
  if (texts.length > 1) return no('one only')
  if (!/^-?\d{1,9}$/.test(texts[0]!)) return no('not a whole number')
  const number = Number(texts[0])
  return number < min || number > max ? no('out of range') : ({ ok: true, answer: number } as const)
}

function freeText(texts: readonly string[], { maxLength }: Extract<Item, { type: 'text' }>) {
  const text = texts.join('\n').replaceAll('\r\n', '\n')
  if (text.includes('\u0000') || !text.isWellFormed()) return no('unreadable')
  return text.length > maxLength ? no('too long') : ({ ok: true, answer: text } as const)
}

export type PageCheck =
  | { ok: true; answers: Answers }
  | { ok: false; problems: { item: Item; because: AnswerProblem }[]; answers: Answers }

/** Checks the items of one page that apply; `answers` are those that passed, even when others did not. */
export function checkPage(items: readonly Item[], soFar: Answers, given: (item: Item) => Given): PageCheck {
  const answers: Record<string, Answer> = {}
  const problems: { item: Item; because: AnswerProblem }[] = []
  for (const item of items.filter((item) => applies(item, soFar))) {
    const checked = checkAnswer(item, given(item))
    if (checked.ok) answers[item.item] = checked.answer
    else problems.push({ item, because: checked.because })
  }
  return problems.length === 0 ? { ok: true, answers } : { ok: false, problems, answers }
}

/**
 * What saving a page changes in a response: the page's answers, −1 for every item they put out of reach, and
 * null (forget it) for an item that was out of reach and now applies.
 */
export function changesOf(instrument: Instrument, soFar: Answers, page: Answers): Record<string, Answer | null> {
  const merged: Record<string, Answer> = { ...soFar, ...page }
  const changes: Record<string, Answer | null> = { ...page }
  for (const item of itemsOf(instrument)) {
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

/** The pages, counted from 1, that have at least one item to ask given the answers so far. */
export const pagesToAsk = ({ pages }: Instrument, answers: Answers): number[] =>
  pages.flatMap(({ items }, index) => (items.some((item) => applies(item, answers)) ? [index + 1] : []))

/** The first page to ask that has an item nobody has dealt with yet, or null when all are. */
export function firstOpenPage(instrument: Instrument, answers: Answers): number | null {
  const open = pagesToAsk(instrument, answers).find((page) =>
    instrument.pages[page - 1]!.items.some((item) => applies(item, answers) && answers[item.item] === undefined),
  )
  return open ?? null
}

/** Whether there is an answer that says something: not missing, whatever the reason. */
export const isValid = (answer: Answer | undefined): answer is Answer =>
  answer !== undefined && !(typeof answer === 'number' && answer < 0)

/**
 * How much of a response is there: the share, 0 to 1, of applicable core items that were dealt with (answered or
 * declined; a blank is not). An instrument without core items counts all its items.
 */
export function completeness(instrument: Instrument, answers: Answers): number {
  const items = itemsOf(instrument)
  const core = items.some((item) => item.core) ? items.filter((item) => item.core) : items
  const applicable = core.filter((item) => applies(item, answers))
  const dealtWith = applicable.filter(({ item }) => isValid(answers[item]) || answers[item] === MISSING.declined)
  return applicable.length === 0 ? 0 : dealtWith.length / applicable.length
}
