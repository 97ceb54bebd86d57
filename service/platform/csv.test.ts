// Checks that a table written for a spreadsheet is read back as it was, and runs nothing there.
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvLine } from './csv.ts'

test('cells are quoted where they must be, and what looks like a formula is text', () => {
  expect(csvLine(['plain', 'a;b', 'say "no"', '', '=1+1', '+33 6', '-1-1', '@x', 'two\nlines'])).toBe(
    `plain;"a;b";"say ""no""";;'=1+1;'+33 6;'-1-1;'@x;"two\nlines"`,
  )
})

test('a negative number is a number', () => {
  expect(csvLine(['-1', '-22.5', '-1.', '-.5', '-1\n', '-1e3'])).toBe(`-1;-22.5;'-1.;'-.5;"'-1\n";'-1e3`)
})

test('what is written is read back, but for the apostrophe before a formula, and no cell begins as one', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.string(), { minLength: 2, maxLength: 2 }), { minLength: 1 }), (rows) => {
      const read = parse(rows.map((cells) => `${csvLine(cells)}\r\n`).join(''), { delimiter: ';' }) as string[][]
      expect(read.map((cells) => cells.map((cell) => cell.replace(/^'(?=[=+\-@\t\r])/, '')))).toEqual(
        rows.map((cells) => cells.map((cell) => cell.replace(/^'(?=[=+\-@\t\r])/, ''))),
      )
      expect(read.flat().some((cell) => /^([=+@\t\r]|-(?!\d+(\.\d+)?$))/.test(cell))).toBe(false)
    }),
    { numRuns: 1000 },
  )
})
