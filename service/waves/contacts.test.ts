// Checks what a member hears next and why nothing; must not know mail servers or stored cases.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CaseSoFar, type ContactDecision, decideContact } from './contacts.ts'
import type { Plan } from './plan.ts'

type Rules = Pick<Plan, 'contacts' | 'sendAt'>

const after = (...days: number[]): Rules => ({
  sendAt: Temporal.PlainTime.from('10:00'),
  contacts: days.map((days, index) => ({
    kind: index === 0 ? 'invitation' : 'reminder',
    after: Temporal.Duration.from({ days }),
  })),
})
const rules = after(0, 4, 11)

/** Six weeks in Paris from Monday 1 March 2027; clocks go forward on 28 March. */
const nothingYet: CaseSoFar = {
  opensOn: Temporal.PlainDate.from('2027-03-01'),
  closesOn: Temporal.PlainDate.from('2027-04-12'),
  timeZone: 'Europe/Paris',
  hasAddress: true,
  hasInstrument: true,
  optedOut: false,
  waveClosed: false,
  submitted: false,
  lastContact: -1,
  lastContactAt: null,
}

const at = (local: string, timeZone = 'Europe/Paris') =>
  Temporal.PlainDateTime.from(`2027-${local}`).toZonedDateTime(timeZone).toInstant()
const heard = (contact: number, local: string): Partial<CaseSoFar> => ({
  lastContact: contact,
  lastContactAt: at(local),
})

function say(decision: ContactDecision, timeZone = 'Europe/Paris'): string {
  switch (decision.do) {
    case 'send':
      return `${decision.kind} ${decision.number}`
    case 'wait':
      return `wait until ${decision.until.toZonedDateTimeISO(timeZone).toPlainDateTime().toString().slice(5, 16)}`
    case 'stop':
      return `stop: ${decision.because}`
  }
}

const invited = heard(0, '03-01T10:00')
const remindedOnce = heard(1, '03-05T10:00')

test.each<[string, Partial<CaseSoFar>, string, string]>([
  ['before the opening', {}, '02-20T12:00', 'wait until 03-01T10:00'],
  ['in the night the period opens', {}, '03-01T00:00', 'wait until 03-01T10:00'],
  ['a minute before the hour', {}, '03-01T09:59', 'wait until 03-01T10:00'],
  ['at the hour', {}, '03-01T10:00', 'invitation 1'],
  ['late on the first day', {}, '03-01T19:59', 'invitation 1'],
  ['at the end of the first half', {}, '03-21T19:59', 'invitation 1'],
  ['at half the field period', {}, '03-22T00:00', 'stop: missed'],
  ['after the field period', {}, '04-12T10:00', 'stop: missed'],

  ['just invited', invited, '03-01T10:00', 'wait until 03-05T10:00'],
  ['invited, first reminder due', invited, '03-05T10:00', 'reminder 1'],
  ['invited, first reminder late', invited, '03-12T09:59', 'reminder 1'],
  ['invited, first reminder too late: the second is due', invited, '03-12T10:00', 'reminder 2'],
  ['reminded once', remindedOnce, '03-05T10:00', 'wait until 03-12T10:00'],
  ['reminded once, second reminder due', remindedOnce, '03-12T10:00', 'reminder 2'],
  ['second reminder late, on the last evening', remindedOnce, '04-11T19:59', 'reminder 2'],
  ['second reminder too late: the period is over', remindedOnce, '04-12T00:00', 'stop: all sent'],
  ['invited, and the period is over', invited, '04-12T10:00', 'stop: all sent'],
  ['reminded twice', heard(2, '03-12T10:00'), '03-13T10:00', 'stop: all sent'],

  ['invited late, the reminder due within 24 hours', heard(0, '03-04T18:00'), '03-05T10:00', 'wait until 03-05T18:00'],
  ['invited late, 24 hours later', heard(0, '03-04T18:00'), '03-05T18:00', 'reminder 1'],
  [
    'the 24 hours are hours of the clock that never jumps',
    heard(1, '03-27T19:00'),
    '03-28T19:00',
    'wait until 03-28T20:00',
  ],
  ['the 24 hours end in the evening', heard(1, '03-27T19:00'), '03-28T20:00', 'wait until 03-29T08:00'],

  ['at night', {}, '03-02T07:59', 'wait until 03-02T08:00'],
  ['at eight in the morning', {}, '03-02T08:00', 'invitation 1'],
  ['at eight in the evening', {}, '03-02T20:00', 'wait until 03-03T08:00'],
  ['the night before it is missed', {}, '03-21T20:00', 'wait until 03-22T08:00'],

  ['answered', { submitted: true }, '03-01T10:00', 'stop: answered'],
  ['answered before the opening', { submitted: true }, '02-20T12:00', 'stop: answered'],
  ['answered, then opted out', { submitted: true, optedOut: true }, '03-05T10:00', 'stop: answered'],
  ['opted out', { ...invited, optedOut: true }, '03-05T10:00', 'stop: opted out'],
  ['the wave closed for the cohort', { ...invited, waveClosed: true }, '03-05T10:00', 'stop: wave closed'],
  ['opted out, at night', { optedOut: true }, '03-02T03:00', 'stop: opted out'],
  ['without address, not due', { hasAddress: false }, '02-20T12:00', 'wait until 03-01T10:00'],
  ['without address, due', { hasAddress: false }, '03-01T10:00', 'stop: no address'],
  ['without address, missed', { hasAddress: false }, '03-22T10:00', 'stop: missed'],
  ['address lost after the invitation', { ...invited, hasAddress: false }, '03-05T10:00', 'stop: no address'],
  ['without instrument, not due', { hasInstrument: false }, '02-20T12:00', 'wait until 03-01T10:00'],
  ['without instrument, due', { hasInstrument: false }, '03-01T10:00', 'stop: no instrument'],
  ['without instrument nor address', { hasInstrument: false, hasAddress: false }, '03-01T10:00', 'stop: no instrument'],
])('%s: %o at %s gives “%s”', (_, soFar, now, expected) => {
  expect(say(decideContact(rules, { ...nothingYet, ...soFar }, at(now)))).toBe(expected)
})

test('half of an odd number of days is counted to the end of the middle day', () => {
  const week = { ...nothingYet, closesOn: Temporal.PlainDate.from('2027-03-08') }
  expect(say(decideContact(rules, week, at('03-04T19:59')))).toBe('invitation 1')
  expect(say(decideContact(rules, week, at('03-05T08:00')))).toBe('stop: missed')
})

test('a reminder that would fall on the closing day or after it is never sent', () => {
  const elevenDays = { ...nothingYet, ...remindedOnce, closesOn: Temporal.PlainDate.from('2027-03-12') }
  expect(say(decideContact(rules, elevenDays, at('03-05T10:00')))).toBe('stop: all sent')
})

test.each([
  ['Pacific/Apia', '2027-02-28T21:00:00Z'],
  ['Asia/Kathmandu', '2027-03-01T04:15:00Z'],
  ['Africa/Casablanca', '2027-03-01T10:00:00Z'],
])('ten o’clock is ten o’clock where the member is: %s', (timeZone) => {
  const waiting = decideContact(rules, { ...nothingYet, timeZone }, at('02-20T12:00'))
  expect(say(waiting, timeZone)).toBe('wait until 03-01T10:00')
  expect(say(decideContact(rules, { ...nothingYet, timeZone }, at('03-01T10:00', timeZone)))).toBe('invitation 1')
})

/** Asks at each instant in turn, as the tick does, and gives what was sent. */
function walk(rules: Rules, start: CaseSoFar, instants: Iterable<Temporal.Instant>) {
  const sends: { at: Temporal.Instant; contact: number }[] = []
  let soFar = start
  for (const now of instants) {
    const decision = decideContact(rules, soFar, now)
    if (decision.do === 'wait') expect(Temporal.Instant.compare(decision.until, now)).toBe(1)
    if (decision.do !== 'send') continue
    sends.push({ at: now, contact: decision.contact })
    soFar = { ...soFar, lastContact: decision.contact, lastContactAt: now }
  }
  return sends
}

test('a tick that keeps time sends everything once, at ten, on its day', () => {
  const everyMinutes = 20
  const instants = Array.from({ length: (44 * 24 * 60) / everyMinutes }, (_, index) =>
    at('02-28T00:00').add({ minutes: index * everyMinutes }),
  )
  const sends = walk(rules, nothingYet, instants).map(({ at }) =>
    at.toZonedDateTimeISO('Europe/Paris').toPlainDateTime().toString().slice(5, 16),
  )
  expect(sends).toEqual(['03-01T10:00', '03-05T10:00', '03-12T10:00'])
})

test('however time passes, mails keep their distance, their number, their hours and their field period', () => {
  const zones = fc.constantFrom(
    'Europe/Paris',
    'Pacific/Apia',
    'Asia/Kathmandu',
    'Africa/Casablanca',
    'America/Sao_Paulo',
  )
  const someRules = fc.array(fc.integer({ min: 0, max: 80 }), { maxLength: 4 }).map((days) => after(0, ...days))
  const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 300, max: 20_000 })), {
    minLength: 5,
    maxLength: 60,
  })
  const opening = fc.integer({ min: 0, max: 3000 }).map((days) => Temporal.PlainDate.from('2024-01-01').add({ days }))
  const lengths = fc.integer({ min: 1, max: 70 })
  const property = fc.property(zones, someRules, opening, lengths, steps, (timeZone, rules, opensOn, days, minutes) => {
    const start = { ...nothingYet, timeZone, opensOn, closesOn: opensOn.add({ days }) }
    let now = opensOn.subtract({ days: 1 }).toZonedDateTime(timeZone).toInstant()
    const sends = walk(
      rules,
      start,
      minutes.map((minutes) => (now = now.add({ minutes }))),
    )
    expect(sends.length).toBeLessThanOrEqual(rules.contacts.length)
    for (const [index, { at, contact }] of sends.entries()) {
      const local = at.toZonedDateTimeISO(timeZone)
      expect(Temporal.PlainDate.compare(local, start.opensOn)).toBeGreaterThanOrEqual(0)
      expect(Temporal.PlainDate.compare(local, start.closesOn)).toBe(-1)
      expect(local.hour).toBeGreaterThanOrEqual(8)
      expect(local.hour).toBeLessThan(20)
      const before = sends[index - 1]
      if (!before) continue
      expect(contact).toBeGreaterThan(before.contact)
      expect(before.at.until(at).total('hours')).toBeGreaterThanOrEqual(24)
    }
  })
  fc.assert(property, { numRuns: 1000 })
})
