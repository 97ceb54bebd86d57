// Starts the demonstration: makes its past the first time, goes on from where it was the next.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { storeToken } from '../access/api-tokens.queries.ts'
import { inviteStaff } from '../access/manage-staff.actions.ts'
import { ensureLink } from '../access/personal-links.queries.ts'
import { EVERY_PROGRAMME } from '../access/roles.ts'
import { demonstrationClock, isBefore } from '../platform/clock.ts'
import type { Config } from '../platform/config.ts'
import { base64url, hmacSha256, sha256 } from '../platform/secrets.ts'
import { readYaml } from '../platform/yaml.ts'
import { listPublications } from '../publications/publications.queries.ts'
import { Manifest } from '../publications/tables.ts'
import { openCases } from '../responses/responses.queries.ts'
import type { Deps } from '../waves/deps.ts'
import { Behaviour } from './behaviour.ts'
import { type Demonstration, importSimulated, liveUntil } from './live.actions.ts'

/** Where the demonstration is in time: the day it began as, and the instant it had come to. */
const State = z.object({ origin: z.string(), instant: z.string(), built: z.boolean() })
type State = z.infer<typeof State>

const stateFile = ({ dataDir }: Pick<Config, 'dataDir'>) => join(dataDir, 'clock.json')

function readState(config: Pick<Config, 'dataDir'>): State | null {
  const path = stateFile(config)
  return existsSync(path) ? State.parse(JSON.parse(readFileSync(path, 'utf8'))) : null
}

function writeState(config: Pick<Config, 'dataDir'>, state: State): void {
  const path = stateFile(config)
  writeFileSync(`${path}.new`, JSON.stringify(state))
  renameSync(`${path}.new`, path)
}

const noon = (day: Temporal.PlainDate): Temporal.Instant =>
  day.toZonedDateTime({ timeZone: 'UTC', plainTime: '12:00' }).toInstant()

/** Registers go in this long before their first departure, so that everybody can be asked before leaving. */
const LEAD = { days: 45 }

/** Everything the demonstration knows of its own time before a database is open. */
export type Prepared = ReturnType<typeof prepareDemonstration>

/**
 * Where the demonstration stands in time. The first time it begins as the day asked for, or the machine's today; later
 * a day asked for only moves it forward.
 */
export function prepareDemonstration(
  config: Pick<Config, 'dataDir' | 'surveysDir'>,
  { today, askedFor }: { today: Temporal.PlainDate; askedFor?: Temporal.PlainDate | undefined },
) {
  const behaviour = readYaml(join(config.surveysDir, 'demonstration', 'behaviour.yaml'), Behaviour)
  const state = readState(config)
  const origin = state ? Temporal.PlainDate.from(state.origin) : (askedFor ?? today)
  const shift = Temporal.Duration.from({ days: behaviour.writtenOn.until(origin).days })
  const registers = behaviour.registers.map((register) => {
    const csv = shiftedRegister(config, register.file, shift)
    return { ...register, csv, importedAt: noon(firstDeparture(csv)).subtract({ hours: 24 * LEAD.days }) }
  })
  const begins = registers.map(({ importedAt }) => importedAt).sort(Temporal.Instant.compare)[0]!
  const builtUntil = noon(origin)
  const until = askedFor && isBefore(builtUntil, noon(askedFor)) ? noon(askedFor) : builtUntil
  const clock = demonstrationClock(state ? Temporal.Instant.from(state.instant) : begins)
  return { behaviour, built: state?.built ?? false, origin, registers, begins, builtUntil, until, clock }
}

/** A register of the demonstration with every date moved by as many days. */
const shiftedRegister = ({ surveysDir }: Pick<Config, 'surveysDir'>, file: string, shift: Temporal.Duration): string =>
  readFileSync(join(surveysDir, 'demonstration', file), 'utf8').replace(/\b\d{4}-\d{2}-\d{2}\b/g, (date) =>
    Temporal.PlainDate.from(date).add(shift).toString(),
  )

function firstDeparture(csv: string): Temporal.PlainDate {
  const [header = '', ...rows] = csv.trim().split(/\r?\n/)
  const column = header.split(';').indexOf('date_depart')
  return Temporal.PlainDate.from(rows.map((row) => row.split(';')[column]!).sort()[0]!)
}

export type LiveInput = {
  deps: Deps
  prepared: Prepared
  tick: Demonstration['tick']
  /** Told now and then how far time has come. */
  onProgress(at: Temporal.Instant): void
}

/**
 * Makes the demonstration's past, or goes on with it, up to the day asked for; interrupted, it goes on where it stopped.
 * Answers how to live on from there, at the machine's pace.
 */
export async function liveToToday({
  deps,
  prepared,
  tick,
  onProgress,
}: LiveInput): Promise<{ liveOn(): Promise<void> }> {
  const { clock, behaviour, registers, builtUntil, until, origin } = prepared
  const save = (built: boolean) =>
    writeState(deps.config, { origin: origin.toString(), instant: clock.now().toString(), built })
  let built = prepared.built
  const demonstration: Demonstration = {
    deps,
    clock,
    behaviour,
    programme: deps.frame.programmes[0]!.programme,
    tick,
    onProgress: (at) => {
      save(built)
      onProgress(at)
    },
  }
  if (!built) {
    for (const register of registers) {
      await liveUntil(demonstration, register.importedAt)
      await importSimulated(demonstration, register)
      await tick(deps, 'everything')
    }
    await liveUntil(demonstration, builtUntil)
    built = true
  }
  await liveUntil(demonstration, until)
  clock.letRun()
  return {
    async liveOn() {
      await liveUntil({ ...demonstration, onProgress: () => save(true) }, clock.now())
      await tick(deps, 'everything')
    },
  }
}

const TOKEN_DAYS = 366
const STAFF = 'equipe@demo.example'

/** What a newcomer can click and copy. */
export async function demonstrationLinks(
  deps: Deps,
  programme: string,
): Promise<{ survey: string | null; research: string; mailbox: string; staff: string; curl: string | null }> {
  const { config, db, clock } = deps
  const [open] = await openCases(db, programme, clock.now())
  const survey =
    open &&
    (await ensureLink(db, config.keys.link, { purpose: 'survey', subjectId: open.id, generation: 1 }, open.closes_at))
  const secret = hmacSha256(config.keys.link, 'demonstration token')
  const token = `rvk_de300000_${base64url(secret)}`
  const createdAt = clock.now()
  await storeToken(db, {
    id: 'de300000',
    name: 'demonstration',
    tokenHash: sha256(token),
    scope: 'research',
    createdAt,
    expiresAt: createdAt.add({ hours: 24 * TOKEN_DAYS }),
  })
  const manifests = (await listPublications(db)).map(({ manifest }) => Manifest.parse(JSON.parse(manifest)))
  const withChange = manifests.find(({ tables }) => tables.some(({ kind }) => kind === 'change'))
  const change = withChange?.tables.find(({ kind }) => kind === 'change')
  const grants = [{ role: 'administrator', programme: EVERY_PROGRAMME }] as const
  const invitation = await inviteStaff(deps, { email: STAFF, grants, actor: 'demonstration' })
  const address =
    withChange && change && `${config.baseUrl}/api/v1/publications/${withChange.publication}/tables/${change.table}`
  return {
    survey: survey ? `${config.baseUrl}/s/${survey}` : null,
    research: withChange ? `${config.baseUrl}/impact/${withChange.publication}` : `${config.baseUrl}/impact`,
    mailbox: `${config.baseUrl}/mailbox`,
    staff: invitation.link,
    curl: address ? `curl -H 'Authorization: Bearer ${token}' ${address}` : null,
  }
}
