// Reads a programme's register: bytes in; missions to import and rows refused, each with a reason, out.
import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { emailAddress, isTimeZone, safeDate, safeText } from '../platform/safe.ts'
import type { Frame } from './frame.ts'

/** The columns a register must have, as they stand in its first row. */
export const COLUMNS = [
  'matricule',
  'prenom',
  'nom',
  'courriel',
  'courriel_secondaire',
  'telephone',
  'langue',
  'fuseau_horaire',
  'genre',
  'annee_naissance',
  'dispositif',
  'direction',
  'collectivite',
  'collectivite_siren',
  'collectivite_type',
  'collectivite_premiere_fois',
  'operateur_code',
  'operateur',
  'pays_mission',
  'pays_origine',
  'objectif_cicid',
  'date_depart',
  'date_retour_prevue',
  'date_retour_effective',
] as const

/** The columns it may have beside them. */
export const OPTIONAL_COLUMNS = ['canal', 'bras'] as const

export type RegisterRow = {
  /** Where it stands in the file, and as it stands there: how it is refused after all. */
  source: Pick<Refusal, 'line' | 'cells'>
  matricule: string
  person: {
    givenName: string
    familyName: string
    email: string | null
    emailSecondary: string | null
    phone: string | null
    language: 'fr' | 'en'
    timeZone: string
  }
  mission: {
    gender: string
    birthYear: number
    dispositif: string
    direction: string
    authority: string
    authoritySiren: string
    authorityType: string
    authorityFirstTime: string
    operatorCode: string
    operator: string
    countryMission: string
    countryOrigin: string
    cicid: string | null
    /** Null when the file has no such column. */
    channel: string | null
    /** Null when the file does not say. */
    arm: 'VOL' | 'CMP' | null
    departedOn: Temporal.PlainDate
    plannedReturnOn: Temporal.PlainDate
    returnedOn: Temporal.PlainDate | null
  }
}

/** The channel of whoever came nobody knows how. */
export const UNKNOWN_CHANNEL = 'UNK'
/** Volunteers, and the people they are compared with. */
const ARMS = ['VOL', 'CMP'] as const

/** Why a row was refused; never what it said. */
export type RefusalReason =
  | 'missing'
  | 'unreadable'
  | 'malformed address'
  | 'impossible date'
  | 'return before departure'
  | 'unknown country'
  | 'unknown time zone'
  | 'unknown dispositif'
  | 'unknown code'
  | 'unknown language'
  | 'impossible year'
  | 'duplicate matricule'
  | 'fixed arm'
  | 'wrong number of columns'

export type Refusal = { line: number; column: string; reason: RefusalReason; cells: string[] }

export type RegisterReading =
  | { ok: true; header: string[]; rows: RegisterRow[]; refused: Refusal[] }
  | { ok: false; because: 'empty' | 'not a table' }
  | { ok: false; because: 'missing columns'; columns: string[] }

type Lists = Pick<Frame, 'codeLists' | 'countries'>

/** Reads a register in UTF-8 (with or without BOM) or Windows-1252, separated by semicolons, commas or tabs. */
export function readRegister(bytes: Uint8Array, lists: Lists): RegisterReading {
  const table = readTable(decode(bytes))
  if (table === null) return { ok: false, because: 'not a table' }
  const [first, ...lines] = table
  if (!first) return { ok: false, because: 'empty' }
  const header = first.record.map((name) => name.trim().toLowerCase())
  const missing = COLUMNS.filter((column) => !header.includes(column))
  if (missing.length > 0) return { ok: false, because: 'missing columns', columns: missing }

  const rows: RegisterRow[] = []
  const refused: Refusal[] = []
  const seen = new Set<string>()
  const schema = rowSchema(lists)
  for (const { record, line } of lines) {
    const row = readRow(header, record, schema, seen)
    const source = { line, cells: record }
    if ('reason' in row) refused.push({ ...source, ...row })
    else rows.push({ source, ...row })
  }
  return { ok: true, header: first.record, rows, refused }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

type Line = { record: string[]; line: number }

function readTable(given: string): Line[] | null {
  const text = given.replaceAll(/\r\n?/g, '\n')
  const firstLine = text.match(/.+/)?.[0] ?? ''
  const delimiter = [';', ',', '\t'].sort((a, b) => firstLine.split(b).length - firstLine.split(a).length)[0]!
  try {
    const parsed = parse(text, {
      bom: true,
      delimiter,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
      relax_column_count: true,
      relax_quotes: true,
      info: true,
    }) as unknown as { record: string[]; info: { lines: number } }[]
    return parsed.map(({ record, info }) => ({ record, line: info.lines - lineBreaksIn(record) }))
  } catch {
    return null
  }
}

/** A row is named by the line it begins on, whatever its quoted cells hold. */
const lineBreaksIn = (record: readonly string[]) => record.join('').split('\n').length - 1

type ReadRow = Omit<RegisterRow, 'source'> | { column: string; reason: RefusalReason }

function readRow(header: string[], cells: string[], schema: ReturnType<typeof rowSchema>, seen: Set<string>): ReadRow {
  if (cells.length !== header.length) return { column: '', reason: 'wrong number of columns' }
  const parsed = schema.safeParse(Object.fromEntries(header.map((column, index) => [column, cellText(cells[index]!)])))
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!
    return { column: String(path[0]), reason: message as RefusalReason }
  }
  const row = toRegisterRow(parsed.data)
  if (seen.has(row.matricule)) return { column: 'matricule', reason: 'duplicate matricule' }
  seen.add(row.matricule)
  return row
}

const reason = (reason: RefusalReason) => ({ error: reason })
const blankIsNull = <T>(schema: z.ZodType<T, string>) =>
  z.string().transform((value, context) => {
    if (value === '') return null
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    context.addIssue({ code: 'custom', message: parsed.error.issues[0]!.message })
    return z.NEVER
  })

/** One row as the file has it, column by column; every message is a `RefusalReason`. */
function rowSchema({ codeLists, countries }: Lists) {
  const text = z
    .string()
    .min(1, reason('missing'))
    .max(200, reason('unreadable'))
    .refine((value) => safeText.safeParse(value).success, reason('unreadable'))
  const optional = blankIsNull(text)
  const address = z
    .string()
    .refine((value) => value === '' || emailAddress.safeParse(value).success, reason('malformed address'))
    .transform((value) => value || null)
  const code = (codes: readonly string[], because: RefusalReason = 'unknown code') =>
    text.refine((value) => codes.includes(value), reason(because))
  const date = text.transform((value, context) => {
    const parsed = safeDate.safeParse(value)
    if (parsed.success) return parsed.data
    context.addIssue({ code: 'custom', message: 'impossible date' satisfies RefusalReason })
    return z.NEVER
  })
  const country = text.refine((value) => countries.has(value), reason('unknown country'))
  return z
    .object({
      matricule: text,
      prenom: text,
      nom: text,
      courriel: address,
      courriel_secondaire: address,
      telephone: optional,
      langue: text.pipe(z.enum(['fr', 'en'], reason('unknown language'))),
      fuseau_horaire: text.refine(isTimeZone, reason('unknown time zone')),
      genre: code(codeLists.gender),
      annee_naissance: text.regex(/^\d{4}$/, reason('impossible year')).transform(Number),
      dispositif: code(codeLists.dispositif, 'unknown dispositif'),
      direction: code(codeLists.direction),
      collectivite: text,
      collectivite_siren: text,
      collectivite_type: code(codeLists.authorityType),
      collectivite_premiere_fois: code(codeLists.authorityFirstTime),
      operateur_code: text,
      operateur: text,
      pays_mission: country,
      pays_origine: country,
      objectif_cicid: blankIsNull(code(codeLists.cicid)),
      date_depart: date,
      date_retour_prevue: date,
      date_retour_effective: blankIsNull(date),
      canal: z
        .string()
        .transform((value) => value || UNKNOWN_CHANNEL)
        .pipe(code(codeLists.channel))
        .optional(),
      bras: blankIsNull(z.enum(ARMS, reason('unknown code'))).optional(),
    } satisfies Record<(typeof COLUMNS | typeof OPTIONAL_COLUMNS)[number], z.ZodType>)
    .transform((row, context) => {
      const refuse = (column: string, message: RefusalReason) =>
        context.addIssue({ code: 'custom', path: [column], message })
      const age = row.date_depart.year - row.annee_naissance
      if (age < 15 || age > 100) refuse('annee_naissance', 'impossible year')
      for (const column of ['date_retour_prevue', 'date_retour_effective'] as const) {
        const back = row[column]
        if (back && Temporal.PlainDate.compare(back, row.date_depart) < 0) refuse(column, 'return before departure')
      }
      return row
    })
}

const toRegisterRow = (row: z.infer<ReturnType<typeof rowSchema>>): Omit<RegisterRow, 'source'> => ({
  matricule: row.matricule,
  person: {
    givenName: row.prenom,
    familyName: row.nom,
    email: row.courriel,
    emailSecondary: row.courriel_secondaire,
    phone: row.telephone,
    language: row.langue,
    timeZone: row.fuseau_horaire,
  },
  mission: {
    gender: row.genre,
    birthYear: row.annee_naissance,
    dispositif: row.dispositif,
    direction: row.direction,
    authority: row.collectivite,
    authoritySiren: row.collectivite_siren,
    authorityType: row.collectivite_type,
    authorityFirstTime: row.collectivite_premiere_fois,
    operatorCode: row.operateur_code,
    operator: row.operateur,
    countryMission: row.pays_mission,
    countryOrigin: row.pays_origine,
    cicid: row.objectif_cicid,
    channel: row.canal ?? null,
    arm: row.bras ?? null,
    departedOn: row.date_depart,
    plannedReturnOn: row.date_retour_prevue,
    returnedOn: row.date_retour_effective,
  },
})

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
  return [[...header, 'line', 'column', 'reason'], ...lines]
    .map((cells) => `${cells.map(csvCell).join(';')}\r\n`)
    .join('')
}

/** Quoted where CSV needs it; a cell a spreadsheet would take for a formula begins with an apostrophe. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[";\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** What a cell says, without the apostrophe `csvCell` put there: a telephone number begins with + again. */
const cellText = (cell: string): string => cell.replace(/^'(?=[=+\-@\t\r])/, '').trim()
