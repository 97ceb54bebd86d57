// Checks protected counts and sums from record keys to published values; must not know questions or tables of results.

import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
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
  expect(count(persons(from, to)).value).toBe(published)
})

test('nobody is published as 0, and sums to 0', () => {
  expect(count([]).value).toBe(0)
  expect(moments({ name: 'CIV_IDX', keys: [], values: [], centre: 50, range: 100 }).value).toEqual({
    sum: 0,
    sumOfSquares: 0,
  })
})

test('a sum around the centre carries the worked noise of half a range', () => {
  const { value } = moments({
    name: 'CIV_IDX',
    keys: persons(1, 30),
    values: Array(30).fill(60),
    centre: 50,
    range: 100,
  })
  expect(value.sum).toBe(30 * 10 - 1 * 50)
})

test('a sum of squares carries noise in eighths of the squared range', () => {
  const { value } = moments({
    name: 'CIV_IDX',
    keys: persons(1, 30),
    values: Array(30).fill(60),
    centre: 50,
    range: 100,
  })
  const noise = (value.sumOfSquares - 30 * 100) / (100 ** 2 / 8)
  expect([-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5]).toContain(noise)
})

test('the same people give the same noise in any order and whatever is asked of them', () => {
  const people = persons(1, 40)
  fc.assert(
    fc.property(fc.shuffledSubarray(people, { minLength: 40 }), (shuffled) => {
      expect(count(shuffled).value).toBe(count(people).value)
    }),
  )
  const sumAround = (keys: Uint8Array[], value: number) =>
    moments({ name: 'CIV_IDX', keys, values: keys.map(() => value), centre: 50, range: 100 }).value.sum
  expect(sumAround(people.toReversed(), 60) - 40 * 10).toBe(sumAround(people, 70) - 40 * 20)
})

test('sums of different measures over the same people carry noise of their own', () => {
  const noises = Array.from({ length: 20 }, (_, i) => {
    const zeros = { keys: persons(1, 30), values: Array(30).fill(0), centre: 0, range: 2 }
    return moments({ name: `M${i}`, ...zeros }).value.sum
  })
  expect(new Set(noises).size).toBeGreaterThan(1)
})

test('keys without a value are refused', () => {
  const unpaired = { name: 'CIV_IDX', keys: persons(1, 3), values: [1, 2], centre: 0, range: 2 }
  expect(() => moments(unpaired)).toThrow('CIV_IDX: 3 keys for 2 values')
})
