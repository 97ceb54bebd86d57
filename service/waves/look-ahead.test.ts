// Checks what is said beforehand of a case’s mails, and why some of them will not be sent; must not know stored cases.
import { expect, test } from 'vitest'
import type { CaseSoFar, ContactRules } from './contacts.ts'
import { mailsAhead } from './look-ahead.ts'
import type { PlannedKind } from './plan.ts'

const days = (days: number) => Temporal.Duration.from({ days })
const day = (monthDay: string) => Temporal.PlainDate.from(`2027-${monthDay}`)
const at = (local: string) => Temporal.PlainDateTime.from(`2027-${local}`).toZonedDateTime('Europe/Paris').toInstant()
const reminder = (after: number) => ({ kind: 'reminder', after: days(after) }) as const

const rules: ContactRules = {
  sendAt: Temporal.PlainTime.from('10:00'),
  openingDays: [1, 2, 3, 4],
  blackouts: [],
  contacts: [
    { kind: 'invitation', after: days(0) },
    reminder(4),
    reminder(11),
    reminder(21),
    { kind: 'lastCall', before: days(3) },
  ],
  resume: { after: days(2) },
  thanks: { after: days(1) },
  contactUpdate: { before: Temporal.Duration.from('P2M'), apart: Temporal.Duration.from('P5M') },
  atMost: { perWave: 5, per24Hours: 1 },
  late: { invitation: 0.5, enrolled: 'next due wave' },
}

const nothingYet: CaseSoFar = {
  opensOn: day('03-01'),
  closesOn: day('04-12'),
  timeZone: 'Europe/Paris',
  enrolledAt: at('01-01T12:00'),
  plannedAt: at('01-01T12:00'),
  previousOpensOn: Temporal.PlainDate.from('2026-09-01'),
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
const heard = (...contacts: string[]): Pick<CaseSoFar, 'made' | 'heardAt'> => {
  const parts = contacts.map((contact) => contact.split(' ') as [PlannedKind, string, string])
  return {
    made: parts.map(([kind, number, local]) => ({ kind, number: Number(number), at: at(local), tooLate: false })),
    heardAt: parts.map(([, , local]) => at(local)),
  }
}
const invited = heard('invitation 1 03-01T10:00')
const registered = (local: string) => ({ enrolledAt: at(local), plannedAt: at(local) })

const ALL = [
  '01-04T10:00 contactUpdate 1',
  '03-01T10:00 invitation 1',
  '03-05T10:00 reminder 1',
  '03-12T10:00 reminder 2',
  '03-22T10:00 reminder 3',
  '04-09T10:00 lastCall 1',
]
const FROM_INVITATION = ALL.slice(1)
const REMINDERS = ALL.slice(2)
const allNot = (mails: string[], because: string) => mails.map((mail) => `${mail}: ${because}`)

type Row = { what: string; now?: string; soFar?: Partial<CaseSoFar>; by?: Partial<ContactRules>; ahead: string[] }

test.each<Row>([
  { what: 'somebody who will not answer is sent everything', ahead: ALL },
  {
    what: 'what has gone already is not ahead',
    now: '03-02T12:00',
    soFar: { ...invited, previousOpensOn: null },
    ahead: REMINDERS,
  },
  {
    what: 'a minute before the hour',
    now: '03-01T09:59',
    soFar: heard('contactUpdate 1 01-04T10:00'),
    ahead: FROM_INVITATION,
  },
  { what: 'opted out', soFar: { optedOut: true }, ahead: allNot(ALL, 'opted out') },
  {
    what: 'opted out after the invitation',
    now: '03-02T12:00',
    soFar: { ...invited, optedOut: true },
    ahead: allNot([ALL[0]!, ...REMINDERS], 'opted out'),
  },
  { what: 'without address', soFar: { hasAddress: false }, ahead: allNot(ALL, 'no address') },
  { what: 'without instrument', soFar: { hasInstrument: false }, ahead: allNot(ALL, 'no instrument') },
  {
    what: 'without address when it was time, and now it is too late',
    now: '04-01T12:00',
    soFar: { because: 'no address' },
    ahead: allNot(ALL, 'no address'),
  },
  { what: 'merged into the next', soFar: { closesOn: day('03-01') }, ahead: allNot(ALL.slice(0, 2), 'merged') },
  {
    what: 'the wave closed',
    now: '03-02T12:00',
    soFar: { ...invited, waveClosed: true, previousOpensOn: null },
    ahead: allNot(REMINDERS, 'wave closed'),
  },
  {
    what: 'registered too late',
    now: '04-01T12:00',
    soFar: registered('04-01T12:00'),
    ahead: allNot(ALL, 'enrolled too late'),
  },
  {
    what: 'nobody was invited in time',
    now: '04-01T12:00',
    ahead: allNot(ALL, 'missed while the service was down'),
  },
  {
    what: 'the invitation was held back until it was too late',
    now: '03-22T12:00',
    soFar: { made: [{ kind: 'invitation', number: 1, at: at('03-01T10:00'), tooLate: true }], previousOpensOn: null },
    ahead: allNot(REMINDERS, 'missed while mail was held'),
  },
  {
    what: 'registered late, but not too late: a reminder comes a day after the invitation at the earliest',
    now: '03-06T15:00',
    soFar: registered('03-06T15:00'),
    ahead: [
      '01-04T10:00 contactUpdate 1: enrolled too late',
      '03-06T15:00 invitation 1',
      '03-07T15:00 reminder 1',
      ...REMINDERS.slice(1),
    ],
  },
  {
    what: 'registered so late that a reminder is over, and the others come day after day',
    now: '03-20T15:00',
    soFar: registered('03-20T15:00'),
    ahead: [
      '01-04T10:00 contactUpdate 1: enrolled too late',
      '03-05T10:00 reminder 1: enrolled too late',
      '03-20T15:00 invitation 1',
      '03-21T15:00 reminder 2',
      '03-22T15:00 reminder 3',
      '04-09T10:00 lastCall 1',
    ],
  },
  {
    what: 'the service was down meanwhile',
    now: '03-20T15:00',
    soFar: { previousOpensOn: null },
    ahead: [
      '03-05T10:00 reminder 1: missed while the service was down',
      '03-20T15:00 invitation 1',
      '03-21T15:00 reminder 2',
      '03-22T15:00 reminder 3',
      '04-09T10:00 lastCall 1',
    ],
  },
  {
    what: 'a mail about another wave an hour ago',
    now: '03-01T10:00',
    soFar: { heardAt: [at('03-01T09:00')], previousOpensOn: null },
    ahead: ['03-02T09:00 invitation 1', ...REMINDERS],
  },
  {
    what: 'a plan that allows three mails a wave',
    by: { atMost: { perWave: 3, per24Hours: 1 } },
    ahead: [...ALL.slice(0, 4), ...allNot(ALL.slice(4), 'one more than the plan allows')],
  },
  {
    what: 'a plan that allows three mails a wave, when they have gone',
    now: '06-01T12:00',
    by: { atMost: { perWave: 3, per24Hours: 1 } },
    soFar: {
      ...heard('invitation 1 03-01T10:00', 'reminder 1 03-05T10:00', 'reminder 2 03-12T10:00'),
      previousOpensOn: null,
    },
    ahead: allNot(ALL.slice(4), 'one more than the plan allows'),
  },
  {
    what: 'the next mail was asked for at once: the others keep their days',
    now: '03-08T15:00',
    soFar: {
      ...heard('invitation 1 03-01T10:00', 'reminder 1 03-05T10:00'),
      broughtForwardAt: at('03-08T15:00'),
      previousOpensOn: null,
    },
    ahead: ['03-08T15:00 reminder 2', ...REMINDERS.slice(2)],
  },
  {
    what: 'the next mail was asked for at once, the evening before the one after it',
    now: '03-21T19:00',
    soFar: {
      ...heard('invitation 1 03-01T10:00', 'reminder 1 03-05T10:00'),
      broughtForwardAt: at('03-21T19:00'),
      previousOpensOn: null,
    },
    by: { atMost: { perWave: 5, per24Hours: 3 } },
    ahead: ['03-21T19:00 reminder 2', '03-22T19:00 reminder 3', '04-09T10:00 lastCall 1'],
  },
  {
    what: 'the service was down at the end',
    now: '06-01T12:00',
    soFar: { ...heard('invitation 1 03-01T10:00', 'reminder 2 03-12T10:00'), previousOpensOn: null },
    ahead: allNot([ALL[2]!, ALL[4]!, ALL[5]!], 'missed while the service was down'),
  },
  {
    what: 'a blackout that two reminders slide out of',
    by: { blackouts: [{ from: '03-05', to: '03-15' }] },
    ahead: [...ALL.slice(0, 2), '03-16T10:00 reminder 2', '03-16T10:00 reminder 1: merged', ...ALL.slice(4)],
  },
  {
    what: 'somebody who has begun is brought back',
    now: '03-02T12:00',
    soFar: { ...invited, startedOn: day('03-02'), previousOpensOn: null },
    ahead: ['03-04T10:00 resume 1', ...REMINDERS.slice(1)],
  },
  {
    what: 'somebody who was brought back',
    now: '03-06T12:00',
    soFar: {
      ...heard('invitation 1 03-01T10:00', 'resume 1 03-04T10:00'),
      startedOn: day('03-02'),
      previousOpensOn: null,
    },
    ahead: REMINDERS.slice(1),
  },
  {
    what: 'answered: thanks only',
    now: '03-10T15:00',
    soFar: { ...invited, submittedOn: day('03-10') },
    ahead: ['03-11T10:00 thanks 1'],
  },
  {
    what: 'answered, opted out',
    now: '03-10T15:00',
    soFar: { ...invited, submittedOn: day('03-10'), optedOut: true },
    ahead: [],
  },
  {
    what: 'thanked',
    now: '03-12T15:00',
    soFar: { submittedOn: day('03-10'), ...heard('thanks 1 03-11T10:00') },
    ahead: [],
  },
])('$what', ({ now = '01-02T12:00', soFar, by, ahead }) => {
  const mails = mailsAhead({ ...rules, ...by }, { ...nothingYet, ...soFar }, at(now))
  expect(
    mails.map(({ kind, number, at, because }) => {
      const local = at.toZonedDateTimeISO('Europe/Paris').toPlainDateTime().toString().slice(5, 16)
      return `${local} ${kind} ${number}${because ? `: ${because}` : ''}`
    }),
  ).toEqual(ahead)
})
