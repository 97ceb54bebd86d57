// Checks that every mail is whole: in both languages, as text and as HTML that says the same, short, and itself alone.
import { describe, expect, test } from 'vitest'
import { LANGUAGES } from '../platform/i18n.ts'
import { loadSurveys } from '../surveys.ts'
import type { MailKind } from './delivery.ts'
import { type PlannedMailProps, plannedMail } from './planned.mails.tsx'

const { frame, mailTexts, plans } = loadSurveys('surveys', { demonstration: false })
const programme = frame.programmes[0]!
const TOKEN = 'aB3-_xYz'.repeat(5)

/** A mail to Ana, unless told otherwise. */
const propsOf = (some: Partial<PlannedMailProps> = {}): PlannedMailProps => ({
  texts: mailTexts,
  kind: 'invitation',
  number: 1,
  language: 'fr',
  programme,
  wave: { fr: 'Un mois après le retour', en: 'A month after return' },
  givenName: 'Ana',
  questions: 34,
  minutes: 6,
  closesOn: Temporal.PlainDate.from('2026-11-26'),
  nextOn: Temporal.PlainDate.from('2027-03-16'),
  link: `https://retour.example/s/rv1s_${TOKEN}`,
  stopLink: `https://retour.example/u/rv1u_${TOKEN}`,
  ...some,
})

const MAILS: [MailKind, number][] = [
  ['invitation', 1],
  ['reminder', 1],
  ['reminder', 2],
  ['reminder', 3],
  ['reminder', 4],
  ['resume', 1],
  ['lastCall', 1],
  ['thanks', 1],
  ['contactUpdate', 1],
  ['link', 20_500],
]
const EVERY = MAILS.flatMap(([kind, number]) => LANGUAGES.map((language) => ({ kind, number, language })))

const unescaped = (html: string): string =>
  html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')

/** The lines that can be seen of a mail's HTML: all but the head and the preheader. */
const seenIn = (html: string): string[] =>
  html
    .slice(html.indexOf('<div class="paper"'))
    .replace(/<br\/?>|<\/p>/g, '\n')
    .replace(/<[^>]+>/g, '')
    .split('\n')
    .filter((line) => line !== '')
    .map(unescaped)
const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '' && line !== '--')
const linksIn = (html: string): string[] => [...html.matchAll(/href="([^"]+)"/g)].map(([, href]) => unescaped(href!))

describe.each(EVERY)('$kind $number in $language', ({ kind, number, language }) => {
  const props = propsOf({ kind, number, language })
  const { subject, text, html } = plannedMail(props)

  test('says the same as text and as HTML', () => {
    expect(seenIn(html)).toEqual(linesOf(text).filter((line) => line !== props.stopLink))
    expect(text.endsWith(`\n${props.stopLink}\n`)).toBe(true)
  })

  test('leads to the same places as text and as HTML', () => {
    for (const link of linksIn(html)) expect(text).toContain(link.replace(/^mailto:|\?.*$/g, ''))
    const { contact } = programme.controller
    const asks = kind !== 'thanks' && kind !== 'contactUpdate'
    expect(linksIn(html).filter((link) => link === props.link)).toHaveLength(asks ? 2 : 0)
    expect(text.includes(props.link)).toBe(asks)
    expect(linksIn(html).slice(-2)).toEqual([`mailto:${contact}`, props.stopLink])
  })

  test('has a greeting, a signature, a reason and a way to stop, and nothing that was not filled in', () => {
    const lines = linesOf(text)
    expect(lines[0]).toBe(language === 'fr' ? 'Bonjour Ana,' : 'Dear Ana,')
    expect(lines).toContain(programme.sender.name)
    expect(text).toContain(programme.controller.name)
    expect(`${subject}${text}${html.slice(html.indexOf('<body'))}`).not.toMatch(/[{}]|undefined|null|NaN/)
  })

  test('loads nothing, runs nothing, and is small', () => {
    expect(html).not.toMatch(/<img|<script|<link|<iframe|<form|@import|url\(|src=|background=/i)
    expect(html.replaceAll(/href="[^"]*"/g, '').replaceAll(/>https:[^<]*</g, '')).not.toMatch(/https?:/)
    expect(Buffer.byteLength(html)).toBeLessThan(6 * 1024)
    expect(Buffer.byteLength(text)).toBeLessThan(2 * 1024)
    expect(html).toMatch(new RegExp(`^<!doctype html><html lang="${language}">`))
    expect(html).toContain('<meta name="color-scheme" content="light dark"/>')
  })

  test('has a preheader that no reader of the mail sees twice', () => {
    const [, preheader] = /<div style="display: none[^"]*">([^<]+)<\/div>/.exec(html) ?? []
    expect(preheader).toMatch(/\S/)
    expect(seenIn(html)).not.toContain(unescaped(preheader!))
  })
})

test('no two of them have the same subject, but a reminder after the last and the last', () => {
  for (const language of LANGUAGES) {
    const subjects = MAILS.map(([kind, number]) => plannedMail(propsOf({ kind, number, language })).subject)
    expect(new Set(subjects).size).toBe(MAILS.length - 1)
    expect(subjects[4]).toBe(subjects[3])
  }
})

test('no subject has more than 55 characters, whatever the programme and the wave are called and whoever it goes to', () => {
  const all = [true, false].flatMap((demonstration) => loadSurveys('surveys', { demonstration }).frame.programmes)
  expect(all.length).toBeGreaterThan(1)
  for (const programme of all)
    for (const { name: wave } of plans.get(programme.plan)!.waves)
      for (const some of EVERY) {
        const { subject } = plannedMail(
          propsOf({ ...some, programme, wave, givenName: 'Ô'.repeat(60), questions: 140 }),
        )
        expect(subject.length, subject).toBeLessThanOrEqual(55)
      }
})

test('the last day said is the last day on which an answer is taken', () => {
  expect(plannedMail(propsOf()).text).toContain("jusqu'au mercredi 25 novembre 2026 inclus")
})

test.each(['thanks', 'contactUpdate'] as const)(
  '%s does not speak of a next questionnaire when none is known',
  (kind) => {
    for (const language of LANGUAGES) {
      const next = plannedMail(propsOf({ kind, language }))
      const none = plannedMail(propsOf({ kind, language, nextOn: null }))
      expect(next.text).toMatch(/16 mar/i)
      expect(linesOf(none.text)).toHaveLength(linesOf(next.text).length - 1)
      expect(none.text).not.toMatch(/16 mar|prochain|next/i)
    }
  },
)

test('another address is given to a person, in a message that is begun already', () => {
  const { html, text } = plannedMail(propsOf({ kind: 'contactUpdate' }))
  const mailto = `mailto:${programme.sender.replyTo}?subject=Mon%20adresse%20pour%20le%20suivi`
  expect(linksIn(html).slice(0, 2)).toEqual([mailto, mailto])
  expect(text).toContain(`Donner une autre adresse\n${programme.sender.replyTo}\n`)
})

test.each([
  ['<b>Ana</b> & "co"', '<b>Ana</b> & "co"'],
  ['Ana</p><script>alert(1)</script>', 'Ana</p><script>alert(1)</script>'],
  ['Ana\r\n\r\nhttps://evil.example', 'Ana https://evil.example'],
  ['Ana\u2028Bcc: a@b', 'Ana Bcc: a@b'],
  ['Ana\u202e\u2066', 'Ana'],
  ['  Ana \t Lucía ', 'Ana Lucía'],
  ['مريم', 'مريم'],
  ['{date} {stopLink} $&', '{date} {stopLink} $&'],
  ['Ô'.repeat(60), 'Ô'.repeat(60)],
])('the name %j is only a name', (givenName, said) => {
  for (const some of EVERY) {
    const { subject, text, html } = plannedMail(propsOf({ ...some, givenName }))
    const ana = plannedMail(propsOf(some))
    expect(linesOf(text)[0]).toBe(some.language === 'fr' ? `Bonjour ${said},` : `Dear ${said},`)
    expect(seenIn(html)[0]).toBe(linesOf(text)[0])
    expect(linesOf(text).slice(1)).toEqual(linesOf(ana.text).slice(1))
    expect(html.match(/<[^>]+>/g)).toEqual(ana.html.match(/<[^>]+>/g))
    expect(subject).toBe(ana.subject)
  }
})

test('whoever has no name is greeted all the same', () => {
  expect(linesOf(plannedMail(propsOf({ givenName: '\u202e' })).text)[0]).toBe('Bonjour,')
  expect(linesOf(plannedMail(propsOf({ givenName: '', language: 'en' })).text)[0]).toBe('Hello,')
})
