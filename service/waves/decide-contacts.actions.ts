// Turns cases for which something may be due into mailings owed, or into a reason why nothing is sent.
import { ensureLinks } from '../access/personal-links.queries.ts'
import { describeError } from '../platform/logging.ts'
import { rowId } from '../platform/secrets.ts'
import {
  claimDueCases,
  contactsOf,
  isAnyDue,
  type OwedMailing,
  oweMailings,
  type StoredCaseSoFar,
  type StoredContact,
  setNextContacts,
} from './cases.queries.ts'
import { type CaseSoFar, type ContactDecision, decideContact, TOO_LATE } from './contacts.ts'
import { askedIn, type Deps, planOf } from './deps.ts'
import { type MailLink, mailLinks } from './mail-links.ts'
import type { PlannedKind } from './plan.ts'
import { refreshPlans } from './refresh-plans.actions.ts'

const BATCH = 100

export type DecideDeps = Pick<Deps, 'db' | 'clock' | 'config' | 'log' | 'frame' | 'plans' | 'bank'>

/** Decides for some of the cases that are due; false when there were none. A mailing and its case change together. */
export async function decideNextContacts(deps: DecideDeps): Promise<boolean> {
  const now = deps.clock.now()
  if (!(await isAnyDue(deps.db, now))) return false
  const programmes = deps.frame.programmes.map(({ programme }) => programme)
  return deps.db.transaction().execute(async (trx) => {
    const cases = await claimDueCases(trx, programmes, now, BATCH)
    if (cases.length === 0) return false
    await refreshPlans({ db: trx, plans: deps.plans })
    const members = [...new Set(cases.map(({ member_id }) => member_id))]
    const contacts = Map.groupBy(await contactsOf(trx, members), ({ member_id }) => member_id)
    const decided = cases.map((due) => {
      const own = contacts.get(due.member_id) ?? []
      const one = decideOrPutOff(deps, due, own, now)
      // The next case of the same member counts what this one was just owed.
      if (one.mailing) contacts.set(due.member_id, [...own, one.mailing])
      return one
    })
    await oweMailings(
      trx,
      decided.flatMap(({ mailing }) => mailing ?? []),
    )
    await ensureLinks(
      trx,
      deps.config.keys.link,
      decided.flatMap(({ links }) => links ?? []),
    )
    await setNextContacts(trx, decided)
    return true
  })
}

type Decided = {
  id: string
  nextContactAt: Temporal.Instant | null
  because: string | null
  mailing?: OwedMailing
  /** Of the mail that is owed: made here, many at a time. */
  links?: readonly MailLink[]
}

const AN_HOUR = { hours: 1 }

/** A case that cannot be decided must not stand in the way of the others: it is thought about again in an hour. */
function decideOrPutOff(
  deps: DecideDeps,
  due: StoredCaseSoFar,
  contacts: readonly StoredContact[],
  now: Temporal.Instant,
): Decided {
  try {
    return decideFor(deps, due, contacts, now)
  } catch (error) {
    deps.log.error({ case: due.id, ...describeError(error) }, 'a case could not be decided')
    return { id: due.id, nextContactAt: now.add(AN_HOUR), because: null }
  }
}

function decideFor(
  deps: Pick<Deps, 'frame' | 'plans' | 'bank'>,
  due: StoredCaseSoFar,
  contacts: readonly StoredContact[],
  now: Temporal.Instant,
): Decided {
  const plan = planOf(deps, due.programme)
  const soFar = caseSoFar(deps, due, contacts, now)
  const decision = decideContact(plan, soFar, now)
  if (decision.do !== 'send') return { id: due.id, ...afterwards(decision, now) }
  const { kind, number, lateAt } = decision
  const made = [...soFar.made, { kind, number, at: now, tooLate: false }]
  const next = decideContact(plan, { ...soFar, made, heardAt: [...soFar.heardAt, now] }, now)
  return {
    id: due.id,
    ...afterwards(next, now),
    links: mailLinks({ case_id: due.id, ...due }),
    mailing: {
      id: rowId(),
      occasion: `case:${due.id}`,
      kind,
      number,
      member_id: due.member_id,
      case_id: due.id,
      scope: `${due.programme}/${due.wave}`,
      lane: due.lane,
      due_at: now,
      late_at: lateAt,
      next_attempt_at: now,
      claim: null,
      claimed_until: null,
      sent_at: null,
      failed_at: null,
      because: null,
    },
  }
}

function afterwards(decision: ContactDecision, now: Temporal.Instant): Omit<Decided, 'id'> {
  switch (decision.do) {
    case 'stop':
      return { nextContactAt: null, because: decision.because }
    case 'wait':
      return { nextContactAt: decision.until, because: null }
    case 'send':
      return { nextContactAt: now, because: null }
    default:
      return decision satisfies never
  }
}

/** A case as deciding wants it, with all its member has been written. */
export function caseSoFar(
  deps: Pick<Deps, 'frame' | 'plans' | 'bank'>,
  stored: StoredCaseSoFar,
  contacts: readonly StoredContact[],
  now: Temporal.Instant,
): CaseSoFar {
  return {
    opensOn: stored.opens_on,
    closesOn: stored.closes_on,
    timeZone: stored.time_zone,
    enrolledAt: stored.created_at,
    plannedAt: stored.planned_at,
    previousOpensOn: stored.previous_opens_on,
    hasAddress: Boolean(stored.has_address),
    hasInstrument: askedIn(deps, stored.programme, stored.wave) !== undefined,
    optedOut: stored.opted_out_at !== null,
    startedOn: stored.started_on,
    submittedOn: stored.submitted_on,
    waveClosed: stored.closed_at !== null,
    because: stored.because,
    broughtForwardAt: stored.brought_forward_at,
    made: contacts
      .filter(({ case_id }) => case_id === stored.id)
      .map(({ kind, number, due_at: at, because }) => {
        return { kind: kind as PlannedKind, number, at, tooLate: because === TOO_LATE }
      }),
    heardAt: contacts.map(({ due_at, sent_at, failed_at, next_attempt_at }) =>
      next_attempt_at === null ? (sent_at ?? failed_at ?? due_at) : now,
    ),
  }
}
