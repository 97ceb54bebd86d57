// Checks differences of shares against published examples; must not know what the shares are of.

import { describe, expect, test } from 'vitest'
import { wilson } from './intervals.ts'
import { differenceOfShares, pairedShareChange } from './proportions.ts'

const rate = (x: number, n: number) => ({ share: x / n, n })

describe('the difference of two shares of different people', () => {
  test.each([
    [rate(56, 70), rate(48, 80), 0.2, 0.052431, 0.333873, 6],
    [rate(9, 10), rate(3, 10), 0.6, 0.1705, 0.809, 4],
    [rate(10, 10), rate(0, 20), 1, 0.6791, 1, 4],
  ])('%o less %o is as printed', (one, other, estimate, low, high, digits) => {
    const found = differenceOfShares(one, other)
    expect(found.estimate).toBeCloseTo(estimate, 10)
    expect(found.interval!.low).toBeCloseTo(low, digits)
    expect(found.interval!.high).toBeCloseTo(high, digits)
  })

  test('nobody differs from nobody', () => {
    const nobody = { share: Number.NaN, n: 0 }
    expect(differenceOfShares(nobody, rate(3, 10))).toEqual({ estimate: null, interval: null })
    expect(differenceOfShares(rate(3, 10), nobody)).toEqual({ estimate: null, interval: null })
  })
})

describe('the change of a share of the same people', () => {
  // Printed as the earlier less the later; here it is the later less the earlier, so that the bounds change places.
  test.each([
    [{ both: 36, lost: 12, gained: 2, neither: 0 }, -0.2, -0.3404, -0.0569, 4],
    [{ both: 20, lost: 12, gained: 2, neither: 16 }, -0.2, -0.329207, -0.056156, 6],
  ])('%o is as printed', (counts, estimate, low, high, digits) => {
    const found = pairedShareChange(counts)
    expect(found.estimate).toBeCloseTo(estimate, 10)
    expect(found.interval!.low).toBeCloseTo(low, digits)
    expect(found.interval!.high).toBeCloseTo(high, digits)
  })

  test('gains are a rise', () => {
    expect(pairedShareChange({ both: 20, lost: 2, gained: 12, neither: 16 })).toMatchObject({
      n: 50,
      before: 0.44,
      after: 0.64,
    })
  })

  test('fewer effective people give a wider interval around the same change', () => {
    const counts = { both: 20, lost: 2, gained: 12, neither: 16 }
    const [sure, unsure] = [pairedShareChange(counts), pairedShareChange(counts, 30)]
    expect(unsure.estimate).toBe(sure.estimate)
    expect(unsure.interval!.low).toBeLessThan(sure.interval!.low)
    expect(unsure.interval!.high).toBeGreaterThan(sure.interval!.high)
  })

  test('on effective people the interval is that of the same table with as many people', () => {
    const counts = { both: 20, lost: 2, gained: 12, neither: 16 }
    const scaled = pairedShareChange({ both: 12, lost: 1.2, gained: 7.2, neither: 9.6 })
    const { interval } = pairedShareChange(counts, 30)
    expect(interval!.low).toBeCloseTo(scaled.interval!.low, 12)
    expect(interval!.high).toBeCloseTo(scaled.interval!.high, 12)
  })

  test.each([
    ['without one margin', { both: 0, lost: 0, gained: 3, neither: 7 }, rate(3, 10), rate(0, 10)],
    ['that agrees by less than the correction', { both: 5, lost: 4, gained: 4, neither: 4 }, rate(9, 17), rate(9, 17)],
  ])('a table %s has no correlation: its interval is that of different people', (_, counts, after, before) => {
    const { interval } = pairedShareChange(counts)
    const apart = differenceOfShares(after, before).interval!
    expect(interval!.low).toBeCloseTo(apart.low, 12)
    expect(interval!.high).toBeCloseTo(apart.high, 12)
  })

  test('a table of opposites keeps all its correlation: the distances add up', () => {
    const opposite = pairedShareChange({ both: 0, lost: 5, gained: 5, neither: 0 }).interval!
    expect(opposite.high).toBeCloseTo(2 * (wilson(0.5, 10).high - 0.5), 12)
  })

  test('nobody has no change', () => {
    expect(pairedShareChange({ both: 0, lost: 0, gained: 0, neither: 0 })).toMatchObject({
      estimate: null,
      interval: null,
    })
  })
})
