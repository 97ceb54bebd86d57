// A volunteer's link: opened, exchanged for a short cookie and a clean address, answered page by page.
import { type Context, Hono } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { findLink } from '../access/personal-links.queries.ts'
import { type Answers, firstOpenPage, MISSING, pagesToAsk } from '../instruments/answers.ts'
import type { Programme } from '../panel/frame.ts'
import { dayOf } from '../platform/clock.ts'
import { readNote, signNote } from '../platform/cookies.ts'
import { fail, readerLanguage, readForm, refuseOtherSites, type Web } from '../platform/http.tsx'
import { isLanguage, preferredLanguage } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import { base64url, sha256 } from '../platform/secrets.ts'
import { latestChange } from '../publications/publications.queries.ts'
import { type Deps, waveName } from '../waves/deps.ts'
import { type CaseState, caseState, languageOf } from './case-state.ts'
import { type AskedCase, findAsked } from './find-asked.actions.ts'
import { givenIn, goIn, SEEN, seenAs } from './form.ts'
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
import { nextWaveCalendar } from './next-wave.ts'
import { enteredFrom, QuestionPage, type QuestionPageProps } from './questions.pages.tsx'
import { findCase, nextWave, type StoredCase } from './responses.queries.ts'
import { savePageOfCase } from './save-page.actions.ts'

const COOKIE = 'sv'
const PURPOSE = 'survey'

export function responseRoutes(deps: Deps) {
  const { db, clock, config } = deps
  const routes = new Hono<Web>()
  routes.use('/s/*', refuseOtherSites(config.baseUrl))

  routes.get('/s/next.ics', async (c) => {
    const found = await caseOfCookie(c)
    if (!found || stateOf(found) !== 'done') return unknownLink(c)
    const now = clock.now()
    const next = await nextWave(db, found, now)
    if (!next) return fail(c, 404, languageIn(c, found))
    const language = languageIn(c, found)
    const programme = programmeOf(found)
    const wave = waveName(deps, found.programme, next.wave)[language]
    const { baseUrl } = config
    const calendar = nextWaveCalendar({ opensOn: next.opens_on, wave, programme, language, baseUrl, now })
    return c.body(calendar, 200, {
      'Content-Type': 'text/calendar; charset=utf-8',
      'Content-Disposition': 'attachment; filename="retour.ics"',
    })
  })

  // Whatever is not a page is taken for a link, so that all links that open nothing look the same.
  routes.get('/s/:token{[^0-9].*}', async (c) => {
    const link = await findLink(db, 'survey', c.req.param('token'))
    if (!link) return unknownLink(c)
    const note = await signNote(config.keys.cookie, clock, { purpose: PURPOSE, subject: link.subjectId })
    setCookie(c, COOKIE, note, { prefix: 'host', secure: true, httpOnly: true, sameSite: 'Lax', path: '/' })
    return c.redirect('/s', 303)
  })

  routes.get('/s', async (c) => {
    const asked = await askedByCookie(c)
    if (!asked) return unknownLink(c)
    const { found, instrument } = asked
    if (!instrument || stateOf(found) !== 'open') return notOpen(c, found)
    const answers = found.answers ?? {}
    const resumeAt = firstOpenPage(instrument, answers) ?? pagesToAsk(instrument, answers).at(-1) ?? 1
    return sendPage(
      c,
      <WelcomePage
        language={languageIn(c, found)}
        programme={programmeOf(found)}
        instrument={instrument}
        answers={answers}
        closesOn={found.closes_on}
        resumeAt={resumeAt}
      />,
    )
  })

  routes.get('/s/:page{[0-9]{1,3}}', async (c) => {
    const asked = await askedByCookie(c)
    if (!asked) return unknownLink(c)
    const { found, instrument } = asked
    if (!instrument || stateOf(found) !== 'open') return notOpen(c, found)
    const answers: Answers = found.answers ?? {}
    const page = Number(c.req.param('page'))
    if (!pagesToAsk(instrument, answers).includes(page)) return c.redirect(welcomeAddress(languageIn(c, found)), 303)
    const cleared = (c.req.query('cleared') ?? '').split('.').filter((item) => answers[item] === MISSING.notApplicable)
    return questionPage(c, found, { instrument, answers, page, entered: enteredFrom(answers), cleared })
  })

  routes.post('/s/:page{[0-9]{1,3}}', async (c) => {
    const caseId = await caseIdOf(c)
    if (caseId === null) return unknownLink(c)
    const form = await readForm(c)
    if (!form) return fail(c, 400, readerLanguage(c))
    if (form.get('ref')?.[0] !== formReference(caseId))
      return sendPage(c, <OtherLinkPage language={readerLanguage(c)} />, 409)
    const go = goIn(form)
    const given = givenIn(form)
    const seen = form.get(SEEN) ?? []
    const page = Number(c.req.param('page'))
    const outcome = await savePageOfCase(deps, {
      caseId,
      page,
      language: isLanguage(go) ? go : chosenLanguage(c),
      go: go === 'next' || go === 'back' ? go : 'stay',
      given,
      seen: (item, doubt) => seen.includes(seenAs(item, doubt)),
    })
    if (!outcome.ok && outcome.because === 'no case') return unknownLink(c)
    const { found } = outcome
    const language = isLanguage(go) ? go : languageIn(c, found)
    if (outcome.ok) {
      if (outcome.next === 'receipt') return c.redirect(welcomeAddress(language), 303)
      if (go === 'more') return questionPage(c, found, { ...outcome, page, language, entered: given, seen, more: true })
      return c.redirect(pageAddress(outcome.next, language, outcome.cleared), 303)
    }
    switch (outcome.because) {
      case 'to put right':
        // Whoever asks for one more period is not done with those there are.
        if (go === 'more')
          return questionPage(c, found, { ...outcome, ...NOTHING_WRONG, page, entered: given, seen, more: true })
        return questionPage(c, found, { ...outcome, page, language, entered: given, seen }, 422)
      case 'not asked':
        return c.redirect(welcomeAddress(language), 303)
      case 'not open':
        return notOpen(c, found)
      case 'already submitted':
        return outcome.different
          ? receiptPage(c, (await findCase(db, found.id)) ?? found, true)
          : c.redirect(welcomeAddress(language), 303)
      default:
        return outcome satisfies never
    }
  })

  return routes

  async function caseIdOf(c: Context): Promise<string | null> {
    const note = getCookie(c, COOKIE, 'host')
    return note ? readNote(config.keys.cookie, clock, PURPOSE, note) : null
  }

  async function caseOfCookie(c: Context): Promise<StoredCase | undefined> {
    const caseId = await caseIdOf(c)
    return caseId === null ? undefined : findCase(db, caseId)
  }

  async function askedByCookie(c: Context): Promise<AskedCase | undefined> {
    const caseId = await caseIdOf(c)
    return caseId === null ? undefined : findAsked(deps, caseId)
  }

  function stateOf(found: StoredCase): CaseState {
    return caseState(
      { opensAt: found.opens_at, closesAt: found.closes_at, submitted: found.submitted_on !== null },
      clock.now(),
    )
  }

  function programmeOf(found: StoredCase): Programme {
    return deps.frame.programmes.find(({ programme }) => programme === found.programme)!
  }

  function questionPage(c: Context, found: StoredCase, shown: Shown, status: 200 | 422 = 200) {
    return sendPage(
      c,
      <QuestionPage
        language={languageIn(c, found)}
        programme={programmeOf(found)}
        formReference={formReference(found.id)}
        {...shown}
      />,
      status,
    )
  }

  function notOpen(c: Context, found: StoredCase) {
    const shell = { language: languageIn(c, found), programme: programmeOf(found) }
    const state = stateOf(found)
    switch (state) {
      case 'done':
        return receiptPage(c, found)
      case 'too early':
        return sendPage(c, <TooEarlyPage {...shell} opensOn={dayOf(found.opens_at, found.time_zone)} />)
      case 'open':
      case 'closed':
        return sendPage(c, <ClosedPage {...shell} />, 410)
      default:
        return state satisfies never
    }
  }

  async function receiptPage(c: Context, found: StoredCase, notKept = false) {
    const { receipt, submitted_on } = found
    if (receipt === null || submitted_on === null) return unknownLink(c)
    const next = await nextWave(db, found, clock.now())
    const learned = await latestChange(db, found.programme)
    return sendPage(
      c,
      <ReceiptPage
        language={languageIn(c, found)}
        programme={programmeOf(found)}
        receipt={receipt}
        submittedOn={submitted_on}
        next={next && { opensOn: next.opens_on, wave: waveName(deps, found.programme, next.wave) }}
        learned={learned}
        notKept={notKept}
      />,
      notKept ? 409 : 200,
    )
  }
}

type Shown = Omit<QuestionPageProps, 'language' | 'programme' | 'formReference'> & Partial<QuestionPageProps>

const NOTHING_WRONG = { problems: [], doubts: [] }

const unknownLink = (c: Context) =>
  sendPage(c, <UnknownLinkPage language={preferredLanguage(c.req.header('Accept-Language'))} />, 404)

const chosenLanguage = (c: Context) => {
  const chosen = c.req.query('lang')
  return isLanguage(chosen) ? chosen : undefined
}
const languageIn = (c: Context, found: StoredCase) => languageOf(found, chosenLanguage(c))

/** Ties a form to the case it was shown for: two people on one browser must not answer for each other. */
const formReference = (caseId: string): string => base64url(sha256(`form|${caseId}`)).slice(0, 22)
