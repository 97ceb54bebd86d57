// One beat of the service: everything that is due is done, one thing at a time, until nothing is left.
// A missed, doubled or overlapping beat is harmless: what is due is a fact in the rows, not in the beat.
import { sendDigest } from './fieldwork/send-digest.actions.ts'
import { beat } from './mailings/hold-mail.actions.ts'
import { sendDueMailings } from './mailings/send-mailing.actions.ts'
import { tellNextBrake } from './mailings/tell-brake.actions.ts'
import { refreshProgrammes } from './panel/refresh-programmes.actions.ts'
import { systemClock } from './platform/clock.ts'
import { databaseNow } from './platform/database.ts'
import { describeError } from './platform/logging.ts'
import { closeNextWave, dateNextUnit } from './publications/close-wave.actions.ts'
import { decideNextContacts } from './waves/decide-contacts.actions.ts'
import type { Deps } from './waves/deps.ts'
import { planNextMembers } from './waves/plan-members.actions.ts'
import { refreshPlans } from './waves/refresh-plans.actions.ts'
import { refreshTexts } from './waves/refresh-texts.actions.ts'

/** Does some of what is due; false when that was all. */
type Step = (deps: Deps, isDraining: () => boolean) => Promise<boolean>

/** Programmes that another process has made, and plans that it has published, come first. */
const keepPlans: Step = async (deps) => {
  await refreshProgrammes(deps)
  await refreshPlans(deps)
  return false
}
/** So do the words of mails. */
const keepTexts: Step = async (deps) => {
  await refreshTexts(deps)
  return false
}
const PLAN: readonly Step[] = [keepPlans, keepTexts, planNextMembers]
const WRITE: readonly Step[] = [decideNextContacts, sendDueMailings]
const PUBLISH: readonly Step[] = [dateNextUnit, closeNextWave]
const WORK = {
  everything: [beat, ...PLAN, ...WRITE, tellNextBrake, sendDigest, ...PUBLISH],
  writing: WRITE,
  closing: PUBLISH,
}
/** What there is to do: everything, unless somebody knows that only part of it can be due. */
export type Work = keyof typeof WORK

const FURTHEST_APART = 60

/** Does all that is due. `isDraining` is asked between any two things, so that a stop is never long in coming. */
export async function tick(
  deps: Deps,
  isDraining: () => boolean = () => false,
  work: Work = 'everything',
): Promise<void> {
  // A clock that is moved on purpose, by the demonstration or by a test, is not held against the database's.
  const steps = deps.clock !== systemClock || (await clocksAgree(deps)) ? WORK[work] : PLAN
  for (const step of steps) {
    try {
      while (!isDraining() && (await step(deps, isDraining))) {}
    } catch (error) {
      deps.log.error({ step: step.name, ...describeError(error) }, 'a step of the tick failed')
    }
  }
}

/** Whether the service and the database tell the same time, to a minute; nothing is sent or closed while they do not. */
export async function clocksAgree({ clock, db, log }: Pick<Deps, 'clock' | 'db' | 'log'>): Promise<boolean> {
  const theirs = await databaseNow(db).catch((error: unknown) => {
    log.error(describeError(error), 'the database does not say what time it is: nothing is sent')
    return null
  })
  if (!theirs) return false
  const apart = Math.abs(clock.now().until(theirs).total('seconds'))
  if (apart <= FURTHEST_APART) return true
  log.error(
    { secondsApart: Math.round(apart) },
    'the clocks of the service and of the database disagree: nothing is sent',
  )
  return false
}
