// No more mail: one click from a mail program or from the page is enough, looking is not, and it holds at once.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ensureLink } from '../access/personal-links.queries.ts'
import { mailFiles } from '../platform/mailer.ts'
import { answerPages, dump, invite, onEachEngineWithService, type Volunteer } from '../responses/testing.ts'
import type { TestService } from '../testing.ts'
import { tick } from '../tick.ts'
import { decideNextContacts } from '../waves/decide-contacts.actions.ts'

const ONE_CLICK = 'List-Unsubscribe=One-Click'
const URLENCODED = { 'Content-Type': 'application/x-www-form-urlencoded' }
const W1_OPENS = '2026-10-15T10:00:00Z'
const REMINDED = '2026-10-19T10:00:00Z'

async function stopLink({ db, config }: TestService, { memberId }: Volunteer): Promise<string> {
  const subject = { purpose: 'stop', subjectId: memberId, generation: 1 } as const
  return `/u/${await ensureLink(db, config.keys.link, subject, null)}`
}

const optedOutAt = async ({ db }: TestService, { memberId }: Volunteer) =>
  (
    await db
      .selectFrom('identity.panel_member')
      .where('id', '=', memberId)
      .select('opted_out_at')
      .executeTakeFirstOrThrow()
  ).opted_out_at?.toString()

/** Why nothing more is sent about each wave, and whether something is still due. */
async function casesOf(
  { db }: TestService,
  { memberId }: Volunteer,
): Promise<Record<string, [string | null, boolean]>> {
  const cases = await db
    .selectFrom('fieldwork.case')
    .where('member_id', '=', memberId)
    .select(['wave', 'because', 'next_contact_at'])
    .orderBy('wave')
    .execute()
  return Object.fromEntries(
    cases.map(({ wave, because, next_contact_at }) => [wave, [because, next_contact_at !== null]]),
  )
}

const auditOf = ({ db }: TestService, { memberId }: Volunteer) =>
  db.selectFrom('audit.event').where('subject', '=', memberId).select(['actor', 'action', 'detail']).execute()

const mailingsOf = ({ db }: TestService, { memberId }: Volunteer) =>
  db.selectFrom('fieldwork.mailing').where('member_id', '=', memberId).select(['kind', 'sent_at', 'because']).execute()

/** One beat at the volunteer's own time; only in the demonstration may that differ from the machine's. */
const tickAt = (service: TestService, { clock }: Volunteer) =>
  tick({ ...service, clock, config: { ...service.config, mode: 'demonstration' } })

onEachEngineWithService((service) => {
  test('a link that is unknown, malformed, withdrawn or of another purpose stops nothing', async () => {
    const volunteer = await invite(service())
    const stop = await stopLink(service(), volunteer)
    const withdrawn = await invite(service())
    const withdrawnLink = await stopLink(service(), withdrawn)
    await service()
      .db.updateTable('access.personal_link')
      .set({ revoked_at: service().clock.now() })
      .where('subject_id', '=', withdrawn.memberId)
      .execute()
    const addresses = [
      `/u/rv1u_${'A'.repeat(43)}`,
      '/u/rv1u_short',
      '/u/rv1u_%E0%A4%A',
      '/u/rv1u_%00',
      `${stop}x`,
      `${stop}/`,
      `${stop}%2F..`,
      volunteer.link.replace('/s/', '/u/'),
      volunteer.link.replace('/s/rv1s_', '/u/rv1u_'),
      withdrawnLink,
      '/u/',
      '/u',
    ]
    const before = await dump(service().db)
    const bodies = new Set<string>()
    for (const address of addresses) {
      const responses = [
        await volunteer.browse().get(address),
        await volunteer.browse().post(address, ONE_CLICK, URLENCODED),
      ]
      for (const response of responses) {
        expect(response.status).toBe(404)
        bodies.add(await response.text())
      }
    }
    expect(bodies.size).toBe(1)
    expect(await dump(service().db)).toEqual(before)
  })

  test('opening the link asks, and changes nothing, however often a scanner does it', async () => {
    const volunteer = await invite(service())
    const link = await stopLink(service(), volunteer)
    const before = await dump(service().db)
    for (let times = 0; times < 10; times++) {
      const response = await volunteer.browse().get(link)
      expect(response.status).toBe(200)
      expect(await response.text()).toContain(`<form method="post" action="${link}">`)
      expect((await volunteer.browse().head(link)).status).toBe(200)
    }
    expect(await dump(service().db)).toEqual(before)
  })

  const multipart = () => {
    const body = new FormData()
    body.set('List-Unsubscribe', 'One-Click')
    return body
  }
  test.each([
    ['one click, urlencoded', () => ONE_CLICK, URLENCODED],
    ['one click, multipart', multipart, {}],
    ['an empty body', () => '', {}],
    ['a webmail of another site', () => ONE_CLICK, { ...URLENCODED, 'Sec-Fetch-Site': 'cross-site' }],
    ['another origin', () => ONE_CLICK, { ...URLENCODED, Origin: 'https://mail.example' }],
    ['the page itself', () => '', { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' }],
  ])('%s, without a cookie, stops all mail without a redirect', async (_, body, headers) => {
    const volunteer = await invite(service())
    const response = await volunteer.browse().post(await stopLink(service(), volunteer), body(), { ...headers })
    expect([response.status, response.headers.get('location')]).toEqual([200, null])
    expect(response.headers.getSetCookie()).toEqual([])
    expect(await response.text()).toContain('C&#39;est noté')
    expect(await optedOutAt(service(), volunteer)).toBe(volunteer.clock.now().toString())
  })

  test('the open wave and all to come are stopped; one that was answered, and one that is over, stay as they were', async () => {
    const volunteer = await invite(service())
    await answerPages(await volunteer.open())
    const before = await casesOf(service(), volunteer)
    await volunteer.browse().post(await stopLink(service(), volunteer), ONE_CLICK, URLENCODED)
    expect(await casesOf(service(), volunteer)).toEqual({
      w0: before.w0,
      w1: [null, true],
      w2: ['opted out', false],
      w3: ['opted out', false],
      w4: ['opted out', false],
      w5: ['opted out', false],
    })
    expect((await volunteer.stored()).answers).toMatchObject({ ACT_NOW: 4 })

    const unanswered = await invite(service())
    await answerPages(await unanswered.open(), 2)
    await unanswered.browse().post(await stopLink(service(), unanswered), ONE_CLICK, URLENCODED)
    expect((await casesOf(service(), unanswered)).w1).toEqual(['opted out', false])
    expect((await unanswered.stored()).answers).toMatchObject({ ACT_NOW: 4 })
  })

  test('whoever wants no more mail may still answer', async () => {
    const volunteer = await invite(service())
    await volunteer.browse().post(await stopLink(service(), volunteer), ONE_CLICK, URLENCODED)
    await answerPages(await volunteer.open())
    await tickAt(service(), volunteer)
    expect((await casesOf(service(), volunteer)).w1).toEqual(['answered', false])
  })

  test('it is recorded once, without a name, however often it is asked', async () => {
    const volunteer = await invite(service())
    const link = await stopLink(service(), volunteer)
    const ask = () => volunteer.browse().post(link, ONE_CLICK, URLENCODED)
    await ask()
    const first = volunteer.clock.now().toString()
    const after = await dump(service().db)
    volunteer.clock.jumpTo(volunteer.clock.now().add({ hours: 24 }))
    for (let times = 0; times < 5; times++) expect((await ask()).status).toBe(200)
    expect(await dump(service().db)).toEqual(after)
    expect(await optedOutAt(service(), volunteer)).toBe(first)
    expect(await auditOf(service(), volunteer)).toEqual([{ actor: 'volunteer', action: 'opted out', detail: {} }])
  })

  test('a hundred times at once it is recorded once', async () => {
    const volunteer = await invite(service())
    const link = await stopLink(service(), volunteer)
    const ask = () => volunteer.browse().post(link, ONE_CLICK, URLENCODED)
    const responses = await Promise.all(Array.from({ length: 100 }, ask))
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
    expect(await auditOf(service(), volunteer)).toHaveLength(1)
  })

  test('nobody is written to who has opted out, whether before the invitation, before a reminder or just before the sending', async () => {
    const now = '2026-10-15T08:00:00Z'
    const [before, between, owed, control] = [
      await invite(service(), { now }),
      await invite(service(), { now }),
      await invite(service(), { now }),
      await invite(service(), { now }),
    ]
    const stop = async (volunteer: Volunteer) =>
      volunteer.browse().post(await stopLink(service(), volunteer), ONE_CLICK, URLENCODED)
    const kinds = async (volunteer: Volunteer) => (await mailingsOf(service(), volunteer)).map(({ kind }) => kind)

    await stop(before)
    for (const { clock } of [before, between, owed, control]) clock.jumpTo(Temporal.Instant.from(W1_OPENS))
    while (await decideNextContacts({ ...service(), clock: owed.clock })) {}
    await stop(owed)
    await tickAt(service(), control)
    await stop(between)
    control.clock.jumpTo(Temporal.Instant.from(REMINDED))
    await tickAt(service(), control)

    expect(await mailingsOf(service(), before)).toEqual([])
    expect(await mailingsOf(service(), owed)).toEqual([{ kind: 'invitation', sent_at: null, because: 'opted out' }])
    expect(await kinds(between)).toEqual(['invitation'])
    expect((await kinds(control)).sort()).toEqual(['invitation', 'reminder'])

    const folder = join(service().folder, 'mail')
    const written = mailFiles(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
    const received = async (volunteer: Volunteer) => {
      const { email } = await service()
        .db.selectFrom('identity.panel_member')
        .where('id', '=', volunteer.memberId)
        .select('email')
        .executeTakeFirstOrThrow()
      return written.filter((mail) => mail.includes(`To: ${email}`)).length
    }
    expect([await received(before), await received(owed), await received(between), await received(control)]).toEqual([
      0, 0, 1, 2,
    ])
  })

  test('the link in the mail, and the one its List-Unsubscribe header names, are this one', async () => {
    const volunteer = await invite(service(), { now: W1_OPENS })
    await tickAt(service(), volunteer)
    const link = `https://retour.example${await stopLink(service(), volunteer)}`
    const folder = join(service().folder, 'mail')
    const unfolded = mailFiles(folder).map((name) =>
      readFileSync(join(folder, name), 'utf8').replace(/\r\n[ \t]/g, ' '),
    )
    const mail = unfolded.find((text) => text.includes(link)) ?? ''
    expect(mail).toMatch(new RegExp(`^List-Unsubscribe: <${link}>`, 'm'))
    expect(mail).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r?$/m)
  })
})
