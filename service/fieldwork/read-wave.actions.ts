// Reads how the mail of one wave stands, and what holds mail back: for the pages where it is held and let go.
import { emailsOf } from '../access/staff.queries.ts'
import { brakesInForce, isReleased } from '../mailings/brakes.queries.ts'
import type { Cause } from '../mailings/delivery.ts'
import { canaryOf, EVERYTHING, scopeOfEnvironment } from '../mailings/hold-mail.actions.ts'
import type { Db } from '../platform/database.ts'
import type { Deps } from '../waves/deps.ts'
import { type CohortMail, cohortMail, countWaiting, type FirstInvitations, firstInvitations } from './wave.queries.ts'

/** Something that holds mail back: what, why, since when, and who said so. */
export type Hold = { scope: string; cause: Cause; since: Temporal.Instant; by: string }

/** Names for people of the staff, by what the trail calls them. */
export type Names = ReadonlyMap<string, string>

export type WaveMail = {
  cohorts: CohortMail[]
  /** How many messages would go at once if nothing held them. */
  waiting: number
  /** What holds this wave, and what holds all mail of this installation. */
  holds: Hold[]
  holdsAll: Hold[]
  names: Names
  canary: FirstInvitations & { state: 'off' | 'going' | 'held' | 'released'; most: number }
}

type WaveDeps = Pick<Deps, 'db' | 'clock' | 'config' | 'frame' | 'plans' | 'environment'>

/** How many invitations are looked at where none are held back to be looked at. */
const FIRST_ONES = 20

/** Everything the page of a wave says of its mail. */
export async function readWaveMail(
  deps: WaveDeps,
  { programme, wave }: { programme: string; wave: string },
): Promise<WaveMail> {
  const { db, clock, config } = deps
  const now = clock.now()
  const scope = `${programme}/${wave}`
  const { holds, names } = await readHolds(deps)
  const own = holds.filter((hold) => hold.scope === `wave ${scope}`)
  const most = config.mail.canary || FIRST_ONES
  const isLooked = await isReleased(db, canaryOf(deps, { scope, programme }))
  const isHeld = own.some(({ cause }) => cause === 'canary')
  return {
    cohorts: await cohortMail(db, { programme, wave }, now),
    waiting: await countWaiting(db, { programme, wave }, now),
    holds: own,
    holdsAll: holds.filter((hold) => !hold.scope.startsWith('wave ')),
    names,
    canary: {
      ...(await firstInvitations(db, { programme, wave }, most)),
      most,
      state: isHeld ? 'held' : isLooked ? 'released' : config.mail.canary === 0 ? 'off' : 'going',
    },
  }
}

/** All that holds mail back here, longest first; what holds another installation is none of ours. */
export async function readHolds({
  db,
  environment,
}: {
  db: Db
  environment: string
}): Promise<{ holds: Hold[]; names: Names }> {
  const brakes = await brakesInForce(db)
  const ours = [EVERYTHING, scopeOfEnvironment(environment)]
  const holds = brakes
    .filter(({ scope }) => scope.startsWith('wave ') || ours.includes(scope))
    .map(({ scope, cause, set_at, set_by }): Hold => ({ scope, cause: cause as Cause, since: set_at, by: set_by }))
  const people = holds.flatMap(({ by }) => (by.startsWith('staff ') ? by.slice('staff '.length) : []))
  return { holds, names: await emailsOf(db, [...new Set(people)]) }
}
