// Turns the bytes of a file somebody chose into the rows of a table, or says what the file is instead; must not know what
// a register holds.
import { parse } from 'csv-parse/sync'

export type Encoding = 'UTF-8' | 'UTF-8 with BOM' | 'UTF-16' | 'Windows-1252'
export type Separator = keyof typeof SEPARATORS
const SEPARATORS = { ';': ';', ',': ',', tab: '\t' } as const

/** What a file is that is no table. */
export type NoTable =
  | 'empty'
  | 'a spreadsheet'
  | 'a PDF'
  | 'an image'
  | 'a web page'
  /** No text in an encoding we know. */
  | 'not text'
  | 'not a table'

/** A row that is not blank, with the line of the file it begins on. */
export type Line = { record: string[]; line: number }

export type Table = { ok: true; encoding: Encoding; separator: Separator; header: string[]; lines: Line[] }

/** How many rows are read at a time: a server has its turn between. */
export const PIECE = 250

/** Reads a table of text, its first row apart; stops after each piece of it. */
export function* readTable(bytes: Uint8Array): Generator<null, Table | { ok: false; because: NoTable }> {
  const because = recognise(bytes)
  if (because) return { ok: false, because }
  const { encoding, text: decoded } = decode(bytes)
  const text = decoded.replaceAll(/\r\n?/g, '\n')
  if (text.trim() === '') return { ok: false, because: 'empty' }
  const instead = recogniseText(text)
  if (instead) return { ok: false, because: instead }

  const separator = separatorOf(text)
  // The line stays, so that the others keep their numbers.
  const lines = yield* split(text.replace(NAMES_SEPARATOR, ''), SEPARATORS[separator])
  if (lines === null) return { ok: false, because: 'not a table' }
  const [first, ...rows] = lines
  if (!first) return { ok: false, because: 'empty' }
  if (first.record.length === 1) return { ok: false, because: 'not a table' }
  return { ok: true, encoding, separator, header: first.record, lines: rows }
}

/** What files begin with that are certainly no text, and where; in Latin-1. */
const MARKS: readonly [because: NoTable, at: number, mark: string][] = [
  ['a spreadsheet', 0, 'PK\x03\x04'],
  ['a spreadsheet', 0, '\xd0\xcf\x11\xe0'],
  ['a PDF', 0, '%PDF-'],
  ['an image', 0, '\x89PNG'],
  ['an image', 0, '\xff\xd8\xff'],
  ['an image', 0, 'GIF8'],
  ['an image', 0, 'II*\0'],
  ['an image', 0, 'MM\0*'],
  ['an image', 4, 'ftyphei'],
  ['an image', 8, 'WEBP'],
]

function recognise(bytes: Uint8Array): NoTable | undefined {
  const start = String.fromCharCode(...bytes.subarray(0, 16))
  return MARKS.find(([, at, mark]) => start.startsWith(mark, at))?.[0]
}

/** How many characters are enough to see what a text is. */
const START = 4000

const OFFICE = /urn:schemas-microsoft-com:office:(excel|spreadsheet)|opendocument\.spreadsheet/

function recogniseText(text: string): NoTable | undefined {
  const start = text.slice(0, START)
  if (/^\s*<[!?a-z]/i.test(start)) return OFFICE.test(start) ? 'a spreadsheet' : 'a web page'
  if (isBinary(start)) return 'not text'
  return /^\s*[{[]/.test(start) ? 'not a table' : undefined
}

/** Control characters, but for white space, and what stands for bytes that are no character. */
const NEVER_IN_TEXT = /[^\P{Cc}\t\n\v\f\r]|\ufffd/gu

/** A stray character spoils a row, and only the row is refused for it; many, or one in the first line, spoil the file. */
function isBinary(start: string): boolean {
  const [first = ''] = /.+/.exec(start) ?? []
  return first.search(NEVER_IN_TEXT) >= 0 || (start.match(NEVER_IN_TEXT)?.length ?? 0) > Math.max(10, start.length / 50)
}

function decode(bytes: Uint8Array): { encoding: Encoding; text: string } {
  const [first, second, third] = bytes
  const as = (label: string) => new TextDecoder(label).decode(bytes)
  if (first === 0xff && second === 0xfe) return { encoding: 'UTF-16', text: as('utf-16le') }
  if (first === 0xfe && second === 0xff) return { encoding: 'UTF-16', text: as('utf-16be') }
  const text = as('utf-8')
  if (first === 0xef && second === 0xbb && third === 0xbf) return { encoding: 'UTF-8 with BOM', text }
  return isUtf8(text) ? { encoding: 'UTF-8', text } : { encoding: 'Windows-1252', text: as('windows-1252') }
}

/** One wrong byte must not turn the accents of a whole file into something else. */
function isUtf8(text: string): boolean {
  const wrong = text.match(/\ufffd/g)?.length ?? 0
  return wrong === 0 || wrong < (text.match(/[^\p{ASCII}\ufffd]/gu)?.length ?? 0)
}

/** Some programs begin a table with this line for a spreadsheet, which takes it for no row either. */
const NAMES_SEPARATOR = /^sep=[;,\t](?=\n)/i

/** The separator that is most frequent outside the quotes of the first line, be it the one that only names it. */
function separatorOf(text: string): Separator {
  const unquoted = text.slice(0, START).replaceAll(/"[^"]*"/g, '')
  const [firstRow] = /.+/.exec(unquoted) ?? ['']
  const count = (separator: Separator) => firstRow.split(SEPARATORS[separator]).length
  return (Object.keys(SEPARATORS) as Separator[]).reduce((best, next) => (count(next) > count(best) ? next : best))
}

function* split(text: string, delimiter: string): Generator<null, Line[] | null> {
  const bytes = new TextEncoder().encode(text)
  const lines: Line[] = []
  for (let [offset, above] = [0, 0]; ; ) {
    const piece = parsePiece(bytes.subarray(offset), delimiter)
    if (piece === null) return null
    for (const { record, info } of piece) lines.push({ record, line: above + info.lines - lineBreaksIn(record) })
    if (piece.length < PIECE) return lines
    const { info } = piece.at(-1)!
    offset += info.bytes
    above += info.lines
    yield null
  }
}

/** Where a row ends, counted from where the parsing began. */
type Parsed = { record: string[]; info: { bytes: number; lines: number } }

function parsePiece(bytes: Uint8Array, delimiter: string): Parsed[] | null {
  try {
    return parse(bytes, {
      to: PIECE,
      delimiter,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      relax_column_count: true,
      relax_quotes: true,
      info: true,
    }) as unknown as Parsed[]
  } catch {
    return null
  }
}

/** A row is named by the line it begins on, whatever its quoted cells hold. */
const lineBreaksIn = (record: readonly string[]) => record.join('').split('\n').length - 1
