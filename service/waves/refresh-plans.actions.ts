// Keeps the plans a process works by those in force, whichever process has published them.
import type { Db } from '../platform/database.ts'
import type { Deps } from './deps.ts'
import { PlanFile } from './plan.ts'
import { planContent, versionsInForce } from './plans.queries.ts'

/** Reads the plans in force anew where another process has published one. */
export async function refreshPlans({ db, plans }: { db: Db } & Pick<Deps, 'plans'>): Promise<void> {
  for (const { plan, version } of await versionsInForce(db)) {
    if (plans.get(plan)?.version === version) continue
    const { content } = await planContent(db, { plan, version })
    plans.set(plan, { ...PlanFile.parse(content), version })
  }
}
