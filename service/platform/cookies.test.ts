// The note in the short cookie says one thing, for one purpose, for a day, and only we can write it.
import fc from 'fast-check'
import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { type Clock, demonstrationClock } from './clock.ts'
import { readNote, signNote } from './cookies.ts'
import { base64url, hmacSha256 } from './secrets.ts'

const KEY = new Uint8Array(32).fill(1)
const NOW = Temporal.Instant.from('2026-10-20T12:00:00Z')
const at = (duration: Temporal.DurationLike): Clock => demonstrationClock(NOW.add(duration))
const clock = at({ seconds: 0 })
const NOTE = { purpose: 'survey', subject: 'case-1' }

/** A note put together by hand, signed with our own key unless told. */
function note(header: object, claims: object, key: Uint8Array | null = KEY): string {
  const text = [header, claims].map((part) => base64url(Buffer.from(JSON.stringify(part)))).join('.')
  return `${text}.${key ? base64url(hmacSha256(key, text)) : ''}`
}

const seconds = NOW.epochMilliseconds / 1000
const HEADER = { alg: 'HS256', typ: 'survey+jwt' }
const CLAIMS = { iss: 'retour', aud: 'survey', sub: 'case-1', iat: seconds, exp: seconds + 7200 }
const read = (text: string, when: Clock = clock) => readNote(KEY, when, 'survey', text)

test('nothing that is not a note is read', async () => {
  for (const text of ['', '.', '..', '...', 'a.b.c', 'x'.repeat(10_000), '\u0000', '{"sub":"case-1"}', 'e30.e30.'])
    expect(await read(text)).toBe(null)
})

test.each<[string, string]>([
  ['no algorithm', note({ ...HEADER, alg: 'none' }, CLAIMS, null)],
  ['no algorithm and a signature', note({ ...HEADER, alg: 'none' }, CLAIMS)],
  ['an algorithm in other letters', note({ ...HEADER, alg: 'hs256' }, CLAIMS)],
  ['no signature', note(HEADER, CLAIMS, null)],
  ['a foreign key', note(HEADER, CLAIMS, new Uint8Array(32).fill(2))],
  ['an empty key', note(HEADER, CLAIMS, new Uint8Array(1))],
  ['a key of its own', note({ ...HEADER, jwk: { kty: 'oct', k: base64url(KEY) } }, CLAIMS, new Uint8Array(32))],
  ['another type', note({ ...HEADER, typ: 'JWT' }, CLAIMS)],
  ['no type', note({ alg: 'HS256' }, CLAIMS)],
  ['an extension that must be understood', note({ ...HEADER, crit: ['exp'], exp: 1 }, CLAIMS)],
  ['another issuer', note(HEADER, { ...CLAIMS, iss: 'elsewhere' })],
  ['no issuer', note(HEADER, { ...CLAIMS, iss: undefined })],
  ['another audience', note(HEADER, { ...CLAIMS, aud: 'staff' })],
  ['no audience', note(HEADER, { ...CLAIMS, aud: undefined })],
  ['no subject', note(HEADER, { ...CLAIMS, sub: undefined })],
  ['no end', note(HEADER, { ...CLAIMS, exp: undefined })],
  ['an end that is no number', note(HEADER, { ...CLAIMS, exp: '2027-01-01' })],
  ['no beginning', note(HEADER, { ...CLAIMS, iat: undefined })],
  ['a beginning too far back for its late end', note(HEADER, { ...CLAIMS, iat: seconds - 100_000, exp: seconds + 60 })],
  ['a beginning in the future', note(HEADER, { ...CLAIMS, iat: seconds + 3600 })],
  ['claims that are a list', note(HEADER, [CLAIMS])],
])('a note with %s is not read', async (_, text) => {
  expect(await read(note(HEADER, CLAIMS))).toBe('case-1')
  expect(await read(text)).toBe(null)
})

test('a stronger algorithm than ours is not read either', async () => {
  const text = await new SignJWT(CLAIMS)
    .setProtectedHeader({ ...HEADER, alg: 'HS512' })
    .sign(new Uint8Array(64).fill(1))
  expect(await readNote(new Uint8Array(64).fill(1), clock, 'survey', text)).toBe(null)
})

test('a note is read back for its own purpose with its own key, and for no other', async () => {
  const text = await signNote(KEY, clock, NOTE)
  expect(await read(text)).toBe('case-1')
  expect(await readNote(KEY, clock, 'staff', text)).toBe(null)
  expect(await readNote(KEY, clock, '', text)).toBe(null)
  expect(await readNote(new Uint8Array(32).fill(2), clock, 'survey', text)).toBe(null)
})

test('a note is good for a day', async () => {
  const text = await signNote(KEY, clock, NOTE)
  expect(await read(text, at({ hours: 23, minutes: 59 }))).toBe('case-1')
  expect(await read(text, at({ hours: 24, minutes: 1 }))).toBe(null)
  expect(await read(text, at({ hours: 24 * 365 }))).toBe(null)
})

test('a note is read by another instance whose clock is some seconds behind', async () => {
  const text = await signNote(KEY, at({ seconds: 5, milliseconds: 900 }), NOTE)
  expect(await read(text)).toBe('case-1')
})

test('a note with any one character changed is not read', async () => {
  const text = await signNote(KEY, clock, NOTE)
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'
  const place = fc.integer({ min: 0, max: text.length - 2 })
  await fc.assert(
    fc.asyncProperty(place, fc.constantFrom(...letters), async (index, letter) => {
      fc.pre(text[index] !== letter)
      expect(await read(text.slice(0, index) + letter + text.slice(index + 1))).toBe(null)
    }),
    { numRuns: 1000 },
  )
})

test('whatever text is read as a note, the answer is no and not an error', async () => {
  const segment = fc.uint8Array().map((bytes) => base64url(bytes))
  const anything = fc.oneof(
    fc.string({ unit: 'binary-ascii' }),
    fc.tuple(segment, segment, segment).map((all) => all.join('.')),
  )
  await fc.assert(
    fc.asyncProperty(anything, async (text) => {
      expect(await read(text)).toBe(null)
    }),
    { numRuns: 1000 },
  )
})
