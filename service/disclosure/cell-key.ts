// Turns the record keys of a cell's persons into one uniform number; must not know the secret key, counts or questions.

/** The lasting random key of one person: 16 bytes. */
export type RecordKey = Uint8Array

/** HMAC-SHA256 of the bytes under the secret cell key: 32 bytes. */
export type Hmac = (bytes: Uint8Array) => Uint8Array

const KEY_BYTES = 16

/**
 * The sum of the keys as unsigned big-endian 128-bit numbers, modulo 2^128, in 16 bytes, whatever their order; throws
 * RangeError on a key that is not 16 bytes long (cell key after Fraser & Wooton, 2005, with 128 bits instead of 8).
 */
export function sumRecordKeys(keys: Iterable<RecordKey>): Uint8Array {
  const columns = new Float64Array(KEY_BYTES) // one limb per byte, carried once at the end: exact up to 2^45 keys
  for (const key of keys) {
    if (key.length !== KEY_BYTES) throw new RangeError(`a record key has 16 bytes, not ${key.length}`)
    for (let i = 0; i < KEY_BYTES; i++) columns[i]! += key[i]!
  }
  const sum = new Uint8Array(KEY_BYTES)
  let carry = 0
  for (let i = KEY_BYTES - 1; i >= 0; i--) {
    const total = columns[i]! + carry
    sum[i] = total % 256
    carry = Math.floor(total / 256)
  }
  return sum
}

/**
 * The cell's uniform number in [0, 1): the first 53 bits of HMAC(utf8(tag) ‖ "|" ‖ sum) / 2^53, where `sum` is the
 * 16-byte sum of the record keys; HMAC rather than the sum modulo 1 (Fraser & Wooton, 2005), which would let the
 * numbers of two disjoint sets be added up to that of their union.
 */
export function cellUniform(hmac: Hmac, tag: string, sum: Uint8Array): number {
  const prefix = new TextEncoder().encode(`${tag}|`)
  const message = new Uint8Array(prefix.length + sum.length)
  message.set(prefix)
  message.set(sum, prefix.length)
  const digest = hmac(message)
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength)
  return (view.getUint32(0) * 2 ** 21 + (view.getUint32(4) >>> 11)) / 2 ** 53
}
