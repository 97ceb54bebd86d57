// Checks how items, scales, measures and instruments are put together, and each thing that does not fit.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Answers, applies } from './answers.ts'
import { secondsToAnswer } from './burden.ts'
import {
  assembleBank,
  type BankFiles,
  type Instrument,
  InstrumentFile,
  isQuestion,
  itemsOf,
  longestSeconds,
  measuresOf,
  mostQuestions,
} from './instrument.ts'
import { type BankItem, ItemFile, MeasureFile, ScaleFile } from './item.ts'
import { anyInstrument, asItem, instrumentOf, text } from './testing.ts'

const options = [1, 2, 3, 4, 5].map((code) => ({ code, ...text, exclusive: false }))

const single = (item: string, more: object = {}) => ({ item, text, type: 'single', options, ...more })
const likert = (item: string, more: object = {}) => ({ item, text, type: 'likert', scale: 'AGREE', ...more })

const items = (...items: object[]) => ItemFile.parse({ module: 'one', title: text, items }).items
const measures = (...measures: object[]) => MeasureFile.parse({ measures }).measures
const instrument = (...pages: string[][]) => lasting(5, ...pages)
const lasting = (minutes: number, ...pages: string[][]) =>
  InstrumentFile.parse({
    instrument: 'short',
    version: 1,
    minutes,
    pages: pages.map((items) => ({ title: text, items })),
  })

const SITUATION = single('SITUATION', { routing: true })
const CONTRACT = single('CONTRACT', { when: { item: 'SITUATION', in: [1, 3] } })
const RATING = { item: 'RATING', text, type: 'rating', ends: { low: text, high: text } }
const OPENNESS = { measure: 'OPENNESS', kind: 'scale', label: text, items: ['NEWS', 'LINKS'], minimumValid: 2 }
const PLEASED = { measure: 'PLEASED', kind: 'rating', label: text, item: 'RATING' }

const files: BankFiles = {
  items: items(SITUATION, CONTRACT, likert('NEWS'), likert('LINKS', { reversed: true }), RATING),
  scales: ScaleFile.parse({ scales: [{ scale: 'AGREE', options }] }).scales,
  countries: [{ code: 'SN', fr: 'Sénégal', en: 'Senegal' }],
  measures: measures(OPENNESS, PLEASED),
  indicators: [],
  instruments: [instrument(['SITUATION'], ['CONTRACT', 'NEWS', 'LINKS'])],
}

const problemsOf = (change: Partial<BankFiles>) => {
  const assembled = assembleBank({ ...files, ...change })
  return assembled.ok ? [] : assembled.problems
}

test('a bank that fits is put together, in the order of the pages, with the options of each scale', () => {
  const assembled = assembleBank(files)
  if (!assembled.ok) expect.fail(assembled.problems.join('\n'))
  const short = assembled.bank.instruments.get('short')!
  expect(itemsOf(short).map(({ item }) => item)).toEqual(['SITUATION', 'CONTRACT', 'NEWS', 'LINKS'])
  expect(itemsOf(short)[2]).toMatchObject({ type: 'likert', scale: 'AGREE', options })
})

test('an instrument has the measures it asks every item of', () => {
  const assembled = assembleBank(files)
  if (!assembled.ok) expect.fail(assembled.problems.join('\n'))
  const { instruments, measures } = assembled.bank
  expect(measuresOf(instruments.get('short')!, measures).map(({ measure }) => measure)).toEqual(['OPENNESS'])
})

describe('a grid', () => {
  const more = {
    core: true,
    sensitive: true,
    dontKnow: true,
    hint: { fr: 'Une réponse par ligne', en: 'One answer a line' },
    when: { item: 'SITUATION', in: [1] },
  }
  const rows = [
    { row: 'TASKS', fr: 'du contenu ?', en: 'the content?' },
    { row: 'RETURN', fr: 'du retour ?', en: 'the return?' },
  ]
  const grid = { item: 'GRID', text, type: 'grid', scale: 'AGREE', rows }
  const withGrid = (given: object, ...pages: string[][]) => ({
    ...files,
    items: [...files.items, ...items(given)],
    instruments: [instrument(...pages)],
  })

  test('stands in an instrument as its rows: Likert items on its scale, with all that the grid says', () => {
    const assembled = assembleBank(withGrid({ ...grid, ...more }, ['SITUATION'], ['GRID', 'NEWS']))
    if (!assembled.ok) expect.fail(assembled.problems.join('\n'))
    const [, ...asked] = itemsOf(assembled.bank.instruments.get('short')!)
    const row = {
      ...more,
      type: 'likert',
      scale: 'AGREE',
      stem: text,
      options,
      reversed: false,
      routing: false,
      once: false,
    }
    expect(asked).toEqual([
      { ...row, item: 'GRID_TASKS', text: { fr: 'du contenu\u00a0?', en: 'the content?' } },
      { ...row, item: 'GRID_RETURN', text: { fr: 'du retour\u00a0?', en: 'the return?' } },
      expect.objectContaining({ item: 'NEWS' }),
    ])
  })

  test('is scored by its rows, and by nothing else', () => {
    const scored = (...codes: string[]) =>
      problemsOf({ ...withGrid(grid, ['GRID']), measures: measures({ ...OPENNESS, items: codes }) })
    expect(scored('GRID_TASKS', 'GRID_RETURN')).toEqual([])
    expect(scored('GRID', 'GRID_RETURN')).toEqual(['measure OPENNESS: GRID is not a likert item of the bank'])
  })

  test.each<[string, object, string[][], string]>([
    ['a scale nobody wrote', { ...grid, scale: 'HOPE9' }, [['NEWS']], 'item GRID: there is no scale HOPE9'],
    ['itself twice', grid, [['GRID'], ['GRID']], 'instrument short: item GRID_TASKS stands twice'],
    [
      'a condition no earlier page can meet',
      { ...grid, when: { item: 'SITUATION', in: [1] } },
      [['GRID']],
      'instrument short: GRID_TASKS depends on SITUATION, which is not on an earlier page',
    ],
  ])('with %s is told in a sentence', (_, given, pages, problem) => {
    expect(problemsOf(withGrid(given, ...pages))).toContain(problem)
  })
})

test('a country is asked with the countries there are', () => {
  const PLACE = { item: 'PLACE', text, type: 'country' }
  const assembled = assembleBank({
    ...files,
    items: [...files.items, ...items(PLACE)],
    instruments: [instrument(['PLACE'])],
  })
  if (!assembled.ok) expect.fail(assembled.problems.join('\n'))
  expect(itemsOf(assembled.bank.instruments.get('short')!)).toMatchObject([{ item: 'PLACE', options: files.countries }])
})

describe('how long it takes', () => {
  test.each<[BankItem['type'], number]>([
    ['single', 7],
    ['likert', 7],
    ['rating', 7],
    ['multiple', 12],
    ['calendar', 45],
    ['text', 35],
    ['year', 10],
    ['country', 10],
  ])('to answer one %s: %d seconds', (type, seconds) => {
    expect(secondsToAnswer([{ type }])).toBe(seconds)
    expect(secondsToAnswer([{ type: 'single' }, { type }])).toBe(7 + seconds)
  })

  const comments = ['ONE', 'TWO', 'THREE'].map((item) => ({ item, text, type: 'text', maxLength: 500 }))
  const codes = comments.map(({ item }) => item)
  const SUPPORT = { item: 'SUPPORT', text, type: 'info' }
  const timed = (minutes: number, asked: readonly object[], ...pages: string[][]) =>
    problemsOf({ items: [...files.items, ...items(...asked)], instruments: [lasting(minutes, ...pages)] })

  test('may be as long as the instrument says, and no longer', () => {
    expect(timed(2, comments, codes)).toEqual([])
    expect(timed(1, comments, codes)).toEqual(['instrument short: takes 1.8 minutes, and says 1'])
  })

  test('does not count what is only read', () => {
    expect(timed(2, [...comments, SUPPORT], [...codes, 'SUPPORT'])).toEqual([])
  })

  test('counts what somebody can be asked, and not what others are asked instead', () => {
    const [ONE, TWO, THREE] = comments
    const either = [
      { ...ONE, when: { item: 'SITUATION', in: [1] } },
      { ...TWO, when: { item: 'SITUATION', in: [2, 3] } },
      { ...THREE, when: { item: 'SITUATION', in: [3] } },
    ]
    expect(timed(2, either, ['SITUATION'], codes)).toEqual([])
    expect(timed(1, either, ['SITUATION'], codes)).toEqual(['instrument short: takes 1.3 minutes, and says 1'])
  })

  /** How many questions somebody is asked at most, by trying every answer that others depend on. */
  function mostAsked(instrument: Instrument): number {
    const questions = itemsOf(instrument).filter(isQuestion)
    const ways = questions.reduce<Answers[]>(
      (before, asked) =>
        asked.type === 'single' && questions.some(({ when }) => when?.item === asked.item)
          ? before.flatMap((answers) =>
              applies(asked, answers)
                ? asked.options.map(({ code }) => ({ ...answers, [asked.item]: code }))
                : [answers],
            )
          : before,
      [{}],
    )
    const lengths = ways.map((answers) => questions.filter((item) => applies(item, answers)).length)
    return lengths.reduce((most, length) => Math.max(most, length))
  }

  test('is told by the way with the most questions that somebody can go', () => {
    const property = fc.property(anyInstrument({ chained: true }), (instrument) => {
      expect(mostQuestions(instrument)).toBe(mostAsked(instrument))
    })
    fc.assert(property, { numRuns: 500 })
  })

  test('leaves out the items that the answers opening most put out of reach', () => {
    const routing = { type: 'single', options, routing: true }
    const instrument = instrumentOf(
      [asItem({ item: 'NOW', ...routing }), asItem({ item: 'ABROAD', ...routing })],
      [
        asItem({ item: 'ALWAYS', type: 'text', maxLength: 9 }),
        asItem({ item: 'IF_1', type: 'text', maxLength: 9, when: { item: 'NOW', in: [1] } }),
        asItem({ item: 'IF_2', type: 'text', maxLength: 9, when: { item: 'NOW', in: [2] } }),
        asItem({ item: 'IF_2_OR_3', type: 'text', maxLength: 9, when: { item: 'NOW', in: [2, 3] } }),
        asItem({ item: 'IF_ABROAD', type: 'text', maxLength: 9, when: { item: 'ABROAD', in: [1] } }),
        asItem({ item: 'READ', type: 'info' }),
      ],
    )
    expect(mostQuestions(instrument)).toBe(6)
  })

  test('takes the longest for whom the longest questions are opened, though they be fewer', () => {
    const instrument = instrumentOf(
      [asItem({ item: 'NOW', type: 'single', options, routing: true })],
      [
        asItem({ item: 'IF_1', type: 'single', options, when: { item: 'NOW', in: [1] } }),
        asItem({ item: 'IF_1_TOO', type: 'single', options, when: { item: 'NOW', in: [1] } }),
        asItem({ item: 'IF_2', type: 'text', maxLength: 9, when: { item: 'NOW', in: [2] } }),
      ],
    )
    expect(longestSeconds(instrument)).toBe(7 + 35)
    expect(mostQuestions(instrument)).toBe(3)
  })
})
