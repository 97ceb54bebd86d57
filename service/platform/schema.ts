// The database as TypeScript sees it: seven areas, every instant a Temporal.Instant and every date a PlainDate.
import type { ColumnType } from 'kysely'

type Instant = Temporal.Instant
type PlainDate = Temporal.PlainDate
type WithDefault<T> = ColumnType<T, T | undefined, T>

export type Schema = {
  'identity.panel_member': PanelMemberTable
  'link.pseudonym': PseudonymTable
  'fieldwork.programme': ProgrammeTable
  'fieldwork.cohort': CohortTable
  'fieldwork.mission': MissionTable
  'fieldwork.case': CaseTable
  'fieldwork.mailing': MailingTable
  'fieldwork.unit': UnitTable
  'answers.instrument_version': InstrumentVersionTable
  'answers.response': ResponseTable
  'publish.publication': PublicationTable
  'publish.published_table': PublishedTableTable
  'access.personal_link': PersonalLinkTable
  'access.api_token': ApiTokenTable
  'audit.event': AuditEventTable
}

type PanelMemberTable = {
  id: string
  programme: string
  matricule: string
  given_name: string
  family_name: string
  email: string | null
  email_secondary: string | null
  phone: string | null
  language: 'fr' | 'en'
  time_zone: string
  opted_out_at: Instant | null
  created_at: Instant
}

type PseudonymTable = { member_id: string; pseudonym: string; record_key: Uint8Array }

type ProgrammeTable = { slug: string; configuration: object }

type CohortTable = { id: string; programme: string; slug: string }

type MissionTable = {
  member_id: string
  cohort_id: string
  dispositif: string
  direction: string
  gender: string
  birth_year: number
  authority: string
  authority_siren: string
  authority_type: string
  authority_first_time: string
  operator_code: string
  operator: string
  country_mission: string
  country_origin: string
  cicid: string | null
  departed_on: PlainDate
  planned_return_on: PlainDate
  returned_on: PlainDate | null
  /** True while the member's cases do not yet follow from these dates. */
  plan_stale: WithDefault<boolean>
}

type CaseTable = {
  id: string
  member_id: string
  cohort_id: string
  wave: string
  /** The field period: open from `opens_on` up to, and not including, `closes_on`. */
  opens_on: PlainDate
  closes_on: PlainDate
  opens_at: Instant
  closes_at: Instant
  /** When a mailing may next be due; null when none ever will, and `because` says why. */
  next_contact_at: Instant | null
  because: string | null
  started_on: PlainDate | null
  submitted_on: PlainDate | null
}

type MailingTable = {
  id: string
  occasion: string
  kind: string
  number: number
  member_id: string
  case_id: string | null
  due_at: Instant
  /** When to try; null once it is sent or given up. */
  next_attempt_at: Instant | null
  attempts: WithDefault<number>
  claim: string | null
  claimed_until: Instant | null
  sent_at: Instant | null
  because: string | null
}

type UnitTable = {
  cohort_id: string
  wave: string
  /** When the wave is closed for the cohort; null while the cohort's cases have changed and it must be worked out again. */
  due_at: Instant | null
  closed_at: Instant | null
  /** A closed unit has a publication, or a reason why there is none. */
  publication_id: string | null
  because: string | null
}

type InstrumentVersionTable = {
  instrument: string
  version: number
  content: object
  hash: string
  fielded_at: Instant | null
}

type ResponseTable = {
  id: string
  pseudonym: string
  wave: string
  instrument: string
  instrument_version: number
  language: string
  answers: Record<string, number | number[] | string | CalendarMonths>
  page: number
  started_on: PlainDate
  submitted_on: PlainDate | null
}

type CalendarMonths = { month: string; state: string | -4; source: 'reported' | 'carried' | 'corrected' }[]

type PublicationTable = {
  id: string
  programme: string
  cohort: string
  wave: string
  number: number
  published_on: PlainDate
  cell_key_fingerprint: string
  manifest: string
}

type PublishedTableTable = {
  publication_id: string
  table_id: string
  split_by: string
  content: string
  sha256: string
}

type PersonalLinkTable = {
  token_hash: Uint8Array
  purpose: string
  subject_id: string
  generation: number
  expires_at: Instant | null
  revoked_at: Instant | null
}

type ApiTokenTable = {
  id: string
  name: string
  token_hash: Uint8Array
  scope: string
  created_at: Instant
  expires_at: Instant
  revoked_at: Instant | null
}

type AuditEventTable = {
  id: string
  at: Instant
  actor: string
  action: string
  subject: string
  detail: object
}
