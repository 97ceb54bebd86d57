// Checks thresholds and top-coding bands at their edges; must not know tables or persons.

import { expect, test } from 'vitest'
import { codeShare, passes, THRESHOLDS } from './gate.ts'

test.each([
  [9, THRESHOLDS.count, false],
  [10, THRESHOLDS.count, true],
  [19, THRESHOLDS.mean, false],
  [20, THRESHOLDS.distribution, true],
  [29, THRESHOLDS.change, false],
  [30, THRESHOLDS.sensitive, true],
  [Number.NaN, THRESHOLDS.count, false],
])('%d persons against a threshold of %d: %s', (n, threshold, expected) => {
  expect(passes(n, threshold)).toBe(expected)
})

test.each([
  [10, 0.2, 0.8],
  [19, 0.2, 0.8],
  [20, 0.1, 0.9],
  [39, 0.1, 0.9],
  [40, 0.05, 0.95],
  [99, 0.05, 0.95],
  [100, 0.02, 0.98],
  [299, 0.02, 0.98],
  [300, 0.01, 0.99],
  [5000, 0.01, 0.99],
])('on a base of %d, shares are shown as they are strictly between %d and %d only', (n, low, high) => {
  expect(codeShare(0, n)).toEqual({ state: 'topcoded', atMost: low })
  expect(codeShare(low, n)).toEqual({ state: 'topcoded', atMost: low })
  expect(codeShare(low + 0.001, n)).toEqual({ state: 'published', share: low + 0.001 })
  expect(codeShare(high - 0.001, n)).toEqual({ state: 'published', share: high - 0.001 })
  expect(codeShare(high, n)).toEqual({ state: 'topcoded', atLeast: high })
  expect(codeShare(1, n)).toEqual({ state: 'topcoded', atLeast: high })
})

test('a base under 10 never gets as far as a share', () => {
  expect(() => codeShare(0.5, 9)).toThrow(RangeError)
})
