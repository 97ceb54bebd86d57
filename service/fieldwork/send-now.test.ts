// The next mail, asked for now: to whom it goes and to whom not, once, and within every rule that mail keeps by itself.
import { beforeEach, describe, expect, test } from 'vitest'
import { holdMail, releaseMail } from '../mailings/hold-mail.actions.ts'
import { optOut } from '../mailings/mailings.queries.ts'
import { sendNextMailing } from '../mailings/send-mailing.actions.ts'
import { onEachEngineWithMail, sendAllDue, storedMailings, W1_OPENS } from '../mailings/testing.ts'
import { openServer } from '../platform/database.ts'
import { rowId } from '../platform/secrets.ts'
import { savePage } from '../responses/responses.queries.ts'
import { enrol, type TestService } from '../testing.ts'
import { tick } from '../tick.ts'
import { bringForward } from '../waves/cases.queries.ts'
import { decideNextContacts } from '../waves/decide-contacts.actions.ts'
import { planNextMembers } from '../waves/plan-members.actions.ts'
import { previewSendNow, sendNow } from './send-now.actions.ts'

const W1 = { programme: 'tevo', wave: 'w1' }
/** A Saturday noon in Dakar, two days after the invitation and two before the first reminder. */
const SATURDAY = Temporal.Instant.from('2026-10-17T12:00:00Z')
const member = (number: number, cells: object = {}) => ({
  matricule: `TEVO1-000${number}`,
  courriel: `v${number}@example.org`,
  ...cells,
})

onEachEngineWithMail((world) => {
  let service: TestService
  beforeEach(() => {
    service = world().service
  })

  const press = (expected = 1_000, cohort: string | null = null) =>
    sendNow(service, { ...W1, cohort, expected, actor: 'sam' })
  const look = () => previewSendNow(service, W1)
  const idOf = async (number: number): Promise<string> => {
    const { id } = await service.db
      .selectFrom('identity.panel_member')
      .where('matricule', '=', `TEVO1-000${number}`)
      .select('id')
      .executeTakeFirstOrThrow()
    return id
  }
  const caseOf = async (number: number, wave = 'w1') =>
    service.db
      .selectFrom('fieldwork.case')
      .where('member_id', '=', await idOf(number))
      .where('wave', '=', wave)
      .selectAll()
      .executeTakeFirstOrThrow()
  /** What has gone to each address, in order. */
  const sentTo = () =>
    Map.groupBy(world().smtp.taken, ({ recipients }) => recipients[0]!)
      .entries()
      .map(([to, some]) => `${to}: ${some.length}`)
      .toArray()
      .toSorted()
  const kinds = async () => (await storedMailings(service)).map(({ kind, number }) => `${kind} ${number}`).toSorted()

  /** So many people, invited two days ago. */
  async function invited(...members: ReturnType<typeof member>[]): Promise<void> {
    await enrol(service, members)
    // By then it is day everywhere, or has been.
    for (const hours of [0, 12]) {
      service.clock.jumpTo(W1_OPENS.add({ hours }))
      await sendAllDue(service)
    }
    service.clock.jumpTo(SATURDAY)
  }

  async function optOutOf(number: number): Promise<void> {
    const id = await idOf(number)
    await service.db.transaction().execute((trx) => optOut(trx, id, service.clock.now()))
  }

  async function answer(number: number): Promise<void> {
    const { id } = await caseOf(number)
    const { pseudonym } = await service.db
      .selectFrom('link.pseudonym')
      .where('member_id', '=', await idOf(number))
      .select('pseudonym')
      .executeTakeFirstOrThrow()
    const { instrument, version } = service.bank.instruments.get('w1')!
    const now = service.clock.now()
    const [today, receipt] = [now.toZonedDateTimeISO('UTC').toPlainDate(), rowId()]
    const save = { caseId: id, receipt, pseudonym, wave: 'w1', instrument, version, language: 'fr' } as const
    await savePage(service.db, { ...save, soFar: {}, changes: {}, page: 1, now, today, submit: true })
  }

  describe('what is asked for now', () => {
    test('goes now, once, and the reminder after it keeps its day', async () => {
      await invited(member(1), member(2))
      expect(await look()).toEqual([{ cohort: 'phase-1', now: 2, later: 0, until: null, not: [] }])
      expect(await press()).toEqual({ ok: true, brought: 2 })
      await sendAllDue(service)
      expect(await kinds()).toEqual(['invitation 1', 'invitation 1', 'reminder 1', 'reminder 1'])
      expect((await storedMailings(service)).filter(({ kind }) => kind === 'reminder')).toMatchObject([
        { sent_at: SATURDAY },
        { sent_at: SATURDAY },
      ])
      expect(String((await caseOf(1)).next_contact_at)).toBe('2026-10-26T10:00:00Z')
      expect(String((await caseOf(2)).next_contact_at)).toBe('2026-10-26T10:00:00Z')
    })

    test('is written in the journal, with how many and whose', async () => {
      await invited(member(1))
      await press(1_000, 'phase-1')
      const events = await service.db
        .selectFrom('audit.event')
        .where('actor', '=', 'sam')
        .select(['action', 'subject', 'detail'])
        .execute()
      expect(events).toEqual([
        { action: 'mail brought forward', subject: 'tevo/w1', detail: { cohort: 'phase-1', cases: 1 } },
      ])
    })

    test('asked for twice before anything has gone, goes once', async () => {
      await invited(member(1))
      expect(await press()).toEqual({ ok: true, brought: 1 })
      expect(await press()).toEqual({ ok: true, brought: 1 })
      await sendAllDue(service)
      await sendAllDue(service)
      expect(sentTo()).toEqual(['v1@example.org: 2'])
    })

    test('asked for again once it has gone, brings nobody anything within a day', async () => {
      await invited(member(1))
      await press()
      await sendAllDue(service)
      expect(await look()).toMatchObject([{ now: 0, later: 0, not: [{ because: 'written to today', people: 1 }] }])
      expect(await press()).toEqual({ ok: false, because: 'nobody' })
    })

    test('is of one cohort, or of all', async () => {
      await invited(member(1), { ...member(2), matricule: 'TEVO2-0002' })
      expect((await look()).map(({ cohort }) => cohort)).toEqual(['phase-1', 'phase-2'])
      expect(await press(1, 'phase-2')).toEqual({ ok: true, brought: 1 })
      await sendAllDue(service)
      expect(sentTo()).toEqual(['v1@example.org: 1', 'v2@example.org: 2'])
    })

    test('is not done for more people than were shown, nor for a cohort that is none', async () => {
      await invited(member(1), member(2))
      expect(await press(1)).toEqual({ ok: false, because: 'more' })
      expect(await press(9, 'phase-9')).toEqual({ ok: false, because: 'nobody' })
      expect((await caseOf(1)).brought_forward_at).toBeNull()
      expect(await press(3)).toEqual({ ok: true, brought: 2 })
    })

    test('is about this wave and no other, and about none that has not opened', async () => {
      await enrol(service, [member(1)])
      service.clock.jumpTo(W1_OPENS.subtract({ minutes: 1 }))
      expect(await look()).toEqual([])
      expect(await press()).toEqual({ ok: false, because: 'nobody' })
      expect((await caseOf(1)).brought_forward_at).toBeNull()
    })
  })

  describe('nobody is written to', () => {
    test('who has opted out, has answered or has no address', async () => {
      await invited(member(1), member(2), member(3), member(4))
      await optOutOf(1)
      await answer(2)
      await service.db
        .updateTable('identity.panel_member')
        .set({ email_failed_at: SATURDAY })
        .where('id', '=', await idOf(3))
        .execute()
      expect(await look()).toMatchObject([
        {
          now: 1,
          not: expect.arrayContaining([
            { because: 'opted out', people: 1 },
            { because: 'no address', people: 1 },
          ]),
        },
      ])
      expect(await press()).toEqual({ ok: true, brought: 1 })
      await sendAllDue(service)
      expect(sentTo().slice(0, 3)).toEqual(['v1@example.org: 1', 'v2@example.org: 1', 'v3@example.org: 1'])
      expect(sentTo()[3]).toBe('v4@example.org: 2')
    })

    test('who opts out between the asking and the sending', async () => {
      await invited(member(1))
      await press()
      await optOutOf(1)
      await sendAllDue(service)
      expect(sentTo()).toEqual(['v1@example.org: 1'])
    })

    test('at night where they are: they wait for the morning', async () => {
      await invited(member(1), member(2, { fuseau_horaire: 'Pacific/Auckland' }))
      const until = Temporal.Instant.from('2026-10-17T19:00:00Z')
      expect(await look()).toEqual([{ cohort: 'phase-1', now: 1, later: 1, until, not: [] }])
      expect(await press(2)).toEqual({ ok: true, brought: 2 })
      await sendAllDue(service)
      expect(sentTo()).toEqual(['v1@example.org: 2', 'v2@example.org: 1'])
      service.clock.jumpTo(until)
      await sendAllDue(service)
      expect(sentTo()).toEqual(['v1@example.org: 2', 'v2@example.org: 2'])
    })

    test('who has a message on its way, held back or not', async () => {
      await invited(member(1))
      await holdMail(service, { scope: 'everything', actor: 'sam' })
      await press()
      await sendAllDue(service)
      expect(await look()).toMatchObject([{ not: [{ because: 'on its way', people: 1 }] }])
      expect(await press()).toEqual({ ok: false, because: 'nobody' })
      await releaseMail(service, { scope: 'everything', actor: 'sam' })
      await sendAllDue(service)
      expect(sentTo()).toEqual(['v1@example.org: 2'])
    })

    test('whose last call alone is left, nor in a time without mail', async () => {
      await invited(member(1))
      for (const date of ['2026-10-19', '2026-10-26', '2026-11-05']) {
        service.clock.jumpTo(Temporal.Instant.from(`${date}T10:00:00Z`))
        await sendAllDue(service)
      }
      service.clock.jumpTo(Temporal.Instant.from('2026-11-10T10:00:00Z'))
      expect(await look()).toMatchObject([{ not: [{ because: 'last call only', people: 1 }] }])
    })

    test('in a time without mail', async () => {
      await invited(member(1))
      const plan = service.plans.get('standard')!
      const plans = new Map([['standard', { ...plan, blackouts: [{ from: '10-17', to: '10-18' }] }]])
      expect(await previewSendNow({ ...service, plans }, W1)).toMatchObject([
        { now: 0, later: 0, not: [{ because: 'no sooner', people: 1 }] },
      ])
    })
  })

  test('whatever is pressed and however often, people hear from us at most once a day, five times a wave, by day', async () => {
    await invited(member(1), member(2, { fuseau_horaire: 'Pacific/Auckland' }))
    for (let hour = 0; hour < 24 * 40; hour += 5) {
      service.clock.jumpTo(SATURDAY.add({ hours: hour }))
      await press()
      await sendAllDue(service)
    }
    const mailings = (await storedMailings(service)).filter(({ sent_at }) => sent_at !== null)
    for (const [own, zone] of [
      [await idOf(1), 'Africa/Dakar'],
      [await idOf(2), 'Pacific/Auckland'],
    ] as const) {
      const times = mailings
        .filter(({ member_id }) => member_id === own)
        .map(({ sent_at }) => sent_at!)
        .toSorted(Temporal.Instant.compare)
      expect(times).toHaveLength(5)
      for (const [index, at] of times.entries()) {
        const { hour } = at.toZonedDateTimeISO(zone)
        expect(hour >= 8 && hour < 20).toBe(true)
        if (index > 0) expect(times[index - 1]!.until(at).total('hours')).toBeGreaterThanOrEqual(24)
      }
    }
    expect((await kinds()).filter((kind) => kind === 'lastCall 1')).toHaveLength(2)
  })

  test('pressed while the service is deciding and sending, it brings one message each', async () => {
    await invited(...[1, 2, 3, 4, 5, 6].map((number) => member(number)))
    const other = service.database.url ? openServer(service.database.url) : null
    const second = { ...service, db: other?.db ?? service.db }
    await Promise.all([press(), tick(second), press(), decideNextContacts(second), tick(second)])
    await sendAllDue(service)
    while (await sendNextMailing(service)) {}
    expect(sentTo()).toEqual([1, 2, 3, 4, 5, 6].map((number) => `v${number}@example.org: 2`))
    await other?.close()
  })

  test('a case that something has happened to since it was looked at is left alone', async () => {
    await invited(member(1))
    const { id, next_contact_at } = await caseOf(1)
    const bring = (nextContactAt: Temporal.Instant | null) =>
      bringForward(service.db, [{ id, nextContactAt }], SATURDAY)
    expect(await bring(null)).toBe(0)
    expect(await bring(SATURDAY)).toBe(0)
    expect((await caseOf(1)).brought_forward_at).toBeNull()
    expect(await bring(next_contact_at)).toBe(1)
    await answer(1)
    expect(await bring((await caseOf(1)).next_contact_at)).toBe(0)
  })

  test('a case that is planned again is not brought forward any more', async () => {
    await enrol(service, [member(1)])
    const { id } = await caseOf(1, 'w2')
    await service.db.updateTable('fieldwork.case').set({ brought_forward_at: SATURDAY }).where('id', '=', id).execute()
    await service.db
      .updateTable('fieldwork.mission')
      .set({ returned_on: Temporal.PlainDate.from('2026-09-22'), plan_stale: true })
      .execute()
    while (await planNextMembers(service)) {}
    expect((await caseOf(1, 'w2')).brought_forward_at).toBeNull()
  })
})
