// Checks differences of means against published and worked examples; must not know the groups.

import { expect, test } from 'vitest'
import { differenceInDifferences, holm, standardisedDifference, welch } from './independent-means.ts'
import { summarise } from './summary.ts'

const sampleOf = (values: number[]) => {
  const { n, mean, sd } = summarise(values)
  return { n, mean, variance: sd ** 2 }
}
const group1 = sampleOf([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2])
const group2 = sampleOf([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])

test('the two groups of the R data set sleep differ as printed', () => {
  const { estimate, t, df, p, interval } = welch(group1, group2)
  expect(estimate).toBeCloseTo(-1.58, 12)
  expect(t).toBeCloseTo(-1.860813, 6)
  expect(df).toBeCloseTo(17.776474, 6)
  expect(p).toBeCloseTo(0.079394, 6)
  expect(interval?.low).toBeCloseTo(-3.365483, 6)
  expect(interval?.high).toBeCloseTo(0.205483, 6)
})

test('a difference in differences is the worked one', () => {
  const found = differenceInDifferences(
    { n: 60, mean: 6.2, variance: 14 ** 2 },
    { n: 50, mean: 1.9, variance: 13 ** 2 },
  )
  expect(found.estimate).toBeCloseTo(4.3, 12)
  expect(found.estimate! / found.t!).toBeCloseTo(2.578113, 6)
  expect(found.df).toBeCloseTo(106.706, 3)
  expect(found.interval?.low).toBeCloseTo(-0.810969, 6)
  expect(found.interval?.high).toBeCloseTo(9.410969, 6)
  expect(found.d).toBeCloseTo(0.317216, 6)
  expect(found.g).toBeCloseTo(0.315008, 6)
})

test('noise widens the interval and leaves d alone', () => {
  const noisy = differenceInDifferences(
    { n: 60, mean: 6.2, variance: 14 ** 2, noiseVariance: 2 },
    { n: 50, mean: 1.9, variance: 13 ** 2, noiseVariance: 2 },
  )
  const [first, second] = [14 ** 2 / 60 + 2, 13 ** 2 / 50 + 2]
  expect(noisy.t).toBeCloseTo(4.3 / Math.sqrt(first + second), 10)
  expect(noisy.df).toBeCloseTo((first + second) ** 2 / (first ** 2 / 59 + second ** 2 / 49), 8)
  expect(noisy.interval!.low).toBeLessThan(-0.811)
  expect(noisy.d).toBeCloseTo(0.317216, 6)
})

test('what cannot be computed is null', () => {
  expect(welch({ n: 1, mean: 2, variance: Number.NaN }, group1)).toEqual({
    estimate: null,
    t: null,
    df: null,
    p: null,
    interval: null,
  })
  expect(differenceInDifferences({ n: 5, mean: 2, variance: 0 }, { n: 5, mean: 1, variance: 0 })).toMatchObject({
    estimate: 1,
    interval: null,
    d: null,
    g: null,
  })
})

test('the standardised difference of shares is 0 for equals, and null where nobody varies', () => {
  expect(standardisedDifference(0.3, 0.3)).toBe(0)
  expect(standardisedDifference(0.6, 0.5)).toBeCloseTo(0.1 / Math.sqrt(0.245), 12)
  expect(standardisedDifference(1, 1)).toBeNull()
})

test('the standardised difference of means is in their mean variance', () => {
  expect(standardisedDifference({ mean: 5, variance: 3 }, { mean: 4, variance: 5 })).toBeCloseTo(0.5, 12)
  expect(standardisedDifference({ mean: 5, variance: 0 }, { mean: 4, variance: 0 })).toBeNull()
})

test('Holm’s adjustment is the worked one', () => {
  const adjusted = holm([0.01, 0.04, 0.03, 0.005])
  for (const [place, wanted] of [0.03, 0.06, 0.06, 0.02].entries()) expect(adjusted[place]).toBeCloseTo(wanted, 12)
  expect(holm([0.9, 0.8])).toEqual([1, 1])
})
