// Every mail of a programme's wave plan: a list to look through, and the same as a file. Neither names anybody.
import type { Context } from 'hono'
import type { Child } from 'hono/jsx'
import { programmeOf, type StaffWeb, staffRouter, visitorOf } from '../access/guard.routes.tsx'
import type { Programme } from '../panel/frame.ts'
import { dayOf } from '../platform/clock.ts'
import { wordsIn } from '../platform/i18n.ts'
import { describeError, type Log } from '../platform/logging.ts'
import { sendPage } from '../platform/page.tsx'
import { sendProgress } from '../platform/progress.tsx'
import { type Deps, planOf } from '../waves/deps.ts'
import { type ListedMail, listMails } from '../waves/list-mails.actions.ts'
import { refreshPlans } from '../waves/refresh-plans.actions.ts'
import { cohortsOf } from './calendar.queries.ts'
import { FoundMails, type MailsFound, MailsPage } from './mails.pages.tsx'
import { countMails, MAILS_PER_PAGE, type MailsAsked, mailsCsv, type ReadMails, readMails, usualDays } from './mails.ts'

const PATH = '/staff/programmes/:programme/mails'

export function mailsRoutes(deps: Deps) {
  const { db, clock, log } = deps
  const { routes, get } = staffRouter(deps)

  get(PATH, 'see-fieldwork', async (c) => {
    const asked = askedBy(c)
    const page = await about(c, asked)
    const read = readMails(asked)
    if (!read.ok) return sendPage(c, <MailsPage {...page} problems={read.problems} />, 422)
    const { language } = page.visitor
    const [t, number] = [wordsIn(language), c.req.query('page')]
    const shell = (content: Child) => <MailsPage {...page}>{content}</MailsPage>
    return sendProgress(c, { log, language, shell }, async (say) => {
      const onProgress = (count: number) => say(t('mails.found', { count }))
      const found = pageOf(await mailsFor(page.programme, read, onProgress), number)
      return <FoundMails {...page} language={language} found={found} />
    })
  })

  get(`${PATH}.csv`, 'see-fieldwork', async (c) => {
    const asked = askedBy(c)
    const page = await about(c, asked)
    const read = readMails(asked)
    if (!read.ok) return sendPage(c, <MailsPage {...page} problems={read.problems} />, 422)
    const { programme } = page.programme
    const file = async () => mailsCsv(await mailsFor(page.programme, read), page.visitor.language)
    return c.body(whenThere(log, file), 200, {
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': `attachment; filename="${programme}.${read.wanted.from}.${read.wanted.to}.csv"`,
    })
  })

  function askedBy(c: Context<StaffWeb>): MailsAsked {
    const usual = usualDays(dayOf(clock.now()))
    const query = (name: string) => c.req.query(name) ?? ''
    return {
      from: query('from') || usual.from,
      to: query('to') || usual.to,
      wave: query('wave'),
      cohort: query('cohort'),
      state: query('state'),
    }
  }

  async function about(c: Context<StaffWeb>, asked: MailsAsked) {
    await refreshPlans(deps)
    const programme = programmeOf(deps, c)
    return {
      visitor: visitorOf(c),
      programme,
      asked,
      waves: planOf(deps, programme.programme).waves,
      cohorts: await cohortsOf(db, programme.programme),
    }
  }

  async function mailsFor(
    { programme }: Programme,
    { wanted }: Extract<ReadMails, { ok: true }>,
    onProgress: (listed: number) => void = () => {},
  ) {
    const { from, to, wave } = wanted
    return (await listMails(deps, { programmes: [programme], from, to, wave, onProgress })).filter(wanted.isWanted)
  }

  return routes
}

/** One page of the mails found; one that there is not is the last. */
function pageOf(mails: readonly ListedMail[], asked: string | undefined): MailsFound {
  const pages = Math.max(1, Math.ceil(mails.length / MAILS_PER_PAGE))
  const page = Math.min(pages, /^[1-9]\d{0,5}$/.test(asked ?? '') ? Number(asked) : 1)
  const start = (page - 1) * MAILS_PER_PAGE
  return {
    counts: countMails(mails),
    mails: mails.slice(start, start + MAILS_PER_PAGE),
    page,
    pages,
    first: start + 1,
    all: mails.length,
  }
}

/**
 * A file that takes longer to make than a request may: begun at once, with the mark that tells spreadsheets that its
 * accents are in UTF-8, and broken off when it cannot be made.
 */
const whenThere = (log: Log, make: () => Promise<string>): ReadableStream<Uint8Array> =>
  new ReadableStream({
    async start(file) {
      try {
        file.enqueue(new TextEncoder().encode(`\ufeff${await make()}`))
        file.close()
      } catch (error) {
        log.error(describeError(error), 'a file could not be made')
        file.error(error)
      }
    },
  })
