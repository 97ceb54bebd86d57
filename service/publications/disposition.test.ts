// Checks the final disposition of a closed case at every edge of completeness, refusal and verification.
import { expect, test } from 'vitest'
import { dispositionOf } from './disposition.ts'

const silent = { completeness: null, because: null, verified: true }

test.each([
  [1, 'I'],
  [0.8, 'I'],
  [0.8 - 1e-9, 'P'],
  [0.5, 'P'],
  [0.5 - 1e-9, 'R'],
  [0, 'R'],
])('a response with %d of its core items dealt with is %s', (completeness, disposition) => {
  expect(dispositionOf({ ...silent, completeness })).toBe(disposition)
})

test('whoever opted out without answering refused', () => {
  expect(dispositionOf({ ...silent, because: 'opted out' })).toBe('R')
  expect(dispositionOf({ ...silent, because: 'opted out', verified: false })).toBe('R')
})

test('a response counts as what it is even when its author opted out afterwards', () => {
  expect(dispositionOf({ ...silent, completeness: 1, because: 'opted out' })).toBe('I')
  expect(dispositionOf({ ...silent, completeness: 0.6, because: 'opted out' })).toBe('P')
})

test.each([null, 'all sent', 'no address', 'missed', 'no instrument', 'wave closed'])(
  'silence (%s) is no contact, since the register says who is eligible',
  (because) => {
    expect(dispositionOf({ ...silent, because })).toBe('NC')
  },
)

test.each([null, 'all sent', 'no address', 'missed', 'wave closed'])(
  'silence (%s) of somebody whose return nobody confirmed is unknown eligibility',
  (because) => {
    expect(dispositionOf({ ...silent, because, verified: false })).toBe('UO')
  },
)

test('a response whose author nobody confirmed as returned is still a response', () => {
  expect(dispositionOf({ completeness: 1, because: null, verified: false })).toBe('I')
  expect(dispositionOf({ completeness: 0.1, because: null, verified: false })).toBe('R')
})
