// What may be told of answers while they come in: of a crowd, protected, and blunt. Pure; who is who it does not know, and
// no answer, nor anything from which one could be worked out, leaves it.
import { crowdOf } from '../disclosure/crowds.ts'
import { codeShare, passes, THRESHOLDS } from '../disclosure/gate.ts'
import type { Protector } from '../disclosure/protect.ts'
import { derive, together } from '../disclosure/protected.ts'
import { type Answers, completeness, isCalendar, isValid, MISSING } from '../instruments/answers.ts'
import { type Instrument, isQuestion, type Question } from '../instruments/instrument.ts'
import { dispositionOf } from '../publications/disposition.ts'
import type { StoredStop } from './monitoring.queries.ts'

type Keyed = { recordKey: Uint8Array }

/**
 * Crowds grow by ten: of people in the order in which they came, all but those after the last full ten. Whoever looks
 * every day then sees what ten people change together, and never what one does.
 */
export const inTens = <One>(people: readonly One[]): One[] => people.slice(0, people.length - (people.length % STEP))

const STEP = THRESHOLDS.count

const keysOf = (people: readonly Keyed[]) => people.map(({ recordKey }) => recordKey)

/**
 * The protected number of some people among others who are known; null when it is under ten. `nearlyAll` is as many as may
 * be said: more would tell what each of them did.
 */
function countAmong(protector: Protector, some: readonly Keyed[], all: number) {
  const nearlyAll = all < THRESHOLDS.count ? 0 : Math.floor((1 - topCoded(all)) * all + 1e-9)
  const counted = derive(protector.count(crowdOf(keysOf(some))), (n) => (passes(n, THRESHOLDS.count) ? n : null))
  return { count: counted.value, nearlyAll }
}

/** How far from everybody a share of so many people must be to be told. */
function topCoded(n: number): number {
  const coded = codeShare(1, n)
  return coded.state === 'topcoded' ? 1 - coded.atLeast! : 0
}

// ---------------------------------------------------------------- those who stopped

/** People of one wave and cohort who began and stopped: all, those of them that are looked at, and what may be said of these. */
export type Stopped = {
  all: number
  counted: number
  /** How many had done half of what counts, or more, at least; null when fewer than ten may have. */
  partial: number | null
  /** The last page they saved, for every page there is; null where fewer than ten may have stopped, or nearly all. */
  pages: { page: number; people: number | null }[]
}

/** What may be told of those who stopped, in the order in which they did; `pages` is how many the questionnaire has. */
export function stoppedOf(
  stops: readonly StoredStop[],
  { protector, versionOf, pages }: { protector: Protector; versionOf: VersionOf; pages: number },
): Stopped {
  const counted = inTens(stops)
  const partial = counted.filter((stop) => {
    const version = versionOf(stop)
    const complete = version ? completeness(version, stop.answers) : 0
    return dispositionOf({ completeness: complete, because: null, verified: true }) !== 'R'
  })
  const { count, nearlyAll } = countAmong(protector, partial, counted.length)
  return {
    all: stops.length,
    counted: counted.length,
    partial: count === null || !passes(nearlyAll, THRESHOLDS.count) ? null : Math.min(count, nearlyAll),
    pages: Array.from({ length: pages }, (_, index) => {
      const here = counted.filter(({ page }) => page === index + 1)
      const { count, nearlyAll } = countAmong(protector, here, counted.length)
      return { page: index + 1, people: count !== null && count <= nearlyAll ? count : null }
    }),
  }
}

export type VersionOf = (of: { instrument: string; version: number }) => Instrument | undefined

/** Several cohorts together: what each of them may say, added up, so that nothing is said that they do not say. */
export function addStopped(parts: readonly Stopped[]): Stopped {
  const sum = (of: (part: Stopped) => number) => parts.reduce((total, part) => total + of(part), 0)
  const pages = Math.max(0, ...parts.map((part) => part.pages.length))
  return {
    all: sum(({ all }) => all),
    counted: sum(({ counted }) => counted),
    partial: sumOfKnown(parts.map(({ partial }) => partial)),
    pages: Array.from({ length: pages }, (_, index) => ({
      page: index + 1,
      people: sumOfKnown(parts.map((part) => part.pages[index]?.people ?? null)),
    })),
  }
}

const sumOfKnown = (values: readonly (number | null)[]): number | null =>
  values.reduce((sum, value) => (value === null ? sum : (sum ?? 0) + value), null)

// ---------------------------------------------------------------- those who sent their answers

/** Signs of how a questionnaire was filled in, each null for whoever could not have shown it. */
export type Signs = Record<Sign, boolean | null>
export const SIGNS = ['unanswered', 'sameAnswers', 'calendarEdits'] as const
export type Sign = (typeof SIGNS)[number]

/** More of a questionnaire than this left without an answer is much. */
const MUCH_UNANSWERED = 0.1
/** Fewest items of one scale on one page, all answered, that count as a block. */
const BLOCK = 4

/**
 * The signs of one response: more than a tenth of what was asked left blank or declined; the same answer to every item
 * of every block; a month that was shown of last time put right.
 */
export function signsOf(instrument: Instrument, answers: Answers): Signs {
  const asked = Object.values(answers).filter((answer) => answer !== MISSING.notApplicable)
  const unanswered = asked.filter((answer) => answer === MISSING.leftBlank || answer === MISSING.declined)
  const blocks = blocksOf(instrument, answers)
  const shown = asked.filter(isCalendar).flatMap((months) => months.filter(({ source }) => source !== 'reported'))
  return {
    unanswered: asked.length === 0 ? null : unanswered.length > MUCH_UNANSWERED * asked.length,
    sameAnswers: blocks.length === 0 ? null : blocks.every((block) => new Set(block).size === 1),
    calendarEdits: shown.length === 0 ? null : shown.some(({ source }) => source === 'corrected'),
  }
}

/** What was answered to each block: items of one scale on one page. */
function blocksOf({ pages }: Instrument, answers: Answers): unknown[][] {
  return pages.flatMap(({ items }) => {
    const rated = items.filter(isQuestion).filter(({ type }) => type === 'likert')
    const byScale = [...Map.groupBy(rated, scaleOf).values()]
    return byScale
      .map((block) => block.map(({ item }) => answers[item]).filter(isValid))
      .filter(({ length }) => length >= BLOCK)
  })
}

const scaleOf = (item: Question): string => ('options' in item ? item.options.map(({ code }) => code).join() : '')

/** Somebody who sent their answers, with the signs of it. */
export type Sent = Keyed & { submittedOn: Temporal.PlainDate; signs: Signs }

/** The protected numbers of those who show a sign, and of all who could; null under thirty. */
export type SignCounts = Record<Sign, { n: number; showing: number } | null>

/** What may be told of one cohort's responses to one wave. */
export function signCounts(sent: readonly Sent[], protector: Protector): SignCounts {
  const counted = inTens(sent.toSorted(byDay))
  const count = (sign: Sign) => {
    const able = counted.filter(({ signs }) => signs[sign] !== null)
    const drawn = together({
      n: protector.count(crowdOf(keysOf(able))),
      showing: protector.count(crowdOf(keysOf(able.filter(({ signs }) => signs[sign])))),
    })
    return derive(drawn, (counts) => (passes(counts.n, THRESHOLDS.sensitive) ? counts : null)).value
  }
  return bySign(count)
}

/** Fewest responses of which signs are looked for at all: of fewer, none could be told of. */
export const FEWEST_SENT = THRESHOLDS.sensitive

/** By the day, and on one day in an order that says nothing. */
const byDay = (a: Sent, b: Sent): number =>
  Temporal.PlainDate.compare(a.submittedOn, b.submittedOn) || compareKeys(a.recordKey, b.recordKey)

function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, index) => byte !== b[index])
  return at < 0 ? 0 : a[at]! - b[at]!
}

const bySign = <T>(of: (sign: Sign) => T) =>
  Object.fromEntries(SIGNS.map((sign) => [sign, of(sign)])) as Record<Sign, T>

/** Several cohorts together: those of them that are large enough, added up. */
export const addSigns = (parts: readonly SignCounts[]): SignCounts =>
  bySign((sign) => {
    const known = parts.flatMap((part) => part[sign] ?? [])
    if (known.length === 0) return null
    return {
      n: known.reduce((sum, { n }) => sum + n, 0),
      showing: known.reduce((sum, { showing }) => sum + showing, 0),
    }
  })

/** A share in twentieths; where nearly nobody or nearly everybody is in it, only how many at most or at least. */
export type BluntShare = { share: number } | { atMost: number } | { atLeast: number }

/** The blunt share of protected numbers, of ten people and more. */
export function bluntShare({ n, showing }: { n: number; showing: number }): BluntShare {
  const inTwentieths = (share: number) => Math.round(20 * share) / 20
  const coded = codeShare(Math.min(1, Math.max(0, showing / n)), n)
  if (coded.state === 'published') {
    const share = inTwentieths(coded.share)
    return share === 0 ? { atMost: 0.05 } : share === 1 ? { atLeast: 0.95 } : { share }
  }
  const edge = Math.ceil(20 * (coded.atMost ?? 1 - coded.atLeast!) - 1e-9) / 20
  return coded.atMost === undefined ? { atLeast: 1 - edge } : { atMost: edge }
}
