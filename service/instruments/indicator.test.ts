// Checks what an indicator makes of somebody's answers, with those of surveys/, and what is said of one that does not fit.
import { describe, expect, test } from 'vitest'
import { loadSurveys } from '../surveys.ts'
import { type Answers, MISSING } from './answers.ts'
import { firstMonth, type Indicator, indicatorProblems, itemsIndicated, pathOf, stateOf } from './indicator.ts'
import { asItem, option, states, text } from './testing.ts'

const { indicators } = loadSurveys('surveys', { demonstration: false }).bank

function named<Kind extends Indicator['kind']>(kind: Kind, name: string): Extract<Indicator, { kind: Kind }> {
  const found = indicators.find(({ indicator }) => indicator === name)
  if (found?.kind !== kind) throw new Error(`there is no ${kind} ${name}`)
  return found as Extract<Indicator, { kind: Kind }>
}

describe('a situation', () => {
  const ilo = named('status', 'ILO')
  const nameOf = (answers: Answers) => {
    const place = stateOf(ilo, answers)
    return place === null ? null : ilo.states[place]!.state
  }

  test.each([
    ['works', { ACT_NOW: 1, JOB_SEARCH: MISSING.notApplicable }, 'EMP'],
    ['is an apprentice', { ACT_NOW: 3 }, 'EMP'],
    ['works, whatever else is said', { ACT_NOW: 2, JOB_SEARCH: 1 }, 'EMP'],
    ['studies, looks for work and could begin', { ACT_NOW: 4, JOB_SEARCH: 1 }, 'UNEMP'],
    ['looks for work, but could not begin', { ACT_NOW: 6, JOB_SEARCH: 2 }, 'OLF'],
    ['neither works nor looks', { ACT_NOW: 9, JOB_SEARCH: 3 }, 'OLF'],
  ])('in the sense of the ILO, of somebody who %s', (_, answers, state) => {
    expect(nameOf(answers)).toBe(state)
  })

  test.each([
    ['did not say what they do', { ACT_NOW: MISSING.declined, JOB_SEARCH: 1 }],
    ['did not get there', { JOB_SEARCH: 1 }],
    ['does not work, and did not say whether they look', { ACT_NOW: 4, JOB_SEARCH: MISSING.declined }],
    ['does not work, and broke off', { ACT_NOW: 4 }],
    ['gave something that is no code', { ACT_NOW: 'work' }],
  ])('is unknown of somebody who %s', (_, answers) => {
    expect(nameOf(answers)).toBeNull()
  })

  test('is one of four by what people mainly do, and every answer belongs to one', () => {
    const situation = named('status', 'SITUATION')
    const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((code) => stateOf(situation, { ACT_NOW: code }))
    expect(all).toEqual([0, 0, 0, 1, 1, 2, 3, 3, 3, 3, 3])
    expect(stateOf(situation, { ACT_NOW: 12 })).toBeNull()
  })
})

test('an indicator names each item it is made of, once', () => {
  expect(itemsIndicated(named('status', 'ILO'))).toEqual(['ACT_NOW', 'JOB_SEARCH'])
  expect(itemsIndicated(named('duration', 'FIRST_JOB'))).toEqual(['ACT_CAL'])
})

describe('a path', () => {
  const returned = Temporal.PlainDate.from('2026-09-30')
  const month = (month: string, state: string | number) => ({ month, state })

  test('has a letter for each month from that of the return on, and a dot for one nothing is known of', () => {
    const months = [month('2026-12', 'E'), month('2026-09', 'U'), month('2027-01', 'E'), month('2026-08', 'V')]
    expect(pathOf(months, returned)).toBe('U..EE')
  })

  test('goes from one year into the next, and has nothing for months without a state', () => {
    expect(pathOf([month('2027-10', 'S'), month('2026-09', MISSING.declined)], returned)).toBe(`${'.'.repeat(13)}S`)
    expect(pathOf([], returned)).toBe('')
    expect(pathOf([month('2026-08', 'E')], returned)).toBe('')
  })

  test.each([
    ['UUE', { month: 2, event: true }],
    ['EUU', { month: 0, event: true }],
    ['UUA', { month: 2, event: true }],
    ['..E', { month: 2, event: true }],
    ['USU', { month: 3, event: false }],
    ['', { month: 0, event: false }],
  ])('%s says when the first job was, or for how long there was none', (path, first) => {
    expect(firstMonth(path, named('duration', 'FIRST_JOB').states)).toEqual(first)
  })
})

describe('an indicator that does not fit the bank', () => {
  const bank = new Map(
    [
      asItem({ item: 'CHOICE', type: 'single', options: [1, 2].map((code) => option(code)) }),
      asItem({ item: 'RATING', type: 'rating', ends: { low: text, high: text } }),
      asItem({ item: 'WORDS', type: 'text', maxLength: 10 }),
      asItem({ item: 'CALENDAR', type: 'calendar', states }),
    ].map((item) => [item.item, item]),
  )
  const common = { indicator: 'ANY', label: text }
  const share = { ...common, kind: 'share', change: false } as const
  const state = (item: string, codes: number[]) => ({ state: 'ONE', label: text, item, in: codes })
  const status = { ...common, kind: 'status', transitions: false } as const
  const duration = { ...common, kind: 'duration', item: 'CALENDAR' } as const

  test.each<[Indicator, string[]]>([
    [{ ...share, item: 'CHOICE', codes: [1] }, []],
    [{ ...share, item: 'CHOICE', codes: [3], among: [1, 4] }, ['CHOICE has no option 3', 'CHOICE has no option 4']],
    [{ ...share, item: 'RATING', codes: [0, 10] }, []],
    [{ ...share, item: 'RATING', codes: [11] }, ['RATING runs from 0 to 10']],
    [{ ...share, item: 'WORDS', codes: [1] }, ['WORDS is not a single choice, a Likert item or a rating of the bank']],
    [
      { ...status, states: [state('CHOICE', [1]), state('NOWHERE', [1])] },
      ['NOWHERE is not a single choice, a Likert item or a rating of the bank'],
    ],
    [{ ...common, kind: 'recommendation', item: 'RATING' }, []],
    [{ ...common, kind: 'recommendation', item: 'CHOICE' }, ['CHOICE is not a rating of the bank']],
    [{ ...duration, states: ['E'], grid: [0, 3] }, []],
    [
      { ...duration, states: ['E', 'X'], grid: [0, 3, 3] },
      ['CALENDAR has no state X', 'the months of the grid must rise'],
    ],
    [{ ...duration, item: 'CHOICE', states: ['E'], grid: [0, 3] }, ['CHOICE is not a calendar of the bank']],
  ])('%j is told what is wrong', (indicator, faults) => {
    expect(indicatorProblems(indicator, bank)).toEqual(faults.map((fault) => `indicator ANY: ${fault}`))
  })
})
