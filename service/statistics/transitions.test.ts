// Checks transitions against a worked example; must not know the states.

import { expect, test } from 'vitest'
import { transitionShares } from './transitions.ts'

test('rows are shares of those who were there, as worked', () => {
  const [work, looking, studies] = transitionShares([
    [16, 3, 1],
    [7, 6, 2],
    [4, 1, 10],
  ])
  expect(work).toEqual([0.8, 0.15, 0.05])
  for (const [place, wanted] of [0.4667, 0.4, 0.1333].entries()) expect(looking![place]).toBeCloseTo(wanted, 4)
  for (const [place, wanted] of [0.2667, 0.0667, 0.6667].entries()) expect(studies![place]).toBeCloseTo(wanted, 4)
  expect(transitionShares([[0, 0]])).toEqual([null])
})
