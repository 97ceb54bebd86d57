// Turns the sum of the record keys of a cell's persons into one uniform number; must not know the secret key, counts or
// questions.

/** The lasting random key of one person: 16 bytes. */
export type RecordKey = Uint8Array

/** HMAC-SHA256 of the bytes under the secret cell key: 32 bytes. */
export type Hmac = (bytes: Uint8Array) => Uint8Array

/**
 * The cell's uniform number in [0, 1): the first 53 bits of HMAC(utf8(tag) ‖ "|" ‖ sum) / 2^53, where `sum` is the
 * 16-byte sum of the record keys (cell key after Fraser & Wooton, 2005, with 128 bits instead of 8); HMAC rather than the
 * sum modulo 1, which would let the numbers of two disjoint sets be added up to that of their union.
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
