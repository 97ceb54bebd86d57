// Checks what a member hears next and why nothing; must not know mail servers or stored cases.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isBefore } from '../platform/clock.ts'
import {
  type CaseSoFar,
  type Contact,
  type ContactDecision,
  type ContactRules,
  contactSchedule,
  decideContact,
  firstContactAt,
} from './contacts.ts'
import { isEarlier } from './dates.ts'
import { CONTACT_KINDS, type LateEnrolment, type PlannedKind } from './plan.ts'

const days = (days: number) => Temporal.Duration.from({ days })
const day = Temporal.PlainDate.from
const INVITATION = { kind: 'invitation', after: days(0) } as const
const LAST_CALL = { kind: 'lastCall', before: days(3) } as const
const reminders = (...after: number[]) => after.map((after) => ({ kind: 'reminder', after: days(after) }) as const)

/** As in surveys/waves/standard.yaml, but for the blackouts. */
const rules: ContactRules = {
  sendAt: Temporal.PlainTime.from('10:00'),
  openingDays: [1, 2, 3, 4],
  blackouts: [],
  contacts: [INVITATION, ...reminders(4, 11, 21), LAST_CALL],
  resume: { after: days(2) },
  thanks: { after: days(1) },
  contactUpdate: { before: Temporal.Duration.from('P2M'), apart: Temporal.Duration.from('P5M') },
  atMost: { perWave: 5, per24Hours: 1 },
  late: { invitation: 0.5, enrolled: 'next due wave' },
}
const closedFrom = (from: string, to: string): ContactRules => ({ ...rules, blackouts: [{ from, to }] })
const perDay = (per24Hours: number): ContactRules => ({ ...rules, atMost: { perWave: 5, per24Hours } })
const perWave = (perWave: number): ContactRules => ({ ...rules, atMost: { perWave, per24Hours: 1 } })
const enrolling = (enrolled: LateEnrolment): ContactRules => ({ ...rules, late: { ...rules.late, enrolled } })
const without = (name: 'resume' | 'thanks' | 'contactUpdate'): ContactRules => ({ ...rules, [name]: undefined })

const at = (local: string, timeZone = 'Europe/Paris') =>
  Temporal.PlainDateTime.from(`2027-${local}`).toZonedDateTime(timeZone).toInstant()

/** Six weeks in Paris from Monday 1 March 2027; clocks go forward on 28 March. */
const nothingYet: CaseSoFar = {
  opensOn: day('2027-03-01'),
  closesOn: day('2027-04-12'),
  timeZone: 'Europe/Paris',
  enrolledAt: at('01-01T12:00'),
  plannedAt: at('01-01T12:00'),
  previousOpensOn: null,
  hasAddress: true,
  hasInstrument: true,
  optedOut: false,
  startedOn: null,
  submittedOn: null,
  waveClosed: false,
  because: null,
  broughtForwardAt: null,
  made: [],
  heardAt: [],
}

/** Contacts there have been, each as its kind, number and time. */
const heard = (...contacts: string[]): Pick<CaseSoFar, 'made' | 'heardAt'> => {
  const parts = contacts.map((contact) => contact.split(' ') as [PlannedKind, string, string])
  return {
    made: parts.map(([kind, number, local]) => ({ kind, number: Number(number), at: at(local), tooLate: false })),
    heardAt: parts.map(([, , local]) => at(local)),
  }
}
const INVITED = 'invitation 1 03-01T10:00'
const REMINDED = [INVITED, 'reminder 1 03-05T10:00']
const REMINDED_TWICE = [...REMINDED, 'reminder 2 03-12T10:00']
const REMINDED_THRICE = [...REMINDED_TWICE, 'reminder 3 03-22T10:00']
const invited = heard(INVITED)
const remindedOnce = heard(...REMINDED)
const opensIn = (days: number) => ({ closesOn: nothingYet.opensOn.add({ days }) })

const sayTime = (instant: Temporal.Instant, timeZone = 'Europe/Paris') =>
  instant.toZonedDateTimeISO(timeZone).toPlainDateTime().toString().slice(5, 16)

function say(decision: ContactDecision, timeZone = 'Europe/Paris'): string {
  switch (decision.do) {
    case 'send':
      return `${decision.kind} ${decision.number}`
    case 'wait':
      return `wait until ${sayTime(decision.until, timeZone)}`
    case 'stop':
      return `stop: ${decision.because}`
  }
}

type Row = [what: string, now: string, expected: string, soFar?: Partial<CaseSoFar>]

/** A table of what is decided by some rules, for a case that differs from `start` by what stands last. */
const decides = (rows: Row[], given = rules, start: Partial<CaseSoFar> = {}) =>
  test.each(rows)('%s: at %s, “%s”', (_, now, expected, soFar = {}) => {
    expect(say(decideContact(given, { ...nothingYet, ...start, ...soFar }, at(now)))).toBe(expected)
  })

describe('the invitation and what follows it', () => {
  decides([
    ['before the opening', '02-20T12:00', 'wait until 03-01T10:00'],
    ['in the night the period opens', '03-01T00:00', 'wait until 03-01T10:00'],
    ['a minute before the hour', '03-01T09:59', 'wait until 03-01T10:00'],
    ['at the hour', '03-01T10:00', 'invitation 1'],
    ['late on the first day', '03-01T19:59', 'invitation 1'],
    ['at the end of the first half', '03-21T19:59', 'invitation 1'],
    ['at half the field period', '03-22T00:00', 'stop: missed while the service was down'],
    ['after the field period', '04-12T10:00', 'stop: missed while the service was down'],

    ['just invited', '03-01T10:00', 'wait until 03-05T10:00', invited],
    ['invited, first reminder due', '03-05T10:00', 'reminder 1', invited],
    ['invited, first reminder late', '03-12T09:59', 'reminder 1', invited],
    ['invited, first reminder too late: the second is due', '03-12T10:00', 'reminder 2', invited],
    ['invited, and long nothing: only the last call is left', '04-09T10:00', 'lastCall 1', invited],
    ['invited, and the period is over', '04-12T10:00', 'stop: all sent', invited],
    ['reminded once', '03-05T10:00', 'wait until 03-12T10:00', remindedOnce],
    ['reminded once, second reminder due', '03-12T10:00', 'reminder 2', remindedOnce],
    ['reminded once, the second late', '03-22T09:59', 'reminder 2', remindedOnce],
    ['reminded twice', '03-13T10:00', 'wait until 03-22T10:00', heard(...REMINDED_TWICE)],
    ['reminded twice, the third due', '03-22T10:00', 'reminder 3', heard(...REMINDED_TWICE)],
    ['the third late, but before the last call', '04-09T09:59', 'reminder 3', heard(...REMINDED_TWICE)],
    ['reminded three times', '03-23T10:00', 'wait until 04-09T10:00', heard(...REMINDED_THRICE)],
    ['three days before the close', '04-09T10:00', 'lastCall 1', heard(...REMINDED_THRICE)],
    ['the last call late, on the last evening', '04-11T19:59', 'lastCall 1', heard(...REMINDED_THRICE)],
    ['the last call too late: the period is over', '04-12T00:00', 'stop: all sent', heard(...REMINDED_THRICE)],
    ['called', '04-09T10:00', 'stop: all sent', heard(...REMINDED_THRICE, 'lastCall 1 04-09T10:00')],
  ])
})

describe('nobody hears from us too often, nor at night', () => {
  const lately = (...heardAt: string[]) => ({ heardAt: heardAt.map((local) => at(local)) })
  const invitedLate = heard('invitation 1 03-04T18:00')
  decides([
    ['a reminder due within 24 hours of the invitation', '03-05T10:00', 'wait until 03-05T18:00', invitedLate],
    ['24 hours after the invitation', '03-05T18:00', 'reminder 1', invitedLate],
    ['a mail about another wave counts', '03-01T10:00', 'wait until 03-01T15:00', lately('02-28T15:00')],
    ['another wave, exactly 24 hours ago', '03-01T10:00', 'invitation 1', lately('02-28T10:00')],
    ['the last of several counts', '03-01T10:00', 'wait until 03-01T18:00', lately('02-28T18:00', '02-28T15:00')],
    [
      'the 24 hours are hours of a clock that never jumps',
      '03-28T19:00',
      'wait until 03-28T20:00',
      { ...invited, ...lately('03-27T19:00') },
    ],
    [
      'the 24 hours end in the evening',
      '03-28T20:00',
      'wait until 03-29T08:00',
      { ...invited, ...lately('03-27T19:00') },
    ],
    ['at night', '03-02T07:59', 'wait until 03-02T08:00'],
    ['at eight in the morning', '03-02T08:00', 'invitation 1'],
    ['at eight in the evening', '03-02T20:00', 'wait until 03-03T08:00'],
    ['the night before it is too late', '03-21T20:00', 'wait until 03-22T08:00'],
  ])

  describe('where a plan allows two in 24 hours', () => {
    decides(
      [
        ['one, about another wave', '03-01T10:00', 'invitation 1', lately('02-28T15:00')],
        ['two', '03-01T10:00', 'wait until 03-01T15:00', lately('02-28T18:00', '02-28T15:00')],
        ['two, one of them long ago', '03-01T10:00', 'invitation 1', lately('02-28T18:00', '02-28T10:00')],
        ['three', '03-01T10:00', 'wait until 03-01T17:00', lately('02-28T15:00', '02-28T17:00', '02-28T19:00')],
      ],
      perDay(2),
    )
  })
})

describe('why nothing is sent', () => {
  const lost = { hasAddress: false }
  const unwritten = { hasInstrument: false }
  decides([
    ['opted out', '03-05T10:00', 'stop: opted out', { ...invited, optedOut: true }],
    ['opted out, at night', '03-02T03:00', 'stop: opted out', { optedOut: true }],
    ['opted out long before', '01-20T12:00', 'stop: opted out', { optedOut: true }],
    ['the wave closed for the cohort', '03-05T10:00', 'stop: wave closed', { ...invited, waveClosed: true }],
    ['merged into the next', '03-01T10:00', 'stop: merged', opensIn(0)],
    ['merged, and opted out', '03-01T10:00', 'stop: opted out', { ...opensIn(0), optedOut: true }],
    ['without address, not due', '02-20T12:00', 'wait until 03-01T10:00', lost],
    ['without address, due', '03-01T10:00', 'stop: no address', lost],
    ['without address, too late', '03-22T10:00', 'stop: no address', lost],
    ['address lost after the invitation', '03-05T10:00', 'stop: no address', { ...invited, ...lost }],
    ['an address that comes when it is too late', '03-22T10:00', 'stop: no address', { because: 'no address' }],
    [
      'an instrument that comes when it is too late',
      '03-22T10:00',
      'stop: no instrument',
      { because: 'no instrument' },
    ],
    ['an address that comes in time', '03-21T10:00', 'invitation 1', { because: 'no address' }],
    ['without instrument, not due', '02-20T12:00', 'wait until 03-01T10:00', unwritten],
    ['without instrument, due', '03-01T10:00', 'stop: no instrument', unwritten],
    ['without instrument, too late', '03-22T10:00', 'stop: no instrument', unwritten],
    ['without instrument nor address', '03-01T10:00', 'stop: no instrument', { ...unwritten, ...lost }],
    [
      'owed, and held back until it was too late',
      '03-22T10:00',
      'stop: missed while mail was held',
      { ...invited, made: [{ kind: 'invitation', number: 1, at: at('03-01T10:00'), tooLate: true }] },
    ],
    [
      'a reminder that was held back too long: the next one follows',
      '03-12T10:00',
      'reminder 2',
      { ...invited, made: [...invited.made, { kind: 'reminder', number: 1, at: at('03-05T10:00'), tooLate: true }] },
    ],
  ])
})

describe('whoever is registered, or given other dates, after the opening', () => {
  const enrolled = (local: string) => ({ enrolledAt: at(local), plannedAt: at(local) })
  decides([
    ['within the first half: is invited at once', '03-10T12:00', 'invitation 1', enrolled('03-10T12:00')],
    ['after it', '03-22T12:00', 'stop: enrolled too late', enrolled('03-22T12:00')],
    ['at the very end of it', '03-22T08:00', 'stop: enrolled too late', enrolled('03-22T00:00')],
    [
      'in time, but nobody was there to write',
      '03-22T12:00',
      'stop: missed while the service was down',
      enrolled('03-21T23:59'),
    ],
    ['long known, but not by these dates', '03-22T12:00', 'stop: enrolled too late', { plannedAt: at('03-22T12:00') }],
    [
      'too late, and without address',
      '03-22T12:00',
      'stop: enrolled too late',
      { ...enrolled('03-22T12:00'), hasAddress: false },
    ],
  ])

  describe('where a plan asks nobody who comes late', () => {
    decides(
      [
        ['registered a minute after the hour', '03-01T10:01', 'stop: enrolled too late', enrolled('03-01T10:01')],
        ['registered at the hour', '03-01T10:00', 'invitation 1', enrolled('03-01T10:00')],
        ['given other dates after it', '03-10T10:01', 'invitation 1', { plannedAt: at('03-10T10:01') }],
        ['invited before the plan said so', '03-05T10:00', 'reminder 1', { ...enrolled('03-01T10:01'), ...invited }],
      ],
      enrolling('none'),
    )
  })
})

describe('whoever has begun and not finished', () => {
  const begun = (on: string, ...contacts: string[]) => ({ ...heard(...contacts), startedOn: day(`2027-${on}`) })
  const resumed = begun('03-02', INVITED, 'resume 1 03-04T10:00')
  decides([
    ['begun the day after the invitation', '03-03T10:00', 'wait until 03-04T10:00', begun('03-02', INVITED)],
    ['two days later: the way back, and no reminder', '03-04T10:00', 'resume 1', begun('03-02', INVITED)],
    ['late, but before the second reminder', '03-12T09:59', 'resume 1', begun('03-02', INVITED)],
    ['once that was sent', '03-05T10:00', 'wait until 03-12T10:00', resumed],
    ['it comes once only: then a reminder again', '03-12T10:00', 'reminder 2', resumed],
    ['begun after the first reminder', '03-06T10:00', 'wait until 03-10T10:00', begun('03-08', ...REMINDED)],
    ['it comes before the second would have', '03-10T10:00', 'resume 2', begun('03-08', ...REMINDED)],
    ['begun the day before the second', '03-12T10:00', 'wait until 03-13T10:00', begun('03-11', ...REMINDED)],
    ['it comes instead of the second', '03-13T10:00', 'resume 2', begun('03-11', ...REMINDED)],
    ['begun long before the third', '03-22T10:00', 'resume 3', begun('03-14', ...REMINDED_TWICE)],
    ['begun so late that the last call comes first', '04-09T10:00', 'lastCall 1', begun('04-07', ...REMINDED_TWICE)],
    [
      'begun when only the last call is left',
      '03-27T10:00',
      'wait until 04-09T10:00',
      begun('03-25', ...REMINDED_THRICE),
    ],
    ['begun before anybody was invited', '03-03T10:00', 'invitation 1', begun('03-01')],
    [
      'begun, with somebody who has opted out',
      '03-04T10:00',
      'stop: opted out',
      { ...begun('03-02', INVITED), optedOut: true },
    ],
  ])

  describe('by a plan that knows no way back', () => {
    decides(
      [
        ['two days later', '03-04T10:00', 'wait until 03-05T10:00', begun('03-02', INVITED)],
        ['they are reminded like everybody', '03-05T10:00', 'reminder 1', begun('03-02', INVITED)],
      ],
      without('resume'),
    )
  })

  describe('when a blackout lies in between', () => {
    decides(
      [['it slides out of it', '03-04T10:00', 'wait until 03-08T10:00', begun('03-02', INVITED)]],
      closedFrom('03-03', '03-07'),
    )
  })
})

describe('short field periods', () => {
  const fortnight = { ...opensIn(14), ...remindedOnce }
  const eightDays = { ...opensIn(8), ...invited }
  decides([
    ['reminders on and after the last call are dropped', '03-06T10:00', 'wait until 03-12T10:00', fortnight],
    ['the last call comes instead', '03-12T10:00', 'lastCall 1', fortnight],
    ['and is the end', '03-13T10:00', 'stop: all sent', heard(...REMINDED, 'lastCall 1 03-12T10:00')],
    ['a day between reminder and last call is enough', '03-05T10:00', 'lastCall 1', { ...eightDays, ...opensIn(7) }],
    ['a reminder the day before the last call', '03-05T10:00', 'reminder 1', eightDays],
    [
      'a last call on the day of the opening waits a day',
      '03-01T10:01',
      'wait until 03-02T10:00',
      { ...invited, ...opensIn(3) },
    ],
    ['no room for a last call: nothing follows', '03-01T10:01', 'stop: all sent', { ...invited, ...opensIn(2) }],
    ['half of an odd number of days, on its last evening', '03-04T19:59', 'invitation 1', opensIn(7)],
    ['half of an odd number of days, over', '03-05T08:00', 'stop: missed while the service was down', opensIn(7)],
    ['a single day', '03-01T19:59', 'invitation 1', opensIn(1)],
  ])
})

describe('no more than a plan allows a wave', () => {
  describe('two', () => {
    decides(
      [
        ['invited', '03-05T10:00', 'reminder 1', invited],
        ['reminded', '03-12T10:00', 'stop: all sent', remindedOnce],
        ['brought back', '03-12T10:00', 'stop: all sent', heard(INVITED, 'resume 1 03-04T10:00')],
        [
          'asked for an address: that does not count',
          '03-05T10:00',
          'reminder 1',
          heard('contactUpdate 1 01-04T10:00', INVITED),
        ],
      ],
      perWave(2),
    )
  })
  describe('one', () => {
    decides([['invited', '03-01T10:01', 'stop: all sent', invited]], perWave(1))
  })
})

describe('blackouts that a case is open in', () => {
  describe('from the first reminder to after the second', () => {
    decides(
      [
        ['both slide to its end', '03-05T10:00', 'wait until 03-16T10:00', invited],
        ['and only the later one goes', '03-16T10:00', 'reminder 2', invited],
        ['it goes late', '03-22T09:59', 'reminder 2', invited],
      ],
      closedFrom('03-05', '03-15'),
    )
  })
  describe('around the first reminder', () => {
    decides(
      [
        ['it slides to a Saturday', '03-05T10:00', 'wait until 03-06T10:00', invited],
        ['any day of the week will do for it', '03-06T10:00', 'reminder 1', invited],
      ],
      closedFrom('03-05', '03-05'),
    )
  })
  describe('that push a reminder past the last call', () => {
    decides(
      [['it is dropped', '03-22T10:00', 'wait until 04-10T10:00', heard(...REMINDED_TWICE)]],
      closedFrom('03-20', '04-09'),
    )
  })
  describe('that push the last call past the close', () => {
    decides(
      [
        ['reminders still go', '03-22T10:00', 'reminder 3', heard(...REMINDED_TWICE)],
        ['and the last call does not', '03-23T10:00', 'stop: all sent', heard(...REMINDED_THRICE)],
      ],
      closedFrom('04-08', '04-20'),
    )
  })
})

describe('the next mail asked for at once', () => {
  const asked = (local: string, ...contacts: string[]) => ({ ...heard(...contacts), broughtForwardAt: at(local) })
  const begun = (on: string) => ({ startedOn: day(`2027-${on}`) })
  decides([
    ['goes that very moment', '03-08T15:00', 'reminder 2', asked('03-08T15:00', ...REMINDED)],
    ['goes late, for as long as it could have', '03-22T09:59', 'reminder 2', asked('03-08T15:00', ...REMINDED)],
    ['has been passed over by then', '03-22T10:00', 'reminder 3', asked('03-08T15:00', ...REMINDED)],
    ['does not come later than by the plan', '03-12T10:00', 'reminder 2', asked('03-12T15:00', ...REMINDED)],
    [
      'once it is made, the one after keeps its day',
      '03-09T15:00',
      'wait until 03-22T10:00',
      asked('03-08T15:00', ...REMINDED, 'reminder 2 03-08T15:00'),
    ],
    [
      'even when it was made at the same moment',
      '03-08T15:00',
      'wait until 03-22T10:00',
      asked('03-08T15:00', ...REMINDED, 'reminder 2 03-08T15:00'),
    ],
    [
      'once it was held back until it was too late, it is spent as well',
      '03-13T10:00',
      'wait until 03-22T10:00',
      {
        ...asked('03-08T15:00', ...REMINDED),
        made: [...heard(...REMINDED).made, { kind: 'reminder', number: 2, at: at('03-08T15:00'), tooLate: true }],
      },
    ],
    [
      'it keeps a day from a mail about another wave',
      '03-08T15:00',
      'wait until 03-09T09:00',
      { ...asked('03-08T15:00', ...REMINDED), heardAt: [at('03-08T09:00')] },
    ],
    ['at night it waits for the morning', '03-08T21:00', 'wait until 03-09T08:00', asked('03-08T21:00', ...REMINDED)],
    ['a last call keeps its day', '03-23T15:00', 'wait until 04-09T10:00', asked('03-23T15:00', ...REMINDED_THRICE)],
    ['nobody is invited before the opening', '02-20T12:00', 'wait until 03-01T10:00', asked('02-20T12:00')],
    ['nor reminded', '03-01T09:00', 'wait until 03-01T10:00', asked('03-01T09:00', 'invitation 1 03-01T08:30')],
    [
      'whoever has begun is called back',
      '03-08T15:00',
      'resume 2',
      { ...asked('03-08T15:00', ...REMINDED), ...begun('03-07') },
    ],
    [
      'but not on the day on which they began',
      '03-08T15:00',
      'wait until 03-10T10:00',
      { ...asked('03-08T15:00', ...REMINDED), ...begun('03-08') },
    ],
    [
      'not to those who have opted out',
      '03-08T15:00',
      'stop: opted out',
      { ...asked('03-08T15:00', ...REMINDED), optedOut: true },
    ],
    [
      'not to those who have answered',
      '03-08T15:00',
      'wait until 03-09T10:00',
      { ...asked('03-08T15:00', ...REMINDED), submittedOn: day('2027-03-08') },
    ],
    [
      'not without address',
      '03-08T15:00',
      'stop: no address',
      { ...asked('03-08T15:00', ...REMINDED), hasAddress: false },
    ],
    [
      'not once the wave is closed',
      '03-08T15:00',
      'stop: wave closed',
      { ...asked('03-08T15:00', ...REMINDED), waveClosed: true },
    ],
  ])

  describe('where a plan allows three in 24 hours', () => {
    decides(
      [
        ['keeps a day from the one before', '03-05T15:00', 'wait until 03-06T10:00', asked('03-05T15:00', ...REMINDED)],
        [
          'and the one after from it',
          '03-12T10:00',
          'wait until 03-12T19:00',
          asked('03-11T19:00', INVITED, 'reminder 1 03-11T19:00'),
        ],
      ],
      perDay(3),
    )
  })
  describe('where a plan allows two a wave', () => {
    decides([['is not one more', '03-08T15:00', 'stop: all sent', asked('03-08T15:00', ...REMINDED)]], perWave(2))
  })
  describe('in a blackout', () => {
    decides(
      [['waits for its end', '03-08T15:00', 'wait until 03-10T10:00', asked('03-08T15:00', ...REMINDED)]],
      closedFrom('03-07', '03-09'),
    )
  })
})

describe('thanks', () => {
  const answered = { ...remindedOnce, startedOn: day('2027-03-10'), submittedOn: day('2027-03-10') }
  decides([
    ['on the day of the answer', '03-10T15:00', 'wait until 03-11T10:00', answered],
    ['the day after, at the hour', '03-11T10:00', 'thanks 1', answered],
    ['that night', '03-11T20:00', 'wait until 03-12T08:00', answered],
    [
      'within 24 hours of a mail about anything',
      '03-11T10:00',
      'wait until 03-12T07:00',
      { ...answered, heardAt: [at('03-11T07:00')] },
    ],
    ['a week late', '03-18T09:59', 'thanks 1', answered],
    ['more than a week late: given up', '03-18T10:00', 'stop: answered', answered],
    ['thanked', '03-11T10:00', 'stop: answered', { ...answered, ...heard(INVITED, 'thanks 1 03-11T10:00') }],
    ['opted out', '03-11T10:00', 'stop: answered', { ...answered, optedOut: true }],
    ['without address', '03-11T10:00', 'stop: answered', { ...answered, hasAddress: false }],
    ['after the wave closed', '03-11T10:00', 'thanks 1', { ...answered, waveClosed: true }],
    ['answered without ever having been invited', '03-11T10:00', 'thanks 1', { submittedOn: day('2027-03-10') }],
    ['answered on the last day', '04-12T10:00', 'thanks 1', { ...answered, submittedOn: day('2027-04-11') }],
  ])
  describe('by a plan that thanks nobody', () => {
    decides([['answered', '03-11T10:00', 'stop: answered', answered]], without('thanks'))
  })
  describe('in a blackout', () => {
    decides([['they do not wait for its end', '03-11T10:00', 'thanks 1', answered]], closedFrom('03-05', '03-20'))
  })
})

describe('the question between waves whether an address still holds', () => {
  const farApart = { previousOpensOn: day('2026-09-28') }
  decides(
    [
      ['on the day two months before the opening, a Friday', '01-01T10:00', 'wait until 01-04T10:00'],
      ['the next opening day at the hour', '01-04T10:00', 'contactUpdate 1'],
      ['late, but not yet half way', '01-31T19:59', 'contactUpdate 1'],
      ['half way to the opening: given up', '02-01T08:00', 'wait until 03-01T10:00'],
      ['asked', '01-05T10:00', 'wait until 03-01T10:00', heard('contactUpdate 1 01-04T10:00')],
      ['asked, and the wave opens', '03-01T10:00', 'invitation 1', heard('contactUpdate 1 01-04T10:00')],
      [
        'within 24 hours of a mail about another wave',
        '01-04T10:00',
        'wait until 01-04T15:00',
        { heardAt: [at('01-03T15:00')] },
      ],
      ['without address: the opening is waited for', '01-04T10:00', 'wait until 03-01T10:00', { hasAddress: false }],
      [
        'without instrument: the opening is waited for',
        '01-04T10:00',
        'wait until 03-01T10:00',
        { hasInstrument: false },
      ],
      ['without address at the opening', '03-01T10:00', 'stop: no address', { hasAddress: false }],
      ['opted out', '01-04T10:00', 'stop: opted out', { optedOut: true }],
      ['merged into the next', '01-04T10:00', 'stop: merged', opensIn(0)],
      ['five months apart to the day', '01-02T10:00', 'wait until 01-04T10:00', { previousOpensOn: day('2026-10-01') }],
      ['less than five months apart', '01-02T10:00', 'wait until 03-01T10:00', { previousOpensOn: day('2026-10-02') }],
      ['the first wave of somebody', '01-02T10:00', 'wait until 03-01T10:00', { previousOpensOn: null }],
      [
        'registered in between',
        '01-20T12:00',
        'contactUpdate 1',
        { enrolledAt: at('01-20T12:00'), plannedAt: at('01-20T12:00') },
      ],
    ],
    rules,
    farApart,
  )
  describe('by a plan that does not ask', () => {
    decides([['two months before', '01-04T10:00', 'wait until 03-01T10:00']], without('contactUpdate'), farApart)
  })
  describe('in a blackout', () => {
    decides([['it slides out of it', '01-04T10:00', 'wait until 01-06T10:00']], closedFrom('12-20', '01-05'), farApart)
  })
  describe('where a blackout leaves no time before the opening', () => {
    decides([['it is left out', '01-04T10:00', 'wait until 03-01T10:00']], closedFrom('12-20', '02-27'), farApart)
  })
})

describe('a plan that has lost what was sent already', () => {
  const shorter = (...contacts: ContactRules['contacts']): ContactRules => ({ ...rules, contacts })
  describe('the third reminder', () => {
    decides(
      [
        ['the last call is next', '03-23T10:00', 'wait until 04-09T10:00', heard(...REMINDED_THRICE)],
        [
          'reminders before it that were passed over stay so',
          '03-12T10:00',
          'wait until 04-09T10:00',
          heard(INVITED, 'reminder 3 03-11T10:00'),
        ],
      ],
      shorter(INVITATION, ...reminders(4, 11), LAST_CALL),
    )
  })
  describe('all reminders', () => {
    decides(
      [['the last call is next', '03-06T10:00', 'wait until 04-09T10:00', remindedOnce]],
      shorter(INVITATION, LAST_CALL),
    )
  })
  describe('the last call', () => {
    decides(
      [['nothing comes after it', '04-09T11:00', 'stop: all sent', heard(...REMINDED, 'lastCall 1 04-09T10:00')]],
      shorter(INVITATION, ...reminders(4, 11, 21)),
    )
  })
  describe('and gained a reminder', () => {
    decides(
      [['it is sent to those who have had the others', '03-30T10:00', 'reminder 4', heard(...REMINDED_THRICE)]],
      shorter(INVITATION, ...reminders(4, 11, 21, 28), LAST_CALL),
    )
  })
})

test.each<[string, Row[1], Partial<CaseSoFar>, string]>([
  ['an invitation', '03-01T10:00', {}, '03-22T00:00'],
  ['a reminder', '03-05T10:00', invited, '03-12T10:00'],
  ['the way back', '03-04T10:00', { ...invited, startedOn: day('2027-03-02') }, '03-12T10:00'],
  ['the last reminder', '03-22T10:00', heard(...REMINDED_TWICE), '04-09T10:00'],
  ['the last call', '04-09T10:00', heard(...REMINDED_THRICE), '04-12T00:00'],
  ['thanks', '03-11T10:00', { submittedOn: day('2027-03-10') }, '03-18T10:00'],
  ['a question about the address', '01-04T10:00', { previousOpensOn: day('2026-09-28') }, '02-01T00:00'],
])('%s sent at %s must not go after', (_, now, soFar, lateAt) => {
  const decision = decideContact(rules, { ...nothingYet, ...soFar }, at(now))
  expect(decision.do === 'send' && sayTime(decision.lateAt)).toBe(lateAt)
})

test.each([
  ['Pacific/Apia', '2027-02-28T21:00:00Z'],
  ['Asia/Kathmandu', '2027-03-01T04:15:00Z'],
  ['Africa/Casablanca', '2027-03-01T10:00:00Z'],
])('ten o’clock is ten o’clock where the member is: in %s, %s', (timeZone, instant) => {
  const there = { ...nothingYet, timeZone }
  expect(decideContact(rules, there, at('02-20T12:00'))).toEqual({ do: 'wait', until: Temporal.Instant.from(instant) })
  expect(say(decideContact(rules, there, at('03-01T10:00', timeZone)))).toBe('invitation 1')
})

describe('when something may first be due', () => {
  const schedule = contactSchedule(rules, { ...nothingYet, previousOpensOn: day('2026-09-28') })
  test.each([
    ['2026-12-01T12:00:00Z', '01-04T10:00', 'the question about the address'],
    ['2027-02-15T12:00:00Z', '03-01T10:00', 'the invitation'],
    ['2027-03-03T12:00:00Z', '03-01T10:00', 'the invitation, late'],
    ['2027-03-25T12:00:00Z', '03-22T10:00', 'what is not too late'],
    ['2027-06-01T12:00:00Z', '01-04T10:00', 'something, so that it is said why not'],
  ])('from %s on it is %s: %s', (now, due) => {
    expect(sayTime(firstContactAt(schedule, Temporal.Instant.from(now)))).toBe(due)
  })
})

type Sent = { at: Temporal.Instant; kind: PlannedKind; number: number; soFar: CaseSoFar }

/** Asks at each instant in turn, as the tick does, and gives what was sent; the case may change before it is asked. */
function walk(
  rules: ContactRules,
  start: CaseSoFar,
  moments: Iterable<{ now: Temporal.Instant; change?: (soFar: CaseSoFar) => Partial<CaseSoFar> }>,
): Sent[] {
  const sends: Sent[] = []
  let soFar = start
  for (const { now, change } of moments) {
    soFar = { ...soFar, ...change?.(soFar) }
    const decision = decideContact(rules, soFar, now)
    if (decision.do === 'wait') expect(isBefore(now, decision.until)).toBe(true)
    if (decision.do !== 'send') continue
    const { kind, number, lateAt } = decision
    expect(isBefore(now, lateAt)).toBe(true)
    sends.push({ at: now, kind, number, soFar })
    soFar = {
      ...soFar,
      made: [...soFar.made, { kind, number, at: now, tooLate: false }],
      heardAt: [...soFar.heardAt, now],
    }
  }
  return sends
}

test('a tick that keeps time sends everything once, at ten, on its day', () => {
  const everyMinutes = 20
  const from = at('01-01T00:00')
  const moments = Array.from({ length: (104 * 24 * 60) / everyMinutes }, (_, index) => ({
    now: from.add({ minutes: index * everyMinutes }),
  }))
  const sends = walk(rules, { ...nothingYet, previousOpensOn: day('2026-09-28') }, moments)
  expect(sends.map(({ at, kind, number }) => `${sayTime(at)} ${kind} ${number}`)).toEqual([
    '01-04T10:00 contactUpdate 1',
    '03-01T10:00 invitation 1',
    '03-05T10:00 reminder 1',
    '03-12T10:00 reminder 2',
    '03-22T10:00 reminder 3',
    '04-09T10:00 lastCall 1',
  ])
})

describe('however time passes and whatever people do,', () => {
  const zones = fc.constantFrom(
    'Europe/Paris',
    'Pacific/Apia',
    'Asia/Kathmandu',
    'Africa/Casablanca',
    'America/Sao_Paulo',
  )
  const someRules = fc
    .record({
      after: fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 5 }),
      lastCall: fc.option(fc.integer({ min: 0, max: 10 })),
      resume: fc.option(fc.integer({ min: 0, max: 10 })),
      atMost: fc.record({ perWave: fc.integer({ min: 1, max: 7 }), per24Hours: fc.integer({ min: 1, max: 3 }) }),
      invitation: fc.constantFrom(0.1, 0.5, 1),
      blackouts: fc.constantFrom<ContactRules['blackouts'][]>(
        [],
        [{ from: '12-20', to: '01-05' }],
        [{ from: '03-10', to: '05-02' }],
      ),
      openingDays: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
    })
    .map(
      ({ after, lastCall, resume, invitation, ...others }): ContactRules => ({
        ...rules,
        ...others,
        contacts: [
          INVITATION,
          ...reminders(...after),
          ...(lastCall === null ? [] : [{ ...LAST_CALL, before: days(lastCall) }]),
        ],
        resume: resume === null ? undefined : { after: days(resume) },
        late: { invitation, enrolled: 'next due wave' },
      }),
    )
  const steps = fc.array(
    fc.record({
      minutes: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 300, max: 20_000 })),
      does: fc.oneof(
        { weight: 12, arbitrary: fc.constant('nothing' as const) },
        {
          weight: 1,
          arbitrary: fc.constantFrom('begins', 'submits', 'opts out', 'loses the address', 'is brought forward'),
        },
      ),
    }),
    { minLength: 5, maxLength: 80 },
  )
  type Story = typeof story extends fc.Arbitrary<infer Told> ? Told : never
  const story = fc.record({
    timeZone: zones,
    rules: someRules,
    opensOn: fc.integer({ min: 0, max: 3000 }).map((days) => day('2024-01-01').add({ days })),
    length: fc.integer({ min: 1, max: 70 }),
    previous: fc.option(fc.integer({ min: 100, max: 300 })),
    steps,
  })

  function tell({ timeZone, rules, opensOn, length, previous, steps }: Story): { start: CaseSoFar; sends: Sent[] } {
    let now = opensOn
      .subtract({ days: previous ? 64 : 2 })
      .toZonedDateTime(timeZone)
      .toInstant()
    const start: CaseSoFar = {
      ...nothingYet,
      timeZone,
      enrolledAt: now,
      plannedAt: now,
      opensOn,
      closesOn: opensOn.add({ days: length }),
      previousOpensOn: previous === null ? null : opensOn.subtract({ days: previous }),
    }
    const moments = steps.map(({ minutes, does }) => {
      now = now.add({ minutes })
      const today = now.toZonedDateTimeISO(timeZone).toPlainDate()
      const isOpen = !isEarlier(today, opensOn) && isEarlier(today, start.closesOn)
      const change = (soFar: CaseSoFar): Partial<CaseSoFar> => {
        if (does === 'opts out') return { optedOut: true }
        if (does === 'loses the address') return { hasAddress: false }
        if (does === 'is brought forward') return { broughtForwardAt: now }
        if (does === 'nothing' || !isOpen) return {}
        const startedOn = soFar.startedOn ?? today
        return does === 'begins' ? { startedOn } : { startedOn, submittedOn: soFar.submittedOn ?? today }
      }
      return { now, change }
    })
    return { start, sends: walk(rules, start, moments) }
  }

  test('mails keep their distance, their number, their hours and their field period, and end with an answer or a refusal', () => {
    const property = fc.property(story, (told) => {
      const { start, sends } = tell(told)
      const { rules, timeZone } = told
      const asking = sends.filter(({ kind }) => CONTACT_KINDS.some((one) => one === kind))
      expect(asking.length).toBeLessThanOrEqual(rules.atMost.perWave)
      expect(new Set(sends.map(({ kind, number }) => `${kind} ${number}`)).size).toBe(sends.length)
      for (const kind of ['resume', 'thanks', 'contactUpdate', 'lastCall'])
        expect(sends.filter((sent) => sent.kind === kind).length).toBeLessThanOrEqual(1)
      for (const [index, { at, kind, soFar }] of sends.entries()) {
        const local = at.toZonedDateTimeISO(timeZone)
        expect(local.hour).toBeGreaterThanOrEqual(8)
        expect(local.hour).toBeLessThan(20)
        const before = sends[index - (soFar.broughtForwardAt ? 1 : rules.atMost.per24Hours)]
        if (before) expect(before.at.until(at).total('hours')).toBeGreaterThanOrEqual(24)
        expect(soFar.optedOut || !soFar.hasAddress).toBe(false)
        expect(soFar.submittedOn !== null).toBe(kind === 'thanks')
        if (kind === 'resume') expect(soFar.startedOn).not.toBeNull()
        if (kind === 'thanks')
          expect(local.since(soFar.submittedOn!.toZonedDateTime(timeZone)).total('days')).toBeLessThan(9)
        if (kind === 'contactUpdate') expect(isEarlier(local.toPlainDate(), start.opensOn)).toBe(true)
        if (!asking.some((one) => one.at === at)) continue
        expect(isEarlier(local.toPlainDate(), start.opensOn)).toBe(false)
        expect(isEarlier(local.toPlainDate(), start.closesOn)).toBe(true)
      }
    })
    fc.assert(property, { numRuns: 2000 })
  })

  test('what asks for an answer comes in the order of the plan, the invitation first', () => {
    const place = ({ kind, number }: Pick<Contact, 'kind' | 'number'>) =>
      kind === 'invitation' ? 0 : kind === 'lastCall' ? Number.POSITIVE_INFINITY : number
    const property = fc.property(story, (told) => {
      const places = tell(told)
        .sends.filter(({ kind }) => CONTACT_KINDS.some((one) => one === kind))
        .map(place)
      expect(places).toEqual(places.toSorted((a, b) => a - b))
      expect(new Set(places).size).toBe(places.length)
      expect(places[0] ?? 0).toBe(0)
    })
    fc.assert(property, { numRuns: 1000 })
  })
})
