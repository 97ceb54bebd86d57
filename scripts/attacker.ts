// Somebody who knows everything but the answers: who is in the cohort, every fact of each of them, who responded, how the
// figures are made and how much noise is in them; and who works out from published counts what each of them answered.

/**
 * What is known of the yeses among some people: the best count and how much it may be off (variance); `printed` is the
 * count as it was published, null where it was not.
 */
export type Clue = { by: string; who: readonly number[]; count: number; variance: number; printed: number | null }

/** Half of people say yes, for all the attacker knows beforehand. */
const PRIOR = 0.5
const PRIOR_VARIANCE = PRIOR * (1 - PRIOR)

/**
 * How likely a yes is of each of `people`, as the best linear guess from all clues together: the mean of a normal
 * posterior, x̂ = p + πWᵀ(πWWᵀ + Λ)⁻¹(y − Wp).
 */
export function guess(people: number, clues: readonly Clue[]): Float64Array {
  const size = clues.length
  const has = clues.map(({ who }) => {
    const one = new Uint8Array(people)
    for (const person of who) one[person] = 1
    return one
  })
  const system = clues.map(({ who, count, variance }, row) => {
    const line = new Float64Array(size + 1)
    for (let column = 0; column < size; column++) {
      let shared = 0
      for (const person of who) shared += has[column]![person]!
      line[column] = PRIOR_VARIANCE * shared
    }
    line[row]! += variance
    line[size] = count - PRIOR * who.length
    return line
  })
  const solved = solve(system)
  const guessed = new Float64Array(people).fill(PRIOR)
  for (const [row, { who }] of clues.entries())
    for (const person of who) guessed[person]! += PRIOR_VARIANCE * solved[row]!
  return guessed
}

/** Gaussian elimination of a symmetric positive definite system, its right side in the last column. */
function solve(system: Float64Array[]): Float64Array {
  const size = system.length
  for (let pivot = 0; pivot < size; pivot++) {
    const own = system[pivot]!
    for (let row = pivot + 1; row < size; row++) {
      const line = system[row]!
      const factor = line[pivot]! / own[pivot]!
      if (factor !== 0) for (let column = pivot; column <= size; column++) line[column]! -= factor * own[column]!
    }
  }
  const solution = new Float64Array(size)
  for (let row = size - 1; row >= 0; row--) {
    const line = system[row]!
    let rest = line[size]!
    for (let column = row + 1; column < size; column++) rest -= line[column]! * solution[column]!
    solution[row] = rest / line[row]!
  }
  return solution
}

/** How often somebody with a yes is guessed a likelier yes than somebody with a no: ½ is chance, 1 knows them all. */
export function areaUnderCurve(guessed: ArrayLike<number>, truth: readonly boolean[]): number {
  const order = truth.map((_, person) => person).sort((a, b) => guessed[a]! - guessed[b]!)
  let rankSum = 0
  for (let start = 0; start < order.length; ) {
    let end = start
    while (end < order.length && guessed[order[end]!] === guessed[order[start]!]) end++
    for (const person of order.slice(start, end)) if (truth[person]) rankSum += (start + end + 1) / 2
    start = end
  }
  const yes = truth.filter(Boolean).length
  return (rankSum - (yes * (yes + 1)) / 2) / (yes * (truth.length - yes))
}

const isPrinted = (clue: Clue): clue is Clue & { printed: number } => clue.printed !== null

export type Hits = { tried: number; exact: number }

/**
 * Takes published counts from one another: a count less those of one split that lie within it leaves the count of the
 * people they leave over. How often that is exactly right.
 */
export function difference(all: readonly Clue[], truth: readonly boolean[]): Hits {
  const hits: Hits = { tried: 0, exact: 0 }
  const clues = all.filter(isPrinted)
  const splits = [...Map.groupBy(clues, ({ by }) => by).values()]
  for (const whole of clues) {
    const inside = new Set(whole.who)
    for (const split of splits) {
      const parts = split.filter((part) => part !== whole && part.who.every((person) => inside.has(person)))
      // All of them, and each by itself.
      for (const taken of [parts, ...(parts.length > 1 ? parts.map((part) => [part]) : [])]) {
        const gone = new Set(taken.flatMap(({ who }) => who))
        const left = whole.who.filter((person) => !gone.has(person))
        if (taken.length === 0 || left.length === 0) continue
        hits.tried++
        const worked = whole.printed - taken.reduce((sum, { printed }) => sum + printed, 0)
        if (worked === left.filter((person) => truth[person]).length) hits.exact++
      }
    }
  }
  return hits
}

/** Works out each cell of a split as what all its other cells leave of the total. How often that is exactly right. */
export function complement(all: readonly Clue[], truth: readonly boolean[]): Hits {
  const hits: Hits = { tried: 0, exact: 0 }
  const clues = all.filter(isPrinted)
  const total = clues.find(({ by }) => by === 'total')
  if (!total) return hits
  for (const split of Map.groupBy(clues, ({ by }) => by).values()) {
    for (const cell of split) {
      if (cell === total || split.reduce((sum, { who }) => sum + who.length, 0) !== total.who.length) continue
      hits.tried++
      const others = split.reduce((sum, one) => sum + (one === cell ? 0 : one.printed), 0)
      if (total.printed - others === cell.who.filter((person) => truth[person]).length) hits.exact++
    }
  }
  return hits
}
