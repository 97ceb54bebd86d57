// The monthly activity calendar: which months are asked, what periods say about them, and the spells that follow.
// A month is written YYYY-MM. Knows months and states, never why anybody is asked.

/** A month nobody said anything about. */
const BLANK = -4

/**
 * One month: the code of its state or −4, and where that comes from. `carried`: said in an earlier wave and left as it
 * was; `corrected`: said in an earlier wave and changed in this one.
 */
export type CalendarMonth = {
  month: string
  state: string | typeof BLANK
  source: 'reported' | 'carried' | 'corrected'
}

/** Months from the first to the last, both included, in one state. */
export type Period = { from: string; to: string; state: string }

/** No calendar goes further back than this, in months. */
const LONGEST = 60

/** The month a day is in. */
export const monthOf = (date: Temporal.PlainDate): string => date.toPlainYearMonth().toString()
const after = (month: string, months: number): string => Temporal.PlainYearMonth.from(month).add({ months }).toString()

/** Every month from one to another, both included; none when the first comes later. */
export function monthsBetween(from: string, to: string): string[] {
  const { months } = Temporal.PlainYearMonth.from(from).until(to, { largestUnit: 'months' })
  return Array.from({ length: Math.max(0, months + 1) }, (_, n) => after(from, n))
}

/**
 * The months to ask about: from the anchor's to the one before today's, without those an earlier wave has a state for,
 * except the last of these, which is shown again as the seam. None when the anchor's month is not over.
 */
export function monthsToAsk(
  earlier: readonly CalendarMonth[],
  { anchor, today }: { anchor: Temporal.PlainDate; today: Temporal.PlainDate },
): string[] {
  const last = after(monthOf(today), -1)
  const months = monthsBetween(monthOf(anchor), last).slice(-LONGEST)
  const known = months.filter((month) => earlier.some((one) => one.month === month && one.state !== BLANK))
  const seam = known.at(-1)
  return months.filter((month) => !known.includes(month) || month === seam)
}

export type CalendarProblem = 'incomplete period' | 'ends before it begins' | 'unknown month' | 'overlap'

/**
 * What some periods say about the months asked, in their order, with the months they leave blank; or the first thing
 * wrong with them. Two periods may share a month when they agree on its state.
 */
export function readPeriods(
  periods: readonly Period[],
  asked: readonly string[],
  carried: Pick<CalendarMonth, 'month' | 'state'> | undefined,
): { ok: true; months: CalendarMonth[]; gaps: string[] } | { ok: false; because: CalendarProblem; months: string[] } {
  const states = new Map<string, Set<string>>()
  for (const { from, to, state } of periods) {
    if (from === '' || to === '' || state === '') return { ok: false, because: 'incomplete period', months: [] }
    if (!asked.includes(from) || !asked.includes(to)) return { ok: false, because: 'unknown month', months: [] }
    if (from > to) return { ok: false, because: 'ends before it begins', months: [from, to] }
    for (const month of asked.filter((month) => from <= month && month <= to))
      states.set(month, (states.get(month) ?? new Set()).add(state))
  }
  const twice = asked.filter((month) => (states.get(month)?.size ?? 0) > 1)
  if (twice.length > 0) return { ok: false, because: 'overlap', months: twice }
  const months = asked.map((month): CalendarMonth => {
    const [state = BLANK] = states.get(month) ?? []
    const isNew = month !== carried?.month || state === BLANK
    const source = isNew ? 'reported' : state === carried.state ? 'carried' : 'corrected'
    return { month, state, source }
  })
  return { ok: true, months, gaps: asked.filter((month) => !states.has(month)) }
}

/**
 * One calendar out of those of several waves, the earliest wave first: what was said first about a month stands, unless
 * it was corrected later. A seam left blank says nothing.
 */
export function mergeCalendars(waves: readonly (readonly CalendarMonth[])[]): CalendarMonth[] {
  const months = new Map<string, CalendarMonth>()
  for (const one of waves.flat()) {
    const known = months.get(one.month)
    const isBetter = one.state !== BLANK && one.source === 'corrected'
    if (!known || known.state === BLANK || isBetter) months.set(one.month, one)
  }
  return [...months.values()].sort((a, b) => (a.month < b.month ? -1 : 1))
}

/** The longest runs of one state over consecutive months; a month without a state ends a run. Months in order. */
export function spellsOf(months: readonly CalendarMonth[]): Period[] {
  const spells: Period[] = []
  for (const { month, state } of months) {
    const last = spells.at(-1)
    if (typeof state !== 'string') continue
    if (last?.state === state && after(last.to, 1) === month) last.to = month
    else spells.push({ from: month, to: month, state })
  }
  return spells
}

/**
 * Spells counted in months from a day's month (0), such as the effective return: what came before is cut off. The form
 * that survival and transition analysis take; an end that is the last month known is where observation ends.
 */
export function spellsSince(
  anchor: Temporal.PlainDate,
  months: readonly CalendarMonth[],
): { from: number; to: number; state: string }[] {
  const start = monthOf(anchor)
  const monthsSince = (month: string) =>
    Temporal.PlainYearMonth.from(start).until(month, { largestUnit: 'months' }).months
  return spellsOf(months.filter(({ month }) => month >= start)).map(({ from, to, state }) => ({
    from: monthsSince(from),
    to: monthsSince(to),
    state,
  }))
}
