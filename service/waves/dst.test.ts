// The nights clocks change, minute by minute: each local morning's mail comes once, at the hour of the wall clock.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startAgain, storedMailings } from '../mailings/testing.ts'
import { isBefore } from '../platform/clock.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import { type CaseSoFar, type ContactRules, decideContact } from './contacts.ts'
import { localInstant, startOfDay } from './dates.ts'
import { decideNextContacts } from './decide-contacts.actions.ts'
import { planOf } from './deps.ts'

const day = Temporal.PlainDate.from
const time = Temporal.PlainTime.from

const ZONES = ['Europe/Paris', 'Indian/Reunion', 'Pacific/Tahiti', 'Asia/Kathmandu', 'Africa/Casablanca'] as const

/** Three days around a night on which clocks change somewhere; Morocco’s stand still from September 2026 on. */
const PARIS = [
  { night: 'spring in Paris', first: '2027-03-27', changes: 'Europe/Paris', hours: 23 },
  { night: 'autumn in Paris', first: '2027-10-30', changes: 'Europe/Paris', hours: 25 },
] as const
const NIGHTS = [
  ...PARIS,
  { night: 'the beginning of Ramadan in Casablanca', first: '2026-02-14', changes: 'Africa/Casablanca', hours: 25 },
  { night: 'the end of Ramadan in Casablanca', first: '2026-03-21', changes: 'Africa/Casablanca', hours: 23 },
] as const

const DAYS = 3
const THIRTY_DAYS = Temporal.Duration.from('P30D')
const daysOf = (first: string) => Array.from({ length: DAYS }, (_, index) => day(first).add({ days: index }))

/** Every minute from the first of the days in the east to the end of the last in the west. */
function* minutesOf(first: string): Generator<Temporal.Instant> {
  const from = day(first).toZonedDateTime('Asia/Kathmandu').toInstant()
  const to = day(first).add({ days: DAYS }).toZonedDateTime('Pacific/Tahiti').toInstant()
  for (let now = from; isBefore(now, to); now = now.add({ minutes: 1 })) yield now
}

const wallClock = (instant: Temporal.Instant, timeZone: string) =>
  instant.toZonedDateTimeISO(timeZone).toPlainDateTime().toString()

test.each(NIGHTS)('$night is what it is called', ({ first, changes, hours }) => {
  expect(daysOf(first).map((day) => day.toZonedDateTime(changes).hoursInDay)).toEqual([24, hours, 24])
})

describe('the service, asked every minute', () => {
  let service: TestService
  beforeAll(async () => {
    service = await openTestService('PGlite', '2027-01-01T00:00:00Z')
  })
  beforeEach(() => startAgain(service, '2027-01-01T00:00:00Z'))
  afterAll(() => service.close())

  test.each(PARIS)(
    'invites everybody once at ten, in $night',
    async ({ first }) => {
      const plan = planOf(service, 'tevo')
      const openAnyDay = {
        openingDays: [1, 2, 3, 4, 5, 6, 7],
        blackouts: [],
        waves: plan.waves.map((wave) => (wave.wave === 'w1' ? { ...wave, opens: THIRTY_DAYS } : wave)),
      }
      const deps = { ...service, plans: new Map([[plan.plan, { ...plan, ...openAnyDay }]]) }
      const due = ZONES.flatMap((timeZone) => daysOf(first).map((opensOn) => ({ timeZone, opensOn })))
      await enrol(
        deps,
        due.map(({ timeZone, opensOn }, index) => ({
          matricule: `TEVO1-${index}`,
          courriel: `v${index}@example.org`,
          fuseau_horaire: timeZone,
          date_retour_prevue: opensOn.subtract(THIRTY_DAYS).toString(),
          date_retour_effective: opensOn.subtract(THIRTY_DAYS).toString(),
        })),
      )
      // What was over before, or comes later, is another matter.
      await service.db.updateTable('fieldwork.case').set({ next_contact_at: null }).where('wave', '<>', 'w1').execute()

      for (const now of minutesOf(first)) {
        service.clock.jumpTo(now)
        while (await decideNextContacts(deps)) {}
      }

      const members = await service.db.selectFrom('identity.panel_member').select(['id', 'time_zone']).execute()
      const zoneOf = new Map(members.map(({ id, time_zone }) => [id, time_zone]))
      const owed = (await storedMailings(service)).map(({ kind, member_id, due_at }) => {
        const timeZone = zoneOf.get(member_id)!
        return `${kind} ${timeZone} ${wallClock(due_at, timeZone)}`
      })
      expect(owed.toSorted()).toEqual(
        due.map(({ timeZone, opensOn }) => `invitation ${timeZone} ${opensOn}T10:00:00`).toSorted(),
      )
    },
    120_000,
  )
})

describe('a mail every morning', () => {
  const days = (days: number) => Temporal.Duration.from({ days })
  const daily = (sendAt: string, per24Hours: number): ContactRules => ({
    sendAt: time(sendAt),
    openingDays: [1, 2, 3, 4, 5, 6, 7],
    blackouts: [],
    contacts: [
      { kind: 'invitation', after: days(0) },
      ...[1, 2, 3, 4].map((after) => ({ kind: 'reminder', after: days(after) }) as const),
    ],
    atMost: { perWave: 10, per24Hours },
    late: { invitation: 1, enrolled: 'next due wave' },
  })

  /** What is sent, by the wall clock, to somebody whose wave opens on the first of the days. */
  function lived(rules: ContactRules, timeZone: string, first: string): string[] {
    const opensOn = day(first)
    const before = opensOn.subtract({ days: 30 }).toZonedDateTime('UTC').toInstant()
    let soFar: CaseSoFar = {
      opensOn,
      closesOn: opensOn.add({ days: 20 }),
      timeZone,
      enrolledAt: before,
      plannedAt: before,
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
    const sent: string[] = []
    for (const now of minutesOf(first)) {
      const decision = decideContact(rules, soFar, now)
      if (decision.do !== 'send') continue
      const { kind, number } = decision
      sent.push(wallClock(now, timeZone).slice(0, 16))
      const made = [...soFar.made, { kind, number, at: now, tooLate: false }]
      soFar = { ...soFar, made, heardAt: [...soFar.heardAt, now] }
    }
    // The days are over at different hours: a fourth may have begun.
    return sent.slice(0, DAYS)
  }

  describe.each(NIGHTS)('in $night', ({ first, changes, hours }) => {
    test.each(ZONES)('comes once a morning at the hour, whichever that is, in %s', (timeZone) => {
      for (const sendAt of ['08:00', '10:00', '19:59'])
        expect(lived(daily(sendAt, 2), timeZone, first)).toEqual(daysOf(first).map((day) => `${day}T${sendAt}`))
    })

    test('where one in 24 hours is the most, a day of 23 hours is too short by one', () => {
      const late = hours === 23 ? '11:00' : '10:00'
      expect(lived(daily('10:00', 1), changes, first)).toEqual(
        daysOf(first).map((day, index) => `${day}T${index === 0 ? '10:00' : late}`),
      )
    })
  })
})

test.each([
  ['Europe/Paris', '2027-03-28', '02:30', '2027-03-28T01:30:00Z', 'does not exist: it is half past three'],
  ['Europe/Paris', '2027-10-31', '02:30', '2027-10-31T00:30:00Z', 'exists twice: it is the first'],
  ['Africa/Casablanca', '2026-03-22', '02:30', '2026-03-22T02:30:00Z', 'does not exist: it is half past three'],
  ['Africa/Casablanca', '2026-02-15', '02:30', '2026-02-15T01:30:00Z', 'exists twice: it is the first'],
  ['Indian/Reunion', '2027-03-28', '02:30', '2027-03-27T22:30:00Z', 'is like any other'],
  ['Pacific/Tahiti', '2027-10-31', '02:30', '2027-10-31T12:30:00Z', 'is like any other'],
  ['Asia/Kathmandu', '2027-10-31', '02:30', '2027-10-30T20:45:00Z', 'is like any other'],
])('in %s, %s %s is %s: it %s', (timeZone, date, at, instant) => {
  expect(localInstant(day(date), time(at), timeZone).toString()).toBe(instant)
})

test.each(NIGHTS)('in $night, a period that closes then closes at local midnight', ({ first, changes }) => {
  for (const one of daysOf(first)) expect(wallClock(startOfDay(one, changes), changes)).toBe(`${one}T00:00:00`)
})
