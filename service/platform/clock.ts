// The one source of the time. Nothing else in the service may ask the machine what day it is.

export type Clock = { now(): Temporal.Instant }

export type DemonstrationClock = Clock & {
  /** Moves to a later instant; an earlier one is ignored, because the demonstration never goes back. */
  jumpTo(instant: Temporal.Instant): void
  /** From now on it runs at the machine's pace; until then it stands still. */
  letRun(): void
}

const machineNow = () => Temporal.Instant.fromEpochMilliseconds(Temporal.Now.instant().epochMilliseconds)

/** The machine's time in UTC, to the millisecond: PostgreSQL would round anything finer. */
export const systemClock: Clock = { now: machineNow }

/** A clock that starts at a chosen instant and moves only as it is told: for the demonstration, and for tests. */
export function demonstrationClock(start: Temporal.Instant): DemonstrationClock {
  let base = start
  let since: Temporal.Instant | null = null
  const now = () => (since ? base.add(since.until(machineNow())) : base)
  return {
    now,
    jumpTo(instant) {
      if (!isBefore(now(), instant)) return
      base = instant
      since &&= machineNow()
    },
    letRun() {
      since ??= machineNow()
    },
  }
}

/** The calendar day of an instant in a time zone (IANA name; UTC unless told). */
export const dayOf = (instant: Temporal.Instant, timeZone = 'UTC'): Temporal.PlainDate =>
  instant.toZonedDateTimeISO(timeZone).toPlainDate()

/** Whether `a` is strictly before `b`. */
export const isBefore = (a: Temporal.Instant, b: Temporal.Instant): boolean => Temporal.Instant.compare(a, b) < 0

/** The same instant as the libraries that know no Temporal want it. */
export const toDate = (instant: Temporal.Instant): Date => new Date(instant.epochMilliseconds)
