// How long until something happens, when some were not watched until it did; must not know what.

import type { Interval } from './intervals.ts'
import { NORMAL_975 } from './student.ts'

/** `time` until the event, or until nobody watched any more (event false). */
export type Spell = { time: number; event: boolean }
export type Step = {
  time: number
  atRisk: number
  events: number
  survival: number
  standardError: number
  interval: Interval | null
}

/**
 * The share still without the event after each time there is one; the standard error is Greenwood's, the 95 % interval
 * log-log, null once nobody is left. Events come before censorings of the same time (Kaplan & Meier, 1958, JASA 53:457;
 * Greenwood, 1926; Kalbfleisch & Prentice, 2002, § 1.4).
 */
export function kaplanMeier(spells: readonly Spell[]): Step[] {
  const times = [...new Set(spells.filter(({ event }) => event).map(({ time }) => time))].sort((a, b) => a - b)
  let survival = 1
  let greenwood = 0
  return times.map((time) => {
    const atRisk = spells.filter((spell) => spell.time >= time).length
    const events = spells.filter((spell) => spell.event && spell.time === time).length
    survival *= 1 - events / atRisk
    greenwood += events / (atRisk * (atRisk - events))
    const standardError = survival === 0 ? 0 : survival * Math.sqrt(greenwood)
    return { time, atRisk, events, survival, standardError, interval: logLog(survival, greenwood) }
  })
}

/** The 95 % log-log interval of a survival share, from the variance of its logarithm; null at 0 and 1. */
function logLog(survival: number, variance: number): Interval | null {
  if (!(survival > 0 && survival < 1)) return null
  const spread = Math.exp((NORMAL_975 * Math.sqrt(variance)) / Math.abs(Math.log(survival)))
  return { low: survival ** spread, high: survival ** (1 / spread) }
}

/** The first time at which half or fewer are still without the event; null when that is never seen. */
export const medianTime = (steps: readonly Step[]): number | null =>
  steps.find(({ survival }) => survival <= 0.5 + ROUNDING)?.time ?? null
/** What the product of many shares may be off: a half of 24 people is computed as slightly more than ½. */
const ROUNDING = 1e-12

/** The mean time without the event, watched up to a horizon: the area under the curve (Royston & Parmar, 2013). */
export function restrictedMean(steps: readonly Step[], horizon: number): number {
  let [area, from, height] = [0, 0, 1]
  for (const { time, survival } of steps.filter(({ time }) => time < horizon)) {
    area += (time - from) * height
    from = time
    height = survival
  }
  return area + (horizon - from) * height
}

/** Of those at risk in an interval: how many had the event, and how many were watched for part of it only. */
export type LifeInterval = { atRisk: number; events: number; censored: number }

/**
 * The share with the event by the end of each interval, 0 to 1, with its 95 % log-log interval, null at 0 and 1: the
 * actuarial life table, in which the censored count for half (Cutler & Ederer, 1958, J. Chronic Diseases 8:699). Every
 * count may carry independent noise of variance V, which adds V·(1 + q²·5/4)/(r − c/2)² to the variance of each
 * conditional share q = d/(r − c/2) (delta method for a ratio; Cochran, 1977, ch. 6); impossible counts are drawn to
 * the nearest possible, and both are null from where nobody is at risk any more.
 */
export function lifeTable(
  intervals: readonly LifeInterval[],
  V = 0,
): { share: number | null; interval: Interval | null }[] {
  let survival = 1
  let variance = 0
  let isOver = false
  return intervals.map(({ atRisk, events, censored }) => {
    const exposed = atRisk - Math.max(0, censored) / 2
    if (isOver || !(exposed > 0)) {
      isOver = true
      return { share: null, interval: null }
    }
    const q = Math.min(1, Math.max(0, events) / exposed)
    survival *= 1 - q
    if (q < 1) variance += (q / exposed + (V * (1 + 1.25 * q ** 2)) / (exposed ** 2 * (1 - q))) / (1 - q)
    const bounds = logLog(survival, variance)
    return { share: 1 - survival, interval: bounds && { low: 1 - bounds.high, high: 1 - bounds.low } }
  })
}
