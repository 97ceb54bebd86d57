// What is acknowledged is kept, what is half done is not: the server is killed again and again between a volunteer's
// “Next” and the answer to it, and a publication is killed while it is stored. `KILLS` says how often a server is.
import { randomInt } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { ensureLink } from './access/personal-links.queries.ts'
import { systemClock } from './platform/clock.ts'
import { type Db, openEmbedded } from './platform/database.ts'
import { ENGINES, type Engine } from './platform/testing.ts'
import { Manifest } from './publications/tables.ts'
import { answerWave, enrolCohort } from './publications/testing.ts'
import { enrolDueNow, openTestService, type TestService } from './testing.ts'
import { end, endAll, production, type Settings, start, startReady, until } from './testing-process.ts'

const KILLS = Number(process.env.KILLS ?? 5)
const VOLUNTEERS = 6

const folder = mkdtempSync(join(tmpdir(), 'retour-kill-'))
const services: TestService[] = []
afterAll(async () => {
  await endAll()
  for (const service of services) await service.close()
  rmSync(folder, { recursive: true, force: true })
})

describe.each(ENGINES)('on %s', (engine) => {
  test(`killed ${KILLS} times in the middle of saving, it has lost no answer it acknowledged`, {
    timeout: 600_000,
  }, async () => {
    const { settings, links, stored } = await prepare(engine)
    let server = await startReady(settings)
    const volunteers = await Promise.all(links.map((link) => openLink(settings, link)))
    let acknowledged = 0
    let interrupted = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const state = { killed: false, confirmed: 0 }
      const answering = volunteers.map((volunteer) => answerUntilKilled(settings, volunteer, state))
      await until('somebody is confirmed', () => state.confirmed > 0)
      await wait(randomInt(0, 50))
      state.killed = true
      await end(server, 'SIGKILL')
      const rounds = await Promise.all(answering)
      server = await startReady(settings)
      const texts = await Promise.all(volunteers.map((volunteer) => textOn(settings, volunteer)))
      for (const [index, { sent, confirmed }] of rounds.entries()) {
        // What was sent last may have been kept without our hearing of it; what was confirmed must have been.
        expect([confirmed, sent]).toContain(texts[index])
        acknowledged += Number(confirmed) - Number(volunteers[index]!.last)
        interrupted += Number(sent !== confirmed)
        volunteers[index]!.last = texts[index]!
      }
    }
    expect(acknowledged).toBeGreaterThan(KILLS)
    expect(interrupted).toBeGreaterThanOrEqual(KILLS)
    await end(server, 'SIGTERM')
    expect((await stored()).toSorted()).toEqual(volunteers.flatMap(({ last }) => last || []).toSorted())
  })
})

test('a publication killed while it is stored has left nothing, and is made whole by the next to try', async () => {
  const service = await openTestService('PostgreSQL', systemClock.now().toString())
  services.push(service)
  const { db } = service
  await enrolCohort(service, 'killed', 60)
  await answerWave(service, 'killed', 'w1')
  const folderOf = join(folder, 'publishing')
  mkdirSync(folderOf)
  const settings = { ...(await production(folderOf)), DATABASE_URL: service.database.url! }
  const publish = () =>
    start(settings, ['scripts/publish.ts', '--programme', 'tevo', '--cohort', 'killed', '--wave', 'w1', '--early'])
  const stored = async () => {
    const unit = db.selectFrom('fieldwork.unit').select('closed_at').where('wave', '=', 'w1')
    const tables = await db.selectFrom('publish.published_table').select(['table_id', 'split_by', 'sha256']).execute()
    const publications = await db.selectFrom('publish.publication').select(['id', 'manifest']).execute()
    return { closedAt: (await unit.executeTakeFirstOrThrow()).closed_at, tables, publications }
  }
  const nothing = await stored()
  expect(nothing).toMatchObject({ closedAt: null, tables: [], publications: [] })

  // The unit is closed and the publication written, and its tables have to wait.
  const waiting = async () => {
    const { rows } = await sql<{ n: number }>`
      select count(*)::int as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query ilike '%published_table%'`.execute(db)
    return rows[0]!.n > 0
  }
  await db.transaction().execute(async (trx) => {
    await sql`lock table publish.published_table in share mode`.execute(trx)
    const killed = publish()
    await until('its tables are being stored', async () => {
      if (killed.child.exitCode !== null) throw new Error(`it stopped by itself: ${killed.stderr()}`)
      return waiting()
    })
    await end(killed, 'SIGKILL')
  })
  await until('the database has noticed', async () => !(await waiting()))
  expect(await stored()).toEqual(nothing)

  const again = publish()
  expect([await again.exit, again.stderr()]).toEqual([0, ''])
  const { closedAt, tables, publications } = await stored()
  expect(closedAt).not.toBeNull()
  expect(publications.map(({ id }) => id)).toEqual(['tevo.killed.w1.1'])
  const listed = Manifest.parse(JSON.parse(publications[0]!.manifest)).tables.flatMap(({ table, by }) =>
    by.map(({ by, sha256 }) => ({ table_id: table, split_by: by, sha256 })),
  )
  const sorted = (all: typeof tables) => all.map((one) => JSON.stringify(one)).toSorted()
  expect(sorted(tables)).toEqual(sorted(listed))
}, 120_000)

type Prepared = {
  settings: Settings
  links: string[]
  /** Every text kept; asked once no server runs. */
  stored(): Promise<string[]>
}

/** Volunteers whose wave after return is open by the real clock, and the settings of a server for them. */
async function prepare(engine: Engine): Promise<Prepared> {
  const dataDir = join(folder, engine)
  const database = join(dataDir, 'database')
  mkdirSync(dataDir)
  const service = await openTestService(engine, systemClock.now().toString(), database)
  services.push(service)
  await enrolDueNow(service, VOLUNTEERS)
  const links = await linksOf(service)
  const settings = { ...(await production(dataDir)), LINK_KEY: '01'.repeat(32) }
  if (engine === 'PostgreSQL')
    return { settings: { ...settings, DATABASE_URL: service.database.url! }, links, stored: () => textsIn(service.db) }
  await service.database.close()
  const stored = async () => {
    const { db, close } = await openEmbedded(database)
    return textsIn(db).finally(close)
  }
  return { settings, links, stored }
}

async function linksOf({ db, config }: TestService): Promise<string[]> {
  const cases = await db.selectFrom('fieldwork.case').where('wave', '=', 'w1').select(['id', 'closes_at']).execute()
  // Nobody is written to: the server is here to be answered.
  await db.updateTable('fieldwork.case').set({ next_contact_at: null }).execute()
  return Promise.all(
    cases.map(({ id, closes_at }) =>
      ensureLink(db, config.keys.link, { purpose: 'survey', subjectId: id, generation: 1 }, closes_at),
    ),
  )
}

async function textsIn(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('answers.response').select('answers').execute()
  return rows.map(({ answers }) => String(answers.OPEN_IMP))
}

/** The last page of the questionnaire: what is written on it is kept as a draft. */
const PAGE = '/s/8?lang=fr'

type Volunteer = { cookie: string; ref: string; last: string }

async function openLink(settings: Settings, token: string): Promise<Volunteer> {
  const opened = await fetch(`http://127.0.0.1:${settings.PORT}/s/${token}`, { redirect: 'manual' })
  const cookie = opened.headers.getSetCookie()[0]!.split(';')[0]!
  const html = await pageFor(settings, cookie)
  return { cookie, ref: /name="ref" value="([^"]+)"/.exec(html)![1]!, last: '' }
}

const pageFor = async ({ PORT }: Settings, cookie: string): Promise<string> =>
  (await fetch(`http://127.0.0.1:${PORT}${PAGE}`, { headers: { cookie } })).text()

const textOn = async (settings: Settings, { cookie }: Volunteer): Promise<string> =>
  /<textarea [^>]*>([^<]*)<\/textarea>/.exec(await pageFor(settings, cookie))![1]!

/** Writes one number after the other until the server is gone; says the last one sent, and the last one confirmed. */
async function answerUntilKilled(
  { PORT }: Settings,
  { cookie, ref, last }: Volunteer,
  state: { killed: boolean; confirmed: number },
): Promise<{ sent: string; confirmed: string }> {
  let [sent, confirmed] = [last, last]
  while (!state.killed || sent === confirmed) {
    sent = String(Number(sent) + 1)
    const body = new URLSearchParams({ ref, OPEN_IMP: sent, go: 'next' })
    const headers = { cookie }
    const answer = await fetch(`http://127.0.0.1:${PORT}${PAGE}`, { method: 'POST', headers, body, redirect: 'manual' })
      .then(({ status }) => status)
      .catch(() => 'none')
    if (answer === 'none') break
    expect(answer).toBe(303)
    confirmed = sent
    state.confirmed++
  }
  return { sent, confirmed }
}
