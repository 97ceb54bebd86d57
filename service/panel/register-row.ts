// What one row of a register must be, cell by cell: a mission and its person, or the first fault; must not know files.
import { z } from 'zod'
import { emailAddress, isTimeZone, safeText } from '../platform/safe.ts'
import type { Frame } from './frame.ts'
import { readDate } from './register-dates.ts'

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
/** What stands where a character was lost, here or in a program before. */
const LOST = '\ufffd'
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

export type Column = (typeof COLUMNS | typeof OPTIONAL_COLUMNS)[number]
/** A column of the file that is one of ours, and where it stands. */
export type MatchedColumn = { column: Column; index: number }
export type Lists = Pick<Frame, 'codeLists' | 'countries'>

type RowReading = Omit<RegisterRow, 'source'> | Pick<Refusal, 'column' | 'reason'>

/** Reads the rows of a file one after the other; each is a mission, or is refused for its first fault. */
export function rowReader(
  lists: Lists,
  { columns, width }: { columns: readonly MatchedColumn[]; width: number },
): (cells: readonly string[]) => RowReading {
  const schema = rowSchema(lists)
  const seen = new Set<string>()
  return (cells) => {
    if (cells.length !== width) return { column: '', reason: 'wrong number of columns' }
    const texts = columns.map(({ column, index }) => [column, cellText(cells[index]!)])
    const parsed = schema.safeParse(Object.fromEntries(texts))
    if (!parsed.success) {
      const { path, message } = parsed.error.issues[0]!
      return { column: String(path[0]), reason: message as RefusalReason }
    }
    const row = toRegisterRow(parsed.data)
    if (seen.has(row.matricule)) return { column: 'matricule', reason: 'duplicate matricule' }
    seen.add(row.matricule)
    return row
  }
}

/** What a cell says, without the apostrophe that keeps it from being a formula: a telephone number begins with + again. */
const cellText = (cell: string): string => cell.replace(/^'(?=[=+\-@\t\r])/, '').trim()

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
    .refine((value) => safeText.safeParse(value).success && !value.includes(LOST), reason('unreadable'))
  const optional = blankIsNull(text)
  const address = z
    .string()
    .refine((value) => value === '' || emailAddress.safeParse(value).success, reason('malformed address'))
    .transform((value) => value || null)
  const code = (codes: readonly string[], because: RefusalReason = 'unknown code') =>
    text.refine((value) => codes.includes(value), reason(because))
  const date = text.transform((value, context) => {
    const day = readDate(value)
    if (day) return day
    context.addIssue({ code: 'custom', message: 'impossible date' satisfies RefusalReason })
    return z.NEVER
  })
  // Asking takes longer than all the rest of a row, and a file has few.
  const zones = new Map<string, boolean>()
  const isZone = (name: string) => zones.getOrInsertComputed(name, isTimeZone)
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
      fuseau_horaire: text.refine(isZone, reason('unknown time zone')),
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
    } satisfies Record<Column, z.ZodType>)
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
