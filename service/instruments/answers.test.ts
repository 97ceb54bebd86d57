// Checks which items apply and what is kept of a response; must not know people, forms or storage.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Answer,
  type Answers,
  applies,
  changesOf,
  codedAnswer,
  completeness,
  firstOpenPage,
  isValid,
  MISSING,
  pagesToAsk,
  questionsOf,
} from './answers.ts'
import { checkPage } from './check-answer.ts'
import type { FittedQuestion } from './fit.ts'
import { isQuestion } from './instrument.ts'
import { anyInstrument, asItem, instrumentOf, option, said, text } from './testing.ts'

const three = [option(1), option(2), option(3)]

const SITUATION = asItem({ item: 'SITUATION', type: 'single', options: three, core: true, routing: true })
const CONTRACT = asItem({
  item: 'CONTRACT',
  type: 'single',
  options: three,
  core: true,
  routing: true,
  when: { item: 'SITUATION', in: [1, 3] },
})
const SECTOR = asItem({ item: 'SECTOR', type: 'single', options: three, when: { item: 'CONTRACT', in: [1] } })
const LANGUAGES = asItem({ item: 'LANGUAGES', type: 'multiple', options: [option(1), option(2), option(9, true)] })
const EASE = asItem({ item: 'EASE', type: 'likert', scale: 'EASE5', core: true })
const SATISFACTION = asItem({ item: 'SATISFACTION', type: 'rating', ends: { low: text, high: text } })
const BORN = asItem({ item: 'BORN', type: 'integer', min: 1930, max: 2015 })
const COMMENT = asItem({ item: 'COMMENT', type: 'text', maxLength: 10 })
const SUPPORT = asItem({ item: 'SUPPORT', type: 'info' })
const EARLY_SUPPORT = asItem({ item: 'EARLY_SUPPORT', type: 'info', when: { item: 'SITUATION', in: [3] } })

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

test('what is only read is on a page to ask, and nobody ever has to deal with it', () => {
  const read = instrumentOf([SITUATION], [SUPPORT], [EARLY_SUPPORT], [EASE])
  expect(questionsOf(read).map(({ item }) => item)).toEqual(['SITUATION', 'EASE'])
  expect(pagesToAsk(read, { SITUATION: 1 })).toEqual([1, 2, 4])
  expect(pagesToAsk(read, { SITUATION: 3 })).toEqual([1, 2, 3, 4])
  expect(firstOpenPage(read, {})).toBe(1)
  expect(firstOpenPage(read, { SITUATION: 3 })).toBe(4)
  expect(firstOpenPage(read, { SITUATION: 3, EASE: MISSING.dontKnow })).toBe(null)
  expect(changesOf(read, {}, { SITUATION: 1 })).toEqual({ SITUATION: 1 })
  expect(completeness(read, { SITUATION: 1, EASE: 2 })).toBe(1)
})

test.each<[string, Answers | null, Record<string, Answer>]>([
  [
    'no response at all',
    null,
    { SITUATION: MISSING.waveNonResponse, CONTRACT: MISSING.waveNonResponse, EASE: MISSING.waveNonResponse },
  ],
  [
    'a response without an answer',
    {},
    { SITUATION: MISSING.notReached, CONTRACT: MISSING.notApplicable, EASE: MISSING.notReached },
  ],
  [
    'a break-off before what applies',
    { SITUATION: 1 },
    { SITUATION: 1, CONTRACT: MISSING.notReached, EASE: MISSING.notReached },
  ],
  [
    'a break-off before what does not apply',
    { SITUATION: 2 },
    { SITUATION: 2, CONTRACT: MISSING.notApplicable, EASE: MISSING.notReached },
  ],
  [
    'every reason stored',
    { SITUATION: 1, CONTRACT: MISSING.dontKnow, EASE: MISSING.declined, COMMENT: MISSING.leftBlank },
    { SITUATION: 1, CONTRACT: MISSING.dontKnow, EASE: MISSING.declined, COMMENT: MISSING.leftBlank },
  ],
  ['a zero, and a text', { SITUATION: 2, EASE: 0, COMMENT: 'merci' }, { EASE: 0, COMMENT: 'merci' }],
])('in an export, %s has a code for every item: %j', (_, answers, codes) => {
  const asked = [SITUATION, CONTRACT, EASE, COMMENT].filter(isQuestion).filter(({ item }) => item in codes)
  expect(Object.fromEntries(asked.map((item) => [item.item, codedAnswer(item, answers)]))).toEqual(codes)
})

test.each<[Answer | undefined, boolean]>([
  [0, true],
  [[1], true],
  ['merci', true],
  [MISSING.notApplicable, false],
  [[{ month: '2027-01', state: 'E', source: 'reported' }], true],
  [MISSING.dontKnow, false],
  [MISSING.declined, false],
  [MISSING.leftBlank, false],
  [MISSING.removedAtEditing, false],
  [undefined, false],
])('%j says something: %s', (answer, valid) => {
  expect(isValid(answer)).toBe(valid)
})

test.each<[string, Answers, number]>([
  ['nothing yet', {}, 0],
  ['the contract left out, because it does not apply', { SITUATION: 2, EASE: 4, CONTRACT: MISSING.notApplicable }, 1],
  ['the contract missing, though it applies', { SITUATION: 1, EASE: 4 }, 2 / 3],
  ['declined counts as dealt with', { SITUATION: 2, EASE: MISSING.declined }, 1],
  ['not known counts as dealt with', { SITUATION: 1, EASE: 4, CONTRACT: MISSING.dontKnow }, 1],
  ['removed at editing does not', { SITUATION: 2, EASE: MISSING.removedAtEditing }, 1 / 2],
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
  expect(completeness(instrumentOf([asItem({ ...SITUATION, core: false })], [CONTRACT]), { SITUATION: 2 })).toBe(0)
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
  const property = fc.property(anyInstrument({ chained: true }), anySaves, (instrument, saves) => {
    let stored: Answers = {}
    for (const { page, forms } of saves) {
      const items = instrument.pages[page % instrument.pages.length]!.items as FittedQuestion[]
      const { answers } = checkPage(items, stored, (item) => {
        const form = forms[items.indexOf(item)]!
        return form === 'declined' ? { values: [], declined: true } : said(form)
      })
      stored = store(stored, changesOf(instrument, stored, answers))
      for (const item of questionsOf(instrument)) {
        expect([item.item, stored[item.item] === MISSING.notApplicable]).toEqual([item.item, !applies(item, stored)])
        const exported = stored[item.item] ?? (applies(item, stored) ? MISSING.notReached : 'nothing')
        expect(codedAnswer(item, stored)).toBe(exported)
      }
    }
  })
  fc.assert(property, { numRuns: 1000 })
})
