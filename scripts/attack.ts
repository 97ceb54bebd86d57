// npm run attack: what somebody who knows everybody can work out of anybody's answers, from the running API. First a server
// that publishes exact counts of ten people and more has to give everything away; then ours has to withstand the same.
import '../service/platform/node-version.ts'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { createToken } from '../service/access/create-token.actions.ts'
import { createApp } from '../service/app.ts'
import type { Answers } from '../service/instruments/answers.ts'
import { questionsOf } from '../service/instruments/answers.ts'
import type { Instrument } from '../service/instruments/instrument.ts'
import { categoryOf } from '../service/panel/segments.ts'
import { openEmbedded } from '../service/platform/database.ts'
import { closeWave } from '../service/publications/close-wave.actions.ts'
import type { DistributionCell, Manifest, TableOf } from '../service/publications/tables.ts'
import { areaUnderCurve, type Clue, complement, difference, guess, type Hits } from './attacker.ts'
import { type Bench, openBench } from './bench-kit.ts'
import { addUnit, drawing, type Person, peopleOf } from './simulated-unit.ts'

const SIZES = [
  { respondents: 145, eligible: 264, seeds: 20, broken: 0.99, safe: 0.75 },
  { respondents: 1_170, eligible: 2_127, seeds: 5, broken: 0.85, safe: 0.68 },
]
const SAFE_OVER_WAVES = 0.8
const MOST_EXACT = 0.2
const THRESHOLD = 10
const VARIANCE = 3
/** Those who said yes gave this answer; the others one of two, so that noise can be taken off by what they leave over. */
const YES = 4
const NO = [1, 2]

/** Makes other units than those that the room left for waves to come (leverage.ts) was chosen on. */
const FACTOR = 104_729

/** Which sizes: those named after two dashes, or both. */
const asked = process.argv.slice(2).map(Number)

const NOW = Temporal.Instant.from('2026-11-26T12:00:00Z')
const PROGRAMME = 'tevo'

const database = await openEmbedded('memory://')
const deps = await openBench(database, NOW, { API_PER_MINUTE: '1000000', LOG_LEVEL: 'silent' })
const { dimensions } = deps.frame
const { token } = await createToken(deps, { name: 'attacker', days: 300, actor: 'attack' })
const { item, waves } = repeatedItem(deps)
const server = await serve()
const failures: string[] = []

try {
  const lines: string[] = []
  for (const size of SIZES)
    if (asked.length === 0 || asked.includes(size.respondents)) lines.push(await attackSize(size))
  if (asked.length === 0) await attackFigure()
  console.log(`\n${lines.join('; ')}`)
} finally {
  server.close()
  await database.close()
  rmSync(deps.folder, { recursive: true, force: true })
}
for (const failure of failures) console.error(`FAILED: ${failure}`)
process.exit(failures.length === 0 ? 0 : 1)

// ---------------------------------------------------------------- attacks

type Size = (typeof SIZES)[number]

async function attackSize({ respondents, eligible, seeds, broken, safe }: Size): Promise<string> {
  console.log(`\n${respondents} respondents of ${eligible}, ${seeds} seeds, every fact of each known`)
  const found = { exact: [] as number[], ours: [] as number[], repeated: [] as number[] }
  const hits = { difference: { tried: 0, exact: 0 }, complement: { tried: 0, exact: 0 } }
  for (let seed = 1; seed <= seeds; seed++) {
    const unit = await makeUnit(`a${respondents}-${seed}`, seed * FACTOR + respondents, { respondents, eligible })
    const { truth, people } = unit
    found.exact.push(areaUnderCurve(guess(people.length, await exactClues(unit)), truth))
    const once = await ourClues(unit, [waves[0]!])
    found.ours.push(areaUnderCurve(guess(people.length, once), truth))
    add(hits.difference, difference(once, truth))
    add(hits.complement, complement(once, truth))
    found.repeated.push(areaUnderCurve(guess(people.length, await ourClues(unit, waves)), truth))
  }
  const exact = say(
    'exact counts of ten and more, two-way',
    found.exact,
    (mean) => mean >= broken,
    `at least ${broken}`,
  )
  const ours = say('ours, one wave', found.ours, (mean) => mean <= safe, `at most ${safe}`)
  const repeated = say(
    'ours, the same answer over four waves',
    found.repeated,
    (mean) => mean <= SAFE_OVER_WAVES,
    `at most ${SAFE_OVER_WAVES}`,
  )
  for (const [name, { tried, exact }] of Object.entries(hits)) {
    const share = tried === 0 ? 0 : exact / tried
    promise(share <= MOST_EXACT, `${name} exactly right ${share.toFixed(3)} of ${tried} times (at most ${MOST_EXACT})`)
  }
  return `${respondents}: exact ${exact}, ours ${ours}, four waves ${repeated}`
}

/** One figure asked for two hundred times in other words, and after answers are changed and erased. */
async function attackFigure(): Promise<void> {
  console.log('\nOne figure, asked for in other words')
  const wave = waves[0]!
  const cohort = `a${SIZES[0]!.respondents}-1`
  const one = `/api/v1/publications/${PROGRAMME}.${cohort}.${wave}.1`
  const words = [`${one}/tables/item.${item}`, `${one}/indicators/${item}`]
  const more = [
    '',
    'by=total',
    'by=total&by_=gender',
    'format=json',
    'format=csv',
    'fresh=1',
    'as-of=2026-01-01',
    'where=age>20',
    'by=total&limit=1',
    'noise=none',
  ]
  const values = new Set<string>()
  let asked = 0
  while (asked < 200) {
    const path = words[asked % words.length]!
    const query = more[Math.floor(asked / words.length) % more.length]!
    const accept = asked % 3 === 0 ? 'text/csv' : 'application/json'
    values.add(await countOfYes(`${path}?${query}${query && '&'}again=${asked}`, accept))
    asked++
  }
  promise(values.size === 1, `${asked} ways of asking give ${values.size} value`)

  const bytes = async () => {
    const manifest = await read<Manifest>(one)
    const paths = manifest.tables.flatMap(({ table, by }) => by.map(({ by }) => `${one}/tables/${table}?by=${by}`))
    return Promise.all([one, ...paths].map(async (path) => (await ask(path)).text()))
  }
  const before = await bytes()
  const { db } = deps
  const responses = db.selectFrom('answers.response').where('wave', '=', wave).select('id').orderBy('id')
  const changed = await responses.limit(200).execute()
  await db
    .updateTable('answers.response')
    .set({ answers: {} })
    .where(
      'id',
      'in',
      changed.map(({ id }) => id),
    )
    .execute()
  const erased = await responses.offset(200).limit(200).execute()
  await db
    .deleteFrom('answers.response')
    .where(
      'id',
      'in',
      erased.map(({ id }) => id),
    )
    .execute()
  const again = await closeWave(deps, { programme: PROGRAMME, cohort, wave, actor: 'attack', early: true })
  const after = await bytes()
  promise(!again.ok, 'a wave that is closed is not published again')
  promise(
    JSON.stringify(before) === JSON.stringify(after),
    `${before.length} answers of the API are the same bytes after responses were changed and erased`,
  )
}

async function countOfYes(path: string, accept: string): Promise<string> {
  const answer = await ask(path, accept)
  const text = await answer.text()
  if (!answer.headers.get('Content-Type')?.startsWith('text/csv')) {
    const table = JSON.parse(text) as TableOf<'distribution'>
    return String(table.cells[0]!.shares.find(({ code }) => code === YES)!.count)
  }
  const [head, ...rows] = text
    .trim()
    .split('\r\n')
    .map((line) => line.split(';'))
  const column = (name: string) => head!.indexOf(name)
  return rows.find((row) => row[column('shares.code')] === String(YES))![column('shares.count')]!
}

// ---------------------------------------------------------------- what is published, and what it is made from

type AttackedUnit = {
  cohort: string
  people: readonly Person[]
  truth: boolean[]
  /** Of each wave, which of the people responded. */
  responded: Record<string, boolean[]>
}

/** A cohort with a secret that has nothing to do with anything; everybody it is asked of responds at the first wave. */
async function makeUnit(
  cohort: string,
  seed: number,
  { respondents, eligible }: { respondents: number; eligible: number },
): Promise<AttackedUnit> {
  const everybody = peopleOf(seed, eligible)
  const draw = drawing(seed + 1)
  const people = everybody.slice(0, respondents)
  const truth = people.map(() => draw() < 0.5)
  const codes = truth.map((yes) => (yes ? YES : NO[Math.floor(2 * draw())]!))
  const responded = Object.fromEntries(
    waves.map((wave, place) => [wave, people.map(() => place === 0 || draw() < 0.8)]),
  )
  const answersAt = (wave: string) => {
    const instrument = instrumentOf(wave)
    return (_: Person, place: number): Answers | null =>
      place < respondents && responded[wave]![place] ? answersWith(instrument, codes[place]!) : null
  }
  await addUnit(deps, {
    programme: PROGRAMME,
    cohort,
    people: everybody,
    waves: Object.fromEntries(waves.map((wave) => [wave, answersAt(wave)])),
  })
  for (const wave of waves) {
    const outcome = await closeWave(deps, { programme: PROGRAMME, cohort, wave, actor: 'attack', early: true })
    if (!outcome.ok) throw new Error(`${cohort} ${wave} was not published: ${outcome.because}`)
  }
  return { cohort, people, truth, responded }
}

/** Every published count of the answer, of some waves, and what the other counts leave of how many the attacker knows there are. */
async function ourClues({ cohort, people, responded }: AttackedUnit, waves: readonly string[]): Promise<Clue[]> {
  const clues: Clue[] = []
  for (const wave of waves) {
    const one = `/api/v1/publications/${PROGRAMME}.${cohort}.${wave}.1`
    const manifest = await read<Manifest>(one)
    const { by: splits } = manifest.tables.find(({ table }) => table === `item.${item}`)!
    for (const { by } of splits) {
      const table = await read<TableOf<'distribution'>>(`${one}/tables/item.${item}?by=${by}`)
      const placeOf = groupingOf(by, table.cells)
      const known = responded[wave]!
      for (const cell of table.cells) {
        const who = people.flatMap((person, place) =>
          known[place] && placeOf(person) === cell.category ? [place] : [],
        )
        const clue = clueIn(cell, who.length)
        if (clue) clues.push({ by: `${wave} ${by}`.replace(/^.* total$/, 'total'), who, ...clue })
      }
    }
  }
  return clues
}

/** A count of yes is drawn, and so are those of the other answers: two measurements, weighted by what each is worth. */
function clueIn({ shares }: DistributionCell, people: number): Omit<Clue, 'by' | 'who'> | null {
  const own = shares.find(({ code }) => code === YES)!.count
  const printed = own
  const others = shares.filter(({ code }) => NO.includes(code as number))
  const rest = others.every(({ count }) => count !== null)
    ? people - others.reduce((sum, { count }) => sum + count!, 0)
    : null
  if (own !== null && rest !== null) {
    const restVariance = VARIANCE * others.length
    const weight = restVariance / (VARIANCE + restVariance)
    return { printed, count: weight * own + (1 - weight) * rest, variance: weight * VARIANCE }
  }
  if (own !== null) return { printed, count: own, variance: VARIANCE }
  return rest === null ? null : { printed, count: rest, variance: VARIANCE * others.length }
}

/** Into which cell of a table somebody falls: categories that are not in it were merged into the remainder. */
function groupingOf(by: string, cells: readonly { category: string }[]): (person: Person) => string {
  if (by === 'total') return () => 'ALL'
  const names = by.split(',')
  const split = names.map((name, place) => {
    const dimension = dimensions.find((one) => one.dimension === name)!
    const shown = new Set(cells.map(({ category }) => category.split(',')[place]!))
    const remainder = dimension.categories.at(-1)!.category
    return (person: Person) => {
      const category = categoryOf(dimension, person) ?? remainder
      return shown.has(category) ? category : remainder
    }
  })
  return (person) => split.map((placeOf) => placeOf(person)).join(',')
}

/** What a server gives that publishes every count of one and two facts, exact, for ten people and more. */
async function exactClues({ cohort, people, truth }: AttackedUnit): Promise<Clue[]> {
  const app = new Hono()
  app.get('/counts', (c) => c.json(exactCounts(people, truth)))
  const listener = createServer(getRequestListener(app.fetch)).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo
  const counts = (await (await fetch(`http://127.0.0.1:${port}/counts?of=${cohort}`)).json()) as ReturnType<
    typeof exactCounts
  >
  listener.close()
  return counts.map(({ names, category, count }) => ({
    by: names.join(),
    who: people.flatMap((person, place) => (exactCategory(names, person) === category ? [place] : [])),
    count,
    printed: count,
    variance: 1e-4,
  }))
}

function exactCategory(names: readonly string[], person: Person): string {
  const categories = names.map((name) => {
    const dimension = dimensions.find((one) => one.dimension === name)!
    return categoryOf(dimension, person) ?? dimension.categories.at(-1)!.category
  })
  return categories.join(',')
}

function exactCounts(people: readonly Person[], truth: readonly boolean[]) {
  const names = dimensions.map(({ dimension }) => dimension)
  const tables = [
    ...names.map((one) => [one]),
    ...names.flatMap((one, place) => names.slice(place + 1).map((other) => [one, other])),
  ]
  return tables.flatMap((names) => {
    const cells = Map.groupBy(people.keys(), (place) => exactCategory(names, people[place]!))
    return [...cells].flatMap(([category, places]) => {
      const n = places.length
      return n >= THRESHOLD ? [{ names, category, n, count: places.filter((place) => truth[place]).length }] : []
    })
  })
}

// ---------------------------------------------------------------- the questionnaire, and the way to the API

/** A Likert item that four waves after the return ask of everybody. */
function repeatedItem({ plans, bank }: Bench): { item: string; waves: string[] } {
  const plan = [...plans.values()][0]!
  const askedIn = new Map<string, string[]>()
  for (const { wave, anchor, instrument } of plan.waves) {
    if (anchor !== 'return') continue
    for (const { item, type, sensitive, when } of questionsOf(bank.instruments.get(instrument)!))
      if (type === 'likert' && !sensitive && !when) askedIn.set(item, [...(askedIn.get(item) ?? []), wave])
  }
  const [item, waves] = [...askedIn].find(([, waves]) => waves.length >= 4)!
  return { item, waves: waves.slice(0, 4) }
}

function instrumentOf(wave: string): Instrument {
  const plan = [...deps.plans.values()][0]!
  return deps.bank.instruments.get(plan.waves.find((one) => one.wave === wave)!.instrument)!
}

/** A response with the secret, and something to all that counts for a response to be one. */
function answersWith(instrument: Instrument, code: number): Answers {
  const answers: Record<string, Answers[string]> = {}
  for (const question of questionsOf(instrument)) {
    if (question.item === item) answers[question.item] = code
    else if (!question.core) continue
    else if (question.type === 'single' || question.type === 'likert')
      answers[question.item] = question.when ? -1 : question.options.at(-1)!.code
    else if (question.type === 'rating') answers[question.item] = 5
    else if (question.type === 'multiple') answers[question.item] = [question.options[0]!.code]
  }
  return answers
}

async function serve() {
  const app = createApp(deps)
  const listener = createServer(getRequestListener(app.fetch)).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return listener
}

function ask(path: string, accept = 'application/json'): Promise<Response> {
  const { port } = server.address() as AddressInfo
  return fetch(`http://127.0.0.1:${port}${path}`, { headers: { Authorization: `Bearer ${token}`, Accept: accept } })
}

async function read<T>(path: string): Promise<T> {
  for (let tries = 0; ; tries++) {
    const answer = await ask(path)
    if (answer.ok) return (await answer.json()) as T
    // A publication is listed two seconds after it is made, at the latest.
    if (tries > 30) throw new Error(`${path}: ${answer.status}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

// ---------------------------------------------------------------- what is said

function add(sum: Hits, { tried, exact }: Hits): void {
  sum.tried += tried
  sum.exact += exact
}

function say(what: string, areas: readonly number[], holds: (mean: number) => boolean, wanted: string): string {
  const mean = areas.reduce((sum, area) => sum + area, 0) / areas.length
  const [said, largest] = [mean.toFixed(3), Math.max(...areas).toFixed(3)]
  promise(holds(mean), `${what}: AUC ${said}, ${largest} at most (wanted: ${wanted})`)
  return said
}

function promise(holds: boolean, what: string): void {
  console.log(`  ${holds ? 'holds' : 'FAILS'}  ${what}`)
  if (!holds) failures.push(what)
}
