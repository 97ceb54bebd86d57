// Checks which versions a figure is judged by, what the judgement is, and which items are sensitive.
import { describe, expect, test } from 'vitest'
import type { Instrument, Item } from '../instruments/instrument.ts'
import { Item as BankItem } from '../instruments/item.ts'
import { judge, pairsBetween, pairsWithin, sensitiveItems } from './versions.ts'

const text = { fr: 'Texte', en: 'Text' }
const asked = (code: string, more: object = {}): Item => {
  const options = [1, 2].map((option) => ({ code: option, ...text }))
  const item = BankItem.parse({ item: code, type: 'single', text, options, ...more })
  if (item.type !== 'single') throw new Error('only choices are made here')
  return item
}
const version = (number: number, items: Item[], instrument = 'asked'): Instrument => ({
  instrument,
  version: number,
  minutes: 1,
  pages: items.map((item) => ({ title: text, items: [item] })),
})
const [A, B, C] = ['A', 'B', 'C'].map((code) => asked(`Q_${code}`)) as [Item, Item, Item]
const OTHERWISE = asked('Q_A', { text: { fr: 'Autre', en: 'Other' } })
const OTHER_OPTIONS = asked('Q_A', { options: [1, 2, 3].map((code) => ({ code, ...text })) })

const first = version(1, [A, B])
const reworded = version(2, [OTHERWISE, B])
const changed = version(3, [OTHER_OPTIONS, B])
const without = version(4, [B, C])

describe('a figure', () => {
  test('of which everybody answered the same version is the same', () => {
    expect(judge(['Q_A'], pairsWithin(['Q_A'], [first]))).toEqual({ ok: true, comparability: 'same' })
    expect(judge(['Q_A'], [])).toEqual({ ok: true, comparability: 'same' })
  })

  test('is as comparable as the worst of its items in the worst of its pairs', () => {
    expect(judge(['Q_A', 'Q_B'], [[first, reworded]])).toEqual({ ok: true, comparability: 'reworded' })
    expect(judge(['Q_B'], [[first, reworded]])).toEqual({ ok: true, comparability: 'same' })
    expect(
      judge(
        ['Q_A', 'Q_B'],
        [
          [first, first],
          [first, reworded],
          [first, changed],
        ],
      ),
    ).toEqual({ ok: false, items: [{ item: 'Q_A', comparability: 'options changed' }] })
    expect(judge(['Q_A', 'Q_B', 'Q_C'], [[first, without]])).toEqual({
      ok: false,
      items: [
        { item: 'Q_A', comparability: 'gone' },
        { item: 'Q_C', comparability: 'new' },
      ],
    })
  })
})

test('within a wave, versions that ask any of the items are held against the earliest of these', () => {
  expect(pairsWithin(['Q_A'], [changed, without, reworded, first])).toEqual([
    [first, reworded],
    [first, changed],
  ])
  expect(pairsWithin(['Q_C'], [changed, without, first])).toEqual([])
  expect(judge(['Q_A', 'Q_C'], pairsWithin(['Q_A', 'Q_C'], [without, first]))).toMatchObject({ ok: false })
})

test('between waves, people asked none of the items once are in no change, and so judge nothing unless they are all', () => {
  expect(
    pairsBetween(
      ['Q_A'],
      [
        [first, reworded],
        [without, reworded],
      ],
    ),
  ).toEqual([[first, reworded]])
  expect(pairsBetween(['Q_A'], [[without, reworded]])).toEqual([[without, reworded]])
  expect(judge(['Q_A'], pairsBetween(['Q_A'], [[without, reworded]]))).toEqual({
    ok: false,
    items: [{ item: 'Q_A', comparability: 'new' }],
  })
  expect(pairsBetween(['Q_A'], [])).toEqual([])
})

test('between waves, those who answered the later one must also have answered alike', () => {
  const both = pairsBetween(
    ['Q_A'],
    [
      [first, first],
      [changed, changed],
    ],
  )
  expect(both).toContainEqual([first, changed])
  expect(judge(['Q_A'], both)).toMatchObject({ ok: false })
})

test('an item is sensitive when any version says so, or when it is asked because of a sensitive answer', () => {
  const marked = version(2, [asked('Q_A', { routing: true, sensitive: true }), B])
  const behind = version(1, [
    asked('Q_A', { routing: true }),
    asked('Q_B', { routing: true, when: { item: 'Q_A', in: [1] } }),
    asked('Q_C', { when: { item: 'Q_B', in: [1] } }),
    asked('Q_D'),
  ])
  expect([...sensitiveItems([behind])]).toEqual([])
  expect([...sensitiveItems([behind, marked])].toSorted()).toEqual(['Q_A', 'Q_B', 'Q_C'])
})
