// Turns cases for which something may be due into mailings owed, or into a reason why nothing is sent.
import { rowId } from '../platform/secrets.ts'
import { claimDueCases, contactsMade, oweMailings, setNextContacts } from './cases.queries.ts'
import { type CaseSoFar, contactDueAt, decideContact } from './contacts.ts'
import { askedIn, type Deps, planOf } from './deps.ts'
import type { Plan } from './plan.ts'

const BATCH = 100

/** Decides for some of the cases that are due; false when that was all. A mailing and its case change together. */
export async function decideNextContacts(
  deps: Pick<Deps, 'db' | 'clock' | 'frame' | 'plans' | 'bank'>,
): Promise<boolean> {
  const now = deps.clock.now()
  const programmes = deps.frame.programmes.map(({ programme }) => programme)
  return deps.db.transaction().execute(async (trx) => {
    const cases = await claimDueCases(trx, programmes, now, BATCH)
    if (cases.length === 0) return false
    const made = Map.groupBy(
      await contactsMade(
        trx,
        cases.map(({ id }) => id),
      ),
      ({ case_id }) => case_id,
    )
    const decided = cases.map((due) => decideFor(deps, due, made.get(due.id) ?? [], now))
    await oweMailings(
      trx,
      decided.flatMap(({ mailing }) => mailing ?? []),
    )
    await setNextContacts(trx, decided)
    return cases.length === BATCH
  })
}

type DueCase = Awaited<ReturnType<typeof claimDueCases>>[number]
type Contact = Awaited<ReturnType<typeof contactsMade>>[number]

function decideFor(
  deps: Pick<Deps, 'frame' | 'plans' | 'bank'>,
  due: DueCase,
  made: readonly Contact[],
  now: Temporal.Instant,
) {
  const plan = planOf(deps, due.programme)
  const soFar: CaseSoFar = {
    opensOn: due.opens_on,
    closesOn: due.closes_on,
    timeZone: due.time_zone,
    hasAddress: Boolean(due.has_address),
    hasInstrument: askedIn(deps, due.programme, due.wave) !== undefined,
    optedOut: due.opted_out_at !== null,
    submitted: due.submitted_on !== null,
    waveClosed: due.closed_at !== null,
    lastContact: Math.max(-1, ...made.map((contact) => placeOf(plan, contact))),
    lastContactAt: lastContactAt(made, now),
  }
  const decision = decideContact(plan, soFar, now)
  switch (decision.do) {
    case 'stop':
      return { id: due.id, nextContactAt: null, because: decision.because }
    case 'wait':
      return { id: due.id, nextContactAt: decision.until, because: null }
    case 'send': {
      const next = decision.contact + 1
      const mailing = {
        id: rowId(),
        occasion: `case:${due.id}`,
        kind: decision.kind,
        number: decision.number,
        member_id: due.member_id,
        case_id: due.id,
        due_at: now,
        next_attempt_at: now,
        claim: null,
        claimed_until: null,
        sent_at: null,
        because: null,
      }
      const nextContactAt = next < plan.contacts.length ? contactDueAt(plan, soFar, next) : null
      return { id: due.id, nextContactAt, because: nextContactAt ? null : 'all sent', mailing }
    }
    default:
      return decision satisfies never
  }
}

/** When the member last heard from us about this case: now, while something is still on its way. */
const lastContactAt = (made: readonly Contact[], now: Temporal.Instant): Temporal.Instant | null =>
  made
    .map(({ due_at, sent_at, next_attempt_at }) => (next_attempt_at === null ? (sent_at ?? due_at) : now))
    .sort(Temporal.Instant.compare)
    .at(-1) ?? null

/** Where a mailing stands in the plan's contacts: the n-th of its kind. */
function placeOf({ contacts }: Plan, { kind, number }: Contact): number {
  const places = contacts.flatMap((contact, place) => (contact.kind === kind ? [place] : []))
  return places[number - 1] ?? -1
}
