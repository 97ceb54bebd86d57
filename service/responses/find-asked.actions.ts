// A case with the questionnaire its member is asked: the version it began with, fitted to the member as of today.
import type { Answers } from '../instruments/answers.ts'
import { type FittedInstrument, fitTo, looksBack } from '../instruments/fit.ts'
import { type Bank, type Instrument, itemsOf } from '../instruments/instrument.ts'
import { findVersion } from '../instruments/versions.queries.ts'
import { dayOf } from '../platform/clock.ts'
import { askedIn, type Deps } from '../waves/deps.ts'
import { findCase, type StoredCase } from './responses.queries.ts'

export type ResponseDeps = Pick<Deps, 'db' | 'clock' | 'frame' | 'plans' | 'bank'>

export type AskedCase = {
  found: StoredCase
  /** Undefined while the wave has none. */
  instrument: FittedInstrument | undefined
}

/** A case and what it asks, or undefined when there is no such case. */
export async function findAsked(deps: ResponseDeps, caseId: string): Promise<AskedCase | undefined> {
  const found = await findCase(deps.db, caseId, carriedItems(deps.bank))
  if (!found) return undefined
  const instrument = await instrumentOf(deps, found)
  return { found, instrument: instrument && fitTo(instrument, personOf(found, deps.clock.now())) }
}

/** The items whose answers in earlier waves matter in later ones. */
const carriedItems = ({ instruments }: Bank): string[] => [
  ...new Set(
    [...instruments.values()]
      .flatMap((instrument) => itemsOf(instrument))
      .filter(looksBack)
      .map(({ item }) => item),
  ),
]

/** The instrument a case is answered with: the version its response began with, else the wave's current one. */
async function instrumentOf({ db, ...surveys }: ResponseDeps, found: StoredCase): Promise<Instrument | undefined> {
  const current = askedIn(surveys, found.programme, found.wave)?.instrument
  if (found.instrument === null || found.instrument_version === null) return current
  if (current?.instrument === found.instrument && current.version === found.instrument_version) return current
  const stored = await findVersion(db, { instrument: found.instrument, version: found.instrument_version })
  return stored?.content as Instrument | undefined
}

const personOf = (found: StoredCase, now: Temporal.Instant) => ({
  returnedOn: found.returned_on ?? found.planned_return_on,
  today: dayOf(now, found.time_zone),
  earlier: (found.earlier ?? []).map(({ answeredOn, answers }) => ({
    answeredOn: Temporal.PlainDate.from(answeredOn),
    answers: (answers ?? {}) as Answers,
  })),
})
