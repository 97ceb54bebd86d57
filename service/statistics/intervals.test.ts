// Checks intervals against published examples; must not know surveys.

import { expect, test } from 'vitest'
import { finitePopulation, meanInterval, wilson } from './intervals.ts'
import { frequencyMean, summarise } from './summary.ts'

// The first four are printed by Newcombe (1998, Statistics in Medicine 17:857).
test.each([
  [81, 263, 0.255289, 0.36621],
  [15, 148, 0.062386, 0.160487],
  [0, 20, 0, 0.161125],
  [1, 29, 0.006113, 0.171755],
  [0, 10, 0, 0.277533],
  [10, 10, 0.722467, 1],
  [7, 12, 0.319511, 0.80674],
  [145, 264, 0.488943, 0.608129],
])('the score interval of %d in %d is %d to %d', (x, n, low, high) => {
  const interval = wilson(x / n, n)
  expect(interval.low).toBeCloseTo(low, 6)
  expect(interval.high).toBeCloseTo(high, 6)
})

test('the score interval accepts a fractional, effective number of persons', () => {
  const interval = wilson(130.45 / 264, 155.839775)
  expect(interval.low).toBeCloseTo(0.416724, 6)
  expect(interval.high).toBeCloseTo(0.571816, 6)
})

test('the score interval never leaves 0 to 1, and nobody asked means nothing known', () => {
  expect(wilson(0, 3).low).toBe(0)
  expect(wilson(1, 3).high).toBe(1)
  expect(wilson(0.5, 0)).toEqual({ low: 0, high: 1 })
})

test('the t interval of group 1 of the R data set sleep is the printed one', () => {
  const { n, mean, sd } = summarise([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2])
  expect(mean).toBeCloseTo(0.75, 12)
  expect(sd).toBeCloseTo(1.78901, 6)
  const interval = meanInterval({ n, mean, variance: sd ** 2 })
  expect(interval?.low).toBeCloseTo(-0.52978, 6)
  expect(interval?.high).toBeCloseTo(2.02978, 6)
})

test('the t interval of a five-point frequency table is the printed one', () => {
  const table = frequencyMean([6, 3, 11, 14, 9].map((count, index) => ({ code: index + 1, count })))
  const interval = meanInterval(table)
  expect(interval?.low).toBeCloseTo(2.997248, 6)
  expect(interval?.high).toBeCloseTo(3.793449, 6)
})

test('the top-two share of that table has the printed score interval', () => {
  const interval = wilson(23 / 43, 43)
  expect(interval.low).toBeCloseTo(0.389156, 6)
  expect(interval.high).toBeCloseTo(0.674889, 6)
})

test('a mean of fewer than two persons has no interval', () => {
  expect(meanInterval({ n: 1, mean: 4, variance: 0 })).toBeNull()
  expect(meanInterval({ n: 0, mean: Number.NaN, variance: Number.NaN })).toBeNull()
})

test('noise adds to the sampling variance', () => {
  const plain = meanInterval({ n: 25, mean: 0, variance: 25 })
  const noisy = meanInterval({ n: 25, mean: 0, variance: 25, noiseVariance: 3 })
  expect((noisy?.high ?? 0) / (plain?.high ?? 0)).toBeCloseTo(2, 12)
})

test('the correction for a finite population is the worked one, and nothing is left once everybody was seen', () => {
  expect(finitePopulation(162, 264)).toBeCloseTo(0.621582, 6)
  expect(finitePopulation(264, 264)).toBe(0)
})
