// Checks that a change in an item is told by the part it is in and the words of both versions, and that none is passed over.
import { describe, expect, test } from 'vitest'
import { compareVersions } from '../instruments/comparability.ts'
import { type Instrument, type Item, itemsOf } from '../instruments/instrument.ts'
import { asItem, instrumentOf, option, text } from '../instruments/testing.ts'
import { loadSurveys } from '../surveys.ts'
import { burdenOf, conditionOf, factsOf } from './instrument-reading.ts'
import { compareItemwise } from './item-changes.ts'

const ITEMS: Item[] = [
  asItem({ item: 'STATE', type: 'single', options: [option(1), option(2)], routing: true }),
  asItem({ item: 'WORK', type: 'single', hint: text, options: [option(1), option(2)] }),
  asItem({ item: 'STARS', type: 'rating', ends: { low: text, high: text } }),
  asItem({ item: 'YEAR', type: 'year', min: 1950, max: 2010 }),
  asItem({ item: 'TOWN', type: 'text', maxLength: 80 }),
  asItem({ item: 'SHEET', type: 'info', links: [{ url: 'https://example.org/', ...text }] }),
]
const before = instrumentOf(ITEMS.slice(0, 1), ITEMS.slice(1))
const other = { fr: 'Autre', en: 'Other' }

const withItem = (code: string, change: object): Instrument => ({
  ...before,
  version: 2,
  pages: before.pages.map((page) => ({
    ...page,
    items: page.items.map((item) => (item.item === code ? ({ ...item, ...change } as Item) : item)),
  })),
})
const changesIn = (code: string, change: object) =>
  compareItemwise(before, withItem(code, change)).find(({ item }) => item === code)!.changes

describe('a change is told', () => {
  test.each([
    ['of the question', 'WORK', { text: { ...text, en: 'Other' } }, 'text', [['en', ['Text'], ['Other']]]],
    [
      'of the help',
      'WORK',
      { hint: undefined },
      'hint',
      [
        ['fr', ['Texte'], []],
        ['en', ['Text'], []],
      ],
    ],
    [
      'of the answers offered, those that differ only',
      'WORK',
      { options: [option(1), { ...option(2), ...other }, option(3)] },
      'options',
      [
        ['fr', ['2 = Texte'], ['2 = Autre', '3 = Texte']],
        ['en', ['2 = Text'], ['2 = Other', '3 = Text']],
      ],
    ],
    [
      'of the order of the answers',
      'WORK',
      { options: [option(2), option(1)] },
      'options',
      [
        ['fr', ['1 = Texte', '2 = Texte'], ['2 = Texte', '1 = Texte']],
        ['en', ['1 = Text', '2 = Text'], ['2 = Text', '1 = Text']],
      ],
    ],
    [
      'of not knowing',
      'YEAR',
      { dontKnow: true },
      'options',
      [
        ['fr', [], ['Je ne sais pas']],
        ['en', [], ["I don't know"]],
      ],
    ],
    [
      'of an end',
      'STARS',
      { ends: { low: text, high: { ...text, fr: 'Haut' } } },
      'ends',
      [['fr', ['10 = Texte'], ['10 = Haut']]],
    ],
    [
      'of a limit, once for both languages',
      'YEAR',
      { max: 2020 },
      'limits',
      [[null, ['1950 – 2010'], ['1950 – 2020']]],
    ],
    ['of the length', 'TOWN', { maxLength: 90 }, 'limits', [[null, ['≤ 80'], ['≤ 90']]]],
    [
      'of a link',
      'SHEET',
      { links: [] },
      'links',
      [
        ['fr', ['Texte (https://example.org/)'], []],
        ['en', ['Text (https://example.org/)'], []],
      ],
    ],
    [
      'of who is asked',
      'WORK',
      { when: { item: 'STATE', in: [2] } },
      'when',
      [
        ['fr', [], ['STATE: Texte']],
        ['en', [], ['STATE: Text']],
      ],
    ],
    ['of the kind of answer', 'WORK', { type: 'multiple' }, 'type', [[null, ['single'], ['multiple']]]],
    ['of how it is handled', 'WORK', { core: true, sensitive: true }, 'handling', [[null, [], ['core', 'sensitive']]]],
  ])('%s', (_, code, change, part, sayings) => {
    const told = changesIn(code, change)
    expect(told.map((one) => one.part)).toEqual([part])
    expect(told[0]!.sayings.map(({ language, before, after }) => [language, before, after])).toEqual(sayings)
  })

  test('of an item that came, and of one that went, by its question', () => {
    const fewer = instrumentOf(ITEMS.slice(0, 1), ITEMS.slice(2))
    const gone = compareItemwise(before, fewer).find(({ item }) => item === 'WORK')
    expect(gone).toEqual({ item: 'WORK', question: text, comparability: 'gone', changes: [] })
    expect(compareItemwise(fewer, before).find(({ item }) => item === 'WORK')).toMatchObject({ comparability: 'new' })
  })
})

test('nothing is told where nothing has changed, not even by a key that is absent in one and false in the other', () => {
  expect(compareItemwise(before, before).flatMap(({ changes }) => changes)).toEqual([])
  expect(changesIn('WORK', { once: undefined, dontKnow: undefined })).toEqual([])
})

test('whatever makes an item another one, in any questionnaire there is, some part tells of it', () => {
  const { bank } = loadSurveys('surveys', { demonstration: false })
  const required = ['item', 'type', 'text', 'ends', 'options', 'states', 'links']
  const seen = new Set<string>()
  for (const item of [...bank.instruments.values()].flatMap((instrument) => itemsOf(instrument)))
    for (const [key, value] of Object.entries(item)) {
      if (required.includes(key) || value === undefined || value === false) continue
      seen.add(key)
      const { [key as 'text']: _, ...without } = item
      const [was, is] = [instrumentOf([item]), instrumentOf([without as Item])]
      const [told] = compareItemwise(was, is)
      expect([item.item, key, told!.changes.length]).toEqual([item.item, key, 1])
      expect(told!.comparability).toBe(compareVersions(was, is)[0]!.comparability)
    }
  expect([...seen]).toEqual(expect.arrayContaining(['hint', 'core', 'when', 'scale', 'usual', 'carryForward', 'once']))
})

test('what answering costs is what the longest way through it costs', () => {
  expect(burdenOf(withItem('WORK', { when: { item: 'STATE', in: [1] } }))).toEqual({
    pages: 2,
    questions: 5,
    most: 5,
    minutes: 5,
    seconds: 7 + 7 + 7 + 10 + 35,
  })
})

test('who is asked is told by the question and the answers that open it', () => {
  const asked = withItem('WORK', { when: { item: 'STATE', in: [2, 9] } })
  expect(conditionOf(asked, { when: { item: 'STATE', in: [2, 9] } })).toEqual({
    item: 'STATE',
    question: text,
    answers: [option(2), { fr: '9', en: '9' }],
  })
  expect(conditionOf(asked, { when: { item: 'ELSEWHERE', in: [1] } })?.question.fr).toBe('ELSEWHERE')
  expect(conditionOf(asked, {})).toBeUndefined()
  expect(factsOf(ITEMS[0]!)).toEqual(['routing'])
  expect(factsOf(ITEMS[5]!)).toEqual([])
})
