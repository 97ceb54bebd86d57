// One page of the questionnaire: checked, saved as a draft, and submitted when it was the last.
import { isDeepStrictEqual } from 'node:util'
import {
  type AnswerProblem,
  type Answers,
  changesOf,
  checkPage,
  firstOpenPage,
  type Given,
  MISSING,
  type PageCheck,
  pagesToAsk,
} from '../instruments/answers.ts'
import type { Instrument, Item } from '../instruments/instrument.ts'
import { findVersion, markFielded } from '../instruments/versions.queries.ts'
import { dayOf } from '../platform/clock.ts'
import type { Language } from '../platform/i18n.ts'
import { randomId } from '../platform/secrets.ts'
import { askedIn, type Deps } from '../waves/deps.ts'
import { caseState } from './case-state.ts'
import { findCase, markStarted, markSubmitted, type StoredCase, savePage } from './responses.queries.ts'

export type SavePageInput = {
  caseId: string
  page: number
  language: Language
  /** `back` keeps what is right on the page and asks for nothing. */
  go: 'next' | 'back'
  given(item: Item): Given
}

export type SavePageOutcome =
  | { ok: true; next: number }
  | { ok: true; next: 'receipt' }
  | { ok: false; because: 'not asked' }
  | { ok: false; because: 'problems'; problems: { item: Item; because: AnswerProblem }[] }
  | { ok: false; because: 'not open' }
  /** `different`: what was sent is not what had been received, and it was not kept. */
  | { ok: false; because: 'already submitted'; different: boolean }

type ResponseDeps = Pick<Deps, 'db' | 'clock' | 'frame' | 'plans' | 'bank'>

/** How often in a row a page may be overtaken by another of the same case; each time, that other one was saved. */
const OVERTAKEN = 100

/** Saves one page of a case and says where to go; a response is submitted once, by its last page. */
export async function savePageOfCase(deps: ResponseDeps, input: SavePageInput): Promise<SavePageOutcome> {
  for (let times = 0; times < OVERTAKEN; times++) {
    const outcome = await trySavePage(deps, input)
    if (outcome) return outcome
  }
  throw new Error('a page could not be saved: others of the same case were always faster')
}

/** The outcome, or undefined when the response changed between being read and being saved, and must be read again. */
async function trySavePage(deps: ResponseDeps, input: SavePageInput): Promise<SavePageOutcome | undefined> {
  const found = await findCase(deps.db, input.caseId)
  const instrument = found && (await instrumentOf(deps, found))
  if (!found || !instrument) return { ok: false, because: 'not open' }
  const soFar: Answers = found.answers ?? {}
  const page = instrument.pages[input.page - 1]
  if (!page || !pagesToAsk(instrument, soFar).includes(input.page)) return { ok: false, because: 'not asked' }

  const checked = checkPage(page.items, soFar, input.given)
  const state = caseState(
    { opensAt: found.opens_at, closesAt: found.closes_at, submitted: found.submitted_on !== null },
    deps.clock.now(),
  )
  if (state === 'done') return alreadySubmitted(soFar, checked)
  if (state !== 'open') return { ok: false, because: 'not open' }
  if (!checked.ok && input.go === 'next') return { ok: false, because: 'problems', problems: checked.problems }

  const kept = input.go === 'back' ? withoutNewBlanks(soFar, checked.answers) : checked.answers
  const changes = changesOf(instrument, soFar, kept)
  const after = afterChanges(soFar, changes)
  const next =
    input.go === 'back' ? pageBefore(instrument, after, input.page) : pageAfter(instrument, after, input.page)
  const saved = await save(deps, found, instrument, { ...input, soFar, changes, submit: next === 'receipt' })
  return saved ? { ok: true, next } : undefined
}

/** The instrument a case is answered with: the version its response began with, else the wave's current one. */
export async function instrumentOf(
  { db, ...surveys }: ResponseDeps,
  found: StoredCase,
): Promise<Instrument | undefined> {
  const current = askedIn(surveys, found.programme, found.wave)?.instrument
  if (found.instrument === null || found.instrument_version === null) return current
  if (current?.instrument === found.instrument && current.version === found.instrument_version) return current
  const stored = await findVersion(db, { instrument: found.instrument, version: found.instrument_version })
  return stored?.content as Instrument | undefined
}

const alreadySubmitted = (stored: Answers, sent: PageCheck): SavePageOutcome => ({
  ok: false,
  because: 'already submitted',
  different:
    !sent.ok || Object.entries(sent.answers).some(([item, answer]) => !isDeepStrictEqual(stored[item], answer)),
})

/** Whoever goes back from a page has not passed over what they had not come to: it stays to be asked. */
const withoutNewBlanks = (soFar: Answers, page: Answers): Answers =>
  Object.fromEntries(
    Object.entries(page).filter(([item, answer]) => answer !== MISSING.leftBlank || soFar[item] !== undefined),
  )

function afterChanges(soFar: Answers, changes: ReturnType<typeof changesOf>): Answers {
  const kept = Object.entries({ ...soFar, ...changes }).filter(([, answer]) => answer !== null)
  return Object.fromEntries(kept) as Answers
}

function pageAfter(instrument: Instrument, answers: Answers, page: number): number | 'receipt' {
  const next = pagesToAsk(instrument, answers).find((other) => other > page)
  return next ?? firstOpenPage(instrument, answers) ?? 'receipt'
}

const pageBefore = (instrument: Instrument, answers: Answers, page: number): number =>
  pagesToAsk(instrument, answers).findLast((other) => other < page) ?? page

type Saving = {
  caseId: string
  page: number
  language: Language
  soFar: Answers
  changes: ReturnType<typeof changesOf>
  submit: boolean
}

async function save(
  { db, clock }: ResponseDeps,
  found: StoredCase,
  { instrument, version }: Instrument,
  { caseId, page, language, soFar, changes, submit }: Saving,
): Promise<boolean> {
  const now = clock.now()
  const today = dayOf(now)
  return db.transaction().execute(async (trx) => {
    const { pseudonym, wave } = found
    const saved = await savePage(trx, {
      receipt: randomId(),
      pseudonym,
      wave,
      instrument,
      version,
      language,
      soFar,
      changes,
      page,
      today,
      submit,
    })
    if (!saved) return false
    if (found.started_on === null) {
      await markStarted(trx, caseId, today)
      await markFielded(trx, { instrument, version }, now)
    }
    if (submit) await markSubmitted(trx, caseId, today)
    return true
  })
}
