// The catalogues say the same in both languages, and nothing that nobody says.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { AnswerProblem } from '../instruments/answers.ts'
import type { Programme } from '../panel/frame.ts'
import type { RefusalReason } from '../panel/register.ts'
import type { ContactKind } from '../waves/plan.ts'
import { fill, isLanguage, LANGUAGES, preferredLanguage, sayDate, sayNumber, type WordKey, wordsIn } from './i18n.ts'

const textOf = (language: string): string => readFileSync(`service/platform/words/${language}.json`, 'utf8')
const catalogue = (language: string) => JSON.parse(textOf(language)) as Record<string, string>
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort()

const sources = readdirSync('service', { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.|testing/.test(name))
  .map((name) => readFileSync(join('service', name), 'utf8'))
  .join('\n')

const problems: Record<AnswerProblem, true> = {
  required: true,
  'unknown option': true,
  'one only': true,
  exclusive: true,
  'not a whole number': true,
  'out of range': true,
  'too long': true,
  unreadable: true,
}
const refusals: Record<RefusalReason, true> = {
  missing: true,
  unreadable: true,
  'malformed address': true,
  'impossible date': true,
  'return before departure': true,
  'unknown country': true,
  'unknown time zone': true,
  'unknown dispositif': true,
  'unknown code': true,
  'unknown language': true,
  'impossible year': true,
  'duplicate matricule': true,
  'wrong number of columns': true,
}
const bases: Record<Programme['legalBasis'], true> = { public_task: true, legitimate_interest: true, consent: true }
/** How many mails of each kind have words of their own; later ones repeat the last. */
const mails: Record<ContactKind, number> = { invitation: 1, reminder: 2 }

/** Keys put together where they are said: what the code there looks like, and all it may say. */
const COMPOSED: [code: RegExp, keys: string[]][] = [
  [/`problem\.\$\{because\}`/, Object.keys(problems).map((because) => `problem.${because}`)],
  [/`import\.\$\{reason\}`/, Object.keys(refusals).map((reason) => `import.${reason}`)],
  [/`notice\.basis\.\$\{programme\.legalBasis\}`/, Object.keys(bases).map((basis) => `notice.basis.${basis}`)],
  [/`mail\.\$\{kind\}\.\$\{Math\.min\(number, 2\)\}\.\$\{part\}`/, Object.entries(mails).flatMap(mailKeys)],
]

function mailKeys([kind, numbers]: [string, number]): string[] {
  const names = Array.from({ length: numbers }, (_, index) => `mail.${kind}.${index + 1}`)
  return names.flatMap((name) => [`${name}.subject`, `${name}.text`])
}

test('both languages have the same keys, each once', () => {
  expect(Object.keys(catalogue('en'))).toEqual(Object.keys(catalogue('fr')))
  for (const language of LANGUAGES)
    expect(textOf(language).match(/^ {2}"/gm)).toHaveLength(Object.keys(catalogue(language)).length)
})

test('both languages have something to say for every key, with the same placeholders', () => {
  const [fr, en] = [catalogue('fr'), catalogue('en')]
  for (const key of Object.keys(fr)) {
    expect([key, fr[key]?.trim()]).not.toEqual([key, ''])
    expect([key, en[key]?.trim()]).not.toEqual([key, ''])
    expect([key, placeholders(en[key]!)]).toEqual([key, placeholders(fr[key]!)])
  }
})

test('every key that is put together exists', () => {
  const known = Object.keys(catalogue('fr'))
  for (const [code, keys] of COMPOSED) {
    expect(sources).toMatch(code)
    expect(known).toEqual(expect.arrayContaining(keys))
  }
})

test('every key is said somewhere', () => {
  const composed = new Set(COMPOSED.flatMap(([, keys]) => keys))
  const unsaid = Object.keys(catalogue('fr')).filter((key) => !composed.has(key) && !sources.includes(`'${key}'`))
  expect(unsaid).toEqual([])
})

test('words are said in their language, with their placeholders filled', () => {
  expect(wordsIn('fr')('answer.place', { place: 2, pages: 6 })).toBe('Page 2 sur 6')
  expect(wordsIn('en')('answer.place', { place: 2, pages: 6 })).toBe('Page 2 of 6')
  expect(fill('{a} {b} {a} {', { a: '{b}', b: 1 })).toBe('{b} 1 {b} {')
  expect(fill('{missing}', {})).toBe('{missing}')
  for (const name of ['constructor', 'toString', '__proto__']) expect(fill(`{${name}}`, {})).toBe(`{${name}}`)
})

test('a value is put in as it is, whatever signs it has', () => {
  expect(wordsIn('en')('mail.greeting' satisfies WordKey, { name: '$& $1 {name} <b>' })).toBe('Dear $& $1 {name} <b>,')
})

test.each([
  [undefined, 'fr'],
  ['', 'fr'],
  ['*', 'fr'],
  ['de', 'fr'],
  ['en', 'en'],
  ['EN-us', 'en'],
  ['de, en;q=0.5, fr;q=0.1', 'en'],
  ['fr-CA,en', 'fr'],
  [',,,;q=1', 'fr'],
  ['\u0000', 'fr'],
])('a browser that asks for %j is answered in %s', (header, language) => {
  expect(preferredLanguage(header)).toBe(language)
})

test('only French and English are languages here', () => {
  for (const text of ['de', '', 'FR', 'fr ', '__proto__', undefined]) expect(isLanguage(text)).toBe(false)
  expect(LANGUAGES.every(isLanguage)).toBe(true)
})

test('dates and numbers are said as people say them', () => {
  const date = Temporal.PlainDate.from('2027-03-02')
  expect(sayDate(date, 'fr')).toBe('mardi 2 mars 2027')
  expect(sayDate(date, 'en')).toMatch(/^Tuesday,? 2 March 2027$/)
  expect(sayNumber(1.25, 'fr', 1)).toBe('1,3')
  expect(sayNumber(-0.5, 'en', 1)).toBe('-0.5')
})
