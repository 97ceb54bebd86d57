// Checks what a text of a mail may say: one fault at a time is refused where it stands, with its reason.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { isAboutNext, MailTextFile, mailText } from './mail-texts.ts'

type Content = Record<string, unknown>
type Path = readonly (string | number)[]

const read = (): Content => parse(readFileSync('surveys/mails.yaml', 'utf8'))
const texts = MailTextFile.parse(read())

/** The file with another value in one place, or nothing there. */
function changed(path: Path, value: unknown): Content {
  const file = read()
  const inner = path.slice(0, -1).reduce<Content>((object, key) => object[key] as Content, file)
  if (value === undefined) delete inner[path.at(-1)!]
  else inner[path.at(-1)!] = value
  return file
}

/** What is wrong with it: where, and why. */
const refusals = (path: Path, value: unknown): string[] =>
  (MailTextFile.safeParse(changed(path, value)).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  )

const SUBJECT = ['invitation', 'subject', 'fr'] as const
const PARAGRAPH = ['thanks', 'text', 0, 'en'] as const
const BUTTON = ['link', 'action', 'fr'] as const

test('the texts as they stand are in order', () => {
  expect(MailTextFile.safeParse(read()).success).toBe(true)
})

describe('a subject is refused that', () => {
  test.each([
    ['has a value nobody knows', 'Bonjour {prenom}', /has no value for prenom; it may have \{programme\}/],
    ['has a name in it', '{name}, votre questionnaire', /has no value for name/],
    ['has a value of another kind of mail', 'Suite le {nextDate}', /has no value for nextDate/],
    ['reaches for more than a value', '{programme.sender.name}', /a brace that belongs to no value/],
    ['begins a template', 'Un mot {{ env }}', /a brace that belongs to no value/],
    ['leaves a brace open', 'Votre {programme', /a brace that belongs to no value/],
    ['is too long', 'x'.repeat(56), /has 56 characters once it is filled in: 55 at most/],
    ['is too long once it is filled in', 'Votre parcours avec {programme}', /has 60 characters once it is filled in/],
    ['cries out', 'Plus que trois jours !', /catches the eye/],
    ['cries out twice', 'Plus que trois jours !!', /insists/],
    ['asks and cries out', 'Encore là ?!', /insists/],
    ['asks twice', 'Encore là ? ?', /insists/],
    ['trails off', 'Vous avez oublié…', /catches the eye/],
    ['trails off in dots', 'Vous avez oublié..', /catches the eye/],
    ['draws a line', 'Important --- lisez', /catches the eye/],
    ['has stars', '* Important *', /catches the eye/],
    ['has a word in capitals', 'Questionnaire GRATUIT', /a word in capitals/],
    ['has a short word in capitals', 'Le VRAI questionnaire', /a word in capitals/],
    ['pretends to be an answer', 'Re: votre mission', /pretends to be an answer/],
    ['pretends to be passed on', 'TR : votre mission', /pretends to be an answer/],
    ['has a picture', 'Votre parcours 🎁', /a picture/],
    ['has a page in it', 'Voyez retour.example', /the address of a page/],
    ['has an e-mail address', 'Écrivez à a@b', /an e-mail address/],
    ['has markup', 'Votre <b>parcours</b>', /without markup/],
    ['has a line break', 'Votre\nparcours', /a sign that nobody sees/],
    ['turns the line round', 'Votre \u202esruocrap', /a sign that nobody sees/],
    ['begins with a blank', ' Votre parcours', /begins or ends with a blank/],
  ])('%s', (_, text, reason) => {
    const complaint = refusals(SUBJECT, text).find((told) => told.startsWith('invitation.subject.fr: '))
    expect(complaint).toMatch(reason)
  })

  test('is empty, or is missing in one language', () => {
    expect(refusals(SUBJECT, '')).toContainEqual(expect.stringMatching(/^invitation\.subject\.fr: /))
    expect(refusals(SUBJECT, undefined)).toEqual([expect.stringMatching(/^invitation\.subject\.fr: /)])
  })

  test('is that of another mail', () => {
    const again = texts.reminder[0]!.subject.fr
    expect(refusals(['reminder', 1, 'subject', 'fr'], again)).toEqual(['reminder.1.subject.fr: stands twice'])
    expect(refusals(['lastCall', 'subject', 'fr'], again)).toEqual(['lastCall.subject.fr: stands twice'])
  })
})

describe('a paragraph is refused that', () => {
  test.each([
    ['has a value nobody knows', 'Dear {givenName}', /has no value for givenName/],
    ['has a value that thanks do not know', 'Until {date}', /has no value for date/],
    ['leads to a page', 'See https://example.org/a', /the address of a page/],
    ['leads to a page without saying how', 'See www.example', /the address of a page/],
    ['names a page', 'See example.org for more', /the address of a page/],
    ['has an e-mail address', 'Write to someone@example.org', /an e-mail address: \{contact\}/],
    ['has markup', 'Thank <i>you</i>', /without markup/],
    ['has a tag that does not end', 'a < b', /without markup/],
    ['has an entity', 'Thank&nbsp;you', /without markup/],
    ['insists', 'Thank you!!', /insists/],
    ['shouts', 'THANK you', /a word in capitals/],
    ['has a picture', 'Thank you ❤', /a picture/],
    ['has two lines', 'Thank you\nvery much', /a line break/],
    ['has a sign that nobody sees', 'Thank\u200byou', /a sign that nobody sees/],
    ['is too long', 'x'.repeat(401), /has 401 characters once it is filled in: 400 at most/],
  ])('%s', (_, text, reason) => {
    const complaint = refusals(PARAGRAPH, text).find((told) => told.startsWith('thanks.text.0.en: '))
    expect(complaint).toMatch(reason)
  })

  test('has a value in one language only', () => {
    expect(refusals(PARAGRAPH, 'Thank you, {name}')).toEqual([
      'thanks.text.0: has not the same values in both languages',
    ])
  })
})

const both = (text: string) => ({ fr: text, en: text })

describe('a text is refused that', () => {
  test.each([
    ['does not say what answering costs', 'invitation', [both('Until {date}')], /must say \{minutes\}/],
    ['does not say until when', 'lastCall', [both('About {minutes} minutes')], /must say \{date\}/],
    ['does not say when the next comes', 'contactUpdate', [both('Hello')], /must say \{nextDate\}/],
    ['has nothing to say without a next', 'thanks', [both('Until {nextDate}')], /something without \{nextDate\}/],
    ['has no paragraph', 'thanks', [], /./],
    ['has five paragraphs', 'thanks', Array(5).fill(both('So {nextDate}')), /<=4/],
    [
      'is too long as a whole',
      'thanks',
      [both('x'.repeat(400)), both('x'.repeat(400)), both('x {nextDate}'), both('x'.repeat(100))],
      /has 932 characters once it is filled in: 900 at most/,
    ],
  ])('%s', (_, kind, text, reason) => {
    const complaints = refusals([kind, 'text'], text)
    expect(complaints).toContainEqual(expect.stringMatching(reason))
    for (const told of complaints) expect(told).toMatch(new RegExp(`^${kind}\\.text: `))
  })
})

describe('a button is refused that', () => {
  test.each([
    ['has a middle dot', 'Prêt·e à répondre', /a middle dot, which a button does without/],
    ['has a value', 'Répondre à {programme}', /has no value for programme; it may have none/],
    ['is too long', 'Répondre maintenant au questionnaire', /30 at most/],
    ['cries out', 'Répondre !', /catches the eye/],
  ])('%s', (_, text, reason) => {
    expect(refusals(BUTTON, text)[0]).toMatch(reason)
  })
})

test.each(Object.keys(read()))('a file without %s is refused', (kind) => {
  expect(refusals([kind], undefined)).toEqual([expect.stringMatching(new RegExp(`^${kind}: `))])
})

test('a kind that does not exist, a reminder of nothing and a button for thanks are refused', () => {
  expect(refusals(['birthday'], texts.thanks)).toEqual([expect.stringContaining('birthday')])
  expect(refusals(['reminder'], [])).toEqual([expect.stringMatching(/^reminder: /)])
  expect(refusals(['thanks', 'action'], both('Go on'))).toEqual([expect.stringMatching(/^thanks: .*action/)])
})

test('acronyms, brackets and questions are nothing to complain of', () => {
  expect(refusals(SUBJECT, 'Encore {minutes} minutes ? (« oui »)')).toEqual([])
  expect(refusals(PARAGRAPH, 'The CNIL (in Paris), e.g. after {wave} of {programme}: yes, thank you!')).toEqual([])
})

test('each reminder says what its number says, and any more what the last says', () => {
  const said = [1, 2, 3, 4, 9].map((number) => mailText(texts, 'reminder', number).subject.fr)
  expect(said).toEqual([0, 1, 2, 2, 2].map((index) => texts.reminder[index]!.subject.fr))
  expect(mailText(texts, 'link', 20_500)).toBe(texts.link)
  expect(mailText(texts, 'thanks', 1)).toBe(texts.thanks)
})

test('a paragraph about the next questionnaire is known by its date', () => {
  expect(texts.thanks.text.map(({ en }) => isAboutNext(en))).toEqual([false, false, true])
})
