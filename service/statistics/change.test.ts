// Checks paired change against a published example; must not know waves or measures.

import { expect, test } from 'vitest'
import { exactDzInterval, pairedChange } from './change.ts'
import { summarise } from './summary.ts'

const group1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2]
const group2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]

test('the paired change of the R data set sleep is the printed one', () => {
  const { n, mean, sd } = summarise(group1.map((value, index) => value - (group2[index] ?? Number.NaN)))
  const { estimate, interval, t, p, dz, gz, dzInterval } = pairedChange({ n, mean, variance: sd ** 2 })
  expect(sd).toBeCloseTo(1.229995, 6)
  expect(estimate).toBeCloseTo(-1.58, 12)
  expect(interval?.low).toBeCloseTo(-2.459886, 6)
  expect(interval?.high).toBeCloseTo(-0.700114, 6)
  expect(t).toBeCloseTo(-4.062128, 6)
  expect(p).toBeCloseTo(0.0028329, 7)
  expect(dz).toBeCloseTo(-1.284558, 6)
  expect(gz! / dz!).toBeCloseTo(0.914286, 6)
  expect(gz).toBeCloseTo(-1.174453, 6)
  expect(dzInterval?.low).toBeCloseTo(-2.121865, 6)
  expect(dzInterval?.high).toBeCloseTo(-0.44725, 6)
})

test('its exact interval of dz is the printed one, and turns with the sign', () => {
  const exact = exactDzInterval(-4.062127683382037 / Math.sqrt(10), 10)
  expect(exact.low).toBeCloseTo(-2.118017, 6)
  expect(exact.high).toBeCloseTo(-0.414628, 6)
  const turned = exactDzInterval(4.062127683382037 / Math.sqrt(10), 10)
  expect(turned.high).toBeCloseTo(-exact.low, 9)
  const none = exactDzInterval(0, 10)
  expect(none.high).toBeCloseTo(-none.low, 9)
})

// The second by R 4.2.2 (pt with ncp), the others by scipy 1.17.1 (stats.nct); the first and last by both, which agree.
test.each([
  [1, 2, -0.9050398071, 2.7450214797],
  [-0.4, 264, -0.5250196773, -0.2742738271],
  [8, 20, 5.4361916428, 10.5546149489],
  [3, 200, 2.6736758654, 3.3246540398],
  [0.8, 5000, 0.768122963, 0.8318154024],
  [0.5, 10_000, 0.4792001708, 0.5207774586],
  [0.02, 5000, -0.0077218486, 0.0477198486],
])('the exact interval of dz = %d of %d people is %d to %d', (dz, n, low, high) => {
  const exact = exactDzInterval(dz, n)
  expect(exact.low).toBeCloseTo(low, 8)
  expect(exact.high).toBeCloseTo(high, 8)
})

test('noise widens the interval, weakens t and p as much, and leaves the effect size alone', () => {
  const plain = pairedChange({ n: 40, mean: 2, variance: 100 })
  const noisy = pairedChange({ n: 40, mean: 2, variance: 100, noiseVariance: 4 })
  expect(noisy.interval?.low).toBeLessThan(plain.interval?.low ?? Number.NaN)
  expect(noisy.t).toBeCloseTo(2 / Math.sqrt(100 / 40 + 4), 12)
  expect(noisy.p).toBeGreaterThan(plain.p ?? Number.NaN)
  expect(noisy.dz).toBe(plain.dz)
})

test('what cannot be computed is null', () => {
  const nothing = { t: null, p: null, dz: null, gz: null, dzInterval: null }
  expect(pairedChange({ n: 0, mean: Number.NaN, variance: Number.NaN })).toEqual({
    ...nothing,
    estimate: null,
    interval: null,
  })
  expect(pairedChange({ n: 1, mean: 3, variance: Number.NaN })).toEqual({ ...nothing, estimate: 3, interval: null })
  expect(pairedChange({ n: 5, mean: 3, variance: 0 })).toMatchObject({
    estimate: 3,
    interval: { low: 3, high: 3 },
    ...nothing,
  })
  expect(pairedChange({ n: 5, mean: 3, variance: 0, noiseVariance: 1 })).toMatchObject({ t: 3, dz: null })
})
