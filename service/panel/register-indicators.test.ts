// Checks the indicators of a register against missions counted by hand, and attacks what they withhold by trying every
// register there could have been.
import { expect, test } from 'vitest'
import { loadSurveys } from '../surveys.ts'
import type { Dimension } from './frame.ts'
import { type RegisterMission, registerIndicators } from './register-indicators.ts'

const { dimensions } = loadSurveys('surveys', { demonstration: false }).frame
const date = (text: string) => Temporal.PlainDate.from(text)

const somebody: RegisterMission = {
  dispositif: 'SCI',
  direction: 'ENVOI',
  gender: 'F',
  birth_year: 2001,
  authority_siren: '1',
  authority_type: 'COMMUNE',
  authority_first_time: 'INTL',
  country_mission: 'SN',
  country_origin: 'FR',
  cicid: null,
  channel: 'UNK',
  departed_on: date('2026-01-15'),
  planned_return_on: date('2026-09-15'),
  returned_on: date('2026-09-15'),
}
const people = (count: number, facts: Partial<RegisterMission> = {}): RegisterMission[] =>
  Array.from({ length: count }, () => ({ ...somebody, ...facts }))

/** One indicator as text: its n, then each row; – where nothing is said. */
function said(name: string, missions: readonly RegisterMission[], declared: readonly Dimension[] = dimensions): string {
  const { n, rows } = registerIndicators(missions, declared).find(({ indicator }) => indicator === name)!
  const told = rows.map(
    ({ category, count, share }) =>
      `${category} ${count ?? '–'} ${share === null ? '–' : `${+(100 * share).toFixed(1)}%`}`,
  )
  return [n ?? '–', ...told].join(', ')
}

test('a cohort is told by what its register says, each indicator under its label', () => {
  const missions = [
    ...people(60),
    ...people(30, { dispositif: 'VSI', authority_siren: '2', authority_type: 'REGION', authority_first_time: 'NO' }),
    ...people(20, { direction: 'RECIP', country_mission: 'FR', country_origin: 'MA', gender: 'M', channel: 'OSIM' }),
    ...people(10, { country_mission: 'BJ', returned_on: date('2026-08-01'), authority_siren: '3', gender: 'NR' }),
  ]
  const indicators = registerIndicators(missions, dimensions)
  expect(Object.fromEntries(indicators.map(({ indicator }) => [indicator, said(indicator, missions)]))).toEqual({
    missions_by_scheme: '120, SCI 90 75%, VSI 30 25%',
    missions_by_direction: '120, ENVOI 100 83.3%, RECIP 20 16.7%',
    authorities_by_first_time: '3, INTL 2 66.7%, OTHER 1 33.3%',
    authorities_by_type: '3, COMMUNE 2 66.7%, REGION 1 33.3%',
    parity: '110, F 90 81.8%',
    countries_by_region: '3, AFRICA_W 2 66.7%, AFRICA_N 1 33.3%',
    missions_by_region: '120, AFRICA_W 100 83.3%, AFRICA_N 20 16.7%',
    early_ends: '120, EARLY 10 8.3%',
    missions_by_channel: '120, OSIM 20 16.7%, OTHER 100 83.3%',
  })
  expect(new Set(indicators.map(({ label }) => label)).size).toBe(indicators.length)
  const labels = indicators.flatMap(({ rows }) => rows.map(({ category, label }) => `${category} ${label.fr}`))
  expect(labels).toEqual(
    expect.arrayContaining(['VSI Volontariat de solidarité internationale', 'EARLY Retours anticipés']),
  )
})

test('nobody is nobody, and an indicator whose dimension is not declared is left out', () => {
  expect(registerIndicators([], dimensions).every(({ n, rows }) => n === 0 && rows.length === 0)).toBe(true)
  expect(registerIndicators(people(20), []).map(({ indicator }) => indicator)).toEqual(['parity', 'early_ends'])
})

test.each<[string, RegisterMission[], string]>([
  [
    'ten are enough to be told',
    [...people(200), ...people(10, { dispositif: 'VSI' })],
    '210, SCI 200 95.2%, VSI 10 4.8%',
  ],
  [
    'few take the next smallest with them',
    [...people(195), ...people(60, { dispositif: 'VSI' }), ...people(9, { dispositif: 'CES' })],
    '264, SCI 195 73.9%, OTHER 69 26.1%',
  ],
  [
    'few of a category, ten with the remainder',
    [...people(195), ...people(4, { dispositif: 'VSI' }), ...people(6, { dispositif: 'CES' })],
    '205, SCI 195 95.1%, OTHER 10 4.9%',
  ],
  ['all that is left is the remainder', [...people(60), ...people(1, { dispositif: 'VSI' })], '61, OTHER 61 100%'],
  ['few in all', people(9), '–, OTHER – –'],
])('missions by scheme: %s', (_, missions, expected) => {
  expect(said('missions_by_scheme', missions)).toBe(expected)
})

test('what is merged where no remainder is declared has a name all the same', () => {
  const missions = [...people(40), ...people(3, { direction: 'RECIP' })]
  const { rows } = registerIndicators(missions, dimensions).find(({ indicator }) => indicator.endsWith('direction'))!
  expect(rows).toEqual([{ category: 'OTHER', label: { fr: 'Autres', en: 'Others' }, count: 43, share: 1 }])
})

test('authorities and countries are counted however few, each once, an authority by its first time', () => {
  const missions = [
    ...people(1, { authority_first_time: 'NO', country_mission: 'MA' }),
    ...people(1, { authority_first_time: 'INTL', country_mission: 'MA' }),
    ...people(1, { authority_siren: '2', authority_first_time: 'VOL', country_mission: 'DZ' }),
    ...people(30, { authority_siren: '3', authority_first_time: 'UNK' }),
  ]
  expect(said('authorities_by_first_time', missions)).toBe('3, INTL 1 33.3%, VOL 1 33.3%, OTHER 1 33.3%')
  expect(said('countries_by_region', missions)).toBe('3, OTHER 3 100%')
})

test('countries are not told by regions whose people are not', () => {
  const missions = [
    ...people(100),
    ...['PE', 'CU', 'BR'].flatMap((country_mission) => people(1, { country_mission })),
    ...['VN', 'LA', 'KH', 'NP', 'IN', 'FJ', 'VU'].flatMap((country_mission) => people(1, { country_mission })),
  ]
  expect(said('missions_by_region', missions)).toBe('110, AFRICA_W 100 90.9%, OTHER 10 9.1%')
  expect(said('countries_by_region', missions)).toBe('11, AFRICA_W 1 9.1%, OTHER 10 90.9%')
})

test.each([
  ['2026-08-16', true],
  ['2026-08-17', false],
  ['2026-09-15', false],
  ['2026-12-01', false],
])('a return on %s instead of 15 September is early: %s', (returned, isEarly) => {
  const missions = [...people(20, { returned_on: date(returned) }), ...people(20)]
  expect(said('early_ends', missions)).toBe(isEarly ? '40, EARLY 20 50%' : '40, EARLY 0 0%')
})

test.each<[string, [women: number, men: number, unknown: number], string]>([
  ['all are known', [150, 100, 0], '250, F 150 60%'],
  ['many are not', [150, 100, 10], '250, F 150 60%'],
  ['few are not: a vague share stands for the numbers', [160, 100, 3], '–, F – 62%'],
  ['few are not, and nothing would be vague in a small cohort', [60, 49, 3], '–, F – –'],
  ['few are not, and nothing would be vague near the end', [12, 200, 3], '–, F – –'],
  ['there are few women', [9, 100, 0], '109, F – –'],
  ['there are few men', [100, 1, 0], '101, F – –'],
  ['there is no man', [100, 0, 0], '100, F 100 100%'],
  ['few are known', [5, 0, 100], '–, F – –'],
  ['none is known', [0, 0, 100], '0'],
])('parity where %s', (_, [women, men, unknown], expected) => {
  const missions = [...people(women), ...people(men, { gender: 'M' }), ...people(unknown, { gender: 'NR' })]
  expect(said('parity', missions)).toBe(expected)
})

test('somebody of another gender is known, and no woman', () => {
  expect(said('parity', [...people(30), ...people(10, { gender: 'X' })])).toBe('40, F 30 75%')
})

// ---------------------------------------------------------------- attacks

/** Every way of putting `n` people into so many categories. */
function* splits(n: number, categories: number): Generator<number[]> {
  if (categories === 1) yield [n]
  else
    for (let first = 0; first <= n; first++)
      for (const rest of splits(n - first, categories - 1)) yield [first, ...rest]
}

/** For whatever can be said of `n` people, each category's numbers that it leaves possible. */
function possible(n: number, categories: number, say: (sizes: number[]) => string): Set<number>[] {
  const seen = new Map<string, Set<number>[]>()
  for (const sizes of splits(n, categories)) {
    const key = say(sizes)
    if (!seen.has(key))
      seen.set(
        key,
        Array.from({ length: categories }, () => new Set()),
      )
    for (const [index, size] of sizes.entries()) seen.get(key)![index]!.add(size)
  }
  return [...seen.values()].flat()
}

/** A number under ten may be known to be that, and no more. */
const givenAway = (numbers: Set<number>): boolean =>
  numbers.size < 9 && [...numbers].every((number) => 1 <= number && number <= 9)

const byScheme = dimensions.filter(({ fact }) => fact === 'dispositif')
const byDirection = dimensions.filter(({ fact }) => fact === 'direction')

test('whoever knows the rules and the total cannot tell from missions by scheme how many a small category has', () => {
  for (const n of [10, 11, 18, 19, 20, 27]) {
    const known = possible(n, 3, ([sci = 0, vsi = 0, other = 0]) =>
      said(
        'missions_by_scheme',
        [...people(sci), ...people(vsi, { dispositif: 'VSI' }), ...people(other, { dispositif: 'CES' })],
        byScheme,
      ),
    )
    expect(known.filter(givenAway).map((numbers) => [n, ...numbers])).toEqual([])
  }
})

test('nor from missions by direction, although there are but two', () => {
  for (let n = 10; n <= 40; n++) {
    const known = possible(n, 2, ([sent = 0, hosted = 0]) =>
      said('missions_by_direction', [...people(sent), ...people(hosted, { direction: 'RECIP' })], byDirection),
    )
    expect(known.filter(givenAway).map((numbers) => [n, ...numbers])).toEqual([])
  }
})

test('nor from parity how many women, men or unknown there are where that is few', () => {
  for (const n of [10, 19, 20, 30, 120]) {
    const known = possible(n, 3, ([women = 0, men = 0, unknown = 0]) =>
      said('parity', [...people(women), ...people(men, { gender: 'M' }), ...people(unknown, { gender: 'NR' })], []),
    )
    expect(known.filter(givenAway).map((numbers) => [n, ...numbers])).toEqual([])
  }
})
