// The mail of one wave, for staff: looking at it, holding it and letting it go, sending now, giving more time, reading a
// message and sending it to oneself.
import type { Context } from 'hono'
import { z } from 'zod'
import { programmeOf, type StaffWeb, staffRouter, visitorOf } from '../access/guard.routes.tsx'
import { actorOf } from '../access/sign-in.actions.ts'
import { holdMail, releaseMail } from '../mailings/hold-mail.actions.ts'
import { type Form, fail, readForm } from '../platform/http.tsx'
import { isLanguage, LANGUAGES } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import { safeDate, safeText } from '../platform/safe.ts'
import { type Deps, planOf } from '../waves/deps.ts'
import { findWave } from '../waves/plan.ts'
import { findMail, mailsIn } from '../waves/saved-texts.ts'
import {
  ConfirmExtensionPage,
  type ExtendEntries,
  ExtendPage,
  type ExtendProblem,
  NOTHING_ENTERED,
} from './extend.pages.tsx'
import { extendCases, previewExtension, type Wanted } from './extend-cases.actions.ts'
import { readWaveMail } from './read-wave.actions.ts'
import { previewSendNow, sendNow } from './send-now.actions.ts'
import { ALL_COHORTS, SendNowPage } from './send-now.pages.tsx'
import { sendTest, showMail } from './show-mail.actions.ts'
import {
  type AskedFor,
  DONE,
  type Done,
  ReleaseWavePage,
  WavePage,
  type WaveShell,
  waveAddress,
} from './wave.pages.tsx'

const PATH = '/staff/programmes/:programme/waves/:wave'
const SEND = { permission: 'send-mail', fresh: true } as const
/** A mail laid out brings its styles with it, and may do nothing else: no script, no request, no form, no way out. */
const LAID_OUT =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"

const Count = z.coerce.number().int().min(0).max(10_000_000)
const Matricule = safeText.max(64)
const Chosen = z
  .string()
  .regex(/^\S+ \d{1,7}$/)
  .transform((text) => text.split(' ') as [cohort: string, expected: string])

export function waveRoutes(deps: Deps) {
  const { clock, mailTexts } = deps
  const { routes, get, post } = staffRouter(deps)

  get(PATH, 'see-fieldwork', async (c) => {
    const here = shellOf(c)
    if (!here) return notFound(c)
    const asked = askedIn(c, (name) => c.req.query(name))
    return sendPage(
      c,
      <WavePage
        {...here}
        mail={await readWaveMail(deps, of(here))}
        mails={mailsIn(mailTexts)}
        now={clock.now()}
        done={doneIn(c)}
        asked={asked}
        shown={asked && (await showMail(deps, here.visitor, { ...of(here), ...asked }))}
      />,
    )
  })

  get(`${PATH}/preview.html`, 'see-fieldwork', async (c) => {
    const here = shellOf(c)
    const asked = askedIn(c, (name) => c.req.query(name))
    if (!here || !asked) return notFound(c)
    const shown = await showMail(deps, here.visitor, { ...of(here), ...asked })
    return shown.ok ? c.html(shown.html, 200, { 'Content-Security-Policy': LAID_OUT }) : notFound(c)
  })

  post(`${PATH}/test`, 'send-mail', async (c) => {
    const here = shellOf(c)
    const form = await readForm(c)
    const language = form?.get('language')?.at(-1)
    const languages = LANGUAGES.filter((one) => language === one || language === 'both')
    const asked = askedIn(c, (name) => form?.get(name)?.at(-1))
    if (!here) return notFound(c)
    if (!asked || languages.length === 0) return fail(c, 400, here.visitor.language)
    const sent = await sendTest(deps, here.visitor, { ...of(here), ...asked, languages })
    return afterwards(c, here, sent.ok ? 'tested' : 'notTested')
  })

  post(`${PATH}/pause`, SEND, async (c) => {
    const here = shellOf(c)
    if (!here) return notFound(c)
    await holdMail(deps, { scope: scopeOf(here), actor: actorOf(here.visitor) })
    return afterwards(c, here, 'paused')
  })

  get(`${PATH}/release`, SEND, async (c) => {
    const here = shellOf(c)
    return here ? sendPage(c, <ReleaseWavePage {...here} mail={await readWaveMail(deps, of(here))} />) : notFound(c)
  })

  post(`${PATH}/release/go`, SEND, async (c) => {
    const here = shellOf(c)
    if (!here) return notFound(c)
    await releaseMail(deps, { scope: scopeOf(here), actor: actorOf(here.visitor) })
    return afterwards(c, here, 'released')
  })

  get(`${PATH}/send-now`, SEND, async (c) => {
    const here = shellOf(c)
    return here ? showSendNow(c, here) : notFound(c)
  })

  post(`${PATH}/send-now/go`, SEND, async (c) => {
    const here = shellOf(c)
    const form = await readForm(c)
    if (!here) return notFound(c)
    const chosen = Chosen.safeParse(form?.get('cohort')?.at(-1))
    if (!chosen.success) return showSendNow(c, here, 'nobody')
    const [cohort, expected] = chosen.data
    const outcome = await sendNow(deps, {
      ...of(here),
      cohort: cohort === ALL_COHORTS ? null : cohort,
      expected: Number(expected),
      actor: actorOf(here.visitor),
    })
    return outcome.ok ? afterwards(c, here, 'sentNow', outcome.brought) : showSendNow(c, here, outcome.because)
  })

  get(`${PATH}/extend`, SEND, async (c) => {
    const here = shellOf(c)
    return here ? showExtend(c, here, NOTHING_ENTERED) : notFound(c)
  })

  post(`${PATH}/extend/check`, SEND, async (c) => {
    const here = shellOf(c)
    const form = await readForm(c)
    if (!here || !form) return here ? fail(c, 400, here.visitor.language) : notFound(c)
    const { entries, wanted, problems } = readWanted(here, form)
    if (!wanted) return showExtend(c, here, entries, problems)
    const extension = await previewExtension(deps, wanted)
    if (!extension) return showExtend(c, here, entries, ['past'])
    return sendPage(c, <ConfirmExtensionPage {...here} {...{ entries, extension, lastDay: wanted.lastDay }} />)
  })

  post(`${PATH}/extend/go`, SEND, async (c) => {
    const here = shellOf(c)
    const form = await readForm(c)
    if (!here || !form) return here ? fail(c, 400, here.visitor.language) : notFound(c)
    const { entries, wanted, problems } = readWanted(here, form)
    const expected = Count.safeParse(form.get('expected')?.at(-1))
    if (!wanted || !expected.success) return showExtend(c, here, entries, problems)
    const outcome = await extendCases(deps, { ...wanted, expected: expected.data, actor: actorOf(here.visitor) })
    if (outcome.ok) return afterwards(c, here, 'extended', outcome.extended)
    if (outcome.because === 'in the past') return showExtend(c, here, entries, ['past'])
    const page = { entries, extension: outcome.extension, lastDay: wanted.lastDay, isMore: outcome.because === 'more' }
    return sendPage(c, <ConfirmExtensionPage {...here} {...page} />, 409)
  })

  /** Whose wave it is and who asks; undefined where the plan has no such wave. */
  function shellOf(c: Context<StaffWeb>): WaveShell | undefined {
    const programme = programmeOf(deps, c)
    const wave = findWave(planOf(deps, programme.programme), c.req.param('wave') ?? '')
    return wave && { visitor: visitorOf(c), programme, wave }
  }

  const of = ({ programme, wave }: WaveShell) => ({ programme: programme.programme, wave: wave.wave })
  const scopeOf = ({ programme, wave }: WaveShell) => `wave ${programme.programme}/${wave.wave}`
  const notFound = (c: Context<StaffWeb>) => fail(c, 404, visitorOf(c).language)

  function afterwards(c: Context<StaffWeb>, here: WaveShell, done: Done['what'], count = 0) {
    const query = new URLSearchParams({ done, ...(count > 0 && { count: String(count) }) })
    return c.redirect(waveAddress(here.programme.programme, here.wave.wave, `?${query}`), 303)
  }

  /** The message that is asked for; undefined where none is. */
  function askedIn(c: Context<StaffWeb>, given: (name: string) => string | undefined): AskedFor | undefined {
    const mail = findMail(mailTexts, given('mail') ?? '')
    const language = given('language')
    const matricule = Matricule.safeParse(given('matricule')?.trim() || undefined)
    return (
      mail && {
        mail,
        language: isLanguage(language) ? language : visitorOf(c).language,
        matricule: matricule.success ? matricule.data : undefined,
      }
    )
  }

  async function showSendNow(c: Context<StaffWeb>, here: WaveShell, because?: 'nobody' | 'more') {
    const { holds, holdsAll } = await readWaveMail(deps, of(here))
    const outlook = await previewSendNow(deps, of(here))
    const isHeld = holds.length + holdsAll.length > 0
    return sendPage(c, <SendNowPage {...here} {...{ outlook, isHeld, because }} />, because ? 409 : 200)
  }

  async function showExtend(
    c: Context<StaffWeb>,
    here: WaveShell,
    entries: ExtendEntries,
    problems: readonly ExtendProblem[] = [],
  ) {
    const { cohorts } = await readWaveMail(deps, of(here))
    const open = cohorts.filter(({ closed }) => !closed).map(({ cohort }) => cohort)
    return sendPage(c, <ExtendPage {...here} {...{ entries, problems }} cohorts={open} />, problems.length ? 422 : 200)
  }

  function readWanted(
    here: WaveShell,
    form: Form,
  ): { entries: ExtendEntries; wanted: Wanted | null; problems: ExtendProblem[] } {
    const typed = (name: string) => form.get(name)?.at(-1)?.trim() ?? ''
    const entries = { day: typed('day'), cohort: typed('cohort'), matricules: typed('matricules') }
    const lastDay = safeDate.safeParse(entries.day)
    const matricules = safeText.transform(asList).safeParse(entries.matricules)
    const cohort = safeText.safeParse(entries.cohort)
    const isOne = (matricules.data?.length ?? 0) > 0 !== (entries.cohort !== '')
    const problems: ExtendProblem[] = [
      ...(lastDay.success ? [] : ['day' as const]),
      ...(isOne && cohort.success && matricules.success ? [] : ['whose' as const]),
    ]
    if (!lastDay.success || !matricules.success || !cohort.success || !isOne) return { entries, wanted: null, problems }
    const whose = entries.cohort === '' ? { matricules: matricules.data } : { cohort: cohort.data }
    return { entries, wanted: { ...of(here), whose, lastDay: lastDay.data }, problems }
  }

  return routes
}

const asList = (text: string): string[] => [...new Set(text.split(/[\s,;]+/).filter((one) => one !== ''))]

function doneIn(c: Context<StaffWeb>): Done | undefined {
  const what = DONE.find((one) => one === c.req.query('done'))
  const count = Count.safeParse(c.req.query('count'))
  return what && { what, count: count.success ? count.data : 0 }
}
