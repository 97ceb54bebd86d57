// Checks that a signed request is taken as the specification says, once in time and unchanged, and no other.
import { expect, test } from 'vitest'
import { hmacSha256 } from './secrets.ts'
import { isSigned, type SignedRequest } from './webhook.ts'

// The example of the specification's own libraries.
const SECRET = new Uint8Array(Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'))
const SENT = Temporal.Instant.fromEpochMilliseconds(1614265330 * 1000)
const bytes = (text: string) => new TextEncoder().encode(text)
const published: SignedRequest = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  signatures: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  body: bytes('{"test": 2432232314}'),
}
const { signatures } = published

test.each<[string, Partial<SignedRequest>, boolean]>([
  ['the published example', {}, true],
  ['one good signature among several', { signatures: `v1,AAAA v1a,BBBB ${signatures}` }, true],
  ['no signature', { signatures: '' }, false],
  ['a signature that is none', { signatures: 'v1,' }, false],
  ['one of another version', { signatures: signatures.replace('v1', 'v2') }, false],
  ['one without a version', { signatures: signatures.slice(3) }, false],
  ['one cut short', { signatures: signatures.slice(0, -4) }, false],
  ['another identifier', { id: 'msg_other' }, false],
  ['another time', { timestamp: '1614265331' }, false],
  ['no time', { timestamp: '' }, false],
  ['a time that is no number', { timestamp: 'NaN' }, false],
  ['a time with a sign', { timestamp: '+1614265330' }, false],
  ['another body', { body: bytes('{"test": 2432232315}') }, false],
  ['no body', { body: bytes('') }, false],
])('%s', (_, change, good) => {
  expect(isSigned(SECRET, { ...published, ...change }, SENT)).toBe(good)
})

test('another secret has other signatures', () => {
  expect(isSigned(new Uint8Array(24), published, SENT)).toBe(false)
})

test.each([
  [-301, false],
  [-300, true],
  [0, true],
  [300, true],
  [301, false],
])('%d seconds after it was signed: %s', (seconds, good) => {
  expect(isSigned(SECRET, published, SENT.add({ seconds }))).toBe(good)
})

test('bytes that are no text are signed as they are', () => {
  const body = new Uint8Array([0xff, 0x00, 0xfe])
  const mac = hmacSha256(SECRET, Buffer.concat([Buffer.from(`${published.id}.${published.timestamp}.`), body]))
  const request = { ...published, body, signatures: `v1,${Buffer.from(mac).toString('base64')}` }
  expect(isSigned(SECRET, request, SENT)).toBe(true)
  expect(isSigned(SECRET, { ...request, body: new Uint8Array([0xfe, 0x00, 0xff]) }, SENT)).toBe(false)
})
