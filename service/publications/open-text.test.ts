// What is taken out of what somebody wrote before it is shown, and what is left as it is.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { presentable } from './open-text.ts'

describe('an e-mail address gives way to a mark', () => {
  test.each([
    ['écrivez à ana.ndiaye+retour@example.org. Merci', 'écrivez à [e-mail address]. Merci'],
    ['<ana@example.org>, ou (bob@example.org)', '<[e-mail address]>, ou ([e-mail address])'],
    ['ANA@EXAMPLE.ORG', '[e-mail address]'],
    ['ana＠example.org', '[e-mail address]'],
    ['ana @ example.org', '[e-mail address]'],
    ['ana(at)example.org', '[e-mail address]'],
    ['ana [at] example [dot] org', '[e-mail address]'],
    ['mon mail : ana arobase example point org', 'mon mail : [e-mail address]'],
    ['sur Instagram : @ana_nd', 'sur Instagram : [e-mail address]'],
    ['ana\u00AD@exam\u200Bple.org', '[e-mail address]'],
  ])('%s', (text, shown) => {
    expect(presentable(text)).toBe(shown)
  })
})

describe('a telephone number gives way to a mark', () => {
  test.each([
    ['appelez le 06 12 34 56 78 !', 'appelez le [telephone number] !'],
    ['+33 (0)6 12 34 56 78', '[telephone number]'],
    ['(+221) 77.123.45.67', '([telephone number]'],
    ['00228-90-12-34-56', '[telephone number]'],
    ['90 12 34 56 au Togo', '[telephone number] au Togo'],
    ['+500 12 34', '[telephone number]'],
    ['06\u00A012\u202F34\n56 78', '[telephone number]'],
    ['٠٦١٢٣٤٥٦٧٨', '[telephone number]'],
  ])('%s', (text, shown) => {
    expect(presentable(text)).toBe(shown)
  })
})

test.each([
  'le 12/05/2026, ou le 3. 11. 2025',
  'le 2026-05-12 à 14 h 30',
  'entre 2023 et 2025, ou 2023-2025, ou 2024/2025',
  'un billet à 1 250 000 FCFA, soit 1 905,61 €',
  'à 18 ans : 3 mois, 15 jours, 24 h',
  'rendez-vous @ Dakar, at home, un point de vue',
  'Qu’on nous écoute ; « vraiment » – ça change tout 🙂',
])('this stays as it is: %s', (text) => {
  expect(presentable(text)).toBe(text)
})

test('a text becomes one line, without what a terminal would obey or nobody would see', () => {
  expect(presentable('  un\r\ndeux\u2028trois\t\u0085quatre  ')).toBe('un deux trois quatre')
  expect(presentable('\u001b[2J\u001b]0;titre\u0007fin\u009b31m')).toBe('[2J ]0;titre fin 31m')
  expect(presentable('\u202Eà l’envers\u2066\uFEFF')).toBe('à l’envers')
  expect(presentable('م\u200Cی 👩\u200D🌾')).toBe('م\u200Cی 👩\u200D🌾')
  expect(presentable(' \u200B\n')).toBe('')
})

test('whatever is written, it is one line of visible signs, and shown again it is the same', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      const shown = presentable(text)
      expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u)
      expect(shown).toBe(shown.trim())
      expect(presentable(shown)).toBe(shown)
    }),
    { seed: 1, numRuns: 2_000 },
  )
})
