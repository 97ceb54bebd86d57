// Checks how a register is read, cell by cell, and how refused rows go back; must not know waves or storage.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  COLUMNS,
  OPTIONAL_COLUMNS,
  type RefusalReason,
  type RegisterReading,
  type RegisterRow,
  readRegister,
  refusedFile,
} from './register.ts'

type Column = (typeof COLUMNS | typeof OPTIONAL_COLUMNS)[number]

const lists = {
  codeLists: {
    dispositif: ['SCI', 'VSI'],
    direction: ['ENVOI', 'RECIP'],
    gender: ['F', 'M', 'X', 'NR'],
    authorityType: ['COMMUNE', 'REGION'],
    authorityFirstTime: ['INTL', 'NO'],
    cicid: ['CICID23-01'],
    channel: ['OPERATOR', 'EMPLOYER', 'UNK'],
  },
  countries: new Set(['FR', 'BJ']),
}

const ALL_COLUMNS = [...COLUMNS, ...OPTIONAL_COLUMNS]

type Cells = Record<(typeof COLUMNS)[number], string> & Partial<Record<(typeof OPTIONAL_COLUMNS)[number], string>>

const good: Cells = {
  matricule: 'T-0001',
  prenom: 'Aïcha',
  nom: 'Koné',
  courriel: 'aicha.kone@exemple.fr',
  courriel_secondaire: '',
  telephone: '+33612345678',
  langue: 'fr',
  fuseau_horaire: 'Africa/Porto-Novo',
  genre: 'F',
  annee_naissance: '2000',
  dispositif: 'VSI',
  direction: 'ENVOI',
  collectivite: 'Ville de Besançon',
  collectivite_siren: '212500565',
  collectivite_type: 'COMMUNE',
  collectivite_premiere_fois: 'INTL',
  operateur_code: 'OP-12',
  operateur: 'La Guilde',
  pays_mission: 'BJ',
  pays_origine: 'FR',
  objectif_cicid: 'CICID23-01',
  date_depart: '2025-01-10',
  date_retour_prevue: '2026-01-10',
  date_retour_effective: '2025-12-20',
}

const quoted = (cell: string, separator: string) =>
  [separator, '"', '\n', '\r'].some((mark) => cell.includes(mark)) ? `"${cell.replaceAll('"', '""')}"` : cell
const register = (
  rows: Partial<Cells>[],
  { separator = ';', end = '\n', columns = COLUMNS as readonly (keyof Cells)[] } = {},
) =>
  [[...columns], ...rows.map((row) => columns.map((column) => ({ ...good, ...row })[column] ?? ''))]
    .map((cells) => cells.map((cell) => quoted(cell, separator)).join(separator) + end)
    .join('')

const utf8 = (text: string) => new TextEncoder().encode(text)
const latin = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

/** Reads a file to its end, however often it stops. */
function readWhole(file: string | Uint8Array): RegisterReading {
  const steps = readRegister(typeof file === 'string' ? utf8(file) : file, lists)
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

function read(file: string | Uint8Array) {
  const reading = readWhole(file)
  if (!reading.ok) expect.fail(reading.because)
  return reading
}
const where = (file: string) => read(file).refused.map(({ line, column, reason }) => [line, column, reason])

test('a row becomes a mission and the person who is on it', () => {
  expect(read(register([good]))).toEqual({
    ok: true,
    header: [...COLUMNS],
    understood: {
      encoding: 'UTF-8',
      separator: ';',
      columns: COLUMNS.map((column, index) => ({ column, index })),
      ignored: [],
      missingOptional: ['canal', 'bras'],
      rows: 1,
      firstRows: [COLUMNS.map((column) => good[column])],
    },
    refused: [],
    rows: [
      {
        source: { line: 2, cells: COLUMNS.map((column) => good[column]) },
        matricule: 'T-0001',
        person: {
          givenName: 'Aïcha',
          familyName: 'Koné',
          email: 'aicha.kone@exemple.fr',
          emailSecondary: null,
          phone: '+33612345678',
          language: 'fr',
          timeZone: 'Africa/Porto-Novo',
        },
        mission: {
          gender: 'F',
          birthYear: 2000,
          dispositif: 'VSI',
          direction: 'ENVOI',
          authority: 'Ville de Besançon',
          authoritySiren: '212500565',
          authorityType: 'COMMUNE',
          authorityFirstTime: 'INTL',
          operatorCode: 'OP-12',
          operator: 'La Guilde',
          countryMission: 'BJ',
          countryOrigin: 'FR',
          cicid: 'CICID23-01',
          channel: null,
          arm: null,
          departedOn: Temporal.PlainDate.from('2025-01-10'),
          plannedReturnOn: Temporal.PlainDate.from('2026-01-10'),
          returnedOn: Temporal.PlainDate.from('2025-12-20'),
        },
      },
    ],
  })
})

test.each<[keyof Cells, string, RefusalReason]>([
  ['matricule', '', 'missing'],
  ['prenom', '   ', 'missing'],
  ['dispositif', '', 'missing'],
  ['date_depart', '', 'missing'],
  ['date_retour_prevue', '', 'missing'],
  ['nom', 'Ko\u0000né', 'unreadable'],
  ['nom', 'é'.repeat(201), 'unreadable'],
  ['telephone', '06\u0000', 'unreadable'],
  ['nom', 'Kon\ufffd', 'unreadable'],
  ['date_depart', '2025\u0000', 'unreadable'],
  ['courriel', 'aicha.kone', 'malformed address'],
  ['courriel', 'aicha@kone', 'malformed address'],
  ['courriel', 'aicha@exemple.fr,moi@exemple.fr', 'malformed address'],
  ['courriel', 'aicha@exemple.fr\r\nBcc: moi@exemple.fr', 'malformed address'],
  ['courriel', 'Aïcha <aicha@exemple.fr>', 'malformed address'],
  ['courriel', `${'a'.repeat(250)}@exemple.fr`, 'malformed address'],
  ['courriel_secondaire', '@exemple.fr', 'malformed address'],
  ['date_depart', '2025-02-30', 'impossible date'],
  ['date_depart', '0000-01-01', 'impossible date'],
  ['date_retour_prevue', '12/31/2026', 'impossible date'],
  ['date_retour_prevue', '31/12/26', 'impossible date'],
  ['date_depart', '2025-01-10T23:00:00', 'impossible date'],
  ['date_retour_effective', '2026-13-01', 'impossible date'],
  ['date_retour_prevue', '2025-01-09', 'return before departure'],
  ['date_retour_effective', '2024-12-31', 'return before departure'],
  ['pays_mission', 'XX', 'unknown country'],
  ['pays_origine', 'fr', 'unknown country'],
  ['fuseau_horaire', 'Mars/Olympus', 'unknown time zone'],
  ['fuseau_horaire', '+01:00', 'unknown time zone'],
  ['dispositif', 'VIE', 'unknown dispositif'],
  ['genre', 'H', 'unknown code'],
  ['direction', 'envoi', 'unknown code'],
  ['collectivite_type', 'PAYS', 'unknown code'],
  ['collectivite_premiere_fois', 'YES', 'unknown code'],
  ['objectif_cicid', 'CICID23-99', 'unknown code'],
  ['langue', 'es', 'unknown language'],
  ['annee_naissance', '00', 'impossible year'],
  ['annee_naissance', '2024', 'impossible year'],
  ['annee_naissance', '1900', 'impossible year'],
])('a %s of %j is refused as “%s”, and only its cells say what it was', (column, value, reason) => {
  const { rows, refused } = read(register([{ [column]: value }]))
  const cells = COLUMNS.map((name) => ({ ...good, [column]: value })[name].replaceAll('\r\n', '\n'))
  expect(rows).toEqual([])
  expect(refused).toEqual([{ line: 2, column, reason, cells }])
})

test('a row is refused for its first fault, in the order of the columns', () => {
  expect(where(register([{ date_depart: '', langue: 'es', courriel: 'x' }]))).toEqual([
    [2, 'courriel', 'malformed address'],
  ])
})

test('a matricule that stands twice is refused the second time; one refused before does not count', () => {
  const file = register([{ langue: 'es' }, {}, {}])
  expect(where(file)).toEqual([
    [2, 'langue', 'unknown language'],
    [4, 'matricule', 'duplicate matricule'],
  ])
  expect(read(file).rows).toHaveLength(1)
})

test('a row with a cell too many or too few is refused, without a column', () => {
  const [header, row] = register([good]).trimEnd().split('\n')
  expect(where(`${header}\n${row};more\n${row?.slice(0, row.lastIndexOf(';'))}\n`)).toEqual([
    [2, '', 'wrong number of columns'],
    [3, '', 'wrong number of columns'],
  ])
})

test.each<[keyof Cells, object]>([
  ['courriel', { person: { email: null } }],
  ['courriel_secondaire', { person: { emailSecondary: null } }],
  ['telephone', { person: { phone: null } }],
  ['objectif_cicid', { mission: { cicid: null } }],
  ['date_retour_effective', { mission: { returnedOn: null } }],
])('a row may leave %s blank', (column, expected) => {
  const { rows, refused } = read(register([{ [column]: '' }]))
  expect(refused).toEqual([])
  expect(rows[0]).toMatchObject(expected)
})

test.each([
  ['UTF-8', utf8],
  ['UTF-8 with a byte order mark', (text: string) => utf8(`\ufeff${text}`)],
  ['Windows-1252', latin],
])('é, ï and ç are read from %s', (_, encode) => {
  const { rows, refused } = read(encode(register([{ nom: 'Koné', prenom: 'Aïcha', collectivite: 'Alençon' }])))
  expect(refused).toEqual([])
  expect(rows[0]).toMatchObject({
    person: { familyName: 'Koné', givenName: 'Aïcha' },
    mission: { authority: 'Alençon' },
  })
})

test('what Windows-1252 has beyond Latin-1 is read: ’, Œ and €', () => {
  const { rows } = read(latin(register([{ collectivite: 'L\u0092\u008cuvre', operateur: 'Koné & Cie \u0080' }])))
  expect(rows[0]?.mission).toMatchObject({ authority: 'L’Œuvre', operator: 'Koné & Cie €' })
})

test('a cell may hold quotes nobody doubled', () => {
  const file = register([{ collectivite: 'VILLE', operateur: 'LE PHARE' }])
  const { rows } = read(file.replace('VILLE', 'Ville "haute"').replace('LE PHARE', '"Le Phare" et associés'))
  expect(rows[0]?.mission).toMatchObject({ authority: 'Ville "haute"', operator: '"Le Phare" et associés' })
})

test.each([
  ['semicolons and LF', ';', '\n'],
  ['semicolons and CRLF', ';', '\r\n'],
  ['commas and CRLF', ',', '\r\n'],
  ['tabs and LF', '\t', '\n'],
  ['semicolons and CR', ';', '\r'],
])('a register with %s is read, its lines counted, and its quoted cells kept whole', (_, separator, end) => {
  const authority = `Ville; "haute", dite\tl’Autre`
  const rows = [{ collectivite: authority }, { matricule: 'T-0002', langue: 'es' }, { matricule: 'T-0003' }]
  const { rows: kept, refused } = read(register(rows, { separator, end }))
  expect(kept.map(({ matricule, mission }) => [matricule, mission.authority])).toEqual([
    ['T-0001', authority],
    ['T-0003', good.collectivite],
  ])
  expect(refused.map(({ line }) => line)).toEqual([3])
})

test('a file whose lines end in several ways loses none of them', () => {
  const [header, first, second, third] = register([{}, { matricule: 'T-0002' }, { matricule: 'T-0003' }]).split('\n')
  expect(read(`${header}\r\n${first}\n${second}\r\n${third}\n`).rows).toHaveLength(3)
})

test('a row is named by the line it begins on, past blank lines and cells of several lines', () => {
  const twoLines = { collectivite: 'Ville\r\nhaute', langue: 'es' }
  const crlf = register([twoLines, { matricule: 'T-0002', langue: 'es' }], { end: '\r\n' })
  expect(where(crlf).map(([line]) => line)).toEqual([2, 4])
  expect(where(crlf.replace('\r\n', '\r\n\r\n;;;\r\n').trimEnd()).map(([line]) => line)).toEqual([4, 6])
})

test('column names may be in any order, in capitals, spaced, and beside columns nobody asked for', () => {
  const reversed = COLUMNS.toReversed()
  const file = [
    [...reversed.map((column) => ` ${column.toUpperCase()} `), 'remarque'],
    [...reversed.map((column) => ` ${good[column]} `), 'libre'],
  ]
  const { rows, header } = read(file.map((cells) => cells.join(',')).join('\n'))
  expect(rows[0]).toMatchObject({ matricule: 'T-0001', person: { email: good.courriel } })
  expect(header.at(-1)).toBe('remarque')
})

/** The good row, with columns of its own beside. */
const registerWith = (columns: Record<string, string>) => {
  const [header, row] = register([good]).trimEnd().split('\n')
  return `${[header, ...Object.keys(columns)].join(';')}\n${[row, ...Object.values(columns)].join(';')}\n`
}

test.each<[Record<string, string>, channel: string | null, arm: string | null]>([
  [{ canal: 'EMPLOYER', bras: 'CMP' }, 'EMPLOYER', 'CMP'],
  [{ bras: 'VOL', canal: 'UNK' }, 'UNK', 'VOL'],
  [{ canal: '', bras: '' }, 'UNK', null],
  [{ canal: ' OPERATOR ' }, 'OPERATOR', null],
  [{ BRAS: 'CMP' }, null, 'CMP'],
])('beside the columns there must be, %j is read as channel %s and arm %s', (columns, channel, arm) => {
  const { rows, refused } = read(registerWith(columns))
  expect(refused).toEqual([])
  expect(rows[0]?.mission).toMatchObject({ channel, arm })
})

test.each([
  [{ canal: 'FACEBOOK', bras: 'VOL' }, 'canal'],
  [{ canal: 'operator' }, 'canal'],
  [{ bras: 'TEMOIN' }, 'bras'],
  [{ canal: 'OPERATOR', bras: 'vol' }, 'bras'],
])('%j is refused by its column', (columns, column) => {
  const file = registerWith(columns)
  expect(where(file)).toEqual([[2, column, 'unknown code']])
  expect(read(file).rows).toEqual([])
})

test.each<[string, Column]>([
  ['Date départ', 'date_depart'],
  ['date-depart', 'date_depart'],
  ['DATE_DEPART', 'date_depart'],
  ['  Dâte.de\u0301part ', 'date_depart'],
  ['Prénom', 'prenom'],
  ['N.O.M', 'nom'],
  ['Collectivité première fois', 'collectivite_premiere_fois'],
])('a column may be called “%s”', (name, column) => {
  const names = COLUMNS.map((one) => (one === column ? name : one))
  const cells = COLUMNS.map((one) => good[one])
  const { rows, refused, understood, header } = read(`${names.join(';')}\n${cells.join(';')}\n`)
  expect(refused).toEqual([])
  expect(rows).toHaveLength(1)
  const index = COLUMNS.indexOf(column as (typeof COLUMNS)[number])
  expect(understood.columns).toContainEqual({ column, index })
  expect(header[index]).toBe(name)
})

test.each(['date_de_depart', 'departure', 'nom2'])('“%s” is none of our columns', (name) => {
  expect(readWhole(register([good]).replace('date_depart;', `${name};`))).toMatchObject({
    because: 'missing columns',
    columns: ['date_depart'],
    understood: { ignored: [name] },
  })
})

test('a column of ours that stands twice is refused by name, however it is written; others may', () => {
  const [header, row] = register([good]).trimEnd().split('\n')
  const file = (names: string) => `${header};${names}\n${row}${';x'.repeat(names.split(';').length)}\n`
  expect(readWhole(file('Prénom;NOM;nom'))).toMatchObject({
    ok: false,
    because: 'repeated columns',
    columns: ['prenom', 'nom'],
    understood: { rows: 1, ignored: [] },
  })
  expect(read(file('line;reason;line;;')).rows).toHaveLength(1)
  expect(read(file('line;reason;line;;')).understood.ignored).toEqual(['line', 'reason', 'line'])
})

test('of a file it is told how it was understood: its columns, those left aside, its rows, and the first five', () => {
  const columns = COLUMNS.toReversed()
  const rows = [1, 2, 3, 4, 5, 6].map((number) => [
    ...columns.map((column) => good[column]),
    'UNK',
    `libre ${number}`,
    '',
  ])
  const bad = ['too short']
  const lines = [[...columns, 'Canal', ' Remarque', ''], ...rows, bad].map((cells) => cells.join(','))
  const { understood, header } = read(`\ufeff${lines.join('\n')}`)
  expect(header).toEqual([...columns, 'Canal', ' Remarque', ''])
  expect(understood).toEqual({
    encoding: 'UTF-8 with BOM',
    separator: ',',
    columns: [...columns, 'canal'].map((column, index) => ({ column, index })),
    ignored: [' Remarque'],
    missingOptional: ['bras'],
    rows: 7,
    firstRows: rows.slice(0, 5),
  })
})

test('of a file that lacks columns it is told as much as is known', () => {
  expect(readWhole(latin('matricule\tPrénom\tville\r\nT-1\tAïcha\tAlençon\r\n'))).toMatchObject({
    ok: false,
    because: 'missing columns',
    header: ['matricule', 'Prénom', 'ville'],
    understood: {
      encoding: 'Windows-1252',
      separator: 'tab',
      columns: [
        { column: 'matricule', index: 0 },
        { column: 'prenom', index: 1 },
      ],
      ignored: ['ville'],
      missingOptional: ['canal', 'bras'],
      rows: 1,
      firstRows: [['T-1', 'Aïcha', 'Alençon']],
    },
  })
})

const utf16 = (text: string, isBigEndian: boolean) => {
  const view = new DataView(new ArrayBuffer(2 * text.length + 2))
  const marked = `\ufeff${text}`
  for (let index = 0; index < marked.length; index++) view.setUint16(2 * index, marked.charCodeAt(index), !isBigEndian)
  return new Uint8Array(view.buffer)
}

const ENCODINGS = [
  ['UTF-8', utf8],
  ['UTF-8 with BOM', (text: string) => utf8(`\ufeff${text}`)],
  ['UTF-16', (text: string) => utf16(text, false)],
  ['UTF-16', (text: string) => utf16(text, true)],
  ['Windows-1252', latin],
] as const
const SEPARATORS = [
  [';', ';'],
  [',', ','],
  ['tab', '\t'],
] as const
const DATES = [
  '2025-12-20',
  '2025-12-20T00:00:00',
  '2025-12-20 00:00:00',
  '20/12/2025',
  '20-12-2025',
  '20.12.2025',
  '46011',
]
const MATRIX = ENCODINGS.flatMap(([encoding, encode]) =>
  SEPARATORS.flatMap(([separator, mark]) =>
    ['\n', '\r\n', '\r'].map((end) => ({ encoding, encode, separator, mark, end, ends: JSON.stringify(end) })),
  ),
)

test.each(MATRIX)(
  '$encoding, separated by $separator, lines ended by $ends, dates in every form: each is read right',
  ({ encoding, encode, separator, mark, end }) => {
    const city = `Besançon; dite${end}"l’, autre"`.replace('’', encode === latin ? '\u0092' : '’')
    const good = DATES.map((date, index) => ({
      matricule: `T-${index}`,
      date_retour_effective: date,
      collectivite: city,
    }))
    const bad = { matricule: 'T-X', langue: 'es' }
    const file = register([...good, bad], { separator: mark, end })
    const { understood, rows, refused } = read(encode(`${end}${mark}${end}${file}`))
    expect(understood).toMatchObject({ encoding, separator, ignored: [], rows: DATES.length + 1 })
    expect(rows.map(({ mission, source }) => [source.line, mission.returnedOn?.toString(), mission.authority])).toEqual(
      DATES.map((_, index) => [4 + 2 * index, '2025-12-20', 'Besançon; dite\n"l’, autre"']),
    )
    expect(refused.map(({ line }) => line)).toEqual([4 + 2 * DATES.length])
  },
)

test('more than twenty thousand rows are read in pieces, each told, with the lines they begin on', () => {
  const ROWS = 20_007
  const many = Array.from({ length: ROWS }, (_, index) => ({ matricule: `T-${index}`, collectivite: 'Ville\nhaute' }))
  const steps = readRegister(utf8(register(many)), lists)
  const told: [number, number][] = []
  let before = 0
  for (;;) {
    const step = steps.next()
    if (step.done) {
      const { value: reading } = step
      if (!reading.ok) expect.fail(reading.because)
      expect(reading.rows).toHaveLength(ROWS)
      expect(reading.rows.every(({ source }, index) => source.line === 2 + 2 * index)).toBe(true)
      expect(reading.understood.rows).toBe(ROWS)
      break
    }
    if (!step.value) continue
    expect(step.value.done).toBeGreaterThan(before)
    expect(step.value.done - before).toBeLessThanOrEqual(500)
    before = step.value.done
    told.push([step.value.done, step.value.total])
  }
  expect(told.length).toBeGreaterThanOrEqual(20)
  expect(told.every(([, total]) => total === ROWS)).toBe(true)
  expect(told.at(-1)).toEqual([ROWS, ROWS])
})

test('a register without some columns is refused as a whole, and every missing one is named', () => {
  const file = register([good]).replace('courriel_secondaire', 'email2').replace('genre', 'sexe')
  expect(readWhole(file)).toMatchObject({
    ok: false,
    because: 'missing columns',
    columns: ['courriel_secondaire', 'genre'],
  })
})

test.each([
  ['no byte', ''],
  ['a byte order mark only', '\ufeff'],
  ['blank lines only', '\r\n\r\n'],
  ['separators only', ';;;;\n;;;;\n'],
])('a register of %s is empty', (_, text) => {
  expect(readWhole(text)).toEqual({ ok: false, because: 'empty' })
})

test('a header without rows is a register of nobody; blank lines before it do not matter', () => {
  expect(read(register([]))).toMatchObject({ rows: [], refused: [] })
  expect(read(`\n\n${register([good], { separator: ',' })}`).rows).toHaveLength(1)
})

test('a quote that is never closed makes no table', () => {
  expect(readWhole(`${register([good])}"T-0002;Marie\n`)).toEqual({ ok: false, because: 'not a table' })
})

const say = (reason: RefusalReason) => `because: ${reason}`

test('refused rows go back with the columns they came in, and line, column and reason beside', () => {
  const { header, refused } = read(
    register([{}, { matricule: 'T-0002', langue: 'es', operateur: 'Un "bel" avenir; ici' }]),
  )
  const row = COLUMNS.map((column) => ({ ...good, matricule: 'T-0002', langue: 'es' })[column])
  row[COLUMNS.indexOf('operateur')] = '"Un ""bel"" avenir; ici"'
  row[COLUMNS.indexOf('telephone')] = "'+33612345678"
  expect(refusedFile(header, refused, say)).toBe(
    `${[...COLUMNS, 'line', 'column', 'reason'].join(';')}\r\n${row.join(';')};3;langue;because: unknown language\r\n`,
  )
})

const withoutSource = ({ source, ...row }: RegisterRow) => row

test('a refused row, once corrected, is the row it should have been', () => {
  const { header, refused } = read(register([{ langue: 'es', collectivite: 'Ville;\nhaute' }]))
  const corrected = refusedFile(header, refused, say).replace(';es;', ';en;')
  const { rows } = read(corrected)
  const asItShouldBe = read(register([{ langue: 'en', collectivite: 'Ville;\nhaute' }])).rows
  expect(rows.map(withoutSource)).toEqual(asItShouldBe.map(withoutSource))
  expect(rows[0]?.person.phone).toBe('+33612345678')
})

test.each(['=HYPERLINK("http://x.example")', '+33612345678', '-1+1', '@SUM(A1)', '\t=1', '\r=1'])(
  'the cell %j cannot become a formula where the refused rows are opened',
  (cell) => {
    const [, line] = refusedFile(['nom'], [{ line: 2, column: 'nom', reason: 'missing', cells: [cell] }], say).split(
      'column;reason\r\n',
    )
    expect(line).toMatch(/^"?'/)
  },
)

const anyCell = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...'"\';,\t\r\n =+-@a') }))
const anyRow = fc.array(anyCell, { minLength: COLUMNS.length, maxLength: COLUMNS.length })

test('whatever refused cells hold, reading the refused rows again finds them, and no cell is a formula', () => {
  const property = fc.property(fc.array(anyRow, { minLength: 1, maxLength: 3 }), (rows) => {
    const refused = rows.map((cells, index) => ({ line: index + 2, column: 'nom', reason: 'missing' as const, cells }))
    const again = read(refusedFile(COLUMNS, refused, say))
    expect(again.rows).toEqual([])
    expect(again.refused).toHaveLength(rows.length)
    for (const [index, { cells }] of again.refused.entries()) {
      expect(cells.slice(0, COLUMNS.length).map((cell) => cell.replace(/^'(?=[=+\-@\t\n])/, ''))).toEqual(
        rows[index]!.map((cell) => cell.replace(/^'(?=[=+\-@\t\r\n])/, '').replaceAll(/\r\n?/g, '\n')),
      )
      expect(cells.filter((cell) => /^([=+@\t\r]|-(?!\d+(\.\d+)?$))/.test(cell))).toEqual([])
    }
  })
  fc.assert(property, { numRuns: 500 })
})

/** How files begin: marks of encodings and of other kinds of file, and the first row of a register. */
const BEGINNINGS = [
  [],
  [0xff, 0xfe],
  [0xfe, 0xff],
  [0xef, 0xbb, 0xbf],
  [...utf8('sep=;\n')],
  [...utf8(register([good]))],
]
const anyBytes = fc
  .tuple(fc.constantFrom(...BEGINNINGS), fc.uint8Array({ maxLength: 300 }))
  .map(([beginning, bytes]) => Uint8Array.from([...beginning, ...bytes]))

test('no bytes whatever make reading a register fail', () => {
  const property = fc.property(anyBytes, (bytes) => {
    expect(readWhole(bytes)).toHaveProperty('ok')
  })
  fc.assert(property, { numRuns: 1000 })
})

const REASONS: Record<RefusalReason, true> = {
  missing: true,
  unreadable: true,
  'malformed address': true,
  'impossible date': true,
  'return before departure': true,
  'unknown country': true,
  'unknown time zone': true,
  'unknown dispositif': true,
  'unknown code': true,
  'unknown language': true,
  'impossible year': true,
  'duplicate matricule': true,
  'fixed arm': true,
  'wrong number of columns': true,
}

test('whatever cells are replaced by, a row is imported or refused for a reason we know, never anything else', () => {
  const anyValue = fc.oneof(
    anyCell,
    fc.constantFrom('', ' ', 'x'.repeat(201), '\u0000', '2025-02-30', '9999-99-99', '1'),
  )
  const changes = fc.dictionary(fc.constantFrom(...ALL_COLUMNS), anyValue, { maxKeys: 4 })
  const property = fc.property(changes, fc.constantFrom(';', ',', '\t'), (change, separator) => {
    const { rows, refused } = read(register([change], { separator, columns: ALL_COLUMNS }))
    expect(rows.length + refused.length).toBe(1)
    for (const { reason, column } of refused) {
      expect(REASONS).toHaveProperty([reason])
      expect(ALL_COLUMNS).toContain(column)
    }
  })
  fc.assert(property, { numRuns: 1000 })
})
