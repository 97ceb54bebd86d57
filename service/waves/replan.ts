// What becomes of one member's cases when their dates or the plan change: what moves, and what stays because it has
// been sent. Pure.
import { type FieldPeriod, isEarlier, isEmpty, mergePeriods } from './dates.ts'

export type ExistingCase = FieldPeriod & {
  wave: string
  /** Somebody has been written to about it, has begun to answer, or its wave is closed: its dates stand. */
  fixed: boolean
  /** Whether it opens at the plan's hour, where the member is. */
  onTheHour: boolean
  /** A later end than the plan's that somebody gave it. */
  extendedTo: Temporal.PlainDate | null
}

export type CaseChange = { wave: string } & (
  | { do: 'create'; to: FieldPeriod }
  | { do: 'move'; from: FieldPeriod; to: FieldPeriod }
  | { do: 'cancel'; from: FieldPeriod }
  /** `instead`: where it would have gone, had it not been sent; null when it would have gone altogether. */
  | { do: 'keep'; period: FieldPeriod; instead?: FieldPeriod | null }
)

export type ReplanCounts = { moved: number; cancelled: number; created: number; alreadySent: number }

/**
 * The changes that lead from the cases a member has to the field periods a plan gives. A case that is fixed is never
 * dated again; only its end comes forward when a later wave opens before it, or back to where somebody extended it.
 */
export function replan(existing: readonly ExistingCase[], wanted: ReadonlyMap<string, FieldPeriod>): CaseChange[] {
  const extensions = new Map(existing.map(({ wave, extendedTo }) => [wave, extendedTo]))
  const asked = new Map([...wanted].map(([wave, period]) => [wave, extended(period, extensions.get(wave))]))
  const fixed = new Map(existing.filter((one) => one.fixed).map((one) => [one.wave, extended(one, one.extendedTo)]))
  const periods = mergePeriods(new Map([...asked, ...fixed]))
  const asPlanned = mergePeriods(asked)
  const ofNobody = [...periods].filter(([wave]) => !existing.some((one) => one.wave === wave))
  return [
    ...existing.map((one) => changeOf(one, periods.get(one.wave), asPlanned.get(one.wave))),
    ...ofNobody.map(([wave, to]): CaseChange => ({ wave, do: 'create', to: closed(to) })),
  ]
}

/** How many days a field period may have, however it was extended. */
export const LONGEST_PERIOD = 365

/** A period with the later end it was given, where that is later than its own; what is never open stays so. */
function extended({ opensOn, closesOn }: FieldPeriod, to: Temporal.PlainDate | null | undefined): FieldPeriod {
  if (!to || isEmpty({ opensOn, closesOn })) return { opensOn, closesOn }
  const last = opensOn.add({ days: LONGEST_PERIOD })
  const end = isEarlier(last, to) ? last : to
  return { opensOn, closesOn: isEarlier(closesOn, end) ? end : closesOn }
}

function changeOf(
  { wave, fixed, onTheHour, opensOn, closesOn }: ExistingCase,
  to: FieldPeriod | undefined,
  asPlanned: FieldPeriod | undefined,
): CaseChange {
  const from = { opensOn, closesOn }
  if (!to) return { wave, do: 'cancel', from }
  if (!isSame(from, closed(to)) || !(fixed || onTheHour)) return { wave, do: 'move', from, to: closed(to) }
  if (!fixed) return { wave, do: 'keep', period: from }
  const instead = asPlanned ? closed(asPlanned) : null
  return { wave, do: 'keep', period: from, ...(instead && isSame(instead, from) ? {} : { instead }) }
}

/** A period that is never open is a single day long in no calendar: it ends where it begins. */
const closed = (period: FieldPeriod): FieldPeriod =>
  isEmpty(period) ? { opensOn: period.opensOn, closesOn: period.opensOn } : period

const isSame = (a: FieldPeriod, b: FieldPeriod): boolean => a.opensOn.equals(b.opensOn) && a.closesOn.equals(b.closesOn)

export const NO_CHANGES: ReplanCounts = { moved: 0, cancelled: 0, created: 0, alreadySent: 0 }

/** How many cases move, go, come, and stay only because they have been sent. */
export function countChanges(changes: readonly CaseChange[]): ReplanCounts {
  const count = (is: (change: CaseChange) => boolean) => changes.filter(is).length
  return {
    moved: count(({ do: done }) => done === 'move'),
    cancelled: count(({ do: done }) => done === 'cancel'),
    created: count(({ do: done }) => done === 'create'),
    alreadySent: count((change) => change.do === 'keep' && change.instead !== undefined),
  }
}

/** Both together. */
export const addCounts = (a: ReplanCounts, b: ReplanCounts): ReplanCounts => ({
  moved: a.moved + b.moved,
  cancelled: a.cancelled + b.cancelled,
  created: a.created + b.created,
  alreadySent: a.alreadySent + b.alreadySent,
})
