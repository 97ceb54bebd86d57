// French and English: the catalogues, and dates as people say them.
import { z } from 'zod'
import en from './words/en.json' with { type: 'json' }
import fr from './words/fr.json' with { type: 'json' }

export const LANGUAGES = ['fr', 'en'] as const
export type Language = (typeof LANGUAGES)[number]
export type WordKey = keyof typeof fr

/** A French text: the blank before : ; ? ! » and after « does not break, however it was typed. */
export const French = z
  .string()
  .min(1)
  .transform((text) => text.replace(/ (?=[:;?!»])/g, '\u00a0').replaceAll('« ', '«\u00a0'))

/** A text written in both languages, as surveys and programmes carry them. */
export const Bilingual = z.strictObject({ fr: French, en: z.string().min(1) })
export type Bilingual = z.infer<typeof Bilingual>

/** Looks words up in one language, filling `{placeholders}`. */
export type Words = (key: WordKey, values?: Record<string, string | number>) => string

const catalogues: Record<Language, Record<WordKey, string>> = { fr, en }

export const wordsIn =
  (language: Language): Words =>
  (key, values = {}) =>
    fill(catalogues[language][key], values)

/** The same words in both languages, for what is published bilingual. */
export const inBothLanguages = (key: WordKey): Bilingual => ({ fr: catalogues.fr[key], en: catalogues.en[key] })

/** Replaces each `{name}` that has a value; there is no other syntax. */
export const fill = (text: string, values: Record<string, string | number>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? String(values[name]) : whole))

export const isLanguage = (text: string | undefined): text is Language => LANGUAGES.includes(text as Language)

/** The language of a reader who has not chosen: the first of theirs that we speak, otherwise French. */
export function preferredLanguage(acceptLanguage: string | undefined): Language {
  const wanted = (acceptLanguage ?? '').split(',').map((part) => part.trim().slice(0, 2).toLowerCase())
  return wanted.find(isLanguage) ?? 'fr'
}

const LOCALES: Record<Language, string> = { fr: 'fr-FR', en: 'en-GB' }
const longDate = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const
const dateFormats = {
  fr: new Intl.DateTimeFormat(LOCALES.fr, longDate),
  en: new Intl.DateTimeFormat(LOCALES.en, longDate),
}

/** A date as people say it: « mardi 3 mars 2027 », “Tuesday 3 March 2027”. */
export const sayDate = (date: Temporal.PlainDate, language: Language): string => dateFormats[language].format(date)

const monthsOf = (locale: string): string[] => {
  const format = new Intl.DateTimeFormat(locale, { month: 'long' })
  return Array.from({ length: 12 }, (_, month) => format.format(new Temporal.PlainDate(2001, month + 1, 1)))
}
const monthNames = { fr: monthsOf(LOCALES.fr), en: monthsOf(LOCALES.en) }

/** A month written YYYY-MM as people say it: « mars 2027 », “March 2027”. */
export function sayMonth(month: string, language: Language): string {
  const [year, number] = month.split('-')
  return `${monthNames[language][Number(number) - 1]} ${year}`
}

const listFormats = { fr: new Intl.ListFormat(LOCALES.fr), en: new Intl.ListFormat(LOCALES.en) }

/** Several things as people list them: « mars, avril et mai », “March, April and May”. */
export const sayList = (things: readonly string[], language: Language): string => listFormats[language].format(things)

/** A number with the decimal mark of the language and a fixed number of decimals. */
export const sayNumber = (value: number, language: Language, decimals = 0): string =>
  value.toLocaleString(LOCALES[language], {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
