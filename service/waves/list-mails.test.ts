// What staff are told beforehand is what the service then does: every mail, its local minute, or why there is none.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { BEFORE_W1, startAgain, storedMailings, W1_OPENS } from '../mailings/testing.ts'
import { isBefore } from '../platform/clock.ts'
import { seededRandom } from '../platform/secrets.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import { decideNextContacts } from './decide-contacts.actions.ts'
import { planOf } from './deps.ts'
import { type ListedMail, listMails } from './list-mails.actions.ts'
import { PLANNED_KINDS, type Plan } from './plan.ts'

const day = Temporal.PlainDate.from

let service: TestService
beforeAll(async () => {
  service = await openTestService('PGlite', BEFORE_W1)
})
beforeEach(() => startAgain(service, BEFORE_W1))
afterAll(() => service.close())

const decide = async (deps = service) => {
  while (await decideNextContacts(deps)) {}
}
const deliver = () =>
  service.db
    .updateTable('fieldwork.mailing')
    .set({ attempts: 1, sent_at: service.clock.now(), next_attempt_at: null })
    .where('next_attempt_at', 'is not', null)
    .execute()

const list = (from: string, to: string, wave?: string, deps = service) =>
  listMails(deps, { programmes: ['tevo'], from: day(from), to: day(to), wave })
const sayLocal = ({ at, timeZone }: ListedMail) =>
  at.toZonedDateTimeISO(timeZone).toPlainDateTime().toString().slice(0, 16)
const sayMail = (mail: ListedMail) => `${sayLocal(mail)} ${mail.wave} ${mail.kind} ${mail.number}`
const sayState = (mail: ListedMail) => `${sayMail(mail)} ${mail.state}${mail.because ? `: ${mail.because}` : ''}`

/** Lets two years pass, from one instant at which something may be due to the next; all that is owed goes at once. */
async function live(until: Temporal.Instant, deps = service): Promise<void> {
  for (;;) {
    await decide(deps)
    await deliver()
    const { next } = await service.db
      .selectFrom('fieldwork.case')
      .select(({ fn }) => fn.min('next_contact_at').as('next'))
      .executeTakeFirstOrThrow()
    if (!next || isBefore(until, next)) return
    service.clock.jumpTo(next)
  }
}

const ZONES = ['Africa/Dakar', 'Europe/Paris', 'Pacific/Tahiti', 'Asia/Kathmandu', 'Africa/Casablanca', 'Pacific/Apia']

/** Missions of every kind: returned long ago or not yet, with addresses or without. */
function someRows(seed: string, count: number) {
  const random = seededRandom(seed)
  const dice = (sides: number) => random(1)[0]! % sides
  const dateFrom = (date: string, months: number) =>
    day(date)
      .add({ months: dice(months), days: dice(31) })
      .toString()
  return Array.from({ length: count }, (_, index) => {
    const departed = dateFrom('2025-06-01', 12)
    const planned = dateFrom('2026-08-01', 14)
    return {
      matricule: `TEVO1-${index}`,
      courriel: dice(8) === 0 ? '' : `v${index}@example.org`,
      fuseau_horaire: ZONES[dice(ZONES.length)]!,
      date_depart: departed,
      date_retour_prevue: planned,
      date_retour_effective: dice(3) === 0 ? '' : dateFrom('2026-06-15', 4),
    }
  })
}

const optOut = (matricules: string[]) =>
  service.db
    .updateTable('identity.panel_member')
    .set({ opted_out_at: service.clock.now() })
    .where('matricule', 'in', matricules)
    .execute()

describe('what is said of the next two years, when nobody answers, is what comes', () => {
  const months = (months: number) => Temporal.Duration.from({ months })
  const contactsOfShort = (plan: Plan) => plan.contacts.filter(({ kind }) => kind !== 'lastCall')
  const plans: [string, (plan: Plan) => Partial<Plan>][] = [
    ['by the standard plan', () => ({})],
    [
      'by one with waves so close that they are merged, two mails in 24 hours, and four a wave',
      ({ waves }) => ({
        sendAt: Temporal.PlainTime.from('08:30'),
        contactUpdate: undefined,
        atMost: { perWave: 4, per24Hours: 2 },
        waves: waves.map((wave, index) => (wave.anchor === 'return' ? { ...wave, opens: months(index) } : wave)),
      }),
    ],
    [
      'by one that asks the latest missed wave, and never for the last time',
      (plan) => ({ contacts: contactsOfShort(plan), late: { invitation: 0.4, enrolled: 'latest missed wave' } }),
    ],
    ['by one that asks nobody who comes late', ({ late }) => ({ late: { ...late, enrolled: 'none' } })],
  ]
  test.each(plans)(
    '%s',
    async (name, change) => {
      const plan = planOf(service, 'tevo')
      const deps = { ...service, plans: new Map([[plan.plan, { ...plan, ...change(plan) }]]) }
      await enrol(deps, someRows(name, 20))
      await optOut(['TEVO1-3', 'TEVO1-11'])
      const [from, to] = ['2026-10-01', '2028-10-01']
      const said = await list(from, to, undefined, deps)
      await live(Temporal.Instant.from('2028-10-03T12:00:00Z'), deps)
      const done = await list(from, to, undefined, deps)

      const sent = done.filter(({ state }) => state === 'sent')
      const planned = said.filter(({ state }) => state === 'planned')
      const withPerson = (mail: ListedMail) => `${mail.person} ${sayMail(mail)}`
      expect(sent.map(withPerson).toSorted()).toEqual(planned.map(withPerson).toSorted())
      expect(sent.length).toBeGreaterThan(60)
      const sayStored = ({ at, kind, number }: Pick<ListedMail, 'at' | 'kind' | 'number'>) => `${at} ${kind} ${number}`
      const stored = (await storedMailings(service)).map((one) => sayStored({ ...one, at: one.sent_at! }))
      expect(stored).toEqual(expect.arrayContaining(sent.map(sayStored)))

      const notSent = (mails: ListedMail[]) =>
        mails
          .filter(({ state }) => state === 'not sent')
          .map((mail) => `${mail.person} ${sayState(mail)}`)
          .toSorted()
      expect(notSent(done)).toEqual(notSent(said))
      for (const { state, because } of [...said, ...done]) {
        expect(state === 'not sent').toBe(because !== null)
        expect(because).not.toBe('all sent')
      }
      expect(new Set(said.map(({ state }) => state))).toEqual(new Set(['planned', 'not sent']))
      expect(new Set(done.map(({ state }) => state))).toEqual(new Set(['sent', 'not sent']))
    },
    120_000,
  )
})

test('a wave in the middle: what was sent, what is on its way, what will come', async () => {
  await enrol(service, [{}])
  for (const date of ['10-15', '10-19']) {
    service.clock.jumpTo(Temporal.Instant.from(`2026-${date}T10:00:00Z`))
    await decide()
    await deliver()
  }
  service.clock.jumpTo(Temporal.Instant.from('2026-10-26T10:00:00Z'))
  await decide()
  expect((await list('2026-10-01', '2027-03-31')).map(sayState)).toEqual([
    '2026-10-15T10:00 w1 invitation 1 sent',
    '2026-10-19T10:00 w1 reminder 1 sent',
    '2026-10-26T10:00 w1 reminder 2 on its way',
    '2026-11-05T10:00 w1 reminder 3 planned',
    '2026-11-23T10:00 w1 lastCall 1 planned',
    '2027-01-18T10:00 w2 contactUpdate 1 planned',
    '2027-03-15T10:00 w2 invitation 1 planned',
    '2027-03-19T10:00 w2 reminder 1 planned',
    '2027-03-26T10:00 w2 reminder 2 planned',
  ])
})

test('a mailing that was given up says why', async () => {
  await enrol(service, [{}])
  service.clock.jumpTo(W1_OPENS)
  await decide()
  await service.db
    .updateTable('fieldwork.mailing')
    .set({ attempts: 9, next_attempt_at: null, because: 'not delivered' })
    .execute()
  expect((await list('2026-10-15', '2026-10-15')).map(sayState)).toEqual([
    '2026-10-15T10:00 w1 invitation 1 not sent: not delivered',
  ])
})

test('of a wave that was closed without an address, the reason stays, though there is an address now', async () => {
  await enrol(service, [{ courriel: '' }])
  service.clock.jumpTo(W1_OPENS)
  await decide()
  service.clock.jumpTo(Temporal.Instant.from('2027-01-10T12:00:00Z'))
  await enrol(service, [{ courriel: 'ana@example.org' }])
  await decide()
  const reasons = (await list('2026-10-01', '2026-12-31')).map(({ because }) => because)
  expect(reasons).toEqual(Array(5).fill('no address'))
})

test('both days count, where each person is', async () => {
  await enrol(
    service,
    ['Pacific/Apia', 'Africa/Dakar', 'Pacific/Tahiti'].map((fuseau_horaire, index) => ({
      matricule: `TEVO1-${index}`,
      fuseau_horaire,
    })),
  )
  const invitations = await list('2026-10-15', '2026-10-15')
  expect(invitations.map(({ timeZone }) => timeZone)).toEqual(['Pacific/Apia', 'Africa/Dakar', 'Pacific/Tahiti'])
  expect(new Set(invitations.map(sayLocal))).toEqual(new Set(['2026-10-15T10:00']))
  expect(await list('2026-10-14', '2026-10-14')).toEqual([])
  expect(await list('2026-10-16', '2026-10-18')).toEqual([])
})

test('only one wave, where that is asked for', async () => {
  await enrol(service, [{}])
  expect((await list('2026-10-01', '2027-12-31', 'w2')).map(sayMail)).toEqual([
    '2027-01-18T10:00 w2 contactUpdate 1',
    '2027-03-15T10:00 w2 invitation 1',
    '2027-03-19T10:00 w2 reminder 1',
    '2027-03-26T10:00 w2 reminder 2',
    '2027-04-05T10:00 w2 reminder 3',
    '2027-05-07T10:00 w2 lastCall 1',
  ])
})

test('what is asked two months before is listed, though the end of a short month is further from the opening', async () => {
  await enrol(service, [{ date_retour_prevue: '2028-04-30', date_retour_effective: '2028-04-30' }])
  expect((await list('2029-02-28', '2029-02-28')).map(sayMail)).toEqual(['2029-02-28T10:00 w3 contactUpdate 1'])
})

test('thanks are listed, though the wave is over by then', async () => {
  await enrol(service, [{}])
  service.clock.jumpTo(Temporal.Instant.from('2026-11-25T12:00:00Z'))
  await service.db
    .updateTable('fieldwork.case')
    .set({ submitted_on: day('2026-11-25'), next_contact_at: service.clock.now() })
    .where('wave', '=', 'w1')
    .execute()
  expect((await list('2026-11-26', '2026-11-26')).map(sayState)).toEqual(['2026-11-26T10:00 w1 thanks 1 planned'])
})

test('where the effective return is not known, that is said', async () => {
  await enrol(service, [
    { matricule: 'TEVO1-0001' },
    { matricule: 'TEVO1-0002', date_retour_effective: '', date_retour_prevue: '2026-09-15' },
  ])
  const unknown = (await list('2026-10-15', '2026-10-15')).map(({ returnUnknown }) => returnUnknown)
  expect(unknown.toSorted()).toEqual([false, true])
})

test('a person has the same code each time, which is neither their pseudonym nor part of who they are', async () => {
  await enrol(service, [{ matricule: 'TEVO1-0001' }, { matricule: 'TEVO1-0002' }])
  const first = await list('2026-10-01', '2027-12-31')
  const codes = [...new Set(first.map(({ person }) => person))]
  expect(codes).toHaveLength(2)
  for (const code of codes) expect(code).toMatch(/^[0-9a-f]{8}$/)
  service.clock.jumpTo(W1_OPENS)
  await decide()
  await deliver()
  expect(new Set((await list('2026-10-01', '2027-12-31')).map(({ person }) => person))).toEqual(new Set(codes))
  const known = await service.db
    .selectFrom('link.pseudonym as link')
    .innerJoin('identity.panel_member as member', 'member.id', 'link.member_id')
    .select(['link.pseudonym', 'member.id', 'member.matricule', 'member.email'])
    .execute()
  const named = JSON.stringify(known).replaceAll('-', '').toLowerCase()
  for (const code of codes) expect(named).not.toContain(code)
})

test('what it lists is a mail of the plan, and progress is told', async () => {
  await enrol(service, someRows('progress', 12))
  const told: number[] = []
  const mails = await listMails(service, {
    programmes: ['tevo'],
    from: day('2026-10-01'),
    to: day('2027-10-01'),
    onProgress: (listed) => told.push(listed),
  })
  expect(told.at(-1)).toBeGreaterThanOrEqual(mails.length)
  for (const { kind } of mails) expect(PLANNED_KINDS).toContain(kind)
  const times = mails.map(({ at }) => at.epochMilliseconds)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})
