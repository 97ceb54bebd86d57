// Checks that simulated volunteers say only what a form may say, the same every time, and as their description has it.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { type Answers, MISSING } from '../instruments/answers.ts'
import { checkAnswer, type Given, givenFor } from '../instruments/check-answer.ts'
import { type FittedQuestion, fitTo } from '../instruments/fit.ts'
import { isQuestion, itemsOf } from '../instruments/instrument.ts'
import { asQuestion, option, states, text } from '../instruments/testing.ts'
import { sha256 } from '../platform/secrets.ts'
import { loadSurveys } from '../surveys.ts'
import { answerTo, Behaviour, type Chance, reactTo } from './behaviour.ts'

const written = parse(readFileSync('surveys/demonstration/behaviour.yaml', 'utf8'))
const behaviour = Behaviour.parse(written)
const { bank } = loadSurveys('surveys', { demonstration: true })
const chance: Chance = (about) => new DataView(sha256(about).buffer.slice(0)).getUint32(0) / 2 ** 32
const people = Array.from({ length: 200 }, (_, number) => `SIM-${number}`)

const say = (item: FittedQuestion, matricule: string, wave: string, answers: Answers = {}): Given =>
  answerTo({ item, matricule, wave, measures: bank.measures, answers }, behaviour, chance)

describe.each([...bank.instruments.keys()])('in %s', (wave) => {
  const person = {
    returnedOn: Temporal.PlainDate.from('2026-09-15'),
    today: Temporal.PlainDate.from('2027-04-20'),
    earlier: [],
  }
  const questions = itemsOf(fitTo(bank.instruments.get(wave)!, person)).filter(isQuestion)

  test('whatever anybody says is taken, says the same again, and leaves no month out', () => {
    const said = new Set<string>()
    for (const matricule of people)
      for (const item of questions.map((item) => ({ ...item, when: undefined }))) {
        const checked = checkAnswer(item, say(item, matricule, wave, { ACT_NOW: 1 + (matricule.length % 2) }))
        if (!checked.ok) expect.fail(`${matricule}, ${item.item}: ${checked.because}`)
        expect([item.item, checked.doubt === 'gaps']).toEqual([item.item, false])
        expect(checkAnswer(item, givenFor(item, checked.answer))).toEqual(checked)
        if (typeof checked.answer !== 'number' || checked.answer >= 0) said.add(item.item)
      }
    // A free text is not invented: everything else is answered by somebody.
    const silent = questions.filter(({ item, type }) => type !== 'text' && !said.has(item))
    expect(silent.map(({ item }) => item)).toEqual([])
  })
})

test('the same person says the same every time, and people differ', () => {
  const item = asQuestion({ item: 'RATING', type: 'rating', ends: { low: text, high: text } })
  expect(people.map((one) => say(item, one, 'w1'))).toEqual(people.map((one) => say(item, one, 'w1')))
  expect(new Set(people.map((one) => say(item, one, 'w1').values[0])).size).toBeGreaterThan(4)
})

test('an item that does not apply is not answered, and a routing one is never declined', () => {
  const options = [option(1), option(2)]
  const HIDDEN = asQuestion({ item: 'HIDDEN', type: 'single', options, when: { item: 'ROUTE', in: [1] } })
  const ROUTE = asQuestion({ item: 'ROUTE', type: 'single', options, routing: true })
  for (const matricule of people) {
    expect(say(HIDDEN, matricule, 'w1', { ROUTE: 2 })).toEqual({ values: [] })
    expect(say(ROUTE, matricule, 'w1').declined).toBe(undefined)
  }
  const declining = people.filter((matricule) => say(HIDDEN, matricule, 'w1', { ROUTE: 1 }).declined)
  expect(declining.length / people.length).toBeLessThan(3 * behaviour.declines)
  expect(declining.length).toBeGreaterThan(0)
})

test('a type nobody here can answer is declined', () => {
  const item = asQuestion({ item: 'HOURS', type: 'decimal', min: 0, max: 9, decimals: 1 })
  expect(checkAnswer(item, say(item, 'SIM-1', 'w1'))).toEqual({ ok: true, answer: MISSING.declined })
})

test.each<[string, string[], string | undefined]>([
  ['from the return', ['2026-09', '2026-10', '2026-11'], undefined],
  ['from what was said last', ['2026-11', '2026-12', '2027-01', '2027-02'], '2026-11'],
  ['with months before, because the return moved earlier', ['2026-07', '2026-08', '2026-11', '2026-12'], '2026-11'],
  ['of the seam alone', ['2026-11'], '2026-11'],
])('a calendar %s is filled in whole and without a contradiction', (_, months, seam) => {
  const carried = seam === undefined ? undefined : { month: seam, state: 'S', source: 'reported' as const }
  const item = asQuestion({ item: 'PATH', type: 'calendar', states }, { months, carried })
  for (const matricule of people) {
    const checked = checkAnswer(item, say(item, matricule, 'w2'))
    if (!checked.ok) expect.fail(checked.because)
    if (checked.answer !== MISSING.declined) expect(checked.doubt).toBe(undefined)
  }
})

test('a calendar ends with the situation of today', () => {
  const [item] = itemsOf(
    fitTo(bank.instruments.get('w2')!, {
      returnedOn: Temporal.PlainDate.from('2026-09-15'),
      today: Temporal.PlainDate.from('2027-04-20'),
      earlier: [],
    }),
  ).filter((one) => one.type === 'calendar')
  for (const matricule of people) {
    const checked = checkAnswer(item!, say(item!, matricule, 'w2', { ACT_NOW: 4 }))
    if (checked.ok && checked.answer !== MISSING.declined)
      expect(checked.answer).toContainEqual({ month: '2027-03', state: 'S', source: 'reported' })
  }
  expect(item!.months.at(-1)).toBe('2027-03')
})

test('what a description names exists', () => {
  const items = [...bank.instruments.values()].flatMap((one) => itemsOf(one))
  const codes = items.map(({ item }) => item)
  const named = [behaviour.choices, behaviour.ratings, behaviour.calendars].flatMap((one) => Object.keys(one))
  expect(named.filter((code) => !codes.includes(code))).toEqual([])
  expect(
    Object.keys(behaviour.measures).filter((code) => !bank.measures.some(({ measure }) => measure === code)),
  ).toEqual([])
  for (const [code, byWave] of Object.entries(behaviour.choices)) {
    const item = items.find((one) => one.item === code)!
    const options = 'options' in item ? item.options.map((one) => String(one.code)) : []
    const weighted = Object.values(byWave).flatMap((weights) => Object.keys(weights))
    expect([code, weighted.filter((one) => !options.includes(one))]).toEqual([code, []])
  }
})

test('a description with a share above one, or a key nobody reads, is refused', () => {
  expect(Behaviour.safeParse(written).success).toBe(true)
  for (const wrong of [{ optsOut: 1.1 }, { breaksOff: -0.1 }, { responds: { w1: 2 } }, { answers: 1 }])
    expect(Behaviour.safeParse({ ...written, ...wrong }).success).toBe(false)
})

test('a person answers a wave after at most one of its mails, and about as many as described do', () => {
  const many = Array.from({ length: 1000 }, (_, number) => `SIM-${number}`)
  const reactions = many.map((matricule) =>
    [0, 1, 2].map((contact) => reactTo({ matricule, wave: 'w1', contact }, behaviour, chance)),
  )
  const answers = reactions.map((one) => one.filter((reaction) => reaction?.do === 'answer'))
  expect(answers.filter(({ length }) => length > 1)).toEqual([])
  const share = answers.filter(({ length }) => length === 1).length / many.length
  expect(Math.abs(share - behaviour.responds.w1!)).toBeLessThan(0.06)
  for (const reaction of reactions.flat().filter((one) => one !== null)) {
    expect(reaction.afterHours).toBeGreaterThanOrEqual(1)
    expect(reaction.afterHours).toBeLessThanOrEqual(61)
  }
})
