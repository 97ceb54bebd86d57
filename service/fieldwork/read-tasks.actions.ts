// Reads what waits for a person: what holds mail back, who is lost, which registers and returns are open.

import { brakesInForce } from '../mailings/brakes.queries.ts'
import { scopeOfEnvironment } from '../mailings/hold-mail.actions.ts'
import { dayOf } from '../platform/clock.ts'
import type { Deps } from '../waves/deps.ts'
import { waitingIn } from './attention.queries.ts'
import { SETTLED_AFTER, type Task, tasksOf, type Waiting } from './attention.ts'

export type Tasks = { waiting: Waiting[]; tasks: Task[] }

/** What waits in some programmes; what another installation's copy of the database holds is no business of ours. */
export async function readTasks(
  { db, clock, environment }: Pick<Deps, 'db' | 'clock' | 'environment'>,
  programmes: readonly string[],
): Promise<Tasks> {
  const endedBefore = dayOf(clock.now()).subtract(SETTLED_AFTER)
  const waiting = await waitingIn(db, { programmes, endedBefore })
  const brakes = (await brakesInForce(db)).filter(
    ({ scope }) => !scope.startsWith('environment ') || scope === scopeOfEnvironment(environment),
  )
  return { waiting, tasks: tasksOf(waiting, brakes) }
}
