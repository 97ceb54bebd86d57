// Checks every table of synthetic units against an account of its own: who is in a cell, what noise that draws, and what
// a reader then computes from the printed figures. Nothing here calls the functions under test to know what to expect.
import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import perturbation from '../disclosure/perturbation-table.json' with { type: 'json' }
import { createProtector } from '../disclosure/protect.ts'
import { type Answer, questionsOf } from '../instruments/answers.ts'
import { assembleBank, type Instrument, InstrumentFile, isQuestion, type Question } from '../instruments/instrument.ts'
import { ItemFile, type Measure, MeasureFile, ScaleFile } from '../instruments/item.ts'
import { loadSurveys } from '../surveys.ts'
import { type ChangeCell, type DistributionCell, type MeanCell, PublishedTable, type ResponseCell } from './tables.ts'
import type { Given, Unit, UnitMember } from './unit.ts'
import { unitTables } from './unit-tables.ts'
import { sensitiveItems } from './versions.ts'

// ---------------------------------------------------------------- people who never were, the same every time

type Draw = () => number

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function drawing(seed: number): Draw {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function weighted(draw: Draw, weights: Record<string, number>): string {
  let left = draw() * Object.values(weights).reduce((sum, weight) => sum + weight, 0)
  for (const [outcome, weight] of Object.entries(weights)) {
    left -= weight
    if (left < 0) return outcome
  }
  throw new Error('nothing was drawn')
}

const text = { fr: 'Texte', en: 'Text' }
const choices = (count: number) => Array.from({ length: count }, (_, code) => ({ code: code + 1, ...text }))
const single = (item: string, count: number, more: object = {}) => ({
  item,
  text,
  type: 'single',
  options: choices(count),
  ...more,
})
const likert = (item: string, more: object = {}) => ({ item, text, type: 'likert', scale: 'AGREE', ...more })
const { items } = ItemFile.parse({
  module: 'synthetic',
  title: text,
  items: [
    single('STATE', 5, { core: true, routing: true }),
    single('WORK', 6, { when: { item: 'STATE', in: [1, 2] } }),
    single('AWAY', 2),
    single('PAIR', 3, { core: true }),
    ...['OPEN_1', 'OPEN_2', 'OPEN_3'].map((item) => likert(item)),
    likert('OPEN_4', { reversed: true }),
    ...['SKILL_1', 'SKILL_2'].map((item) => likert(item)),
    likert('SKILL_3', { reversed: true }),
    { item: 'STARS', text, type: 'rating', core: true, ends: { low: text, high: text } },
    { item: 'PLACES', text, type: 'multiple', options: choices(4) },
    { item: 'YEAR', text, type: 'integer', min: 1900, max: 2020 },
    { item: 'WISH', text, type: 'text', maxLength: 500 },
    single('UNSURE', 3, { dontKnow: true }),
    single('SECRET', 3, { sensitive: true }),
    ...['TENSE_1', 'TENSE_2'].map((item) => likert(item, { sensitive: true })),
    { item: 'READ_ME', text, type: 'info' },
    likert('ELSEWHERE'),
  ],
})
const instrumentFile = (version: number, pages: string[][]) =>
  InstrumentFile.parse({
    instrument: `asked-${version}`,
    version,
    minutes: 5,
    pages: pages.map((items) => ({ title: text, items })),
  })
const REST = ['OPEN_1', 'OPEN_2', 'OPEN_3', 'OPEN_4', 'SKILL_1', 'SKILL_2', 'SKILL_3', 'PLACES', 'YEAR', 'WISH']
const LAST = ['UNSURE', 'READ_ME', 'SECRET', 'TENSE_1', 'TENSE_2']
const assembled = assembleBank({
  items,
  countries: [],
  scales: ScaleFile.parse({ scales: [{ scale: 'AGREE', options: choices(5) }] }).scales,
  measures: MeasureFile.parse({
    measures: [
      {
        measure: 'OPENNESS',
        kind: 'scale',
        label: text,
        items: ['OPEN_1', 'OPEN_2', 'OPEN_3', 'OPEN_4'],
        minimumValid: 3,
      },
      { measure: 'SKILLS', kind: 'scale', label: text, items: ['SKILL_1', 'SKILL_2', 'SKILL_3'], minimumValid: 2 },
      { measure: 'PLEASED', kind: 'rating', label: text, item: 'STARS' },
      { measure: 'TENSION', kind: 'scale', label: text, items: ['TENSE_1', 'TENSE_2'], minimumValid: 1 },
      { measure: 'UNASKED', kind: 'scale', label: text, items: ['OPEN_1', 'ELSEWHERE'], minimumValid: 2 },
    ],
  }).measures,
  indicators: [],
  instruments: [
    instrumentFile(1, [['STATE'], ['WORK', 'PAIR', 'STARS', ...REST], LAST]),
    instrumentFile(2, [['STATE'], ['WORK', 'AWAY', 'PAIR', 'STARS', ...REST], LAST]),
  ],
})
if (!assembled.ok) throw new Error(assembled.problems.join('\n'))
const { bank } = assembled
const [older, current] = [bank.instruments.get('asked-1')!, bank.instruments.get('asked-2')!]

/** Mostly answers, now and then a refusal or a blank; −1 where the routing asks nothing. */
function answersOf(draw: Draw, instrument: Instrument, mood: number, complete: boolean): Record<string, Answer> {
  const answers: Record<string, Answer> = {}
  for (const item of questionsOf(instrument)) {
    const missing = complete || item.routing ? 1 : draw()
    if (!isAsked(item, answers)) answers[item.item] = -1
    else if (missing < 0.04) answers[item.item] = -3
    else if (missing < 0.1) answers[item.item] = -4
    else if (missing < 0.2 && item.dontKnow) answers[item.item] = -2
    else answers[item.item] = answerTo(draw, item, mood)
  }
  return answers
}

const isAsked = ({ when }: Question, answers: Readonly<Record<string, Answer>>) =>
  !when || when.in.includes(answers[when.item] as number)

function answerTo(draw: Draw, item: Question, mood: number): Answer {
  if (item.type === 'multiple') return [1, 3]
  if (item.type === 'integer') return 1985 + Math.floor(20 * draw())
  if (item.type === 'text') return `wish ${draw().toString(36).slice(2)}`
  if (item.type === 'rating') return Math.floor(11 * Math.sqrt(draw()))
  if (item.type === 'likert') return Math.min(5, Math.max(1, Math.round(3 + mood + 1.6 * (draw() - 0.5))))
  if (item.type === 'single')
    return Math.min(item.options.length, 1 + Math.floor((item.options.length + 1) * draw() ** 1.7))
  throw new Error(`nobody here answers a ${item.type}`)
}

/** What is left of answers when somebody goes after the page before last. */
const brokenOff = ({ instrument, answers }: Given): Given => {
  const last = instrument.pages.at(-1)!.items.map(({ item }) => item)
  return { instrument, answers: Object.fromEntries(Object.entries(answers).filter(([item]) => !last.includes(item))) }
}

const keyOf = (seed: number, person: number) =>
  new Uint8Array(createHash('sha256').update(`record key ${seed}/${person}`).digest().subarray(0, 16))

type Wanted = { complete?: boolean; disposition?: UnitMember['disposition'] }

function memberOf(seed: number, person: number, { complete = false, disposition }: Wanted = {}): UnitMember {
  const draw = drawing(seed * 100_003 + person)
  const mood = draw() - 0.5
  const outcome = (disposition ??
    weighted(draw, { I: 64, P: 6, R: 4, NC: 20, O: 1, UO: 4, NE: 1 })) as UnitMember['disposition']
  const gives = (mood: number, chance: number): Given | null => {
    if (draw() >= chance) return null
    const instrument = !complete && draw() < 0.15 ? older : current
    return { instrument, answers: answersOf(draw, instrument, mood, complete) }
  }
  const given = outcome === 'I' || outcome === 'P' ? gives(mood + 0.4, 1) : null
  return {
    key: keyOf(seed, person),
    facts: {
      dispositif: weighted(draw, { SCI: 50, VSI: 35, VIE: 10, AUTRE: 5 }),
      direction: weighted(draw, { ENVOI: 65, RECIP: 35 }),
      gender: weighted(draw, { F: 58, M: 38, X: 2, NR: 2 }),
      authorityType: weighted(draw, { COMMUNE: 45, EPCI: 3, DEPT: 25, REGION: 20, PNR: 7 }),
      authorityFirstTime: weighted(draw, { INTL: 40, VOL: 30, NO: 20, UNK: 10 }),
      age: 17 + Math.floor(16 * draw()),
    },
    disposition: outcome,
    given: given && outcome === 'P' ? brokenOff(given) : given,
    baseline: gives(mood, complete ? 1 : 0.85),
    responded: new Set(given ? ['w1'] : []),
    path: '',
  }
}

const { frame } = loadSurveys('surveys', { demonstration: false })
const programme = frame.programmes[0]!
const offered = (names: readonly string[]) => frame.dimensions.filter(({ dimension }) => names.includes(dimension))

const unitOf = (members: readonly UnitMember[], more: Partial<Unit> = {}): Unit => ({
  publication: 'programme.cohort.w1.1',
  wave: 'w1',
  baselineWave: 'w0',
  waves: ['w0', 'w1'].map((wave) => ({ wave, name: text })),
  monthsSince: 1,
  releases: 1,
  history: [],
  instruments: ['asked-1@1', 'asked-2@2'],
  measures: bank.measures,
  indicators: bank.indicators,
  sensitive: sensitiveItems(bank.instruments.values()),
  expectedResponse: 0.6,
  by: offered(programme.publish.by),
  changeBy: offered(programme.publish.changeBy),
  pairs: [],
  weightBy: [],
  noise: { table: perturbation.name, D: perturbation.D, V: perturbation.V },
  members,
  comparison: [],
  ...more,
})
const people = (seed: number, count: number, wanted?: Wanted) =>
  Array.from({ length: count }, (_, person) => memberOf(seed, person, wanted))

// ---------------------------------------------------------------- noise, by an account of its own

const secret = Uint8Array.from({ length: 32 }, (_, i) => 200 - i)
const hmac = (bytes: Uint8Array) => createHmac('sha256', secret).update(bytes).digest()
const protector = createProtector(hmac)
const tablesOf = (unit: Unit): PublishedTable[] =>
  [...(unitTables(unit, protector)?.tables() ?? [])].map(({ value }) => value)

/** The change a set of people draws: BigInt sum of their keys, HMAC, 53 bits, first bound above. */
function noiseOf(keys: readonly Uint8Array[], tag = 'cnt'): number {
  const sum = keys.reduce((sum, key) => sum + BigInt(`0x${Buffer.from(key).toString('hex')}`), 0n) % 2n ** 128n
  const message = Buffer.concat([Buffer.from(`${tag}|`), Buffer.from(sum.toString(16).padStart(32, '0'), 'hex')])
  const uniform = Number(BigInt(`0x${Buffer.from(hmac(message)).toString('hex')}`) >> 203n) / 2 ** 53
  const row = tag === 'cnt' ? Math.min(keys.length, 8) : 8
  const { v, ub } = perturbation.rows[String(row) as keyof typeof perturbation.rows]
  return v[ub.findIndex((bound) => uniform < bound)]!
}
const counted = (members: readonly UnitMember[]) =>
  members.length === 0 ? 0 : members.length + noiseOf(members.map(({ key }) => key))
const six = (value: number) => Math.round(value * 1e6) / 1e6 || 0

// ---------------------------------------------------------------- who is in a cell, by an account of its own

/** The members of a cell: those of its declared category, or whoever is in no other cell of the table. */
function inCell({ by, cells }: PublishedTable, category: string, members: readonly UnitMember[]): UnitMember[] {
  if (by === 'total') return [...members]
  const { fact, categories } = frame.dimensions.find(({ dimension }) => dimension === by)!
  const declared = (name: string, { facts }: UnitMember) => {
    const rule = categories.find((one) => one.category === name)!
    return 'codes' in rule
      ? rule.codes.includes(String(facts[fact]))
      : rule.from <= Number(facts[fact]) && Number(facts[fact]) <= rule.to
  }
  const others = cells.map((cell) => cell.category).filter((name) => name !== category)
  return category === categories.at(-1)!.category
    ? members.filter((member) => !others.some((name) => declared(name, member)))
    : members.filter((member) => declared(category, member))
}

/** A score worked out item by item, from the definition of the scale. */
function scoreOf(measure: Measure, given: Given | null): number | null {
  if (!given) return null
  if (measure.kind === 'rating') {
    const answer = given.answers[measure.item]
    return typeof answer === 'number' && answer >= 0 ? answer : null
  }
  const points = measure.items.flatMap((code) => {
    const answer = given.answers[code]
    if (typeof answer !== 'number' || answer < 1) return []
    return [code === 'OPEN_4' || code === 'SKILL_3' ? 6 - answer : answer]
  })
  if (points.length < measure.minimumValid) return null
  return (100 * (points.reduce((sum, point) => sum + point, 0) / points.length - 1)) / 4
}

/** What a table's sums must be: the people with a value, their sums around the centre, and the noise those people draw. */
function sumsOf(name: string, centre: number, range: number, valued: { member: UnitMember; value: number }[]) {
  const keys = valued.map(({ member }) => member.key)
  const sum = valued.reduce((sum, { value }) => sum + value - centre, 0)
  const squares = valued.reduce((sum, { value }) => sum + (value - centre) ** 2, 0)
  return {
    n: counted(valued.map(({ member }) => member)),
    sum: six(sum + (noiseOf(keys, `sum:${name}`) * range) / 2),
    sumOfSquares: six(squares + (noiseOf(keys, `ssq:${name}`) * range ** 2) / 8),
  }
}

const UNITS: [string, Unit][] = [
  ['264 members', unitOf(people(1, 264))],
  ['120 members', unitOf(people(2, 120, { disposition: 'I' }))],
  ['180 members before departure', unitOf(people(3, 180), { wave: 'w0', baselineWave: null, expectedResponse: 0.75 })],
]

describe.each(UNITS)('a unit of %s', (_, unit) => {
  const tables = tablesOf(unit)
  const kindOf = <Kind extends PublishedTable['kind']>(kind: Kind) =>
    tables.filter((table): table is Extract<PublishedTable, { kind: Kind }> => table.kind === kind)

  test('counts the people it says, plus the noise those very people draw', () => {
    let figures = 0
    const same = (printed: number | null, expected: number) => {
      if (printed === null) return
      figures++
      expect(printed).toBe(expected)
    }
    for (const table of kindOf('response')) {
      for (const cell of table.cells) {
        const members = inCell(table, cell.category, unit.members)
        expect(cell.eligible).toBe(members.length)
        for (const [code, count] of Object.entries(cell.dispositions ?? {}))
          same(count, counted(members.filter(({ disposition }) => disposition === code)))
      }
    }
    for (const table of kindOf('distribution')) {
      const code = table.table.replace('item.', '')
      for (const cell of table.cells) {
        const members = inCell(table, cell.category, unit.members)
        const who = (test: (answer: Answer | undefined) => boolean) =>
          members.filter(({ given }) => given !== null && test(given.answers[code]))
        const n = counted(who((answer) => typeof answer === 'number' && answer > 0))
        same(cell.n, n)
        same(cell.declined, counted(who((answer) => answer === -3)))
        same(cell.leftBlank, counted(who((answer) => answer === -4)))
        if (code === 'UNSURE') same(cell.dontKnow, counted(who((answer) => answer === -2)))
        else expect(cell.dontKnow).toBeNull()
        const unreached = members.filter(({ given }) => {
          const question = given?.instrument.pages.flatMap(({ items }) => items).find(({ item }) => item === code)
          return (
            question && isQuestion(question) && given?.answers[code] === undefined && isAsked(question, given!.answers)
          )
        })
        same(cell.notReached, counted(unreached))
        for (const [place, share] of cell.shares.entries()) {
          const drawn = counted(who((answer) => answer === share.code))
          if (cell.shares.length > 2) same(share.count, drawn)
          else if (place === 0) same(share.count, Math.min(drawn, n))
        }
      }
    }
    expect(figures).toBeGreaterThan(500)
  })

  test('sums the scores it says, plus the noise those very people draw', () => {
    let figures = 0
    for (const table of [...kindOf('mean'), ...kindOf('change')]) {
      const measure = unit.measures.find(({ measure }) => measure === table.table.replace(/^\w+\./, ''))!
      const [centre, range] = table.kind === 'change' ? [0, 100] : measure.kind === 'scale' ? [50, 100] : [5, 10]
      expect([table.centre, table.range]).toEqual([centre, range])
      const name = table.kind === 'change' ? `${measure.measure}.change` : measure.measure
      for (const cell of table.cells) {
        const valued = inCell(table, cell.category, unit.members).flatMap((member) => {
          const [now, before] = [scoreOf(measure, member.given), scoreOf(measure, member.baseline)]
          const value = table.kind === 'mean' || now === null || before === null ? now : now - before
          return value === null || (table.kind === 'change' && before === null) ? [] : [{ member, value }]
        })
        const sums = sumsOf(name, centre, range, valued)
        const threshold = table.kind === 'change' || measure.measure === 'TENSION' ? 30 : 20
        if (cell.state === 'suppressed') expect(sums.n).toBeLessThan(threshold)
        else {
          figures++
          expect({ n: cell.n, sum: cell.sum, sumOfSquares: cell.sumOfSquares }).toEqual(sums)
        }
      }
    }
    expect(figures).toBeGreaterThan(20)
  })

  test('prints shares and intervals a reader finds again from the printed counts', () => {
    let figures = 0
    for (const cell of kindOf('distribution').flatMap(({ cells }) => cells)) {
      if (cell.base === null || cell.n === null) continue
      const [base, categories] = [cell.base, cell.shares.length]
      const counts = cell.shares.flatMap(({ count }) => count ?? [])
      if (categories === 2) expect(base).toBe(cell.n)
      if (counts.length === categories) expect(counts.reduce((sum, count) => sum + count, 0)).toBe(base)
      for (const share of cell.shares) {
        const edge = base >= 300 ? 0.01 : base >= 100 ? 0.02 : base >= 40 ? 0.05 : base >= 20 ? 0.1 : 0.2
        if (share.count === null) {
          expect([share.share, share.interval]).toEqual([null, null])
          expect(share.atMost === null ? share.atLeast : share.atMost).toBe(share.atMost === null ? 1 - edge : edge)
          continue
        }
        figures++
        const p = share.count / base
        const noise =
          categories === 2
            ? (3 * (1 + p ** 2)) / base ** 2
            : (3 * ((1 - p) ** 2 + (categories - 1) * p ** 2)) / base ** 2
        const effective = (p * (1 - p)) / ((p * (1 - p)) / base + noise)
        expect({ share: share.share, interval: share.interval }).toEqual({
          share: six(p),
          interval: wilsonByHand(p, effective),
        })
        expect(p > edge && p < 1 - edge).toBe(true)
      }
    }
    expect(figures).toBeGreaterThan(300)
  })

  test('prints means, changes and intervals a reader finds again from the printed sums', () => {
    let figures = 0
    for (const table of [...kindOf('mean'), ...kindOf('change')]) {
      for (const cell of table.cells as readonly (MeanCell & Partial<ChangeCell>)[]) {
        if (cell.n === null || cell.sum === null || cell.sumOfSquares === null) continue
        figures++
        const spread = Math.max(cell.sumOfSquares / cell.n - (cell.sum / cell.n) ** 2, (table.range / 20) ** 2)
        const variance = (spread * cell.n) / (cell.n - 1)
        const mean = table.centre + cell.sum / cell.n
        const noise = (3 * ((table.range / 2) ** 2 + (mean - table.centre) ** 2)) / cell.n ** 2
        const half = studentByHand(cell.n - 1) * Math.sqrt(variance / cell.n + noise)
        expect(cell.estimate).toBe(six(mean))
        expect(cell.sd).toBe(six(Math.sqrt(variance)))
        expect(cell.interval).toEqual({ low: six(mean - half), high: six(mean + half) })
        if (table.kind === 'change') expect(cell.dz).toBe(six(mean / Math.sqrt(variance)))
      }
    }
    expect(figures).toBeGreaterThan(20)
  })

  test('prints response rates a reader finds again from the printed dispositions', () => {
    const published = kindOf('response').flatMap(({ cells }) => cells.filter(({ state }) => state === 'published'))
    for (const { dispositions, rates } of published) expect(rates).toEqual(ratesByHand(dispositions!))
    expect(published.length).toBeGreaterThan(1)
  })

  test('withholds a cell with nothing left in it, in the shape of a published one', () => {
    const cells = tables.flatMap(({ kind, cells }) => cells.map((cell) => ({ kind, cell })))
    for (const { cell } of cells.filter(({ cell }) => cell.state === 'suppressed')) {
      expect(figuresIn(cell)).toEqual([])
      expect(cell.flags).toEqual([])
    }
    const shapes = Map.groupBy(cells, ({ kind }) => kind)
    for (const alike of shapes.values()) expect(new Set(alike.map(({ cell }) => Object.keys(cell).join())).size).toBe(1)
  })

  test('has each table once for each split, and each is what the description of the API says', () => {
    const names = tables.map(({ table, by }) => `${table} ${by}`)
    expect(new Set(names).size).toBe(names.length)
    for (const table of tables) expect(PublishedTable.parse(table)).toEqual(table)
  })

  test('shows no key, no person and no answer', () => {
    const printed = JSON.stringify(tables)
    for (const { key, given, baseline } of unit.members) {
      const bytes = Buffer.from(key)
      for (const form of [bytes.toString('hex'), bytes.toString('base64'), bytes.toString('base64url'), bytes.join()])
        expect(printed).not.toContain(form)
      for (const wish of [given?.answers.WISH, baseline?.answers.WISH])
        if (typeof wish === 'string') expect(printed).not.toContain(wish)
    }
    expect(printed).not.toMatch(/"key"|"given"|"facts"|"members"|"answers"/)
    expect(names(tables).filter((table) => /YEAR|WISH/.test(table))).toEqual([])
  })
})

/** Whatever a cell says beyond its names and that it is withheld. */
const figuresIn = (part: object): unknown[] =>
  Object.entries(part).flatMap(([key, value]) => {
    if (/^(category|label|code|item|pooled|eligible)$/.test(key) || value === null) return []
    if (typeof value === 'object') return figuresIn(value)
    return key === 'state' && value === 'suppressed' ? [] : [value]
  })

const names = (tables: readonly PublishedTable[]) => [...new Set(tables.map(({ table }) => table))]
const splits = (tables: readonly PublishedTable[], kind?: PublishedTable['kind']) => [
  ...new Set(tables.filter((table) => !kind || table.kind === kind).map(({ by }) => by)),
]

function wilsonByHand(p: number, n: number) {
  const z = 1.959963984540054
  const centre = (p + z ** 2 / (2 * n)) / (1 + z ** 2 / n)
  const half = (z / (1 + z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + z ** 2 / (4 * n * n))
  return { low: six(Math.max(0, centre - half)), high: six(Math.min(1, centre + half)) }
}

/** Student's 97.5 % quantile for whole degrees of freedom, from the finite sums of Abramowitz & Stegun 26.7.3–4. */
function studentByHand(degrees: number): number {
  const between = (t: number) => {
    const angle = Math.atan(t / Math.sqrt(degrees))
    const odd = degrees % 2 === 1
    let term = odd ? Math.cos(angle) : 1
    let total = degrees === 1 ? 0 : term
    for (let k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
      term *= (Math.cos(angle) ** 2 * (k - 1)) / k
      total += term
    }
    return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * total) : Math.sin(angle) * total
  }
  let [low, high] = [0, 20]
  for (let halving = 0; halving < 200; halving++) {
    const middle = (low + high) / 2
    if (between(middle) < 0.95) low = middle
    else high = middle
  }
  return low
}

function ratesByHand({ I, P, R, NC, O, UH, UO, NE }: NonNullable<ResponseCell['dispositions']>) {
  const per = (above: number, below: number) => (below === 0 ? null : six(above / below))
  const known = I + P + R + NC + O
  const e = known + NE === 0 ? null : known / (known + NE)
  const some = known + (e ?? 0) * (UH + UO)
  const all = known + UH + UO
  return {
    e: e === null ? null : six(e),
    rr1: per(I, all),
    rr2: per(I + P, all),
    rr3: per(I, some),
    rr4: per(I + P, some),
    rr5: per(I, known),
    rr6: per(I + P, known),
    coop1: per(I, I + P + R + O),
    coop2: per(I + P, I + P + R + O),
    coop3: per(I, I + P + R),
    coop4: per(I + P, I + P + R),
    ref1: per(R, all),
    ref2: per(R, some),
    ref3: per(R, known),
    con1: per(I + P + R + O, all),
    con2: per(I + P + R + O, some),
    con3: per(I + P + R + O, known),
  }
}

test('Student’s quantiles worked out here are those of printed tables', () => {
  expect([1, 2, 9, 29, 99, 131].map((degrees) => six(studentByHand(degrees)))).toEqual([
    12.706205, 4.302653, 2.262157, 2.04523, 1.984217, 1.978239,
  ])
})

// ---------------------------------------------------------------- how much of a unit is released

/** A unit with so many eligible, whose respondents are so many by the protected count. */
function unitWith(eligible: number, respondents: number): Unit {
  for (let seed = 100; seed < 3000; seed++) {
    const responding = Math.min(respondents + (seed % 7) - 3, eligible)
    const members = [
      ...people(seed, responding, { disposition: 'I' }),
      ...people(seed + 5000, eligible - responding, { disposition: 'NC' }),
    ]
    if (counted(members.slice(0, responding)) === respondents) return unitOf(members)
  }
  throw new Error('no such unit was found')
}

test.each([0, 3, 9])('a unit with %d respondents, by the protected count, publishes nothing', (respondents) => {
  expect(unitTables(unitWith(120, respondents), protector)).toBeNull()
})

test.each([
  [264, 10],
  [264, 39],
  [99, 67],
  [99, 90],
])('a unit of %d eligible and %d respondents publishes totals only', (eligible, respondents) => {
  const tables = tablesOf(unitWith(eligible, respondents))
  expect(splits(tables)).toEqual(['total'])
  expect(names(tables)).toContain('response')
})

/** A valid answer to what the tests of thresholds look at. */
const EVERYTHING = Object.fromEntries(
  ['PAIR', 'OPEN_1', 'OPEN_2', 'OPEN_3', 'OPEN_4', 'SECRET', 'TENSE_1', 'TENSE_2'].map((item) => [item, 2]),
)

const SIX = ['dispositif', 'direction', 'gender', 'age', 'ct_first', 'ct_type']
const THREE = ['dispositif', 'direction', 'gender']

test.each([
  [100, 67],
  [264, 160],
])('a unit of %d eligible and %d respondents publishes one-way tables by six dimensions', (eligible, respondents) => {
  const tables = tablesOf({ ...unitWith(eligible, respondents), expectedResponse: 1 })
  expect(splits(tables, 'response').toSorted()).toEqual(['total', ...SIX].toSorted())
  expect(splits(tables, 'distribution').toSorted()).toEqual(['total', ...SIX].toSorted())
  expect(splits(tables, 'mean').toSorted()).toEqual(['total', ...SIX].toSorted())
})

test('change is published by three dimensions only, and not at all for the baseline', () => {
  const unit = unitOf(people(1, 264))
  expect(splits(tablesOf(unit), 'change').toSorted()).toEqual(['total', ...THREE].toSorted())
  expect(splits(tablesOf({ ...unit, baselineWave: null }), 'change')).toEqual([])
})

test('a unit is split by the dimensions it offers and by no other', () => {
  const unit = unitOf(people(1, 264), { by: offered(['gender']), changeBy: [] })
  expect(splits(tablesOf(unit), 'mean')).toEqual(['total', 'gender'])
  expect(splits(tablesOf(unit), 'change')).toEqual(['total'])
})

test('an item is published when it has options, a measure when all its items are asked, a change when it is a scale', () => {
  expect(names(tablesOf(unitOf(people(1, 264))))).toEqual([
    'response',
    'retention',
    ...['STATE', 'WORK', 'AWAY', 'PAIR', ...REST.slice(0, 8), 'UNSURE', 'SECRET', 'TENSE_1', 'TENSE_2'].map(
      (item) => `item.${item}`,
    ),
    'mean.OPENNESS',
    'mean.SKILLS',
    'mean.PLEASED',
    'mean.TENSION',
    ...['OPENNESS', 'SKILLS', 'TENSION'].flatMap((scale) => [`ceiling.${scale}`, `reliability.${scale}`]),
    'change.OPENNESS',
    'change.SKILLS',
    'change.TENSION',
  ])
})

/** 264 members by type of authority, and the sizes of the groups their response is published by. */
function mergedBy(types: Record<string, number>): [string, number][] {
  const order = Object.entries(types).flatMap(([type, size]) => Array<string>(size).fill(type))
  const members = people(1, order.length).map((member, index) => ({
    ...member,
    facts: { ...member.facts, authorityType: order[index]! },
  }))
  const published = (members: readonly UnitMember[]) =>
    tablesOf(unitOf(members))
      .filter(({ table, by }) => table === 'response' && by === 'ct_type')
      .flatMap(({ cells }) =>
        (cells as ResponseCell[]).map(({ category, eligible }): [string, number] => [category, eligible]),
      )
  const [largest] = order
  const silenced = members.map((member) =>
    member.facts.authorityType === largest && member.given
      ? { ...member, disposition: 'NC' as const, given: null }
      : member,
  )
  const groups = published(members)
  // The grouping is a fact of the frame: who answered must not show in it.
  if (groups.length > 0) expect(published(silenced.slice(0, 264))).toEqual(groups)
  return groups
}

test('categories expected to give fewer than 20 responses are merged into the remainder', () => {
  expect(mergedBy({ DEPT: 34, COMMUNE: 100, REGION: 86, EPCI: 20, PNR: 24 })).toEqual([
    ['COMMUNE', 100],
    ['DEPT', 34],
    ['REGION', 86],
    ['OTHER', 44],
  ])
})

test('a remainder that is itself too small takes in the next smallest category', () => {
  expect(mergedBy({ DEPT: 34, COMMUNE: 130, REGION: 90, EPCI: 4, PNR: 6 })).toEqual([
    ['COMMUNE', 130],
    ['REGION', 90],
    ['OTHER', 44],
  ])
})

test('a dimension that merging leaves with one category is not published', () => {
  expect(mergedBy({ COMMUNE: 252, EPCI: 4, PNR: 8 })).toEqual([])
})

// ---------------------------------------------------------------- who counts

const totals = (tables: readonly PublishedTable[]) => tables.filter(({ by }) => by === 'total')
const cellOf = (tables: readonly PublishedTable[], table: string, by = 'total', category = 'ALL') =>
  tables
    .find((one) => one.table === table && one.by === by)!
    .cells.find((cell) => cell.category === category) as DistributionCell & MeanCell & ChangeCell & ResponseCell

test('whoever broke off counts as a refusal, and nowhere else', () => {
  const members = people(1, 264)
  const brokenOff = people(9, 40, { disposition: 'R' })
  const without = totals(tablesOf(unitOf(members)))
  const withThem = totals(tablesOf(unitOf([...members, ...brokenOff])))
  const others = (tables: readonly PublishedTable[]) =>
    tables.filter(({ table }) => !['response', 'retention'].includes(table))
  expect(others(withThem)).toEqual(others(without))
  const [before, after] = [without, withThem].map((tables) => cellOf(tables, 'response'))
  expect(after!.dispositions!.R).toBeGreaterThan(before!.dispositions!.R + 25)
  expect({ ...after!.dispositions, R: 0 }).toEqual({ ...before!.dispositions, R: 0 })
})

test.each([
  ['declined', -3],
  ['blank', -4],
  ['not applicable', -1],
  ['unasked', undefined],
])('an answer that is %s is in no base', (_, missing) => {
  const members = people(4, 200, { complete: true, disposition: 'I' })
  const without = members.map((member, index) => {
    const { PAIR: _, ...answers } = member.given!.answers
    const given = { ...member.given!, answers: missing === undefined ? answers : { ...answers, PAIR: missing } }
    return index < 80 ? { ...member, given } : member
  })
  const cell = cellOf(tablesOf(unitOf(without)), 'item.PAIR')
  const answering = members.slice(80)
  expect(cell.n).toBe(counted(answering))
  expect(cell.shares.map(({ count }) => count)).toEqual(
    [1, 2, 3].map((code) => counted(answering.filter(({ given }) => given!.answers.PAIR === code))),
  )
  const gone = counted(members.slice(0, 80))
  expect(cell.declined).toBe(missing === -3 ? gone : 0)
  expect(cell.leftBlank).toBe(missing === -4 ? gone : 0)
  expect(cell.notReached).toBe(missing === undefined ? gone : 0)
  expect(cell.flags).toEqual(missing === -1 ? [] : ['missing'])
})

test('whoever answered a version that does not ask an item is not missing from it', () => {
  const members = people(4, 200, { complete: true, disposition: 'I' })
  const asked = members.slice(0, 120)
  const others = members.slice(120).map((member) => ({ ...member, given: { ...member.given!, instrument: older } }))
  expect(cellOf(tablesOf(unitOf([...asked, ...others])), 'item.AWAY')).toMatchObject({
    n: counted(asked),
    notReached: 0,
    flags: [],
  })
})

test('whoever was not asked because of the routing is not missing, even when they broke off', () => {
  const members = people(4, 200, { complete: true, disposition: 'P' }).map((member) => {
    const { WORK: _, ...answers } = member.given!.answers
    return { ...member, given: { ...member.given!, answers } }
  })
  const asked = members.filter(({ given }) => [1, 2].includes(given.answers.STATE as number))
  expect(asked.length).toBeLessThan(170)
  const [table] = tablesOf(unitOf(members)).filter(({ table }) => table === 'item.WORK')
  expect(table!.cells[0]).toMatchObject({ state: 'suppressed', notReached: null })
  const half = members.map((member, index) => {
    const answers = { ...member.given.answers, WORK: index % 2 === 0 ? 1 + (index % 3) : -1 }
    return asked.includes(member) && index % 3 > 0 ? { ...member, given: { ...member.given, answers } } : member
  })
  const unreached = asked.filter((member) => half.includes(member))
  expect(cellOf(tablesOf(unitOf(half)), 'item.WORK').notReached).toBe(counted(unreached))
})

// ---------------------------------------------------------------- sensitive items

const SENSITIVE = /SECRET|TENSE|TENSION/

test('a sensitive item, and what is scored from one, is published for the unit as a whole and never split', () => {
  const tables = tablesOf(unitOf(people(1, 264)))
  const sensitive = tables.filter(({ table }) => SENSITIVE.test(table))
  expect(sensitive.map(({ table, by }) => `${table} ${by}`)).toEqual([
    'item.SECRET total',
    'item.TENSE_1 total',
    'item.TENSE_2 total',
    'mean.TENSION total',
    'ceiling.TENSION total',
    'reliability.TENSION total',
    'change.TENSION total',
  ])
  expect(sensitive.flatMap(({ cells }) => cells.map(({ state }) => state))).not.toContain('suppressed')
  expect(splits(tables, 'change').toSorted()).toEqual(['total', ...THREE].toSorted())
})

test('a sensitive figure needs thirty people, by the protected count, where another needs twenty', () => {
  for (const [respondents, state] of [
    [25, 'suppressed'],
    [29, 'suppressed'],
    [30, 'published'],
  ] as const) {
    const unit = unitWith(120, respondents)
    const members = unit.members.map((member) =>
      member.given
        ? { ...member, given: { instrument: current, answers: { ...member.given.answers, ...EVERYTHING } } }
        : member,
    )
    const tables = tablesOf({ ...unit, members })
    for (const table of ['item.SECRET', 'item.TENSE_1', 'mean.TENSION'])
      expect([table, cellOf(tables, table).state]).toEqual([table, state])
    for (const table of ['item.PAIR', 'item.OPEN_1', 'mean.OPENNESS'])
      expect([table, cellOf(tables, table).state]).toEqual([table, 'published'])
  }
})

// ---------------------------------------------------------------- versions that cannot be compared

type Change = (item: Question) => Question
/** Another version of an instrument, with one item changed; undefined leaves it out. */
const versionWith = (code: string, change: (item: Question) => Question | undefined): Instrument => ({
  ...current,
  version: 3,
  pages: current.pages.map((page) => ({
    ...page,
    items: page.items.flatMap((item) => (item.item === code && isQuestion(item) ? (change(item) ?? []) : item)),
  })),
})
const reworded: Change = (item) => ({ ...item, text: { fr: 'Autrement dit', en: 'In other words' } })
const fewerOptions: Change = (item) =>
  item.type === 'single' || item.type === 'likert' ? { ...item, options: item.options.slice(1) } : item

const all = people(1, 264)
const onVersion = (members: readonly UnitMember[], instrument: Instrument, when: 'given' | 'baseline'): UnitMember[] =>
  members.map((member) => ({ ...member, [when]: member[when] && { ...member[when], instrument } }))
/** Everybody answered the current version, but for what is asked here. */
const unitOn = (now: Instrument, before: Instrument, more: readonly UnitMember[] = []) =>
  unitOf([...onVersion(onVersion(all, now, 'given'), before, 'baseline'), ...more])
const refusedIn = (unit: Unit) => unitTables(unit, protector)!.refused
const tableOf = (unit: Unit, table: string) => tablesOf(unit).find((one) => one.table === table && one.by === 'total')!

test('people who all answered the same versions, or versions that differ elsewhere, have every table', () => {
  const unit = unitOn(current, current)
  expect(refusedIn(unit)).toEqual([])
  for (const table of tablesOf(unit))
    expect('comparability' in table ? table.comparability : 'same', table.table).toBe('same')
  expect(refusedIn(unitOn(current, older))).toEqual([])
})

test('a change across a version with other options is not computed; the change of other items is', () => {
  const unit = unitOn(current, versionWith('OPEN_2', fewerOptions))
  expect(refusedIn(unit)).toEqual([
    {
      table: 'change.OPENNESS',
      label: text,
      because: 'incomparable versions',
      items: [{ item: 'OPEN_2', comparability: 'options changed' }],
    },
  ])
  expect(names(tablesOf(unit)).filter((table) => /^change|OPEN/.test(table))).toEqual([
    ...['item.OPEN_1', 'item.OPEN_2', 'item.OPEN_3', 'item.OPEN_4'],
    ...['mean.OPENNESS', 'ceiling.OPENNESS', 'reliability.OPENNESS', 'change.SKILLS', 'change.TENSION'],
  ])
})

test('a change across a version with other words is computed, and says so', () => {
  const unit = unitOn(current, versionWith('OPEN_2', reworded))
  expect(refusedIn(unit)).toEqual([])
  expect(tableOf(unit, 'change.OPENNESS')).toMatchObject({ comparability: 'reworded' })
  expect(tableOf(unit, 'change.SKILLS')).toMatchObject({ comparability: 'same' })
  expect(tableOf(unit, 'mean.OPENNESS')).toMatchObject({ comparability: 'same' })
})

test('one pair of versions that cannot be compared is enough, however few answered it', () => {
  const changed = versionWith('OPEN_2', fewerOptions)
  const [one] = onVersion(people(9, 1, { complete: true, disposition: 'I' }), changed, 'baseline')
  expect(refusedIn(unitOn(current, current, [one!])).map(({ table }) => table)).toEqual(['change.OPENNESS'])
  const alone = { ...one!, given: null, disposition: 'NC' as const }
  expect(refusedIn(unitOn(current, current, [alone]))).toEqual([])
})

test('a scale the baseline asked in part is refused, one it asked nobody has no change to refuse', () => {
  const inPart = versionWith('OPEN_2', () => undefined)
  expect(refusedIn(unitOn(current, inPart))).toMatchObject([
    { table: 'change.OPENNESS', items: [{ item: 'OPEN_2', comparability: 'new' }] },
  ])
  const without = { ...current, version: 3, pages: [current.pages[0]!, current.pages[2]!] }
  const nobody = unitOn(current, without)
  expect(refusedIn(nobody)).toEqual([])
  expect(names(tablesOf(nobody)).filter((table) => /change\.(OPENNESS|SKILLS)/.test(table))).toEqual([])
  const some = onVersion(
    onVersion(people(9, 60, { complete: true, disposition: 'I' }), current, 'given'),
    current,
    'baseline',
  )
  expect(refusedIn(unitOn(current, without, some))).toEqual([])
  expect(cellOf(tablesOf(unitOn(current, without, some)), 'change.OPENNESS').n).toBe(counted(some))
})

test('people of one wave who answered versions that cannot be compared have no figure together', () => {
  const more = onVersion(
    people(9, 60, { complete: true, disposition: 'I' }),
    versionWith('OPEN_2', fewerOptions),
    'given',
  )
  const unit = unitOn(current, current, more)
  const items = [{ item: 'OPEN_2', comparability: 'options changed' }]
  expect(refusedIn(unit)).toMatchObject([
    { table: 'item.OPEN_2', items },
    { table: 'mean.OPENNESS', items },
    { table: 'ceiling.OPENNESS', items },
    { table: 'reliability.OPENNESS', items },
    { table: 'change.OPENNESS', items },
  ])
  expect(names(tablesOf(unit)).filter((table) => /item.OPEN|OPENNESS/.test(table))).toEqual([
    ...['item.OPEN_1', 'item.OPEN_3', 'item.OPEN_4'],
  ])
})

test('people of one wave who read other words have a figure that says so, with the words of the newest', () => {
  const more = onVersion(people(9, 60, { complete: true, disposition: 'I' }), versionWith('PAIR', reworded), 'given')
  const unit = unitOn(current, current, more)
  expect(refusedIn(unit)).toEqual([])
  expect(tableOf(unit, 'item.PAIR')).toMatchObject({ comparability: 'reworded', label: { en: 'In other words' } })
  expect(tableOf(unit, 'item.AWAY')).toMatchObject({ comparability: 'same', label: text })
})

test('changes measured on two sets of questions are not one change, though each person answered the same twice', () => {
  const changed = versionWith('OPEN_2', fewerOptions)
  const more = onVersion(
    onVersion(people(9, 60, { complete: true, disposition: 'I' }), changed, 'given'),
    changed,
    'baseline',
  )
  expect(refusedIn(unitOn(current, current, more)).map(({ table }) => table)).toContain('change.OPENNESS')
})

test('options are those of the version people answered, not of one that came later', () => {
  const unit = unitOn(versionWith('PAIR', fewerOptions), current)
  expect(cellOf(tablesOf(unit), 'item.PAIR').shares.map(({ code }) => code)).toEqual([2, 3])
})

test('one side of a dichotomy is drawn, so that its two shares never add up to more than everybody', () => {
  const cells = tablesOf(unitOf(people(1, 264)))
    .filter(({ table }) => table === 'item.AWAY')
    .flatMap(({ cells }) => cells as DistributionCell[])
    .filter(({ shares }) => shares.every(({ state }) => state === 'published'))
  expect(cells.length).toBeGreaterThan(5)
  for (const { n, shares } of cells) expect(shares[0]!.count! + shares[1]!.count!).toBe(n)
})

// ---------------------------------------------------------------- noise

test('the same people are as many in every table', () => {
  const tables = tablesOf(unitOf(people(5, 200, { complete: true, disposition: 'I' })))
  const sizes = Map.groupBy(
    tables
      .filter(({ table }) => !/response|retention|WORK/.test(table))
      .flatMap(({ by, cells }) =>
        (cells as (MeanCell & { base?: number })[]).map(({ category, n, base }) => ({
          of: `${by} ${category}`,
          n: n ?? base,
        })),
      ),
    ({ of }) => of,
  )
  expect(sizes.size).toBeGreaterThan(10)
  for (const [, cells] of sizes) {
    expect(cells.length).toBeGreaterThan(9)
    expect(new Set(cells.flatMap(({ n }) => n ?? [])).size).toBeLessThanOrEqual(1)
  }
})

test('the same unit gives the same bytes, in whatever order its members come', () => {
  const members = people(1, 264)
  const printed = JSON.stringify(tablesOf(unitOf(members)))
  expect(JSON.stringify(tablesOf(unitOf(members)))).toBe(printed)
  expect(JSON.stringify(tablesOf(unitOf(members.toReversed())))).toBe(printed)
})

test('erasing or adding one person draws the noise anew', () => {
  const members = people(6, 150, { complete: true, disposition: 'I' })
  const noiseIn = (members: readonly UnitMember[]) =>
    cellOf(tablesOf(unitOf(members, { by: [], changeBy: [] })), 'item.PAIR').n! - members.length
  const erased = members.slice(0, 40).map((gone) => noiseIn(members.filter((member) => member !== gone)))
  const added = people(7, 40, { complete: true, disposition: 'I' }).map((fresh) => noiseIn([...members, fresh]))
  for (const noises of [erased, added]) expect(new Set(noises).size).toBeGreaterThan(4)
})

test('over thousands of cells the noise has mean 0 and variance 3, and is never over 5', () => {
  const cells = new Map<string, number>()
  const watched: typeof protector = {
    ...protector,
    count(crowd) {
      const count = protector.count(crowd)
      if (crowd.count > 0) cells.set(Buffer.from(crowd.sum).toString('hex'), count.value - crowd.count)
      else expect(count.value).toBe(0)
      return count
    },
  }
  for (const seed of [11, 12, 13, 14]) for (const _ of unitTables(unitOf(people(seed, 264)), watched)!.tables());
  const noises = [...cells.values()]
  const mean = noises.reduce((sum, noise) => sum + noise, 0) / noises.length
  const variance = noises.reduce((sum, noise) => sum + (noise - mean) ** 2, 0) / (noises.length - 1)
  expect(noises.length).toBeGreaterThan(2000)
  expect(Math.abs(mean)).toBeLessThan(4 * Math.sqrt(3 / noises.length))
  expect(Math.abs(variance - 3)).toBeLessThan(0.3)
  expect(Math.max(...noises.map(Math.abs))).toBe(5)
})
