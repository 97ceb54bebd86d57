// A plan is in force when somebody has confirmed what that moves; then everybody is planned by it, whoever does it.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { BEFORE_W1, enrolMany, startAgain, storedMailings, W1_OPENS } from '../mailings/testing.ts'
import { openServer } from '../platform/database.ts'
import { seededRandom } from '../platform/secrets.ts'
import { ENGINES } from '../platform/testing.ts'
import { readPlanSources } from '../surveys.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import { decideNextContacts } from './decide-contacts.actions.ts'
import { planNextMembers } from './plan-members.actions.ts'
import {
  changedPlans,
  needsConfirmation,
  type PlanSource,
  previewDates,
  previewPlans,
  publishPlans,
  storeFirstPlans,
} from './publish-plan.actions.ts'
import { refreshPlans } from './refresh-plans.actions.ts'
import { NO_CHANGES, type ReplanCounts } from './replan.ts'

const SOURCES = readPlanSources('surveys')
const [STANDARD] = SOURCES
type Content = { sendAt: string; contacts: object[]; waves: { wave: string; opens: string; closes: object }[] }

/** The plan of the file, changed. */
function changed(change: (content: Content) => object): PlanSource[] {
  const content = STANDARD!.content as Content
  return [{ plan: STANDARD!.plan, content: { ...content, ...change(content) } }]
}
const withWave = (wave: string, change: object) =>
  changed(({ waves }) => ({ waves: waves.map((one) => (one.wave === wave ? { ...one, ...change } : one)) }))
const without = (wave: string) => changed(({ waves }) => ({ waves: waves.filter((one) => one.wave !== wave) }))

/** W1 two weeks later, W5 gone, and W6 come. */
const MUCH_CHANGED = changed(({ waves }) => ({
  waves: [
    ...waves.filter(({ wave }) => wave !== 'w5').map((one) => (one.wave === 'w1' ? { ...one, opens: 'P1M14D' } : one)),
    { ...waves.at(-1)!, wave: 'w6', opens: 'P48M' },
  ],
}))

let service: TestService

const plan = async (deps = service) => {
  while (await planNextMembers(deps)) {}
}
const decide = async (deps = service) => {
  while (await decideNextContacts(deps)) {}
}
const publish = (sources: readonly PlanSource[], confirm?: string, deps = service) =>
  publishPlans(deps, { sources, origin: 'file', confirm, actor: 'test' })
const codeFor = async (sources: readonly PlanSource[]) => (await previewPlans(service, sources)).code

const versions = () => service.db.selectFrom('fieldwork.plan').selectAll().orderBy('plan').orderBy('version').execute()
const inForce = ({ plans }: TestService) => plans.get(STANDARD!.plan)!.version

const cases = () =>
  service.db
    .selectFrom('fieldwork.case')
    .select(['member_id', 'wave', 'opens_on', 'closes_on', 'opens_at', 'closes_at'])
    .orderBy('member_id')
    .orderBy('wave')
    .execute()
const sayCases = async () =>
  new Map(
    (await cases()).map(({ member_id, wave, ...dates }) => [
      `${member_id} ${wave}`,
      Object.values(dates).map(String).join(' '),
    ]),
  )

/** Everything a publication could change. */
const state = async () => ({
  cases: await sayCases(),
  versions: await versions(),
  missions: await service.db.selectFrom('fieldwork.mission').selectAll().orderBy('member_id').execute(),
  events: await service.db.selectFrom('audit.event').selectAll().orderBy('id').execute(),
  inForce: inForce(service),
})

/** What became of cases, as they stand in the database before and after. */
function counted(before: Map<string, string>, after: Map<string, string>): Omit<ReplanCounts, 'alreadySent'> {
  const both = [...before.keys()].filter((key) => after.has(key))
  return {
    moved: both.filter((key) => before.get(key) !== after.get(key)).length,
    cancelled: before.size - both.length,
    created: after.size - both.length,
  }
}

const deliver = () =>
  service.db
    .updateTable('fieldwork.mailing')
    .set({ attempts: 1, sent_at: service.clock.now(), next_attempt_at: null })
    .where('next_attempt_at', 'is not', null)
    .execute()

/** A second instance, with plans of its own, and a pool of its own where there is a server. */
async function withAnother(work: (other: TestService) => Promise<void>): Promise<void> {
  const other = service.database.url ? openServer(service.database.url) : null
  try {
    await work({ ...service, db: other?.db ?? service.db, plans: new Map(service.plans) })
  } finally {
    await other?.close()
  }
}

describe.each(ENGINES)('on %s', (engine) => {
  beforeAll(async () => {
    service = await openTestService(engine, BEFORE_W1)
  })
  beforeEach(async () => {
    await startAgain(service, BEFORE_W1)
    await service.db.deleteFrom('fieldwork.plan').execute()
    await storeFirstPlans(service, SOURCES)
    await refreshPlans(service)
  })
  afterAll(() => service.close())

  describe('the first time', () => {
    test('a plan is in force as its file has it', async () => {
      expect(await versions()).toMatchObject([
        { plan: 'standard', version: 1, content: STANDARD!.content, published_by: 'first start' },
      ])
      expect(inForce(service)).toBe(1)
    })

    test('and not a second time, though the file has changed', async () => {
      const before = await versions()
      await storeFirstPlans(service, withWave('w1', { opens: 'P2M' }))
      expect(await versions()).toEqual(before)
    })

    test('there is nothing to publish, in whatever order the file says it', async () => {
      expect(await publish(SOURCES)).toEqual({ ok: false, because: 'nothing new' })
      const content = Object.fromEntries(Object.entries(STANDARD!.content).reverse())
      expect(await publish([{ ...STANDARD!, content }])).toEqual({ ok: false, because: 'nothing new' })
    })
  })

  describe('a plan that moves cases', () => {
    const TWO = [{ matricule: 'TEVO1-0001' }, { matricule: 'TEVO1-0002', fuseau_horaire: 'America/Cayenne' }]
    const COUNTS = { moved: 1, cancelled: 2, created: 2, alreadySent: 1 }

    /** Two members, the first of whom has been invited to W1. */
    beforeEach(async () => {
      await enrol(service, TWO)
      service.clock.jumpTo(W1_OPENS)
      await decide()
      await deliver()
    })

    test('is not in force until it is confirmed; it is said what would move, wave by wave', async () => {
      const before = await state()
      const outcome = await publish(MUCH_CHANGED)
      expect(outcome).toMatchObject({
        ok: false,
        because: 'to be confirmed',
        shown: false,
        preview: { counts: COUNTS, code: expect.stringMatching(/^[0-9a-f]{8}$/) },
      })
      expect(outcome.ok === false && 'preview' in outcome && [...outcome.preview.byWave]).toEqual([
        ['w0', NO_CHANGES],
        ['w1', { ...NO_CHANGES, moved: 1, alreadySent: 1 }],
        ['w2', NO_CHANGES],
        ['w3', NO_CHANGES],
        ['w4', NO_CHANGES],
        ['w5', { ...NO_CHANGES, cancelled: 2 }],
        ['w6', { ...NO_CHANGES, created: 2 }],
      ])
      expect(await state()).toEqual(before)
    })

    test('is published with the code of what was shown, and just that is done', async () => {
      const before = await sayCases()
      const outcome = await publish(MUCH_CHANGED, await codeFor(MUCH_CHANGED))
      expect(outcome).toMatchObject({ ok: true, published: ['standard'], preview: { counts: COUNTS } })
      expect(inForce(service)).toBe(2)
      await plan()
      const { alreadySent: _, ...counts } = COUNTS
      expect(counted(before, await sayCases())).toEqual(counts)
    })

    test('every version is kept, and who published it when; that is written down, and nobody is named', async () => {
      await publish(MUCH_CHANGED, await codeFor(MUCH_CHANGED))
      expect(await versions()).toMatchObject([
        { version: 1, content: STANDARD!.content, published_by: 'first start' },
        { version: 2, content: MUCH_CHANGED[0]!.content, published_by: 'test', published_at: W1_OPENS },
      ])
      const events = await service.db
        .selectFrom('audit.event')
        .where('action', '=', 'plan published')
        .selectAll()
        .execute()
      expect(events).toMatchObject([{ actor: 'test', subject: 'standard', detail: { version: 2, ...COUNTS } }])
    })

    test.each(['00000000', '', 'yes'])(
      'the code “%s”, of something else, is refused, and nothing changes',
      async (code) => {
        const before = await state()
        expect(await publish(MUCH_CHANGED, code)).toMatchObject({ ok: false, because: 'to be confirmed', shown: true })
        expect(await state()).toEqual(before)
      },
    )

    test('a code is good for what was shown only: once somebody else has been invited, it is refused', async () => {
      const code = await codeFor(MUCH_CHANGED)
      service.clock.jumpTo(W1_OPENS.add({ hours: 3 })) // ten in Cayenne
      await decide()
      await deliver()
      const before = await state()
      expect(await publish(MUCH_CHANGED, code)).toMatchObject({
        ok: false,
        because: 'to be confirmed',
        shown: true,
        preview: { counts: { ...COUNTS, moved: 0, alreadySent: 2 } },
      })
      expect(await state()).toEqual(before)
    })

    test('a code is good for one change only: another that moves as many is refused', async () => {
      const code = await codeFor(withWave('w2', { opens: 'P7M' }))
      const other = withWave('w2', { opens: 'P8M' })
      expect(await publish(other, code)).toMatchObject({ ok: false, shown: true })
      expect(await publish(other, await codeFor(other))).toMatchObject({ ok: true })
    })

    test('nobody is written to by the old plan once the new one is in force', async () => {
      await publish(without('w1'), await codeFor(without('w1')))
      service.clock.jumpTo(W1_OPENS.add({ hours: 3 })) // ten in Cayenne
      await decide()
      expect(await storedMailings(service)).toHaveLength(1)
      await plan()
      await decide()
      expect(await storedMailings(service)).toHaveLength(1)
    })
  })

  test.each<[string, PlanSource[]]>([
    ['a wave more', changed(({ waves }) => ({ waves: [...waves, { ...waves.at(-1)!, wave: 'w6', opens: 'P48M' }] }))],
    ['no thanks', changed(() => ({ thanks: undefined }))],
    ['a reminder less', changed(({ contacts }) => ({ contacts: contacts.toSpliced(3, 1) }))],
  ])('a plan that moves nothing is in force without being confirmed: %s', async (_, sources) => {
    await enrol(service, [{}])
    expect(needsConfirmation(await previewPlans(service, sources))).toBe(false)
    expect(await publish(sources)).toMatchObject({ ok: true, published: ['standard'] })
    expect(inForce(service)).toBe(2)
  })

  test('a plan that cannot be read is not published', async () => {
    const before = await state()
    await expect(publish(changed(() => ({ sendAt: '03:00' })))).rejects.toThrow('between 08:00 and 19:59')
    expect(await state()).toEqual(before)
  })

  describe('what was set in the console', () => {
    const FEWER = changed(({ contacts }) => ({ contacts: contacts.toSpliced(3, 1) }))
    const LATER_THANKS = changed(() => ({ thanks: { after: 'P3D' } }))
    const inConsole = async (sources: readonly PlanSource[], confirm?: string) =>
      publishPlans(service, { sources, origin: 'console', confirm, actor: 'staff 1' })
    const setInConsole = async (sources: readonly PlanSource[]) => {
      expect(await inConsole(sources, await codeFor(sources))).toMatchObject({ ok: true })
    }

    test('is kept with where it came from, which the trail knows too', async () => {
      await setInConsole(FEWER)
      expect((await versions()).map(({ version, source }) => [version, source])).toEqual([
        [1, 'file'],
        [2, 'console'],
      ])
      const event = await service.db
        .selectFrom('audit.event')
        .where('action', '=', 'plan published')
        .selectAll()
        .executeTakeFirstOrThrow()
      expect(event).toMatchObject({ actor: 'staff 1', detail: { version: 2, source: 'console' } })
    })

    test('is confirmed even where it moves nothing', async () => {
      expect(await inConsole(FEWER)).toMatchObject({ ok: false, because: 'to be confirmed', shown: false })
      expect(await inConsole(FEWER, '00000000')).toMatchObject({ ok: false, because: 'to be confirmed', shown: true })
      expect(inForce(service)).toBe(1)
      await setInConsole(FEWER)
      expect(inForce(service)).toBe(2)
    })

    test('is not undone by a file that has not changed', async () => {
      await setInConsole(FEWER)
      expect(await changedPlans(service, SOURCES)).toEqual([])
      expect(await publish(SOURCES)).toEqual({ ok: false, because: 'nothing new' })
      expect(inForce(service)).toBe(2)
    })

    test('is set once: the same again is nothing new', async () => {
      await setInConsole(FEWER)
      expect(await inConsole(FEWER, await codeFor(FEWER))).toEqual({ ok: false, because: 'nothing new' })
    })

    test('may be set back to what the file says', async () => {
      await setInConsole(FEWER)
      await setInConsole(SOURCES)
      expect((await versions()).at(-1)).toMatchObject({ version: 3, source: 'console', content: STANDARD!.content })
      expect(await changedPlans(service, SOURCES)).toEqual([])
    })

    test('is undone by a file that has changed once that is confirmed, though it moves nothing', async () => {
      await setInConsole(FEWER)
      expect(await changedPlans(service, LATER_THANKS)).toEqual(LATER_THANKS)
      const outcome = await publish(LATER_THANKS)
      expect(outcome).toMatchObject({
        ok: false,
        because: 'to be confirmed',
        preview: {
          counts: NO_CHANGES,
          replaces: [{ plan: 'standard', version: 2, source: 'console', published_by: 'staff 1' }],
        },
      })
      expect(inForce(service)).toBe(2)
      expect(await publish(LATER_THANKS, await codeFor(LATER_THANKS))).toMatchObject({ ok: true })
      expect((await versions()).at(-1)).toMatchObject({ version: 3, source: 'file', content: LATER_THANKS[0]!.content })
    })

    test('is brought into the file without being asked about, and from then on the file is what it is compared with', async () => {
      await setInConsole(FEWER)
      expect(await publish(FEWER)).toMatchObject({ ok: true, published: ['standard'] })
      await setInConsole(LATER_THANKS)
      expect(await changedPlans(service, FEWER)).toEqual([])
    })

    test('a code is good for the version that was shown only', async () => {
      const code = await codeFor(LATER_THANKS)
      await setInConsole(FEWER)
      expect(await inConsole(LATER_THANKS, code)).toMatchObject({ ok: false, shown: true })
      expect(await publish(LATER_THANKS, code)).toMatchObject({ ok: false, shown: true })
    })

    test('a plan of which there is no file yet is in force as the console has it', async () => {
      const own = [{ plan: 'own', content: { ...STANDARD!.content, plan: 'own' } }]
      await setInConsole(own)
      expect(service.plans.get('own')?.version).toBe(1)
      expect(await changedPlans(service, own)).toEqual(own)
      service.plans.delete('own')
    })
  })

  describe('another process', () => {
    const LATER = withWave('w1', { opens: 'P1M14D' })

    test('knows a new plan once it has looked', async () => {
      await withAnother(async (other) => {
        await enrol(service, [{}])
        await publish(LATER, await codeFor(LATER))
        expect([inForce(service), inForce(other)]).toEqual([2, 1])
        await refreshPlans(other)
        expect(inForce(other)).toBe(2)
        expect(String(other.plans.get('standard')!.waves[1]!.opens)).toBe('P1M14D')
      })
    })

    test('plans by the new plan, even if it has not looked since', async () => {
      await withAnother(async (other) => {
        await enrol(service, [{}])
        await publish(LATER, await codeFor(LATER))
        await plan(other)
        const w1 = (await cases()).find(({ wave }) => wave === 'w1')!
        expect(w1.opens_on.toString()).toBe('2026-10-29')
      })
    })

    test('writes by the new plan, even if it has not looked since', async () => {
      const more = changed(({ contacts }) => ({
        contacts: contacts.toSpliced(1, 0, { kind: 'reminder', after: 'P2D' }),
      }))
      await withAnother(async (other) => {
        await enrol(service, [{}])
        await publish(more)
        await plan()
        service.clock.jumpTo(W1_OPENS)
        await decide(other)
        const { next_contact_at } = await service.db
          .selectFrom('fieldwork.case')
          .where('wave', '=', 'w1')
          .select('next_contact_at')
          .executeTakeFirstOrThrow()
        expect(next_contact_at?.toString()).toBe('2026-10-17T10:00:00Z')
      })
    })
  })

  describe('at the same time', () => {
    test('two who publish the same plan publish it once', async () => {
      await enrol(service, [{}])
      const code = await codeFor(MUCH_CHANGED)
      await withAnother(async (other) => {
        const outcomes = await Promise.all([publish(MUCH_CHANGED, code), publish(MUCH_CHANGED, code, other)])
        expect(outcomes.map((outcome) => (outcome.ok ? 'published' : outcome.because)).toSorted()).toEqual([
          'nothing new',
          'published',
        ])
        expect([inForce(service), inForce(other)]).toEqual([2, 2])
      })
      expect((await versions()).map(({ version }) => version)).toEqual([1, 2])
    })

    test('of two who publish different plans, the one who comes second is shown what theirs would do now', async () => {
      await enrol(service, [{}])
      const [seven, eight] = [withWave('w2', { opens: 'P7M' }), withWave('w2', { opens: 'P8M' })]
      const codes = [await codeFor(seven), await codeFor(eight)]
      await withAnother(async (other) => {
        const outcomes = await Promise.all([publish(seven, codes[0]), publish(eight, codes[1], other)])
        const second = outcomes.findIndex(({ ok }) => !ok)
        expect(outcomes.toSorted((a, b) => Number(a.ok) - Number(b.ok))).toMatchObject([
          { ok: false, because: 'to be confirmed', shown: true },
          { ok: true },
        ])
        const sources = [seven, eight][second]!
        await publish(sources, await codeFor(sources))
        await Promise.all([plan(), plan(other)])
        await Promise.all([refreshPlans(service), refreshPlans(other)])
        expect([inForce(service), inForce(other)]).toEqual([3, 3])
      })
      const { opens } = ((await versions()).at(-1)!.content as Content).waves[2]!
      const w2 = (await cases()).find(({ wave }) => wave === 'w2')!
      expect(w2.opens_on.toString()).toBe(opens === 'P7M' ? '2027-04-15' : '2027-05-17')
    })

    test('two who plan by a new plan do what was shown, each case once', async () => {
      await enrolMany(service, 450)
      const { code, counts } = await previewPlans(service, MUCH_CHANGED)
      expect(counts).toEqual({ moved: 450, cancelled: 450, created: 450, alreadySent: 0 })
      const before = await sayCases()
      await publish(MUCH_CHANGED, code)
      await withAnother(async (other) => {
        await Promise.all([plan(), plan(other)])
      })
      expect(counted(before, await sayCases())).toEqual({ moved: 450, cancelled: 450, created: 450 })
      const events = await service.db
        .selectFrom('audit.event')
        .where('action', '=', 'cases planned again')
        .select('detail')
        .execute()
      const moved = events.reduce((sum, { detail }) => sum + (detail as ReplanCounts).moved, 0)
      expect(moved).toBe(450)
    })
  })

  test.each([1, 2, 3, 4])(
    'whatever has been sent and begun, what is shown beforehand is what is done (%i)',
    async (seed) => {
      const random = seededRandom(`replanning ${seed}`)
      const dice = (sides: number) => random(1)[0]! % sides
      const dateIn = (months: number) =>
        Temporal.PlainDate.from('2026-06-01')
          .add({ days: dice(31) })
          .add({ months: dice(months) })
          .toString()
      const rows = Array.from({ length: 25 }, (_, index) => ({
        matricule: `TEVO1-${index}`,
        courriel: `v${index}@example.org`,
        fuseau_horaire: ['Africa/Dakar', 'Pacific/Tahiti', 'Asia/Kathmandu'][dice(3)]!,
        date_retour_effective: dice(4) === 0 ? '' : dateIn(4),
      }))
      await enrol(service, rows)
      for (const day of ['2026-10-15', '2026-11-02', '2026-12-01', '2027-03-15']) {
        service.clock.jumpTo(Temporal.Instant.from(`${day}T21:00:00Z`))
        await decide()
        await deliver()
      }
      const begun = rows.filter(() => dice(5) === 0).map(({ matricule }) => matricule)
      await service.db
        .updateTable('fieldwork.case')
        .set({ started_on: Temporal.PlainDate.from('2027-03-15') })
        .where('wave', '=', 'w2')
        .where('member_id', 'in', ({ selectFrom }) =>
          selectFrom('identity.panel_member')
            .where('matricule', 'in', ['', ...begun])
            .select('id'),
        )
        .execute()

      const redated = (
        await service.db
          .selectFrom('fieldwork.mission as mission')
          .innerJoin('identity.panel_member as member', 'member.id', 'mission.member_id')
          .select(['mission.member_id', 'mission.departed_on', 'mission.planned_return_on', 'member.time_zone'])
          .orderBy('member.matricule')
          .execute()
      )
        .filter(() => dice(2) === 0)
        .map((one) => ({ ...one, returned_on: Temporal.PlainDate.from(dateIn(10)) }))
      const dates = await previewDates(service, redated)
      const first = await sayCases()
      for (const { member_id, returned_on } of redated)
        await service.db
          .updateTable('fieldwork.mission')
          .set({ returned_on, plan_stale: true })
          .where('member_id', '=', member_id)
          .execute()
      await plan()
      const second = await sayCases()
      const { alreadySent: _, ...movedByDates } = dates.counts
      expect(counted(first, second)).toEqual(movedByDates)
      expect(movedByDates.moved).toBeGreaterThan(0)

      const plans = await previewPlans(service, MUCH_CHANGED)
      await publish(MUCH_CHANGED, plans.code)
      await plan()
      const { alreadySent: __, ...movedByPlan } = plans.counts
      expect(counted(second, await sayCases())).toEqual(movedByPlan)
      expect(needsConfirmation(await previewPlans(service, MUCH_CHANGED))).toBe(false)
    },
  )
})
