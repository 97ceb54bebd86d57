// Fits an instrument to one person: the months a calendar asks about, and what they said in earlier waves of the items
// that may be shown again. The frozen instrument stays as it is.
import { fill, sayMonth } from '../platform/i18n.ts'
import { type Answer, type Answers, isCalendar, isValid, wasDealtWith } from './answers.ts'
import { type CalendarMonth, mergeCalendars, monthOf, monthsToAsk } from './calendar.ts'
import type { Instrument, Item } from './instrument.ts'

/** What an earlier wave of the same person may lend a later one. */
export type EarlierResponse = { answeredOn: Temporal.PlainDate; answers: Answers }

export type Person = {
  /** The effective return, or the planned one while it is not known. */
  returnedOn: Temporal.PlainDate
  today: Temporal.PlainDate
  /** The earliest wave first. Only answers to items that `looksBack`. */
  earlier: readonly EarlierResponse[]
}

/** What was said last time: the answer, and the month it was given in. */
export type LastTime = { answer: Answer; month: string }

type Calendar = Extract<Item, { type: 'calendar' }> & {
  /** The months asked, in order. */
  months: readonly string[]
  /** The month asked again although an earlier wave has a state for it. */
  carried?: CalendarMonth | undefined
}
type Fitted<One> = Exclude<One, { type: 'calendar' }> | Calendar

export type FittedItem = Fitted<Item> & { lastTime?: LastTime | undefined }
export type FittedQuestion = Exclude<FittedItem, { type: 'info' }>
export type FittedInstrument = Instrument<FittedItem>

/** Whether what a later wave asks depends on the answers earlier waves have to an item. */
export const looksBack = (item: Item): boolean => item.type !== 'info' && (item.once || item.carryForward !== undefined)

/** An instrument as one person is asked it today. */
export const fitTo = (instrument: Instrument, person: Person): FittedInstrument => ({
  ...instrument,
  pages: instrument.pages.map(({ title, items }) => ({ title, items: items.map((item) => fitItem(item, person)) })),
})

function fitItem(item: Item, person: Person): FittedItem {
  if (item.type === 'info') return item
  const said = person.earlier.filter(({ answers }) => isValid(answers[item.item]))
  const wasAsked = person.earlier.some(({ answers }) => wasDealtWith(answers[item.item]))
  const fitted = item.type === 'calendar' ? fitCalendar(item, said, person) : withLastTime(item, said.at(-1))
  return item.once && wasAsked ? { ...fitted, when: never(item) } : fitted
}

/** When nobody is asked: after no answer at all. */
const never = ({ item }: Item) => ({ item, in: [] })

function withLastTime<One extends Exclude<FittedQuestion, Calendar>>(
  item: One,
  last: EarlierResponse | undefined,
): One {
  const answer = last?.answers[item.item]
  if (!item.carryForward || !last || answer === undefined || !isOffered(item, answer)) return item
  return { ...item, lastTime: { answer, month: monthOf(last.answeredOn) } }
}

/** Whether the item still has the options that were chosen, perhaps of an earlier version. */
const isOffered = (item: FittedQuestion, answer: Answer): boolean =>
  !('options' in item) || [answer].flat().every((one) => item.options.some(({ code }) => code === one))

function fitCalendar(
  item: Extract<Item, { type: 'calendar' }>,
  said: readonly EarlierResponse[],
  { returnedOn, today }: Person,
): FittedItem {
  const known = mergeCalendars(
    said.map(({ answers }) => answers[item.item]).flatMap((answer) => (isCalendar(answer) ? [answer] : [])),
  )
  const months = monthsToAsk(known, { anchor: returnedOn, today })
  const [first] = months
  if (first === undefined) return { ...item, months, when: never(item) }
  const isKnown = ({ month, state }: CalendarMonth) =>
    months.includes(month) && item.states.some(({ code }) => code === state)
  const carried = item.carryForward && known.findLast(isKnown)
  const text = { fr: anchored(item.text.fr, first, 'fr'), en: anchored(item.text.en, first, 'en') }
  const lastTime = carried && { answer: carried.state, month: carried.month }
  return { ...item, text, months, carried, lastTime }
}

const anchored = (text: string, month: string, language: 'fr' | 'en') =>
  fill(text, { anchor: sayMonth(month, language) })
