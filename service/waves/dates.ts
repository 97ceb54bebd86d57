// Calendar arithmetic of a field period, pure: the same dates whatever machine, hour or time zone it runs in.
import type { Plan, Wave } from './plan.ts'

export type Anchors = {
  departedOn: Temporal.PlainDate
  plannedReturnOn: Temporal.PlainDate
  returnedOn: Temporal.PlainDate | null
}

/** Open from `opensOn` up to, and not including, `closesOn`. */
export type FieldPeriod = { opensOn: Temporal.PlainDate; closesOn: Temporal.PlainDate }

type OpeningRules = Pick<Plan, 'openingDays' | 'blackouts'>

/**
 * When a wave is open to one member: months are counted from the anchor itself (never chained) and held to the end of
 * a shorter month; the opening slides to the next open day. Null when sliding leaves nothing of a period whose end is fixed.
 */
export function fieldPeriod(wave: Wave, anchors: Anchors, rules: OpeningRules): FieldPeriod | null {
  const anchor = wave.anchor === 'departure' ? anchors.departedOn : (anchors.returnedOn ?? anchors.plannedReturnOn)
  const opensOn = nextOpenDay(anchor.add(wave.opens), rules)
  const closesOn = (wave.closes.after === 'opening' ? opensOn : anchors.departedOn).add({ days: wave.closes.days })
  return Temporal.PlainDate.compare(opensOn, closesOn) < 0 ? { opensOn, closesOn } : null
}

/** The first day on or after `day` that is an opening day and outside every blackout. */
export function nextOpenDay(day: Temporal.PlainDate, rules: OpeningRules): Temporal.PlainDate {
  const open = (day: Temporal.PlainDate) =>
    rules.openingDays.includes(day.dayOfWeek) && !rules.blackouts.some((blackout) => within(day, blackout))
  for (let slid = 0; slid < 366; slid++) {
    const candidate = day.add({ days: slid })
    if (open(candidate)) return candidate
  }
  throw new Error('the plan leaves no day of the year open')
}

/** Whether a day lies in a yearly span of days, both ends included; a span may run over New Year. */
function within(day: Temporal.PlainDate, { from, to }: { from: string; to: string }): boolean {
  const monthDay = day.toString().slice(5)
  return from <= to ? from <= monthDay && monthDay <= to : from <= monthDay || monthDay <= to
}

/**
 * The instant of a local date and time in an IANA zone. A time that does not exist (spring) moves later; one that
 * exists twice (autumn) is the first.
 */
export const localInstant = (date: Temporal.PlainDate, time: Temporal.PlainTime, timeZone: string): Temporal.Instant =>
  date.toZonedDateTime({ timeZone, plainTime: time }).toInstant()

/** The instant a local day begins. */
export const startOfDay = (date: Temporal.PlainDate, timeZone: string): Temporal.Instant =>
  date.toZonedDateTime(timeZone).toInstant()
