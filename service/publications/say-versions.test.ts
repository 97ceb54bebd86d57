// Checks the table of versions, word for word.
import { expect, test } from 'vitest'
import type { Instrument, Item } from '../instruments/instrument.ts'
import { loadSurveys } from '../surveys.ts'
import { type StoredVersion, sayVersions } from './say-versions.ts'

const { bank, plans } = loadSurveys('surveys', { demonstration: false })
const plan = plans.get('standard')!
const later = plan.waves.filter(({ wave }) => wave !== plan.baseline)
const [w0, w3] = ['w0', 'w3'].map((wave) => bank.instruments.get(wave)!) as [Instrument, Instrument]

const stored = (content: Instrument, fieldedOn: string | null = null): StoredVersion => ({
  content,
  hash: `${content.instrument}${content.version}`.padEnd(64, 'f'),
  fieldedOn: fieldedOn === null ? null : Temporal.PlainDate.from(fieldedOn),
})
const version = (instrument: string, number: number, items: Item[]): Instrument => ({
  instrument,
  version: number,
  minutes: 1,
  pages: [{ title: { fr: 'Page', en: 'Page' }, items }],
})
const [A, B, C] = w0.pages.flatMap(({ items }) => items.filter(({ type }) => type === 'likert')) as [Item, Item, Item]
const other = (item: Item): Item => ({ ...item, text: { fr: 'Autrement', en: 'Otherwise' } })
const fewer = (item: Item): Item => (item.type === 'likert' ? { ...item, options: item.options.slice(1) } : item)

test('each version says its hash, since when it is asked, and what changed; the plan what is asked in both', () => {
  const versions = [
    stored(version('w0', 1, [A, B]), '2026-01-05'),
    stored(version('w0', 2, [other(A), C])),
    stored(version('w0', 3, [other(A), C])),
    stored(version('w1', 1, [fewer(A), C, B])),
  ]
  expect(sayVersions(versions, [plan])).toEqual([
    'version  hash      fielded     changed since the version before',
    `w0@1     w01fffff  2026-01-05`,
    `w0@2     w02fffff  not yet     1 reworded (${A.item}); 1 new (${C.item}); 1 gone (${B.item})`,
    'w0@3     w03fffff  not yet     no item',
    'w1@1     w11fffff  not yet',
    '',
    'plan standard  asked in both',
    `w0@1 → w1@1    1 options changed (${A.item}); 1 same`,
    `w0@2 → w1@1    1 options changed (${A.item}); 1 same`,
    `w0@3 → w1@1    1 options changed (${A.item}); 1 same`,
  ])
})

test('of surveys/ as it stands, every item that a later wave shares with the baseline is compared', () => {
  const lines = sayVersions(
    [...bank.instruments.values()].map((one) => stored(one)),
    [plan],
  )
  const rows = lines.filter((line) => line.startsWith(`${w0.instrument}@${w0.version} → `))
  expect(rows).toHaveLength(later.length)
  const codes = (one: Instrument) =>
    one.pages.flatMap(({ items }) => items.filter(({ type }) => type !== 'info').map(({ item }) => item))
  const shared = codes(w3).filter((code) => codes(w0).includes(code))
  const row = rows.find((line) => line.includes(`→ ${w3.instrument}@`))!
  const counts = [...row.matchAll(/(\d+) (?:same|reworded|options changed)/g)].map(([, count]) => Number(count))
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(shared.length)
})

test('a plan whose baseline nobody has stored compares nothing', () => {
  expect(sayVersions([stored(w3)], [plan]).join('\n')).not.toContain('plan')
  expect(sayVersions([], [])).toEqual(['version  hash  fielded  changed since the version before'])
})
