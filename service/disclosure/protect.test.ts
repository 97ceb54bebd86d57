// Checks protected counts and sums from record keys to published values; must not know questions or tables of results.

import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Crowd, crowdOf } from './crowds.ts'
import table from './perturbation-table.json' with { type: 'json' }
import { createProtector } from './protect.ts'

const secret = Uint8Array.from({ length: 32 }, (_, i) => i)
const { count, moments } = createProtector((bytes) => createHmac('sha256', secret).update(bytes).digest())
const recordKey = (i: number) => createHash('sha256').update(`rk:${i}`).digest().subarray(0, 16)
const persons = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => recordKey(from + i))

test.each([
  [1, 1, 0],
  [1, 2, 6],
  [1, 3, 4],
  [1, 7, 5],
  [1, 12, 10],
  [1, 30, 29],
  [1, 145, 145],
  [2, 145, 142],
])('persons %d to %d are published as %d', (from, to, published) => {
  expect(count(crowdOf(persons(from, to))).value).toBe(published)
})

/** The sums of people who all have one value, `centre` away from which is 0. */
const sums = (keys: readonly Uint8Array[], value: number, { name = 'CIV_IDX', centre = 50, range = 100 } = {}) =>
  moments({
    name,
    crowd: crowdOf(keys),
    sum: keys.length * (value - centre),
    sumOfSquares: keys.length * (value - centre) ** 2,
    range,
  }).value

test('nobody is published as 0, and sums to 0', () => {
  expect(count(crowdOf([])).value).toBe(0)
  expect(sums([], 60)).toEqual({ sum: 0, sumOfSquares: 0 })
})

test('a sum around the centre carries the worked noise of half a range', () => {
  expect(sums(persons(1, 30), 60).sum).toBe(30 * 10 - 1 * 50)
})

test('a sum of squares carries noise in eighths of the squared range', () => {
  const noise = (sums(persons(1, 30), 60).sumOfSquares - 30 * 100) / (100 ** 2 / 8)
  expect([-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5]).toContain(noise)
})

test('the same people give the same noise in any order and whatever is asked of them', () => {
  const people = persons(1, 40)
  fc.assert(
    fc.property(fc.shuffledSubarray(people, { minLength: 40 }), (shuffled) => {
      expect(count(crowdOf(shuffled)).value).toBe(count(crowdOf(people)).value)
    }),
  )
  expect(sums(people.toReversed(), 60).sum - 40 * 10).toBe(sums(people, 70).sum - 40 * 20)
})

test('sums of different measures over the same people carry noise of their own', () => {
  const noises = Array.from(
    { length: 20 },
    (_, i) => sums(persons(1, 30), 0, { name: `M${i}`, centre: 0, range: 2 }).sum,
  )
  expect(new Set(noises).size).toBeGreaterThan(1)
})

describe('over ten thousand cells of 8 people and more, the noise is that of the table', () => {
  const noises = Array.from({ length: 10_000 }, (_, i) => {
    const crowd = crowdOf(persons(i, i + 8 + (i % 40)))
    return { count: count(crowd).value - crowd.count, sum: sumNoise(crowd), crowd }
  })

  test.each(['count', 'sum'] as const)('of a %s: mean 0, variance 3, and every change as often as it says', (kind) => {
    const drawn = noises.map((one) => one[kind])
    const mean = drawn.reduce((sum, v) => sum + v, 0) / drawn.length
    const variance = drawn.reduce((sum, v) => sum + (v - mean) ** 2, 0) / drawn.length
    // Four standard errors of a mean and of a variance; both hold for these very cells on every machine.
    expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(3 / drawn.length))
    expect(Math.abs(variance - 3)).toBeLessThan(4 * Math.sqrt((fourthMoment() - 9) / drawn.length))
    const row = table.rows['8']
    const chi2 = row.v.reduce((sum, v, place) => {
      const expected = drawn.length * (row.ub[place]! - (row.ub[place - 1] ?? 0))
      return sum + (drawn.filter((one) => one === v).length - expected) ** 2 / expected
    }, 0)
    expect(chi2).toBeLessThan(29.588) // the 99.9 % quantile at 10 degrees of freedom
  })

  test('and that of a cell says nothing of that of its neighbour', () => {
    const products = noises.slice(1).map(({ count }, i) => count * noises[i]!.count)
    const mean = products.reduce((sum, one) => sum + one, 0) / products.length
    expect(Math.abs(mean)).toBeLessThan(4 * (3 / Math.sqrt(products.length)))
  })

  function sumNoise(crowd: Crowd): number {
    return moments({ name: 'M', crowd, sum: 0, sumOfSquares: 0, range: 2 }).value.sum
  }

  function fourthMoment(): number {
    const { v, ub } = table.rows['8']
    return v.reduce((sum, change, place) => sum + change ** 4 * (ub[place]! - (ub[place - 1] ?? 0)), 0)
  }
})

test.each(Object.entries(table.rows))('over six thousand cells the noise of row %s is unbiased', (row, { v, ub }) => {
  const size = Number(row)
  const drawn = Array.from(
    { length: 6000 },
    (_, i) => count(crowdOf(persons(size * 7000 + i, size * 7000 + i + size - 1))).value - size,
  )
  const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length
  const variance = drawn.reduce((sum, one) => sum + (one - mean) ** 2, 0) / drawn.length
  expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(3 / drawn.length))
  expect(Math.abs(variance - 3)).toBeLessThan(0.5)
  for (const [place, change] of v.entries()) {
    const expected = ub[place]! - (ub[place - 1] ?? 0)
    const seen = drawn.filter((one) => one === change).length / drawn.length
    expect(Math.abs(seen - expected)).toBeLessThan(4.5 * Math.sqrt((expected * (1 - expected)) / drawn.length))
  }
})
