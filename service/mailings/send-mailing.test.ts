// Hundreds of messages meet the same fault at once, on real connections: each is tried again as it should be, or not.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { MailConfig } from '../platform/config.ts'
import { type Mailer, type SendOutcome, smtpMailer } from '../platform/mailer.ts'
import { breakOff, drip, hangUp, type Script, type Sink, silence, startSink } from '../platform/testing-smtp.ts'
import { openTestService, type TestService } from '../testing.ts'
import { brakesInForce } from './brakes.queries.ts'
import { releaseMail } from './hold-mail.actions.ts'
import { optOut } from './mailings.queries.ts'
import { sendDueMailings, sendNextMailing } from './send-mailing.actions.ts'
import { BEFORE_W1, enrolMany, oweAllDue, startAgain, storedMailings, W1_OPENS } from './testing.ts'

const MANY = 500
const STALLED = 60
const SENDERS = 5
const TIMEOUT = 500

let service: TestService
let sink: Sink
beforeAll(async () => {
  service = await openTestService('PostgreSQL', BEFORE_W1)
})
beforeEach(async () => {
  await startAgain(service, BEFORE_W1)
  sink = await startSink()
})
afterEach(async () => {
  service.mailer.close()
  await sink.stop()
})
afterAll(() => service.close())

/** So many members are owed an invitation, and the mail server does as it is told. */
async function owed(count: number, script: Script, mail: Partial<MailConfig> = {}, login = ''): Promise<TestService> {
  await enrolMany(service, count)
  service.clock.jumpTo(W1_OPENS)
  await oweAllDue(service)
  sink.script = script
  service.mailer.close()
  service.mailer = smtpMailer(sink.url.replace('//', `//${login}`), { connections: SENDERS, timeout: TIMEOUT })
  return { ...service, config: { ...service.config, mail: { ...service.config.mail, senders: SENDERS, ...mail } } }
}

/** It is later, and the server is as it should be. */
async function heal(sender: TestService, later: Temporal.DurationLike): Promise<void> {
  sink.script = {}
  sender.clock.jumpTo(sender.clock.now().add(later))
  await sendDueMailings(sender)
}

/** A mail server that answers no sooner than it is told to. */
function waitingMailer(outcome: SendOutcome) {
  const begun = Promise.withResolvers<void>()
  const told = Promise.withResolvers<void>()
  const mailer: Mailer = {
    close: () => {},
    async send() {
      begun.resolve()
      await told.promise
      return outcome
    },
  }
  return { mailer, begun: begun.promise, answer: told.resolve }
}

const recipients = () => sink.received.map(({ to }) => to)
const messageIds = () => sink.received.map(({ raw }) => /^Message-ID:\s*(\S+)/m.exec(raw)![1]!)
const copiesOf = (texts: readonly string[]) => [...Map.groupBy(texts, (text) => text).values()].map((own) => own.length)
const each = <T>(count: number, value: T): T[] => Array<T>(count).fill(value)

describe(`what ${MANY} messages hear`, () => {
  test.each<[says: string, script: Script]>([
    ['450 to the recipient', { RCPT: '450 4.2.1 come back later' }],
    ['451 to the message', { message: '451 4.3.0 try again' }],
    ['452 to the sender', { MAIL: '452 4.3.1 no room' }],
    ['552, a full mailbox', { RCPT: '552 5.2.2 mailbox full' }],
  ])('%s: each is tried again in about a minute, and arrives once', async (_, script) => {
    const sender = await owed(MANY, script)
    await sendDueMailings(sender)
    const waiting = await storedMailings(service)
    expect(waiting.map(({ attempts, sent_at, because }) => ({ attempts, sent_at, because }))).toEqual(
      each(MANY, { attempts: 1, sent_at: null, because: null }),
    )
    const waits = waiting.map(({ next_attempt_at }) => W1_OPENS.until(next_attempt_at!).total('seconds'))
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(48)
    expect(Math.max(...waits)).toBeLessThanOrEqual(72)
    sink.received.length = 0
    await heal(sender, { seconds: 72 })
    expect(copiesOf(recipients())).toEqual(each(MANY, 1))
  })

  test.each<[says: string, script: Script]>([
    ['421 instead of a greeting', { greeting: '421 4.3.2 busy' }],
    ['421 in the middle', { RCPT: '421 4.3.2 closing' }],
    ['nothing instead of a greeting', { greeting: silence }],
    ['a greeting letter by letter', { greeting: drip('220 sink.example ESMTP\r\n', TIMEOUT / 2) }],
    ['nothing to DATA', { DATA: silence }],
  ])('%s: the server is left in peace at once, and no message pays for it', async (_, script) => {
    const sender = await owed(MANY, script)
    await sendDueMailings(sender)
    expect(sink.accepted).toBeLessThanOrEqual(2 * SENDERS)
    expect(
      (await storedMailings(service)).map(({ attempts, claim, because }) => ({ attempts, claim, because })),
    ).toEqual(each(MANY, { attempts: 0, claim: null, because: null }))
    await heal(sender, { minutes: 2 })
    expect(copiesOf(recipients())).toEqual(each(MANY, 1))
  })

  test.each<[says: string, script: Script, login: string]>([
    ['554 5.7.1, spam', { message: '554 5.7.1 looks like spam' }, ''],
    ['550 5.7.1, no relay', { RCPT: '550 5.7.1 relay access denied' }, ''],
    [
      '535, no such password',
      { EHLO: '250-sink.example\r\n250 AUTH PLAIN', AUTH: '535 5.7.8 wrong password' },
      'retour:secret@',
    ],
  ])('%s: all is held until a person says so, and no message pays for it', async (_, script, login) => {
    const sender = await owed(MANY, script, { brakes: true }, login)
    await sendDueMailings(sender)
    expect((await brakesInForce(service.db)).map(({ cause }) => cause)).toEqual(['ours'])
    expect(service.logLines.join('')).toContain('mail is held until somebody releases it')
    expect((await storedMailings(service)).map(({ attempts }) => attempts)).toEqual(each(MANY, 0))
    sink.received.length = 0
    await heal(sender, { hours: 1 })
    expect(sink.received).toEqual([])
    await releaseMail(service, { scope: 'everything', actor: 'sam' })
    await sendDueMailings(sender)
    expect(copiesOf(recipients())).toEqual(each(MANY, 1))
  })

  test('550 5.1.1: each is given up at once, and the address with it', async () => {
    const sender = await owed(MANY, { RCPT: '550 5.1.1 no such mailbox' })
    await sendDueMailings(sender)
    await heal(sender, { hours: 72 })
    expect(sink.received).toEqual([])
    expect((await storedMailings(service)).map(({ because, attempts }) => `${because} ${attempts}`)).toEqual(
      each(MANY, 'address refused 1'),
    )
    const members = await service.db.selectFrom('identity.panel_member').select('email_failed_at').execute()
    expect(members.map(({ email_failed_at }) => email_failed_at?.toString())).toEqual(each(MANY, W1_OPENS.toString()))
  })
})

describe('who has the whole message and says nothing', () => {
  test.each<[does: string, count: number, script: Script]>([
    ['hangs up', MANY, { message: hangUp }],
    ['breaks off', MANY, { message: breakOff }],
    ['stalls', STALLED, { message: silence }],
  ])(
    'and %s: it may have it, so each is sent once more a quarter of an hour later, and never again',
    async (_, count, script) => {
      const sender = await owed(count, script)
      await sendDueMailings(sender)
      expect(copiesOf(recipients())).toEqual(each(count, 1))
      expect((await storedMailings(service)).every(({ unknown_at, sent_at }) => unknown_at && !sent_at)).toBe(true)
      await heal(sender, { minutes: 14 })
      expect(sink.received).toHaveLength(count)
      await heal(sender, { minutes: 1 })
      await heal(sender, { hours: 24 })
      expect(copiesOf(recipients())).toEqual(each(count, 2))
      expect(copiesOf(messageIds())).toEqual(each(count, 2))
      expect((await storedMailings(service)).every(({ sent_at, claim }) => sent_at && claim === null)).toBe(true)
    },
  )

  test('twice: each is given up with its reason', async () => {
    const sender = await owed(STALLED, { message: hangUp })
    await sendDueMailings(sender)
    sender.clock.jumpTo(W1_OPENS.add({ minutes: 16 }))
    await sendDueMailings(sender)
    await heal(sender, { hours: 24 })
    expect(copiesOf(recipients())).toEqual(each(STALLED, 2))
    expect((await storedMailings(service)).map(({ because }) => because)).toEqual(each(STALLED, 'outcome unknown'))
  })
})

test.each([
  ['the next cannot be claimed', 1],
  ['the database is away for two seconds', 3],
])('what has gone is written down though %s', async (_, failures) => {
  const sender = await owed(2, {}, { senders: 1 })
  let statements = 0
  const db = sender.db.withPlugin({
    transformQuery({ node }) {
      // How much is due, and the first claim.
      statements++
      if (statements > 2 && statements <= 2 + failures) throw new Error('connection lost')
      return node
    },
    transformResult: async ({ result }) => result,
  })
  await expect(sendDueMailings({ ...sender, db })).rejects.toThrow('connection lost')
  expect((await storedMailings(service)).map(({ sent_at }) => sent_at !== null)).toEqual([true, false])
  await heal(sender, { hours: 1 })
  expect(copiesOf(recipients())).toEqual([1, 1])
})

test('no mail is taken back that is on its way, and all that is not, at the moment somebody asks for no more', async () => {
  const sender = await owed(2, {}, { senders: 1 })
  const { mailer, begun, answer } = waitingMailer({ ok: true })
  const first = sendNextMailing({ ...sender, mailer })
  await begun
  for (const { id } of await service.db.selectFrom('identity.panel_member').select('id').execute())
    await optOut(service.db, id, W1_OPENS)
  const [taken, other] = await storedMailings(service)
  expect(taken).toMatchObject({ because: null, claim: expect.any(String) })
  expect(other).toMatchObject({ because: 'opted out', next_attempt_at: null })
  answer()
  await first
  await heal(sender, { hours: 24 })
  expect(sink.received).toEqual([])
  expect((await storedMailings(service)).map(({ because, sent_at }) => because ?? sent_at?.toString())).toEqual([
    W1_OPENS.toString(),
    'opted out',
  ])
})

test('a refusal that comes after another sender has taken over is nobody’s', async () => {
  const sender = await owed(1, {})
  const { mailer, begun, answer } = waitingMailer({ ok: false, because: 'refused', code: '550 5.1.1' })
  const first = sendDueMailings({ ...sender, mailer })
  await begun
  await heal(sender, { milliseconds: sender.config.mail.lease + 1_000 })
  answer()
  await first
  await heal(sender, { hours: 24 })
  expect(recipients()).toEqual(['v1@example.org'])
  expect(await storedMailings(service)).toMatchObject([{ because: null, claim: null }])
})
