// The journal, for administrators and the data protection officer: browsed, filtered, taken away, verified.
import type { Context } from 'hono'
import { type StaffWeb, staffRouter, visitorOf } from '../access/guard.routes.tsx'
import { actorOf } from '../access/sign-in.actions.ts'
import { emailsOf, findStaffByEmail } from '../access/staff.queries.ts'
import { matriculesOf } from '../panel/find-members.queries.ts'
import { actionsSeen, eventsPage, type RecordedEvent, recordEvent, verifyTrail } from '../platform/audit.queries.ts'
import { csvOf } from '../platform/csv.ts'
import { sendCsv } from '../platform/http.tsx'
import { wordsIn } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import type { Deps } from '../waves/deps.ts'
import { type JournalFilter, JournalPage } from './journal.pages.tsx'
import { sayAction, sayActor, sayDetail } from './journal-words.ts'

const PAGE = 100
const MOST_EXPORTED = 50_000
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function journalRoutes(deps: Deps) {
  const { db, clock, frame } = deps
  const { routes, get, post } = staffRouter(deps)

  get('/staff/journal', 'read-journal', async (c) => sendPage(c, <JournalPage {...(await read(c, PAGE))} />))

  post('/staff/journal/verify', 'read-journal', async (c) =>
    sendPage(c, <JournalPage {...(await read(c, PAGE))} verdict={await verifyTrail(db)} />),
  )

  get('/staff/journal.csv', 'read-journal', async (c) => {
    const { events, names, visitor } = await read(c, MOST_EXPORTED)
    const t = wordsIn(visitor.language)
    const at = clock.now()
    const detail = { events: events.length }
    await recordEvent(db, { at, actor: actorOf(visitor), action: 'journal taken away', subject: 'journal', detail })
    const lines = events.map((event) => [
      ...[String(event.seq), event.at.toString(), sayActor(t, names, event.actor), sayAction(t, event.action)],
      ...[names.get(event.subject) ?? event.subject, sayDetail(event.detail)],
    ])
    return sendCsv(c, 'journal', csvOf([COLUMNS, ...lines]))
  })

  async function read(c: Context<StaffWeb>, limit: number) {
    const filter = filterIn(c)
    const asked = await askedOf(filter)
    const before = Number(c.req.query('before')) || undefined
    const { events, next } = await eventsPage(db, { ...asked, before }, limit)
    const more = next === null ? null : `/staff/journal?${new URLSearchParams({ ...filter, before: String(next) })}`
    return {
      visitor: visitorOf(c),
      programmes: frame.programmes,
      filter,
      actions: await actionsSeen(db),
      events,
      names: await namesIn(events),
      more,
      csv: `/staff/journal.csv?${new URLSearchParams({ ...filter })}`,
    }
  }

  /** Whoever is asked for by address is in the trail by identifier; an address nobody has finds nothing. */
  async function askedOf({ action, programme, month, actor }: JournalFilter) {
    const staff = actor.includes('@') ? await findStaffByEmail(db, actor) : undefined
    return {
      action: action || undefined,
      programme: programme || undefined,
      month: month || undefined,
      actor: staff ? actorOf(staff) : actor || undefined,
    }
  }

  async function namesIn(events: readonly RecordedEvent[]): Promise<Map<string, string>> {
    const actors = events.flatMap(({ actor }) => (actor.startsWith('staff ') ? actor.slice('staff '.length) : []))
    const ids = [...new Set([...actors, ...events.map(({ subject }) => subject)])].filter((id) => UUID.test(id))
    return new Map([...(await emailsOf(db, ids)), ...(await matriculesOf(db, ids))])
  }

  return routes
}

const COLUMNS = ['seq', 'at', 'actor', 'action', 'subject', 'detail']

const filterIn = (c: Context): JournalFilter => {
  const one = (name: string) => (c.req.query(name) ?? '').replaceAll('\u0000', '').slice(0, 200)
  return { action: one('action'), programme: one('programme'), month: one('month'), actor: one('actor') }
}
