// Imports a register: new missions become members, changed ones are brought up to date, the rest is left alone.
// All the good rows go in together or none does. Knows nothing of waves: it only says whose plan is stale.
import { setImmediate } from 'node:timers/promises'
import { recordEvent } from '../platform/audit.queries.ts'
import type { Db } from '../platform/database.ts'
import { base64url, randomId, rowId } from '../platform/secrets.ts'
import { addressHash } from '../platform/tokens.ts'
import { type ChangedMission, type ChangedPerson, changeMissions, changePeople } from './changed-members.queries.ts'
import type { PanelDeps } from './deps.ts'
import { cohortOf, type Programme } from './frame.ts'
import {
  ensureCohorts,
  insertMembers,
  membersNamed,
  type NewMember,
  type StoredMember,
  stoppedAmong,
} from './members.queries.ts'
import { waitForTurn } from './programmes.queries.ts'
import { type Refusal, type RegisterReading, type RegisterRow, readRegister, type Understood } from './register.ts'
import {
  type Change,
  changeOf,
  changesArm,
  isRedated,
  makesStale,
  missionColumns,
  personColumns,
  type Redated,
  toRedated,
} from './register-changes.ts'

export type ImportInput = {
  bytes: Uint8Array
  /** Left out: the only programme there is. */
  programme?: string | undefined
  /** Left out: the programme's own rule. Ignored for members already there: a cohort never changes. */
  cohort?: string | undefined
  dryRun?: boolean | undefined
  actor: string
  /** What the journal calls it, where it is not a file that somebody imports: one member put right by hand. */
  about?: { action: string; subject: string } | undefined
  /** Told again and again how many rows have been read, and then how many of those to write have been written. */
  onProgress?: (done: number, total: number, doing: 'reading' | 'writing') => void
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
      understood: Understood
      refused: Refusal[]
    }
  | Exclude<RegisterReading, { ok: true }>
  | { ok: false; because: 'unknown programme' | 'which programme'; programmes: string[] }

/** How many rows go into a statement. */
const BATCH = 500

/** Imports a register into a programme. A dry run answers what would happen and changes nothing. */
export async function importRegister(deps: PanelDeps, input: ImportInput): Promise<ImportOutcome> {
  const programme = chooseProgramme(deps.frame.programmes, input.programme)
  if (!programme) return noProgramme(deps.frame.programmes, input.programme)
  const reading = await readInTurns(deps, input)
  if (!reading.ok) return reading

  const outcome = await deps.db.transaction().execute(async (trx) => {
    if (!input.dryRun) await waitForTurn(trx, programme.programme)
    const { fresh, changed, unchanged, refused } = await compare(trx, programme.programme, reading)
    const counts = { added: fresh.length, changed: changed.length, unchanged }
    const redated = changed.filter(isRedated).map(toRedated)
    if (input.dryRun) return { ...counts, redated, refused }

    let done = 0
    const progress = (more: number) => {
      done += more
      input.onProgress?.(done, fresh.length + changed.length, 'writing')
    }
    const stopped = await stoppedIn(trx, deps, [...fresh, ...changed.map(({ row }) => row)])
    await addMembers(trx, deps, { programme, cohort: input.cohort, rows: fresh, stopped, progress })
    await changeMembers(trx, deps, { changes: changed, stopped, progress })
    const detail = { ...counts, refused: refused.length }
    await recordEvent(trx, {
      at: deps.clock.now(),
      actor: input.actor,
      ...(input.about ?? { action: 'register imported', subject: programme.programme }),
      detail: input.about ? { programme: programme.programme } : detail,
    })
    return { ...counts, redated, refused }
  })
  const { header, understood } = reading
  return { ok: true, programme: programme.programme, ...outcome, header, understood }
}

/** A long file is read a piece at a time, and whoever else waits for this process has their turn between. */
async function readInTurns({ frame }: PanelDeps, { bytes, onProgress }: ImportInput): Promise<RegisterReading> {
  const reading = readRegister(bytes, frame)
  for (;;) {
    const step = reading.next()
    if (step.done) return step.value
    if (step.value) onProgress?.(step.value.done, step.value.total, 'reading')
    await setImmediate()
  }
}

type Comparison = { fresh: RegisterRow[]; changed: Change[]; unchanged: number; refused: Refusal[] }

/** Tells what is new in a register from what is known. */
async function compare(
  trx: Db,
  programme: string,
  { rows, refused }: Extract<RegisterReading, { ok: true }>,
): Promise<Comparison> {
  const compared: Comparison = { fresh: [], changed: [], unchanged: 0, refused: [...refused] }
  for await (const batch of inTurns(rows)) {
    const matricules = batch.map(({ matricule }) => matricule)
    const members = await membersNamed(trx, programme, matricules)
    const byMatricule = new Map(members.map((member) => [member.matricule, member]))
    for (const row of batch) sort(compared, row, byMatricule.get(row.matricule))
  }
  compared.refused.sort(byLine)
  return compared
}

function sort(into: Comparison, row: RegisterRow, stored: StoredMember | undefined): void {
  if (!stored) into.fresh.push(row)
  else if (changesArm(row, stored)) into.refused.push(refuseArm(row))
  else {
    const change = changeOf(row, stored)
    if (change) into.changed.push(change)
    else into.unchanged++
  }
}

/** Some at a time, and everybody else’s turn between: an embedded database would take none by itself. */
async function* inTurns<T>(all: readonly T[], atOnce = BATCH): AsyncGenerator<T[]> {
  for (let start = 0; start < all.length; start += atOnce) {
    yield all.slice(start, start + atOnce)
    await setImmediate()
  }
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
  progress(more: number): void
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
  for await (const batch of inTurns(rows)) {
    await insertMembers(trx, batch.map(toNewMember))
    progress(batch.length)
  }
}

type Changing = { changes: readonly Change[]; stopped: ReadonlySet<string>; progress(more: number): void }

async function changeMembers(
  trx: Db,
  { clock }: PanelDeps,
  { changes: changed, stopped, progress }: Changing,
): Promise<void> {
  const toPerson = ({ row, stored }: Change): ChangedPerson => ({
    id: stored.member_id,
    ...personColumns(row),
    opted_out_at: wantsNoMail(row, stopped) ? clock.now() : null,
  })
  const toMission = (change: Change): ChangedMission => ({
    member_id: change.stored.member_id,
    ...missionColumns(change.row, change.stored),
    plan_stale: makesStale(change),
  })
  for await (const batch of inTurns(changed)) {
    await changePeople(trx, batch.map(toPerson))
    await changeMissions(trx, batch.map(toMission))
    progress(batch.length)
  }
}

/** A hash and nothing else each: more fit into a statement, which takes 65,534 values at most. */
const ADDRESSES_AT_ONCE = 5_000

/** Addresses that have asked for no more mail, of those in some rows: remembered longer than their members. */
async function stoppedIn(
  trx: Db,
  { config }: Pick<PanelDeps, 'config'>,
  rows: readonly RegisterRow[],
): Promise<Set<string>> {
  const addresses = [...new Set(rows.flatMap(addressesOf))]
  const stopped = new Set<string>()
  for await (const some of inTurns(addresses, ADDRESSES_AT_ONCE)) {
    const hashes = some.map((address) => addressHash(config.keys.link, address))
    const found = new Set((await stoppedAmong(trx, hashes)).map(base64url))
    for (const [index, address] of some.entries()) if (found.has(base64url(hashes[index]!))) stopped.add(address)
  }
  return stopped
}

const addressesOf = ({ person }: RegisterRow): string[] =>
  [person.email, person.emailSecondary].filter((address) => address !== null)

const wantsNoMail = (row: RegisterRow, stopped: ReadonlySet<string>): boolean =>
  addressesOf(row).some((address) => stopped.has(address))

const refuseArm = ({ source }: RegisterRow): Refusal => ({ ...source, column: 'bras', reason: 'fixed arm' })

const byLine = (a: Refusal, b: Refusal): number => a.line - b.line
