// Where a programme stands, and how a wave goes: pages, pictures and files.
import type { Context } from 'hono'
import { programmeOf, type StaffWeb, staffRouter, visitorOf } from '../access/guard.routes.tsx'
import { may } from '../access/roles.ts'
import { programmeAddress } from '../access/staff.pages.tsx'
import { cohortsOf } from '../panel/find-members.queries.ts'
import { drawChart } from '../platform/chart.ts'
import { fail, sendCsv } from '../platform/http.tsx'
import { wordsIn } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import type { Deps } from '../waves/deps.ts'
import { readFieldwork, readOverview } from './monitoring.actions.ts'
import { FIELDWORK_CHARTS, fieldworkChart } from './monitoring-charts.ts'
import { FIELDWORK_TABLES, fieldworkCsv, overviewCsv } from './monitoring-csv.ts'
import { readTasks } from './read-tasks.actions.ts'
import { NobodyYetPage, ProgrammeHomePage, ReportPage } from './report.pages.tsx'

export function reportRoutes(deps: Deps) {
  const { routes, get } = staffRouter(deps)

  get('/staff/programmes/:programme', 'see-instruments', async (c) => {
    const { visitor, programme } = shell(c)
    if (!may(visitor.grants, 'see-fieldwork', programme.programme))
      return c.redirect(programmeAddress(programme.programme, '/instruments'), 303)
    const { tasks } = await readTasks(deps, [programme.programme])
    const rows = await readOverview(deps, programme.programme)
    return sendPage(c, <ProgrammeHomePage {...{ visitor, programme, tasks, rows }} />)
  })

  get('/staff/programmes/:programme/overview.csv', 'see-fieldwork', async (c) => {
    const { programme } = programmeOf(deps, c)
    return sendCsv(c, 'overview', overviewCsv(programme, await readOverview(deps, programme)))
  })

  get('/staff/programmes/:programme/waves/:wave/report', 'see-fieldwork', async (c) => {
    const { visitor, programme } = shell(c)
    const outcome = await read(c)
    if (!outcome.ok)
      return outcome.because === 'nobody'
        ? sendPage(c, <NobodyYetPage visitor={visitor} programme={programme} />)
        : fail(c, 404, visitor.language)
    const cohorts = await cohortsOf(deps.db, programme.programme)
    return sendPage(c, <ReportPage {...{ visitor, programme, cohorts }} fieldwork={outcome.fieldwork} />)
  })

  get('/staff/programmes/:programme/waves/:wave/report/:picture{[a-z]+\\.svg}', 'see-fieldwork', async (c) => {
    const { language } = visitorOf(c)
    const name = FIELDWORK_CHARTS.find((one) => `${one}.svg` === c.req.param('picture'))
    const outcome = name && (await read(c))
    const spec = outcome?.ok ? fieldworkChart(name!, outcome.fieldwork, language, wordsIn(language)) : null
    return spec ? c.body(await drawChart(spec), 200, { 'Content-Type': 'image/svg+xml' }) : fail(c, 404, language)
  })

  get('/staff/programmes/:programme/waves/:wave/report/:table{[a-zA-Z]+\\.csv}', 'see-fieldwork', async (c) => {
    const name = FIELDWORK_TABLES.find((one) => `${one}.csv` === c.req.param('table'))
    const outcome = name && (await read(c))
    return outcome?.ok ? sendCsv(c, name!, fieldworkCsv(name!, outcome.fieldwork)) : fail(c, 404, visitorOf(c).language)
  })

  const shell = (c: Context<StaffWeb>) => ({ visitor: visitorOf(c), programme: programmeOf(deps, c) })

  const read = (c: Context<StaffWeb>) =>
    readFieldwork(deps, {
      programme: programmeOf(deps, c).programme,
      wave: c.req.param('wave') ?? '',
      cohort: c.req.query('cohort') || undefined,
    })

  return routes
}
