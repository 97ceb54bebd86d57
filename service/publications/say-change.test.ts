// Checks what an interval of a change is said to show.
import { expect, test } from 'vitest'
import { directionOf, sayDirection, saySigned } from './say-change.ts'

test.each([
  [0.1, 4, 'rising'],
  [-4, -0.1, 'falling'],
  [-1, 4.7, 'undecided'],
  [0, 3, 'undecided'],
  [-3, 0, 'undecided'],
])('from %d to %d is %s', (low, high, direction) => {
  expect(directionOf({ low, high })).toBe(direction)
})

test('an end that is written as zero decides nothing', () => {
  expect(saySigned(0.04, 'fr')).toBe('0,0')
  expect(directionOf({ low: 0.04, high: 3 })).toBe('undecided')
  expect(directionOf({ low: -3, high: -0.04 })).toBe('undecided')
})

test('both languages say what it shows, and why', () => {
  expect(sayDirection({ low: 4.3, high: 10.6 }, 'fr')).toBe(
    "C'est une hausse\u00a0: l'intervalle est tout entier au-dessus de zéro.",
  )
  expect(sayDirection({ low: -1, high: 4.7 }, 'en')).toBe('No conclusion can be drawn: zero lies within the interval.')
})
