// What is owed is sent, through a real SMTP server: once, as it should be, and not at all when it should not be.
import { sql } from 'kysely'
import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { isBefore, systemClock } from '../platform/clock.ts'
import { readConfig } from '../platform/config.ts'
import { openServer } from '../platform/database.ts'
import { longestConversation, type Mailer, smtpMailer } from '../platform/mailer.ts'
import { enrol } from '../testing.ts'
import { tick } from '../tick.ts'
import { sendNextMailing } from './send-mailing.actions.ts'
import {
  enrolMany,
  headerOf,
  onEachEngineWithMail,
  oweAllDue,
  type Refusal,
  sendAllDue,
  startSmtp,
  storedMailings,
  type Taken,
  W1_OPENS,
} from './testing.ts'

const DAY = { hours: 24 }

onEachEngineWithMail((world) => {
  /** So many members who are owed an invitation that has not been sent. */
  async function owed(count = 1) {
    const { service } = world()
    await enrolMany(service, count)
    service.clock.jumpTo(W1_OPENS)
    await oweAllDue(service)
    return world()
  }
  const onlyMailing = async () => {
    const mailings = await storedMailings(world().service)
    expect(mailings).toHaveLength(1)
    return mailings[0]!
  }

  describe('what arrives', () => {
    test('every invitation that is due arrives once, at one address, and is marked sent', async () => {
      const { service, smtp } = await owed(12)
      await sendAllDue(service)
      await sendAllDue(service)
      const addresses = Array.from({ length: 12 }, (_, index) => [`v${index + 1}@example.org`])
      expect(smtp.taken.map(({ recipients }) => recipients).sort()).toEqual(addresses.sort())
      const mailings = await storedMailings(service)
      expect(mailings.every(({ sent_at }) => sent_at?.equals(W1_OPENS))).toBe(true)
      expect(mailings.every(({ claim, next_attempt_at }) => claim === null && next_attempt_at === null)).toBe(true)
    })

    test('the headers are what mail programs and mailbox providers ask for', async () => {
      const { service, smtp } = await owed()
      service.clock.jumpTo(W1_OPENS.add({ minutes: 7 }))
      await sendAllDue(service)
      const [message] = smtp.taken as [Taken]
      const { id } = await onlyMailing()
      expect(message.from).toBe('suivi@retour.example')
      expect(headerOf(message, 'Message-ID')).toBe(`<${id}.invitation.1@retour.example>`)
      expect(headerOf(message, 'Date')).toBe('Thu, 15 Oct 2026 10:00:00 +0000')
      expect(headerOf(message, 'Reply-To')).toContain('<suivi@retour.example>')
      expect(headerOf(message, 'To')).toBe('v1@example.org')
      expect(headerOf(message, 'List-Unsubscribe')).toMatch(
        /^<https:\/\/retour\.example\/u\/rv1u_[\w-]{43}>, <mailto:suivi@retour\.example\?subject=stop>$/,
      )
      expect(headerOf(message, 'List-Unsubscribe-Post')).toBe('List-Unsubscribe=One-Click')
      expect(headerOf(message, 'List-Id')).toBe('<tevo.retour.retour.example>')
      expect(headerOf(message, 'Auto-Submitted')).toBe('auto-generated')
      expect(headerOf(message, 'Cc') ?? headerOf(message, 'Bcc')).toBeUndefined()
    })

    test.each([
      { langue: 'fr', greeting: 'Bonjour Zoé,', stop: 'Ne plus recevoir ces courriels' },
      { langue: 'en', greeting: 'Dear Zoé,', stop: 'Stop these e-mails' },
    ])('an invitation and its reminders are whole, short and plain in $langue', async ({ langue, greeting, stop }) => {
      const { service, smtp } = world()
      await enrol(service, [{ langue, prenom: 'Zoé' }])
      for (const days of [0, 4, 11]) {
        service.clock.jumpTo(W1_OPENS.add({ hours: 24 * days }))
        await sendAllDue(service)
      }
      const subjects = new Set<string>()
      for (const message of smtp.taken) {
        const { subject = '', text = '', html = '' } = await PostalMime.parse(message.raw)
        subjects.add(subject)
        expect(subject.length).toBeLessThanOrEqual(55)
        const link = /https:\/\/retour\.example\/s\/rv1s_[\w-]{43}/.exec(text)?.[0]
        expect(link).toBeDefined()
        expect(html).toContain(`href="${link}"`)
        for (const version of [text, html]) {
          expect(version).toContain(greeting)
          expect(version).toContain(stop)
          expect(version).toMatch(/https:\/\/retour\.example\/u\/rv1u_/)
        }
        expect(html).toContain(`<html lang="${langue}">`)
        expect(html).not.toMatch(/<img|<script|<link|url\(/i)
        expect(Buffer.byteLength(message.raw)).toBeLessThan(30 * 1024)
      }
      expect(subjects.size).toBe(3)
    })

    test('a name with markup in it is only a name', async () => {
      const { service, smtp } = world()
      await enrol(service, [{ prenom: '<b>Ana</b> & "co"' }])
      service.clock.jumpTo(W1_OPENS)
      await sendAllDue(service)
      const { text, html } = await PostalMime.parse(smtp.taken[0]!.raw)
      expect(text).toContain('Bonjour <b>Ana</b> & "co",')
      expect(html).toContain('&lt;b&gt;Ana&lt;/b&gt;')
      expect(html).not.toContain('<b>')
    })

    test('the link opens the questionnaire, and reading a page of the mail changes nothing', async () => {
      const { service, smtp } = await owed()
      await sendAllDue(service)
      const { text = '' } = await PostalMime.parse(smtp.taken[0]!.raw)
      const app = createApp(service)
      const opened = await app.request(pathIn(text, 's'))
      expect(opened.status).toBe(303)
      const cookie = opened.headers.get('Set-Cookie')!.split(';')[0]!
      const page = await app.request(opened.headers.get('Location')!, { headers: { Cookie: cookie } })
      expect(page.status).toBe(200)
      expect(await page.text()).toContain('Retour')
      const cases = await service.db.selectFrom('fieldwork.case').select('started_on').execute()
      expect(cases.every(({ started_on }) => started_on === null)).toBe(true)
    })

    test('a reminder carries the same link as the invitation', async () => {
      const { service, smtp } = await owed()
      await sendAllDue(service)
      service.clock.jumpTo(W1_OPENS.add({ hours: 24 * 4 }))
      await sendAllDue(service)
      const texts = await Promise.all(smtp.taken.map(async ({ raw }) => (await PostalMime.parse(raw)).text ?? ''))
      expect(texts).toHaveLength(2)
      expect(pathIn(texts[0]!, 's')).toBe(pathIn(texts[1]!, 's'))
    })

    test('one click on “no more mail” ends it, and nothing says whose address it was', async () => {
      const { service, smtp } = await owed()
      await sendAllDue(service)
      const address = new URL(/<(https:[^>]+)>/.exec(headerOf(smtp.taken[0]!, 'List-Unsubscribe')!)![1]!).pathname
      const app = createApp(service)
      expect((await app.request(address)).status).toBe(200)
      expect((await app.request(address, { method: 'HEAD' })).status).toBe(200)
      const stopped = () =>
        service.db.selectFrom('identity.panel_member').select('opted_out_at').executeTakeFirstOrThrow()
      expect((await stopped()).opted_out_at).toBeNull()
      const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' })
      expect((await app.request(address, { method: 'POST', body })).status).toBe(200)
      expect((await stopped()).opted_out_at).not.toBeNull()
      service.clock.jumpTo(W1_OPENS.add({ hours: 24 * 4 }))
      await sendAllDue(service)
      expect(smtp.taken).toHaveLength(1)
      expect(service.logLines.join('')).not.toMatch(/@|rv1[su]_[\w-]{43}/)
    })
  })

  describe('what has changed since it was planned', () => {
    test.each([
      ['answered', 'update fieldwork.case set submitted_on = opens_on'],
      ['opted out', "update identity.panel_member set opted_out_at = '2026-10-15T10:00:00Z'"],
      ['no address', 'update identity.panel_member set email = null'],
    ])('nothing is sent, because: %s', async (because, change) => {
      const { service, smtp } = await owed()
      await sql.raw(change).execute(service.db)
      await sendAllDue(service)
      expect(smtp.taken).toEqual([])
      expect(await onlyMailing()).toMatchObject({ because, sent_at: null, next_attempt_at: null, claim: null })
    })

    test('nothing is sent once the field period is over', async () => {
      const { service, smtp } = await owed()
      service.clock.jumpTo(Temporal.Instant.from('2026-11-26T00:00:00Z'))
      await sendAllDue(service)
      expect(smtp.taken).toEqual([])
      expect(await onlyMailing()).toMatchObject({ because: 'closed', sent_at: null, next_attempt_at: null })
    })

    test('nothing is sent in the night: it waits for eight in the morning where the member is', async () => {
      const { service, smtp } = await owed()
      service.clock.jumpTo(Temporal.Instant.from('2026-10-15T20:00:00Z'))
      await sendAllDue(service)
      expect(smtp.taken).toEqual([])
      expect((await onlyMailing()).next_attempt_at?.toString()).toBe('2026-10-16T08:00:00Z')
      service.clock.jumpTo(Temporal.Instant.from('2026-10-16T08:00:00Z'))
      await sendAllDue(service)
      expect(smtp.taken).toHaveLength(1)
    })

    test('a corrected address is the one it goes to', async () => {
      const { service, smtp } = await owed()
      await service.db.updateTable('identity.panel_member').set({ email: 'new@example.org' }).execute()
      await sendAllDue(service)
      expect(smtp.taken.map(({ recipients }) => recipients)).toEqual([['new@example.org']])
    })
  })

  describe('when the server says no', () => {
    test('a temporary refusal is tried again, after longer and longer, and arrives once in the end', async () => {
      const { service, smtp } = await owed()
      smtp.refuseRecipient = { code: 450, text: '4.2.1 come back later' }
      const waits: number[] = []
      for (let attempt = 1; attempt <= 5; attempt++) {
        await sendAllDue(service)
        const { next_attempt_at: again, attempts, sent_at } = await onlyMailing()
        expect({ attempts, sent_at }).toEqual({ attempts: attempt, sent_at: null })
        waits.push(service.clock.now().until(again!).total('minutes'))
        service.clock.jumpTo(again!)
      }
      expect(waits.map(Math.round)).toEqual(waits.map(Math.round).sort((a, b) => a - b))
      expect(waits[4]!).toBeGreaterThan(100 * waits[0]!)
      expect(smtp.taken).toEqual([])
      smtp.refuseRecipient = null
      await sendAllDue(service)
      await sendAllDue(service)
      expect(smtp.taken).toHaveLength(1)
      expect(headerOf(smtp.taken[0]!, 'Date')).toBe('Thu, 15 Oct 2026 10:00:00 +0000')
    })

    test('an address that does not exist is given up at once, and the others get their mail', async () => {
      const { service, smtp } = await owed(3)
      smtp.refuseRecipient = { code: 550, text: '5.1.1 no such mailbox' }
      await sendNextMailing(service)
      smtp.refuseRecipient = null
      await sendAllDue(service)
      const mailings = await storedMailings(service)
      expect(mailings.map(({ because }) => because)).toEqual(['address refused', null, null])
      expect(mailings[0]).toMatchObject({ sent_at: null, next_attempt_at: null, claim: null })
      expect(smtp.taken).toHaveLength(2)
    })

    test.each<[string, 'refuseRecipient' | 'refuseMessage', Refusal]>([
      ['the mailbox is full', 'refuseRecipient', { code: 552, text: '5.2.2 mailbox full' }],
      ['the relay does not know us', 'refuseRecipient', { code: 554, text: '5.7.1 relay access denied' }],
      ['our own address is the trouble', 'refuseRecipient', { code: 550, text: '5.1.8 sender domain not found' }],
      ['the relay wants a password', 'refuseRecipient', { code: 530, text: 'authentication required' }],
      ['the message is taken for spam', 'refuseMessage', { code: 554, text: '5.7.1 looks like spam' }],
      ['the message is refused for a while', 'refuseMessage', { code: 451, text: '4.3.0 try again' }],
    ])('nobody is given up because %s', async (_, stage, refusal) => {
      const { service, smtp } = await owed()
      smtp[stage] = refusal
      await sendAllDue(service)
      const mailing = await onlyMailing()
      expect(mailing).toMatchObject({ because: null, sent_at: null, claim: null })
      smtp[stage] = null
      // Where the whole server would not have us it is left in peace, and the message is still the first in line.
      const rested = W1_OPENS.add({ minutes: 1 })
      service.clock.jumpTo(isBefore(mailing.next_attempt_at!, rested) ? rested : mailing.next_attempt_at!)
      await sendAllDue(service)
      expect(smtp.taken).toHaveLength(1)
    })

    test('after three days of refusals it is given up, with a reason', async () => {
      const { service, smtp } = await owed()
      smtp.refuseRecipient = { code: 450, text: '4.2.1 come back later' }
      let tries = 0
      for (let next = await onlyMailing(); next.next_attempt_at !== null; next = await onlyMailing(), tries++) {
        expect(tries).toBeLessThan(20)
        service.clock.jumpTo(next.next_attempt_at)
        await sendNextMailing(service)
      }
      expect(await onlyMailing()).toMatchObject({ because: 'not delivered', sent_at: null })
      const spent = W1_OPENS.until(service.clock.now()).total('hours')
      expect(spent).toBeGreaterThan(36)
      expect(spent).toBeLessThan(72)
    })

    test('nobody is written to again within a day of a message that was given up', async () => {
      const { service, smtp } = await owed()
      const reminderDue = W1_OPENS.add({ hours: 24 * 4 })
      service.clock.jumpTo(reminderDue)
      smtp.refuseRecipient = { code: 452, text: '4.2.2 mailbox full' }
      await sendNextMailing(service)
      expect(await onlyMailing()).toMatchObject({ kind: 'invitation', because: 'not delivered', sent_at: null })
      smtp.refuseRecipient = null
      service.clock.jumpTo(reminderDue.add({ hours: 23 }))
      await sendAllDue(service)
      expect(smtp.taken).toEqual([])
      service.clock.jumpTo(reminderDue.add({ hours: 24 }))
      await sendAllDue(service)
      expect((await storedMailings(service)).map(({ kind, sent_at }) => [kind, sent_at?.toString()])).toEqual([
        ['invitation', undefined],
        ['reminder', reminderDue.add({ hours: 24 }).toString()],
      ])
    })

    test('while the server is down nothing is lost, and when it is back each message arrives once', async () => {
      const { service, smtp } = await owed(3)
      const port = Number(new URL(smtp.url).port)
      await sendNextMailing(service)
      await smtp.stop()
      await sendAllDue(service)
      const waiting = (await storedMailings(service)).filter(({ sent_at }) => sent_at === null)
      expect(waiting.map(({ because }) => because)).toEqual([null, null])
      const back = await startSmtp(port)
      service.clock.jumpTo(W1_OPENS.add({ minutes: 2 }))
      await sendAllDue(service)
      await sendAllDue(service)
      expect([...smtp.taken, ...back.taken].flatMap(({ recipients }) => recipients).sort()).toEqual([
        'v1@example.org',
        'v2@example.org',
        'v3@example.org',
      ])
      service.mailer.close()
      await back.stop()
    })

    test.each([
      'v@example.org, attacker@evil.example',
      'v@example.org,attacker@evil.example',
      'v@example.org; attacker@evil.example',
      'v@example.org\r\nRCPT TO:<attacker@evil.example>',
      'v@example.org>\r\nRCPT TO:<attacker@evil.example',
      'v@example.org\r\nBcc: attacker@evil.example',
      'group: v@example.org, attacker@evil.example;',
      '"v@example.org" <attacker@evil.example>',
      'attacker@evil.example (v@example.org)',
    ])('whatever is stored as an address, nobody else gets the mail: %j', async (email) => {
      const { service, smtp } = await owed()
      await service.db.updateTable('identity.panel_member').set({ email }).execute()
      await sendAllDue(service)
      expect(smtp.taken).toEqual([])
      expect(await onlyMailing()).toMatchObject({ because: 'address refused', next_attempt_at: null })
    })

    test('a mailing that cannot even be written does not keep the others from being sent', async () => {
      const { service, smtp } = await owed(8)
      const broken = (await storedMailings(service)).slice(0, 6)
      for (const { id } of broken)
        await service.db.updateTable('fieldwork.mailing').set({ kind: 'wordless' }).where('id', '=', id).execute()
      await sendAllDue(service)
      expect(smtp.taken).toHaveLength(2)
      const put = (await storedMailings(service)).slice(0, 6)
      expect(put.every(({ next_attempt_at, claim }) => next_attempt_at !== null && claim === null)).toBe(true)
      expect(service.logLines.join('')).toContain('a mailing could not be written')
    })
  })

  describe('a beat of the service', () => {
    test('plans, decides and sends all that is due, and done again, or twice at once, sends nothing twice', async () => {
      const { service, smtp } = world()
      await enrolMany(service, 5)
      service.clock.jumpTo(W1_OPENS)
      await tick(service)
      expect(smtp.taken).toHaveLength(5)
      await Promise.all([tick(service), tick(service)])
      expect(smtp.taken).toHaveLength(5)
      service.clock.jumpTo(W1_OPENS.add({ hours: 24 * 4 }))
      await Promise.all([tick(service), tick(service), tick(service)])
      expect(smtp.taken).toHaveLength(10)
    })

    test('stops between any two messages when it is told to', async () => {
      const { service, smtp } = await owed(5)
      const config = { ...service.config, mail: { ...service.config.mail, senders: 1 } }
      await tick({ ...service, config }, () => smtp.taken.length >= 2)
      expect(smtp.taken).toHaveLength(2)
      expect((await storedMailings(service)).filter(({ sent_at }) => sent_at !== null)).toHaveLength(2)
    })

    test('outlives a database that does not answer, and says so', async () => {
      const { service, smtp } = await owed()
      const db = service.db.withPlugin({
        transformQuery() {
          throw new Error('connection lost')
        },
        transformResult: async ({ result }) => result,
      })
      await tick({ ...service, db, clock: systemClock })
      expect(smtp.taken).toEqual([])
      expect(service.logLines.join('')).toContain('connection lost')
    })
  })

  describe('whoever crashes or comes second', () => {
    /** As a process that dies after the server has taken the message and before that is written down. */
    const dyingMailer = (mailer: Mailer): Mailer => ({
      close: () => mailer.close(),
      async send(message) {
        await mailer.send(message)
        throw new Error('the process died here')
      },
    })

    test('a crash between sending and marking costs one copy, after the lease, under the same Message-ID', async () => {
      const { service, smtp } = await owed()
      await expect(sendNextMailing({ ...service, mailer: dyingMailer(service.mailer) })).rejects.toThrow('died here')
      expect(smtp.taken).toHaveLength(1)

      const lease = { milliseconds: service.config.mail.lease }
      service.clock.jumpTo(W1_OPENS.add(lease).subtract({ milliseconds: 1 }))
      expect(await sendNextMailing(service)).toBe(false)
      service.clock.jumpTo(W1_OPENS.add(lease).add({ milliseconds: 1 }))
      await sendAllDue(service)
      service.clock.jumpTo(W1_OPENS.add(DAY))
      await sendAllDue(service)
      expect(smtp.taken).toHaveLength(2)
      const [first, second] = smtp.taken as [Taken, Taken]
      expect(headerOf(second, 'Message-ID')).toBe(headerOf(first, 'Message-ID'))
      expect(second.raw).toBe(first.raw)
    })

    test('a sender whose lease has run out cannot undo what the next one did', async () => {
      const { service, smtp } = await owed()
      const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
      const { promise: started, resolve: start } = Promise.withResolvers<void>()
      const slow: Mailer = {
        close: () => {},
        async send() {
          start()
          await finished
          return { ok: false, because: 'later', code: 'ETIMEDOUT' }
        },
      }
      const first = sendNextMailing({ ...service, mailer: slow })
      await started
      service.clock.jumpTo(W1_OPENS.add({ milliseconds: service.config.mail.lease + 1_000 }))
      await sendAllDue(service)
      finish()
      await first
      expect(smtp.taken).toHaveLength(1)
      expect(await onlyMailing()).toMatchObject({ next_attempt_at: null, claim: null, because: null })
      expect((await onlyMailing()).sent_at).not.toBeNull()
    })

    test('two senders at once send sixty mailings once each', async () => {
      const { service, smtp } = await owed(60)
      const other = service.database.url ? openServer(service.database.url) : null
      const mailer = smtpMailer(smtp.url)
      const drain = async (sender: typeof service) => {
        let sent = 0
        while (await sendNextMailing(sender)) sent++
        return sent
      }
      const shares = await Promise.all([drain(service), drain({ ...service, db: other?.db ?? service.db, mailer })])
      mailer.close()
      await other?.close()
      expect(Math.min(...shares)).toBeGreaterThan(0)
      expect(smtp.taken).toHaveLength(60)
      expect(new Set(smtp.taken.map((message) => headerOf(message, 'Message-ID'))).size).toBe(60)
      expect(new Set(smtp.taken.flatMap(({ recipients }) => recipients)).size).toBe(60)
      expect((await storedMailings(service)).every(({ sent_at, attempts }) => sent_at && attempts === 1)).toBe(true)
    })
  })
})

const pathIn = (text: string, kind: 's' | 'u'): string =>
  new URL(new RegExp(`https://retour\\.example/${kind}/\\S+`).exec(text)![0]).pathname

test('with the settings as they come, a claim outlives the longest conversation with an SMTP server', () => {
  const { MAIL_LEASE, SMTP_TIMEOUT } = { MAIL_LEASE: 300_000, SMTP_TIMEOUT: 20_000 }
  const read = readConfig({}, { demonstration: true })
  if (!read.ok) expect.fail(read.problems.join(' '))
  expect(read.config.mail).toMatchObject({ lease: MAIL_LEASE, timeout: SMTP_TIMEOUT })
  for (const url of ['smtps://retour:secret@mail.example.org', 'smtp://mail.example.org', 'smtp://127.0.0.1:25'])
    expect(longestConversation(url, SMTP_TIMEOUT)).toBeLessThan(MAIL_LEASE)
})
