// Checks the research side as a process of its own, connected as a role that may read publications and nothing else: to
// the database, and to a hot standby of it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { migrations } from '../migrations/index.ts'
import { createToken, withdrawToken } from './access/create-token.actions.ts'
import { runCommand } from './commands.ts'
import { type Db, openServer } from './platform/database.ts'
import { migrate } from './platform/migrate.ts'
import { freePort, startPostgres, type TestServer } from './platform/testing-server.ts'
import { closeWave } from './publications/close-wave.actions.ts'
import { grantPublish } from './publications/research-role.queries.ts'
import { answerWave, enrolCohort } from './publications/testing.ts'
import { openTestService, type TestService } from './testing.ts'

const ROLE = 'retour_research_test'
const ONE = '/api/v1/publications/tevo.large.w1.1'

type Research = { address: string; child: ChildProcess; said(): string }
const running: ChildProcess[] = []

/** The process, with nothing in its environment but what it needs: no key, no other address. */
async function startResearch(databaseUrl: string): Promise<Research> {
  const port = await freePort()
  const address = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, ['--import', 'tsx', 'service/research.ts'], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      BASE_URL: address,
      HOST: '127.0.0.1',
      PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.push(child)
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
  await vi.waitFor(
    async () => {
      if (child.exitCode === null) expect((await fetch(`${address}/readyz`)).status).toBe(200)
    },
    { timeout: 60_000, interval: 100 },
  )
  return { address, child, said: () => said }
}

const as = (url: string, role: string) => {
  const other = new URL(url)
  other.username = role
  return other.href
}

let service: TestService
let url: string
let token: string
beforeAll(async () => {
  service = await openTestService('PostgreSQL', '2026-11-26T12:00:00Z')
  url = service.database.url!
  await enrolCohort(service, 'large', 120)
  for (const wave of ['w0', 'w1']) {
    await answerWave(service, 'large', wave)
    await closeWave(service, { programme: 'tevo', cohort: 'large', wave, actor: 'test', early: true })
  }
  token = (await createToken(service, { name: 'ravi', days: 300, actor: 'test' })).token
  const admin = openServer(url)
  await makeRole(admin.db)
  await admin.close()
}, 60_000)
afterAll(async () => {
  for (const child of running) {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  await service.close()
})

/** A role that may log in, as an operator makes one; roles are of the whole server, and another test may have made it. */
async function makeRole(db: Db): Promise<void> {
  const { sql } = await import('kysely')
  await sql`do $$ begin create role ${sql.raw(ROLE)} login; exception when duplicate_object then null; end $$`.execute(
    db,
  )
}

describe('the role', () => {
  test('may read publications once it is let, and can reach nothing else of ours', async () => {
    const config = { ...service.config, databaseUrl: url }
    const command = (role: string) => runCommand({ ...service, config }, 'research-role', { role }, () => {})
    expect(await command('nobody_there')).toMatchObject({ ok: false })
    expect(await command(ROLE)).toMatchObject({ ok: true })
    const { db, close } = openServer(as(url, ROLE))
    const { sql } = await import('kysely')
    const attempt = async (statement: string) =>
      sql
        .raw(statement)
        .execute(db)
        .then(
          () => 'done',
          (error: { code?: string }) => error.code,
        )
    const { rows: tables } = await sql<{ schema: string; name: string }>`
      select schemaname as schema, tablename as name from pg_tables
      where schemaname in ('identity', 'link', 'fieldwork', 'answers', 'access', 'audit', 'publish', 'public')`.execute(
      service.db,
    )
    expect(tables.length).toBeGreaterThan(15)
    const DENIED = '42501'
    for (const { schema, name } of tables) {
      const table = `"${schema}"."${name}"`
      expect([table, await attempt(`select * from ${table}`)]).toEqual([table, schema === 'publish' ? 'done' : DENIED])
      for (const change of ['delete from', 'truncate'])
        expect([change, table, await attempt(`${change} ${table}`)]).toEqual([change, table, DENIED])
    }
    for (const statement of [
      'create table publish.mine (n int)',
      'create schema mine',
      `set role postgres`,
      `copy (select 1) to program 'true'`,
      `select pg_read_file('/etc/passwd')`,
      "select pg_ls_dir('.')",
    ])
      expect([statement, await attempt(statement)]).toEqual([statement, DENIED])
    await close()
  })

  test('that can reach more is refused by the process', async () => {
    const port = await freePort()
    const child = spawn(process.execPath, ['--import', 'tsx', 'service/research.ts'], {
      env: { PATH: process.env.PATH, DATABASE_URL: url, BASE_URL: 'http://localhost', PORT: String(port) },
    })
    running.push(child)
    let said = ''
    child.stderr.on('data', (text) => (said += text))
    const [code] = await once(child, 'exit')
    expect(code).toBe(1)
    expect(said).toMatch(/can reach more than publications: .*answers\.response/)
  })
})

describe('the process', () => {
  let research: Research
  const ask = (path: string, from = research.address) =>
    fetch(from + path, { headers: { Authorization: `Bearer ${token}` }, redirect: 'manual' })
  const main = async (path: string) => {
    const { createApp } = await import('./app.ts')
    return createApp(service).request(path, { headers: { Authorization: `Bearer ${token}` } })
  }

  beforeAll(async () => {
    research = await startResearch(as(url, ROLE))
  }, 90_000)

  test.each([
    ONE,
    `${ONE}/codebook`,
    `${ONE}/signature`,
    `${ONE}/tables/change.CMP_IDX?by=gender`,
    `${ONE}/response`,
    '/impact/tevo.large.w1.1',
    '/impact/tevo.large.w1.1/change.CMP_IDX.svg',
    '/.well-known/jwks.json',
  ])('serves %s as the service does, byte for byte', async (path) => {
    const [theirs, ours] = [await ask(path), await main(path)]
    expect([theirs.status, ours.status]).toEqual([200, 200])
    const local = (text: string) => text.replaceAll(research.address, 'https://retour.example')
    expect(local(await theirs.text())).toBe(await ours.text())
  })

  test('has no address of the volunteers', async () => {
    for (const path of ['/s', '/s/some-link', '/u/some-link', '/new-link', '/mailbox', '/metrics'])
      expect([path, (await ask(path)).status]).toEqual([path, 404])
  })

  test('opens nothing to a token that was taken back, seconds later', async () => {
    const other = (await createToken(service, { name: 'other', days: 3, actor: 'test' })).token
    const status = async () =>
      (await fetch(research.address + ONE, { headers: { Authorization: `Bearer ${other}` } })).status
    await vi.waitFor(async () => expect(await status()).toBe(200), { timeout: 10_000, interval: 100 })
    await withdrawToken(service, { id: other.split('_')[1]!, actor: 'test' })
    await vi.waitFor(async () => expect(await status()).toBe(401), { timeout: 10_000, interval: 100 })
  })

  test('writes its query log to its own log, without a token', async () => {
    await ask(`${ONE}/tables/response`)
    await vi.waitFor(() => expect(research.said()).toMatch(/"path":"[^"]*\/tables\/response".*research question/))
    expect(research.said()).not.toContain(token.split('_')[2])
  })

  test('serves all of it from a hot standby too, and what is published later', { timeout: 120_000 }, async () => {
    const server: TestServer = await startPostgres()
    const primary = openServer(server.url)
    await migrate(primary.db, migrations)
    await makeRole(primary.db)
    await grantPublish(primary.db, ROLE)
    await copyPublished(primary.db, 'w1')
    await primary.close()
    const standby = await server.standby()
    const follower = await startResearch(as(standby.url, ROLE))
    expect(await (await ask(ONE, follower.address)).text()).toBe(await (await main(ONE)).text())
    const later = '/api/v1/publications/tevo.large.w0.1'
    expect((await ask(later, follower.address)).status).toBe(404)
    const again = openServer(server.url)
    await copyPublished(again.db, 'w0')
    await again.close()
    await vi.waitFor(async () => expect((await ask(later, follower.address)).status).toBe(200), {
      timeout: 20_000,
      interval: 200,
    })
    follower.child.kill('SIGTERM')
    await once(follower.child, 'exit')
    await standby.stop()
    await server.stop()
  })

  /** What the service has published of a wave, put into another database. */
  async function copyPublished(db: Db, wave: string): Promise<void> {
    const publications = await service.db
      .selectFrom('publish.publication')
      .where('wave', '=', wave)
      .selectAll()
      .execute()
    await db.insertInto('publish.publication').values(publications).execute()
    const tables = await service.db
      .selectFrom('publish.published_table')
      .where(
        'publication_id',
        'in',
        publications.map(({ id }) => id),
      )
      .selectAll()
      .execute()
    await db.insertInto('publish.published_table').values(tables).execute()
    const tokens = await service.db.selectFrom('publish.token').selectAll().execute()
    await db
      .insertInto('publish.token')
      .values(tokens)
      .onConflict((one) => one.doNothing())
      .execute()
  }
})
