// Checks how much a publication unit releases at the edges of its size; must not know tables or persons.

import { expect, test } from 'vitest'
import { releaseScope } from './unit.ts'

test.each([
  [264, 0, 'nothing'],
  [264, 9, 'nothing'],
  [264, 10, 'totals'],
  [264, 39, 'totals'],
  [264, 40, 'plan'],
  [100, 40, 'plan'],
  [99, 67, 'totals'],
  [99, 9, 'nothing'],
] as const)('%d eligible and %d respondents release: %s', (eligible, respondents, scope) => {
  expect(releaseScope({ eligible, respondents })).toBe(scope)
})
