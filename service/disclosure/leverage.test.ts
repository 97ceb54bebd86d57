// Checks the leverage audit against the published vector, against a plain inverse, and in how it chooses.
import { describe, expect, test } from 'vitest'
import { AUDIT, type CandidateTable, chooseTables, leverages } from './leverage.ts'

const table = (by: string, cellOf: number[], repeats = 1): CandidateTable => ({
  by,
  cells: Math.max(...cellOf) + 1,
  cellOf,
  repeats,
})

/** The respondents of a made-up unit in each dimension, the same on every run. */
function unit(respondents: number, sizes: readonly number[]): CandidateTable[] {
  let state = 12345
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const dimensions = sizes.map((size, d) =>
    table(
      `d${d}`,
      Array.from({ length: respondents }, () => Math.floor(size * random())),
    ),
  )
  return [table('total', Array<number>(respondents).fill(0)), ...dimensions]
}

/** Wᵀ(WWᵀ+λI)⁻¹W by solving for every respondent with plain elimination. */
function plainLeverages(tables: readonly CandidateTable[], respondents: number, lambda: number): number[] {
  const rows = tables.flatMap(({ cells, cellOf, repeats }) =>
    Array.from({ length: cells * repeats }, (_, row) =>
      Array.from({ length: respondents }, (_, i) => (cellOf[i] === row % cells ? 1 : 0)),
    ),
  )
  const matrix = rows.map((a, i) =>
    rows.map((b, j) => a.reduce<number>((sum, one, k) => sum + one * b[k]!, 0) + (i === j ? lambda : 0)),
  )
  return Array.from({ length: respondents }, (_, who) => {
    const own = rows.map((row) => row[who]!)
    const solved = solve(matrix, own)
    return own.reduce<number>((sum, one, i) => sum + one * solved[i]!, 0)
  })
}

function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const lines = matrix.map((line, i) => [...line, right[i]!])
  for (let pivot = 0; pivot < lines.length; pivot++)
    for (let row = 0; row < lines.length; row++) {
      if (row === pivot) continue
      const factor = lines[row]![pivot]! / lines[pivot]![pivot]!
      lines[row] = lines[row]!.map((value, c) => value - factor * lines[pivot]![c]!)
    }
  return lines.map((line, i) => line.at(-1)! / line[i]!)
}

describe('leverage', () => {
  test('is what was published for four people in {1,2,3,4}, {1,2} and {1,3}', () => {
    const tables = [table('total', [0, 0, 0, 0]), table('a', [0, 0, -1, -1]), table('b', [0, -1, 0, -1])]
    expect([...leverages(tables, 4, 8)].map((h) => h.toFixed(6))).toEqual([
      '0.217742',
      '0.160394',
      '0.160394',
      '0.088710',
    ])
  })

  test('is that of a plain inverse, repeats counted as so many rows', () => {
    const tables = unit(40, [2, 3, 5]).map((one, place) => ({ ...one, repeats: 1 + (place % 3) }))
    const plain = plainLeverages(tables, 40, 2)
    for (const [i, found] of leverages(tables, 40, 2).entries()) expect(found).toBeCloseTo(plain[i]!, 10)
  })

  test('does not grow when the same people are counted under another name', () => {
    const tables = unit(40, [2, 3])
    const again = [...tables, { ...tables[1]!, by: 'again' }]
    expect([...leverages(again, 40, 8)]).toEqual([...leverages(tables, 40, 8)])
  })

  test('is that of nobody where nobody responded', () => {
    expect(chooseTables([table('total', [0])], 0, { ...AUDIT, waves: 1 })).toEqual({
      accepted: ['total'],
      refused: [],
      leverage: 0,
      cumulativeLeverage: 0,
    })
  })
})

describe('the choice of tables', () => {
  test('leaves out what would let somebody’s answer be explained by more than a fifth', () => {
    const tables = [table('total', [0, 0, 0, 0]), table('a', [0, 0, -1, -1]), table('b', [0, -1, 0, -1])]
    const audit = chooseTables(tables, 4, { ...AUDIT, waves: 1 })
    expect(audit).toMatchObject({ accepted: ['total', 'a'], refused: ['b'] })
  })

  test('goes on after a refusal, and never exceeds a cap', () => {
    for (const waves of [1, 4]) {
      const tables = unit(145, [2, 2, 2, 4, 3, 5, 6, 7, 4, 5])
      const audit = chooseTables(tables, 145, { ...AUDIT, waves })
      expect(audit.accepted.length + audit.refused.length).toBe(tables.length)
      expect(audit.refused.length).toBeGreaterThan(0)
      const kept = tables.filter(({ by }) => audit.accepted.includes(by))
      const lambda = AUDIT.noiseVariance / AUDIT.priorVariance
      expect(Math.max(...leverages(kept, 145, lambda))).toBeCloseTo(audit.leverage, 10)
      expect(audit.leverage).toBeLessThanOrEqual(AUDIT.cap)
      if (waves === 1) expect(audit.cumulativeLeverage).toBeCloseTo(audit.leverage, 10)
      else expect(audit.cumulativeLeverage).toBeGreaterThan(audit.leverage)
      expect(audit.cumulativeLeverage).toBeLessThanOrEqual(AUDIT.cumulativeCap)
    }
  })

  test('keeps room for waves to come, and the room is there for the tables wanted most', () => {
    const tables = unit(145, [2, 2, 2, 4, 3, 5, 6, 7, 4, 5])
    const chosen = (waves: number) => chooseTables(tables, 145, { ...AUDIT, waves }).accepted
    expect(chosen(4).length).toBeLessThan(chosen(1).length)
    expect(chosen(4).slice(0, 3)).toEqual(tables.slice(0, 3).map(({ by }) => by))
    // In a large unit nobody's coming and going shows.
    const large = unit(6_000, [2, 2, 2])
    expect(chooseTables(large, 6_000, { ...AUDIT, waves: 4 }).refused).toEqual([])
  })

  test('offers more where more have responded', () => {
    const sizes = [2, 2, 2, 4, 3, 5, 6, 7, 4, 5]
    const accepted = [67, 145, 600].map((n) => chooseTables(unit(n, sizes), n, { ...AUDIT, waves: 4 }).accepted.length)
    expect(accepted).toEqual(accepted.toSorted((a, b) => a - b))
    expect(new Set(accepted).size).toBeGreaterThan(1)
  })
})

test('what was published before counts towards the leverage over all waves, and not towards that of this one', () => {
  const table = (by: string, cellOf: number[]) => ({ by, cells: 1, cellOf, repeats: 1 })
  const now = [table('total', [0, 0])]
  // One person of two had answered before: W = (1 0; 1 1), h = diag(Wᵀ(WWᵀ + 8I)⁻¹W) = (17/89, 9/89).
  const audit = chooseTables(now, 2, { ...AUDIT, waves: 1 }, [table('total', [0, -1])])
  expect(audit.leverage).toBeCloseTo(1 / 10, 12)
  expect(audit.cumulativeLeverage).toBeCloseTo(17 / 89, 12)
  // The same people drawn again are the same draw, and tell nothing more.
  expect(chooseTables(now, 2, { ...AUDIT, waves: 1 }, now).cumulativeLeverage).toBeCloseTo(1 / 10, 12)
})

test('a table that tells apart those who came and went between waves is refused', () => {
  const people = 36
  const sixth = { by: 'sixth', cells: 6, cellOf: Array.from({ length: people }, (_, i) => i % 6), repeats: 2 }
  const total = { by: 'total', cells: 1, cellOf: new Array<number>(people).fill(0), repeats: 2 }
  const settings = { ...AUDIT, waves: 1 }
  expect(chooseTables([total, sixth], people, settings).refused).toEqual([])
  const but = (gone: number) => ({
    ...sixth,
    cellOf: sixth.cellOf.map((cell, i) => (Math.floor(i / 6) === gone ? -1 : cell)),
  })
  const history = [0, 1, 2, 3, 4, 5].map(but)
  expect(chooseTables([total, sixth], people, settings, history).refused).toEqual(['sixth'])
})
