// What a cohort's figures come down to: of each indicator, the newest table of everybody in it. Names and order only; the
// figures are those of the tables.
import type { Manifest } from '../publications/tables.ts'

/** Where the newest figure of an indicator stands. */
export type Headline = { table: string; publication: string; wave: string }

/** What is said of a cohort as a whole; answers to single items, and what only checks the scales, are left to the tables. */
const HEADLINES = [
  'register',
  'response',
  'retention',
  'change',
  'comparison',
  'status',
  'transition',
  'survival',
  'share',
  'recommendation',
  'mean',
  'states',
] as const

/**
 * The newest table of each indicator in some publications of one cohort, in the order above; the final release of a wave
 * comes before its provisional one, and a later wave before an earlier one.
 */
export function headlinesOf(manifests: readonly Manifest[]): Headline[] {
  const found = new Map<string, Headline>()
  for (const { publication, wave, tables } of manifests.toSorted(newestFirst))
    for (const { table } of tables) if (!found.has(table)) found.set(table, { table, publication, wave })
  const rank = ({ table }: Headline) => HEADLINES.indexOf(table.split('.')[0] as (typeof HEADLINES)[number])
  return [...found.values()].filter((one) => rank(one) >= 0).toSorted((a, b) => rank(a) - rank(b))
}

export type Cohort = { programme: string; cohort: string }

/** The publications of one cohort, the latest wave first. */
export const inCohort = (manifests: readonly Manifest[], { programme, cohort }: Cohort): Manifest[] =>
  manifests.filter((one) => one.programme === programme && one.cohort === cohort).toSorted(newestFirst)

/** By wave, the latest first, then the final release of it before the provisional one. */
export function newestFirst(a: Manifest, b: Manifest): number {
  const [one, other] = [waveNumber(a), waveNumber(b)]
  if (one !== other) return other - one
  return a.status === b.status ? 0 : a.status === 'final' ? -1 : 1
}

const waveNumber = ({ wave }: Manifest): number => Number(wave.slice(1))
