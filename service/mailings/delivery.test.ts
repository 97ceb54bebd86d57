// Whether a mailing still may go, and when it is tried again.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isBefore } from '../platform/clock.ts'
import {
  bouncesTooMuch,
  failsInARow,
  isComplainedAbout,
  isStorm,
  type MailKind,
  nextAttempt,
  type Owed,
  restAfter,
  warmUpLimit,
  wasAway,
  whyNot,
} from './delivery.ts'

const DUE = Temporal.Instant.from('2026-10-15T10:00:00Z')
const CLOSES = Temporal.Instant.from('2026-11-26T00:00:00Z')
const LAST_MILLISECOND = CLOSES.subtract({ milliseconds: 1 })

const fine: Owed = {
  kind: 'invitation',
  lateAt: null,
  email: 'v@example.org',
  optedOut: false,
  submitted: false,
  closesAt: CLOSES,
  waveClosed: false,
  configured: true,
}

test.each<[string, Partial<Owed>, Temporal.Instant, string | null]>([
  ['all is well', {}, DUE, null],
  ['the member has answered', { submitted: true }, DUE, 'answered'],
  ['the member wants no mail', { optedOut: true }, DUE, 'opted out'],
  ['the field period has one millisecond left', {}, LAST_MILLISECOND, null],
  ['the field period has just ended', {}, CLOSES, 'closed'],
  ['the field period ended long ago', {}, CLOSES.add({ hours: 1000 }), 'closed'],
  ['the wave was closed before its time', { waveClosed: true }, DUE, 'wave closed'],
  ['there is no instrument any more', { configured: false }, DUE, 'no instrument'],
  ['there is no address any more', { email: null }, DUE, 'no address'],
  ['the member has answered and wants no mail', { submitted: true, optedOut: true }, DUE, 'answered'],
  ['the member has answered, and it is over', { submitted: true }, CLOSES, 'answered'],
  ['the member wants no mail, and has no address', { optedOut: true, email: null }, DUE, 'opted out'],
  ['everything is against it', { submitted: true, optedOut: true, email: null, configured: false }, CLOSES, 'answered'],
])('when %s', (_, change, now, because) => {
  expect(whyNot({ ...fine, ...change }, now)).toBe(because)
})

test.each<[string, MailKind, Partial<Owed>, Temporal.Instant, string | null]>([
  [
    'a reminder, a millisecond before the next one',
    'reminder',
    { lateAt: DUE },
    DUE.subtract({ milliseconds: 1 }),
    null,
  ],
  ['a reminder, when the next one is due', 'reminder', { lateAt: DUE }, DUE, 'too late'],
  [
    'an invitation to somebody who has lost the address meanwhile, too late',
    'invitation',
    { lateAt: DUE, email: null },
    DUE,
    'too late',
  ],
  ['the last call to somebody who has answered', 'lastCall', { submitted: true }, DUE, 'answered'],
  ['the way back for somebody who has answered', 'resume', { submitted: true }, DUE, 'answered'],
  [
    'thanks to somebody who has answered, after the wave was closed',
    'thanks',
    { submitted: true, waveClosed: true },
    CLOSES,
    null,
  ],
  ['thanks after a week', 'thanks', { submitted: true, lateAt: DUE }, DUE, 'too late'],
  ['thanks to somebody who wants no mail', 'thanks', { submitted: true, optedOut: true }, DUE, 'opted out'],
  ['whether an address holds, before the wave is open', 'contactUpdate', {}, DUE, null],
  ['whether an address holds that does not exist', 'contactUpdate', { email: null }, DUE, 'no address'],
  ['a link asked for, of a wave that has closed', 'link', {}, CLOSES, 'closed'],
])('%s: %s', (_, kind, change, now, because) => {
  expect(whyNot({ ...fine, kind, ...change }, now)).toBe(because)
})

describe('too much goes wrong', () => {
  test.each<[number, boolean]>([
    [19, false],
    [20, true],
  ])('%i failures in a row: %s', (failures, tooMuch) => expect(failsInARow(failures)).toBe(tooMuch))

  test.each<[number, number, boolean]>([
    [1, 1, false],
    [20, 3, false],
    [20, 4, true],
    [60, 3, false],
    [60, 4, true],
    [200, 10, false],
    [200, 11, true],
  ])('of %i messages %i to nobody: %s', (sent, hard, tooMuch) => expect(bouncesTooMuch({ sent, hard })).toBe(tooMuch))

  test.each<[number, number, boolean]>([
    [10, 2, false],
    [10, 3, true],
    [2_999, 3, true],
    [3_000, 3, false],
    [3_000, 4, true],
  ])('of %i messages %i complained about: %s', (sent, complaints, tooMuch) =>
    expect(isComplainedAbout({ sent, complaints })).toBe(tooMuch),
  )

  test.each<[number, number, boolean]>([
    [100, 0, false],
    [101, 0, true],
    [300, 100, false],
    [301, 100, true],
  ])('%i due at once, %i on the busiest day: %s', (due, busiestDay, storm) =>
    expect(isStorm({ due, busiestDay })).toBe(storm),
  )

  test('an absence of up to 26 hours is none, nor is a first start or a clock that went back', () => {
    expect(wasAway(null, DUE)).toBe(false)
    expect(wasAway(DUE.subtract({ hours: 26 }), DUE)).toBe(false)
    expect(wasAway(DUE.subtract({ hours: 26, milliseconds: 1 }), DUE)).toBe(true)
    expect(wasAway(DUE.add({ hours: 1 }), DUE)).toBe(false)
  })

  test('a server that does not talk is left in peace for a quarter of a minute, then twice as long each time, up to a quarter of an hour', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7, 50].map((rests) => restAfter(rests).total('seconds'))).toEqual([
      15, 30, 60, 120, 240, 480, 900, 900, 900,
    ])
  })

  test('a sender nobody knows may send twice as much each day', () => {
    expect([0, 1, 2, 3].map((day) => warmUpLimit(200, day))).toEqual([200, 400, 800, 1600])
  })
})

describe('trying again', () => {
  const jitter = fc.double({ min: 0, max: 1, noNaN: true })

  /** Fails as often as it may, each failure as late as told, and returns the instants of the attempts after the first. */
  function attemptsOf(jitters: readonly number[], closesAt = CLOSES): Temporal.Instant[] {
    const made: Temporal.Instant[] = []
    let now = DUE
    for (const [index, jitter] of jitters.entries()) {
      const again = nextAttempt({ attempts: index + 1, dueAt: DUE, endsAt: closesAt, jitter }, now)
      if (again === null) break
      made.push(again)
      now = again
    }
    return made
  }
  const hoursAfterDue = (instant: Temporal.Instant) => DUE.until(instant).total('hours')

  test('without chance, the waits are a minute, five, fifteen, then hours, then a day, for three days at most', () => {
    const attempts = attemptsOf(Array(20).fill(0.5))
    const waits = attempts.map((at, index) => (attempts[index - 1] ?? DUE).until(at).total('minutes'))
    expect(waits).toEqual([1, 5, 15, 60, 180, 360, 720, 1440, 1440])
  })

  test('whatever chance does, waits up to a day grow, nothing is tried after three days, and it ends', () => {
    fc.assert(
      fc.property(fc.array(jitter, { minLength: 30, maxLength: 30 }), (jitters) => {
        const attempts = attemptsOf(jitters)
        const waits = attempts.map((at, index) => (attempts[index - 1] ?? DUE).until(at).total('seconds'))
        const growing = waits.slice(0, 8)
        expect(growing.every((wait, index) => index === 0 || wait > growing[index - 1]!)).toBe(true)
        expect(waits.every((wait) => wait > 0 && wait <= 103_680)).toBe(true)
        expect(Math.max(...attempts.map(hoursAfterDue))).toBeLessThan(72)
        expect(attempts.length).toBeGreaterThanOrEqual(8)
        expect(attempts.length).toBeLessThanOrEqual(10)
      }),
      { numRuns: 1000 },
    )
  })

  test('nothing is tried once the field period is over', () => {
    fc.assert(
      fc.property(
        fc.array(jitter, { minLength: 30, maxLength: 30 }),
        fc.integer({ min: 0, max: 80 * 3600 }),
        (jitters, seconds) => {
          const closesAt = DUE.add({ seconds })
          expect(attemptsOf(jitters, closesAt).every((at) => isBefore(at, closesAt))).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('it is never tried in the past, however late the failure comes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        jitter,
        fc.integer({ min: 0, max: 100 * 3600 }),
        (attempts, jitter, seconds) => {
          const now = DUE.add({ seconds })
          const again = nextAttempt({ attempts, dueAt: DUE, endsAt: CLOSES, jitter }, now)
          expect(again === null || isBefore(now, again)).toBe(true)
          expect(again === null || hoursAfterDue(again) < 72).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
