// Lists every mail of some months, sent, planned and not sent, with the reason; nobody is named.
import { dayOf } from '../platform/clock.ts'
import { hmacSha256 } from '../platform/secrets.ts'
import { casesBetween, contactsOf, type StoredCaseSoFar, type StoredContact } from './cases.queries.ts'
import { caseSoFar } from './decide-contacts.actions.ts'
import { type Deps, planOf } from './deps.ts'
import { mailsAhead } from './look-ahead.ts'
import { findWave } from './plan.ts'

export type ListedMail = {
  at: Temporal.Instant
  timeZone: string
  /** Stands for a member here and nowhere else: it is not the pseudonym of the answers. */
  person: string
  programme: string
  cohort: string
  wave: string
  kind: string
  number: number
  state: 'sent' | 'on its way' | 'planned' | 'not sent'
  because: string | null
  /** Counted from a return that was planned, and is not known to have happened. */
  returnUnknown: boolean
}

export type ListMailsInput = {
  programmes: readonly string[]
  from: Temporal.PlainDate
  to: Temporal.PlainDate
  wave?: string | undefined
  onProgress?(listed: number): void
}

const PAGE = 500

/** Every mail between two days (both included, where each member is), in order of time. */
export async function listMails(
  deps: Pick<Deps, 'db' | 'clock' | 'frame' | 'plans' | 'bank' | 'config'>,
  { programmes, from, to, wave, onProgress }: ListMailsInput,
): Promise<ListedMail[]> {
  const listed: ListedMail[] = []
  const now = deps.clock.now()
  for (const programme of programmes) {
    for (let after: string | null = null; ; ) {
      // What is asked between waves comes before the opening; the end of a short month is up to three days off.
      const until = to.add(planOf(deps, programme).contactUpdate?.before ?? { days: 0 }).add({ days: 3 })
      const page = await casesBetween(deps.db, {
        programme,
        from: from.subtract(THANKED),
        to: until,
        after,
        limit: PAGE,
      })
      if (page.length === 0) break
      const members = [...new Set(page.map(({ member_id }) => member_id))]
      const contacts = Map.groupBy(await contactsOf(deps.db, members), ({ member_id }) => member_id)
      const cases = page.filter((one) => wave === undefined || one.wave === wave)
      listed.push(...cases.flatMap((one) => mailsOf(deps, one, contacts.get(one.member_id) ?? [], now)))
      onProgress?.(listed.length)
      after = page.at(-1)!.id
    }
  }
  return listed
    .filter(({ at, timeZone }) => {
      const day = dayOf(at, timeZone)
      return Temporal.PlainDate.compare(from, day) <= 0 && Temporal.PlainDate.compare(day, to) <= 0
    })
    .toSorted((a, b) => Temporal.Instant.compare(a.at, b.at) || (a.person < b.person ? -1 : 1))
}

/** Somebody who answers on the last day may be thanked so long after. */
const THANKS_AFTER_CLOSE = { days: 14 }
const THANKED = Temporal.Duration.from(THANKS_AFTER_CLOSE)

function mailsOf(
  deps: Pick<Deps, 'frame' | 'plans' | 'bank' | 'config'>,
  stored: StoredCaseSoFar,
  contacts: readonly StoredContact[],
  now: Temporal.Instant,
): ListedMail[] {
  const plan = planOf(deps, stored.programme)
  const who = {
    timeZone: stored.time_zone,
    person: personCode(deps.config.keys.link, stored.member_id),
    programme: stored.programme,
    cohort: stored.cohort,
    wave: stored.wave,
    returnUnknown: stored.returned_on === null && findWave(plan, stored.wave)?.anchor === 'return',
  }
  const soFar = caseSoFar(deps, stored, contacts, now)
  const ahead = mailsAhead(plan, soFar, now)
  return [
    ...contacts
      .filter(({ case_id }) => case_id === stored.id)
      .map(({ kind, number, due_at, sent_at, next_attempt_at, because }): ListedMail => {
        const state = sent_at ? 'sent' : next_attempt_at ? 'on its way' : 'not sent'
        return { ...who, kind, number, at: sent_at ?? next_attempt_at ?? due_at, state, because }
      }),
    ...ahead.map(({ kind, number, at, because }): ListedMail => {
      return { ...who, kind, number, at, state: because === null ? 'planned' : 'not sent', because }
    }),
  ]
}

/** Eight characters that stand for a member, the same each time. */
export const personCode = (linkKey: Uint8Array, memberId: string): string =>
  Buffer.from(hmacSha256(linkKey, `person|v1|${memberId}`))
    .toString('hex')
    .slice(0, 8)
