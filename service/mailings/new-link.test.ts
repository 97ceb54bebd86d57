// “Send me a new link” tells nobody anything, and the volunteer gets their link, once a day, at the address on file.
import { sql } from 'kysely'
import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { wordsIn } from '../platform/i18n.ts'
import { dump, formOf, openBrowser } from '../responses/testing.ts'
import { enrol } from '../testing.ts'
import { tick } from '../tick.ts'
import { planOf } from '../waves/deps.ts'
import { findWave } from '../waves/plan.ts'
import { askLink } from './ask-link.actions.ts'
import { LINK } from './delivery.ts'
import { sentMailings } from './mailings.queries.ts'
import { headerOf, onEachEngineWithMail, sendAllDue, storedMailings, type Taken, W1_OPENS } from './testing.ts'

/** In the middle of everybody's w1, at half past ten in the evening where they are; the invitation was missed. */
const NIGHT = Temporal.Instant.from('2026-11-10T22:30:00Z')
const DAYS_SINCE_1970 = 20_767
const IN_AN_HOUR_AND_A_HALF = NIGHT.add({ minutes: 90 })
const ANA = 'ana@example.org'
/** When w1 closes. */
const CLOSES = Temporal.Instant.from('2026-11-26T00:00:00Z')

onEachEngineWithMail((world) => {
  /** A browser that has just come, before a service as it is now. */
  const browse = (changed: Partial<ReturnType<typeof world>['service']> = {}) =>
    openBrowser(createApp({ ...world().service, ...changed }))
  const ask = (email: string, headers: Record<string, string> = {}, changed = {}) =>
    browse(changed).post('/link?lang=en', new URLSearchParams({ email }), headers)

  /** Ana and whoever else, with nothing sent or owed to them, and w1 open. */
  async function inW1(rows: Parameters<typeof enrol>[1] = [{}]) {
    const { service, smtp } = world()
    await enrol(service, rows)
    service.clock.jumpTo(NIGHT)
    await sendAllDue(service)
    expect(smtp.taken).toEqual([])
    return { service, smtp }
  }
  const links = async () => (await storedMailings(world().service)).filter(({ kind }) => kind === LINK)
  const change = (statement: string) => sql.raw(statement).execute(world().service.db)
  const member = (matricule: string) => `(select id from identity.panel_member where matricule = '${matricule}')`
  const answered = (where = 'true') => `update fieldwork.case set submitted_on = '2026-10-16' where ${where}`
  const optedOut = (where = 'true') =>
    `update identity.panel_member set opted_out_at = '2026-10-16T10:00:00Z' where ${where}`
  const closeUnits = `update fieldwork.unit set closed_at = '2026-10-16T10:00:00Z', because = 'by hand' where wave = 'w1'`

  /** All that whoever asks can see of an answer; the request's number is its own. */
  async function seen(response: Response) {
    const headers = Object.fromEntries(response.headers)
    delete headers['x-request-id']
    return { status: response.status, headers, body: await response.text() }
  }

  describe('what it tells', () => {
    test('nothing: the answer is the same, byte for byte, whoever has the address and whatever they may answer', async () => {
      const person = (number: number, email: string, cells = {}) => ({
        matricule: `TEVO1-000${number}`,
        courriel: email,
        ...cells,
      })
      await inW1([
        person(1, ANA),
        person(2, 'second@example.org', { courriel_secondaire: 'other@example.org' }),
        person(3, 'opted-out@example.org'),
        person(4, 'answered@example.org'),
        person(5, 'over@example.org', { date_retour_effective: '2026-06-15' }),
        person(6, 'early@example.org', { date_retour_effective: '2026-10-20' }),
        person(7, '', { courriel_secondaire: 'only@example.org' }),
      ])
      await change(optedOut("matricule = 'TEVO1-0003'"))
      await change(answered(`member_id = ${member('TEVO1-0004')}`))
      const known = await seen(await ask(ANA))
      expect(known.status).toBe(200)
      expect(known.body).toContain(wordsIn('en')('linkAsked.text'))
      expect(known.body).not.toContain('@')
      for (const address of [
        ANA,
        ' ANA@Example.ORG ',
        'other@example.org',
        'nobody@example.org',
        'opted-out@example.org',
        'answered@example.org',
        'over@example.org',
        'early@example.org',
        'only@example.org',
      ])
        expect([address, await seen(await ask(address))]).toEqual([address, known])
      const owed = await links()
      expect(owed.map(({ occasion, case_id }) => occasion === `case:${case_id}`)).toEqual([true, true, true])
      const { rows } = await sql`select matricule from identity.panel_member
        where id in (select member_id from fieldwork.mailing) order by matricule`.execute(world().service.db)
      expect(rows).toEqual(['TEVO1-0001', 'TEVO1-0002', 'TEVO1-0007'].map((matricule) => ({ matricule })))
      expect(world().service.logLines.join('')).not.toContain('@')
    })

    test('nothing either once the wave is closed, while it has no instrument, or in another mode', async () => {
      const { service } = await inW1()
      const nobody = await seen(await ask('nobody@example.org'))
      const { frame, bank } = service
      const { instrument } = findWave(planOf(service, 'tevo'), 'w1')!
      const others = new Map([...bank.instruments].filter(([name]) => name !== instrument))
      expect(others.size).toBeGreaterThan(0)
      expect(await seen(await ask(ANA, {}, { frame: { ...frame, programmes: [] } }))).toEqual(nobody)
      expect(await seen(await ask(ANA, {}, { bank: { ...bank, instruments: others } }))).toEqual(nobody)
      await change(closeUnits)
      expect(await seen(await ask(ANA))).toEqual(nobody)
      expect(await links()).toEqual([])
      await change('update fieldwork.unit set closed_at = null, because = null')
      expect(await seen(await ask(ANA))).toEqual(nobody)
      expect(await links()).toHaveLength(1)
    })

    test('and exactly between its opening and its closing there is something to send', async () => {
      const { service } = world()
      await enrol(service, [{}])
      for (const [at, owed] of [
        [W1_OPENS.subtract({ milliseconds: 1 }), 0],
        [W1_OPENS, 1],
        [CLOSES.subtract({ milliseconds: 1 }), 2],
        [CLOSES, 2],
      ] as const) {
        service.clock.jumpTo(at)
        await ask(ANA)
        expect([at.toString(), (await links()).length]).toEqual([at.toString(), owed])
      }
    })

    test('a page of another site can ask nothing', async () => {
      await inW1()
      for (const headers of [{ 'Sec-Fetch-Site': 'cross-site' }, { Origin: 'https://evil.example' }] as const)
        expect((await ask(ANA, { ...headers })).status).toBe(403)
      expect(await links()).toEqual([])
      expect((await ask(ANA, { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' })).status).toBe(200)
      expect(await links()).toHaveLength(1)
    })

    test.each([
      '',
      'ana',
      'ana@',
      '@example.org',
      'ana@example',
      'ana@example.org, eve@example.org',
      'Ana <ana@example.org>',
      'ana@example.org\r\nBcc: eve@example.org',
      'ana@example.org\0',
      `${'a'.repeat(250)}@example.org`,
      'ana@éxample.org',
      "' or 1=1 --@example.org",
      '"><script>alert(1)</script>',
    ])('%j is not an address: it is said, and what was entered is kept', async (entered) => {
      await inW1()
      const before = await dump(world().service.db)
      const response = await ask(entered)
      expect(response.status).toBe(422)
      const html = await response.text()
      expect(html).toContain(wordsIn('en')('form.errors'))
      expect(html).toContain('<a href="#email">')
      expect(html).toContain('aria-describedby="email-hint email-error" aria-invalid="true"')
      expect(html).not.toContain('<script')
      expect(formOf(html)).toEqual({ action: '/link?lang=en', fields: [['email', entered]] })
      expect(await dump(world().service.db)).toEqual(before)
    })

    test('a form without the field, with a file in it, or that is none is refused and does nothing', async () => {
      await inW1()
      const file = new FormData()
      file.set('email', new File([ANA], 'address.txt'))
      expect((await browse().post('/link', '')).status).toBe(422)
      expect((await browse().post('/link', file)).status).toBe(422)
      const boundless = { 'Content-Type': 'multipart/form-data' }
      expect((await browse().post('/link', 'email', boundless)).status).toBe(400)
      expect(await links()).toEqual([])
    })

    test('the page asks one thing, in both languages, and looking at it changes nothing', async () => {
      const before = await dump(world().service.db)
      const french = await (await browse().get('/link')).text()
      const english = await (await browse().get('/link', { 'Accept-Language': 'en' })).text()
      expect(french).toContain('<html lang="fr">')
      expect(french).toContain('<body class="answering">')
      expect(french).toContain('<a href="/link?lang=en" lang="en" hreflang="en">')
      expect(english).toBe(await (await browse().get('/link?lang=en')).text())
      expect(english).toContain('<html lang="en">')
      for (const html of [french, english]) {
        expect(html.match(/<(input|button|select|textarea)[ >]/g)).toEqual(['<input ', '<button '])
        expect(html).not.toContain('class="error')
      }
      expect(formOf(english)).toEqual({ action: '/link?lang=en', fields: [['email', '']] })
      expect((await browse().head('/link')).status).toBe(200)
      expect(await dump(world().service.db)).toEqual(before)
    })
  })

  describe('what is sent', () => {
    test('the message, read as it came, has the link that opens the questionnaire', async () => {
      const { service, smtp } = await inW1([{ langue: 'en', prenom: 'Zoé' }])
      await ask(ANA)
      expect(smtp.taken).toEqual([])
      await tick(service)
      const [message] = smtp.taken as [Taken]
      const [mailing] = await links()
      expect(mailing).toMatchObject({ kind: 'link', number: DAYS_SINCE_1970, sent_at: NIGHT, next_attempt_at: null })
      const readable = message.raw.replaceAll('=\r\n', '').replaceAll('=3D', '=')
      const addresses = new Set(readable.match(/https:\/\/retour\.example\/s\/rv1s_[\w-]{43}/g))
      expect(addresses.size).toBe(1)
      const browser = browse()
      expect((await browser.get(new URL([...addresses][0]!).pathname)).status).toBe(303)
      expect((await browser.get('/s')).status).toBe(200)

      const { subject, text = '', html = '' } = await PostalMime.parse(message.raw)
      expect(subject).toBe('The link you asked for')
      expect(text).toContain('“A month after return”')
      expect(html.match(/<a /g)).toHaveLength(4) // the one thing to do, its address, whom to ask, and the way out
      for (const version of [text, html]) {
        expect(version).toContain('Dear Zoé,')
        expect(version).toContain(wordsIn('en')('mail.stop'))
      }
      expect(headerOf(message, 'Message-ID')).toBe(`<${mailing!.id}.link.${DAYS_SINCE_1970}@retour.example>`)
      expect(headerOf(message, 'List-Unsubscribe')).toMatch(/^<https:\/\/retour\.example\/u\/rv1u_[\w-]{43}>, <mailto:/)
      expect(headerOf(message, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click')
      expect(service.logLines.join('')).not.toMatch(/@|rv1[su]_[\w-]{43}/)
    })

    test('twenty who ask at once on one day get one message, and one more the day after', async () => {
      const { service, smtp } = await inW1()
      const twenty = () => Promise.all(Array.from({ length: 20 }, () => ask(ANA)))
      const beat = () => Promise.all([tick(service), tick(service)])
      for (const response of await twenty()) expect(response.status).toBe(200)
      await beat()
      await twenty()
      await beat()
      expect(smtp.taken).toHaveLength(1)
      service.clock.jumpTo(IN_AN_HOUR_AND_A_HALF.subtract({ milliseconds: 1 })) // the last of the day, UTC
      await twenty()
      await beat()
      expect(smtp.taken).toHaveLength(1)
      service.clock.jumpTo(IN_AN_HOUR_AND_A_HALF)
      for (const response of await twenty()) expect(response.status).toBe(200)
      await beat()
      expect(smtp.taken).toHaveLength(2)
      expect((await links()).map(({ number }) => number).sort()).toEqual([DAYS_SINCE_1970, DAYS_SINCE_1970 + 1])
    })

    test('many who share an address get a link each, however many ask for it at once', async () => {
      const matricules = Array.from({ length: 40 }, (_, index) => `TEVO1-${String(index + 1).padStart(4, '0')}`)
      const { service, smtp } = await inW1(matricules.map((matricule) => ({ matricule })))
      const responses = await Promise.all(Array.from({ length: 20 }, () => ask(ANA)))
      expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
      await tick(service)
      expect(smtp.taken).toHaveLength(40)
      const opened = smtp.taken.map(({ raw }) => /rv1s_[\w-]{43}/.exec(raw.replaceAll('=\r\n', ''))?.[0])
      expect(new Set(opened).size).toBe(40)
    })

    test('it goes to the address on file, whichever of the two was typed', async () => {
      const { service, smtp } = await inW1([{ courriel: 'File@example.org', courriel_secondaire: 'old@example.org' }])
      await ask('OLD@example.org')
      await tick(service)
      expect(smtp.taken.map(({ recipients }) => recipients)).toEqual([['File@example.org']])
      expect(smtp.taken[0]!.raw).not.toContain('old@')
      await change("update identity.panel_member set email = 'new@example.org'")
      service.clock.jumpTo(IN_AN_HOUR_AND_A_HALF)
      await ask('file@example.org')
      expect(await links()).toHaveLength(1)
      await ask('new@example.org')
      await tick(service)
      expect(smtp.taken.map(({ recipients }) => recipients)).toEqual([['File@example.org'], ['new@example.org']])
    })

    test.each([
      ['answered', answered()],
      ['opted out', optedOut()],
      ['wave closed', closeUnits],
      ['no address', 'update identity.panel_member set email = null'],
    ])('nothing, once it is no longer for them, because: %s', async (because, meanwhile) => {
      const { service, smtp } = await inW1()
      await ask(ANA)
      await change(meanwhile)
      await sendAllDue(service)
      expect(smtp.taken).toEqual([])
      expect(await links()).toMatchObject([{ because, sent_at: null, next_attempt_at: null, claim: null }])
    })

    test('nothing after the field period, not even what was asked for in its last moment', async () => {
      const { service, smtp } = await inW1()
      service.clock.jumpTo(CLOSES.subtract({ milliseconds: 1 }))
      await ask(ANA)
      service.clock.jumpTo(CLOSES)
      await sendAllDue(service)
      expect(smtp.taken).toEqual([])
      expect(await links()).toMatchObject([{ because: 'closed', sent_at: null, next_attempt_at: null }])
    })

    test('after a refusal it is tried again, at night too, and arrives once', async () => {
      const { service, smtp } = await inW1()
      smtp.refuseRecipient = { code: 450, text: '4.2.1 come back later' }
      await ask(ANA)
      await sendAllDue(service)
      const [waiting] = await links()
      expect(NIGHT.until(waiting!.next_attempt_at!).total('minutes')).toBeLessThan(2)
      smtp.refuseRecipient = null
      service.clock.jumpTo(waiting!.next_attempt_at!)
      await sendAllDue(service)
      await sendAllDue(service)
      expect(smtp.taken).toHaveLength(1)
      expect(await links()).toMatchObject([{ attempts: 2, because: null, next_attempt_at: null }])
    })
  })

  describe('what it leaves alone', () => {
    /** Asks for a link at each of these instants, and answers all that was sent by the end, with its time. */
    async function sentWhenAsking(instants: readonly string[]) {
      const { service } = world()
      await enrol(service, [{}])
      const beats = ['15T10:00', '18T22:30', '19T09:00', '19T10:00', '26T10:00', '27T10:00']
      for (const at of beats.map((beat) => `2026-10-${beat}:00Z`)) {
        service.clock.jumpTo(Temporal.Instant.from(at))
        if (instants.includes(at)) await ask(ANA)
        await tick(service)
      }
      const sent = (await storedMailings(service)).sort((a, b) => Temporal.Instant.compare(a.sent_at!, b.sent_at!))
      const [w1] = await service.db.selectFrom('fieldwork.case').where('wave', '=', 'w1').selectAll().execute()
      return { planned: sent.filter(({ kind }) => kind !== LINK), asked: sent.filter(({ kind }) => kind === LINK), w1 }
    }

    test('the invitation and the reminders, which go as planned', async () => {
      const { planned, asked, w1 } = await sentWhenAsking([
        '2026-10-15T10:00:00Z',
        '2026-10-18T22:30:00Z',
        '2026-10-19T09:00:00Z',
      ])
      expect(asked.map(({ sent_at }) => sent_at!.toString())).toEqual([
        '2026-10-15T10:00:00Z',
        '2026-10-18T22:30:00Z',
        '2026-10-19T09:00:00Z',
      ])
      expect(planned.map(({ kind, number, sent_at }) => `${kind} ${number} ${sent_at}`)).toEqual([
        'invitation 1 2026-10-15T10:00:00Z',
        'reminder 1 2026-10-19T10:00:00Z',
        'reminder 2 2026-10-26T10:00:00Z',
      ])
      expect(w1).toMatchObject({ because: null, next_contact_at: Temporal.Instant.from('2026-11-05T10:00:00Z') })
    })

    test('the demonstration’s volunteers, who react to what they did not ask for', async () => {
      const { planned } = await sentWhenAsking(['2026-10-18T22:30:00Z'])
      const heardOf = await sentMailings(world().service.db, 'tevo', W1_OPENS.subtract({ hours: 1 }))
      expect(heardOf.map(({ sent_at, contact }) => `${contact} ${sent_at}`)).toEqual(
        planned.map(({ sent_at }, index) => `${index} ${sent_at}`),
      )
    })

    test('every other case of theirs', async () => {
      const { service } = await inW1()
      const waves = planOf(service, 'tevo').waves.map(({ wave }) => wave)
      const cases = () => service.db.selectFrom('fieldwork.case').selectAll().orderBy('wave').execute()
      const before = await cases()
      expect(before.map(({ wave }) => wave)).toEqual(waves)
      await askLink(service, ANA)
      await tick(service)
      expect(await cases()).toEqual(before)
      expect((await links()).map(({ case_id }) => case_id)).toEqual([before.find(({ wave }) => wave === 'w1')!.id])
    })
  })
})
