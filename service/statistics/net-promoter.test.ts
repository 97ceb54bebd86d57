// Checks the net promoter score against worked examples; must not know what is recommended.

import { expect, test } from 'vitest'
import { netPromoter } from './net-promoter.ts'

test.each([
  [{ promoters: 62, passives: 25, detractors: 13 }, 49, 7.1407, 35.0044, 62.9956, 4],
  [{ promoters: 9, passives: 3, detractors: 2 }, 50, 19.5615, 11.66, 88.34, 2],
])('%o is as printed', (counts, estimate, standardError, low, high, digits) => {
  const found = netPromoter(counts)
  expect(found.estimate).toBeCloseTo(estimate, 10)
  expect(found.standardError).toBeCloseTo(standardError, 4)
  expect(found.interval!.low).toBeCloseTo(low, digits)
  expect(found.interval!.high).toBeCloseTo(high, digits)
})

test('noise widens the interval by what it adds to the balance', () => {
  const counts = { promoters: 62, passives: 25, detractors: 13 }
  const [plain, noisy] = [netPromoter(counts), netPromoter(counts, 3)]
  const added = (noisy.standardError! / 100) ** 2 - (plain.standardError! / 100) ** 2
  expect(added).toBeCloseTo((3 * ((1 - 0.49) ** 2 + 0.49 ** 2 + (1 + 0.49) ** 2)) / 100 ** 2, 12)
})

test('an interval stays between −100 and 100, and nobody recommends nothing', () => {
  expect(netPromoter({ promoters: 10, passives: 1, detractors: 0 }).interval!.high).toBe(100)
  expect(netPromoter({ promoters: 0, passives: 1, detractors: 10 }).interval!.low).toBe(-100)
  expect(netPromoter({ promoters: 0, passives: 0, detractors: 0 })).toEqual({
    estimate: null,
    standardError: null,
    interval: null,
  })
})
