// Checks the AAPOR rates against worked examples; must not know persons or publication.

import { expect, test } from 'vitest'
import { responseRates } from './response-rates.ts'

const nobody = { I: 0, P: 0, R: 0, NC: 0, O: 0, UH: 0, UO: 0, NE: 0 }

test.each([
  ['e', 0.983607],
  ['rr1', 0.507692],
  ['rr2', 0.553846],
  ['rr3', 0.508333],
  ['rr4', 0.554545],
  ['rr5', 0.55],
  ['rr6', 0.6],
  ['coop1', 0.846154],
  ['coop2', 0.923077],
  ['coop3', 0.862745],
  ['coop4', 0.941176],
  ['ref1', 0.034615],
  ['ref2', 0.034659],
  ['ref3', 0.0375],
  ['con1', 0.6],
  ['con2', 0.600758],
  ['con3', 0.65],
] as const)('a cohort of 264 has the worked %s of %d', (rate, expected) => {
  const rates = responseRates({ I: 132, P: 12, R: 9, NC: 84, O: 3, UH: 0, UO: 20, NE: 4 })
  expect(rates[rate]).toBeCloseTo(expected, 6)
})

test('the example of the R package outcomerate gives its printed response rates', () => {
  const rates = responseRates({ I: 4, P: 2, R: 1, NC: 1, O: 1, UH: 1, UO: 1, NE: 1 })
  expect(rates.rr1).toBeCloseTo(0.364, 3)
  expect(rates.rr2).toBeCloseTo(0.545, 3)
  expect(rates.rr5).toBeCloseTo(0.444, 3)
  expect(rates.rr6).toBeCloseTo(0.667, 3)
})

test('rates without a denominator are null, never NaN', () => {
  expect(new Set(Object.values(responseRates(nobody)))).toEqual(new Set([null]))
  expect(responseRates({ ...nobody, NC: 5 })).toMatchObject({ rr2: 0, coop1: null, coop3: null, con3: 0 })
})

test('rates that need e are null when no case has a known eligibility', () => {
  expect(responseRates({ ...nobody, UO: 7 })).toMatchObject({ e: null, rr2: 0, rr3: null, rr4: null, con2: null })
})
