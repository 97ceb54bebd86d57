// Checks the table look-up against worked and published vectors; must not know keys beyond plain numbers.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { noiseUnit, type PerturbationTable, perturbCount } from './perturbation.ts'
import table from './perturbation-table.json' with { type: 'json' }

const uniform = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test.each([
  [1, 0.111386290265, 0],
  [2, 0.998259844321, 6],
  [3, 0.801426865077, 4],
  [7, 0.078223993934, 5],
  [12, 0.128633426817, 10],
  [30, 0.262524872815, 29],
  [145, 0.49426177968, 145],
  [144, 0.159522103402, 142],
])('a count of %d at u = %d is published as %d', (count, u, published) => {
  expect(perturbCount(count, u, table)).toBe(published)
})

test('magnitudes take the worked noise from the row of large counts', () => {
  expect(noiseUnit(0.379621067413, table)).toBe(-1)
})

test('zero stays zero', () => {
  fc.assert(
    fc.property(uniform, (u) => {
      expect(perturbCount(0, u, table)).toBe(0)
    }),
  )
})

test('a published count is whole, at most 5 off and never 1 or 2', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), uniform, (count, u) => {
      const published = perturbCount(count, u, table)
      expect(Number.isInteger(published)).toBe(true)
      expect(Math.abs(published - count)).toBeLessThanOrEqual(table.D)
      expect([0, 3]).toContain(Math.min(published, 3))
    }),
  )
})

test.each([-1, 2.5, Number.NaN])('a count of %d is refused', (count) => {
  expect(() => perturbCount(count, 0.5, table)).toThrow(RangeError)
})

test('a number outside [0, 1) is refused', () => {
  expect(() => noiseUnit(1, table)).toThrow(RangeError)
})

test('the table has a row for every count up to D + js + 1', () => {
  expect(Object.keys(table.rows)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8'])
})

test.each(Object.entries(table.rows))('row %s has mean 0 and variance 3, and ends at 1', (_row, { v, ub }) => {
  const moment = (power: number) =>
    v.reduce((total, change, i) => total + ((ub[i] ?? 0) - (ub[i - 1] ?? 0)) * change ** power, 0)
  expect(ub).toHaveLength(v.length)
  expect(ub.at(-1)).toBe(1)
  expect(ub).toEqual(ub.toSorted((a, b) => a - b))
  expect(Math.abs(moment(1))).toBeLessThan(1e-4)
  expect(Math.abs(moment(2) - table.V)).toBeLessThan(1e-2)
})

describe('the example of INSEE, with record keys in [0, 1) added up modulo 1', () => {
  const insee: PerturbationTable = {
    name: 'INSEE example',
    D: 2,
    V: 1,
    js: 0,
    rows: {
      1: { v: [-1, 0, 1, 2], ub: [0.366, 0.733, 0.901, 1] },
      2: { v: [-2, -1, 0, 1, 2], ub: [0.064, 0.309, 0.691, 0.936, 1] },
    },
  }
  const amiens = [0.9177275, 0.111782]
  const marseille = [0.6266963, 0.6496634, 0.2813433]
  const paris = [0.8850062]

  test.each([
    ['Amiens', amiens, 0.0295095, 0],
    ['Marseille', marseille, 0.557703, 3],
    ['Paris', paris, 0.8850062, 2],
    ['the total', [...amiens, ...marseille, ...paris], 0.4722187, 6],
  ])('%s gets the printed count', (_place, keys, cellKey, published) => {
    const u = keys.reduce((sum, key) => sum + key, 0) % 1
    expect(u).toBeCloseTo(cellKey, 7)
    expect(perturbCount(keys.length, u, insee)).toBe(published)
  })
})
