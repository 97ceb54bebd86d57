// What the instrument versions behind a figure allow: whether it may be computed across them, and how far it may be split.
// Sees versions, never people or answers: a refusal says nothing about what anybody answered.
import { questionsOf } from '../instruments/answers.ts'
import { type Comparability, comparabilityOf, isComparable, worstOf } from '../instruments/comparability.ts'
import { type Instrument, itemsOf } from '../instruments/instrument.ts'

/** Two versions some people of a figure answered, the earlier one first. */
export type Pair = readonly [before: Instrument, after: Instrument]

type Incomparable = Exclude<Comparability, 'same' | 'reworded'>
export type Verdict =
  | { ok: true; comparability: 'same' | 'reworded' }
  | { ok: false; items: { item: string; comparability: Incomparable }[] }

/** Whether a figure made of these items may be computed across these pairs of versions: by the worst that befell an item. */
export function judge(items: readonly string[], pairs: readonly Pair[]): Verdict {
  const found = items.map((item) => ({
    item,
    comparability: worstOf(pairs.map(([before, after]) => comparabilityOf([item], before, after))),
  }))
  const refused = found.flatMap(({ item, comparability }) =>
    isIncomparable(comparability) ? [{ item, comparability }] : [],
  )
  if (refused.length > 0) return { ok: false, items: refused }
  return { ok: true, comparability: found.every(({ comparability }) => comparability === 'same') ? 'same' : 'reworded' }
}

const isIncomparable = (comparability: Comparability): comparability is Incomparable => !isComparable(comparability)

/** The pairs to judge within one wave. Whoever answered a version that asks none of the items is in no figure of them. */
export function pairsWithin(items: readonly string[], versions: readonly Instrument[]): Pair[] {
  const asking = versions.filter((version) => asksAny(version, items)).toSorted((a, b) => a.version - b.version)
  return asking.slice(1).map((version) => [asking[0]!, version])
}

/**
 * The pairs to judge between two waves: those of people who were asked some of the items both times, and who can thus be
 * in the figure; all of them when that is nobody, so that the refusal says why.
 */
export function pairsBetween(items: readonly string[], pairs: readonly Pair[]): Pair[] {
  const used = pairs.filter((pair) => pair.every((version) => asksAny(version, items)))
  const judged = used.length > 0 ? used : pairs
  return [...judged, ...pairsWithin(items, [...new Set(judged.map(([, after]) => after))])]
}

/** Whether a version asks at least one of some items. */
export const asksAny = (version: Instrument, items: readonly string[]): boolean =>
  itemsOf(version).some(({ item }) => items.includes(item))

/** Items that any of some versions marks sensitive, and those asked only because of an answer to one of them. */
export function sensitiveItems(versions: Iterable<Instrument>): ReadonlySet<string> {
  const questions = [...versions].flatMap(questionsOf)
  const found = new Set(questions.filter(({ sensitive }) => sensitive).map(({ item }) => item))
  // What an item depends on stands on an earlier page, so that once through is enough.
  for (const { item, when } of questions) if (when && found.has(when.item)) found.add(item)
  return found
}
