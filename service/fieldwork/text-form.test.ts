// Checks that whatever a form may say of a mail is either refused at its field, or makes a mail that is whole and harmless.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plannedMail } from '../mailings/planned.mails.tsx'
import { LANGUAGES } from '../platform/i18n.ts'
import { loadSurveys } from '../surveys.ts'
import { mailText, valuesFor } from '../waves/mail-texts.ts'
import { mailsIn, type NamedMail } from '../waves/saved-texts.ts'
import { exampleOf } from './example-mail.ts'
import {
  changesBetween,
  checkEntered,
  countedIn,
  type Entered,
  enteredFrom,
  fieldOf,
  partsOf,
  readEntered,
} from './text-form.ts'

const surveys = loadSurveys('surveys', { demonstration: false })
const { mailTexts: texts, frame } = surveys
const TODAY = Temporal.PlainDate.from('2026-10-01')
/** What mail programs cut off after (Gmail, at 102 kB). */
const CUT_OFF = 102 * 1024

const textOf = (mail: NamedMail) => mailText(texts, mail.kind, mail.number)
const mailNamed = (name: string) => mailsIn(texts).find((mail) => mail.name === name)!

/** The mail as it would be sent with some words. */
const written = (mail: NamedMail, language: 'fr' | 'en', inForce = texts) => {
  const programme = frame.programmes[0]!
  const props = exampleOf(surveys, {
    programme,
    mail,
    texts: inForce,
    language,
    today: TODAY,
    baseUrl: 'https://retour.example',
  })
  return { ...plannedMail(props), link: props.link }
}

/** Words as people write them, and as nobody should. */
const HARMLESS = [
  'Merci',
  'd’avoir',
  '"répondu"',
  "l'été",
  '(oui)',
  '« là »',
  'é̀',
  '100 %',
  'a & b',
  'שלום',
  '٣',
  '\\',
  '`',
  `\${`,
  '$&',
  'javascript:',
  '-->',
  '%s',
]
const HARMFUL = [
  '<script>',
  '</title>',
  '{{x}}',
  `\${7*7}`,
  '\u2028',
  '\u202e',
  '\u200f',
  '\u0000',
  '\r\nBcc: a',
  'https://x.example',
  'a@b.example',
  '&amp;',
  '!!',
  '\ufeff',
]

/** Fields of a mail at random, most of which keep the rules: the values it must have are in them. */
function anyEntered(mail: NamedMail, words: readonly string[]): fc.Arbitrary<Entered> {
  const { heading, text, must } = valuesFor(mail.kind)
  const some = (values: readonly string[], most: number) =>
    fc.array(fc.constantFrom(...words, ...values.map((value) => `{${value}}`)), { minLength: 1, maxLength: most })
  const line = fc.tuple(some([], 3), some(heading, 1)).map(([own, values]) => [...own, ...values].join(' '))
  const paragraphs = fc.array(some(text, 8), { minLength: 1, maxLength: 3 }).map((all) => {
    const required = must.map((value) => `{${value}}`).join(' ')
    return ['Un mot', ...all.map((one) => one.join(' ')), required].slice(-4).join('\n\n')
  })
  const words30 = some([], 3).map((all) => all.join(' '))
  return fc
    .record({ subject: line, preheader: line, text: paragraphs, action: words30, reply: words30 })
    .map((all) =>
      Object.fromEntries(
        partsOf(textOf(mail)).flatMap((part) => LANGUAGES.map((language) => [fieldOf(part, language), all[part]])),
      ),
    )
}

describe.each(mailsIn(texts))('$name', (mail) => {
  test('as it stands is what its fields say, and nothing is wrong with it', () => {
    const checked = checkEntered(texts, mail, enteredFrom(textOf(mail)))
    expect(checked).toEqual({ ok: true, text: textOf(mail), texts })
  })

  test('says in every part how long it may be', () => {
    for (const part of partsOf(textOf(mail)))
      for (const language of LANGUAGES) {
        const { length, most } = countedIn(part, enteredFrom(textOf(mail))[fieldOf(part, language)]!)
        expect(length).toBeLessThanOrEqual(most)
        expect(length).toBeGreaterThan(0)
      }
  })

  test('makes, of any words that keep the rules, a small mail with its link once and nothing that acts', () => {
    let kept = 0
    fc.assert(
      fc.property(anyEntered(mail, HARMLESS), fc.constantFrom(...LANGUAGES), (entered, language) => {
        const checked = checkEntered(texts, mail, entered)
        if (!checked.ok) return
        kept++
        const { subject, text, html, link } = written(mail, language, checked.texts)
        expect(Buffer.byteLength(html) + Buffer.byteLength(text)).toBeLessThan(CUT_OFF)
        const asks = mail.kind !== 'thanks' && mail.kind !== 'contactUpdate'
        expect(text.split(link)).toHaveLength(asks ? 2 : 1)
        expect(subject.length).toBeLessThanOrEqual(55)
        expect(subject).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
        // The same elements as the mail of the file, and no text that is taken for one.
        const tags = (of: string) => new Set([...of.matchAll(/<\/?([a-z!]+)/gi)].map(([, name]) => name))
        expect(tags(html)).toEqual(tags(written(mail, language).html))
      }),
      { numRuns: 300 },
    )
    expect(kept).toBeGreaterThan(20)
  })

  test('is refused, at a field that it has, whatever harmful words it has', () => {
    fc.assert(
      fc.property(anyEntered(mail, HARMFUL), (entered) => {
        const checked = checkEntered(texts, mail, entered)
        // At the end of a line a sign that nobody sees is a blank, and goes.
        if (checked.ok) return expect(JSON.stringify(checked.text)).not.toMatch(/[<>@]|\\u|\u2028|\ufeff/)
        for (const { field } of checked.complaints) expect(Object.keys(entered)).toContain(field)
      }),
    )
  })
})

describe('what is wrong is told', () => {
  const complaints = (name: string, given: Entered) => {
    const mail = mailNamed(name)
    const checked = checkEntered(texts, mail, { ...enteredFrom(textOf(mail)), ...given })
    return checked.ok ? [] : checked.complaints
  }

  test('at the field, with its paragraph', () => {
    const text = 'Bon {programme} {wave}. \n\nVoyez www.example \n\n{nextDate}.'
    expect(complaints('thanks', { 'text.fr': text })).toEqual([{ field: 'text.fr', rule: 'page', paragraph: 2 }])
    expect(complaints('reminder-2', { 'action.en': 'A·B' })).toEqual([{ field: 'action.en', rule: 'dot' }])
  })

  test('at both fields where both are concerned', () => {
    const fields = (rule: string, given: Entered, name = 'thanks') =>
      complaints(name, given)
        .filter((one) => one.rule === rule)
        .map(({ field }) => field)
    expect(fields('differ', { 'subject.fr': 'De {sender}' })).toEqual(['subject.fr', 'subject.en'])
    expect(fields('uneven', { 'text.fr': 'Un.\n\nDeux.' })).toEqual(['text.fr', 'text.en'])
    expect(complaints('thanks', { 'text.fr': 'Un.\n\n{nextDate}' }).map(({ rule }) => rule)).not.toContain('empty')
    expect(fields('empty', { 'text.fr': ' \n', 'text.en': '' })).toEqual(['text.fr', 'text.en'])
    expect(fields('must', { 'text.fr': 'Un.', 'text.en': 'One.' })).toEqual(['text.fr', 'text.en'])
    const five = Array(5).fill('Le {nextDate}').join('\n\n')
    expect(fields('paragraphs', { 'text.fr': five, 'text.en': five })).toEqual(['text.fr', 'text.en'])
    expect(fields('without', { 'text.fr': 'Le {nextDate}', 'text.en': 'On {nextDate}' })).toEqual([
      'text.fr',
      'text.en',
    ])
  })

  test('at the subject where it is that of a mail before or after', () => {
    for (const taken of ['reminder-1', 'contactUpdate'])
      expect(complaints('lastCall', { 'subject.en': textOf(mailNamed(taken)).subject.en })).toEqual([
        { field: 'subject.en', rule: 'twice' },
      ])
  })

  test('of a reminder without touching the others', () => {
    expect(complaints('reminder-1', { 'subject.fr': '' })).toEqual([{ field: 'subject.fr', rule: 'empty' }])
  })
})

test('a form without a field says nothing in it; of one sent twice the first counts', () => {
  const form = new Map([['subject.fr', ['a', 'b']]])
  expect(readEntered(form, ['subject'])).toEqual({ 'subject.fr': 'a', 'subject.en': '' })
})

test('a change is told part by part and language by language', () => {
  const { thanks } = texts
  const after = { ...thanks, subject: { ...thanks.subject, en: 'Thanks' } }
  expect(changesBetween(thanks, after)).toEqual([
    { part: 'subject', language: 'en', before: thanks.subject.en, after: 'Thanks' },
  ])
})
