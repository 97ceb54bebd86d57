// The catalogues say the same in both languages, and nothing that nobody says.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROLE_NAMES } from '../access/roles.ts'
import { ATTEMPT_OUTCOMES, ATTEMPT_WAYS } from '../fieldwork/members.queries.ts'
import { PROGRAMME_FIELDS } from '../fieldwork/programme-form.ts'
import type { AnswerProblem, Doubt } from '../instruments/check-answer.ts'
import type { Comparability } from '../instruments/comparability.ts'
import { CAUSES } from '../mailings/delivery.ts'
import type { Programme } from '../panel/frame.ts'
import { COLUMNS, OPTIONAL_COLUMNS, type RefusalReason } from '../panel/register.ts'
import { DIRECTIONS } from '../publications/say-change.ts'
import {
  Bilingual,
  French,
  fill,
  inBothLanguages,
  isLanguage,
  LANGUAGES,
  preferredLanguage,
  sayDate,
  sayList,
  sayMonth,
  sayNumber,
  type WordKey,
  wordsIn,
} from './i18n.ts'

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
  'outside the period': true,
  'too long': true,
  unreadable: true,
  'answered and not': true,
  'not a number': true,
  'not a date': true,
  'incomplete period': true,
  'ends before it begins': true,
  'unknown month': true,
  overlap: true,
}
const doubts: Record<Doubt, true> = { unusual: true, 'personal details': true, gaps: true }
const incomparable: Record<Exclude<Comparability, 'same' | 'reworded'>, true> = {
  'options changed': true,
  new: true,
  gone: true,
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
  'fixed arm': true,
  'wrong number of columns': true,
}
const bases: Record<Programme['legalBasis'], true> = { public_task: true, legitimate_interest: true, consent: true }
/** Keys that begin alike and end in one of these names. */
const all = (prefix: string, names: readonly string[]): string[] => names.map((name) => `${prefix}.${name}`)

const TASKS = ['upload', 'lost', 'returns']

/** Keys put together where they are said: what the code there looks like, and all it may say. */
const COMPOSED: [code: RegExp, keys: string[]][] = [
  [/`problem\.\$\{problem\.because\}`/, Object.keys(problems).map((because) => `problem.${because}`)],
  [/`doubt\.\$\{doubt\.because\}`/, Object.keys(doubts).map((because) => `doubt.${because}`)],
  [/t\(`answer\.\$\{part\}`\)/, ['day', 'month', 'year'].map((part) => `answer.${part}`)],
  [/`impact\.refused\.\$\{kindOf\(table\)\}`/, ['change', 'mean', 'item'].map((kind) => `impact.refused.${kind}`)],
  [
    /`impact\.refused\.\$\{comparability\}`/,
    Object.keys(incomparable).map((comparability) => `impact.refused.${comparability}`),
  ],
  [/`import\.\$\{reason\}`/, Object.keys(refusals).map((reason) => `import.${reason}`)],
  [/`notice\.basis\.\$\{programme\.legalBasis\}`/, Object.keys(bases).map((basis) => `notice.basis.${basis}`)],
  [/`brake\.\$\{cause\}`/, CAUSES.map((cause) => `brake.${cause}`)],
  [
    /`impact\.direction\.\$\{directionOf\(interval\)\}`/,
    DIRECTIONS.map((direction) => `impact.direction.${direction}`),
  ],
  [/`impact\.summary\.\$\{direction\}`/, DIRECTIONS.map((direction) => `impact.summary.${direction}`)],
  [/`role\.\$\{role\}`/, all('role', ROLE_NAMES)],
  [
    /`role\.\$\{role\}\.text`/,
    all(
      'role',
      ROLE_NAMES.map((role) => `${role}.text`),
    ),
  ],
  [
    /`signIn\.because\.\$\{because\}`/,
    all('signIn.because', ['aborted', 'refused', 'expired', 'mismatch', 'provider down', 'unknown', 'unverified']),
  ],
  [/`attempt\.way\.\$\{way\}`/, all('attempt.way', ATTEMPT_WAYS)],
  [/`attempt\.outcome\.\$\{outcome\}`/, all('attempt.outcome', ATTEMPT_OUTCOMES)],
  [/`lost\.because\.\$\{because\}`/, all('lost.because', ['bounced', 'no address'])],
  [
    /`member\.done\.\$\{said\}`/,
    all('member.done', ['saved', 'unchanged', 'resent', 'resent before', 'nothing open', 'opted out', 'no address']),
  ],
  [
    /`member\.state\.\$\{stateOf\(one, now\)\}`/,
    all('member.state', ['submitted', 'begun', 'closed', 'over', 'open', 'to come']),
  ],
  [/`moves\.\$\{change\.do\}`/, all('moves', ['create', 'move', 'cancel', 'keep'])],
  [/`programme\.\$\{field\}`/, all('programme', PROGRAMME_FIELDS)],
  [
    /`programme\.\$\{field\}\.hint`/,
    all(
      'programme',
      PROGRAMME_FIELDS.map((field) => `${field}.hint`),
    ),
  ],
  [/`programme\.basis\.\$\{basis\}`/, all('programme.basis', Object.keys(bases))],
  [
    /`programme\.fault\.\$\{because\}`/,
    all('programme.fault', ['missing', 'slug', 'address', 'phase', 'repeated', 'taken']),
  ],
  [/`programme\.section\.\$\{section\}`/, all('programme.section', ['what', 'who', 'sender', 'cohorts'])],
  [/`register\.column\.\$\{refusal\.column\}`/, all('register.column', [...COLUMNS, ...OPTIONAL_COLUMNS])],
  [
    /`register\.because\.\$\{becauseOf\(expected\)\}`/,
    all('register.because', [
      'empty',
      'a spreadsheet',
      'a PDF',
      'an image',
      'a web page',
      'not text',
      'not a table',
      'missing columns',
      'repeated columns',
      'unknown programme',
    ]),
  ],
  [/`register\.doing\.\$\{doing\}`/, all('register.doing', ['reading', 'writing', 'planning'])],
  [/`register\.problem\.\$\{problem\}`/, all('register.problem', ['no file'])],
  [/`register\.separator\.\$\{separator\}`/, all('register.separator', [';', ',', 'tab'])],
  [/`task\.\$\{task\}`/, all('task', TASKS)],
  [
    /`task\.\$\{task\}\.one`/,
    all(
      'task',
      TASKS.map((task) => `${task}.one`),
    ),
  ],
  [
    /`texts\.mail\.\$\{kind\}`/,
    all('texts.mail', ['invitation', 'reminder', 'resume', 'lastCall', 'link', 'thanks', 'contactUpdate']),
  ],
  [
    /`texts\.when\.\$\{mail\.kind\}`/,
    all('texts.when', ['invitation', 'reminder', 'resume', 'lastCall', 'link', 'thanks', 'contactUpdate']),
  ],
  [/`texts\.part\.\$\{part\}`/, all('texts.part', ['subject', 'preheader', 'text', 'action', 'reply'])],
  [
    /`texts\.value\.\$\{value\}`/,
    all('texts.value', ['name', 'programme', 'wave', 'questions', 'minutes', 'date', 'nextDate', 'sender', 'contact']),
  ],
  [
    /`mailRule\.\$\{rule\}`/,
    all('mailRule', [
      'markup',
      'address',
      'page',
      'unseen',
      'picture',
      'insistent',
      'capitals',
      'blank',
      'punctuation',
      'answer',
      'dot',
      'unknown',
      'none',
      'brace',
      'differ',
      'long',
      'must',
      'without',
      'twice',
      'empty',
      'paragraphs',
      'uneven',
      'inParagraph',
    ]),
  ],
  [
    /`instruments\.fact\.\$\{fact\}`/,
    all('instruments.fact', ['core', 'routing', 'sensitive', 'once', 'carryForward']),
  ],
  [
    /`instruments\.became\.\$\{comparability\}`/,
    all('instruments.became', ['same', 'reworded', 'options changed', 'new', 'gone']),
  ],
  [
    /`instruments\.part\.\$\{part\}`/,
    all('instruments.part', [
      'text',
      'stem',
      'hint',
      'ends',
      'links',
      'carryForward',
      'options',
      'limits',
      'when',
      'type',
      'handling',
    ]),
  ],
  [
    /`instruments\.type\.\$\{line as/,
    all('instruments.type', [
      'single',
      'multiple',
      'likert',
      'rating',
      'integer',
      'decimal',
      'year',
      'date',
      'text',
      'country',
      'calendar',
      'info',
    ]),
  ],
  [/`control\.canary\.\$\{canary\.state\}`/, all('control.canary', ['off', 'going', 'held', 'released'])],
  [/`control\.sendNow\.\$\{because\}`/, all('control.sendNow', ['more'])],
  [/`control\.extend\.wrong\.\$\{problem\}`/, all('control.extend.wrong', ['day', 'past', 'whose'])],
  [
    /`control\.done\.\$\{done\.what\}`/,
    all('control.done', ['paused', 'released', 'sentNow', 'extended', 'tested', 'notTested']),
  ],
  [/`desk\.release\.\$\{whole\}`/, all('desk.release', ['everything', 'installation'])],
  [/`desk\.done\.\$\{done\}`/, all('desk.done', ['stopped', 'released'])],
  [/`notice\.scope\.\$\{kind\}`/, ['everything', 'wave', 'environment'].map((kind) => `notice.scope.${kind}`)],
]

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
  expect(sayDate(date, 'en')).toBe('Tuesday 2 March 2027')
  expect(sayDate(date.subtract({ days: 1 }), 'fr')).toBe('lundi 1er mars 2027')
  expect(sayDate(date.subtract({ days: 1 }), 'en')).toBe('Monday 1 March 2027')
  expect(sayDate(date.with({ month: 8 }).add({ days: 6 }), 'fr')).toBe('dimanche 8 août 2027')
  expect(sayNumber(1.25, 'fr', 1)).toBe('1,3')
  expect(sayNumber(-0.5, 'en', 1)).toBe('-0.5')
})

test.each([
  ['2027-03', 'mars 2027', 'March 2027'],
  ['2026-08', 'août 2026', 'August 2026'],
  ['2026-12', 'décembre 2026', 'December 2026'],
  ['2028-02', 'février 2028', 'February 2028'],
  ['2027-01', 'janvier 2027', 'January 2027'],
])('the month %s is said “%s” and “%s”', (month, fr, en) => {
  expect([sayMonth(month, 'fr'), sayMonth(month, 'en')]).toEqual([fr, en])
})

test.each<[string[], string, string]>([
  [[], '', ''],
  [['mars'], 'mars', 'mars'],
  [['mars', 'avril'], 'mars et avril', 'mars and avril'],
  [['mars', 'avril', 'mai'], 'mars, avril et mai', 'mars, avril and mai'],
])('%j is listed “%s” and “%s”', (things, fr, en) => {
  expect([sayList(things, 'fr'), sayList(things, 'en')]).toEqual([fr, en])
})

test.each([
  ['Quoi ?', 'Quoi\u00a0?'],
  ['Oui ! Non ; peut-être : qui sait ?', 'Oui\u00a0! Non\u00a0; peut-être\u00a0: qui sait\u00a0?'],
  ['dites « oui » ou « non »', 'dites «\u00a0oui\u00a0» ou «\u00a0non\u00a0»'],
  ['déjà\u00a0? bien\u00a0: «\u00a0oui\u00a0»', 'déjà\u00a0? bien\u00a0: «\u00a0oui\u00a0»'],
  ['à 10:00, un:deux, a, b.', 'à 10:00, un:deux, a, b.'],
])('in French, “%s” does not break before its signs', (typed, text) => {
  expect(French.parse(typed)).toBe(text)
  expect(French.parse(text)).toBe(text)
})

test('a bilingual text has both languages, and only French has its blanks held', () => {
  const both = { fr: 'Quoi ?', en: 'What ?' }
  expect(Bilingual.parse(both)).toEqual({ fr: 'Quoi\u00a0?', en: 'What ?' })
  for (const wrong of [{ fr: 'Quoi ?' }, { en: 'What?' }, { ...both, de: 'Was?' }, { fr: '', en: 'What?' }])
    expect(Bilingual.safeParse(wrong).success).toBe(false)
})

test('no French words of ours break before : ; ? ! » either', () => {
  expect(Object.entries(catalogue('fr')).filter(([, text]) => French.parse(text) !== text)).toEqual([])
})

test('the same words are said in both languages', () => {
  expect(inBothLanguages('answer.dontKnow')).toEqual({ fr: 'Je ne sais pas', en: "I don't know" })
})
