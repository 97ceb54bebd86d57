// The form one member is corrected with: which columns of the register it has, and the row that what is typed makes. Pure.
import { COLUMNS } from '../panel/register.ts'

/** What can be corrected by hand; the rest of a mission is changed by its register. */
export const EDITED_COLUMNS = [
  'prenom',
  'nom',
  'courriel',
  'courriel_secondaire',
  'telephone',
  'langue',
  'fuseau_horaire',
  'date_depart',
  'date_retour_prevue',
  'date_retour_effective',
] as const satisfies (typeof COLUMNS)[number][]
export type EditedColumn = (typeof EDITED_COLUMNS)[number]

/** A member as the register says it. */
export type RegisteredMember = {
  matricule: string
  given_name: string
  family_name: string
  email: string | null
  email_secondary: string | null
  phone: string | null
  language: string
  time_zone: string
  gender: string
  birth_year: number
  dispositif: string
  direction: string
  authority: string
  authority_siren: string
  authority_type: string
  authority_first_time: string
  operator_code: string
  operator: string
  country_mission: string
  country_origin: string
  cicid: string | null
  departed_on: Temporal.PlainDate
  planned_return_on: Temporal.PlainDate
  returned_on: Temporal.PlainDate | null
}

/** Every column of a member's row, as a file would have it. */
export const cellsOf = (member: RegisteredMember): Record<(typeof COLUMNS)[number], string> => ({
  matricule: member.matricule,
  prenom: member.given_name,
  nom: member.family_name,
  courriel: member.email ?? '',
  courriel_secondaire: member.email_secondary ?? '',
  telephone: member.phone ?? '',
  langue: member.language,
  fuseau_horaire: member.time_zone,
  genre: member.gender,
  annee_naissance: String(member.birth_year),
  dispositif: member.dispositif,
  direction: member.direction,
  collectivite: member.authority,
  collectivite_siren: member.authority_siren,
  collectivite_type: member.authority_type,
  collectivite_premiere_fois: member.authority_first_time,
  operateur_code: member.operator_code,
  operateur: member.operator,
  pays_mission: member.country_mission,
  pays_origine: member.country_origin,
  objectif_cicid: member.cicid ?? '',
  date_depart: member.departed_on.toString(),
  date_retour_prevue: member.planned_return_on.toString(),
  date_retour_effective: member.returned_on?.toString() ?? '',
})

/** A member's row with what was typed in place of what was there, in the order of the register's columns. */
export function rowOf(member: RegisteredMember, entries: Record<EditedColumn, string>): string[] {
  const cells = { ...cellsOf(member), ...entries }
  return COLUMNS.map((column) => cells[column])
}
