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
const inEachLanguage = <T>(of: (locale: string) => T): Record<Language, T> => ({
  fr: of(LOCALES.fr),
  en: of(LOCALES.en),
})

/** The names are asked for once: a format takes longer to say one date than the rest of a mail takes to be written. */
const namesOf = (format: Intl.DateTimeFormatOptions, dates: readonly Temporal.PlainDate[]) =>
  inEachLanguage((locale) => dates.map((date) => new Intl.DateTimeFormat(locale, format).format(date)))
const monthNames = namesOf(
  { month: 'long' },
  Array.from({ length: 12 }, (_, month) => new Temporal.PlainDate(2001, month + 1, 1)),
)
const dayNames = namesOf(
  { weekday: 'long' },
  Array.from({ length: 7 }, (_, day) => new Temporal.PlainDate(2001, 1, day + 1)), // from a Monday
)

/** A date as people say it: « mardi 3 mars 2027 », « lundi 1er mars 2027 », “Tuesday 3 March 2027”. */
export function sayDate({ dayOfWeek, day, month, year }: Temporal.PlainDate, language: Language): string {
  const number = day === 1 ? wordsIn(language)('day.first') : day
  return `${dayNames[language][dayOfWeek - 1]} ${number} ${monthNames[language][month - 1]} ${year}`
}

/** The day of a month of any year: « 20 décembre », « 1er mars », “20 December”. */
export const sayMonthDay = ({ month, day }: { month: number; day: number }, language: Language): string =>
  `${day === 1 ? wordsIn(language)('day.first') : day} ${monthNames[language][month - 1]}`

/** A day of the week, from Monday (1) to Sunday (7). */
export const sayDayOfWeek = (day: number, language: Language): string => dayNames[language][day - 1]!

/** The name of a month, from January (1) to December (12). */
export const sayMonthOfYear = (month: number, language: Language): string => monthNames[language][month - 1]!

/** An instant for people who run the service: day and time of the day in UTC, « 3 mars 2027, 10:00 UTC ». */
export function sayInstant(instant: Temporal.Instant, language: Language): string {
  const { day, month, year, hour, minute } = instant.toZonedDateTimeISO('UTC')
  const number = day === 1 ? wordsIn(language)('day.first') : day
  const two = (part: number) => String(part).padStart(2, '0')
  return `${number} ${monthNames[language][month - 1]} ${year}, ${two(hour)}:${two(minute)} UTC`
}

/** A month written YYYY-MM as people say it: « mars 2027 », “March 2027”. */
export function sayMonth(month: string, language: Language): string {
  const [year, number] = month.split('-')
  return `${monthNames[language][Number(number) - 1]} ${year}`
}

const listFormats = inEachLanguage((locale) => new Intl.ListFormat(locale))

/** Several things as people list them: « mars, avril et mai », “March, April and May”. */
export const sayList = (things: readonly string[], language: Language): string => listFormats[language].format(things)

/** A number with the decimal mark of the language and a fixed number of decimals. */
export const sayNumber = (value: number, language: Language, decimals = 0): string =>
  value.toLocaleString(LOCALES[language], {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  })

/** A share in whole per cent, without its sign. */
export const percent = (share: number, language: Language): string => sayNumber(100 * share, language)
