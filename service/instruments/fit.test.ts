// Checks how an instrument is fitted to one person: the months of a calendar, what was said last time, what is not
// asked again; must not know storage.
import { describe, expect, test } from 'vitest'
import { type Answer, applies, MISSING } from './answers.ts'
import type { CalendarMonth } from './calendar.ts'
import { checkAnswer } from './check-answer.ts'
import { type FittedItem, fitTo, looksBack, type Person } from './fit.ts'
import { type Item, itemsOf } from './instrument.ts'
import { asItem, inPeriods, instrumentOf, option, said, states, text } from './testing.ts'

const date = (text: string) => Temporal.PlainDate.from(text)
const again = { fr: 'En {month} : {answer}', en: 'In {month}: {answer}' }
const options = [option(1), option(2)]

const JOB = asItem({ item: 'JOB', type: 'single', options, carryForward: again, dontKnow: true })
const HOPE = asItem({ item: 'HOPE', type: 'single', options })
const BORN = asItem({ item: 'BORN', type: 'year', min: 1930, max: 2015, once: true, dontKnow: true })
const PATH = asItem({
  item: 'PATH',
  type: 'calendar',
  states,
  text: { fr: 'Depuis {anchor} ?', en: 'Since {anchor}?' },
  carryForward: again,
})
const SUPPORT = asItem({ item: 'SUPPORT', type: 'info' })
const instrument = instrumentOf([JOB, HOPE], [PATH, SUPPORT, BORN])

/** What one earlier wave said, on a day. */
const wave = (answeredOn: string, answers: Record<string, Answer>) => ({ answeredOn: date(answeredOn), answers })

const RETURNED = { returnedOn: date('2026-09-15'), today: date('2027-03-20') }

/** One item as somebody is asked it. */
function fitted(item: Item, earlier: Person['earlier'], when: Partial<Person> = {}): FittedItem {
  const found = itemsOf(fitTo(instrument, { ...RETURNED, ...when, earlier })).find((one) => one.item === item.item)
  if (!found) throw new Error(`${item.item} is not in the instrument`)
  return found
}

const month = (month: string, state: CalendarMonth['state'], source: CalendarMonth['source'] = 'reported') => ({
  month,
  state,
  source,
})

describe('what was said last time', () => {
  test.each<[string, Item, Person['earlier'], FittedItem['lastTime']]>([
    ['nothing, in a first wave', JOB, [], undefined],
    ['said in an earlier wave', JOB, [wave('2026-10-16', { JOB: 2 })], { answer: 2, month: '2026-10' }],
    [
      'the last time of two',
      JOB,
      [wave('2026-10-16', { JOB: 2 }), wave('2027-02-01', { JOB: 1 })],
      { answer: 1, month: '2027-02' },
    ],
    [
      'the last answer that says something',
      JOB,
      [
        wave('2026-10-16', { JOB: 2 }),
        wave('2026-11-16', { JOB: MISSING.declined }),
        wave('2026-12-16', { JOB: MISSING.dontKnow }),
        wave('2027-01-16', { JOB: MISSING.leftBlank }),
        wave('2027-02-16', { JOB: MISSING.notApplicable }),
        wave('2027-02-26', {}),
      ],
      { answer: 2, month: '2026-10' },
    ],
    ['nothing, when it was only declined', JOB, [wave('2026-10-16', { JOB: MISSING.declined })], undefined],
    ['nothing of an item that is not flagged', HOPE, [wave('2026-10-16', { HOPE: 2 })], undefined],
    ['nothing of an item that is asked once', BORN, [wave('2026-10-16', { BORN: 2001 })], undefined],
    ['nothing of another item', JOB, [wave('2026-10-16', { HOPE: 2 })], undefined],
  ])('is %s', (_, item, earlier, lastTime) => {
    expect(fitted(item, earlier).lastTime).toEqual(lastTime)
  })

  test('is a month of a calendar: the last one known', () => {
    const earlier = [
      wave('2026-11-16', { PATH: [month('2026-09', 'U'), month('2026-10', 'E')] }),
      wave('2027-01-16', { PATH: [month('2026-10', 'E', 'carried'), month('2026-11', 'S'), month('2026-12', -4)] }),
    ]
    expect(fitted(PATH, earlier)).toMatchObject({
      months: ['2026-11', '2026-12', '2027-01', '2027-02'],
      carried: month('2026-11', 'S'),
      lastTime: { answer: 'S', month: '2026-11' },
    })
  })

  test('is not said of a calendar that may not be shown again, which still asks no month twice but the seam', () => {
    const { carryForward: _, ...silent } = PATH as Extract<Item, { type: 'calendar' }>
    const earlier = [wave('2026-12-01', { PATH: [month('2026-09', 'U'), month('2026-10', 'E')] })]
    const [item] = itemsOf(fitTo(instrumentOf([silent]), { ...RETURNED, earlier }))
    expect(item).toMatchObject({ months: ['2026-10', '2026-11', '2026-12', '2027-01', '2027-02'] })
    expect([item?.lastTime, item?.type === 'calendar' && item.carried]).toEqual([undefined, undefined])
  })
})

describe('a calendar', () => {
  test.each<[string, Partial<Person>, Person['earlier'], string[], string | undefined, string, string]>([
    [
      'in a first wave',
      {},
      [],
      ['2026-09', '2026-10', '2026-11', '2026-12', '2027-01', '2027-02'],
      undefined,
      'septembre 2026',
      'September 2026',
    ],
    [
      'after an earlier wave',
      {},
      [wave('2026-12-16', { PATH: [month('2026-09', 'U'), month('2026-10', 'E'), month('2026-11', 'E')] })],
      ['2026-11', '2026-12', '2027-01', '2027-02'],
      '2026-11',
      'novembre 2026',
      'November 2026',
    ],
    [
      'after an earlier wave that left it blank or declined it',
      { today: date('2026-11-20') },
      [wave('2026-10-16', { PATH: MISSING.leftBlank }), wave('2026-11-01', { PATH: MISSING.declined })],
      ['2026-09', '2026-10'],
      undefined,
      'septembre 2026',
      'September 2026',
    ],
    [
      'after the return moved earlier',
      { returnedOn: date('2026-07-31') },
      [wave('2026-12-16', { PATH: [month('2026-09', 'U'), month('2026-10', 'E'), month('2026-11', 'E')] })],
      ['2026-07', '2026-08', '2026-11', '2026-12', '2027-01', '2027-02'],
      '2026-11',
      'juillet 2026',
      'July 2026',
    ],
    [
      'after the return moved later',
      { returnedOn: date('2026-11-01') },
      [wave('2026-12-16', { PATH: [month('2026-09', 'U'), month('2026-10', 'E'), month('2026-11', 'E')] })],
      ['2026-11', '2026-12', '2027-01', '2027-02'],
      '2026-11',
      'novembre 2026',
      'November 2026',
    ],
    [
      'after an extension beyond everything said',
      { returnedOn: date('2027-01-31') },
      [wave('2026-12-16', { PATH: [month('2026-09', 'U'), month('2026-10', 'E')] })],
      ['2027-01', '2027-02'],
      undefined,
      'janvier 2027',
      'January 2027',
    ],
  ])(
    '%s asks its months, and says the first of them in both languages',
    (_, when, earlier, months, carried, fr, en) => {
      const item = fitted(PATH, earlier, when)
      expect(item).toMatchObject({ months, text: { fr: `Depuis ${fr}\u00a0?`, en: `Since ${en}?` } })
      expect(item.type === 'calendar' && item.carried?.month).toBe(carried)
    },
  )

  test('shows a correction as what was said last', () => {
    const earlier = [
      wave('2026-11-16', { PATH: [month('2026-09', 'U'), month('2026-10', 'E')] }),
      wave('2026-12-16', { PATH: [month('2026-10', 'S', 'corrected')] }),
    ]
    expect(fitted(PATH, earlier)).toMatchObject({ lastTime: { answer: 'S', month: '2026-10' } })
  })

  test('tells what is carried from what is corrected when it is answered', () => {
    const earlier = [wave('2027-02-16', { PATH: [month('2026-09', 'U'), month('2027-01', 'E')] })]
    const item = fitted(PATH, earlier, { returnedOn: date('2027-01-15') })
    if (item.type === 'info') expect.fail('PATH is a question')
    for (const [state, source] of [
      ['E', 'carried'],
      ['S', 'corrected'],
    ] as const)
      expect(checkAnswer(item, inPeriods(['2027-01', '2027-02', state]))).toEqual({
        ok: true,
        answer: [month('2027-01', state, source), month('2027-02', state)],
      })
  })
})

describe('an item asked once', () => {
  test.each<[string, Person['earlier'], boolean]>([
    ['nobody has asked it yet', [], true],
    ['it was answered', [wave('2026-10-16', { BORN: 2001 })], false],
    ['it was declined', [wave('2026-10-16', { BORN: MISSING.declined })], false],
    ['it was left blank', [wave('2026-10-16', { BORN: MISSING.leftBlank })], true],
    ['the earlier response broke off before it', [wave('2026-10-16', { JOB: 1 })], true],
    [
      'it did not apply, answered before that',
      [wave('2026-10-16', { BORN: 2001 }), wave('2027-01-16', { BORN: MISSING.notApplicable })],
      false,
    ],
    [
      'it was left blank, then answered',
      [wave('2026-10-16', { BORN: MISSING.leftBlank }), wave('2027-01-16', { BORN: 2001 })],
      false,
    ],
    [
      'it was declined, then left blank',
      [wave('2026-10-16', { BORN: MISSING.declined }), wave('2027-01-16', { BORN: MISSING.leftBlank })],
      false,
    ],
  ])('when %s is asked: %s', (_, earlier, asked) => {
    const item = fitted(BORN, earlier)
    expect(applies(item, {})).toBe(asked)
    for (const answer of [2001, MISSING.notApplicable, MISSING.declined])
      expect(applies(item, { BORN: answer })).toBe(asked)
  })

  test('says nothing about any other item', () => {
    const all = itemsOf(
      fitTo(instrument, { ...RETURNED, earlier: [wave('2026-10-16', { JOB: 1, HOPE: 1, BORN: 2001 })] }),
    )
    expect(all.filter((item) => !applies(item, {})).map(({ item }) => item)).toEqual(['BORN'])
  })
})

test('the instrument is not changed by being fitted', () => {
  const before = structuredClone(instrument)
  const earlier = [wave('2026-12-16', { JOB: 2, BORN: 2001, PATH: [month('2026-09', 'U'), month('2026-10', 'E')] })]
  const one = fitTo(instrument, { ...RETURNED, earlier })
  expect(instrument).toEqual(before)
  expect(one).not.toEqual(before)
  expect(itemsOf(one).map(({ item }) => item)).toEqual(itemsOf(instrument).map(({ item }) => item))
  expect(itemsOf(one).find(({ item }) => item === 'SUPPORT')).toEqual(SUPPORT)
})

test('only items asked once or shown again look back', () => {
  expect([JOB, HOPE, BORN, PATH, SUPPORT].filter(looksBack).map(({ item }) => item)).toEqual(['JOB', 'BORN', 'PATH'])
})

test('what is shown again is answered like any other item', () => {
  const item = fitted(JOB, [wave('2026-10-16', { JOB: 2 })])
  if (item.type === 'info') expect.fail('JOB is a question')
  expect(checkAnswer(item, said('1'))).toEqual({ ok: true, answer: 1 })
  expect(text.fr).toBe(item.text.fr)
})
