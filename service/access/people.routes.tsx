// Who works here, for administrators: the list, inviting, roles, sending away.
import type { Context } from 'hono'
import { z } from 'zod'
import { fail, readForm } from '../platform/http.tsx'
import { type Language, wordsIn } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import { emailAddress } from '../platform/safe.ts'
import { type StaffWeb, staffRouter, visitorOf } from './guard.routes.tsx'
import { type ChangeStaffOutcome, changeRoles, inviteStaff, mailInvitation, sendAway } from './manage-staff.actions.ts'
import { PeoplePage, PersonPage } from './people.pages.tsx'
import { EVERY_PROGRAMME, type Grant, isRole } from './roles.ts'
import { type AccessDeps, actorOf } from './sign-in.actions.ts'
import { listStaff } from './staff.queries.ts'

export function peopleRoutes(deps: AccessDeps) {
  const { db, frame } = deps
  const { routes, get, post } = staffRouter(deps)
  const Grants = z.array(z.string().transform(readGrant))

  get('/staff/people', 'manage-staff', async (c) =>
    sendPage(c, <PeoplePage visitor={visitorOf(c)} programmes={frame.programmes} people={await listStaff(db)} />),
  )

  post('/staff/people/invite', 'manage-staff', async (c) => {
    const visitor = visitorOf(c)
    const form = await readForm(c)
    if (!form) return fail(c, 400, visitor.language)
    const given = { email: form.get('email')?.at(-1)?.trim() ?? '', grants: [...(form.get('grants') ?? [])] }
    const email = emailAddress.safeParse(given.email)
    const grants = Grants.safeParse(given.grants)
    const errors = problemsOf(visitor.language, { email: email.success, grants: grants.data?.length ?? 0 })
    const page = { visitor, programmes: frame.programmes }
    if (!email.success || !grants.success || errors.length > 0)
      return sendPage(c, <PeoplePage {...page} people={await listStaff(db)} entered={given} errors={errors} />, 422)
    const { link } = await inviteStaff(deps, { email: email.data, grants: grants.data, actor: actorOf(visitor) })
    const mailed = await mailInvitation(deps, { email: email.data, link, language: visitor.language })
    const invited = { email: email.data, link: mailed ? null : link }
    return sendPage(c, <PeoplePage {...page} people={await listStaff(db)} invited={invited} />)
  })

  get('/staff/people/:person', 'manage-staff', async (c) => {
    const person = await personOf(c)
    if (!person) return fail(c, 404, visitorOf(c).language)
    return sendPage(c, <PersonPage visitor={visitorOf(c)} programmes={frame.programmes} person={person} />)
  })

  post('/staff/people/:person/roles', 'manage-staff', async (c) => {
    const person = await personOf(c)
    const grants = Grants.safeParse([...((await readForm(c))?.get('grants') ?? [])])
    if (!person || !grants.success) return fail(c, person ? 400 : 404, visitorOf(c).language)
    const change = { staffId: person.id, grants: grants.data, actor: actorOf(visitorOf(c)) }
    return afterwards(c, await changeRoles(deps, change))
  })

  post('/staff/people/:person/away', 'manage-staff', async (c) => {
    const person = await personOf(c)
    if (!person) return fail(c, 404, visitorOf(c).language)
    return afterwards(c, await sendAway(deps, { staffId: person.id, actor: actorOf(visitorOf(c)) }))
  })

  const personOf = async (c: Context) => (await listStaff(db)).find(({ id }) => id === c.req.param('person'))

  async function afterwards(c: Context<StaffWeb>, outcome: ChangeStaffOutcome) {
    if (outcome.ok) return c.redirect('/staff/people', 303)
    const visitor = visitorOf(c)
    const person = await personOf(c)
    const t = wordsIn(visitor.language)
    const errors = [{ field: 'grants', label: t('people.roles'), message: t('people.lastAdministrator') }]
    return person
      ? sendPage(c, <PersonPage visitor={visitor} programmes={frame.programmes} person={person} errors={errors} />, 409)
      : fail(c, 404, visitor.language)
  }

  function readGrant(text: string, context: z.RefinementCtx): Grant {
    const [role = '', programme = ''] = text.split(' ')
    const isPlace = programme === EVERY_PROGRAMME || frame.programmes.some((one) => one.programme === programme)
    if (isRole(role) && isPlace) return { role, programme }
    context.addIssue({ code: 'custom', message: 'not a role in a programme' })
    return z.NEVER
  }

  return routes
}

function problemsOf(language: Language, { email, grants }: { email: boolean; grants: number }) {
  const t = wordsIn(language)
  return [
    ...(email ? [] : [{ field: 'email', label: t('people.email'), message: t('link.malformed') }]),
    ...(grants > 0 ? [] : [{ field: 'grants', label: t('people.roles'), message: t('people.chooseRole') }]),
  ]
}
