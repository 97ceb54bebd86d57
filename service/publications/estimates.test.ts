// Checks published cells at every gate and edge, and recomputes each figure by formulas written out here.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changeCell, type DistributionPrimitives, distributionCell, meanCell, responseCell } from './estimates.ts'
import { round } from './tables.ts'

const V = 3
const Z = 1.959963984540054
const name = { category: 'ALL', label: { fr: 'Ensemble', en: 'Everybody' } }
const options = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ code: index + 1, label: { fr: `${index}`, en: `${index}` } }))
const six = (value: number) => Math.round(value * 1e6) / 1e6

const NOBODY = { declined: 0, leftBlank: 0, dontKnow: null, notReached: 0 }
const distribution = (counts: number[], more: Partial<DistributionPrimitives> = {}, sensitive = false) => {
  const n = counts.reduce((sum, count) => sum + count, 0)
  return distributionCell(
    name,
    options(counts.length),
    V,
    { n, counts, ...NOBODY, ...more },
    { drawn: counts.length, sensitive },
  )
}
const dichotomy = (yes: number, n: number, sensitive = false) => distribution([yes, 999], { n }, sensitive)
const mean = (n: number, sum = 0, sumOfSquares = 100 * n, sensitive = false) =>
  meanCell(name, { centre: 50, range: 100 }, V, { n, sum, sumOfSquares }, sensitive)
const START = { n: Number.NaN, sum: 300, sumOfSquares: 30_000 }
const END = { n: Number.NaN, sum: Number.NaN, sumOfSquares: 36_000 }
const change = (n: number, sum = 5 * n, sumOfSquares = 400 * n) =>
  changeCell(name, { centre: 0, range: 100 }, V, { n, sum, sumOfSquares }, { centre: 50, before: START, after: END })
const dispositions = { I: 132, P: 12, R: 9, NC: 84, O: 3, UH: 0, UO: 20, NE: 4 }

/** Whether nothing in a cell is a figure: its name, its state, and nothing else. */
const figuresIn = (cell: object): unknown[] =>
  Object.entries(cell).flatMap(([key, value]) => {
    if (['category', 'label', 'state', 'code', 'pooled', 'eligible'].includes(key)) return []
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return figuresIn(value)
    if (Array.isArray(value)) return value.flatMap((one) => (typeof one === 'object' ? figuresIn(one) : [one]))
    return value === null ? [] : [value]
  })

/** The keys of a cell, and of every cell within it, in their order. */
const shapeOf = (cell: object): string =>
  JSON.stringify(cell, (key, value) => {
    if (['flags', 'interval', 'dzInterval'].includes(key)) return 0
    return typeof value === 'object' && value !== null ? value : 0
  })

describe('gates', () => {
  test.each([
    ['a response rate', () => responseCell(name, 40, { n: 9, dispositions })],
    ['a dichotomy', () => dichotomy(4, 9)],
    ['a distribution', () => distribution([9, 5, 5])],
    ['a mean', () => mean(19)],
    ['a change', () => change(29)],
    ['a sensitive dichotomy', () => dichotomy(14, 29, true)],
    ['a sensitive distribution', () => distribution([9, 10, 10], {}, true)],
    ['a sensitive mean', () => mean(29, 0, 2900, true)],
  ])('%s on one person too few is withheld, with no figure left in it', (_, cell) => {
    expect(cell().state).toBe('suppressed')
    expect(figuresIn(cell())).toEqual([])
  })

  test.each([
    ['a response rate', () => responseCell(name, 40, { n: 10, dispositions })],
    ['a dichotomy', () => dichotomy(4, 10)],
    ['a distribution', () => distribution([10, 5, 5])],
    ['a mean', () => mean(20)],
    ['a change', () => change(30)],
    ['a sensitive dichotomy', () => dichotomy(14, 30, true)],
    ['a sensitive distribution', () => distribution([10, 10, 10], {}, true)],
    ['a sensitive mean', () => mean(30, 0, 3000, true)],
  ])('%s on just enough people is published', (_, cell) => {
    expect(cell().state).toBe('published')
    expect(figuresIn(cell()).length).toBeGreaterThan(0)
  })

  test('a distribution is withheld when its counts add up to too few, however many its n says', () => {
    expect(distribution([9, 5, 5], { n: 25 }).state).toBe('suppressed')
    expect(distribution([10, 5, 5], { n: 19 }).state).toBe('suppressed')
    expect(distribution([10, 5, 5], { n: 20 }).state).toBe('published')
  })

  test('a withheld cell looks the same whatever the reason', () => {
    const tooFew = distribution([0, 0, 0])
    expect(distribution([19, 0, 0])).toEqual(tooFew)
    expect(distribution([9, 5, 5], { n: 300, declined: 7, leftBlank: 4 })).toEqual(tooFew)
    expect(distribution([90, 50, 50], { n: 19, declined: 7, leftBlank: 4 })).toEqual(tooFew)
    expect(mean(19)).toEqual(mean(0, 0, 0))
    expect(change(29)).toEqual(change(0, 0, 0))
    expect(dichotomy(9, 9)).toEqual(dichotomy(0, 0))
  })

  test('a withheld cell has the keys of a published one, in the same order', () => {
    expect(shapeOf(distribution([9, 5, 5]))).toBe(shapeOf(distribution([10, 9, 8])))
    expect(shapeOf(distribution([9, 5, 5]))).toBe(shapeOf(distribution([400, 0, 9])))
    expect(shapeOf(mean(19))).toBe(shapeOf(mean(200)))
    expect(shapeOf(change(29))).toBe(shapeOf(change(200)))
    expect(Object.keys(responseCell(name, 9, { n: 9, dispositions }))).toEqual(
      Object.keys(responseCell(name, 40, { n: 40, dispositions })),
    )
  })

  test('the size of a group in the frame is public, and stays when everything else is withheld', () => {
    expect(responseCell(name, 12, { n: 9, dispositions }).eligible).toBe(12)
  })
})

describe('flags', () => {
  test.each([
    [20, ['caution']],
    [29, ['caution']],
    [30, []],
  ])('a figure on %d people is flagged %j', (n, flags) => {
    expect(mean(n).flags).toEqual(flags)
    expect(distribution([n, 0, 0]).flags).toEqual(flags)
  })

  test('more than a tenth without a valid answer is flagged, a tenth exactly is not', () => {
    expect(distribution([50, 20, 20], { declined: 6, leftBlank: 4 }).flags).toEqual([])
    expect(distribution([50, 20, 20], { declined: 6, leftBlank: 5 }).flags).toEqual(['missing'])
    expect(distribution([9, 8, 8], { declined: 6, leftBlank: 5 }).flags).toEqual(['caution', 'missing'])
  })

  test.each(['declined', 'leftBlank', 'dontKnow', 'notReached'] as const)(
    'people who gave no valid answer are flagged whatever the reason, such as %s',
    (reason) => {
      expect(distribution([50, 20, 20], { [reason]: 10 })).toMatchObject({ flags: [], [reason]: 10 })
      expect(distribution([50, 20, 20], { [reason]: 11 })).toMatchObject({ flags: ['missing'], [reason]: 11 })
    },
  )

  test('not knowing is null where it is not offered', () => {
    expect(distribution([50, 20, 20]).dontKnow).toBeNull()
    expect(distribution([50, 20, 20], { dontKnow: 0 }).dontKnow).toBe(0)
  })
})

describe('top-coding', () => {
  test.each([
    [20, 0.1],
    [39, 0.1],
    [40, 0.05],
    [99, 0.05],
    [100, 0.02],
    [299, 0.02],
    [300, 0.01],
    [5000, 0.01],
  ])('on a base of %d, shares up to %d and from its complement say no more than that', (base, edge) => {
    const few = Math.floor(base * edge + 1e-9)
    const [low, high] = distribution([few, base - few, 0]).shares
    const hidden = { count: null, share: null, interval: null, state: 'topcoded' }
    expect(low).toMatchObject({ ...hidden, atMost: edge, atLeast: null })
    expect(high).toMatchObject({ ...hidden, atMost: null, atLeast: 1 - edge })
    const beyond = distribution([few + 1, base - few - 1, 0]).shares
    expect(beyond.map(({ state }) => state)).toEqual(['published', 'published', 'topcoded'])
    expect(beyond[0]).toMatchObject({ count: few + 1, share: six((few + 1) / base), atMost: null, atLeast: null })
  })

  test.each([
    [10, 2],
    [19, 3],
  ])('a dichotomy on a base of %d is top-coded up to %d', (n, few) => {
    expect(dichotomy(few, n).shares.map(({ atMost, atLeast }) => [atMost, atLeast])).toEqual([
      [0.2, null],
      [null, 0.8],
    ])
    expect(dichotomy(few + 1, n).shares.map(({ state }) => state)).toEqual(['published', 'published'])
  })

  test('one answer given by everybody is not shown as a count', () => {
    const { shares } = distribution([0, 45, 0])
    expect(shares.map(({ state, count }) => [state, count])).toEqual(Array(3).fill(['topcoded', null]))
  })

  test('the two sides of a dichotomy are shown or hidden together, or one would give the other away', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 2000 }), fc.nat({ max: 2000 }), (n, yes) => {
        const [first, second] = dichotomy(Math.min(yes, n), n).shares
        expect(first!.state).toBe(second!.state)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('dichotomies', () => {
  test('the second side is what is left of n, whatever was counted for it', () => {
    const cell = dichotomy(38, 100)
    expect(cell.base).toBe(100)
    expect(cell.shares.map(({ count, share }) => [count, share])).toEqual([
      [38, 0.38],
      [62, 0.62],
    ])
    expect(distributionCell(name, options(2), V, { n: 100, counts: [38, 3], ...NOBODY }, { drawn: 2 })).toEqual(cell)
  })

  test('noise that leaves more on one side than there are people is cut off at everybody', () => {
    expect(dichotomy(104, 100)).toEqual(dichotomy(100, 100))
    expect(dichotomy(104, 100).shares.map(({ atLeast }) => atLeast)).toEqual([0.98, null])
  })

  test('the interval counts the noise of the drawn side and of n', () => {
    const [p, n] = [0.38, 100]
    const noise = (V * (1 + p * p)) / n ** 2
    const effective = (p * (1 - p)) / ((p * (1 - p)) / n + noise)
    expect(dichotomy(38, 100).shares[0]!.interval).toEqual(wilsonByHand(p, effective))
  })
})

function wilsonByHand(p: number, n: number) {
  const centre = (p + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n)
  const half = (Z / (1 + Z ** 2 / n)) * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n * n))
  return { low: six(Math.max(0, centre - half)), high: six(Math.min(1, centre + half)) }
}

test('a share of several categories has a Wilson interval on the n that sampling and noise leave', () => {
  const counts = [6, 3, 11, 14, 9]
  const cell = distribution(counts)
  const share = 14 / 43
  const noise = (V * ((1 - share) ** 2 + 4 * share ** 2)) / 43 ** 2
  const effective = (share * (1 - share)) / ((share * (1 - share)) / 43 + noise)
  expect(cell.shares[3]).toMatchObject({ count: 14, share: six(share), interval: wilsonByHand(share, effective) })
  expect(effective).toBeLessThan(43)
})

test('a mean is its centre plus sum over n, and its interval is Student’s with the noise in it', () => {
  // 49 degrees of freedom: t = 2.009575 (printed tables: 2.0096).
  const t = 2.009575237129236
  const [n, sum, sumOfSquares] = [50, 240, 21_000]
  const spread = sumOfSquares / n - (sum / n) ** 2
  const variance = (spread * n) / (n - 1)
  const m = 50 + sum / n
  const noise = (V * (50 ** 2 + (m - 50) ** 2)) / n ** 2
  const half = t * Math.sqrt(variance / n + noise)
  expect(mean(n, sum, sumOfSquares)).toEqual({
    ...name,
    state: 'published',
    flags: [],
    n,
    sum,
    sumOfSquares,
    estimate: six(m),
    sd: six(Math.sqrt(variance)),
    interval: { low: six(m - half), high: six(m + half) },
    weighted: null,
  })
})

test('a change adds dz, the mean difference in standard deviations of the differences', () => {
  const [n, sum, sumOfSquares] = [50, 240, 21_000]
  const sd = Math.sqrt(((sumOfSquares / n - (sum / n) ** 2) * n) / (n - 1))
  expect(change(n, sum, sumOfSquares)).toMatchObject({
    estimate: six(sum / n),
    sd: six(sd),
    dz: six(sum / n / sd),
    flags: [],
  })
})

test('noise that would make a spread vanish or negative leaves a twentieth of the range', () => {
  const smallest = six(Math.sqrt((5 ** 2 * 40) / 39))
  for (const sumOfSquares of [0, -4000, 30]) {
    expect(mean(40, 0, sumOfSquares).sd).toBe(smallest)
    expect(change(40, 0, sumOfSquares)).toMatchObject({ sd: smallest, estimate: 0, dz: 0 })
  }
})

test('what a reader computes from the printed sums has the printed last digit', () => {
  const third = 100 / 3
  const cell = mean(30, third, 9000 + third)
  expect(cell.sum).toBe(33.333333)
  expect(cell.estimate).toBe(six(50 + cell.sum! / 30))
})

test('response rates are those of the perturbed dispositions', () => {
  const cell = responseCell(name, 264, { n: 264, dispositions })
  expect(cell.dispositions).toEqual(dispositions)
  // Worked by hand from I 132, P 12, R 9, NC 84, O 3, UO 20, NE 4 (AAPOR, Standard Definitions).
  expect(cell.rates).toMatchObject({
    e: 0.983607,
    rr1: 0.507692,
    rr2: 0.553846,
    rr3: 0.508333,
    rr4: 0.554545,
    rr5: 0.55,
    rr6: 0.6,
    coop1: 0.846154,
    coop4: 0.941176,
    ref1: 0.034615,
    con1: 0.6,
    con3: 0.65,
  })
})

test('a rate without a denominator is null, and not a number that is none', () => {
  const nobody = { I: 0, P: 0, R: 0, NC: 0, O: 0, UH: 0, UO: 0, NE: 12 }
  const rates = responseCell(name, 12, { n: 12, dispositions: nobody }).rates!
  expect(rates.rr2).toBeNull()
  expect(rates.coop1).toBeNull()
  expect(Object.values(rates).every((rate) => rate === null || Number.isFinite(rate))).toBe(true)
})

test('every figure is printed with six decimals at most, and never as minus zero', () => {
  expect(round(1 / 3)).toBe(0.333333)
  expect(Object.is(round(-1e-9), 0)).toBe(true)
  const printed = JSON.stringify([mean(37, 11.1, 6000), change(37, -3.7, 9000), distribution([13, 11, 17])])
  expect([...printed.matchAll(/\.(\d+)/g)].every(([, decimals]) => decimals!.length <= 6)).toBe(true)
})
