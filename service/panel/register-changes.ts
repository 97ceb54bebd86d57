// What a row of a register says anew of a member who is there already; must not know how either is read or written.
import type { StoredMember } from './members.queries.ts'
import { type RegisterRow, UNKNOWN_CHANNEL } from './register.ts'

/** What a row says now of a member who is there. */
export type Change = { row: RegisterRow; stored: StoredMember; columns: Columns }

export type Redated = {
  member_id: string
  departed_on: Temporal.PlainDate
  planned_return_on: Temporal.PlainDate
  returned_on: Temporal.PlainDate | null
  time_zone: string
}

/** What a wave is planned from: when one of these changes, what has not been sent is planned again. */
const DATES = ['departed_on', 'planned_return_on', 'returned_on', 'time_zone'] as const
/** Where a member is written to: when one of these changes, waves given up for want of an address are thought of again. */
const ADDRESSES = ['email', 'email_secondary'] as const

type Columns = ReturnType<typeof personColumns> & ReturnType<typeof missionColumns>

/** Comparisons would mean nothing if people went over from one side to the other. */
export const changesArm = ({ mission }: RegisterRow, stored: StoredMember): boolean =>
  mission.arm !== null && mission.arm !== stored.arm

/** What a row changes of a member, or null when it says what was known. */
export function changeOf(row: RegisterRow, stored: StoredMember): Change | null {
  const columns = { ...personColumns(row), ...missionColumns(row, stored) }
  const change = { row, stored, columns }
  return changes(Object.keys(columns) as (keyof Columns)[], change) ? change : null
}

const changes = (names: readonly (keyof Columns)[], { columns, stored }: Change): boolean =>
  names.some((name) => String(columns[name]) !== String(stored[name]))

/** Whether the member’s waves are planned from other dates now. */
export const isRedated = (change: Change): boolean => changes(DATES, change)

/** Whether the member’s plan no longer follows from what is known. */
export const makesStale = (change: Change): boolean => changes([...DATES, ...ADDRESSES], change)

export const toRedated = ({ stored, columns }: Change): Redated => ({
  member_id: stored.member_id,
  departed_on: columns.departed_on,
  planned_return_on: columns.planned_return_on,
  returned_on: columns.returned_on,
  time_zone: columns.time_zone,
})

export const personColumns = ({ person }: RegisterRow) => ({
  given_name: person.givenName,
  family_name: person.familyName,
  email: person.email,
  email_secondary: person.emailSecondary,
  phone: person.phone,
  language: person.language,
  time_zone: person.timeZone,
})

/** A file that does not say the channel or the arm changes neither. */
export const missionColumns = ({ mission }: RegisterRow, stored: StoredMember | null) => ({
  dispositif: mission.dispositif,
  direction: mission.direction,
  gender: mission.gender,
  birth_year: mission.birthYear,
  authority: mission.authority,
  authority_siren: mission.authoritySiren,
  authority_type: mission.authorityType,
  authority_first_time: mission.authorityFirstTime,
  operator_code: mission.operatorCode,
  operator: mission.operator,
  country_mission: mission.countryMission,
  country_origin: mission.countryOrigin,
  cicid: mission.cicid,
  channel: mission.channel ?? stored?.channel ?? UNKNOWN_CHANNEL,
  arm: stored?.arm ?? mission.arm ?? 'VOL',
  departed_on: mission.departedOn,
  planned_return_on: mission.plannedReturnOn,
  returned_on: mission.returnedOn,
})
