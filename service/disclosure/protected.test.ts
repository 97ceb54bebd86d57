// Checks that computing with protected figures keeps their mark; must not know noise or gates.

import { expect, test } from 'vitest'
import { allOf, derive, type Protected, together } from './protected.ts'
import { seal } from './seal.ts'

const marksOf = (figure: object) => Object.getOwnPropertySymbols(figure)

test('what is derived from a protected value is protected', () => {
  const share: Protected<string> = derive(seal(12), (n) => `${n} persons`)
  expect(share.value).toBe('12 persons')
  expect(marksOf(share)).toEqual(marksOf(seal(0)))
})

test('protected values taken together are protected, under their names', () => {
  const row: Protected<{ n: number; label: string }> = together({ n: seal(12), label: seal('yes') })
  expect(row.value).toEqual({ n: 12, label: 'yes' })
  expect(marksOf(row)).toEqual(marksOf(seal(0)))
})

test('a list of protected values becomes a protected list, in order', () => {
  const counts: Protected<number[]> = allOf([seal(3), seal(1), seal(2)])
  expect(counts.value).toEqual([3, 1, 2])
  expect(marksOf(counts)).toEqual(marksOf(seal(0)))
})

test('a bare value is not protected, for the compiler and at run time', () => {
  // @ts-expect-error without the mark this must not compile
  const forged: Protected<number> = { value: 12 }
  expect(marksOf(forged)).toEqual([])
})

test('a protected value cannot be changed afterwards', () => {
  const figure = seal(12)
  expect(() => Object.assign(figure, { value: 13 })).toThrow(TypeError)
})

test('the mark does not appear in JSON', () => {
  expect(JSON.stringify(seal(12))).toBe('{"value":12}')
})
