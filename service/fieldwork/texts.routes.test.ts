// What the mails of a programme say, changed in a browser: who may, what is refused, what is saved, and what goes out then.
import type { Hono } from 'hono'
import { sql } from 'kysely'
import PostalMime from 'postal-mime'
import { beforeEach, describe, expect, test } from 'vitest'
import { staffDoor } from '../access/guard.routes.tsx'
import type { Grant } from '../access/roles.ts'
import { signInRoutes } from '../access/sign-in.routes.tsx'
import { formOf, SAM, signInAs } from '../access/testing-staff.ts'
import { previewMail } from '../mailings/preview-mail.actions.ts'
import { sendNextMailing } from '../mailings/send-mailing.actions.ts'
import { onEachEngineWithMail, oweAllDue, sendAllDue, W1_OPENS } from '../mailings/testing.ts'
import { importRegister } from '../panel/import-register.actions.ts'
import { storeProgrammes } from '../panel/programmes.queries.ts'
import { openServer } from '../platform/database.ts'
import { createWeb, type Web } from '../platform/http.tsx'
import { enrol, registerOf, type TestService } from '../testing.ts'
import { tick } from '../tick.ts'
import { mailTextsOf } from '../waves/deps.ts'
import { planNextMembers } from '../waves/plan-members.actions.ts'
import { saveText } from './save-texts.actions.ts'
import { enteredFrom } from './text-form.ts'
import { textRoutes } from './texts.routes.tsx'

const TEXTS = '/staff/programmes/tevo/texts'
const METHODOLOGIST: Grant[] = [{ role: 'methodologist', programme: 'tevo' }]
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
const SUBJECTS = { 'subject.fr': 'Un mot sur votre retour', 'subject.en': 'A word about your return' }

onEachEngineWithMail((world) => {
  let service: TestService
  let app: Hono<Web>
  let cookie: string

  beforeEach(async () => {
    const { frame } = world().service
    const [tevo] = frame.programmes
    const programmes = [tevo!, { ...tevo!, programme: 'other', cohorts: { ...tevo!.cohorts, phases: [] } }]
    service = Object.assign(world().service, { frame: { ...frame, programmes } })
    await storeProgrammes(service.db, programmes)
    await sql`truncate fieldwork.mail_text, access.staff, access.staff_role, access.session, access.sign_in_link`.execute(
      service.db,
    )
    service.programmeTexts.clear()
    app = webOf(service)
    cookie = await signInAs(app, service, METHODOLOGIST)
  })

  const webOf = (deps: TestService): Hono<Web> => {
    const web = createWeb(deps.log)
    web.route('/', staffDoor(deps))
    web.route('/', signInRoutes(deps))
    web.route('/', textRoutes(deps))
    return web
  }

  /** What a page says, as a browser is told. */
  async function open(path: string, as = cookie) {
    const answer = await app.request(path, { headers: { cookie: as } })
    return { status: answer.status, headers: answer.headers, html: await answer.text() }
  }

  /** Sends the form of a mail, with what is in force but for what is given. */
  async function send(mail: string, step: string, given: Record<string, string> = {}, as = cookie) {
    const kind = mail.split('-')[0] as 'thanks'
    const texts = mailTextsOf(service, 'tevo')
    const text = kind === ('reminder' as string) ? texts.reminder[Number(mail.split('-')[1]) - 1]! : texts[kind]
    const base = String(service.programmeTexts.get('tevo')?.version ?? 0)
    const fields = { base, ...enteredFrom(text ?? texts.invitation), ...given } as Record<string, string>
    const answer = await app.request(`${TEXTS}/${mail}/${step}`, formOf(fields, as))
    return { status: answer.status, headers: answer.headers, html: await answer.text() }
  }

  const save = (mail: string, given: Record<string, string>, as = cookie) =>
    send(mail, 'save', { confirm: 'yes', ...given }, as)
  const stored = () => service.db.selectFrom('fieldwork.mail_text').selectAll().orderBy('version').execute()
  const events = () =>
    service.db.selectFrom('audit.event').selectAll().where('action', '=', 'mail text saved').orderBy('seq').execute()
  const sent = () => Promise.all(world().smtp.taken.map(({ raw }) => PostalMime.parse(raw)))

  describe('is refused', () => {
    test('to whoever is not signed in, and to whoever may only look', async () => {
      const watcher = await signInAs(app, service, [{ role: 'data-protection', programme: 'tevo' }], 'w@example.org')
      expect((await open(TEXTS, '')).status).toBe(401)
      expect((await save('thanks', SUBJECTS, '')).status).toBe(401)
      expect((await open(`${TEXTS}/thanks`, watcher)).html).not.toContain('<textarea')
      for (const step of ['preview', 'preview.html', 'save'])
        expect((await send('thanks', step, { ...SUBJECTS, confirm: 'yes' }, watcher)).status).toBe(403)
      expect(await stored()).toEqual([])
    })

    test('to a researcher, and to whoever works in another programme', async () => {
      const researcher = await signInAs(app, service, [{ role: 'researcher', programme: 'tevo' }], 'r@example.org')
      const stranger = await signInAs(app, service, [{ role: 'fieldwork', programme: 'other' }], 's@example.org')
      expect((await open(TEXTS, researcher)).status).toBe(403)
      expect((await open(TEXTS, stranger)).status).toBe(404)
      expect((await save('thanks', SUBJECTS, stranger)).status).toBe(404)
    })

    test('for a mail, a version or a form that there is not', async () => {
      for (const mail of ['birthday', 'reminder', 'reminder-9', 'constructor', '__proto__', 'reminder-0']) {
        expect((await open(`${TEXTS}/${mail}`)).status).toBe(404)
        expect((await save(mail, SUBJECTS)).status).toBe(404)
      }
      for (const version of ['1', '0', 'x', '1e0']) {
        expect((await open(`${TEXTS}/thanks/versions/${version}`)).status).toBe(404)
      }
      expect((await save('thanks', { ...SUBJECTS, base: 'x' })).status).toBe(400)
      expect((await save('thanks', { ...SUBJECTS, base: '-1' })).status).toBe(400)
      expect(await stored()).toEqual([])
    })

    test.each([
      ['markup', 'subject.fr', '<script>alert(1)</script>', 'Du texte simple'],
      ['a template', 'preheader.fr', `Bonjour \${7*7}`, 'Une accolade'],
      ['a value that cannot stand there', 'subject.fr', '{name}', 'est pas une valeur qui peut figurer ici'],
      ['a line that ends where nobody sees it', 'text.fr', 'Merci.\u2028Bcc: a', 'signe invisible'],
      ['a sign that turns the line round', 'subject.fr', 'Votre \u202esruocrap', 'signe invisible'],
      ['a mark that writes from right to left', 'text.fr', 'Votre \u200fparcours', 'signe invisible'],
      ['a header', 'subject.fr', 'Bonjour\r\nBcc: a', 'retour à la ligne'],
      ['a sign that no database keeps', 'subject.fr', 'Bonjour\u0000', 'signe invisible'],
      ['an address of a page', 'text.fr', 'Voyez https://evil.example/', 'adresse de page'],
      ['nothing', 'subject.fr', ' ', 'À remplir'],
    ])('where a text has %s', async (_, field, text, reason) => {
      const { status, html } = await save('thanks', { [field]: text })
      expect(status).toBe(422)
      expect(html).toMatch(new RegExp(`<a href="#${field}">`))
      expect(html).toContain(reason)
      expect(html).not.toContain('<script>')
      // What was written stands in its field still, and does nothing there.
      expect(html).toContain(escaped(text.replace('\r\n', '\n')))
      expect(await stored()).toEqual([])
      expect(await events()).toEqual([])
    })

    test('in the reader’s language, at each field, in words', async () => {
      await service.db.updateTable('access.staff').set({ language: 'en' }).where('email', '=', SAM).execute()
      const { html } = await save('invitation', {
        'subject.fr': 'x'.repeat(56),
        'text.fr': 'Un paragraphe sans rien.',
        'text.en': 'One.\n\nTwo.',
      })
      expect(html).toContain('Too long: 56 characters once it is filled in, 55 at most.')
      expect(html).toContain('Both languages need as many paragraphs: 1 in French, 2 in English.')
      expect(html.match(/aria-invalid="true"/g)!.length).toBeGreaterThanOrEqual(3)
      const { html: must } = await save('invitation', { 'text.fr': 'Bonjour.', 'text.en': 'Hello.' })
      expect(must).toContain('{minutes} must be said, in both languages.')
      expect(must).toContain('{date} must be said, in both languages.')
    })

    test('where another mail has that subject', async () => {
      const { subject } = service.mailTexts.lastCall
      const { status, html } = await save('thanks', { 'subject.fr': subject.fr })
      expect(status).toBe(422)
      expect(html).toMatch(/<a href="#subject\.fr">[^<]*Un autre message a déjà cet objet/)
    })

    test('where somebody else has saved meanwhile: nothing is lost, and nothing saved', async () => {
      expect((await save('thanks', SUBJECTS)).status).toBe(303)
      for (const step of ['save', 'preview']) {
        const { status, html } = await send('thanks', step, { 'subject.fr': 'Le mien', base: '0', confirm: 'yes' })
        expect(status).toBe(step === 'save' ? 409 : 200)
        expect(html).toContain('value="Le mien"')
        expect(html).toContain('name="base" value="1"')
      }
      expect(await stored()).toHaveLength(1)
    })

    test('by the action itself, whoever calls it: against the rules, of no mail, beside a version that is not in force', async () => {
      const { thanks } = service.mailTexts
      const text = { ...thanks, subject: { fr: 'Merci bien', en: 'Thank you' } }
      const input = { programme: 'tevo', mail: 'thanks', text, base: 0, actor: 'test' }
      const because = async (given: Partial<typeof input>) => {
        const outcome = await saveText(service, { ...input, ...given })
        return outcome.ok ? outcome.version : outcome.because
      }
      expect(await because({ text: { ...text, subject: { fr: '<b>', en: 'x' } } })).toBe('against the rules')
      expect(await because({ mail: 'birthday' })).toBe('unknown mail')
      expect(await because({ base: 5 })).toBe('changed meanwhile')
      expect(await because({ text: thanks })).toBe('nothing new')
      expect(await stored()).toEqual([])
      expect(await because({})).toBe(1)
    })

    test('where nothing would change', async () => {
      const { status, html } = await save('thanks', {})
      expect([status, html.includes('rien à enregistrer')]).toEqual([200, true])
      expect(await stored()).toEqual([])
    })
  })

  test('the list has every mail, with its subject and where its words come from', async () => {
    await save('reminder-2', SUBJECTS)
    const { html } = await open(TEXTS)
    const mails = [...html.matchAll(/texts\/([\w-]+)">/g)].map(([, name]) => name)
    expect(mails).toEqual([
      'invitation',
      'reminder-1',
      'reminder-2',
      'reminder-3',
      'resume',
      'lastCall',
      'link',
      'thanks',
      'contactUpdate',
    ])
    expect(html).toContain(SUBJECTS['subject.fr'])
    expect(html.match(/Texte du fichier/g)).toHaveLength(8)
    expect(html).toMatch(new RegExp(`Changé ici, le [^<]+, par ${SAM}`))
  })

  test('a mail is shown with its fields, its values, an example of each, and itself in both languages', async () => {
    const { html } = await open(`${TEXTS}/invitation`)
    for (const value of ['name', 'programme', 'wave', 'questions', 'minutes', 'date', 'sender', 'contact'])
      expect(html).toContain(`<code>{${value}}</code>`)
    expect(html).not.toContain('{nextDate}')
    expect(html.match(/Bonjour Camille,|Dear Camille,/g)).toHaveLength(2)
    expect(html).toContain('apercu-ce-lien-n-ouvre-rien')
    expect(html).toContain('Les paragraphes doivent contenir {minutes}, {date}.')
    const shown = html.slice(html.indexOf('id="shown"'), html.indexOf('Les valeurs'))
    expect(shown).not.toMatch(/\{\w+\}/)
    expect(html).toContain('caractères sur 55')
  })

  test('a look at what was written shows the mail it makes, and saves nothing', async () => {
    const { status, html } = await send('thanks', 'preview', SUBJECTS)
    expect(status).toBe(200)
    expect(html).toContain(`<dd>${SUBJECTS['subject.fr']}</dd>`)
    expect(html).toContain(`<dd>${SUBJECTS['subject.en']}</dd>`)
    expect(html).toContain('Rien n&#39;est enregistré.')
    expect(await stored()).toEqual([])
    expect(service.mailTexts.thanks.subject.fr).not.toBe(SUBJECTS['subject.fr'])
  })

  test('laid out, the mail is a page that may do nothing', async () => {
    const written = await send('thanks', 'preview.html', { ...SUBJECTS, language: 'en' })
    const inForce = await open(`${TEXTS}/thanks/preview.html?language=en`)
    for (const { headers } of [written, inForce]) {
      const policy = headers.get('Content-Security-Policy')!
      expect(policy).toMatch(/^default-src 'none'; style-src 'unsafe-inline'; /)
      expect(policy).toMatch(/; sandbox$/)
      expect(policy).not.toContain('script-src')
    }
    expect(written.html).toContain(`<title>${SUBJECTS['subject.en']}</title>`)
    expect(inForce.html).toContain(`<title>${service.mailTexts.thanks.subject.en}</title>`)
    expect((await send('thanks', 'preview.html', { 'subject.fr': '<b>' })).status).toBe(422)
  })

  test('what is about to be saved is shown beside what is in force, and saved once confirmed', async () => {
    const { status, html } = await send('thanks', 'save', SUBJECTS)
    expect(status).toBe(200)
    expect(html).toMatch(/<del>[^<]*Merci/)
    expect(html).toMatch(/<ins>[^<]*Un mot/)
    expect(html).toContain('name="confirm" value="yes"')
    expect(await stored()).toEqual([])
    // As the browser sends the page that asks.
    const hidden = [...html.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [
      name!,
      value!.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&'),
    ])
    const saved = await app.request(`${TEXTS}/thanks/save`, formOf(Object.fromEntries(hidden), cookie))
    expect([saved.status, saved.headers.get('Location')]).toEqual([303, `${TEXTS}/thanks?saved=1`])
    const [version] = await stored()
    const { id } = await service.db
      .selectFrom('access.staff')
      .select('id')
      .where('email', '=', SAM)
      .executeTakeFirstOrThrow()
    const subject = { fr: SUBJECTS['subject.fr'], en: SUBJECTS['subject.en'] }
    expect(version).toMatchObject({ programme: 'tevo', version: 1, saved_by: `staff ${id}` })
    expect(version!.content).toEqual({ thanks: { ...service.mailTexts.thanks, subject } })
    expect(await events()).toMatchObject([
      { actor: `staff ${id}`, subject: 'tevo', detail: { mail: 'thanks', version: 1, words: 'own' } },
    ])
    expect((await open(`${TEXTS}/thanks?saved=1`)).html).toContain('c&#39;est la version 1')
    expect((await open(`${TEXTS}/thanks?saved=7`)).html).not.toContain('la version 7')
  })

  test('what is typed with the keyboard’s own blanks and lines is kept as it is meant', async () => {
    const both = {
      'text.fr': 'Merci : « oui » !\r\nEt bien à vous.\r\n \r\n Le {nextDate} donc. ',
      'text.en': 'Yes.\n\nOn {nextDate}.',
    }
    expect((await save('thanks', both)).status).toBe(303)
    expect(mailTextsOf(service, 'tevo').thanks.text).toEqual([
      { fr: 'Merci\u00a0: «\u00a0oui\u00a0»\u00a0! Et bien à vous.', en: 'Yes.' },
      { fr: 'Le {nextDate} donc.', en: 'On {nextDate}.' },
    ])
  })

  test('two who confirm at the same moment do not both save', async () => {
    const answers = await Promise.all([
      save('thanks', { 'subject.fr': 'Le premier' }),
      save('thanks', { 'subject.fr': 'Le second' }),
    ])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([303, 409])
    expect(await stored()).toHaveLength(1)
  })

  describe('every version', () => {
    beforeEach(async () => {
      await save('thanks', { 'subject.fr': 'Version première' })
      await save('reminder-1', SUBJECTS)
      await save('thanks', { 'subject.fr': 'Version troisième' })
    })

    test('stands in the history of its mail, with who and when, and can be read', async () => {
      const { html } = await open(`${TEXTS}/thanks`)
      expect([...html.matchAll(/versions\/(\d)"/g)].map(([, version]) => version)).toEqual(['3', '1'])
      expect(html).toContain('Version première')
      expect(html).toContain(SAM)
      const old = await open(`${TEXTS}/thanks/versions/1`)
      expect(old.html).toMatch(/<del>[^<]*troisième/)
      expect(old.html).toMatch(/<ins>[^<]*première/)
      expect((await open(`${TEXTS}/thanks/versions/3`)).html).toContain('ce que dit le texte en vigueur')
    })

    test('can be put back, as one more version', async () => {
      expect((await save('thanks', { 'subject.fr': 'Version première' })).status).toBe(303)
      expect((await stored()).map(({ version }) => version)).toEqual([1, 2, 3, 4])
      expect(mailTextsOf(service, 'tevo').thanks.subject.fr).toBe('Version première')
      expect(mailTextsOf(service, 'tevo').reminder[0]!.subject.fr).toBe(SUBJECTS['subject.fr'])
    })

    test('gives way to the text of the file once that is confirmed, and the mail follows its file again', async () => {
      const { html } = await open(`${TEXTS}/thanks/file`)
      expect(html).toContain('Revenir au texte du fichier')
      expect(html).toContain('name="confirm" value="yes"')
      const fields = enteredFrom(service.mailTexts.thanks) as Record<string, string>
      expect((await save('thanks', fields)).status).toBe(303)
      const last = (await stored()).at(-1)!
      expect(Object.keys(last.content)).toEqual(['reminder-1'])
      expect((await events()).at(-1)!.detail).toEqual({ mail: 'thanks', version: 4, words: 'of the file' })
      expect(mailTextsOf(service, 'tevo').thanks).toEqual(service.mailTexts.thanks)
      expect((await open(`${TEXTS}/thanks`)).html).not.toContain('texts/thanks/file')
    })
  })

  describe('what goes out', () => {
    const INVITATION = { 'subject.fr': 'Racontez votre "retour" & la suite', 'subject.en': "Tell us 'your' return" }

    async function enrolTwice() {
      await enrol(service, [{}])
      const bytes = registerOf([{ matricule: 'X-1', courriel: 'x@example.org' }])
      await importRegister(service, { bytes, programme: 'other', actor: 'test' })
      while (await planNextMembers(service)) {}
    }

    test('says the saved text from the next mail on, in that programme and no other', async () => {
      await enrolTwice()
      await save('invitation', INVITATION)
      service.clock.jumpTo(W1_OPENS)
      await sendAllDue(service)
      const subjects = new Map((await sent()).map(({ to, subject }) => [to![0]!.address, subject]))
      expect(subjects).toEqual(
        new Map([
          ['ana@example.org', INVITATION['subject.fr']],
          ['x@example.org', 'Votre parcours de volontaire\u00a0: 6 minutes'],
        ]),
      )
      const ana = (await sent()).find(({ to }) => to![0]!.address === 'ana@example.org')!
      expect(ana.html).toContain('<title>Racontez votre &quot;retour&quot; &amp; la suite</title>')
    })

    test('is what a look at a mail shows, before it goes', async () => {
      await enrol(service, [{}])
      await save('invitation', INVITATION)
      const asked = { matricule: 'TEVO1-0001', wave: 'w1', kind: 'invitation', number: 1, actor: 'test' }
      const subjects = ['tevo', 'other'].map(async (programme) => {
        const matricule = programme === 'tevo' ? asked.matricule : undefined
        const shown = await previewMail(service, { ...asked, programme, matricule })
        return shown.ok ? shown.subject : shown.because
      })
      expect(await Promise.all(subjects)).toEqual([
        INVITATION['subject.fr'],
        'Votre parcours de volontaire\u00a0: 6 minutes',
      ])
    })

    test('is what it was for a mailing that is claimed already', async () => {
      await enrol(service, [{}])
      service.clock.jumpTo(W1_OPENS)
      await oweAllDue(service)
      const begun = Promise.withResolvers<void>()
      const told = Promise.withResolvers<void>()
      const { mailer } = service
      const waiting = {
        ...mailer,
        send: async (message: Parameters<typeof mailer.send>[0]) => {
          begun.resolve()
          await told.promise
          return mailer.send(message)
        },
      }
      const sending = sendNextMailing({ ...service, mailer: waiting })
      await begun.promise
      cookie = await signInAs(app, service, METHODOLOGIST)
      expect((await save('invitation', INVITATION)).status).toBe(303)
      told.resolve()
      await sending
      expect((await sent()).map(({ subject }) => subject)).toEqual(['Votre parcours de volontaire\u00a0: 6 minutes'])
    })

    test('follows what another process has saved, at the next beat', async () => {
      await enrol(service, [{}])
      const { url } = service.database
      const own = url === null ? null : openServer(url)
      const second: TestService = { ...service, db: own?.db ?? service.db, programmeTexts: new Map() }
      await save('invitation', INVITATION)
      expect(mailTextsOf(second, 'tevo').invitation.subject.fr).not.toBe(INVITATION['subject.fr'])
      service.clock.jumpTo(W1_OPENS)
      await tick(second)
      await own?.close()
      expect((await sent()).map(({ subject }) => subject)).toEqual([INVITATION['subject.fr']])
      expect(second.programmeTexts.get('tevo')?.version).toBe(1)
    })
  })

  test('words that no longer go with their file are passed over, and that is said', async () => {
    await save('thanks', SUBJECTS)
    const subject = { fr: SUBJECTS['subject.fr'], en: 'Another' }
    const mailTexts = { ...service.mailTexts, lastCall: { ...service.mailTexts.lastCall, subject } }
    const later: TestService = { ...service, mailTexts, programmeTexts: new Map() }
    app = webOf(later)
    expect((await open(TEXTS)).html).toContain('ne vont plus avec ceux du fichier')
    expect(mailTextsOf(later, 'tevo').thanks).toEqual(service.mailTexts.thanks)
    expect(service.logLines.join('')).toContain('do not go with their file')
  })
})
