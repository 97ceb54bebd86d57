// Checks what a wave plan may say; must not know dates of members.
import { expect, test } from 'vitest'
import { findWave, PlanFile } from './plan.ts'

const wave = {
  wave: 'w1',
  name: { fr: 'Retour', en: 'Return' },
  instrument: 'w1',
  anchor: 'return',
  opens: 'P1M',
  closes: { after: 'opening', days: 42 },
  expectedResponse: 0.6,
}
const plan = {
  plan: 'short',
  baseline: 'w1',
  sendAt: '10:00',
  openingDays: ['monday', 'thursday', 'sunday'],
  blackouts: [{ from: '12-20', to: '01-05' }],
  contacts: [
    { kind: 'invitation', after: 'P0D' },
    { kind: 'reminder', after: 'P4D' },
  ],
  waves: [wave],
}

const problemsOf = (file: unknown) =>
  PlanFile.safeParse(file).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)

test('a plan is read with its days as numbers, its hours as times and its delays as durations', () => {
  const read = PlanFile.parse({ ...plan, waves: [{ ...wave, opens: '-P30D' }] })
  expect(read.openingDays).toEqual([1, 4, 7])
  expect(String(read.sendAt)).toBe('10:00:00')
  expect(String(findWave(read, 'w1')?.opens)).toBe('-P30D')
  expect(read.contacts.map(({ kind, after }) => `${kind} ${after}`)).toEqual(['invitation PT0S', 'reminder P4D'])
})

test.each(['1 month', 'P', 'P1.5M', 'PT1M', 'pt1h', 'P1DT12H', ''])(
  '“%s” is no delay in whole days or more',
  (opens) => {
    expect(problemsOf({ ...plan, waves: [{ ...wave, opens }] })).toEqual([
      'waves.0.opens: not an ISO 8601 duration such as P1M or -P30D',
    ])
  },
)

test('a baseline must be one of the waves', () => {
  expect(problemsOf({ ...plan, baseline: 'w0' })).toEqual(['baseline: is not one of the waves'])
})

test('the first contact must be the invitation, and there must be one', () => {
  expect(problemsOf({ ...plan, contacts: plan.contacts.toReversed() })).toEqual([
    'contacts: must be one invitation, then reminders',
  ])
  expect(problemsOf({ ...plan, contacts: [...plan.contacts, { kind: 'invitation', after: 'P20D' }] })).toHaveLength(1)
  expect(problemsOf({ ...plan, contacts: [] })?.[0]).toMatch(/^contacts: /)
})

test('nobody is contacted before the opening', () => {
  const contacts = [{ kind: 'invitation', after: '-P1D' }]
  expect(problemsOf({ ...plan, contacts })).toEqual(['contacts.0.after: a contact comes before the opening'])
})

test.each(['03:00', '07:59', '20:00', '8:00', '25:00', '10:60'])('nothing is sent at %s', (sendAt) => {
  expect(problemsOf({ ...plan, sendAt })).toEqual(['sendAt: between 08:00 and 19:59'])
})

test.each(['08:00', '19:59'])('mails may be sent at %s', (sendAt) => {
  expect(PlanFile.safeParse({ ...plan, sendAt }).success).toBe(true)
})

test.each([
  ['a blackout in a thirteenth month', { blackouts: [{ from: '13-01', to: '01-05' }] }, 'blackouts.0.from'],
  ['a blackout with a year', { blackouts: [{ from: '2026-12-20', to: '01-05' }] }, 'blackouts.0.from'],
  ['a day that is none', { openingDays: ['lundi'] }, 'openingDays.0'],
  ['no opening day', { openingDays: [] }, 'openingDays'],
  ['no wave', { waves: [] }, 'waves'],
  ['a wave without number', { waves: [{ ...wave, wave: 'first' }] }, 'waves.0.wave'],
  ['an anchor nobody knows', { waves: [{ ...wave, anchor: 'birthday' }] }, 'waves.0.anchor'],
  ['a field period of a day', { waves: [{ ...wave, closes: { after: 'opening', days: 1 } }] }, 'waves.0.closes.days'],
  ['an expected response of 60', { waves: [{ ...wave, expectedResponse: 60 }] }, 'waves.0.expectedResponse'],
  ['a misspelt key', { openningDays: [] }, ''],
])('%s is refused where it stands', (_, change, path) => {
  expect(problemsOf({ ...plan, ...change })?.[0]?.split(':')[0]).toBe(path)
})

test('a wave the plan does not have is not found', () => {
  expect(findWave(PlanFile.parse(plan), 'w9')).toBeUndefined()
})
