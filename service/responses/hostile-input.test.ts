// Whatever is sent to the questionnaire: never a failure of ours, never an answer stored that its item does not have.
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Answers, MISSING } from '../instruments/answers.ts'
import { type Instrument, type Item, itemsOf } from '../instruments/instrument.ts'
import type { TestService } from '../testing.ts'
import {
  answerPages,
  type Browser,
  dump,
  formOf,
  invite,
  onEachEngineWithService,
  pageOf,
  type Volunteer,
  W1,
} from './testing.ts'

/** What is wrong with stored answers: said here a second time, apart from the rules that let them in. */
function wrongIn(instrument: Instrument, answers: Answers): string[] {
  const items = new Map(itemsOf(instrument).map((item) => [item.item, item]))
  return Object.entries(answers)
    .filter(([code, answer]) => !items.has(code) || !isOneOf(items.get(code)!, answer, answers))
    .map(([code, answer]) => `${code}: ${JSON.stringify(answer)}`)
}

function isOneOf(item: Item, answer: unknown, answers: Answers): boolean {
  const asked = !item.when || item.when.in.includes(answers[item.when.item] as number)
  if (answer === MISSING.notApplicable) return !asked
  if (!asked) return false
  if (answer === MISSING.declined || answer === MISSING.leftBlank) return !item.routing
  switch (item.type) {
    case 'single':
    case 'likert':
      return item.options.some(({ code }) => code === answer)
    case 'rating':
      return Number.isInteger(answer) && (answer as number) >= 0 && (answer as number) <= 10
    case 'multiple': {
      const chosen = item.options.filter(({ code }) => Array.isArray(answer) && answer.includes(code))
      const alone = chosen.length === 1 || chosen.every(({ exclusive }) => !exclusive)
      return Array.isArray(answer) && chosen.length > 0 && chosen.length === answer.length && alone
    }
    case 'integer':
      return Number.isInteger(answer) && (answer as number) >= item.min && (answer as number) <= item.max
    case 'text':
      return typeof answer === 'string' && answer !== '' && answer.length <= item.maxLength && answer.isWellFormed()
    default:
      return item satisfies never
  }
}

const languageOf = (html: string): string | undefined => /^<!doctype html><html lang="(\w+)">/.exec(html)?.[1]

type Sent = { address?: string; body: NonNullable<RequestInit['body']>; headers?: Record<string, string> }
type Hostile = { name: string; status: number; sent(ref: string): Sent }

const FORM = 'application/x-www-form-urlencoded'
const BOUNDARY = `----${'boundary'.repeat(4)}`
const MULTIPART = `multipart/form-data; boundary=${BOUNDARY}`
const END = `--${BOUNDARY}--\r\n`

/** A form with the right reference and this much besides, exactly as written. */
const form =
  (page: number, text: string, headers: Record<string, string> = {}) =>
  (ref: string): Sent => ({
    address: `/s/${page}`,
    body: `ref=${ref}&${text}`,
    headers: { 'Content-Type': FORM, ...headers },
  })

const part = (name: string, content: string, more = '') =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${content}\r\n`

const parts =
  (rest: string, page = 1) =>
  (ref: string): Sent => ({
    address: `/s/${page}`,
    body: part('ref', ref) + rest,
    headers: { 'Content-Type': MULTIPART },
  })

/** Where nothing of what stands for the option of a required choice is one of its codes. */
const NO_OPTION = [
  ['nothing', 'ACT_NOW='],
  ['blanks', 'ACT_NOW=+%20%09%0D%0A'],
  ['a missing code −1', 'ACT_NOW=-1'],
  ['a missing code −3', 'ACT_NOW=-3'],
  ['a missing code −4', 'ACT_NOW=-4'],
  ['a decline it does not offer', 'ACT_NOW=declined'],
  ['a decline by another name', 'ACT_NOW.declined=declined'],
  ['zero', 'ACT_NOW=0'],
  ['minus zero', 'ACT_NOW=-0'],
  ['a code too many', 'ACT_NOW=12'],
  ['a leading zero', 'ACT_NOW=01'],
  ['a plus sign', 'ACT_NOW=%2B1'],
  ['a fraction', 'ACT_NOW=1.0'],
  ['an exponent', 'ACT_NOW=1e0'],
  ['1e400', 'ACT_NOW=1e400'],
  ['2 to the 31', 'ACT_NOW=2147483648'],
  ['2 to the 53', 'ACT_NOW=9007199254740993'],
  ['four hundred digits', `ACT_NOW=${'9'.repeat(400)}`],
  ['infinity', 'ACT_NOW=Infinity'],
  ['not a number', 'ACT_NOW=NaN'],
  ['hexadecimal', 'ACT_NOW=0x1'],
  ['a full-width digit', 'ACT_NOW=%EF%BC%91'],
  ['an Arabic digit', 'ACT_NOW=%D9%A1'],
  ['a NUL behind the code', 'ACT_NOW=1%00'],
  ['a NUL alone', 'ACT_NOW=%00'],
  ['a lone surrogate', 'ACT_NOW=%ED%A0%80'],
  ['a zero-width space', 'ACT_NOW=1%E2%80%8B'],
  ['broken UTF-8', 'ACT_NOW=%FF%FE1'],
  ['broken percent-encoding', 'ACT_NOW=%E0%A4%A'],
  ['null', 'ACT_NOW=null'],
  ['an object', 'ACT_NOW=%5Bobject+Object%5D'],
  ['JSON', 'ACT_NOW=%7B%22%24gt%22%3A0%7D'],
  ['SQL', "ACT_NOW=1'%3B+drop+table+answers.response%3B--"],
  ['HTML', 'ACT_NOW=%3Cscript%3Ealert(1)%3C%2Fscript%3E'],
  ['two codes', 'ACT_NOW=1&ACT_NOW=2'],
  ['the same code twice', 'ACT_NOW=1&ACT_NOW=1'],
  ['a thousand codes', 'ACT_NOW=1&'.repeat(1000)],
  ['an array in brackets', 'ACT_NOW[]=1'],
  ['a numbered array', 'ACT_NOW[0]=1'],
  ['a nested name', 'ACT_NOW[code]=1'],
  ['a dotted name', 'ACT_NOW.0=1'],
  ['another case of letters', 'act_now=1'],
  ['a name with a blank', '+ACT_NOW=1'],
  ['a byte order mark before the name', '%EF%BB%BFACT_NOW=1'],
  ['__proto__', '__proto__=1&__proto__[ACT_NOW]=1'],
  ['constructor', 'constructor=1&constructor[prototype][ACT_NOW]=1'],
  ['toString and valueOf', 'toString=1&valueOf=1&hasOwnProperty=1'],
  ['semicolons for ampersands', 'x=1;ACT_NOW=1'],
  ['no equals sign', 'ACT_NOW'],
  ['only ampersands', '&'.repeat(5000)],
] as const

const LATER: [name: string, page: number, text: string][] = [
  ['−1 for an item that is asked', 2, 'LINK_FREQ=-1'],
  ['−3 typed for a decline', 2, 'LINK_FREQ=-3'],
  ['−4 typed for a blank', 2, 'LINK_FREQ=-4'],
  ['−3 among several', 2, 'TER_ACT=1&TER_ACT=-3'],
  ['an unknown code among several', 2, 'TER_ACT=1&TER_ACT=99'],
  ['several that exclude each other', 2, 'TER_ACT=1&TER_ACT=6'],
  ['all that exclude each other', 2, 'TER_ACT=6&TER_ACT=7'],
  ['several in one', 2, 'TER_ACT=1,2'],
  ['a rating below the scale', 3, 'SAT_GLOB=-1'],
  ['a rating above the scale', 3, 'SAT_GLOB=11'],
  ['a rating with a comma', 3, 'SAT_GLOB=7,5'],
  ['two ratings', 3, 'NPS_REC=7&NPS_REC=8'],
  ['a point outside the scale', 4, 'CMP_ADAPT=6'],
  ['a point that is none', 5, 'OUV_LINK=toString'],
  ['a text of 501 characters', 6, `OPEN_IMP=${'x'.repeat(501)}`],
  ['a text of 10,000 characters', 6, `OPEN_IMP=${'x'.repeat(10_000)}`],
  ['a text of 10,000 emoji', 6, `OPEN_IMP=${'%F0%9F%98%80'.repeat(5000)}`],
  ['a text with a NUL', 6, 'OPEN_IMP=a%00b'],
  ['two texts that are too long together', 6, `OPEN_IMP=${'x'.repeat(300)}&OPEN_IMP=${'y'.repeat(300)}`],
]

const TABLE: Hostile[] = [
  ...NO_OPTION.map(([name, text]) => ({ name, status: 422, sent: form(1, text) })),
  ...LATER.map(([name, page, text]) => ({ name, status: 422, sent: form(page, text) })),
  { name: 'an empty body', status: 409, sent: () => ({ body: '', headers: { 'Content-Type': FORM } }) },
  { name: 'no reference', status: 409, sent: () => ({ body: 'ACT_NOW=1', headers: { 'Content-Type': FORM } }) },
  { name: 'a wrong reference before the right one', status: 409, sent: (ref) => form(1, 'ACT_NOW=1')(`x&ref=${ref}`) },
  { name: 'a reference in brackets', status: 409, sent: (ref) => form(1, 'ACT_NOW=1')(`&ref[]=${ref}`) },
  { name: 'no content type', status: 409, sent: (ref) => ({ body: Buffer.from(`ref=${ref}&ACT_NOW=1`) }) },
  { name: 'text', status: 409, sent: form(1, 'ACT_NOW=1', { 'Content-Type': 'text/plain' }) },
  { name: 'a content type that is none', status: 409, sent: form(1, 'ACT_NOW=1', { 'Content-Type': ';;;' }) },
  {
    name: 'JSON of the right shape',
    status: 409,
    sent: (ref) => ({
      body: JSON.stringify({ ref, ACT_NOW: ['1'], ['__proto__']: { ACT_NOW: '1' } }),
      headers: { 'Content-Type': 'application/json' },
    }),
  },
  {
    name: 'JSON 10,000 deep',
    status: 409,
    sent: () => ({ body: '['.repeat(10_000), headers: { 'Content-Type': 'application/json' } }),
  },
  { name: 'a form in UTF-16', status: 409, sent: (ref) => utf16(`ref=${ref}&ACT_NOW=1`) },
  { name: 'a byte order mark before the form', status: 409, sent: (ref) => form(1, 'ACT_NOW=1')(`&\uFEFFref=${ref}`) },
  { name: 'a compressed body', status: 415, sent: form(1, 'ACT_NOW=1', { 'Content-Encoding': 'gzip' }) },
  { name: 'a length that is a lie', status: 413, sent: form(1, 'ACT_NOW=1', { 'Content-Length': '99999999' }) },
  { name: 'a body of 1 MB', status: 413, sent: form(1, `ACT_NOW=${'1'.repeat(1024 * 1024)}`) },
  { name: 'multipart without a boundary', status: 400, sent: form(1, '', { 'Content-Type': 'multipart/form-data' }) },
  { name: 'multipart that is no multipart', status: 400, sent: form(1, 'x', { 'Content-Type': MULTIPART }) },
  { name: 'multipart that breaks off', status: 400, sent: parts(`--${BOUNDARY}\r\nContent-Disposition: form-da`) },
  { name: 'multipart without an end', status: 400, sent: parts(part('ACT_NOW', '1')) },
  { name: 'a part without a name', status: 400, sent: parts(`--${BOUNDARY}\r\n\r\n1\r\n${END}`) },
  { name: 'a file for an answer', status: 422, sent: parts(`${part('ACT_NOW', '1', '; filename="a"')}${END}`) },
  { name: 'a file for the reference', status: 409, sent: fileReference },
  { name: 'four hundred parts', status: 422, sent: parts(`${part('x', '').repeat(400)}${END}`) },
  { name: 'a NUL in a part', status: 422, sent: parts(`${part('OPEN_IMP', 'a\u0000b')}${END}`, 6) },
]

const utf16 = (text: string): Sent => ({
  body: Buffer.from(`\uFEFF${text}`, 'utf16le'),
  headers: { 'Content-Type': `${FORM}; charset=utf-16` },
})

function fileReference(ref: string): Sent {
  const body = `${part('ref', ref, '; filename="ref"')}${part('ACT_NOW', '1')}${END}`
  return { body, headers: { 'Content-Type': MULTIPART } }
}

const ADDRESSES: [address: string, status: number][] = [
  ['/s/1%2F2', 404],
  ['/s/1%5C', 404],
  ['/s/%2e%2e/s/1%2f', 404],
  ['/s//1', 404],
  ['//s/1', 404],
  ['/s/1/', 404],
  ['/S/1', 404],
  ['/s/1;x=1', 404],
  ['/s/1%00', 404],
  ['/s/%00', 404],
  ['/s/-1', 404],
  ['/s/1e0', 404],
  ['/s/1000', 404],
  ['/s/%EF%BC%91', 404],
  ['/s/%E0%A4%A', 404],
  ['/s/%', 404],
  ['/s/__proto__', 404],
  ['/s/0', 303],
  ['/s/7', 303],
  ['/s/999', 303],
]

onEachEngineWithService((service) => {
  describe('to the questionnaire', () => {
    let volunteer: Volunteer
    let browser: Browser
    let ref: string
    let before: Awaited<ReturnType<typeof dump>>

    beforeAll(async () => {
      volunteer = await invite(service(), { langue: 'en' })
      browser = await volunteer.open({ 'Accept-Language': 'en-GB,fr;q=0.5' })
      await answerPages(browser, 2)
      ref = formOf(await pageOf(browser, 1)).fields[0]![1]
      before = await dump(service().db)
    })

    test('a hostile form is one that would have been stored but for its fault', async () => {
      const other = await invite(service())
      const elsewhere = await other.open()
      const reference = formOf(await pageOf(elsewhere, 1)).fields[0]![1]
      const { address = '', body, headers } = form(1, 'ACT_NOW=1')(reference)
      expect((await elsewhere.post(address, body, headers)).status).toBe(303)
      const multipart = parts(`${part('ACT_NOW', '2')}${END}`)(reference)
      expect((await elsewhere.post('/s/1', multipart.body, multipart.headers)).status).toBe(303)
      expect((await other.stored()).answers).toMatchObject({ ACT_NOW: 2 })
      before = await dump(service().db)
    })

    test.each(TABLE)(
      '$name is refused, in the language of the member, and stores nothing',
      async ({ status, sent }) => {
        const { address = '/s/1', body, headers } = sent(ref)
        const response = await browser.post(address, body, headers)
        const html = await response.text()
        expect(response.status).toBe(status)
        expect(languageOf(html)).toBe('en')
        expect(html).not.toMatch(/<script/)
        expect(await dump(service().db)).toEqual(before)
      },
    )

    test.each(ADDRESSES)('what is sent to %s stores nothing', async (address, status) => {
      const response = await browser.post(address, `ref=${ref}&ACT_NOW=1`, { 'Content-Type': FORM })
      expect(response.status).toBe(status)
      expect((await browser.get(address)).status).toBe(status)
      expect(await dump(service().db)).toEqual(before)
    })

    test('an address with its digit percent-encoded is the page itself', async () => {
      expect(await pageOf(browser, 1)).toBe(await (await browser.get('/s/%31')).text())
    })

    test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])('%s is no way to reach a page', async (method) => {
      if (method === 'TRACE') return expect(() => new Request('http://localhost/s/1', { method })).toThrow(TypeError)
      const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
      const response = await volunteer.app.request('/s/1', { method, headers: { Cookie: cookie } })
      expect(response.status).toBe(404)
      expect(await dump(service().db)).toEqual(before)
    })

    test('a refusal speaks the language of the member even where the browser asks for another', async () => {
      const french = await volunteer.open({ 'Accept-Language': 'fr' })
      for (const [status, text, headers] of [
        [422, `ref=${ref}`, { 'Content-Type': FORM }],
        [409, 'ref=x', { 'Content-Type': FORM }],
        [400, 'broken', { 'Content-Type': MULTIPART }],
      ] as const) {
        const response = await french.post('/s/1', text, headers)
        expect([response.status, languageOf(await response.text())]).toEqual([status, 'en'])
      }
    })
  })

  const TEXTS = [
    ['HTML', '<script>alert(1)</script><img src=x onerror=alert(1)>'],
    ['the end of its own field', '</textarea></form><form action="https://evil.example">'],
    ['entities already escaped', '&lt;b&gt; &amp;amp; &#39;'],
    ['quotes', `"double" 'single' \`backtick\` « guillemets »`],
    ['SQL', "'; drop table answers.response; --"],
    ['templates', `\${7*7} {{7*7}} <%= 7*7 %> #{7*7} {min} {max} $& $1`],
    ['header injection', 'a\nSet-Cookie: x=1\n\nHTTP/1.1 200 OK'],
    ['a formula', "=cmd|'/C calc'!A0\n+1\n-1\n@SUM(A1)"],
    ['JSON', '{"answers":{"ACT_NOW":1}} [1,2] null'],
    ['backslashes', '\\u0000 \\x00 \\n \\\\ C:\\temp'],
    ['writing from right to left', 'مرحبا \u202Etxet\u202C שלום'],
    ['zero-width and combining marks', 'a\u200Bb\u200Dc é e\u0301 \uFEFFd'],
    ['emoji', '👩‍👩‍👧‍👦 🏳️‍🌈 😀'],
    ['a missing code', '-3'],
    ['the word that declines', 'declined'],
    ['control characters', 'a\u0001\u0007\u001b[31mb\u007f\u0085\u2028c'],
    ['characters that are none', '\uFFFE\uFFFF\u{10FFFF}'],
    ['exactly as much as is allowed', '0123456789'.repeat(50)],
  ] as const

  test.each(TEXTS)('a text with %s is stored exactly and shown as text', async (_, text) => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    const plain = await pageOf(browser, 6)
    expect((await browser.fill(plain, { OPEN_IMP: text })).status).toBe(303)
    expect((await volunteer.stored()).answers).toMatchObject({ OPEN_IMP: text })
    const html = await pageOf(browser, 6)
    expect(formOf(html).fields).toContainEqual(['OPEN_IMP', text])
    expect(html.match(/<\w+/g)).toEqual(plain.match(/<\w+/g))
  })

  test('a text sent by a browser has its lines ended as they were typed, and no blanks around it', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    await browser.fill(await pageOf(browser, 6), { OPEN_IMP: ' \r\nune\r\n\r\ndeux\n ' })
    expect((await volunteer.stored()).answers).toMatchObject({ OPEN_IMP: 'une\n\ndeux' })
  })

  test('any text that is accepted comes back from the database as it was sent', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    const html = await pageOf(browser, 6)
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: character, minLength: 1, maxLength: 60 }), async (text) => {
        const { status } = await browser.fill(html, { OPEN_IMP: text })
        const stored = (await volunteer.stored()).answers?.OPEN_IMP
        if (text.includes('\u0000')) expect(status).toBe(422)
        else expect([status, stored]).toEqual([303, text.trim().replaceAll('\r\n', '\n') || MISSING.leftBlank])
      }),
      { numRuns: 100 },
    )
  })

  test('no form, whatever stands in it, fails the service or stores an answer its item does not have', async () => {
    const instrument = service().bank.instruments.get('w1')!
    let { volunteer, browser, ref } = await begin(service())
    await fc.assert(
      fc.asyncProperty(anyForm(instrument), async ({ page, fields, multipart }) => {
        const body = multipart ? new FormData() : new URLSearchParams()
        for (const [name, value] of [['ref', ref], ...fields] as const) body.append(name, value)
        const response = await browser.post(`/s/${page}`, body)
        const html = await response.text()
        expect([303, 422]).toContain(response.status)
        if (response.status === 422) expect(languageOf(html)).toBe('en')
        const { answers, submitted_on } = await volunteer.stored()
        expect(wrongIn(instrument, answers ?? {})).toEqual([])
        if (submitted_on) ({ volunteer, browser, ref } = await begin(service()))
      }),
      { numRuns: 300 },
    )
    expect(service().logLines.filter((line) => line.includes('a request failed'))).toEqual([])
  })

  test('no bytes, whatever they are, fail the service', async () => {
    const { volunteer, browser } = await begin(service())
    const types = [FORM, MULTIPART, 'multipart/form-data', 'application/json', 'text/plain', 'image/png']
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ maxLength: 300 }).map((text) => Buffer.from(`--${BOUNDARY}\r\n${text}\r\n${END}`)),
    )
    await fc.assert(
      fc.asyncProperty(bytes, fc.constantFrom(...types), async (body, type) => {
        const response = await browser.post('/s/1', Buffer.from(body), { 'Content-Type': type })
        expect([400, 409]).toContain(response.status)
      }),
      { numRuns: 150 },
    )
    expect((await volunteer.stored()).receipt).toBe(null)
  })
})

async function begin(service: TestService): Promise<{ volunteer: Volunteer; browser: Browser; ref: string }> {
  const volunteer = await invite(service, { langue: 'en' })
  const browser = await volunteer.open()
  return { volunteer, browser, ref: formOf(await pageOf(browser, 1)).fields[0]![1] }
}

/** Any character there is. (The unit “binary” of fast-check is the same, and takes it a second to prepare.) */
const character = fc
  .oneof(fc.nat({ max: 0x7f }), fc.nat({ max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code))

type AnyForm = { page: number; fields: [name: string, value: string][]; multipart: boolean }

/** Forms that are nearly right: the fields of a page with good, odd and impossible values, and fields of other pages. */
function anyForm(instrument: Instrument): fc.Arbitrary<AnyForm> {
  const names = itemsOf(instrument).flatMap(({ item }) => [item, `${item}.declined`])
  const value = fc.oneof(
    { arbitrary: fc.integer({ min: 0, max: 11 }).map(String), weight: 5 },
    { arbitrary: fc.constantFrom('declined', '', '-1', '-3', '-4', '12', '1e400', '0x1', ' 1 ', 'null'), weight: 2 },
    fc.integer().map(String),
    fc.double().map(String),
    fc.string({ unit: character, maxLength: 40 }),
    fc.string({ unit: 'grapheme', minLength: 400, maxLength: 700 }),
  )
  const name = fc.oneof(
    { arbitrary: fc.constantFrom(...names), weight: 4 },
    fc.constantFrom('__proto__', 'constructor', 'go', 'ref', 'lang', '', 'ACT_NOW[]', 'act_now'),
    fc.string({ maxLength: 12 }),
  )
  return fc.integer({ min: 1, max: W1.length }).chain((page) => {
    const own = Object.keys(W1[page - 1]!)
    return fc.record({
      page: fc.constant(page),
      fields: fc
        .tuple(
          fc.array(fc.tuple(fc.constantFrom(...own, 'JOB_CONTRACT', 'NPS_REC'), value), { maxLength: 8 }),
          fc.array(fc.tuple(name, value), { maxLength: 4 }),
          fc.constantFrom<[string, string]>(['go', 'next'], ['go', 'back'], ['go', 'nowhere']),
        )
        .map(([likely, unlikely, go]) => [...likely, ...unlikely, go]),
      multipart: fc.boolean(),
    })
  })
}
