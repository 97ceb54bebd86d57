// Tables for spreadsheets: quoted where CSV needs it, and nothing in them is taken for a formula.

/** One line of a table, cells separated by semicolons, without its end. */
export const csvLine = (cells: readonly string[]): string => cells.map(csvCell).join(';')

/** A whole table, a line for each row. */
export const csvOf = (rows: readonly (readonly string[])[]): string =>
  rows.map((cells) => `${csvLine(cells)}\r\n`).join('')

/** A cell a spreadsheet would take for a formula begins with an apostrophe; a negative number is a number. */
function csvCell(text: string): string {
  const isFormula = /^[=+\-@\t\r]/.test(text) && !/^-\d+(\.\d+)?$/.test(text)
  const safe = isFormula ? `'${text}` : text
  return /[";\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
