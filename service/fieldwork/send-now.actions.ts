// Brings the next mail of a wave's open cases forward to now. It only says so in their rows: what may go is decided where
// every mail is decided.
import { recordEvent } from '../platform/audit.queries.ts'
import { bringForward, contactsOf, openCases, type StoredCaseSoFar } from '../waves/cases.queries.ts'
import { caseSoFar } from '../waves/decide-contacts.actions.ts'
import { type Deps, planOf } from '../waves/deps.ts'
import { type NotNow, type Outlook, outlookOf } from './send-now.ts'

export type SendNowDeps = Pick<Deps, 'db' | 'clock' | 'frame' | 'plans' | 'bank'>
type OfWave = { programme: string; wave: string }

/** What would come of it in one cohort: who is written to at once, who when it is day, and why the others are not. */
export type CohortOutlook = {
  cohort: string
  now: number
  later: number
  /** When the last of them would be written to. */
  until: Temporal.Instant | null
  not: { because: NotNow; people: number }[]
}

export type SendNowOutcome =
  | { ok: true; brought: number }
  | { ok: false; because: 'nobody' }
  /** More people would be written to than was confirmed. */
  | { ok: false; because: 'more' }

/** What asking for the next mail now would do, cohort by cohort. */
export async function previewSendNow(deps: SendNowDeps, of: OfWave): Promise<CohortOutlook[]> {
  const now = deps.clock.now()
  const looked = await look(deps, of, now)
  return [...Map.groupBy(looked, ({ stored }) => stored.cohort)]
    .toSorted(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
    .map(([cohort, some]) => ({ cohort, ...sumUp(some, now) }))
}

/** Asks for the next mail of one cohort, or of all, now; no more than `expected` people are written to out of turn. */
export async function sendNow(
  deps: SendNowDeps,
  { cohort, expected, actor, ...of }: OfWave & { cohort: string | null; expected: number; actor: string },
): Promise<SendNowOutcome> {
  const at = deps.clock.now()
  const looked = await look(deps, of, at)
  const going = looked.filter(({ stored, outlook }) => outlook.goes && (cohort === null || stored.cohort === cohort))
  if (going.length === 0) return { ok: false, because: 'nobody' }
  if (going.length > expected) return { ok: false, because: 'more' }
  const cases = going.map(({ stored }) => ({ id: stored.id, nextContactAt: stored.next_contact_at }))
  return deps.db.transaction().execute(async (trx): Promise<SendNowOutcome> => {
    const brought = await bringForward(trx, cases, at)
    const subject = `${of.programme}/${of.wave}`
    await recordEvent(trx, { at, actor, action: 'mail brought forward', subject, detail: { cohort, cases: brought } })
    return { ok: true, brought }
  })
}

type Looked = { stored: StoredCaseSoFar; outlook: Outlook }
const PAGE = 500

async function look(deps: SendNowDeps, { programme, wave }: OfWave, now: Temporal.Instant): Promise<Looked[]> {
  const plan = planOf(deps, programme)
  const looked: Looked[] = []
  for (let after: string | null = null; ; ) {
    const page: StoredCaseSoFar[] = await openCases(deps.db, { programme, wave, now, after, limit: PAGE })
    if (page.length === 0) return looked
    const members = page.map(({ member_id }) => member_id)
    const contacts = Map.groupBy(await contactsOf(deps.db, members), ({ member_id }) => member_id)
    for (const stored of page) {
      const own = contacts.get(stored.member_id) ?? []
      const isOwed = own.some(({ next_attempt_at }) => next_attempt_at !== null)
      looked.push({ stored, outlook: outlookOf(plan, caseSoFar(deps, stored, own, now), { isOwed, now }) })
    }
    after = page.at(-1)!.id
  }
}

function sumUp(some: readonly Looked[], now: Temporal.Instant): Omit<CohortOutlook, 'cohort'> {
  const times = some.flatMap(({ outlook }) => (outlook.goes ? outlook.at : []))
  const reasons = some.flatMap(({ outlook }) => (outlook.goes ? [] : outlook.because))
  const later = times.filter((at) => !at.equals(now)).toSorted(Temporal.Instant.compare)
  return {
    now: times.length - later.length,
    later: later.length,
    until: later.at(-1) ?? null,
    not: [...Map.groupBy(reasons, (because) => because)].map(([because, people]) => ({
      because,
      people: people.length,
    })),
  }
}
