// The settings of a wave plan: read by whoever watches the fieldwork, changed by whoever changes waves in every programme
// that follows it. Nothing is in force before it has been shown what it moves.
import type { Context } from 'hono'
import type { Child } from 'hono/jsx'
import { programmeOf, type StaffWeb, staffRouter, visitorOf } from '../access/guard.routes.tsx'
import { knows, may } from '../access/roles.ts'
import { actorOf, type SignedIn } from '../access/sign-in.actions.ts'
import { NotAllowedPage } from '../access/staff.pages.tsx'
import { emailsOf } from '../access/staff.queries.ts'
import type { Programme } from '../panel/frame.ts'
import { type Form, fail, readForm } from '../platform/http.tsx'
import { wordsIn } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import { sendProgress } from '../platform/progress.tsx'
import type { Deps } from '../waves/deps.ts'
import { PlanFile } from '../waves/plan.ts'
import { planInForce, wavesSoFar } from '../waves/plans.queries.ts'
import { previewPlans, publishPlans, type ReplanPreview } from '../waves/publish-plan.actions.ts'
import { refreshPlans } from '../waves/refresh-plans.actions.ts'
import { PlanPreview, PlanReadPage, PublishedPlan, WatchedPlanPage } from './plan.pages.tsx'
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
    const here = await look(visitorOf(c), programmeOf(deps, c))
    const { visitor, programme, plan, inForce, content } = here
    if (!here.mayChange)
      return sendPage(c, <PlanReadPage visitor={visitor} programme={programme} plan={plan} inForce={inForce} />)
    return sendForm(c, here, { fields: new Map([...fieldsOf(content), ['version', [String(inForce.version)]]]) })
  })

  post(`${PATH}/preview`, 'edit-waves', async (c) => {
    const here = await look(visitorOf(c), programmeOf(deps, c))
    const { language } = here.visitor
    if (!here.mayChange) return sendPage(c, <NotAllowedPage visitor={here.visitor} />, 403)
    const form = await readForm(c)
    if (!form) return fail(c, 400, language)
    const pressed = form.get('do')?.at(-1) ?? ''
    const fields = settingsIn(form)
    const rows = rowChangeOf(pressed)
    if (rows) return sendForm(c, here, { fields: withRows(fields, rows, await wavesSoFar(db, here.name)) })
    if (pressed === 'change') return sendForm(c, here, { fields })
    const read = readPlan(fields, here.name)
    if (!read.ok) return sendForm(c, here, { fields, problems: read.problems }, 422)
    if (settingChanges(here.plan, read.plan, language).length === 0) return sendForm(c, here, { fields, isSame: true })
    return watch(c, here, 'preview', async (say) => {
      const sources = [{ plan: here.name, content: read.content }]
      const preview = await previewPlans(deps, sources, saysLooked(language, say))
      return previewOf(here, { fields, read, preview, stale: false, say })
    })
  })

  post(`${PATH}/publish`, 'edit-waves', async (c) => {
    const here = await look(visitorOf(c), programmeOf(deps, c))
    const { visitor, programme, name, programmes } = here
    const { language } = visitor
    if (!here.mayChange) return sendPage(c, <NotAllowedPage visitor={visitor} />, 403)
    const form = await readForm(c)
    if (!form) return fail(c, 400, language)
    const fields = settingsIn(form)
    const read = readPlan(fields, name)
    if (!read.ok) return sendForm(c, here, { fields, problems: read.problems }, 422)
    return watch(c, here, 'publish', async (say) => {
      const t = wordsIn(language)
      const outcome = await publishPlans(deps, {
        sources: [{ plan: name, content: read.content }],
        origin: 'console',
        confirm: form.get('code')?.at(-1) ?? '',
        actor: actorOf(visitor),
        onLooked: saysLooked(language, say),
      })
      if (!outcome.ok && outcome.because === 'to be confirmed')
        return previewOf(await look(visitor, programme), { fields, read, preview: outcome.preview, stale: true, say })
      say(t('plan.doing.published'))
      const onLeft = (left: number) => left > 0 && say(t('plan.doing.left', { left }))
      await planAgain(deps, { programmes, onLeft })
      const version = deps.plans.get(name)?.version ?? 1
      return <PublishedPlan language={language} programme={programme.programme} version={version} />
    })
  })

  /** The plan of a programme as it stands, and what a visitor may do with it. */
  async function look(visitor: SignedIn, programme: Programme) {
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
    form: Pick<PlanFormProps, 'fields' | 'problems' | 'isSame'>,
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

  /** Everybody's dates are looked at, however many they are: the reader sees how far that has come. */
  function watch(
    c: Context<StaffWeb>,
    { visitor, programme }: Here,
    doing: 'preview' | 'publish',
    work: Parameters<typeof sendProgress>[2],
  ) {
    const shell = (content: Child) => (
      <WatchedPlanPage visitor={visitor} programme={programme} doing={doing}>
        {content}
      </WatchedPlanPage>
    )
    return sendProgress(c, { log, language: visitor.language, shell }, work)
  }

  async function previewOf(
    { visitor, programme, plan, programmes, inForce }: Here,
    { fields, read, say, ...shown }: Shown,
  ) {
    const { language } = visitor
    const opened = Number(fields.get('version')?.at(-1))
    const now = inForce.version
    say(wordsIn(language)('plan.doing.excerpt'))
    return (
      <PlanPreview
        language={language}
        programme={programme.programme}
        fields={new Map([...fields, ['version', [String(now)]]])}
        changes={settingChanges(plan, read.plan, language)}
        excerpt={await excerptOf(deps, { programmes, plan: read.plan })}
        concerned={inForce.concerned}
        newer={opened === now || !Number.isInteger(opened) ? null : { before: opened, now }}
        {...shown}
      />
    )
  }

  return routes
}

type Shown = {
  fields: Form
  read: Extract<ReadPlan, { ok: true }>
  preview: ReplanPreview
  stale: boolean
  say(step: string): void
}

const settingsIn = (form: Form): Form => new Map([...form].filter(([name]) => !PRESSED.includes(name)))

const saysLooked = (language: SignedIn['language'], say: (step: string) => void) => (people: number) =>
  say(wordsIn(language)('plan.doing.looked', { people }))
