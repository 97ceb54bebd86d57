// Checks what texts, dates and time zones from outside must be.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isTimeZone, safeDate, safeText } from './safe.ts'

test.each(['', 'Koné', '日本', '👍🏽', 'deux\nlignes', '‮אב', "'; drop table member; --"])('%j is a text', (text) => {
  expect(safeText.parse(text)).toBe(text)
})

test.each(['\u0000', 'a\u0000b', '\ud83d', 'a\udc4d', '\udc4d\ud83d'])(
  '%j is no text: a database could not store it',
  (text) => {
    expect(safeText.safeParse(text).error?.issues.map(({ message }) => message)).toEqual(['unreadable characters'])
  },
)

test('whatever is accepted as text comes back the same from UTF-8', () => {
  const property = fc.property(fc.string({ unit: 'binary' }), (text) => {
    const parsed = safeText.safeParse(text)
    const stored = new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text))
    expect(parsed.success).toBe(stored === text && !text.includes('\u0000'))
  })
  fc.assert(property, { numRuns: 1000 })
})

test.each(['1900-01-01', '2024-02-29', '2026-12-31', '2200-12-31'])('%s is a date', (text) => {
  expect(String(safeDate.parse(text))).toBe(text)
})

test.each([
  '',
  '2026-02-29',
  '2026-02-30',
  '2026-13-01',
  '2026-00-10',
  '0000-01-01',
  '1899-12-31',
  '2201-01-01',
  '+002026-01-01',
  '2026-1-1',
  '20260101',
  '2026-01-01T00:00',
  '2026-01-01[u-ca=hebrew]',
  ' 2026-01-01',
  '2026-01-01\n',
  '01/02/2026',
])('%j is no date', (text) => {
  expect(safeDate.safeParse(text).error?.issues.map(({ message }) => message)).toEqual(['not a date'])
})

test.each([
  'Europe/Paris',
  'America/Argentina/Buenos_Aires',
  'America/Port-au-Prince',
  'Africa/Porto-Novo',
  'Pacific/Apia',
  'Etc/GMT+5',
  'UTC',
])('%s is a time zone, and a clock can use it', (name) => {
  expect(isTimeZone(name)).toBe(true)
  expect(() => Temporal.Instant.from('2027-01-01T00:00Z').toZonedDateTimeISO(name)).not.toThrow()
})

test.each([
  '',
  'Paris',
  'Europe/Atlantis',
  '+01:00',
  '-05',
  'GMT+1',
  'Europe/Paris\n',
  '../etc/passwd',
  'heure de Paris',
])('%j is no time zone', (name) => {
  expect(isTimeZone(name)).toBe(false)
})
