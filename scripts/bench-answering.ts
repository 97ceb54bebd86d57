// npm run bench -- answering: what answering costs, on both databases, beside a bare answer of the same server and a bare
// insert, side by side in one run. The volunteers are another process.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { sql } from 'kysely'
import { ensureLink } from '../service/access/personal-links.queries.ts'
import { createApp } from '../service/app.ts'
import { importRegister } from '../service/panel/import-register.actions.ts'
import { COLUMNS } from '../service/panel/register.ts'
import { type Database, openEmbedded, sweep } from '../service/platform/database.ts'
import { openLog } from '../service/platform/logging.ts'
import type { Deps } from '../service/waves/deps.ts'
import { planNextMembers } from '../service/waves/plan-members.actions.ts'
import { type Asked, type Bench, cpuSince, inAll, openBench, openBenchDatabase, watching } from './bench-kit.ts'
import type { Done, Job } from './volunteers.ts'

const MEMBERS = 2_000
const IN_FLIGHT = 16
const SECONDS = 4
/** In the middle of everybody's third wave after return, the longest one. */
const NOW = Temporal.Instant.from('2026-11-18T12:00:00Z')
const WAVE = 'w3'

type Volunteers = ChildProcess

export async function benchAnswering(url: string): Promise<void> {
  const volunteers = fork(new URL('./volunteers.ts', import.meta.url))
  try {
    await measure(await openEmbedded('memory://'), volunteers)
    await measure(await openBenchDatabase(url, 'retour_bench_answering'), volunteers)
  } finally {
    volunteers.kill()
  }
}

async function measure(database: Database, volunteers: Volunteers): Promise<void> {
  const asked = new Map<string, Asked>()
  const deps = await prepare(database, asked)
  const app = createApp(deps)
  app.get('/bare', (c) => c.text('hello'))
  const listener = createServer(getRequestListener(app.fetch)).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const run = (name: string, job: Job, bare?: Rate) => runJob(name, volunteers, { ...common, ...job }, asked, bare)
  const common = { port, inFlight: IN_FLIGHT, seconds: SECONDS }
  const links = await makeLinks(deps)
  const browsers = links.splice(0, 200)

  console.log(`\nAnswering, ${database.engine}, ${IN_FLIGHT} in flight, ${SECONDS} s each`)
  sayWeight((await tell(volunteers, { ...common, do: 'submit', links: links.splice(0, 1) })).first)
  const bare = await run('bare answer', { do: 'ask', links: [] })
  await run('page viewed', { do: 'view', links: browsers }, bare)
  const insert = await insertBare(deps, asked)
  await run('page saved', { do: 'save', links: browsers }, insert)
  await run('whole wave submitted', { do: 'submit', links }, bare)

  listener.close()
  listener.closeAllConnections()
  await database.close()
  rmSync(deps.folder, { recursive: true, force: true })
}

async function prepare(database: Database, asked: Map<string, Asked>): Promise<Bench> {
  const opened = await openBench(database, NOW)
  const deps = { ...opened, log: openLog('silent'), db: opened.db.withPlugin(watching(asked)) }
  await sql`create table public.bare (id uuid primary key, content jsonb not null)`.execute(deps.db)
  await importRegister(deps, { bytes: register(), programme: 'tevo', actor: 'bench' })
  while (await planNextMembers(deps)) {}
  await sweep(database.db)
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

async function insertBare({ db }: Deps, asked: Map<string, Asked>): Promise<Rate> {
  const times: number[] = []
  const start = startOf(asked)
  const worker = async () => {
    while (performance.now() < start.at + SECONDS * 1000) {
      const begun = performance.now()
      await sql`insert into public.bare values (${crypto.randomUUID()}, ${{ ACT_NOW: 4 }})`.execute(db)
      times.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return say('bare insert', times, start, asked)
}

async function runJob(
  name: string,
  volunteers: Volunteers,
  job: Job,
  asked: Map<string, Asked>,
  bare?: Rate,
): Promise<Rate> {
  await tell(volunteers, { ...job, do: 'open' })
  const start = startOf(asked)
  const { times } = await tell(volunteers, job)
  return say(name, times, start, asked, bare)
}

/** Has the volunteers do something, and waits until they have. */
async function tell(volunteers: Volunteers, job: Job): Promise<Done> {
  volunteers.send(job)
  const [done] = (await once(volunteers, 'message')) as [Done]
  if (done.failed) throw new Error(done.failed)
  return done
}

type Rate = { perSecond: number }
type Start = { cpu: NodeJS.CpuUsage; at: number; statements: number }

const startOf = (asked: ReadonlyMap<string, Asked>): Start => ({
  cpu: process.cpuUsage(),
  at: performance.now(),
  statements: inAll(asked).statements,
})

/** Prints a rate, as a ratio where there is a bare one; CPU is this process's, the embedded database's with it. */
function say(name: string, times: number[], start: Start, asked: ReadonlyMap<string, Asked>, bare?: Rate): Rate {
  const cpu = cpuSince(start.cpu)
  const rate = { perSecond: times.length / ((performance.now() - start.at) / 1000) }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(share * (times.length - 1))]!.toFixed(1)
  const each = (inAll(asked).statements - start.statements) / times.length
  const ratio = bare ? `  ${(rate.perSecond / bare.perSecond).toPrecision(2)} of the bare rate` : ''
  console.log(
    `  ${name.padEnd(21)} ${rate.perSecond.toFixed(rate.perSecond < 100 ? 1 : 0).padStart(6)}/s  p50 ${at(0.5)} ms  p95 ${at(0.95)} ms  ${(cpu / times.length).toFixed(2)} ms CPU  ${each.toFixed(1)} statements${ratio}`,
  )
  return rate
}
