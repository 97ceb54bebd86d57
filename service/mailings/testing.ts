// What tests of mail share: a real SMTP server that keeps what it takes and answers as it is told, and members who are
// due an invitation.
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { SMTPServer } from 'smtp-server'
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import { demonstrationClock } from '../platform/clock.ts'
import { smtpMailer } from '../platform/mailer.ts'
import { seededRandom } from '../platform/secrets.ts'
import { ENGINES } from '../platform/testing.ts'
import { emptyTrail } from '../platform/testing-audit.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import { decideNextContacts } from '../waves/decide-contacts.actions.ts'
import { sendNextMailing } from './send-mailing.actions.ts'

/** A message as the server took it. */
export type Taken = { from: string; recipients: string[]; raw: string }
export type Refusal = { code: number; text: string }

export type TestSmtp = {
  url: string
  taken: Taken[]
  /** What it says to RCPT TO instead of taking the address. */
  refuseRecipient: Refusal | null
  /** What it says to the message itself instead of taking it. */
  refuseMessage: Refusal | null
  /** How long it thinks before it takes a message, in milliseconds. */
  slowness: number
  stop(): Promise<void>
}

/** Starts an SMTP server on the loopback, on any free port unless told. */
export async function startSmtp(port = 0): Promise<TestSmtp> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: true,
    closeTimeout: 50,
    onRcptTo: (_, __, answer) => answer(asError(smtp.refuseRecipient)),
    async onData(stream, { envelope }, answer) {
      // A sender that is killed has sent half a message: that one is not taken.
      const raw = await text(stream).catch(() => null)
      await wait(smtp.slowness)
      const refusal = raw === null ? { code: 451, text: '4.4.2 cut off' } : smtp.refuseMessage
      if (raw === null || refusal) return answer(asError(refusal))
      smtp.taken.push({
        from: envelope.mailFrom ? envelope.mailFrom.address : '',
        recipients: envelope.rcptTo.map(({ address }) => address),
        raw,
      })
      answer()
    },
  })
  // A sender that is killed or closed in the middle of a conversation is no fault of the server.
  server.on('error', () => {})
  const listener = server.listen(port, '127.0.0.1')
  await once(listener, 'listening')
  const smtp: TestSmtp = {
    url: `smtp://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    taken: [],
    refuseRecipient: null,
    refuseMessage: null,
    slowness: 0,
    stop: () => new Promise((resolve) => server.close(resolve)),
  }
  return smtp
}

const asError = (refusal: Refusal | null): Error | null =>
  refusal && Object.assign(new Error(refusal.text), { responseCode: refusal.code })

/** A header of a message as it went over the wire, unfolded, or undefined. */
export const headerOf = ({ raw }: Taken, name: string): string | undefined =>
  raw
    .split('\r\n\r\n')[0]!
    .replaceAll(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    ?.slice(name.length + 1)
    .trim()

/** Before anybody's W1 opens: Ana came back on 15 September. */
export const BEFORE_W1 = '2026-10-01T12:00:00Z'
/** When Ana's W1 opens: 10 in the morning in Dakar, a Thursday. */
export const W1_OPENS = Temporal.Instant.from('2026-10-15T10:00:00Z')

/** As many members with an address of their own, all due the same invitation at `W1_OPENS`. */
export const enrolMany = (service: TestService, count: number): Promise<void> =>
  enrol(
    service,
    Array.from({ length: count }, (_, index) => ({
      matricule: `TEVO1-${String(index + 1).padStart(4, '0')}`,
      courriel: `v${index + 1}@example.org`,
    })),
  )

/** Decides and sends until nothing more is due, as a beat of the service does. */
export async function sendAllDue(service: TestService): Promise<void> {
  while (await decideNextContacts(service)) {}
  while (await sendNextMailing(service)) {}
}

/** Owes whoever is due something their mailing, without sending it. */
export async function oweAllDue(service: TestService): Promise<void> {
  while (await decideNextContacts(service)) {}
}

export const storedMailings = ({ db }: TestService) =>
  db.selectFrom('fieldwork.mailing').selectAll().orderBy('id').execute()

/** The rows of people and of what happened; programmes and instruments stay. */
const EMPTIED = [
  'identity.contact_attempt',
  'identity.panel_member',
  'identity.stopped_address',
  'link.pseudonym',
  'fieldwork.mission',
  'fieldwork.cohort',
  'fieldwork.case',
  'fieldwork.mailing',
  'fieldwork.bounce',
  'fieldwork.brake',
  'fieldwork.pace',
  'fieldwork.unit',
  'answers.response',
  'publish.publication',
  'publish.published_table',
  'access.personal_link',
  'access.api_token',
]

/** Makes a service as it was when it was opened, at an instant: quicker than opening another. */
export async function startAgain(service: TestService, now: string): Promise<void> {
  await sql`truncate ${sql.join(EMPTIED.map((table) => sql.table(table)))}`.execute(service.db)
  await emptyTrail(service.db)
  await sql`update fieldwork.sender set beat_at = null, beats = 0, rests = 0, resting_until = null`.execute(service.db)
  rmSync(join(service.folder, 'beats'), { force: true })
  service.clock = demonstrationClock(Temporal.Instant.from(now))
  service.random = seededRandom('test')
  service.logLines.length = 0
}

export type WithMail = { service: TestService; smtp: TestSmtp }

/** Runs the same tests on each engine: before each nobody is enrolled, no W1 is open, and mail goes to an SMTP server. */
export function onEachEngineWithMail(tests: (world: () => WithMail) => void): void {
  describe.each(ENGINES)('on %s', (engine) => {
    let service: TestService
    let smtp: TestSmtp
    beforeAll(async () => {
      service = await openTestService(engine, BEFORE_W1)
    })
    beforeEach(async () => {
      await startAgain(service, BEFORE_W1)
      smtp = await startSmtp()
      service.mailer.close()
      service.mailer = smtpMailer(smtp.url)
    })
    afterEach(async () => {
      service.mailer.close()
      await smtp.stop()
    })
    afterAll(() => service.close())
    tests(() => ({ service, smtp }))
  })
}
