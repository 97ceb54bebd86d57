// Checks that a mail can be looked at as a member would get it, and sent to oneself, and that it opens and changes nothing.
import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { handOver, listenForCommands } from '../command-socket.ts'
import { runCommand } from '../commands.ts'
import { enrol } from '../testing.ts'
import { previewMail } from './preview-mail.actions.ts'
import { headerOf, onEachEngineWithMail, sendAllDue, type Taken, W1_OPENS } from './testing.ts'

const ASKED = { member: 'TEVO1-0001', wave: 'w1', kind: 'reminder', number: 2 }

onEachEngineWithMail((world) => {
  const preview = (input: object = {}) => runCommand(world().service, 'preview', { ...ASKED, ...input }, () => {})
  const refused = (line: string) => ({ ok: false, lines: [line] })

  describe('what is shown', () => {
    test('is the mail with the member’s name, language and dates', async () => {
      await enrol(world().service, [{ prenom: 'Zoé', langue: 'en' }])
      const { ok, lines, html } = await preview()
      expect(ok).toBe(true)
      expect(lines.slice(0, 3)).toEqual(['Subject: No two paths are alike: tell us about yours', '', 'Dear Zoé,'])
      expect(lines.join('\n')).toContain('Wednesday 25 November 2026')
      expect(html).toContain('Dear Zoé,')
      expect((await preview({ language: 'fr' })).lines).toContain('Bonjour Zoé,')
    })

    test('is, but for the links, the mail the member gets', async () => {
      const { service, smtp } = world()
      await enrol(service, [{}])
      service.clock.jumpTo(W1_OPENS)
      const shown = await previewMail(service, { ...ASKED, matricule: ASKED.member, kind: 'invitation', actor: 'test' })
      await sendAllDue(service)
      const { subject, text = '', html = '' } = await PostalMime.parse(smtp.taken[0]!.raw)
      if (!shown.ok) throw new Error(shown.because)
      const blurred = (written: string) => written.replaceAll(/\/([su])\/[\w-]+/g, '/$1/…').trim()
      expect(shown.subject).toBe(subject)
      expect(blurred(shown.text)).toBe(blurred(text.replaceAll('\r\n', '\n')))
      expect(blurred(shown.html)).toBe(blurred(html))
    })

    test('says when the next questionnaire comes, in the mails that speak of it', async () => {
      await enrol(world().service, [{}])
      expect((await preview({ kind: 'thanks' })).lines).toContain(
        'Le prochain questionnaire viendra autour du lundi 15 mars 2027.',
      )
      expect((await preview({ kind: 'contactUpdate', wave: 'w2' })).lines.join()).toContain('lundi 15 mars 2027')
      expect((await preview({ kind: 'thanks', wave: 'w5' })).lines.join()).not.toContain('autour du')
    })

    test('is of somebody invented where no member is named, whoever is enrolled', async () => {
      const { service } = world()
      const asked = { ...ASKED, programme: 'tevo', matricule: undefined, actor: 'test' }
      const [french, english] = [
        await previewMail(service, asked),
        await previewMail(service, { ...asked, language: 'en' }),
      ]
      await enrol(service, [{}])
      expect(await previewMail(service, asked)).toEqual(french)
      if (!french.ok || !english.ok) throw new Error('there is no preview')
      expect(french.text).toContain('Bonjour Camille,')
      expect(english.html).toContain('Dear Camille,')
      expect(english.text).toContain('Wednesday 11 November 2026')
    })

    test('can be every kind of mail', async () => {
      const { service } = world()
      await enrol(service, [{}])
      const subjects = new Set<string>()
      for (const kind of Object.keys(service.mailTexts)) subjects.add((await preview({ kind })).lines[0]!)
      expect(subjects.size).toBe(7)
    })

    test('comes whole from a server that runs', async () => {
      const { service } = world()
      await enrol(service, [{}])
      const server = await listenForCommands(service, Promise.resolve())
      const result = await handOver(service.folder, 'preview', { ...ASKED, to: undefined }, () => {})
      server.close().closeAllConnections()
      expect(result).toEqual(await preview())
      expect(result!.html).toContain('Bonjour Ana,')
    })

    test('is read, and nothing is written', async () => {
      const { service } = world()
      await enrol(service, [{}])
      const outcome = await service.db
        .transaction()
        .setAccessMode('read only')
        .execute((db) => previewMail({ ...service, db }, { ...ASKED, matricule: ASKED.member, actor: 'test' }))
      expect(outcome.ok).toBe(true)
      expect(await service.db.selectFrom('access.personal_link').selectAll().execute()).toEqual([])
    })
  })

  test('its links open nothing and stop nothing, even once the real ones do', async () => {
    const { service, smtp } = world()
    await enrol(service, [{}])
    service.clock.jumpTo(W1_OPENS)
    await sendAllDue(service)
    const { lines, html = '' } = await preview({ to: 'me@example.org' })
    const links = `${lines.join('\n')}${html}${smtp.taken[1]!.raw}`
    expect(links).not.toMatch(/rv1/)
    const [survey, stop] = ['s', 'u'].map((kind) => {
      const [address] = new RegExp(`https://retour\\.example/${kind}/[\\w-]+`).exec(lines.join('\n'))!
      return new URL(address).pathname
    })
    expect(survey).toContain('apercu')
    const app = createApp(service)
    const opened = await app.request(survey!)
    expect([opened.status, opened.headers.get('Set-Cookie')]).toEqual([404, null])
    const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' })
    await app.request(stop!, { method: 'POST', body })
    const { opted_out_at } = await service.db
      .selectFrom('identity.panel_member')
      .select('opted_out_at')
      .executeTakeFirstOrThrow()
    expect(opted_out_at).toBeNull()
  })

  describe('a test mail', () => {
    test('goes to oneself, exactly as shown, with nothing that stops the member’s mail', async () => {
      const { service, smtp } = world()
      await enrol(service, [{}])
      const shown = await preview()
      const sent = await preview({ to: 'me@example.org' })
      expect(sent).toEqual({ ...shown, lines: [...shown.lines, 'Sent to me@example.org.'] })
      const [message] = smtp.taken as [Taken]
      expect(smtp.taken).toHaveLength(1)
      expect(message.recipients).toEqual(['me@example.org'])
      expect(message.raw).not.toMatch(/List-|ana@example/)
      expect(headerOf(message, 'Auto-Submitted')).toBe('auto-generated')
      const { subject, text = '', html = '' } = await PostalMime.parse(message.raw)
      expect(`Subject: ${subject}`).toBe(shown.lines[0])
      expect(text.trim().split(/\r?\n/)).toEqual(shown.lines.slice(2))
      expect(html.trim()).toBe(shown.html)
    })

    test('is remembered without its address, and nothing else is written', async () => {
      const { service } = world()
      await enrol(service, [{}])
      const { id } = await service.db.selectFrom('identity.panel_member').select('id').executeTakeFirstOrThrow()
      await preview({ to: 'me@example.org' })
      const events = await service.db
        .selectFrom('audit.event')
        .selectAll()
        .where('actor', '=', 'command line')
        .execute()
      expect(events).toMatchObject([
        {
          action: 'test mail sent',
          subject: id,
          detail: { kind: 'reminder', number: 2, wave: 'w1', language: 'fr' },
        },
      ])
      expect(JSON.stringify(events)).not.toContain('@')
      expect(service.logLines.join('')).not.toContain('@')
      expect(await service.db.selectFrom('fieldwork.mailing').selectAll().execute()).toEqual([])
      expect(await service.db.selectFrom('access.personal_link').selectAll().execute()).toEqual([])
    })

    test('of somebody invented is remembered by its wave', async () => {
      const { service, smtp } = world()
      const asked = { ...ASKED, programme: 'tevo', matricule: undefined, actor: 'test' }
      await previewMail(service, { ...asked, to: 'me@example.org' })
      expect(smtp.taken).toHaveLength(1)
      const events = await service.db.selectFrom('audit.event').select(['action', 'subject']).execute()
      expect(events).toEqual([{ action: 'test mail sent', subject: 'tevo/w1' }])
    })

    test('that the server does not take is told, and not remembered', async () => {
      const { service, smtp } = world()
      await enrol(service, [{}])
      smtp.refuseRecipient = { code: 550, text: '5.1.1 no such mailbox' }
      expect(await preview({ to: 'me@example.org' })).toMatchObject({
        ok: false,
        lines: [expect.stringMatching(/^The mail server did not take it \(550/)],
      })
      const events = await service.db.selectFrom('audit.event').where('action', '=', 'test mail sent').execute()
      expect(events).toEqual([])
    })

    test.each(['me', 'me@example.org, you@example.org', 'me@example.org\r\nBcc: you@example.org', ''])(
      'does not go to %j',
      async (to) => {
        await enrol(world().service, [{}])
        expect(await preview({ to })).toEqual(refused('What --to has is not one e-mail address.'))
        expect(world().smtp.taken).toEqual([])
      },
    )
  })

  describe('what is wrong is named', () => {
    test.each([
      ['a member nobody knows', { member: 'TEVO1-9999' }, 'Nobody in the programme has this matricule.'],
      ['a wave that is none', { wave: 'w9' }, 'There is no such wave. There is: w0, w1, w2, w3, w4, w5.'],
      [
        'a kind that is none',
        { kind: 'constructor' },
        'There is no such kind of mail. There is: invitation, reminder, resume, lastCall, link, thanks, contactUpdate.',
      ],
      ['a programme that is none', { programme: 'demo' }, 'There is no such programme. There is: tevo.'],
    ])('%s', async (_, input, line) => {
      await enrol(world().service, [{}])
      expect(await preview(input)).toEqual(refused(line))
    })

    test('a wave without an instrument, and one that is not planned for the member', async () => {
      const { service } = world()
      await enrol(service, [{}])
      const bank = {
        ...service.bank,
        instruments: new Map([...service.bank.instruments].filter(([name]) => name !== 'w1')),
      }
      expect(await runCommand({ ...service, bank }, 'preview', ASKED, () => {})).toEqual(
        refused('The wave has no instrument yet: nothing is sent about it.'),
      )
      await service.db.deleteFrom('fieldwork.case').where('wave', '=', 'w1').execute()
      expect(await preview()).toEqual(refused('This wave is not planned for this member.'))
    })

    test('which of several programmes', async () => {
      const { service } = world()
      const programmes = [...service.frame.programmes, { ...service.frame.programmes[0]!, programme: 'other' }]
      const deps = { ...service, frame: { ...service.frame, programmes } }
      expect(await runCommand(deps, 'preview', ASKED, () => {})).toEqual(
        refused('Say which programme with --programme: tevo, other.'),
      )
    })
  })
})
