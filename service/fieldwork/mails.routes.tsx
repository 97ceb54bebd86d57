// Every mail of a programme's wave plan: a list to look through, and the same as a file. Neither names anybody.
import type { Context } from 'hono'
import { programmeOf, type StaffWeb, staffRouter, visitorOf } from '../access/guard.routes.tsx'
import { dayOf } from '../platform/clock.ts'
import { sendPage } from '../platform/page.tsx'
import { type Deps, planOf } from '../waves/deps.ts'
import { type ListedMail, listMails } from '../waves/list-mails.actions.ts'
import { refreshPlans } from '../waves/refresh-plans.actions.ts'
import { cohortsOf } from './calendar.queries.ts'
import { MailsPage, type MailsProps } from './mails.pages.tsx'
import { countMails, MAILS_PER_PAGE, type MailsAsked, mailsCsv, type ReadMails, readMails, usualDays } from './mails.ts'

const PATH = '/staff/programmes/:programme/mails'

export function mailsRoutes(deps: Deps) {
  const { db, clock } = deps
  const { routes, get } = staffRouter(deps)

  get(PATH, 'see-fieldwork', async (c) => {
    const asked = askedBy(c)
    const page = await about(c, asked)
    const read = readMails(asked)
    if (!read.ok) return sendPage(c, <MailsPage {...page} problems={read.problems} />, 422)
    const mails = await mailsFor(c, read)
    return sendPage(c, <MailsPage {...page} found={pageOf(mails, c.req.query('page'))} />)
  })

  get(`${PATH}.csv`, 'see-fieldwork', async (c) => {
    const asked = askedBy(c)
    const read = readMails(asked)
    if (!read.ok) return sendPage(c, <MailsPage {...(await about(c, asked))} problems={read.problems} />, 422)
    const { programme } = programmeOf(deps, c)
    const name = `${programme}.${read.wanted.from}.${read.wanted.to}.csv`
    return c.body(mailsCsv(await mailsFor(c, read), visitorOf(c).language), 200, {
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': `attachment; filename="${name}"`,
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

  async function about(c: Context<StaffWeb>, asked: MailsAsked): Promise<MailsProps> {
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

  async function mailsFor(c: Context<StaffWeb>, { wanted }: Extract<ReadMails, { ok: true }>) {
    const { programme } = programmeOf(deps, c)
    return (await listMails(deps, { programmes: [programme], ...wanted })).filter(wanted.isWanted)
  }

  return routes
}

/** One page of the mails found; one that there is not is the last. */
function pageOf(mails: readonly ListedMail[], asked: string | undefined): NonNullable<MailsProps['found']> {
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
