// Checks how items, scales, measures and instruments are put together, and each thing that does not fit.
import { expect, test } from 'vitest'
import { assembleBank, type BankFiles, InstrumentFile, itemsOf, measuresOf } from './instrument.ts'
import { ItemFile, MeasureFile, ScaleFile } from './item.ts'

const text = { fr: 'Texte', en: 'Text' }
const options = [1, 2, 3, 4, 5].map((code) => ({ code, ...text, exclusive: false }))

const single = (item: string, more: object = {}) => ({ item, text, type: 'single', options, ...more })
const likert = (item: string, more: object = {}) => ({ item, text, type: 'likert', scale: 'AGREE', ...more })

const items = (...items: object[]) => ItemFile.parse({ module: 'one', title: text, items }).items
const measures = (...measures: object[]) => MeasureFile.parse({ measures }).measures
const instrument = (...pages: string[][]) =>
  InstrumentFile.parse({
    instrument: 'short',
    version: 1,
    minutes: 5,
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
  measures: measures(OPENNESS, PLEASED),
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

test.each<[string, Partial<BankFiles>, string]>([
  ['an item twice', { items: [...files.items, ...items(likert('NEWS'))] }, 'item NEWS stands twice in the bank'],
  [
    'an instrument twice',
    { instruments: [...files.instruments, ...files.instruments] },
    'instrument short stands twice',
  ],
  ['a measure twice', { measures: measures(OPENNESS, OPENNESS) }, 'measure OPENNESS stands twice'],
  [
    'a scale nobody wrote',
    { items: [...files.items, ...items(likert('HOPE', { scale: 'HOPE9' }))] },
    'item HOPE: there is no scale HOPE9',
  ],
  ['an item nobody wrote', { instruments: [instrument(['HOPE'])] }, 'instrument short: there is no item HOPE'],
  [
    'an item twice in an instrument',
    { instruments: [instrument(['NEWS'], ['NEWS'])] },
    'instrument short: item NEWS stands twice',
  ],
  [
    'routing within a page',
    { instruments: [instrument(['NEWS'], ['SITUATION', 'CONTRACT'])] },
    'instrument short: CONTRACT depends on SITUATION, which is not on an earlier page',
  ],
  [
    'routing on a later page',
    { instruments: [instrument(['CONTRACT'], ['SITUATION'])] },
    'instrument short: CONTRACT depends on SITUATION, which is not on an earlier page',
  ],
  [
    'routing on an item that is not asked',
    { instruments: [instrument(['CONTRACT'])] },
    'instrument short: CONTRACT depends on SITUATION, which is not on an earlier page',
  ],
  [
    'routing on an item that may be left blank',
    { items: [...items(single('SITUATION')), ...files.items.slice(1)] },
    'instrument short: CONTRACT depends on SITUATION, which must be a single choice marked routing',
  ],
  [
    'routing on a multiple choice',
    { items: [...items({ ...SITUATION, type: 'multiple' }), ...files.items.slice(1)] },
    'instrument short: CONTRACT depends on SITUATION, which must be a single choice marked routing',
  ],
  [
    'routing on an option nobody can choose',
    {
      items: [
        ...items(SITUATION, single('CONTRACT', { when: { item: 'SITUATION', in: [1, 7] } })),
        ...files.items.slice(2),
      ],
    },
    'instrument short: CONTRACT depends on an option SITUATION does not have',
  ],
  [
    'a scale made of another kind of item',
    { measures: measures({ ...OPENNESS, items: ['NEWS', 'RATING'] }) },
    'measure OPENNESS: RATING is not a likert item of the bank',
  ],
  [
    'a scale made of an item nobody wrote',
    { measures: measures({ ...OPENNESS, items: ['NEWS', 'HOPE'] }) },
    'measure OPENNESS: HOPE is not a likert item of the bank',
  ],
  [
    'a rating made of another kind of item',
    { measures: measures({ ...PLEASED, item: 'NEWS' }) },
    'measure PLEASED: NEWS is not a rating item of the bank',
  ],
])('%s is told in a sentence', (_, change, problem) => {
  expect(problemsOf(change)).toEqual([problem])
})

test('every problem is told at once', () => {
  expect(
    problemsOf({
      scales: [],
      measures: measures(OPENNESS, PLEASED, PLEASED),
      instruments: [instrument(['CONTRACT', 'RATING', 'HOPE'])],
    }),
  ).toEqual([
    'measure PLEASED stands twice',
    'item NEWS: there is no scale AGREE',
    'item LINKS: there is no scale AGREE',
    'instrument short: there is no item HOPE',
    'instrument short: CONTRACT depends on SITUATION, which is not on an earlier page',
    'measure OPENNESS: NEWS is not a likert item of the bank',
    'measure OPENNESS: LINKS is not a likert item of the bank',
  ])
})

test.each([
  ['a code in small letters', single('situation'), 'items.0.item'],
  ['an option twice', single('SITUATION', { options: [options[0], options[0]] }), 'items.0.options.1'],
  ['a choice of one', single('SITUATION', { options: [options[0]] }), 'items.0.options'],
  [
    'a negative option, which would be a missing code',
    single('SITUATION', { options: [options[0], { code: -1, ...text }] }),
    'items.0.options.1.code',
  ],
  ['a question without its English', single('SITUATION', { text: { fr: 'Texte' } }), 'items.0.text.en'],
  ['a misspelt key', single('SITUATION', { rooting: true }), 'items.0'],
])('%s is refused where it stands', (_, item, path) => {
  const read = ItemFile.safeParse({ module: 'one', title: text, items: [item] })
  expect(read.error?.issues[0]?.path.join('.')).toBe(path)
})
