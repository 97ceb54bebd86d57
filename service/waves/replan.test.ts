// Checks what moves when dates or a plan change, and what stays because it has been sent; must not know stored cases.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type FieldPeriod, isEmpty } from './dates.ts'
import { addCounts, type CaseChange, countChanges, type ExistingCase, NO_CHANGES, replan } from './replan.ts'

const day = (monthDay: string) => Temporal.PlainDate.from(`2027-${monthDay}`)
const periodOf = (opens: string, closes: string): FieldPeriod => ({ opensOn: day(opens), closesOn: day(closes) })

/** Cases, each as its wave, first day, end, whether it is fixed or at another hour than the plan’s, and its own later end. */
const casesOf = (...cases: string[]): ExistingCase[] =>
  cases.map((text) => {
    const [wave, opens, closes, ...more] = text.split(' ') as [string, string, string, ...string[]]
    const end = more.find((word) => /^[\d-]+$/.test(word))
    return {
      wave,
      ...periodOf(opens, closes),
      fixed: more.includes('fixed'),
      onTheHour: !more.includes('off-hour'),
      extendedTo: end === undefined ? null : Temporal.PlainDate.from(end.length > 5 ? end : `2027-${end}`),
    }
  })
const wantedOf = (...periods: string[]) =>
  new Map(casesOf(...periods).map(({ wave, opensOn, closesOn }) => [wave, { opensOn, closesOn }]))

const sayPeriod = (period: FieldPeriod) =>
  isEmpty(period) ? 'never' : `${String(period.opensOn).slice(5)} ${String(period.closesOn).slice(5)}`

function sayChange(change: CaseChange): string {
  switch (change.do) {
    case 'create':
      return `${change.wave} created ${sayPeriod(change.to)}`
    case 'move':
      return `${change.wave} moved from ${sayPeriod(change.from)} to ${sayPeriod(change.to)}`
    case 'cancel':
      return `${change.wave} cancelled`
    case 'keep': {
      const { wave, instead } = change
      if (instead === undefined) return `${wave} kept`
      return `${wave} kept, instead of ${instead ? sayPeriod(instead) : 'being cancelled'}`
    }
  }
}

type Row = {
  what: string
  has: string[]
  wanted: string[]
  becomes: string[]
  moved?: number
  cancelled?: number
  created?: number
  alreadySent?: number
}

test.each<Row>([
  { what: 'nothing of nothing', has: [], wanted: [], becomes: [] },
  {
    what: 'somebody new has a case a wave',
    has: [],
    wanted: ['w1 03-01 04-12', 'w2 08-02 09-27'],
    becomes: ['w1 created 03-01 04-12', 'w2 created 08-02 09-27'],
    created: 2,
  },
  {
    what: 'waves that would be open at once are merged from the start',
    has: [],
    wanted: ['w1 03-01 04-12', 'w2 04-01 05-27', 'w3 04-01 05-27'],
    becomes: ['w1 created 03-01 04-01', 'w2 created never', 'w3 created 04-01 05-27'],
    created: 3,
  },
  {
    what: 'the same dates change nothing',
    has: ['w1 03-01 04-12', 'w2 08-02 09-27'],
    wanted: ['w1 03-01 04-12', 'w2 08-02 09-27'],
    becomes: ['w1 kept', 'w2 kept'],
  },
  {
    what: 'other dates move what has not been sent',
    has: ['w1 03-01 04-12', 'w2 08-02 09-27'],
    wanted: ['w1 03-08 04-19', 'w2 08-02 09-27'],
    becomes: ['w1 moved from 03-01 04-12 to 03-08 04-19', 'w2 kept'],
    moved: 1,
  },
  {
    what: 'a longer period moves only its end',
    has: ['w1 03-01 04-12'],
    wanted: ['w1 03-01 04-26'],
    becomes: ['w1 moved from 03-01 04-12 to 03-01 04-26'],
    moved: 1,
  },
  {
    what: 'another hour, or another time zone, moves too',
    has: ['w1 03-01 04-12 off-hour'],
    wanted: ['w1 03-01 04-12'],
    becomes: ['w1 moved from 03-01 04-12 to 03-01 04-12'],
    moved: 1,
  },
  {
    what: 'what has been sent is never dated again',
    has: ['w1 03-01 04-12 fixed', 'w2 08-02 09-27'],
    wanted: ['w1 03-08 04-19', 'w2 08-09 10-04'],
    becomes: ['w1 kept, instead of 03-08 04-19', 'w2 moved from 08-02 09-27 to 08-09 10-04'],
    moved: 1,
    alreadySent: 1,
  },
  {
    what: 'what has been sent and would stay anyway is not counted',
    has: ['w1 03-01 04-12 fixed'],
    wanted: ['w1 03-01 04-12'],
    becomes: ['w1 kept'],
  },
  {
    what: 'a wave that the plan has lost goes',
    has: ['w1 03-01 04-12', 'w2 08-02 09-27'],
    wanted: ['w2 08-02 09-27'],
    becomes: ['w1 cancelled', 'w2 kept'],
    cancelled: 1,
  },
  {
    what: 'a wave that the plan has lost stays for whoever has been written to',
    has: ['w1 03-01 04-12 fixed'],
    wanted: [],
    becomes: ['w1 kept, instead of being cancelled'],
    alreadySent: 1,
  },
  {
    what: 'a wave that the plan has gained comes',
    has: ['w1 03-01 04-12'],
    wanted: ['w1 03-01 04-12', 'w2 08-02 09-27'],
    becomes: ['w1 kept', 'w2 created 08-02 09-27'],
    created: 1,
  },
  {
    what: 'what has been sent closes earlier when the next opens before its end',
    has: ['w1 03-01 04-12 fixed', 'w2 08-02 09-27'],
    wanted: ['w1 03-01 04-12', 'w2 04-01 05-27'],
    becomes: ['w1 moved from 03-01 04-12 to 03-01 04-01', 'w2 moved from 08-02 09-27 to 04-01 05-27'],
    moved: 2,
  },
  {
    what: 'and does not open for longer again when the next goes away',
    has: ['w1 03-01 04-01 fixed', 'w2 04-01 05-27'],
    wanted: ['w1 03-01 04-12', 'w2 08-02 09-27'],
    becomes: ['w1 kept, instead of 03-01 04-12', 'w2 moved from 04-01 05-27 to 08-02 09-27'],
    moved: 1,
    alreadySent: 1,
  },
  {
    what: 'waves the plan itself merges are as planned, sent or not',
    has: ['w1 03-01 04-01 fixed', 'w2 04-01 05-27'],
    wanted: ['w1 03-01 04-12', 'w2 04-01 05-27'],
    becomes: ['w1 kept', 'w2 kept'],
  },
  {
    what: 'a wave that opens within one that has been sent closes it',
    has: ['w2 03-15 05-10 fixed', 'w1 06-01 07-13'],
    wanted: ['w2 03-15 05-10', 'w1 04-01 05-13'],
    becomes: ['w2 moved from 03-15 05-10 to 03-15 04-01', 'w1 moved from 06-01 07-13 to 04-01 05-13'],
    moved: 2,
  },
  {
    what: 'a wave is merged into one that has been sent and opened after it',
    has: ['w1 03-01 04-12', 'w2 03-15 05-10 fixed'],
    wanted: ['w1 03-15 04-26', 'w2 09-01 10-27'],
    becomes: ['w1 moved from 03-01 04-12 to never', 'w2 kept, instead of 09-01 10-27'],
    moved: 1,
    alreadySent: 1,
  },
  {
    what: 'a merged wave stays merged',
    has: ['w1 04-01 04-01', 'w2 04-01 05-27'],
    wanted: ['w1 04-01 05-13', 'w2 04-01 05-27'],
    becomes: ['w1 kept', 'w2 kept'],
  },
  {
    what: 'a merged wave opens after all when the next goes away',
    has: ['w1 04-01 04-01', 'w2 04-01 05-27'],
    wanted: ['w1 04-01 05-13', 'w2 08-02 09-27'],
    becomes: ['w1 moved from never to 04-01 05-13', 'w2 moved from 04-01 05-27 to 08-02 09-27'],
    moved: 2,
  },
  {
    what: 'what was given a later end gets it',
    has: ['w1 03-01 04-12 05-10', 'w2 08-02 09-27'],
    wanted: ['w1 03-01 04-12', 'w2 08-02 09-27'],
    becomes: ['w1 moved from 03-01 04-12 to 03-01 05-10', 'w2 kept'],
    moved: 1,
  },
  {
    what: 'whether it has been sent or not',
    has: ['w1 03-01 04-12 fixed 05-10'],
    wanted: ['w1 03-01 04-12'],
    becomes: ['w1 moved from 03-01 04-12 to 03-01 05-10'],
    moved: 1,
  },
  {
    what: 'and keeps it when it is planned again, by the same dates',
    has: ['w1 03-01 05-10 05-10', 'w2 08-02 09-27 fixed 11-01', 'w3 12-01 12-20 fixed'],
    wanted: ['w1 03-01 04-12', 'w2 08-02 09-27', 'w3 12-01 12-20'],
    becomes: ['w1 kept', 'w2 moved from 08-02 09-27 to 08-02 11-01', 'w3 kept'],
    moved: 1,
  },
  {
    what: 'or by others',
    has: ['w1 03-01 05-10 05-10', 'w2 08-02 11-01 fixed 11-01'],
    wanted: ['w1 03-08 04-19', 'w2 08-02 10-04'],
    becomes: ['w1 moved from 03-01 05-10 to 03-08 05-10', 'w2 kept'],
    moved: 1,
  },
  {
    what: 'a plan that ends later still is followed',
    has: ['w1 03-01 05-10 05-10'],
    wanted: ['w1 03-01 06-01'],
    becomes: ['w1 moved from 03-01 05-10 to 03-01 06-01'],
    moved: 1,
  },
  {
    what: 'a later end never reaches into the next wave',
    has: ['w1 03-01 04-12 fixed 05-10', 'w2 05-03 06-27'],
    wanted: ['w1 03-01 04-12', 'w2 05-03 06-27'],
    becomes: ['w1 moved from 03-01 04-12 to 03-01 05-03', 'w2 kept'],
    moved: 1,
  },
  {
    what: 'and is there again when the next wave goes away',
    has: ['w1 03-01 05-03 fixed 05-10', 'w2 05-03 06-27'],
    wanted: ['w1 03-01 04-12', 'w2 08-02 09-27'],
    becomes: ['w1 moved from 03-01 05-03 to 03-01 05-10', 'w2 moved from 05-03 06-27 to 08-02 09-27'],
    moved: 2,
  },
  {
    what: 'no period is longer than a year, however early its opening has become',
    has: ['w1 06-01 07-13 2028-05-31'],
    wanted: ['w1 03-01 04-12'],
    becomes: ['w1 moved from 06-01 07-13 to 03-01 02-29'],
    moved: 1,
  },
  {
    what: 'a wave that was merged is not opened by a later end',
    has: ['w1 04-01 04-01 05-10', 'w2 04-01 05-27'],
    wanted: ['w1 04-01 05-13', 'w2 04-01 05-27'],
    becomes: ['w1 kept', 'w2 kept'],
  },
  {
    what: 'nor is one that was merged for good',
    has: ['w1 04-01 04-01 fixed 05-10'],
    wanted: ['w1 04-01 05-13'],
    becomes: ['w1 kept, instead of 04-01 05-13'],
    alreadySent: 1,
  },
  {
    what: 'all at once',
    has: ['w1 03-01 04-12 fixed', 'w2 08-02 09-27', 'w3 11-01 12-27'],
    wanted: ['w1 03-08 04-19', 'w2 08-09 10-04', 'w4 12-01 12-30'],
    becomes: [
      'w1 kept, instead of 03-08 04-19',
      'w2 moved from 08-02 09-27 to 08-09 10-04',
      'w3 cancelled',
      'w4 created 12-01 12-30',
    ],
    moved: 1,
    cancelled: 1,
    created: 1,
    alreadySent: 1,
  },
])('$what', ({ has, wanted, becomes, what: _, ...counts }) => {
  const changes = replan(casesOf(...has), wantedOf(...wanted))
  expect(changes.map(sayChange)).toEqual(becomes)
  expect(countChanges(changes)).toEqual({ ...NO_CHANGES, ...counts })
})

test('counts of several members add up', () => {
  const counts = { moved: 1, cancelled: 2, created: 3, alreadySent: 4 }
  expect(addCounts(addCounts(NO_CHANGES, counts), counts)).toEqual({
    moved: 2,
    cancelled: 4,
    created: 6,
    alreadySent: 8,
  })
})

describe('whatever happens to dates and plans, and whoever has been written to meanwhile,', () => {
  const wanted = fc.uniqueArray(
    fc.record({
      wave: fc.constantFrom('w0', 'w1', 'w2', 'w3', 'w4', 'w5'),
      from: fc.integer({ min: 0, max: 300 }),
      length: fc.integer({ min: 1, max: 90 }),
    }),
    { selector: ({ wave }) => wave, maxLength: 6 },
  )
  const fixing = fc.subarray(['w0', 'w1', 'w2', 'w3', 'w4', 'w5'])
  const extending = fc.dictionary(
    fc.constantFrom('w0', 'w1', 'w2', 'w3', 'w4', 'w5'),
    fc.integer({ min: 1, max: 400 }).map((days) => day('01-01').add({ days })),
  )
  const rounds = fc.array(fc.record({ wanted, fixing, extending, offHour: fc.boolean() }), {
    minLength: 1,
    maxLength: 6,
  })

  const toPeriods = (some: { wave: string; from: number; length: number }[]) =>
    new Map(
      some.map(({ wave, from, length }) => {
        const opensOn = day('01-01').add({ days: from })
        return [wave, { opensOn, closesOn: opensOn.add({ days: length }) }]
      }),
    )

  const apply = (existing: readonly ExistingCase[], changes: readonly CaseChange[]): ExistingCase[] =>
    changes.flatMap((change) => {
      const before = existing.find(({ wave }) => wave === change.wave)
      if (change.do === 'cancel') return []
      if (change.do === 'keep') return before!
      const { fixed, extendedTo } = before ?? { fixed: false, extendedTo: null }
      return { wave: change.wave, ...change.to, fixed, onTheHour: true, extendedTo }
    })

  /** The cases a member has after each round, and what led there. */
  function live(given: typeof rounds extends fc.Arbitrary<infer Rounds> ? Rounds : never) {
    let existing: ExistingCase[] = []
    return given.map(({ wanted, fixing, extending, offHour }) => {
      const before = existing
      const periods = toPeriods(wanted)
      const changes = replan(before, periods)
      const after = apply(before, changes)
      existing = after.map((one) => ({
        ...one,
        fixed: one.fixed || (fixing.includes(one.wave) && !isEmpty(one)),
        onTheHour: !offHour,
        extendedTo: extending[one.wave] ?? one.extendedTo,
      }))
      return { before, periods, changes, after }
    })
  }

  test('planning again by the same dates changes nothing', () => {
    const property = fc.property(rounds, (given) => {
      for (const { periods, after } of live(given)) {
        const again = replan(after, periods)
        expect(again.filter((change) => change.do !== 'keep')).toEqual([])
        expect(apply(after, again)).toEqual(after)
      }
    })
    fc.assert(property, { numRuns: 1000 })
  })

  test('nobody has two waves open on one day', () => {
    const property = fc.property(rounds, (given) => {
      for (const { after } of live(given)) {
        const days = after.flatMap(({ opensOn, closesOn }) =>
          Array.from({ length: Math.max(0, opensOn.until(closesOn).days) }, (_, index) =>
            String(opensOn.add({ days: index })),
          ),
        )
        expect(new Set(days).size).toBe(days.length)
      }
    })
    fc.assert(property, { numRuns: 1000 })
  })

  const later = (a: Temporal.PlainDate, b: Temporal.PlainDate | null | undefined): string =>
    b && String(a) < String(b) ? String(b) : String(a)

  test('what has been sent opens when it did and ends no later than somebody said, and the rest is where the plan has it', () => {
    const property = fc.property(rounds, (given) => {
      for (const { before, periods, after } of live(given)) {
        for (const { wave, opensOn, closesOn, extendedTo } of before.filter(({ fixed }) => fixed)) {
          const kept = after.find((one) => one.wave === wave)!
          expect(String(kept.opensOn)).toBe(String(opensOn))
          expect(String(kept.closesOn) <= later(closesOn, extendedTo)).toBe(true)
        }
        for (const { wave, opensOn, closesOn, extendedTo } of after.filter(({ fixed }) => !fixed)) {
          expect(String(opensOn)).toBe(String(periods.get(wave)!.opensOn))
          expect(String(closesOn) <= later(periods.get(wave)!.closesOn, extendedTo)).toBe(true)
        }
        const expected = new Set([...periods.keys(), ...before.filter(({ fixed }) => fixed).map(({ wave }) => wave)])
        expect(new Set(after.map(({ wave }) => wave))).toEqual(expected)
      }
    })
    fc.assert(property, { numRuns: 1000 })
  })

  test('a later end that somebody gave holds until the next wave opens, for a year at most', () => {
    const property = fc.property(rounds, (given) => {
      for (const { before, after } of live(given)) {
        for (const { wave, extendedTo } of before) {
          const one = after.find((other) => other.wave === wave)
          if (!one || !extendedTo || isEmpty(one)) continue
          const ends = [extendedTo, one.opensOn.add({ days: 365 })].map(String)
          const next = after.map(({ opensOn }) => String(opensOn)).filter((opensOn) => opensOn > String(one.opensOn))
          expect(String(one.closesOn) >= [...ends, ...next].toSorted()[0]!).toBe(true)
        }
      }
    })
    fc.assert(property, { numRuns: 1000 })
  })
})
