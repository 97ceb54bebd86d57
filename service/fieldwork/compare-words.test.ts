// Checks that a difference shown leaves nothing out and makes nothing up.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareWords, type Piece } from './compare-words.ts'

const joined = (pieces: readonly Piece[]) => pieces.map(({ text }) => text).join('')
const kept = (pieces: readonly Piece[]) => pieces.filter(({ changed }) => !changed).map(({ text }) => text)
const words = (pieces: readonly string[]) => pieces.join(' ').split(/\s+/).filter(Boolean)

test.each([
  [
    'a b c',
    'a x c',
    [
      ['a ', false],
      ['b', true],
      [' c', false],
    ],
    [
      ['a ', false],
      ['x', true],
      [' c', false],
    ],
  ],
  ['a b', 'x y', [['a b', true]], [['x y', true]]],
  ['a', 'a', [['a', false]], [['a', false]]],
  ['', 'a b', [], [['a b', true]]],
  [
    'a b c',
    'a',
    [
      ['a', false],
      [' b c', true],
    ],
    [['a', false]],
  ],
])('%j becomes %j', (before, after, struckOut, added) => {
  const asPairs = (pieces: readonly Piece[]) => pieces.map(({ text, changed }) => [text, changed])
  const compared = compareWords(before, after)
  expect([asPairs(compared.before), asPairs(compared.after)]).toEqual([struckOut, added])
})

test('both texts are whole, and share the words that are not marked', () => {
  const anyText = fc
    .array(fc.constantFrom('a', 'b', 'c', 'd', ' ', '\n\n'), { maxLength: 30 })
    .map((all) => all.join(''))
  fc.assert(
    fc.property(anyText, anyText, (before, after) => {
      const compared = compareWords(before, after)
      expect([joined(compared.before), joined(compared.after)]).toEqual([before, after])
      expect(words(kept(compared.before))).toEqual(words(kept(compared.after)))
      if (before === after) expect(compared.before.some(({ changed }) => changed)).toBe(false)
    }),
  )
})
