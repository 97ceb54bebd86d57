// The figures of how collection goes, by themselves: vectors worked out by hand, and how far what comes of answers is told.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createProtector } from '../disclosure/protect.ts'
import type { Answers } from '../instruments/answers.ts'
import type { Instrument } from '../instruments/instrument.ts'
import type { Dimension } from '../panel/frame.ts'
import { hmacSha256, sha256 } from '../platform/secrets.ts'
import type { FlowCounts, SegmentMember, StoredStop } from './monitoring.queries.ts'
import {
  bouncesOf,
  curveOf,
  daysOf,
  dispositionsSoFar,
  type Flow,
  flowOf,
  gatesOf,
  LIMITS,
  maxDifference,
  messagesOf,
  ratesOf,
  retentionOf,
  segmentsOf,
  stateOf,
} from './monitoring.ts'
import {
  addSigns,
  addStopped,
  bluntShare,
  inTens,
  type Sent,
  type SignCounts,
  signCounts,
  signsOf,
  stoppedOf,
} from './monitoring-crowds.ts'

const day = (text: string) => Temporal.PlainDate.from(text)

const NOBODY: FlowCounts = {
  cohort: 'phase-1',
  wave: 'w1',
  arm: 'VOL',
  opensOn: day('2026-10-15'),
  closesOn: day('2026-11-26'),
  closed: false,
  publication: null,
  eligible: 0,
  opened: 0,
  over: 0,
  overSubmitted: 0,
  invited: 0,
  delivered: 0,
  started: 0,
  submitted: 0,
  optedOut: 0,
  refused: 0,
  noAddress: 0,
  enrolledLate: 0,
  silent: 0,
  silentUnverified: 0,
  twoChannels: 0,
}
const counts = (some: Partial<FlowCounts>): FlowCounts => ({ ...NOBODY, ...some })
const flow = (some: Partial<FlowCounts>): Flow => flowOf([counts(some)])

describe('the flow', () => {
  test('cohorts add up, and what is left between two steps is worked out from them', () => {
    const both = flowOf([
      counts({ eligible: 10, invited: 8, delivered: 7, started: 5, submitted: 3 }),
      counts({ eligible: 4, invited: 4, delivered: 4, started: 1, submitted: 1 }),
    ])
    expect(both).toMatchObject({ eligible: 14, invited: 12, delivered: 11, bounced: 1, started: 6, unfinished: 2 })
  })

  test.each([
    ['not open yet', [{ eligible: 2 }]],
    ['open', [{ eligible: 2, opened: 1 }]],
    ['open', [{ eligible: 2, opened: 2, over: 1 }]],
    ['over', [{ eligible: 2, opened: 2, over: 2 }]],
    ['closed', [{ eligible: 2, opened: 2, over: 2, closed: true }]],
    ['published', [{ eligible: 2, opened: 2, over: 2, closed: true, publication: 'tevo.phase-1.w1.1' }]],
    // Of several cohorts.
    ['not open yet', [{ eligible: 2 }, { eligible: 3 }]],
    ['open', [{ eligible: 2 }, { eligible: 3, opened: 3, over: 3 }]],
    [
      'over',
      [
        { eligible: 2, opened: 2, over: 2 },
        { eligible: 3, opened: 3, over: 3, closed: true },
      ],
    ],
  ])('a wave is %s', (state, some) => {
    expect(stateOf(some.map(counts))).toBe(state)
  })

  test('several cohorts open with the first and close with the last', () => {
    const both = [counts({ opensOn: day('2026-11-02') }), counts({ closesOn: day('2027-01-05') })]
    expect(daysOf(both)).toEqual({ opensOn: day('2026-10-15'), closesOn: day('2027-01-05') })
  })
})

describe('dispositions and rates so far', () => {
  test('are those of the vector of 264 cases: RR1 0.507692, RR2 0.553846, RR5 0.55, RR6 0.6', () => {
    // I 132, P 12, R 9 and NC 84, UO 20: without the 3 others and the 4 who are not eligible, whom no case is.
    const cases = flow({ opened: 257, started: 144 + 5, submitted: 132, refused: 4, silent: 104, silentUnverified: 20 })
    const dispositions = dispositionsSoFar(cases, { partial: 12, anchor: 'return' })
    expect(dispositions).toEqual({ I: 132, P: 12, R: 9, NC: 84, O: 0, UH: 0, UO: 20, NE: 0 })
    const rounded = (of: typeof dispositions) =>
      Object.fromEntries(Object.entries(ratesOf(of)).map(([rate, value]) => [rate, Number(value?.toFixed(6))]))
    expect(rounded({ ...dispositions, O: 3 })).toEqual({ rr1: 0.507692, rr2: 0.553846, rr5: 0.55, rr6: 0.6 })
    expect(rounded(dispositions)).toEqual({ rr1: 0.513619, rr2: 0.560311, rr5: 0.556962, rr6: 0.607595 })
  })

  test('what may not be told of those who stopped counts as broken off', () => {
    const cases = flow({ opened: 40, started: 22, submitted: 18, silent: 18 })
    expect(dispositionsSoFar(cases, { partial: null, anchor: 'return' })).toMatchObject({ I: 18, P: 0, R: 4, NC: 18 })
  })

  test('no more are partial than have not finished, whatever the noise', () => {
    const cases = flow({ opened: 40, started: 30, submitted: 18, silent: 10 })
    expect(dispositionsSoFar(cases, { partial: 15, anchor: 'return' })).toMatchObject({ P: 12, R: 0 })
  })

  test('a return that is not verified matters to waves that hang on it', () => {
    const cases = flow({ opened: 20, silent: 20, silentUnverified: 5 })
    expect(dispositionsSoFar(cases, { partial: null, anchor: 'return' })).toMatchObject({ NC: 15, UO: 5 })
    expect(dispositionsSoFar(cases, { partial: null, anchor: 'departure' })).toMatchObject({ NC: 20, UO: 0 })
  })

  test('there are none while no questionnaire has opened', () => {
    const dispositions = dispositionsSoFar(flow({ eligible: 12 }), { partial: null, anchor: 'return' })
    expect(ratesOf(dispositions)).toEqual({ rr1: null, rr2: null, rr5: null, rr6: null })
  })
})

describe('the curve', () => {
  const sent = (on: number, people: number) => ({ wave: 'w1', day: on, submitted: true, people })
  const silent = (on: number, people: number) => ({ wave: 'w1', day: on, submitted: false, people })

  test('is the cumulated share of everybody once everybody has had the time', () => {
    expect(curveOf([sent(0, 4), sent(2, 6), silent(3, 10)])).toEqual([
      { day: 0, submitted: 4, cumulated: 4, share: expect.closeTo(4 / 20, 12) },
      { day: 1, submitted: 0, cumulated: 4, share: expect.closeTo(4 / 20, 12) },
      { day: 2, submitted: 6, cumulated: 10, share: expect.closeTo(10 / 20, 12) },
      { day: 3, submitted: 0, cumulated: 10, share: expect.closeTo(10 / 20, 12) },
    ])
  })

  test('whoever has not had so many days does not count against them', () => {
    // Ten opened today and are silent; of the twenty before, five answered on day 2: 0 of 30, then 5 of 20.
    expect(curveOf([silent(0, 10), sent(2, 5), silent(5, 15)]).map(({ share }) => share)).toEqual([
      0,
      0,
      ...Array.from({ length: 4 }, () => expect.closeTo(0.25, 12)),
    ])
  })

  test('says no share of fewer than ten', () => {
    expect(curveOf([silent(0, 8), sent(1, 3), silent(1, 6)]).map(({ share }) => share)).toEqual([0, null])
  })

  test('is empty while nobody has had a day', () => {
    expect(curveOf([])).toEqual([])
  })
})

describe('messages', () => {
  test('stand in the order of the plan, with those who answered without any', () => {
    const messages = messagesOf(
      [
        { kind: 'lastCall', number: 1, sent: 5, answered: 1 },
        { kind: 'reminder', number: 2, sent: 7, answered: 2 },
        { kind: 'reminder', number: 1, sent: 9, answered: 0 },
        { kind: 'resume', number: 1, sent: 1, answered: 1 },
        { kind: 'invitation', number: 1, sent: 12, answered: 3 },
      ],
      9,
    )
    expect(messages.map(({ kind, number, answered }) => [kind, number, answered])).toEqual([
      ['invitation', 1, 3],
      ['resume', 1, 1],
      ['reminder', 1, 0],
      ['reminder', 2, 2],
      ['lastCall', 1, 1],
      [null, 1, 2],
    ])
  })
})

describe('segments', () => {
  const label = { fr: 'x', en: 'x' }
  const dimension: Dimension = {
    dimension: 'dispositif',
    fact: 'dispositif',
    label,
    categories: ['SCI', 'VSI', 'OTHER'].map((category) => ({ category, codes: [category], label })),
  }
  const people = (dispositif: string, all: number, submitted: number): SegmentMember[] =>
    Array.from({ length: all }, (_, place) => ({
      dispositif,
      direction: 'ENVOI',
      gender: 'F',
      birth_year: 2000,
      authority_type: 'COMMUNE',
      authority_first_time: 'NO',
      country_mission: 'SN',
      country_origin: 'FR',
      cicid: null,
      channel: 'UNK',
      departed_on: day('2026-01-15'),
      planned_return_on: day('2026-09-15'),
      returned_on: null,
      submitted: place < submitted,
    }))

  test('have their rates and how far each is from everybody’s', () => {
    const tables = segmentsOf([...people('SCI', 30, 18), ...people('VSI', 20, 7)], [dimension])
    expect(tables).toEqual([
      {
        dimension: 'dispositif',
        label,
        rows: [
          { category: 'SCI', label, eligible: 30, submitted: 18, rate: 0.6, points: expect.closeTo(10, 9) },
          { category: 'VSI', label, eligible: 20, submitted: 7, rate: 0.35, points: expect.closeTo(-15, 9) },
        ],
      },
    ])
    expect(maxDifference(tables)).toBeCloseTo(15, 9)
  })

  test('of fewer than ten people join the remainder, and so does the next when that is too few', () => {
    const [table] = segmentsOf(
      [...people('SCI', 30, 18), ...people('VSI', 9, 1), ...people('OTHER', 2, 2)],
      [dimension],
    )
    expect(table?.rows.map(({ category, eligible }) => [category, eligible])).toEqual([
      ['SCI', 30],
      ['OTHER', 11],
    ])
    expect(segmentsOf([...people('SCI', 10, 5), ...people('VSI', 9, 1)], [dimension])).toEqual([])
    expect(maxDifference([])).toBeNull()
  })
})

describe('from wave to wave', () => {
  const waves = ['w0', 'w1', 'w2'].map((wave) => ({ wave, name: { fr: wave, en: wave } }))

  test('the first wave is the first that anybody answered', () => {
    const rows = retentionOf(
      [
        { wave: 'w1', before: 20, still: 15 },
        { wave: 'w2', before: 16, still: 14 },
      ],
      waves,
    )
    expect(rows.map(({ since, wave, before, still, share }) => [since, wave, before, still, share])).toEqual([
      ['first', 'w1', 20, 15, 0.75],
      ['previous', 'w2', 16, 14, 0.875],
    ])
  })

  test('nobody at the wave before leaves no share of them', () => {
    expect(retentionOf([{ wave: 'w0', before: 5, still: 1 }], waves).at(-1)).toMatchObject({ before: 0, share: null })
    expect(retentionOf([], waves)).toEqual([])
  })

  test('bounces are told by wave, of volunteers who were written to', () => {
    const rows = bouncesOf(
      [
        counts({ wave: 'w0', invited: 40, delivered: 38 }),
        counts({ wave: 'w0', invited: 10, delivered: 10, cohort: 'phase-2' }),
        counts({ wave: 'w0', invited: 9, delivered: 1, arm: 'CMP' }),
        counts({ wave: 'w2' }),
      ],
      waves,
    )
    expect(rows).toEqual([{ wave: 'w0', name: waves[0]!.name, invited: 50, bounced: 2, rate: 0.04 }])
  })
})

describe('quality gates', () => {
  const facts = {
    flow: flow({
      eligible: 100,
      invited: 90,
      delivered: 89,
      over: 50,
      overSubmitted: 30,
      submitted: 55,
      twoChannels: 60,
    }),
    expectedResponse: 0.6,
    stopped: { all: 5 },
    segments: [],
    signs: { unanswered: null, sameAnswers: null, calendarEdits: null } as SignCounts,
  }
  const verdicts = (some: Partial<typeof facts>) =>
    Object.fromEntries(gatesOf({ ...facts, ...some }).map(({ gate, verdict }) => [gate, verdict]))

  test('are fine at their limits, and too few where there is nobody to tell of', () => {
    expect(verdicts({})).toEqual({
      response: 'fine',
      bounces: 'fine',
      breakOff: 'fine',
      segments: 'too few',
      channels: 'fine',
      unanswered: 'too few',
      sameAnswers: 'too few',
      calendarEdits: 'too few',
    })
  })

  test.each([
    ['response', { ...facts.flow, overSubmitted: 29 }],
    ['bounces', { ...facts.flow, bounced: 5 }],
    ['channels', { ...facts.flow, twoChannels: 49 }],
    ['breakOff', { ...facts.flow, submitted: 44 }],
  ])('%s asks for a look beyond its limit', (gate, changed) => {
    expect(verdicts({ flow: changed })[gate]).toBe('look')
  })

  test.each(['response', 'bounces', 'channels'])('%s says nothing of nine people', (gate) => {
    const few = { ...facts.flow, eligible: 9, invited: 9, over: 9, overSubmitted: 0, bounced: 9, twoChannels: 0 }
    expect(gatesOf({ ...facts, flow: few }).find((one) => one.gate === gate)).toEqual({
      gate,
      verdict: 'too few',
      limit: { response: 0.6, bounces: LIMITS.bounces, channels: LIMITS.channels }[gate],
    })
  })

  test('a gap of more than ten points asks for a look', () => {
    const gap = (points: number) => {
      const row = { category: 'A', label: { fr: 'a', en: 'a' }, eligible: 10, submitted: 5, rate: 0.5, points }
      return verdicts({ segments: [{ dimension: 'a', label: row.label, rows: [row] }] as never })
    }
    expect([gap(-10.5).segments, gap(9.5).segments]).toEqual(['look', 'fine'])
  })

  test('what comes of answers is judged by what is shown of it', () => {
    const shown = (showing: number) =>
      gatesOf({ ...facts, signs: { ...facts.signs, sameAnswers: { n: 100, showing } } }).find(
        ({ gate }) => gate === 'sameAnswers',
      )
    expect(shown(12)).toEqual({ gate: 'sameAnswers', verdict: 'fine', figure: { share: 0.1 }, limit: 0.1 })
    expect(shown(13)).toEqual({ gate: 'sameAnswers', verdict: 'look', figure: { share: 0.15 }, limit: 0.1 })
  })
})

describe('a blunt share', () => {
  test.each([
    [50, 25, { share: 0.5 }],
    [50, 26, { share: 0.5 }],
    [50, 28, { share: 0.55 }],
    [30, 3, { atMost: 0.1 }],
    [30, 0, { atMost: 0.1 }],
    [30, 28, { atLeast: 0.9 }],
    [60, 3, { atMost: 0.05 }],
    [150, 2, { atMost: 0.05 }],
    [1000, 12, { atMost: 0.05 }],
    [1000, 985, { atLeast: 0.95 }],
    // Noise may take a part below nobody or beyond everybody.
    [30, -2, { atMost: 0.1 }],
    [30, 33, { atLeast: 0.9 }],
  ])('of %i with %i showing is %j', (n, showing, share) => {
    expect(bluntShare({ n, showing })).toEqual(share)
  })

  test('is a multiple of a twentieth, whatever it is of', () => {
    fc.assert(
      fc.property(fc.integer({ min: 30, max: 3000 }), fc.integer({ min: -5, max: 3005 }), (n, showing) => {
        for (const value of Object.values(bluntShare({ n, showing })))
          expect(Math.abs(20 * value - Math.round(20 * value))).toBeLessThan(1e-9)
      }),
    )
  })
})

// ---------------------------------------------------------------- crowds

const protector = createProtector((bytes) => hmacSha256(new Uint8Array(32).fill(2), bytes))
const keyOf = (person: number) => sha256(`person ${person}`).slice(0, 16)

const INSTRUMENT = {
  instrument: 'w1',
  version: 1,
  minutes: 5,
  pages: ['A', 'B'].map((page) => ({
    title: { fr: page, en: page },
    items: [1, 2, 3, 4].map((number) => ({
      item: `${page}${number}`,
      type: 'likert',
      core: true,
      options: [1, 2, 3, 4, 5].map((code) => ({ code })),
    })),
  })),
} as unknown as Instrument

describe('crowds', () => {
  test('grow by ten', () => {
    const people = Array.from({ length: 27 }, (_, place) => place)
    expect([0, 9, 10, 19, 27].map((all) => inTens(people.slice(0, all)).length)).toEqual([0, 0, 10, 10, 20])
    expect(inTens(people)).toEqual(people.slice(0, 20))
  })
})

describe('those who stopped', () => {
  const HALF = { A1: 1, A2: 2, A3: 3, A4: 4 }
  const stop = (person: number, page: number, answers: Answers): StoredStop => ({
    ...{ cohort: 'phase-1', wave: 'w1', recordKey: keyOf(person), page, answers, instrument: 'w1', version: 1 },
  })
  const told = (stops: StoredStop[]) => stoppedOf(stops, { protector, versionOf: () => INSTRUMENT, pages: 2 })

  test('are told of by page and by how far they got, where there are enough', () => {
    const { all, counted, partial, pages } = told([
      ...Array.from({ length: 40 }, (_, person) => stop(person, 2, HALF)),
      ...Array.from({ length: 24 }, (_, person) => stop(100 + person, 1, { A1: 1 })),
    ])
    expect({ all, counted }).toEqual({ all: 64, counted: 60 })
    // The same forty people: the same noise, at most five off.
    expect(pages[1]!.people).toBe(partial)
    expect(Math.abs(partial! - 40)).toBeLessThanOrEqual(5)
    expect(Math.abs(pages[0]!.people! - 20)).toBeLessThanOrEqual(5)
  })

  test('that nearly all of them stopped on one page is not told, nor that nearly all were half through', () => {
    const { partial, pages } = told(Array.from({ length: 40 }, (_, person) => stop(person, 2, HALF)))
    expect(pages).toEqual([
      { page: 1, people: null },
      { page: 2, people: null },
    ])
    expect(partial).toBeLessThanOrEqual(38)
  })

  test('an empty page and one with a few look the same', () => {
    const few = Array.from({ length: 10 }, (_, person) => stop(person, person < 3 ? 1 : 2, {}))
    const none = few.map((one) => ({ ...one, page: 2 }))
    expect(told(few).pages[0]).toEqual(told(none).pages[0])
  })

  test('nothing is told of nine, and one more changes nothing until there are ten more', () => {
    const stops = (people: number) => Array.from({ length: people }, (_, person) => stop(person, 2, HALF))
    expect(told(stops(9))).toMatchObject({ counted: 0, partial: null, pages: [{ people: null }, { people: null }] })
    const { all: _, ...twenty } = told(stops(20))
    for (const people of [21, 25, 29]) expect(told(stops(people))).toEqual({ all: people, ...twenty })
    expect(told(stops(30))).not.toMatchObject(twenty)
  })

  test('of several cohorts are what each may say, added up', () => {
    const one = {
      all: 25,
      counted: 20,
      partial: 12,
      pages: [
        { page: 1, people: 14 },
        { page: 2, people: null },
      ],
    }
    const other = {
      all: 9,
      counted: 0,
      partial: null,
      pages: [
        { page: 1, people: null },
        { page: 2, people: null },
      ],
    }
    expect(addStopped([one, other])).toEqual({ ...one, all: 34 })
    expect(addStopped([])).toEqual({ all: 0, counted: 0, partial: null, pages: [] })
  })
})

describe('signs', () => {
  const same = (answer: number) =>
    Object.fromEntries(['A', 'B'].flatMap((page) => [1, 2, 3, 4].map((item) => [`${page}${item}`, answer])))

  test.each<[string, Answers, Partial<ReturnType<typeof signsOf>>]>([
    ['the same answer everywhere', same(5), { sameAnswers: true, unanswered: false }],
    ['the same within each block', { ...same(5), B1: 1, B2: 1, B3: 1, B4: 1 }, { sameAnswers: true }],
    ['one block that differs', { ...same(5), B3: 4 }, { sameAnswers: false }],
    ['no block with four answers', { ...same(5), A1: -3, B2: -4 }, { sameAnswers: null, unanswered: true }],
    ['nothing asked', Object.fromEntries(Object.keys(same(1)).map((item) => [item, -1])), { unanswered: null }],
    ['I do not know, which is an answer', same(-2), { unanswered: false, sameAnswers: null }],
    ['one in ten left blank', { ...same(5), C: 1, D: -4 }, { unanswered: false }],
    ['more than one in ten declined', { ...same(5), D: -3 }, { unanswered: true }],
    [
      'months as they had been told',
      { C: [{ month: '2027-01', state: 'E', source: 'carried' }] },
      { calendarEdits: false },
    ],
    ['a month put right', { C: [{ month: '2027-01', state: 'E', source: 'corrected' }] }, { calendarEdits: true }],
    [
      'months told for the first time',
      { C: [{ month: '2027-01', state: 'E', source: 'reported' }] },
      { calendarEdits: null },
    ],
    ['several ticked', { C: [1, 3] }, { calendarEdits: null }],
  ])('of %s', (_, answers, signs) => {
    expect(signsOf(INSTRUMENT, answers)).toMatchObject(signs)
  })

  const sent = (person: number, showing: boolean, on = '2026-10-20'): Sent => ({
    recordKey: keyOf(person),
    submittedOn: day(on),
    signs: { unanswered: showing, sameAnswers: null, calendarEdits: null },
  })
  const some = (people: number, showing: number) =>
    Array.from({ length: people }, (_, person) => sent(person, person < showing))

  test('are counted with noise, from thirty on', () => {
    const { unanswered, sameAnswers } = signCounts(some(60, 30), protector)
    expect(Math.abs(unanswered!.n - 60)).toBeLessThanOrEqual(5)
    expect(Math.abs(unanswered!.showing - 30)).toBeLessThanOrEqual(5)
    expect(sameAnswers).toBeNull()
    expect(signCounts(some(20, 10), protector).unanswered).toBeNull()
  })

  test('whoever sends the next answers changes nothing, whatever they are', () => {
    const sixty = signCounts(some(60, 30), protector)
    for (const showing of [true, false]) {
      const later = Array.from({ length: 9 }, (_, place) => sent(1000 + place, showing, '2026-10-21'))
      expect(signCounts([...later, ...some(60, 30)], protector)).toEqual(sixty)
    }
    const ten = Array.from({ length: 10 }, (_, place) => sent(1000 + place, true, '2026-10-21'))
    expect(signCounts([...some(60, 30), ...ten], protector)).not.toEqual(sixty)
  })

  test('of several cohorts are those of the large ones, added up', () => {
    const none: SignCounts = { unanswered: null, sameAnswers: null, calendarEdits: null }
    const one = { ...none, unanswered: { n: 40, showing: 4 } }
    expect(addSigns([one, none, { ...none, unanswered: { n: 35, showing: 2 } }])).toEqual({
      ...none,
      unanswered: { n: 75, showing: 6 },
    })
    expect(addSigns([])).toEqual(none)
  })
})
