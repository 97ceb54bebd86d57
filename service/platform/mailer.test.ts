// What is said of a message is what happened to it, whatever the server does: real sockets, and a server that misbehaves
// at each step.
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { type DKIMVerifyOptions, dkimVerify } from 'mailauth'
import { SMTPServer } from 'smtp-server'
import { afterEach, describe, expect, test } from 'vitest'
import {
  folderMailer,
  longestConversation,
  type Mailer,
  type MailerSettings,
  type Message,
  mailFiles,
  type SendOutcome,
  type Stage,
  smtpMailer,
} from './mailer.ts'
import {
  type Act,
  breakOff,
  drip,
  hangUp,
  type Script,
  type Sink,
  sayThen,
  silence,
  startSink,
} from './testing-smtp.ts'

const message = (number = 1, more: Partial<Message> = {}): Message => ({
  messageId: `<${number}@retour.example>`,
  date: Temporal.Instant.from('2026-10-15T10:00:00Z'),
  from: { name: 'Retour', address: 'suivi@retour.example' },
  replyTo: { name: 'Équipe', address: 'equipe@retour.example' },
  to: `v${number}@example.org`,
  subject: 'Votre avis, un an après',
  text: `Bonjour,\n.\n..\nhttps://retour.example/s/${'x'.repeat(90)}\n`,
  html: '<p>Bonjour</p>',
  headers: {
    'List-Unsubscribe': `<https://retour.example/u/${'y'.repeat(48)}>, <mailto:equipe@retour.example?subject=stop>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    'List-Id': '<tevo.retour.retour.example>',
    'Auto-Submitted': 'auto-generated',
  },
  ...more,
})

/** What is to be stopped when a test is over. */
const running: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop()
})

async function sinkThat(script: Script = {}, host?: string): Promise<Sink> {
  const sink = await startSink(script, host)
  running.push(sink.stop)
  return sink
}

function mailerTo(url: string, settings: Partial<MailerSettings> = {}): Mailer {
  const mailer = smtpMailer(url, { timeout: 1000, connections: 1, ...settings })
  running.push(mailer.close)
  return mailer
}

async function startServer(options: ConstructorParameters<typeof SMTPServer>[0] = {}, host = '127.0.0.1') {
  const server = new SMTPServer({ authOptional: true, disableReverseLookup: true, closeTimeout: 20, ...options })
  server.on('error', () => {})
  const listener = server.listen(0, host)
  await once(listener, 'listening')
  running.push(() => new Promise<void>((resolve) => server.close(resolve)))
  return `${host}:${(listener.address() as AddressInfo).port}`
}

/** A server that behaves and keeps what it takes. */
async function keepingServer() {
  const kept: string[] = []
  const address = await startServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    async onData(stream, _, answer) {
      kept.push(await text(stream))
      answer()
    },
  })
  return { url: `smtp://${address}`, kept }
}

const failed = (because: string, code: string) => ({ ok: false, because, code })
/** How often a poll looks. */
const OFTEN = { interval: 5 }
const TAKEN: SendOutcome = { ok: true }

/** With PIPELINING the whole envelope goes out at once, and the answers come after. */
const WAYS = [
  { way: 'step by step', EHLO: '250 sink.example' },
  { way: 'all at once', EHLO: '250-sink.example\r\n250 PIPELINING' },
]

describe.each(WAYS)('what a server answers ($way)', ({ EHLO }) => {
  test.each<[step: string, said: string, because: string, code: string]>([
    ['greeting', '421 4.3.2 shutting down', 'down', '421 4.3.2'],
    ['greeting', '450 4.3.2 too busy', 'down', '450 4.3.2'],
    ['greeting', '554 5.7.1 your address 192.0.2.1 is blocked', 'ours', '554 5.7.1'],
    ['MAIL', '421 too many messages', 'down', '421'],
    ['MAIL', '451 4.3.0 not now', 'later', '451 4.3.0'],
    ['MAIL', '452 4.3.1 no room on the disk', 'later', '452 4.3.1'],
    ['MAIL', '530 5.7.0 log in first', 'ours', '530 5.7.0'],
    ['MAIL', '550 we know no such sender', 'ours', '550'],
    ['MAIL', '553 5.1.8 we know no such domain', 'ours', '553 5.1.8'],
    ['RCPT', '421 4.7.0 too many connections', 'down', '421 4.7.0'],
    ['RCPT', '450 4.2.0 greylisted, come back later', 'later', '450 4.2.0'],
    ['RCPT', '451 no idea', 'later', '451'],
    ['RCPT', '452 4.2.2 over quota', 'later', '452 4.2.2'],
    ['RCPT', '530 log in first', 'ours', '530'],
    ['RCPT', '535 5.7.8 who are you?', 'ours', '535 5.7.8'],
    ['RCPT', '550 5.1.1 no such user v1@example.org', 'refused', '550 5.1.1'],
    ['RCPT', '550-5.1.1 no such user\r\n550 5.1.1 ask at https://mail.example', 'refused', '550 5.1.1'],
    ['RCPT', '550 5.1.10 no such user', 'refused', '550 5.1.10'],
    ['RCPT', '550 no such user', 'refused', '550'],
    ['RCPT', '551 user not local', 'refused', '551'],
    ['RCPT', '553 mailbox name not allowed', 'refused', '553'],
    ['RCPT', '550 192.5.1.1 is on a list', 'refused', '550'],
    ['RCPT', '550 5.1.7 bad sender address', 'ours', '550 5.1.7'],
    ['RCPT', '550 5.1.8 sender domain does not exist', 'ours', '550 5.1.8'],
    ['RCPT', '550 5.7.1 relaying denied', 'ours', '550 5.7.1'],
    ['RCPT', '550 [5.7.26] not authenticated', 'ours', '550 5.7.26'],
    ['RCPT', '554 5.7.1 your address 5.1.1.9 is on a list', 'ours', '554 5.7.1'],
    ['RCPT', '552 5.2.2 mailbox full', 'full', '552 5.2.2'],
    ['RCPT', '550 5.2.1 mailbox disabled', 'full', '550 5.2.1'],
    ['RCPT', '552 mailbox full', 'full', '552'],
    ['RCPT', '550 5.4.1 access denied', 'later', '550 5.4.1'],
    ['RCPT', '554 transaction failed', 'later', '554'],
    ['DATA', '421 4.3.0 shutting down', 'down', '421 4.3.0'],
    ['DATA', '451 4.3.0 not now', 'later', '451 4.3.0'],
    ['DATA', '554 5.5.1 no valid recipients', 'ours', '554 5.5.1'],
    ['message', '421 4.3.0 shutting down', 'down', '421 4.3.0'],
    ['message', '450 4.7.1 greylisted', 'later', '450 4.7.1'],
    ['message', '452 4.3.1 no room on the disk', 'later', '452 4.3.1'],
    ['message', '550 5.1.1 no such user', 'refused', '550 5.1.1'],
    ['message', '550 looks like spam', 'ours', '550'],
    ['message', '552 5.2.2 mailbox full', 'full', '552 5.2.2'],
    ['message', '552 5.3.4 message too big', 'ours', '552 5.3.4'],
    ['message', '554 5.7.1 looks like spam', 'ours', '554 5.7.1'],
    ['message', '554 no thanks', 'ours', '554'],
  ])('at %s “%s” is told as %s, and what comes next goes through', async (step, said, because, code) => {
    const sink = await sinkThat({ EHLO, [step]: said })
    const mailer = mailerTo(sink.url)
    expect(await mailer.send(message(1))).toEqual(failed(because, code))
    sink.script = { EHLO }
    sink.received.length = 0
    expect(await mailer.send(message(2))).toEqual(TAKEN)
    expect(sink.received.map(({ to }) => to)).toEqual(['v2@example.org'])
    // Nothing was wrong with the connection of a message that was refused in so many words.
    expect(sink.accepted).toBe(step === 'greeting' || said.startsWith('421') ? 2 : 1)
  })
})

describe('whom a server lets in', () => {
  const HELLO = (socket: Socket) => socket.write('hello there\r\n')
  const LOGIN = '250-sink.example\r\n250 AUTH PLAIN LOGIN'
  test.each([
    ['535 5.7.8 wrong password', 'ours', '535 5.7.8'],
    ['534 use a stronger mechanism', 'ours', '534'],
    ['454 4.7.0 cannot look passwords up for now', 'down', '454 4.7.0'],
  ])('a login answered “%s” is told as %s', async (AUTH, because, code) => {
    const sink = await sinkThat({ EHLO: LOGIN, AUTH })
    expect(await mailerTo(sink.url.replace('//', '//retour:secret@')).send(message())).toEqual(failed(because, code))
    expect(sink.received).toEqual([])
  })

  test('a password is sent where there is one, and the message follows', async () => {
    const sink = await sinkThat({ EHLO: LOGIN })
    expect(await mailerTo(sink.url.replace('//', '//retour:secret@')).send(message())).toEqual(TAKEN)
  })

  test.each(['smtp', 'smtps'])('by %s, a certificate that nobody signed is our trouble', async (protocol) => {
    // Of the whole loopback only the usual names do without TLS.
    const address = await startServer({ secure: protocol === 'smtps' }, '127.0.0.2')
    const outcome = await mailerTo(`${protocol}://${address}`).send(message())
    expect(outcome).toEqual(failed('ours', expect.stringMatching(/CERT|ISSUER|SIGN/)))
  })

  test.each<[does: string, STARTTLS: Act, because: string, code: string]>([
    ['does not know TLS', '502 5.5.1 what?', 'ours', '502 5.5.1'],
    ['has no TLS for now', '454 4.7.0 not now', 'down', '454 4.7.0'],
    ['closes in the middle of the handshake', sayThen('220 go on', hangUp, 'next bytes'), 'down', 'ECONNRESET'],
    ['says nothing in the handshake', sayThen('220 go on', silence, 'next bytes'), 'down', 'ETIMEDOUT'],
    ['answers the handshake with something else', sayThen('220 go on', HELLO, 'next bytes'), 'ours', 'ERR_SSL_.*'],
  ])('elsewhere than on this machine a server that %s gets nothing', async (_, STARTTLS, because, code) => {
    const sink = await sinkThat({ STARTTLS }, '127.0.0.2')
    const outcome = await mailerTo(sink.url, { timeout: 250 }).send(message())
    expect(outcome).toEqual(failed(because, expect.stringMatching(new RegExp(`^${code}$`))))
    expect(sink.received).toEqual([])
  })

  test('a name that is none is our trouble, and a port where nobody listens is not', async () => {
    expect(await mailerTo('smtp://a..b:25').send(message())).toMatchObject({ because: 'ours' })
    const sink = await startSink()
    await sink.stop()
    expect(await mailerTo(sink.url).send(message())).toEqual(failed('down', 'ECONNREFUSED'))
  })

  test('nobody is asked about an address that is not one', async () => {
    const sink = await sinkThat()
    for (const to of ['v@example.org, w@example.org', 'v@example.org\r\nRCPT TO:<w@example.org>', ''])
      expect(await mailerTo(sink.url).send(message(1, { to }))).toEqual(failed('refused', 'malformed address'))
    expect(sink.accepted).toBe(0)
  })
})

describe('a server that does not answer', () => {
  const TIMEOUT = 250
  const PAUSE = 40
  /** Longer than any socket of this machine keeps for somebody who does not read. */
  const LONG = 'x'.repeat(70).concat('\r\n').repeat(200_000)
  /** What a message is told as, and whether the server has had all of it. */
  test.each<[what: string, script: Script, because: string, kind: string, whole: number]>([
    ['no greeting', { greeting: silence }, 'down', 'ETIMEDOUT', 0],
    ['a greeting byte by byte', { greeting: drip('220 I am coming', PAUSE) }, 'down', 'ETIMEDOUT', 0],
    ['a greeting that is none', { greeting: 'hello' }, 'down', 'EPROTOCOL', 0],
    ['a close instead of a greeting', { greeting: hangUp }, 'down', 'ECONNECTION', 0],
    ['silence after EHLO', { EHLO: silence }, 'down', 'ETIMEDOUT', 0],
    ['silence after RCPT', { RCPT: silence }, 'down', 'ETIMEDOUT', 0],
    ['a close after RCPT', { RCPT: hangUp }, 'down', 'ECONNECTION', 0],
    ['half an answer to RCPT and a close', { RCPT: half('550 5.1.1 no su') }, 'down', 'ECONNECTION', 0],
    ['silence after DATA', { DATA: silence }, 'down', 'ETIMEDOUT', 0],
    ['a close after DATA', { DATA: hangUp }, 'down', 'ECONNECTION', 0],
    ['a break after DATA', { DATA: breakOff }, 'down', 'ECONNRESET', 0],
    ['silence after the message', { message: silence }, 'unknown', 'ETIMEDOUT', 1],
    [
      'an answer to the message byte by byte',
      { message: drip('250 2.0.0 I am taking', PAUSE) },
      'unknown',
      'ETIMEDOUT',
      1,
    ],
    ['a close after the message', { message: hangUp }, 'unknown', 'ECONNECTION', 1],
    ['a break after the message', { message: breakOff }, 'unknown', 'ECONNRESET', 1],
    ['half a refusal of the message and a close', { message: half('554 5.7.1 lo') }, 'unknown', 'ECONNECTION', 1],
    ['half an acceptance of the message and a close', { message: half('250 2.0.0 ta') }, 'unknown', 'ECONNECTION', 1],
    ['an answer to the message that is none', { message: 'thanks' }, 'unknown', 'EMESSAGE', 1],
  ])(
    '%s is told as what it was, and the next message goes through at once',
    async (_, script, because, kind, whole) => {
      const sink = await sinkThat(script)
      const mailer = mailerTo(sink.url, { timeout: TIMEOUT })
      const begun = performance.now()
      const outcome = mailer.send(message(1))
      const next = outcome.then(() => {
        sink.script = {}
        return mailer.send(message(2))
      })
      expect(await outcome).toEqual(failed(because, expect.stringMatching(new RegExp(`^(${kind})$`))))
      expect(sink.received.filter(({ to }) => to === 'v1@example.org')).toHaveLength(whole)
      expect(await next).toEqual(TAKEN)
      expect(performance.now() - begun).toBeLessThan(longestConversation(sink.url, TIMEOUT))
      expect(sink.received.filter(({ to }) => to === 'v2@example.org')).toHaveLength(1)
    },
  )

  test.each<[what: string, then: (socket: Socket) => void, because: string, timeout: number]>([
    ['a close', (socket) => socket.destroy(), 'down', 5000],
    ['a break', (socket) => socket.resetAndDestroy(), 'down', 5000],
    ['nobody reading', (socket) => socket.pause(), 'down', TIMEOUT],
    ['a refusal', (socket) => socket.write('452 4.3.1 no room on the disk\r\n'), 'later', 5000],
  ])('%s in the middle of a message means that it was not taken', async (_, then, because, timeout) => {
    const sink = await sinkThat({ DATA: sayThen('354 go on', then, 'next bytes') })
    const mailer = mailerTo(sink.url, { timeout })
    expect(await mailer.send(message(1, { text: LONG }))).toMatchObject({ because })
    expect(sink.received).toEqual([])
    sink.script = {}
    expect(await mailer.send(message(2))).toEqual(TAKEN)
  })

  test('what was cut short is cut for good: nothing of it arrives afterwards', async () => {
    const resume = Promise.withResolvers<void>()
    let heard = 0
    const sink = await sinkThat({
      DATA: (socket) => {
        socket.write('354 go on\r\n')
        socket.once('data', () => {
          socket.pause()
          resume.promise.then(() =>
            socket
              .on('data', (bytes) => {
                heard += bytes.includes('\r\n.\r\n') ? 1 : 0
              })
              .resume(),
          )
        })
      },
    })
    expect(await mailerTo(sink.url, { timeout: TIMEOUT }).send(message(1, { text: LONG }))).toEqual(
      failed('down', 'ETIMEDOUT'),
    )
    resume.resolve()
    await expect.poll(sink.open, OFTEN).toBe(0)
    expect(heard).toBe(0)
  })

  test('a server that always has one more question is left when the longest conversation is over', async () => {
    // Each answer is in time, and there is no end of them.
    const again: Act = (socket) => {
      socket.write('334 \r\n')
      socket.on('data', () => setTimeout(() => socket.writable && socket.write('334 \r\n'), 5))
    }
    const sink = await sinkThat({ EHLO: '250-sink.example\r\n250 AUTH PLAIN', AUTH: again })
    const url = sink.url.replace('//', '//retour:secret@')
    const begun = performance.now()
    expect(await mailerTo(url, { timeout: 80 }).send(message())).toEqual(failed('down', 'ETIMEDOUT'))
    const lasted = performance.now() - begun
    expect(lasted).toBeGreaterThan(9 * 80)
    expect(lasted).toBeLessThan(longestConversation(url, 80))
  })

  test('a server that takes its time with each answer is waited for, for as long as was said', async () => {
    const late =
      (line: string): Act =>
      (socket) =>
        setTimeout(() => socket.write(`${line}\r\n`), 60)
    const steps = ['250 sink.example', '250 yes', '250 yes', '354 go on', '250 taken'].map(late)
    const sink = await sinkThat({
      greeting: (socket) => {
        setTimeout(() => socket.write('220 sink.example\r\n'), 60)
        socket.on('data', (bytes) => {
          if (/\r\n$/.test(String(bytes)) && steps.length > 0) (steps.shift() as (it: Socket) => void)(socket)
        })
      },
    })
    const begun = performance.now()
    expect(await mailerTo(sink.url, { timeout: TIMEOUT }).send(message())).toEqual(TAKEN)
    expect(performance.now() - begun).toBeGreaterThan(6 * 60 - 5)
  })

  test.each([
    ['smtp://127.0.0.1:25', 17_000],
    ['smtp://localhost', 17_000],
    ['smtp://u:p@[::1]:25', 21_000],
    ['smtps://relay.example', 19_000],
    ['smtp://u:p@relay.example', 27_000],
  ])('the longest conversation with %s counts what there is to wait for', (url, longest) => {
    expect(longestConversation(url, 2000)).toBe(longest)
    // By default it must be over before the claim is, which lasts five minutes.
    expect(longestConversation(url, 20_000)).toBeLessThan(300_000 - 30_000)
  })
})

/** Says the beginning of a line and closes. */
function half(line: string): Act {
  return (socket) => socket.end(line)
}
describe('connections', () => {
  test('are kept: messages one after another go over the same one', async () => {
    const sink = await sinkThat()
    const mailer = mailerTo(sink.url, { connections: 3 })
    for (let number = 1; number <= 5; number++) expect(await mailer.send(message(number))).toEqual(TAKEN)
    expect(sink.received.map(({ to }) => to)).toEqual([1, 2, 3, 4, 5].map((number) => `v${number}@example.org`))
    expect(sink.accepted).toBe(1)
  })

  test('are renewed after a hundred messages', async () => {
    const sink = await sinkThat()
    const mailer = mailerTo(sink.url)
    for (let number = 1; number <= 101; number++) await mailer.send(message(number))
    expect(sink.received).toHaveLength(101)
    expect(sink.accepted).toBe(2)
  })

  test.each<[string, Act]>([
    ['closes', sayThen('250 taken', (socket) => socket.end(), 5)],
    ['breaks off', sayThen('250 taken', (socket) => socket.resetAndDestroy(), 5)],
    ['announces the end of', sayThen('250 taken', (socket) => socket.end('421 4.4.2 idle for too long\r\n'), 5)],
  ])('a server that %s idle ones costs no message its attempt', async (_, once) => {
    const sink = await sinkThat({ message: once })
    const mailer = mailerTo(sink.url)
    for (let number = 1; number <= 3; number++) {
      expect(await mailer.send(message(number))).toEqual(TAKEN)
      await wait(20)
    }
    expect(sink.received).toHaveLength(3)
    expect(sink.accepted).toBe(3)
  })

  test.each<[string, Act]>([
    ['closes', sayThen('250 taken', (socket) => socket.end(), 'next bytes')],
    ['breaks off', sayThen('250 taken', (socket) => socket.resetAndDestroy(), 'next bytes')],
    ['says 421 on', sayThen('250 taken', (socket) => socket.end('421 4.7.0 enough\r\n'), 'next bytes')],
  ])('a server that %s an older one just as the next message begins costs nothing either', async (_, second) => {
    const sink = await sinkThat({ message: second })
    const mailer = mailerTo(sink.url)
    expect(await mailer.send(message(1))).toEqual(TAKEN)
    expect(await mailer.send(message(2))).toEqual(TAKEN)
    expect(sink.received.map(({ to }) => to)).toEqual(['v1@example.org', 'v2@example.org'])
    expect(sink.accepted).toBe(2)
  })

  test('a server that does not come back from refusing one message costs the next one nothing', async () => {
    const sink = await sinkThat({ RCPT: '550 5.1.1 no such user', RSET: silence })
    const mailer = mailerTo(sink.url, { timeout: 250 })
    expect(await mailer.send(message(1))).toEqual(failed('refused', '550 5.1.1'))
    sink.script = { RSET: silence }
    expect(await mailer.send(message(2))).toEqual(TAKEN)
    expect(sink.accepted).toBe(2)
  })

  test('a server that closes every one is tried twice for a message that came by an older one, and no more', async () => {
    const sink = await sinkThat({ message: sayThen('250 taken', (socket) => socket.end(), 'next bytes') })
    const mailer = mailerTo(sink.url)
    expect(await mailer.send(message(1))).toEqual(TAKEN)
    sink.script = { MAIL: hangUp }
    expect(await mailer.send(message(2))).toEqual(failed('down', 'ECONNECTION'))
    expect(sink.accepted).toBe(2)
    expect(await mailer.send(message(3))).toEqual(failed('down', 'ECONNECTION'))
    expect(sink.accepted).toBe(3)
  })

  test('as many messages as there are connections are on their way at once, and the others wait for their turn', async () => {
    const waiting: Socket[] = []
    const sink = await sinkThat({ message: (socket) => waiting.push(socket) })
    const mailer = mailerTo(sink.url, { connections: 3 })
    const outcomes = Promise.all([1, 2, 3, 4, 5].map((number) => mailer.send(message(number))))
    await expect.poll(() => sink.received.length, OFTEN).toBe(3)
    await wait(20)
    expect(sink.received).toHaveLength(3)
    // From now on at once; the three that wait are hung up on.
    sink.script = {}
    for (const socket of waiting) socket.end('250 taken\r\n')
    expect(await outcomes).toEqual(Array(5).fill(TAKEN))
    expect(new Set(sink.received.map(({ to }) => to)).size).toBe(5)
  })

  test('one that hangs does not hold up the others', async () => {
    const sink = await sinkThat({ message: silence })
    const mailer = mailerTo(sink.url, { connections: 2, timeout: 200 })
    const stuck = mailer.send(message(1))
    await expect.poll(() => sink.received.length, OFTEN).toBe(1)
    sink.script = {}
    const others = Promise.all([2, 3, 4].map((number) => mailer.send(message(number))))
    expect(await Promise.race([stuck, others])).toEqual([TAKEN, TAKEN, TAKEN])
    expect(await stuck).toEqual(failed('unknown', 'ETIMEDOUT'))
  })

  test('are closed with the mailer: what is on its way arrives, and what waits is told that it did not', async () => {
    const sink = await sinkThat({ message: (socket) => setTimeout(() => socket.write('250 taken\r\n'), 40) })
    const mailer = mailerTo(sink.url)
    const outcomes = Promise.all([1, 2].map((number) => mailer.send(message(number))))
    await expect.poll(() => sink.received.length, OFTEN).toBe(1)
    mailer.close()
    expect(await outcomes).toEqual([TAKEN, failed('down', 'ECONNECTION')])
    expect(await mailer.send(message(3))).toEqual(failed('down', 'ECONNECTION'))
    await expect.poll(sink.open, OFTEN).toBe(0)
    expect(sink.received).toHaveLength(1)
  })
})

describe('how far a message has come', () => {
  test.each(WAYS)('is told step by step ($way), on a new connection and on an older one', async ({ EHLO }) => {
    const sink = await sinkThat({ EHLO })
    const stages: Stage[] = []
    const mailer = mailerTo(sink.url, { onStage: (stage) => stages.push(stage) })
    await mailer.send(message(1))
    await mailer.send(message(2))
    const whole: Stage[] = ['connected', 'recipient taken', 'body sent', 'taken']
    expect(stages).toEqual([...whole, ...whole])
  })

  test('is told no further than it came', async () => {
    const sink = await sinkThat({ RCPT: '550 5.1.1 no such user' })
    const stages: Stage[] = []
    await mailerTo(sink.url, { onStage: (stage) => stages.push(stage) }).send(message())
    expect(stages).toEqual(['connected'])
    sink.script = { message: hangUp }
    await mailerTo(sink.url, { onStage: (stage) => stages.push(stage) }).send(message())
    expect(stages.slice(1)).toEqual(['connected', 'recipient taken', 'body sent'])
  })
})

describe('what goes out', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const dkim = { selector: 'suivi', privateKey }
  const resolver: DKIMVerifyOptions['resolver'] = async (name, type) => {
    if (type === 'TXT' && /^suivi\._domainkey\.(retour|other)\.example$/.test(name))
      return [[`v=DKIM1; k=rsa; p=${publicKey.toString('base64')}`]]
    throw Object.assign(new Error('no such record'), { code: 'ENOTFOUND' })
  }
  const signedBy = async (raw: string) => {
    const { results } = await dkimVerify(raw, { resolver })
    return results.map(({ signingDomain, selector, status }) => ({ signingDomain, selector, result: status.result }))
  }

  test('is signed for the sender’s domain, so that a receiver can check it', async () => {
    const { url, kept } = await keepingServer()
    expect(await mailerTo(url, { dkim }).send(message())).toEqual(TAKEN)
    const [raw] = kept as [string]
    expect(await signedBy(raw)).toEqual([{ signingDomain: 'retour.example', selector: 'suivi', result: 'pass' }])
    const signature = /^DKIM-Signature:(.*(?:\r\n[ \t].*)*)/m.exec(raw)![1]!.replaceAll(/\s+/g, '')
    const signed = /;h=([^;]+)/.exec(signature)![1]!.split(':')
    expect(signed).toEqual(
      expect.arrayContaining([
        ...['from', 'to', 'reply-to', 'subject', 'date', 'message-id', 'mime-version', 'content-type'],
        ...['list-unsubscribe', 'list-unsubscribe-post', 'list-id', 'auto-submitted'],
      ]),
    )
    // No time is in it, so that the same message is the same bytes each time.
    expect(signature).not.toMatch(/;[tx]=/)
  })

  test.each([
    ['List-Unsubscribe-Post: List-Unsubscribe=One-Click', 'List-Unsubscribe-Post: nothing'],
    ['https://retour.example/u/', 'https://other.example/u/'],
    ['Subject: ', 'Subject: no '],
    ['<p>Bonjour</p>', '<p>Bonsoir</p>'],
  ])('is no longer signed once somebody changes “%s”', async (what, other) => {
    const { url, kept } = await keepingServer()
    await mailerTo(url, { dkim }).send(message())
    expect(kept[0]).toContain(what)
    expect(await signedBy(kept[0]!.replace(what, other))).toMatchObject([{ result: expect.not.stringMatching('pass') }])
  })

  test('is signed for another domain when that is said, and not at all without a key', async () => {
    const { url, kept } = await keepingServer()
    await mailerTo(url, { dkim: { ...dkim, domain: 'other.example' } }).send(message())
    await mailerTo(url, { dkim: null }).send(message())
    expect(await signedBy(kept[0]!)).toMatchObject([{ signingDomain: 'other.example', result: 'pass' }])
    expect(kept[1]).not.toContain('DKIM-Signature')
  })

  test.each([
    ['nothing', ''],
    ['a public key', `-----BEGIN PUBLIC KEY-----\n${publicKey.toString('base64')}\n-----END PUBLIC KEY-----\n`],
    [
      'a key of another kind',
      generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    ],
    [
      'a short key',
      generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    ],
  ])('is not sent unsigned by mistake: %s to sign with is refused beforehand', (_, wrong) => {
    expect(() => smtpMailer('smtp://127.0.0.1:25', { dkim: { ...dkim, privateKey: wrong } })).toThrow(
      'The DKIM key must be',
    )
  })

  test.each([
    ['plain', null],
    ['signed', dkim],
  ])('is the same bytes each time the same message is tried: %s', async (_, signing) => {
    const sink = await sinkThat({ message: '451 4.3.0 not now' })
    await mailerTo(sink.url, { dkim: signing }).send(message())
    await mailerTo(sink.url, { dkim: signing }).send(message())
    expect(sink.received).toHaveLength(2)
    expect(sink.received[1]!.raw).toBe(sink.received[0]!.raw)
    expect(sink.received[0]!.raw).toMatch(/\r\n\.\r\n\.\.\r\n/)
  })

  test('has the return path for its envelope and nowhere else, and the sender’s address without one', async () => {
    const sink = await sinkThat()
    const mailer = mailerTo(sink.url)
    await mailer.send(message(1, { returnPath: 'bounces+1.ab@retour.example' }))
    await mailer.send(message(2))
    expect(sink.received.map(({ from }) => from)).toEqual(['bounces+1.ab@retour.example', 'suivi@retour.example'])
    expect(sink.received[0]!.raw).not.toMatch(/bounces|Return-Path|Sender:/i)
    expect(sink.received[0]!.raw).toContain('From: Retour <suivi@retour.example>')
  })

  test('goes to one address, whatever stands in the return path', async () => {
    const sink = await sinkThat()
    await mailerTo(sink.url).send(message(1, { returnPath: 'a@retour.example>\r\nRCPT TO:<w@example.org' }))
    expect(sink.received.map(({ to }) => to)).toEqual(['v1@example.org'])
  })

  test('into a folder is a file each, the oldest of which go', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'retour-mail-'))
    running.push(() => rmSync(folder, { recursive: true }))
    const mailer = folderMailer(folder, 2)
    for (const number of [1, 2, 3]) expect(await mailer.send(message(number))).toEqual(TAKEN)
    expect(await mailer.send(message(4, { to: 'a@b.example, c@d.example' }))).toMatchObject({ because: 'refused' })
    expect(mailFiles(folder)).toEqual(['000002.eml', '000003.eml'])
    expect(readFileSync(join(folder, '000003.eml'), 'utf8')).toContain('To: v3@example.org')
    mailer.close()
  })
})
