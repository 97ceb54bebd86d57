// A volunteer's link: opened, exchanged for a short cookie and a clean address, answered page by page.
import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { findLink } from '../access/personal-links.queries.ts'
import { type Answers, firstOpenPage, pagesToAsk } from '../instruments/answers.ts'
import type { Item } from '../instruments/instrument.ts'
import type { Programme } from '../panel/frame.ts'
import { dayOf, isBefore } from '../platform/clock.ts'
import { readNote, signNote } from '../platform/cookies.ts'
import { fail, refuseOtherSites, type Web } from '../platform/http.tsx'
import { isLanguage, type Language, preferredLanguage } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import { base64url, sha256 } from '../platform/secrets.ts'
import type { Deps } from '../waves/deps.ts'
import { caseState } from './case-state.ts'
import {
  ClosedPage,
  OtherLinkPage,
  pageAddress,
  ReceiptPage,
  TooEarlyPage,
  UnknownLinkPage,
  WelcomePage,
  welcomeAddress,
} from './link.pages.tsx'
import { DECLINED_VALUE, declineName, type Entered, enteredFrom, QuestionPage } from './questions.pages.tsx'
import { findCase, type StoredCase } from './responses.queries.ts'
import { instrumentOf, savePageOfCase } from './save-page.actions.ts'

const COOKIE = 'sv'
const PURPOSE = 'survey'

export function responseRoutes(deps: Deps) {
  const { db, clock, config } = deps
  const routes = new Hono<Web>()
  routes.use('/s/*', refuseOtherSites(config.baseUrl))

  // Whatever is not a page is taken for a link, so that all links that open nothing look the same.
  routes.get('/s/:token{[^0-9].*}', async (c) => {
    const link = await findLink(db, 'survey', c.req.param('token'))
    if (!link) return unknownLink(c)
    const note = await signNote(config.keys.cookie, clock, { purpose: PURPOSE, subject: link.subjectId })
    setCookie(c, COOKIE, note, { prefix: 'host', secure: true, httpOnly: true, sameSite: 'Lax', path: '/' })
    return c.redirect('/s', 303)
  })

  routes.get('/s', async (c) => {
    const found = await caseOfCookie(c)
    if (!found) return unknownLink(c)
    const language = languageOf(c, found)
    const state = stateOf(found)
    const instrument = state === 'open' ? await instrumentOf(deps, found) : undefined
    if (!instrument) return notOpen(c, found)
    const answers = found.answers ?? {}
    const resumeAt = firstOpenPage(instrument, answers) ?? pagesToAsk(instrument, answers).at(-1) ?? 1
    return sendPage(
      c,
      <WelcomePage
        language={language}
        programme={programmeOf(found)}
        instrument={instrument}
        answers={answers}
        closesOn={found.closes_on}
        resumeAt={resumeAt}
      />,
    )
  })

  routes.get('/s/:page{[0-9]{1,3}}', async (c) => {
    const found = await caseOfCookie(c)
    if (!found) return unknownLink(c)
    if (stateOf(found) !== 'open') return notOpen(c, found)
    return questionPage(c, found, Number(c.req.param('page')), { entered: enteredFrom(found.answers ?? {}) })
  })

  routes.post('/s/:page{[0-9]{1,3}}', async (c) => {
    const found = await caseOfCookie(c)
    if (!found) return unknownLink(c)
    const form = await readForm(c)
    if (!form) return fail(c, 400, languageOf(c, found))
    if (form.get('ref')?.[0] !== formReference(found.id))
      return sendPage(c, <OtherLinkPage language={languageOf(c, found)} />, 409)
    const page = Number(c.req.param('page'))
    const given = givenIn(form)
    const go = form.get('go')?.includes('back') ? 'back' : 'next'
    const outcome = await savePageOfCase(deps, { caseId: found.id, page, language: languageOf(c, found), go, given })
    if (outcome.ok)
      return c.redirect(
        outcome.next === 'receipt'
          ? welcomeAddress(languageOf(c, found))
          : pageAddress(outcome.next, languageOf(c, found)),
        303,
      )
    switch (outcome.because) {
      case 'problems':
        return questionPage(c, found, page, { entered: given, problems: outcome.problems }, 422)
      case 'not asked':
        return c.redirect(welcomeAddress(languageOf(c, found)), 303)
      case 'not open':
        return notOpen(c, found)
      case 'already submitted':
        return outcome.different
          ? receiptPage(c, (await findCase(db, found.id)) ?? found, true)
          : c.redirect(welcomeAddress(languageOf(c, found)), 303)
      default:
        return outcome satisfies never
    }
  })

  return routes

  async function caseOfCookie(c: Context): Promise<StoredCase | undefined> {
    const note = getCookie(c, COOKIE, 'host')
    const caseId = note ? await readNote(config.keys.cookie, clock, PURPOSE, note) : null
    return caseId === null ? undefined : findCase(db, caseId)
  }

  function stateOf(found: StoredCase) {
    return caseState(
      { opensAt: found.opens_at, closesAt: found.closes_at, submitted: found.submitted_on !== null },
      clock.now(),
    )
  }

  function programmeOf(found: StoredCase): Programme {
    return deps.frame.programmes.find(({ programme }) => programme === found.programme)!
  }

  async function questionPage(
    c: Context,
    found: StoredCase,
    page: number,
    shown: { entered: Entered; problems?: Parameters<typeof QuestionPage>[0]['problems'] },
    status: 200 | 422 = 200,
  ) {
    const language = languageOf(c, found)
    const instrument = await instrumentOf(deps, found)
    const answers: Answers = found.answers ?? {}
    if (!instrument || !pagesToAsk(instrument, answers).includes(page)) return c.redirect(welcomeAddress(language), 303)
    const { entered, problems = [] } = shown
    return sendPage(
      c,
      <QuestionPage
        language={language}
        programme={programmeOf(found)}
        instrument={instrument}
        page={page}
        answers={answers}
        entered={entered}
        problems={problems}
        formReference={formReference(found.id)}
      />,
      status,
    )
  }

  function notOpen(c: Context, found: StoredCase) {
    const language = languageOf(c, found)
    const programme = programmeOf(found)
    if (found.submitted_on !== null) return receiptPage(c, found)
    if (isBefore(clock.now(), found.opens_at))
      return sendPage(
        c,
        <TooEarlyPage language={language} programme={programme} opensOn={dayOf(found.opens_at, found.time_zone)} />,
      )
    return sendPage(c, <ClosedPage language={language} programme={programme} />, 410)
  }

  function receiptPage(c: Context, found: StoredCase, notKept = false) {
    const { receipt, submitted_on } = found
    if (receipt === null || submitted_on === null) return unknownLink(c)
    return sendPage(
      c,
      <ReceiptPage
        language={languageOf(c, found)}
        programme={programmeOf(found)}
        receipt={receipt}
        submittedOn={submitted_on}
        notKept={notKept}
      />,
      notKept ? 409 : 200,
    )
  }
}

const unknownLink = (c: Context) =>
  sendPage(c, <UnknownLinkPage language={preferredLanguage(c.req.header('Accept-Language'))} />, 404)

/** The language chosen on the page, else the one the response was begun in, else the member's. */
function languageOf(c: Context, found: StoredCase): Language {
  const chosen = c.req.query('lang')
  if (isLanguage(chosen)) return chosen
  return isLanguage(found.language ?? undefined) ? (found.language as Language) : found.member_language
}

/** Ties a form to the case it was shown for: two people on one browser must not answer for each other. */
const formReference = (caseId: string): string => base64url(sha256(`form|${caseId}`)).slice(0, 22)

type Form = Map<string, string[]>

/** The fields of a form and their texts (files are left out), or null when the body cannot be read as a form. */
async function readForm(c: Context): Promise<Form | null> {
  const body = await c.req.parseBody({ all: true }).catch((error: unknown) => {
    if (error instanceof TypeError) return null
    throw error
  })
  if (!body) return null
  const texts = (value: unknown) => [value].flat().filter((one) => typeof one === 'string')
  return new Map(Object.entries(body).map(([name, value]) => [name, texts(value)]))
}

const givenIn =
  (form: Form) =>
  (item: Item): { values: string[]; declined: boolean } => {
    const values = (form.get(item.item) ?? []).filter(
      (value) => value !== DECLINED_VALUE || declineName(item) !== item.item,
    )
    return { values, declined: form.get(declineName(item))?.includes(DECLINED_VALUE) ?? false }
  }
