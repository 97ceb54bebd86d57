// Puts members into the categories figures are published by, and merges categories too small to publish.
import type { Dimension } from './frame.ts'

type AlwaysKnown = 'dispositif' | 'direction' | 'gender' | 'authorityType' | 'authorityFirstTime'

/**
 * What segmentation may look at: `age` in whole years at departure, from the year of birth; `months` the length of the
 * mission; `country` the other country than France. Whoever lacks a fact is in the remainder of its dimension.
 */
export type SegmentFacts = Record<AlwaysKnown, string> & {
  age: number
  months?: number
  country?: string
  channel?: string
  cicid?: string | null
}

/** What the register says of a mission, as far as segmentation needs it. */
export type MissionFacts = {
  dispositif: string
  direction: string
  gender: string
  birth_year: number
  authority_type: string
  authority_first_time: string
  country_mission: string
  country_origin: string
  cicid: string | null
  channel: string
  departed_on: Temporal.PlainDate
  planned_return_on: Temporal.PlainDate
  returned_on: Temporal.PlainDate | null
}

/** A mission as segmentation sees it. */
export const segmentFacts = (mission: MissionFacts): Required<SegmentFacts> => ({
  dispositif: mission.dispositif,
  direction: mission.direction,
  gender: mission.gender,
  authorityType: mission.authority_type,
  authorityFirstTime: mission.authority_first_time,
  age: mission.departed_on.year - mission.birth_year,
  months: monthsOf(mission),
  country: mission.direction === 'ENVOI' ? mission.country_mission : mission.country_origin,
  channel: mission.channel,
  cicid: mission.cicid,
})

/** Whole months of a mission, its last day included; as planned while nobody knows when it ended. */
const monthsOf = ({ departed_on, planned_return_on, returned_on }: MissionFacts): number =>
  departed_on.until((returned_on ?? planned_return_on).add({ days: 1 }), { largestUnit: 'month' }).months

const SMALLEST_EXPECTED = 20

/** The declared category of a member, or null when the facts fit none. */
export function categoryOf({ fact, categories }: Dimension, facts: SegmentFacts): string | null {
  const value = facts[fact] ?? null
  if (value === null) return null
  const found = categories.find((category) =>
    'codes' in category
      ? category.codes.includes(String(value))
      : category.from <= Number(value) && Number(value) <= category.to,
  )
  return found?.category ?? null
}

export type Grouping = { dimension: Dimension; categoryOf(facts: SegmentFacts): string; categories: string[] }

/**
 * The categories of a dimension for one unit. Those expected to give fewer than 20 respondents are merged into the
 * remainder (the last declared), then the next smallest too while the remainder itself stays under 20. Depends on the
 * frame only, never on who answered. Null when fewer than two categories are left: there is nothing to compare.
 */
export function groupMembers(
  dimension: Dimension,
  members: readonly SegmentFacts[],
  expectedResponse: number,
): Grouping | null {
  const declared = dimension.categories.map(({ category }) => category)
  const remainder = declared.at(-1)!
  const place = (facts: SegmentFacts) => categoryOf(dimension, facts) ?? remainder
  const sizes = new Map(declared.map((category) => [category, 0]))
  for (const facts of members) sizes.set(place(facts), sizes.get(place(facts))! + 1)
  const expected = (category: string) => sizes.get(category)! * expectedResponse

  const merged = new Set(declared.filter((category) => expected(category) < SMALLEST_EXPECTED))
  if (merged.size > 0) merged.add(remainder)
  const kept = declared.filter((category) => !merged.has(category)).sort((a, b) => sizes.get(a)! - sizes.get(b)!)
  const expectedRemainder = () => [...merged].reduce((sum, category) => sum + expected(category), 0)
  while (merged.size > 0 && expectedRemainder() > 0 && expectedRemainder() < SMALLEST_EXPECTED && kept.length > 0)
    merged.add(kept.shift()!)

  const categories = declared.filter((category) => !merged.has(category))
  if (expectedRemainder() > 0) categories.push(remainder)
  const distinct = [...new Set(categories)]
  if (distinct.length < 2) return null
  return {
    dimension,
    categories: distinct,
    categoryOf: (facts) => (merged.has(place(facts)) ? remainder : place(facts)),
  }
}
