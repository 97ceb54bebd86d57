// Checks noise variances against a worked example and first principles; must not know keys or tables.

import { expect, test } from 'vitest'
import { meanInterval, wilson } from './intervals.ts'
import {
  categoryMeanNoiseVariance,
  effectiveN,
  pairedShareNoiseVariance,
  ratioNoiseVariance,
  shareNoiseVariance,
  sumMeanNoiseVariance,
} from './noise.ts'
import { frequencyMean } from './summary.ts'

const V = 3
const likert = frequencyMean([6, 3, 11, 14, 9].map((count, index) => ({ code: index + 1, count })))

test('the top-two share of five categories carries the worked noise, effective n and interval', () => {
  const share = 23 / 43
  const noiseVariance = shareNoiseVariance(share, 5, 43, V, 2)
  expect(noiseVariance).toBeCloseTo(0.002094594, 9)
  const n = effectiveN(share, 43, noiseVariance)
  expect(n).toBeCloseTo(31.570469, 6)
  const interval = wilson(share, n)
  expect(interval.low).toBeCloseTo(0.366776, 6)
  expect(interval.high).toBeCloseTo(0.695423, 6)
})

test('a single category carries V·[(1−p)² + (m−1)p²]/n²', () => {
  expect(shareNoiseVariance(0.25, 4, 100, V)).toBeCloseTo((3 * (0.75 ** 2 + 3 * 0.25 ** 2)) / 10_000, 12)
})

test('a side drawn alone carries V·(1 + p²)/n², more than the same side of a dichotomy of which both are drawn', () => {
  expect(ratioNoiseVariance(0.25, 100, V)).toBeCloseTo((3 * (1 + 0.25 ** 2)) / 10_000, 12)
  expect(ratioNoiseVariance(0.25, 100, V)).toBeGreaterThan(shareNoiseVariance(0.25, 2, 100, V))
})

test('the mean of five categories carries the worked noise, standard error and interval', () => {
  const { n, mean, variance } = likert
  const noiseVariance = categoryMeanNoiseVariance({ codes: [1, 2, 3, 4, 5], mean, n, V })
  expect(noiseVariance).toBeCloseTo(0.017492975, 9)
  expect(Math.sqrt(variance / n + noiseVariance)).toBeCloseTo(0.237502, 6)
  const interval = meanInterval({ n, mean, variance, noiseVariance })
  expect(interval?.low).toBeCloseTo(2.91605, 6)
  expect(interval?.high).toBeCloseTo(3.874647, 6)
})

test('a mean from a noisy sum carries the noise of the sum and, away from the centre, that of the count', () => {
  expect(sumMeanNoiseVariance({ n: 100, mean: 50, centre: 50, range: 100, V })).toBeCloseTo(0.75, 12)
  expect(sumMeanNoiseVariance({ n: 100, mean: 60, centre: 50, range: 100, V })).toBeCloseTo(0.78, 12)
})

test('without noise the effective n is n, and a share of 0 or 1 with noise has none', () => {
  expect(effectiveN(0.3, 50, 0)).toBe(50)
  expect(effectiveN(0, 50, 0)).toBe(50)
  expect(effectiveN(1, 50, 0.001)).toBe(0)
})

test('the change of a share carries V times the squared slopes of the four counts behind it', () => {
  const counts = [20, 2, 12, 16]
  const changeOf = ([both, lost, gained, neither]: number[]) => (gained! - lost!) / (both! + lost! + gained! + neither!)
  const step = 1e-6
  const slopes = counts.map((_, place) => {
    const moved = counts.map((count, other) => (other === place ? count + step : count))
    return (changeOf(moved) - changeOf(counts)) / step
  })
  const expected = V * slopes.reduce((sum, slope) => sum + slope ** 2, 0)
  expect(pairedShareNoiseVariance(changeOf(counts), 50, V)).toBeCloseTo(expected, 8)
})
