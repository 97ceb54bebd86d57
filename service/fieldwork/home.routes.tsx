// Where staff arrive, and the programmes they make.
import type { Context } from 'hono'
import { programmeOf, type StaffWeb, staffRouter, visitorOf } from '../access/guard.routes.tsx'
import { actorOf } from '../access/sign-in.actions.ts'
import { programmeAddress, programmesFor } from '../access/staff.pages.tsx'
import { consoleProgrammes } from '../panel/programmes.queries.ts'
import { type Form, fail, readForm } from '../platform/http.tsx'
import { wordsIn } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import type { Deps } from '../waves/deps.ts'
import { HomePage } from './home.pages.tsx'
import { ProgrammePage } from './programme.pages.tsx'
import { blankEntries, entriesOf, PROGRAMME_FIELDS, type ProgrammeEntries } from './programme-form.ts'
import { readTasks } from './read-tasks.actions.ts'
import { changeProgramme, createProgramme, type SaveProgrammeOutcome } from './save-programme.actions.ts'

export function homeRoutes(deps: Deps) {
  const { frame } = deps
  const { routes, get, post } = staffRouter(deps)

  get('/staff', 'session', async (c) => {
    const visitor = visitorOf(c)
    const programmes = programmesFor(visitor, frame.programmes)
    const tasks = await readTasks(
      deps,
      programmes.map(({ programme }) => programme),
    )
    return sendPage(c, <HomePage visitor={visitor} programmes={programmes} {...tasks} />)
  })

  get('/staff/new-programme', 'manage-programmes', (c) =>
    sendPage(c, <ProgrammePage {...newForm(c)} entries={blankEntries(frame.programmes[0])} />),
  )

  post('/staff/new-programme/make', 'manage-programmes', async (c) => {
    const form = await readForm(c)
    if (!form) return fail(c, 400, visitorOf(c).language)
    const entries = entriesIn(form)
    const outcome = await createProgramme(deps, { entries, actor: actorOf(visitorOf(c)) })
    return outcome.ok
      ? c.redirect(programmeAddress(outcome.programme.programme, '/register'), 303)
      : sendPage(c, <ProgrammePage {...newForm(c)} entries={entries} faults={outcome.faults} />, 422)
  })

  get('/staff/programmes/:programme/settings', 'see-fieldwork', async (c) => {
    const programme = programmeOf(deps, c)
    const hasFile = !(await consoleProgrammes(deps.db)).some(({ slug }) => slug === programme.programme)
    return sendPage(c, <ProgrammePage {...changeForm(c)} entries={entriesOf(programme)} hasFile={hasFile} />)
  })

  post('/staff/programmes/:programme/settings/save', 'manage-programmes', async (c) => {
    const form = await readForm(c)
    if (!form) return fail(c, 400, visitorOf(c).language)
    const entries = entriesIn(form)
    const { programme } = programmeOf(deps, c)
    const change = { programme, entries, actor: actorOf(visitorOf(c)) }
    const outcome: SaveProgrammeOutcome = await changeProgramme(deps, change)
    return outcome.ok
      ? c.redirect(programmeAddress(programme), 303)
      : sendPage(c, <ProgrammePage {...changeForm(c)} entries={entries} faults={outcome.faults} />, 422)
  })

  function newForm(c: Context<StaffWeb>) {
    const visitor = visitorOf(c)
    return { visitor, title: wordsIn(visitor.language)('programme.new'), action: '/staff/new-programme/make' }
  }

  function changeForm(c: Context<StaffWeb>) {
    const visitor = visitorOf(c)
    const programme = programmeOf(deps, c)
    const action = programmeAddress(programme.programme, '/settings/save')
    return { visitor, title: wordsIn(visitor.language)('programme.settings'), action, programme }
  }

  return routes
}

const entriesIn = (form: Form): ProgrammeEntries =>
  Object.fromEntries(PROGRAMME_FIELDS.map((field) => [field, form.get(field)?.at(-1) ?? ''])) as ProgrammeEntries
