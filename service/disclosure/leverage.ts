// The leverage audit: which tables may be published together so that no respondent's answer can be worked out from them.
// Knows who is counted in which cell; must not know what anybody answered.

/** A way of splitting the respondents into cells; `cellOf` gives each respondent's, −1 for none that is released. */
export type CandidateTable = {
  by: string
  cells: number
  cellOf: ArrayLike<number>
  /** How many tables measure one answer in these cells: distribution, transition … */
  repeats: number
}

/**
 * What an attacker is taken to have: `noiseVariance` V_a left on a cell for whoever knows its size, `priorVariance` π of
 * an answer nothing is known of; `waves` are those still to repeat the item, this one included. `cap` holds for one wave, `cumulativeCap` for all.
 */
export type AuditSettings = {
  noiseVariance: number
  priorVariance: number
  cap: number
  cumulativeCap: number
  waves: number
}

export const AUDIT = { noiseVariance: 2, priorVariance: 0.25, cap: 0.2, cumulativeCap: 0.3 } as const

export type Audit = {
  accepted: string[]
  refused: string[]
  /** The largest leverage of any respondent, 0 to 1: in one wave, and over all waves. */
  leverage: number
  cumulativeLeverage: number
}

/** Who responds now is taken to respond again to each later wave with this chance: those who come and go stand out. */
const RESPONDS_AGAIN = 0.75
/** In a unit of more respondents nobody's coming and going shows, and all are taken to respond again. */
const SHOWS_UP_TO = 5_000
/**
 * For how many waves to come room is left: with none, the first waves would use it all up and the last have totals only;
 * with all of them, none would have more than a few tables. The audit of each looks back on what was really published.
 */
const FORESEEN = 2

/**
 * Accepts candidates in their order, the first always, each if with all accepted before it no respondent's leverage
 * exceeds the caps. Leverage is the R² of the best linear attacker on one respondent: the diagonal of
 * Wᵀ(WWᵀ+λI)⁻¹W, W cells × respondents of 0 and 1, λ = V_a/π. Over all waves W has the tables of `history`, which
 * measured the answer before, what is accepted now, and the same again for the next waves.
 */
export function chooseTables(
  candidates: readonly CandidateTable[],
  respondents: number,
  { noiseVariance, priorVariance, cap, cumulativeCap, waves }: AuditSettings,
  history: readonly CandidateTable[] = [],
): Audit {
  const lambda = noiseVariance / priorVariance
  const once = createLeverage(profilesOf(candidates, respondents), lambda)
  const foreseen = candidates.map((table) => [table, ...later(table, Math.min(FORESEEN, waves - 1), respondents)])
  const overall = createLeverage(profilesOf([...history, ...foreseen.flat()], respondents), lambda)
  for (const place of history.keys()) overall.consider(place).accept()
  const audit: Audit = { accepted: [], refused: [], leverage: 0, cumulativeLeverage: 0 }
  for (const [place, { by }] of candidates.entries()) {
    const added = once.consider(place)
    const goBack = overall.snapshot()
    const first = history.length + place * foreseen[0]!.length
    const cumulative = foreseen[place]!.map((_, release) => {
      const one = overall.consider(first + release)
      one.accept()
      return one.largest
    })
    const largest = cumulative.at(-1)!
    if (place > 0 && (added.largest > cap || largest > cumulativeCap)) {
      audit.refused.push(by)
      goBack()
    } else {
      audit.accepted.push(by)
      added.accept()
      audit.leverage = added.largest
      audit.cumulativeLeverage = largest
    }
  }
  return audit
}

/** A table as later waves will publish it, of those who respond again; of everybody, and as one, in a large unit. */
function later(table: CandidateTable, waves: number, respondents: number): CandidateTable[] {
  if (waves === 0) return []
  if (respondents > SHOWS_UP_TO) return [{ ...table, repeats: table.repeats * (waves + 1) }]
  return Array.from({ length: waves }, (_, wave) => ({
    ...table,
    cellOf: Int32Array.from(table.cellOf, (cell, i) =>
      scramble(i, 0x27d4eb2f + wave) < RESPONDS_AGAIN * 2 ** 32 ? cell : -1,
    ),
  }))
}

/** The leverage of every respondent, 0 to 1, when all of some tables are published. */
export function leverages(tables: readonly CandidateTable[], respondents: number, lambda: number): Float64Array {
  const profiles = profilesOf(tables, respondents)
  const leverage = createLeverage(profiles, lambda)
  for (const place of tables.keys()) leverage.consider(place).accept()
  const found = leverage.ofProfiles()
  return Float64Array.from(profiles.profileOf, (profile) => found[profile]!)
}

/** Respondents who are in the same cells of every table are one profile: what holds of one holds of all. */
type Profiles = {
  profileOf: Int32Array
  /** How many respondents each has. */
  sizes: number[]
  /** For each table, the cell of each profile. */
  tables: { cellOf: Int32Array; cells: number; repeats: number }[]
  /** For each table, a number for each cell that is the same where the same people are in it, and nowhere else. */
  names: string[][]
}

function profilesOf(tables: readonly CandidateTable[], respondents: number): Profiles {
  let profileOf = new Int32Array(respondents)
  let representatives = respondents === 0 ? [] : [0]
  for (const { cellOf, cells } of tables) {
    const seen = new Map<number, number>()
    const refined = new Int32Array(respondents)
    representatives = []
    for (let i = 0; i < respondents; i++) {
      const key = profileOf[i]! * (cells + 1) + cellOf[i]! + 1
      let profile = seen.get(key)
      if (profile === undefined) {
        profile = seen.size
        seen.set(key, profile)
        representatives.push(i)
      }
      refined[i] = profile
    }
    profileOf = refined
  }
  const sizes = representatives.map(() => 0)
  for (const profile of profileOf) sizes[profile]!++
  return {
    profileOf,
    sizes,
    tables: tables.map(({ cellOf, cells, repeats }) => ({
      cells,
      repeats,
      cellOf: Int32Array.from(representatives, (i) => cellOf[i]!),
    })),
    names: tables.map((table) => cellNames(table, respondents)),
  }
}

/** Two cells have the same name when the same respondents are in them. */
function cellNames({ cellOf, cells }: CandidateTable, respondents: number): string[] {
  const first = new Float64Array(cells)
  const second = new Float64Array(cells)
  for (let i = 0; i < respondents; i++) {
    const cell = cellOf[i]!
    if (cell < 0) continue
    first[cell]! += scramble(i, 0x9e3779b9)
    second[cell]! += scramble(i, 0x85ebca6b)
  }
  return Array.from(first, (sum, cell) => `${sum}/${second[cell]}`)
}

/** A 32-bit number that looks random (the finaliser of MurmurHash3). */
function scramble(i: number, seed: number): number {
  let x = (i ^ seed) >>> 0
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

/**
 * Keeps (WWᵀ + Λ)⁻¹ while tables are added, by blocks, and each profile's leverage with it. A cell that r tables
 * measure is one row with noise λ/r, which says the same as r rows with noise λ.
 */
function createLeverage({ sizes, tables, names }: Profiles, lambda: number) {
  const count = sizes.length
  let inverse: Float64Array[] = []
  let leverage: Float64Array = new Float64Array(count)
  /** The accepted rows of each profile: one list per accepted table. */
  const columns: Int32Array[] = []
  /** How often a set of people has been measured, by the name of its cell. */
  let measured = new Map<string, number>()

  return {
    ofProfiles: () => leverage,

    /** A way back to how things are now. */
    snapshot() {
      const kept = { inverse, leverage, columns: columns.length, measured: new Map(measured) }
      return () => {
        ;({ inverse, leverage } = kept)
        columns.length = kept.columns
        measured = kept.measured
      }
    },

    /** The largest leverage were this table accepted too, and a way to accept it. */
    consider(place: number): { largest: number; accept(): void } {
      const { cellOf, cells, repeats } = tables[place]!
      const present = new Set(cellOf)
      const fresh = names[place]!.map((name) => repeats - (measured.get(name) ?? 0))
      const added = Array.from({ length: cells }, (_, cell) => cell).filter(
        (cell) => present.has(cell) && fresh[cell]! > 0,
      )
      const rowOf = new Int32Array(cells).fill(-1)
      for (const [row, cell] of added.entries()) rowOf[cell] = row
      const newRow = Int32Array.from(cellOf, (cell) => (cell < 0 ? -1 : rowOf[cell]!))
      const noise = added.map((cell) => lambda / fresh[cell]!)
      const step = addRows({ inverse, leverage, columns, sizes, newRow, noise })
      let largest = 0
      for (const one of step.leverage) largest = Math.max(largest, one)
      return {
        largest,
        accept() {
          const before = inverse.length
          inverse = step.inverse()
          leverage = step.leverage
          columns.push(newRow.map((row) => (row < 0 ? -1 : before + row)))
          for (const cell of added) measured.set(names[place]![cell]!, repeats)
        },
      }
    },
  }
}

/** Bordering: with X = A⁻¹B and S = D − BᵀX, the new inverse has S⁻¹ as its corner, and leverage grows by (w−Xᵀv)ᵀS⁻¹(w−Xᵀv). */
function addRows({
  inverse,
  leverage,
  columns,
  sizes,
  newRow,
  noise,
}: {
  inverse: readonly Float64Array[]
  leverage: Float64Array
  columns: readonly Int32Array[]
  sizes: readonly number[]
  newRow: Int32Array
  noise: readonly number[]
}): { leverage: Float64Array; inverse(): Float64Array[] } {
  const [old, more] = [inverse.length, noise.length]
  const corner = Array.from(noise, (own, row) => {
    const line = new Float64Array(more)
    line[row] = own
    return line
  })
  const common = Array.from({ length: old }, () => new Float64Array(more))
  for (const [profile, row] of newRow.entries()) {
    if (row < 0) continue
    corner[row]![row]! += sizes[profile]!
    for (const column of columns) if (column[profile]! >= 0) common[column[profile]!]![row]! += sizes[profile]!
  }
  const solved = inverse.map((line) => {
    const product = new Float64Array(more)
    for (let b = 0; b < old; b++) {
      const factor = line[b]!
      const other = common[b]!
      for (let c = 0; c < more; c++) product[c]! += factor * other[c]!
    }
    return product
  })
  for (let a = 0; a < old; a++)
    for (let c = 0; c < more; c++) {
      const factor = common[a]![c]!
      if (factor !== 0) for (let d = 0; d < more; d++) corner[c]![d]! -= factor * solved[a]![d]!
    }
  const cornerInverse = invertPositive(corner)
  const grown = Float64Array.from(leverage)
  const gap = new Float64Array(more)
  for (let profile = 0; profile < grown.length; profile++) {
    gap.fill(0)
    if (newRow[profile]! >= 0) gap[newRow[profile]!] = 1
    for (const column of columns) {
      const line = column[profile]! < 0 ? undefined : solved[column[profile]!]!
      if (line) for (let c = 0; c < more; c++) gap[c]! -= line[c]!
    }
    let sum = 0
    for (let c = 0; c < more; c++) {
      const line = cornerInverse[c]!
      let inner = 0
      for (let d = 0; d < more; d++) inner += line[d]! * gap[d]!
      sum += gap[c]! * inner
    }
    grown[profile]! += sum
  }
  return { leverage: grown, inverse: () => border(inverse, solved, cornerInverse) }
}

function border(
  inverse: readonly Float64Array[],
  solved: readonly Float64Array[],
  cornerInverse: readonly Float64Array[],
): Float64Array[] {
  const [old, more] = [inverse.length, cornerInverse.length]
  const weighted = solved.map((line) =>
    Float64Array.from(cornerInverse, (corner) => line.reduce((sum, value, d) => sum + value * corner[d]!, 0)),
  )
  const top = inverse.map((line, a) => {
    const row = new Float64Array(old + more)
    for (let b = 0; b < old; b++) {
      let sum = line[b]!
      for (let c = 0; c < more; c++) sum += weighted[a]![c]! * solved[b]![c]!
      row[b] = sum
    }
    for (let c = 0; c < more; c++) row[old + c] = -weighted[a]![c]!
    return row
  })
  const bottom = cornerInverse.map((corner, c) => {
    const row = new Float64Array(old + more)
    for (let a = 0; a < old; a++) row[a] = -weighted[a]![c]!
    row.set(corner, old)
    return row
  })
  return [...top, ...bottom]
}

/** The inverse of a symmetric positive definite matrix, by Gauss–Jordan: its pivots need no search. */
function invertPositive(matrix: readonly Float64Array[]): Float64Array[] {
  const size = matrix.length
  const left = matrix.map((line) => Float64Array.from(line))
  const right = matrix.map((_, row) => {
    const line = new Float64Array(size)
    line[row] = 1
    return line
  })
  for (let pivot = 0; pivot < size; pivot++) {
    const scale = 1 / left[pivot]![pivot]!
    for (const side of [left, right]) for (let c = 0; c < size; c++) side[pivot]![c]! *= scale
    for (let row = 0; row < size; row++) {
      const factor = left[row]![pivot]!
      if (row === pivot || factor === 0) continue
      for (const side of [left, right]) for (let c = 0; c < size; c++) side[row]![c]! -= factor * side[pivot]![c]!
    }
  }
  return right
}
