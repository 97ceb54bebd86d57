// What a reader computes from a published table: its primitives and names are kept, and every other figure is worked out
// anew by the formulas of the literature, without any of the functions that made the table.
import type { CellOf, Flag, PublishedTable, ShareCell, TableOf } from './tables.ts'

type Interval = { low: number; high: number } | null
type Sums = { n: number; sum: number; sumOfSquares: number }
/** The other tables of the publication, by name and split. */
export type Others = (table: string, by: string) => PublishedTable | undefined

const Z = 1.959963984540054
const six = (value: number): number => Math.round(value * 1e6) / 1e6 + 0
const ends = (low: number, high: number) => ({ low: six(low), high: six(high) })
const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

/** The table as it must be, from what it prints of primitives; a weighted figure from the tables it is made of. */
export function recomputed(table: PublishedTable, others: Others): PublishedTable {
  const V = table.noise.V
  switch (table.kind) {
    case 'response':
      return { ...table, cells: table.cells.map(response) }
    case 'retention':
      return { ...table, cells: retention(table.cells) }
    case 'distribution':
    case 'multiple':
    case 'states':
      return { ...table, cells: table.cells.map((cell) => distribution(table, cell, others)) }
    case 'share':
      return { ...table, cells: table.cells.map((cell) => part(table, cell, others)) }
    case 'mean':
      return { ...table, cells: table.cells.map((cell) => mean(table, cell, others)) }
    case 'change':
      return { ...table, cells: table.cells.map((cell) => change(table, cell)) }
    case 'share change':
      return { ...table, cells: table.cells.map((cell) => shareChange(cell, V)) }
    case 'recommendation':
      return { ...table, cells: table.cells.map((cell) => recommendation(cell, V)) }
    case 'reliability':
      return { ...table, cells: table.cells.map((cell) => reliability(table, cell)) }
    case 'transition':
      return { ...table, cells: table.cells.map((cell) => ({ ...cell, rows: cell.rows.map((row) => from(row, V)) })) }
    case 'survival':
      return { ...table, cells: table.cells.map((cell) => survival(cell, V)) }
    case 'comparison':
      return { ...table, cells: table.cells.map((cell) => comparison(table, cell)) }
    case 'balance':
      return { ...table, cells: table.cells.map(balance) }
    case 'register':
      return { ...table, cells: table.cells.map(register) }
  }
}

const flags = (n: number, missing = 0): Flag[] => {
  const found: Flag[] = []
  if (n < 30) found.push('caution')
  if (missing / (n + missing) > 0.1) found.push('missing')
  return found
}

// ---------------------------------------------------------------- who answered

function response(cell: CellOf<'response'>): CellOf<'response'> {
  if (!cell.dispositions) return cell
  const { I, P, R, NC, O, UH, UO, NE } = cell.dispositions
  const per = (above: number, below: number) => (below === 0 ? null : six(above / below))
  const known = I + P + R + NC + O
  const e = known + NE === 0 ? null : known / (known + NE)
  const some = known + (e ?? 0) * (UH + UO)
  const all = known + UH + UO
  const rates = {
    e: e === null ? null : six(e),
    rr1: per(I, all),
    rr2: per(I + P, all),
    rr3: per(I, some),
    rr4: per(I + P, some),
    rr5: per(I, known),
    rr6: per(I + P, known),
    coop1: per(I, I + P + R + O),
    coop2: per(I + P, I + P + R + O),
    coop3: per(I, I + P + R),
    coop4: per(I + P, I + P + R),
    ref1: per(R, all),
    ref2: per(R, some),
    ref3: per(R, known),
    con1: per(I + P + R + O, all),
    con2: per(I + P + R + O, some),
    con3: per(I + P + R + O, known),
  }
  return { ...cell, rates }
}

function retention(cells: readonly CellOf<'retention'>[]): CellOf<'retention'>[] {
  const within = (above: number, below: number | null) =>
    below === null || below <= 0 ? null : six(Math.min(1, Math.max(0, above / below)))
  return cells.map((cell, place) => {
    const { n, withFirst, withPrevious, balanced, eligible } = cell
    if (n === null || withFirst === null || withPrevious === null || balanced === null) return cell
    const stayed = place === 0 ? null : within(withPrevious, cells[place - 1]!.n)
    return {
      ...cell,
      waveRate: within(n, eligible),
      retention: within(withFirst, cells[0]!.n),
      balancedShare: within(balanced, cells[0]!.n),
      hazard: stayed === null ? null : six(1 - stayed),
    }
  })
}

// ---------------------------------------------------------------- shares

function wilson(p: number, n: number) {
  const centre = (p + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n)
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n * n))
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}

const worth = (p: number, n: number, noise: number) => (p * (1 - p)) / ((p * (1 - p)) / n + noise)

/** What noise adds to a share of which one side is drawn (m ≤ 2), or k of m categories. */
const noiseOfShare = (p: number, n: number, V: number, m: number, k: number) =>
  m <= 2 ? (V * (1 + p ** 2)) / n ** 2 : (V * (k * (1 - p) ** 2 + (m - k) * p ** 2)) / n ** 2

type Shown = Pick<ShareCell, 'state' | 'count' | 'share' | 'atMost' | 'atLeast' | 'interval'>

function share<Cell extends Shown>(cell: Cell, n: number, V: number, m: number, k = 1): Cell {
  const edge = n >= 300 ? 0.01 : n >= 100 ? 0.02 : n >= 40 ? 0.05 : n >= 20 ? 0.1 : 0.2
  const nothing = { share: null, interval: null, atMost: null, atLeast: null }
  if (cell.state === 'suppressed') return { ...cell, ...nothing, count: null }
  if (cell.count === null)
    return { ...cell, ...nothing, ...(cell.atMost === null ? { atLeast: 1 - edge } : { atMost: edge }) }
  const p = cell.count / n
  if (p <= edge || p >= 1 - edge) throw new Error(`a share of ${p} of ${n} people is shown as it is`)
  const { low, high } = wilson(p, worth(p, n, noiseOfShare(p, n, V, m, k)))
  return { ...cell, ...nothing, share: six(p), interval: ends(low, high) }
}

type Class = { eligible: number; p: number; n: number; noise: number }

/** Σ (eligible of group / eligible) · share of group, and Wilson's interval on what Kish's n and the noise leave. */
function weightedShare(classes: readonly Class[]) {
  const eligible = total(classes.map((one) => one.eligible))
  const p = total(classes.map((one) => (one.eligible / eligible) * one.p))
  const weights = classes.map((one) => one.eligible / one.n)
  const sum = total(classes.map((one, place) => weights[place]! * one.n))
  const kish = sum ** 2 / total(classes.map((one, place) => weights[place]! ** 2 * one.n))
  const noise = total(classes.map((one) => (one.eligible / eligible) ** 2 * one.noise))
  const { low, high } = wilson(p, worth(p, kish, noise))
  return { share: six(p), interval: ends(low, high) }
}

/** How many members each group of a split has, from the table of responses by it. */
function eligibleBy(others: Others, by: string): Map<string, number> {
  const table = others('response', by) as TableOf<'response'>
  return new Map(table.cells.map(({ category, eligible }) => [category, eligible]))
}

function distribution(
  table: TableOf<'distribution'> | TableOf<'multiple'> | TableOf<'states'>,
  cell: CellOf<'distribution'>,
  others: Others,
): CellOf<'distribution'> {
  const { n, shares } = cell
  if (cell.state === 'suppressed' || n === null)
    return { ...cell, base: null, flags: [], shares: shares.map((one) => share(one, 0, 0, 1)) }
  const V = table.noise.V
  const m = table.kind === 'multiple' ? 1 : (table.drawn ?? shares.length)
  const counts = shares.map(({ count }) => count)
  const isWhole = counts.every((count) => count !== null)
  const base = m <= 2 ? n : isWhole ? total(counts as number[]) : cell.base!
  const missing = total([cell.declined, cell.leftBlank, cell.dontKnow, cell.notReached].map((count) => count ?? 0))
  const again = shares.map((one, place): ShareCell => {
    const shown = share(one, base, V, m, one.pooled)
    if (!one.weighted) return shown
    const { by } = one.weighted
    const eligible = eligibleBy(others, by)
    const groups = (others(table.table, by) as typeof table).cells
    const classes = groups.map(({ category, base, shares }): Class => {
      const p = shares[place]!.count! / base!
      return { eligible: eligible.get(category)!, p, n: base!, noise: noiseOfShare(p, base!, V, m, one.pooled) }
    })
    return { ...shown, weighted: { by, ...weightedShare(classes) } }
  })
  return { ...cell, base, flags: flags(n, missing), shares: again }
}

function part(table: TableOf<'share'>, cell: CellOf<'share'>, others: Others): CellOf<'share'> {
  const { base, weighted } = cell
  if (cell.state === 'suppressed' || base === null) return { ...share(cell, 0, 0, 1), flags: [] }
  const V = table.noise.V
  const k = table.drawn > 2 ? table.codes.length : 1
  const shown = { ...share(cell, base, V, table.drawn, k), flags: flags(base) }
  if (!weighted) return shown
  const eligible = eligibleBy(others, weighted.by)
  const groups = (others(table.table, weighted.by) as typeof table).cells
  const classes = groups.map(({ category, base, count }): Class => {
    const p = count! / base!
    return { eligible: eligible.get(category)!, p, n: base!, noise: noiseOfShare(p, base!, V, table.drawn, k) }
  })
  return { ...shown, weighted: { by: weighted.by, ...weightedShare(classes) } }
}

function shareChange(cell: CellOf<'share change'>, V: number): CellOf<'share change'> {
  const { both, lost, gained, neither } = cell
  if (both === null || lost === null || gained === null || neither === null) return cell
  const n = both + lost + gained + neither
  const d = (gained - lost) / n
  const sampling = (gained + lost) / n - d ** 2
  const noise = (V * ((1 - d) ** 2 + (1 + d) ** 2 + 2 * d ** 2)) / n ** 2
  const size = sampling > 0 ? sampling / (sampling / n + noise) : n
  const [before, after] = [(both + lost) / n, (both + gained) / n]
  const [l0, u0, l1, u1] = [...Object.values(wilson(before, size)), ...Object.values(wilson(after, size))] as number[]
  const margins = (both + lost) * (gained + neither) * (both + gained) * (lost + neither)
  const product = both * neither - lost * gained
  // n/2 of a table of n people is n²/2n' of one that is worth n'.
  const shrunk = product > 0 ? Math.max(0, product - n ** 2 / (2 * size)) : product
  const phi = margins > 0 ? shrunk / Math.sqrt(margins) : 0
  const half = (a: number, b: number) => Math.sqrt(Math.max(0, a ** 2 - 2 * phi * a * b + b ** 2))
  const low = Math.max(-1, after - before - half(after - l1!, u0! - before))
  const high = Math.min(1, after - before + half(u1! - after, before - l0!))
  return {
    ...cell,
    n,
    flags: flags(n),
    before: six(before),
    after: six(after),
    estimate: six(after - before),
    interval: ends(low, high),
  }
}

function recommendation(cell: CellOf<'recommendation'>, V: number): CellOf<'recommendation'> {
  const { promoters, passives, detractors } = cell
  if (promoters === null || passives === null || detractors === null) return cell
  const n = promoters + passives + detractors
  const balance = (promoters - detractors) / n
  const sampling = ((promoters + detractors) / n - balance ** 2) / n
  const noise = (V * ((1 - balance) ** 2 + balance ** 2 + (1 + balance) ** 2)) / n ** 2
  const error = 100 * Math.sqrt(sampling + noise)
  const interval = ends(Math.max(-100, 100 * balance - Z * error), Math.min(100, 100 * balance + Z * error))
  return { ...cell, n, flags: flags(n), estimate: six(100 * balance), standardError: six(error), interval }
}

// ---------------------------------------------------------------- scores

/** Student's 97.5 % quantile by Simpson's rule: P(|T| < t) is a part of the integral of cosᵛ⁻¹ from 0 to a right angle. */
function student(degrees: number): number {
  const area = (angle: number) => {
    const steps = 2000
    const at = (step: number) => Math.cos((angle * step) / steps) ** (degrees - 1)
    const inner = Array.from({ length: steps - 1 }, (_, step) => (step % 2 === 0 ? 4 : 2) * at(step + 1))
    return ((at(0) + at(steps) + total(inner)) * angle) / steps / 3
  }
  const whole = area(Math.PI / 2)
  let [low, high] = [0, 20]
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2
    if (area(Math.atan(middle / Math.sqrt(degrees))) / whole < 0.95) low = middle
    else high = middle
  }
  return low
}
const quantiles = new Map<number, number>()
export function studentQuantile(degrees: number): number {
  if (!quantiles.has(degrees)) quantiles.set(degrees, student(degrees))
  return quantiles.get(degrees)!
}

type Scale = { centre: number; range: number }
type Moments = { n: number; mean: number; variance: number; error: number }

/** Mean and variance from sums; `error` is the variance of the mean, noise included, whose sum was drawn so many times. */
function moments({ n, sum, sumOfSquares }: Sums, { centre, range }: Scale, V: number, draws = 1): Moments {
  const spread = Math.max(sumOfSquares / n - (sum / n) ** 2, (0.05 * range) ** 2)
  const variance = (spread * n) / (n - 1)
  const noise = (V * (draws * (range / 2) ** 2 + (sum / n) ** 2)) / n ** 2
  return { n, mean: centre + sum / n, variance, error: variance / n + noise }
}

const around = ({ n, mean, error }: Moments): Interval => {
  const half = studentQuantile(n - 1) * Math.sqrt(error)
  return ends(mean - half, mean + half)
}

const isWhole = (sums: { n?: number | null; sum: number | null; sumOfSquares: number | null }): sums is Sums =>
  sums.n !== null && sums.sum !== null && sums.sumOfSquares !== null

function mean(table: TableOf<'mean'>, cell: CellOf<'mean'>, others: Others): CellOf<'mean'> {
  if (!isWhole(cell)) return cell
  const V = table.noise.V
  const found = moments(cell, table, V)
  const shown = {
    ...cell,
    flags: flags(cell.n),
    estimate: six(found.mean),
    sd: six(Math.sqrt(found.variance)),
    interval: around(found),
  }
  if (!cell.weighted) return shown
  const { by } = cell.weighted
  const eligible = eligibleBy(others, by)
  const all = total([...eligible.values()])
  const classes = (others(table.table, by) as typeof table).cells.map((group) => ({
    weight: eligible.get(group.category)! / all,
    ...moments(group as Sums & typeof group, table, V),
  }))
  const estimate = total(classes.map(({ weight, mean }) => weight * mean))
  const error = Math.sqrt(total(classes.map(({ weight, error }) => weight ** 2 * error)))
  const half = studentQuantile(total(classes.map(({ n }) => n - 1))) * error
  return { ...shown, weighted: { by, estimate: six(estimate), interval: ends(estimate - half, estimate + half) } }
}

/** 1 − 3/(4·df − 1). */
const hedges = (df: number) => 1 - 3 / (4 * df - 1)

function change(table: TableOf<'change'>, cell: CellOf<'change'>): CellOf<'change'> {
  if (!isWhole(cell)) return cell
  const { n } = cell
  const V = table.noise.V
  const found = moments(cell, table, V)
  const dz = found.mean / Math.sqrt(found.variance)
  const half = Z * Math.sqrt(1 / n + dz ** 2 / (2 * n))
  const { before, after } = cell
  if (!before || !after) throw new Error('a change without where it started and ended')
  // A wave's score runs from 0 to 100, the change is measured in the same points.
  const scale = { centre: 50, range: table.range }
  const end = ({ sum, sumOfSquares }: typeof before, draws: number) => {
    const found = moments({ n, sum: sum!, sumOfSquares: sumOfSquares! }, scale, V, draws)
    return { sum, sumOfSquares, estimate: six(found.mean), interval: around(found) }
  }
  return {
    ...cell,
    flags: flags(n),
    estimate: six(found.mean),
    sd: six(Math.sqrt(found.variance)),
    interval: around(found),
    dz: six(dz),
    gz: six(dz * hedges(n - 1)),
    dzInterval: ends(dz - half, dz + half),
    before: end(before, 1),
    after: end({ ...after, sum: six(before.sum! + cell.sum) }, 2),
  }
}

function reliability(table: TableOf<'reliability'>, cell: CellOf<'reliability'>): CellOf<'reliability'> {
  const { n, items } = cell
  if (n === null || cell.state === 'suppressed') return cell
  const k = items.length
  const variance = ({ sum, sumOfSquares }: { sum: number | null; sumOfSquares: number | null }, range: number) =>
    moments({ n, sum: sum!, sumOfSquares: sumOfSquares! }, { centre: 0, range }, 0).variance
  const each = total(items.map((item) => variance(item, table.range)))
  const alpha = (k / (k - 1)) * (1 - each / variance(cell.total, k * table.range))
  return { ...cell, flags: alpha < 0 ? ['reversed'] : [], alpha: Math.round(alpha * 100) / 100 || 0 }
}

// ---------------------------------------------------------------- paths

type Row = CellOf<'transition'>['rows'][number]
function from(row: Row, V: number): Row {
  if (row.n === null) return { ...row, shares: row.shares.map((one) => share(one, 0, 0, 1)) }
  const counts = row.shares.map(({ count }) => count)
  const n = counts.every((count) => count !== null) ? total(counts as number[]) : row.n
  return { ...row, n, shares: row.shares.map((one) => share(one, n, V, row.shares.length)) }
}

function survival(cell: CellOf<'survival'>, V: number): CellOf<'survival'> {
  let [still, variance] = [1, 0]
  const intervals = cell.intervals.map((one) => {
    const { atRisk, events, censored } = one
    if (atRisk === null || events === null || censored === null) return one
    const exposed = atRisk - Math.max(0, censored) / 2
    const q = Math.min(1, Math.max(0, events) / exposed)
    still *= 1 - q
    const noise = (V * (1 + q ** 2 + q ** 2 / 4)) / exposed ** 2
    if (q < 1) variance += ((q * (1 - q)) / exposed + noise) / (1 - q) ** 2
    const spread = Math.exp((Z * Math.sqrt(variance)) / Math.abs(Math.log(still)))
    const isInside = still > 0 && still < 1
    const interval = isInside ? ends(1 - still ** (1 / spread), 1 - still ** spread) : null
    return { ...one, share: six(1 - still), interval }
  })
  return { ...cell, n: cell.intervals[0]!.atRisk, intervals }
}

// ---------------------------------------------------------------- people who did not leave

function comparison(table: TableOf<'comparison'>, cell: CellOf<'comparison'>): CellOf<'comparison'> {
  const arms = [cell.volunteers, cell.comparison]
  if (!arms.every(isWhole)) return cell
  const [one, other] = arms.map((arm) => moments(arm as Sums, table, table.noise.V)) as [Moments, Moments]
  const error = one.error + other.error
  const df = error ** 2 / (one.error ** 2 / (one.n - 1) + other.error ** 2 / (other.n - 1))
  const estimate = one.mean - other.mean
  const half = studentQuantile(df) * Math.sqrt(error)
  const pooled = ((one.n - 1) * one.variance + (other.n - 1) * other.variance) / (one.n + other.n - 2)
  const d = estimate / Math.sqrt(pooled)
  const arm = (of: CellOf<'comparison'>['volunteers'], { mean, variance }: Moments) => ({
    ...of,
    estimate: six(mean),
    sd: six(Math.sqrt(variance)),
  })
  return {
    ...cell,
    volunteers: arm(cell.volunteers, one),
    comparison: arm(cell.comparison, other),
    estimate: six(estimate),
    interval: ends(estimate - half, estimate + half),
    d: six(d),
    g: six(d * hedges(one.n + other.n - 2)),
  }
}

function balance(cell: CellOf<'balance'>): CellOf<'balance'> {
  const shares = [cell.volunteers, cell.comparison].map(({ n, count }) =>
    count === null ? null : Math.min(1, count / n!),
  )
  const [p, q] = shares
  if (p == null || q == null) return cell
  const spread = (p * (1 - p) + q * (1 - q)) / 2
  return { ...cell, difference: spread === 0 ? null : six((p - q) / Math.sqrt(spread)) }
}

const register = (cell: CellOf<'register'>): CellOf<'register'> =>
  cell.count === null || cell.n === null || cell.share === null ? cell : { ...cell, share: six(cell.count / cell.n) }
