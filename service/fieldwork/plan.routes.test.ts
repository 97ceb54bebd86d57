// A wave plan in the browser: every setting, what a change moves, and nothing in force before that is confirmed.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { staffDoor } from '../access/guard.routes.tsx'
import type { Grant } from '../access/roles.ts'
import { signInRoutes } from '../access/sign-in.routes.tsx'
import { formOf, signInAs } from '../access/testing-staff.ts'
import { BEFORE_W1, enrolMany, sendAllDue, startAgain, W1_OPENS } from '../mailings/testing.ts'
import { createWeb } from '../platform/http.tsx'
import { ENGINES } from '../platform/testing.ts'
import { readPlanSources } from '../surveys.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'
import { changedPlans, storeFirstPlans } from '../waves/publish-plan.actions.ts'
import { refreshPlans } from '../waves/refresh-plans.actions.ts'
import { planRoutes } from './plan.routes.tsx'
import { fieldsOf, type PlanContent } from './plan-form.ts'

const SOURCES = readPlanSources('surveys')
const STANDARD = SOURCES.find(({ plan }) => plan === 'standard')!.content as PlanContent
const PATH = '/staff/programmes/tevo/plan'
const FIELDWORK: Grant[] = [{ role: 'fieldwork', programme: 'tevo' }]

type Fields = Record<string, string | readonly string[]>
const standard = (change: Fields = {}): Fields => ({
  ...Object.fromEntries(fieldsOf(STANDARD)),
  version: '1',
  ...change,
})
/** W2 a month later, and a reminder that goes three days later. */
const CHANGE = { 'waves.2.opens.number': '7', 'reminders.1.number': '14' }

/** A page without its tags, blanks and no-break spaces as one blank. */
const textOf = (html: string) =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&#39;', "'")
    .replaceAll(/[\s\u00a0]+/g, ' ')
/** The fields a page would send, but for those somebody types into; and the code of its button. */
const hiddenIn = (html: string): Fields => {
  const inputs = [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
  return Object.fromEntries(
    [...Map.groupBy(inputs, ([, name]) => name!)].map(([name, some]) => [name, some.map(([, , value]) => value!)]),
  )
}
const STALE = "Ce que vous avez confirmé n'est plus ce qui se passerait"
const codeIn = (html: string) => /name="code" value="([0-9a-f]{8})"/.exec(html)?.[1]

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  let app: ReturnType<typeof createWeb>
  let cookie: string

  beforeAll(async () => {
    service = await openTestService(engine, BEFORE_W1)
  })
  beforeEach(async () => {
    await startAgain(service, BEFORE_W1)
    for (const table of ['access.session', 'access.sign_in_link', 'access.staff_role', 'access.staff'] as const)
      await service.db.deleteFrom(table).execute()
    await service.db.deleteFrom('fieldwork.plan').execute()
    await storeFirstPlans(service, SOURCES)
    await refreshPlans(service)
    app = createWeb(service.log)
    app.route('/', staffDoor(service))
    app.route('/', signInRoutes(service))
    app.route('/', planRoutes(service))
    cookie = await signInAs(app, service, FIELDWORK)
  })
  afterAll(() => service.close())

  const get = async (path = PATH, as = cookie) => {
    const answer = await app.request(path, { headers: { cookie: as } })
    return { status: answer.status, html: await answer.text() }
  }
  const post = async (path: string, fields: Fields, as = cookie) => {
    const answer = await app.request(`${PATH}/${path}`, formOf(fields, as))
    return { status: answer.status, html: await answer.text() }
  }
  const versions = () =>
    service.db.selectFrom('fieldwork.plan').where('plan', '=', 'standard').orderBy('version').selectAll().execute()
  const opensOn = async (wave: string) => {
    const rows = await service.db.selectFrom('fieldwork.case').where('wave', '=', wave).select('opens_on').execute()
    return rows.map(({ opens_on }) => opens_on.toString())
  }

  describe('the form', () => {
    test('has every setting of the plan in force, and sent as it is it changes nothing', async () => {
      const { status, html } = await get()
      expect(status).toBe(200)
      for (const [name, values] of fieldsOf(STANDARD)) {
        const controls = html.match(new RegExp(`<(input|select)[^>]* name="${name.replaceAll('.', '\\.')}"[^>]*>`, 'g'))
        expect([name, controls?.length ?? 0]).toEqual([
          name,
          name === 'openingDays' ? 7 : name === 'late.enrolled' ? 3 : 1,
        ])
        for (const value of values) expect(html).toContain(`value="${value}"`)
      }
      expect(textOf(html)).toContain(
        'En vigueur : version 1 du plan « standard », venue de son fichier le 1er octobre 2026',
      )
      const same = await post('preview', standard())
      expect(same.status).toBe(200)
      expect(textOf(same.html)).toContain("Rien n'est différent du plan en vigueur.")
      expect(await versions()).toHaveLength(1)
    })

    test('tells everything that is wrong at once, at each field, and keeps what was typed', async () => {
      const wrong = { sendAt: '3h du matin', 'reminders.1.number': 'onze', 'waves.1.nameFr': '', baseline: 'w9' }
      const { status, html } = await post('preview', standard(wrong))
      expect(status).toBe(422)
      const [, summary = ''] = /<section class="errors"[^>]*>(.*?)<\/section>/s.exec(html) ?? []
      for (const [field, label] of [
        ['sendAt', "Heure d'envoi"],
        ['reminders.1', 'Rappel 2'],
        ['waves.1.nameFr', 'w1, Nom de la vague en français'],
        ['baseline', 'Vague de référence'],
      ]) {
        expect(textOf(summary)).toContain(`${label} :`)
        expect(summary).toContain(`href="#${field}"`)
        expect(html).toContain(`id="${field}-error"`)
      }
      expect(summary.match(/<li>/g)).toHaveLength(4)
      expect(html).toContain('value="3h du matin"')
      expect(html).toContain('value="onze"')
      expect(await versions()).toHaveLength(1)
    })

    test('says the same in English', async () => {
      await service.db.updateTable('access.staff').set({ language: 'en' }).execute()
      const { html } = await post('preview', standard({ sendAt: '' }))
      expect(html).toContain('<html lang="en">')
      expect(textOf(html)).toContain('Hour of sending: Give an hour between 8:00 and 19:59, such as 10:00.')
      expect(textOf(html)).not.toMatch(/ourriel|vague/)
    })

    test('gets rows and loses them by its buttons, without anything being saved or typed twice', async () => {
      const more = await post('preview', standard({ do: 'add reminders', sendAt: 'kept' }))
      expect(more.status).toBe(200)
      expect(more.html).toContain('name="reminders.3.number"')
      expect(more.html).toContain('value="kept"')
      expect(more.html).not.toContain('class="errors"')
      const wave = await post('preview', standard({ do: 'add waves' }))
      expect(wave.html).toMatch(/<input[^>]*type="text"[^>]*name="waves\.6\.wave"[^>]*value="w6"/)
      const less = await post('preview', standard({ do: 'remove waves.5' }))
      expect(less.html).not.toContain('name="waves.5.')
      expect(less.html).toContain('name="waves.4.wave"')
    })

    test('offers a new wave no code that any version had', async () => {
      const content = { ...STANDARD, waves: STANDARD.waves.slice(0, 3) }
      const { content: _, ...first } = (await versions())[0]!
      await service.db
        .insertInto('fieldwork.plan')
        .values({ ...first, version: 2, content })
        .execute()
      const { html } = await post('preview', standard({ do: 'add waves' }))
      expect(html).toContain('value="w6"')
    })

    test('keeps a length of time it has no unit for, and shows it in words', async () => {
      await service.db
        .updateTable('fieldwork.plan')
        .set({ content: { ...STANDARD, thanks: { after: 'P1M15D' } } })
        .where('plan', '=', 'standard')
        .execute()
      service.plans.delete('standard')
      await refreshPlans(service)
      expect((await get()).html).toContain('<option value="P1M15D" selected="">1 mois et 15 jours</option>')
    })
  })

  describe('the preview', () => {
    beforeEach(async () => {
      await enrol(service, [
        { matricule: 'TEVO1-0001' },
        { matricule: 'TEVO1-0002', fuseau_horaire: 'America/Cayenne', courriel: '' },
      ])
    })

    test('says what changes, setting by setting, case by case and mail by mail; nothing is changed by it', async () => {
      const { status, html } = await post('preview', standard(CHANGE))
      const text = textOf(html)
      expect(status).toBe(200)
      expect(text).toContain("Rappel 2 11 jours après l'ouverture 14 jours après l'ouverture")
      expect(text).toContain('w2, Ouverture 6 mois après le retour 7 mois après le retour')
      expect(text).toContain('w2 2 0 0 0 Toutes les vagues 2 0 0 0')
      expect(text).toMatch(/[0-9a-f]{8} phase-1 w1 rappel 2 26 octobre 2026, 10:00 29 octobre 2026, 10:00/)
      expect(text).toMatch(
        /[0-9a-f]{8} phase-1 w2 invitation 15 mars 2027, 10:00 – ne part pas : aucune adresse qui fonctionne 15 avril 2027, 10:00 – ne part pas : aucune adresse qui fonctionne/,
      )
      expect(text).toContain('Ce plan est celui de Territoires Volontaires.')
      expect(codeIn(html)).toMatch(/^[0-9a-f]{8}$/)
      expect(await versions()).toHaveLength(1)
      expect(await opensOn('w2')).toEqual(['2027-03-15', '2027-03-15'])
    })

    test('names nobody', async () => {
      const { html } = await post('preview', standard(CHANGE))
      expect(html).not.toMatch(/Ndiaye|TEVO1-|ana@example|>Ana</)
    })

    test('of a plan that moves no case says so', async () => {
      const { html } = await post('preview', standard({ 'thanks.number': '' }))
      expect(textOf(html)).toContain('Aucun cas ne change de date')
      expect(textOf(html)).toContain('Remerciement 1 jour après la réponse sans')
    })

    test('of a wave that goes and one that comes says how many cases that is', async () => {
      const fields = standard({ 'waves.5.wave': 'w6', 'waves.5.nameFr': 'Quatre ans', 'waves.5.opens.number': '48' })
      const text = textOf((await post('preview', fields)).html)
      expect(text).toContain('w5 0 2 0 0 w6 0 0 2 0 Toutes les vagues 0 2 2 0')
      expect(text).toContain('Vague w5 Trois ans après le retour')
      expect(text).toMatch(/w6 invitation pas prévu \d+ [a-zé]+ 2030, 10:00/)
    })

    test('leads back to the form as it was sent', async () => {
      const shown = await post('preview', standard(CHANGE))
      const { status, html } = await post('preview', { ...hiddenIn(shown.html), do: 'change' })
      expect(status).toBe(200)
      expect(html).toMatch(/name="waves\.2\.opens\.number" value="7"/)
      expect(html).toMatch(/name="reminders\.1\.number" value="14"/)
    })

    test('says when the plan has changed since the form was opened', async () => {
      const other = await post('preview', standard({ 'thanks.number': '3' }))
      await post('publish', { ...hiddenIn(other.html), code: codeIn(other.html)! })
      const { html } = await post('preview', standard(CHANGE))
      expect(textOf(html)).toContain(
        'Le plan a changé depuis que vous avez ouvert ces réglages (version 1, maintenant 2)',
      )
      expect(textOf(html)).toContain('Remerciement 3 jours après la réponse 1 jour après la réponse')
    })
  })

  describe('publishing', () => {
    const preview = async (change: Fields) => {
      const { html } = await post('preview', standard(change))
      return { ...hiddenIn(html), code: codeIn(html)! }
    }

    test('puts the plan in force, plans everybody again while one watches, and leads on', async () => {
      await enrolMany(service, 450)
      const { status, html } = await post('publish', await preview(CHANGE))
      expect(status).toBe(200)
      const steps = [...html.matchAll(/<p class="step" role="status">([^<]*)<\/p>/g)].map(([, step]) => textOf(step!))
      expect(steps).toEqual([
        'Ce que cela déplace est recalculé. Personnes regardées : 450…',
        'Le plan est publié. Les dates de chacun sont recalculées…',
        'Personnes encore à replanifier : 450…',
        'Personnes encore à replanifier : 250…',
        'Personnes encore à replanifier : 50…',
      ])
      expect(textOf(html)).toContain("C'est fait : la version 2 du plan est en vigueur")
      expect(html).toContain('href="/staff/programmes/tevo/waves"')
      expect(html).toMatch(/<\/html>$/)
      const [, second] = await versions()
      expect(second).toMatchObject({ version: 2, source: 'console', published_by: expect.stringMatching(/^staff /) })
      expect(new Set(await opensOn('w2'))).toEqual(new Set(['2027-04-15']))
      const stale = await service.db
        .selectFrom('fieldwork.mission')
        .where('plan_stale', '=', true)
        .selectAll()
        .execute()
      expect(stale).toEqual([])
      const events = await service.db
        .selectFrom('audit.event')
        .where('action', '=', 'plan published')
        .selectAll()
        .execute()
      expect(events).toMatchObject([
        { actor: second!.published_by, subject: 'standard', detail: { version: 2, source: 'console', moved: 450 } },
      ])
    })

    test('says afterwards who set it, and the file is not held against it', async () => {
      await post('publish', await preview(CHANGE))
      expect(textOf((await get()).html)).toContain('version 2 du plan « standard », réglée ici le')
      expect(textOf((await get()).html)).toContain('par sam@example.org')
      expect(await changedPlans(service, SOURCES)).toEqual([])
    })

    test('twice is once: whoever sends it again is told the same', async () => {
      const fields = await preview(CHANGE)
      for (let time = 0; time < 2; time++)
        expect(textOf((await post('publish', fields)).html)).toContain(
          "C'est fait : la version 2 du plan est en vigueur",
        )
      expect(await versions()).toHaveLength(2)
    })

    test.each(['', '00000000', 'yes'])(
      'with the code “%s” of something else shows again what would happen',
      async (code) => {
        const { status, html } = await post('publish', { ...(await preview(CHANGE)), code })
        expect(status).toBe(200)
        expect(textOf(html)).toContain(STALE)
        expect(codeIn(html)).toMatch(/^[0-9a-f]{8}$/)
        expect(await versions()).toHaveLength(1)
      },
    )

    test('is refused once a mail has gone that was to move, and then is what was shown last', async () => {
      await enrolMany(service, 2)
      const change = { 'waves.1.opens.number': '2' }
      const fields = await preview(change)
      service.clock.jumpTo(W1_OPENS)
      await sendAllDue(service)
      cookie = await signInAs(app, service, FIELDWORK)
      const stale = await post('publish', fields)
      expect(textOf(stale.html)).toContain(STALE)
      expect(textOf(stale.html)).toContain('w1 0 0 0 2')
      expect(await versions()).toHaveLength(1)
      const again = await post('publish', { ...hiddenIn(stale.html), code: codeIn(stale.html)! })
      expect(again.status).toBe(200)
      expect(await versions()).toHaveLength(2)
    })

    test('is refused when somebody else has published meanwhile, even where nothing moves', async () => {
      const fields = await preview({ 'thanks.number': '2' })
      await post('publish', await preview({ 'resume.number': '4' }))
      expect(textOf((await post('publish', fields)).html)).toContain(STALE)
      expect(await versions()).toHaveLength(2)
    })

    test('of what cannot be read is told at its field', async () => {
      const { status, html } = await post('publish', { ...(await preview(CHANGE)), sendAt: '3' })
      expect(status).toBe(422)
      expect(html).toContain('id="sendAt-error"')
    })
  })

  describe('who may', () => {
    const POSTS = ['preview', 'publish']

    test('nobody who is not signed in', async () => {
      expect((await get(PATH, '')).status).toBe(401)
      for (const path of POSTS) expect((await post(path, standard(CHANGE), '')).status).toBe(401)
    })

    test.each<[string, Grant[], number, number]>([
      ['a methodologist', [{ role: 'methodologist', programme: 'tevo' }], 200, 200],
      ['the data-protection officer', [{ role: 'data-protection', programme: 'tevo' }], 200, 403],
      ['a researcher', [{ role: 'researcher', programme: 'tevo' }], 403, 403],
      ['somebody of another programme', [{ role: 'administrator', programme: 'elsewhere' }], 404, 404],
    ])('%s', async (_, grants, seeing, changing) => {
      const as = await signInAs(app, service, grants, 'other@example.org')
      expect((await get(PATH, as)).status).toBe(seeing)
      expect((await post('preview', standard(CHANGE), as)).status).toBe(changing)
      expect((await post('publish', standard(CHANGE), as)).status).toBe(changing)
      expect(await versions()).toHaveLength(1)
    })

    test('who may only see reads every setting, and finds nothing to send', async () => {
      const as = await signInAs(app, service, [{ role: 'data-protection', programme: 'tevo' }], 'dpo@example.org')
      const { html } = await get(PATH, as)
      expect(textOf(html)).toContain("Rappel 2 11 jours après l'ouverture")
      expect(html).not.toContain('/plan/preview')
    })

    test('a plan of two programmes is changed by those who may in both, and others hear of no other by name', async () => {
      const [tevo] = service.frame.programmes
      const other = { ...tevo!, programme: 'secret', name: { fr: 'Programme discret', en: 'Discreet programme' } }
      const both = { ...service, frame: { ...service.frame, programmes: [tevo!, other] } }
      app = createWeb(service.log)
      for (const routes of [staffDoor(both), signInRoutes(both), planRoutes(both)]) app.route('/', routes)
      const one = await signInAs(app, both, FIELDWORK)
      const { html } = await get(PATH, one)
      expect(html).not.toContain('Programme discret')
      expect(textOf(html)).toContain("Territoires Volontaires et d'autres que vous ne suivez pas (1)")
      expect(html).not.toContain('/plan/preview')
      for (const path of POSTS) expect((await post(path, standard(CHANGE), one)).status).toBe(403)
      const all = await signInAs(app, both, [{ role: 'fieldwork', programme: '*' }], 'all@example.org')
      expect(textOf((await post('preview', standard(CHANGE), all)).html)).toContain(
        'Ce plan est celui de Territoires Volontaires et Programme discret.',
      )
    })
  })

  test('what is written in a wave’s name is text on every page', async () => {
    await enrol(service, [{}])
    const hostile = '"><script>alert(1)</script>'
    const shown = await post('preview', standard({ 'waves.1.nameFr': hostile, 'waves.1.nameEn': hostile }))
    expect(shown.html).toContain('&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;')
    const published = await post('publish', {
      ...standard({ 'waves.1.nameFr': hostile, 'waves.1.nameEn': hostile }),
      code: codeIn(shown.html)!,
    })
    const wrong = await post(
      'preview',
      standard({ 'waves.1.nameFr': hostile, 'waves.1.wave': hostile, sendAt: hostile }),
    )
    const dpo = await signInAs(app, service, [{ role: 'data-protection', programme: 'tevo' }], 'dpo@example.org')
    for (const { html } of [shown, published, wrong, await get(), await get(PATH, dpo)])
      expect(html).not.toContain('<script>alert')
    expect((await get()).html).toContain('&lt;script&gt;')
  })
})
