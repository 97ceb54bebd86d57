// One page of the questionnaire: checked, saved as a draft, and submitted when it was the last.
import { isDeepStrictEqual } from 'node:util'
import {
  type Answer,
  type Answers,
  changesOf,
  firstOpenPage,
  isCalendar,
  MISSING,
  pagesToAsk,
  wasDealtWith,
} from '../instruments/answers.ts'
import {
  type About,
  type AnswerProblem,
  checkPage,
  type Doubt,
  type Given,
  type PageCheck,
} from '../instruments/check-answer.ts'
import type { FittedInstrument, FittedItem, FittedQuestion } from '../instruments/fit.ts'
import { isQuestion } from '../instruments/instrument.ts'
import { dayOf } from '../platform/clock.ts'
import type { Language } from '../platform/i18n.ts'
import { randomId } from '../platform/secrets.ts'
import { caseState, languageOf } from './case-state.ts'
import { type AskedCase, findAsked, type ResponseDeps } from './find-asked.actions.ts'
import { type StoredCase, savePage } from './responses.queries.ts'

export type SavePageInput = {
  caseId: string
  page: number
  /** The language chosen, if one was. */
  language: Language | undefined
  /** `stay` and `back` keep what is right on the page and ask for nothing more. */
  go: 'next' | 'back' | 'stay'
  given(item: FittedQuestion): Given
  /** The case as it was read just before, if it was; when others have been faster it is read again. */
  asked?: AskedCase | undefined
  /** Whether a doubt has been put to the volunteer already, who then keeps to the answer. */
  seen(item: string, doubt: Doubt): boolean
}

/** What an outcome is about: the case, its instrument, and the answers stored by now. */
type Asked = { found: StoredCase; instrument: FittedInstrument; answers: Answers }
/** `cleared`: items that had an answer and no longer apply. */
type Saved = Asked & { cleared: string[] }

export type SavePageOutcome =
  | ({ ok: true; next: number | 'receipt' } & Saved)
  /** What was right has been saved. */
  | ({
      ok: false
      because: 'to put right'
      problems: readonly About<AnswerProblem>[]
      doubts: readonly About<Doubt>[]
    } & Saved)
  | { ok: false; because: 'no case' }
  | { ok: false; because: 'not asked' | 'not open'; found: StoredCase }
  /** `different`: what was sent is not what had been received, and it was not kept. */
  | { ok: false; because: 'already submitted'; different: boolean; found: StoredCase }

/** How often in a row a page may be overtaken by another of the same case; each time, that other one was saved. */
const OVERTAKEN = 100

/** Saves one page of a case and says where to go; a response is submitted once, by its last page. */
export async function savePageOfCase(deps: ResponseDeps, input: SavePageInput): Promise<SavePageOutcome> {
  for (let times = 0; times < OVERTAKEN; times++) {
    const outcome = await trySavePage(deps, times === 0 ? input : { ...input, asked: undefined })
    if (outcome) return outcome
  }
  throw new Error('a page could not be saved: others of the same case were always faster')
}

/** The outcome, or undefined when the response changed between being read and being saved, and must be read again. */
async function trySavePage(deps: ResponseDeps, input: SavePageInput): Promise<SavePageOutcome | undefined> {
  const asked = input.asked ?? (await findAsked(deps, input.caseId))
  if (!asked) return { ok: false, because: 'no case' }
  const { found, instrument } = asked
  if (!instrument) return { ok: false, because: 'not open', found }
  const soFar: Answers = found.answers ?? {}
  const state = caseState(
    { opensAt: found.opens_at, closesAt: found.closes_at, submitted: found.submitted_on !== null },
    deps.clock.now(),
  )
  if (state !== 'open' && state !== 'done') return { ok: false, because: 'not open', found }
  const page = instrument.pages[input.page - 1]
  if (!page || !pagesToAsk(instrument, soFar).includes(input.page)) return { ok: false, because: 'not asked', found }

  const checked = checkPage(page.items, soFar, input.given)
  if (state === 'done') return { ...alreadySubmitted(soFar, checked), found }

  const { problems, doubts } = toPutRight(checked, input)
  const isRight = problems.length === 0 && doubts.length === 0
  const goesOn = input.go === 'next' && isRight
  const kept = goesOn ? checked.answers : draftOf(page.items, soFar, checked.answers)
  // Whoever has said nothing has not begun.
  const changes = goesOn || Object.keys(kept).length > 0 ? changesOf(instrument, soFar, kept) : {}
  const answers = afterChanges(soFar, changes)
  const next = isRight ? placeAfter(instrument, answers, input) : input.page
  const saved = await save(
    deps,
    { found, instrument, answers },
    { ...input, soFar, changes, submit: next === 'receipt' },
  )
  if (!saved) return undefined
  const outcome = { found, instrument, answers, cleared: clearedBy(soFar, answers) }
  return isRight ? { ok: true, next, ...outcome } : { ok: false, because: 'to put right', problems, doubts, ...outcome }
}

const alreadySubmitted = (stored: Answers, { problems, answers }: PageCheck) => ({
  ok: false as const,
  because: 'already submitted' as const,
  different:
    problems.length > 0 || Object.entries(answers).some(([item, answer]) => !isDeepStrictEqual(stored[item], answer)),
})

/** Doubts are put once, before going on; whoever does not go on need not have answered everything. */
function toPutRight(
  { problems, doubts }: PageCheck,
  { go, seen }: SavePageInput,
): Pick<PageCheck, 'problems' | 'doubts'> {
  if (go !== 'next') return { problems: problems.filter(({ because }) => because !== 'required'), doubts: [] }
  return { problems, doubts: doubts.filter(({ item, because }) => !seen(item.item, because)) }
}

/**
 * What is kept of a page that its volunteer does not go on from: not what was passed over, which stays to be asked, and
 * not what was shown of last time and left as it was.
 */
function draftOf(items: readonly FittedItem[], soFar: Answers, page: Answers): Answers {
  const kept = items.filter(isQuestion).flatMap((item): [string, Answer][] => {
    const { [item.item]: answer } = page
    const { [item.item]: stored } = soFar
    if (answer === undefined) return []
    if (isDeepStrictEqual(answer, stored)) return [[item.item, answer]]
    const said = isCalendar(answer) ? answer.filter(({ state }) => state !== MISSING.leftBlank) : answer
    const isNew = stored === undefined
    return isNew && (said === MISSING.leftBlank || isAsShown(item, said)) ? [] : [[item.item, said]]
  })
  return Object.fromEntries(kept)
}

const isAsShown = ({ lastTime }: FittedQuestion, said: Answer): boolean =>
  isCalendar(said) ? said.every(({ source }) => source === 'carried') : isDeepStrictEqual(said, lastTime?.answer)

function afterChanges(soFar: Answers, changes: ReturnType<typeof changesOf>): Answers {
  const kept = Object.entries({ ...soFar, ...changes }).filter(([, answer]) => answer !== null)
  return Object.fromEntries(kept) as Answers
}

function placeAfter(instrument: FittedInstrument, answers: Answers, { go, page }: SavePageInput): number | 'receipt' {
  const pages = pagesToAsk(instrument, answers)
  if (go === 'stay') return page
  if (go === 'back') return pages.findLast((other) => other < page) ?? page
  return pages.find((other) => other > page) ?? firstOpenPage(instrument, answers) ?? 'receipt'
}

/** Items that said something, or were declined, and are out of reach now. */
const clearedBy = (before: Answers, after: Answers): string[] =>
  Object.entries(before).flatMap(([item, answer]) =>
    wasDealtWith(answer) && after[item] === MISSING.notApplicable ? [item] : [],
  )

type Saving = Pick<SavePageInput, 'caseId' | 'page' | 'language'> & {
  soFar: Answers
  changes: ReturnType<typeof changesOf>
  submit: boolean
}

/** False when somebody was faster. A page that changes nothing is not written. */
async function save(
  { db, clock }: ResponseDeps,
  { found, instrument, answers }: Asked,
  { caseId, page, language: chosen, soFar, changes, submit }: Saving,
): Promise<boolean> {
  const language = languageOf(found, chosen)
  const isNew = !isDeepStrictEqual(soFar, answers) || (found.language !== null && found.language !== language)
  if (!isNew && !submit) return true
  const now = clock.now()
  const saved = await savePage(db, {
    caseId,
    receipt: randomId(),
    pseudonym: found.pseudonym,
    wave: found.wave,
    instrument: instrument.instrument,
    version: instrument.version,
    language,
    soFar,
    changes,
    page,
    now,
    today: dayOf(now),
    submit,
  })
  return saved !== undefined
}
