// Checks that a log says what happened and never about whom; must not know who writes to it.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeError, openLog, redact } from './logging.ts'
import { deriveLinkToken } from './tokens.ts'

function openTestLog(level = 'info') {
  const lines: string[] = []
  return { lines, log: openLog(level, { write: (line) => void lines.push(line) }) }
}

const token = (seed: number) =>
  deriveLinkToken(new Uint8Array(32).fill(seed), { purpose: 'survey', subjectId: String(seed), generation: 1 })

test('a line is JSON with a level, a time and a message, and nothing about the machine', () => {
  const { lines, log } = openTestLog()
  log.warn({ mailing: 12 }, 'a mailing is late')
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0]!)).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
    mailing: 12,
    msg: 'a mailing is late',
  })
})

test('a level keeps what matters more, and silent keeps nothing', () => {
  const say = (level: string) => {
    const { lines, log } = openTestLog(level)
    log.info({}, 'info')
    log.error({}, 'error')
    return lines.map((line) => JSON.parse(line).msg)
  }
  expect([say('info'), say('error'), say('silent')]).toEqual([['info', 'error'], ['error'], []])
})

test.each([
  ['GET /s/rv1s_0123456789abcdef', 'GET /s/[token]'],
  ['next=%2Fs%2Frv1s_0123456789abcdef', 'next=%2Fs%2F[token]'],
  ['api key rvk_0123456789', 'api key [token]'],
  ['to <marie.dupont@exemple.fr>, then', 'to <[address]>, then'],
  ['to:\n\t"marie@exemple.fr"\\', 'to:\n\t"[address]"\\'],
  ['mailto:marie@exemple.fr', 'mailto:[address]'],
  ["o'brien@exemple.fr", '[address]'],
  ['/staff?q=marie%40exemple.fr', '[address]'],
  ['élodie@exämple.fr', '[address]'],
  ['nothing to hide at 10:00', 'nothing to hide at 10:00'],
])('%s is logged as %s', (text, logged) => {
  const { lines, log } = openTestLog()
  log.info({}, text)
  expect(JSON.parse(lines[0]!).msg).toBe(logged)
})

test('a very long line is redacted without a pause', () => {
  const line = 'a'.repeat(100_000)
  const started = performance.now()
  expect(redact(`${line} marie@exemple.fr`)).toBe(`${line} [address]`)
  expect(performance.now() - started).toBeLessThan(1000)
})

test('no address and no link survives, wherever it stands in facts or message, and the line stays JSON', () => {
  const around = fc.oneof(
    fc.constantFrom('', ' ', '\n', '\t', '\r\n', '"', '\\', '\u001f', '<', '=', '/s/', '%2F', 'mailto:', "d'", 'é'),
    fc.string({ unit: 'binary', maxLength: 5 }),
  )
  const secret = fc.oneof(fc.emailAddress(), fc.nat(255).map(token))
  const property = fc.property(secret, around, around, fc.boolean(), (secret, before, after, inFacts) => {
    const { lines, log } = openTestLog()
    const text = before + secret + after
    if (inFacts) log.error({ nested: { [text]: [text] } }, 'a request failed')
    else log.error({}, text)
    expect(lines[0]).not.toContain(secret)
    expect(JSON.parse(lines[0]!).level).toBe('error')
  })
  fc.assert(property, { numRuns: 1000 })
})

const values = 'Key (email)=(marie@exemple.fr, Marie Dupont) already exists.'
const stack = `Error: ${values}\n    at run (/app/database.js:12:5)`

test.each([
  ['PGlite', { code: '23505', severity: 'ERROR', detail: values, constraint: 'person_email_key' }],
  [
    'postgres.js',
    { code: '23505', severity: 'ERROR', detail: values, constraint_name: 'person_email_key', query: values },
  ],
])('of an error of the database (%s), neither message nor detail is told', (_, facts) => {
  const error = Object.assign(new Error(values), facts, { name: 'DatabaseError', stack })
  expect(describeError(error)).toEqual({
    error: 'DatabaseError',
    code: '23505',
    constraint: 'person_email_key',
    at: ['at run (/app/database.js:12:5)'],
  })
})

test('of an error of the mail server, neither message nor answer is told', () => {
  const refused = Object.assign(new Error('550 5.1.1 <marie@exemple.fr>: no such user'), {
    code: 'EENVELOPE',
    responseCode: 550,
    response: '550 5.1.1 <marie@exemple.fr>',
  })
  const described = describeError(refused)
  expect(described).toMatchObject({ error: 'Error', code: 'EENVELOPE', responseCode: 550 })
  expect(JSON.stringify(described)).not.toContain('marie')
})

test('a value that looks like a line of a stack is still a value', () => {
  const error = Object.assign(new Error('invalid input:\n    at Marie Dupont'), { code: '22P02' })
  expect(JSON.stringify(describeError(error))).not.toContain('Marie')
})

test('of a bug of ours, the message and the place are told', () => {
  const described = describeError(new TypeError('waves is not iterable')) as { at: string[] }
  expect(described).toMatchObject({ error: 'TypeError', message: 'waves is not iterable' })
  expect(described.at[0]).toContain('logging.test.ts')
  expect(described.at.length).toBeLessThanOrEqual(8)
})

test.each([
  ['marie@exemple.fr', 'string'],
  [undefined, 'undefined'],
  [{ email: 'marie@exemple.fr' }, 'object'],
])('of %o, thrown instead of an error, only its type is told', (thrown, type) => {
  expect(describeError(thrown)).toEqual({ error: type })
})
