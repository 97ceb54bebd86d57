// Mail is held when a person says so and when too much goes wrong, and what was held never comes down in a heap: the
// faults a sender has to live through, on each database, with mail servers that are up, down, full, rude or slow.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { createToken } from '../access/create-token.actions.ts'
import { createApp } from '../app.ts'
import type { MailConfig } from '../platform/config.ts'
import type { Mailer, Message, SendOutcome } from '../platform/mailer.ts'
import { enrol, type TestService } from '../testing.ts'
import { tick } from '../tick.ts'
import { decideNextContacts } from '../waves/decide-contacts.actions.ts'
import { brakesInForce } from './brakes.queries.ts'
import { announceEnvironment, beat, holdMail, releaseMail } from './hold-mail.actions.ts'
import { nextTurn } from './mailings.queries.ts'
import { sendDueMailings, sendNextMailing } from './send-mailing.actions.ts'
import { stopMail } from './stop-mail.actions.ts'
import { recordBounce } from './take-report.actions.ts'
import {
  enrolMany,
  onEachEngineWithMail,
  oweAllDue,
  sendAllDue,
  startSmtp,
  storedMailings,
  W1_OPENS,
} from './testing.ts'

const DAY = { hours: 24 }
const EVERYTHING = { scope: 'everything', actor: 'sam' }
const WAVE = { scope: 'wave tevo/w1', actor: 'sam' }

/** The same service with other rules for its mail. */
const withMail = (service: TestService, mail: Partial<MailConfig>): TestService => ({
  ...service,
  config: { ...service.config, mail: { ...service.config.mail, ...mail } },
})

/** A mail server that only counts, and answers as it is told: for many messages and for faults no server would give. */
function countingMailer(answer: (message: Message, count: number) => SendOutcome = () => ({ ok: true })) {
  const sent: Message[] = []
  let asked = 0
  const mailer: Mailer = {
    close: () => {},
    async send(message) {
      const outcome = answer(message, asked++)
      if (outcome.ok) sent.push(message)
      return outcome
    },
  }
  return { mailer, sent, asked: () => asked }
}

const causes = async ({ db }: TestService) => (await brakesInForce(db)).map(({ cause }) => cause)

onEachEngineWithMail((world) => {
  /** So many members who are owed an invitation now. */
  async function owed(count: number): Promise<TestService> {
    const { service } = world()
    await enrolMany(service, count)
    service.clock.jumpTo(W1_OPENS)
    await oweAllDue(service)
    return service
  }

  describe('a person', () => {
    test('stops everything from the next message on, and lets it go again', async () => {
      const service = await owed(6)
      const { mailer, sent } = countingMailer()
      const deps = { ...service, mailer }
      await sendNextMailing(deps)
      expect(await holdMail(service, EVERYTHING)).toEqual({ changed: true })
      expect(await holdMail(service, EVERYTHING)).toEqual({ changed: false })
      await sendDueMailings(deps)
      expect(sent).toHaveLength(1)
      expect(await releaseMail(service, EVERYTHING)).toEqual({ released: ['stopped'] })
      expect(await releaseMail(service, EVERYTHING)).toEqual({ released: [] })
      await sendDueMailings(deps)
      expect(sent).toHaveLength(6)
      const events = await service.db
        .selectFrom('audit.event')
        .select(['actor', 'action', 'subject'])
        .orderBy('at')
        .execute()
      expect(
        events
          .filter(({ actor }) => actor === 'sam')
          .map(({ action }) => action)
          .sort(),
      ).toEqual(['mail held', 'mail released'])
    })

    test('pauses one wave, and the others go on', async () => {
      const service = await owed(3)
      const [first] = await storedMailings(service)
      await service.db.updateTable('fieldwork.mailing').set({ scope: 'tevo/w2' }).where('id', '=', first!.id).execute()
      await holdMail(service, WAVE)
      const { mailer, sent } = countingMailer()
      await sendDueMailings({ ...service, mailer })
      expect(sent).toHaveLength(1)
      await releaseMail(service, WAVE)
      await sendDueMailings({ ...service, mailer })
      expect(sent).toHaveLength(3)
    })

    test('who holds mail for weeks lets go of one message a person at most, and of none that is too late', async () => {
      const service = await owed(5)
      await holdMail(service, EVERYTHING)
      const { mailer, sent } = countingMailer()
      for (let day = 1; day <= 30; day++) {
        service.clock.jumpTo(W1_OPENS.add({ hours: 24 * day }))
        await tick({ ...service, mailer })
      }
      await releaseMail(service, EVERYTHING)
      await tick({ ...service, mailer })
      await tick({ ...service, mailer })
      expect(sent).toEqual([])
      const cases = await service.db.selectFrom('fieldwork.case').where('wave', '=', 'w1').select('because').execute()
      expect(cases.every(({ because }) => because === 'missed while mail was held')).toBe(true)
    })
  })

  describe('the service holds mail by itself', () => {
    const careful = { brakes: true }

    test('after the first twenty invitations of a wave, until somebody has looked at them', async () => {
      const service = withMail(await owed(30), { canary: 20 })
      const { mailer, sent } = countingMailer()
      await sendDueMailings({ ...service, mailer })
      await sendDueMailings({ ...service, mailer })
      // Those on their way at once give way to each other: there may be a few less, and never one more.
      expect(sent.length).toBeLessThanOrEqual(20)
      expect(sent.length).toBeGreaterThan(20 - service.config.mail.senders)
      expect(await brakesInForce(service.db)).toMatchObject([{ scope: 'wave tevo/w1', cause: 'canary' }])
      expect((await storedMailings(service)).every(({ attempts, sent_at }) => attempts === (sent_at ? 1 : 0))).toBe(
        true,
      )
      await releaseMail(service, WAVE)
      await sendDueMailings({ ...service, mailer })
      expect(sent).toHaveLength(30)
      expect(await causes(service)).toEqual([])
    })

    test('after an absence of more than a day, and nobody hears twice when it is released', async () => {
      const { service } = world()
      await enrolMany(service, 40)
      const deps = withMail(service, careful)
      const { mailer, sent } = countingMailer()
      await tick({ ...deps, mailer })
      service.clock.jumpTo(service.clock.now().add({ hours: 24 * 90 }))
      await tick({ ...deps, mailer })
      await tick({ ...deps, mailer })
      expect(sent.filter(({ subject }) => !subject.startsWith('Retour'))).toEqual([])
      expect(await causes(service)).toEqual(['absence'])
      await releaseMail(service, EVERYTHING)
      for (let minute = 0; minute < 3; minute++) await tick({ ...deps, mailer })
      const heard = sent.filter(({ subject }) => !subject.startsWith('Retour')).map(({ to }) => to)
      expect(new Set(heard).size).toBe(heard.length)
      const missed = await service.db.selectFrom('fieldwork.case').where('wave', '=', 'w1').select('because').execute()
      expect(missed.every(({ because }) => because === 'missed while the service was down')).toBe(true)
    })

    test.each([
      ['an hour back', -1, []],
      ['an hour on', 1, []],
      ['26 hours on', 26, []],
      ['a day and three hours on', 27, ['absence']],
      ['400 days on', 24 * 400, ['absence']],
    ])('when the clock steps %s: %j hours', async (_, hours, expected) => {
      const { service } = world()
      const deps = withMail(service, careful)
      await beat(deps)
      const clock = { now: () => service.clock.now().add({ hours }) }
      await beat({ ...deps, clock })
      await beat({ ...deps, clock })
      expect(await causes(service)).toEqual(expected)
    })

    test('when far more is due than there ever was, and not again that day once it is released', async () => {
      const service = withMail(await owed(101), careful)
      await beat(service)
      expect(await causes(service)).toEqual(['storm'])
      await releaseMail(service, EVERYTHING)
      await beat(service)
      expect(await causes(service)).toEqual([])
      const { mailer, sent } = countingMailer()
      await sendDueMailings({ ...service, mailer })
      expect(sent).toHaveLength(101)
    })

    test('where the database does not know it: a copy sends nothing until somebody confirms it', async () => {
      const service = withMail(await owed(3), careful)
      await announceEnvironment(service)
      expect(await causes(service)).toEqual([])
      const copy = { ...service, environment: 'a copy' }
      await announceEnvironment(copy)
      await announceEnvironment(copy)
      const { mailer, sent } = countingMailer()
      await sendDueMailings({ ...copy, mailer })
      expect(sent).toEqual([])
      await sendDueMailings({ ...service, mailer })
      expect(sent).toHaveLength(3)
      await releaseMail(copy, { scope: 'environment a copy', actor: 'sam' })
      await announceEnvironment(copy)
      expect(await causes(service)).toEqual([])
    })

    test('when its database has gone back in time, as after yesterday’s backup', async () => {
      const { service } = world()
      const deps = withMail(service, careful)
      for (let minute = 0; minute < 5; minute++) await beat(deps)
      expect(readFileSync(join(service.folder, 'beats'), 'utf8')).toBe('5')
      await sql`update fieldwork.sender set beats = 2`.execute(service.db)
      await beat(deps)
      expect(await causes(service)).toEqual(['restored'])
      writeFileSync(join(service.folder, 'beats'), '0')
    })

    test.each<[string, SendOutcome]>([
      ['a policy', { ok: false, because: 'ours', code: '554 5.7.1' }],
      ['a wrong password', { ok: false, because: 'ours', code: '535 5.7.8' }],
    ])('when the mail server will not have us because of %s: no attempt is spent', async (_, outcome) => {
      const service = withMail(await owed(8), careful)
      const { mailer } = countingMailer(() => outcome)
      await sendDueMailings({ ...service, mailer })
      await sendDueMailings({ ...service, mailer })
      expect(await causes(service)).toEqual(['ours'])
      expect((await storedMailings(service)).every(({ attempts, claim }) => attempts === 0 && claim === null)).toBe(
        true,
      )
      expect(service.logLines.join('')).toContain('mail is held until somebody releases it')
      await releaseMail(service, EVERYTHING)
      const good = countingMailer()
      await sendDueMailings({ ...service, mailer: good.mailer })
      expect(good.sent).toHaveLength(8)
    })

    test('after twenty failures in a row, but not when one in between went through', async () => {
      const service = withMail(await owed(40), { ...careful, senders: 1 })
      const later: SendOutcome = { ok: false, because: 'later', code: '451' }
      const mixed = countingMailer((_, count) => (count === 10 ? { ok: true } : later))
      for (let count = 0; count < 19; count++) {
        service.clock.jumpTo(service.clock.now().add({ milliseconds: 1 }))
        await sendNextMailing({ ...service, mailer: mixed.mailer })
      }
      expect(await causes(service)).toEqual([])
      await sendDueMailings({ ...service, mailer: countingMailer(() => later).mailer })
      expect(await causes(service)).toEqual(['failures'])
    })

    test('a wave when too many of its addresses do not exist', async () => {
      const service = withMail(await owed(40), { ...careful, senders: 1 })
      const nobody: SendOutcome = { ok: false, because: 'refused', code: '550 5.1.1' }
      const { mailer, asked } = countingMailer(() => nobody)
      await sendDueMailings({ ...service, mailer })
      expect(await causes(service)).toEqual(['bounces'])
      expect(asked()).toBe(4)
    })

    test('a wave when too many complain, and each of them hears no more', async () => {
      const service = withMail(await owed(6), careful)
      await sendAllDue(service)
      const mailings = (await storedMailings(service)).slice(0, 3)
      for (const { id } of mailings)
        await recordBounce(service, {
          mailingId: id,
          kind: 'complaint',
          status: 'abuse',
          source: 'pipe',
          report: `r ${id}`,
        })
      expect(await causes(service)).toEqual(['complaints'])
      const stopped = await service.db
        .selectFrom('identity.panel_member')
        .where('opted_out_at', 'is not', null)
        .select('id')
        .execute()
      expect(stopped).toHaveLength(3)
    })

    test('and tells the programme’s staff by mail, once, in both languages, and how to go on', async () => {
      const { service, smtp } = world()
      const deps = withMail(await owed(101), careful)
      for (let minute = 0; minute < 3; minute++) await tick(deps)
      expect(smtp.taken.map(({ recipients }) => recipients)).toEqual([['suivi@retour.example']])
      const readable = smtp.taken[0]!.raw.replaceAll('=\r\n', '')
      expect(readable).toContain('npm run mail -- go')
      expect(readable).toContain('there is much more to send than usual')
      expect(service.logLines.join('')).not.toMatch(/v\d+@example/)
    })
  })

  describe('it takes its time', () => {
    test('one message a second to one domain, ten altogether, whoever sends', async () => {
      const { service } = world()
      await enrol(
        service,
        Array.from({ length: 6 }, (_, index) => ({
          matricule: `TEVO1-${index}`,
          courriel: `v${index}@${index < 3 ? 'one.example' : `other${index}.example`}`,
        })),
      )
      service.clock.jumpTo(W1_OPENS)
      await oweAllDue(service)
      const { mailer, sent } = countingMailer()
      const deps = { ...withMail(service, { perSecond: 10, perSecondAndDomain: 1, senders: 2 }), mailer }
      const times = new Map<string, Temporal.Instant[]>()
      for (let beats = 0; beats < 200 && sent.length < 6; beats++) {
        const before = sent.length
        await sendDueMailings(deps)
        for (const { to } of sent.slice(before)) {
          const domain = to.split('@')[1]!
          times.set(domain, [...(times.get(domain) ?? []), service.clock.now()])
        }
        const turn = await nextTurn(service.db, service.clock.now())
        service.clock.jumpTo(turn ?? service.clock.now().add({ milliseconds: 10 }))
      }
      expect(sent).toHaveLength(6)
      const own = times.get('one.example')!
      expect(own).toHaveLength(3)
      expect(own[0]!.until(own[1]!).total('seconds')).toBeGreaterThanOrEqual(1)
      expect(own[1]!.until(own[2]!).total('seconds')).toBeGreaterThanOrEqual(1)
      const whole = W1_OPENS.until(service.clock.now()).total('seconds')
      expect(whole).toBeGreaterThanOrEqual(2)
      expect(whole).toBeLessThan(4)
    })

    test('so many on the first day, twice as many on the next', async () => {
      const service = withMail(await owed(20), { warmUp: 5 })
      const { mailer, sent } = countingMailer()
      await sendDueMailings({ ...service, mailer })
      expect(sent).toHaveLength(5)
      service.clock.jumpTo(W1_OPENS.add({ hours: 12 }).subtract({ hours: 3 }))
      await sendDueMailings({ ...service, mailer })
      expect(sent).toHaveLength(5)
      service.clock.jumpTo(W1_OPENS.add(DAY).add({ minutes: 1 }))
      await sendDueMailings({ ...service, mailer })
      expect(sent).toHaveLength(15)
    })
  })

  describe('faults', () => {
    test('six hours without a mail server cost nobody an attempt: all have one message when it is back', async () => {
      const service = await owed(200)
      const down = countingMailer(() => ({ ok: false, because: 'down', code: 'ECONNREFUSED' }))
      for (let minute = 0; minute < 6 * 60; minute += 3) {
        service.clock.jumpTo(W1_OPENS.add({ minutes: minute }))
        await sendDueMailings({ ...service, mailer: down.mailer })
      }
      // Left in peace for longer and longer, a quarter of an hour in the end.
      expect(down.asked()).toBeLessThan(40 * service.config.mail.senders)
      expect((await storedMailings(service)).every(({ attempts }) => attempts === 0)).toBe(true)
      const back = countingMailer()
      service.clock.jumpTo(W1_OPENS.add({ hours: 6, minutes: 20 }))
      await sendDueMailings({ ...service, mailer: back.mailer })
      expect(back.sent).toHaveLength(200)
      expect(new Set(back.sent.map(({ to }) => to)).size).toBe(200)
    })

    test('a message whose fate is unknown goes once more after a quarter of an hour, and then never again', async () => {
      const service = await owed(20)
      const cut = countingMailer(() => ({ ok: false, because: 'unknown', code: 'ECONNRESET' }))
      for (let minute = 0; minute < 120; minute += 5) {
        service.clock.jumpTo(W1_OPENS.add({ minutes: minute }))
        await sendDueMailings({ ...service, mailer: cut.mailer })
        if (minute < 15) expect(cut.asked()).toBe(20)
      }
      expect(cut.asked()).toBe(40)
      const mailings = await storedMailings(service)
      expect(
        mailings.every(({ because, next_attempt_at }) => because === 'outcome unknown' && next_attempt_at === null),
      ).toBe(true)
    })

    test('a hundred ticks at once send each message once', async () => {
      const service = await owed(30)
      const { mailer, sent } = countingMailer()
      await Promise.all(Array.from({ length: 100 }, () => tick({ ...service, mailer }, undefined, 'writing')))
      expect(sent).toHaveLength(30)
      expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(30)
    })

    test('ten mailings that cannot be written are given up after five tries, and a hundred others have gone', async () => {
      const service = await owed(110)
      const broken = (await storedMailings(service)).slice(0, 10).map(({ id }) => id)
      await service.db.updateTable('fieldwork.mailing').set({ kind: 'wordless' }).where('id', 'in', broken).execute()
      const { mailer, sent } = countingMailer()
      for (let hour = 0; hour < 24; hour++) {
        service.clock.jumpTo(W1_OPENS.add({ hours: hour }))
        await sendDueMailings({ ...service, mailer })
      }
      service.clock.jumpTo(W1_OPENS.add(DAY))
      await sendDueMailings({ ...service, mailer })
      expect(sent).toHaveLength(100)
      const poisoned = (await storedMailings(service)).filter(({ id }) => broken.includes(id))
      expect(poisoned.map(({ because, attempts }) => `${because} ${attempts}`)).toEqual(
        Array(10).fill('cannot be written 5'),
      )
    })

    test('a member whose time zone is none does not keep the others from being written to', async () => {
      const { service } = world()
      await enrolMany(service, 5)
      await service.db
        .updateTable('identity.panel_member')
        .set({ time_zone: 'Nowhere/At_All' })
        .where('matricule', '=', 'TEVO1-0003')
        .execute()
      service.clock.jumpTo(W1_OPENS)
      const { mailer, sent } = countingMailer()
      for (let minute = 0; minute < 3; minute++) await tick({ ...service, mailer })
      expect(sent).toHaveLength(4)
    })

    test('whoever asks for no more mail, between claim and sending, hears at most what was on its way', async () => {
      const service = await owed(60)
      const members = await service.db.selectFrom('identity.panel_member').select(['id', 'email']).execute()
      const { ensureLink } = await import('../access/personal-links.queries.ts')
      const tokens = new Map<string, string>()
      for (const { id } of members)
        tokens.set(
          id,
          await ensureLink(
            service.db,
            service.config.keys.link,
            { purpose: 'stop', subjectId: id, generation: 1 },
            null,
          ),
        )
      const acknowledged = new Map<string, number>()
      let order = 0
      const begun = new Map<string, number>()
      const mailer: Mailer = {
        close: () => {},
        async send({ to }) {
          begun.set(to, order++)
          return { ok: true }
        },
      }
      const stopping = members.map(async ({ id, email }) => {
        await stopMail(service, tokens.get(id)!)
        acknowledged.set(email!, order++)
      })
      await Promise.all([sendDueMailings({ ...service, mailer }), ...stopping])
      await sendDueMailings({ ...service, mailer })
      const late = [...begun].filter(([to, at]) => acknowledged.get(to)! < at)
      // Only what had been claimed by then, and there are never more of those than senders.
      expect(late.length).toBeLessThanOrEqual(service.config.mail.senders)
      const mailings = await storedMailings(service)
      expect(mailings.every(({ sent_at, because }) => (sent_at === null) === (because === 'opted out'))).toBe(true)
    })
  })

  test('how mail stands can be read by a machine with a token for that, and by no other', async () => {
    const service = await owed(4)
    await sendNextMailing({ ...service, mailer: countingMailer().mailer })
    await holdMail(service, EVERYTHING)
    const app = createApp(service)
    const ask = (token: string) => app.request('/metrics', { headers: { Authorization: `Bearer ${token}` } })
    expect((await app.request('/metrics')).status).toBe(401)
    const research = await createToken(service, { name: 'ravi', days: 1, actor: 'test' })
    expect((await ask(research.token)).status).toBe(401)
    const { token } = await createToken(service, { name: 'watch', days: 1, scope: 'metrics', actor: 'test' })
    service.clock.jumpTo(W1_OPENS.add({ minutes: 2 }))
    const text = await (await ask(token)).text()
    expect(text).toContain('\nretour_mail_oldest_due_seconds 120\n')
    for (const line of [
      'retour_mail_due 3',
      'retour_mail_queued 3',
      'retour_mail_sent_total 1',
      'retour_mail_brakes 1',
    ])
      expect(text).toContain(`\n${line}\n`)
  })

  test('a mail server that comes and goes while several send', async () => {
    const { smtp } = world()
    const service = await owed(12)
    const port = Number(new URL(smtp.url).port)
    await sendNextMailing(service)
    await smtp.stop()
    await sendDueMailings(service)
    const back = await startSmtp(port)
    service.clock.jumpTo(W1_OPENS.add({ minutes: 20 }))
    while (await decideNextContacts(service)) {}
    await sendDueMailings(service)
    expect(smtp.taken.length + back.taken.length).toBe(12)
    service.mailer.close()
    await back.stop()
  })
})
