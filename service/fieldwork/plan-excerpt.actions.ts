// Shows, for a few people, which mails another plan would change: when they would go, or why not. Nobody is named.
import { isBefore } from '../platform/clock.ts'
import {
  casesOf,
  casesSoFarOf,
  contactsOf,
  missionsAfter,
  type PlannedMission,
  type StoredCaseSoFar,
  type StoredContact,
} from '../waves/cases.queries.ts'
import type { CaseSoFar } from '../waves/contacts.ts'
import { type FieldPeriod, isEarlier, isEmpty } from '../waves/dates.ts'
import { caseSoFar } from '../waves/decide-contacts.actions.ts'
import { askedIn, type Deps, planOf } from '../waves/deps.ts'
import { personCode } from '../waves/list-mails.actions.ts'
import { mailsAhead, type PlannedMail } from '../waves/look-ahead.ts'
import type { Plan } from '../waves/plan.ts'
import { type Replanned, replanMissions } from '../waves/plan-members.actions.ts'

/** When a mail goes, or would have gone, and why it does not. */
export type Outlook = Pick<PlannedMail, 'at' | 'because'>

/** One mail to one person, as the plan in force and as another has it; null where that plan has no such mail. */
export type ExcerptLine = Pick<PlannedMail, 'kind' | 'number'> & {
  /** Stands for a member, as in the list of mails. */
  person: string
  timeZone: string
  cohort: string
  wave: string
  before: Outlook | null
  after: Outlook | null
}

/** `people`: how many the lines are about; `looked`: how many were looked at to find them. */
export type Excerpt = { lines: ExcerptLine[]; people: number; looked: number }

type ExcerptDeps = Pick<Deps, 'db' | 'clock' | 'config' | 'frame' | 'plans' | 'bank'>

const PAGE = 200
const MOST_LOOKED_AT = 2000
const MOST_PEOPLE = 5
const MOST_LINES = 8

/**
 * The mails to come that a plan would change for the first few people it changes any for; when nothing is found that
 * changes, what the first few will hear either way.
 */
export async function excerptOf(
  deps: ExcerptDeps,
  { programmes, plan }: { programmes: readonly string[]; plan: Plan },
): Promise<Excerpt> {
  const changed: ExcerptLine[][] = []
  const unchanged: ExcerptLine[][] = []
  let looked = 0
  for (let after: string | null = null; programmes.length > 0 && looked < MOST_LOOKED_AT; ) {
    const missions: PlannedMission[] = await missionsAfter(deps.db, programmes, after, PAGE)
    looked += missions.length
    for (const lines of await outlooksOf(deps, missions, plan)) {
      const differing = lines.filter((line) => !isSame(line))
      if (differing.length > 0) changed.push(differing)
      else if (lines.length > 0) unchanged.push(lines)
    }
    if (missions.length < PAGE || changed.length >= MOST_PEOPLE) break
    after = missions.at(-1)!.member_id
  }
  const shown = (changed.length > 0 ? changed : unchanged).slice(0, MOST_PEOPLE)
  return { lines: shown.flatMap((lines) => lines.slice(0, MOST_LINES)), people: shown.length, looked }
}

/** What each of some members will hear, by the plan in force and by another. */
async function outlooksOf(
  deps: ExcerptDeps,
  missions: readonly PlannedMission[],
  plan: Plan,
): Promise<ExcerptLine[][]> {
  if (missions.length === 0) return []
  const members = missions.map(({ member_id }) => member_id)
  const stored = Map.groupBy(await casesSoFarOf(deps.db, members), ({ member_id }) => member_id)
  const contacts = Map.groupBy(await contactsOf(deps.db, members), ({ member_id }) => member_id)
  const after = { ...deps, plans: new Map([...deps.plans, [plan.plan, plan]]) }
  const replanned = replanMissions(after, missions, await casesOf(deps.db, members))
  const now = deps.clock.now()
  return replanned.map((one) => {
    const { member_id: id } = one.mission
    return linesOf(deps, after, one, { cases: stored.get(id) ?? [], contacts: contacts.get(id) ?? [], now })
  })
}

type Stored = { cases: readonly StoredCaseSoFar[]; contacts: readonly StoredContact[]; now: Temporal.Instant }

function linesOf(
  before: ExcerptDeps,
  after: ExcerptDeps,
  replanned: Replanned,
  { cases, contacts, now }: Stored,
): ExcerptLine[] {
  const { member_id, programme, time_zone: timeZone } = replanned.mission
  const [first] = cases
  // Of somebody without any case nothing is known yet that could be told.
  if (!first) return []
  const about = { person: personCode(before.config.keys.link, member_id), timeZone, cohort: first.cohort }
  const was = cases.flatMap((one) =>
    mailsAhead(planOf(before, programme), caseSoFar(before, one, contacts, now), now).map((mail) => ({
      ...mail,
      wave: one.wave,
    })),
  )
  const is = casesAfter(after, replanned, { cases, contacts, now }).flatMap(({ wave, soFar }) =>
    mailsAhead(replanned.plan, soFar, now).map((mail) => ({ ...mail, wave })),
  )
  const keyOf = ({ wave, kind, number }: { wave: string; kind: string; number: number }) => `${wave} ${kind} ${number}`
  const [earlier, later] = [was, is].map((mails) => new Map(mails.map((mail) => [keyOf(mail), mail])))
  return [...new Map([...is, ...was].map((mail) => [keyOf(mail), mail])).entries()]
    .map(([key, { wave, kind, number }]): ExcerptLine => {
      return { ...about, wave, kind, number, before: outlook(earlier!.get(key)), after: outlook(later!.get(key)) }
    })
    .filter((line) => [line.before, line.after].some((one) => one && !isBefore(one.at, now)))
    .toSorted((a, b) => Temporal.Instant.compare(whenOf(a), whenOf(b)))
}

const outlook = (mail: PlannedMail | undefined): Outlook | null =>
  mail ? { at: mail.at, because: mail.because } : null

const whenOf = ({ before, after }: ExcerptLine): Temporal.Instant => (after ?? before)!.at

const isSame = ({ before, after }: ExcerptLine): boolean =>
  before !== null && after !== null && before.at.equals(after.at) && before.because === after.because

/** A member's cases as they will stand once they are planned again, with all that deciding needs. */
function casesAfter(
  deps: ExcerptDeps,
  { mission, changes, cases: dated }: Replanned,
  { cases, contacts, now }: Stored,
): { wave: string; soFar: CaseSoFar }[] {
  const stays = changes.flatMap((change) =>
    change.do === 'cancel' ? [] : { change, period: change.do === 'keep' ? change.period : change.to },
  )
  return stays.map(({ change: { wave, do: done }, period }) => {
    const previousOpensOn = openingBefore(
      period,
      stays.map((one) => one.period),
    )
    const stored = cases.find((one) => one.wave === wave)
    if (!stored)
      return { wave, soFar: newCase(deps, mission, { wave, period, previousOpensOn }, { cases, contacts, now }) }
    // What was owed about a case that moves, and not tried, is owed no more.
    const moves = done === 'move' && !dated.some(({ id, fixed }) => id === stored.id && fixed)
    const owed = moves
      ? contacts.filter(({ case_id, next_attempt_at }) => case_id !== stored.id || next_attempt_at === null)
      : contacts
    const soFar = caseSoFar(deps, stored, owed, now)
    return {
      wave,
      soFar: { ...soFar, ...period, previousOpensOn, ...(moves && { plannedAt: now, because: null }) },
    }
  })
}

const openingBefore = (period: FieldPeriod, all: readonly FieldPeriod[]): Temporal.PlainDate | null =>
  all
    .filter((other) => !isEmpty(other) && isEarlier(other.opensOn, period.opensOn))
    .map(({ opensOn }) => opensOn)
    .toSorted(Temporal.PlainDate.compare)
    .at(-1) ?? null

function newCase(
  deps: ExcerptDeps,
  { programme, time_zone: timeZone, created_at: enrolledAt }: PlannedMission,
  { wave, period, previousOpensOn }: { wave: string; period: FieldPeriod; previousOpensOn: Temporal.PlainDate | null },
  { cases, contacts, now }: Stored,
): CaseSoFar {
  // Where a member is and whether they want mail stands with each of their cases.
  const like = caseSoFar(deps, cases[0]!, contacts, now)
  return {
    ...like,
    ...period,
    timeZone,
    enrolledAt,
    previousOpensOn,
    plannedAt: now,
    hasInstrument: askedIn(deps, programme, wave) !== undefined,
    startedOn: null,
    submittedOn: null,
    waveClosed: false,
    because: null,
    broughtForwardAt: null,
    made: [],
  }
}
