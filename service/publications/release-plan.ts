// Which splits of a unit are published: those its programme wants, in its order, as far as the leverage audit lets them
// through. Sees who is in which group and who answered, never what.
import { AUDIT, type CandidateTable, chooseTables } from '../disclosure/leverage.ts'
import { releaseScope } from '../disclosure/unit.ts'
import { type Split, splitBy, splitByPair, TOTAL, totalOf, type Unit } from './unit.ts'

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
  const people = unit.members.flatMap(({ responded, path }, member) => (responded.size > 0 || path ? [member] : []))
  const changing = new Set(unit.changeBy.map(({ dimension }) => dimension))
  const tableOf = ({ by, groups, of }: Split, isIn: (member: number) => boolean): CandidateTable => ({
    by,
    cells: groups.length,
    cellOf: Int32Array.from(people, (member) => (isIn(member) ? of[member]! : -1)),
    repeats: by === TOTAL ? REPEATS.total : changing.has(by) ? REPEATS.changing : REPEATS.other,
  })
  const isMeasured = (member: number) => unit.members[member]!.given !== null || unit.members[member]!.path !== ''
  const history = unit.history.flatMap(({ wave, splits, expectedResponse }) => {
    const then = { ...unit, expectedResponse }
    const hasResponded = (member: number) => unit.members[member]!.responded.has(wave)
    return [totalOf(then), ...candidatesOf(then)]
      .filter(({ by }) => splits.includes(by))
      .map((split) => tableOf(split, hasResponded))
  })
  const audit = chooseTables(
    splits.map((split) => tableOf(split, isMeasured)),
    people.length,
    { ...AUDIT, waves: unit.releases },
    history,
  )
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
