// The names of a questionnaire's form: which field says what about which item.
import type { Given } from '../instruments/check-answer.ts'
import type { FittedQuestion } from '../instruments/fit.ts'
import type { Form } from '../platform/http.tsx'
import { isLanguage, type Language } from '../platform/i18n.ts'

export const DECLINED = 'declined'
export const UNKNOWN = 'unknown'

/** Whether an item's answers are radios under one name, among which “I prefer not to answer” is one more. */
export const isOneOfSeveral = ({ type }: FittedQuestion): boolean => ['single', 'likert', 'rating'].includes(type)

/** The name of the radio or box that says why there is no answer. */
export const reasonName = (item: FittedQuestion, reason: typeof DECLINED | typeof UNKNOWN): string =>
  isOneOfSeveral(item) ? item.item : partName(item, reason)

/** The name of one part of an item: the day of a date, the end of a calendar's second period. */
export const partName = ({ item }: FittedQuestion, part: string): string => `${item}.${part}`

/** What a form says about an item. */
export const givenIn =
  (form: Form) =>
  (item: FittedQuestion): Given => {
    const says = (reason: typeof DECLINED | typeof UNKNOWN) =>
      form.get(reasonName(item, reason))?.includes(reason) ?? false
    const values = form.get(item.item) ?? []
    return {
      values: isOneOfSeveral(item) ? values.filter((value) => value !== DECLINED && value !== UNKNOWN) : values,
      parts: partsIn(form, item),
      declined: says(DECLINED),
      unknown: says(UNKNOWN),
    }
  }

function partsIn(form: Form, item: FittedQuestion): Record<string, readonly string[]> {
  const start = partName(item, '')
  const own = [...form].flatMap(([name, values]) =>
    name.startsWith(start) ? [[name.slice(start.length), values] as const] : [],
  )
  return Object.fromEntries(own.filter(([part]) => part !== DECLINED && part !== UNKNOWN))
}

/** What pressing a button asks for: another page, the same in another language, or one more period of a calendar. */
export type Go = 'next' | 'back' | 'more' | Language

export function goIn(form: Form): Go {
  const go = form.get('go')?.[0]
  return go === 'back' || go === 'more' || isLanguage(go) ? go : 'next'
}

/** The field in which a form says which doubts its reader has seen. */
export const SEEN = 'seen'
export const seenAs = (item: string, doubt: string): string => `${item}:${doubt}`
