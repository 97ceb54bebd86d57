// The questionnaires of a programme, read in a browser: who may, what is there, and that nothing can be sent from there.
import type { Hono } from 'hono'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { staffDoor } from '../access/guard.routes.tsx'
import { signInRoutes } from '../access/sign-in.routes.tsx'
import { signInAs } from '../access/testing-staff.ts'
import { questionsOf } from '../instruments/answers.ts'
import { type Instrument, itemsOf, mostQuestions } from '../instruments/instrument.ts'
import { hashOf } from '../instruments/store-versions.actions.ts'
import { markFielded } from '../instruments/testing.ts'
import { storeVersion } from '../instruments/versions.queries.ts'
import { createWeb, type Web } from '../platform/http.tsx'
import { ENGINES } from '../platform/testing.ts'
import { openTestService, type TestService } from '../testing.ts'
import { instrumentRoutes } from './instruments.routes.tsx'

const NOW = '2026-11-22T12:00:00Z'
const PATH = '/staff/programmes/tevo/instruments'
const HOSTILE = '<script>alert("1")</script> {name} \u202e'

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  let app: Hono<Web>
  let cookie: string
  let w1: Instrument

  beforeAll(async () => {
    service = await openTestService(engine, NOW)
    w1 = service.bank.instruments.get('w1')!
    app = createWeb(service.log)
    app.route('/', staffDoor(service))
    app.route('/', signInRoutes(service))
    app.route('/', instrumentRoutes(service))
    cookie = await signInAs(app, service, [{ role: 'researcher', programme: 'tevo' }])
  })
  beforeEach(() => sql`delete from answers.instrument_version where version not in (1, 2)`.execute(service.db))
  afterAll(() => service.close())

  async function open(path: string, as = cookie) {
    const answer = await app.request(path, { headers: { cookie: as } })
    return { status: answer.status, html: await answer.text() }
  }

  /** A third version of W1, stored as a start with another file does. */
  async function storeNext(change: (instrument: Instrument) => Instrument): Promise<void> {
    const next = { ...change(structuredClone(w1)), version: 3 }
    await storeVersion(service.db, next, hashOf(next))
  }

  test('is refused to whoever is not signed in, and to whoever works in another programme only', async () => {
    const stranger = await signInAs(app, service, [{ role: 'administrator', programme: 'other' }], 's@example.org')
    for (const path of [PATH, `${PATH}/w1`, `${PATH}/w1/compare`]) {
      expect((await open(path, '')).status).toBe(401)
      expect((await open(path, stranger)).status).toBe(404)
    }
  })

  test('there is no other questionnaire, version or page', async () => {
    const wrong = [
      'w9',
      'constructor',
      'w1?version=9',
      'w1?version=x',
      'w1?version=',
      'w1?page=0',
      'w1?page=99',
      'w1?page=x',
    ]
    const compared = [
      'w9/compare',
      'w1/compare?from=2&to=9',
      'w1/compare?from=x&to=2',
      'w1/compare?with=w9&from=2&to=2',
    ]
    for (const path of [...wrong, ...compared])
      expect([path, (await open(`${PATH}/${path}`)).status]).toEqual([path, 404])
  })

  test('the list has every wave’s, what it costs, and whether anybody has been asked it', async () => {
    await markFielded(service.db, service.bank.instruments.get('w0')!, service.clock.now())
    const { html } = await open(PATH)
    for (const name of ['w0', 'w1', 'w2', 'w3', 'w4', 'w5']) expect(html).toContain(`href="${PATH}/${name}"`)
    expect(html).toContain('Un mois après le retour')
    expect(html).toContain(`${mostQuestions(w1)} questions au plus, 6 minutes`)
    expect(html).toContain('posée depuis le dimanche 22 novembre 2026')
    expect(html.match(/posée à personne encore/g)).toHaveLength(5)
  })

  test('a wave without a questionnaire says what to do', async () => {
    const bank = { ...service.bank, instruments: new Map() }
    const deps = { ...service, bank }
    await sql`delete from answers.instrument_version where instrument = 'w5'`.execute(service.db)
    const bare = createWeb(service.log)
    bare.route('/', staffDoor(deps))
    bare.route('/', instrumentRoutes(deps))
    const html = await (await bare.request(PATH, { headers: { cookie } })).text()
    expect(html).toContain('surveys/instruments')
    expect(html).not.toContain(`href="${PATH}/w5"`)
    const { w5 } = Object.fromEntries(service.bank.instruments) as Record<string, Instrument>
    await storeVersion(service.db, w5!, hashOf(w5!))
  })

  describe('a questionnaire', () => {
    test('has every question as volunteers see it, with its code, in either language', async () => {
      for (const language of ['fr', 'en'] as const) {
        const { html } = await open(`${PATH}/w1?version=2&lang=${language}`)
        for (const item of itemsOf(w1)) {
          expect(html).toContain(`<code>${item.item}</code>`)
          if (item.type !== 'calendar')
            expect(html).toContain(
              item.text[language].split('\n')[0]!.replaceAll("'", '&#39;').replaceAll('"', '&quot;'),
            )
        }
        for (const { title } of w1.pages) expect(html).toContain(title[language])
        expect(html).toContain(`<div lang="${language}">`)
      }
    })

    test('can be looked at, and nothing of it can be sent', async () => {
      const { html } = await open(`${PATH}/w1`)
      const main = html.slice(html.indexOf('<main'), html.indexOf('</main>'))
      expect(main).not.toContain('<form')
      expect(main).not.toMatch(/formaction|<script/)
      expect(main).toMatch(/<input type="radio"/)
      expect(main).toContain('Vue de lecture')
      expect(main).toContain('octobre 2026')
    })

    test('says who is asked what, and what answering costs', async () => {
      const { html } = await open(`${PATH}/w1`)
      const conditional = itemsOf(w1).filter(({ when }) => when)
      expect(conditional.length).toBeGreaterThan(0)
      expect(html.match(/Posée après (l&#39;une de ces réponses|cette réponse) à/g)).toHaveLength(conditional.length)
      expect(html.match(/Posée à tout le monde\./g)).toHaveLength(questionsOf(w1).length - conditional.length)
      expect(html.match(/Montré à tout le monde\./g)).toHaveLength(itemsOf(w1).length - questionsOf(w1).length)
      expect(html).toContain(`Questions, au plus pour une personne</th><td class="number">${mostQuestions(w1)}<`)
    })

    test('is read a page at a time too, from one to the next', async () => {
      const { html } = await open(`${PATH}/w1?page=2&lang=en`)
      expect(html).toContain('Page 2 of 8: Since you came back')
      expect(html).toContain(`href="${PATH}/w1?version=2&amp;lang=en&amp;page=3"`)
      expect(html).toContain(`href="${PATH}/w1?version=2&amp;lang=en&amp;page=1"`)
      expect(html).not.toContain(w1.pages[2]!.title.en)
      expect((await open(`${PATH}/w1?page=8`)).html).not.toContain('page=9')
    })

    test('of an older version is that version, whatever surveys/ says now', async () => {
      await storeNext((next) => ({ ...next, minutes: 9 }))
      const { html } = await open(`${PATH}/w1?version=3`)
      expect(html).toContain('Questionnaire w1, version 3')
      expect(html).toMatch(/Durée annoncée, en minutes<\/th><td class="number">9</)
      expect((await open(`${PATH}/w1`)).html).toContain('Questionnaire w1, version 2')
    })
  })

  describe('two versions', () => {
    test('are not there to compare while there is one', async () => {
      expect((await open(`${PATH}/w1/compare`)).html).toContain('une version de ce questionnaire')
    })

    test('are compared item by item, in words, with what stays comparable', async () => {
      await storeNext((next) => {
        const [reworded, changed] = itemsOf(next).filter((item) => item.type === 'likert')
        reworded!.text = { fr: HOSTILE, en: reworded!.text.en }
        if (changed?.type === 'likert') changed.options = changed.options.slice(1)
        next.pages.at(-1)!.items.pop()
        return next
      })
      const { status, html } = await open(`${PATH}/w1/compare`)
      expect(status).toBe(200)
      expect(html).toContain('De w1@2 à w1@3')
      expect(html).toContain('Reformulée, pour les mêmes réponses – comparable')
      expect(html).toContain('Autres réponses, ou posée à d&#39;autres – non comparable')
      expect(html).toContain('N&#39;est plus posée – non comparable')
      expect(html).toMatch(/Français, avant/)
      expect(html).toContain(`${itemsOf(w1).length - 3} questions n&#39;ont pas changé`)
      expect(html.slice(html.indexOf('Ce qui reste comparable'))).toContain('non comparable – ')
      expect(html).not.toContain('<script>')
      expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; {name}')
      expect((await open(`${PATH}/w1?version=3`)).html).not.toContain('<script>')
      const back = await open(`${PATH}/w1/compare?from=3&to=2`)
      expect(back.html).toContain('Nouvelle – non comparable')
    })

    test('that say the same are said to', async () => {
      await storeNext((next) => next)
      const { html } = await open(`${PATH}/w1/compare?from=2&to=3`)
      expect(html).toContain('Ces deux versions posent les mêmes questions')
    })

    test('of two questionnaires show what a change is measured on', async () => {
      expect((await open(`${PATH}/w1`)).html).toContain('compare?with=w0&amp;from=2&amp;to=2')
      const { html } = await open(`${PATH}/w1/compare?with=w0&from=2&to=2`)
      expect(html).toContain('De w0@2 à w1@2')
      const comparable = html.slice(html.indexOf('Ce qui reste comparable'))
      for (const { label } of service.bank.measures.slice(0, 1)) expect(comparable).toContain(label.fr)
      expect(comparable).toMatch(/<td>comparable<\/td>/)
      expect(comparable).not.toContain('non comparable')
    })
  })
})
