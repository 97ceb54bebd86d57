// Checks which instruments are stored beside those already fielded, on both engines; a fielded version never changes.
import { beforeEach, expect, test } from 'vitest'
import { onEachEngine } from '../platform/testing.ts'
import type { Bank, Instrument, Item } from './instrument.ts'
import { hashOf, storeVersions } from './store-versions.actions.ts'
import { asItem, instrumentOf, markFielded, option } from './testing.ts'
import { findVersion } from './versions.queries.ts'

const NOW = '2026-10-20T12:00:00Z'
const options = [option(1), option(2)]
const JOB = asItem({ item: 'JOB', type: 'single', options, hint: { fr: 'Une aide', en: 'A hint' } })
const COMMENT = asItem({ item: 'COMMENT', type: 'text', maxLength: 500 })

const named = (instrument: string, ...items: Item[]): Instrument => ({ ...instrumentOf(items), instrument })
const bankOf = (...instruments: Instrument[]): Bank => ({
  instruments: new Map(instruments.map((one) => [one.instrument, one])),
  measures: [],
  indicators: [],
})

/** An item as a version wrote it that did not know some keys yet. */
function without(item: Item, ...keys: string[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([key]) => !keys.includes(key))) as Item
}

/** An object with its keys the other way round. */
const turned = <One extends object>(one: One): One => Object.fromEntries(Object.entries(one).toReversed()) as One

onEachEngine(NOW, (platform) => {
  beforeEach(() => platform().db.deleteFrom('answers.instrument_version').execute())

  const store = (...instruments: Instrument[]) => storeVersions(platform(), bankOf(...instruments))
  const field = (one: Instrument) => markFielded(platform().db, one, platform().clock.now())
  const stored = (one: Instrument) => findVersion(platform().db, one)

  test('a version nobody has been asked is stored, and stored anew when its file changes', async () => {
    const short = named('short', JOB)
    expect(await store(short)).toEqual({ ok: true })
    expect(await stored(short)).toMatchObject({ content: short, hash: hashOf(short), fielded_at: null })
    const longer = named('short', JOB, COMMENT)
    expect(await store(longer)).toEqual({ ok: true })
    expect(await stored(short)).toMatchObject({ content: longer, hash: hashOf(longer) })
  })

  test.each<[string, Instrument]>([
    ['nothing', named('short', JOB)],
    ['a key with the default false', named('short', without(JOB, 'sensitive', 'dontKnow', 'once'))],
    ['the order of its keys', turned(named('short', turned(JOB)))],
    ['a key without a value', { ...named('short', { ...JOB, carryForward: undefined } as unknown as Item) }],
  ])('a fielded version is the same version though its file gains or loses %s', async (_, before) => {
    await store(before)
    await field(before)
    const first = await stored(before)
    for (const now of [named('short', JOB), before, named('short', JOB)]) {
      expect(await store(now)).toEqual({ ok: true })
      expect(hashOf(now)).toBe(hashOf(before))
    }
    expect(await stored(before)).toEqual(first)
  })

  test.each<[string, Instrument]>([
    ['an option', named('short', { ...JOB, options: [option(1), option(3)] } as Item)],
    ['the words of an option', named('short', { ...JOB, options: [option(1), { ...option(2), fr: 'Deux' }] } as Item)],
    ['the order of its options', named('short', { ...JOB, options: options.toReversed() } as Item)],
    ['a text', named('short', { ...JOB, text: { fr: 'Autre', en: 'Text' } })],
    ['a hint', named('short', without(JOB, 'hint'))],
    ['a key with true', named('short', { ...JOB, core: true } as Item)],
    ['one item more', named('short', JOB, COMMENT)],
    ['its minutes', { ...named('short', JOB), minutes: 6 }],
  ])('a fielded version whose file changes %s is refused by name, and stays as it was', async (_, changed) => {
    const short = named('short', JOB)
    await store(short)
    await field(short)
    const before = await stored(short)
    expect(await store(changed)).toEqual({ ok: false, changed: ['short@1'] })
    expect(await stored(short)).toEqual(before)
  })

  test('a change goes into the next version, beside the fielded one', async () => {
    const short = named('short', JOB)
    await store(short)
    await field(short)
    const next = { ...named('short', JOB, COMMENT), version: 2 }
    expect(await store(next)).toEqual({ ok: true })
    expect(await stored(short)).toMatchObject({ content: short })
    expect(await stored(next)).toMatchObject({ content: next, fielded_at: null })
  })

  test('every fielded version that changed is named, and nothing at all is stored', async () => {
    const fielded = ['one', 'two', 'three'].map((name) => named(name, JOB))
    await store(...fielded)
    for (const one of fielded) await field(one)
    const fresh = named('fresh', JOB)
    const refused = await store(fresh, fielded[0]!, named('two', COMMENT), named('three', JOB, COMMENT))
    expect(refused).toEqual({ ok: false, changed: ['two@1', 'three@1'] })
    expect(await stored(fresh)).toBe(undefined)
  })

  test('whoever is asked first freezes a version, and later ones do not move that instant', async () => {
    const short = named('short', JOB)
    await store(short)
    await field(short)
    await markFielded(platform().db, short, platform().clock.now().add({ hours: 1 }))
    expect(await stored(short)).toMatchObject({ fielded_at: Temporal.Instant.from(NOW) })
  })
})
