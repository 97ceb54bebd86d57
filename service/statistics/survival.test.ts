// Checks survival against a published data set and worked examples; must not know what is waited for.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kaplanMeier, lifeTable, medianTime, restrictedMean, type Spell } from './survival.ts'

const spells = (text: string): Spell[] =>
  text.split(' ').map((one) => ({ time: Number.parseFloat(one), event: !one.endsWith('+') }))
/** The R data set aml: weeks until relapse, with and without chemotherapy maintained (Miller, 1997). */
const maintained = spells('9 13 13+ 18 23 28+ 31 34 45+ 48 161+')
const others = spells('5 5 8 8 12 16+ 23 27 30 33 43 45')

describe('Kaplan–Meier', () => {
  test('the maintained group is as printed', () => {
    const steps = kaplanMeier(maintained)
    const printed = [
      [9, 0.909091, 0.086678, 0.50808, 0.986674],
      [13, 0.818182, 0.116291, 0.447429, 0.951162],
      [18, 0.715909, 0.139665, 0.35019, 0.899024],
      [23, 0.613636, 0.152632, 0.265752, 0.835299],
      [31, 0.490909, 0.164193, 0.167331, 0.7534],
      [34, 0.368182, 0.162669, 0.09283, 0.657041],
      [48, 0.184091, 0.153493, 0.011738, 0.525015],
    ]
    expect(steps.map(({ time }) => time)).toEqual(printed.map(([time]) => time))
    for (const [place, [, survival, error, low, high]] of printed.entries()) {
      const step = steps[place]!
      expect(step.survival).toBeCloseTo(survival!, 6)
      expect(step.standardError).toBeCloseTo(error!, 6)
      expect(step.interval!.low).toBeCloseTo(low!, 6)
      expect(step.interval!.high).toBeCloseTo(high!, 6)
    }
    expect(medianTime(steps)).toBe(31)
    expect(restrictedMean(steps, 24)).toBeCloseTo(20.920455, 6)
  })

  test('the other group is as printed, and ends with nobody left', () => {
    const steps = kaplanMeier(others)
    const printed = [0.833333, 0.666667, 0.583333, 0.486111, 0.388889, 0.291667, 0.194444, 0.097222, 0]
    expect(steps.map(({ time }) => time)).toEqual([5, 8, 12, 23, 27, 30, 33, 43, 45])
    for (const [place, survival] of printed.entries()) expect(steps[place]!.survival).toBeCloseTo(survival, 6)
    expect(steps.at(-1)!.interval).toBeNull()
    expect(medianTime(steps)).toBe(23)
    expect(restrictedMean(steps, 24)).toBeCloseTo(17.069444, 6)
  })

  test('the median is where exactly half are left, whatever rounding makes of it, and null when never seen', () => {
    for (const n of [24, 28, 30, 200]) {
      const everyMonth = Array.from({ length: n }, (_, month) => ({ time: month + 1, event: true }))
      expect(medianTime(kaplanMeier(everyMonth))).toBe(n / 2)
    }
    expect(medianTime(kaplanMeier(spells('3 5+ 5+')))).toBeNull()
    expect(medianTime([])).toBeNull()
  })

  test('a restricted mean counts nothing after its horizon, and everything where nothing happens', () => {
    expect(restrictedMean(kaplanMeier(spells('2 4')), 3)).toBeCloseTo(2 + 0.5, 12)
    expect(restrictedMean(kaplanMeier(spells('2 4')), 10)).toBeCloseTo(2 + 2 * 0.5, 12)
    expect(restrictedMean([], 12)).toBe(12)
  })

  test('months to a first job are the worked ones; an event comes before a censoring of the same month', () => {
    const steps = kaplanMeier(spells('0 1 2 2 3+ 4 6 6+ 9 12+ 12+ 12+'))
    const share = (time: number) => 1 - steps.find((step) => step.time === time)!.survival
    for (const [time, wanted] of [
      [0, 0.083333],
      [1, 0.166667],
      [2, 0.333333],
      [4, 0.428571],
      [6, 0.52381],
      [9, 0.642857],
    ] as const)
      expect(share(time)).toBeCloseTo(wanted, 6)
    const bounds = (time: number) => steps.find((step) => step.time === time)!.interval!
    for (const [time, low, high] of [
      [2, 0.140288, 0.662981],
      [6, 0.276313, 0.81771],
      [9, 0.366775, 0.901735],
    ] as const) {
      expect(1 - bounds(time).high).toBeCloseTo(low, 6)
      expect(1 - bounds(time).low).toBeCloseTo(high, 6)
    }
  })
})

describe('the life table', () => {
  const worked = [
    { atRisk: 43, events: 12, censored: 3 },
    { atRisk: 28, events: 8, censored: 4 },
    { atRisk: 16, events: 6, censored: 5 },
  ]

  test('is the worked one', () => {
    const printed = [
      [0.289157, 0.175763, 0.452633],
      [0.507878, 0.362746, 0.672315],
      [0.726599, 0.564899, 0.867461],
    ]
    for (const [place, [share, low, high]] of printed.entries()) {
      const found = lifeTable(worked)[place]!
      expect(found.share).toBeCloseTo(share!, 6)
      expect(found.interval!.low).toBeCloseTo(low!, 6)
      expect(found.interval!.high).toBeCloseTo(high!, 6)
    }
  })

  test('noise widens its intervals and leaves its shares alone', () => {
    const [plain, noisy] = [lifeTable(worked), lifeTable(worked, 3)]
    expect(noisy.map(({ share }) => share)).toEqual(plain.map(({ share }) => share))
    for (const place of plain.keys()) expect(noisy[place]!.interval!.low).toBeLessThan(plain[place]!.interval!.low)
  })

  test('noise adds to the variance of the share what its slope in every count makes of it', () => {
    const V = 3
    const last = (counts: typeof worked) => 1 - lifeTable(counts).at(-1)!.share!
    const S = last(worked)
    // Of ln S, read back from the bounds: S^exp(z·√variance/|ln S|) is the lower one of S.
    const variance = (noise: number) => {
      const spread = Math.log(1 - lifeTable(worked, noise).at(-1)!.interval!.high) / Math.log(S)
      return ((Math.log(spread) * Math.abs(Math.log(S))) / 1.959963984540054) ** 2
    }
    let wanted = 0
    for (const place of worked.keys())
      for (const count of ['atRisk', 'events', 'censored'] as const) {
        const moved = (by: number) =>
          last(worked.map((one, other) => (other === place ? { ...one, [count]: one[count] + by } : one)))
        wanted += (V * ((moved(1e-4) - moved(-1e-4)) / 2e-4) ** 2) / S ** 2
      }
    expect(variance(V) - variance(0)).toBeCloseTo(wanted, 6)
  })

  test('whatever noise makes of the counts, shares grow from 0 to 1 within their intervals, and stop for good', () => {
    const count = fc.integer({ min: -6, max: 40 })
    const counts = fc.array(fc.record({ atRisk: count, events: count, censored: count }), { maxLength: 6 })
    fc.assert(
      fc.property(counts, fc.constantFrom(0, 3), (intervals, V) => {
        const found = lifeTable(intervals, V)
        const end = found.findIndex(({ share }) => share === null)
        const shares = (end < 0 ? found : found.slice(0, end)).map(({ share }) => share!)
        expect(found.slice(shares.length)).toEqual(
          new Array(found.length - shares.length).fill({ share: null, interval: null }),
        )
        expect(intervals.slice(0, shares.length).every(({ atRisk }) => atRisk > 0)).toBe(true)
        for (const [place, share] of shares.entries()) {
          expect(share >= (shares[place - 1] ?? 0) && share <= 1).toBe(true)
          const { low, high } = found[place]!.interval ?? { low: 0, high: 1 }
          expect(low >= 0 && low <= share + 1e-12 && high >= share - 1e-12 && high <= 1).toBe(true)
        }
      }),
    )
  })

  test('counts that noise has made impossible never give an impossible share', () => {
    const strange = [
      { atRisk: 5, events: 8, censored: 0 },
      { atRisk: 3, events: -2, censored: -1 },
      { atRisk: -1, events: 1, censored: 0 },
      { atRisk: 9, events: 1, censored: 0 },
    ]
    const shares = lifeTable(strange, 3).map(({ share }) => share)
    expect(shares).toEqual([1, 1, null, null])
    expect(lifeTable([{ atRisk: 30, events: -1, censored: 2 }], 3)).toEqual([{ share: 0, interval: null }])
  })
})
