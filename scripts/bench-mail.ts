// npm run bench -- mail: how fast mail goes out that is claimed, written, sent and marked one by one, beside nodemailer's
// own pool sending the same messages, prepared beforehand, to the same mail server, turn by turn in one run.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { RootOperationNode } from 'kysely'
import nodemailer from 'nodemailer'
import { sendDueMailings } from '../service/mailings/send-mailing.actions.ts'
import { toDate } from '../service/platform/clock.ts'
import { type Mailer, type Message, smtpMailer } from '../service/platform/mailer.ts'
import { decideNextContacts } from '../service/waves/decide-contacts.actions.ts'
import { planOf } from '../service/waves/deps.ts'
import {
  type Asked,
  type Bench,
  cpuSince,
  inAll,
  median,
  openBench,
  openBenchDatabase,
  sayCount,
  sayPromise,
  sayServer,
  settle,
  watching,
} from './bench-kit.ts'
import { addCases, addMembers, openWave, prepareNumbers } from './bench-population.ts'
import type { Taken } from './sink.ts'

const NOW = Temporal.Instant.from('2026-11-18T13:30:00Z')
const PROGRAMME = 'tevo'
const WAVE = 'w1'
const MAILS = 3_000
/** How many messages are on their way at once, and how often each side sends so. */
const TURNS = [
  { senders: 5, turns: 5 },
  { senders: 1, turns: 2 },
  { senders: 10, turns: 2 },
]
const LEAST_SHARE = 0.5
const FREELY = {
  BASE_URL: 'https://retour.example.org',
  MAIL_PER_SECOND: '0',
  MAIL_DOMAIN_PER_SECOND: '0',
  MAIL_WARM_UP: '0',
  MAIL_CANARY: '0',
  MAIL_BRAKES: 'off',
}

type World = { deps: Bench; sink: Sink; prepared: readonly Message[] }
type Turn = { perSecond: number; cpu: number }
type OurTurn = Turn & { asked: Map<string, Asked>; seconds: number; sending: number }

export async function benchMail(url: string): Promise<void> {
  const database = await openBenchDatabase(url, 'retour_bench_mail')
  const deps = await openBench(database, NOW, FREELY)
  const sink = await openSink()
  try {
    await oweMail(deps)
    const world: World = { deps, sink, prepared: await prepare(deps) }
    await sendByNodemailer(world, 5)
    await sendByUs(world, 5)
    console.log(`\nMail, ${await sayServer(deps.db)}, ${sayCount(MAILS)} messages a turn`)
    for (const { senders, turns } of TURNS) await compare(world, senders, turns)
  } finally {
    sink.process.kill()
    await database.close()
    rmSync(deps.folder, { recursive: true, force: true })
  }
}

/** An invitation for everybody there is a message for in any turn, and for those that only warm up. */
async function oweMail(deps: Bench): Promise<void> {
  const turns = TURNS.reduce((sum, { turns }) => sum + turns, 0)
  const people = { programme: PROGRAMME, from: 0, to: MAILS * (turns + 3), now: NOW }
  const plan = planOf(deps, PROGRAMME)
  await prepareNumbers(deps.db)
  await addMembers(deps.db, people)
  await addCases(deps.db, people, plan)
  await openWave(deps.db, people, WAVE, 56)
  await settle(deps.db)
  deps.clock.letRun()
  while (await decideNextContacts(deps)) {}
  await settle(deps.db)
}

/** The messages of one turn as the service writes them. */
async function prepare(deps: Bench): Promise<Message[]> {
  const messages: Message[] = []
  const mailer: Mailer = {
    send: async (message) => {
      messages.push(message)
      return { ok: true }
    },
    close: () => {},
  }
  await sendDueMailings({ ...deps, mailer }, () => messages.length >= MAILS)
  return messages.slice(0, MAILS)
}

// ---------------------------------------------------------------- turn by turn

async function compare(world: World, senders: number, turns: number): Promise<void> {
  const pairs: { theirs: Turn; ours: OurTurn }[] = []
  for (let turn = 0; turn < turns; turn++)
    pairs.push({ theirs: await sendByNodemailer(world, senders), ours: await sendByUs(world, senders) })
  const share = median(pairs.map(({ ours, theirs }) => ours.perSecond / theirs.perSecond))
  console.log(`  ${senders} on their way at once`)
  sayTurns(
    'nodemailer',
    pairs.map(({ theirs }) => theirs),
  )
  sayTurns(
    'the service',
    pairs.map(({ ours }) => ours),
  )
  sayWhere(
    senders,
    pairs.map(({ ours }) => ours),
  )
  if (senders === 5)
    sayPromise(`at least ${LEAST_SHARE} of nodemailer's rate (${share.toFixed(2)} of it)`, share >= LEAST_SHARE)
  else console.log(`    ${share.toFixed(2)} of nodemailer's rate`)
}

async function sendByUs({ deps, sink }: World, senders: number): Promise<OurTurn> {
  const smtp = smtpMailer(sink.url, { timeout: deps.config.mail.timeout, connections: senders })
  const asked = new Map<string, Asked>()
  const spent = { sending: 0, sent: 0 }
  const mailer: Mailer = {
    async send(message) {
      const begun = performance.now()
      const outcome = await smtp.send(message)
      spent.sending += performance.now() - begun
      spent.sent++
      return outcome
    },
    close: smtp.close,
  }
  const mail = { ...deps.config.mail, senders }
  const watched = { ...deps, mailer, config: { ...deps.config, mail }, db: deps.db.withPlugin(watching(asked, nameOf)) }
  // The senders end one after the other: none is claimed that is not sent.
  let claimed = 0
  const isDraining = () => claimed++ >= MAILS
  const turn = await measure(sink, () => sendDueMailings(watched, isDraining))
  smtp.close()
  return { ...turn, asked, sending: spent.sending }
}

/** As it is meant to be used: there is always another message for a connection that is free. */
async function sendByNodemailer({ sink, prepared }: World, connections: number): Promise<Turn> {
  const { hostname, port } = new URL(sink.url)
  const pool = { pool: true, host: hostname, port: Number(port), maxConnections: connections, ignoreTLS: true } as const
  const transport = nodemailer.createTransport(pool)
  const waiting = prepared.map(({ returnPath, date, ...message }) => ({ ...message, date: toDate(date) }))
  const worker = async () => {
    for (let message = waiting.pop(); message; message = waiting.pop()) await transport.sendMail(message)
  }
  const turn = await measure(sink, () => Promise.all(Array.from({ length: 2 * connections }, worker)))
  transport.close()
  return turn
}

async function measure(sink: Sink, send: () => Promise<unknown>): Promise<Turn & { seconds: number }> {
  await sink.taken()
  const start = { cpu: process.cpuUsage(), at: performance.now() }
  await send()
  const seconds = (performance.now() - start.at) / 1000
  const { messages } = await sink.taken()
  if (messages !== MAILS) throw new Error(`${messages} messages were taken instead of ${MAILS}`)
  return { perSecond: messages / seconds, cpu: cpuSince(start.cpu) / messages, seconds }
}

const MARK_AND_CLAIM = 'marking the last one and claiming'

/** What a statement is for, by its form. */
function nameOf(node: RootOperationNode): string {
  return node.kind === 'RawNode' ? MARK_AND_CLAIM : 'else'
}

function sayTurns(name: string, turns: readonly Turn[]): void {
  const rates = turns.map(({ perSecond }) => Math.round(perSecond))
  const cpu = median(turns.map(({ cpu }) => cpu)).toFixed(2)
  console.log(
    `    ${name.padEnd(12)} ${String(median(rates)).padStart(5)}/s  ${cpu} ms CPU of this process a message  (${rates.join(', ')})`,
  )
}

/** How long each thing takes a sender, waiting for its turn on the processor with it. */
function sayWhere(senders: number, turns: readonly OurTurn[]): void {
  const each = (of: (turn: OurTurn) => number) => median(turns.map(of)) / MAILS
  const took = (name: string) => each(({ asked }) => asked.get(name)?.milliseconds ?? 0)
  const whole = each(({ seconds }) => seconds * 1000 * senders)
  const claiming = took(MARK_AND_CLAIM)
  const sending = each(({ sending }) => sending)
  const said = Object.entries({
    [MARK_AND_CLAIM]: claiming,
    'mail server': sending,
    'writing it and the rest': whole - claiming - sending,
  }).map(([name, milliseconds]) => `${name} ${milliseconds.toFixed(2)}`)
  const statements = each(({ asked }) => inAll(asked).statements).toFixed(1)
  console.log(`    ${whole.toFixed(2)} ms a message and sender: ${said.join(', ')}; ${statements} statements`)
}

// ---------------------------------------------------------------- the mail server

type Sink = { url: string; process: ChildProcess; taken(): Promise<Taken> }

async function openSink(): Promise<Sink> {
  const process = fork(new URL('./sink.ts', import.meta.url))
  const [{ port }] = (await once(process, 'message')) as [AddressInfo]
  return {
    url: `smtp://127.0.0.1:${port}`,
    process,
    async taken() {
      process.send('how many?')
      const [taken] = (await once(process, 'message')) as [Taken]
      return taken
    },
  }
}
