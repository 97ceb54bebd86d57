// npm run bench -- impact: what publishing a wave costs for a cohort of a hundred and of a hundred thousand, and what
// reading a figure costs beside a bare answer of the same bytes and beside counting the answers each time. Side by side
// in one run; the researchers are another process.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { sql } from 'kysely'
import { createToken } from '../service/access/create-token.actions.ts'
import { createApp } from '../service/app.ts'
import type { Answers } from '../service/instruments/answers.ts'
import { questionsOf } from '../service/instruments/answers.ts'
import type { Instrument } from '../service/instruments/instrument.ts'
import { closeWave } from '../service/publications/close-wave.actions.ts'
import { readUnit } from '../service/publications/read-unit.actions.ts'
import { planRelease } from '../service/publications/release-plan.ts'
import { respondentsOf } from '../service/publications/unit.ts'
import { findUnit } from '../service/publications/units.queries.ts'
import { type Bench, openBench, openBenchDatabase, sayCount, sayPromise, sayServer, settle } from './bench-kit.ts'
import type { Read, Reading } from './readers.ts'
import { addUnit, type Draw, drawing, peopleOf } from './simulated-unit.ts'

const SIZES = [145, 10_000, 100_000]
const PROGRAMME = 'tevo'
const NOW = Temporal.Instant.from('2026-11-26T12:00:00Z')
const WAVES = ['w0', 'w1']
const WAVE = 'w1'
const RESPONDING = 0.6
const IN_FLIGHT = 16
const SECONDS = 4

const MOST_SECONDS = { small: 2, large: 60 }
const MOST_BYTES = 1_000_000_000
const LINEAR_WITHIN = 1.5
const BARE_SHARE = 0.5

export async function benchImpact(url: string): Promise<void> {
  const database = await openBenchDatabase(url, 'retour_bench_impact')
  const readers = fork(new URL('./readers.ts', import.meta.url))
  const deps = await openBench(database, NOW, { API_PER_MINUTE: '1000000', LOG_LEVEL: 'silent' })
  try {
    console.log(`\nImpact, ${await sayServer(deps.db)}`)
    await publishing(deps)
    await reading(deps, readers)
  } finally {
    readers.kill()
    rmSync(deps.folder, { recursive: true, force: true })
    await database.close()
  }
}

// ---------------------------------------------------------------- publishing

type Published = { members: number; seconds: number; audit: number; megabytes: number; tables: number }

async function publishing(deps: Bench): Promise<void> {
  const found: Published[] = []
  for (const members of SIZES) {
    await fill(deps, members)
    found.push(await publish(deps, members))
  }
  console.log('\n  members    tables   seconds     audit    peak MB   µs a member')
  for (const { members, tables, seconds, audit, megabytes } of found)
    console.log(
      [
        sayCount(members).padStart(9),
        sayCount(tables).padStart(9),
        seconds.toFixed(2).padStart(9),
        audit.toFixed(2).padStart(9),
        sayCount(Math.round(megabytes)).padStart(10),
        sayCount(Math.round((1e6 * seconds) / members)).padStart(13),
      ].join(' '),
    )
  const [small, middle, large] = found as [Published, Published, Published]
  sayPromise(`a publication of ${small.members} in under ${MOST_SECONDS.small} s`, small.seconds < MOST_SECONDS.small)
  sayPromise(
    `one of ${sayCount(large.members)} in under ${MOST_SECONDS.large} s, the audit apart`,
    large.seconds < MOST_SECONDS.large,
  )
  sayPromise('and in under 1 GB', large.megabytes * 1e6 < MOST_BYTES)
  const growth = large.seconds / large.members / (middle.seconds / middle.members)
  sayPromise(
    `linear in members: ${growth.toFixed(2)} times as long for each from ${sayCount(middle.members)} on`,
    growth < LINEAR_WITHIN,
  )
}

const cohortOf = (members: number) => `c${members}`

async function fill(deps: Bench, members: number): Promise<void> {
  const plan = [...deps.plans.values()][0]!
  const draw = drawing(members)
  const instrumentOf = (wave: string) =>
    deps.bank.instruments.get(plan.waves.find((one) => one.wave === wave)!.instrument)!
  await addUnit(deps, {
    programme: PROGRAMME,
    cohort: cohortOf(members),
    people: peopleOf(members, members),
    waves: Object.fromEntries(
      WAVES.map((wave) => [wave, () => (draw() < RESPONDING ? answersTo(instrumentOf(wave), draw) : null)]),
    ),
  })
  await settle(deps.db)
}

/** An answer to everything that is asked. */
function answersTo(instrument: Instrument, draw: Draw): Answers {
  const answers: Record<string, Answers[string]> = {}
  const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)]!
  for (const item of questionsOf(instrument)) {
    const routed = item.when && !item.when.in.includes(answers[item.when.item] as number)
    if (routed) answers[item.item] = -1
    else if (item.type === 'single' || item.type === 'likert') answers[item.item] = pick(item.options).code
    else if (item.type === 'multiple') answers[item.item] = [pick(item.options).code]
    else if (item.type === 'rating') answers[item.item] = Math.floor(11 * draw())
    else if (item.type === 'calendar')
      answers[item.item] = [{ month: '2025-09', state: pick(item.states).code, source: 'reported' }]
  }
  return answers
}

async function publish(deps: Bench, members: number): Promise<Published> {
  const unit = { programme: PROGRAMME, cohort: cohortOf(members), wave: WAVE }
  const audit = await auditSeconds(deps, unit)
  globalThis.gc?.()
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss)
  }, 20)
  const start = performance.now()
  const outcome = await closeWave(deps, { ...unit, actor: 'bench', early: true })
  const seconds = (performance.now() - start) / 1000 - audit
  clearInterval(watch)
  if (!outcome.ok) throw new Error(`nothing was published: ${outcome.because}`)
  return { members, seconds, audit, megabytes: peak / 1e6, tables: outcome.tables }
}

/** How long the leverage audit alone takes. */
async function auditSeconds(deps: Bench, unit: { programme: string; cohort: string; wave: string }): Promise<number> {
  const stored = (await findUnit(deps.db, unit))!
  const read = (await readUnit(deps, stored, { publication: 'bench', releases: 1 }))!
  const respondents = respondentsOf(read).length
  const start = performance.now()
  planRelease(read, respondents)
  return (performance.now() - start) / 1000
}

// ---------------------------------------------------------------- reading

async function reading(deps: Bench, readers: ChildProcess): Promise<void> {
  const { token } = await createToken(deps, { name: 'bench', days: 300, actor: 'bench' })
  const app = createApp(deps)
  const tableOf = (members: number) =>
    `/api/v1/publications/${PROGRAMME}.${cohortOf(members)}.${WAVE}.1/tables/${TABLE}?by=gender`
  const item = TABLE.slice('item.'.length)
  const bare = await (
    await createApp(deps).request(tableOf(SIZES[0]!), { headers: { Authorization: `Bearer ${token}` } })
  ).text()
  app.get('/bare', (c) => c.body(bare, 200, { 'Content-Type': 'application/json' }))
  for (const members of SIZES) app.get(`/live/${members}`, async (c) => c.json(await countLive(deps, members, item)))
  const listener = createServer(getRequestListener(app.fetch)).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const rate = async (path: string) => {
    readers.send({ port, path, token, inFlight: IN_FLIGHT, seconds: SECONDS } satisfies Reading)
    const [read] = (await once(readers, 'message')) as [Read]
    if (read.failed) throw new Error(read.failed)
    return read.answers / read.seconds
  }
  for (const path of ['/bare', tableOf(SIZES[0]!)]) await rate(path)
  const ofBare = await rate('/bare')
  console.log(`\n  reading one table, ${IN_FLIGHT} in flight, ${SECONDS} s each      answers/s   of a bare answer`)
  const say = (what: string, answers: number) =>
    console.log(
      `  ${what.padEnd(46)} ${sayCount(Math.round(answers)).padStart(11)} ${(answers / ofBare).toFixed(2).padStart(18)}`,
    )
  say('a bare answer of the same bytes', ofBare)
  const published: number[] = []
  for (const members of SIZES) {
    published.push(await rate(tableOf(members)))
    say(`published, of ${sayCount(members)} members`, published.at(-1)!)
  }
  const live: number[] = []
  for (const members of SIZES) {
    live.push(await rate(`/live/${members}`))
    say(`counted each time, of ${sayCount(members)} members`, live.at(-1)!)
  }
  listener.close()
  const lowest = Math.min(...published) / ofBare
  sayPromise(`reading is at least ${BARE_SHARE} of a bare answer: ${lowest.toFixed(2)}`, lowest >= BARE_SHARE)
  const spread = Math.min(...published) / Math.max(...published)
  sayPromise(`whatever the number of members: ${spread.toFixed(2)} of the fastest at least`, spread > 0.75)
  console.log(
    `  published over counted each time: ${SIZES.map((_, place) => `${(published[place]! / live[place]!).toFixed(0)}×`).join(', ')}`,
  )
}

const TABLE = 'item.LINK_FREQ'

/** What a server would ask that counts answers when it is asked: one item by gender, exact. */
async function countLive({ db }: Bench, members: number, item: string) {
  const { rows } = await sql`
    select mission.gender, response.answers -> ${item}::text as code, count(*) as people
    from fieldwork.cohort as cohort
      join fieldwork.mission as mission on mission.cohort_id = cohort.id
      join link.pseudonym as link on link.member_id = mission.member_id
      join answers.response as response on response.pseudonym = link.pseudonym and response.wave = ${WAVE}
    where cohort.slug = ${cohortOf(members)}
    group by 1, 2`.execute(db)
  return rows
}
