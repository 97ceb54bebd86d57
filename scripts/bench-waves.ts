// npm run bench -- waves: what a tick costs that has nothing to do, however many cases there are; and how deciding and
// planning again grow with what there is to do.
import { rmSync } from 'node:fs'
import { sql } from 'kysely'
import { storeProgrammes } from '../service/panel/programmes.queries.ts'
import type { Database } from '../service/platform/database.ts'
import { dateNextUnit } from '../service/publications/close-wave.actions.ts'
import { readPlanSources } from '../service/surveys.ts'
import { clocksAgree, tick } from '../service/tick.ts'
import { decideNextContacts } from '../service/waves/decide-contacts.actions.ts'
import { type Deps, planOf } from '../service/waves/deps.ts'
import { planNextMembers } from '../service/waves/plan-members.actions.ts'
import { publishPlans, storeFirstPlans } from '../service/waves/publish-plan.actions.ts'
import {
  type Asked,
  type Bench,
  inAll,
  median,
  openBench,
  openBenchDatabase,
  SURVEYS,
  sayCount,
  sayPromise,
  sayServer,
  settle,
  watching,
} from './bench-kit.ts'
import { addCases, addMembers, addSent, openWave, prepareNumbers } from './bench-population.ts'

const NOW = Temporal.Instant.from('2026-11-18T13:30:00Z')
const PROGRAMME = 'tevo'
const SIZES = [10_000, 100_000, 1_000_000]
const SENT = 500_000
const ROUNDS = 10
const TICKS = 10
const MOST_MILLISECONDS = 5
/** A tick that grew with its cases would take a hundred times as long. */
const MOST_GROWTH = 1.3
const DUE = [12_500, 25_000, 50_000, 100_000]
const OPENING = 'w1'
const REPLANNED = 20_000
const AGAIN = 'bench-again'

type World = { cases: number; deps: Bench; database: Database }

export async function benchWaves(url: string): Promise<void> {
  const worlds: World[] = []
  for (const cases of SIZES) worlds.push(await openWorld(url, cases))
  const largest = worlds.at(-1)!
  console.log(`\nWaves, ${await sayServer(largest.deps.db)}`)
  await quietTicks('nothing due', worlds)
  const { deps } = largest
  const sent = { programme: PROGRAMME, from: 0, to: Math.ceil(SENT / 3), now: NOW }
  await addSent(deps.db, sent, plan(deps))
  await settle(deps.db)
  await quietTicks(`nothing due, ${sayCount(SENT)} mailings sent`, worlds)
  await decideMany(deps, largest.cases)
  await planAgain(deps)
  for (const { deps, database } of worlds) {
    await database.close()
    rmSync(deps.folder, { recursive: true, force: true })
  }
}

const plan = (deps: Deps) => planOf(deps, PROGRAMME)

/** One connection only: its statements then come one after the other, each timed by itself. */
async function openWorld(url: string, cases: number): Promise<World> {
  const database = await openBenchDatabase(url, `retour_bench_${cases}`, 1)
  const deps = await openBench(database, NOW)
  deps.clock.letRun()
  await prepareNumbers(deps.db)
  await addPeople(deps, 0, Math.ceil(cases / plan(deps).waves.length))
  while (await dateNextUnit(deps)) {}
  await settle(deps.db)
  return { cases, deps, database }
}

async function addPeople(deps: Deps, from: number, to: number): Promise<void> {
  const people = { programme: PROGRAMME, from, to, now: NOW }
  await addMembers(deps.db, people)
  await addCases(deps.db, people, plan(deps))
}

// ---------------------------------------------------------------- a tick with nothing due

type Quiet = { asked: Map<string, Asked>; times: number[]; inDatabase: number }

async function quietTicks(name: string, worlds: readonly World[]): Promise<void> {
  const all = new Map<World, Quiet>()
  for (const world of worlds) {
    for (let warm = 0; warm < TICKS; warm++) await quietTick(world.deps)
    all.set(world, { asked: new Map(), times: [], inDatabase: 0 })
  }
  for (let round = 0; round < ROUNDS; round++) for (const [world, quiet] of all) await measureTicks(world, quiet)
  console.log(`  a tick with ${name}`)
  const results = [...all].map(([{ cases }, quiet]) => sayQuiet(cases, quiet))
  const [least, most] = [results.at(0)!, results.at(-1)!]
  sayPromise(
    `under ${MOST_MILLISECONDS} ms in the database, and not growing with the cases (${(most / least).toFixed(2)} times the time for ${SIZES.at(-1)! / SIZES[0]!} times the cases)`,
    Math.max(...results) < MOST_MILLISECONDS && most / least < MOST_GROWTH,
  )
}

async function measureTicks({ deps }: World, quiet: Quiet): Promise<void> {
  const watched = { ...deps, db: deps.db.withPlugin(watching(quiet.asked)) }
  const before = await databaseTime(deps)
  for (let n = 0; n < TICKS; n++) {
    const begun = performance.now()
    await quietTick(watched)
    quiet.times.push(performance.now() - begun)
  }
  quiet.inDatabase += (await databaseTime(deps)) - before
}

/** The clocks of the bench and of the database differ on purpose, but are compared as in production. */
async function quietTick(deps: Deps): Promise<void> {
  await clocksAgree(deps)
  await tick(deps)
}

/** What the server has spent on this database's statements, planning, beginnings and commits with them. */
async function databaseTime({ db }: Pick<Deps, 'db'>): Promise<number> {
  await sql`select pg_stat_force_next_flush()`.execute(db)
  const { rows } = await sql<{ spent: number }>`
    select active_time as spent from pg_stat_database where datname = current_database()`.execute(db)
  return rows[0]!.spent
}

function sayQuiet(cases: number, { asked, times, inDatabase }: Quiet): number {
  const { statements, milliseconds } = inAll(asked)
  const each = (sum: number) => sum / times.length
  console.log(
    `    ${sayCount(cases).padStart(9)} cases  ${each(inDatabase).toFixed(2)} ms in the database  ${each(milliseconds).toFixed(2)} ms until its answers to ${each(statements)} statements  ${median(times).toFixed(2)} ms in all (median)`,
  )
  return each(inDatabase)
}

// ---------------------------------------------------------------- much to do

/** As many cases are due at once as there are members whose wave opens, for more and more of them. */
async function decideMany(deps: Deps, cases: number): Promise<void> {
  console.log('  deciding for cases that are due at once')
  const rates: number[] = []
  let from = 0
  const members = DUE.reduce((sum, due) => sum + due, 0)
  await addPeople(deps, Math.ceil(cases / plan(deps).waves.length), members)
  for (const due of DUE) {
    await openWave(deps.db, { programme: PROGRAMME, from, to: from + due, now: NOW }, OPENING, 56)
    await settle(deps.db)
    const seconds = await timed(async () => {
      while (await decideNextContacts(deps)) {}
    })
    const { left } = await deps.db
      .selectFrom('fieldwork.case')
      .where('next_contact_at', '<=', deps.clock.now())
      .select(({ fn }) => fn.countAll<number>().as('left'))
      .executeTakeFirstOrThrow()
    if (left > 0) throw new Error(`${left} of ${due} cases that were due have not been decided`)
    from += due
    rates.push(due / seconds)
    console.log(`    ${sayRate(due, 'cases', seconds)}`)
  }
  const ratio = rates.at(-1)! / rates[0]!
  sayPromise(
    `linear (${sayCount(DUE.at(-1)!)} at ${ratio.toFixed(2)} of the rate of ${sayCount(DUE[0]!)})`,
    ratio > 1 / MOST_GROWTH,
  )
}

/** A programme of its own follows a plan of its own, of which another version is published. */
async function planAgain(deps: Deps): Promise<void> {
  const [programme] = deps.frame.programmes.filter(({ programme }) => programme === PROGRAMME)
  const own: Deps = {
    ...deps,
    frame: { ...deps.frame, programmes: [{ ...programme!, programme: AGAIN, plan: AGAIN }] },
  }
  const [source] = readPlanSources(SURVEYS).filter(({ plan }) => plan === programme!.plan)
  const content = { ...source!.content, plan: AGAIN }
  own.plans.set(AGAIN, { ...plan(deps), plan: AGAIN })
  await storeProgrammes(own.db, own.frame.programmes)
  await storeFirstPlans(own, [{ plan: AGAIN, content }])
  const from = 1_000_000
  await addMembers(own.db, { programme: AGAIN, from, to: from + REPLANNED, now: NOW })
  await settle(own.db)
  const all = async () => {
    while (await planNextMembers(own)) {}
  }
  console.log('  planning members')
  console.log(`    ${sayRate(REPLANNED, 'members', await timed(all))}  with new cases`)
  const sources = [{ plan: AGAIN, content: { ...content, sendAt: '11:00' } }]
  const publication = { sources, origin: 'file' as const, actor: 'bench' }
  let code: string | undefined
  const preview = await timed(async () => {
    const outcome = await publishPlans(own, { ...publication, confirm: undefined })
    if (!outcome.ok && outcome.because === 'to be confirmed') code = outcome.preview.code
  })
  console.log(`    ${sayRate(REPLANNED, 'members', preview)}  shown what a new version would move`)
  await publishPlans(own, { ...publication, confirm: code })
  console.log(`    ${sayRate(REPLANNED, 'members', await timed(all))}  with every case moved by it`)
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1000
}

const sayRate = (count: number, what: string, seconds: number): string =>
  `${sayCount(count).padStart(7)} ${what}  ${seconds.toFixed(1).padStart(5)} s  ${sayCount(Math.round(count / seconds)).padStart(7)}/s`
