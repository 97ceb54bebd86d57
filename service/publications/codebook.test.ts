// Checks the codebook of a publication: every question that was answered, in its words, and nothing of who answered.
import { expect, test } from 'vitest'
import { MISSING } from '../instruments/answers.ts'
import type { Instrument } from '../instruments/instrument.ts'
import { asItem, instrumentOf, option, text } from '../instruments/testing.ts'
import { loadSurveys } from '../surveys.ts'
import { codebookOf } from './codebook.ts'
import type { Unit, UnitMember } from './unit.ts'

const { frame } = loadSurveys('surveys', { demonstration: false })
const choice = asItem({ item: 'CHOICE', type: 'single', options: [1, 2].map((code) => option(code)) })
const country = asItem({ item: 'COUNTRY', type: 'country' })
const note = asItem({ item: 'NOTE', type: 'info' })
const version = (name: string, number: number): Instrument => ({
  ...instrumentOf([choice, note], [country]),
  instrument: name,
  version: number,
})
const bank = { instruments: new Map<string, Instrument>(), measures: [], indicators: [] }

type Answered = { given: Instrument | null; baseline?: Instrument | null }
const memberOf = ({ given, baseline = null }: Answered, place: number): UnitMember => ({
  key: new Uint8Array(16).fill(place),
  facts: {
    dispositif: 'SCI',
    direction: 'ENVOI',
    gender: 'F',
    authorityType: 'DEPT',
    authorityFirstTime: 'NO',
    age: 20,
  },
  disposition: given ? 'I' : 'NC',
  given: given && { instrument: given, answers: { CHOICE: 2, COUNTRY: 'SN' } },
  baseline: baseline && { instrument: baseline, answers: { CHOICE: 1 } },
  responded: new Set(),
  path: '',
})
const codebook = (...answered: Answered[]) => {
  const by = frame.dimensions.slice(1, 3)
  const unit = { publication: 'programme.cohort.w1.1', by, members: answered.map(memberOf) } as unknown as Unit
  return codebookOf(unit, bank, frame.dimensions)
}

test('has each version that counts in a figure once, in order, and none that nobody answered', () => {
  const [w0, first, tenth] = [version('w0', 1), version('w1', 2), version('w1', 1)]
  const { instruments } = codebook(
    { given: first, baseline: w0 },
    { given: tenth },
    { given: first },
    { given: null, baseline: version('w0', 9) },
  )
  expect(instruments.map(({ instrument, version }) => `${instrument}@${version}`)).toEqual(['w0@1', 'w1@1', 'w1@2'])
})

test('has every question with its words and codes, and not what is only read', () => {
  expect(codebook({ given: version('w1', 1) }).instruments[0]!.questions).toEqual([
    expect.objectContaining({ item: 'CHOICE', text, options: choice.type === 'single' && choice.options }),
    expect.objectContaining({ item: 'COUNTRY', options: 'ISO 3166-1 alpha-3' }),
  ])
})

test('says what is missing by which code, and how groups are made that the unit may be split by', () => {
  const { missing, dimensions, publication } = codebook({ given: version('w1', 1) })
  expect(missing).toBe(MISSING)
  expect(dimensions).toEqual(frame.dimensions.slice(1, 3))
  expect(publication).toBe('programme.cohort.w1.1')
})

test('is the same whoever answered and whatever they said', () => {
  const one = codebook({ given: version('w1', 1) })
  const many = codebook(...Array.from({ length: 30 }, () => ({ given: version('w1', 1) })))
  expect(many.instruments.length).toBe(30)
  const shared = version('w1', 1)
  expect(codebook(...Array.from({ length: 30 }, () => ({ given: shared })))).toEqual(one)
})
