// Looks noise up in a perturbation table of the cell-key method; must not know keys, persons or thresholds.

/**
 * A perturbation table: largest change D, noise variance V, counts 1 to js never published; row i holds the changes v
 * of a count of i with their cumulative probabilities ub, and the last row serves every larger count.
 */
export type PerturbationTable = {
  name: string
  D: number
  V: number
  js: number
  rows: Record<string, { v: readonly number[]; ub: readonly number[] }>
}

/**
 * The count to publish for a true `count` (whole, ≥ 0) and a cell's uniform number u in [0, 1), where 0 stays 0;
 * throws RangeError when the table has no row or no change for them (Fraser & Wooton, 2005; tables after Marley &
 * Leaver, 2011, as in the R package ptable).
 */
export function perturbCount(count: number, u: number, table: PerturbationTable): number {
  if (count === 0) return 0
  return count + change(Math.min(count, lastRow(table)), u, table)
}

/**
 * The noise v, a whole number from −D to D with mean 0 and variance V, for a magnitude and a uniform number u in
 * [0, 1), from the row of large counts whatever the count; the caller scales it by the range of the magnitude,
 * not by its largest contributors as Thompson, Broadfoot & Elazar (2013) do.
 */
export function noiseUnit(u: number, table: PerturbationTable): number {
  return change(lastRow(table), u, table)
}

/** The first row that is symmetric: with js = 0 that of D, else that of D + js + 1. */
function lastRow({ D, js }: PerturbationTable): number {
  return js === 0 ? D : D + js + 1
}

function change(row: number, u: number, table: PerturbationTable): number {
  const changes = table.rows[row]
  const v = changes?.v[changes.ub.findIndex((bound) => u < bound)]
  if (v === undefined) throw new RangeError(`table ${table.name} has no change for row ${row} at ${u}`)
  return v
}
