// A page acknowledged is a page kept: the server is killed again and again between a volunteer's “Next” and the answer to
// it. `KILLS` says how often; each time, several volunteers are in that very moment.
import { randomInt } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { ensureLink } from './access/personal-links.queries.ts'
import { systemClock } from './platform/clock.ts'
import { type Db, openEmbedded } from './platform/database.ts'
import { ENGINES, type Engine } from './platform/testing.ts'
import { enrolDueNow, openTestService, type TestService } from './testing.ts'
import { end, endAll, production, type Settings, startReady, until } from './testing-process.ts'

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
