// All mail at once, for staff who may send any: looking at it, and, for whoever may send in every programme, stopping it and
// letting it go.
import type { Context } from 'hono'
import { type StaffWeb, staffRouter, visitorOf } from '../access/guard.routes.tsx'
import { may } from '../access/roles.ts'
import { actorOf, type SignedIn } from '../access/sign-in.actions.ts'
import { NotAllowedPage } from '../access/staff.pages.tsx'
import { EVERYTHING, holdMail, releaseMail, scopeOfEnvironment } from '../mailings/hold-mail.actions.ts'
import { mailStatus, statusByScope } from '../mailings/status.queries.ts'
import { fail } from '../platform/http.tsx'
import { sendPage } from '../platform/page.tsx'
import { type Deps, waveName } from '../waves/deps.ts'
import {
  MAIL_DONE,
  MailPage,
  type NamedHold,
  ReleaseWholePage,
  type ScopeRow,
  WHOLE,
  type Whole,
} from './mail.pages.tsx'
import { type Hold, readHolds } from './read-wave.actions.ts'

const SEND = { permission: 'send-mail', fresh: true } as const

export function mailRoutes(deps: Deps) {
  const { db, clock, frame, environment } = deps
  const { routes, get, post } = staffRouter(deps)

  get('/staff/mail', 'send-mail', async (c) => {
    const visitor = visitorOf(c)
    const { holds, names } = await readHolds(deps)
    const mine = holds.flatMap((hold) => nameHold(visitor, hold) ?? [])
    return sendPage(
      c,
      <MailPage
        visitor={visitor}
        status={await mailStatus(db, clock.now())}
        holds={mine}
        names={names}
        rows={rowsFor(visitor, await statusByScope(db))}
        isWhole={isWhole(visitor)}
        done={MAIL_DONE.find((one) => one === c.req.query('done'))}
      />,
    )
  })

  post('/staff/mail/stop', SEND, async (c) => {
    const visitor = visitorOf(c)
    if (!isWhole(visitor)) return notAllowed(c)
    await holdMail(deps, { scope: EVERYTHING, actor: actorOf(visitor) })
    return c.redirect('/staff/mail?done=stopped', 303)
  })

  get('/staff/mail/:whole', SEND, async (c) => {
    const visitor = visitorOf(c)
    const whole = wholeOf(c)
    if (!whole) return fail(c, 404, visitor.language)
    if (!isWhole(visitor)) return notAllowed(c)
    const { holds, names } = await readHolds(deps)
    const own = holds.filter(({ scope }) => scope === scopeOf(whole))
    const { due } = await mailStatus(db, clock.now())
    return sendPage(c, <ReleaseWholePage {...{ visitor, whole, names }} holds={own} waiting={due} />)
  })

  post('/staff/mail/:whole/release', SEND, async (c) => {
    const visitor = visitorOf(c)
    const whole = wholeOf(c)
    if (!whole) return fail(c, 404, visitor.language)
    if (!isWhole(visitor)) return notAllowed(c)
    await releaseMail(deps, { scope: scopeOf(whole), actor: actorOf(visitor) })
    return c.redirect('/staff/mail?done=released', 303)
  })

  const wholeOf = (c: Context<StaffWeb>): Whole | undefined => WHOLE.find((one) => one === c.req.param('whole'))
  const scopeOf = (whole: Whole) => (whole === 'everything' ? EVERYTHING : scopeOfEnvironment(environment))
  const notAllowed = (c: Context<StaffWeb>) => sendPage(c, <NotAllowedPage visitor={visitorOf(c)} />, 403)

  /** Whether somebody may send mail in every programme there is. */
  const isWhole = ({ grants }: SignedIn): boolean =>
    frame.programmes.every(({ programme }) => may(grants, 'send-mail', programme))

  /** The wave a scope is of, named for a reader; undefined where they may not send its mail. */
  function nameWave({ grants, language }: SignedIn, scope: string) {
    const [programme = '', wave = ''] = scope.split('/')
    const known = frame.programmes.find((one) => one.programme === programme)
    if (!known || !may(grants, 'send-mail', programme)) return undefined
    return { programme, wave, programmeName: known.name[language], waveName: waveName(deps, programme, wave)[language] }
  }

  function nameHold(visitor: SignedIn, hold: Hold): NamedHold | undefined {
    if (!hold.scope.startsWith('wave ')) return { ...hold, of: null }
    const of = nameWave(visitor, hold.scope.slice('wave '.length))
    return of && { ...hold, of }
  }

  const rowsFor = (visitor: SignedIn, stored: Awaited<ReturnType<typeof statusByScope>>): ScopeRow[] =>
    [...Map.groupBy(stored, ({ scope }) => scope)].flatMap(([scope, some]) => {
      const named = nameWave(visitor, scope)
      const sum = (of: 'owed' | 'sent' | 'waiting') => some.reduce((total, row) => total + row[of], 0)
      const notSent = some.flatMap(({ because, owed }) => (because === null ? [] : { because, count: owed }))
      return named ? { ...named, owed: sum('owed'), sent: sum('sent'), waiting: sum('waiting'), notSent } : []
    })

  return routes
}
