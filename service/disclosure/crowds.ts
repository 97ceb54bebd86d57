// Gathers the people of many cells at once: how many they are, and the sum of their record keys. Must not know what a cell
// means, nor the secret the sums are turned into noise with.
import type { RecordKey } from './cell-key.ts'

/** Some people, as far as noise depends on them: how many, and the sum of their keys modulo 2^128 in 16 bytes. */
export type Crowd = { readonly count: number; readonly sum: Uint8Array }

/** The record keys of many people, four 32-bit limbs each, the highest first. */
export type PackedKeys = { readonly people: number; readonly limbs: Uint32Array }

const KEY_BYTES = 16
const LIMBS = 4

/** Packs keys in their order; throws RangeError on a key that is not 16 bytes long. */
export function packKeys(keys: readonly RecordKey[]): PackedKeys {
  const limbs = new Uint32Array(keys.length * LIMBS)
  for (const [person, key] of keys.entries()) {
    if (key.length !== KEY_BYTES) throw new RangeError(`a record key has 16 bytes, not ${key.length}`)
    const view = new DataView(key.buffer, key.byteOffset, KEY_BYTES)
    for (let limb = 0; limb < LIMBS; limb++) limbs[person * LIMBS + limb] = view.getUint32(limb * 4)
  }
  return { people: keys.length, limbs }
}

/** The crowd in each of `cells` cells; `cellOf` gives each person's, −1 for whoever is in none. */
export function gather({ people, limbs }: PackedKeys, cellOf: ArrayLike<number>, cells: number): Crowd[] {
  const counts = new Float64Array(cells)
  const sums = new Float64Array(cells * LIMBS) // carried once at the end: exact up to 2^21 people
  for (let person = 0; person < people; person++) {
    const cell = cellOf[person]!
    if (cell < 0) continue
    counts[cell]!++
    for (let limb = 0; limb < LIMBS; limb++) sums[cell * LIMBS + limb]! += limbs[person * LIMBS + limb]!
  }
  return Array.from(counts, (count, cell) => ({ count, sum: carried(sums.subarray(cell * LIMBS, (cell + 1) * LIMBS)) }))
}

function carried(limbs: Float64Array): Uint8Array {
  const sum = new Uint8Array(KEY_BYTES)
  const view = new DataView(sum.buffer)
  let carry = 0
  for (let limb = LIMBS - 1; limb >= 0; limb--) {
    const total = limbs[limb]! + carry
    view.setUint32(limb * 4, total % 2 ** 32)
    carry = Math.floor(total / 2 ** 32)
  }
  return sum
}

/** Crowds that have nobody in common as one. */
export function union(crowds: readonly Crowd[]): Crowd {
  const limbs = new Float64Array(LIMBS)
  for (const { sum } of crowds) {
    const view = new DataView(sum.buffer, sum.byteOffset, KEY_BYTES)
    for (let limb = 0; limb < LIMBS; limb++) limbs[limb]! += view.getUint32(limb * 4)
  }
  return { count: crowds.reduce((total, { count }) => total + count, 0), sum: carried(limbs) }
}

/** All of some people as one crowd. */
export const crowdOf = (keys: readonly RecordKey[]): Crowd => gather(packKeys(keys), new Uint8Array(keys.length), 1)[0]!
