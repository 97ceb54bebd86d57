// Checks Student quantiles against printed tables and closed forms; must not know surveys.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NORMAL_975, studentQuantile, studentTail } from './student.ts'

test.each([
  [1, 12.706205],
  [9, 2.262157],
  [29, 2.04523],
  [99, 1.984217],
  [131, 1.978239],
])('the 97.5 %% quantile with %d degrees of freedom is %d', (degreesOfFreedom, expected) => {
  expect(studentQuantile(0.975, degreesOfFreedom)).toBeCloseTo(expected, 6)
})

test('fractional degrees of freedom give the Welch interval of the R data set sleep', () => {
  const standardError = 1.58 / 1.860813
  const half = studentQuantile(0.975, 17.776474) * standardError
  expect(-1.58 - half).toBeCloseTo(-3.365483, 5)
  expect(-1.58 + half).toBeCloseTo(0.205483, 5)
})

test('one and two degrees of freedom agree with their closed forms', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), (p) => {
      expect(studentQuantile(p, 1)).toBeCloseTo(Math.tan(Math.PI * (p - 0.5)), 8)
      expect(studentQuantile(p, 2)).toBeCloseTo((2 * p - 1) / Math.sqrt(2 * p * (1 - p)), 8)
    }),
  )
})

test('many degrees of freedom approach the normal quantile', () => {
  expect(studentQuantile(0.975, 1e7)).toBeCloseTo(NORMAL_975, 6)
})

test.each([
  [2.262157, 9, 0.025],
  [-2.262157, 9, 0.975],
  [-1, 1, 0.75],
  [0, 4, 0.5],
  [4.062128, 9, 0.00141645],
  [Number.POSITIVE_INFINITY, 4, 0],
  [Number.NEGATIVE_INFINITY, 4, 1],
])('above %d with %d degrees of freedom lies %d', (t, degreesOfFreedom, expected) => {
  expect(studentTail(t, degreesOfFreedom)).toBeCloseTo(expected, 7)
})

test('the tail undoes the quantile, on either side', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.001, max: 0.999, noNaN: true }),
      fc.double({ min: 0.5, max: 300, noNaN: true }),
      (p, df) => {
        expect(studentTail(studentQuantile(p, df), df)).toBeCloseTo(1 - p, 10)
      },
    ),
  )
})

test('the quantile is antisymmetric around the median', () => {
  expect(studentQuantile(0.5, 7.3)).toBe(0)
  expect(studentQuantile(0.2, 7.3)).toBeCloseTo(-studentQuantile(0.8, 7.3), 12)
})

test.each([
  [0, 5],
  [1, 5],
  [Number.NaN, 5],
  [0.975, 0],
  [0.975, -1],
  [0.975, Number.POSITIVE_INFINITY],
])('p = %d with %d degrees of freedom is refused', (p, degreesOfFreedom) => {
  expect(() => studentQuantile(p, degreesOfFreedom)).toThrow(RangeError)
})
