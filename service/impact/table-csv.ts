// A published table as a file for spreadsheets: one line for each of its smallest parts, with all that they are parts of.
import { z } from 'zod'
import { csvLine } from '../platform/csv.ts'
import { PublishedTable } from '../publications/tables.ts'

/**
 * The lines of a table under headings that every table of its kind has, whatever it holds; figures as they are, nothing
 * for what is withheld, flags and the two ends of an interval in columns of their own.
 */
export function tableCsv(table: PublishedTable): string {
  const headings = HEADINGS.get(table.kind)!
  const about = [table.publication, table.table, table.by]
  const lines = table.cells.flatMap((cell) => linesOf(cell, ''))
  return [
    csvLine(['publication', 'table', 'by', ...headings]),
    ...lines.map((line) => csvLine([...about, ...headings.map((heading) => line.get(heading) ?? '')])),
    '',
  ].join('\r\n')
}

/** What may stand in a line, by its heading. */
type Line = ReadonlyMap<string, string>

/** A part as lines: its own figures, and those of each of the parts it has. */
function linesOf(part: object, prefix: string): Line[] {
  const own: [string, string][] = []
  let parts: Line[] = [new Map()]
  for (const [name, value] of Object.entries(part)) {
    if (hasParts(value)) parts = value.flatMap((one) => linesOf(one, `${prefix}${name}.`))
    else own.push(...textsOf(value, prefix + name))
  }
  return parts.map((inner) => new Map([...own, ...inner]))
}

const hasParts = (value: unknown): value is object[] => Array.isArray(value) && typeof value[0] === 'object'

/** What a value is called and how it is written; an object is as many values as it has. */
function textsOf(value: unknown, name: string): [string, string][] {
  if (Array.isArray(value)) return [[name, value.join(' ')]]
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([key, inner]) => textsOf(inner, `${name}.${key}`))
  return [[name, value === null ? '' : String(value)]]
}

// ---------------------------------------------------------------- headings

type Schema = z.core.JSONSchema.JSONSchema

/** The headings of each kind of table, from its description. */
const HEADINGS = new Map(
  PublishedTable.options.map(({ shape }) => {
    const { items } = z.toJSONSchema(shape.cells, { io: 'output' })
    return [shape.kind.value, headingsOf(items as Schema, '')]
  }),
)

function headingsOf(schema: Schema, name: string): string[] {
  const inside = (key: string, inner: Schema) => headingsOf(inner, name === '' ? key : `${name}.${key}`)
  const choices = (schema.anyOf ?? []) as Schema[]
  if (choices.length > 0)
    return [...new Set(choices.filter(({ type }) => type !== 'null').flatMap((one) => headingsOf(one, name)))]
  if (schema.properties)
    return Object.entries(schema.properties).flatMap(([key, inner]) => inside(key, inner as Schema))
  const { propertyNames } = schema
  if (typeof propertyNames === 'object') return (propertyNames.enum as string[]).map((key) => `${name}.${key}`)
  return schema.type === 'array' ? headingsOf(schema.items as Schema, name) : [name]
}
