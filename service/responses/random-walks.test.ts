// Random questionnaires answered in random ways over HTTP, and after every step: is stored, and shown, what must be?
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assembleBank } from '../instruments/instrument.ts'
import { Item } from '../instruments/item.ts'
import { storeVersions } from '../instruments/store-versions.actions.ts'
import { ENGINES } from '../platform/testing.ts'
import { openTestService, type TestService } from '../testing.ts'
import {
  type Browser,
  formOf,
  IN_W1,
  IN_W2,
  IN_W3,
  invite,
  inviteAgain,
  languageOf,
  toldAbout,
  type Volunteer,
} from './testing.ts'
import {
  type Answer,
  type Asked,
  anySaying,
  type Before,
  COUNTRIES,
  calendarOf,
  type Expected,
  type Go,
  Model,
  type Questionnaire,
  questionnaire,
  type Saying,
  SCALES,
} from './testing-walks.ts'

const SEED = 20261124
const MONTHS = Array.from({ length: 12 }, (_, n) =>
  Temporal.PlainYearMonth.from('2026-09').add({ months: n }).toString(),
)
/** Waves of somebody back since September 2026, with the months that have passed by then. */
const WAVES = [
  { wave: 'w1', now: IN_W1, months: MONTHS.slice(0, 1) },
  { wave: 'w2', now: IN_W2, months: MONTHS.slice(0, 6) },
  { wave: 'w3', now: IN_W3, months: MONTHS },
] as const
type Wave = (typeof WAVES)[number]

const ACTS = ['next', 'back', 'more', 'language', 'device', 'reload', 'scan', 'jump', 'twice'] as const
const step = fc.record({
  act: fc.oneof(
    { arbitrary: fc.constant('next' as const), weight: 9 },
    { arbitrary: fc.constant('back' as const), weight: 3 },
    { arbitrary: fc.constantFrom(...ACTS), weight: 8 },
  ),
  /** What is done to each question of the page: in four of ten nothing, otherwise what `anySaying` makes of it. */
  picks: fc.array(fc.nat(99_999), { minLength: 5, maxLength: 5 }),
})
/** What a volunteer changes a question to; undefined leaves it as it stands. */
type Say = (question: Asked, place: number) => Saying | undefined
/** What makes `anySaying` answer. */
const RIGHT = 13

type Step = typeof step extends fc.Arbitrary<infer One> ? One : never

const walk = fc.record({
  made: questionnaire,
  steps: fc.array(step, { minLength: 4, maxLength: 14 }),
  /** The first wave walked, and how far the one after it is, if it is. */
  first: fc.nat(1),
  again: fc.array(step, { minLength: 2, maxLength: 6 }),
})

/** How many walks each engine takes. */
const WALKS = { PGlite: 120, PostgreSQL: 30 }
let version = 100

/** The questionnaire in place of a wave's own. */
async function serviceWith(service: TestService, made: Questionnaire): Promise<TestService> {
  const items = made.items.map((item) => Item.parse(item))
  const instruments = WAVES.map(({ wave }) => ({ instrument: wave, version, minutes: 30, pages: made.pages }))
  const assembled = assembleBank({
    items,
    scales: SCALES,
    countries: COUNTRIES,
    measures: [],
    indicators: [],
    instruments,
  })
  if (!assembled.ok) throw new Error(assembled.problems.join('\n'))
  version++
  expect(await storeVersions(service, assembled.bank)).toEqual({ ok: true })
  return { ...service, bank: assembled.bank }
}

/** A page as it stands before somebody. */
type Standing = { html: string; page: number; language: string; sayings: Map<string, Saying>; seen: Set<string> }

class Walk {
  readonly volunteer: Volunteer
  readonly model: Model
  browser: Browser
  at: Standing | undefined
  constructor(volunteer: Volunteer, model: Model, browser: Browser) {
    this.volunteer = volunteer
    this.model = model
    this.browser = browser
  }

  async go({ act, picks }: Step): Promise<void> {
    if (act === 'scan') return this.beScanned()
    if (act === 'device' || !this.at) return this.resume()
    if (act === 'reload') return this.open(this.at.page)
    if (act === 'jump') return this.open(picks[0]! % (this.model.made.pages.length + 2))
    const go: Go = act === 'language' ? (this.at.language === 'fr' ? 'en' : 'fr') : act === 'twice' ? 'next' : act
    const say: Say = (question, place) => {
      const pick = picks[place % picks.length]! + 31 * place
      return pick % 10 < 4 ? undefined : anySaying(question, Math.floor(pick / 10), this.model.before)
    }
    await this.send(this.at, go, say, act === 'twice' ? 2 : 1)
  }

  /** Opens the link on another device and goes on where the welcome page says. */
  async resume(): Promise<void> {
    this.browser = await this.volunteer.open()
    const welcome = await (await this.browser.get('/s')).text()
    const page = this.model.resumesAt()
    expect(/href="(\/s\/\d+\?lang=\w+)"/.exec(welcome)?.[1]).toBe(`/s/${page}?lang=${this.model.language ?? 'fr'}`)
    await this.open(page)
  }

  /** Opens a page by its address: it shows what is stored, or leads away when there is nothing to ask on it. */
  async open(page: number, query = ''): Promise<void> {
    const response = await this.browser.get(`/s/${page}${query}`)
    const html = await response.text()
    if (!this.model.pages().includes(page)) {
      expect([response.status, response.headers.get('location')?.split('?')[0]]).toEqual([303, '/s'])
      this.at = undefined
      return
    }
    expect(response.status).toBe(200)
    const questions = this.model.questionsOn(page)
    const sayings = new Map(questions.map((question) => [question.code, this.model.shown(question)]))
    const language = /lang=(\w+)/.exec(query)?.[1] ?? this.model.language ?? 'fr'
    this.at = { html, page, language, sayings, seen: new Set() }
    this.expectShown(this.at, [])
    const hints = questions.filter((question) => this.model.lastTime(question) !== undefined)
    expect([...html.matchAll(/Avant, en /g)]).toHaveLength(hints.length)
  }

  /** What stands in the form is what the volunteer said, and every question to be asked is there. */
  expectShown({ html, page, language, sayings }: Standing, told: readonly string[]): void {
    const questions = this.model.questionsOn(page)
    const shown = meant(formOf(html).fields, this.months())
    for (const question of questions) {
      const { says, fields } = sayings.get(question.code)!
      const typed = meant(fields, this.months())
      const stands = shown.filter((field) => isOf(question, field))
      // What no control can show, such as an option that is none, does not stand; a first month is offered.
      if (says === 'wrong' && !isTyped(question))
        expect(typed).toEqual(expect.arrayContaining(stands.filter((field) => !field.includes('.from='))))
      else expect(stands.sort()).toEqual(typed.sort())
    }
    expect(shown.filter((field) => !questions.some((question) => isOf(question, field)))).toEqual([])
    const all = [
      ...html.matchAll(/<(?:fieldset|input|textarea|select) id="(Q\d_\d(?:_R[AB])?)"|name="(Q\d_\d(?:_R[AB])?)\./g),
    ]
    expect(new Set(all.map(([, id, name]) => id ?? name))).toEqual(new Set(questions.map(({ code }) => code)))
    expect(new Set(toldAbout(html))).toEqual(new Set(told))
    expect(languageOf(html)).toBe(language)
  }

  months = () => this.model.before.months

  async send(at: Standing, go: Go, say: Say, times = 1): Promise<void> {
    const { html, page } = at
    const questions = this.model.questionsOn(page)
    const sayings = new Map(at.sayings)
    const body = new URLSearchParams(formOf(html).fields)
    for (const [place, question] of questions.entries()) {
      const isWrong = sayings.get(question.code)!.says === 'wrong'
      const saying = say(question, place) ?? (isWrong ? anySaying(question, RIGHT, this.model.before) : undefined)
      if (!saying) continue
      sayings.set(question.code, saying)
      this.fill(body, question, saying)
    }
    body.append('go', go)
    const language = go === 'fr' || go === 'en' ? go : at.language
    const expected = this.model.send(page, sayings, go, at.seen, language)
    const { action } = formOf(html)
    const responses = await Promise.all(Array.from({ length: times }, () => this.browser.post(action, body)))
    const [response] = responses
    expect(responses.map(({ status }) => status)).toEqual(responses.map(() => expected.status))
    await this.follow(
      response!,
      expected,
      { page, language, sayings, seen: at.seen, html: await response!.text() },
      times,
    )
  }

  /** Writes what is said into the form, in place of what stood there. */
  fill(body: URLSearchParams, question: Asked, { fields }: Saying): void {
    const { code } = question
    for (const name of new Set(body.keys())) if (name === code || name.startsWith(`${code}.`)) body.delete(name)
    for (const [name, value] of fields) body.append(name, value)
    if (question.type !== 'calendar') return
    // Where one month is asked, its field cannot be emptied.
    const { months } = calendarOf(question, this.model.before)
    for (const part of ['from', 'to'])
      if (months.length === 1 && !body.has(`${code}.1.${part}`)) body.append(`${code}.1.${part}`, months[0]!)
  }

  async follow(response: Response, { status, leadsTo, cleared, told, doubts }: Expected, at: Standing, times: number) {
    if (status !== 303) {
      const seen = new Set(seenIn(at.html))
      this.expectShown(at, told)
      expect(seen).toEqual(new Set([...at.seen, ...doubts]))
      this.at = { ...at, seen }
      return
    }
    const [path, query = ''] = response.headers.get('location')!.split('?')
    const named = new URLSearchParams(query)
    expect([path, named.get('lang')]).toEqual([leadsTo === 'receipt' ? '/s' : `/s/${leadsTo}`, at.language])
    if (times === 1)
      expect(new Set(named.get('cleared')?.split('.') ?? [])).toEqual(new Set(leadsTo === 'receipt' ? [] : cleared))
    this.at = undefined
    if (leadsTo === 'receipt') return
    await this.open(leadsTo, `?${query}`)
    const said = /<section class="notice" role="status">(.*?)<\/section>/.exec(this.at!.html)?.[1] ?? ''
    if (times === 1) expect([...said.matchAll(/<li>/g)]).toHaveLength(cleared.length)
  }

  async beScanned(): Promise<void> {
    for (let times = 0; times < 10; times++) {
      const scanner = this.volunteer.browse()
      expect((await (times % 2 ? scanner.head(this.volunteer.link) : scanner.get(this.volunteer.link))).status).toBe(
        303,
      )
      if (times === 4) await scanner.get('/s')
    }
  }

  /** The database holds what the model does, and nothing else. */
  async expectStored(): Promise<void> {
    const { answers, submitted_on, language } = await this.volunteer.stored()
    expect(answers ?? {}).toEqual(Object.fromEntries(this.model.stored))
    expect([submitted_on !== null, language]).toEqual([this.model.submitted, this.model.language])
  }

  /** Goes on to the end, leaving blank what may be. */
  async finish(): Promise<void> {
    const say: Say = (question) =>
      question.routing && this.at!.sayings.get(question.code)!.says === 'nothing'
        ? anySaying(question, RIGHT, this.model.before)
        : undefined
    for (let pages = 0; pages < 40 && !this.model.submitted; pages++) {
      if (!this.at) await this.resume()
      await this.send(this.at!, 'next', say)
      await this.expectStored()
    }
    expect(this.model.submitted).toBe(true)
  }
}

const seenIn = (html: string): string[] =>
  formOf(html).fields.flatMap(([name, value]) => (name === 'seen' ? [value] : []))

const isOf = ({ code }: Asked, field: string) => field.startsWith(`${code}=`) || field.startsWith(`${code}.`)
const isTyped = ({ type }: Asked) => ['integer', 'year', 'decimal', 'date', 'text'].includes(type)

/** The fields that say something: not empty ones, and not the months of a period without an end and a state. */
function meant(fields: readonly (readonly string[])[], months: readonly string[]): string[] {
  const has = (name: string) => fields.some(([other, value]) => other === name && value !== '')
  return fields.flatMap(([name = '', value = '']) => {
    const [, row] = /^(.*\.\d+)\.(?:from|to)$/.exec(name) ?? []
    if (name === 'ref' || name === 'seen' || value === '') return []
    if (row && !has(`${row}.state`) && (months.length === 1 || !has(`${row}.to`))) return []
    return [`${name}=${value}`]
  })
}

/** Walks one wave from its link to its receipt. */
async function walkWave(
  service: TestService,
  memberId: string | undefined,
  { wave, now, months }: Wave,
  made: Questionnaire,
  answers: Before['answers'],
  steps: readonly Step[],
): Promise<Walk> {
  const volunteer = memberId
    ? await inviteAgain(service, memberId, { wave, now })
    : await invite(service, { wave, now })
  const walked = new Walk(volunteer, new Model(made, { answers, months }), await volunteer.open())
  for (const one of steps) {
    if (walked.model.submitted) break
    await walked.go(one)
    await walked.expectStored()
  }
  await walked.finish()
  await expectEnded(walked)
  return walked
}

/** Every item has an entry, −1 where it was out of reach and nowhere else; and whatever comes now changes nothing. */
async function expectEnded({ volunteer, model }: Walk): Promise<void> {
  const { answers, submitted_on, receipt } = await volunteer.stored()
  expect(submitted_on).not.toBe(null)
  const questions = model.made.asked.flat()
  expect(new Set(Object.keys(answers!))).toEqual(new Set(questions.map(({ code }) => code)))
  for (const question of questions)
    expect([question.code, answers![question.code] === -1]).toEqual([question.code, !model.isAsked(question)])
  const browser = await volunteer.open()
  for (const address of ['/s', '/s/1', `/s/${model.made.pages.length}`]) {
    const html = await (await browser.get(address)).text()
    expect(html).toContain(receipt)
    expect(/<main.*/.exec(html)?.[0]).not.toMatch(/Q\d_\d|Réponse|Merci <|deux/)
  }
}

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  beforeAll(async () => {
    service = await openTestService(engine, IN_W1)
  })
  afterAll(() => service.close())

  test('whatever a volunteer does with whatever questionnaire, what was said is stored, shown, and complete at the end', {
    timeout: 240_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(walk, async ({ made, steps, first, again }) => {
        const one = await serviceWith(service, made)
        const [wave, next] = WAVES.slice(first)
        const { volunteer, model } = await walkWave(one, undefined, wave!, made, new Map<string, Answer>(), steps)
        if (again.length % 2 === 0) await walkWave(one, volunteer.memberId, next!, made, model.stored, again)
      }),
      { numRuns: WALKS[engine], seed: SEED, endOnFailure: true },
    )
    expect(service.logLines.filter((line) => line.includes('a request failed'))).toEqual([])
  })
})
