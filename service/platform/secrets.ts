// Everything made of keys or chance: the three keys, HMAC and hashes, random bytes, identifiers.
// The whole module, not its names: an old Node lacks one, and would fail before it could be told that it is too old.
import crypto from 'node:crypto'

export type Keys = { link: Uint8Array; cell: Uint8Array; cookie: Uint8Array }

/** The demonstration's keys: known to everybody, the same every time, and refused in production. */
export const demonstrationKeys: Keys = {
  link: demonstrationKey('link'),
  cell: demonstrationKey('cell'),
  cookie: demonstrationKey('cookie'),
}

function demonstrationKey(name: keyof Keys): Uint8Array {
  return new Uint8Array(crypto.hkdfSync('sha256', 'retour demonstration', '', name, 32))
}

export const hmacSha256 = (key: Uint8Array, message: Uint8Array | string): Uint8Array =>
  crypto.createHmac('sha256', key).update(message).digest()

export const sha256 = (message: Uint8Array | string): Uint8Array => crypto.hash('sha256', message, 'buffer')

export const sha256Hex = (message: Uint8Array | string): string => crypto.hash('sha256', message)

export const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')

/** Whether two byte strings are equal, in a time that tells nothing about where they differ. */
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && crypto.timingSafeEqual(a, b)

/** A row's identifier: UUID v7, in order of creation, never shown in a public address. */
export const rowId = (): string => crypto.randomUUIDv7()

/** An identifier that says nothing about when it was made: pseudonyms, receipts. */
export const randomId = (): string => crypto.randomUUID()

/** A source of random bytes. */
export type Random = (length: number) => Uint8Array

export const systemRandom: Random = (length) => crypto.randomBytes(length)

/** The same bytes every time for the same seed: for the demonstration and for tests, never for real people. */
export function seededRandom(seed: string): Random {
  let counter = 0
  return (length) => {
    const bytes = new Uint8Array(length)
    for (let filled = 0; filled < length; filled += 32) {
      bytes.set(sha256(`${seed}|${counter++}`).subarray(0, length - filled), filled)
    }
    return bytes
  }
}
