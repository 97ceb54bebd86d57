// Checks transitions against a worked example; must not know the states.

import { expect, test } from 'vitest'
import { transitionShares } from './transitions.ts'

const worked = [
  [16, 3, 1],
  [7, 6, 2],
  [4, 1, 10],
]

test('rows are shares of those who were there, as worked', () => {
  const rows = transitionShares(worked)
  const printed = [
    [0.8, 0.15, 0.05],
    [0.4667, 0.4, 0.1333],
    [0.2667, 0.0667, 0.6667],
  ]
  expect(rows.map((row) => row?.n)).toEqual([20, 15, 15])
  for (const [from, shares] of printed.entries())
    for (const [to, wanted] of shares.entries()) expect(rows[from]!.shares[to]!.share).toBeCloseTo(wanted, 4)
})

test('a cell has the score interval of its row, which noise in every cell of the row widens', () => {
  // By R’s prop.test without correction: 16 of 20, then 80 % of p(1−p)/(p(1−p)/20 + 3·((1−p)² + 2p²)/20²).
  const [plain, noisy] = [0, 3].map((V) => transitionShares(worked, V)[0]!.shares[0]!)
  expect(plain!.interval.low).toBeCloseTo(0.5839825677, 9)
  expect(plain!.interval.high).toBeCloseTo(0.9193423374, 9)
  expect(noisy!.share).toBe(0.8)
  expect(noisy!.interval.low).toBeCloseTo(0.4727070596, 9)
  expect(noisy!.interval.high).toBeCloseTo(0.94694285, 9)
})

test('a row of nobody has no shares', () => {
  expect(transitionShares([[0, 0], [], [0, 4]]).map((row) => row?.n ?? null)).toEqual([null, null, 4])
})
