// Somebody asks for their link again. What is owed for it is sent at the next beat; nothing tells whether anything is.
import { dayOf } from '../platform/clock.ts'
import { askedIn, type Deps, planOf } from '../waves/deps.ts'
import { oweLinks } from './mailings.queries.ts'

export type LinkDeps = Pick<Deps, 'db' | 'clock' | 'frame' | 'plans' | 'bank'>

const EPOCH = Temporal.PlainDate.from('1970-01-01')

/** The number of a link that is asked for on a day (UTC): there is one a day for each case. */
export const linkNumber = (now: Temporal.Instant): number => EPOCH.until(dayOf(now), { largestUnit: 'days' }).days

/** Owes whoever has an address the links to what they may answer now, at most one a day (UTC) for each case. */
export async function askLink(deps: LinkDeps, address: string): Promise<void> {
  const now = deps.clock.now()
  await oweLinks(deps.db, { address, asked: everythingAsked(deps), number: linkNumber(now), now })
}

/** The waves of all programmes that have something to ask. */
const everythingAsked = (deps: LinkDeps) =>
  deps.frame.programmes.flatMap(({ programme }) =>
    planOf(deps, programme)
      .waves.filter(({ wave }) => askedIn(deps, programme, wave) !== undefined)
      .map(({ wave }) => ({ programme, wave })),
  )
