// Checks crowds against big integers and against each other; must not know noise or tables.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { crowdOf, gather, packKeys } from './crowds.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const key = fc.uint8Array({ minLength: 16, maxLength: 16 })
// Bytes of 255 make carries run through every limb, which evenly random keys hardly ever do.
const carryingKey = fc
  .array(fc.constantFrom(0, 1, 255), { minLength: 16, maxLength: 16 })
  .map((b) => Uint8Array.from(b))

test('the sum of record keys is that of big integers modulo 2^128', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(key, carryingKey), { maxLength: 40 }), (keys) => {
      const total = keys.reduce((sum, bytes) => sum + BigInt(`0x${hex(bytes)}`), 0n) % 2n ** 128n
      expect(hex(crowdOf(keys).sum)).toBe(total.toString(16).padStart(32, '0'))
    }),
  )
})

test('the largest key plus one wraps to zero', () => {
  const one = new Uint8Array(16)
  one[15] = 1
  expect(hex(crowdOf([new Uint8Array(16).fill(255), one]).sum)).toBe('0'.repeat(32))
})

test('the sum does not depend on the order of the keys and leaves them as they were', () => {
  const keys = [1, 2, 3].map((i) => new Uint8Array(16).fill(100 * i))
  const before = keys.map(hex)
  expect(crowdOf(keys)).toEqual(crowdOf(keys.toReversed()))
  expect(keys.map(hex)).toEqual(before)
})

test('a key that is not 16 bytes long is refused', () => {
  expect(() => crowdOf([new Uint8Array(15)])).toThrow(RangeError)
  expect(() => crowdOf([new Uint8Array(32)])).toThrow(RangeError)
})

test('every cell holds the people who are in it, and nobody who is in none', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.oneof(key, carryingKey), fc.integer({ min: -1, max: 3 }))), (people) => {
      const keys = people.map(([key]) => key)
      const cells = people.map(([, cell]) => cell)
      const crowds = gather(packKeys(keys), cells, 4)
      for (const [cell, crowd] of crowds.entries()) {
        const inside = keys.filter((_, person) => cells[person] === cell)
        expect(crowd).toEqual({ count: inside.length, sum: crowdOf(inside).sum })
      }
    }),
  )
})
