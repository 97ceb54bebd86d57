// npm run chaos [-- --mailings N --kills N --quiet N]: mail under a bad star. Instances of the service are killed at
// every point of sending, the database and the mail server are restarted, and the mail server fails as mail servers do;
// then its own record is the judge. Prints the figures; exits with 1 when one falls short.
import '../service/platform/node-version.ts'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { migrations } from '../migrations/index.ts'
import { storeVersions } from '../service/instruments/store-versions.actions.ts'
import { importRegister } from '../service/panel/import-register.actions.ts'
import { storeProgrammes } from '../service/panel/programmes.queries.ts'
import { COLUMNS } from '../service/panel/register.ts'
import { dayOf, systemClock } from '../service/platform/clock.ts'
import { readConfig } from '../service/platform/config.ts'
import { type Database, openServer } from '../service/platform/database.ts'
import { openLog } from '../service/platform/logging.ts'
import { folderMailer } from '../service/platform/mailer.ts'
import { migrate } from '../service/platform/migrate.ts'
import { seededRandom, systemRandom } from '../service/platform/secrets.ts'
import { freePort, startPostgres } from '../service/platform/testing-server.ts'
import { databaseUrl } from '../service/platform/testing-setup.ts'
import { refuse } from '../service/process.ts'
import { loadSurveys } from '../service/surveys.ts'
import type { Deps } from '../service/waves/deps.ts'
import { planNextMembers } from '../service/waves/plan-members.actions.ts'

/** Where an instance dies. */
const POINTS = [
  'before claim',
  'after claim',
  'after connect',
  'after RCPT',
  'after DATA',
  'after 250',
  'inside commit',
  'after mark',
] as const
export type Point = (typeof POINTS)[number]

const INSTANCES = 3
const SENDERS = 5
const FAULT_SHARE = 0.02
const RESTARTS = 3
const MOST_PER_KILL = 1.5
/** The database driver gives up now and then when its server restarts; more often, something else is wrong. */
const MOST_CRASHES = 30
const LONGEST_MINUTES = 10
/** A message in doubt is tried again after a quarter of an hour, others after a minute: the last round plays later. */
const LATER_MINUTES = 20

const { values } = parseArgs({
  options: {
    mailings: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '104' },
    quiet: { type: 'string', default: '5000' },
  },
})

process.setMaxListeners(0)
const started = performance.now()
const server = await startPostgres()
const folder = mkdtempSync(join(tmpdir(), 'retour-chaos-'))
let failed = false
try {
  await stormy(Number(values.mailings), Number(values.kills))
  await quiet(Number(values.quiet))
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(failed ? 1 : 0)

type World = { name: string; database: Database; settings: Record<string, string>; sink: Sink }

async function stormy(mailings: number, kills: number): Promise<void> {
  console.log(
    `${mailings} mailings, ${INSTANCES} instances with ${SENDERS} senders, ${kills} kills, ${RESTARTS} restarts of the database and of the mail server, ${FAULT_SHARE * 100} % of messages meet a fault`,
  )
  const world = await prepare('stormy', mailings, FAULT_SHARE)
  const plan = Array.from({ length: kills }, (_, kill) => POINTS[kill % POINTS.length]!)
  const killed = new Map<string, number>()
  const done = { yes: false, crashes: 0 }
  const random = seededRandom('chaos')
  const often = () => 10 + (random(1)[0]! % Math.max(1, Math.floor((mailings / kills) * 0.7)))
  const lives = Array.from({ length: INSTANCES }, async () => {
    while (!done.yes) {
      const point = plan.shift()
      const instance = begin(world.settings, point ? [point, String(often())] : [])
      const [code, signal] = await Promise.race([instance.ended, untilDone(done).then(() => stop(instance))])
      if (signal === 'SIGKILL' && point) killed.set(point, (killed.get(point) ?? 0) + 1)
      else if (!done.yes) {
        // It fell with the database, as it should; its point is another's to die at.
        done.crashes++
        if (point) plan.push(point)
        if (code === 0 || done.crashes > MOST_CRASHES) throw new Error('the instances leave by themselves')
      }
    }
  })
  const restarts = restartNowAndThen(world, done)
  await untilSettled(world, () => plan.length === 0)
  done.yes = true
  await Promise.all([...lives, restarts])
  await lastRound(world)

  const total = [...killed.values()].reduce((sum, count) => sum + count, 0)
  console.log(
    `  killed ${total} times: ${POINTS.map((point) => `${point} ${killed.get(point) ?? 0}`).join(', ')}; ${done.crashes} more fell with the database`,
  )
  const { lost, copies, mixed, strangers } = await judge(world)
  const minutes = (performance.now() - started) / 60_000
  report('lost', lost, lost === 0)
  report(
    'copies a kill',
    total > 0 ? copies / total : copies,
    copies <= MOST_PER_KILL * total,
    `${copies} in all, at most ${MOST_PER_KILL} a kill`,
  )
  report('recipients with more than one Message-ID', mixed, mixed === 0)
  report('messages nobody was owed', strangers, strangers === 0)
  report('kills', total, total >= kills)
  report('minutes', minutes, minutes <= LONGEST_MINUTES, `at most ${LONGEST_MINUTES}`)
  await end(world)
}

async function quiet(mailings: number): Promise<void> {
  if (mailings === 0) return
  console.log(`${mailings} mailings, ${INSTANCES} instances told to stop and started again in turn, no fault`)
  const world = await prepare('quiet', mailings, 0)
  const instances = Array.from({ length: INSTANCES }, () => begin(world.settings, []))
  for (let turn = 0; !(await isSettled(world)); turn = (turn + 1) % INSTANCES) {
    await wait(3_000)
    await instances[turn]!.up
    const [code] = await stop(instances[turn]!)
    if (code !== 0) throw new Error(`an instance told to stop left with ${code}`)
    instances[turn] = begin(world.settings, [])
  }
  for (const instance of instances) await stop(instance)
  const { lost, copies, mixed, strangers } = await judge(world)
  report('lost', lost, lost === 0)
  report('copies', copies, copies === 0)
  report('messages nobody was owed', strangers + mixed, strangers + mixed === 0)
  await end(world)
}

function report(what: string, figure: number, holds: boolean, note = ''): void {
  const said = Number.isInteger(figure) ? String(figure) : figure.toFixed(2)
  console.log(`  ${holds ? 'ok    ' : 'FAILED'} ${what}: ${said}${note && ` (${note})`}`)
  failed ||= !holds
}

/** A database in which so many invitations are due this minute, and a mail server for them. */
async function prepare(name: string, mailings: number, share: number): Promise<World> {
  const admin = openServer(server.url, { connections: 1 })
  await sql`create database ${sql.id(`chaos_${name}`)}`.execute(admin.db)
  await admin.close()
  const url = databaseUrl(server.url, `chaos_${name}`)
  const sink = await startSink(join(folder, `${name}.jsonl`), share)
  const key = (byte: string) => byte.repeat(64)
  const settings = {
    BASE_URL: 'http://localhost:3999',
    DATABASE_URL: url,
    SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
    DATA_DIR: join(folder, name),
    SURVEYS_DIR: 'surveys',
    LOG_LEVEL: 'error',
    LINK_KEY: key('1'),
    CELL_KEY: key('2'),
    COOKIE_KEY: key('3'),
    SMTP_TIMEOUT: '2',
    MAIL_LEASE: '20',
    MAIL_SENDERS: String(SENDERS),
    MAIL_PER_SECOND: '0',
    MAIL_DOMAIN_PER_SECOND: '0',
    MAIL_WARM_UP: '0',
    MAIL_CANARY: '0',
    MAIL_BRAKES: 'off',
  }
  const read = readConfig(settings)
  if (!read.ok) refuse(read.problems.join('\n'))
  const database = openServer(url)
  const { db } = database
  const surveys = loadSurveys('surveys', { demonstration: false })
  await migrate(db, migrations)
  await storeProgrammes(db, surveys.frame.programmes)
  await storeVersions({ db }, surveys.bank)
  const mailer = folderMailer(join(folder, `${name}-mail`))
  const deps: Deps = {
    ...surveys,
    config: read.config,
    clock: systemClock,
    db,
    log: openLog('silent'),
    mailer,
    random: systemRandom,
    environment: 'chaos',
  }
  const outcome = await importRegister(deps, { bytes: register(mailings), programme: 'tevo', actor: 'chaos' })
  if (!outcome.ok || outcome.refused.length > 0) throw new Error('the register of the chaos run is not a good one')
  while (await planNextMembers(deps)) {}
  await makeDue(database)
  return { name, database, settings, sink }
}

function register(missions: number): Uint8Array {
  const facts =
    ';;;fr;Etc/GMT;F;2001;SCI;ENVOI;Ville;212345678;COMMUNE;INTL;FV;FV;SN;FR;;2020-01-15;2020-11-10;2020-11-10'
  const rows = Array.from({ length: missions }, (_, n) => `TEVO1-${n};Ana;Ndiaye;v${n}@example.org${facts}`)
  return new TextEncoder().encode([COLUMNS.join(';'), ...rows].join('\n'))
}

/** Everybody's first wave after return opened yesterday, where it is the middle of the day. */
async function makeDue({ db }: Database): Promise<void> {
  const now = systemClock.now()
  const today = dayOf(now)
  const east = 12 - now.toZonedDateTimeISO('UTC').hour
  await db
    .updateTable('identity.panel_member')
    .set({ time_zone: `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}` })
    .execute()
  await db.updateTable('fieldwork.case').set({ next_contact_at: null }).execute()
  await db
    .updateTable('fieldwork.case')
    .set({
      opens_on: today.subtract({ days: 1 }),
      closes_on: today.add({ days: 40 }),
      opens_at: now.subtract({ hours: 24 }),
      closes_at: now.add({ hours: 24 * 40 }),
      planned_at: now.subtract({ hours: 48 }),
      next_contact_at: now.subtract({ hours: 1 }),
    })
    .where('wave', '=', 'w1')
    .execute()
}

type Sink = { port: number; log: string; restart(): Promise<void>; stop(): Promise<void> }

async function startSink(log: string, share: number): Promise<Sink> {
  writeFileSync(log, '')
  const port = await freePort()
  const open = async () => {
    const child = fork(new URL('./chaos-sink.ts', import.meta.url), [String(port), log, String(share)])
    process.once('exit', () => child.kill('SIGKILL'))
    await once(child, 'message')
    return child
  }
  let child = await open()
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return {
    port,
    log,
    stop,
    async restart() {
      await stop()
      await wait(1_000)
      child = await open()
    },
  }
}

/** `up` once it would heed being told to stop, or has left. */
type Instance = { child: ChildProcess; up: Promise<unknown>; ended: Promise<[number | null, NodeJS.Signals | null]> }

/** Starts an instance: a point to die at and how often it is passed before, and how many minutes ahead its clock is. */
function begin(settings: Record<string, string>, life: string[]): Instance {
  const child = fork(new URL('./chaos-instance.ts', import.meta.url), life, {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  process.once('exit', () => child.kill('SIGKILL'))
  const ended = once(child, 'exit') as Instance['ended']
  return { child, up: Promise.race([once(child, 'message'), ended]), ended }
}

async function stop({ child, ended }: Instance): Instance['ended'] {
  child.kill('SIGTERM')
  return ended
}

async function untilDone(done: { yes: boolean }): Promise<void> {
  while (!done.yes) await wait(100)
}

async function restartNowAndThen({ sink }: World, done: { yes: boolean }): Promise<void> {
  for (let restart = 0; restart < RESTARTS && !done.yes; restart++) {
    await wait(15_000)
    if (done.yes) return
    await server.restart(restart % 2 === 0 ? 'immediate' : 'fast')
    await wait(5_000)
    await sink.restart()
  }
}

/** Whether every case has been decided and no mailing waits that could go now. */
async function isSettled({ database }: World): Promise<boolean> {
  const now = systemClock.now()
  const { rows } = await sql<{ waiting: number }>`
    select (select count(*) from fieldwork.case where next_contact_at <= ${now})
      + (select count(*) from fieldwork.mailing where next_attempt_at <= ${now}) as waiting`
    .execute(database.db)
    .catch(() => ({ rows: [{ waiting: 1 }] }))
  return rows[0]!.waiting === 0
}

async function untilSettled(world: World, isReady: () => boolean): Promise<void> {
  while (!isReady() || !(await isSettled(world))) await wait(500)
}

/** What was put off to a later minute is sent then: one instance whose clock is ahead, on a line without faults. */
async function lastRound({ settings, database, sink }: World): Promise<void> {
  await sink.stop()
  const calm = await startSink(`${sink.log}.calm`, 0)
  const instance = begin({ ...settings, SMTP_URL: `smtp://127.0.0.1:${calm.port}` }, ['', '0', String(LATER_MINUTES)])
  for (;;) {
    const { waiting } = await database.db
      .selectFrom('fieldwork.mailing')
      .where('next_attempt_at', 'is not', null)
      .select(({ fn }) => fn.countAll<number>().as('waiting'))
      .executeTakeFirstOrThrow()
    if (waiting === 0) break
    await wait(500)
  }
  await stop(instance)
  await calm.stop()
}

type Taken = { id: string; to: string }

/** Compares what the mail server wrote down with what was owed: the service itself has no say. */
async function judge({
  database,
  sink,
}: World): Promise<{ lost: number; copies: number; mixed: number; strangers: number }> {
  const read = (path: string): Taken[] => {
    try {
      return readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Taken)
    } catch {
      return []
    }
  }
  const taken = [...read(sink.log), ...read(`${sink.log}.calm`)]
  const owed = await database.db.selectFrom('identity.panel_member').select('email').execute()
  const byRecipient = Map.groupBy(taken, ({ to }) => to)
  const addresses = new Set(owed.map(({ email }) => email))
  return {
    lost: [...addresses].filter((email) => !byRecipient.has(email!)).length,
    copies: taken.length - byRecipient.size,
    mixed: [...byRecipient.values()].filter((some) => new Set(some.map(({ id }) => id)).size > 1).length,
    strangers: [...byRecipient.keys()].filter((to) => !addresses.has(to)).length,
  }
}

async function end({ database, sink }: World): Promise<void> {
  await database.close()
  await sink.stop()
}
