// Figures of how collection goes, from counts: the flow, provisional AAPOR rates, the day-by-day curve, what each message
// gained, who answers less than others, who stays, and the quality gates. Pure; whatever comes of answers comes protected.
//
// Not measured: how long a questionnaire takes, and so who hurries through it. Dates are kept, and no times, on purpose.
import type { Dimension } from '../panel/frame.ts'
import { groupMembers, segmentFacts } from '../panel/segments.ts'
import type { Bilingual } from '../platform/i18n.ts'
import { type Dispositions, responseRates } from '../statistics/response-rates.ts'
import type { ContactKind, Plan, Wave } from '../waves/plan.ts'
import type { DayCounts, FlowCounts, MessageCounts, RetentionCounts, SegmentMember } from './monitoring.queries.ts'
import { type BluntShare, bluntShare, SIGNS, type SignCounts, type Stopped } from './monitoring-crowds.ts'

// ---------------------------------------------------------------- the flow

export type Flow = Omit<FlowCounts, 'cohort' | 'wave' | 'arm' | 'opensOn' | 'closesOn' | 'closed' | 'publication'> & {
  /** Begun, and not sent. */
  unfinished: number
  /** Written to, and no message arrived. */
  bounced: number
}

/** Several cohorts' counts of one wave as one. */
export function flowOf(counts: readonly FlowCounts[]): Flow {
  const sum = (of: (one: FlowCounts) => number) => counts.reduce((total, one) => total + of(one), 0)
  const invited = sum((one) => one.invited)
  const delivered = sum((one) => one.delivered)
  const started = sum((one) => one.started)
  const submitted = sum((one) => one.submitted)
  return {
    eligible: sum((one) => one.eligible),
    opened: sum((one) => one.opened),
    over: sum((one) => one.over),
    overSubmitted: sum((one) => one.overSubmitted),
    invited,
    delivered,
    bounced: invited - delivered,
    started,
    unfinished: started - submitted,
    submitted,
    optedOut: sum((one) => one.optedOut),
    refused: sum((one) => one.refused),
    noAddress: sum((one) => one.noAddress),
    enrolledLate: sum((one) => one.enrolledLate),
    silent: sum((one) => one.silent),
    silentUnverified: sum((one) => one.silentUnverified),
    twoChannels: sum((one) => one.twoChannels),
  }
}

/** How far a wave has come: for one cohort, or for several as long as they are at one point, else open. */
const WAVE_STATES = ['not open yet', 'open', 'over', 'closed', 'published'] as const
export type WaveState = (typeof WAVE_STATES)[number]

export function stateOf(counts: readonly FlowCounts[]): WaveState {
  const states = counts.map(stateOfOne)
  if (states.every((state) => state === 'not open yet')) return 'not open yet'
  if (states.some((state) => state === 'open' || state === 'not open yet')) return 'open'
  return WAVE_STATES.find((state) => states.includes(state))!
}

function stateOfOne({ closed, publication, eligible, opened, over }: FlowCounts): WaveState {
  if (publication !== null) return 'published'
  if (closed) return 'closed'
  if (opened === 0) return 'not open yet'
  return over === eligible ? 'over' : 'open'
}

/** The first day on which anybody's field period opens, and the day on which the last one's ends. */
export const daysOf = (counts: readonly FlowCounts[]) => ({
  opensOn: counts.map(({ opensOn }) => opensOn).toSorted(Temporal.PlainDate.compare)[0]!,
  closesOn: counts
    .map(({ closesOn }) => closesOn)
    .toSorted(Temporal.PlainDate.compare)
    .at(-1)!,
})

/**
 * The dispositions that cases would have were collection to end now, of those whose questionnaire has opened. Answers
 * that were sent are complete (I), those begun a break-off (R) but for the partial ones that may be told; whoever wants
 * no more mail refused (R); silence is NC, or UO while the return that the wave hangs on is not verified.
 */
export function dispositionsSoFar(
  { submitted, unfinished, refused, silent, silentUnverified }: Flow,
  { partial, anchor }: { partial: number | null; anchor: Wave['anchor'] },
): Dispositions {
  const P = Math.min(partial ?? 0, unfinished)
  const UO = anchor === 'return' ? silentUnverified : 0
  const R = unfinished - P + refused
  return { I: submitted, P, R, NC: silent - UO, O: 0, UH: 0, UO, NE: 0 }
}

export type Rates = Pick<ReturnType<typeof responseRates>, 'rr1' | 'rr2' | 'rr5' | 'rr6'>

/** RR1, RR2, RR5 and RR6 as shares, each null while there is nobody below. */
export function ratesOf(dispositions: Dispositions): Rates {
  const { rr1, rr2, rr5, rr6 } = responseRates(dispositions)
  return { rr1, rr2, rr5, rr6 }
}

// ---------------------------------------------------------------- day by day

/**
 * Day 0 is that of a person's own opening. `share`: who has sent their answers by the end of the day, among all who have
 * had so many days (a Kaplan–Meier estimate: the same as counting, once everybody has); null while fewer than ten have.
 */
export type CurveDay = { day: number; submitted: number; cumulated: number; share: number | null }

const FEWEST = 10

/** One wave's curve, from its opening to the last day that anybody has had. */
export function curveOf(counts: readonly DayCounts[]): CurveDay[] {
  const last = Math.max(-1, ...counts.map(({ day }) => day))
  const people = (day: number, submitted: boolean) =>
    counts.reduce((sum, one) => (one.day === day && one.submitted === submitted ? sum + one.people : sum), 0)
  let atRisk = counts.reduce((sum, one) => sum + one.people, 0)
  let have = counts.reduce((sum, one) => sum + one.people, 0)
  let cumulated = 0
  let silent = 1
  return Array.from({ length: last + 1 }, (_, day) => {
    const submitted = people(day, true)
    if (atRisk > 0) silent *= 1 - submitted / atRisk
    cumulated += submitted
    const share = have < FEWEST ? null : 1 - silent
    atRisk -= submitted + people(day, false)
    have -= people(day, false)
    return { day, submitted, cumulated, share }
  })
}

// ---------------------------------------------------------------- messages

/** `kind` is null for those who sent their answers without any message of the plan. */
export type Message = { kind: ContactKind | null; number: number; sent: number; answered: number }

/** What each message of the plan was followed by, in the plan's order; what was never sent is left out. */
export function messagesOf(counts: readonly MessageCounts[], submitted: number): Message[] {
  const order = ['invitation', 'resume', 'reminder', 'lastCall'] satisfies ContactKind[]
  const inOrder = counts.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || a.number - b.number)
  const without = submitted - counts.reduce((sum, { answered }) => sum + answered, 0)
  return without > 0 ? [...inOrder, { kind: null, number: 1, sent: 0, answered: without }] : inOrder
}

// ---------------------------------------------------------------- segments

/** `rate`: sent their answers, among those whose questionnaire has opened; `points`: how far that is from everybody's. */
export type SegmentRow = {
  category: string
  label: Bilingual
  eligible: number
  submitted: number
  rate: number
  points: number
}
export type SegmentTable = { dimension: string; label: Bilingual; rows: SegmentRow[] }

/** `groupMembers` merges categories expected to give fewer than twenty; if everybody gave two, of fewer than ten people. */
const OF_TEN_PEOPLE = 2

/** Response by each dimension against the frame; categories of fewer than ten people join the remainder. */
export function segmentsOf(members: readonly SegmentMember[], dimensions: readonly Dimension[]): SegmentTable[] {
  const facts = members.map(segmentFacts)
  const submitted = members.filter((member) => member.submitted).length
  return dimensions.flatMap((dimension) => {
    const grouping = groupMembers(dimension, facts, OF_TEN_PEOPLE)
    if (!grouping) return []
    const groups = Map.groupBy(members, (_, place) => grouping.categoryOf(facts[place]!))
    const rows = dimension.categories.flatMap(({ category, label }): SegmentRow[] => {
      const people = groups.get(category)
      if (!people) return []
      const sent = people.filter((member) => member.submitted).length
      const rate = sent / people.length
      const points = 100 * (rate - submitted / members.length)
      return [{ category, label, eligible: people.length, submitted: sent, rate, points }]
    })
    return [{ dimension: dimension.dimension, label: dimension.label, rows }]
  })
}

/** The largest difference of a category from everybody, in points whatever its sign; null when nothing is split. */
export function maxDifference(tables: readonly SegmentTable[]): number | null {
  const points = tables.flatMap(({ rows }) => rows.map(({ points }) => Math.abs(points)))
  return points.length === 0 ? null : Math.max(...points)
}

// ---------------------------------------------------------------- from wave to wave

/** Of those who had sent their answers at an earlier wave, who has at this one; `share` is null for nobody. */
export type Retention = {
  since: 'first' | 'previous'
  wave: string
  name: Bilingual
  before: number
  still: number
  share: number | null
}

/** Since the first wave that anybody answered, and since the one before this. */
export function retentionOf(
  counts: readonly RetentionCounts[],
  earlier: readonly Pick<Wave, 'wave' | 'name'>[],
): Retention[] {
  const at = (wave: string) => counts.find((one) => one.wave === wave)
  const row = (since: Retention['since'], { wave, name }: Pick<Wave, 'wave' | 'name'>): Retention => {
    const { before, still } = at(wave) ?? { before: 0, still: 0 }
    return { since, wave, name, before, still, share: before === 0 ? null : still / before }
  }
  const first = earlier.find(({ wave }) => at(wave))
  const previous = earlier.at(-1)
  return [...(first ? [row('first', first)] : []), ...(previous && first ? [row('previous', previous)] : [])]
}

/** Of those written to, whom no message reached. */
export type BounceRow = { wave: string; name: Bilingual; invited: number; bounced: number; rate: number | null }

/** By wave, in the plan's order; waves nobody was written to about are left out. */
export function bouncesOf(counts: readonly FlowCounts[], waves: readonly Pick<Wave, 'wave' | 'name'>[]): BounceRow[] {
  return waves.flatMap(({ wave, name }) => {
    const { invited, bounced } = flowOf(counts.filter((one) => one.wave === wave && one.arm === 'VOL'))
    return invited === 0 ? [] : [{ wave, name, invited, bounced, rate: bounced / invited }]
  })
}

/** The waves of a plan before one. */
export function wavesBefore({ waves }: Pick<Plan, 'waves'>, wave: string): Plan['waves'] {
  return waves.slice(
    0,
    Math.max(
      0,
      waves.findIndex((one) => one.wave === wave),
    ),
  )
}

// ---------------------------------------------------------------- quality gates

const GATES = [
  'response',
  'bounces',
  'breakOff',
  'segments',
  'channels',
  'unanswered',
  'sameAnswers',
  'calendarEdits',
] as const
export type GateName = (typeof GATES)[number]

export type Gate = {
  gate: GateName
  verdict: 'fine' | 'look' | 'too few'
  /** A share from 0 to 1, in twentieths where it comes of answers; or points. */
  figure?: BluntShare | { points: number }
  /** What it is held against: at least this for the response and the channels, at most this for the others. */
  limit: number
}

/**
 * The gates of a wave and what they are held against. The expected response is the plan's. One address in twenty is also
 * where sending stops (mailings/delivery.ts); the other limits are conventions of ours, to make somebody look.
 */
export const LIMITS = {
  bounces: 0.05,
  breakOff: 0.1,
  segmentPoints: 10,
  channels: 0.5,
  unanswered: 0.1,
  sameAnswers: 0.1,
  calendarEdits: 0.2,
} as const

export type GateFacts = {
  flow: Flow
  expectedResponse: number
  stopped: Pick<Stopped, 'all'>
  segments: readonly SegmentTable[]
  signs: SignCounts
}

/** The quality gates of a wave (methodology, before closing), in their order. */
export function gatesOf({ flow, expectedResponse, stopped, segments, signs }: GateFacts): Gate[] {
  const points = maxDifference(segments)
  return [
    // Of those for whom it is over: the others may still answer.
    atLeast('response', flow.overSubmitted, flow.over, expectedResponse),
    atMost('bounces', flow.bounced, flow.invited, LIMITS.bounces),
    // Of those who have sent their answers or stopped: the others may still go on.
    atMost('breakOff', stopped.all, stopped.all + flow.submitted, LIMITS.breakOff),
    points === null
      ? { gate: 'segments', verdict: 'too few', limit: LIMITS.segmentPoints }
      : {
          gate: 'segments',
          verdict: points > LIMITS.segmentPoints ? 'look' : 'fine',
          figure: { points },
          limit: LIMITS.segmentPoints,
        },
    atLeast('channels', flow.twoChannels, flow.eligible, LIMITS.channels),
    ...SIGNS.map((gate) => bluntly(gate, signs[gate])),
  ]
}

const atLeast = (gate: GateName, part: number, all: number, limit: number): Gate =>
  all < FEWEST
    ? { gate, verdict: 'too few', limit }
    : { gate, verdict: part / all < limit ? 'look' : 'fine', figure: { share: part / all }, limit }

const atMost = (gate: GateName, part: number, all: number, limit: number): Gate =>
  all < FEWEST
    ? { gate, verdict: 'too few', limit }
    : { gate, verdict: part / all > limit ? 'look' : 'fine', figure: { share: part / all }, limit }

/** Judged by what is shown and by nothing finer. */
function bluntly(gate: keyof SignCounts, counts: SignCounts[keyof SignCounts]): Gate {
  const limit = LIMITS[gate]
  if (!counts) return { gate, verdict: 'too few', limit }
  const figure = bluntShare(counts)
  const shown = 'share' in figure ? figure.share : 'atMost' in figure ? figure.atMost : figure.atLeast
  return { gate, verdict: shown > limit ? 'look' : 'fine', figure, limit }
}
