// More time for some: who gets it and who does not and why, what follows from it, and that nothing undoes it.
import { beforeEach, describe, expect, test } from 'vitest'
import { holdMail, releaseMail } from '../mailings/hold-mail.actions.ts'
import { onEachEngineWithMail, oweAllDue, sendAllDue, storedMailings, W1_OPENS } from '../mailings/testing.ts'
import { openServer } from '../platform/database.ts'
import { dateNextUnit } from '../publications/close-wave.actions.ts'
import { enrol, type TestService } from '../testing.ts'
import { tick } from '../tick.ts'
import { planOf } from '../waves/deps.ts'
import type { Plan } from '../waves/plan.ts'
import { planNextMembers } from '../waves/plan-members.actions.ts'
import { extendCases, previewExtension } from './extend-cases.actions.ts'
import type { Whose } from './extension.queries.ts'

const day = Temporal.PlainDate.from
const PHASE_1: Whose = { cohort: 'phase-1' }
const LATER = day('2026-12-10')
const people = (...numbers: number[]) =>
  numbers.map((number) => ({ matricule: `TEVO1-000${number}`, courriel: `v${number}@example.org` }))
const named = (...matricules: string[]): Whose => ({ matricules })

onEachEngineWithMail((world) => {
  let service: TestService
  beforeEach(() => {
    service = world().service
  })

  const wanted = (whose: Whose, lastDay = LATER) => ({ programme: 'tevo', wave: 'w1', whose, lastDay })
  const extend = (whose: Whose, { lastDay = LATER, expected = 1_000, deps = service } = {}) =>
    extendCases(deps, { ...wanted(whose, lastDay), expected, actor: 'sam' })
  const preview = (whose: Whose, lastDay = LATER) => previewExtension(service, wanted(whose, lastDay))
  const cases = (wave = 'w1') =>
    service.db
      .selectFrom('fieldwork.case as case')
      .innerJoin('identity.panel_member as member', 'member.id', 'case.member_id')
      .where('case.wave', '=', wave)
      .orderBy('member.matricule')
      .selectAll('case')
      .select('member.matricule')
      .execute()
  const ends = async (wave = 'w1') => (await cases(wave)).map(({ closes_on }) => String(closes_on))
  const change = (matricule: string, set: object, wave = 'w1') =>
    service.db
      .updateTable('fieldwork.case')
      .set(set)
      .where('wave', '=', wave)
      .where('member_id', 'in', ({ selectFrom }) =>
        selectFrom('identity.panel_member').where('matricule', '=', matricule).select('id'),
      )
      .execute()
  const planAgain = async (deps: TestService = service) => {
    await service.db.updateTable('fieldwork.mission').set({ plan_stale: true }).execute()
    while (await planNextMembers(deps)) {}
  }
  const at = (instant: string) => service.clock.jumpTo(Temporal.Instant.from(instant))

  /** So many people, invited on the day of the opening. */
  async function invited(...numbers: number[]): Promise<void> {
    await enrol(service, people(...numbers))
    service.clock.jumpTo(W1_OPENS)
    await sendAllDue(service)
  }

  describe('a cohort', () => {
    test('gets the time: the period, the unit, the links, and the last call counted from the new end', async () => {
      await invited(1, 2)
      while (await dateNextUnit(service)) {}
      expect(await extend(PHASE_1)).toEqual({ ok: true, extended: 2 })
      const [first, second] = await cases()
      for (const one of [first!, second!]) {
        expect([one.opens_on, one.closes_on, one.closes_at].map(String)).toEqual([
          '2026-10-15',
          '2026-12-11',
          '2026-12-11T00:00:00Z',
        ])
      }
      while (await dateNextUnit(service)) {}
      const unit = await service.db
        .selectFrom('fieldwork.unit')
        .where('wave', '=', 'w1')
        .select('due_at')
        .executeTakeFirstOrThrow()
      expect(String(unit.due_at)).toBe('2026-12-11T00:00:00Z')
      const links = await service.db
        .selectFrom('access.personal_link')
        .where('purpose', '=', 'survey')
        .select('expires_at')
        .execute()
      expect(links.map(({ expires_at }) => String(expires_at))).toEqual(Array(2).fill('2026-12-11T00:00:00Z'))
      const sent: string[] = []
      for (let date = day('2026-10-16'); Temporal.PlainDate.compare(date, LATER) <= 0; date = date.add({ days: 1 })) {
        const before = (await storedMailings(service)).length
        at(`${date}T10:00:00Z`)
        await sendAllDue(service)
        const mailings = await storedMailings(service)
        if (mailings.length > before) sent.push(`${date} ${mailings.at(-1)!.kind}`)
      }
      expect(sent).toEqual(['2026-10-19 reminder', '2026-10-26 reminder', '2026-11-05 reminder', '2026-12-08 lastCall'])
    })

    test('is written in the journal, and no other wave has moved', async () => {
      await invited(1)
      const before = await Promise.all(['w0', 'w2', 'w3', 'w4', 'w5'].map(ends))
      await extend(PHASE_1)
      expect(await Promise.all(['w0', 'w2', 'w3', 'w4', 'w5'].map(ends))).toEqual(before)
      const events = await service.db
        .selectFrom('audit.event')
        .where('actor', '=', 'sam')
        .select(['action', 'subject', 'detail'])
        .execute()
      expect(events).toEqual([
        {
          action: 'field period extended',
          subject: 'tevo/w1',
          detail: { cases: 1, refused: 0, lastDay: '2026-12-10', cohort: 'phase-1' },
        },
      ])
    })

    test('that is another one does not', async () => {
      await invited(1)
      await enrol(service, [{ matricule: 'TEVO2-0009', courriel: 'v9@example.org' }])
      await extend(PHASE_1)
      expect(await ends()).toEqual(['2026-12-11', '2026-11-26'])
    })

    test('is asked about first: nobody gets time whom nobody was shown', async () => {
      await invited(1, 2)
      expect(await preview(PHASE_1)).toEqual({ extended: ['TEVO1-0001', 'TEVO1-0002'], refused: [] })
      expect(await extend(PHASE_1, { expected: 1 })).toMatchObject({ ok: false, because: 'more' })
      expect(await ends()).toEqual(['2026-11-26', '2026-11-26'])
      expect(await extend({ cohort: 'phase-9' })).toMatchObject({ ok: false, because: 'nobody' })
    })
  })

  describe('who does not get the time, and why', () => {
    test('each for their own reason, and the others do', async () => {
      await invited(1, 2, 3, 4, 5)
      await change('TEVO1-0002', { submitted_on: day('2026-10-15') })
      await change('TEVO1-0003', { closes_on: day('2026-12-11') })
      await change('TEVO1-0004', { opens_on: day('2026-12-01') }, 'w2')
      await change('TEVO1-0005', { closes_on: day('2026-10-15') })
      await service.db.deleteFrom('fieldwork.mailing').execute()
      await enrol(service, people(6))
      await service.db
        .deleteFrom('fieldwork.case')
        .where('wave', '=', 'w1')
        .where('member_id', 'in', ({ selectFrom }) =>
          selectFrom('identity.panel_member').where('matricule', '=', 'TEVO1-0006').select('id'),
        )
        .execute()
      const all = named('TEVO1-0001', 'TEVO1-0002', 'TEVO1-0003', 'TEVO1-0004', 'TEVO1-0005', 'TEVO1-0006', 'X')
      expect(await preview(all)).toEqual({
        extended: ['TEVO1-0001'],
        refused: [
          { matricule: 'TEVO1-0002', because: 'answered' },
          { matricule: 'TEVO1-0003', because: 'not later' },
          { matricule: 'TEVO1-0004', because: 'next wave' },
          { matricule: 'TEVO1-0005', because: 'merged' },
          { matricule: 'TEVO1-0006', because: 'not planned' },
          { matricule: 'X', because: 'unknown member' },
        ],
      })
      expect(await extend(all)).toEqual({ ok: true, extended: 1 })
      expect((await cases())[0]).toMatchObject({ extended_to: day('2026-12-11') })
      expect((await cases()).slice(1).every(({ extended_to }) => extended_to === null)).toBe(true)
    })

    test('a wave that is closed for the cohort stays closed', async () => {
      await invited(1)
      await service.db
        .updateTable('fieldwork.unit')
        .set({ closed_at: W1_OPENS, because: 'too few' })
        .where('wave', '=', 'w1')
        .execute()
      expect(await preview(PHASE_1)).toEqual({
        extended: [],
        refused: [{ matricule: 'TEVO1-0001', because: 'wave closed' }],
      })
      expect(await extend(PHASE_1)).toMatchObject({ ok: false, because: 'nobody' })
    })

    test('the day before the next wave is the last there can be, and a day of the past none', async () => {
      await invited(1)
      expect(await preview(PHASE_1, day('2027-03-15'))).toMatchObject({ refused: [{ because: 'next wave' }] })
      expect(await preview(PHASE_1, day('2027-03-14'))).toMatchObject({ extended: ['TEVO1-0001'] })
      expect(await preview(PHASE_1, day('2026-10-14'))).toBeNull()
      expect(await extend(PHASE_1, { lastDay: day('2026-10-14') })).toEqual({ ok: false, because: 'in the past' })
      expect(await extend(PHASE_1, { lastDay: day('2027-03-14') })).toEqual({ ok: true, extended: 1 })
      expect(await ends()).toEqual(['2027-03-15'])
    })

    test('nobody may answer for more than a year', async () => {
      await invited(1)
      await service.db.deleteFrom('fieldwork.case').where('wave', 'in', ['w2', 'w3', 'w4', 'w5']).execute()
      expect(await preview(PHASE_1, day('2027-10-15'))).toMatchObject({ refused: [{ because: 'too long' }] })
      expect(await preview(PHASE_1, day('2027-10-14'))).toMatchObject({ extended: ['TEVO1-0001'] })
    })
  })

  describe('what was given stays given', () => {
    const standard = (change: (plan: Plan) => Partial<Plan>): TestService => {
      const plan = planOf(service, 'tevo')
      return { ...service, plans: new Map([[plan.plan, { ...plan, ...change(plan) }]]) }
    }

    test('when people are planned again by the same plan, or by another', async () => {
      await invited(1)
      await extend(PHASE_1)
      await planAgain()
      expect(await ends()).toEqual(['2026-12-11'])
      await planAgain(
        standard(({ waves }) => ({
          waves: waves.map((wave) => ({ ...wave, closes: { after: 'opening', days: 21 } as const })),
        })),
      )
      expect(await ends()).toEqual(['2026-12-11'])
    })

    test('to somebody who is not invited yet, wherever their opening moves', async () => {
      await enrol(service, people(1))
      expect(await extend(PHASE_1)).toEqual({ ok: true, extended: 1 })
      expect(await ends()).toEqual(['2026-12-11'])
      await service.db
        .updateTable('fieldwork.mission')
        .set({ returned_on: day('2026-09-22'), plan_stale: true })
        .execute()
      while (await planNextMembers(service)) {}
      const [one] = await cases()
      expect([one!.opens_on, one!.closes_on].map(String)).toEqual(['2026-10-22', '2026-12-11'])
    })

    test('until the next wave opens: nobody has two at once', async () => {
      await invited(1)
      await extend(PHASE_1, { lastDay: day('2027-03-10') })
      await service.db
        .updateTable('fieldwork.mission')
        .set({ returned_on: day('2026-07-15'), plan_stale: true })
        .execute()
      while (await planNextMembers(service)) {}
      const [[first], [next]] = await Promise.all([cases(), cases('w2')])
      expect(String(next!.opens_on)).toBe('2027-01-18')
      expect(String(first!.closes_on)).toBe('2027-01-18')
    })

    test('unless the wave was closed meanwhile: what is closed stays as it was', async () => {
      await invited(1)
      await extend(PHASE_1)
      await change('TEVO1-0001', { closes_on: day('2026-11-20') })
      await service.db
        .updateTable('fieldwork.unit')
        .set({ closed_at: W1_OPENS, because: 'too few' })
        .where('wave', '=', 'w1')
        .execute()
      await planAgain()
      expect(await ends()).toEqual(['2026-11-20'])
    })

    test('and nothing moves that somebody is shown beforehand', async () => {
      await invited(1)
      await extend(PHASE_1)
      const events = () =>
        service.db.selectFrom('audit.event').where('action', '=', 'cases planned again').select('id').execute()
      const before = (await events()).length
      await planAgain()
      expect(await events()).toHaveLength(before)
    })
  })

  test('whose period was over hears of it again: of the last call, if they have not had it', async () => {
    await invited(1)
    for (const date of ['2026-10-19', '2026-10-26', '2026-11-05', '2026-11-26']) {
      at(`${date}T10:00:00Z`)
      await sendAllDue(service)
    }
    expect(await cases()).toMatchObject([{ next_contact_at: null, because: 'all sent' }])
    expect(await extend(PHASE_1)).toEqual({ ok: true, extended: 1 })
    await sendAllDue(service)
    expect((await cases()).map(({ next_contact_at }) => String(next_contact_at))).toEqual(['2026-12-08T10:00:00Z'])
  })

  test('a last call that was held back is taken back, and comes in its new time', async () => {
    await invited(1)
    for (const date of ['2026-10-19', '2026-10-26', '2026-11-05']) {
      at(`${date}T10:00:00Z`)
      await sendAllDue(service)
    }
    await holdMail(service, { scope: 'everything', actor: 'sam' })
    at('2026-11-23T10:00:00Z')
    await oweAllDue(service)
    expect((await storedMailings(service)).at(-1)).toMatchObject({ kind: 'lastCall', sent_at: null })
    await extend(PHASE_1)
    await releaseMail(service, { scope: 'everything', actor: 'sam' })
    await sendAllDue(service)
    const kinds = async () => (await storedMailings(service)).map(({ kind }) => kind)
    expect(await kinds()).not.toContain('lastCall')
    at('2026-12-08T10:00:00Z')
    await sendAllDue(service)
    expect((await kinds()).filter((kind) => kind === 'lastCall')).toHaveLength(1)
    expect(world().smtp.taken.at(-1)!.raw).toContain('jeudi 10 d')
  })

  test('while the service plans, decides, sends and closes, everything agrees in the end', async () => {
    await invited(1, 2, 3, 4, 5, 6)
    const others = service.database.url ? [1, 2].map(() => openServer(service.database.url!)) : []
    const [second, third] = [0, 1].map((index) => ({ ...service, db: others[index]?.db ?? service.db }))
    for (const [instant, lastDay] of [
      ['2026-11-23T10:00:00Z', '2026-12-10'],
      ['2026-12-08T10:00:00Z', '2026-12-20'],
      ['2026-12-21T00:00:00Z', '2027-01-15'],
    ] as const) {
      at(instant)
      const stale = service.db.updateTable('fieldwork.mission').set({ plan_stale: true }).execute()
      const [outcome] = await Promise.all([
        extend(PHASE_1, { lastDay: day(lastDay) }),
        tick(second!),
        stale,
        tick(third!),
      ])
      for (let beats = 0; beats < 3; beats++) await tick(service)
      const [{ closed_at, due_at } = { closed_at: null, due_at: null }] = await service.db
        .selectFrom('fieldwork.unit')
        .where('wave', '=', 'w1')
        .select(['closed_at', 'due_at'])
        .execute()
      const now = await cases()
      if (closed_at) {
        expect(now.every(({ next_contact_at }) => next_contact_at === null)).toBe(true)
        continue
      }
      expect(outcome).toEqual({ ok: true, extended: 6 })
      const end = day(lastDay).add({ days: 1 })
      expect(new Set(now.map(({ closes_on }) => String(closes_on)))).toEqual(new Set([String(end)]))
      expect(String(due_at)).toBe(`${end}T00:00:00Z`)
      const links = await service.db
        .selectFrom('access.personal_link')
        .where('purpose', '=', 'survey')
        .select('expires_at')
        .execute()
      expect(new Set(links.map(({ expires_at }) => String(expires_at)))).toEqual(new Set([`${end}T00:00:00Z`]))
    }
    const asked = (await storedMailings(service)).map(({ case_id, kind, number }) => `${case_id} ${kind} ${number}`)
    expect(new Set(asked).size).toBe(asked.length)
    for (const other of others) await other.close()
  })
})
