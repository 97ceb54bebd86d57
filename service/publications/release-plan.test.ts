// Checks which splits a unit is published by: those its programme wants, in its order, as far as nobody's answer can be
// worked out from them; by who is in which group and who responded, never by what was said.
import { expect, test } from 'vitest'
import { loadSurveys } from '../surveys.ts'
import { planRelease } from './release-plan.ts'
import type { Unit, UnitMember } from './unit.ts'

const { frame, bank } = loadSurveys('surveys', { demonstration: false })
const { by, changeBy } = frame.programmes[0]!.publish
const offered = (names: readonly string[]) =>
  names.map((name) => frame.dimensions.find(({ dimension }) => dimension === name)!)
const instrument = [...bank.instruments.values()][0]!
/** As if drawn, the same every time. */
const pick = <T>(values: readonly T[], place: number, step: number): T => {
  const mixed = Math.imul(Math.imul(place + 1, 0x9e3779b1) ^ (step << 15), 0x85ebca6b) >>> 8
  return values[mixed % values.length]!
}

/** People of all kinds, of whom so many respond; `said` is what all of them answer. */
const people = (eligible: number, responding: number, said = 1): UnitMember[] =>
  Array.from({ length: eligible }, (_, place) => ({
    key: new Uint8Array(16).fill(place % 256),
    facts: {
      dispositif: pick(['SCI', 'VSI', 'VIE'], place, 1),
      direction: pick(['ENVOI', 'RECIP', 'ENVOI'], place, 5),
      gender: pick(['F', 'M', 'F', 'M', 'X'], place, 2),
      authorityType: pick(['COMMUNE', 'EPCI', 'DEPT', 'REGION'], place, 3),
      authorityFirstTime: pick(['INTL', 'VOL', 'NO'], place, 7),
      age: 17 + pick([...Array(16).keys()], place, 11),
    },
    disposition: place < responding ? 'I' : 'NC',
    given: place < responding ? { instrument, answers: { ANY: said } } : null,
    baseline: null,
    responded: new Set(place < responding ? ['w1'] : []),
    path: '',
  }))

const unitOf = (members: readonly UnitMember[], more: Partial<Unit> = {}): Unit => ({
  publication: 'programme.cohort.w1.1',
  wave: 'w1',
  baselineWave: 'w0',
  waves: [],
  monthsSince: 1,
  releases: 4,
  history: [],
  instruments: [],
  measures: [],
  indicators: [],
  sensitive: new Set(),
  expectedResponse: 0.6,
  by: offered(by),
  changeBy: offered(changeBy),
  pairs: [],
  weightBy: [],
  noise: { table: 'any', D: 5, V: 3 },
  members,
  comparison: [],
  ...more,
})
const planOf = (unit: Unit, respondents: number) => {
  const release = planRelease(unit, respondents)
  if (!release) throw new Error('nothing is published')
  return { ...release, accepted: release.splits.map(({ by }) => by) }
}

test('what the programme wants first comes first, and what is not accepted is named', () => {
  const { accepted, candidates, refused } = planOf(unitOf(people(120, 50)), 50)
  expect(candidates[0]).toBe('total')
  expect(candidates.slice(1)).toEqual(by.filter((name) => candidates.includes(name)))
  expect(accepted.slice(0, 3)).toEqual(candidates.slice(0, 3))
  expect([...accepted, ...refused].toSorted()).toEqual(candidates.toSorted())
  expect(refused.length).toBeGreaterThan(0)
  const { accepted: reordered } = planOf(unitOf(people(120, 50), { by: offered(by.toReversed()) }), 50)
  expect(reordered[1]).toBe(candidates.at(-1))
})

test('nobody’s leverage exceeds a fifth in one wave, nor three tenths in those to come', () => {
  for (const respondents of [60, 145, 220]) {
    const { leverage, cumulativeLeverage } = planOf(unitOf(people(264, respondents)), respondents)
    expect(leverage).toBeGreaterThan(0)
    expect(leverage).toBeLessThanOrEqual(0.2)
    expect(cumulativeLeverage).toBeLessThanOrEqual(0.3)
  }
})

test('a plan is the same whatever people answered, and another when others respond', () => {
  const plan = planOf(unitOf(people(264, 145)), 145)
  expect(planOf(unitOf(people(264, 145, 5)), 145)).toEqual(plan)
  expect(planOf(unitOf(people(264, 144)), 145).leverage).not.toBeCloseTo(plan.leverage, 9)
})

test('more may be said of more people, and what was released of them before counts', () => {
  const tables = (unit: Unit, respondents: number) => planOf(unit, respondents).accepted.length
  expect(tables(unitOf(people(264, 145)), 145)).toBeGreaterThan(tables(unitOf(people(120, 50)), 50))
  const before = ['w1', 'w2', 'w3'].map((wave) => ({ wave, splits: ['total', ...by], expectedResponse: 0.6 }))
  // The same people in the same groups are the same counts, of which nothing more is learnt: some come, others go.
  const returning = people(120, 50).map((one, place) => ({
    ...one,
    responded: new Set(one.given ? ['w1', 'w2', 'w3', 'w4'].filter((_, wave) => pick([0, 1, 1, 1], place, wave)) : []),
  }))
  const after = (waves: number) =>
    planOf(unitOf(returning, { wave: 'w4', history: before.slice(0, waves), releases: 1 }), 50)
  expect(after(3).cumulativeLeverage).toBeGreaterThan(after(0).cumulativeLeverage)
  expect(after(3).accepted.length).toBeLessThanOrEqual(after(0).accepted.length)
  expect(after(3).leverage).toBeLessThanOrEqual(after(0).leverage)
})

test('a split that changes are published by counts as two', () => {
  const once = planOf(unitOf(people(264, 145), { changeBy: [] }), 145)
  const twice = planOf(unitOf(people(264, 145), { changeBy: offered(by) }), 145)
  expect(twice.accepted.length).toBeLessThan(once.accepted.length)
})

test('two dimensions at once are a candidate only where each group is large enough to expect ten to respond', () => {
  const [one, other] = offered(['direction', 'gender'])
  const pairs = [[one!, other!]] as const
  expect(planOf(unitOf(people(264, 145), { pairs }), 145).candidates).toContain('direction,gender')
  expect(planOf(unitOf(people(110, 80), { pairs, expectedResponse: 0.2 }), 80).candidates).not.toContain(
    'direction,gender',
  )
})

test('a unit too small to be split has its total, a smaller one nothing', () => {
  expect(planOf(unitOf(people(99, 70)), 70)).toMatchObject({ accepted: ['total'], candidates: ['total'], refused: [] })
  expect(planRelease(unitOf(people(99, 5)), 5)).toBeNull()
})
