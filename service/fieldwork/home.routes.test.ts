// Where staff arrive: what waits for them and no more; programmes made in the browser.
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { holdMail, releaseMail } from '../mailings/hold-mail.actions.ts'
import { refreshProgrammes } from '../panel/refresh-programmes.actions.ts'
import { ENGINES } from '../platform/testing.ts'
import { loadSurveys } from '../surveys.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import { type Console, openConsole } from './testing-console.ts'

const NEW = {
  nameFr: 'Éclaireurs <b>',
  nameEn: 'Scouts',
  programme: 'eclaireurs',
  phases: 'phase-1 ECL1-\r\nphase-2 ECL2-',
  controllerName: 'Organisme',
  controllerAddress: '1 rue du Port, 29200 Brest',
  controllerContact: 'suivi@example.org',
  dataProtectionOfficer: 'dpo@example.org',
  legalBasis: 'public_task',
  senderName: 'Yann, Éclaireurs',
  senderAddress: 'suivi@example.org',
  senderReplyTo: 'suivi@example.org',
}

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  let ana: Console

  beforeAll(async () => {
    service = await openTestService(engine, '2026-10-20T09:00:00Z')
    ana = await openConsole(service)
  })
  afterAll(() => service.close())

  describe('home', () => {
    test('says that nothing waits, and what to do next', async () => {
      const { status, text } = await ana.get('/staff')
      expect(status).toBe(200)
      expect(text).toContain('attend votre décision')
      expect(text).toContain('href="/staff/new-programme"')
    })

    test('names what waits, each with a way there, to those who may see to it', async () => {
      await enrol(service, [
        { matricule: 'TEVO1-1', courriel: '' },
        { matricule: 'TEVO1-2', date_retour_effective: '' },
      ])
      await holdMail(service, { scope: 'wave tevo/w1', actor: 'test' })
      const { text } = await ana.get('/staff')
      for (const said of [
        'Territoires Volontaires – Une personne à retrouver',
        'Territoires Volontaires – Un retour à confirmer',
        'href="/staff/programmes/tevo/lost"',
        'href="/staff/programmes/tevo/members?state=unsettled"',
        'href="/staff/programmes/tevo/waves/w1"',
      ])
        expect(text).toContain(said)
      const methodologist = await openConsole(
        service,
        [{ role: 'methodologist', programme: 'tevo' }],
        'meg@example.org',
      )
      const seen = (await methodologist.get('/staff')).text
      expect(seen).not.toContain('à retrouver')
      expect(seen).not.toContain('retenus')
      await releaseMail(service, { scope: 'wave tevo/w1', actor: 'test' })
    })

    test('shows a programme to nobody who has no role in it', async () => {
      const other = await openConsole(service, [{ role: 'fieldwork', programme: 'elsewhere' }], 'other@example.org')
      expect((await other.get('/staff')).text).not.toContain('Territoires')
      const unknown = await other.get('/staff/programmes/nowhere/members')
      const hidden = await other.get('/staff/programmes/tevo/members')
      expect([unknown.status, hidden.status]).toEqual([404, 404])
      expect(hidden.text).toBe(unknown.text)
    })
  })

  describe('a programme', () => {
    test('is not made while something is missing: every field is told, and what was typed stays', async () => {
      const { status, text } = await ana.post('/staff/new-programme/make', {
        nameFr: '<i>Nom</i>',
        programme: 'Majuscule',
        senderAddress: 'nowhere',
        phases: 'phase-1',
      })
      expect(status).toBe(422)
      expect(text).toContain('&lt;i&gt;Nom&lt;/i&gt;')
      for (const field of ['nameEn', 'programme', 'senderAddress', 'phases', 'controllerName', 'legalBasis'])
        expect(text).toContain(`href="#${field}"`)
      expect(text).not.toContain('href="#nameFr"')
    })

    test.each([
      ['programme', 'tevo', 'déjà pris'],
      ['programme', 'standard', 'déjà pris'],
      ['programme', '', 'manque'],
      ['controllerContact', 'a@b', 'adresse'],
      ['phases', 'p A\np B', 'deux fois'],
      ['nameFr', 'a\u0000b', 'illisible'],
      ['nameEn', 'x'.repeat(300), 'illisible'],
    ])('is not made with %s = %j', async (field, value, said) => {
      const { status, text } = await ana.post('/staff/new-programme/make', { ...NEW, [field]: value })
      expect(status).toBe(422)
      expect(text).toContain(`href="#${field}"`)
      expect(text).toContain(said)
      expect(service.frame.programmes.map(({ programme }) => programme)).toEqual(['tevo'])
    })

    test('is made by administrators of everything only', async () => {
      const local = await openConsole(service, [{ role: 'administrator', programme: 'tevo' }], 'local@example.org')
      expect((await local.get('/staff/new-programme')).status).toBe(403)
      expect((await local.post('/staff/new-programme/make', NEW)).status).toBe(403)
    })

    test('once made is there at once, with a wave plan of its own, and takes a register', async () => {
      const { status, location } = await ana.post('/staff/new-programme/make', NEW)
      expect([status, location]).toEqual([303, '/staff/programmes/eclaireurs/register'])
      expect((await ana.get('/staff')).text).toContain('Éclaireurs &lt;b&gt;')
      expect(service.plans.get('eclaireurs')).toMatchObject({
        version: 1,
        baseline: service.plans.get('standard')!.baseline,
      })
      const made = service.frame.programmes.find(({ programme }) => programme === 'eclaireurs')
      expect(made).toMatchObject({
        plan: 'eclaireurs',
        cohorts: { phases: [{ cohort: 'phase-1' }, { cohort: 'phase-2' }] },
      })
    })

    test('is known to another process at its next beat, and after a restart', async () => {
      const { frame } = loadSurveys('surveys', { demonstration: false })
      expect(frame.programmes.map(({ programme }) => programme)).toEqual(['tevo'])
      await refreshProgrammes({ db: service.db, frame })
      expect(frame.programmes.map(({ programme }) => programme)).toEqual(['tevo', 'eclaireurs'])
    })

    test('is changed in the browser, but for its short name; one with a file is changed there', async () => {
      const changed = { ...NEW, nameFr: 'Éclaireurs de mer', programme: 'other' }
      expect((await ana.post('/staff/programmes/eclaireurs/settings/save', changed)).status).toBe(303)
      const made = service.frame.programmes.find(({ programme }) => programme === 'eclaireurs')
      expect([made?.name.fr, made?.plan]).toEqual(['Éclaireurs de mer', 'eclaireurs'])
      expect((await ana.get('/staff/programmes/tevo/settings')).text).toContain('surveys/programmes')
      await ana.post('/staff/programmes/tevo/settings/save', changed)
      expect(service.frame.programmes[0]?.name.fr).toBe('Territoires Volontaires')
    })

    test('leaves lines in the journal', async () => {
      const { rows } = await sql<{ action: string; subject: string }>`
        select action, subject from audit.event where action like 'programme %' order by seq`.execute(service.db)
      expect(rows).toEqual([
        { action: 'programme made', subject: 'eclaireurs' },
        { action: 'programme changed', subject: 'eclaireurs' },
      ])
    })
  })
})
