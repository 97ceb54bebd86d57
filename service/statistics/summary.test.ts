// Checks means and spreads against a printed example; must not know surveys.

import { expect, test } from 'vitest'
import { frequencyMean, summarise } from './summary.ts'

test('a five-point frequency table gives the printed mean and standard deviation', () => {
  const { n, mean, variance } = frequencyMean([6, 3, 11, 14, 9].map((count, index) => ({ code: index + 1, count })))
  expect(n).toBe(43)
  expect(mean).toBeCloseTo(3.395349, 6)
  expect(Math.sqrt(variance)).toBeCloseTo(1.293565, 6)
})

test('values and their frequency table give the same summary', () => {
  const { n, mean, sd } = summarise([1, 1, 2, 5])
  const table = frequencyMean([
    { code: 1, count: 2 },
    { code: 2, count: 1 },
    { code: 5, count: 1 },
  ])
  expect(n).toBe(table.n)
  expect(mean).toBeCloseTo(table.mean, 12)
  expect(sd ** 2).toBeCloseTo(table.variance, 12)
})

test('a mean of nobody and a spread of one person are not numbers', () => {
  expect(frequencyMean([{ code: 3, count: 0 }]).mean).toBeNaN()
  expect(frequencyMean([{ code: 3, count: 1 }])).toEqual({ n: 1, mean: 3, variance: Number.NaN })
  expect(summarise([]).n).toBe(0)
})
