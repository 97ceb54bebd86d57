// Checks key sums and cell numbers against big integers and worked vectors; must not know counts or tables.

import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cellUniform, sumRecordKeys } from './cell-key.ts'

const secret = Uint8Array.from({ length: 32 }, (_, i) => i)
const hmac = (bytes: Uint8Array) => createHmac('sha256', secret).update(bytes).digest()
const recordKey = (i: number) => createHash('sha256').update(`rk:${i}`).digest().subarray(0, 16)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const uniformOf = (tag: string, from: number, to: number) =>
  cellUniform(hmac, tag, sumRecordKeys(Array.from({ length: to - from + 1 }, (_, i) => recordKey(from + i))))

const key = fc.uint8Array({ minLength: 16, maxLength: 16 })
// Bytes of 255 make carries run through every limb, which evenly random keys hardly ever do.
const carryingKey = fc
  .array(fc.constantFrom(0, 1, 255), { minLength: 16, maxLength: 16 })
  .map((b) => Uint8Array.from(b))

test('the sum of record keys is that of big integers modulo 2^128', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(key, carryingKey), { maxLength: 40 }), (keys) => {
      const total = keys.reduce((sum, bytes) => sum + BigInt(`0x${hex(bytes)}`), 0n) % 2n ** 128n
      expect(hex(sumRecordKeys(keys))).toBe(total.toString(16).padStart(32, '0'))
    }),
  )
})

test('the largest key plus one wraps to zero', () => {
  const one = new Uint8Array(16)
  one[15] = 1
  expect(hex(sumRecordKeys([new Uint8Array(16).fill(255), one]))).toBe('0'.repeat(32))
})

test('the sum does not depend on the order of the keys and leaves them as they were', () => {
  const keys = [1, 2, 3].map(recordKey)
  const before = keys.map(hex)
  expect(sumRecordKeys(keys)).toEqual(sumRecordKeys(keys.toReversed()))
  expect(keys.map(hex)).toEqual(before)
})

test('a key that is not 16 bytes long is refused', () => {
  expect(() => sumRecordKeys([new Uint8Array(15)])).toThrow(RangeError)
  expect(() => sumRecordKeys([new Uint8Array(32)])).toThrow(RangeError)
})

test('the first record key of the worked vector is the printed one', () => {
  expect(hex(recordKey(1))).toBe('a40322504c85555c406b5d1306f2ad3f')
})

test.each([
  ['cnt', 1, 1, 0.111386290265],
  ['cnt', 1, 2, 0.998259844321],
  ['cnt', 1, 3, 0.801426865077],
  ['cnt', 1, 7, 0.078223993934],
  ['cnt', 1, 12, 0.128633426817],
  ['cnt', 1, 30, 0.262524872815],
  ['cnt', 1, 145, 0.49426177968],
  ['cnt', 2, 145, 0.159522103402],
  ['sum:CIV_IDX', 1, 30, 0.379621067413],
])('tag %s over persons %d to %d gives %d', (tag, from, to, expected) => {
  expect(uniformOf(tag, from, to)).toBeCloseTo(expected, 12)
})

test('the uniform number keeps the top 53 bits and stays below 1', () => {
  expect(cellUniform(() => new Uint8Array(32).fill(255), 'cnt', new Uint8Array(16))).toBe(1 - 2 ** -53)
  expect(cellUniform(() => new Uint8Array(32), 'cnt', new Uint8Array(16))).toBe(0)
})
