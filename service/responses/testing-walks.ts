// Random questionnaires, and a small model of what a volunteer sees and what must be stored: written a second time, from
// what is promised, and sharing nothing with the code it judges.
import fc from 'fast-check'

/** A question as the model knows it. */
export type Asked = {
  code: string
  type: string
  when: { item: string; in: number[] } | undefined
  routing: boolean
  dontKnow: boolean
  once: boolean
  carry: boolean
  usual: boolean
  short: boolean
}

type Month = { month: string; state: string | number; source: string }
export type Answer = number | number[] | string | Month[]
type Field = readonly [name: string, value: string]

/** What stands in the fields of one question. */
export type Saying = {
  says: 'nothing' | 'declined' | 'unknown' | 'answer' | 'wrong'
  fields: readonly Field[]
  answer?: Answer
  doubt?: string
}

export type Questionnaire = {
  /** What surveys/ would hold: items of the bank, and pages of their codes. */
  items: object[]
  pages: { title: { fr: string; en: string }; items: string[] }[]
  asked: Asked[][]
  /** The pages on which something can always be read. */
  info: { page: number; when: Asked['when'] }[]
}

const TYPES = ['multiple', 'likert', 'grid', 'rating', 'integer', 'decimal', 'year', 'date', 'text', 'country'] as const
const draft = fc.record({
  type: fc.oneof(
    { arbitrary: fc.constantFrom(...TYPES), weight: 10 },
    { arbitrary: fc.constantFrom('single', 'routing'), weight: 5 },
    { arbitrary: fc.constant('calendar'), weight: 4 },
    { arbitrary: fc.constant('info'), weight: 1 },
  ),
  conditional: fc.boolean(),
  dontKnow: fc.boolean(),
  once: fc.boolean(),
  carry: fc.boolean(),
  sensitive: fc.boolean(),
  usual: fc.boolean(),
  short: fc.boolean(),
  n: fc.nat(999),
})
type Draft = typeof draft extends fc.Arbitrary<infer One> ? One : never

const both = (text: string) => ({ fr: text, en: `${text} (en)` })
const option = (code: number, exclusive = false) => ({ code, ...both(`Réponse ${code} <&"'>`), exclusive })
export const SCALES = [{ scale: 'FIVE', options: [1, 2, 3, 4, 5].map((code) => option(code)) }]
export const COUNTRIES = ['SN', 'FR', 'CI'].map((code) => ({ code, ...both(`Pays ${code}`) }))

/** What only items of a type have. */
const OWN: Record<string, object> = {
  single: { options: [1, 2, 3].map((code) => option(code)) },
  multiple: { options: [option(1), option(2), option(3), option(9, true)] },
  likert: { scale: 'FIVE', stem: both('À quel point…') },
  grid: { scale: 'FIVE', rows: ['RA', 'RB'].map((row) => ({ row, ...both(`rang ${row}`) })) },
  rating: { ends: { low: both('bas'), high: both('haut') } },
  integer: { min: 0, max: 100 },
  decimal: { min: 0, max: 10, decimals: 2 },
  year: { min: 1930, max: 2015 },
  date: { min: '2020-01-01', max: '2030-12-31' },
  text: { maxLength: 40 },
  country: {},
  calendar: { states: ['A', 'B', 'C'].map((code) => ({ code, ...both(`état ${code}`) })) },
  info: {},
}
const USUAL: Record<string, object> = {
  integer: { usual: { min: 10, max: 50 } },
  decimal: { usual: { min: 1, max: 5 } },
  year: { usual: { min: 1955, max: 2011 } },
}

/** A questionnaire of up to six pages with items of every type; its first item decides on others. */
export const questionnaire: fc.Arbitrary<Questionnaire> = fc
  .array(fc.array(draft, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 })
  .map((pages) => {
    const made: Questionnaire = { items: [], pages: [], asked: [], info: [] }
    const first: Draft = { ...pages[0]![0]!, type: 'routing', conditional: false }
    for (const [at, drafts] of [[first], ...pages].entries()) addPage(made, drafts, at)
    return made
  })

function addPage(made: Questionnaire, drafts: readonly Draft[], at: number): void {
  const sources = made.asked.flat().filter(({ routing }) => routing)
  const page: Asked[] = []
  // Every third page or so is asked of some and passed over by others, as a whole.
  const [{ n }] = drafts as [Draft]
  const together = n % 3 === 0 ? { conditional: true, n } : {}
  const codes = drafts.map((each, place) => {
    const one = { ...each, ...together }
    const code = `Q${at}_${place}`
    const source = one.conditional ? sources[one.n % sources.length] : undefined
    const when = source && { item: source.code, in: one.n % 2 ? [1 + (one.n % 3)] : [1, 2] }
    const routing = one.type === 'routing'
    const type = routing ? 'single' : one.type
    const text = { ...both(`Question ${code} <b>&"' ?`), ...(type === 'calendar' && both(`${code} depuis {anchor} ?`)) }
    if (type === 'info') {
      made.items.push({ item: code, type, text, ...(when && { when }) })
      made.info.push({ page: at + 1, when })
      return code
    }
    const carry = one.carry && !one.sensitive
    const asked = {
      type,
      when,
      routing,
      carry,
      dontKnow: one.dontKnow && !routing,
      once: one.once && !when && !routing,
    }
    const usual = one.usual && type in USUAL
    made.items.push({
      item: code,
      type,
      text,
      routing,
      dontKnow: asked.dontKnow,
      once: asked.once,
      // What depends on a sensitive answer may not be shown again.
      sensitive: one.sensitive && !routing,
      ...(when && { when }),
      ...(carry && { carryForward: both('Avant, en {month} : {answer}') }),
      ...(usual && USUAL[type]),
      ...(type === 'text' && { short: one.short }),
      ...OWN[type],
    })
    const rows = type === 'grid' ? [`${code}_RA`, `${code}_RB`] : [code]
    for (const row of rows)
      page.push({ ...asked, code: row, type: type === 'grid' ? 'likert' : type, usual, short: one.short })
    return code
  })
  made.pages.push({ title: both(`Page ${at + 1}`), items: codes })
  made.asked.push(page)
}

/** What the volunteer said in the wave before, and the months there are up to now. */
export type Before = { answers: ReadonlyMap<string, Answer>; months: readonly string[] }

const isSaid = (answer: Answer | undefined): answer is Answer =>
  answer !== undefined && !(typeof answer === 'number' && answer < 0)

/** The months a calendar asks about, and the one already known that it asks again. */
export function calendarOf(question: Asked, { answers, months }: Before): { months: string[]; known?: Month } {
  const said = question.carry ? answers.get(question.code) : undefined
  const known = Array.isArray(said) ? (said as Month[]).filter(({ state }) => state !== -4) : []
  const seam = known.at(-1)
  const asked = months.filter((month) => month === seam?.month || known.every((one) => one.month !== month))
  return { months: asked, ...(seam && { known: seam }) }
}

const isRadio = ({ type }: Asked) => ['single', 'likert', 'rating'].includes(type)

/** What a question says when nothing, or a reason, or an answer stands in it, as a page shows what is stored. */
export function standingAs(question: Asked, answer: Answer | undefined, before: Before): Saying {
  const { code, type } = question
  const reason = (says: 'declined' | 'unknown'): Saying => ({
    says,
    fields: [[isRadio(question) ? code : `${code}.${says}`, says]],
  })
  if (answer === -3) return reason('declined')
  if (answer === -2) return reason('unknown')
  if (!isSaid(answer)) return { says: 'nothing', fields: [] }
  if (type === 'date') {
    const [year, month, day] = (answer as string).split('-')
    return {
      says: 'answer',
      answer,
      fields: Object.entries({ day, month, year }).map(([part, text]) => [`${code}.${part}`, text!]),
    }
  }
  if (type === 'calendar') {
    const said = answer as Month[]
    const whole = calendarOf(question, before).months.map(
      (month): Month => said.find((one) => one.month === month) ?? { month, state: -4, source: 'reported' },
    )
    return calendarSaying(question, whole, before)
  }
  const doubt = doubtOf(question, answer)
  const fields = [answer].flat().map((one): Field => [code, String(one)])
  return { says: 'answer', answer, fields, ...(doubt && { doubt }) }
}

function doubtOf({ type, usual }: Asked, answer: Answer): string | undefined {
  const [low, high] = { integer: [10, 50], decimal: [1, 5], year: [1955, 2011] }[type] ?? [0, 0]
  if (usual && ((answer as number) < low! || (answer as number) > high!)) return 'unusual'
  return type === 'text' && /@|06 12/.test(answer as string) ? 'personal details' : undefined
}

function calendarSaying({ code }: Asked, said: readonly Month[], { months }: { months: readonly string[] }): Saying {
  const rows: { from: string; to: string; state: string }[] = []
  for (const [at, { month, state }] of said.entries()) {
    const last = rows.at(-1)
    const follows =
      at > 0 && said[at - 1]!.state === state && months.indexOf(said[at - 1]!.month) === months.indexOf(month) - 1
    if (typeof state !== 'string') continue
    if (last && follows) last.to = month
    else rows.push({ from: month, to: month, state })
  }
  const fields = rows.flatMap((row, at) =>
    Object.entries(row).map(([part, text]): Field => [`${code}.${at + 1}.${part}`, text]),
  )
  return { says: 'answer', answer: [...said], fields, ...(said.some(({ state }) => state === -4) && { doubt: 'gaps' }) }
}

const TEXTS = ['Merci <b>', '-3', 'declined', 'é😀 "ok" & co', 'me@example.org', '06 12 34 56 78', 'deux\r\nlignes']

/** Something a volunteer might say to a question: the number decides what. */
export function anySaying(question: Asked, n: number, before: Before): Saying {
  const { code, type, routing, dontKnow } = question
  const kind = n % 10
  const pick = Math.floor(n / 10)
  if (kind === 0) return { says: 'nothing', fields: [] }
  if (kind === 1 && !routing) return standingAs(question, dontKnow && pick % 2 ? -2 : -3, before)
  if (kind === 2) return { says: 'wrong', fields: wrongFields(question, pick, before) }
  return answered(code, type)

  function answered(name: string, kindOf: string): Saying {
    const shown = (answer: Answer) => standingAs(question, answer, before)
    switch (kindOf) {
      case 'single':
        return shown(1 + (pick % 3))
      case 'likert':
        return shown(1 + (pick % 5))
      case 'rating':
        return shown(pick % 11)
      case 'multiple':
        return shown(pick % 8 === 0 ? [9] : [1, 2, 3].filter((bit) => (pick % 8) & (1 << (bit - 1))))
      case 'integer':
        return shown(pick % 101)
      case 'year':
        return shown(1930 + (pick % 86))
      case 'country':
        return shown(COUNTRIES[pick % 3]!.code)
      case 'decimal': {
        const saying = shown((pick % 1001) / 100)
        return { ...saying, fields: [[name, saying.fields[0]![1].replace('.', ',')]] }
      }
      case 'date': {
        const day = Temporal.PlainDate.from('2020-01-01').add({ days: pick * 4 })
        const fields = (['day', 'month', 'year'] as const).map((part): Field => [`${name}.${part}`, ` ${day[part]} `])
        return { ...shown(day.toString()), fields }
      }
      case 'text': {
        const text = TEXTS[pick % (question.short ? TEXTS.length - 1 : TEXTS.length)]!
        return { ...shown(text.replace('\r\n', '\n')), fields: [[name, text]] }
      }
      case 'calendar':
        return months(pick)
      default:
        throw new Error(`the model does not know how to answer ${kindOf}`)
    }
  }

  /** A state for each month or, once in three, for some. */
  function months(seed: number): Saying {
    const calendar = calendarOf(question, before)
    const states = seed % 3 === 0 ? ['A', 'B', -4] : ['A', 'B', 'C']
    const said = calendar.months.map((month, at) => {
      const state = states[Math.floor(seed / (1 + at * at)) % 3]!
      const source =
        month !== calendar.known?.month || state === -4
          ? 'reported'
          : state === calendar.known.state
            ? 'carried'
            : 'corrected'
      return { month, state, source }
    })
    return said.every(({ state }) => state === -4)
      ? { says: 'nothing', fields: [] }
      : calendarSaying(question, said, before)
  }
}

function wrongFields(question: Asked, pick: number, before: Before): readonly Field[] {
  const { code, type, routing } = question
  const one = (...values: string[]) => values.map((value): Field => [code, value])
  const row = (from: string, to: string, state: string, number = 1): Field[] => [
    [`${code}.${number}.from`, from],
    [`${code}.${number}.to`, to],
    [`${code}.${number}.state`, state],
  ]
  const date = (year: string, month: string, day: string): Field[] => [
    [`${code}.year`, year],
    [`${code}.month`, month],
    [`${code}.day`, day],
  ]
  const { months } = calendarOf(question, before)
  const [first, last] = [months[0]!, months.at(-1)!]
  const wrong: Record<string, (readonly Field[])[]> = {
    single: [one('99'), one('1', '2'), one('-1'), routing ? one('x') : one('1', 'declined')],
    likert: [one('6'), one('1', '2'), one('1', 'declined')],
    rating: [one('11'), one('1', '2'), one('0', 'declined')],
    multiple: [one('7'), one('1', '9'), one('1', '-3'), [...one('1'), [`${code}.declined`, 'declined']]],
    integer: [one('x'), one('101'), one('1.5'), [...one('1'), [`${code}.declined`, 'declined']]],
    year: [one('1929'), one('20O0'), one('2016')],
    decimal: [one('1.234'), one('10,01'), one('1e0')],
    date: [
      date('2023', '02', '29'),
      date('2019', '12', '31'),
      date('2023', '13', '1'),
      date('23', '1', '1'),
      [[`${code}.year`, '2023']],
    ],
    text: [one('x'.repeat(41)), one('a\u0000b'), [...one('x'), [`${code}.declined`, 'declined']]],
    country: [one('sn'), one('XX'), one('SN', 'FR')],
    calendar: [
      row(first, last, 'Z'),
      [...row(first, first, 'A'), ...row(first, first, 'B', 2)],
      [...row(first, last, 'A'), ...row(first, last, 'A')],
      ...(months.length > 1
        ? [
            row('2026-13', last, 'A'),
            row(first, last, ''),
            row(last, first, 'A'),
            row('', last, 'A'),
            [...row(first, last, 'C'), [`${code}.declined`, 'declined'] as const],
          ]
        : []),
    ],
  }
  const choices = wrong[type]
  if (!choices) throw new Error(`the model does not know what is wrong with ${type}`)
  return choices[pick % choices.length]!
}

export type Go = 'next' | 'back' | 'more' | 'fr' | 'en'

export type Expected = {
  status: 200 | 303 | 422
  /** Where it leads: a page, the receipt, or the page itself once more. */
  leadsTo: number | 'receipt'
  cleared: string[]
  /** Questions something is said about. */
  told: string[]
  /** Doubts put, as the form names them. */
  doubts: string[]
}

/** What is stored of one response, and what sending a page does to it. */
export class Model {
  stored = new Map<string, Answer>()
  submitted = false
  /** The language saved with it; null before anything is. */
  language: string | null = null
  readonly made: Questionnaire
  readonly before: Before
  constructor(made: Questionnaire, before: Before) {
    this.made = made
    this.before = before
  }

  isAsked({ code, once, when }: Pick<Asked, 'code' | 'once' | 'when'>): boolean {
    const earlier = this.before.answers.get(code)
    if (once && (isSaid(earlier) || earlier === -2 || earlier === -3)) return false
    return !when || when.in.includes(this.stored.get(when.item) as number)
  }

  questionsOn = (page: number): Asked[] => this.made.asked[page - 1]!.filter((question) => this.isAsked(question))

  pages(): number[] {
    const toRead = this.made.info.filter(({ when }) => this.isAsked({ code: '', once: false, when }))
    return this.made.asked.flatMap((_, at) =>
      this.questionsOn(at + 1).length > 0 || toRead.some(({ page }) => page === at + 1) ? [at + 1] : [],
    )
  }

  openPage = (): number | undefined =>
    this.pages().find((page) => this.questionsOn(page).some((question) => !this.isDealtWith(question)))

  /** A calendar that was left in the middle is not. */
  private isDealtWith(question: Asked): boolean {
    const answer = this.stored.get(question.code)
    if (question.type !== 'calendar' || !Array.isArray(answer)) return answer !== undefined
    const said = new Set((answer as Month[]).map(({ month }) => month))
    return calendarOf(question, this.before).months.every((month) => said.has(month))
  }

  resumesAt = (): number => this.openPage() ?? this.pages().at(-1)!

  /** What was said last time and is said again. */
  lastTime(question: Asked): Answer | undefined {
    const said = question.carry ? this.before.answers.get(question.code) : undefined
    if (!isSaid(said)) return undefined
    if (question.type !== 'calendar') return said
    const { months, known } = calendarOf(question, this.before)
    return months.map((month) =>
      month === known?.month
        ? { month, state: known.state, source: 'carried' }
        : { month, state: -4, source: 'reported' },
    )
  }

  /** What a page shows that is opened now. */
  shown = (question: Asked): Saying =>
    standingAs(question, this.stored.get(question.code) ?? this.lastTime(question), this.before)

  /** Sends what stands on a page. */
  send(
    page: number,
    sayings: ReadonlyMap<string, Saying>,
    go: Go,
    seen: ReadonlySet<string>,
    language: string,
  ): Expected {
    const questions = this.questionsOn(page)
    const saying = ({ code }: Asked) => sayings.get(code)!
    const problems = questions.filter(
      (one) => saying(one).says === 'wrong' || (go === 'next' && one.routing && saying(one).says === 'nothing'),
    )
    const doubts = questions.filter((one) => {
      const { says, doubt } = saying(one)
      return go === 'next' && says === 'answer' && doubt && !seen.has(`${one.code}:${doubt}`)
    })
    const isRight = problems.length + doubts.length === 0
    const before = new Map(this.stored)
    let kept = 0
    for (const one of questions) {
      const { says, answer } = saying(one)
      if (says === 'wrong' || (says === 'nothing' && one.routing)) continue
      const value = { nothing: -4, declined: -3, unknown: -2, answer: answer! }[says]
      const kind = go === 'next' && isRight ? value : this.draft(one, value)
      if (kind === undefined) continue
      this.stored.set(one.code, kind)
      kept++
    }
    if (kept > 0 || (go === 'next' && isRight)) this.settle()
    const cleared = [...before].flatMap(([code, was]) =>
      (isSaid(was) || was === -3 || was === -2) && this.stored.get(code) === -1 ? [code] : [],
    )
    const leadsTo = isRight ? this.after(page, go) : page
    if (leadsTo === 'receipt') this.submitted = true
    const isWritten = leadsTo === 'receipt' || JSON.stringify([...before]) !== JSON.stringify([...this.stored])
    if (isWritten || this.language !== null) this.language = language
    const told = go === 'more' ? [] : [...problems, ...doubts].map(({ code }) => code)
    const status = go === 'more' ? 200 : isRight ? 303 : 422
    return {
      status,
      leadsTo,
      cleared: isRight ? cleared : [],
      told,
      doubts: go === 'more' ? [] : doubts.map((one) => `${one.code}:${saying(one).doubt}`),
    }
  }

  /** What stays of an answer whose page one does not go on from: undefined when nothing does. */
  private draft(question: Asked, answer: Answer): Answer | undefined {
    const stored = this.stored.get(question.code)
    const same = (one: Answer | undefined, other: Answer | undefined) => JSON.stringify(one) === JSON.stringify(other)
    if (same(answer, stored)) return answer
    const isCalendar = question.type === 'calendar' && Array.isArray(answer)
    const said = isCalendar ? (answer as Month[]).filter(({ state }) => state !== -4) : answer
    const { known } = isCalendar ? calendarOf(question, this.before) : {}
    const shown = isCalendar ? known && [{ ...known, source: 'carried' }] : this.lastTime(question)
    return stored === undefined && (said === -4 || same(said, shown)) ? undefined : said
  }

  /** −1 for whatever is out of reach, and nothing for what has come into reach. */
  private settle(): void {
    for (const question of this.made.asked.flat()) {
      if (!this.isAsked(question)) this.stored.set(question.code, -1)
      else if (this.stored.get(question.code) === -1) this.stored.delete(question.code)
    }
  }

  private after(page: number, go: Go): number | 'receipt' {
    const pages = this.pages()
    if (go === 'back') return pages.findLast((other) => other < page) ?? page
    if (go !== 'next') return page
    return pages.find((other) => other > page) ?? this.openPage() ?? 'receipt'
  }
}
