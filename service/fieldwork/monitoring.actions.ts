// Reads how collection goes: of one wave for one cohort or for all, with everything a page says of it; and in a line each,
// of all waves and cohorts. Answers are looked at only where there are enough of them, and only what is protected goes on.
import { createProtector, type Protector } from '../disclosure/protect.ts'
import type { Instrument } from '../instruments/instrument.ts'
import { versionsOf } from '../instruments/versions.queries.ts'
import type { Programme } from '../panel/frame.ts'
import { dayOf } from '../platform/clock.ts'
import type { Bilingual } from '../platform/i18n.ts'
import { hmacSha256 } from '../platform/secrets.ts'
import type { Dispositions } from '../statistics/response-rates.ts'
import { askedIn, type Deps, planOf, waveName } from '../waves/deps.ts'
import { findWave, type Plan, type Wave } from '../waves/plan.ts'
import {
  dayCounts,
  type FlowCounts,
  flowCounts,
  messageCounts,
  retentionCounts,
  segmentMembers,
  sentResponses,
  stoppedResponses,
  type Watched,
} from './monitoring.queries.ts'
import {
  type BounceRow,
  bouncesOf,
  type CurveDay,
  curveOf,
  daysOf,
  dispositionsSoFar,
  type Flow,
  flowOf,
  type Gate,
  gatesOf,
  type Message,
  messagesOf,
  type Rates,
  type Retention,
  ratesOf,
  retentionOf,
  type SegmentTable,
  segmentsOf,
  stateOf,
  type WaveState,
  wavesBefore,
} from './monitoring.ts'
import {
  addSigns,
  addStopped,
  FEWEST_SENT,
  type Sent,
  type SignCounts,
  type Stopped,
  signCounts,
  signsOf,
  stoppedOf,
  type VersionOf,
} from './monitoring-crowds.ts'

type FieldworkDeps = Pick<Deps, 'db' | 'clock' | 'config' | 'frame' | 'plans' | 'bank'>

/** Everything a page says of a wave: of one cohort's volunteers, or of all of them where `cohort` is null. */
export type Fieldwork = {
  programme: string
  programmeName: Bilingual
  wave: string
  waveName: Bilingual
  cohort: string | null
  asOf: Temporal.PlainDate
  state: WaveState
  opensOn: Temporal.PlainDate
  closesOn: Temporal.PlainDate
  /** What was published of it, for one cohort. */
  publication: string | null
  flow: Flow
  /** The same of people to compare volunteers with, who are in no other figure; null where there are none. */
  compared: Flow | null
  dispositions: Dispositions
  /** Whether some of those who stopped may have done half and are counted as break-offs: too few to tell. */
  partialWithheld: boolean
  rates: Rates
  days: CurveDay[]
  /** The wave before, of the same cohort; null where there is none or nobody was asked. */
  previous: { wave: string; name: Bilingual; days: CurveDay[] } | null
  messages: Message[]
  stopped: Omit<Stopped, 'partial' | 'pages'> & { pages: (Stopped['pages'][number] & { title: Bilingual })[] }
  segments: SegmentTable[]
  retention: Retention[]
  bounces: BounceRow[]
  gates: Gate[]
}

export type FieldworkOutcome =
  | { ok: true; fieldwork: Fieldwork }
  /** No such programme, wave or cohort; or nobody of that cohort is in that wave. */
  | { ok: false; because: 'unknown' | 'nobody' }

export type FieldworkInput = { programme: string; wave: string; cohort?: string | undefined }

const cohortsOf = ({ cohort }: Pick<FieldworkInput, 'cohort'>) => (cohort === undefined ? undefined : [cohort])

/** How a wave goes for a cohort, or for all cohorts together. */
export async function readFieldwork(deps: FieldworkDeps, input: FieldworkInput): Promise<FieldworkOutcome> {
  const { programme, wave, cohort } = input
  const configured = deps.frame.programmes.find((one) => one.programme === programme)
  if (!configured) return { ok: false, because: 'unknown' }
  const plan = planOf(deps, programme)
  const now = deps.clock.now()
  const everyWave = await flowCounts(deps.db, { programme, cohorts: cohortsOf(input) }, now)
  const counts = everyWave.filter((one) => one.wave === wave)
  const volunteers = counts.filter(({ arm }) => arm === 'VOL')
  if (volunteers.length === 0) {
    const isKnown = findWave(plan, wave) && (cohort === undefined || everyWave.length > 0)
    return { ok: false, because: isKnown ? 'nobody' : 'unknown' }
  }
  const compared = counts.filter(({ arm }) => arm === 'CMP')
  const subject: Subject = { ...input, configured, plan, now, volunteers }
  const about = {
    programme,
    programmeName: configured.name,
    wave,
    waveName: waveName(deps, programme, wave),
    cohort: cohort ?? null,
    asOf: dayOf(now),
    state: stateOf(volunteers),
    ...daysOf(volunteers),
    publication: cohort === undefined ? null : volunteers[0]!.publication,
  }
  const figures = await readFigures(deps, subject)
  const rest = { compared: compared.length === 0 ? null : flowOf(compared), bounces: bouncesOf(everyWave, plan.waves) }
  return { ok: true, fieldwork: { ...about, ...figures, ...rest } }
}

/** What is read, and how its volunteers' cases stand. */
type Subject = FieldworkInput & {
  configured: Programme
  plan: Plan
  now: Temporal.Instant
  volunteers: readonly FlowCounts[]
}

async function readFigures(deps: FieldworkDeps, subject: Subject) {
  const { db, frame } = deps
  const { programme, wave, configured, plan, now, volunteers } = subject
  const of: Watched = { programme, cohorts: cohortsOf(subject), waves: [wave] }
  const planned = findWave(plan, wave)
  const earlier = wavesBefore(plan, wave)
  const pages = askedIn(deps, programme, wave)?.instrument.pages ?? []
  const flow = flowOf(volunteers)

  const dimensions = configured.publish.by.flatMap(
    (name) => frame.dimensions.find(({ dimension }) => dimension === name) ?? [],
  )
  const segments = segmentsOf(await segmentMembers(db, of, now), dimensions)
  const messages = messagesOf(await messageCounts(db, of), flow.submitted)
  const codes = earlier.map((one) => one.wave)
  const retention = codes.length === 0 ? [] : retentionOf(await retentionCounts(db, of, codes, now), earlier)
  const units = [...(await stoppedByUnit(deps, of, now, pages.length)).values()]
  const { partial, ...stopped } = addStopped(units)
  const signs = await signsByCohort(deps, subject)
  const dispositions = dispositionsSoFar(flow, { partial, anchor: planned?.anchor ?? 'departure' })
  return {
    flow,
    dispositions,
    partialWithheld: flow.unfinished > 0 && (partial === null || units.some((one) => one.partial === null)),
    rates: ratesOf(dispositions),
    ...(await readCurves(deps, subject, earlier.at(-1))),
    messages,
    stopped: {
      ...stopped,
      pages: pages.map(({ title }, index) => ({
        page: index + 1,
        people: stopped.pages[index]?.people ?? null,
        title,
      })),
    },
    segments,
    retention,
    gates: gatesOf({ flow, expectedResponse: planned?.expectedResponse ?? 0, stopped, segments, signs }),
  }
}

/** The curve of a wave, and that of the one before. */
async function readCurves(
  { db }: FieldworkDeps,
  { programme, wave, now, ...input }: Subject,
  before: Wave | undefined,
): Promise<Pick<Fieldwork, 'days' | 'previous'>> {
  const waves = before ? [wave, before.wave] : [wave]
  const counts = await dayCounts(db, { programme, cohorts: cohortsOf(input), waves }, now)
  const earlier = counts.filter((one) => one.wave === before?.wave)
  return {
    days: curveOf(counts.filter((one) => one.wave === wave)),
    previous: before && earlier.length > 0 ? { wave: before.wave, name: before.name, days: curveOf(earlier) } : null,
  }
}

// ---------------------------------------------------------------- what comes of answers

const protectorOf = ({ config }: Pick<FieldworkDeps, 'config'>): Protector =>
  createProtector((bytes) => hmacSha256(config.keys.cell, bytes))

/** What may be told of those who stopped, for each wave and cohort in which anybody did. */
async function stoppedByUnit(
  deps: FieldworkDeps,
  of: Watched,
  now: Temporal.Instant,
  pages: number,
): Promise<Map<string, Stopped>> {
  const stops = await stoppedResponses(deps.db, of, now)
  const versionOf = await versionsIn(deps, stops)
  const protector = protectorOf(deps)
  const units = [...Map.groupBy(stops, unitOf)]
  return new Map(units.map(([unit, stops]) => [unit, stoppedOf(stops, { protector, versionOf, pages })]))
}

const unitOf = ({ cohort, wave }: Pick<FlowCounts, 'cohort' | 'wave'>): string => `${cohort} ${wave}`

/** What signs the responses to a wave show, of the cohorts of which it may be told; those of the others are not read. */
async function signsByCohort(deps: FieldworkDeps, { programme, wave, now, volunteers }: Subject): Promise<SignCounts> {
  const cohorts = volunteers.filter(({ submitted }) => submitted >= FEWEST_SENT).map(({ cohort }) => cohort)
  if (cohorts.length === 0) return addSigns([])
  const sent = new Map(cohorts.map((cohort) => [cohort, [] as Sent[]]))
  for await (const page of sentResponses(deps.db, { programme, cohorts, waves: [wave] }, now)) {
    const versionOf = await versionsIn(deps, page)
    for (const { cohort, recordKey, submittedOn, answers, ...version } of page) {
      const instrument = versionOf(version)
      if (instrument) sent.get(cohort)!.push({ recordKey, submittedOn, signs: signsOf(instrument, answers) })
    }
  }
  const protector = protectorOf(deps)
  return addSigns([...sent.values()].map((one) => signCounts(one, protector)))
}

/** The instrument versions that some responses answer. */
async function versionsIn(
  { db }: Pick<FieldworkDeps, 'db'>,
  responses: readonly { instrument: string }[],
): Promise<VersionOf> {
  const names = [...new Set(responses.map(({ instrument }) => instrument))]
  const stored = names.length === 0 ? [] : await versionsOf(db, names)
  const versions = new Map(
    stored.map(({ instrument, version, content }) => [`${instrument}@${version}`, content as Instrument]),
  )
  return ({ instrument, version }) => versions.get(`${instrument}@${version}`)
}

// ---------------------------------------------------------------- all waves and cohorts

/** One wave of one cohort, in a line. */
export type OverviewRow = {
  wave: string
  name: Bilingual
  cohort: string
  state: WaveState
  opensOn: Temporal.PlainDate
  closesOn: Temporal.PlainDate
  eligible: number
  opened: number
  invited: number
  submitted: number
  /** So far, of those whose questionnaire has opened; null while it has for nobody. */
  rr2: number | null
  publication: string | null
}

/** Every wave of every cohort of a programme's volunteers, in the plan's order; nothing for a programme nobody knows. */
export async function readOverview(deps: FieldworkDeps, programme: string): Promise<OverviewRow[]> {
  if (!deps.frame.programmes.some((one) => one.programme === programme)) return []
  const now = deps.clock.now()
  const plan = planOf(deps, programme)
  const counts = (await flowCounts(deps.db, { programme }, now)).filter(({ arm }) => arm === 'VOL')
  const stopped = await stoppedByUnit(deps, { programme }, now, 0)
  const place = ({ wave }: FlowCounts) => {
    const found = plan.waves.findIndex((one) => one.wave === wave)
    return found < 0 ? plan.waves.length : found
  }
  return counts
    .toSorted((a, b) => place(a) - place(b) || (a.cohort < b.cohort ? -1 : 1))
    .map((one) => {
      const flow = flowOf([one])
      const dispositions = dispositionsSoFar(flow, {
        partial: stopped.get(unitOf(one))?.partial ?? null,
        anchor: findWave(plan, one.wave)?.anchor ?? 'departure',
      })
      return {
        wave: one.wave,
        name: waveName(deps, programme, one.wave),
        cohort: one.cohort,
        state: stateOf([one]),
        ...daysOf([one]),
        eligible: flow.eligible,
        opened: flow.opened,
        invited: flow.invited,
        submitted: flow.submitted,
        rr2: ratesOf(dispositions).rr2,
        publication: one.publication,
      }
    })
}
