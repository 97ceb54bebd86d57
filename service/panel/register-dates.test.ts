// Checks every form of a date a spreadsheet may leave behind, and that what could be two dates is none.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDate } from './register-dates.ts'

test.each([
  ['2024-12-31', '2024-12-31'],
  ['2024-12-31T00:00:00', '2024-12-31'],
  ['2024-12-31T00:00:00.000Z', '2024-12-31'],
  ['2024-12-31 00:00:00', '2024-12-31'],
  ['2024-12-31 00:00', '2024-12-31'],
  ['31/12/2024', '2024-12-31'],
  ['31-12-2024', '2024-12-31'],
  ['31.12.2024', '2024-12-31'],
  ['31/12/2024 00:00:00', '2024-12-31'],
  ['31/12/2024 00:00', '2024-12-31'],
  ['3/4/2025', '2025-04-03'],
  ['03/04/2025', '2025-04-03'],
  ['29/02/2024', '2024-02-29'],
  ['45657', '2024-12-31'],
  ['45658', '2025-01-01'],
  ['45351', '2024-02-29'],
  ['36526', '2000-01-01'],
  ['29221', '1980-01-01'],
  ['73050', '2099-12-31'],
])('%s is %s', (text, date) => {
  expect(readDate(text)?.toString()).toBe(date)
})

test.each([
  '',
  '31/12/24',
  '12/31/2024',
  '12-31-2024',
  '12.31.2024',
  '31/12-2024',
  '2024/12/31',
  '29/02/2025',
  '00/12/2024',
  '31/12/0024',
  '31/12/1899',
  '31/12/2201',
  '31 12 2024',
  '31/12/2024 14:30',
  '2024-12-31T23:00:00',
  '2024-12-31T22:00:00.000Z',
  '2024-12-31T00:00:00+01:00',
  '2024-1-5',
  '20241231',
  '2024',
  '0',
  '60',
  '29220',
  '73051',
  '99999',
  '045657',
  '45657.5',
  '-45657',
  '4565７',
  '٣١/١٢/٢٠٢٤',
])('“%s” is no date', (text) => {
  expect(readDate(text)).toBeNull()
})

test('every day of the years a mission may have is read in each form as the same day', () => {
  const first = Temporal.PlainDate.from('1980-01-01')
  const anyDay = fc.integer({ min: 0, max: 73_050 - 29_221 }).map((days) => first.add({ days }))
  const property = fc.property(anyDay, (day) => {
    const [year, month, date] = day.toString().split('-')
    const serial = String(29_221 + first.until(day, { largestUnit: 'days' }).days)
    for (const text of [`${date}/${month}/${year}`, `${day.day}.${day.month}.${year}`, `${day}T00:00:00`, serial])
      expect(readDate(text)?.toString()).toBe(day.toString())
  })
  fc.assert(property, { numRuns: 500 })
})

test('whatever a cell holds, it is a date or none', () => {
  const anyText = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'0123456789/-.T: Z') }))
  const property = fc.property(anyText, (text) => {
    expect(readDate(text)?.year ?? 1900).toBeGreaterThanOrEqual(1900)
  })
  fc.assert(property, { numRuns: 1000 })
})
