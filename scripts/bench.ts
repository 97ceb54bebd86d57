// npm run bench: what answering costs, on both databases, beside a bare answer of the same server and a bare insert, side
// by side in one run. The volunteers are another process. Read the ratios: the machine's own speed drifts.
import '../service/platform/node-version.ts'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { type KyselyPlugin, sql } from 'kysely'
import { migrations } from '../migrations/index.ts'
import { ensureLink } from '../service/access/personal-links.queries.ts'
import { createApp } from '../service/app.ts'
import { storeVersions } from '../service/instruments/store-versions.actions.ts'
import { importRegister } from '../service/panel/import-register.actions.ts'
import { storeProgrammes } from '../service/panel/programmes.queries.ts'
import { COLUMNS } from '../service/panel/register.ts'
import { demonstrationClock } from '../service/platform/clock.ts'
import { readConfig } from '../service/platform/config.ts'
import { type Database, openEmbedded, openServer, sweep } from '../service/platform/database.ts'
import { openLog } from '../service/platform/logging.ts'
import { folderMailer } from '../service/platform/mailer.ts'
import { migrate } from '../service/platform/migrate.ts'
import { systemRandom } from '../service/platform/secrets.ts'
import { startPostgres } from '../service/platform/testing-server.ts'
import { databaseUrl } from '../service/platform/testing-setup.ts'
import { refuse } from '../service/process.ts'
import { loadSurveys } from '../service/surveys.ts'
import type { Deps } from '../service/waves/deps.ts'
import { planNextMembers } from '../service/waves/plan-members.actions.ts'
import type { Done, Job } from './volunteers.ts'

const MEMBERS = 2_000
const IN_FLIGHT = 16
const SECONDS = 4
/** In the middle of everybody's third wave after return, the longest one. */
const NOW = Temporal.Instant.from('2026-11-18T12:00:00Z')
const WAVE = 'w3'

const server = process.env.TEST_DATABASE_URL
  ? { url: process.env.TEST_DATABASE_URL, stop: async () => {} }
  : await startPostgres()
const volunteers = fork(new URL('./volunteers.ts', import.meta.url))
try {
  await measure(await openEmbedded('memory://'))
  await measure(await openBenchDatabase(server.url))
} finally {
  volunteers.kill()
  await server.stop()
}

async function openBenchDatabase(url: string): Promise<Database> {
  const admin = openServer(url, { connections: 1 })
  await sql`drop database if exists retour_bench`.execute(admin.db)
  await sql`create database retour_bench`.execute(admin.db)
  await admin.close()
  return openServer(databaseUrl(url, 'retour_bench'))
}

async function measure(database: Database): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'retour-bench-'))
  const statements = { count: 0 }
  const deps = await prepare(database, folder, counting(statements))
  const app = createApp(deps)
  app.get('/bare', (c) => c.text('hello'))
  const listener = createServer(getRequestListener(app.fetch)).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const run = (name: string, job: Job, bare?: Rate) => runJob(name, { ...common, ...job }, statements, bare)
  const common = { port, inFlight: IN_FLIGHT, seconds: SECONDS }
  const links = await makeLinks(deps)
  const browsers = links.splice(0, 200)

  console.log(`\n${database.engine}, ${IN_FLIGHT} in flight, ${SECONDS} s each`)
  sayWeight((await tell({ ...common, do: 'submit', links: links.splice(0, 1) })).first)
  const bare = await run('bare answer', { do: 'ask', links: [] })
  await run('page viewed', { do: 'view', links: browsers }, bare)
  const insert = await insertBare(deps, statements)
  await run('page saved', { do: 'save', links: browsers }, insert)
  await run('whole wave submitted', { do: 'submit', links }, bare)

  listener.close()
  listener.closeAllConnections()
  await database.close()
  rmSync(folder, { recursive: true, force: true })
}

/** Counts what is asked of the database. */
function counting(statements: { count: number }): KyselyPlugin {
  return {
    transformQuery: ({ node }) => {
      statements.count++
      return node
    },
    transformResult: async ({ result }) => result,
  }
}

async function prepare(database: Database, folder: string, plugin: KyselyPlugin): Promise<Deps> {
  const key = (byte: string) => byte.repeat(64)
  const read = readConfig({
    BASE_URL: 'http://localhost',
    LINK_KEY: key('1'),
    CELL_KEY: key('2'),
    COOKIE_KEY: key('3'),
    DATA_DIR: folder,
  })
  if (!read.ok) refuse(read.problems.join('\n'))
  const surveys = loadSurveys('surveys', { demonstration: false })
  const { db } = database
  await migrate(db, migrations)
  await sql`create table public.bare (id uuid primary key, content jsonb not null)`.execute(db)
  await storeProgrammes(db, surveys.frame.programmes)
  await storeVersions({ db }, surveys.bank)
  const deps: Deps = {
    config: read.config,
    clock: demonstrationClock(NOW),
    db: db.withPlugin(plugin),
    log: openLog('silent'),
    mailer: folderMailer(join(folder, 'mail')),
    random: systemRandom,
    ...surveys,
  }
  await importRegister(deps, { bytes: register(), programme: 'tevo', actor: 'bench' })
  while (await planNextMembers(deps)) {}
  await sweep(db)
  return deps
}

function register(): Uint8Array {
  const facts =
    'a@example.org;;;fr;Africa/Dakar;F;2001;SCI;ENVOI;Ville;212345678;COMMUNE;INTL;FV;FV;SN;FR;;2025-01-15;2025-11-10;2025-11-10'
  const rows = Array.from({ length: MEMBERS }, (_, n) => `TEVO1-${n};Ana;Ndiaye;${facts}`)
  return new TextEncoder().encode([COLUMNS.join(';'), ...rows].join('\n'))
}

async function makeLinks(deps: Deps): Promise<string[]> {
  const cases = await deps.db
    .selectFrom('fieldwork.case')
    .where('wave', '=', WAVE)
    .select(['id', 'closes_at'])
    .execute()
  const links: string[] = []
  for (const { id, closes_at } of cases) {
    const subject = { purpose: 'survey', subjectId: id, generation: 1 } as const
    links.push(`/s/${await ensureLink(deps.db, deps.config.keys.link, subject, closes_at)}`)
  }
  return links
}

/** What the first visit costs a volunteer's line, and what each page after it does. */
function sayWeight(requests: Done['first']): void {
  const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
  const css = requests.filter(({ path }) => path.endsWith('.css'))
  const welcome = requests.slice(0, 2)
  const pages = requests.filter(({ path }) => /^\/s\/\d+\?/.test(path)).map(({ bytes }) => bytes)
  const visit = [...welcome, ...css].reduce((sum, { bytes }) => sum + bytes, 0)
  console.log(
    `  first page with its style sheet    ${kB(visit)} in ${welcome.length + css.length} requests, compressed`,
  )
  console.log(`  the questions' pages               ${kB(Math.min(...pages))} to ${kB(Math.max(...pages))}`)
}

async function insertBare({ db }: Deps, statements: { count: number }): Promise<Rate> {
  const times: number[] = []
  const start = { cpu: process.cpuUsage(), at: performance.now(), statements: statements.count }
  const worker = async () => {
    while (performance.now() < start.at + SECONDS * 1000) {
      const begun = performance.now()
      await sql`insert into public.bare values (${crypto.randomUUID()}, ${{ ACT_NOW: 4 }})`.execute(db)
      times.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return say('bare insert', times, start, statements)
}

async function runJob(name: string, job: Job, statements: { count: number }, bare?: Rate): Promise<Rate> {
  await tell({ ...job, do: 'open' })
  const start = { cpu: process.cpuUsage(), at: performance.now(), statements: statements.count }
  const { times } = await tell(job)
  return say(name, times, start, statements, bare)
}

/** Has the volunteers do something, and waits until they have. */
async function tell(job: Job): Promise<Done> {
  volunteers.send(job)
  const [done] = (await once(volunteers, 'message')) as [Done]
  if (done.failed) throw new Error(done.failed)
  return done
}

type Rate = { perSecond: number }
type Start = { cpu: NodeJS.CpuUsage; at: number; statements: number }

/** Prints a rate, as a ratio where there is a bare one; CPU is this process's, the embedded database's with it. */
function say(name: string, times: number[], start: Start, statements: { count: number }, bare?: Rate): Rate {
  const { user, system } = process.cpuUsage(start.cpu)
  const rate = { perSecond: times.length / ((performance.now() - start.at) / 1000) }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(share * (times.length - 1))]!.toFixed(1)
  const each = (statements.count - start.statements) / times.length
  const ratio = bare ? `  ${(rate.perSecond / bare.perSecond).toPrecision(2)} of the bare rate` : ''
  console.log(
    `  ${name.padEnd(21)} ${rate.perSecond.toFixed(rate.perSecond < 100 ? 1 : 0).padStart(6)}/s  p50 ${at(0.5)} ms  p95 ${at(0.95)} ms  ${((user + system) / times.length / 1000).toFixed(2)} ms CPU  ${each.toFixed(1)} statements${ratio}`,
  )
  return rate
}
