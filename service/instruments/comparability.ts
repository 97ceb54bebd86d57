// Whether an item of one instrument version means the same in another, and so whether a change between them means anything.
import { type Instrument, type Item, itemsOf } from './instrument.ts'

/**
 * `reworded`: other words for the same answers. `options changed`: other answers, another range, or asked of others.
 * `new` and `gone`: asked in the later version only, or in the earlier one only.
 */
export type Comparability = 'same' | 'reworded' | 'options changed' | 'new' | 'gone'

/** Every item of two versions, the later one's in its order, then what is gone. */
export function compareVersions(
  before: Instrument,
  after: Instrument,
): { item: string; comparability: Comparability }[] {
  const earlier = new Map(itemsOf(before).map((item) => [item.item, item]))
  const later = new Map(itemsOf(after).map((item) => [item.item, item]))
  return [...later.keys(), ...[...earlier.keys()].filter((code) => !later.has(code))].map((item) => ({
    item,
    comparability: compareItems(earlier.get(item), later.get(item)),
  }))
}

/** The worst of what has become of some items: it decides whether a figure made of all of them may be compared. */
export function comparabilityOf(items: readonly string[], before: Instrument, after: Instrument): Comparability {
  const itemIn = (instrument: Instrument, code: string) => itemsOf(instrument).find(({ item }) => item === code)
  return worstOf(items.map((item) => compareItems(itemIn(before, item), itemIn(after, item))))
}

/** From what changes nothing to what cannot be compared. */
const ORDER: readonly Comparability[] = ['same', 'reworded', 'options changed', 'new', 'gone']
export const worstOf = (found: readonly Comparability[]): Comparability =>
  ORDER.findLast((one) => found.includes(one)) ?? 'same'

/** Whether a figure may be computed across versions that stand to each other like this. */
export const isComparable = (comparability: Comparability): boolean => ['same', 'reworded'].includes(comparability)

function compareItems(before: Item | undefined, after: Item | undefined): Comparability {
  if (!after) return 'gone'
  if (!before) return 'new'
  const differ = (ignored: readonly string[]) =>
    canonical(without(ignored, before)) !== canonical(without(ignored, after))
  if (differ([...HANDLING, ...WORDS])) return 'options changed'
  return differ(HANDLING) ? 'reworded' : 'same'
}

/** What says how an item is handled, and not what it asks. */
const HANDLING = ['core', 'sensitive', 'usual', 'carryForward', 'autocomplete']
/** Where an item's words stand. */
const WORDS = ['fr', 'en', 'text', 'hint', 'stem', 'ends', 'links']

function without(ignored: readonly string[], value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => without(ignored, one))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !ignored.includes(key))
      .map(([key, inner]) => [key, without(ignored, inner)]),
  )
}

/**
 * One text for one meaning: keys in order, and nothing that is absent or false, so that a version written before a key
 * existed is still the same version.
 */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([, one]) => one !== undefined && one !== false)
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  )
}
