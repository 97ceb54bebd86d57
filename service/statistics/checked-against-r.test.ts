// Compares what is computed here with what R 4.2.2 (survival 3.5, psych 2.2.9) made of the same made-up data, once, by
// checked-against-r.R; must not know R while it runs.

import { expect, test } from 'vitest'
import { pairedChange } from './change.ts'
import r from './checked-against-r.json' with { type: 'json' }
import { welch } from './independent-means.ts'
import { type Interval, meanInterval, wilson } from './intervals.ts'
import { cronbachAlpha } from './reliability.ts'
import { summarise } from './summary.ts'
import { kaplanMeier, medianTime, restrictedMean } from './survival.ts'

/** The same to 1e-9 and, where a figure is smaller than 1, to as many of its own digits. */
const close = (found: number | null | undefined, wanted: number) => {
  expect(Math.abs(found! - wanted), `${found} is not ${wanted}`).toBeLessThan(1e-9 * Math.min(1, Math.abs(wanted) || 1))
}
const closeInterval = (found: Interval | null, wanted: Interval) => {
  close(found?.low, wanted.low)
  close(found?.high, wanted.high)
}
const sampleOf = (values: number[]) => {
  const { n, mean, sd } = summarise(values)
  return { n, mean, variance: sd ** 2 }
}

test('Kaplan–Meier is what survfit makes of spells with ties', () => {
  const { time, event, horizon, steps: wanted } = r.spells
  const steps = kaplanMeier(time.map((time, place) => ({ time, event: event[place] === 1 })))
  expect(steps.map(({ time }) => time)).toEqual(wanted.time)
  expect(steps.map(({ atRisk }) => atRisk)).toEqual(wanted.atRisk)
  expect(steps.map(({ events }) => events)).toEqual(wanted.events)
  for (const [place, { survival, standardError, interval }] of steps.entries()) {
    close(survival, wanted.survival[place]!)
    close(standardError, wanted.standardError[place]!)
    closeInterval(interval, { low: wanted.low[place]!, high: wanted.high[place]! })
  }
  expect(medianTime(steps)).toBe(r.spells.median)
  close(restrictedMean(steps, horizon), r.spells.restrictedMean)
})

test('a mean, a paired change and a difference of means are what t.test makes of them', () => {
  const { before, after, others, ...wanted } = r.means
  const sample = sampleOf(before)
  close(sample.mean, wanted.one.estimate)
  closeInterval(meanInterval(sample), wanted.one)

  const change = pairedChange(sampleOf(after.map((value, place) => value - before[place]!)))
  close(change.estimate, wanted.paired.estimate)
  close(change.t, wanted.paired.t)
  close(change.p, wanted.paired.p)
  closeInterval(change.interval, wanted.paired)

  const difference = welch(sample, sampleOf(others))
  close(difference.estimate, wanted.welch.estimate)
  close(difference.t, wanted.welch.t)
  close(difference.df, wanted.welch.df)
  close(difference.p, wanted.welch.p)
  closeInterval(difference.interval, wanted.welch)
})

test('the score interval is that of prop.test without correction', () => {
  expect(r.shares.length).toBeGreaterThan(0)
  for (const { count, n, low, high } of r.shares) closeInterval(wilson(count / n, n), { low, high })
})

test('α, raw and standardised, is that of psych', () => {
  const { raw, standardised } = cronbachAlpha(r.alpha.answers)
  close(raw, r.alpha.raw)
  close(standardised, r.alpha.standardised)
})
