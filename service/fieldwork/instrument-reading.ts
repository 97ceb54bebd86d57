// An instrument as it is read by whoever works on it: fitted to somebody who does not exist, what it costs to answer, and
// who is asked what. Pure.
import { questionsOf } from '../instruments/answers.ts'
import { type FittedInstrument, fitTo } from '../instruments/fit.ts'
import {
  type Instrument,
  type Item,
  isQuestion,
  itemsOf,
  longestSeconds,
  mostQuestions,
} from '../instruments/instrument.ts'
import type { Bilingual } from '../platform/i18n.ts'
import type { Wave } from '../waves/plan.ts'

/** A while in which a calendar has something to ask. */
const SOME_MONTHS = { months: 3 }

/** The instrument as somebody is asked it in a wave who answers for the first time, on the day it opens. */
export function asAskedIn(instrument: Instrument, wave: Wave | undefined, today: Temporal.PlainDate): FittedInstrument {
  const isAfterReturn = wave?.anchor === 'return' && wave.opens.sign > 0
  const returnedOn = today.subtract(isAfterReturn ? wave.opens : SOME_MONTHS)
  return fitTo(instrument, { returnedOn, today, earlier: [] })
}

/** What answering costs: seconds are those of whoever is asked most. */
export type Burden = { pages: number; questions: number; most: number; minutes: number; seconds: number }

export const burdenOf = (instrument: Instrument): Burden => ({
  pages: instrument.pages.length,
  questions: questionsOf(instrument).length,
  most: mostQuestions(instrument),
  minutes: instrument.minutes,
  seconds: longestSeconds(instrument),
})

/** Which answers to which question open an item. */
export type Condition = { item: string; question: Bilingual; answers: Bilingual[] }

/** On what it depends whether an item is asked; undefined when everybody is. */
export function conditionOf(instrument: Instrument, { when }: Pick<Item, 'when'>): Condition | undefined {
  if (!when) return undefined
  const source = itemsOf(instrument).find(({ item }) => item === when.item)
  const options = source?.type === 'single' ? source.options : []
  return {
    item: when.item,
    question: source?.text ?? { fr: when.item, en: when.item },
    answers: when.in.map((code) => options.find((option) => option.code === code) ?? { fr: `${code}`, en: `${code}` }),
  }
}

const FACTS = ['core', 'routing', 'sensitive', 'once', 'carryForward'] as const
export type Fact = (typeof FACTS)[number]

/** What is particular about an item. */
export const factsOf = (item: Item): Fact[] => (isQuestion(item) ? FACTS.filter((fact) => Boolean(item[fact])) : [])
