// Members get their cases, and cases their mailings: at the right instants, once, or with a reason why not.
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { askLink } from '../mailings/ask-link.actions.ts'
import { BEFORE_W1, enrolMany, startAgain, storedMailings, W1_OPENS } from '../mailings/testing.ts'
import { type Database, openServer } from '../platform/database.ts'
import { rowId } from '../platform/secrets.ts'
import { ENGINES } from '../platform/testing.ts'
import { dateNextUnit } from '../publications/close-wave.actions.ts'
import { savePage } from '../responses/responses.queries.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import { type OwedMailing, oweMailings } from './cases.queries.ts'
import { decideNextContacts } from './decide-contacts.actions.ts'
import { planOf } from './deps.ts'
import type { Plan } from './plan.ts'
import { planNextMembers } from './plan-members.actions.ts'

let service: TestService

const plan = async (deps = service) => {
  while (await planNextMembers(deps)) {}
}
const decide = async (deps = service) => {
  while (await decideNextContacts(deps)) {}
}
const at = (instant: string) => service.clock.jumpTo(Temporal.Instant.from(instant))

const cases = () =>
  service.db
    .selectFrom('fieldwork.case as case')
    .innerJoin('identity.panel_member as member', 'member.id', 'case.member_id')
    .selectAll('case')
    .select('member.matricule')
    .orderBy('member.matricule')
    .orderBy('case.wave')
    .execute()
const caseOf = async (wave: string, matricule = 'TEVO1-0001') =>
  (await cases()).find((one) => one.wave === wave && one.matricule === matricule)!
const periods = async (matricule = 'TEVO1-0001') =>
  (await cases())
    .filter((one) => one.matricule === matricule)
    .map(({ wave, opens_on, closes_on }) => `${wave} ${opens_on} to ${closes_on}`)
const mailings = async () => (await storedMailings(service)).map(({ kind, number }) => `${kind} ${number}`)
const owedNow = async () =>
  (await storedMailings(service))
    .filter(({ next_attempt_at }) => next_attempt_at !== null)
    .map(({ kind, number, due_at }) => `${kind} ${number} ${due_at}`)

/** All that is owed has gone out, this very moment. */
const deliver = () =>
  service.db
    .updateTable('fieldwork.mailing')
    .set({ attempts: 1, sent_at: service.clock.now(), next_attempt_at: null })
    .where('next_attempt_at', 'is not', null)
    .execute()

/** A sender has taken up all that is owed, and has not come back. */
const takeUp = () =>
  service.db
    .updateTable('fieldwork.mailing')
    .set({ attempts: 1, claim: rowId(), claimed_until: service.clock.now().add({ minutes: 5 }) })
    .execute()

/** The service by a plan that differs from the one in its file; everybody is to be planned by it. */
async function byPlan(change: (plan: Plan) => Partial<Plan>): Promise<TestService> {
  const plan = planOf(service, 'tevo')
  await service.db.updateTable('fieldwork.mission').set({ plan_stale: true }).execute()
  return { ...service, plans: new Map([[plan.plan, { ...plan, ...change(plan) }]]) }
}

const mailingOf = ({ id, member_id }: { id: string; member_id: string }): OwedMailing => ({
  id: rowId(),
  occasion: `case:${id}`,
  kind: 'invitation',
  number: 1,
  member_id,
  case_id: id,
  scope: 'tevo/w1',
  due_at: W1_OPENS,
  next_attempt_at: W1_OPENS,
  claim: null,
  claimed_until: null,
  sent_at: null,
  failed_at: null,
  because: null,
})

/** Begins to answer a case, or finishes, as its page does. */
const answer = async (caseId: string, { submit }: { submit: boolean }) => {
  const { pseudonym } = await service.db
    .selectFrom('fieldwork.case as case')
    .innerJoin('link.pseudonym as link', 'link.member_id', 'case.member_id')
    .where('case.id', '=', caseId)
    .select('link.pseudonym')
    .executeTakeFirstOrThrow()
  const now = service.clock.now()
  const { instrument, version } = service.bank.instruments.get('w1')!
  await savePage(service.db, {
    caseId,
    receipt: rowId(),
    pseudonym,
    wave: 'w1',
    instrument,
    version,
    language: 'fr',
    soFar: {},
    changes: {},
    page: 1,
    now,
    today: now.toZonedDateTimeISO('Africa/Dakar').toPlainDate(),
    submit,
  })
}

/** The statement of a second instance of the service, with a pool of its own where there is a server. */
async function withAnother(work: (other: TestService) => Promise<void>): Promise<void> {
  const other: Database | null = service.database.url ? openServer(service.database.url) : null
  try {
    await work({ ...service, db: other?.db ?? service.db })
  } finally {
    await other?.close()
  }
}

describe.each(ENGINES)('on %s', (engine) => {
  beforeAll(async () => {
    service = await openTestService(engine, BEFORE_W1)
  })
  beforeEach(() => startAgain(service, BEFORE_W1))
  afterAll(() => service.close())

  describe('planning', () => {
    test('a member in Dakar has six waves, opening on open days and closing weeks later', async () => {
      await enrol(service, [{}])
      expect(await periods()).toEqual([
        'w0 2025-12-16 to 2026-01-30',
        'w1 2026-10-15 to 2026-11-26',
        'w2 2027-03-15 to 2027-05-10',
        'w3 2027-09-15 to 2027-11-10',
        'w4 2028-09-18 to 2028-11-27', // 15 September 2028 is a Friday
        'w5 2029-09-17 to 2029-11-26', // and 15 September 2029 a Saturday
      ])
      const { opens_at, closes_at, next_contact_at } = await caseOf('w1')
      expect([opens_at, closes_at, next_contact_at].map(String)).toEqual([
        '2026-10-15T10:00:00Z',
        '2026-11-26T00:00:00Z',
        '2026-10-15T10:00:00Z',
      ])
    })

    test('the same dates are other instants elsewhere, summer and winter time included', async () => {
      await enrol(service, [
        { matricule: 'X-1', fuseau_horaire: 'Europe/Paris' },
        { matricule: 'X-2', fuseau_horaire: 'Pacific/Auckland' },
      ])
      const instants = async (matricule: string) => {
        const { opens_at, closes_at } = await caseOf('w1', matricule)
        return [String(opens_at), String(closes_at)]
      }
      expect(await instants('X-1')).toEqual(['2026-10-15T08:00:00Z', '2026-11-25T23:00:00Z'])
      expect(await instants('X-2')).toEqual(['2026-10-14T21:00:00Z', '2026-11-25T11:00:00Z'])
    })

    test('without an effective return the planned one counts, until the effective one is known', async () => {
      await enrol(service, [{ date_retour_effective: '' }])
      expect((await caseOf('w1')).opens_on.toString()).toBe('2026-10-15')
      at('2026-10-15T09:59:59Z')
      await decide()
      expect(await mailings()).toEqual([])
      await enrol(service, [{ date_retour_effective: '2026-09-22' }])
      expect((await caseOf('w1')).opens_on.toString()).toBe('2026-10-22')
      expect((await caseOf('w0')).opens_on.toString()).toBe('2025-12-16')
    })

    test('every wave of every cohort has a unit, its end still to be worked out', async () => {
      await enrol(service, [{ matricule: 'TEVO1-0001' }, { matricule: 'TEVO1-0002' }, { matricule: 'TEVO2-0001' }])
      const units = await service.db
        .selectFrom('fieldwork.unit as unit')
        .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'unit.cohort_id')
        .select(['cohort.slug', 'unit.wave', 'unit.due_at', 'unit.closed_at'])
        .orderBy('cohort.slug')
        .orderBy('unit.wave')
        .execute()
      expect(units.map(({ slug, wave }) => `${slug} ${wave}`)).toEqual(
        ['phase-1', 'phase-2'].flatMap((slug) => ['w0', 'w1', 'w2', 'w3', 'w4', 'w5'].map((wave) => `${slug} ${wave}`)),
      )
      expect(units.every(({ due_at, closed_at }) => due_at === null && closed_at === null)).toBe(true)
    })

    test('a changed date has the end of open units worked out again, and leaves closed ones closed', async () => {
      await enrol(service, [{}])
      const due = Temporal.Instant.from('2026-11-26T00:00:00Z')
      await service.db.updateTable('fieldwork.unit').set({ due_at: due }).execute()
      await service.db
        .updateTable('fieldwork.unit')
        .set({ closed_at: due, because: 'too few' })
        .where('wave', '=', 'w0')
        .execute()
      await enrol(service, [{ date_retour_effective: '2026-09-22' }])
      const units = await service.db
        .selectFrom('fieldwork.unit')
        .select(['wave', 'due_at', 'because'])
        .orderBy('wave')
        .execute()
      expect(units.map(({ wave, due_at, because }) => [wave, due_at?.toString() ?? null, because])).toEqual([
        ['w0', due.toString(), 'too few'],
        ...['w1', 'w2', 'w3', 'w4', 'w5'].map((wave) => [wave, null, null]),
      ])
    })

    test('a changed return moves the cases nobody was written to about, and only those', async () => {
      const two = [{ matricule: 'TEVO1-0001' }, { matricule: 'TEVO1-0002', fuseau_horaire: 'America/Cayenne' }]
      await enrol(service, two)
      service.clock.jumpTo(W1_OPENS)
      await decide() // ten in Dakar, seven in Cayenne: only the first member is written to
      expect(await mailings()).toEqual(['invitation 1'])
      await deliver()
      const before = await periods()
      await enrol(
        service,
        two.map((row) => ({ ...row, date_retour_effective: '2026-09-22' })),
      )
      expect(await periods()).toEqual([
        before[0],
        before[1],
        'w2 2027-03-22 to 2027-05-17',
        'w3 2027-09-22 to 2027-11-17',
        'w4 2028-09-25 to 2028-12-04',
        'w5 2029-09-24 to 2029-12-03',
      ])
      expect((await periods('TEVO1-0002'))[1]).toBe('w1 2026-10-22 to 2026-12-03')
      await decide()
      expect((await caseOf('w1')).next_contact_at?.toString()).toBe('2026-10-19T10:00:00Z')
      expect((await caseOf('w1', 'TEVO1-0002')).next_contact_at?.toString()).toBe('2026-10-22T13:00:00Z')
    })

    test('a case that somebody has begun to answer stays as it is', async () => {
      await enrol(service, [{}])
      const { id, opens_on } = await caseOf('w1')
      await service.db.updateTable('fieldwork.case').set({ started_on: opens_on }).where('id', '=', id).execute()
      await enrol(service, [{ date_retour_effective: '2026-09-22' }])
      expect((await caseOf('w1')).opens_on.equals(opens_on)).toBe(true)
      expect((await caseOf('w2')).opens_on.toString()).toBe('2027-03-22')
    })

    test('planning again makes no second case, and two instances at once make none either', async () => {
      await enrolMany(service, 450)
      const before = await periods()
      await service.db.updateTable('fieldwork.mission').set({ plan_stale: true }).execute()
      await withAnother(async (other) => {
        await Promise.all([plan(), plan(other)])
      })
      expect(await cases()).toHaveLength(450 * 6)
      expect(await periods()).toEqual(before)
      const stale = await service.db
        .selectFrom('fieldwork.mission')
        .where('plan_stale', '=', true)
        .selectAll()
        .execute()
      expect(stale).toEqual([])
    })
  })

  describe('planning again', () => {
    const ANA_AGAIN = 'TEVO1-0001'
    type Cells = Parameters<typeof enrol>[1][number]

    describe.each<[string, Cells, Cells, string[], string]>([
      [
        'they came back earlier than planned',
        { date_retour_prevue: '2026-09-15', date_retour_effective: '' },
        { date_retour_effective: '2026-09-08' },
        ['w1 2026-10-08 to 2026-11-19', 'w2 2027-03-08 to 2027-05-03'],
        'w1 2026-10-15 to 2026-11-26',
      ],
      [
        'they came back so early that the next wave opens within the one they know of',
        {},
        { date_retour_effective: '2026-05-05' },
        ['w1 2026-06-08 to 2026-07-20', 'w2 2026-11-05 to 2026-12-31'],
        'w1 2026-10-15 to 2026-11-05',
      ],
      [
        'they came back later',
        {},
        { date_retour_effective: '2026-09-22' },
        ['w1 2026-10-22 to 2026-12-03', 'w2 2027-03-22 to 2027-05-17'],
        'w1 2026-10-15 to 2026-11-26',
      ],
      [
        'the mission is extended',
        { date_retour_effective: '' },
        { date_retour_prevue: '2027-01-15', date_retour_effective: '' },
        ['w1 2027-02-15 to 2027-03-29', 'w2 2027-07-15 to 2027-09-09'],
        'w1 2026-10-15 to 2026-11-26',
      ],
    ])('when %s', (_, first, then, moved, kept) => {
      test('before the invitation, all waves after the return move', async () => {
        await enrol(service, [first])
        await enrol(service, [{ ...first, ...then }])
        expect((await periods()).slice(0, 3)).toEqual(['w0 2025-12-16 to 2026-01-30', ...moved])
      })

      test('after the invitation, that wave opens when it did, and the others move', async () => {
        await enrol(service, [first])
        service.clock.jumpTo(W1_OPENS)
        await decide()
        await deliver()
        await enrol(service, [{ ...first, ...then }])
        expect((await periods()).slice(0, 3)).toEqual(['w0 2025-12-16 to 2026-01-30', kept, moved[1]])
        const { closes_on, closes_at } = await caseOf('w1')
        expect(closes_at.toString()).toBe(`${closes_on}T00:00:00Z`)
      })
    })

    test('a wave that ends earlier has its last call earlier', async () => {
      await enrol(service, [{}])
      for (const day of ['15', '19', '26']) {
        at(`2026-10-${day}T10:00:00Z`)
        await decide()
        await deliver()
      }
      expect((await caseOf('w1')).next_contact_at?.toString()).toBe('2026-11-05T10:00:00Z')
      await enrol(service, [{ date_retour_effective: '2026-05-05' }])
      await decide()
      expect((await caseOf('w1')).next_contact_at?.toString()).toBe('2026-11-02T10:00:00Z')
    })

    test('what is owed and nobody has tried is owed no more, and owed again at its new time', async () => {
      await enrol(service, [{}])
      service.clock.jumpTo(W1_OPENS)
      await decide()
      await enrol(service, [{ date_retour_effective: '2026-09-22' }])
      expect(await mailings()).toEqual([])
      at('2026-10-22T09:59:00Z')
      await decide()
      expect(await mailings()).toEqual([])
      at('2026-10-22T10:00:00Z')
      await decide()
      expect(await owedNow()).toEqual(['invitation 1 2026-10-22T10:00:00Z'])
    })

    test('what a sender has taken up fixes its case, even if nobody knows whether it went', async () => {
      await enrol(service, [{}])
      service.clock.jumpTo(W1_OPENS)
      await decide()
      await takeUp()
      await enrol(service, [{ date_retour_effective: '2026-09-22' }])
      expect((await periods())[1]).toBe('w1 2026-10-15 to 2026-11-26')
      expect(await mailings()).toEqual(['invitation 1'])
    })

    test('whether the address holds is asked once, however often the wave moves after it', async () => {
      await enrol(service, [{}])
      at('2027-01-18T10:00:00Z')
      await decide()
      await deliver()
      await enrol(service, [{ date_retour_effective: '2026-10-15' }])
      expect((await caseOf('w2')).opens_on.toString()).toBe('2027-04-15')
      at('2027-02-15T10:00:00Z')
      await decide()
      expect(await mailings()).toEqual(['contactUpdate 1'])
      expect((await caseOf('w2')).next_contact_at?.toString()).toBe('2027-04-15T10:00:00Z')
    })

    test('a wave merged into the next is never open: nobody is invited to it, nor given a link', async () => {
      await enrol(service, [{}])
      const month = Temporal.Duration.from('P1M')
      const merging = await byPlan(({ waves }) => ({
        waves: waves.map((wave) => (wave.wave === 'w2' ? { ...wave, opens: month } : wave)),
      }))
      await plan(merging)
      const merged = await caseOf('w1')
      expect(merged).toMatchObject({ because: 'merged', next_contact_at: null })
      expect(merged.closes_at.equals(merged.opens_at)).toBe(true)
      service.clock.jumpTo(W1_OPENS)
      await decide(merging)
      await askLink(merging, 'ana@example.org')
      const { id } = await caseOf('w2')
      const owed = await storedMailings(service)
      expect(owed.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['invitation', 'link']))
      expect(owed.map(({ case_id }) => case_id)).toEqual([id, id])
    })

    test('a wave the plan has lost goes with its units, but for those who have been written to', async () => {
      await enrol(service, [{ matricule: ANA_AGAIN }, { matricule: 'TEVO1-0002', fuseau_horaire: 'America/Cayenne' }])
      service.clock.jumpTo(W1_OPENS)
      await decide()
      await deliver()
      const shorter = await byPlan(({ waves }) => ({ waves: waves.filter(({ wave }) => !['w1', 'w5'].includes(wave)) }))
      await plan(shorter)
      while (await dateNextUnit(service)) {}
      expect((await cases()).map(({ matricule, wave }) => `${matricule.slice(-1)} ${wave}`)).toEqual([
        ...['w0', 'w1', 'w2', 'w3', 'w4'].map((wave) => `1 ${wave}`),
        ...['w0', 'w2', 'w3', 'w4'].map((wave) => `2 ${wave}`),
      ])
      const units = await service.db.selectFrom('fieldwork.unit').select('wave').orderBy('wave').execute()
      expect(units.map(({ wave }) => wave)).toEqual(['w0', 'w1', 'w2', 'w3', 'w4'])
      await decide(shorter)
      expect((await caseOf('w1')).because).toBeNull()
    })

    test('what was owed about a wave the plan has lost, and not tried, is owed no more; what was asked stays known', async () => {
      await enrol(service, [{}])
      at('2027-01-18T10:00:00Z')
      await decide()
      await deliver()
      at('2027-03-15T10:00:00Z')
      await decide()
      expect(await mailings()).toEqual(['contactUpdate 1', 'invitation 1'])
      await plan(await byPlan(({ waves }) => ({ waves: waves.filter(({ wave }) => wave !== 'w2') })))
      expect(await storedMailings(service)).toMatchObject([{ kind: 'contactUpdate', case_id: null }])
      expect(await caseOf('w2')).toBeUndefined()
    })

    test('a wave the plan has gained comes, with its unit', async () => {
      await enrol(service, [{}])
      const longer = await byPlan(({ waves }) => ({
        waves: [...waves, { ...waves.at(-1)!, wave: 'w6', opens: Temporal.Duration.from('P48M') }],
      }))
      await plan(longer)
      expect((await periods()).at(-1)).toBe('w6 2030-09-16 to 2030-11-25')
      const units = await service.db.selectFrom('fieldwork.unit').where('wave', '=', 'w6').selectAll().execute()
      expect(units).toHaveLength(1)
    })

    test('in another time zone the days are the same and the instants others; what was sent keeps its own', async () => {
      await enrol(service, [{}])
      await enrol(service, [{ fuseau_horaire: 'America/Cayenne' }])
      const instants = async (wave: string) => {
        const { opens_at, closes_at, next_contact_at } = await caseOf(wave)
        return [opens_at, closes_at, next_contact_at].map(String)
      }
      expect((await periods())[1]).toBe('w1 2026-10-15 to 2026-11-26')
      expect(await instants('w1')).toEqual(['2026-10-15T13:00:00Z', '2026-11-26T03:00:00Z', '2026-10-15T13:00:00Z'])
      at('2026-10-15T13:00:00Z')
      await decide()
      await deliver()
      await enrol(service, [{ fuseau_horaire: 'Africa/Dakar' }])
      await decide()
      expect(await instants('w1')).toEqual(['2026-10-15T13:00:00Z', '2026-11-26T03:00:00Z', '2026-10-19T10:00:00Z'])
      expect((await instants('w2'))[0]).toBe('2027-03-15T10:00:00Z')
    })

    test('another hour of the plan moves the instants; what follows an invitation already sent comes at that hour too', async () => {
      await enrol(service, [{}, { matricule: 'TEVO1-0002', date_retour_effective: '2026-09-22' }])
      service.clock.jumpTo(W1_OPENS)
      await decide()
      await deliver()
      const earlier = await byPlan(() => ({ sendAt: Temporal.PlainTime.from('09:00') }))
      await plan(earlier)
      await decide(earlier)
      const [sent, moved] = [await caseOf('w1'), await caseOf('w1', 'TEVO1-0002')]
      expect(sent.opens_at.toString()).toBe('2026-10-15T10:00:00Z')
      expect(sent.next_contact_at?.toString()).toBe('2026-10-19T09:00:00Z')
      expect([moved.opens_at, moved.next_contact_at].map(String)).toEqual(Array(2).fill('2026-10-22T09:00:00Z'))
    })

    test('where all was sent, a reminder the plan has gained is sent all the same', async () => {
      await enrol(service, [{}])
      for (const day of ['10-15', '10-19', '10-26', '11-05']) {
        at(`2026-${day}T10:00:00Z`)
        await decide()
        await deliver()
      }
      const uncalled = await byPlan(({ contacts }) => ({
        contacts: contacts.filter(({ kind }) => kind !== 'lastCall'),
      }))
      await plan(uncalled)
      await decide(uncalled)
      expect(await caseOf('w1')).toMatchObject({ because: 'all sent', next_contact_at: null })
      await plan(await byPlan(() => ({})))
      await decide()
      expect((await caseOf('w1')).next_contact_at?.toString()).toBe('2026-11-23T10:00:00Z')
    })

    test('what moves is written down, how many and nobody; a first import is not', async () => {
      await enrol(service, [{}])
      await enrol(service, [{ date_retour_effective: '2026-09-22' }])
      const events = await service.db.selectFrom('audit.event').selectAll().orderBy('id').execute()
      expect(events.map(({ action, subject }) => `${action}: ${subject}`)).toEqual([
        'register imported: tevo',
        'register imported: tevo',
        'cases planned again: tevo',
      ])
      expect(events[2]!.detail).toEqual({ moved: 5, cancelled: 0, created: 0, alreadySent: 0 })
    })
  })

  describe('deciding', () => {
    test('the invitation is owed from ten in the morning where the member is, and no minute before', async () => {
      await enrol(service, [{ fuseau_horaire: 'America/Cayenne' }])
      at('2026-10-15T12:59:59.999Z')
      await decide()
      expect(await mailings()).toEqual([])
      at('2026-10-15T13:00:00Z')
      await decide()
      const [mailing] = await storedMailings(service)
      expect(mailing).toMatchObject({ kind: 'invitation', number: 1, attempts: 0, sent_at: null, because: null })
      expect([mailing!.due_at, mailing!.next_attempt_at].map(String)).toEqual(Array(2).fill('2026-10-15T13:00:00Z'))
    })

    test('a mailing is owed once, however often it is decided', async () => {
      await enrolMany(service, 3)
      service.clock.jumpTo(W1_OPENS)
      for (let time = 0; time < 5; time++) {
        await decide()
        service.clock.jumpTo(service.clock.now().add({ minutes: 1 }))
      }
      expect(await mailings()).toEqual(Array(3).fill('invitation 1'))
    })

    test('two instances at once owe each mailing once', async () => {
      await enrolMany(service, 350)
      service.clock.jumpTo(W1_OPENS)
      await withAnother(async (other) => {
        await Promise.all([decide(), decide(other), decide(), decide(other)])
      })
      const owed = await storedMailings(service)
      expect(owed).toHaveLength(350)
      expect(new Set(owed.map(({ member_id }) => member_id)).size).toBe(350)
    })

    test('the same mailing owed from two sides at once is one row', async () => {
      await enrol(service, [{}])
      const owed = await caseOf('w1')
      await withAnother(async (other) => {
        const both = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? service : other))
        await Promise.all(both.map(({ db }) => db.transaction().execute((trx) => oweMailings(trx, [mailingOf(owed)]))))
      })
      expect(await mailings()).toEqual(['invitation 1'])
    })

    test('reminders and a last call follow, and then it is said that all was sent', async () => {
      await enrol(service, [{}])
      const next: (string | null)[] = []
      for (const day of ['10-15', '10-19', '10-26', '11-05', '11-23', '11-24']) {
        at(`2026-${day}T10:00:00Z`)
        await decide()
        await deliver()
        next.push((await caseOf('w1')).next_contact_at?.toString() ?? null)
      }
      expect(await mailings()).toEqual(['invitation 1', 'reminder 1', 'reminder 2', 'reminder 3', 'lastCall 1'])
      expect(next).toEqual([
        '2026-10-19T10:00:00Z',
        '2026-10-26T10:00:00Z',
        '2026-11-05T10:00:00Z',
        '2026-11-23T10:00:00Z',
        null,
        null,
      ])
      expect((await caseOf('w1')).because).toBe('all sent')
    })

    test('a mailing says what it is about, from when on it is too late, and where it goes', async () => {
      await enrol(service, [
        { matricule: 'TEVO1-0001' },
        { matricule: 'TEVO1-0002', courriel: 'bob@EXAMPLE.org' },
        { matricule: 'TEVO1-0003', courriel: 'eve@elsewhere.example' },
      ])
      service.clock.jumpTo(W1_OPENS)
      await decide()
      const owed = await storedMailings(service)
      expect(new Set(owed.map(({ scope }) => scope))).toEqual(new Set(['tevo/w1']))
      expect(new Set(owed.map(({ late_at }) => String(late_at)))).toEqual(new Set(['2026-11-05T00:00:00Z']))
      const { member_id } = await caseOf('w1', 'TEVO1-0003')
      const elsewhere = owed.find((one) => one.member_id === member_id)!
      const [first, second] = owed.filter((one) => one !== elsewhere)
      expect(first!.lane).toBe(second!.lane)
      expect(elsewhere.lane).not.toBe(first!.lane)
    })

    test('whoever begins is brought back two days later, instead of being reminded', async () => {
      await enrol(service, [{}])
      service.clock.jumpTo(W1_OPENS)
      await decide()
      await deliver()
      at('2026-10-15T18:00:00Z')
      await answer((await caseOf('w1')).id, { submit: false })
      for (const day of ['16', '17', '19', '26']) {
        at(`2026-10-${day}T10:00:00Z`)
        await decide()
        await deliver()
      }
      const sent = (await storedMailings(service)).map(({ kind, number, due_at }) => `${kind} ${number} ${due_at}`)
      expect(sent).toEqual([
        'invitation 1 2026-10-15T10:00:00Z',
        'resume 1 2026-10-17T10:00:00Z',
        'reminder 2 2026-10-26T10:00:00Z',
      ])
    })

    test('whoever answers is thanked the day after, and then it is said that they answered', async () => {
      await enrol(service, [{}])
      service.clock.jumpTo(W1_OPENS)
      await decide()
      await deliver()
      at('2026-10-15T18:00:00Z')
      await answer((await caseOf('w1')).id, { submit: true })
      await decide()
      expect((await caseOf('w1')).next_contact_at?.toString()).toBe('2026-10-16T10:00:00Z')
      at('2026-10-16T10:00:00Z')
      await decide()
      expect(await owedNow()).toEqual(['thanks 1 2026-10-16T10:00:00Z'])
      expect(await caseOf('w1')).toMatchObject({ because: 'answered', next_contact_at: null })
    })

    test('between waves it is asked whether the address holds, and the wave is invited to all the same', async () => {
      await enrol(service, [{}])
      at('2027-01-14T12:00:00Z')
      await decide()
      expect((await caseOf('w2')).next_contact_at?.toString()).toBe('2027-01-18T10:00:00Z') // the 15th is a Friday
      at('2027-01-18T10:00:00Z')
      await decide()
      await deliver()
      at('2027-03-15T10:00:00Z')
      await decide()
      expect(await mailings()).toEqual(['contactUpdate 1', 'invitation 1'])
    })

    test('two waves of one member keep their distance, though they are decided at once', async () => {
      await enrol(service, [{}])
      service.clock.jumpTo(W1_OPENS)
      await service.db
        .updateTable('fieldwork.case')
        .set(({ selectFrom }) => ({
          opens_on: W1_OPENS.toZonedDateTimeISO('UTC').toPlainDate(),
          next_contact_at: selectFrom('fieldwork.case as w1').where('w1.wave', '=', 'w1').select('w1.next_contact_at'),
        }))
        .where('wave', '=', 'w2')
        .execute()
      await decide()
      expect(await owedNow()).toHaveLength(1)
      const next = [await caseOf('w1'), await caseOf('w2')].map(({ next_contact_at }) => String(next_contact_at))
      expect(next.toSorted()).toEqual(['2026-10-16T10:00:00Z', '2026-10-19T10:00:00Z'])
    })

    test('whoever is to be planned again is not written to meanwhile', async () => {
      await enrol(service, [{ matricule: 'TEVO1-0001' }, { matricule: 'TEVO1-0002' }])
      const { member_id } = await caseOf('w1')
      await service.db
        .updateTable('fieldwork.mission')
        .set({ plan_stale: true })
        .where('member_id', '=', member_id)
        .execute()
      service.clock.jumpTo(W1_OPENS)
      await decide()
      expect((await storedMailings(service)).map((one) => one.member_id)).toEqual([
        (await caseOf('w1', 'TEVO1-0002')).member_id,
      ])
      await plan()
      await decide()
      expect(await mailings()).toEqual(['invitation 1', 'invitation 1'])
    })

    test('after a standstill nobody hears from us twice in a day: what is still on its way counts', async () => {
      await enrol(service, [{}])
      service.clock.jumpTo(W1_OPENS)
      await decide()
      at('2026-10-19T10:00:00Z') // the first reminder is due, the invitation has not gone out
      await decide()
      expect(await mailings()).toEqual(['invitation 1'])
      expect((await caseOf('w1')).next_contact_at?.toString()).toBe('2026-10-20T10:00:00Z')
      const sent_at = Temporal.Instant.from('2026-10-19T15:30:00Z')
      await service.db.updateTable('fieldwork.mailing').set({ sent_at, next_attempt_at: null }).execute()
      at('2026-10-20T10:00:00Z')
      await decide()
      expect(await mailings()).toEqual(['invitation 1'])
      expect((await caseOf('w1')).next_contact_at?.toString()).toBe('2026-10-20T15:30:00Z')
      at('2026-10-20T15:30:00Z')
      await decide()
      expect(await mailings()).toEqual(['invitation 1', 'reminder 1'])
    })

    describe('says why nothing is sent:', () => {
      const becauseOf = async (wave: string) => {
        const { because, next_contact_at } = await caseOf(wave)
        expect(next_contact_at).toBeNull()
        return because
      }

      test('enrolled too late, for the waves that were over by then', async () => {
        await enrol(service, [{}])
        await decide()
        expect(await becauseOf('w0')).toBe('enrolled too late')
        expect(await mailings()).toEqual([])
      })

      test('missed while the service was down, when the first half of the field period is over', async () => {
        await enrol(service, [{}])
        at('2026-11-05T00:00:00Z')
        await decide()
        expect(await becauseOf('w1')).toBe('missed while the service was down')
        expect(await mailings()).toEqual([])
      })

      test('and not a minute before', async () => {
        await enrol(service, [{}])
        at('2026-11-04T19:59:00Z')
        await decide()
        expect(await mailings()).toEqual(['invitation 1'])
      })

      test('missed while mail was held, when the invitation was given up for that', async () => {
        await enrol(service, [{}])
        service.clock.jumpTo(W1_OPENS)
        await decide()
        at('2026-11-05T00:00:00Z')
        await service.db
          .updateTable('fieldwork.mailing')
          .set({ attempts: 1, next_attempt_at: null, because: 'too late' })
          .execute()
        await service.db
          .updateTable('fieldwork.case')
          .set({ next_contact_at: W1_OPENS })
          .where('wave', '=', 'w1')
          .execute()
        await decide()
        expect(await becauseOf('w1')).toBe('missed while mail was held')
        expect(await mailings()).toEqual(['invitation 1'])
      })

      test('no instrument, where the wave has none yet', async () => {
        await enrol(service, [{}])
        at('2027-03-15T10:00:00Z')
        const instruments = new Map([...service.bank.instruments].filter(([name]) => name !== 'w2'))
        await decide({ ...service, bank: { ...service.bank, instruments } })
        expect(await becauseOf('w2')).toBe('no instrument')
        expect(await mailings()).toEqual([])
      })

      test('no instrument, where the plan has lost the wave, and the others are still written to', async () => {
        await enrol(service, [{ matricule: 'TEVO1-0001' }, { matricule: 'TEVO1-0002' }])
        const { id } = await caseOf('w1')
        await service.db.updateTable('fieldwork.case').set({ wave: 'w9' }).where('id', '=', id).execute()
        service.clock.jumpTo(W1_OPENS)
        await decide()
        expect(await becauseOf('w9')).toBe('no instrument')
        expect(await mailings()).toEqual(['invitation 1'])
      })

      test('no address, until one is known', async () => {
        await enrol(service, [{ courriel: '' }])
        service.clock.jumpTo(W1_OPENS)
        await decide()
        expect(await becauseOf('w1')).toBe('no address')
        await enrol(service, [{ courriel: 'ana@example.org' }])
        await decide()
        expect(await mailings()).toEqual(['invitation 1'])
      })

      test('no address, still, when one comes too late', async () => {
        await enrol(service, [{ courriel: '' }])
        service.clock.jumpTo(W1_OPENS)
        await decide()
        at('2026-11-05T12:00:00Z')
        await enrol(service, [{ courriel: 'ana@example.org' }])
        await decide()
        expect(await becauseOf('w1')).toBe('no address')
      })

      test('no address, when it is lost after the invitation, until there is another', async () => {
        await enrol(service, [{}])
        service.clock.jumpTo(W1_OPENS)
        await decide()
        await deliver()
        await enrol(service, [{ courriel: '' }])
        at('2026-10-19T10:00:00Z')
        await decide()
        expect(await becauseOf('w1')).toBe('no address')
        at('2026-10-20T15:00:00Z')
        await enrol(service, [{ courriel: 'new@example.org' }])
        await decide()
        expect(await owedNow()).toEqual(['reminder 1 2026-10-20T15:00:00Z'])
      })

      test('opted out, and answered', async () => {
        await enrol(service, [{ matricule: 'TEVO1-0001' }, { matricule: 'TEVO1-0002' }])
        const [first, second] = [await caseOf('w1'), await caseOf('w1', 'TEVO1-0002')]
        await service.db
          .updateTable('identity.panel_member')
          .set({ opted_out_at: W1_OPENS })
          .where('id', '=', first.member_id)
          .execute()
        await service.db
          .updateTable('fieldwork.case')
          .set({ submitted_on: second.opens_on.subtract({ days: 10 }) })
          .where('id', '=', second.id)
          .execute()
        service.clock.jumpTo(W1_OPENS)
        await decide()
        expect(await becauseOf('w1')).toBe('opted out')
        expect((await caseOf('w1', 'TEVO1-0002')).because).toBe('answered')
        expect(await mailings()).toEqual([])
      })
    })
  })
})

describe('on PostgreSQL, with two instances', () => {
  beforeAll(async () => {
    service = await openTestService('PostgreSQL', BEFORE_W1)
  })
  afterAll(() => service.close())

  test('a case that is being written to while its dates change stays as the invitation says', async () => {
    await enrol(service, [{}])
    const { id, member_id, opens_on } = await caseOf('w1')
    await service.db
      .updateTable('fieldwork.mission')
      .set({ returned_on: Temporal.PlainDate.from('2026-09-22') })
      .execute()
    await service.db.updateTable('fieldwork.mission').set({ plan_stale: true }).execute()
    await withAnother(async ({ db }) => {
      let planned: Promise<boolean> | undefined
      await db.transaction().execute(async (trx) => {
        await trx.selectFrom('fieldwork.case').where('id', '=', id).select('id').forUpdate().execute()
        planned = planNextMembers(service)
        await untilSomebodyWaits()
        await oweMailings(trx, [{ ...mailingOf({ id, member_id }), claim: rowId(), claimed_until: W1_OPENS }])
      })
      expect(await planned).toBe(true)
    })
    expect((await caseOf('w1')).opens_on.equals(opens_on)).toBe(true)
    expect((await caseOf('w2')).opens_on.toString()).toBe('2027-03-22')
  })
})

/** Resolves when some other statement is waiting for a lock. */
async function untilSomebodyWaits(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const { rows } = await sql<{ waiting: number }>`
      select count(*) as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(service.db)
    if (rows[0]!.waiting > 0) return
    await wait(10)
  }
  throw new Error('nobody came to wait')
}
