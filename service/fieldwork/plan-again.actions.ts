// Plans everybody again whose dates do not follow their plan yet, and says how many are left while it does.
import type { Deps } from '../waves/deps.ts'
import { planNextMembers } from '../waves/plan-members.actions.ts'
import { countToPlan } from './calendar.queries.ts'

/** Until nothing is left, or what is left another process has taken up. */
export async function planAgain(
  deps: Pick<Deps, 'db' | 'clock' | 'frame' | 'plans'>,
  { programmes, onLeft }: { programmes: readonly string[]; onLeft(people: number): void },
): Promise<void> {
  do onLeft(await countToPlan(deps.db, programmes))
  while (await planNextMembers(deps))
}
