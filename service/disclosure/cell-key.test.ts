// Checks cell numbers against worked vectors; must not know counts or tables.

import { createHash, createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { cellUniform } from './cell-key.ts'
import { crowdOf } from './crowds.ts'

const secret = Uint8Array.from({ length: 32 }, (_, i) => i)
const hmac = (bytes: Uint8Array) => createHmac('sha256', secret).update(bytes).digest()
const recordKey = (i: number) => createHash('sha256').update(`rk:${i}`).digest().subarray(0, 16)
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const uniformOf = (tag: string, from: number, to: number) =>
  cellUniform(hmac, tag, crowdOf(Array.from({ length: to - from + 1 }, (_, i) => recordKey(from + i))).sum)

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
