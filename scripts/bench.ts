// npm run bench: what a page and a saved page cost beside a bare answer of the same server and a bare insert, on both
// databases, side by side in one run. Read the ratios: the machine's own speed drifts.
import '../service/platform/node-version.ts'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { sql } from 'kysely'
import { migrations } from '../migrations/index.ts'
import { ensureLink } from '../service/access/personal-links.queries.ts'
import { createApp } from '../service/app.ts'
import { storeVersions } from '../service/instruments/store-versions.actions.ts'
import { importRegister } from '../service/panel/import-register.actions.ts'
import { storeProgrammes } from '../service/panel/programmes.queries.ts'
import { COLUMNS } from '../service/panel/register.ts'
import { demonstrationClock } from '../service/platform/clock.ts'
import { readConfig } from '../service/platform/config.ts'
import { type Database, openEmbedded, openServer } from '../service/platform/database.ts'
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

const MEMBERS = 400
const IN_FLIGHT = 16
const SECONDS = 4
const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT })
const NOW = Temporal.Instant.from('2026-11-18T12:00:00Z')

const server = process.env.TEST_DATABASE_URL
  ? { url: process.env.TEST_DATABASE_URL, stop: async () => {} }
  : await startPostgres()
try {
  await measure(await openEmbedded('memory://'))
  await measure(await openBenchDatabase(server.url))
} finally {
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
  const deps = await prepare(database, folder)
  const app = createApp(deps)
  app.get('/bare', (c) => c.text('hello'))
  const listener = createServer(getRequestListener(app.fetch)).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const respondents = await openLinks(deps, listener)

  console.log(`\n${database.engine}, ${IN_FLIGHT} in flight, ${SECONDS} s each`)
  const bare = await run('bare answer', () => ask(listener, 'GET', '/bare'))
  await run(
    'page of the questionnaire',
    (n) => ask(listener, 'GET', '/s/4?lang=fr', respondents[n % respondents.length]),
    bare,
  )
  const insert = await run('bare insert', () => bareInsert(deps))
  await run('page saved', (n) => savePage(listener, respondents[n % respondents.length]!), insert)

  listener.close()
  listener.closeAllConnections()
  await database.close()
  rmSync(folder, { recursive: true, force: true })
}

async function prepare(database: Database, folder: string): Promise<Deps> {
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
  const mailer = folderMailer(join(folder, 'mail'))
  const deps: Deps = {
    config: read.config,
    clock: demonstrationClock(NOW),
    db,
    log: openLog('silent'),
    mailer,
    random: systemRandom,
    ...surveys,
  }
  await importRegister(deps, { bytes: register(), programme: 'tevo', actor: 'bench' })
  while (await planNextMembers(deps)) {}
  return deps
}

function register(): Uint8Array {
  const facts =
    'a@example.org;;;fr;Africa/Dakar;F;2001;SCI;ENVOI;Ville;212345678;COMMUNE;INTL;FV;FV;SN;FR;;2026-01-15;2026-10-12;2026-10-12'
  const rows = Array.from({ length: MEMBERS }, (_, n) => `TEVO1-${n};Ana;Ndiaye;${facts}`)
  return new TextEncoder().encode([COLUMNS.join(';'), ...rows].join('\n'))
}

type Respondent = { cookie: string; form: string }

async function openLinks(deps: Deps, listener: Server): Promise<Respondent[]> {
  const cases = await deps.db
    .selectFrom('fieldwork.case')
    .where('wave', '=', 'w1')
    .select(['id', 'closes_at'])
    .execute()
  const opened: Respondent[] = []
  for (const { id, closes_at } of cases) {
    const token = await ensureLink(
      deps.db,
      deps.config.keys.link,
      { purpose: 'survey', subjectId: id, generation: 1 },
      closes_at,
    )
    const { cookie } = await ask(listener, 'GET', `/s/${token}`)
    const { body } = await ask(listener, 'GET', '/s/1?lang=fr', { cookie, form: '' })
    opened.push({ cookie, form: `ref=${/name="ref" value="([^"]+)"/.exec(body)?.[1]}&ACT_NOW=4&go=next` })
  }
  return opened
}

async function savePage(listener: Server, respondent: Respondent): Promise<void> {
  const { status } = await ask(listener, 'POST', '/s/1?lang=fr', respondent)
  if (status !== 303) throw new Error(`a page was not saved: ${status}`)
}

async function bareInsert({ db }: Deps): Promise<void> {
  await sql`insert into public.bare values (${crypto.randomUUID()}, ${{ ACT_NOW: 4 }})`.execute(db)
}

function ask(
  listener: Server,
  method: 'GET' | 'POST',
  path: string,
  respondent?: Respondent,
): Promise<{ status: number; cookie: string; body: string }> {
  const { port } = listener.address() as AddressInfo
  const headers = {
    ...(respondent && { cookie: respondent.cookie }),
    ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }),
  }
  return new Promise((resolve, reject) => {
    const call = request({ agent, port, host: '127.0.0.1', path, method, headers }, (answer) => {
      let body = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        body += chunk
      })
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          cookie: answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '',
          body,
        }),
      )
    })
    call.on('error', reject)
    call.end(method === 'POST' ? respondent?.form : undefined)
  })
}

type Rate = { perSecond: number; cpuPerOperation: number }

/** Runs one kind of operation for a few seconds with several in flight; prints it, as a ratio where there is a bare one. */
async function run(name: string, operation: (n: number) => Promise<unknown>, bare?: Rate): Promise<Rate> {
  const times: number[] = []
  const cpu = process.cpuUsage()
  const start = performance.now()
  const until = start + SECONDS * 1000
  let n = 0
  const worker = async () => {
    while (performance.now() < until) {
      const begun = performance.now()
      await operation(n++)
      times.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const rate = { perSecond: times.length / seconds, cpuPerOperation: (user + system) / times.length }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(share * (times.length - 1))]!.toFixed(1)
  const ratio = bare ? `  ${(rate.perSecond / bare.perSecond).toFixed(2)} of the bare rate` : ''
  console.log(
    `  ${name.padEnd(26)} ${Math.round(rate.perSecond).toString().padStart(6)}/s  p50 ${at(0.5)} ms  p95 ${at(0.95)} ms  ${Math.round(rate.cpuPerOperation)} µs CPU${ratio}`,
  )
  return rate
}
