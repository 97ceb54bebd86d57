// Reads a programme's register: bytes in; what was understood of the file, missions to import, and rows refused, each with
// a reason, out.
import { csvOf } from '../platform/csv.ts'
import { type Encoding, type NoTable, PIECE, readTable, type Separator, type Table } from './register-file.ts'
import {
  COLUMNS,
  type Column,
  type Lists,
  type MatchedColumn,
  OPTIONAL_COLUMNS,
  type Refusal,
  type RefusalReason,
  type RegisterRow,
  rowReader,
} from './register-row.ts'

export {
  COLUMNS,
  OPTIONAL_COLUMNS,
  type Refusal,
  type RefusalReason,
  type RegisterRow,
  UNKNOWN_CHANNEL,
} from './register-row.ts'

/** How a file was read: for whoever chose it to see before anything is done with it. */
export type Understood = {
  encoding: Encoding
  separator: Separator
  /** Its columns that are ours, in its order. */
  columns: MatchedColumn[]
  /** The names of its other columns, as they stand there. */
  ignored: string[]
  /** What it may leave out, and does. */
  missingOptional: Column[]
  /** How many rows it has, good or not, without the header and blank ones. */
  rows: number
  /** The first few of them, cell by cell as they stand there. */
  firstRows: string[][]
}

export type RegisterReading =
  | { ok: true; header: string[]; understood: Understood; rows: RegisterRow[]; refused: Refusal[] }
  | { ok: false; because: NoTable }
  | {
      ok: false
      because: 'missing columns' | 'repeated columns'
      columns: Column[]
      header: string[]
      understood: Understood
    }

/** How many rows have been read, of how many; null while nobody knows how many there are. */
export type Step = { done: number; total: number } | null

const SHOWN = 5

/**
 * Reads a register in UTF-8, Windows-1252 or UTF-16 (with its BOM), separated by semicolons, commas or tabs. It stops
 * after each piece to say how far it is, so that whoever reads a long one can do something else between.
 */
export function* readRegister(bytes: Uint8Array, lists: Lists): Generator<Step, RegisterReading> {
  const table = yield* readTable(bytes)
  if (!table.ok) return table
  const { header, lines } = table
  const understood = understand(table)
  const about = { header, understood }
  const names = understood.columns.map(({ column }) => column)
  const missing = COLUMNS.filter((column) => !names.includes(column))
  if (missing.length > 0) return { ok: false, because: 'missing columns', columns: missing, ...about }
  const repeated = names.filter((column, index) => names.indexOf(column, index + 1) > 0)
  if (repeated.length > 0) return { ok: false, because: 'repeated columns', columns: [...new Set(repeated)], ...about }

  const rows: RegisterRow[] = []
  const refused: Refusal[] = []
  const readRow = rowReader(lists, { columns: understood.columns, width: header.length })
  for (const [index, { record, line }] of lines.entries()) {
    const row = readRow(record)
    const source = { line, cells: record }
    if ('reason' in row) refused.push({ ...source, ...row })
    else rows.push({ source, ...row })
    const done = index + 1
    if (done % PIECE === 0 || done === lines.length) yield { done, total: lines.length }
  }
  return { ok: true, ...about, rows, refused }
}

function understand({ encoding, separator, header, lines }: Table): Understood {
  const known = header.map((name) => BY_KEY.get(keyOf(name)))
  return {
    encoding,
    separator,
    columns: known.flatMap((column, index) => (column ? [{ column, index }] : [])),
    ignored: header.filter((name, index) => !known[index] && name.trim() !== ''),
    missingOptional: OPTIONAL_COLUMNS.filter((column) => !known.includes(column)),
    rows: lines.length,
    firstRows: lines.slice(0, SHOWN).map(({ record }) => record),
  }
}

/** What is the same in all ways of writing a column's name: its letters and digits, without capitals or accents. */
const keyOf = (name: string): string =>
  name
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')

const BY_KEY = new Map<string, Column>([...COLUMNS, ...OPTIONAL_COLUMNS].map((column) => [keyOf(column), column]))

/** The refused rows as a file to correct and import again: the same columns, then line, column and reason. */
export function refusedFile(
  header: readonly string[],
  refused: readonly Refusal[],
  say: (reason: RefusalReason) => string,
): string {
  const lines = refused.map(({ cells, line, column, reason }) => [
    ...header.map((_, index) => cells[index] ?? ''),
    String(line),
    column,
    say(reason),
  ])
  return csvOf([[...header, 'line', 'column', 'reason'], ...lines])
}
