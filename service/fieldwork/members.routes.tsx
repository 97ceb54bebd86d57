// The people followed: finding them, one person's file, correcting it. Whoever looks at somebody leaves a line in the
// journal.
import type { Context } from 'hono'
import { programmeOf, type StaffWeb, staffRouter, visitorOf } from '../access/guard.routes.tsx'
import { actorOf } from '../access/sign-in.actions.ts'
import { programmeAddress } from '../access/staff.pages.tsx'
import { findMember, MEMBER_STATES, searchMembers } from '../panel/find-members.queries.ts'
import { recordEvent } from '../platform/audit.queries.ts'
import { dayOf } from '../platform/clock.ts'
import { fail, readForm } from '../platform/http.tsx'
import { sendPage } from '../platform/page.tsx'
import { type Deps, waveName } from '../waves/deps.ts'
import { SETTLED_AFTER } from './attention.ts'
import { editMember } from './edit-member.actions.ts'
import { cellsOf, EDITED_COLUMNS, type EditedColumn } from './member-form.ts'
import { EditMemberPage, MemberPage, MembersPage, memberAddress } from './members.pages.tsx'
import { casesOfMember, mailingsOfMember } from './members.queries.ts'
import { resendLink } from './resend-link.actions.ts'

const PAGE = 100
const LONGEST_SEARCH = 100

export function memberRoutes(deps: Deps) {
  const { db, clock } = deps
  const { routes, get, post } = staffRouter(deps)

  get('/staff/programmes/:programme/members', 'read-identity', async (c) => {
    const visitor = visitorOf(c)
    const programme = programmeOf(deps, c)
    const text = (c.req.query('q') ?? '').replaceAll('\u0000', '').trim().slice(0, LONGEST_SEARCH)
    const state = MEMBER_STATES.find((one) => one === c.req.query('state'))
    const search = { programme: programme.programme, text, state, after: c.req.query('after'), limit: PAGE + 1 }
    const endedBefore = dayOf(clock.now()).subtract(SETTLED_AFTER)
    const found = await searchMembers(db, { ...search, endedBefore })
    const shown = found.slice(0, PAGE)
    const isEmpty = found.length === 0 && text === '' && !state && !search.after
    await recordEvent(db, {
      at: clock.now(),
      actor: actorOf(visitor),
      action: 'members listed',
      subject: programme.programme,
      detail: { found: shown.length },
    })
    const next = new URLSearchParams({ q: text, state: state ?? '', after: shown.at(-1)?.matricule ?? '' })
    const more = found.length > PAGE ? programmeAddress(programme.programme, `/members?${next}`) : null
    return sendPage(c, <MembersPage {...{ visitor, programme, found: shown, more, isEmpty }} asked={{ text, state }} />)
  })

  get('/staff/programmes/:programme/members/:matricule', 'read-identity', async (c) => {
    const member = await memberOf(c)
    if (!member) return fail(c, 404, visitorOf(c).language)
    const [cases, mailings] = await Promise.all([casesOfMember(db, member.id), mailingsOfMember(db, member.id)])
    await noteRead(c, member.id)
    return sendPage(
      c,
      <MemberPage
        {...shell(c)}
        {...{ member, cases, mailings }}
        now={clock.now()}
        waveName={nameWave(c)}
        done={c.req.query('done')}
      />,
    )
  })

  post('/staff/programmes/:programme/members/:matricule/resend', 'send-mail', async (c) => {
    const { programme } = programmeOf(deps, c)
    const matricule = c.req.param('matricule')
    const outcome = await resendLink(deps, { programme, matricule, actor: actorOf(visitorOf(c)) })
    if (!outcome.ok && outcome.because === 'unknown member') return fail(c, 404, visitorOf(c).language)
    const done = new URLSearchParams({ done: outcome.ok ? 'resent' : outcome.because })
    return c.redirect(memberAddress(programme, matricule, `?${done}`), 303)
  })

  get('/staff/programmes/:programme/members/:matricule/edit', 'edit-members', async (c) => {
    const member = await memberOf(c)
    if (!member) return fail(c, 404, visitorOf(c).language)
    await noteRead(c, member.id)
    return sendPage(
      c,
      <EditMemberPage {...shell(c)} member={member} entries={cellsOf(member)} waveName={nameWave(c)} />,
    )
  })

  post('/staff/programmes/:programme/members/:matricule/edit/save', 'edit-members', async (c) => {
    const member = await memberOf(c)
    const form = await readForm(c)
    if (!member || !form) return fail(c, member ? 400 : 404, visitorOf(c).language)
    const { programme } = programmeOf(deps, c)
    const typed = (column: EditedColumn) => form.get(column)?.at(-1)?.trim() ?? cellsOf(member)[column]
    const entries = Object.fromEntries(EDITED_COLUMNS.map((column) => [column, typed(column)])) as Record<
      EditedColumn,
      string
    >
    const confirm = form.get('confirm')?.[0]
    const outcome = await editMember(deps, { programme, member, entries, confirm, actor: actorOf(visitorOf(c)) })
    if (outcome.ok)
      return c.redirect(
        memberAddress(programme, member.matricule, `?done=${outcome.changed ? 'saved' : 'unchanged'}`),
        303,
      )
    const page = { ...shell(c), member, entries, waveName: nameWave(c) }
    return outcome.because === 'refused'
      ? sendPage(c, <EditMemberPage {...page} refusal={outcome} />, 422)
      : sendPage(c, <EditMemberPage {...page} moves={outcome} />)
  })

  const memberOf = (c: Context<StaffWeb>) =>
    findMember(db, programmeOf(deps, c).programme, c.req.param('matricule') ?? '')

  const shell = (c: Context<StaffWeb>) => ({ visitor: visitorOf(c), programme: programmeOf(deps, c) })

  const nameWave = (c: Context<StaffWeb>) => (wave: string) =>
    waveName(deps, programmeOf(deps, c).programme, wave)[visitorOf(c).language]

  const noteRead = (c: Context<StaffWeb>, memberId: string) =>
    recordEvent(db, {
      at: clock.now(),
      actor: actorOf(visitorOf(c)),
      action: 'member read',
      subject: memberId,
      detail: { programme: programmeOf(deps, c).programme },
    })

  return routes
}
