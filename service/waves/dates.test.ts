// Checks the calendar of field periods, day by day and zone by zone; must not know mails or members.
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import {
  type Anchors,
  type FieldPeriod,
  fieldPeriod,
  fieldPeriods,
  isEmpty,
  lastInvitation,
  localInstant,
  mergePeriods,
  nextMailDay,
  nextOpenDay,
  startOfDay,
} from './dates.ts'
import type { LateEnrolment, Wave } from './plan.ts'

const day = Temporal.PlainDate.from
const time = Temporal.PlainTime.from

const everyDay = { openingDays: [1, 2, 3, 4, 5, 6, 7], blackouts: [] }
const standard = {
  openingDays: [1, 2, 3, 4],
  blackouts: [
    { from: '12-20', to: '01-05' },
    { from: '07-25', to: '08-25' },
  ],
}

const waveAfterReturn = (opens: string, days = 42): Wave => ({
  wave: 'w1',
  name: { fr: 'Retour', en: 'Return' },
  instrument: 'w1',
  anchor: 'return',
  opens: Temporal.Duration.from(opens),
  closes: { after: 'opening', days },
  expectedResponse: 0.6,
})
const w0: Wave = {
  ...waveAfterReturn('-P30D'),
  wave: 'w0',
  anchor: 'departure',
  closes: { after: 'departure', days: 15 },
}

const returned = (date: Temporal.PlainDate | string): Anchors => ({
  departedOn: day('2020-01-01'),
  plannedReturnOn: day('2021-01-01'),
  returnedOn: day(date),
})
const leaving = (date: string): Anchors => ({ ...returned('2030-01-01'), departedOn: day(date) })

const said = (period: ReturnType<typeof fieldPeriod>) => period && `${period.opensOn} to ${period.closesOn}`

test.each([
  ['2026-01-31', 1, '2026-02-28'],
  ['2026-01-31', 2, '2026-03-31'],
  ['2025-08-31', 6, '2026-02-28'],
  ['2024-02-29', 12, '2025-02-28'],
  ['2024-02-29', 48, '2028-02-29'],
  ['2023-08-31', 6, '2024-02-29'],
])(
  'a return on %s plus %i months is %s, held to the end of a shorter month and never chained',
  (anchor, months, due) => {
    expect(String(fieldPeriod(waveAfterReturn(`P${months}M`), returned(anchor), everyDay)?.opensOn)).toBe(due)
  },
)

test.each([
  ['a Thursday is open', '2026-12-17', '2026-12-17'],
  ['a Friday slides to Monday', '2026-03-06', '2026-03-09'],
  ['a Sunday slides to Monday', '2026-03-08', '2026-03-09'],
  ['the first day of a blackout slides past it', '2026-12-21', '2027-01-06'],
  ['a blackout over New Year holds in January too', '2027-01-04', '2027-01-06'],
  ['the last day of a blackout is closed', '2027-01-05', '2027-01-06'],
  ['the day after a blackout is open', '2027-01-06', '2027-01-06'],
  ['a weekend that runs into a blackout slides past both', '2026-07-24', '2026-08-26'],
  ['a blackout that ends before a weekend slides past both', '2028-08-25', '2028-08-28'],
])('%s: %s opens on %s', (_, wanted, opens) => {
  expect(String(nextOpenDay(day(wanted), standard))).toBe(opens)
})

test.each([
  ['a Sunday is as good as any day', '2026-03-08', '2026-03-08'],
  ['New Year is slid over', '2027-12-20', '2028-01-06'],
  ['the summer is slid over', '2026-07-25', '2026-08-26'],
  ['the day after a blackout will do, though a Saturday', '2028-08-25', '2028-08-26'],
])('what asks again needs no opening day: %s: %s is sent on %s', (_, wanted, sent) => {
  expect(String(nextMailDay(day(wanted), standard))).toBe(sent)
})

test('a leap day is inside a blackout that spans it', () => {
  const rules = { ...everyDay, blackouts: [{ from: '02-28', to: '03-01' }] }
  expect(String(nextOpenDay(day('2024-02-29'), rules))).toBe('2024-03-02')
})

test('a plan that never opens is refused rather than searched for ever', () => {
  const rules = { ...everyDay, blackouts: [{ from: '01-01', to: '12-31' }] }
  expect(() => nextOpenDay(day('2026-01-01'), rules)).toThrow('no day of the year open')
})

test.each([
  ['nothing slides', '2027-05-12', '2027-04-12 to 2027-05-27'],
  ['the opening slides over a weekend', '2026-08-10', '2026-07-13 to 2026-08-25'],
  ['the opening slides over New Year', '2027-01-20', '2027-01-06 to 2027-02-04'],
  ['the opening slides over the summer', '2026-08-30', '2026-08-26 to 2026-09-14'],
])('the wave before departure closes 15 days after it, even when %s', (_, departure, period) => {
  expect(said(fieldPeriod(w0, leaving(departure), standard))).toBe(period)
})

test.each([
  ['after its end', '09-30', null],
  ['on its last day', '08-30', null],
  ['on the day before', '08-29', '2026-08-29 to 2026-08-30'],
])('a fixed end is never moved: with an opening that slides %s (blackout to %s), the period is %s', (_, to, period) => {
  const rules = {
    ...everyDay,
    blackouts: [{ from: '07-01', to: String(day(`2026-${to}`).subtract({ days: 1 })).slice(5) }],
  }
  expect(said(fieldPeriod(w0, leaving('2026-08-15'), rules))).toBe(period)
})

test('the planned return counts until the effective one is known, then the effective one counts', () => {
  const planned = { departedOn: day('2026-01-10'), plannedReturnOn: day('2027-01-12'), returnedOn: null }
  const wave = waveAfterReturn('P1M')
  expect(said(fieldPeriod(wave, planned, everyDay))).toBe('2027-02-12 to 2027-03-26')
  const cameBackEarly = { ...planned, returnedOn: day('2026-06-30') }
  expect(said(fieldPeriod(wave, cameBackEarly, everyDay))).toBe('2026-07-30 to 2026-09-10')
})

test.each([
  ['Europe/Paris', '2027-03-28', '02:30', '2027-03-28T01:30:00Z', 'does not exist and becomes 03:30'],
  ['Europe/Paris', '2026-10-25', '02:30', '2026-10-25T00:30:00Z', 'exists twice and is the first'],
  ['Europe/Paris', '2027-10-31', '02:30', '2027-10-31T00:30:00Z', 'exists twice and is the first'],
  ['Europe/Paris', '2027-03-28', '10:00', '2027-03-28T08:00:00Z', 'is plain on the day clocks change'],
  ['Africa/Casablanca', '2025-06-02', '10:00', '2025-06-02T09:00:00Z', 'is plain outside Ramadan'],
  ['Africa/Casablanca', '2025-03-10', '10:00', '2025-03-10T10:00:00Z', 'is plain in Ramadan'],
  ['Africa/Casablanca', '2025-02-23', '02:30', '2025-02-23T01:30:00Z', 'exists twice and is the first'],
  ['Africa/Casablanca', '2025-04-06', '02:30', '2025-04-06T02:30:00Z', 'does not exist and becomes 03:30'],
  ['Asia/Kathmandu', '2027-03-01', '10:00', '2027-03-01T04:15:00Z', 'is off by a quarter of an hour'],
  ['Pacific/Apia', '2027-03-01', '10:00', '2027-02-28T21:00:00Z', 'is the day before in UTC'],
  ['Pacific/Apia', '2011-12-30', '10:00', '2011-12-30T20:00:00Z', 'falls on a day that was left out and is the next'],
])('in %s, %s at %s is %s: it %s', (timeZone, date, at, instant) => {
  expect(String(localInstant(day(date), time(at), timeZone))).toBe(instant)
})

test.each([
  ['Europe/Paris', '2027-03-01', '2027-02-28T23:00:00Z'],
  ['Asia/Kathmandu', '2027-03-01', '2027-02-28T18:15:00Z'],
  ['America/Santiago', '2024-09-08', '2024-09-08T04:00:00Z'],
])('in %s, %s begins at %s, even where midnight does not exist', (timeZone, date, instant) => {
  expect(String(startOfDay(day(date), timeZone))).toBe(instant)
})

describe('two waves are never open at once', () => {
  /** Periods of 2027, each as its wave, first day and end. */
  const periodsOf = (...periods: string[]) =>
    new Map(
      periods.map((period) => {
        const [wave, opens, closes] = period.split(' ') as [string, string, string]
        return [wave, { opensOn: day(`2027-${opens}`), closesOn: day(`2027-${closes}`) }]
      }),
    )
  const sayPeriods = (periods: ReadonlyMap<string, FieldPeriod>) =>
    [...periods].map(([wave, period]) =>
      isEmpty(period)
        ? `${wave} never`
        : `${wave} ${String(period.opensOn).slice(5)} ${String(period.closesOn).slice(5)}`,
    )

  test.each<[string, string[], string[]]>([
    ['nothing', [], []],
    ['apart', ['w1 03-01 04-12', 'w2 08-01 09-26'], ['w1 03-01 04-12', 'w2 08-01 09-26']],
    ['one ends as the other opens', ['w1 03-01 04-12', 'w2 04-12 06-07'], ['w1 03-01 04-12', 'w2 04-12 06-07']],
    [
      'the older closes when the next opens',
      ['w1 03-01 04-12', 'w2 04-01 05-27'],
      ['w1 03-01 04-01', 'w2 04-01 05-27'],
    ],
    ['whatever they are called', ['w2 03-01 04-12', 'w1 04-01 05-27'], ['w2 03-01 04-01', 'w1 04-01 05-27']],
    ['in whatever order they come', ['w2 04-01 05-27', 'w1 03-01 04-12'], ['w2 04-01 05-27', 'w1 03-01 04-01']],
    [
      'the next lies within: the older does not open again',
      ['w1 03-01 04-12', 'w2 03-10 03-20'],
      ['w1 03-01 03-10', 'w2 03-10 03-20'],
    ],
    [
      'opened the same day: the first of the plan is merged',
      ['w1 03-01 04-12', 'w2 03-01 04-26'],
      ['w1 never', 'w2 03-01 04-26'],
    ],
    [
      'three in a row',
      ['w1 03-01 04-12', 'w2 03-20 05-15', 'w3 04-01 05-27'],
      ['w1 03-01 03-20', 'w2 03-20 04-01', 'w3 04-01 05-27'],
    ],
    [
      'three, two of which open the same day',
      ['w1 03-01 04-12', 'w2 03-20 05-15', 'w3 03-20 05-15'],
      ['w1 03-01 03-20', 'w2 never', 'w3 03-20 05-15'],
    ],
    [
      'three that open the same day',
      ['w1 03-01 04-12', 'w2 03-01 04-26', 'w3 03-01 04-26'],
      ['w1 never', 'w2 never', 'w3 03-01 04-26'],
    ],
    ['one merged before closes nothing', ['w1 03-01 04-12', 'w2 03-10 03-10'], ['w1 03-01 04-12', 'w2 never']],
  ])('%s: of %j, %j is left', (_, given, left) => {
    expect(sayPeriods(mergePeriods(periodsOf(...given)))).toEqual(left)
  })

  test('however many overlap, no day is in two of them, none opens on another day, and none closes later', () => {
    const somePeriods = fc.array(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 120 })), {
      maxLength: 7,
    })
    const property = fc.property(somePeriods, (given) => {
      const start = day('2027-01-01')
      const periods = new Map(
        given.map(([from, length], index) => {
          const opensOn = start.add({ days: from })
          return [`w${index}`, { opensOn, closesOn: opensOn.add({ days: length }) }]
        }),
      )
      const merged = mergePeriods(periods)
      expect([...merged.keys()]).toEqual([...periods.keys()])
      const days = [...merged.values()].flatMap(({ opensOn, closesOn }) =>
        Array.from({ length: opensOn.until(closesOn).days }, (_, index) => String(opensOn.add({ days: index }))),
      )
      expect(new Set(days).size).toBe(days.length)
      for (const [wave, { opensOn, closesOn }] of merged) {
        expect(opensOn.equals(periods.get(wave)!.opensOn)).toBe(true)
        expect(String(closesOn) <= String(periods.get(wave)!.closesOn)).toBe(true)
      }
      expect(mergePeriods(merged)).toEqual(merged)
    })
    fc.assert(property, { numRuns: 1000 })
  })
})

test.each([
  ['an even number of days', 0.5, '2027-04-12', '2027-03-22'],
  ['an odd number, counted to the end of the middle day', 0.5, '2027-03-08', '2027-03-05'],
  ['a single day', 0.5, '2027-03-02', '2027-03-02'],
  ['a tenth', 0.1, '2027-04-12', '2027-03-06'],
  ['all of it', 1, '2027-04-12', '2027-04-12'],
])(
  'it becomes too late to invite when the plan’s share of the field period is over: %s',
  (_, invitation, closes, late) => {
    const period = { opensOn: day('2027-03-01'), closesOn: day(closes) }
    expect(String(lastInvitation({ invitation, enrolled: 'none' }, period))).toBe(late)
  },
)

describe('somebody registered after their waves have begun', () => {
  const waves = [w0, waveAfterReturn('P1M'), { ...waveAfterReturn('P6M', 56), wave: 'w2' }]
  const anchors: Anchors = {
    departedOn: day('2025-03-01'),
    plannedReturnOn: day('2026-04-01'),
    returnedOn: day('2026-03-01'),
  }
  const periodsFor = (enrolledOn: string, enrolled: LateEnrolment) => {
    const plan = { ...standard, waves, late: { invitation: 0.5, enrolled } }
    return Object.fromEntries(
      [...fieldPeriods(plan, anchors, day(enrolledOn))].map(([wave, period]) => [wave, said(period)]),
    )
  }
  const AS_PLANNED = {
    w0: '2025-01-30 to 2025-03-16',
    w1: '2026-04-01 to 2026-05-13',
    w2: '2026-09-01 to 2026-10-27',
  }

  test.each([
    ['before departure, invited at once', '2025-02-10', {}],
    ['when only the one before departure is missed, whose end is fixed', '2026-03-20', {}],
    ['in the last days somebody can be invited', '2026-04-21', {}],
    ['the day after', '2026-04-22', { w1: '2026-04-22 to 2026-06-03' }],
    ['on a Friday', '2026-04-24', { w1: '2026-04-27 to 2026-06-08' }],
    ['long after the end', '2026-07-01', { w1: '2026-07-01 to 2026-08-12' }],
    ['in a blackout', '2026-07-28', { w1: '2026-08-26 to 2026-10-07' }],
    ['on the day the next opens: that one is asked', '2026-09-01', {}],
    ['when two are missed: the latest is asked', '2026-09-29', { w2: '2026-09-29 to 2026-11-24' }],
    ['years later', '2029-01-10', { w2: '2029-01-10 to 2029-03-07' }],
  ])('by the plan “latest missed wave”, %s (%s)', (_, enrolledOn, other) => {
    expect(periodsFor(enrolledOn, 'latest missed wave')).toEqual({ ...AS_PLANNED, ...other })
  })

  test.each(['next due wave', 'none'] as const)('by the plan “%s”, has the dates everybody has', (enrolled) => {
    for (const enrolledOn of ['2025-02-10', '2026-04-22', '2026-07-01', '2029-01-10'])
      expect(periodsFor(enrolledOn, enrolled)).toEqual(AS_PLANNED)
  })

  test('is asked the missed one only until the next opens', () => {
    const plan = { ...standard, waves, late: { invitation: 0.5, enrolled: 'latest missed wave' as const } }
    const merged = mergePeriods(fieldPeriods(plan, anchors, day('2026-08-31')))
    expect([...merged.values()].map(said)).toEqual([AS_PLANNED.w0, '2026-08-31 to 2026-09-01', AS_PLANNED.w2])
  })
})

test('a wave whose fixed end leaves nothing of it is not among the periods', () => {
  const plan = {
    ...everyDay,
    blackouts: [{ from: '07-01', to: '08-29' }],
    waves: [w0, waveAfterReturn('P1M')],
    late: { invitation: 0.5, enrolled: 'next due wave' as const },
  }
  const periods = fieldPeriods(plan, leaving('2026-08-15'), day('2026-01-01'))
  expect([...periods.keys()]).toEqual(['w1'])
})

const anyDay = fc.integer({ min: 0, max: 9 * 365 }).map((days) => day('2024-01-01').add({ days }))
const anyMonths = fc.integer({ min: 0, max: 60 })
const anyRules = fc
  .subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 })
  .chain((openingDays) => fc.constantFrom([], standard.blackouts).map((blackouts) => ({ openingDays, blackouts })))

test('before sliding, the day is the anchor’s own, or the last of a shorter month', () => {
  const property = fc.property(anyDay, anyMonths, (anchor, months) => {
    const { opensOn } = fieldPeriod(waveAfterReturn(`P${months}M`), returned(anchor), everyDay)!
    expect(opensOn.day).toBe(Math.min(anchor.day, opensOn.daysInMonth))
    expect(opensOn.year * 12 + opensOn.month).toBe(anchor.year * 12 + anchor.month + months)
  })
  fc.assert(property, { numRuns: 1000 })
})

test('a later return or a longer delay never opens earlier', () => {
  const property = fc.property(anyDay, anyDay, anyMonths, anyMonths, anyRules, (a, b, m, n, rules) => {
    const opens = (anchor: Temporal.PlainDate, months: number) =>
      String(fieldPeriod(waveAfterReturn(`P${months}M`), returned(anchor), rules)!.opensOn)
    const [earlier, later] = [a, b].sort(Temporal.PlainDate.compare) as [Temporal.PlainDate, Temporal.PlainDate]
    expect(opens(earlier, m) <= opens(later, m)).toBe(true)
    expect(opens(a, Math.min(m, n)) <= opens(a, Math.max(m, n))).toBe(true)
  })
  fc.assert(property, { numRuns: 1000 })
})

test('a period keeps its length when it slides, and opens on an opening day only', () => {
  const lengths = fc.integer({ min: 7, max: 365 })
  const property = fc.property(anyDay, anyMonths, lengths, anyRules, (anchor, months, length, rules) => {
    const { opensOn, closesOn } = fieldPeriod(waveAfterReturn(`P${months}M`, length), returned(anchor), rules)!
    expect(opensOn.until(closesOn).days).toBe(length)
    expect(rules.openingDays).toContain(opensOn.dayOfWeek)
  })
  fc.assert(property, { numRuns: 1000 })
})

const machineZone = process.env.TZ
afterEach(() => {
  if (machineZone === undefined) delete process.env.TZ
  else process.env.TZ = machineZone
})

test('dates and instants are the same whatever time zone the process runs in', () => {
  const zones = fc.constantFrom(
    'Europe/Paris',
    'America/Sao_Paulo',
    'Pacific/Apia',
    'Pacific/Auckland',
    'Asia/Kathmandu',
    'Africa/Casablanca',
    'UTC',
  )
  const property = fc.property(anyDay, anyMonths, zones, (anchor, months, zone) => {
    const results = ['Pacific/Kiritimati', 'America/Los_Angeles', 'UTC'].map((processZone) => {
      process.env.TZ = processZone
      expect(new Intl.DateTimeFormat().resolvedOptions().timeZone).toBe(processZone)
      const period = fieldPeriod(waveAfterReturn(`P${months}M`), returned(anchor), standard)!
      return `${said(period)} ${localInstant(period.opensOn, time('10:00'), zone)} ${startOfDay(period.closesOn, zone)}`
    })
    expect(new Set(results).size).toBe(1)
  })
  fc.assert(property, { numRuns: 1000 })
})
