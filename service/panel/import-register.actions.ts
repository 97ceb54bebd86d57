// Imports a register: new missions become members, changed ones are brought up to date, the rest is left alone.
// All the good rows go in together or none does. Knows nothing of waves: it only says whose plan is stale.
import { recordEvent } from '../platform/audit.queries.ts'
import type { Db } from '../platform/database.ts'
import { base64url, randomId, rowId } from '../platform/secrets.ts'
import { addressHash } from '../platform/tokens.ts'
import type { PanelDeps } from './deps.ts'
import { cohortOf, type Programme } from './frame.ts'
import {
  ensureCohorts,
  insertMembers,
  membersOf,
  type NewMember,
  type StoredMember,
  stoppedAmong,
  updateMission,
  updatePerson,
} from './members.queries.ts'
import { waitForTurn } from './programmes.queries.ts'
import { type Refusal, type RegisterReading, type RegisterRow, readRegister, UNKNOWN_CHANNEL } from './register.ts'

export type ImportInput = {
  bytes: Uint8Array
  /** Left out: the only programme there is. */
  programme?: string | undefined
  /** Left out: the programme's own rule. Ignored for members already there: a cohort never changes. */
  cohort?: string | undefined
  dryRun?: boolean | undefined
  actor: string
  onProgress?: (done: number, total: number) => void
}

export type Redated = {
  member_id: string
  departed_on: Temporal.PlainDate
  planned_return_on: Temporal.PlainDate
  returned_on: Temporal.PlainDate | null
  time_zone: string
}

export type ImportOutcome =
  | {
      ok: true
      programme: string
      added: number
      changed: number
      unchanged: number
      /** Members whose waves are planned from other dates now (or would be), and which. */
      redated: Redated[]
      header: string[]
      refused: Refusal[]
    }
  | Exclude<RegisterReading, { ok: true }>
  | { ok: false; because: 'unknown programme' | 'which programme'; programmes: string[] }

const BATCH = 500

/** Imports a register into a programme. A dry run answers what would happen and changes nothing. */
export async function importRegister(deps: PanelDeps, input: ImportInput): Promise<ImportOutcome> {
  const programme = chooseProgramme(deps.frame.programmes, input.programme)
  if (!programme) return noProgramme(deps.frame.programmes, input.programme)
  const reading = readRegister(input.bytes, deps.frame)
  if (!reading.ok) return reading

  const outcome = await deps.db.transaction().execute(async (trx) => {
    if (!input.dryRun) await waitForTurn(trx, programme.programme)
    const stored = new Map((await membersOf(trx, programme.programme)).map((member) => [member.matricule, member]))
    const movesArm = (row: RegisterRow) => changesArm(row, stored.get(row.matricule))
    const refused = [...reading.refused, ...reading.rows.filter(movesArm).map(refuseArm)].sort(byLine)
    const rows = reading.rows.filter((row) => !movesArm(row))
    const fresh = rows.filter(({ matricule }) => !stored.has(matricule))
    const changed = rows.filter((row) => stored.has(row.matricule) && differs(row, stored.get(row.matricule)!))
    const counts = {
      added: fresh.length,
      changed: changed.length,
      unchanged: rows.length - fresh.length - changed.length,
    }
    const redated = changed.flatMap((row) => redatedBy(row, stored.get(row.matricule)!))
    if (input.dryRun) return { ...counts, redated, refused }

    const progress = (done: number) => input.onProgress?.(done, fresh.length + changed.length)
    const stopped = await stoppedIn(trx, deps, [...fresh, ...changed])
    await addMembers(trx, deps, { programme, cohort: input.cohort, rows: fresh, stopped, progress })
    for (const [index, row] of changed.entries()) {
      await updateMember(trx, row, stored.get(row.matricule)!, stopped, deps.clock.now())
      progress(fresh.length + index + 1)
    }
    const detail = { ...counts, refused: refused.length }
    await recordEvent(trx, {
      at: deps.clock.now(),
      actor: input.actor,
      action: 'register imported',
      subject: programme.programme,
      detail,
    })
    return { ...counts, redated, refused }
  })
  return { ok: true, programme: programme.programme, ...outcome, header: reading.header }
}

function chooseProgramme(programmes: readonly Programme[], slug: string | undefined): Programme | undefined {
  if (slug !== undefined) return programmes.find(({ programme }) => programme === slug)
  return programmes.length === 1 ? programmes[0] : undefined
}

const noProgramme = (programmes: readonly Programme[], slug: string | undefined): ImportOutcome => ({
  ok: false,
  because: slug === undefined ? 'which programme' : 'unknown programme',
  programmes: programmes.map(({ programme }) => programme),
})

type Adding = {
  programme: Programme
  cohort: string | undefined
  rows: readonly RegisterRow[]
  stopped: ReadonlySet<string>
  progress(done: number): void
}

async function addMembers(
  trx: Db,
  { clock, random }: PanelDeps,
  { programme, cohort, rows, stopped, progress }: Adding,
): Promise<void> {
  const cohortFor = ({ matricule, mission }: RegisterRow) =>
    cohort ?? cohortOf(programme, { matricule, plannedReturnOn: mission.plannedReturnOn })
  const cohorts = await ensureCohorts(trx, programme.programme, [...new Set(rows.map(cohortFor))], rowId)
  const toNewMember = (row: RegisterRow): NewMember => {
    const id = rowId()
    return {
      member: {
        id,
        programme: programme.programme,
        matricule: row.matricule,
        created_at: clock.now(),
        opted_out_at: wantsNoMail(row, stopped) ? clock.now() : null,
        ...personColumns(row),
      },
      pseudonym: { member_id: id, pseudonym: randomId(), record_key: random(16) },
      mission: { member_id: id, cohort_id: cohorts.get(cohortFor(row))!, ...missionColumns(row, null) },
    }
  }
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows.slice(start, start + BATCH)
    await insertMembers(trx, batch.map(toNewMember))
    progress(start + batch.length)
  }
}

/** What a wave is planned from: when one of these changes, what has not been sent is planned again. */
const DATES = ['departed_on', 'planned_return_on', 'returned_on', 'time_zone'] as const
/** Where a member is written to: when one of these changes, waves given up for want of an address are thought of again. */
const ADDRESSES = ['email', 'email_secondary'] as const

type Columns = ReturnType<typeof columnsOf>

const changes = (names: readonly (keyof Columns)[], columns: Columns, stored: StoredMember): boolean =>
  names.some((name) => String(columns[name]) !== String(stored[name]))

function redatedBy(row: RegisterRow, stored: StoredMember): Redated[] {
  const columns = columnsOf(row, stored)
  if (!changes(DATES, columns, stored)) return []
  const { departed_on, planned_return_on, returned_on, time_zone } = columns
  return [{ member_id: stored.member_id, departed_on, planned_return_on, returned_on, time_zone }]
}

/** An address that is new has not failed yet; one that wanted no more mail still wants none. */
async function updateMember(
  trx: Db,
  row: RegisterRow,
  stored: StoredMember,
  stopped: ReadonlySet<string>,
  now: Temporal.Instant,
): Promise<void> {
  const person = personColumns(row)
  const mission = missionColumns(row, stored)
  const columns = { ...person, ...mission }
  const stale = changes([...DATES, ...ADDRESSES], columns, stored)
  await updatePerson(trx, stored.member_id, {
    ...person,
    ...(changes(['email'], columns, stored) && { email_failed_at: null }),
    ...(changes(['email_secondary'], columns, stored) && { email_secondary_failed_at: null }),
    ...(stored.opted_out_at === null && wantsNoMail(row, stopped) && { opted_out_at: now }),
  })
  await updateMission(trx, stored.member_id, { ...mission, ...(stale && { plan_stale: true }) })
}

/** A statement takes 65,534 values at most. */
const MOST_AT_ONCE = 10_000

/** Addresses that have asked for no more mail, of those in some rows: remembered longer than their members. */
async function stoppedIn(
  trx: Db,
  { config }: Pick<PanelDeps, 'config'>,
  rows: readonly RegisterRow[],
): Promise<Set<string>> {
  const addresses = [...new Set(rows.flatMap(addressesOf))]
  const hashes = addresses.map((address) => addressHash(config.keys.link, address))
  const stopped = new Set<string>()
  for (let start = 0; start < hashes.length; start += MOST_AT_ONCE)
    for (const hash of await stoppedAmong(trx, hashes.slice(start, start + MOST_AT_ONCE))) stopped.add(base64url(hash))
  return new Set(addresses.filter((_, index) => stopped.has(base64url(hashes[index]!))))
}

const addressesOf = ({ person }: RegisterRow): string[] =>
  [person.email, person.emailSecondary].filter((address) => address !== null)

const wantsNoMail = (row: RegisterRow, stopped: ReadonlySet<string>): boolean =>
  addressesOf(row).some((address) => stopped.has(address))

const differs = (row: RegisterRow, stored: StoredMember): boolean =>
  Object.entries(columnsOf(row, stored)).some(
    ([column, value]) => String(value) !== String(stored[column as keyof StoredMember]),
  )

/** Comparisons would mean nothing if people went over from one side to the other. */
const changesArm = ({ mission }: RegisterRow, stored: StoredMember | undefined): boolean =>
  stored !== undefined && mission.arm !== null && mission.arm !== stored.arm

const refuseArm = ({ source }: RegisterRow): Refusal => ({ ...source, column: 'bras', reason: 'fixed arm' })

const byLine = (a: Refusal, b: Refusal): number => a.line - b.line

const columnsOf = (row: RegisterRow, stored: StoredMember) => ({
  ...personColumns(row),
  ...missionColumns(row, stored),
})

const personColumns = ({ person }: RegisterRow) => ({
  given_name: person.givenName,
  family_name: person.familyName,
  email: person.email,
  email_secondary: person.emailSecondary,
  phone: person.phone,
  language: person.language,
  time_zone: person.timeZone,
})

/** A file that does not say the channel or the arm changes neither. */
const missionColumns = ({ mission }: RegisterRow, stored: StoredMember | null) => ({
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
