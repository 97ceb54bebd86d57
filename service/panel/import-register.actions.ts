// Imports a register: new missions become members, changed ones are brought up to date, the rest is left alone.
// All the good rows go in together or none does. Knows nothing of waves: it only says whose plan is stale.
import { isDeepStrictEqual } from 'node:util'
import { recordEvent } from '../platform/audit.queries.ts'
import type { Db } from '../platform/database.ts'
import { randomId, rowId } from '../platform/secrets.ts'
import type { PanelDeps } from './deps.ts'
import { cohortOf, type Programme } from './frame.ts'
import {
  ensureCohorts,
  insertMembers,
  membersOf,
  type NewMember,
  type StoredMember,
  updateMission,
  updatePerson,
} from './members.queries.ts'
import { waitForTurn } from './programmes.queries.ts'
import { type Refusal, type RegisterReading, type RegisterRow, readRegister } from './register.ts'

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

export type ImportOutcome =
  | {
      ok: true
      programme: string
      added: number
      changed: number
      unchanged: number
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

  const { rows, header, refused } = reading
  const counts = await deps.db.transaction().execute(async (trx) => {
    if (!input.dryRun) await waitForTurn(trx, programme.programme)
    const stored = new Map((await membersOf(trx, programme.programme)).map((member) => [member.matricule, member]))
    const fresh = rows.filter(({ matricule }) => !stored.has(matricule))
    const changed = rows.filter((row) => stored.has(row.matricule) && differs(row, stored.get(row.matricule)!))
    const counts = {
      added: fresh.length,
      changed: changed.length,
      unchanged: rows.length - fresh.length - changed.length,
    }
    if (input.dryRun) return counts

    const progress = (done: number) => input.onProgress?.(done, fresh.length + changed.length)
    await addMembers(trx, deps, programme, input.cohort, fresh, progress)
    for (const [index, row] of changed.entries()) {
      await updateMember(trx, row, stored.get(row.matricule)!)
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
    return counts
  })
  return { ok: true, programme: programme.programme, ...counts, header, refused }
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

async function addMembers(
  trx: Db,
  { clock, random }: PanelDeps,
  programme: Programme,
  cohort: string | undefined,
  rows: readonly RegisterRow[],
  progress: (done: number) => void,
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
        opted_out_at: null,
        ...personColumns(row),
      },
      pseudonym: { member_id: id, pseudonym: randomId(), record_key: random(16) },
      mission: { member_id: id, cohort_id: cohorts.get(cohortFor(row))!, ...missionColumns(row) },
    }
  }
  for (let start = 0; start < rows.length; start += BATCH) {
    const batch = rows.slice(start, start + BATCH)
    await insertMembers(trx, batch.map(toNewMember))
    progress(start + batch.length)
  }
}

/** What a wave is planned from: when one of these changes, what has not been sent is planned again. */
const plannedFrom = (stored: {
  departed_on: unknown
  planned_return_on: unknown
  returned_on: unknown
  time_zone: unknown
  email: unknown
}) =>
  [stored.departed_on, stored.planned_return_on, stored.returned_on, stored.time_zone, stored.email === null].map(
    String,
  )

async function updateMember(trx: Db, row: RegisterRow, stored: StoredMember): Promise<void> {
  const person = personColumns(row)
  const mission = missionColumns(row)
  const stale = !isDeepStrictEqual(plannedFrom({ ...person, ...mission }), plannedFrom(stored))
  await updatePerson(trx, stored.member_id, person)
  await updateMission(trx, stored.member_id, { ...mission, ...(stale && { plan_stale: true }) })
}

const differs = (row: RegisterRow, stored: StoredMember): boolean => {
  const columns = { ...personColumns(row), ...missionColumns(row) }
  return Object.entries(columns).some(
    ([column, value]) => String(value) !== String(stored[column as keyof StoredMember]),
  )
}

const personColumns = ({ person }: RegisterRow) => ({
  given_name: person.givenName,
  family_name: person.familyName,
  email: person.email,
  email_secondary: person.emailSecondary,
  phone: person.phone,
  language: person.language,
  time_zone: person.timeZone,
})

const missionColumns = ({ mission }: RegisterRow) => ({
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
  departed_on: mission.departedOn,
  planned_return_on: mission.plannedReturnOn,
  returned_on: mission.returnedOn,
})
