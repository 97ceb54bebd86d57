// Whatever is sent to the questionnaire: never a failure of ours, never an answer stored that its item does not have.
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Answers, MISSING } from '../instruments/answers.ts'
import type { Instrument, Item } from '../instruments/instrument.ts'
import { type Language, wordsIn } from '../platform/i18n.ts'
import en from '../platform/words/en.json' with { type: 'json' }
import fr from '../platform/words/fr.json' with { type: 'json' }
import type { TestService } from '../testing.ts'
import {
  type Browser,
  dump,
  formOf,
  IN_W1,
  IN_W2,
  IN_W3,
  invite,
  languageOf,
  onEachEngineWithService,
  pageOf,
  readText,
  titleOf,
  toldAbout,
  type Volunteer,
} from './testing.ts'

/** What is wrong with stored answers: said here a second time, apart from the rules that let them in. */
function wrongIn(instrument: Instrument, answers: Answers): string[] {
  const items = new Map(instrument.pages.flatMap((page) => page.items).map((item) => [item.item, item]))
  return Object.entries(answers)
    .filter(([code, answer]) => !items.has(code) || !isOneOf(items.get(code)!, answer, answers))
    .map(([code, answer]) => `${code}: ${JSON.stringify(answer)}`)
}

type Question = Exclude<Item, { type: 'info' }>

function isOneOf(item: Item, answer: unknown, answers: Answers): boolean {
  if (item.type === 'info') return false
  const asked = !item.when || item.when.in.includes(answers[item.when.item] as number)
  if (answer === MISSING.notApplicable) return !asked
  if (!asked) return false
  if (answer === MISSING.dontKnow) return item.dontKnow
  if (answer === MISSING.declined || answer === MISSING.leftBlank) return !item.routing
  return isAnswerTo(item, answer)
}

/** Throws for a type it does not know: what surveys/ ask must be judged. */
function isAnswerTo(item: Question, answer: unknown): boolean {
  switch (item.type) {
    case 'single':
    case 'likert':
    case 'country':
      return (item.options as { code: unknown }[]).some(({ code }) => code === answer)
    case 'rating':
      return Number.isInteger(answer) && (answer as number) >= 0 && (answer as number) <= 10
    case 'multiple': {
      const chosen = item.options.filter(({ code }) => Array.isArray(answer) && answer.includes(code))
      const alone = chosen.length === 1 || chosen.every(({ exclusive }) => !exclusive)
      return Array.isArray(answer) && chosen.length > 0 && chosen.length === answer.length && alone
    }
    case 'year':
      return Number.isInteger(answer) && (answer as number) >= item.min && (answer as number) <= item.max
    case 'text':
      return typeof answer === 'string' && answer !== '' && answer.length <= item.maxLength && answer.isWellFormed()
    case 'calendar':
      return isCalendar(item, answer)
    default:
      throw new Error(`there is no judge of ${item.type} items`)
  }
}

/**
 * Months in order that somebody back since September 2026 may be asked about, each once, and not all blank: in a row,
 * unless they were left in the middle, and then each has a state.
 */
function isCalendar({ states }: Extract<Item, { type: 'calendar' }>, answer: unknown): boolean {
  if (!Array.isArray(answer) || answer.length === 0 || answer.length > 12) return false
  const months = answer.map(({ month }) => /^(\d{4})-(0[1-9]|1[0-2])$/.exec(String(month)))
  const numbers = months.map((found) => (found ? Number(found[1]) * 12 + Number(found[2]) : Number.NaN))
  const known = [MISSING.leftBlank, ...states.map(({ code }) => code)]
  return (
    (answer.every(({ state }) => state !== MISSING.leftBlank) ||
      numbers.every((number, at) => number === FIRST + at)) &&
    numbers.every((number, at) => number > (numbers[at - 1] ?? FIRST - 1)) &&
    numbers.at(-1)! <= 2027 * 12 + 8 &&
    answer.every((one) => Object.keys(one).sort().join() === 'month,source,state' && one.source === 'reported') &&
    answer.every(({ state }) => (known as unknown[]).includes(state)) &&
    answer.some(({ state }) => state !== MISSING.leftBlank)
  )
}

/** September 2026, in months. */
const FIRST = 2026 * 12 + 9

type Wave = 'w1' | 'w2' | 'w3'
type Sent = { address?: string; body: NonNullable<RequestInit['body']>; headers?: Record<string, string> }
/** A submission that must be refused: where, and what is said about which item. */
type Hostile = { name: string; wave: Wave; status: number; told?: string; sent(ref: string): Sent }

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

/** An item of every type a real instrument has, and where it stands once somebody is an employee. */
const PLACES: [item: string, wave: Wave, page: number][] = [
  ['ACT_NOW', 'w2', 1],
  ['JOB_TIME', 'w2', 3],
  ['JOB_LINK', 'w3', 3],
  ['LIFE_SAT', 'w2', 5],
  ['MOB_SINCE', 'w3', 2],
  ['JOB_PLACE', 'w2', 3],
  ['BIRTH_Y', 'w3', 7],
]

/** What no item of any type takes. */
const NO_ANSWER: [name: string, encoded: string][] = [
  ['−1', '-1'],
  ['−2', '-2'],
  ['−3', '-3'],
  ['−4', '-4'],
  ['minus zero', '-0'],
  ['a code too many', '12'],
  ['the largest code there can be', '99'],
  ['a leading zero', '01'],
  ['a plus sign', '%2B1'],
  ['a fraction', '1.0'],
  ['a comma', '1,0'],
  ['an exponent', '1e0'],
  ['1e400', '1e400'],
  ['2 to the 31', '2147483648'],
  ['2 to the 53', '9007199254740993'],
  ['four hundred digits', '9'.repeat(400)],
  ['infinity', 'Infinity'],
  ['not a number', 'NaN'],
  ['hexadecimal', '0x1'],
  ['a full-width digit', '%EF%BC%91'],
  ['an Arabic digit', '%D9%A1'],
  ['a NUL behind the code', '1%00'],
  ['a NUL alone', '%00'],
  ['a lone surrogate', '%ED%A0%80'],
  ['a zero-width space', '1%E2%80%8B'],
  ['a right-to-left mark', '%E2%80%8F1'],
  ['a combining mark', '1%CC%81'],
  ['broken UTF-8', '%FF%FE1'],
  ['broken percent-encoding', '%E0%A4%A'],
  ['percent-encoding twice over', '%2531'],
  ['null', 'null'],
  ['undefined', 'undefined'],
  ['an object', '%5Bobject+Object%5D'],
  ['JSON', '%7B%22%24gt%22%3A0%7D'],
  ['SQL', "1'%3B+drop+table+answers.response%3B--"],
  ['HTML', '%3Cscript%3Ealert(1)%3C%2Fscript%3E'],
  ['an attribute', '%22%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E'],
  ['a template', '%24%7B7*7%7D%7B%7B7*7%7D%7D'],
  ['a formula', '%3Dcmd%7C%27%2FC+calc%27!A0'],
  ['header injection', '1%0D%0ASet-Cookie%3A+x%3D1'],
  ['constructor', 'constructor'],
  ['toString', 'toString'],
  ['__proto__', '__proto__'],
  ['a country in lower case', 'sn'],
  ['the name of a country', 'S%C3%A9n%C3%A9gal'],
  ['a country that is none', 'XX'],
  ['ten thousand characters', 'x'.repeat(10_000)],
]

/** What leaves a required choice without an answer. */
const NO_CHOICE: [name: string, text: string][] = [
  ['nothing', 'ACT_NOW='],
  ['blanks', 'ACT_NOW=+%20%09%0D%0A'],
  ['a decline it does not offer', 'ACT_NOW=declined'],
  ['not knowing, which it does not offer', 'ACT_NOW=unknown'],
  ['a decline by another name', 'ACT_NOW.declined=declined'],
  ['two codes', 'ACT_NOW=1&ACT_NOW=2'],
  ['the same code twice', 'ACT_NOW=1&ACT_NOW=1'],
  ['a thousand codes', 'ACT_NOW=1&'.repeat(1000)],
  ['an array in brackets', 'ACT_NOW[]=1'],
  ['a numbered array', 'ACT_NOW[0]=1'],
  ['a nested name', 'ACT_NOW[code]=1'],
  ['a dotted name', 'ACT_NOW.0=1'],
  ['a thousand dotted names', Array.from({ length: 1000 }, (_, n) => `ACT_NOW.${n}=1`).join('&')],
  ['parts named after a prototype', 'ACT_NOW.__proto__=1&ACT_NOW.constructor=1&ACT_NOW.toString=1'],
  ['another case of letters', 'act_now=1'],
  ['a name with a blank', '+ACT_NOW=1'],
  ['a byte order mark before the name', '%EF%BB%BFACT_NOW=1'],
  ['__proto__', '__proto__=1&__proto__[ACT_NOW]=1'],
  ['constructor', 'constructor=1&constructor[prototype][ACT_NOW]=1'],
  ['toString and valueOf', 'toString=1&valueOf=1&hasOwnProperty=1'],
  ['semicolons for ampersands', 'x=1;ACT_NOW=1'],
  ['no equals sign', 'ACT_NOW'],
  ['only ampersands', '&'.repeat(5000)],
  ['doubts it has seen', 'seen=ACT_NOW:required&seen=ACT_NOW:unknown+option'],
]

const SEVERAL: [name: string, wave: Wave, page: number, item: string, text: string][] = [
  ['−3 among several', 'w1', 4, 'TER_ACT', 'TER_ACT=1&TER_ACT=-3'],
  ['an unknown code among several', 'w1', 4, 'TER_ACT', 'TER_ACT=1&TER_ACT=99'],
  ['several that exclude each other', 'w1', 4, 'TER_ACT', 'TER_ACT=1&TER_ACT=6'],
  ['all that exclude each other', 'w1', 4, 'TER_ACT', 'TER_ACT=6&TER_ACT=7'],
  ['several in one', 'w1', 4, 'TER_ACT', 'TER_ACT=1,2'],
  ['every code there is', 'w1', 4, 'TER_ACT', Array.from({ length: 100 }, (_, n) => `TER_ACT=${n}`).join('&')],
  ['a word for a decline under its own name', 'w1', 4, 'TER_ACT', 'TER_ACT=declined'],
  ['several, and a decline', 'w1', 4, 'TER_ACT', 'TER_ACT=1&TER_ACT.declined=declined'],
  ['a rating above the scale', 'w1', 3, 'SAT_GLOB', 'SAT_GLOB=11'],
  ['a rating with a comma', 'w1', 3, 'SAT_GLOB', 'SAT_GLOB=7,5'],
  ['two ratings', 'w1', 3, 'NPS_REC', 'NPS_REC=7&NPS_REC=8'],
  ['a rating, and a decline', 'w1', 3, 'NPS_REC', 'NPS_REC=7&NPS_REC=declined'],
  ['a row of a grid above its scale', 'w1', 3, 'SAT_GRID_ADMIN', 'SAT_GRID_ADMIN=7'],
  ['a point outside the scale', 'w1', 5, 'CMP_ADAPT', 'CMP_ADAPT=6'],
  ['a point that is none', 'w1', 6, 'OUV_LINK', 'OUV_LINK=toString'],
  ['not knowing where it is not offered', 'w1', 6, 'OUV_LINK', 'OUV_LINK=unknown&OUV_LINK=9'],
  ['not knowing, and a decline', 'w2', 3, 'JOB_CONTRACT', 'JOB_CONTRACT=unknown&JOB_CONTRACT=declined'],
  ['two countries', 'w2', 3, 'JOB_PLACE', 'JOB_PLACE=SN&JOB_PLACE=FR'],
  ['a country, and a decline', 'w2', 3, 'JOB_PLACE', 'JOB_PLACE=SN&JOB_PLACE.declined=declined'],
  ['a year before the first', 'w3', 7, 'BIRTH_Y', 'BIRTH_Y=1929'],
  ['a year after the last', 'w3', 7, 'BIRTH_Y', 'BIRTH_Y=2016'],
  ['a year after the last, as a doubt it has seen', 'w3', 7, 'BIRTH_Y', 'BIRTH_Y=2016&seen=BIRTH_Y:unusual'],
  ['a year of ten digits', 'w3', 7, 'BIRTH_Y', 'BIRTH_Y=0000002000'],
  ['two years', 'w3', 7, 'BIRTH_Y', 'BIRTH_Y=2000&BIRTH_Y=2001'],
  ['a year and a decline', 'w3', 7, 'BIRTH_Y', 'BIRTH_Y=2000&BIRTH_Y.declined=declined'],
  ['a text of 501 characters', 'w1', 8, 'OPEN_IMP', `OPEN_IMP=${'x'.repeat(501)}`],
  ['a text of 501 characters it has seen', 'w1', 8, 'OPEN_IMP', `OPEN_IMP=${'1'.repeat(501)}&seen=OPEN_IMP:too+long`],
  ['a text of 10,000 characters', 'w1', 8, 'OPEN_IMP', `OPEN_IMP=${'x'.repeat(10_000)}`],
  ['a text of 10,000 emoji', 'w1', 8, 'OPEN_IMP', `OPEN_IMP=${'%F0%9F%98%80'.repeat(5000)}`],
  ['a text with a NUL', 'w1', 8, 'OPEN_IMP', 'OPEN_IMP=a%00b'],
  [
    'two texts that are too long together',
    'w1',
    8,
    'OPEN_IMP',
    `OPEN_IMP=${'x'.repeat(300)}&OPEN_IMP=${'y'.repeat(300)}`,
  ],
  ['a text, and a decline', 'w1', 8, 'OPEN_IMP', 'OPEN_IMP=x&OPEN_IMP.declined=declined'],
]

const row = (from: string, to: string, state: string, number: number | string = 1) =>
  `ACT_CAL.${number}.from=${from}&ACT_CAL.${number}.to=${to}&ACT_CAL.${number}.state=${state}`
const WHOLE = row('2026-09', '2027-02', 'E')

const NO_MONTH: [name: string, encoded: string][] = [
  ['a thirteenth month', '2026-13'],
  ['a month zero', '2026-00'],
  ['the year 0', '0000-01'],
  ['the year 9999', '9999-12'],
  ['a month of one digit', '2026-9'],
  ['a year of two digits', '26-09'],
  ['a day', '2026-09-01'],
  ['a year before Christ', '-002026-09'],
  ['a year with a sign', '%2B002026-09'],
  ['the month before the return', '2026-08'],
  ['the month that is going on', '2027-03'],
  ['a name', 'septembre+2026'],
  ['a number', '202609'],
  ['a NUL', '2026-09%00'],
  ['full-width digits', '%EF%BC%92026-09'],
  ['HTML', '%3Cscript%3Ealert(1)%3C%2Fscript%3E'],
  ['SQL', "2026-09'%3B--"],
  ['__proto__', '__proto__'],
  ['many digits', '9'.repeat(5000)],
]
const NO_STATE: [name: string, encoded: string][] = [
  ['an unknown letter', 'Z'],
  ['a small letter', 'e'],
  ['two letters', 'EA'],
  ['a missing code', '-4'],
  ['a decline', 'declined'],
  ['a NUL', 'E%00'],
  ['a full-width letter', '%EF%BC%A5'],
  ['HTML', '%3Cimg+src%3Dx+onerror%3Dalert(1)%3E'],
  ['constructor', 'constructor'],
  ['JSON', '%7B%22code%22%3A%22E%22%7D'],
]
const HUNDRED = Array.from({ length: 100 }, (_, n) => n)

/** Calendars that contradict themselves, are incomplete, or are none. */
const CALENDARS: [name: string, text: string][] = [
  ...NO_MONTH.map(([name, text]): [string, string] => [`${name} for its first month`, row(text, '2027-02', 'E')]),
  ...NO_MONTH.map(([name, text]): [string, string] => [`${name} for its last month`, row('2026-09', text, 'E')]),
  ...NO_MONTH.map(([name, text]): [string, string] => [`${name} for a month`, `${WHOLE}&${row(text, text, 'E', 2)}`]),
  ...NO_STATE.map(([name, text]): [string, string] => [`${name} for its state`, row('2026-09', '2027-02', text)]),
  ...NO_STATE.map(([name, text]): [string, string] => [
    `${name} for a state beside a good one`,
    `${WHOLE}&${row('', '', text, 2)}`,
  ]),
  ['an end before its beginning', row('2027-02', '2026-09', 'E')],
  ['an end before its beginning, twice', `${row('2027-02', '2026-09', 'E')}&${row('2027-01', '2026-10', 'E', 2)}`],
  ['no state', row('2026-09', '2027-02', '')],
  ['no end', row('2026-09', '', 'E')],
  ['no beginning', row('', '2027-02', 'E')],
  ['a state alone', row('', '', 'E')],
  ['an end alone', row('', '2027-02', '')],
  ['blanks for an end', row('2026-09', '+%09', 'E')],
  ['a good period, and one without an end', `${WHOLE}&${row('2026-09', '', 'E', 2)}`],
  ['two states for all months', `${WHOLE}&${row('2026-09', '2027-02', 'S', 2)}`],
  ['two states for one month', `${WHOLE}&${row('2026-12', '2026-12', 'S', 2)}`],
  [
    'seven states for one month',
    'EASTUVI'
      .split('')
      .map((state, at) => row('2026-09', '2026-09', state, at + 1))
      .join('&'),
  ],
  [
    'a hundred periods that contradict each other',
    HUNDRED.map((n) => row('2026-09', '2027-02', n % 2 ? 'E' : 'S', n)).join('&'),
  ],
  ['the same field twice', `${WHOLE}&ACT_CAL.1.state=E`],
  ['the same field twice with two values', `${WHOLE}&ACT_CAL.1.to=2026-09`],
  [
    'the same period a hundred times',
    HUNDRED.map(() => WHOLE)
      .join('&')
      .slice(0, 60_000),
  ],
  ['a contradiction in row 99', `${WHOLE}&${row('2026-09', '2026-09', 'S', 99)}`],
  ['a contradiction in row 0', `${WHOLE}&${row('2026-09', '2026-09', 'S', 0)}`],
  ['a contradiction in row 01', `${WHOLE}&${row('2026-09', '2026-09', 'S', '01')}`],
  ['a decline beside it', `${WHOLE}&ACT_CAL.declined=declined`],
  ['a decline beside a state', `ACT_CAL.declined=declined&${row('', '', 'E')}`],
  [
    'a contradiction it has seen',
    `${WHOLE}&${row('2026-09', '2026-09', 'S', 2)}&seen=ACT_CAL:overlap&seen=ACT_CAL:gaps`,
  ],
  ['an unknown month it has seen', `${row('2026-08', '2027-02', 'E')}&seen=ACT_CAL:unknown+month`],
]

const GOES = [
  '',
  'next',
  'back',
  'de',
  'FR',
  'fr-FR',
  'submit',
  'receipt',
  '8',
  '-1',
  '__proto__',
  'constructor',
  'toString',
  '%00',
  '%3Cscript%3E',
  'next%0D%0ALocation%3A+/',
  'x'.repeat(5000),
]

const TABLE: Hostile[] = [
  ...PLACES.flatMap(([item, wave, page]) =>
    NO_ANSWER.map(([name, text]) => ({
      name: `${item}: ${name}`,
      wave,
      status: 422,
      told: item,
      sent: form(page, `${item}=${text}`),
    })),
  ),
  ...NO_CHOICE.map(([name, text]) => ({
    name,
    wave: 'w2' as const,
    status: 422,
    told: 'ACT_NOW',
    sent: form(1, text),
  })),
  ...SEVERAL.map(([name, wave, page, told, text]) => ({ name, wave, status: 422, told, sent: form(page, text) })),
  ...CALENDARS.map(([name, text]) => ({
    name: `a calendar with ${name}`,
    wave: 'w2' as const,
    status: 422,
    told: 'ACT_CAL',
    sent: form(2, text),
  })),
  ...GOES.map((go) => ({
    name: `the button “${go.slice(0, 30)}” with something wrong`,
    wave: 'w2' as const,
    status: 422,
    told: 'MOB_SINCE',
    sent: form(2, `MOB_SINCE=99&go=${go}&go=next`),
  })),
  {
    name: 'a calendar of 10,000 periods',
    wave: 'w2',
    status: 413,
    sent: form(2, Array.from({ length: 10_000 }, (_, n) => row('2026-09', '2026-09', 'E', n)).join('&')),
  },
  { name: 'an empty body', wave: 'w1', status: 409, sent: () => ({ body: '', headers: { 'Content-Type': FORM } }) },
  {
    name: 'no reference',
    wave: 'w1',
    status: 409,
    sent: () => ({ body: 'ACT_NOW=1', headers: { 'Content-Type': FORM } }),
  },
  {
    name: 'a wrong reference before the right one',
    wave: 'w1',
    status: 409,
    sent: (ref) => form(1, 'ACT_NOW=1')(`x&ref=${ref}`),
  },
  { name: 'a reference in brackets', wave: 'w1', status: 409, sent: (ref) => form(1, 'ACT_NOW=1')(`&ref[]=${ref}`) },
  {
    name: 'a reference that is HTML',
    wave: 'w1',
    status: 409,
    sent: () => form(1, 'ACT_NOW=1')('%3Cscript%3Ealert(1)%3C%2Fscript%3E'),
  },
  { name: 'no content type', wave: 'w1', status: 409, sent: (ref) => ({ body: Buffer.from(`ref=${ref}&ACT_NOW=1`) }) },
  { name: 'text', wave: 'w1', status: 409, sent: form(1, 'ACT_NOW=1', { 'Content-Type': 'text/plain' }) },
  {
    name: 'a content type that is none',
    wave: 'w1',
    status: 409,
    sent: form(1, 'ACT_NOW=1', { 'Content-Type': ';;;' }),
  },
  {
    name: 'JSON of the right shape',
    wave: 'w1',
    status: 409,
    sent: (ref) => ({
      body: JSON.stringify({ ref, ACT_NOW: ['1'], ['__proto__']: { ACT_NOW: '1' } }),
      headers: { 'Content-Type': 'application/json' },
    }),
  },
  {
    name: 'JSON 10,000 deep',
    wave: 'w1',
    status: 409,
    sent: () => ({ body: '['.repeat(10_000), headers: { 'Content-Type': 'application/json' } }),
  },
  { name: 'a form in UTF-16', wave: 'w1', status: 409, sent: (ref) => utf16(`ref=${ref}&ACT_NOW=1`) },
  {
    name: 'a byte order mark before the form',
    wave: 'w1',
    status: 409,
    sent: (ref) => form(1, 'ACT_NOW=1')(`&\uFEFFref=${ref}`),
  },
  { name: 'a compressed body', wave: 'w1', status: 415, sent: form(1, 'ACT_NOW=1', { 'Content-Encoding': 'gzip' }) },
  {
    name: 'a body compressed twice',
    wave: 'w1',
    status: 415,
    sent: form(1, 'ACT_NOW=1', { 'Content-Encoding': 'br, gzip' }),
  },
  {
    name: 'a length that is a lie',
    wave: 'w1',
    status: 413,
    sent: form(1, 'ACT_NOW=1', { 'Content-Length': '99999999' }),
  },
  { name: 'a body of 1 MB', wave: 'w1', status: 413, sent: form(1, `ACT_NOW=${'1'.repeat(1024 * 1024)}`) },
  {
    name: 'multipart without a boundary',
    wave: 'w1',
    status: 400,
    sent: form(1, '', { 'Content-Type': 'multipart/form-data' }),
  },
  {
    name: 'multipart that is no multipart',
    wave: 'w1',
    status: 400,
    sent: form(1, 'x', { 'Content-Type': MULTIPART }),
  },
  {
    name: 'multipart that breaks off',
    wave: 'w1',
    status: 400,
    sent: parts(`--${BOUNDARY}\r\nContent-Disposition: form-da`),
  },
  { name: 'multipart without an end', wave: 'w1', status: 400, sent: parts(part('ACT_NOW', '1')) },
  { name: 'a part without a name', wave: 'w1', status: 400, sent: parts(`--${BOUNDARY}\r\n\r\n1\r\n${END}`) },
  {
    name: 'a file for an answer',
    wave: 'w1',
    status: 422,
    told: 'ACT_NOW',
    sent: parts(`${part('ACT_NOW', '1', '; filename="a"')}${END}`),
  },
  { name: 'a file for the reference', wave: 'w1', status: 409, sent: fileReference },
  {
    name: 'four hundred parts',
    wave: 'w1',
    status: 422,
    told: 'ACT_NOW',
    sent: parts(`${part('x', '').repeat(400)}${END}`),
  },
  {
    name: 'a NUL in a part',
    wave: 'w1',
    status: 422,
    told: 'OPEN_IMP',
    sent: parts(`${part('OPEN_IMP', 'a\u0000b')}${END}`, 8),
  },
]

const utf16 = (text: string): Sent => ({
  body: Buffer.from(`\uFEFF${text}`, 'utf16le'),
  headers: { 'Content-Type': `${FORM}; charset=utf-16` },
})

function fileReference(ref: string): Sent {
  const body = `${part('ref', ref, '; filename="ref"')}${part('ACT_NOW', '1')}${END}`
  return { body, headers: { 'Content-Type': MULTIPART } }
}

/** What says nothing, however much of it there is: it is as if it had not been sent. */
const IGNORED: [name: string, text: string][] = [
  ['a row 100', row('2026-09', '2026-09', 'Z', 100)],
  ['a row −1', row('2026-09', '2026-09', 'Z', -1)],
  ['rows without a number', row('2026-09', '2026-09', 'Z', '')],
  ['rows named after a prototype', row('2026-09', '2026-09', 'Z', '__proto__')],
  [
    'parts named after a prototype',
    'ACT_CAL.__proto__=1&ACT_CAL.constructor=1&ACT_CAL.1.__proto__=1&ACT_CAL.1.toString=1',
  ],
  ['three thousand parts there are none of', Array.from({ length: 3000 }, (_, n) => `ACT_CAL.${n}x=1`).join('&')],
  ['parts in brackets', 'ACT_CAL[1][from]=2026-09&ACT_CAL[1][to]=2026-09&ACT_CAL[1][state]=Z'],
  ['beginnings alone', HUNDRED.map((n) => `ACT_CAL.${n}.from=2026-13`).join('&')],
  ['an answer to another wave', 'SAT_GLOB=99&OPEN_IMP=%00'],
  ['an answer out of reach', 'JOB_SEARCH=99'],
  ['an answer to another page', 'ACT_NOW=99&JOB_TIME=99&BIRTH_Y=1'],
  ['something to read', 'SUPPORT=1'],
]

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
  ['/s/next', 404],
  ['/s/next.ics/', 404],
  ['/s/0', 303],
  ['/s/9', 303],
  ['/s/999', 303],
]

const CLEARED = [
  '',
  '.',
  '%00',
  '%E0%A4%A',
  '__proto__',
  'constructor.toString',
  'ACT_NOW',
  'ACT_CAL',
  'NO_SUCH',
  'act_now',
  'LIFE_SAT.OPEN_IMP.SAT_GLOB',
  '%3Cscript%3Ealert(1)%3C%2Fscript%3E',
  '%22%3E%3Cimg+src%3Dx+onerror%3Dalert(1)%3E',
  '%0D%0ASet-Cookie%3A+x%3D1',
  'x'.repeat(8000),
  'ACT_NOW.'.repeat(1000),
  'JOB_SEARCH%00',
]

/** The messages a refusal may give, in one language. */
const messagesIn = (language: Language): RegExp[] =>
  Object.entries(language === 'fr' ? fr : en).flatMap(([key, words]) =>
    key.startsWith('problem.')
      ? [new RegExp(`^${words.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '.+')}$`)]
      : [],
  )
const titlesIn = (language: Language): string[] => {
  const t = wordsIn(language)
  return [t('error.refused.title'), t('error.notFound.title'), t('other.title'), t('unknown.title')]
}
const LANGUAGES = ['fr', 'en'] as const
const SEED = 20261124

/** What a page may hold that could do harm elsewhere: the one script is our own. */
const OWN_SCRIPT = /<script type="module" src="\/assets\/periods-[0-9a-f]{12}\.js"><\/script>/

/** A refusal is a whole page in the language, says why, and holds nothing of what was sent as markup. */
function expectRefusal(html: string, status: number, language: Language, told: string | undefined): void {
  expect(languageOf(html)).toBe(language)
  if (status === 422) {
    expect(toldAbout(html)).toContain(told)
    const messages = [...html.matchAll(/<p class="error" id="\w+-error">([^<]*)<\/p>/g)].map(([, text]) =>
      readText(text!),
    )
    for (const message of messages) expect(messagesIn(language).filter((known) => known.test(message))).toHaveLength(1)
  } else expect(titlesIn(language)).toContain(titleOf(html))
  expect(html.replace(OWN_SCRIPT, '')).not.toMatch(/<script|<img|<svg(?!%)/)
}

/** Somebody in each wave and language, an employee, with nothing else answered. */
type Somebody = { volunteer: Volunteer; browser: Browser; ref: string }
async function begin(service: TestService, wave: Wave, langue: Language): Promise<Somebody> {
  const volunteer = await invite(service, { wave, now: { w1: IN_W1, w2: IN_W2, w3: IN_W3 }[wave], langue })
  const browser = await volunteer.open({ 'Accept-Language': langue })
  await browser.fill(await pageOf(browser, 1), { ACT_NOW: '1' })
  return { volunteer, browser, ref: formOf(await pageOf(browser, 1)).fields[0]![1] }
}

onEachEngineWithService((service) => {
  describe('to the questionnaire', () => {
    const people = new Map<string, Somebody>()
    const one = (wave: Wave, language: Language) => people.get(wave + language)!
    let before: Awaited<ReturnType<typeof dump>>

    beforeAll(async () => {
      for (const language of LANGUAGES)
        for (const wave of ['w1', 'w2', 'w3'] as const)
          people.set(wave + language, await begin(service(), wave, language))
      before = await dump(service().db)
    })

    test('a hostile form is one that would have been stored but for its fault', async () => {
      const w2 = await begin(service(), 'w2', 'en')
      for (const [page, text] of [
        [1, 'ACT_NOW=1'],
        [2, `${WHOLE}&MOB_SINCE=1`],
        [3, 'JOB_TIME=1&JOB_LINK=1&JOB_PLACE=SN'],
        [5, 'LIFE_SAT=0'],
        [6, 'BIRTH_Y=2000'],
      ] as const) {
        const { address = '', body, headers } = form(page, text)(w2.ref)
        expect((await w2.browser.post(address, body, headers)).status).toBe(303)
      }
      const multipart = parts(`${part('ACT_NOW', '2')}${END}`)(w2.ref)
      expect((await w2.browser.post('/s/1', multipart.body, multipart.headers)).status).toBe(303)
      const { answers } = await w2.volunteer.stored()
      expect(answers).toMatchObject({ ACT_NOW: 2, MOB_SINCE: [1], JOB_PLACE: 'SN', LIFE_SAT: 0, BIRTH_Y: 2000 })
      expect(wrongIn(service().bank.instruments.get('w2')!, answers!)).toEqual([])
      before = await dump(service().db)
    })

    test('the judge of what is stored finds what is wrong', () => {
      const instrument = service().bank.instruments.get('w2')!
      const month = (month: string, state: string | number, source = 'reported') => ({ month, state, source })
      const wrong: Record<string, unknown>[] = [
        { ACT_NOW: 12 },
        { ACT_NOW: '1' },
        { ACT_NOW: -3 },
        { ACT_NOW: 1, JOB_SEARCH: 1 },
        { ACT_NOW: 1, JOB_PLACE: 'sn' },
        { ACT_NOW: 1, JOB_CONTRACT: -1 },
        { ACT_NOW: 1, JOB_TIME: -2 },
        { BIRTH_Y: 1929 },
        { LIFE_SAT: 11 },
        { MOB_SINCE: [] },
        { MOB_SINCE: [1, 6] },
        { MOB_SINCE: [1, 1] },
        { SUPPORT: 1 },
        { SAT_GLOB: 1 },
        { ACT_CAL: [] },
        { ACT_CAL: [month('2026-09', -4)] },
        { ACT_CAL: [month('2026-13', 'E')] },
        { ACT_CAL: [month('2026-09', 'Z')] },
        { ACT_CAL: [month('2026-09', 'E', 'carried')] },
        { ACT_CAL: [month('2026-09', 'E'), month('2026-11', -4)] },
        { ACT_CAL: [month('2026-09', 'E'), month('2026-09', 'E')] },
        { ACT_CAL: [month('2026-08', 'E')] },
      ]
      for (const answers of wrong)
        expect([answers, wrongIn(instrument, answers as Answers).length > 0]).toEqual([answers, true])
      expect(
        wrongIn(instrument, { ACT_NOW: 1, JOB_CONTRACT: -2, JOB_SEARCH: -1, BIRTH_Y: -3, MOB_SINCE: [1, 2] }),
      ).toEqual([])
    })

    test.each(TABLE)(
      '$name is refused, in the language of the page, and stores nothing',
      async ({ wave, status, told, sent }) => {
        for (const language of LANGUAGES) {
          const { volunteer, browser, ref } = one(wave, language)
          const stored = await volunteer.stored()
          const { address = '/s/1', body, headers } = sent(ref)
          const response = await browser.post(`${address}?lang=${language}`, body, headers)
          const html = await response.text()
          expect(response.status).toBe(status)
          expectRefusal(html, status, language, told)
          expect(await volunteer.stored()).toEqual(stored)
        }
      },
    )

    test('after all that, nothing whatever has changed in the database, and nothing has failed', async () => {
      expect(await dump(service().db)).toEqual(before)
      expect(service().logLines.filter((line) => line.includes('a request failed'))).toEqual([])
      expect(TABLE.length).toBeGreaterThan(400)
    })

    test.each(ADDRESSES)('what is sent to %s stores nothing', async (address, status) => {
      const { browser, ref } = one('w1', 'en')
      const response = await browser.post(address, `ref=${ref}&ACT_NOW=2`, { 'Content-Type': FORM })
      expect(response.status).toBe(status)
      expect((await browser.get(address)).status).toBe(status)
      expect(await dump(service().db)).toEqual(before)
    })

    test('an address with its digit percent-encoded is the page itself', async () => {
      const { browser } = one('w1', 'en')
      expect(await pageOf(browser, 1)).toBe(await (await browser.get('/s/%31')).text())
    })

    test('whatever an address says has been cleared, the page tells only what is out of reach', async () => {
      for (const language of LANGUAGES) {
        const { browser } = one('w2', language)
        const plain = await pageOf(browser, 2)
        for (const cleared of CLEARED)
          expect([cleared, await pageOf(browser, 2, `?cleared=${cleared}`)]).toEqual([cleared, plain])
        const told = await pageOf(browser, 2, '?cleared=JOB_SEARCH.%3Cb%3E.ACT_NOW.JOB_SEARCH')
        expect(told.match(/<section class="notice" role="status">.*?<\/section>/)?.[0].match(/<li>/g)).toHaveLength(1)
        expect(told).not.toContain('<b>')
      }
    })

    test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])('%s is no way to reach a page', async (method) => {
      if (method === 'TRACE') return expect(() => new Request('http://localhost/s/1', { method })).toThrow(TypeError)
      const { volunteer, browser } = one('w1', 'en')
      const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
      const response = await volunteer.app.request('/s/1', { method, headers: { Cookie: cookie } })
      expect(response.status).toBe(404)
      expect(await dump(service().db)).toEqual(before)
    })

    test('a refusal speaks the language of the page the form stood on, whatever the browser asks for', async () => {
      const { volunteer, ref } = one('w1', 'en')
      const french = await volunteer.open({ 'Accept-Language': 'fr' })
      for (const [status, text, headers] of [
        [422, `ref=${ref}&ACT_NOW=99`, { 'Content-Type': FORM }],
        [409, 'ref=x', { 'Content-Type': FORM }],
        [400, 'broken', { 'Content-Type': MULTIPART }],
      ] as const) {
        const response = await french.post('/s/1?lang=en', text, headers)
        expect([response.status, languageOf(await response.text())]).toEqual([status, 'en'])
      }
    })

    test.each(IGNORED)('%s says nothing, and is ignored', async (_, text) => {
      const { volunteer, browser, ref } = await begin(service(), 'w2', 'en')
      const { address = '', body, headers } = form(2, text)(ref)
      const response = await browser.post(address, body, headers)
      expect([response.status, response.headers.get('location')]).toEqual([303, '/s/3?lang=en'])
      const blank = { ACT_NOW: 1, ACT_CAL: -4, EDU_RESUME: -4, MOB_SINCE: -4, JOB_SEARCH: -1 }
      expect((await volunteer.stored()).answers).toEqual(blank)
    })

    test('asking for more where there is nothing more of shows the page again', async () => {
      for (const [page, text] of [
        [1, 'ACT_NOW=99'],
        [2, `${WHOLE}&${row('2026-09', '2026-09', 'S', 99)}`],
        [2, HUNDRED.map((n) => row('', '2026-13', 'Z', n)).join('&')],
        [3, 'JOB_PLACE=%3Cscript%3E'],
      ] as const) {
        const { volunteer, browser, ref } = one('w2', 'en')
        const stored = await volunteer.stored()
        const { address = '', body, headers } = form(page, `${text}&go=more`)(ref)
        const response = await browser.post(address, body, headers)
        const html = await response.text()
        expect([response.status, toldAbout(html), html.match(/<fieldset class="period">/g)?.length ?? 0]).toEqual([
          200,
          [],
          page === 2 ? 6 : 0,
        ])
        expect(html.replace(OWN_SCRIPT, '')).not.toContain('<script')
        expect(await volunteer.stored()).toEqual(stored)
      }
    })
  })

  /** A text that looks like an address or a number is doubted once. */
  const SEEN = 'OPEN_IMP:personal details'
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
    const plain = await pageOf(browser, 8)
    expect((await browser.fill(plain, { OPEN_IMP: text, seen: SEEN })).status).toBe(303)
    expect((await volunteer.stored()).answers).toMatchObject({ OPEN_IMP: text })
    const html = await pageOf(browser, 8)
    expect(formOf(html).fields).toContainEqual(['OPEN_IMP', text])
    expect(html.match(/<\w+/g)).toEqual(plain.match(/<\w+/g))
  })

  test('a text sent by a browser has its lines ended as they were typed, and no blanks around it', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    await browser.fill(await pageOf(browser, 8), { OPEN_IMP: ' \r\nune\r\n\r\ndeux\n ' })
    expect((await volunteer.stored()).answers).toMatchObject({ OPEN_IMP: 'une\n\ndeux' })
  })

  test('any text that is accepted comes back from the database as it was sent', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    const html = await pageOf(browser, 8)
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: character, minLength: 1, maxLength: 60 }), async (text) => {
        const { status } = await browser.fill(html, { OPEN_IMP: text, seen: SEEN })
        const stored = (await volunteer.stored()).answers?.OPEN_IMP
        if (text.includes('\u0000')) expect(status).toBe(422)
        else expect([status, stored]).toEqual([303, text.trim().replace(/\r\n?/g, '\n') || MISSING.leftBlank])
      }),
      { numRuns: 100, seed: SEED },
    )
  })

  test('no form, whatever stands in it, fails the service or stores an answer its item does not have', {
    timeout: 120_000,
  }, async () => {
    const people = new Map<string, Somebody>()
    await fc.assert(
      fc.asyncProperty(anyForm(service().bank.instruments), async ({ wave, page, language, fields, multipart }) => {
        const key = wave + language
        const { volunteer, browser, ref } = people.get(key) ?? (await begin(service(), wave, language))
        people.set(key, { volunteer, browser, ref })
        const body = multipart ? new FormData() : new URLSearchParams()
        for (const [name, value] of [['ref', ref], ...fields] as const) body.append(name, value)
        const response = await browser.post(`/s/${page}?lang=${language}`, body)
        const html = await response.text()
        expect([200, 303, 422]).toContain(response.status)
        if (response.status !== 303) {
          expect(LANGUAGES).toContain(languageOf(html))
          expect(html.replace(OWN_SCRIPT, '')).not.toMatch(/<script/)
          expect(toldAbout(html).length > 0).toBe(response.status === 422)
        }
        const { answers, submitted_on } = await volunteer.stored()
        expect(wrongIn(service().bank.instruments.get(wave)!, answers ?? {})).toEqual([])
        if (submitted_on) people.delete(key)
      }),
      { numRuns: 1000, seed: SEED },
    )
    expect(service().logLines.filter((line) => line.includes('a request failed'))).toEqual([])
  })

  test('no bytes, whatever they are, fail the service', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
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
      { numRuns: 150, seed: SEED },
    )
    expect((await volunteer.stored()).receipt).toBe(null)
  })
})

/** Any character there is. (The unit “binary” of fast-check is the same, and takes it a second to prepare.) */
const character = fc
  .oneof(fc.nat({ max: 0x7f }), fc.nat({ max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code))

type AnyForm = {
  wave: Wave
  page: number
  language: Language
  fields: [name: string, value: string][]
  multipart: boolean
}

const PARTS = [
  'declined',
  'unknown',
  '1.from',
  '1.to',
  '1.state',
  '2.from',
  '2.to',
  '2.state',
  '99.to',
  '01.state',
  'day',
  '__proto__',
]

/** Forms that are nearly right: the fields of a page with good, odd and impossible values, and fields of other pages. */
function anyForm(instruments: ReadonlyMap<string, Instrument>): fc.Arbitrary<AnyForm> {
  const odd = [
    'declined',
    'unknown',
    '',
    '-1',
    '-3',
    '-4',
    '12',
    '1e400',
    '0x1',
    ' 1 ',
    'null',
    'sn',
    '1929',
    '2026-13',
    '0000-01',
  ]
  const good = ['SN', 'FR', '2000', '1940', '2026-09', '2026-12', '2027-02', '2027-08', 'E', 'S', 'me@example.org']
  const value = fc.oneof(
    { arbitrary: fc.integer({ min: 0, max: 11 }).map(String), weight: 5 },
    { arbitrary: fc.constantFrom(...good), weight: 4 },
    { arbitrary: fc.constantFrom(...odd), weight: 2 },
    fc.integer().map(String),
    fc.double().map(String),
    fc.string({ unit: character, maxLength: 40 }),
    fc.string({ unit: 'grapheme', minLength: 400, maxLength: 700 }),
  )
  /** Periods that may agree, contradict each other, or be none. */
  const month = fc.constantFrom('', '2026-09', '2026-11', '2027-02', '2027-08', '2026-08', '2026-13')
  const period = fc
    .tuple(fc.constantFrom('0', '1', '2', '3', '99', '100'), month, month, fc.constantFrom('', 'E', 'S', 'U', 'Z'))
    .map(([number, from, to, state]): [string, string][] =>
      Object.entries({ from, to, state }).map(([name, text]) => [`ACT_CAL.${number}.${name}`, text]),
    )
  const button = fc.constantFrom('next', 'next', 'next', 'back', 'more', 'fr', 'en', 'nowhere')
  return fc.constantFrom<Wave>('w1', 'w2', 'w3').chain((wave) => {
    const { pages } = instruments.get(wave)!
    const everything = pages.flatMap(({ items }) => items.map(({ item }) => item))
    return fc.integer({ min: 1, max: pages.length }).chain((page) => {
      const own = pages[page - 1]!.items.map(({ item }) => item)
      const named = fc.constantFrom(
        ...own,
        ...own.flatMap((item) => PARTS.map((name) => `${item}.${name}`)).slice(0, 3 * own.length),
      )
      const name = fc.oneof(
        fc.constantFrom(...everything.flatMap((item) => [item, ...PARTS.map((one) => `${item}.${one}`)])),
        fc.constantFrom('__proto__', 'constructor', 'go', 'ref', 'lang', 'seen', '', 'ACT_NOW[]', 'act_now'),
        fc.string({ maxLength: 12 }),
      )
      return fc.record({
        wave: fc.constant(wave),
        page: fc.constant(page),
        language: fc.constantFrom(...LANGUAGES),
        fields: fc
          .tuple(
            fc.array(fc.tuple(fc.oneof({ arbitrary: fc.constantFrom(...own), weight: 4 }, named), value), {
              maxLength: 8,
            }),
            fc.array(period, { maxLength: own.includes('ACT_CAL') ? 3 : 0 }),
            fc.array(fc.tuple(name, value), { maxLength: 3 }),
            fc.array(fc.constantFrom(...own.flatMap((item) => [`${item}:gaps`, `${item}:unusual`])), { maxLength: 2 }),
            button,
          )
          .map(([likely, periods, unlikely, seen, go]): [string, string][] => [
            ...likely,
            ...periods.flat(),
            ...unlikely,
            ...seen.map((one): [string, string] => ['seen', one]),
            ['go', go],
          ]),
        multipart: fc.boolean(),
      })
    })
  })
}
