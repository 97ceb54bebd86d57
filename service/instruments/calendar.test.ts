// Checks the monthly calendar by named examples worked out by hand; must not know people, forms or waves' dates.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CalendarMonth,
  mergeCalendars,
  monthsBetween,
  monthsToAsk,
  type Period,
  readPeriods,
  spellsOf,
  spellsSince,
} from './calendar.ts'

const date = (text: string) => Temporal.PlainDate.from(text)

/** Months from the first on, a sign each: a state, or `-` for a month nobody said anything about. */
const path = (first: string, signs: string, source: CalendarMonth['source'] = 'reported'): CalendarMonth[] =>
  [...signs].map((sign, place) => ({
    month: Temporal.PlainYearMonth.from(first).add({ months: place }).toString(),
    state: sign === '-' ? -4 : sign,
    source,
  }))

/** Months as `path` writes them, all in a row. */
const signs = (months: readonly CalendarMonth[]): string =>
  months.map(({ state }) => (state === -4 ? '-' : state)).join('')

const period = (from: string, to: string, state: string): Period => ({ from, to, state })

describe('the months between', () => {
  test.each<[string, string, string, string[]]>([
    ['a month and itself', '2027-03', '2027-03', ['2027-03']],
    ['a year end', '2026-11', '2027-02', ['2026-11', '2026-12', '2027-01', '2027-02']],
    ['a leap February', '2028-01', '2028-03', ['2028-01', '2028-02', '2028-03']],
    ['a month and the one before it', '2027-03', '2027-02', []],
    ['a month and one of the year before', '2027-03', '2026-03', []],
  ])('%s', (_, from, to, months) => {
    expect(monthsBetween(from, to)).toEqual(months)
  })
})

describe('the months asked', () => {
  test.each<[string, { anchor: string; today: string; earlier?: CalendarMonth[] }, string[]]>([
    ['a month after the return', { anchor: '2026-09-15', today: '2026-10-15' }, ['2026-09']],
    ['over a year end', { anchor: '2026-11-02', today: '2027-02-10' }, ['2026-11', '2026-12', '2027-01']],
    ['from a return on the 31st', { anchor: '2027-01-31', today: '2027-03-01' }, ['2027-01', '2027-02']],
    ['from the last day of a leap February', { anchor: '2028-02-29', today: '2028-03-31' }, ['2028-02']],
    ['on the first day of a month', { anchor: '2027-01-01', today: '2027-03-01' }, ['2027-01', '2027-02']],
    ['on the last day of a month', { anchor: '2027-01-01', today: '2027-02-28' }, ['2027-01']],
    ['with a return in the current month, none yet', { anchor: '2027-03-01', today: '2027-03-31' }, []],
    ['with a return in the future, none yet', { anchor: '2027-09-30', today: '2027-03-05' }, []],
    ['with a return in January of the next year, none yet', { anchor: '2028-01-10', today: '2027-01-05' }, []],
    [
      'after an earlier wave: its last month again, then what is new',
      { anchor: '2027-01-20', today: '2027-06-10', earlier: path('2027-01', 'EEU') },
      ['2027-03', '2027-04', '2027-05'],
    ],
    [
      'after an earlier wave with blanks: these too, before and after the seam',
      { anchor: '2027-01-20', today: '2027-06-10', earlier: path('2027-01', 'E-U-') },
      ['2027-02', '2027-03', '2027-04', '2027-05'],
    ],
    [
      'after an earlier wave that was all blank: everything',
      { anchor: '2027-01-20', today: '2027-04-10', earlier: path('2027-01', '--') },
      ['2027-01', '2027-02', '2027-03'],
    ],
    [
      'with everything said already: the seam alone',
      { anchor: '2027-01-20', today: '2027-04-10', earlier: path('2027-01', 'EEU') },
      ['2027-03'],
    ],
    [
      'after the return moved earlier: the months before it was thought to be, and the seam',
      { anchor: '2026-12-10', today: '2027-06-10', earlier: path('2027-02', 'EEU') },
      ['2026-12', '2027-01', '2027-04', '2027-05'],
    ],
    [
      'after the return moved later: nothing before it',
      { anchor: '2027-02-10', today: '2027-06-10', earlier: path('2026-12', 'VVEE') },
      ['2027-03', '2027-04', '2027-05'],
    ],
    [
      'after the mission was extended beyond all that was said: from the new return, and no seam',
      { anchor: '2027-04-30', today: '2027-07-10', earlier: path('2026-12', 'EEE') },
      ['2027-04', '2027-05', '2027-06'],
    ],
    [
      'after the mission was extended into the current month: none, whatever was said before',
      { anchor: '2027-04-30', today: '2027-04-30', earlier: path('2026-12', 'EEEE') },
      [],
    ],
  ])('%s', (_, { anchor, today, earlier = [] }, months) => {
    expect(monthsToAsk(earlier, { anchor: date(anchor), today: date(today) })).toEqual(months)
  })

  const FIVE_YEARS = monthsBetween('2022-03', '2027-02')

  test.each<[string, string, CalendarMonth[], string[]]>([
    ['of sixty months are all asked', '2022-03-31', [], FIVE_YEARS],
    ['of more are the last sixty', '2022-02-01', [], FIVE_YEARS],
    ['of ten years are the last sixty', '2017-01-01', [], FIVE_YEARS],
    ['of more have no seam from before them', '2017-01-01', path('2017-01', 'EEE'), FIVE_YEARS],
    ['of more leave out what was said within them', '2017-01-01', path('2022-01', 'EEEEE'), FIVE_YEARS.slice(2)],
  ])('%s', (_, anchor, earlier, months) => {
    expect(monthsToAsk(earlier, { anchor: date(anchor), today: date('2027-03-10') })).toEqual(months)
  })
})

describe('periods', () => {
  const asked = monthsBetween('2026-11', '2027-02')
  const [nov, dec, jan, feb] = asked as [string, string, string, string]

  test.each<[string, Period[], string, string[]]>([
    ['one period over a year end', [period(nov, feb, 'E')], 'EEEE', []],
    ['one month each', [period(nov, nov, 'E'), period(dec, dec, 'S'), period(jan, feb, 'U')], 'ESUU', []],
    ['in any order', [period(jan, feb, 'U'), period(nov, dec, 'E')], 'EEUU', []],
    ['the same situation twice over a month, which agree', [period(nov, jan, 'E'), period(dec, feb, 'E')], 'EEEE', []],
    ['the same period twice', [period(nov, feb, 'E'), period(nov, feb, 'E')], 'EEEE', []],
    ['a gap in the middle', [period(nov, nov, 'E'), period(feb, feb, 'E')], 'E--E', [dec, jan]],
    ['a gap at the beginning', [period(jan, feb, 'E')], '--EE', [nov, dec]],
    ['a gap at the end', [period(nov, jan, 'E')], 'EEE-', [feb]],
    ['none at all', [], '----', asked],
  ])('%s', (_, periods, states, gaps) => {
    expect(readPeriods(periods, asked, undefined)).toEqual({ ok: true, months: path(nov, states), gaps })
  })

  test.each<[string, Period[], string, string[]]>([
    ['two situations in one month', [period(nov, dec, 'E'), period(dec, feb, 'U')], 'overlap', [dec]],
    ['two situations in several months', [period(nov, feb, 'E'), period(dec, jan, 'U')], 'overlap', [dec, jan]],
    ['three situations in one month', ['E', 'S', 'U'].map((state) => period(jan, jan, state)), 'overlap', [jan]],
    ['an end before the beginning', [period(jan, nov, 'E')], 'ends before it begins', [jan, nov]],
    ['a beginning and no more', [period(nov, '', '')], 'incomplete period', []],
    ['no beginning', [period('', feb, 'E')], 'incomplete period', []],
    ['no situation', [period(nov, feb, '')], 'incomplete period', []],
    ['a month after those asked', [period(nov, '2027-03', 'E')], 'unknown month', []],
    ['a month before those asked', [period('2026-10', feb, 'E')], 'unknown month', []],
    ['what is no month', [period('2026-13', feb, 'E')], 'unknown month', []],
    ['the first thing wrong', [period(jan, nov, 'E'), period(nov, '', 'E')], 'ends before it begins', [jan, nov]],
  ])('with %s are refused, and say why', (_, periods, because, months) => {
    expect(readPeriods(periods, asked, undefined)).toEqual({ ok: false, because, months })
  })

  test('reach over months that are not asked again, and say nothing about these', () => {
    const again = ['2026-12', '2027-03', '2027-04']
    expect(readPeriods([period('2026-12', '2027-04', 'E')], again, undefined)).toEqual({
      ok: true,
      months: again.map((month) => ({ month, state: 'E', source: 'reported' })),
      gaps: [],
    })
    expect(readPeriods([period('2026-12', '2027-01', 'E')], again, undefined)).toMatchObject({
      ok: false,
      because: 'unknown month',
    })
  })

  test.each<[string, Period[], CalendarMonth[], string[]]>([
    ['left as it was is carried', [period(nov, feb, 'E')], [...path(nov, 'E', 'carried'), ...path(dec, 'EEE')], []],
    [
      'changed is corrected',
      [period(nov, nov, 'U'), period(dec, feb, 'E')],
      [...path(nov, 'U', 'corrected'), ...path(dec, 'EEE')],
      [],
    ],
    ['left blank is a gap like others', [period(dec, feb, 'E')], [...path(nov, '-'), ...path(dec, 'EEE')], [nov]],
  ])('a month said in an earlier wave and %s', (_, periods, months, gaps) => {
    expect(readPeriods(periods, asked, { month: nov, state: 'E' })).toEqual({ ok: true, months, gaps })
  })

  test('whatever they say, there is one entry a month asked, in order, or a problem', () => {
    const month = fc.integer({ min: 0, max: 30 }).map((n) => monthsBetween('2026-06', '2029-06')[n]!)
    const anyPeriod = fc.record({
      from: fc.oneof({ weight: 8, arbitrary: month }, fc.constant(''), fc.string({ maxLength: 7 })),
      to: fc.oneof({ weight: 8, arbitrary: month }, fc.constant(''), fc.string({ maxLength: 7 })),
      state: fc.oneof({ weight: 20, arbitrary: fc.constantFrom('E', 'S') }, fc.constant('')),
    })
    /** As somebody may fill it in who takes care: months in order, among those asked. */
    const careful = (asked: readonly string[]) =>
      fc.tuple(fc.nat(asked.length - 1), fc.nat(asked.length - 1), fc.constantFrom('E', 'S')).map(([a, b, state]) => ({
        from: asked[Math.min(a, b)]!,
        to: asked[Math.max(a, b)]!,
        state,
      }))
    const anyAsked = fc.uniqueArray(month, { minLength: 1, maxLength: 20 }).map((months) => months.toSorted())
    const anyForm = anyAsked.chain((asked) =>
      fc.record({
        asked: fc.constant(asked),
        periods: fc.oneof(fc.array(anyPeriod, { maxLength: 4 }), fc.array(careful(asked), { maxLength: 4 })),
        carried: fc.option(fc.record({ month: fc.constantFrom(...asked), state: fc.constantFrom('E', 'S') }), {
          nil: undefined,
        }),
      }),
    )
    const seen = { ok: 0, not: 0 }
    const property = fc.property(anyForm, ({ asked, periods, carried }) => {
      const read = readPeriods(periods, asked, carried)
      seen[read.ok ? 'ok' : 'not']++
      if (!read.ok) {
        expect(read.because).toMatch(/^(incomplete period|ends before it begins|unknown month|overlap)$/)
        return
      }
      expect(read.months.map(({ month }) => month)).toEqual(asked)
      expect(read.gaps).toEqual(read.months.flatMap(({ month, state }) => (state === -4 ? [month] : [])))
      for (const { month, state, source } of read.months) {
        const saying = periods.filter(({ from, to }) => from <= month && month <= to)
        expect(new Set(saying.map(({ state }) => state))).toEqual(new Set(state === -4 ? [] : [state]))
        expect(source === 'reported').toBe(month !== carried?.month || state === -4)
      }
    })
    fc.assert(property, { numRuns: 2000 })
    expect(Math.min(seen.ok, seen.not)).toBeGreaterThan(200)
  })
})

describe('the calendars of several waves make one', () => {
  test.each<[string, CalendarMonth[][], CalendarMonth[]]>([
    ['of none, nothing', [], []],
    ['of one, that one', [path('2027-01', 'EE-')], path('2027-01', 'EE-')],
    [
      'with a seam left as it was',
      [path('2027-01', 'EE'), [...path('2027-02', 'E', 'carried'), ...path('2027-03', 'U')]],
      path('2027-01', 'EEU'),
    ],
    [
      'with a seam corrected',
      [path('2027-01', 'EE'), [...path('2027-02', 'S', 'corrected'), ...path('2027-03', 'U')]],
      [...path('2027-01', 'E'), ...path('2027-02', 'S', 'corrected'), ...path('2027-03', 'U')],
    ],
    [
      'with a seam left blank, which says nothing',
      [path('2027-01', 'EE'), [...path('2027-02', '-', 'corrected'), ...path('2027-03', 'U')]],
      path('2027-01', 'EEU'),
    ],
    [
      'where what was said first stands, though it is said otherwise later',
      [path('2027-01', 'EE'), path('2027-01', 'SSS')],
      path('2027-01', 'EES'),
    ],
    ['where a blank is filled in later', [path('2027-01', 'E-E'), path('2027-02', 'S')], path('2027-01', 'ESE')],
    ['where a blank stays blank', [path('2027-01', 'E-'), path('2027-02', '-')], path('2027-01', 'E-')],
    [
      'of three waves',
      [
        path('2027-01', 'EE'),
        [...path('2027-02', 'E', 'carried'), ...path('2027-03', 'UU-S')],
        [...path('2027-05', 'U'), ...path('2027-06', 'E', 'corrected'), ...path('2027-07', 'EE')],
      ],
      [...path('2027-01', 'EEUUU'), ...path('2027-06', 'E', 'corrected'), ...path('2027-07', 'EE')],
    ],
    [
      'where the last correction of two stands',
      [path('2027-01', 'E'), path('2027-01', 'S', 'corrected'), path('2027-01', 'U', 'corrected')],
      path('2027-01', 'U', 'corrected'),
    ],
    [
      'where a correction stands that was then left as it was',
      [path('2027-01', 'E'), path('2027-01', 'S', 'corrected'), path('2027-01', 'S', 'carried')],
      path('2027-01', 'S', 'corrected'),
    ],
    [
      'in their order, though an earlier return adds months before',
      [path('2027-02', 'EE'), [...path('2026-12', 'VS'), ...path('2027-03', 'E', 'carried'), ...path('2027-04', 'E')]],
      path('2026-12', 'VSEEE'),
    ],
  ])('%s', (_, waves, merged) => {
    expect(mergeCalendars(waves)).toEqual(merged)
  })

  test('and the waves are left as they were', () => {
    const waves = [path('2027-01', 'E'), path('2027-01', 'S', 'corrected')]
    mergeCalendars(waves)
    expect(waves).toEqual([path('2027-01', 'E'), path('2027-01', 'S', 'corrected')])
  })
})

describe('spells', () => {
  test.each<[string, CalendarMonth[], Period[]]>([
    ['of nothing', [], []],
    ['of one month', path('2027-01', 'E'), [period('2027-01', '2027-01', 'E')]],
    ['over a year end', path('2026-11', 'EEE'), [period('2026-11', '2027-01', 'E')]],
    ['over a leap February', path('2028-01', 'EEE'), [period('2028-01', '2028-03', 'E')]],
    [
      'that follow each other',
      path('2027-01', 'EESU'),
      [period('2027-01', '2027-02', 'E'), period('2027-03', '2027-03', 'S'), period('2027-04', '2027-04', 'U')],
    ],
    [
      'that come back',
      path('2027-01', 'ESE'),
      [period('2027-01', '2027-01', 'E'), period('2027-02', '2027-02', 'S'), period('2027-03', '2027-03', 'E')],
    ],
    [
      'that a blank month parts',
      path('2027-01', 'E-E'),
      [period('2027-01', '2027-01', 'E'), period('2027-03', '2027-03', 'E')],
    ],
    [
      'that a month never asked parts',
      [...path('2027-01', 'E'), ...path('2027-03', 'E')],
      [period('2027-01', '2027-01', 'E'), period('2027-03', '2027-03', 'E')],
    ],
    ['of blanks', path('2027-01', '--'), []],
    [
      'whatever their months come from',
      [...path('2027-01', 'E'), ...path('2027-02', 'E', 'corrected'), ...path('2027-03', 'E', 'carried')],
      [period('2027-01', '2027-03', 'E')],
    ],
  ])('%s', (_, months, spells) => {
    const before = structuredClone(months)
    expect(spellsOf(months)).toEqual(spells)
    expect(months).toEqual(before)
  })

  test('say again which months are in which state, and no others', () => {
    const anyPath = fc
      .array(fc.constantFrom('E', 'S', '-'), { maxLength: 30 })
      .map((states) => path('2026-06', states.join('')))
    const property = fc.property(anyPath, (months) => {
      const again = spellsOf(months).flatMap(({ from, to, state }) =>
        monthsBetween(from, to).map((month) => `${month} ${state}`),
      )
      expect(again).toEqual(months.flatMap(({ month, state }) => (state === -4 ? [] : [`${month} ${state}`])))
    })
    fc.assert(property, { numRuns: 500 })
  })

  test.each<[string, string, CalendarMonth[], { from: number; to: number; state: string }[]]>([
    [
      'months to the first job, return in month 0',
      '2026-09-15',
      path('2026-09', 'UUUEEE'),
      [
        { from: 0, to: 2, state: 'U' },
        { from: 3, to: 5, state: 'E' },
      ],
    ],
    [
      'over a year and more, in months',
      '2026-01-31',
      path('2026-01', 'SSSSSSSSSSSSSSE'),
      [
        { from: 0, to: 13, state: 'S' },
        { from: 14, to: 14, state: 'E' },
      ],
    ],
    [
      'a return that moved later cuts off what came before',
      '2026-11-02',
      path('2026-09', 'VVVEE'),
      [
        { from: 0, to: 0, state: 'V' },
        { from: 1, to: 2, state: 'E' },
      ],
    ],
    ['a return after everything leaves nothing', '2027-06-01', path('2026-09', 'VVV'), []],
    [
      'a return that moved earlier and was not asked about yet leaves its months out',
      '2026-07-15',
      path('2026-09', 'UE'),
      [
        { from: 2, to: 2, state: 'U' },
        { from: 3, to: 3, state: 'E' },
      ],
    ],
    [
      'a blank month is no transition, and parts two spells',
      '2026-09-15',
      path('2026-09', 'E-EU'),
      [
        { from: 0, to: 0, state: 'E' },
        { from: 2, to: 2, state: 'E' },
        { from: 3, to: 3, state: 'U' },
      ],
    ],
  ])('since the return: %s', (_, anchor, months, spells) => {
    expect(spellsSince(date(anchor), months)).toEqual(spells)
  })

  test('since the return, out of three waves: what was corrected counts, once', () => {
    const merged = mergeCalendars([
      path('2026-09', 'UU'),
      [...path('2026-10', 'E', 'corrected'), ...path('2026-11', 'EE')],
      [...path('2026-12', 'E', 'carried'), ...path('2027-01', 'SS')],
    ])
    expect(signs(merged)).toBe('UEEESS')
    expect(spellsSince(date('2026-09-15'), merged)).toEqual([
      { from: 0, to: 0, state: 'U' },
      { from: 1, to: 3, state: 'E' },
      { from: 4, to: 5, state: 'S' },
    ])
  })
})
