// Checks what a form may say, which items apply and what is kept; must not know people, pages of HTML or storage.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Answer,
  type Answers,
  applies,
  changesOf,
  checkAnswer,
  checkPage,
  completeness,
  firstOpenPage,
  isValid,
  MISSING,
  pagesToAsk,
} from './answers.ts'
import { assembleBank, type Instrument, type Item, itemsOf } from './instrument.ts'
import { Item as BankItem } from './item.ts'

const text = { fr: 'Texte', en: 'Text' }
const option = (code: number, exclusive = false) => ({ code, ...text, exclusive })
const three = [option(1), option(2), option(3)]

/** An item as the bank would read it, with the options of its scale when it is a Likert item. */
const item = (given: object): Item => {
  const read = BankItem.parse({ text, ...given })
  return read.type === 'likert' ? { ...read, options: [1, 2, 3, 4, 5, 6].map((code) => option(code)) } : read
}
const instrumentOf = (...pages: Item[][]): Instrument => ({
  instrument: 'short',
  version: 1,
  minutes: 5,
  pages: pages.map((items) => ({ title: text, items })),
})

const SITUATION = item({ item: 'SITUATION', type: 'single', options: three, core: true, routing: true })
const CONTRACT = item({
  item: 'CONTRACT',
  type: 'single',
  options: three,
  core: true,
  routing: true,
  when: { item: 'SITUATION', in: [1, 3] },
})
const SECTOR = item({ item: 'SECTOR', type: 'single', options: three, when: { item: 'CONTRACT', in: [1] } })
const LANGUAGES = item({ item: 'LANGUAGES', type: 'multiple', options: [option(1), option(2), option(9, true)] })
const EASE = item({ item: 'EASE', type: 'likert', scale: 'EASE5', core: true })
const SATISFACTION = item({ item: 'SATISFACTION', type: 'rating', ends: { low: text, high: text } })
const BORN = item({ item: 'BORN', type: 'integer', min: 1930, max: 2015 })
const COMMENT = item({ item: 'COMMENT', type: 'text', maxLength: 10 })

const items = { SITUATION, LANGUAGES, EASE, SATISFACTION, BORN, COMMENT }
const given = (...values: string[]) => ({ values, declined: false })

test.each<[keyof typeof items, string[], Answer]>([
  ['SITUATION', ['2'], 2],
  ['SITUATION', [' 2 ', ''], 2],
  ['EASE', ['6'], 6],
  ['SATISFACTION', ['0'], 0],
  ['SATISFACTION', ['10'], 10],
  ['LANGUAGES', ['1'], [1]],
  ['LANGUAGES', ['2', '1', '2'], [1, 2]],
  ['LANGUAGES', ['9'], [9]],
  ['BORN', ['1930'], 1930],
  ['BORN', [' 2015 '], 2015],
  ['COMMENT', ['  merci  '], 'merci'],
  ['COMMENT', ['un\r\ndeux'], 'un\ndeux'],
  ['COMMENT', ['1234567890'], '1234567890'],
  ['COMMENT', ['-1'], '-1'],
])('%s takes %j as %j', (code, values, answer) => {
  expect(checkAnswer(items[code], given(...values))).toEqual({ ok: true, answer })
})

test.each<[keyof typeof items, string[], string]>([
  ['SITUATION', ['4'], 'unknown option'],
  ['SITUATION', ['01'], 'unknown option'],
  ['SITUATION', ['-1'], 'unknown option'],
  ['SITUATION', ['constructor'], 'unknown option'],
  ['SITUATION', ['1', '2'], 'one only'],
  ['SITUATION', [], 'required'],
  ['SITUATION', ['  '], 'required'],
  ['EASE', ['7'], 'unknown option'],
  ['EASE', ['3', '4'], 'one only'],
  ['SATISFACTION', ['11'], 'unknown option'],
  ['SATISFACTION', ['7.5'], 'unknown option'],
  ['SATISFACTION', ['7', '8'], 'one only'],
  ['LANGUAGES', ['1', '7'], 'unknown option'],
  ['LANGUAGES', ['1', '9'], 'exclusive'],
  ['BORN', ['1929'], 'out of range'],
  ['BORN', ['2016'], 'out of range'],
  ['BORN', ['-1'], 'out of range'],
  ['BORN', ['1e3'], 'not a whole number'],
  ['BORN', ['1990.5'], 'not a whole number'],
  ['BORN', ['0x7d0'], 'not a whole number'],
  ['BORN', ['99999999999999999999'], 'not a whole number'],
  ['BORN', ['1990', '1991'], 'one only'],
  ['COMMENT', ['12345678901'], 'too long'],
  ['COMMENT', ['nul\u0000'], 'unreadable'],
  ['COMMENT', ['half \ud83d'], 'unreadable'],
])('%s refuses %j: %s', (code, values, because) => {
  expect(checkAnswer(items[code], given(...values))).toEqual({ ok: false, because })
})

test('every item but a routing one may be left blank or declined, and the two are told apart', () => {
  for (const free of [LANGUAGES, EASE, SATISFACTION, BORN, COMMENT, SECTOR]) {
    expect(checkAnswer(free, given())).toEqual({ ok: true, answer: MISSING.leftBlank })
    expect(checkAnswer(free, { values: [''], declined: true })).toEqual({ ok: true, answer: MISSING.declined })
  }
  expect(checkAnswer(SITUATION, { values: [], declined: true })).toEqual({ ok: false, because: 'required' })
})

test('an answer beside “prefer not to answer” is an answer', () => {
  expect(checkAnswer(EASE, { values: ['4'], declined: true })).toEqual({ ok: true, answer: 4 })
})

test('no number a volunteer may give can be taken for a missing code', () => {
  expect(BankItem.safeParse({ item: 'DEBT', text, type: 'integer', min: -5, max: 5 }).success).toBe(false)
  expect(BankItem.safeParse({ item: 'DEBT', text, type: 'integer', min: 0, max: 5 }).success).toBe(true)
})

test.each<[Answers, boolean]>([
  [{ SITUATION: 1 }, true],
  [{ SITUATION: 3 }, true],
  [{ SITUATION: 2 }, false],
  [{ SITUATION: MISSING.declined }, false],
  [{}, false],
])('with %j, the contract is asked: %s', (answers, asked) => {
  expect(applies(CONTRACT, answers)).toBe(asked)
  expect(applies(SITUATION, answers)).toBe(true)
})

test('a page keeps what passed, names what did not, and ignores items that do not apply', () => {
  const form: Record<string, string[]> = { SITUATION: ['7'], EASE: ['4'], CONTRACT: ['nonsense'] }
  const checked = checkPage([SITUATION, EASE, CONTRACT], { SITUATION: 2 }, ({ item }) => given(...form[item]!))
  expect(checked).toEqual({
    ok: false,
    problems: [{ item: SITUATION, because: 'unknown option' }],
    answers: { EASE: 4 },
  })
})

const routed = instrumentOf([SITUATION, EASE], [CONTRACT], [SECTOR, COMMENT])
/** What is stored once the changes are: null forgets. */
const store = (soFar: Answers, changes: Record<string, Answer | null>): Answers =>
  Object.fromEntries(Object.entries({ ...soFar, ...changes }).filter(([, answer]) => answer !== null)) as Answers

test('the first page puts out of reach what it rules out, and what nobody can know yet', () => {
  expect(changesOf(routed, {}, { SITUATION: 2, EASE: 4 })).toEqual({
    SITUATION: 2,
    EASE: 4,
    CONTRACT: MISSING.notApplicable,
    SECTOR: MISSING.notApplicable,
  })
  expect(changesOf(routed, {}, { SITUATION: 1, EASE: 4 })).toEqual({
    SITUATION: 1,
    EASE: 4,
    SECTOR: MISSING.notApplicable,
  })
})

test('a routing answer changed and changed back: out of reach is −1 all along the chain, then forgotten', () => {
  const working = [{ SITUATION: 1 }, { CONTRACT: 1 }, { SECTOR: 2 }].reduce<Answers>(
    (soFar, page) => store(soFar, changesOf(routed, soFar, page)),
    {},
  )
  expect(working).toEqual({ SITUATION: 1, CONTRACT: 1, SECTOR: 2 })

  const studying = changesOf(routed, working, { SITUATION: 2 })
  expect(studying).toEqual({ SITUATION: 2, CONTRACT: MISSING.notApplicable, SECTOR: MISSING.notApplicable })

  const workingAgain = changesOf(routed, store(working, studying), { SITUATION: 3 })
  expect(workingAgain).toEqual({ SITUATION: 3, CONTRACT: null })
  const stored = store(store(working, studying), workingAgain)
  expect(stored).toEqual({ SITUATION: 3, SECTOR: MISSING.notApplicable })
  expect(firstOpenPage(routed, { ...stored, EASE: 4 })).toBe(2)
})

test('the pages to ask are those with an item that applies; the first open one has an item nobody dealt with', () => {
  expect(pagesToAsk(routed, { SITUATION: 2 })).toEqual([1, 3])
  expect(pagesToAsk(routed, { SITUATION: 1 })).toEqual([1, 2, 3])
  expect(pagesToAsk(instrumentOf([SITUATION], [CONTRACT]), {})).toEqual([1])
  expect(firstOpenPage(routed, {})).toBe(1)
  expect(firstOpenPage(routed, { SITUATION: 2, EASE: MISSING.leftBlank })).toBe(3)
  expect(firstOpenPage(routed, { SITUATION: 2, EASE: 4, COMMENT: MISSING.declined })).toBe(null)
})

test.each<[Answer | undefined, boolean]>([
  [0, true],
  [[1], true],
  ['merci', true],
  [MISSING.notApplicable, false],
  [MISSING.declined, false],
  [MISSING.leftBlank, false],
  [undefined, false],
])('%j says something: %s', (answer, valid) => {
  expect(isValid(answer)).toBe(valid)
})

test.each<[string, Answers, number]>([
  ['nothing yet', {}, 0],
  ['the contract left out, because it does not apply', { SITUATION: 2, EASE: 4, CONTRACT: MISSING.notApplicable }, 1],
  ['the contract missing, though it applies', { SITUATION: 1, EASE: 4 }, 2 / 3],
  ['declined counts as dealt with', { SITUATION: 2, EASE: MISSING.declined }, 1],
  ['left blank does not', { SITUATION: 2, EASE: MISSING.leftBlank }, 1 / 2],
  ['answers outside the core change nothing', { SITUATION: 2, COMMENT: 'merci', SECTOR: 1 }, 1 / 2],
])('completeness, %s: %j', (_, answers, share) => {
  expect(completeness(routed, answers)).toBe(share)
})

test('an instrument without core items counts all of its items', () => {
  const instrument = instrumentOf([LANGUAGES, SATISFACTION], [BORN, COMMENT])
  expect(completeness(instrument, { LANGUAGES: [1], SATISFACTION: 0, BORN: MISSING.declined })).toBe(3 / 4)
})

test('an instrument whose only core item does not apply is not divided by nothing', () => {
  expect(completeness(instrumentOf([item({ ...SITUATION, core: false })], [CONTRACT]), { SITUATION: 2 })).toBe(0)
})

/** 2 to 5 pages of single choices; an item may depend on any routing item of an earlier page, which may depend too. */
const anyInstrument = fc
  .array(
    fc.array(
      fc.record({
        routing: fc.boolean(),
        depends: fc.boolean(),
        on: fc.nat(),
        in: fc.subarray([1, 2, 3], { minLength: 1 }),
      }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
    { minLength: 2, maxLength: 5 },
  )
  .map((pages) => {
    const sources: string[] = []
    const built = pages.map((page, p) => {
      const items = page.map(({ routing, depends, on, in: codes }, i) => {
        const when = depends && sources.length > 0 && { when: { item: sources[on % sources.length]!, in: codes } }
        return item({ item: `Q${p}_${i}`, type: 'single', options: three, routing, ...when })
      })
      sources.push(...items.filter(({ routing }) => routing).map(({ item }) => item))
      return items
    })
    return instrumentOf(...built)
  })

/** Saves of any page, in any order; each item is given an option, left blank or declined. */
const anySaves = fc.array(
  fc.record({
    page: fc.nat(),
    forms: fc.array(fc.constantFrom('1', '2', '3', '', 'declined'), { minLength: 3, maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 12 },
)

test('after any saves of any pages, an item that does not apply is −1 and one that applies never is', () => {
  const property = fc.property(anyInstrument, anySaves, (instrument, saves) => {
    let stored: Answers = {}
    for (const { page, forms } of saves) {
      const { items } = instrument.pages[page % instrument.pages.length]!
      const { answers } = checkPage(items, stored, (item) => {
        const form = forms[items.indexOf(item)]!
        return form === 'declined' ? { values: [], declined: true } : given(form)
      })
      stored = store(stored, changesOf(instrument, stored, answers))
      for (const item of itemsOf(instrument))
        expect([item.item, stored[item.item] === MISSING.notApplicable]).toEqual([item.item, !applies(item, stored)])
    }
  })
  fc.assert(property, { numRuns: 1000 })
})

test('the instruments of that property are ones the bank would accept', () => {
  const property = fc.property(anyInstrument, (instrument) => {
    const items = itemsOf(instrument).filter((item) => item.type !== 'likert')
    const pages = instrument.pages.map(({ title, items }) => ({ title, items: items.map(({ item }) => item) }))
    expect(assembleBank({ items, scales: [], measures: [], instruments: [{ ...instrument, pages }] }).ok).toBe(true)
  })
  fc.assert(property, { numRuns: 200 })
})
