// Checks weights against worked examples; must not know what is estimated.

import { describe, expect, test } from 'vitest'
import {
  kish,
  logisticWeights,
  mergeClasses,
  poststratifiedMean,
  poststratifiedShare,
  rake,
  responseClassWeights,
  trim,
} from './weights.ts'

/** By scheme and gender: how many are eligible, how many responded, and the share of these who said yes. */
const classes = [
  { eligible: 120, respondents: 84, share: 42 / 84 },
  { eligible: 75, respondents: 36, share: 12 / 36 },
  { eligible: 42, respondents: 30, share: 18 / 30 },
  { eligible: 27, respondents: 12, share: 9 / 12 },
]
const close = (values: readonly number[], printed: readonly number[], digits = 6) => {
  expect(values.length).toBe(printed.length)
  for (const [place, wanted] of printed.entries()) expect(values[place]).toBeCloseTo(wanted, digits)
}
const withCounts = (weights: readonly number[]) =>
  weights.map((weight, h) => ({ weight, count: classes[h]!.respondents }))

describe('response classes', () => {
  test('weights, effective n, weighted share, its standard error and interval are the worked ones', () => {
    const weights = responseClassWeights(classes)
    close(weights, [1.428571, 2.083333, 1.4, 2.25])
    expect(weights.reduce((sum, weight, h) => sum + weight * classes[h]!.respondents, 0)).toBeCloseTo(264, 10)
    const found = poststratifiedShare(classes)
    expect(found.effectiveN).toBeCloseTo(155.839775, 6)
    expect(found.share).toBeCloseTo(0.494129, 6)
    expect(found.standardError).toBeCloseTo(0.040169, 6)
    expect(found.interval.low).toBeCloseTo(0.416724, 6)
    expect(found.interval.high).toBeCloseTo(0.571816, 6)
  })

  test('noise widens the interval of the share and leaves the share alone', () => {
    const plain = poststratifiedShare(classes)
    const noisy = poststratifiedShare(
      classes,
      classes.map(({ share, respondents }) => (3 * (1 + share ** 2)) / respondents ** 2),
    )
    const [v, p] = [noisy.standardError ** 2 - plain.standardError ** 2, plain.share * (1 - plain.share)]
    expect(noisy.share).toBe(plain.share)
    // Σ (N_h/N)²·v_h, and p(1−p)/(p(1−p)/155.84 + that).
    expect(v).toBeCloseTo(0.000772611, 9)
    expect(noisy.effectiveN).toBeCloseTo(p / (p / plain.effectiveN + v), 9)
    expect(noisy.interval.low).toBeLessThan(plain.interval.low)
  })

  test('those too thin are merged into the next, the last into the one before', () => {
    expect(mergeClasses(classes)).toEqual([[0], [1], [2, 3]])
    const few = { eligible: 1000, respondents: 40 }
    const enough = { eligible: 30, respondents: 15 }
    expect(mergeClasses([enough, few, enough])).toEqual([[0], [1, 2]])
    expect(mergeClasses([enough, enough])).toEqual([[0], [1]])
    expect(mergeClasses([{ eligible: 30, respondents: 14 }, enough])).toEqual([[0, 1]])
    expect(mergeClasses([])).toEqual([])
    const whole = { eligible: 30, respondents: 30 }
    expect(mergeClasses([whole, { eligible: 60, respondents: 30 }])).toEqual([[0, 1]])
    expect(mergeClasses([whole])).toEqual([[0]])
  })

  test('a mean of classes with the same mean is that mean, and counts each class by its eligible', () => {
    const sample = (eligible: number, mean: number) => ({ eligible, n: 20, mean, variance: 4 })
    expect(poststratifiedMean([sample(100, 6), sample(50, 6)]).mean).toBeCloseTo(6, 12)
    const { mean, interval } = poststratifiedMean([sample(100, 6), sample(50, 9)])
    expect(mean).toBeCloseTo(7, 12)
    // t(38) = 2.024394, √((2/3)²·4/20 + (1/3)²·4/20) = 1/3
    expect(interval.high - mean).toBeCloseTo(2.024394 / 3, 6)
  })
})

test('logistic weights are the worked ones', () => {
  const covariates = [
    [1, 0, 0],
    [1, 0, 1],
    [1, 1, 0],
    [1, 1, 1],
  ]
  const found = logisticWeights(classes.map((one, h) => ({ ...one, covariates: covariates[h]! })))
  close(found.coefficients, [0.87094, -0.022842, -0.98268])
  close(found.chances, [0.704941, 0.472094, 0.700168, 0.466405])
  close(found.weights, [1.41861, 2.118299, 1.42828, 2.144136])
  const weighed = found.weights.map((weight, h) => weight * classes[h]!.respondents)
  const yes = weighed.reduce((sum, weight, h) => sum + weight * classes[h]!.share, 0) / 264
  expect(yes).toBeCloseTo(0.492452, 6)
})

test('covariates that say the same twice, or tell exactly who responds, are refused', () => {
  const of = (eligible: number, respondents: number, covariates: number[]) => ({ eligible, respondents, covariates })
  expect(() => logisticWeights([of(20, 10, [1, 0, 0]), of(20, 15, [1, 1, 1])])).toThrow(RangeError)
  expect(() => logisticWeights([of(20, 10, [1, 0]), of(20, 20, [1, 1])])).toThrow(RangeError)
})

test('raking to two margins is the worked one', () => {
  const { cells, cycles } = rake(
    [
      [84, 36],
      [30, 12],
    ],
    [195, 69],
    [162, 102],
  )
  close(cells.flat(), [118.828683, 76.171317, 43.171317, 25.828683])
  const weights = cells.flat().map((cell, h) => cell / classes[h]!.respondents)
  close(weights, [1.414627, 2.11587, 1.439044, 2.15239])
  expect(kish(withCounts(weights)).effectiveN).toBeCloseTo(155.924448, 6)
  expect(cycles).toBe(4)
})

test('margins that cannot be met are refused', () => {
  expect(() =>
    rake(
      [
        [1, 0],
        [0, 1],
      ],
      [3, 1],
      [1, 3],
    ),
  ).toThrow(RangeError)
})

test('the design effect is the worked one', () => {
  const { effectiveN, designEffect } = kish([
    { weight: 1.2, count: 50 },
    { weight: 0.8, count: 30 },
    { weight: 2, count: 20 },
  ])
  expect(effectiveN).toBeCloseTo(89.813084, 6)
  expect(designEffect).toBeCloseTo(1.1134235, 7)
})

test('trimmed weights are at most three times the median before scaling, and add up as before', () => {
  const weights = [
    { weight: 1, count: 10 },
    { weight: 8, count: 2 },
  ]
  const cut = trim(weights)
  expect(cut[1]! / cut[0]!).toBeCloseTo(3, 12)
  expect(10 * cut[0]! + 2 * cut[1]!).toBeCloseTo(26, 12)
})
