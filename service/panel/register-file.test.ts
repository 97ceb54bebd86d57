// Checks that bytes become a table whatever their encoding and separator, and that what is no table is called what it is.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type NoTable, PIECE, readTable } from './register-file.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const latin = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
const utf16 = (text: string) => Uint8Array.from([...text].flatMap((letter) => [letter.charCodeAt(0), 0]))

function readWhole(bytes: Uint8Array) {
  const steps = readTable(bytes)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

function read(bytes: Uint8Array) {
  const table = readWhole(bytes)
  if (!table.ok) expect.fail(table.because)
  return table
}

/** Random bytes as compressed files have them, always the same. */
const NOISE = latin(
  fc.sample(
    fc.string({
      unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
      minLength: 4000,
      maxLength: 4000,
    }),
    { numRuns: 1, seed: 1 },
  )[0]!,
)
const withNoise = (start: string) => Uint8Array.from([...latin(start), ...NOISE])

test.each<[string, NoTable, Uint8Array]>([
  ['an .xlsx or .ods file', 'a spreadsheet', withNoise('PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0[Content_Types].xml')],
  ['an .xls file', 'a spreadsheet', withNoise('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1')],
  [
    'an XML spreadsheet',
    'a spreadsheet',
    utf8(
      '<?xml version="1.0"?>\r\n<?mso-application progid="Excel.Sheet"?>\r\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
    ),
  ],
  [
    'a web page of Excel',
    'a spreadsheet',
    utf8('<html xmlns:x="urn:schemas-microsoft-com:office:excel"><table><tr><td>matricule'),
  ],
  [
    'a flat .fods file',
    'a spreadsheet',
    utf8('<?xml version="1.0"?>\n<office:document office:mimetype="application/vnd.oasis.opendocument.spreadsheet">'),
  ],
  ['a PDF', 'a PDF', withNoise('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n')],
  ['a PNG', 'an image', withNoise('\x89PNG\r\n\x1a\n\0\0\0\rIHDR')],
  ['a JPEG', 'an image', withNoise('\xff\xd8\xff\xe0\0\x10JFIF')],
  ['a GIF', 'an image', withNoise('GIF89a')],
  ['a TIFF', 'an image', withNoise('II*\0')],
  ['another TIFF', 'an image', withNoise('MM\0*')],
  ['a WebP', 'an image', withNoise('RIFF\x24\0\0\0WEBPVP8 ')],
  ['a HEIC photo', 'an image', withNoise('\0\0\0\x18ftypheic\0\0\0\0')],
  ['a web page', 'a web page', utf8('<!DOCTYPE html>\n<html><body><table><tr><td>matricule;prenom</td></tr></table>')],
  ['a table of a web page', 'a web page', utf8('\ufeff\n  <table><tr><td>matricule</td><td>prenom</td></tr>')],
  ['XML', 'a web page', utf8('<?xml version="1.0"?><register/>')],
  ['a compressed file', 'not text', withNoise('\x1f\x8b\x08\0')],
  ['noise', 'not text', NOISE],
  ['NULs', 'not text', new Uint8Array(1000)],
  ['UTF-16 without its mark', 'not text', utf16('matricule;prenom\r\nT-1;Ana\r\n')],
  [
    'UTF-32',
    'not text',
    Uint8Array.from([
      0xff,
      0xfe,
      0,
      0,
      ...[...'matricule;prenom\n'].flatMap((letter) => [letter.charCodeAt(0), 0, 0, 0]),
    ]),
  ],
  ['text that turns into noise', 'not text', Uint8Array.from([...utf8('matricule;prenom\n'), ...NOISE])],
  ['a first row that holds what no text has', 'not text', utf8('matricule;prenom\u0001\nT-1;Ana\n')],
  ['JSON', 'not a table', utf8('[{"matricule": "T-1", "prenom": "Ana"}]')],
  ['rich text', 'not a table', utf8('{\\rtf1\\ansi matricule;prenom}')],
  ['a letter', 'not a table', utf8('Bonjour\r\n\r\nVoici le registre.\r\n')],
  ['a table with other separators', 'not a table', utf8('matricule|prenom\nT-1|Ana\n')],
  ['a quote that is never closed', 'not a table', utf8('matricule;prenom\n"T-1;Ana\n')],
  ['nothing', 'empty', new Uint8Array()],
  ['a byte order mark', 'empty', utf8('\ufeff')],
  ['another', 'empty', Uint8Array.from([0xff, 0xfe])],
  ['white space', 'empty', utf8(' \r\n\t\n')],
])('%s is %s', (_, because, bytes) => {
  expect(readWhole(bytes)).toEqual({ ok: false, because })
})

test('a stray byte that is no character spoils its own cell, and no accent elsewhere', () => {
  const bytes = utf8('matricule;prénom\nT-1;Aïcha\nT-2;Zoé\nT-3;L\u0001a\n')
  bytes[bytes.indexOf(1)] = 0xe9
  expect(read(bytes)).toMatchObject({
    encoding: 'UTF-8',
    header: ['matricule', 'prénom'],
    lines: [{ record: ['T-1', 'Aïcha'] }, { record: ['T-2', 'Zoé'] }, { record: ['T-3', 'L\ufffda'] }],
  })
  expect(read(Uint8Array.from([0xef, 0xbb, 0xbf, ...latin('matricule;prenom\nT-1;Zo\xe9\n')]))).toMatchObject({
    encoding: 'UTF-8 with BOM',
    lines: [{ record: ['T-1', 'Zo\ufffd'] }],
  })
})

test('a control character in a row spoils that row only', () => {
  expect(read(utf8(`matricule;prenom\n${'T-1;Ana\n'.repeat(20)}T-2;\0\n`)).lines).toHaveLength(21)
})

test.each([
  ['sep=;\r\na,b;c,d\r\n', ';', ['a,b', 'c,d']],
  ['SEP=,\na;b,c;d;e\n', ',', ['a;b', 'c;d;e']],
  ['sep=\t\na\tb;c\n', 'tab', ['a', 'b;c']],
  ['"a,b,c";d\n', ';', ['a,b,c', 'd']],
  ['"a;b;c",d\n', ',', ['a;b;c', 'd']],
  ['"a,b,c\n";d\n', ';', ['a,b,c\n', 'd']],
  ['"a;b;c\n",d\n', ',', ['a;b;c\n', 'd']],
  ['"a\n\n,,";"b"\n', ';', ['a\n\n,,', 'b']],
  ['a;b,c\n', ';', ['a', 'b,c']],
])('%j is separated by %s', (text, separator, header) => {
  expect(read(utf8(`${text}1;2\n`))).toMatchObject({ separator, header })
})

test('a line that names the separator counts as a line', () => {
  expect(read(utf8('sep=;\r\na;b\r\n1;2\r\n\r\n3;4\r\n')).lines.map(({ line }) => line)).toEqual([3, 5])
})

/** Rows of all kinds, each with how many lines it takes. */
const anyRow = fc.constantFrom(
  { text: 'T-1;Ana\n', lines: 1, isRow: true },
  { text: '"T\n1";"Ana\n\n"\n', lines: 4, isRow: true },
  { text: 'T-1;"Ana"" dite ""A"\n', lines: 1, isRow: true },
  { text: 'T-1;Ana "dite" A\n', lines: 1, isRow: true },
  { text: 'é€😀;\n', lines: 1, isRow: true },
  { text: '\n', lines: 1, isRow: false },
  { text: ';\n', lines: 1, isRow: false },
)

test.each(['\n', '\r\n', '\r'])('over any number of pieces no row is lost, and each keeps its line, with %j', (end) => {
  const rows = fc.array(anyRow, { minLength: PIECE - 20, maxLength: 3 * PIECE, size: 'max' })
  const property = fc.property(rows, (given) => {
    const expected: number[] = []
    let line = 2
    for (const { lines, isRow } of given) {
      if (isRow) expected.push(line)
      line += lines
    }
    const text = ['a;b\n', ...given.map((row) => row.text)].join('').replaceAll('\n', end)
    expect(read(utf8(text)).lines.map((row) => row.line)).toEqual(expected)
  })
  fc.assert(property, { numRuns: 30 })
})

test('it stops after every piece', () => {
  const steps = [...readTable(utf8(`a;b\n${'1;2\n'.repeat(4 * PIECE)}`))]
  expect(steps).toHaveLength(4)
})
