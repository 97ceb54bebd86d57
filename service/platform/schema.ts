// The database as TypeScript sees it: seven areas, every instant a Temporal.Instant and every date a PlainDate.
import type { ColumnType } from 'kysely'

type Instant = Temporal.Instant
type PlainDate = Temporal.PlainDate
type WithDefault<T> = ColumnType<T, T | undefined, T>

export type Schema = {
  'identity.panel_member': PanelMemberTable
  'identity.stopped_address': StoppedAddressTable
  'identity.upload': UploadTable
  'identity.contact_attempt': ContactAttemptTable
  'link.pseudonym': PseudonymTable
  'fieldwork.programme': ProgrammeTable
  'fieldwork.cohort': CohortTable
  'fieldwork.mission': MissionTable
  'fieldwork.plan': PlanTable
  'fieldwork.mail_text': MailTextTable
  'fieldwork.case': CaseTable
  'fieldwork.mailing': MailingTable
  'fieldwork.bounce': BounceTable
  'fieldwork.brake': BrakeTable
  'fieldwork.sender': SenderTable
  'fieldwork.pace': PaceTable
  'fieldwork.digest': DigestTable
  'fieldwork.unit': UnitTable
  'answers.instrument_version': InstrumentVersionTable
  'answers.response': ResponseTable
  'publish.publication': PublicationTable
  'publish.published_table': PublishedTableTable
  'publish.signing_key': SigningKeyTable
  'publish.token': ReadingTokenTable
  'access.personal_link': PersonalLinkTable
  'access.api_token': ApiTokenTable
  'access.staff': StaffTable
  'access.staff_role': StaffRoleTable
  'access.session': SessionTable
  'access.sign_in_link': SignInLinkTable
  'audit.event': AuditEventTable
  'audit.segment': AuditSegmentTable
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
  /** When the address was found not to exist; null again once the register gives another. */
  email_failed_at: WithDefault<Instant | null>
  email_secondary_failed_at: WithDefault<Instant | null>
  created_at: Instant
}

/** An address that asked for no more mail, as a keyed hash that outlives the member. */
type StoppedAddressTable = { address_hash: Uint8Array; because: string; stopped_at: Instant }

/** A register that was sent in, kept until it is imported or a day has passed. */
type UploadTable = {
  id: string
  programme: string
  name: string
  content: Uint8Array
  uploaded_at: Instant
  uploaded_by: string
}

/** Somebody of the staff tried to find a member again; codes only, nothing is written about anybody. */
type ContactAttemptTable = {
  id: string
  member_id: string
  at: Instant
  by: string
  way: 'operator' | 'phone' | 'relative' | 'other'
  outcome: 'asked' | 'passed on' | 'found' | 'no answer' | 'unwilling'
}

type PseudonymTable = { member_id: string; pseudonym: string; record_key: Uint8Array }

/** `source`: whether its file says what it is, or the staff do, in the browser. */
type ProgrammeTable = { slug: string; configuration: object; source: WithDefault<'file' | 'console'> }

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
  /** How the person came to the programme; `UNK` when the register does not say. */
  channel: WithDefault<string>
  /** A volunteer, or somebody to compare volunteers with; fixed at first import. */
  arm: WithDefault<'VOL' | 'CMP'>
  departed_on: PlainDate
  planned_return_on: PlainDate
  returned_on: PlainDate | null
  /** True while the member's cases do not yet follow from these dates. */
  plan_stale: WithDefault<boolean>
}

/** A wave plan as it was published, in the words of its file; the highest version is in force. */
type PlanTable = {
  plan: string
  version: number
  content: object
  published_at: Instant
  published_by: string
  /** Where it came from: its file in surveys/, or the console. */
  source: PlanOrigin
}
export type PlanOrigin = 'file' | 'console'

/** The words of a programme's mails that it has changed, by mail; the highest version is in force. */
type MailTextTable = { programme: string; version: number; content: object; saved_at: Instant; saved_by: string }

type CaseTable = {
  id: string
  member_id: string
  cohort_id: string
  wave: string
  /** The field period: open from `opens_on` up to, and not including, `closes_on`. */
  opens_on: PlainDate
  closes_on: PlainDate
  /** When these dates were last worked out. */
  planned_at: Instant
  opens_at: Instant
  closes_at: Instant
  /** When a mailing may next be due; null when none ever will, and `because` says why. */
  next_contact_at: Instant | null
  because: string | null
  started_on: PlainDate | null
  submitted_on: PlainDate | null
  /** When somebody asked for its next mail at once. */
  brought_forward_at: WithDefault<Instant | null>
  /** A later end than the plan's that somebody gave it: as `closes_on`, the first day on which it is over. */
  extended_to: WithDefault<PlainDate | null>
}

type MailingTable = {
  id: string
  occasion: string
  kind: string
  number: number
  member_id: string
  case_id: string | null
  /** Its programme and wave, `programme/wave`: what can be paused. */
  scope: string
  /** A number that stands for the domain it goes to: what is slowed down together. */
  lane: WithDefault<number>
  due_at: Instant
  /** From when on it must not go any more; null when the field period alone says. */
  late_at: WithDefault<Instant | null>
  /** When to try; null once it is sent or given up. */
  next_attempt_at: Instant | null
  attempts: WithDefault<number>
  claim: string | null
  claimed_until: Instant | null
  sent_at: Instant | null
  /** When the last attempt failed. */
  failed_at: WithDefault<Instant | null>
  /** When the whole message was first handed over without an answer. */
  unknown_at: WithDefault<Instant | null>
  /** A keyed hash of the address it went to. */
  sent_to: WithDefault<Uint8Array | null>
  because: string | null
}

/** What came back about a mailing; `report` tells one report from another, so that none counts twice. */
type BounceTable = {
  id: string
  mailing_id: string
  kind: string
  status: string
  source: string
  report: string
  at: Instant
}

/** What holds mail back, until a person releases it; what is set once for an occasion is not set again for it. */
type BrakeTable = {
  id: string
  /** `everything`, `wave programme/wave` or `environment NAME`. */
  scope: string
  cause: string
  occasion: string
  detail: object
  set_at: Instant
  set_by: string
  /** When the programme's staff were told by mail. */
  told_at: Instant | null
  released_at: Instant | null
  released_by: string | null
}

/** One row: the last beat of the service, and how long the mail server is left in peace. */
type SenderTable = {
  only_one: WithDefault<boolean>
  beat_at: Instant | null
  beats: WithDefault<number>
  rests: WithDefault<number>
  resting_until: Instant | null
}

/** When a lane may next be used; lane −1 stands for all of them together. */
type PaceTable = { lane: number; free_at: Instant }

/** One row: the last day (UTC) on which staff were written what needs a person. */
type DigestTable = { only_one: WithDefault<boolean>; day: PlainDate | null }

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
  /** Null for what was published before publications were signed. */
  signature: WithDefault<string | null>
  codebook: WithDefault<string | null>
}

type PublishedTableTable = {
  publication_id: string
  table_id: string
  split_by: string
  content: string
  sha256: string
}

/** A public key that signatures are checked with; kept for as long as what it signed. */
type SigningKeyTable = { kid: string; jwk: object; added_on: PlainDate }

/** A researchers' token as the research side sees it: `access` is closed to it. */
type ReadingTokenTable = {
  token_hash: Uint8Array
  /** Its identifier, which the audit trail names it by too. */
  label: string
  expires_at: Instant
  revoked_at: WithDefault<Instant | null>
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

type StaffTable = {
  id: string
  email: string
  language: WithDefault<'fr' | 'en'>
  /** Who they are to the identity provider, once it has let them in. */
  issuer: WithDefault<string | null>
  subject: WithDefault<string | null>
  created_at: Instant
  deactivated_at: WithDefault<Instant | null>
}

/** `programme` is `*` for all of them. */
type StaffRoleTable = { staff_id: string; role: string; programme: string }

type SessionTable = { token_hash: Uint8Array; staff_id: string; created_at: Instant; seen_at: Instant }

type SignInLinkTable = {
  token_hash: Uint8Array
  staff_id: string
  kind: 'asked' | 'invitation'
  /** The browser that asked, as a hash of what its cookie holds. */
  browser_hash: Uint8Array | null
  created_at: Instant
  expires_at: Instant
  used_at: WithDefault<Instant | null>
}

type AuditEventTable = {
  id: string
  at: Instant
  actor: string
  action: string
  subject: string
  detail: object
  /** Both are given by the database, whatever is inserted. */
  seq: ColumnType<number, never, never>
  hash: ColumnType<Uint8Array, never, never>
}

/** Kept by the trigger on events. */
type AuditSegmentTable = {
  /** A calendar month in UTC, as 2026-10. */
  month: ColumnType<string, never, never>
  prev_hash: ColumnType<Uint8Array, never, never>
  first_seq: ColumnType<number, never, never>
  head: ColumnType<Uint8Array, never, never>
  events: ColumnType<number, never, never>
  /** Since when its events are gone, which its row still counts. */
  purged_at: ColumnType<Instant | null, never, never>
}
