// Checks scores against a worked example; must not know people or groups.
import { expect, test } from 'vitest'
import { type Answer, MISSING } from './answers.ts'
import type { Measure } from './item.ts'
import { rangeOf, score } from './scoring.ts'
import { asItem, instrumentOf, text } from './testing.ts'

const agree = (item: string, reversed = false) => asItem({ item, type: 'likert', scale: 'AGREE', reversed })
const instrument = instrumentOf(
  [agree('NEWS'), agree('LINKS')],
  [agree('WORLD'), agree('SAME_R', true), asItem({ item: 'PLEASED', type: 'rating', ends: { low: text, high: text } })],
)

const OPENNESS: Measure = {
  measure: 'OPENNESS',
  kind: 'scale',
  label: text,
  items: ['NEWS', 'LINKS', 'WORLD', 'SAME_R'],
  minimumValid: 3,
}
const PLEASED: Measure = { measure: 'PLEASED', kind: 'rating', label: text, item: 'PLEASED' }

type Four = [number, number, number, number]
const openness = ([NEWS, LINKS, WORLD, SAME_R]: Four) => score(OPENNESS, instrument, { NEWS, LINKS, WORLD, SAME_R })

const worked: [Four, number][] = [
  [[4, 5, 4, 2], 81.25],
  [[3, 3, 4, 3], 56.25],
  [[5, 5, 5, 1], 100],
  [[2, 3, 2, 4], 31.25],
  [[4, 4, 3, 2], 68.75],
  [[3, 4, 3, 3], 56.25],
  [[5, 4, 5, 1], 93.75],
  [[2, 2, 3, 4], 31.25],
]

test.each(worked)('answers %j, the fourth reversed, score %d', (answers, expected) => {
  expect(openness(answers)).toBe(expected)
})

test('the eight worked scores have the worked mean and standard deviation', () => {
  const scores = worked.map(([answers]) => openness(answers)!)
  const mean = scores.reduce((sum, one) => sum + one, 0) / scores.length
  const variance = scores.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (scores.length - 1)
  expect(mean).toBe(64.84375)
  expect(Math.sqrt(variance)).toBeCloseTo(26.078843, 6)
})

const { notApplicable, dontKnow, declined, leftBlank } = MISSING

test.each<[string, Four, number | null]>([
  ['exactly enough valid items', [4, 4, leftBlank, 2], 75],
  ['one valid item too few', [4, 4, leftBlank, declined], null],
  ['no valid item', [declined, dontKnow, leftBlank, notApplicable], null],
  ['what is not known', [4, 4, dontKnow, 2], 75],
  ['“not applicable” in the scale itself', [5, 5, 6, 1], 100],
  ['too many “not applicable”', [5, 6, 6, 1], null],
  ['a reversed “not applicable”', [5, 5, 5, 6], 100],
])('%s: %j scores %j, and nothing is imputed', (_, answers, expected) => {
  expect(openness(answers)).toBe(expected)
})

test('items that were never reached count as missing', () => {
  expect(score(OPENNESS, instrument, { NEWS: 5, LINKS: 5 })).toBe(null)
  expect(score(OPENNESS, instrument, {})).toBe(null)
})

test('a scale runs from 0 to 100 whichever way its items are turned', () => {
  expect([openness([1, 1, 1, 5]), openness([5, 5, 5, 1])]).toEqual([0, 100])
  expect(rangeOf(OPENNESS)).toEqual({ low: 0, high: 100 })
})

test.each<[Answer | undefined, number | null]>([
  [0, 0],
  [7, 7],
  [10, 10],
  [declined, null],
  [leftBlank, null],
  [undefined, null],
])('a rating answered %j scores %j', (answer, expected) => {
  expect(score(PLEASED, instrument, answer === undefined ? {} : { PLEASED: answer })).toBe(expected)
  expect(rangeOf(PLEASED)).toEqual({ low: 0, high: 10 })
})
