// What has changed in the items of two instrument versions, part by part, as people read it. Whether they may be compared
// is decided elsewhere. Pure.
import { type Comparability, canonical, compareVersions } from '../instruments/comparability.ts'
import { type Instrument, type Item, itemsOf } from '../instruments/instrument.ts'
import { type Bilingual, fill, LANGUAGES, type Language, wordsIn } from '../platform/i18n.ts'
import { conditionOf, factsOf } from './instrument-reading.ts'

/** The parts of an item, and the keys that make each. */
const PARTS = {
  text: ['text'],
  stem: ['stem'],
  hint: ['hint'],
  ends: ['ends'],
  links: ['links'],
  carryForward: ['carryForward'],
  options: ['options', 'states', 'scale', 'dontKnow'],
  limits: ['min', 'max', 'usual', 'decimals', 'maxLength', 'short'],
  when: ['when'],
  type: ['type', 'reversed'],
  handling: ['core', 'routing', 'sensitive', 'once', 'autocomplete'],
} as const
export type ItemPart = keyof typeof PARTS
const PART_NAMES = Object.keys(PARTS) as ItemPart[]

/** Lines that only one version has, in a language; `language` is null where they are the same in both. */
export type Saying = { language: Language | null; before: string[]; after: string[] }
export type ItemChange = { part: ItemPart; sayings: Saying[] }
/** What became of an item: its question as the later version asks it, or as the earlier one did. */
export type ItemCompared = { item: string; question: Bilingual; comparability: Comparability; changes: ItemChange[] }

/** Every item of two versions, with what has changed in it. */
export function compareItemwise(before: Instrument, after: Instrument): ItemCompared[] {
  const [earlier, later] = [before, after].map((version) => new Map(itemsOf(version).map((item) => [item.item, item])))
  return compareVersions(before, after).map(({ item, comparability }) => {
    const [was, is] = [earlier!.get(item), later!.get(item)]
    const changes = was && is ? changesOf({ version: before, item: was }, { version: after, item: is }) : []
    return { item, comparability, question: questionOf((is ?? was)!), changes }
  })
}

/** A question on its own: with what it shares with those beside it, and without what only its reader is told. */
function questionOf(item: Item): Bilingual {
  const stem = item.type === 'likert' ? item.stem : undefined
  const said = (language: Language) =>
    fill([stem?.[language], item.text[language]].filter(Boolean).join(' '), { anchor: '…' })
  return { fr: said('fr'), en: said('en') }
}

type Placed = { version: Instrument; item: Item }

const changesOf = (before: Placed, after: Placed): ItemChange[] =>
  PART_NAMES.filter((part) => canonical(partOf(before.item, part)) !== canonical(partOf(after.item, part))).map(
    (part) => ({
      part,
      sayings: sayingsOf(part, before, after),
    }),
  )

const partOf = (item: Item, part: ItemPart): object =>
  Object.fromEntries(Object.entries(item).filter(([key]) => (PARTS[part] as readonly string[]).includes(key)))

function sayingsOf(part: ItemPart, before: Placed, after: Placed): Saying[] {
  const sayings = LANGUAGES.map((language): Saying => {
    const [was, is] = [linesOf(part, before, language), linesOf(part, after, language)]
    const isReordered = was.toSorted().join('\n') === is.toSorted().join('\n')
    if (isReordered) return { language, before: was, after: is }
    return {
      language,
      before: was.filter((line) => !is.includes(line)),
      after: is.filter((line) => !was.includes(line)),
    }
  })
  const changed = sayings.filter((one) => one.before.join('\n') !== one.after.join('\n'))
  const [first, second] = changed
  const isNeutral =
    first && second && canonical([first.before, first.after]) === canonical([second.before, second.after])
  return isNeutral ? [{ ...first, language: null }] : changed
}

/** A part of an item as people read it, line by line; its type and what is particular about it by their names. */
function linesOf(part: ItemPart, { version, item }: Placed, language: Language): string[] {
  const any = item as Partial<Record<string, unknown>>
  const said = (key: string) => (any[key] ? [(any[key] as Bilingual)[language]] : [])
  switch (part) {
    case 'text':
    case 'stem':
    case 'hint':
    case 'carryForward':
      return said(part)
    case 'ends':
      return item.type === 'rating' ? [`0 = ${item.ends.low[language]}`, `10 = ${item.ends.high[language]}`] : []
    case 'links':
      return item.type === 'info' ? (item.links ?? []).map((link) => `${link[language]} (${link.url})`) : []
    case 'options': {
      const options = 'options' in item ? item.options : 'states' in item ? item.states : []
      const unknown = any.dontKnow ? [wordsIn(language)('answer.dontKnow')] : []
      return [...options.map((option) => `${option.code} = ${option[language]}`), ...unknown]
    }
    case 'limits':
      return limitsOf(any)
    case 'when': {
      const condition = conditionOf(version, item)
      return condition ? [`${condition.item}: ${condition.answers.map((answer) => answer[language]).join(', ')}`] : []
    }
    case 'type':
      return [item.type]
    case 'handling':
      return factsOf(item)
    default:
      return part satisfies never
  }
}

function limitsOf(item: Partial<Record<string, unknown>>): string[] {
  const usual = item.usual as { min: number; max: number } | undefined
  return [
    ...('min' in item ? [`${item.min} – ${item.max}`] : []),
    ...(usual ? [`(${usual.min} – ${usual.max})`] : []),
    ...('maxLength' in item ? [`≤ ${item.maxLength}`] : []),
    ...('decimals' in item ? [`0,${'0'.repeat(Number(item.decimals))}`] : []),
  ]
}
