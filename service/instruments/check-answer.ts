// The answer rules, written once: what a form may say about an item, and what stands in a form for what was answered.

import { parseDate } from '../platform/safe.ts'
import { type Answer, type Answers, applies, MISSING } from './answers.ts'
import { type CalendarProblem, type Period, readPeriods, spellsOf } from './calendar.ts'
import type { FittedItem, FittedQuestion } from './fit.ts'
import { isQuestion } from './instrument.ts'

/**
 * What a form says about one item: the values under its own name, those under the names of its parts (`day`, `2.from`),
 * and whether it was declined or not known.
 */
export type Given = {
  values: readonly string[]
  parts?: Readonly<Record<string, readonly string[]>>
  declined?: boolean
  unknown?: boolean
}

/** Why an answer cannot be taken. */
export type AnswerProblem =
  | 'required'
  | 'answered and not'
  | 'unknown option'
  | 'one only'
  | 'exclusive'
  | 'not a whole number'
  | 'not a number'
  | 'not a date'
  | 'out of range'
  | 'outside the period'
  | 'too long'
  | 'unreadable'
  | CalendarProblem

/** What is asked about once before an answer is taken as it is. */
export type Doubt = 'unusual' | 'personal details' | 'gaps'

/** A problem or a doubt with one item, with the months it is about. */
export type About<What> = { item: FittedQuestion; because: What; months: readonly string[] }

type Checked =
  | { ok: true; answer: Answer; doubt?: Doubt; months?: readonly string[] }
  | { ok: false; because: AnswerProblem; months?: readonly string[] }

type Of<Type extends FittedQuestion['type']> = Extract<FittedQuestion, { type: Type }>

/**
 * Reads what was given for one item. Nothing given is a blank (−4), except for a routing item, which is required;
 * `declined` (−3) is open to every item but routing ones, `unknown` (−2) to those that offer it.
 */
export function checkAnswer(item: FittedQuestion, { values, parts = {}, declined, unknown }: Given): Checked {
  const given: Said = { texts: written(values), part: (name) => written(parts[name] ?? []), parts: Object.keys(parts) }
  const saysNothing = given.texts.length === 0 && given.parts.every((name) => given.part(name).length === 0)
  const missing = [
    ...(declined && !item.routing ? [MISSING.declined] : []),
    ...(unknown && item.dontKnow ? [MISSING.dontKnow] : []),
  ]
  if (missing.length > 1) return no('answered and not')
  if (missing[0] !== undefined)
    return saysNothing || leavesAsShown(item, given) ? { ok: true, answer: missing[0] } : no('answered and not')
  if (saysNothing) return item.routing ? no('required') : { ok: true, answer: MISSING.leftBlank }
  switch (item.type) {
    case 'single':
    case 'likert':
    case 'country':
      return oneOf(
        given,
        item.options.map(({ code }) => code),
      )
    case 'rating':
      return oneOf(given, RATING)
    case 'multiple':
      return several(given, item)
    case 'integer':
    case 'year':
      return number(given, item, /^-?\d{1,9}$/, 'not a whole number')
    case 'decimal':
      return number(given, item, new RegExp(`^-?\\d{1,9}([.,]\\d{1,${item.decimals}})?$`), 'not a number')
    case 'date':
      return day(given, item)
    case 'text':
      return text(given, item)
    case 'calendar':
      return months(given, item)
    default:
      return item satisfies never
  }
}

/** The points of a 0–10 rating. */
export const RATING = Array.from({ length: 11 }, (_, point) => point)

/** What was written, without blanks around it. */
type Said = { texts: readonly string[]; part(name: string): readonly string[]; parts: readonly string[] }
const written = (values: readonly string[]) => values.map((value) => value.trim()).filter((value) => value !== '')

const no = (because: AnswerProblem, months: readonly string[] = []) => ({ ok: false, because, months }) as const

function oneOf<Code extends string | number>({ texts }: Said, codes: readonly Code[]): Checked {
  if (texts.length !== 1) return no(texts.length > 1 ? 'one only' : 'unknown option')
  const code = codes.find((code) => String(code) === texts[0])
  return code === undefined ? no('unknown option') : { ok: true, answer: code }
}

function several({ texts }: Said, { options }: Of<'multiple'>): Checked {
  const chosen = options.filter(({ code }) => texts.includes(String(code)))
  if (chosen.length === 0 || chosen.length < new Set(texts).size) return no('unknown option')
  if (chosen.length > 1 && chosen.some(({ exclusive }) => exclusive)) return no('exclusive')
  return { ok: true, answer: chosen.map(({ code }) => code) }
}

/** A number in digits; a comma or a point before its decimals. */
function number(
  { texts }: Said,
  { min, max, usual }: Of<'integer' | 'year' | 'decimal'>,
  form: RegExp,
  otherwise: AnswerProblem,
): Checked {
  if (texts.length > 1) return no('one only')
  if (!form.test(texts[0] ?? '')) return no(otherwise)
  const answer = Number(texts[0]!.replace(',', '.')) + 0
  if (answer < min || answer > max) return no('out of range')
  return usual && (answer < usual.min || answer > usual.max)
    ? { ok: true, answer, doubt: 'unusual' }
    : { ok: true, answer }
}

function day({ part }: Said, { min, max }: Of<'date'>): Checked {
  const [year, month, date] = ['year', 'month', 'day'].map((name) => part(name))
  if ([year, month, date].some((texts) => texts!.length > 1)) return no('one only')
  const digits = [year, month, date].map((texts) => texts![0] ?? '')
  if (!/^\d{4}$/.test(digits[0]!) || !digits.slice(1).every((text) => /^\d{1,2}$/.test(text))) return no('not a date')
  const written = digits.map((text, place) => text.padStart(place === 0 ? 4 : 2, '0')).join('-')
  if (!parseDate(written)) return no('not a date')
  return written < min || written > max ? no('outside the period') : { ok: true, answer: written }
}

/** An e-mail address, or as many digits as a telephone number has and a date has not. */
const PERSONAL = /\S@\S+\.\S|(\d[\s./-]?){9}/

function text({ texts }: Said, { maxLength, short }: Of<'text'>): Checked {
  const answer = texts.join('\n').replaceAll(/\r\n?/g, '\n')
  if (texts.length === 0 || answer.includes('\u0000') || !answer.isWellFormed()) return no('unreadable')
  if (short && answer.includes('\n')) return no('unreadable')
  if (answer.length > maxLength) return no('too long')
  return PERSONAL.test(answer) ? { ok: true, answer, doubt: 'personal details' } : { ok: true, answer }
}

function months(given: Said, item: Of<'calendar'>): Checked {
  const rows = periodsIn(given)
  if (!rows) return no('one only')
  const periods = rows.filter(saysSomethingOf(item))
  if (periods.some(({ state }) => state !== '' && !item.states.some(({ code }) => code === state)))
    return no('unknown option')
  if (periods.length === 0) return { ok: true, answer: MISSING.leftBlank }
  const read = readPeriods(periods, item.months, item.carried)
  if (!read.ok) return no(read.because, read.months)
  return read.gaps.length > 0
    ? { ok: true, answer: read.months, doubt: 'gaps', months: read.gaps }
    : { ok: true, answer: read.months }
}

/** A row whose beginning alone is filled in says nothing yet; where one month is asked, only its state can be chosen. */
const saysSomethingOf =
  ({ months }: Of<'calendar'>) =>
  ({ to, state }: Period) =>
    state !== '' || (to !== '' && months.length > 1)

/** The rows of a calendar's form in their order, or null when a field has been given twice. */
function periodsIn({ part, parts }: Said): Period[] | null {
  const rows = [...new Set(parts.flatMap((name) => /^(\d{1,2})\.(?:from|to|state)$/.exec(name)?.[1] ?? []))]
  const fields = rows.map((row) => ['from', 'to', 'state'].map((name) => part(`${row}.${name}`)))
  if (fields.flat().some((texts) => texts.length > 1)) return null
  return fields.map(([from, to, state]) => ({ from: from![0] ?? '', to: to![0] ?? '', state: state![0] ?? '' }))
}

/** Whether a calendar says no more than it was shown with: declining it then contradicts nothing. */
function leavesAsShown(item: FittedQuestion, given: Said): boolean {
  if (item.type !== 'calendar') return false
  const { carried } = item
  const said = (periodsIn(given) ?? []).filter(saysSomethingOf(item))
  return said.every(({ from, to, state }) => from === carried?.month && to === from && state === carried.state)
}

export type PageCheck = {
  /** What passed, even when other items did not. */
  answers: Answers
  problems: readonly About<AnswerProblem>[]
  doubts: readonly About<Doubt>[]
}

/** Checks the items of one page that apply. */
export function checkPage(
  items: readonly FittedItem[],
  soFar: Answers,
  given: (item: FittedQuestion) => Given,
): PageCheck {
  const answers: Record<string, Answer> = {}
  const problems: About<AnswerProblem>[] = []
  const doubts: About<Doubt>[] = []
  for (const item of items.filter(isQuestion).filter((item) => applies(item, soFar))) {
    const checked = checkAnswer(item, given(item))
    const months = checked.months ?? []
    if (!checked.ok) problems.push({ item, because: checked.because, months })
    else {
      answers[item.item] = checked.answer
      if (checked.doubt) doubts.push({ item, because: checked.doubt, months })
    }
  }
  return { answers, problems, doubts }
}

/** What stands in a form for an answer: checked again, it gives the same answer. */
export function givenFor(item: FittedQuestion, answer: Answer | undefined): Given {
  switch (answer) {
    case undefined:
    case MISSING.leftBlank:
    case MISSING.notApplicable:
      return { values: [] }
    case MISSING.declined:
      return { values: [], declined: true }
    case MISSING.dontKnow:
      return { values: [], unknown: true }
    default:
      return item.type === 'date' || item.type === 'calendar'
        ? { values: [], parts: partsFor(answer) }
        : { values: [answer].flat().map(String) }
  }
}

function partsFor(answer: Answer): Record<string, string[]> {
  if (typeof answer === 'string') {
    const [year, month, day] = answer.split('-').map((digits) => [digits])
    return { year: year!, month: month!, day: day! }
  }
  const months = Array.isArray(answer) ? answer.filter((one) => typeof one === 'object') : []
  return Object.fromEntries(
    spellsOf(months).flatMap((spell, row) =>
      (['from', 'to', 'state'] as const).map((name) => [`${row + 1}.${name}`, [spell[name]]]),
    ),
  )
}
