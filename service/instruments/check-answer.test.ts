// Checks what a form may say about an item, and what stands in a form for an answer; must not know people or HTML.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Answer, MISSING } from './answers.ts'
import type { CalendarMonth } from './calendar.ts'
import { checkAnswer, checkPage, type Given, givenFor } from './check-answer.ts'
import type { FittedQuestion } from './fit.ts'
import { asItem, asQuestion, inPeriods, onDay, option, said, states, text } from './testing.ts'

const three = [option(1), option(2), option(3)]
const MONTHS = ['2027-01', '2027-02', '2027-03', '2027-04']

const items = {
  SITUATION: asQuestion({ item: 'SITUATION', type: 'single', options: three, routing: true }),
  PLAIN: asQuestion({ item: 'PLAIN', type: 'single', options: [option(0), option(10)], dontKnow: true }),
  LANGUAGES: asQuestion({
    item: 'LANGUAGES',
    type: 'multiple',
    options: [option(3), option(1), option(8, true), option(9, true)],
  }),
  EASE: asQuestion({ item: 'EASE', type: 'likert', scale: 'EASE5' }),
  SATISFACTION: asQuestion({ item: 'SATISFACTION', type: 'rating', ends: { low: text, high: text } }),
  CHILDREN: asQuestion({ item: 'CHILDREN', type: 'integer', min: 0, max: 20, usual: { min: 1, max: 6 } }),
  BORN: asQuestion({ item: 'BORN', type: 'year', min: 1930, max: 2015, usual: { min: 1955, max: 2011 } }),
  HOURS: asQuestion({ item: 'HOURS', type: 'decimal', min: 0, max: 99.5, decimals: 2, usual: { min: 0.5, max: 60 } }),
  ARRIVED: asQuestion({ item: 'ARRIVED', type: 'date', min: '2024-02-10', max: '2028-12-31' }),
  COMMENT: asQuestion({ item: 'COMMENT', type: 'text', maxLength: 40, dontKnow: true }),
  TOWN: asQuestion({ item: 'TOWN', type: 'text', maxLength: 10, short: true }),
  COUNTRY: asQuestion({ item: 'COUNTRY', type: 'country' }),
  PATH: asQuestion({ item: 'PATH', type: 'calendar', states }, { months: MONTHS }),
}
type Code = keyof typeof items

const carried: CalendarMonth = { month: '2027-01', state: 'E', source: 'reported' }
/** The calendar of somebody who said E for its first month in an earlier wave. */
const AGAIN = asQuestion({ item: 'PATH', type: 'calendar', states }, { months: MONTHS, carried })
const ONE_MONTH = asQuestion({ item: 'PATH', type: 'calendar', states }, { months: ['2027-01'] })

test.each<[Code, Given, Answer]>([
  ['SITUATION', said('2'), 2],
  ['SITUATION', said(' 2 ', ''), 2],
  ['PLAIN', said('0'), 0],
  ['PLAIN', said('10'), 10],
  ['EASE', said('6'), 6],
  ['SATISFACTION', said('0'), 0],
  ['SATISFACTION', said('10'), 10],
  ['LANGUAGES', said('1'), [1]],
  ['LANGUAGES', said('1', '3', '1'), [3, 1]],
  ['LANGUAGES', said('9'), [9]],
  ['CHILDREN', said('1'), 1],
  ['CHILDREN', said(' 6 '), 6],
  ['CHILDREN', said('003'), 3],
  ['BORN', said('1955'), 1955],
  ['BORN', said('2011'), 2011],
  ['HOURS', said('7,5'), 7.5],
  ['HOURS', said('7.25'), 7.25],
  ['HOURS', said('60'), 60],
  ['HOURS', said('0,50'), 0.5],
  ['ARRIVED', onDay('29', '2', '2024'), '2024-02-29'],
  ['ARRIVED', onDay('10', '02', '2024'), '2024-02-10'],
  ['ARRIVED', onDay(' 31 ', '12', '2028'), '2028-12-31'],
  ['COMMENT', said('  merci  '), 'merci'],
  ['COMMENT', said('un\r\ndeux'), 'un\ndeux'],
  ['COMMENT', said('un\rdeux\r\r\ntrois'), 'un\ndeux\n\ntrois'],
  ['COMMENT', said('un', 'deux'), 'un\ndeux'],
  ['COMMENT', said('-3'), '-3'],
  ['COMMENT', said('a'.repeat(40)), 'a'.repeat(40)],
  ['COMMENT', said(`\r\n${'a'.repeat(20)}\r\n${'b'.repeat(19)}`), `${'a'.repeat(20)}\n${'b'.repeat(19)}`],
  ['COMMENT', said('😀 œuvre ４２'), '😀 œuvre ４２'],
  ['TOWN', said('Dakar'), 'Dakar'],
  ['COUNTRY', said('SN'), 'SN'],
  [
    'PATH',
    inPeriods(['2027-01', '2027-03', 'E'], ['2027-04', '2027-04', 'U']),
    [
      { month: '2027-01', state: 'E', source: 'reported' },
      { month: '2027-02', state: 'E', source: 'reported' },
      { month: '2027-03', state: 'E', source: 'reported' },
      { month: '2027-04', state: 'U', source: 'reported' },
    ],
  ],
])('%s takes %j as %j', (code, given, answer) => {
  const checked = checkAnswer(items[code], given)
  expect(checked).toEqual({ ok: true, answer })
  expect(Object.is(checked.ok && checked.answer, -0)).toBe(false)
})

test.each<[Code, Given, string]>([
  ['SITUATION', said('4'), 'unknown option'],
  ['SITUATION', said('01'), 'unknown option'],
  ['SITUATION', said('1.0'), 'unknown option'],
  ['SITUATION', said('-1'), 'unknown option'],
  ['SITUATION', said('１'), 'unknown option'],
  ['SITUATION', said('constructor'), 'unknown option'],
  ['SITUATION', said('1', '2'), 'one only'],
  ['SITUATION', { values: [], parts: { day: ['1'] } }, 'unknown option'],
  ['SITUATION', said(), 'required'],
  ['SITUATION', said('  '), 'required'],
  ['EASE', said('7'), 'unknown option'],
  ['EASE', said('3', '4'), 'one only'],
  ['SATISFACTION', said('11'), 'unknown option'],
  ['SATISFACTION', said('-0'), 'unknown option'],
  ['SATISFACTION', said('7.5'), 'unknown option'],
  ['SATISFACTION', said('7', '8'), 'one only'],
  ['LANGUAGES', said('1', '7'), 'unknown option'],
  ['LANGUAGES', said('7'), 'unknown option'],
  ['LANGUAGES', said('1', '9'), 'exclusive'],
  ['LANGUAGES', said('8', '9'), 'exclusive'],
  ['LANGUAGES', { values: [], parts: { day: ['1'] } }, 'unknown option'],
  ['CHILDREN', said('21'), 'out of range'],
  ['CHILDREN', said('-1'), 'out of range'],
  ['CHILDREN', said('2', '3'), 'one only'],
  ['BORN', said('1929'), 'out of range'],
  ['BORN', said('2016'), 'out of range'],
  ['BORN', said('0000'), 'out of range'],
  ['BORN', said('1e3'), 'not a whole number'],
  ['BORN', said('1990.0'), 'not a whole number'],
  ['BORN', said('0x7d0'), 'not a whole number'],
  ['BORN', said('+1990'), 'not a whole number'],
  ['BORN', said('１９９０'), 'not a whole number'],
  ['BORN', said('19 90'), 'not a whole number'],
  ['BORN', said('99999999999999999999'), 'not a whole number'],
  ['BORN', { values: [], parts: { year: ['1990'] } }, 'not a whole number'],
  ['HOURS', said('99,51'), 'out of range'],
  ['HOURS', said('-0.01'), 'out of range'],
  ['HOURS', said('7,125'), 'not a number'],
  ['HOURS', said('7,'), 'not a number'],
  ['HOURS', said(',5'), 'not a number'],
  ['HOURS', said('1,000.5'), 'not a number'],
  ['HOURS', said('1e1'), 'not a number'],
  ['HOURS', said('NaN'), 'not a number'],
  ['HOURS', said('Infinity'), 'not a number'],
  ['HOURS', said('７'), 'not a number'],
  ['HOURS', said('7', '8'), 'one only'],
  ['ARRIVED', onDay('29', '2', '2025'), 'not a date'],
  ['ARRIVED', onDay('31', '4', '2025'), 'not a date'],
  ['ARRIVED', onDay('0', '4', '2025'), 'not a date'],
  ['ARRIVED', onDay('1', '13', '2025'), 'not a date'],
  ['ARRIVED', onDay('1', '', '2025'), 'not a date'],
  ['ARRIVED', onDay('1', '4', '25'), 'not a date'],
  ['ARRIVED', onDay('１', '4', '2025'), 'not a date'],
  ['ARRIVED', onDay('-1', '4', '2025'), 'not a date'],
  ['ARRIVED', said('2025-04-01'), 'not a date'],
  ['ARRIVED', { values: [], parts: { day: ['1', '2'], month: ['4'], year: ['2025'] } }, 'one only'],
  ['ARRIVED', onDay('9', '2', '2024'), 'outside the period'],
  ['ARRIVED', onDay('1', '1', '2029'), 'outside the period'],
  ['ARRIVED', onDay('1', '1', '0000'), 'outside the period'],
  ['COMMENT', said('a'.repeat(41)), 'too long'],
  ['COMMENT', said('nul\u0000'), 'unreadable'],
  ['COMMENT', said('half \ud83d'), 'unreadable'],
  ['COMMENT', said('half', '\udc00 pair'), 'unreadable'],
  ['COMMENT', { values: [], parts: { day: ['1'] } }, 'unreadable'],
  ['TOWN', said('Dakar\nPlateau'), 'unreadable'],
  ['TOWN', said('Dakar\rPlateau'), 'unreadable'],
  ['TOWN', said('Dakar', 'Thiès'), 'unreadable'],
  ['TOWN', said('Saint-Louis'), 'too long'],
  ['COUNTRY', said('sn'), 'unknown option'],
  ['COUNTRY', said('ZZ'), 'unknown option'],
  ['COUNTRY', said('SN', 'FR'), 'one only'],
  ['PATH', inPeriods(['2027-01', '2027-02', 'X']), 'unknown option'],
  ['PATH', inPeriods(['2027-01', '2027-02', '']), 'incomplete period'],
  ['PATH', inPeriods(['2027-01', '', 'E']), 'incomplete period'],
  ['PATH', inPeriods(['', '2027-02', 'E']), 'incomplete period'],
  ['PATH', inPeriods(['2027-01', '2027-05', 'E']), 'unknown month'],
  ['PATH', inPeriods(['2026-12', '2027-01', 'E']), 'unknown month'],
  ['PATH', inPeriods(['janvier', '2027-01', 'E']), 'unknown month'],
  ['PATH', { values: [], parts: { '1.from': ['2027-01', '2027-02'], '1.to': ['2027-02'] } }, 'one only'],
])('%s refuses %j: %s', (code, given, because) => {
  expect(checkAnswer(items[code], given)).toEqual({ ok: false, because, months: [] })
})

describe('no answer', () => {
  const free = Object.values(items).filter(({ routing }) => !routing)

  test.each(free)('$item may be left blank or declined, and the two are told apart', (item) => {
    for (const nothing of [said(), said(''), said(' ', '\r\n'), { values: [], parts: { '1.from': [''] } }])
      expect(checkAnswer(item, nothing)).toEqual({ ok: true, answer: MISSING.leftBlank })
    expect(checkAnswer(item, { values: [''], declined: true })).toEqual({ ok: true, answer: MISSING.declined })
  })

  test.each(free)('$item is not known only where not knowing is offered', (item) => {
    const answer = item.dontKnow ? MISSING.dontKnow : MISSING.leftBlank
    expect(checkAnswer(item, { values: [], unknown: true })).toEqual({ ok: true, answer })
  })

  test('a routing item must be answered, whatever else is said', () => {
    for (const more of [{}, { declined: true }, { unknown: true }]) {
      expect(checkAnswer(items.SITUATION, { values: [], ...more })).toMatchObject({ ok: false, because: 'required' })
      expect(checkAnswer(items.SITUATION, { values: ['2'], ...more })).toEqual({ ok: true, answer: 2 })
    }
  })

  test.each<[string, FittedQuestion, Given]>([
    ['a choice and declining', items.EASE, { values: ['4'], declined: true }],
    ['a choice nobody offers and declining', items.EASE, { values: ['44'], declined: true }],
    ['a text and not knowing', items.COMMENT, { values: ['merci'], unknown: true }],
    ['declining and not knowing', items.PLAIN, { values: [], declined: true, unknown: true }],
    ['a day and declining', items.ARRIVED, { ...onDay('1', '', ''), declined: true }],
    ['a period and declining', items.PATH, { ...inPeriods(['2027-01', '2027-04', 'E']), declined: true }],
    ['a period changed and declining', AGAIN, { ...inPeriods(['2027-01', '2027-01', 'U']), declined: true }],
    ['a period made longer and declining', AGAIN, { ...inPeriods(['2027-01', '2027-02', 'E']), declined: true }],
  ])('%s contradict each other', (_, item, given) => {
    expect(checkAnswer(item, given)).toEqual({ ok: false, because: 'answered and not', months: [] })
  })

  test.each<[string, FittedQuestion, Given]>([
    ['with the beginning that was shown', items.PATH, inPeriods(['2027-01', '', ''])],
    ['with the month said in an earlier wave', AGAIN, inPeriods(['2027-01', '2027-01', 'E'], ['2027-02', '', ''])],
    ['emptied', AGAIN, inPeriods(['', '', ''])],
    ['of one month, whose beginning and end cannot be changed', ONE_MONTH, inPeriods(['2027-01', '2027-01', ''])],
  ])('a calendar left %s can be declined', (_, item, given) => {
    expect(checkAnswer(item, { ...given, declined: true })).toEqual({ ok: true, answer: MISSING.declined })
  })

  test('a calendar of one month can be left blank', () => {
    expect(checkAnswer(ONE_MONTH, inPeriods(['2027-01', '2027-01', '']))).toEqual({
      ok: true,
      answer: MISSING.leftBlank,
    })
  })
})

describe('an answer that is asked about once', () => {
  test.each<[Code, Given, Answer]>([
    ['CHILDREN', said('0'), 0],
    ['CHILDREN', said('-0'), 0],
    ['CHILDREN', said('7'), 7],
    ['BORN', said('1954'), 1954],
    ['BORN', said('2012'), 2012],
    ['BORN', said('1930'), 1930],
    ['BORN', said('2015'), 2015],
    ['HOURS', said('0,49'), 0.49],
    ['HOURS', said('-0,0'), 0],
    ['HOURS', said('60,01'), 60.01],
    ['HOURS', said('99.5'), 99.5],
  ])('%s of %j is unusual', (code, given, answer) => {
    const checked = checkAnswer(items[code], given)
    expect(checked).toEqual({ ok: true, answer, doubt: 'unusual' })
    expect(Object.is(checked.ok && checked.answer, -0)).toBe(false)
  })

  test.each([
    'ana@example.org',
    'Écrivez à ana.ndiaye@example.org !',
    '06 12 34 56 78',
    '+221 77 123 45 67',
    '0612345678',
    '06.12.34.56.78',
    '77-123-45-67',
  ])('the text “%s” may say who somebody is', (answer) => {
    expect(checkAnswer(items.COMMENT, said(answer))).toEqual({ ok: true, answer, doubt: 'personal details' })
  })

  test.each(['@ bientôt', 'de 2024 à 2026', '3 ou 4 fois', 'a@b', 'le 1234567 est court', '50 % @home, oui.'])(
    'the text “%s” says nothing of the kind',
    (answer) => {
      expect(checkAnswer(items.COMMENT, said(answer))).toEqual({ ok: true, answer })
    },
  )

  test('a text of the longest kind is read in no time, whatever it is made of', () => {
    const COMMENT = asQuestion({ item: 'COMMENT', type: 'text', maxLength: 2000 })
    for (const signs of ['a@', '@', '1 ', '1 .', 'a@b'])
      expect(checkAnswer(COMMENT, said(signs.repeat(2000).slice(0, 2000).trim()))).toMatchObject({ ok: true })
  }, 2_000)

  test('a calendar with gaps names their months, and keeps them blank', () => {
    expect(checkAnswer(items.PATH, inPeriods(['2027-02', '2027-02', 'E'], ['2027-04', '2027-04', 'S']))).toEqual({
      ok: true,
      answer: [
        { month: '2027-01', state: MISSING.leftBlank, source: 'reported' },
        { month: '2027-02', state: 'E', source: 'reported' },
        { month: '2027-03', state: MISSING.leftBlank, source: 'reported' },
        { month: '2027-04', state: 'S', source: 'reported' },
      ],
      doubt: 'gaps',
      months: ['2027-01', '2027-03'],
    })
  })
})

test.each<[string, Given, string, string[]]>([
  [
    'two situations in the same months',
    inPeriods(['2027-01', '2027-03', 'E'], ['2027-02', '2027-04', 'U']),
    'overlap',
    ['2027-02', '2027-03'],
  ],
  [
    'a period that ends before it begins',
    inPeriods(['2027-03', '2027-01', 'E']),
    'ends before it begins',
    ['2027-03', '2027-01'],
  ],
])('a calendar with %s is refused with the months it is about', (_, given, because, months) => {
  expect(checkAnswer(items.PATH, given)).toEqual({ ok: false, because, months })
})

test('a calendar takes a period in every row of a form, and no field that is not one of them', () => {
  const rows = Array.from({ length: 12 }, (_, month) => `2027-${String(month + 1).padStart(2, '0')}`)
  const YEAR = asQuestion({ item: 'PATH', type: 'calendar', states }, { months: rows })
  const given = inPeriods(...rows.map((month, row) => [month, month, row % 2 ? 'E' : 'S'] as const))
  const stray = { '1.since': ['2027-01'], 'x.from': ['2027-01'], '100.state': ['E'], toString: ['E'] }
  const checked = checkAnswer(YEAR, { values: [], parts: { ...given.parts, ...stray } })
  expect(checked).toMatchObject({ ok: true, answer: rows.map((month, row) => ({ month, state: row % 2 ? 'E' : 'S' })) })
  expect(checkAnswer(YEAR, { values: [], parts: stray })).toEqual({ ok: true, answer: MISSING.leftBlank })
})

describe('a page', () => {
  const CONTRACT = asQuestion({
    item: 'CONTRACT',
    type: 'single',
    options: three,
    when: { item: 'SITUATION', in: [1, 3] },
  })
  const SUPPORT = asItem({ item: 'SUPPORT', type: 'info' })
  if (SUPPORT.type !== 'info') throw new Error('SUPPORT is only read')
  const { SITUATION, EASE, BORN, PATH } = items

  test('keeps what passed, names what did not, and asks nothing of what does not apply or is only read', () => {
    const form: Record<string, Given> = {
      SITUATION: said('7'),
      EASE: said('4'),
      CONTRACT: said('nonsense'),
      SUPPORT: said('1'),
      BORN: said('1940'),
      PATH: inPeriods(['2027-01', '2027-03', 'E']),
    }
    const asked: string[] = []
    const checked = checkPage([SITUATION, EASE, CONTRACT, SUPPORT, BORN, PATH], { SITUATION: 2 }, ({ item }) => {
      asked.push(item)
      return form[item]!
    })
    expect(asked).toEqual(['SITUATION', 'EASE', 'BORN', 'PATH'])
    expect(Object.keys(checked.answers)).toEqual(['EASE', 'BORN', 'PATH'])
    expect(checked.problems).toEqual([{ item: SITUATION, because: 'unknown option', months: [] }])
    expect(checked.doubts).toEqual([
      { item: BORN, because: 'unusual', months: [] },
      { item: PATH, because: 'gaps', months: ['2027-04'] },
    ])
  })

  test('asks what applies after the answers before it', () => {
    const checked = checkPage([CONTRACT], { SITUATION: 3 }, () => said('2'))
    expect(checked).toEqual({ answers: { CONTRACT: 2 }, problems: [], doubts: [] })
  })
})

describe('what stands in a form for an answer', () => {
  test.each<[string, FittedQuestion, Answer | undefined, Given]>([
    ['nothing yet', items.PLAIN, undefined, { values: [] }],
    ['a blank', items.PLAIN, MISSING.leftBlank, { values: [] }],
    ['not applicable', items.PLAIN, MISSING.notApplicable, { values: [] }],
    ['declined', items.PLAIN, MISSING.declined, { values: [], declined: true }],
    ['not known', items.PLAIN, MISSING.dontKnow, { values: [], unknown: true }],
    ['an option', items.PLAIN, 0, { values: ['0'] }],
    ['several', items.LANGUAGES, [3, 1], { values: ['3', '1'] }],
    ['a day', items.ARRIVED, '2025-04-01', onDay('01', '04', '2025')],
    [
      'months',
      items.PATH,
      [
        { month: '2027-01', state: 'E', source: 'carried' },
        { month: '2027-02', state: 'E', source: 'reported' },
        { month: '2027-03', state: MISSING.leftBlank, source: 'reported' },
        { month: '2027-04', state: 'E', source: 'reported' },
      ],
      inPeriods(['2027-01', '2027-02', 'E'], ['2027-04', '2027-04', 'E']),
    ],
  ])('%s', (_, item, answer, given) => {
    expect(givenFor(item, answer)).toEqual(given)
  })

  type Case = { item: FittedQuestion; answer: Answer }
  const code = fc.integer({ min: 0, max: 99 })
  const codes = fc.uniqueArray(code, { minLength: 2, maxLength: 8 })
  const paired = (item: object, answers: fc.Arbitrary<Answer>) =>
    answers.map((answer): Case => ({ item: asQuestion({ item: 'ANY', dontKnow: true, ...item }), answer }))

  const choice = codes.chain((codes) =>
    paired({ type: 'single', options: codes.map((one) => option(one)) }, fc.constantFrom(...codes)),
  )
  const several = fc.tuple(codes, fc.array(fc.boolean(), { minLength: 8, maxLength: 8 })).chain(([codes, alone]) => {
    const exclusive = codes.filter((_, place) => alone[place])
    const others = codes.filter((_, place) => !alone[place])
    const answers = [
      ...exclusive.map((one) => fc.constant<number[]>([one])),
      ...(others.length > 0 ? [fc.subarray(others, { minLength: 1 })] : []),
    ]
    const options = codes.map((one, place) => option(one, alone[place]))
    return paired({ type: 'multiple', options }, fc.oneof(...answers))
  })
  const range = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }))
  const whole = (type: string, low: number, high: number) =>
    range(low, high).chain(([a, b]) => {
      const [min, max] = [Math.min(a, b), Math.max(a, b)]
      return paired({ type, min, max }, fc.integer({ min, max }))
    })
  const decimal = fc.tuple(range(0, 999_999), fc.integer({ min: 1, max: 4 })).chain(([[a, b], decimals]) => {
    const [min, max] = [Math.min(a, b), Math.max(a, b)]
    const answers = fc.integer({ min: min * 10 ** decimals, max: max * 10 ** decimals }).map((n) => n / 10 ** decimals)
    return paired({ type: 'decimal', min, max, decimals }, answers)
  })
  const DAY = 86_400_000
  const anyDay = fc.integer({ min: 0, max: 60_000 }).map((days) =>
    Temporal.Instant.fromEpochMilliseconds(days * DAY)
      .toZonedDateTimeISO('UTC')
      .toPlainDate()
      .toString(),
  )
  const isText = (one: string) => one !== '' && one.trim() === one && !/[\0\r]/.test(one) && one.isWellFormed()
  const written = fc.tuple(fc.string({ unit: 'binary', maxLength: 60 }).filter(isText), fc.boolean())
  const textCase = written.chain(([answer, short]) =>
    paired({ type: 'text', maxLength: 120, short: short && !answer.includes('\n') }, fc.constant(answer)),
  )
  const from2026 = (months: number) => Temporal.PlainYearMonth.from('2026-11').add({ months }).toString()
  const anyMonths = fc
    .uniqueArray(fc.integer({ min: 0, max: 70 }), { minLength: 1, maxLength: 30 })
    .map((places) => places.toSorted((a, b) => a - b).map(from2026))
  const calendar = anyMonths.chain((months) =>
    fc
      .tuple(
        fc.array(fc.constantFrom('E', 'S', 'U', MISSING.leftBlank), {
          minLength: months.length,
          maxLength: months.length,
        }),
        fc.option(fc.constantFrom(...months), { nil: undefined }),
      )
      .filter(([said]) => said.some((state) => state !== MISSING.leftBlank))
      .map(([said, seam]): Case => {
        const carried = seam === undefined ? undefined : { month: seam, state: 'E', source: 'reported' as const }
        const sourceOf = (month: string, state: unknown) =>
          month !== seam || state === -4 ? 'reported' : state === 'E' ? 'carried' : 'corrected'
        return {
          item: asQuestion({ item: 'ANY', type: 'calendar', dontKnow: true, states }, { months, carried }),
          answer: months.map((month, place) => ({
            month,
            state: said[place]!,
            source: sourceOf(month, said[place]),
          })),
        }
      }),
  )
  const answered: fc.Arbitrary<Case> = fc.oneof(
    choice,
    several,
    paired({ type: 'likert', scale: 'EASE5' }, fc.integer({ min: 1, max: 6 })),
    paired({ type: 'rating', ends: { low: text, high: text } }, fc.integer({ min: 0, max: 10 })),
    paired({ type: 'country' }, fc.constantFrom('FR', 'SN', 'GF')),
    whole('integer', 0, 999_999_999),
    whole('year', 1900, 2200),
    decimal,
    anyDay.chain((day) => paired({ type: 'date', min: '1970-01-01', max: '2140-01-01' }, fc.constant(day))),
    textCase,
    calendar,
  )
  const anyCase = answered.chain(({ item, answer }) =>
    fc.constantFrom<Case[]>(
      ...[answer, answer, answer, MISSING.leftBlank, MISSING.declined, MISSING.dontKnow].map((answer) => ({
        item,
        answer,
      })),
    ),
  )

  test('gives the same answer back when it is checked again, for every type', () => {
    const types = new Set<string>()
    const property = fc.property(anyCase, ({ item, answer }) => {
      types.add(item.type)
      expect(checkAnswer(item, givenFor(item, answer))).toMatchObject({ ok: true, answer })
    })
    fc.assert(property, { numRuns: 3000 })
    expect(types.size).toBe(new Set(Object.values(items).map(({ type }) => type)).size)
  })

  test('gives the same answer back whatever strange thing was first said', () => {
    const strange = fc.oneof(
      fc.constantFrom('', ' ', '1', '-0', '3', '2025', '10', 'E', 'SN', '2027-01', '2027-03', '1,5', '\r', '\r\n'),
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc
        .array(fc.constantFrom('a', '\r', '\n', ' ', '\u0085', '\u2028'), { maxLength: 8 })
        .map((some) => some.join('')),
    )
    const values = fc.array(strange, { maxLength: 3 })
    const part = fc.constantFrom('day', 'month', 'year', '1.from', '1.to', '1.state', '2.from', '2.to', '2.state')
    const anyGiven = fc.record({
      values,
      parts: fc.dictionary(part, fc.array(strange, { maxLength: 1 })),
      declined: fc.boolean(),
      unknown: fc.boolean(),
    })
    let taken = 0
    const property = fc.property(fc.constantFrom(...Object.values(items), AGAIN), anyGiven, (item, given) => {
      const first = checkAnswer(item, given)
      if (!first.ok) return
      if (typeof first.answer !== 'number' || first.answer >= 0) taken++
      expect(checkAnswer(item, givenFor(item, first.answer))).toEqual(first)
    })
    fc.assert(property, { numRuns: 5000 })
    expect(taken).toBeGreaterThan(50)
  })
})
