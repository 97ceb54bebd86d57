// Computes every table of a publication unit: those of its figures that may be computed, each as far as it may be split.
import { allOf, derive, type Protected, together } from '../disclosure/protected.ts'
import { releaseScope } from '../disclosure/unit.ts'
import type { Dimension } from '../panel/frame.ts'
import { inBothLanguages } from '../platform/i18n.ts'
import type { Dispositions } from '../statistics/response-rates.ts'
import { responseCell } from './estimates.ts'
import { figuresOf, type Protector } from './figures.ts'
import type { PublishedTable, Refusal } from './tables.ts'
import { head, keysOf, respondentsOf, type Split, splitBy, TOTAL, type Unit } from './unit.ts'
import { judge } from './versions.ts'

export type UnitTables = { tables: Protected<PublishedTable>[]; refused: Refusal[] }

/**
 * The tables of a unit, in the order of what was asked, and those that its people answered too different versions for;
 * null when too few people responded for anything to be said.
 */
export function unitTables(unit: Unit, protector: Protector): UnitTables | null {
  const scope = derive(protector.count(keysOf(respondentsOf(unit))), (n) =>
    releaseScope({ eligible: unit.members.length, respondents: n }),
  ).value
  if (scope === 'nothing') return null
  const splits = (dimensions: readonly Dimension[]) => [
    TOTAL,
    ...(scope === 'one-way' ? dimensions.flatMap((dimension) => splitBy(unit, dimension)) : []),
  ]
  const judged = figuresOf(unit, protector).map((figure) => ({ ...figure, verdict: judge(figure.items, figure.pairs) }))
  return {
    tables: [
      ...splits(unit.by).map((split) => responseTable(unit, split, protector)),
      ...judged.flatMap(({ verdict, items, by, draw }) => {
        if (!verdict.ok) return []
        const sensitive = items.some((item) => unit.sensitive.has(item))
        const { comparability } = verdict
        return (sensitive ? [TOTAL] : splits(by)).map((split) => draw(split, { comparability, sensitive }))
      }),
    ],
    refused: judged.flatMap(({ verdict, table, label }) =>
      verdict.ok ? [] : [{ table, label, because: 'incomparable versions' as const, items: verdict.items }],
    ),
  }
}

function responseTable(unit: Unit, split: Split, protector: Protector): Protected<PublishedTable> {
  const cells = split.groups.map((group) => {
    const members = unit.members.filter((member) => split.groupOf(member) === group.category)
    const count = (disposition: keyof Dispositions) =>
      protector.count(keysOf(members.filter((member) => member.disposition === disposition)))
    const dispositions = together({
      I: count('I'),
      P: count('P'),
      R: count('R'),
      NC: count('NC'),
      O: count('O'),
      UH: count('UH'),
      UO: count('UO'),
      NE: count('NE'),
    })
    return derive(together({ n: protector.count(keysOf(members)), dispositions }), (primitives) =>
      responseCell(group, members.length, primitives),
    )
  })
  const heading = {
    table: 'response',
    label: inBothLanguages('impact.label.response'),
    method: 'AAPOR final dispositions and rates; RR2 is the headline',
  }
  return derive(allOf(cells), (cells) => ({ ...head(unit, split, heading), kind: 'response', cells }))
}
