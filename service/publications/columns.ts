// What the people of a unit answered, as columns: one number for each member, by which they are then counted or added up.
// Knows answers; draws nothing.
import { codedAnswer, isValid, MISSING, questionsOf } from '../instruments/answers.ts'
import type { Instrument, Question } from '../instruments/instrument.ts'
import type { Given, UnitMember } from './unit.ts'

/** The class of each member, −1 for whoever is in none; classes are counted from 0. */
export type Classes = { of: Int16Array; classes: number }

/** Whoever has no answer, by why; in the order of the classes that follow those of the answers. */
const REASONS = [MISSING.declined, MISSING.leftBlank, MISSING.dontKnow, MISSING.notReached] as const
export type MissingCounts<T> = { declined: T; leftBlank: T; dontKnow: T; notReached: T }

/**
 * Members by what they answered to an item, in one of `answers` classes, then by why they did not; whoever was not asked
 * is in none.
 */
export function classify(
  members: readonly UnitMember[],
  code: string,
  answers: number,
  classOf: (answer: ReturnType<typeof codedAnswer>) => number,
): Classes {
  const questionIn = questionFinder()
  const of = Int16Array.from(members, ({ given }) => {
    const question = given && questionIn(given.instrument, code)
    if (!given || !question) return -1
    const answer = codedAnswer(question, given.answers)
    if (isValid(answer)) return classOf(answer)
    const reason = REASONS.indexOf(answer as (typeof REASONS)[number])
    return reason < 0 ? -1 : answers + reason
  })
  return { of, classes: answers + REASONS.length }
}

/** Finds questions in instrument versions, and goes through each version once. */
export function questionFinder() {
  const known = new Map<Instrument, Map<string, Question>>()
  return (instrument: Instrument, code: string): Question | undefined => {
    if (!known.has(instrument))
      known.set(instrument, new Map(questionsOf(instrument).map((question) => [question.item, question])))
    return known.get(instrument)!.get(code)
  }
}

/** The last four of some classes, named. */
export const missingOf = <T>(counts: readonly T[]): MissingCounts<T> => {
  const [declined, leftBlank, dontKnow, notReached] = counts.slice(-REASONS.length) as [T, T, T, T]
  return { declined, leftBlank, dontKnow, notReached }
}

/** What `value` makes of each response, NaN for whoever has no value. */
export const valuesOf = (
  members: readonly UnitMember[],
  value: (given: Given, member: UnitMember) => number | null,
): Float64Array =>
  Float64Array.from(members, (member) => (member.given ? (value(member.given, member) ?? Number.NaN) : Number.NaN))

/** Each member's cell in a table of groups × classes, −1 for whoever is in none. */
export function cellsOf(groups: Int32Array, { of, classes }: Classes): Int32Array {
  return Int32Array.from(groups, (group, member) => (group < 0 || of[member]! < 0 ? -1 : group * classes + of[member]!))
}
