// Checks reliability against a published data set and worked examples; must not know the items.

import { expect, test } from 'vitest'
import { alphaOf, cronbachAlpha, loadingsOfThree, omegaTotal, standardisedAlpha } from './reliability.ts'

/** The R data set attitude: 30 departments, 7 questions. */
const attitude = [
  [43, 51, 30, 39, 61, 92, 45],
  [63, 64, 51, 54, 63, 73, 47],
  [71, 70, 68, 69, 76, 86, 48],
  [61, 63, 45, 47, 54, 84, 35],
  [81, 78, 56, 66, 71, 83, 47],
  [43, 55, 49, 44, 54, 49, 34],
  [58, 67, 42, 56, 66, 68, 35],
  [71, 75, 50, 55, 70, 66, 41],
  [72, 82, 72, 67, 71, 83, 31],
  [67, 61, 45, 47, 62, 80, 41],
  [64, 53, 53, 58, 58, 67, 34],
  [67, 60, 47, 39, 59, 74, 41],
  [69, 62, 57, 42, 55, 63, 25],
  [68, 83, 83, 45, 59, 77, 35],
  [77, 77, 54, 72, 79, 77, 46],
  [81, 90, 50, 72, 60, 54, 36],
  [74, 85, 64, 69, 79, 79, 63],
  [65, 60, 65, 75, 55, 80, 60],
  [65, 70, 46, 57, 75, 85, 46],
  [50, 58, 68, 54, 64, 78, 52],
  [50, 40, 33, 34, 43, 64, 33],
  [64, 61, 52, 62, 66, 80, 41],
  [53, 66, 52, 50, 63, 80, 37],
  [40, 37, 42, 58, 50, 57, 49],
  [63, 54, 42, 48, 66, 75, 33],
  [66, 77, 66, 63, 88, 76, 72],
  [78, 75, 58, 74, 80, 78, 49],
  [48, 57, 44, 45, 51, 83, 38],
  [85, 85, 71, 71, 77, 74, 55],
  [82, 82, 39, 59, 64, 78, 39],
]

test('α of the R data set attitude is the printed one', () => {
  const { raw, standardised, reversed } = cronbachAlpha(attitude)
  expect(raw).toBeCloseTo(0.8431428, 7)
  expect(standardised).toBeCloseTo(0.8390838, 7)
  expect(reversed).toBe(false)
})

/** Eight people, four items, the last of which runs the other way. */
const answers = [
  [4, 5, 4, 2],
  [3, 3, 4, 3],
  [5, 5, 5, 1],
  [2, 3, 2, 4],
  [4, 4, 3, 2],
  [3, 4, 3, 3],
  [5, 4, 5, 1],
  [2, 2, 3, 4],
]

test('α of the worked table needs its last item turned, and warns when it is not', () => {
  const turned = cronbachAlpha(answers.map(([a, b, c, d]) => [a!, b!, c!, 6 - d!]))
  expect(turned.raw).toBeCloseTo(0.946325, 6)
  expect(turned.reversed).toBe(false)
  const asIs = cronbachAlpha(answers)
  expect(asIs.raw).toBeCloseTo(-0.642234, 6)
  expect(asIs.reversed).toBe(true)
})

test('α from variances is the worked one', () => {
  expect(alphaOf([1.428571, 1.071429, 1.125, 1.428571], 17.410714)).toBeCloseTo(0.946325, 6)
})

test('ω and standardised α of three items are the worked ones', () => {
  const loadings = loadingsOfThree(0.56, 0.48, 0.42)
  for (const [place, wanted] of [0.8, 0.7, 0.6].entries()) expect(loadings[place]).toBeCloseTo(wanted, 12)
  expect(omegaTotal(loadings)).toBeCloseTo(0.744932, 6)
  expect(standardisedAlpha(3, (0.56 + 0.48 + 0.42) / 3)).toBeCloseTo(0.739865, 6)
})
