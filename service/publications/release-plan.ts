// Which splits of a unit are published: those its programme wants, in its order, as far as the leverage audit lets them
// through. Sees who is in which group and who answered, never what.
import { AUDIT, type CandidateTable, chooseTables } from '../disclosure/leverage.ts'
import { releaseScope } from '../disclosure/unit.ts'
import { type Split, splitBy, splitByPair, totalOf, type Unit } from './unit.ts'

/** The splits of a unit that are published, the total first, and how they were chosen. */
export type Release = {
  splits: Split[]
  candidates: string[]
  refused: string[]
  waves: number
  leverage: number
  cumulativeLeverage: number
}

/** How many tables measure the same answer: its distribution and what is made of it, and what it has changed into. */
const REPEATS = { total: 4, changing: 2, other: 1 }

/**
 * The release of a unit in which a protected number of `respondents` answered; null when nothing may be said. Units too
 * small to be split have their total only.
 */
export function planRelease(unit: Unit, respondents: number): Release | null {
  const scope = releaseScope({ eligible: unit.members.length, respondents })
  if (scope === 'nothing') return null
  const splits = [totalOf(unit), ...(scope === 'plan' ? candidatesOf(unit) : [])]
  const people = unit.members.flatMap(({ given, path }, member) => (given || path ? [member] : []))
  const changing = new Set(unit.changeBy.map(({ dimension }) => dimension))
  const tables = splits.map(
    ({ by, groups, of }, place): CandidateTable => ({
      by,
      cells: groups.length,
      cellOf: Int32Array.from(people, (member) => of[member]!),
      repeats: place === 0 ? REPEATS.total : changing.has(by) ? REPEATS.changing : REPEATS.other,
    }),
  )
  const audit = chooseTables(tables, people.length, { ...AUDIT, waves: unit.releases })
  return {
    splits: splits.filter(({ by }) => audit.accepted.includes(by)),
    candidates: splits.map(({ by }) => by),
    refused: audit.refused,
    waves: unit.releases,
    leverage: audit.leverage,
    cumulativeLeverage: audit.cumulativeLeverage,
  }
}

function candidatesOf(unit: Unit): Split[] {
  const single = unit.by.flatMap((dimension) => splitBy(unit, dimension))
  const named = new Map(single.map((split) => [split.by, split]))
  const pairs = unit.pairs.flatMap(([first, second]) => {
    const [one, other] = [named.get(first.dimension), named.get(second.dimension)]
    return one && other ? splitByPair(unit, one, other) : []
  })
  return [...single, ...pairs]
}
