// French and English: the catalogues, and dates as people say them.
import { z } from 'zod'
import en from './words/en.json' with { type: 'json' }
import fr from './words/fr.json' with { type: 'json' }

export const LANGUAGES = ['fr', 'en'] as const
export type Language = (typeof LANGUAGES)[number]
export type WordKey = keyof typeof fr

/** A text written in both languages, as surveys and programmes carry them. */
export const Bilingual = z.strictObject({ fr: z.string().min(1), en: z.string().min(1) })
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

/** A number with the decimal mark of the language and a fixed number of decimals. */
export const sayNumber = (value: number, language: Language, decimals = 0): string =>
  value.toLocaleString(LOCALES[language], {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })
