// A published table as a file for spreadsheets: one line for each of its smallest parts, with all that they are parts of.
import { csvLine } from '../platform/csv.ts'
import type { PublishedTable } from '../publications/tables.ts'

type Line = Map<string, string>

/** The lines of a table under their headings, the same for every cell; figures as they are, nothing for what is withheld. */
export function tableCsv(table: PublishedTable): string {
  const lines = table.cells.flatMap((cell) => linesOf(cell, ''))
  const named = [...new Set(lines.flatMap((line) => [...line.keys()]))]
  // What is withheld as a whole says nothing under the name of the whole.
  const headings = named.filter((heading) => !named.some((other) => other.startsWith(`${heading}.`)))
  const about = [table.publication, table.table, table.by]
  return [
    csvLine(['publication', 'table', 'by', ...headings]),
    ...lines.map((line) => csvLine([...about, ...headings.map((heading) => line.get(heading) ?? '')])),
    '',
  ].join('\r\n')
}

/** A part as lines: its own figures, and those of each of the parts it has. */
function linesOf(part: object, prefix: string): Line[] {
  const own: Line = new Map()
  let parts: Line[] = [new Map()]
  for (const [name, value] of Object.entries(part)) {
    if (Array.isArray(value) && value.every((one) => typeof one === 'object'))
      parts = value.length === 0 && name === 'flags' ? parts : value.flatMap((one) => linesOf(one, `${prefix}${name}.`))
    else for (const [heading, text] of textsOf(value, prefix + name)) own.set(heading, text)
  }
  return parts.map((inner) => new Map([...own, ...inner]))
}

/** What a value is called and how it is written; an object is as many values as it has. */
function textsOf(value: unknown, name: string): [string, string][] {
  if (Array.isArray(value)) return [[name, value.join(' ')]]
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, `${name}.${key}`))
  return [[name, value === null ? '' : String(value)]]
}
