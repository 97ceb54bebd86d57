// Checks the questionnaires of surveys/ against what the methodology says is asked, of whom, in which wave and how long.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { answerTo, Behaviour, type Chance } from '../demonstration/behaviour.ts'
import { sha256 } from '../platform/secrets.ts'
import { loadSurveys } from '../surveys.ts'
import { type Answer, type Answers, applies, changesOf } from './answers.ts'
import { secondsToAnswer } from './burden.ts'
import { checkAnswer } from './check-answer.ts'
import { type EarlierResponse, type FittedQuestion, fitTo } from './fit.ts'
import { type Instrument, isQuestion, itemsOf, longestSeconds, mostQuestions } from './instrument.ts'

const { bank, plans } = loadSurveys('surveys', { demonstration: true })
const { waves } = plans.get('standard')!
const instrumentOf = (wave: string): Instrument =>
  bank.instruments.get(waves.find((one) => one.wave === wave)!.instrument)!
const everyItem = [...bank.instruments.values()].flatMap((instrument) => itemsOf(instrument))
const everyQuestion = everyItem.filter(isQuestion)

const ALWAYS = '012345'
const GRID = ['PREP', 'TUTOR', 'TASKS', 'SAFETY', 'ADMIN', 'RETURN']

/** Methodology, 2: each item, the waves it is asked in, and how it is marked. W5 asks the core and the ILO status only. */
const PLANNED: [module: string, item: string, waves: string, type: string, marks?: string][] = [
  ['A', 'ACT_NOW', ALWAYS, 'single', 'core routing'],
  ['A', 'ACT_CAL', '12345', 'calendar', 'core'],
  ['A', 'JOB_CONTRACT', '12345', 'single', 'core'],
  ['A', 'JOB_TIME', '234', 'single'],
  ['A', 'JOB_SECTOR', '234', 'single'],
  ['A', 'JOB_LINK', '2345', 'likert', 'core'],
  ['A', 'JOB_PLACE', '234', 'country'],
  ['A', 'JOB_SEARCH', '2345', 'single'],
  ['A', 'JOB_ASSET', '2345', 'single', 'core'],
  ['B', 'EDU_LEVEL', '035', 'single', 'core'],
  ['B', 'EDU_RESUME', '234', 'single'],
  ['B', 'MOB_SINCE', '234', 'multiple'],
  ['B', 'LANG_LVL', '013', 'single'],
  ['C', 'CMP_ADAPT', '013', 'likert'],
  ['C', 'CMP_DIVERS', '013', 'likert'],
  ['C', 'CMP_PROJECT', '013', 'likert'],
  ['C', 'CMP_SOLVE', '013', 'likert'],
  ['C', 'CMP_SPEAK', '013', 'likert'],
  ['C', 'CMP_PLAN_R', '013', 'likert', 'reversed'],
  ['D', 'VOL_FREQ', '02345', 'likert', 'core'],
  ['D', 'CIV_ACT', '034', 'multiple'],
  ['D', 'ENG_INT', '0234', 'likert', 'core'],
  ['D', 'ENG_EFF', '034', 'likert'],
  ['D', 'ENG_EFF_R', '034', 'likert', 'reversed'],
  ['E', 'OUV_CONTEXT', '0134', 'likert'],
  ['E', 'OUV_SAME_R', '0134', 'likert', 'reversed'],
  ['E', 'OUV_NEWS', '0134', 'likert'],
  ['E', 'OUV_LINK', '0134', 'likert'],
  ['E', 'OUV_BELONG', '0134', 'likert'],
  ['F', 'LIFE_SAT', '01234', 'rating', 'core sensitive'],
  ['F', 'RET_BACK', '12', 'likert', 'sensitive'],
  ['F', 'RET_GAP_R', '12', 'likert', 'reversed sensitive'],
  ['F', 'RET_TALK', '12', 'likert', 'sensitive'],
  ['F', 'RET_USE_R', '12', 'likert', 'reversed sensitive'],
  ['G', 'LINK_FREQ', '12345', 'likert', 'core'],
  ['G', 'LINK_ACT', '234', 'multiple'],
  ['G', 'TER_ACT', '1234', 'multiple', 'core'],
  ['G', 'RECIP', '13', 'likert'],
  ['H', 'SAT_GLOB', '1', 'rating', 'core'],
  ['H', 'SAT_GRID', '1', 'grid'],
  ['H', 'NPS_REC', '13', 'rating'],
  ['H', 'OPEN_IMP', '1', 'text'],
  ['Z', 'BIRTH_Y', ALWAYS, 'year', 'once'],
  ['Z', 'GENDER', ALWAYS, 'single', 'once'],
  ['Z', 'MOB_PRIOR', ALWAYS, 'single', 'once'],
]
/** What stands beside the 45: a look back that is never part of a change, and whom to turn to. */
const BESIDE: typeof PLANNED = [
  ['C', 'CMP_THEN', '1', 'rating'],
  ['F', 'SUPPORT', '01234', 'info'],
]
const rowsOf = (item: string, type: string): string[] =>
  type === 'grid' ? GRID.map((row) => `${item}_${row}`) : [item]

describe('the waves ask what the methodology says', () => {
  test('six waves have six instruments', () => {
    expect(waves.map(({ wave, instrument }) => [wave, instrument])).toEqual(
      [...ALWAYS].map((wave) => [`w${wave}`, `w${wave}`]),
    )
    expect([...bank.instruments.keys()]).toEqual(waves.map(({ instrument }) => instrument))
  })

  test('45 items in nine modules, a grid counted once', () => {
    expect(new Set(PLANNED.map(([, item]) => item)).size).toBe(45)
    const counted = Map.groupBy(PLANNED, ([module]) => module)
    expect([...counted].map(([module, { length }]) => `${module}${length}`).join(' ')).toBe(
      'A9 B4 C6 D5 E5 F5 G4 H4 Z3',
    )
  })

  test.each([...PLANNED, ...BESIDE])('%s %s in waves %s, %s %s', (_, code, asked, type, marks = '') => {
    for (const item of rowsOf(code, type)) {
      const found = [...ALWAYS].filter((wave) => itemsOf(instrumentOf(`w${wave}`)).some((one) => one.item === item))
      expect([item, found.join('')]).toEqual([item, asked])
      for (const one of everyItem.filter((one) => one.item === item)) {
        expect(one.type).toBe(type === 'grid' ? 'likert' : type)
        const carried = ['core', 'routing', 'reversed', 'sensitive', 'once'].filter(
          (mark) => (one as Record<string, unknown>)[mark] === true,
        )
        expect(carried.toSorted()).toEqual(marks.split(' ').filter(Boolean).toSorted())
      }
    }
  })

  test('and nothing else', () => {
    const planned = [...PLANNED, ...BESIDE].flatMap(([, item, , type]) => rowsOf(item, type))
    expect([...new Set(everyItem.map(({ item }) => item))].toSorted()).toEqual(planned.toSorted())
  })

  test.each<[string, number[]]>([
    ['JOB_CONTRACT', [1, 3]],
    ['JOB_TIME', [1, 2, 3]],
    ['JOB_SECTOR', [1, 2, 3]],
    ['JOB_PLACE', [1, 2, 3]],
    ['JOB_LINK', [1, 2, 3, 5]],
    ['JOB_SEARCH', [4, 5, 6, 7, 8, 9, 10, 11]],
  ])('%s is asked after the situations %j', (code, codes) => {
    for (const item of everyItem.filter(({ item }) => item === code))
      expect(item.when).toEqual({ item: 'ACT_NOW', in: codes })
  })

  test('every other item is asked of everybody', () => {
    const conditional = new Set(everyItem.flatMap(({ item, when }) => (when ? [item] : [])))
    expect([...conditional].every((item) => item.startsWith('JOB_'))).toBe(true)
    expect(conditional.size).toBe(6)
  })
})

describe('every text', () => {
  type Said = { fr: string; en: string }
  const textsIn = (value: unknown): Said[] => {
    if (typeof value !== 'object' || value === null) return []
    const own = 'fr' in value && 'en' in value ? [value as Said] : []
    return [...own, ...Object.values(value).flatMap(textsIn)]
  }
  const isAmong = (list: readonly Said[], { fr, en }: Said) => list.some((one) => one.fr === fr && one.en === en)
  const texts = [...bank.instruments.values(), ...bank.measures]
    .flatMap((one) => textsIn(JSON.parse(JSON.stringify({ ...one, countries: undefined }))))
    // A country's name is often the same; countries.csv has its own check.
    .filter(({ fr, en }) => !everyItem.some((item) => item.type === 'country' && isAmong(item.options, { fr, en })))

  /** Words that are the same in both languages. */
  const SAME = ['Satisfaction', 'Agency', 'Doctorate']

  test('has words in both languages, and not the same ones', () => {
    expect(texts.length).toBeGreaterThan(300)
    const same = texts.filter(({ fr, en }) => fr.trim() === '' || en.trim() === '' || fr === en)
    expect(same.filter(({ fr }) => !SAME.includes(fr))).toEqual([])
  })

  test('has no blank at its ends, and in French none that breaks before : ; ? ! »', () => {
    expect(texts.filter(({ fr, en }) => fr !== fr.trim() || en !== en.trim())).toEqual([])
    expect(texts.filter(({ fr }) => / [:;?!»]|« /.test(fr))).toEqual([])
    expect(texts.filter(({ en }) => /[\s\u00a0][:;?!]/.test(en))).toEqual([])
  })
})

describe('every item', () => {
  test('that is sensitive is never shown again', () => {
    const sensitive = everyQuestion.filter((item) => item.sensitive)
    expect(sensitive.length).toBeGreaterThan(0)
    expect(sensitive.filter(({ carryForward }) => carryForward)).toEqual([])
  })

  test('that is turned round ends in _R, and no other does', () => {
    const reversed = everyItem.filter((item) => item.type === 'likert' && item.reversed)
    expect(new Set(reversed.map(({ item }) => item))).toEqual(
      new Set(everyItem.map(({ item }) => item).filter((item) => item.endsWith('_R'))),
    )
    expect(reversed.length).toBeGreaterThan(0)
  })

  test('is followed by support on its page where it is sensitive', () => {
    for (const { pages } of bank.instruments.values())
      for (const { items } of pages) {
        const last = items.findLastIndex((item) => isQuestion(item) && item.sensitive)
        if (last >= 0) expect(items[last + 1]?.item).toBe('SUPPORT')
      }
    expect(itemsOf(instrumentOf('w1')).some(({ item }) => item === 'SUPPORT')).toBe(true)
  })

  test('asked in several waves is the same item in all of them', () => {
    for (const [, found] of Map.groupBy(everyItem, ({ item }) => item))
      for (const one of found) expect(one).toEqual(found[0])
    expect(everyItem.length).toBeGreaterThan(100)
  })
})

test('every scale is scored when two thirds of its items, rounded up, have a valid answer', () => {
  const scales = bank.measures.filter((measure) => measure.kind === 'scale')
  expect(scales.map(({ measure }) => measure).toSorted()).toEqual(['CMP_IDX', 'ENG_IDX', 'OUV_IDX', 'RET_IDX'])
  for (const { measure, items, minimumValid } of scales)
    expect([measure, minimumValid]).toEqual([measure, Math.ceil((2 * items.length) / 3)])
})

test('no scale mixes a look back with what is said now', () => {
  const scored = bank.measures.flatMap((measure) => (measure.kind === 'scale' ? measure.items : [measure.item]))
  expect(scored).not.toContain('CMP_THEN')
})

describe('how long it takes', () => {
  const behaviour = Behaviour.parse(parse(readFileSync('surveys/demonstration/behaviour.yaml', 'utf8')))
  const chance: Chance = (about) => new DataView(sha256(about).buffer.slice(0)).getUint32(0) / 2 ** 32
  const MONTHS_AFTER: Record<string, number> = { w0: -9, w1: 1, w2: 6, w3: 12, w4: 24, w5: 36 }

  type Taken = { wave: string; seconds: number; asked: number }

  /** What one volunteer was really asked, wave by wave, and how long that takes. */
  function live(matricule: string): Taken[] {
    const returnedOn = Temporal.PlainDate.from('2026-09-01').add({
      days: Math.floor(60 * chance(`${matricule}|return`)),
    })
    const earlier: EarlierResponse[] = []
    return waves.flatMap(({ wave }): Taken[] => {
      if (chance(`${matricule}|${wave}|responds`) >= behaviour.responds[wave]!) return []
      const today = returnedOn.add({ months: MONTHS_AFTER[wave]! })
      const instrument = fitTo(instrumentOf(wave), { returnedOn, today, earlier })
      const asked: FittedQuestion[] = []
      let answers: Answers = {}
      for (const { items } of instrument.pages) {
        const page: Record<string, Answer> = {}
        for (const item of items.filter(isQuestion).filter((item) => applies(item, answers))) {
          asked.push(item)
          const given = answerTo({ item, matricule, wave, measures: bank.measures, answers }, behaviour, chance)
          const checked = checkAnswer(item, given)
          if (!checked.ok)
            throw new Error(`${matricule} ${wave} ${item.item}: ${checked.because} ${JSON.stringify(given)}`)
          page[item.item] = checked.answer
        }
        const changes = { ...answers, ...changesOf(instrument, answers, page) }
        answers = Object.fromEntries(Object.entries(changes).filter(([, answer]) => answer !== null)) as Answers
      }
      earlier.push({ answeredOn: today, answers })
      return [{ wave, seconds: secondsToAnswer(asked), asked: asked.length }]
    })
  }

  const lived = Array.from({ length: 500 }, (_, number) => live(`SIM-${number}`)).flat()
  const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

  test.each(waves.map(({ wave }) => wave))('in %s, half of the volunteers need less than six minutes', (wave) => {
    const taken = lived.filter((one) => one.wave === wave)
    expect(taken.length).toBeGreaterThan(100)
    expect(median(taken.map(({ seconds }) => seconds))).toBeLessThan(360)
  })

  test.each(waves.map(({ wave }) => wave))('in %s, nobody needs more than the minutes volunteers are told', (wave) => {
    const { minutes } = instrumentOf(wave)
    const longest = longestSeconds(instrumentOf(wave))
    expect(longest).toBeLessThanOrEqual(60 * minutes)
    const slowest = Math.max(...lived.filter((one) => one.wave === wave).map(({ seconds }) => seconds))
    expect(slowest).toBeLessThanOrEqual(longest)
    expect(slowest).toBeGreaterThan(longest / 2)
  })

  test('the questions asked once are asked of nearly nobody twice', () => {
    const longest = mostQuestions(instrumentOf('w3'))
    const inW3 = lived.filter(({ wave }) => wave === 'w3')
    expect(inW3.filter(({ asked }) => asked > longest - 3).length).toBeLessThan(inW3.length / 2)
  })
})
