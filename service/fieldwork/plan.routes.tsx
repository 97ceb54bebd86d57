// The settings of a wave plan: read by whoever watches the fieldwork, changed by whoever changes waves in every programme
// that follows it. Nothing is in force before it has been shown what it moves.
import type { Context } from 'hono'
import { programmeOf, type StaffWeb, staffRouter, visitorOf } from '../access/guard.routes.tsx'
import { knows, may } from '../access/roles.ts'
import { actorOf } from '../access/sign-in.actions.ts'
import { NotAllowedPage, programmeAddress } from '../access/staff.pages.tsx'
import { emailsOf } from '../access/staff.queries.ts'
import { type Form, fail, readForm } from '../platform/http.tsx'
import { wordsIn } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import { sendProgress } from '../platform/progress.tsx'
import type { Deps } from '../waves/deps.ts'
import { PlanFile } from '../waves/plan.ts'
import { planInForce, wavesSoFar } from '../waves/plans.queries.ts'
import { previewPlans, publishPlans, type ReplanPreview } from '../waves/publish-plan.actions.ts'
import { refreshPlans } from '../waves/refresh-plans.actions.ts'
import { PlanPreviewPage, PlanReadPage, PublishedPlan, PublishingPage } from './plan.pages.tsx'
import { planAgain } from './plan-again.actions.ts'
import { excerptOf } from './plan-excerpt.actions.ts'
import { PlanFormPage, type PlanFormProps } from './plan-form.pages.tsx'
import { fieldsOf, type PlanContent, type ReadPlan, readPlan, rowChangeOf, withRows } from './plan-form.ts'
import { settingChanges } from './plan-words.ts'

const PATH = '/staff/programmes/:programme/plan'
/** What a form is sent with that is no setting. */
const PRESSED = ['do', 'code']

export function planRoutes(deps: Deps) {
  const { db, frame, bank, log } = deps
  const { routes, get, post } = staffRouter(deps)

  get(PATH, 'see-fieldwork', async (c) => {
    const here = await look(c)
    const { visitor, programme, plan, inForce, content } = here
    if (!here.mayChange)
      return sendPage(c, <PlanReadPage visitor={visitor} programme={programme} plan={plan} inForce={inForce} />)
    const fields = new Map([...fieldsOf(content), ['version', [String(inForce.version)]]])
    return sendForm(c, here, { fields, notice: c.req.query('published') === undefined ? undefined : 'published' })
  })

  post(`${PATH}/preview`, 'edit-waves', async (c) => {
    const here = await look(c)
    if (!here.mayChange) return sendPage(c, <NotAllowedPage visitor={here.visitor} />, 403)
    const form = await readForm(c)
    if (!form) return fail(c, 400, here.visitor.language)
    const pressed = form.get('do')?.at(-1) ?? ''
    const fields = settingsIn(form)
    const rows = rowChangeOf(pressed)
    if (rows) return sendForm(c, here, { fields: withRows(fields, rows, await wavesSoFar(db, here.name)) })
    if (pressed === 'change') return sendForm(c, here, { fields })
    const read = readPlan(fields, here.name)
    if (!read.ok) return sendForm(c, here, { fields, problems: read.problems }, 422)
    if (settingChanges(here.plan, read.plan, here.visitor.language).length === 0)
      return sendForm(c, here, { fields, notice: 'same' })
    const preview = await previewPlans(deps, [{ plan: here.name, content: read.content }])
    return sendPreview(c, here, { fields, read, preview, stale: false })
  })

  post(`${PATH}/publish`, 'edit-waves', async (c) => {
    const here = await look(c)
    const { visitor, programme, name } = here
    if (!here.mayChange) return sendPage(c, <NotAllowedPage visitor={visitor} />, 403)
    const form = await readForm(c)
    if (!form) return fail(c, 400, visitor.language)
    const fields = settingsIn(form)
    const read = readPlan(fields, name)
    if (!read.ok) return sendForm(c, here, { fields, problems: read.problems }, 422)
    const outcome = await publishPlans(deps, {
      sources: [{ plan: name, content: read.content }],
      origin: 'console',
      confirm: form.get('code')?.at(-1) ?? '',
      actor: actorOf(visitor),
    })
    if (outcome.ok) return sendDoing(c, here)
    if (outcome.because === 'nothing new')
      return c.redirect(programmeAddress(programme.programme, '/plan?published'), 303)
    return sendPreview(c, await look(c), { fields, read, preview: outcome.preview, stale: true }, 409)
  })

  /** The plan of the address as it stands, and what its visitor may do with it. */
  async function look(c: Context<StaffWeb>) {
    const visitor = visitorOf(c)
    const programme = programmeOf(deps, c)
    const name = programme.plan
    await refreshPlans(deps)
    const stored = await planInForce(db, name)
    if (!stored) throw new Error(`plan ${name} was never published`)
    const { version, source: origin, published_at: publishedAt, published_by: by } = stored
    const staff = /^staff (.+)$/.exec(by)?.[1]
    const who = staff === undefined ? null : ((await emailsOf(db, [staff])).get(staff) ?? null)
    const sharing = frame.programmes.filter(({ plan }) => plan === name)
    const known = sharing.filter(({ programme }) => knows(visitor.grants, programme))
    const concerned = {
      names: known.map((one) => one.name[visitor.language]),
      others: sharing.length - known.length,
    }
    return {
      visitor,
      programme,
      name,
      content: stored.content as PlanContent,
      plan: PlanFile.parse(stored.content),
      programmes: sharing.map((one) => one.programme),
      mayChange: sharing.every((one) => may(visitor.grants, 'edit-waves', one.programme)),
      inForce: { plan: name, version, origin, publishedAt, who, concerned },
    }
  }
  type Here = Awaited<ReturnType<typeof look>>

  const sendForm = (
    c: Context<StaffWeb>,
    { visitor, programme, plan, inForce }: Here,
    form: Pick<PlanFormProps, 'fields' | 'problems' | 'notice'>,
    status: 200 | 422 = 200,
  ) =>
    sendPage(
      c,
      <PlanFormPage
        visitor={visitor}
        programme={programme}
        inForce={inForce}
        known={plan.waves.map(({ wave }) => wave)}
        instruments={[...bank.instruments.keys()]}
        {...form}
      />,
      status,
    )

  async function sendPreview(
    c: Context<StaffWeb>,
    { visitor, programme, plan, programmes, inForce }: Here,
    { fields, read, ...shown }: Shown,
    status: 200 | 409 = 200,
  ) {
    const opened = Number(fields.get('version')?.at(-1))
    const now = inForce.version
    return sendPage(
      c,
      <PlanPreviewPage
        visitor={visitor}
        programme={programme}
        fields={new Map([...fields, ['version', [String(now)]]])}
        changes={settingChanges(plan, read.plan, visitor.language)}
        excerpt={await excerptOf(deps, { programmes, plan: read.plan })}
        concerned={inForce.concerned}
        newer={opened === now || !Number.isInteger(opened) ? null : { before: opened, now }}
        {...shown}
      />,
      status,
    )
  }

  /** Plans everybody again while the reader watches. */
  function sendDoing(c: Context<StaffWeb>, { visitor, programme, name, programmes }: Here) {
    const { language } = visitor
    const t = wordsIn(language)
    const shell = (content: Parameters<typeof PublishingPage>[0]['children']) => (
      <PublishingPage visitor={visitor} programme={programme}>
        {content}
      </PublishingPage>
    )
    return sendProgress(c, { log, language, shell }, async (say) => {
      say(t('plan.doing.begin'))
      const onLeft = (left: number) => left > 0 && say(t('plan.doing.left', { left }))
      await planAgain(deps, { programmes, onLeft })
      const version = deps.plans.get(name)?.version ?? 1
      return <PublishedPlan language={language} programme={programme.programme} version={version} />
    })
  }

  return routes
}

type Shown = { fields: Form; read: Extract<ReadPlan, { ok: true }>; preview: ReplanPreview; stale: boolean }

const settingsIn = (form: Form): Form => new Map([...form].filter(([name]) => !PRESSED.includes(name)))
