// Calendar arithmetic of field periods, pure: the same dates whatever machine, hour or time zone it runs in.
import type { Plan, Wave } from './plan.ts'

export type Anchors = {
  departedOn: Temporal.PlainDate
  plannedReturnOn: Temporal.PlainDate
  returnedOn: Temporal.PlainDate | null
}

/** Open from `opensOn` up to, and not including, `closesOn`; never open when they are the same day. */
export type FieldPeriod = { opensOn: Temporal.PlainDate; closesOn: Temporal.PlainDate }

export type OpeningRules = Pick<Plan, 'openingDays' | 'blackouts'>

/**
 * When a wave is open to one member: months are counted from the anchor itself (never chained) and held to the end of
 * a shorter month; the opening slides to the next open day. Null when sliding leaves nothing of a period whose end is fixed.
 */
export function fieldPeriod(wave: Wave, anchors: Anchors, rules: OpeningRules): FieldPeriod | null {
  const anchor = wave.anchor === 'departure' ? anchors.departedOn : (anchors.returnedOn ?? anchors.plannedReturnOn)
  const opensOn = nextOpenDay(anchor.add(wave.opens), rules)
  const closesOn = (wave.closes.after === 'opening' ? opensOn : anchors.departedOn).add({ days: wave.closes.days })
  return isEarlier(opensOn, closesOn) ? { opensOn, closesOn } : null
}

/**
 * Every field period of one member, by wave. Where the plan says so, somebody registered after all that could still be
 * asked is asked the latest wave that was missed, from the day of registering on. They may overlap: see `mergePeriods`.
 */
export function fieldPeriods(
  plan: Pick<Plan, 'waves' | 'late' | keyof OpeningRules>,
  anchors: Anchors,
  enrolledOn: Temporal.PlainDate,
): Map<string, FieldPeriod> {
  const periods = new Map(
    plan.waves.flatMap((wave) => {
      const period = fieldPeriod(wave, anchors, plan)
      return period ? [[wave.wave, period] as const] : []
    }),
  )
  const missed = plan.late.enrolled === 'latest missed wave' && latestMissed(plan, periods, enrolledOn)
  if (missed) periods.set(missed.wave, startingOn(nextOpenDay(enrolledOn, plan), missed))
  return periods
}

const startingOn = (opensOn: Temporal.PlainDate, { closes }: Wave): FieldPeriod => ({
  opensOn,
  closesOn: opensOn.add({ days: closes.days }),
})

/** The latest wave nobody can be invited to any more on a day, unless there is one that somebody still can. */
function latestMissed(
  { waves, late }: Pick<Plan, 'waves' | 'late'>,
  periods: ReadonlyMap<string, FieldPeriod>,
  day: Temporal.PlainDate,
): Wave | undefined {
  const begun = waves
    .flatMap((wave) => ({ wave, period: periods.get(wave.wave) }))
    .flatMap(({ wave, period }) => (period && !isEarlier(day, period.opensOn) ? { wave, period } : []))
  if (begun.some(({ period }) => isEarlier(day, lastInvitation(late, period)))) return undefined
  return begun
    .filter(({ wave }) => wave.closes.after === 'opening')
    .toSorted((a, b) => Temporal.PlainDate.compare(a.period.opensOn, b.period.opensOn))
    .at(-1)?.wave
}

/** The day on which it has become too late to invite anybody: when the plan's share of the field period is over. */
export const lastInvitation = ({ invitation }: Plan['late'], { opensOn, closesOn }: FieldPeriod): Temporal.PlainDate =>
  opensOn.add({ days: Math.ceil(opensOn.until(closesOn).days * invitation) })

/**
 * No two waves of one member are open at once: the one that opens first closes when the next opens. What is left empty
 * by that is merged into the next, and never open.
 */
export function mergePeriods(periods: ReadonlyMap<string, FieldPeriod>): Map<string, FieldPeriod> {
  const inOrder = [...periods]
    .filter(([, { opensOn, closesOn }]) => isEarlier(opensOn, closesOn))
    .toSorted(([, a], [, b]) => Temporal.PlainDate.compare(a.opensOn, b.opensOn))
  const merged = inOrder.map(([wave, { opensOn, closesOn }], index): [string, FieldPeriod] => {
    const next = inOrder[index + 1]?.[1].opensOn
    return [wave, { opensOn, closesOn: next && isEarlier(next, closesOn) ? next : closesOn }]
  })
  return new Map([...periods, ...merged])
}

export const isEmpty = ({ opensOn, closesOn }: FieldPeriod): boolean => !isEarlier(opensOn, closesOn)

/** The first day on or after `day` that is an opening day and outside every blackout. */
export const nextOpenDay = (day: Temporal.PlainDate, rules: OpeningRules): Temporal.PlainDate =>
  nextDay(day, (day) => rules.openingDays.includes(day.dayOfWeek) && !inBlackout(day, rules))

/** The first day on or after `day` outside every blackout, whatever day of the week. */
export const nextMailDay = (day: Temporal.PlainDate, rules: OpeningRules): Temporal.PlainDate =>
  nextDay(day, (day) => !inBlackout(day, rules))

function nextDay(day: Temporal.PlainDate, isGood: (day: Temporal.PlainDate) => boolean): Temporal.PlainDate {
  for (let slid = 0; slid < 366; slid++) {
    const candidate = day.add({ days: slid })
    if (isGood(candidate)) return candidate
  }
  throw new Error('the plan leaves no day of the year open')
}

/** Whether nothing is sent on a day. */
export const inBlackout = (day: Temporal.PlainDate, { blackouts }: Pick<Plan, 'blackouts'>): boolean =>
  blackouts.some((blackout) => within(day, blackout))

/** Whether a day lies in a yearly span of days, both ends included; a span may run over New Year. */
function within(day: Temporal.PlainDate, { from, to }: { from: string; to: string }): boolean {
  const monthDay = day.toString().slice(5)
  return from <= to ? from <= monthDay && monthDay <= to : from <= monthDay || monthDay <= to
}

/** Whether one day is strictly before another. */
export const isEarlier = (a: Temporal.PlainDate, b: Temporal.PlainDate): boolean => Temporal.PlainDate.compare(a, b) < 0

/**
 * The instant of a local date and time in an IANA zone. A time that does not exist (spring) moves later; one that
 * exists twice (autumn) is the first.
 */
export const localInstant = (date: Temporal.PlainDate, time: Temporal.PlainTime, timeZone: string): Temporal.Instant =>
  date.toZonedDateTime({ timeZone, plainTime: time }).toInstant()

/** The instant a local day begins. */
export const startOfDay = (date: Temporal.PlainDate, timeZone: string): Temporal.Instant =>
  date.toZonedDateTime(timeZone).toInstant()
