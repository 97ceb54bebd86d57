// The mail of a wave in a browser: who may, what the page says, holding and letting go, sending now, giving time, reading.
import type { Hono } from 'hono'
import { sql } from 'kysely'
import PostalMime from 'postal-mime'
import { beforeEach, describe, expect, test } from 'vitest'
import { staffDoor } from '../access/guard.routes.tsx'
import type { Grant } from '../access/roles.ts'
import { signInRoutes } from '../access/sign-in.routes.tsx'
import { formOf, SAM, signInAs } from '../access/testing-staff.ts'
import { brakesInForce } from '../mailings/brakes.queries.ts'
import { holdMail } from '../mailings/hold-mail.actions.ts'
import { recordBounce } from '../mailings/take-report.actions.ts'
import { onEachEngineWithMail, sendAllDue, storedMailings, W1_OPENS } from '../mailings/testing.ts'
import { createWeb, type Web } from '../platform/http.tsx'
import { enrol, type TestService } from '../testing.ts'
import { waveRoutes } from './wave.routes.tsx'

const WAVE = '/staff/programmes/tevo/waves/w1'
const FIELDWORK: Grant[] = [{ role: 'fieldwork', programme: 'tevo' }]
const METHODOLOGIST: Grant[] = [{ role: 'methodologist', programme: 'tevo' }]
const SATURDAY = Temporal.Instant.from('2026-10-17T12:00:00Z')
const READS = [WAVE, `${WAVE}/preview.html?mail=invitation`]
const SENDS = [`${WAVE}/release`, `${WAVE}/send-now`, `${WAVE}/extend`]
const ACTS = ['pause', 'release/go', 'send-now/go', 'extend/check', 'extend/go'].map((act) => `${WAVE}/${act}`)

onEachEngineWithMail((world) => {
  let service: TestService
  let app: Hono<Web>
  let cookie: string

  beforeEach(async () => {
    service = world().service
    await sql`truncate access.staff, access.staff_role, access.session, access.sign_in_link`.execute(service.db)
    await arrive(FIELDWORK)
  })

  /** Signs in with these roles, at a service that is perhaps configured otherwise. */
  async function arrive(grants: readonly Grant[], deps: TestService = service): Promise<void> {
    app = createWeb(deps.log)
    app.route('/', staffDoor(deps))
    app.route('/', waveRoutes(deps))
    app.route('/', signInRoutes(deps))
    cookie = await signInAs(app, deps, grants)
  }

  const open = async (path: string, as = cookie) => {
    const answer = await app.request(path, { headers: { cookie: as } })
    return { status: answer.status, headers: answer.headers, html: await answer.text() }
  }
  const post = async (path: string, fields: Record<string, string> = {}, as = cookie) => {
    const answer = await app.request(path, formOf(fields, as))
    return { status: answer.status, location: answer.headers.get('location'), html: await answer.text() }
  }
  const members = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      matricule: `TEVO1-000${index + 1}`,
      courriel: `v${index + 1}@example.org`,
      prenom: `Prénom${index + 1}`,
    }))
  /** So many people, invited. */
  async function invited(count: number): Promise<void> {
    await enrol(service, members(count))
    service.clock.jumpTo(W1_OPENS)
    await sendAllDue(service)
    service.clock.jumpTo(SATURDAY)
    await arrive(FIELDWORK)
  }
  const causes = async () => (await brakesInForce(service.db)).map(({ scope, cause }) => `${scope}: ${cause}`)
  const journal = async (action: string) =>
    service.db.selectFrom('audit.event').where('action', '=', action).select(['actor', 'subject', 'detail']).execute()
  const samsName = async () =>
    `staff ${(await service.db.selectFrom('access.staff').select('id').executeTakeFirstOrThrow()).id}`

  describe('it is refused', () => {
    test('to nobody in particular', async () => {
      for (const path of [...READS, ...SENDS]) expect((await open(path, '')).status).toBe(401)
      for (const path of [...ACTS, `${WAVE}/test`]) expect((await post(path, {}, '')).status).toBe(401)
    })

    test('to whoever may not see fieldwork, or may see it and not send', async () => {
      await arrive([{ role: 'researcher', programme: 'tevo' }])
      for (const path of [...READS, ...SENDS]) expect((await open(path)).status).toBe(403)
      await arrive(METHODOLOGIST)
      expect((await open(WAVE)).status).toBe(200)
      for (const path of SENDS) expect((await open(path)).status).toBe(403)
      for (const path of [...ACTS, `${WAVE}/test`]) expect((await post(path)).status).toBe(403)
      expect(await causes()).toEqual([])
    })

    test('to whoever has a role in another programme only, as if there were no such place', async () => {
      await arrive([{ role: 'administrator', programme: 'other' }])
      for (const path of [...READS, ...SENDS]) expect((await open(path)).status).toBe(404)
      for (const path of ACTS) expect((await post(path)).status).toBe(404)
    })

    test('to whoever has not proved lately who they are, where mail may go out', async () => {
      service.clock.jumpTo(service.clock.now().add({ minutes: 16 }))
      expect((await open(WAVE)).status).toBe(200)
      for (const path of SENDS) expect((await open(path)).status).toBe(403)
      for (const path of ACTS) {
        const { status, html } = await post(path)
        expect(status).toBe(403)
        expect(html).toContain(`name="next" value="${path.replace(/\/\w+$/, '')}"`)
      }
      expect(await causes()).toEqual([])
    })

    test('for a wave that the plan does not have', async () => {
      const other = WAVE.replace('w1', 'w9')
      for (const path of [...READS, ...SENDS]) expect((await open(path.replace('w1', 'w9'))).status).toBe(404)
      for (const path of ACTS) expect((await post(path.replace('w1', 'w9'))).status).toBe(404)
      expect((await open(`${other}/preview.html?mail=invitation`)).status).toBe(404)
    })
  })

  describe('the page', () => {
    test('says so where nobody has the wave, and what to do', async () => {
      const { html } = await open(WAVE)
      expect(html).toContain('Cette vague n&#39;est encore prévue pour personne')
      expect(html).toContain('href="/staff/programmes/tevo/register"')
      await arrive(METHODOLOGIST)
      expect((await open(WAVE)).html).not.toContain('/register')
    })

    test('says of each cohort who may answer, and how many are written to next and when', async () => {
      await invited(3)
      const { html } = await open(WAVE)
      expect(html).toContain('<th scope="row">phase-1</th>')
      expect(html).toContain('3 dans les 24 heures à partir du 19 octobre 2026, 10:00 UTC')
      expect(html).toContain('Rien ne retient les envois de cette vague.')
    })

    test('shows acts to those only who may do them', async () => {
      await invited(1)
      expect((await open(WAVE)).html).toContain(`action="${WAVE}/pause"`)
      await arrive(METHODOLOGIST)
      const { html } = await open(WAVE)
      for (const path of [...SENDS, ...ACTS, `${WAVE}/test`]) expect(html).not.toContain(`"${path}"`)
    })

    test('is in the reader’s language', async () => {
      await service.db.updateTable('access.staff').set({ language: 'en' }).execute()
      expect((await open(WAVE)).html).toContain('<h1>Mailing: A month after return</h1>')
    })
  })

  describe('holding and letting go', () => {
    test('holds the wave at once, says so, and does not offer it again', async () => {
      expect(await post(`${WAVE}/pause`)).toMatchObject({ status: 303, location: `${WAVE}?done=paused` })
      expect(await causes()).toEqual(['wave tevo/w1: stopped'])
      const { html } = await open(`${WAVE}?done=paused`)
      expect(html).toMatch(/retenus\u00a0: une personne a arrêté les envois \(sam@example\.org, 1er octobre 2026/)
      expect(html).not.toContain(`action="${WAVE}/pause"`)
      expect(html).toContain(`href="${WAVE}/release"`)
      expect(await journal('mail held')).toEqual([{ actor: await samsName(), subject: 'wave tevo/w1', detail: {} }])
    })

    test('lets go after a page that says what to look at', async () => {
      await invited(2)
      await post(`${WAVE}/pause`)
      const { html } = await open(`${WAVE}/release`)
      expect(html).toContain('La raison de l&#39;arrêt a-t-elle disparu')
      expect(html).toContain(`action="${WAVE}/release/go"`)
      expect(await causes()).toEqual(['wave tevo/w1: stopped'])
      expect(await post(`${WAVE}/release/go`)).toMatchObject({ status: 303, location: `${WAVE}?done=released` })
      expect(await causes()).toEqual([])
      expect(await journal('mail released')).toHaveLength(1)
      expect((await open(`${WAVE}/release`)).html).not.toContain(`action="${WAVE}/release/go"`)
    })

    test('lets go of this wave and of nothing else', async () => {
      await holdMail(service, { scope: 'everything', actor: 'command line' })
      await post(`${WAVE}/pause`)
      await post(`${WAVE}/release/go`)
      expect(await causes()).toEqual(['everything: stopped'])
      const { html } = await open(WAVE)
      expect(html).toContain('Aucun message ne part, de quelque vague que ce soit')
      expect(html).toContain('href="/staff/mail"')
    })
  })

  describe('the first invitations', () => {
    test('stop the wave, are told of one by one, and the rest goes when somebody has looked', async () => {
      const careful = { ...service, config: { ...service.config, mail: { ...service.config.mail, canary: 2 } } }
      await enrol(service, members(4))
      service.clock.jumpTo(W1_OPENS)
      await sendAllDue(careful)
      await arrive(FIELDWORK, careful)
      expect(world().smtp.taken).toHaveLength(2)
      const [first, second] = (await storedMailings(service)).filter(({ sent_at }) => sent_at !== null)
      const bounce = { status: '5.1.1', source: 'pipe', report: 'one' } as const
      await recordBounce(service, { ...bounce, mailingId: first!.id, kind: 'hard' })
      await service.db
        .updateTable('fieldwork.case')
        .set({ started_on: Temporal.PlainDate.from('2026-10-15') })
        .where('id', '=', second!.case_id)
        .execute()
      const rows = async () =>
        [...(await open(WAVE)).html.matchAll(/<th scope="row">([^<]+)<\/th><td class="number">(\d+)<\/td><\/tr>/g)]
          .map(([, what, count]) => `${what} ${count}`)
          .filter((row) => !row.startsWith('phase'))
      expect(await rows()).toEqual([
        'Invitation envoyée 2',
        'Messages revenus 1',
        'Messages signalés comme indésirables 0',
        'Questionnaire commencé 1',
        'Réponses envoyées 0',
      ])
      expect((await open(WAVE)).html).toContain('Les 2 premières invitations sont parties')
      const { html } = await open(`${WAVE}/release`)
      expect(html).toContain('Les premières invitations sont-elles arrivées')
      expect(html).toContain('Messages dont l&#39;heure est venue\u00a0: 2.')
      await post(`${WAVE}/release/go`)
      await sendAllDue(careful)
      expect(world().smtp.taken).toHaveLength(4)
      expect((await open(WAVE)).html).toContain('Quelqu&#39;un a regardé les 2 premières invitations')
    })
  })

  describe('sending now', () => {
    test('shows to whom, then does it for those', async () => {
      await invited(3)
      const { html } = await open(`${WAVE}/send-now`)
      expect(html).toContain('Toutes les cohortes (3)')
      expect(html).toContain('value="* 3"')
      const done = await post(`${WAVE}/send-now/go`, { cohort: '* 3' })
      expect(done).toMatchObject({ status: 303, location: `${WAVE}?done=sentNow&count=3` })
      expect((await open(done.location!)).html).toContain('dès qu&#39;il fait jour chez elles\u00a0: 3.')
      await sendAllDue(service)
      expect(world().smtp.taken).toHaveLength(6)
      expect(await journal('mail brought forward')).toMatchObject([{ actor: await samsName(), subject: 'tevo/w1' }])
      expect((await open(`${WAVE}/send-now`)).html).toContain('a reçu un message il y a moins de 24 heures\u00a0: 3')
    })

    test('does nothing when more people would be written to than were shown, or nobody was chosen', async () => {
      await invited(2)
      for (const cohort of ['* 1', 'phase-1 0', 'phase-2 5', '', '*', 'x y z'])
        expect((await post(`${WAVE}/send-now/go`, { cohort })).status).toBe(409)
      await sendAllDue(service)
      expect(world().smtp.taken).toHaveLength(2)
    })

    test('says that it will wait where mail is held', async () => {
      await invited(1)
      await post(`${WAVE}/pause`)
      expect((await open(`${WAVE}/send-now`)).html).toContain('Les envois sont retenus')
    })
  })

  describe('more time', () => {
    const closes = async () =>
      (await service.db.selectFrom('fieldwork.case').where('wave', '=', 'w1').select('closes_on').execute()).map(
        ({ closes_on }) => String(closes_on),
      )

    test('is asked for, shown, and given', async () => {
      await invited(2)
      expect((await open(`${WAVE}/extend`)).html).toContain('<option value="phase-1">')
      const fields = { day: '2026-12-10', cohort: 'phase-1', matricules: '' }
      const { status, html } = await post(`${WAVE}/extend/check`, fields)
      expect(status).toBe(200)
      expect(html).toContain('jusqu&#39;au jeudi 10 décembre 2026 compris\u00a0: 2.')
      expect(html).toContain('name="expected" value="2"')
      expect(await closes()).toEqual(['2026-11-26', '2026-11-26'])
      const done = await post(`${WAVE}/extend/go`, { ...fields, expected: '2' })
      expect(done).toMatchObject({ status: 303, location: `${WAVE}?done=extended&count=2` })
      expect(await closes()).toEqual(['2026-12-11', '2026-12-11'])
      expect(await journal('field period extended')).toMatchObject([{ actor: await samsName() }])
    })

    test('says by reason who cannot have it', async () => {
      await invited(1)
      const fields = { day: '2027-03-15', cohort: '', matricules: 'TEVO1-0001, X;Y\nX' }
      const { html } = await post(`${WAVE}/extend/check`, fields)
      expect(html).toContain('Ce temps ne peut être donné à personne.')
      expect(html).toContain('<th scope="row">la vague suivante s&#39;ouvre avant</th><td class="number">1</td>')
      expect(html).toContain('<td class="number">2</td><td>X, Y</td>')
      expect(html).not.toContain(`action="${WAVE}/extend/go"`)
      expect((await post(`${WAVE}/extend/go`, { ...fields, expected: '9' })).status).toBe(409)
    })

    test('is not given to more people than was confirmed', async () => {
      await invited(2)
      const fields = { day: '2026-12-10', cohort: 'phase-1', matricules: '', expected: '1' }
      const { status, html } = await post(`${WAVE}/extend/go`, fields)
      expect(status).toBe(409)
      expect(html).toContain('Rien n&#39;a été fait')
      expect(await closes()).toEqual(['2026-11-26', '2026-11-26'])
    })

    test.each([
      ['a day that is none', { day: '2026-02-30', cohort: 'phase-1' }, '#day'],
      ['no day', { day: '', cohort: 'phase-1' }, '#day'],
      ['a day of the past', { day: '2026-10-01', cohort: 'phase-1' }, '#day'],
      ['nobody', { day: '2026-12-10', cohort: '', matricules: ' , ' }, '#cohort'],
      ['a cohort and some people', { day: '2026-12-10', cohort: 'phase-1', matricules: 'TEVO1-0001' }, '#cohort'],
    ])('takes no %s, and keeps what was typed', async (_, fields, place) => {
      await invited(1)
      const { status, html } = await post(`${WAVE}/extend/check`, { matricules: '', ...fields })
      expect(status).toBe(422)
      expect(html).toContain(`href="${place}"`)
      expect(html).toContain(`name="day" value="${fields.day}"`)
      expect((await post(`${WAVE}/extend/go`, { matricules: '', expected: '1', ...fields })).status).toBe(422)
    })
  })

  describe('a message of the wave', () => {
    const reads = () => journal('member read')

    test('is read as somebody of the wave gets it, and that leaves a line in the journal', async () => {
      await invited(2)
      expect((await open(WAVE)).html).not.toContain('<pre')
      expect(await reads()).toEqual([])
      const { html } = await open(`${WAVE}?mail=reminder-1&language=fr`)
      expect(html).toContain('Bonjour Prénom1,')
      expect(html).toContain('Adressé à TEVO1-0001')
      expect(await reads()).toMatchObject([{ actor: await samsName(), detail: { programme: 'tevo' } }])
      expect((await open(`${WAVE}?mail=reminder-1&language=en&matricule=TEVO1-0002`)).html).toContain('Dear Prénom2,')
      expect(await reads()).toHaveLength(2)
    })

    test('is of somebody invented for whoever may not see people, whomever they ask for', async () => {
      await invited(1)
      await arrive(METHODOLOGIST)
      const { html } = await open(`${WAVE}?mail=invitation&language=fr&matricule=TEVO1-0001`)
      expect(html).toContain('Bonjour Camille,')
      expect(html).not.toMatch(/Prénom1|TEVO1/)
      expect((await open(`${WAVE}/preview.html?mail=invitation&matricule=TEVO1-0001`)).html).not.toContain('Prénom1')
      expect(await reads()).toEqual([])
    })

    test('stands laid out on a page of its own that may do nothing', async () => {
      await invited(1)
      const { html: page } = await open(`${WAVE}?mail=invitation&language=en`)
      const [, address] = /href="([^"]+preview\.html[^"]*)"/.exec(page)!
      const { status, headers, html } = await open(address!.replaceAll('&amp;', '&'))
      expect(status).toBe(200)
      expect(html).toContain('Dear Prénom1,')
      expect(headers.get('Content-Security-Policy')).toBe(
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
      )
      expect(page).not.toContain('<iframe')
    })

    test('that there is none of is said, and nothing typed becomes markup', async () => {
      await invited(1)
      const strange = encodeURIComponent('"><script>alert(1)</script>')
      const { html } = await open(`${WAVE}?mail=invitation&matricule=${strange}&done=${strange}&count=${strange}`)
      expect(html).toContain('ce matricule n&#39;est pas dans le programme')
      expect(html).not.toContain('<script>alert')
      expect((await open(`${WAVE}?mail=${strange}`)).status).toBe(200)
      expect((await open(`${WAVE}/preview.html?mail=${strange}`)).status).toBe(404)
      expect((await open(`${WAVE}/preview.html?mail=invitation&matricule=%00`)).status).toBe(200)
    })

    test('is sent to whoever asks for it and to nobody else, in both languages at once', async () => {
      await invited(1)
      const before = world().smtp.taken.length
      const fields = { mail: 'invitation', matricule: '', to: 'you@example.org', email: 'you@example.org' }
      expect(await post(`${WAVE}/test`, { ...fields, language: 'both' })).toMatchObject({
        status: 303,
        location: `${WAVE}?done=tested`,
      })
      const sent = world().smtp.taken.slice(before)
      expect(sent.map(({ recipients }) => recipients)).toEqual([[SAM], [SAM]])
      const texts = await Promise.all(sent.map(async ({ raw }) => (await PostalMime.parse(raw)).text))
      expect(texts[0]).toContain('Bonjour Prénom1,')
      expect(texts[1]).toContain('Dear Prénom1,')
      expect(await journal('test mail sent')).toHaveLength(2)
      expect((await post(`${WAVE}/test`, { ...fields, language: 'de' })).status).toBe(400)
      expect((await post(`${WAVE}/test`, { ...fields, mail: 'x', language: 'fr' })).status).toBe(400)
      expect(world().smtp.taken).toHaveLength(before + 2)
    })

    test('that the mail server does not take is told', async () => {
      await invited(1)
      world().smtp.refuseRecipient = { code: 550, text: '5.1.1 no such mailbox' }
      const { location } = await post(`${WAVE}/test`, { mail: 'thanks', matricule: '', language: 'fr' })
      expect(location).toBe(`${WAVE}?done=notTested`)
    })
  })
})
