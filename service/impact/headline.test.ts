// Checks which figures a cohort comes down to: of each indicator the newest, the final release before the provisional one.
import { expect, test } from 'vitest'
import type { Manifest } from '../publications/tables.ts'
import { headlinesOf, inCohort, newestFirst } from './headline.ts'

type Release = { wave: string; status?: Manifest['status']; cohort?: string; tables?: string[] }
const released = ({ wave, status = 'final', cohort = 'one', tables = [] }: Release) => {
  const publication = `tevo.${cohort}.${wave}.1${status === 'final' ? '' : 'p'}`
  return {
    publication,
    programme: 'tevo',
    cohort,
    wave,
    status,
    tables: tables.map((table) => ({ table })),
  } as Manifest
}
const namesOf = (manifests: readonly Manifest[]) => manifests.map(({ publication }) => publication)

test('a later wave comes first, by its number, and a final release before the provisional one of its wave', () => {
  const all = [
    released({ wave: 'w2' }),
    released({ wave: 'w10', status: 'provisional' }),
    released({ wave: 'w0' }),
    released({ wave: 'w10' }),
    released({ wave: 'w1' }),
  ]
  const sorted = ['tevo.one.w10.1', 'tevo.one.w10.1p', 'tevo.one.w2.1', 'tevo.one.w1.1', 'tevo.one.w0.1']
  expect(namesOf(all.toSorted(newestFirst))).toEqual(sorted)
  expect(namesOf(all.toReversed().toSorted(newestFirst))).toEqual(sorted)
})

test('the publications of a cohort are those of its programme under its name', () => {
  const other = { ...released({ wave: 'w3' }), programme: 'elsewhere' }
  const all = [released({ wave: 'w0' }), released({ wave: 'w1', cohort: 'two' }), other, released({ wave: 'w1' })]
  expect(namesOf(inCohort(all, { programme: 'tevo', cohort: 'one' }))).toEqual(['tevo.one.w1.1', 'tevo.one.w0.1'])
  expect(inCohort(all, { programme: 'tevo', cohort: 'three' })).toEqual([])
})

test('of each indicator the newest table counts, in the order of what a cohort is asked first', () => {
  const found = headlinesOf([
    released({ wave: 'w0', tables: ['response', 'share.FLUENT', 'mean.SKILL'] }),
    released({ wave: 'w1', status: 'provisional', tables: ['response', 'survival.JOB', 'change.SKILL'] }),
    released({ wave: 'w1', tables: ['change.SKILL', 'response', 'mean.SKILL', 'change.OPEN'] }),
  ])
  expect(found).toEqual([
    { table: 'response', publication: 'tevo.one.w1.1', wave: 'w1' },
    { table: 'change.SKILL', publication: 'tevo.one.w1.1', wave: 'w1' },
    { table: 'change.OPEN', publication: 'tevo.one.w1.1', wave: 'w1' },
    { table: 'survival.JOB', publication: 'tevo.one.w1.1p', wave: 'w1' },
    { table: 'share.FLUENT', publication: 'tevo.one.w0.1', wave: 'w0' },
    { table: 'mean.SKILL', publication: 'tevo.one.w1.1', wave: 'w1' },
  ])
})

test('answers to single items and what only checks a scale are no headlines', () => {
  const tables = ['item.ANSWER', 'reliability.SKILL', 'ceiling.SKILL', 'balance', 'response']
  expect(headlinesOf([released({ wave: 'w1', tables })]).map(({ table }) => table)).toEqual(['response'])
  expect(headlinesOf([])).toEqual([])
})
