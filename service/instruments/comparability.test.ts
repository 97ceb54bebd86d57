// Checks what counts as the same question in two versions, and which of them a figure may be computed across.
import { describe, expect, test } from 'vitest'
import {
  type Comparability,
  canonical,
  comparabilityOf,
  compareVersions,
  isComparable,
  worstOf,
} from './comparability.ts'
import { assembleBank, type Instrument, InstrumentFile, type Item, itemsOf } from './instrument.ts'
import { ItemFile, ScaleFile } from './item.ts'

const text = { fr: 'Texte', en: 'Text' }
const choices = (count: number) => Array.from({ length: count }, (_, code) => ({ code: code + 1, ...text }))
const { items } = ItemFile.parse({
  module: 'synthetic',
  title: text,
  items: [
    { item: 'STATE', text, type: 'single', options: choices(3), routing: true },
    { item: 'WORK', text, hint: text, type: 'single', options: choices(3), when: { item: 'STATE', in: [1] } },
    { item: 'AGREE', text, type: 'likert', scale: 'L5', stem: text },
    { item: 'STARS', text, type: 'rating', ends: { low: text, high: text } },
    { item: 'YEAR', text, type: 'year', min: 1950, max: 2010, usual: { min: 1980, max: 2008 } },
    { item: 'SHEET', text, type: 'info', links: [{ url: 'https://example.org/', ...text }] },
    { item: 'TOWN', text, type: 'text', maxLength: 80 },
  ],
})
const assembled = assembleBank({
  items,
  scales: ScaleFile.parse({ scales: [{ scale: 'L5', options: choices(5) }] }).scales,
  countries: [],
  measures: [],
  indicators: [],
  instruments: [
    InstrumentFile.parse({
      instrument: 'asked',
      version: 1,
      minutes: 9,
      pages: [
        { title: text, items: ['STATE'] },
        { title: text, items: items.slice(1).map(({ item }) => item) },
      ],
    }),
  ],
})
if (!assembled.ok) throw new Error(assembled.problems.join('\n'))
const before = assembled.bank.instruments.get('asked')!

/** The next version, with one item changed, or left out. */
const nextVersion = (code: string, change: (item: Item) => Item | undefined): Instrument => ({
  ...before,
  version: 2,
  pages: before.pages.map((page) => ({
    ...page,
    items: page.items.flatMap((item) => (item.item === code ? (change(item) ?? []) : item)),
  })),
})
const become = (code: string, more: object): Comparability =>
  comparabilityOf(
    [code],
    before,
    nextVersion(code, (item) => ({ ...item, ...more }) as Item),
  )
const other = { fr: 'Autre texte', en: 'Another text' }

describe('an item of two versions', () => {
  test('is the same when nothing has changed, wherever it stands and whatever the pages are called', () => {
    const moved = { ...before, pages: [{ title: other, items: itemsOf(before) }] }
    expect(compareVersions(before, moved)).toEqual(itemsOf(before).map(({ item }) => ({ item, comparability: 'same' })))
  })

  test.each([
    ['WORK', { core: true }],
    ['WORK', { sensitive: true }],
    ['WORK', { carryForward: text }],
    ['YEAR', { usual: { min: 1970, max: 2009 } }],
  ])('%s is the same when only the handling of it changes: %o', (code, more) => {
    expect(become(code, more)).toBe('same')
  })

  test('is the same beside a version written before a key existed', () => {
    const older = nextVersion('WORK', (item) => {
      const { once: _, dontKnow: __, sensitive: ___, ...rest } = item as Extract<Item, { type: 'single' }>
      return rest as Item
    })
    expect(comparabilityOf(['WORK'], older, before)).toBe('same')
  })

  test.each([
    ['WORK', { text: other }],
    ['WORK', { hint: other }],
    ['WORK', { hint: undefined }],
    ['WORK', { options: choices(3).map((option) => ({ ...option, ...other, exclusive: false })) }],
    ['AGREE', { stem: other }],
    ['STARS', { ends: { low: other, high: text } }],
    ['SHEET', { links: [] }],
  ])('%s is reworded by %o', (code, more) => {
    expect(become(code, more)).toBe('reworded')
  })

  test.each([
    ['WORK', { options: choices(4) }],
    ['WORK', { options: choices(3).map((option) => ({ ...option, code: option.code + 1 })) }],
    ['WORK', { options: choices(3).toReversed() }],
    ['WORK', { options: choices(3).map((option) => ({ ...option, exclusive: true })) }],
    ['WORK', { type: 'multiple' }],
    ['WORK', { when: { item: 'STATE', in: [1, 2] } }],
    ['WORK', { when: undefined }],
    ['WORK', { dontKnow: true }],
    ['WORK', { once: true }],
    ['AGREE', { reversed: true }],
    ['AGREE', { scale: 'F5' }],
    ['YEAR', { min: 1900 }],
    ['TOWN', { maxLength: 90 }],
  ])('%s has other answers, or is asked of others, with %o', (code, more) => {
    expect(become(code, more)).toBe('options changed')
    expect(become(code, { ...more, text: other })).toBe('options changed')
  })

  test('that is in one of them only is new or gone', () => {
    const without = nextVersion('AGREE', () => undefined)
    expect(comparabilityOf(['AGREE'], without, before)).toBe('new')
    expect(comparabilityOf(['AGREE'], before, without)).toBe('gone')
    expect(compareVersions(before, without).at(-1)).toEqual({ item: 'AGREE', comparability: 'gone' })
    expect(compareVersions(before, without).map(({ comparability }) => comparability)).not.toContain('new')
    expect(comparabilityOf(['NOWHERE'], before, without)).toBe('gone')
  })
})

test('some items are as comparable as the worst of them, and none at all are the same', () => {
  const changed = nextVersion('WORK', (item) => ({ ...item, text: other }) as Item)
  expect(comparabilityOf(['AGREE', 'STARS'], before, changed)).toBe('same')
  expect(comparabilityOf(['AGREE', 'WORK'], before, changed)).toBe('reworded')
  expect(comparabilityOf(['AGREE', 'WORK', 'NOWHERE'], before, changed)).toBe('gone')
  expect(comparabilityOf([], before, changed)).toBe('same')
  expect(worstOf([])).toBe('same')
  expect(worstOf(['reworded', 'options changed', 'same'])).toBe('options changed')
})

test.each<[Comparability, boolean]>([
  ['same', true],
  ['reworded', true],
  ['options changed', false],
  ['new', false],
  ['gone', false],
])('a figure may be computed across versions that are %s: %s', (comparability, may) => {
  expect(isComparable(comparability)).toBe(may)
})

test('the order of keys, and what is absent or false, make no other text', () => {
  expect(canonical({ b: 1, a: [{ d: false, c: 'x' }] })).toBe('{"a":[{"c":"x"}],"b":1}')
  expect(canonical({ a: [{ c: 'x', d: undefined }], b: 1 })).toBe(canonical({ b: 1, a: [{ d: false, c: 'x' }] }))
  expect(canonical({ a: true })).not.toBe(canonical({}))
  expect(canonical({ a: [1, 2] })).not.toBe(canonical({ a: [2, 1] }))
  expect(canonical({ a: 0, b: null, c: '' })).toBe('{"a":0,"b":null,"c":""}')
})
