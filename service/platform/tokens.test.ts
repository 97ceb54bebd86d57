// Checks that a personal link opens one thing for one person, and that a return path is about one mailing; must not know storage.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  ANY_TOKEN,
  addressHash,
  deriveLinkToken,
  type LinkSubject,
  linkTokenHash,
  readReturnPath,
  returnPath,
} from './tokens.ts'

const key = new Uint8Array(32).fill(7)
const subjectId = '0197c5a0-0000-7000-8000-000000000001'
const survey: LinkSubject = { purpose: 'survey', subjectId, generation: 1 }
const hex = (hash: Uint8Array | null) => hash && Buffer.from(hash).toString('hex')

/** What the database would look a link up by. */
const storedHash = (subject: LinkSubject, linkKey = key) =>
  hex(linkTokenHash(subject.purpose, deriveLinkToken(linkKey, subject)))

test('a link is its purpose and 256 bits, the same each time it is needed', () => {
  expect(deriveLinkToken(key, survey)).toMatch(/^rv1s_[\w-]{43}$/)
  expect(deriveLinkToken(key, { ...survey, purpose: 'stop' })).toMatch(/^rv1u_[\w-]{43}$/)
  expect(deriveLinkToken(key, { ...survey })).toBe(deriveLinkToken(key, survey))
  expect(storedHash(survey)).toMatch(/^[0-9a-f]{64}$/)
})

test.each([
  ['another purpose', { purpose: 'stop' }],
  ['another person', { subjectId: '0197c5a0-0000-7000-8000-000000000002' }],
  ['another generation', { generation: 2 }],
] as const)('a link does not open %s', (_, change) => {
  const other = { ...survey, ...change }
  expect(hex(linkTokenHash(other.purpose, deriveLinkToken(key, survey)))).not.toBe(storedHash(other))
})

test('a link that stops mail tells nothing of the link that answers', () => {
  const secretOf = (purpose: LinkSubject['purpose']) => deriveLinkToken(key, { ...survey, purpose }).slice(-43)
  expect(secretOf('stop')).not.toBe(secretOf('survey'))
})

test('a link made with another key opens nothing', () => {
  expect(storedHash(survey, new Uint8Array(32).fill(8))).not.toBe(storedHash(survey))
})

test.each([
  ['nothing', ''],
  ['a prefix alone', 'rv1s_'],
  ['a link cut short', deriveLinkToken(key, survey).slice(0, -1)],
  ['a link with something after it', `${deriveLinkToken(key, survey)}=`],
  ['a link with a line break after it', `${deriveLinkToken(key, survey)}\n`],
  ['a link with a space before it', ` ${deriveLinkToken(key, survey)}`],
  ['a link of another purpose', deriveLinkToken(key, { ...survey, purpose: 'stop' })],
  ['a link in capitals', deriveLinkToken(key, survey).replace('rv1s', 'RV1S')],
  ['an accent', `rv1s_${'é'.repeat(43)}`],
])('%s is not even looked up', (_, token) => {
  expect(linkTokenHash('survey', token)).toBe(null)
})

const anySubject = fc.record({
  purpose: fc.constantFrom<LinkSubject['purpose'][]>('survey', 'stop'),
  subjectId: fc.uuid(),
  generation: fc.integer({ min: 0, max: 50 }),
})

test('a link opens its own purpose, person and generation only', () => {
  const property = fc.property(anySubject, anySubject, (one, other) => {
    const opens = hex(linkTokenHash(other.purpose, deriveLinkToken(key, one))) === storedHash(other)
    const same =
      one.purpose === other.purpose && one.subjectId === other.subjectId && one.generation === other.generation
    expect(opens).toBe(same)
    expect(hex(linkTokenHash(one.purpose, deriveLinkToken(key, one)))).toBe(storedHash(one))
  })
  fc.assert(property, { numRuns: 1000 })
})

test('a link with one character changed is another link, or none at all', () => {
  const letters = fc.constantFrom(...'AZaz09-_', ' ', '\n', '=', '+', '/', 'é', '\u0000')
  const property = fc.property(anySubject, fc.nat(), letters, (subject, position, letter) => {
    const token = deriveLinkToken(key, subject)
    const at = position % token.length
    fc.pre(token[at] !== letter)
    const changed = token.slice(0, at) + letter + token.slice(at + 1)
    expect(hex(linkTokenHash(subject.purpose, changed))).not.toBe(storedHash(subject))
  })
  fc.assert(property, { numRuns: 1000 })
})

test('every link is recognised wherever it stands in a text, and plain words are not', () => {
  const property = fc.property(
    anySubject,
    fc.constantFrom('', ' ', '/s/', '%2Fs%2F', '=3D', '\\n', 'x'),
    (subject, before) => {
      expect(`${before}${deriveLinkToken(key, subject)}"`.replace(ANY_TOKEN, '…')).toBe(`${before}…"`)
    },
  )
  fc.assert(property, { numRuns: 200 })
  expect('the server reserved serv_1 and rv1_ for itself'.match(ANY_TOKEN)).toBe(null)
})

const BOUNCES = 'Bounces@Retour.example'

test('a return path is the address for reports with the mailing and its mark, the same each time, and fits', () => {
  const path = returnPath(key, `${'b'.repeat(20)}@retour.example`, subjectId)
  expect(path).toMatch(/^b{20}\+0197c5a0000070008000000000000001\.[0-9a-v]{10}@retour\.example$/)
  expect(path.split('@')[0]).toHaveLength(64)
  expect(returnPath(key, `${'b'.repeat(20)}@retour.example`, subjectId)).toBe(path)
})

test('a return path is read in any capitals, and is about its mailing only', () => {
  const property = fc.property(fc.uuid(), fc.uuid(), (one, other) => {
    const path = returnPath(key, BOUNCES, one)
    for (const text of [path, path.toUpperCase(), path.toLowerCase(), ` ${path}\r\n`])
      expect(readReturnPath(key, BOUNCES, text)).toBe(one)
    expect(readReturnPath(new Uint8Array(32).fill(8), BOUNCES, path)).toBe(null)
    expect(readReturnPath(key, 'bounces@other.example', path)).toBe(null)
    const mark = /\.([0-9a-v]{10})@/.exec(path)![1]!
    const forged = returnPath(key, BOUNCES, other).replace(/\.[0-9a-v]{10}@/, `.${mark}@`)
    expect(readReturnPath(key, BOUNCES, forged)).toBe(one === other ? one : null)
  })
  fc.assert(property, { numRuns: 1000 })
})

test('a return path with one character changed, left out or added is about nothing', () => {
  const letters = fc.constantFrom('', ...'az09+.-@<> \u0000é')
  const property = fc.property(fc.uuid(), fc.nat(), fc.nat({ max: 1 }), letters, (id, position, removed, letter) => {
    const path = returnPath(key, BOUNCES, id)
    const at = position % path.length
    const changed = path.slice(0, at) + letter + path.slice(at + removed)
    fc.pre(changed.trim().toLowerCase() !== path.toLowerCase())
    expect(readReturnPath(key, BOUNCES, changed)).toBe(null)
  })
  fc.assert(property, { numRuns: 1000 })
})

test('an address is known by the same hash however it is capitalised, by another key or address by another', () => {
  const hash = (address: string, linkKey = key) => hex(addressHash(linkKey, address))
  expect(hash('ana@example.org')).toMatch(/^[0-9a-f]{32}$/)
  expect(hash(' Ana@Example.ORG ')).toBe(hash('ana@example.org'))
  expect(hash('ana@example.com')).not.toBe(hash('ana@example.org'))
  expect(hash('ana@example.org', new Uint8Array(32).fill(8))).not.toBe(hash('ana@example.org'))
})
