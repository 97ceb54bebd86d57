// Whom nobody can write to any more: the work list, what was tried, and the list as a file.
import type { Context } from 'hono'
import { z } from 'zod'
import { programmeOf, type StaffWeb, staffRouter, visitorOf } from '../access/guard.routes.tsx'
import { actorOf } from '../access/sign-in.actions.ts'
import { programmeAddress } from '../access/staff.pages.tsx'
import { lostContacts } from '../mailings/bounces.queries.ts'
import { namesOf } from '../panel/find-members.queries.ts'
import { recordEvent } from '../platform/audit.queries.ts'
import { csvOf } from '../platform/csv.ts'
import { fail, readForm, sendCsv } from '../platform/http.tsx'
import { wordsIn } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import type { Deps } from '../waves/deps.ts'
import { LostPage } from './lost.pages.tsx'
import { ATTEMPT_OUTCOMES, ATTEMPT_WAYS, latestAttempts } from './members.queries.ts'
import { noteAttempt } from './note-attempt.actions.ts'

const Noted = z.object({
  matricule: z.string(),
  way: z.enum(ATTEMPT_WAYS),
  outcome: z.enum(ATTEMPT_OUTCOMES),
})

export function lostRoutes(deps: Deps) {
  const { db, clock } = deps
  const { routes, get, post } = staffRouter(deps)

  get('/staff/programmes/:programme/lost', 'read-identity', async (c) => {
    const programme = programmeOf(deps, c)
    const lost = await lostContacts(db, programme.programme)
    const attempts = new Map((await latestAttempts(db, programme.programme)).map((one) => [one.matricule, one]))
    const names = await namesOf(
      db,
      programme.programme,
      lost.map(({ matricule }) => matricule),
    )
    await recordEvent(db, {
      at: clock.now(),
      actor: actorOf(visitorOf(c)),
      action: 'members listed',
      subject: programme.programme,
      detail: { found: lost.length },
    })
    return sendPage(c, <LostPage visitor={visitorOf(c)} {...{ programme, lost, attempts, names }} />)
  })

  post('/staff/programmes/:programme/lost/attempt', 'edit-members', async (c) => {
    const form = await readForm(c)
    const noted = Noted.safeParse(Object.fromEntries([...(form ?? [])].map(([name, values]) => [name, values[0]])))
    if (!noted.success) return fail(c, 400, visitorOf(c).language)
    const { programme } = programmeOf(deps, c)
    const outcome = await noteAttempt(deps, { programme, ...noted.data, actor: actorOf(visitorOf(c)) })
    return outcome.ok ? c.redirect(programmeAddress(programme, '/lost'), 303) : fail(c, 404, visitorOf(c).language)
  })

  post('/staff/programmes/:programme/lost/file', { permission: 'export-identity', fresh: true }, (c) => sendFile(c))

  async function sendFile(c: Context<StaffWeb>) {
    const visitor = visitorOf(c)
    const t = wordsIn(visitor.language)
    const { programme } = programmeOf(deps, c)
    const lost = await lostContacts(db, programme)
    const detail = { people: lost.length }
    await recordEvent(db, {
      at: clock.now(),
      actor: actorOf(visitor),
      action: 'lost contacts taken away',
      subject: programme,
      detail,
    })
    const lines = lost.map(({ matricule, operator_code, operator, since, because }) => [
      ...[matricule, operator_code, operator],
      ...[since.toString().slice(0, 10), t(`lost.because.${because}`)],
    ])
    const head = [
      t('register.column.matricule'),
      t('register.column.operateur_code'),
      t('register.column.operateur'),
      t('lost.head.since'),
      t('register.head.reason'),
    ]
    return sendCsv(c, 'contacts', csvOf([head, ...lines]))
  }

  return routes
}
