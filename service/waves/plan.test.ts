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
    { kind: 'lastCall', before: 'P3D' },
  ],
  resume: { after: 'P2D' },
  thanks: { after: 'P1D' },
  contactUpdate: { before: 'P2M', apart: 'P5M' },
  atMost: { perWave: 5, per24Hours: 1 },
  late: { invitation: 0.5, enrolled: 'next due wave' },
  waves: [wave],
}

const problemsOf = (file: unknown) =>
  PlanFile.safeParse(file).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)

test('a plan is read with its days as numbers, its hours as times and its delays as durations', () => {
  const read = PlanFile.parse({ ...plan, waves: [{ ...wave, opens: '-P30D' }] })
  expect(read.openingDays).toEqual([1, 4, 7])
  expect(String(read.sendAt)).toBe('10:00:00')
  expect(String(findWave(read, 'w1')?.opens)).toBe('-P30D')
  expect(read.contacts.map(({ kind, ...when }) => `${kind} ${Object.values(when)[0]}`)).toEqual([
    'invitation PT0S',
    'reminder P4D',
    'lastCall P3D',
  ])
  expect([read.resume?.after, read.thanks?.after, read.contactUpdate?.apart].map(String)).toEqual(['P2D', 'P1D', 'P5M'])
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

const invitation = { kind: 'invitation', after: 'P0D' }
const reminder = (after: string) => ({ kind: 'reminder', after })
const lastCall = { kind: 'lastCall', before: 'P3D' }
const FIRST = 'contacts: must have the invitation on the day of the opening: P0D'
const ORDER = 'contacts: must be one invitation, then reminders, then at most one last call'
const LATER = 'contacts: must have each reminder later than the one before'
test.each<[string, object[], string[] | undefined]>([
  ['an invitation alone', [invitation], undefined],
  ['an invitation and a last call', [invitation, lastCall], undefined],
  ['ten reminders', [invitation, ...Array.from({ length: 10 }, (_, n) => reminder(`P${n + 1}W`))], undefined],
  ['a reminder first', [reminder('P4D'), invitation], [ORDER]],
  ['two invitations', [invitation, invitation], [ORDER]],
  ['no invitation', [reminder('P4D')], [ORDER]],
  ['a reminder after the last call', [invitation, lastCall, reminder('P4D')], [ORDER]],
  ['two last calls', [invitation, lastCall, lastCall], [ORDER]],
  ['nothing', [], ['contacts: Too small: expected array to have >=1 items']],
  ['an invitation days later', [{ ...invitation, after: 'P2D' }], [FIRST]],
  ['reminders that go backwards', [invitation, reminder('P11D'), reminder('P4D')], [LATER]],
  ['two reminders at once', [invitation, reminder('P7D'), reminder('P1W')], [LATER]],
  ['a reminder together with the invitation', [invitation, reminder('P0D')], [LATER]],
  ['a reminder a month after one of 30 days', [invitation, reminder('P30D'), reminder('P1M')], undefined],
])('contacts that are %s', (_, contacts, problems) => {
  expect(problemsOf({ ...plan, contacts })).toEqual(problems)
})

test('nobody is contacted before the opening, nor called for the last time after the close', () => {
  const back = (contact: object) => problemsOf({ ...plan, contacts: [invitation, contact] })?.[0]
  expect(back(reminder('-P1D'))).toContain('a duration that does not go back')
  expect(back({ kind: 'lastCall', before: '-P1D' })).toContain('a duration that does not go back')
})

test('what a plan does not want it leaves out', () => {
  const { resume: _, thanks: __, contactUpdate: ___, ...less } = plan
  expect(problemsOf(less)).toBeUndefined()
})

test.each(['03:00', '07:59', '20:00', '8:00', '25:00', '10:60'])('nothing is sent at %s', (sendAt) => {
  expect(problemsOf({ ...plan, sendAt })).toEqual(['sendAt: between 08:00 and 19:59'])
})

test.each(['08:00', '19:59'])('mails may be sent at %s', (sendAt) => {
  expect(PlanFile.safeParse({ ...plan, sendAt }).success).toBe(true)
})

test.each([
  ['a blackout in a thirteenth month', { blackouts: [{ from: '13-01', to: '01-05' }] }, 'blackouts.0.from'],
  ['a blackout to a day no February has', { blackouts: [{ from: '12-20', to: '02-30' }] }, 'blackouts.0.to'],
  ['a blackout with a year', { blackouts: [{ from: '2026-12-20', to: '01-05' }] }, 'blackouts.0.from'],
  ['a day that is none', { openingDays: ['lundi'] }, 'openingDays.0'],
  ['no opening day', { openingDays: [] }, 'openingDays'],
  ['no wave', { waves: [] }, 'waves'],
  ['a wave twice', { waves: [wave, { ...wave, opens: 'P6M' }] }, 'waves'],
  ['a wave in more than fifty years', { waves: [{ ...wave, opens: 'P601M' }] }, 'waves.0.opens'],
  ['a wave before there were dates', { waves: [{ ...wave, opens: '-P99999999D' }] }, 'waves.0.opens'],
  ['a name of two lines', { waves: [{ ...wave, name: { fr: 'Un', en: 'One\r\nTwo' } }] }, 'waves.0.name.en'],
  ['a name with a sign nobody sees', { waves: [{ ...wave, name: { fr: 'U\u0000n', en: 'One' } }] }, 'waves.0.name.fr'],
  ['a name that is a story', { waves: [{ ...wave, name: { fr: 'Un'.repeat(31), en: 'One' } }] }, 'waves.0.name.fr'],
  ['an instrument no file could have', { waves: [{ ...wave, instrument: 'W 1' }] }, 'waves.0.instrument'],
  ['a wave without number', { waves: [{ ...wave, wave: 'first' }] }, 'waves.0.wave'],
  ['an anchor nobody knows', { waves: [{ ...wave, anchor: 'birthday' }] }, 'waves.0.anchor'],
  ['a field period of a day', { waves: [{ ...wave, closes: { after: 'opening', days: 1 } }] }, 'waves.0.closes.days'],
  ['an expected response of 60', { waves: [{ ...wave, expectedResponse: 60 }] }, 'waves.0.expectedResponse'],
  ['more than three mails a day', { atMost: { perWave: 5, per24Hours: 4 } }, 'atMost.per24Hours'],
  ['no mail at all', { atMost: { perWave: 0, per24Hours: 1 } }, 'atMost.perWave'],
  ['an invitation that is never late', { late: { invitation: 0, enrolled: 'none' } }, 'late.invitation'],
  ['a late policy nobody knows', { late: { invitation: 0.5, enrolled: 'all waves' } }, 'late.enrolled'],
  ['a way back in hours', { resume: { after: 'PT36H' } }, 'resume.after'],
  ['thanks before the answer', { thanks: { after: '-P1D' } }, 'thanks.after'],
  ['a misspelt key', { openningDays: [] }, ''],
])('%s is refused where it stands', (_, change, path) => {
  expect(problemsOf({ ...plan, ...change })?.[0]?.split(':')[0]).toBe(path)
})

test.each<[string, [from: string, to: string][], boolean]>([
  ['none', [], true],
  ['all year', [['01-01', '12-31']], false],
  ['all year from the middle of it', [['07-01', '06-30']], false],
  ['all but two weeks over New Year', [['01-08', '12-24']], true],
  ['all but thirteen days', [['01-07', '12-24']], false],
  [
    'all but two weeks in two halves',
    [
      ['01-01', '05-31'],
      ['06-15', '12-31'],
    ],
    true,
  ],
  [
    'every other week',
    Array.from({ length: 12 }, (_, n) => [
      `${String(n + 1).padStart(2, '0')}-08`,
      `${String(n + 1).padStart(2, '0')}-21`,
    ]),
    true,
  ],
  [
    'every tenth day',
    Array.from({ length: 12 }, (_, n) =>
      ['01', '11', '21', '28'].map((day): [string, string] => [
        `${String(n + 1).padStart(2, '0')}-${day}`,
        `${String(n + 1).padStart(2, '0')}-${day}`,
      ]),
    ).flat(),
    false,
  ],
])('times without mail that are %s', (_, spans, isEnough) => {
  const blackouts = spans.map(([from, to]) => ({ from, to }))
  expect(problemsOf({ ...plan, blackouts })).toEqual(
    isEnough ? undefined : ['blackouts: must leave two weeks in a row of every year'],
  )
})

test('whatever else is wrong, what parts have to do with each other is told as well', () => {
  const wrong = {
    sendAt: '03:00',
    baseline: 'w0',
    blackouts: [{ from: '01-01', to: '12-31' }],
    contacts: [invitation, reminder('P7D'), reminder('P7D')],
    late: { invitation: 0, enrolled: 'none' },
    waves: [wave, { ...wave, opens: 'soon' }],
  }
  expect(problemsOf({ ...plan, ...wrong })?.map((problem) => problem.split(':')[0])).toEqual([
    'sendAt',
    'late.invitation',
    'waves.1.opens',
    'baseline',
    'waves',
    'blackouts',
    'contacts',
  ])
  for (const nothing of [null, [], 'plan', { contacts: 'none', waves: 1, blackouts: {} }])
    expect(PlanFile.safeParse(nothing).success).toBe(false)
})

test('a wave the plan does not have is not found', () => {
  expect(findWave(PlanFile.parse(plan), 'w9')).toBeUndefined()
})
