// Holds mail back and lets it go again: what a person asks for, and what the service does by itself when too much goes
// wrong. What it holds by itself it tells the programme's staff, and only a person lets go of it.
import { recordEvent } from '../platform/audit.queries.ts'
import type { Db } from '../platform/database.ts'
import type { Platform } from '../platform/deps.ts'
import { beatsSeen, rememberBeats } from '../platform/environment.ts'
import { type Deps, planOf } from '../waves/deps.ts'
import {
  bouncesOf,
  busiestDay,
  complaintsOf,
  countBeat,
  countDue,
  countInvitations,
  everSet,
  failuresInARow,
  isReleased,
  presetReleased,
  releaseBrakes,
  releasedSince,
  sentLately,
  setBrake,
} from './brakes.queries.ts'
import {
  bouncesTooMuch,
  type Cause,
  failsInARow,
  isComplainedAbout,
  isStorm,
  warmUpLimit,
  wasAway,
} from './delivery.ts'

export const EVERYTHING = 'everything'
export const scopeOfEnvironment = (environment: string): string => `environment ${environment}`

const BY_ITSELF = 'service'

type HoldDeps = Pick<Platform, 'db' | 'clock' | 'log'>

/** Holds a scope for a person: at once, from the next claim on. */
export async function holdMail(
  { db, clock }: Pick<Platform, 'db' | 'clock'>,
  { scope, actor }: { scope: string; actor: string },
): Promise<{ changed: boolean }> {
  const at = clock.now()
  return db.transaction().execute(async (trx) => {
    const occasion = at.toString()
    const changed = await setBrake(trx, { scope, cause: 'stopped', occasion, at, by: actor })
    if (changed) await recordEvent(trx, { at, actor, action: 'mail held', subject: scope })
    return { changed }
  })
}

/** Lets go of all that holds a scope; what it was. */
export async function releaseMail(
  { db, clock }: Pick<Platform, 'db' | 'clock'>,
  { scope, actor }: { scope: string; actor: string },
): Promise<{ released: string[] }> {
  const at = clock.now()
  return db.transaction().execute(async (trx) => {
    const brakes = await releaseBrakes(trx, { scope, at, by: actor })
    const released = brakes.map(({ cause }) => cause)
    if (released.length > 0)
      await recordEvent(trx, { at, actor, action: 'mail released', subject: scope, detail: { released } })
    return { released }
  })
}

/** Holds a scope because of something the service has seen; told in the log, and to staff by the next beat. */
async function brake(
  { db, clock, log }: Omit<HoldDeps, 'db'> & { db: Db },
  brake: { scope: string; cause: Cause; occasion: string; detail?: object },
): Promise<boolean> {
  const at = clock.now()
  const set = await setBrake(db, { ...brake, at, by: BY_ITSELF })
  if (set) {
    const { scope, cause, detail } = brake
    log.error({ scope, cause, ...detail }, 'mail is held until somebody releases it')
    await recordEvent(db, { at, actor: BY_ITSELF, action: 'mail held', subject: scope, detail: { cause, ...detail } })
  }
  return set
}

/**
 * Where this runs is made known to the database. The first environment is trusted; another one sends nothing until
 * somebody confirms it: it may be a copy.
 */
export async function announceEnvironment(deps: HoldDeps & Pick<Deps, 'environment' | 'config'>): Promise<void> {
  if (!deps.config.mail.brakes) return
  const scope = scopeOfEnvironment(deps.environment)
  const occasion = deps.environment
  if (await everSet(deps.db, 'environment')) {
    await brake(deps, { scope, cause: 'environment', occasion })
    return
  }
  const at = deps.clock.now()
  await presetReleased(deps.db, { scope, cause: 'environment', occasion, at, by: 'first start' })
}

const QUARTER = { hours: 24 * 90 }
const DAY = { hours: 24 }
const COUNTED = 100_000

/**
 * Notes that the service is at work, and holds mail when it had not been for long, when the database has gone back in
 * time, or when far more is due than there ever was. Always false: there is nothing more to note.
 */
export async function beat(deps: HoldDeps & Pick<Deps, 'config'>): Promise<boolean> {
  const { db, clock, config } = deps
  const now = clock.now()
  const { lastBeat, beats } = await countBeat(db, now)
  if (!config.mail.brakes) return false
  const occasion = now.toString()
  const seen = beatsSeen(config)
  if (beats < seen) await brake(deps, { scope: EVERYTHING, cause: 'restored', occasion, detail: { beats, seen } })
  rememberBeats(config, beats)
  if (wasAway(lastBeat, now)) {
    const detail = { since: String(lastBeat) }
    await brake(deps, { scope: EVERYTHING, cause: 'absence', occasion, detail })
  }
  const due = await countDue(db, now, COUNTED)
  if (due === 0 || !isStorm({ due, busiestDay: 0 })) return false
  const most = await busiestDay(db, now.subtract(QUARTER))
  const looked = { scope: EVERYTHING, cause: 'storm', since: now.subtract(DAY) }
  if (isStorm({ due, busiestDay: most }) && !(await releasedSince(db, looked)))
    await brake(deps, { scope: EVERYTHING, cause: 'storm', occasion, detail: { due, busiestDay: most } })
  return false
}

/** The mail server will not have us: nothing more goes until somebody has seen why. */
export async function brakeRefused(deps: HoldDeps, code: string): Promise<void> {
  await brake(deps, { scope: EVERYTHING, cause: 'ours', occasion: deps.clock.now().toString(), detail: { code } })
}

/** After a failure: whether there have been too many in a row. */
export async function brakeFailures(deps: HoldDeps): Promise<void> {
  const failures = await failuresInARow(deps.db, 'failures')
  if (failsInARow(failures))
    await brake(deps, {
      scope: EVERYTHING,
      cause: 'failures',
      occasion: deps.clock.now().toString(),
      detail: { failures },
    })
}

/** After a bounce: whether a wave has too many. */
export async function brakeBounces(deps: HoldDeps, scope: string): Promise<void> {
  const counts = await bouncesOf(deps.db, scope, 'bounces')
  const occasion = deps.clock.now().toString()
  if (bouncesTooMuch(counts)) await brake(deps, { scope: `wave ${scope}`, cause: 'bounces', occasion, detail: counts })
}

const MONTH = { hours: 24 * 30 }

/** After a complaint: whether a wave has too many. */
export async function brakeComplaints(deps: HoldDeps, scope: string): Promise<void> {
  const now = deps.clock.now()
  const counts = await complaintsOf(deps.db, { scope, cause: 'complaints', since: now.subtract(MONTH) })
  if (isComplainedAbout(counts))
    await brake(deps, { scope: `wave ${scope}`, cause: 'complaints', occasion: now.toString(), detail: counts })
}

/** What the first invitations of a wave are looked at for, under the plan in force. */
export const canaryOf = (
  deps: Pick<Deps, 'frame' | 'plans'>,
  { scope, programme }: { scope: string; programme: string },
) => ({ scope: `wave ${scope}`, cause: 'canary', occasion: `plan ${planOf(deps, programme).version ?? 0}` }) as const

/**
 * Whether an invitation that has just been claimed is one too many before somebody has looked at the first ones of its
 * wave, under the plan in force.
 */
export async function awaitsCanary(
  deps: HoldDeps & Pick<Deps, 'config' | 'frame' | 'plans'>,
  { scope, programme }: { scope: string; programme: string },
): Promise<boolean> {
  const { canary } = deps.config.mail
  if (canary === 0) return false
  const looked = canaryOf(deps, { scope, programme })
  if (await isReleased(deps.db, looked)) return false
  if ((await countInvitations(deps.db, scope)) <= canary) return false
  await brake(deps, { ...looked, detail: { sent: canary } })
  return true
}

/** Whether as much has been sent in a day as a sender nobody knows yet should send; what is claimed counts, `own` apart. */
export async function isWarmingUp(
  { db, clock, config }: Pick<Platform, 'db' | 'clock' | 'config'>,
  own = 0,
): Promise<boolean> {
  const { warmUp } = config.mail
  if (warmUp === 0) return false
  const now = clock.now()
  const { sent, firstAt } = await sentLately(db, now)
  const days = firstAt ? Math.floor(firstAt.until(now).total('hours') / 24) : 0
  return sent - own >= warmUpLimit(warmUp, days)
}
