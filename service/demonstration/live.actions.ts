// The demonstration lives through its time: it jumps from one thing due to the next, and simulated volunteers answer
// through the same actions as real ones.
import { pagesToAsk } from '../instruments/answers.ts'
import { sentMailings } from '../mailings/mailings.queries.ts'
import { stopMail } from '../mailings/stop-mail.actions.ts'
import { importRegister } from '../panel/import-register.actions.ts'
import { type DemonstrationClock, isBefore } from '../platform/clock.ts'
import { sweep } from '../platform/database.ts'
import { seededRandom, sha256 } from '../platform/secrets.ts'
import { deriveLinkToken } from '../platform/tokens.ts'
import { findAsked } from '../responses/find-asked.actions.ts'
import { savePageOfCase } from '../responses/save-page.actions.ts'
import type { Deps } from '../waves/deps.ts'
import { answerTo, type Behaviour } from './behaviour.ts'
import { nextDue } from './due.queries.ts'
import { eventsAfter, type SimulatedEvent } from './simulation.ts'

export type Demonstration = {
  deps: Deps
  clock: DemonstrationClock
  behaviour: Behaviour
  programme: string
  /** Does what is due: everything, or only the part that is. */
  tick(deps: Deps, work: 'everything' | 'writing' | 'closing'): Promise<void>
  /** Told now and then how far time has come. */
  onProgress(at: Temporal.Instant): void
}

const chance = (about: string): number =>
  new DataView(sha256(`demonstration|${about}`).buffer.slice(0)).getUint32(0) / 2 ** 32

/** How long a simulated volunteer may take to react to a mail, at the most. */
const SLOWEST = { hours: 24 * 4 }

/** How many things happen before the database is swept: its tables grow fast here. */
const SWEPT_EVERY = 250

/** Imports one of the demonstration's registers; its people have the same record keys every time. */
export async function importSimulated(
  { deps, programme }: Demonstration,
  { cohort, csv }: { cohort: string; csv: string },
): Promise<void> {
  const random = seededRandom(`demonstration|${cohort}`)
  const outcome = await importRegister(
    { ...deps, random },
    { bytes: new TextEncoder().encode(csv), programme, cohort, actor: 'demonstration' },
  )
  if (!outcome.ok || outcome.refused.length > 0)
    throw new Error(`the demonstration's register of ${cohort} is not a good one`)
}

/** Lives on until an instant: everything that falls due happens at its own time, and the clock ends there. */
export async function liveUntil(demonstration: Demonstration, until: Temporal.Instant): Promise<void> {
  const { deps, clock, tick } = demonstration
  let seen = clock.now()
  let events = await eventsSince(demonstration, seen.subtract(SLOWEST), seen)
  for (let lived = 0; ; lived++) {
    const { writingAt, closingAt } = await nextDue(deps.db)
    const at = earliest([writingAt, closingAt, events[0]?.at ?? null])
    if (at === null || isBefore(until, at)) break
    clock.jumpTo(at)
    while (events[0] && !isBefore(at, events[0].at)) await react(demonstration, events.shift()!)
    if (writingAt && !isBefore(at, writingAt)) {
      await tick(deps, 'writing')
      const fresh = await eventsSince(demonstration, seen, at)
      events = [...events, ...fresh].sort((a, b) => Temporal.Instant.compare(a.at, b.at))
    }
    if (closingAt && !isBefore(at, closingAt)) await tick(deps, 'closing')
    seen = at
    if (lived % 25 === 0) demonstration.onProgress(at)
    if (lived % SWEPT_EVERY === 0) await sweep(deps.db)
  }
  clock.jumpTo(until)
  demonstration.onProgress(clock.now())
}

const earliest = (instants: readonly (Temporal.Instant | null)[]): Temporal.Instant | null =>
  instants.filter((instant) => instant !== null).sort(Temporal.Instant.compare)[0] ?? null

/** What the mails sent after an instant will lead to after `now`. */
async function eventsSince(
  { deps, behaviour, programme }: Demonstration,
  after: Temporal.Instant,
  now: Temporal.Instant,
): Promise<SimulatedEvent[]> {
  const mails = (await sentMailings(deps.db, programme, after)).map((mail) => ({
    caseId: mail.case_id,
    memberId: mail.member_id,
    matricule: mail.matricule,
    wave: mail.wave,
    contact: Number(mail.contact),
    sentAt: mail.sent_at!,
  }))
  const phases = deps.frame.programmes.find((one) => one.programme === programme)?.cohorts.phases ?? []
  const simulated = mails.filter(({ matricule }) => phases.some(({ matricules }) => matricule.startsWith(matricules)))
  return eventsAfter(simulated, behaviour, chance).filter(({ at }) => isBefore(now, at))
}

async function react({ deps, behaviour }: Demonstration, event: SimulatedEvent): Promise<void> {
  if (event.do === 'answer') return answer(deps, behaviour, event)
  await stopMail(
    deps,
    deriveLinkToken(deps.config.keys.link, { purpose: 'stop', subjectId: event.mail.memberId, generation: 1 }),
  )
}

/** Answers page after page until the receipt, or until the volunteer breaks off. */
async function answer(deps: Deps, behaviour: Behaviour, { mail, breaksOff }: SimulatedEvent): Promise<void> {
  let asked = await findAsked(deps, mail.caseId)
  if (!asked?.instrument || asked.found.submitted_on !== null) return
  const { pages } = asked.instrument
  const { matricule, wave } = mail
  const lastPage = breaksOff ? Math.floor(chance(`${matricule}|${wave}|last page`) * pages.length) : pages.length
  let answers = asked.found.answers ?? {}
  let page = pagesToAsk(asked.instrument, answers)[0]!
  while (page <= lastPage) {
    const outcome = await savePageOfCase(deps, {
      caseId: mail.caseId,
      page,
      language: asked.found.member_language,
      go: 'next',
      given: (item) => answerTo({ item, matricule, wave, measures: deps.bank.measures, answers }, behaviour, chance),
      seen: () => true,
      asked,
    })
    if (!outcome.ok || outcome.next === 'receipt') return
    answers = outcome.answers
    asked = { found: { ...outcome.found, answers }, instrument: outcome.instrument }
    page = outcome.next
  }
}
