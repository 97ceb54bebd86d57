// People to find again, the day's digest, and the journal: who sees what, what is noted, what leaves as a file.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ENGINES } from '../platform/testing.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import { sendDigest } from './send-digest.actions.ts'
import { type Console, openConsole } from './testing-console.ts'

const LOST = '/staff/programmes/tevo/lost'

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  let sam: Console
  let admin: Console

  beforeAll(async () => {
    service = await openTestService(engine, '2026-10-20T05:00:00Z')
    sam = await openConsole(service, [{ role: 'fieldwork', programme: 'tevo' }])
    admin = await openConsole(service, undefined, 'admin@example.org')
  })
  afterAll(() => service.close())

  const mails = async () => {
    const folder = join(service.folder, 'mail')
    const names = readdirSync(folder, { withFileTypes: false }).filter((name) => String(name).endsWith('.eml'))
    return Promise.all(names.map((name) => PostalMime.parse(readFileSync(join(folder, String(name))))))
  }
  const digests = async () => (await mails()).filter(({ subject }) => subject?.startsWith('Retour'))

  describe('people to find again', () => {
    test('are none to begin with, and it is said what happens then', async () => {
      expect((await sam.get(LOST)).text).toContain('Toutes les personnes suivies ont une adresse')
    })

    test('are listed by operator, with a text to pass on that asks for nothing', async () => {
      await enrol(service, [
        { matricule: '=TEVO1-1', courriel: '', operateur: 'Opérateur <b>' },
        { matricule: 'TEVO1-2', courriel: '', operateur: 'Autre' },
        { matricule: 'TEVO1-3' },
      ])
      const { text } = await sam.get(LOST)
      expect(text).toContain('<h2>Opérateur &lt;b&gt;</h2>')
      expect(text).toContain('personnes suivantes du programme Territoires Volontaires')
      expect(text).toContain('Vous n&#39;y êtes pas obligé·e')
      expect(text).not.toMatch(/TEVO1-3|questionnaire/)
    })

    test('have what was tried noted in codes, and in the journal', async () => {
      const fields = { matricule: 'TEVO1-2', way: 'operator', outcome: 'passed on' }
      expect((await sam.post(`${LOST}/attempt`, fields)).status).toBe(303)
      expect((await sam.get(LOST)).text).toContain('par l&#39;opérateur, message transmis')
      for (const [changed, status] of [
        [{ way: 'spy' }, 400],
        [{ outcome: '' }, 400],
        [{ matricule: 'NOBODY' }, 404],
      ] as const)
        expect((await sam.post(`${LOST}/attempt`, { ...fields, ...changed })).status).toBe(status)
      const [noted, ...more] = await service.db
        .selectFrom('audit.event')
        .where('action', '=', 'attempt noted')
        .selectAll()
        .execute()
      expect([noted?.detail, more]).toEqual([{ programme: 'tevo', way: 'operator', outcome: 'passed on' }, []])
    })

    test('leave as a file that no spreadsheet takes for formulas, after fresh proof, and with a line in the journal', async () => {
      const { status, text } = await sam.post(`${LOST}/file`)
      expect(status).toBe(200)
      expect(text.split('\r\n')).toHaveLength(4)
      expect(text).toContain("'=TEVO1-1;")
      const old = await openConsole(service, [{ role: 'fieldwork', programme: 'tevo' }], 'old@example.org')
      service.clock.jumpTo(service.clock.now().add({ minutes: 16 }))
      expect((await old.post(`${LOST}/file`)).status).toBe(403)
      const dpo = await openConsole(service, [{ role: 'data-protection', programme: 'tevo' }], 'dpo@example.org')
      expect([(await dpo.get(LOST)).status, (await dpo.post(`${LOST}/file`)).status]).toEqual([200, 403])
      expect((await dpo.get(LOST)).text).not.toContain('/lost/file')
    })
  })

  describe('the day’s digest', () => {
    test('does not come before the day begins', async () => {
      await sendDigest(service)
      expect(await digests()).toEqual([])
    })

    test('comes once a day to those who may see to something, whatever number of instances there are', async () => {
      service.clock.jumpTo(Temporal.Instant.from('2026-10-20T06:00:00Z'))
      await Promise.all([sendDigest(service), sendDigest(service), sendDigest(service)])
      const sent = await digests()
      expect(sent.map(({ to }) => to?.[0]?.address).toSorted()).toEqual([
        'admin@example.org',
        'old@example.org',
        'sam@example.org',
      ])
      expect(sent[0]?.text).toContain('2 personnes à retrouver')
      expect(sent[0]?.text).toContain('https://retour.example/staff/programmes/tevo/lost')
      expect(sent[0]?.text).not.toMatch(/Ana|TEVO1/)
    })

    test('does not come on a day when nothing waits', async () => {
      const before = (await digests()).length
      service.clock.jumpTo(Temporal.Instant.from('2026-10-21T07:00:00Z'))
      await service.db.updateTable('identity.panel_member').set({ email: 'x@example.org' }).execute()
      await sendDigest(service)
      expect(await digests()).toHaveLength(before)
    })
  })

  describe('the journal', () => {
    const journal = '/staff/journal'

    test('is closed to whoever works with people, and open to whoever watches over them', async () => {
      sam = await openConsole(service, [{ role: 'fieldwork', programme: '*' }])
      for (const path of [journal, `${journal}.csv`]) expect((await sam.get(path)).status).toBe(403)
      expect((await sam.post(`${journal}/verify`)).status).toBe(403)
      const dpo = await openConsole(service, [{ role: 'data-protection', programme: '*' }], 'dpo@example.org')
      expect((await dpo.get(journal)).status).toBe(200)
    })

    test('says who did what to whom in words, and is filtered', async () => {
      admin = await openConsole(service, undefined, 'admin@example.org')
      const all = (await admin.get(journal)).text
      expect(all).toContain('sam@example.org')
      const some = (await admin.get(`${journal}?action=attempt+noted`)).text
      expect(some.match(/<tr>/g)).toHaveLength(2)
      expect(some).toContain('TEVO1-2')
      const byWhom = (await admin.get(`${journal}?actor=sam%40example.org`)).text
      expect(byWhom).not.toContain('dpo@example.org</td>')
      expect((await admin.get(`${journal}?month=1999-01`)).text).toContain('Rien de tel')
      for (const query of ['before=x', 'month=%00', 'actor=%27', 'action=%3Cscript%3E'])
        expect((await admin.get(`${journal}?${query}`)).status).toBe(200)
    })

    test('is verified, and says from which line on it was rewritten', async () => {
      const whole = await admin.post(`${journal}/verify`)
      expect(whole.text).toContain('Le journal est entier')
      await sql`alter table audit.event disable trigger all`.execute(service.db)
      await sql`update audit.event set actor = 'nobody' where seq = 3`.execute(service.db)
      const broken = await admin.post(`${journal}/verify`)
      expect(broken.text).toContain('à partir de la ligne 3')
      await sql`alter table audit.event enable trigger all`.execute(service.db)
    })

    test('leaves as a file, which is in the journal', async () => {
      const { status, text } = await admin.get(`${journal}.csv`)
      expect(status).toBe(200)
      expect(text.split('\r\n')[0]).toMatch(/^\ufeff?seq;at;actor;action;subject;detail$/)
      expect((await admin.get(`${journal}?action=journal+taken+away`)).text).toContain('admin@example.org')
    })
  })
})
