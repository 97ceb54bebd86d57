// Checks what an item of the bank may say, and that each thing it may not is refused where it stands.
import { describe, expect, test } from 'vitest'
import { Item, ItemFile } from './item.ts'
import { text } from './testing.ts'

const option = (code: number) => ({ code, ...text })
const [one, two] = [option(1), option(2)]
const SITUATION = { item: 'SITUATION', text, type: 'single', options: [one, two] }
const rows = ['TASKS', 'RETURN'].map((row) => ({ row, ...text }))
const GRID = { item: 'GRID', text, type: 'grid', scale: 'AGREE', rows }
const NUMBER = { item: 'NUMBER', text, type: 'integer', min: 0, max: 5 }
const DECIMAL = { item: 'DECIMAL', text, type: 'decimal', min: 0, max: 5, decimals: 1 }
const YEAR = { item: 'YEAR', text, type: 'year', min: 1930, max: 2015 }
const DAY = { item: 'DAY', text, type: 'date', min: '2024-01-01', max: '2028-12-31' }
const COMMENT = { item: 'COMMENT', text, type: 'text', maxLength: 500 }
const states = ['E', 'S'].map((code) => ({ code, ...text }))
const PATH = { item: 'PATH', text: { fr: 'Depuis {anchor}', en: 'Since {anchor}' }, type: 'calendar', states }
const INFO = { item: 'INFO', text, type: 'info' }
const again = { fr: 'En {month} : {answer}', en: 'In {month}: {answer}' }
const when = { item: 'SITUATION', in: [1] }

test.each<[string, object]>([
  ['a single choice', SITUATION],
  ['a routing one, which may be conditional', { ...SITUATION, routing: true, when }],
  [
    'a multiple choice with answers that go with no other',
    { ...SITUATION, type: 'multiple', options: [one, { ...two, exclusive: true }] },
  ],
  ['a grid', { ...GRID, sensitive: true, once: true }],
  ['a rating', { item: 'RATING', text, type: 'rating', ends: { low: text, high: text } }],
  ['a number', { ...NUMBER, usual: { min: 1, max: 4 } }],
  ['a number there is one of', { ...NUMBER, min: 5 }],
  ['a decimal', { ...DECIMAL, dontKnow: true, usual: { min: 0.5, max: 4.5 } }],
  ['a year', { ...YEAR, once: true }],
  ['a day', { ...DAY, min: '2028-02-29' }],
  ['a text of one line', { ...COMMENT, short: true }],
  ['a country', { item: 'PLACE', text, type: 'country', carryForward: again }],
  ['a calendar', { ...PATH, carryForward: again }],
  ['a calendar that does not say since when', { ...PATH, text }],
  [
    'something to read',
    {
      ...INFO,
      links: [
        { url: 'tel:3114', ...text },
        { url: 'https://example.org/', ...text },
      ],
      when,
    },
  ],
])('%s is taken as it is written', (_, item) => {
  expect(Item.safeParse(item).error?.issues).toBe(undefined)
  expect(Item.parse(item)).toMatchObject(JSON.parse(JSON.stringify(item).replaceAll(' :', '\u00a0:')))
})

test('what is not written is the ordinary case', () => {
  expect(Item.parse(SITUATION)).toEqual({
    ...SITUATION,
    options: [one, two].map((option) => ({ ...option, exclusive: false })),
    core: false,
    routing: false,
    sensitive: false,
    dontKnow: false,
    once: false,
  })
})

describe('an item is refused where it stands, with the reason:', () => {
  test.each<[string, object, string, RegExp]>([
    ['a code in small letters', { ...SITUATION, item: 'situation' }, 'item', /capital letters/],
    ['a code too long', { ...SITUATION, item: `S${'O'.repeat(32)}` }, 'item', /32 at most/],
    ['a type there is none of', { ...SITUATION, type: 'choice' }, 'type', /./],
    ['an option twice', { ...SITUATION, options: [one, two, one] }, 'options.2', /^option 1 stands twice$/],
    ['a choice of one', { ...SITUATION, options: [one] }, 'options', />=2/],
    ['an option that would be a missing code', { ...SITUATION, options: [one, option(-1)] }, 'options.1.code', />=0/],
    ['a question without its English', { ...SITUATION, text: { fr: 'Texte' } }, 'text.en', /./],
    ['a misspelt key', { ...SITUATION, rooting: true }, '', /rooting/],
    ['a key of another type', { ...SITUATION, maxLength: 500 }, '', /maxLength/],
    ['a row twice', { ...GRID, rows: [...rows, rows[0]] }, 'rows.2', /^row TASKS stands twice$/],
    ['a grid of one row', { ...GRID, rows: rows.slice(1) }, 'rows', />=2/],
    ['a state twice', { ...PATH, states: [...states, states[1]] }, 'states.2', /^state S stands twice$/],
    [
      'a state that is no letter',
      { ...PATH, states: [{ code: '-4', ...text }, ...states] },
      'states.0.code',
      /one capital/,
    ],
    ['an integer whose least is more than its most', { ...NUMBER, min: 6 }, 'max', /^is less than min$/],
    ['a decimal whose least is more than its most', { ...DECIMAL, min: 5.5 }, 'max', /^is less than min$/],
    ['a year whose least is more than its most', { ...YEAR, min: 2016 }, 'max', /^is less than min$/],
    ['a date whose first is after its last', { ...DAY, min: '2029-01-01' }, 'max', /^is less than min$/],
    ['a date there is none of', { ...DAY, min: '2027-02-29' }, 'min', /./],
    ['a number that would be a missing code', { ...NUMBER, min: -1 }, 'min', />=0/],
    ['a decimal that would be a missing code', { ...DECIMAL, min: -0.5 }, 'min', />=0/],
    ['decimals of none', { ...DECIMAL, decimals: 0 }, 'decimals', />=1/],
    ['a text of any length', { ...COMMENT, maxLength: 2001 }, 'maxLength', /<=2000/],
    [
      'a text with a value nobody knows',
      { ...SITUATION, text: { fr: 'Depuis {anchor}', en: 'Since' } },
      'text',
      /^has no value for anchor$/,
    ],
    [
      'the same in English alone',
      { ...SITUATION, text: { fr: 'Texte', en: 'In {country}' } },
      'text',
      /^has no value for country$/,
    ],
    [
      'something to read with a value nobody knows',
      { ...INFO, text: { fr: '{name}', en: 'You' } },
      'text',
      /^has no value for name$/,
    ],
    [
      'a value with a French name',
      { ...SITUATION, text: { fr: 'Dit : {réponse}', en: 'Said' } },
      'text',
      /^has no value for réponse$/,
    ],
    ['a value without a name', { ...SITUATION, text: { fr: 'Dit : {}', en: 'Said' } }, 'text', /^has no value for /],
    [
      'a calendar with another value',
      { ...PATH, text: { fr: 'Depuis {anchor} {ancre}', en: 'Since {anchor}' } },
      'text',
      /^has no value for ancre$/,
    ],
    [
      'what is shown again with another value',
      { ...SITUATION, carryForward: { ...again, en: '{anchor}' } },
      'carryForward',
      /^has no value for anchor$/,
    ],
    [
      'a sensitive answer shown again',
      { ...SITUATION, sensitive: true, carryForward: again },
      'carryForward',
      /sensitive answer is never shown again/,
    ],
    [
      'routing by several answers',
      { ...SITUATION, type: 'multiple', routing: true },
      'routing',
      /only a single choice can be routing/,
    ],
    ['routing by a grid', { ...GRID, routing: true }, 'routing', /only a single choice can be routing/],
    [
      'routing by what may not be known',
      { ...SITUATION, routing: true, dontKnow: true },
      'dontKnow',
      /must be answered/,
    ],
    [
      'routing by what is asked once',
      { ...SITUATION, routing: true, once: true },
      'once',
      /asked whenever others depend on it/,
    ],
    [
      'a condition on what is asked once',
      { ...SITUATION, when, once: true },
      'once',
      /both conditional and asked once/,
    ],
    ['a condition nothing meets', { ...SITUATION, when: { item: 'SITUATION', in: [] } }, 'when.in', />=1/],
    ['a link that is none', { ...INFO, links: [{ url: 'http://example.org', ...text }] }, 'links.0.url', /./],
    ['a link that would run', { ...INFO, links: [{ url: 'javascript:alert(1)', ...text }] }, 'links.0.url', /./],
    ['something to read that counts', { ...INFO, core: true }, '', /core/],
  ])('%s', (_, item, path, reason) => {
    const read = ItemFile.safeParse({ module: 'one', title: text, items: [item] })
    expect(read.error?.issues.map(({ path }) => path.join('.'))).toEqual([['items.0', path].filter(Boolean).join('.')])
    expect(read.error?.issues[0]?.message).toMatch(reason)
  })

  test('all that is wrong with one item is told at once', () => {
    const item = {
      ...SITUATION,
      type: 'multiple',
      routing: true,
      dontKnow: true,
      sensitive: true,
      carryForward: again,
      once: true,
    }
    const told = Item.safeParse(item).error?.issues.map(({ path }) => path.join('.'))
    expect(told).toEqual(['routing', 'dontKnow', 'once', 'carryForward'])
  })
})
