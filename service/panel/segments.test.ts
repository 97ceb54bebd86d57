// Checks categories of members and which of them are merged before anything is collected; must not know answers.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Dimension } from './frame.ts'
import { categoryOf, groupMembers, type MissionFacts, type SegmentFacts, segmentFacts } from './segments.ts'

const label = { fr: 'Nom', en: 'Name' }
const scheme: Dimension = {
  dimension: 'dispositif',
  fact: 'dispositif',
  label,
  categories: [
    { category: 'SCI', codes: ['SCI'], label },
    { category: 'VSI', codes: ['VSI'], label },
    { category: 'OTHER', codes: ['VIE', 'VIA'], label },
  ],
}
const age: Dimension = {
  dimension: 'age',
  fact: 'age',
  label,
  categories: [
    { category: '16-20', from: 16, to: 20, label },
    { category: '21-25', from: 21, to: 25, label },
    { category: 'OTHER', from: 31, to: 120, label },
  ],
}

const somebody: SegmentFacts = {
  dispositif: 'SCI',
  direction: 'ENVOI',
  gender: 'F',
  authorityType: 'COMMUNE',
  authorityFirstTime: 'INTL',
  age: 22,
}
const people = (sizes: Record<string, number>): SegmentFacts[] =>
  Object.entries(sizes).flatMap(([dispositif, size]) =>
    Array.from({ length: size }, () => ({ ...somebody, dispositif })),
  )

test.each([
  [16, '16-20'],
  [20, '16-20'],
  [21, '21-25'],
  [25, '21-25'],
  [28, null],
  [31, 'OTHER'],
  [15, null],
])('at %i, a member is in %s: both ends are included', (years, category) => {
  expect(categoryOf(age, { ...somebody, age: years })).toBe(category)
})

test.each([
  ['SCI', 'SCI'],
  ['VIA', 'OTHER'],
  ['sci', null],
  ['', null],
])('the code %j is in %s', (dispositif, category) => {
  expect(categoryOf(scheme, { ...somebody, dispositif })).toBe(category)
})

test('whoever lacks a fact is in no category, whatever its kind', () => {
  const months: Dimension = { ...age, fact: 'months', categories: [{ category: 'LT6', from: 0, to: 5, label }] }
  const cicid: Dimension = { ...scheme, fact: 'cicid' }
  expect(categoryOf(months, somebody)).toBe(null)
  expect(categoryOf(months, { ...somebody, months: 0 })).toBe('LT6')
  expect(categoryOf(cicid, somebody)).toBe(null)
  expect(categoryOf({ ...months, fact: 'cicid' }, { ...somebody, cicid: null })).toBe(null)
})

const date = (text: string) => Temporal.PlainDate.from(text)
const mission: MissionFacts = {
  dispositif: 'VSI',
  direction: 'ENVOI',
  gender: 'X',
  birth_year: 2001,
  authority_type: 'REGION',
  authority_first_time: 'VOL',
  country_mission: 'SN',
  country_origin: 'FR',
  cicid: 'CICID23-04',
  channel: 'OSIM',
  departed_on: date('2025-09-01'),
  planned_return_on: date('2026-08-31'),
  returned_on: null,
}

test('a mission becomes the facts that segmentation looks at', () => {
  expect(segmentFacts(mission)).toEqual({
    dispositif: 'VSI',
    direction: 'ENVOI',
    gender: 'X',
    authorityType: 'REGION',
    authorityFirstTime: 'VOL',
    age: 24,
    months: 12,
    country: 'SN',
    channel: 'OSIM',
    cicid: 'CICID23-04',
  })
})

test('the country of somebody who comes to France is the one they come from', () => {
  const coming = { ...mission, direction: 'RECIP', country_mission: 'FR', country_origin: 'BJ' }
  expect(segmentFacts(coming).country).toBe('BJ')
})

test.each([
  ['2025-09-01', '2026-08-31', null, 12],
  ['2025-09-01', '2026-09-01', null, 12],
  ['2025-09-01', '2026-08-30', null, 11],
  ['2025-09-01', '2026-08-31', '2026-02-28', 6],
  ['2025-09-01', '2026-08-31', '2027-09-30', 25],
  ['2025-08-31', '2026-02-27', null, 5],
  ['2025-08-31', '2026-02-28', null, 6],
  ['2025-08-31', '2026-08-31', '2025-08-31', 0],
])('from %s to %s as planned, to %s in fact: %d whole months', (departed, planned, returned, months) => {
  const dated = {
    departed_on: date(departed),
    planned_return_on: date(planned),
    returned_on: returned && date(returned),
  }
  expect(segmentFacts({ ...mission, ...dated } as MissionFacts).months).toBe(months)
})

/** What a grouping publishes: how many members stand in each of its categories, in its own order. */
function published(sizes: Record<string, number>, expectedResponse: number) {
  const members = people(sizes)
  const grouping = groupMembers(scheme, members, expectedResponse)
  return grouping?.categories.map(
    (category) => `${category} ${members.filter((facts) => grouping.categoryOf(facts) === category).length}`,
  )
}

test.each<[string, Record<string, number>, number, string[] | undefined]>([
  ['all are large enough', { SCI: 40, VSI: 30, VIE: 20 }, 1, ['SCI 40', 'VSI 30', 'OTHER 20']],
  ['exactly 20 expected is enough', { SCI: 40, VSI: 40, VIE: 40 }, 0.5, ['SCI 40', 'VSI 40', 'OTHER 40']],
  ['a small one joins the remainder', { SCI: 60, VSI: 5, VIE: 40 }, 1, ['SCI 60', 'OTHER 45']],
  [
    'a small one joins the remainder, which spares the next smallest',
    { SCI: 60, VSI: 5, VIE: 80 },
    1,
    ['SCI 60', 'OTHER 85'],
  ],
  ['two small ones together are large enough', { SCI: 60, VSI: 12, VIE: 12 }, 1, ['SCI 60', 'OTHER 24']],
  ['a small remainder takes the smallest of the others', { SCI: 60, VSI: 30, VIE: 5 }, 1, ['SCI 60', 'OTHER 35']],
  ['an empty remainder is left out', { SCI: 60, VSI: 30 }, 1, ['SCI 60', 'VSI 30']],
  ['an empty category is left out', { SCI: 60, VIE: 30 }, 1, ['SCI 60', 'OTHER 30']],
  ['members who fit nowhere are in the remainder', { SCI: 60, VSI: 30, XYZ: 20 }, 1, ['SCI 60', 'VSI 30', 'OTHER 20']],
  ['a low expected response merges more', { SCI: 100, VSI: 60, VIE: 60 }, 0.3, ['SCI 100', 'OTHER 120']],
  ['one category is nothing to compare', { SCI: 60 }, 1, undefined],
  ['everything would end in the remainder', { SCI: 60, VIE: 5 }, 1, undefined],
  ['nobody', {}, 1, undefined],
])('%s: %j at a response of %d gives %j', (_, sizes, expectedResponse, categories) => {
  expect(published(sizes, expectedResponse)).toEqual(categories)
})

test('every category expects 20 respondents at least, every member stands in exactly one, and order does not matter', () => {
  const size = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 25 }), fc.integer({ min: 20, max: 120 }))
  const sizes = fc.record({ SCI: size, VSI: size, VIE: size, VIA: size, XYZ: size })
  const property = fc.property(sizes, fc.double({ min: 0.05, max: 1, noNaN: true }), (sizes, expectedResponse) => {
    const members = people(sizes)
    const grouping = groupMembers(scheme, members, expectedResponse)
    expect(groupMembers(scheme, members.toReversed(), expectedResponse)?.categories).toEqual(grouping?.categories)
    if (!grouping) return
    const placed = members.map((facts) => grouping.categoryOf(facts))
    for (const category of grouping.categories)
      expect(placed.filter((one) => one === category).length * expectedResponse).toBeGreaterThanOrEqual(20)
    expect(placed.filter((category) => !grouping.categories.includes(category))).toEqual([])
  })
  fc.assert(property, { numRuns: 1000 })
})
