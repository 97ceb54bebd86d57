// The questionnaire over HTTP, as a volunteer, a mail scanner and somebody hostile meet it.
import { expect, test } from 'vitest'
import { ensureLink } from '../access/personal-links.queries.ts'
import { createApp } from '../app.ts'
import { demonstrationClock } from '../platform/clock.ts'
import { signNote } from '../platform/cookies.ts'
import { base64url } from '../platform/secrets.ts'
import type { TestService } from '../testing.ts'
import {
  answerPages,
  type Browser,
  countResponses,
  dump,
  formOf,
  IN_W1,
  invite,
  languageOf,
  onEachEngineWithService,
  openBrowser,
  pageOf,
  readText,
  titleOf,
  toldAbout,
  type Volunteer,
  W1,
  W1_STORED,
} from './testing.ts'

const BEFORE_W1 = '2026-10-15T09:59:59Z'
const AFTER_W1 = '2026-11-26T00:00:00Z'
const COOKIE = '__Host-sv'
const TWENTY = Array.from({ length: 20 })
/** The last page of w1, and what stands on it. */
const LAST = W1.length
const ENDING = W1[LAST - 1]!

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'",
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'x-robots-tag': 'noindex, nofollow',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
}

/** What a page may hold all the same: its one script of our own, its icon, and the help that can be called. */
const OWN =
  /<script type="module" src="\/assets\/periods-[0-9a-f]{12}\.js"><\/script>|<link rel="icon"[^>]*>|<a href="https:\/\/findahelpline\.com\/" rel="noreferrer">/g

const headersOf = (response: Response) =>
  Object.fromEntries(Object.keys(HEADERS).map((name) => [name, response.headers.get(name)]))

/** The form of a page as it would be sent without touching it, with some of it changed. */
function formBody(html: string, changes: Record<string, string> = {}): URLSearchParams {
  const body = new URLSearchParams(formOf(html).fields)
  for (const [name, value] of Object.entries({ go: 'next', ...changes })) body.set(name, value)
  return body
}

async function expectUnknown(response: Response): Promise<string> {
  const html = await response.text()
  expect([response.status, titleOf(html)]).toEqual([404, 'Ouvrez à nouveau votre lien'])
  return html
}

const stopLinkOf = ({ db, config }: TestService, memberId: string): Promise<string> =>
  ensureLink(db, config.keys.link, { purpose: 'stop', subjectId: memberId, generation: 1 }, null)

onEachEngineWithService((service) => {
  test('a link that is unknown, malformed, withdrawn or of another purpose leads to one and the same page', async () => {
    const volunteer = await invite(service())
    const stop = await stopLinkOf(service(), volunteer.memberId)
    const withdrawn = await invite(service())
    await service()
      .db.updateTable('access.personal_link')
      .set({ revoked_at: service().clock.now() })
      .where('subject_id', '=', withdrawn.caseId)
      .execute()
    const token = volunteer.link.slice('/s/'.length)
    const addresses = [
      `/s/rv1s_${'A'.repeat(43)}`,
      '/s/rv1s_short',
      '/s/rv1s_%00%ff',
      '/s/rv1s_%E0%A4%A',
      `/s/${token}x`,
      `/s/${token.slice(0, -1)}`,
      `/s/${token}/`,
      `/s/${token}%2F..`,
      `/s/${stop}`,
      `/s/${stop.replace('rv1u_', 'rv1s_')}`,
      `/s/${token.replace('rv1s_', 'rv1l_')}`,
      withdrawn.link,
      '/s/nothing',
      '/s/next.ics',
      '/s',
      '/s/1',
    ]
    const bodies = new Set<string>()
    for (const address of addresses) {
      const response = await volunteer.browse().get(address)
      bodies.add(await expectUnknown(response))
      expect(response.headers.getSetCookie()).toEqual([])
    }
    expect(bodies.size).toBe(1)
    expect([...bodies][0]).toContain('<a href="/link?lang=fr">Recevoir un nouveau lien</a>')
  })

  test('a page sent without a cookie is refused and nothing is stored', async () => {
    const volunteer = await invite(service())
    const html = await pageOf(await volunteer.open(), 1)
    const before = await dump(service().db)
    await expectUnknown(await volunteer.browse().post('/s/1', formBody(html, { ACT_NOW: '1' })))
    expect(await dump(service().db)).toEqual(before)
  })

  test('a cookie that is forged, unsigned, for another purpose or for another case that never was opens nothing', async () => {
    const volunteer = await invite(service())
    const { config, clock } = service()
    const unsigned = (claims: object) =>
      [{ alg: 'none', typ: 'survey+jwt' }, claims].map((part) => base64url(Buffer.from(JSON.stringify(part)))).join('.')
    const seconds = clock.now().epochMilliseconds / 1000
    const other = await signNote(config.keys.cookie, clock, { purpose: 'survey', subject: volunteer.memberId })
    const notes = [
      await signNote(new Uint8Array(32).fill(9), clock, { purpose: 'survey', subject: volunteer.caseId }),
      await signNote(config.keys.cookie, clock, { purpose: 'staff', subject: volunteer.caseId }),
      other,
      `${unsigned({ iss: 'retour', aud: 'survey', sub: volunteer.caseId, iat: seconds, exp: seconds + 60 })}.`,
      volunteer.caseId,
      'a.b.c',
      '%E0%A4%A',
      '',
    ]
    for (const note of notes) {
      const browser = volunteer.browse({ Cookie: `${COOKIE}=${note}` })
      await expectUnknown(await browser.get('/s/1'))
      await expectUnknown(await browser.get('/s/next.ics'))
      const sent = await browser.post('/s/1', new URLSearchParams({ ACT_NOW: '1' }))
      // A note that is good, about somebody who has no such case: the form is refused before anybody looks for the case.
      if (note === other) expect(sent.status).toBe(409)
      else await expectUnknown(sent)
    }
    expect((await volunteer.stored()).receipt).toBe(null)
  })

  test('a page sent for a case that is gone leads to the page for unknown links', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    const html = await pageOf(browser, 1)
    await service().db.deleteFrom('fieldwork.case').where('id', '=', volunteer.caseId).execute()
    await expectUnknown(await browser.fill(html, W1[0]!))
    expect((await browser.fill(html, { ...W1[0]!, ref: 'x' })).status).toBe(409)
  })

  test('a page left open overnight can be sent; after a day the link must be opened again', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    const html = await pageOf(browser, 1)
    volunteer.clock.jumpTo(volunteer.clock.now().add({ hours: 23 }))
    expect((await browser.get('/s/1')).status).toBe(200)
    volunteer.clock.jumpTo(volunteer.clock.now().add({ hours: 2 }))
    await expectUnknown(await browser.get('/s'))
    await expectUnknown(await browser.fill(html, W1[0]!))
    expect((await volunteer.stored()).receipt).toBe(null)
    await browser.get(volunteer.link)
    expect((await browser.fill(html, W1[0]!)).status).toBe(303)
  })

  test('what another site sends is refused, and what the site itself or no browser sends is not', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    const body = formBody(await pageOf(browser, 1), { ACT_NOW: '1' })
    const refused: Record<string, string>[] = [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://retour.example' },
      { Origin: 'https://evil.example' },
      { Origin: 'https://retour.example.evil.example' },
      { Origin: 'http://retour.example' },
    ]
    for (const headers of refused) {
      const response = await browser.post('/s/1', body, headers)
      expect([response.status, titleOf(await response.text())]).toEqual([403, "Cette demande n'a pas pu être acceptée"])
    }
    expect((await volunteer.stored()).receipt).toBe(null)
    const accepted: Record<string, string>[] = [
      { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' },
      { 'Sec-Fetch-Site': 'none' },
      { Origin: 'https://retour.example' },
      { Origin: 'null' },
      {},
    ]
    for (const headers of accepted) expect((await browser.post('/s/1', body, headers)).status).toBe(303)
    expect((await volunteer.stored()).answers).toMatchObject({ ACT_NOW: 1 })
  })

  test('a link clicked in a webmail, which is another site, opens', async () => {
    const volunteer = await invite(service())
    const browser = volunteer.browse({ 'Sec-Fetch-Site': 'cross-site' })
    expect((await browser.get(volunteer.link)).status).toBe(303)
    expect((await browser.get('/s')).status).toBe(200)
    expect((await browser.get('/impact')).status).toBe(200)
  })

  test('a link is exchanged for a short cookie and a clean address', async () => {
    const volunteer = await invite(service())
    const response = await volunteer.browse().get(volunteer.link)
    expect([response.status, response.headers.get('location')]).toEqual([303, '/s'])
    const [cookie = ''] = response.headers.getSetCookie()
    const [pair, ...attributes] = cookie.split('; ')
    expect(pair).toMatch(/^__Host-sv=[\w-]+\.[\w-]+\.[\w-]+$/)
    expect(attributes.sort()).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'])
    expect(await response.text()).not.toContain(volunteer.caseId)
  })

  test('opening and looking change nothing, however often it is done', async () => {
    const volunteer = await invite(service())
    const stop = await stopLinkOf(service(), volunteer.memberId)
    await answerPages(await volunteer.open(), 2)
    const fresh = await invite(service())
    const done = await invite(service())
    await answerPages(await done.open())

    const before = await dump(service().db)
    for (const { link, open } of [fresh, volunteer, done]) {
      const browser = await open()
      const pages = [
        '/s',
        '/s?lang=en',
        '/s/0',
        '/s/1',
        '/s/2?cleared=JOB_CONTRACT',
        '/s/8',
        '/s/9',
        '/s/next.ics',
        `/u/${stop}`,
        '/u/x',
      ]
      for (const address of [...TWENTY.map(() => link), ...pages]) {
        const [get, head] = [await browser.get(address), await browser.head(address)]
        expect([head.status, await head.text()]).toEqual([get.status, ''])
        expect(get.status).toBeLessThan(500)
      }
    }
    expect(await dump(service().db)).toEqual(before)
  })

  test('a link leads to what its field period says: not yet, open, answered, over', async () => {
    const early = await invite(service(), { now: BEFORE_W1 })
    const soon = await early.open()
    const tooEarly = await soon.get('/s')
    expect([tooEarly.status, titleOf(await tooEarly.text())]).toEqual([200, "Le questionnaire n'est pas encore ouvert"])
    const html = await pageOf(soon, 1)
    expect(html).toContain('jeudi 15 octobre 2026')
    early.clock.jumpTo(early.clock.now().add({ seconds: 1 }))
    const open = await soon.get('/s')
    expect([open.status, titleOf(await open.text())]).toEqual([200, 'Votre parcours de volontaire'])

    const late = await invite(service(), { now: AFTER_W1 })
    for (const address of ['/s', '/s/1']) {
      const closed = await (await late.open()).get(address)
      expect([closed.status, titleOf(await closed.text())]).toEqual([410, 'Ce questionnaire est terminé'])
    }
  })

  test.each([
    [
      'fr',
      [
        'Ouvrez à nouveau votre lien',
        "Le questionnaire n'est pas encore ouvert",
        'Votre parcours de volontaire',
        'Merci, vos réponses sont bien arrivées',
        'Ce questionnaire est terminé',
      ],
    ],
    [
      'en',
      [
        'Open your link again',
        'The questionnaire is not open yet',
        'Your path as a volunteer',
        'Thank you, your answers have arrived',
        'This questionnaire is over',
      ],
    ],
  ])(
    'in %s a link leads to five pages that nobody can take for each other: unknown, too early, open, sent, over',
    async (langue, titles) => {
      const always = { 'Accept-Language': langue }
      const early = await invite(service(), { langue, now: BEFORE_W1 })
      const [open, done] = [await invite(service(), { langue }), await invite(service(), { langue })]
      const late = await invite(service(), { langue, now: AFTER_W1 })
      await answerPages(await done.open())
      const [withdrawn, ...browsers] = [
        open.browse(always),
        ...(await Promise.all([early, open, done, late].map((one) => one.open(always)))),
      ]
      const pages = await Promise.all([
        withdrawn!.get('/s/rv1s_nothing'),
        ...browsers.map((browser) => browser.get('/s')),
      ])
      const texts = await Promise.all(pages.map((page) => page.text()))
      expect(
        texts.map((html) => [titleOf(html), /<h1>([^<]*)<\/h1>/.exec(html)?.[1]].map((text) => readText(text ?? ''))),
      ).toEqual(titles.map((title) => [title, title]))
      expect(pages.map(({ status }) => status)).toEqual([404, 200, 200, 200, 410])
      expect(new Set(texts.map((html) => /<main.*<\/main>/.exec(html)?.[0])).size).toBe(5)
    },
  )

  test('a receipt stays a receipt after the field period', async () => {
    const volunteer = await invite(service())
    await answerPages(await volunteer.open())
    volunteer.clock.jumpTo(Temporal.Instant.from(AFTER_W1))
    const browser = await volunteer.open()
    for (const address of ['/s', '/s/3']) {
      const html = await (await browser.get(address)).text()
      expect(html).toContain((await volunteer.stored()).receipt)
      expect(html).not.toContain('Plus de temps sur place')
    }
  })

  test('nothing can be sent before the opening', async () => {
    const volunteer = await invite(service())
    const html = await pageOf(await volunteer.open(), 1)
    const clock = demonstrationClock(Temporal.Instant.from(BEFORE_W1))
    const browser = openBrowser(createApp({ ...service(), clock }))
    await browser.get(volunteer.link)
    const response = await browser.fill(html, W1[0]!)
    expect(titleOf(await response.text())).toBe("Le questionnaire n'est pas encore ouvert")
    expect((await volunteer.stored()).receipt).toBe(null)
  })

  test('when the field period ends between a page and its sending, the page is not stored', async () => {
    const volunteer = await invite(service(), { now: '2026-11-25T23:30:00Z' })
    const browser = await volunteer.open()
    await answerPages(browser, LAST - 1)
    const html = await pageOf(browser, LAST)
    const before = await dump(service().db)
    volunteer.clock.jumpTo(Temporal.Instant.from(AFTER_W1))
    const response = await browser.fill(html, ENDING)
    expect([response.status, titleOf(await response.text())]).toEqual([410, 'Ce questionnaire est terminé'])
    expect(await dump(service().db)).toEqual(before)
  })

  test('the whole questionnaire is answered, stored once with every item, and confirmed by a receipt', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    const response = await answerPages(browser)
    expect([response.status, response.headers.get('location')]).toEqual([303, '/s?lang=fr'])
    const stored = await volunteer.stored()
    expect(stored).toMatchObject({
      answers: W1_STORED,
      language: 'fr',
      page: LAST,
      instrument: 'w1',
      instrument_version: 2,
    })
    expect(Object.keys(stored.answers!).sort()).toEqual(Object.keys(W1_STORED).sort())
    expect([stored.started_on, stored.submitted_on].map(String)).toEqual(['2026-10-20', '2026-10-20'])
    expect(await countResponses(service().db, stored)).toBe(1)
    const html = await (await browser.get('/s?lang=fr')).text()
    expect(titleOf(html)).toBe('Merci, vos réponses sont bien arrivées')
    expect(html).toContain(`<code>${stored.receipt}</code>`)
    const { because, next_contact_at } = await service()
      .db.selectFrom('fieldwork.case')
      .where('id', '=', volunteer.caseId)
      .select(['because', 'next_contact_at'])
      .executeTakeFirstOrThrow()
    expect([because, String(next_contact_at)]).toEqual([null, String(volunteer.clock.now())])
  })

  test('answering leaves no token, address or answer in the log', async () => {
    const volunteer = await invite(service())
    await answerPages(await volunteer.open())
    const { logLines } = service()
    expect(logLines.some((line) => line.includes('"route":"/s/:page'))).toBe(true)
    for (const secret of [volunteer.link.slice(3), '@example.org', 'Plus de temps', volunteer.caseId])
      expect(logLines.filter((line) => line.includes(secret))).toEqual([])
  })

  test('the last page sent again with the same answers leads to the same receipt', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    await answerPages(browser, LAST - 1)
    const html = await pageOf(browser, LAST)
    await browser.fill(html, ENDING)
    const before = await dump(service().db)
    const { receipt } = await volunteer.stored()
    for (let times = 0; times < 3; times++) {
      const again = await browser.fill(html, ENDING)
      expect(again.status).toBe(303)
      expect(await (await browser.get(again.headers.get('location')!)).text()).toContain(receipt)
    }
    expect(await dump(service().db)).toEqual(before)
  })

  test('other answers sent after the end are not kept, and the page says so', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    const first = await pageOf(browser, 1)
    await answerPages(browser, LAST - 1)
    const last = await pageOf(browser, LAST)
    await browser.fill(last, ENDING)
    const before = await dump(service().db)
    const responses = [
      await browser.fill(last, { OPEN_IMP: 'Autre chose.' }),
      await browser.fill(last, { OPEN_IMP: '' }),
      await browser.fill(last, { OPEN_IMP: 'x'.repeat(501) }),
      await browser.fill(first, { ACT_NOW: '1' }),
      await browser.fill(first, { ACT_NOW: '1' }, 'back'),
    ]
    for (const response of responses) {
      const html = await response.text()
      expect([response.status, titleOf(html)]).toEqual([409, 'Merci, vos réponses sont bien arrivées'])
      expect(readText(html)).toContain("Ce que vous venez de modifier n'a pas été enregistré.")
    }
    expect(await dump(service().db)).toEqual(before)
  })

  test('twenty times the last page at once makes one response, and all twenty are confirmed', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    await answerPages(browser, LAST - 1)
    const html = await pageOf(browser, LAST)
    const responses = await Promise.all(TWENTY.map(() => browser.fill(html, ENDING)))
    expect(responses.map(({ status }) => status)).toEqual(TWENTY.map(() => 303))
    const stored = await volunteer.stored()
    expect(stored.answers).toEqual(W1_STORED)
    expect(await countResponses(service().db, stored)).toBe(1)
  })

  test('of two different last pages at once one is confirmed, and the other is told it was not kept', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    await answerPages(browser, LAST - 1)
    const html = await pageOf(browser, LAST)
    const texts = ['La durée.', "L'accueil."]
    const responses = await Promise.all(texts.map((OPEN_IMP) => browser.fill(html, { OPEN_IMP })))
    expect(responses.map(({ status }) => status).sort()).toEqual([303, 409])
    const kept = texts[responses.findIndex(({ status }) => status === 303)]
    expect((await volunteer.stored()).answers?.OPEN_IMP).toBe(kept)
  })

  test('going back while the last page is being sent does not undo the sending', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    await answerPages(browser, LAST - 1)
    const last = await pageOf(browser, LAST)
    await browser.fill(last, ENDING, 'back')
    const responses = await Promise.all(TWENTY.map((_, at) => browser.fill(last, ENDING, at === 0 ? 'next' : 'back')))
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([303]))
    expect(String((await volunteer.stored()).submitted_on)).toBe('2026-10-20')
  })

  test('twenty times the first page at once makes one response', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    const html = await pageOf(browser, 1)
    const responses = await Promise.all(TWENTY.map(() => browser.fill(html, W1[0]!)))
    expect(responses.map(({ status }) => status)).toEqual(TWENTY.map(() => 303))
    const stored = await volunteer.stored()
    expect(stored.answers).toEqual({ ACT_NOW: 4, JOB_CONTRACT: -1 })
    expect(await countResponses(service().db, stored)).toBe(1)
  })

  test('twenty first pages at once that contradict each other leave answers that agree with each other', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    const html = await pageOf(browser, 1)
    const responses = await Promise.all(TWENTY.map((_, at) => browser.fill(html, { ACT_NOW: at % 2 ? '1' : '4' })))
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([303]))
    const { answers } = await volunteer.stored()
    expect(answers).toEqual(answers?.ACT_NOW === 1 ? { ACT_NOW: 1 } : { ACT_NOW: 4, JOB_CONTRACT: -1 })
  })

  test('a first page changed on one device while the last is sent from another leaves no item in between', async () => {
    const volunteer = await invite(service())
    const [phone, laptop] = [await volunteer.open(), await volunteer.open()]
    await answerPages(phone, LAST - 1)
    const [first, last] = [await pageOf(laptop, 1), await pageOf(phone, LAST)]
    await Promise.all([laptop.fill(first, { ACT_NOW: '1' }), phone.fill(last, ENDING)])
    const { answers, submitted_on } = await volunteer.stored()
    if (submitted_on) expect(answers).toEqual(W1_STORED)
    else {
      const { JOB_CONTRACT, ...others } = W1_STORED
      expect(answers).toEqual({ ...others, ACT_NOW: 1 })
    }
  })

  test('the same link on another device goes on where the first one stopped', async () => {
    const volunteer = await invite(service())
    await answerPages(await volunteer.open(), 3)
    const elsewhere = await volunteer.open()
    const welcome = await (await elsewhere.get('/s')).text()
    expect(welcome).toContain('Vous avez déjà commencé')
    expect(welcome).toContain('href="/s/4?lang=fr"')
    expect(formOf(await pageOf(elsewhere, 1)).fields).toContainEqual(['ACT_NOW', '4'])
    expect(formOf(await pageOf(elsewhere, 2)).fields).toContainEqual(['ACT_CAL.1.state', 'S'])
    const third = formOf(await pageOf(elsewhere, 3)).fields.slice(1)
    expect(Object.fromEntries(third)).toEqual(W1[2])
    await elsewhere.fill(await pageOf(elsewhere, 4), W1[3]!)
    expect(formOf(await pageOf(elsewhere, 4)).fields.slice(1)).toEqual([
      ['LINK_FREQ', 'declined'],
      ['TER_ACT', '1'],
      ['TER_ACT', '3'],
      ['RECIP', '4'],
    ])
    expect((await answerPages(elsewhere)).headers.get('location')).toBe('/s?lang=fr')
  })

  test('going back keeps what stands on the page and loses nothing that was answered before', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    await answerPages(browser, LAST - 1)
    const back = await browser.fill(await pageOf(browser, LAST), { OPEN_IMP: 'Presque fini.' }, 'back')
    expect(back.headers.get('location')).toBe('/s/7?lang=fr')
    for (const page of [7, 6, 5, 4, 3, 2])
      expect((await browser.fill(await pageOf(browser, page), {}, 'back')).headers.get('location')).toBe(
        `/s/${page - 1}?lang=fr`,
      )
    const { BIRTH_Y, GENDER, MOB_PRIOR, ...before } = W1_STORED
    expect((await volunteer.stored()).answers).toEqual({ ...before, OPEN_IMP: 'Presque fini.' })
  })

  test('going back from a page that was not answered leaves it to be asked', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    await answerPages(browser, 2)
    await browser.fill(await pageOf(browser, 3), { NPS_REC: '7' }, 'back')
    expect((await volunteer.stored()).answers).not.toHaveProperty('SAT_GLOB')
    expect((await volunteer.stored()).answers).toMatchObject({ NPS_REC: 7 })
    expect(await (await (await volunteer.open()).get('/s')).text()).toContain('href="/s/3?lang=fr"')
  })

  test('going back from a page with something wrong on it says so, and keeps what had been saved', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    await answerPages(browser, LAST - 1)
    const last = await pageOf(browser, LAST)
    await browser.fill(last, { OPEN_IMP: 'Gardé.' }, 'back')
    const response = await browser.fill(last, { OPEN_IMP: 'x'.repeat(501), GENDER: '1' }, 'back')
    const html = await response.text()
    expect([response.status, toldAbout(html)]).toEqual([422, ['OPEN_IMP']])
    expect((await volunteer.stored()).answers).toMatchObject({ OPEN_IMP: 'Gardé.', GENDER: 1 })
    expect((await volunteer.stored()).answers).not.toHaveProperty('BIRTH_Y')
    const shorter = await browser.fill(html, { OPEN_IMP: 'x'.repeat(500) }, 'back')
    expect([shorter.status, shorter.headers.get('location')]).toEqual([303, '/s/7?lang=fr'])
  })

  test('a required answer that is missing does not stop anybody from going back', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    const html = await pageOf(browser, 1)
    for (const go of ['back', 'en'] as const) expect((await browser.fill(html, {}, go)).status).toBe(303)
    expect((await browser.fill(html, { ACT_NOW: '12' }, 'back')).status).toBe(422)
    expect((await volunteer.stored()).receipt).toBe(null)
  })

  test('an item that another answer puts out of reach is stored as not applicable, and asked again when it applies', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    await browser.fill(await pageOf(browser, 1), { ACT_NOW: '1' })
    await browser.fill(await pageOf(browser, 2), { 'ACT_CAL.1.state': 'E', JOB_CONTRACT: '2' })
    expect((await volunteer.stored()).answers).toMatchObject({ ACT_NOW: 1, JOB_CONTRACT: 2 })

    await browser.fill(await pageOf(browser, 1), { ACT_NOW: '6' })
    expect((await volunteer.stored()).answers).toMatchObject({ ACT_NOW: 6, JOB_CONTRACT: -1 })
    expect(await pageOf(browser, 2)).not.toContain('JOB_CONTRACT')
    expect((await browser.fill(await pageOf(browser, 2), { JOB_CONTRACT: '2' })).status).toBe(303)
    expect((await volunteer.stored()).answers).toMatchObject({ JOB_CONTRACT: -1 })

    await browser.fill(await pageOf(browser, 1), { ACT_NOW: '3' })
    const { ACT_CAL } = (await volunteer.stored()).answers!
    expect((await volunteer.stored()).answers).toEqual({ ACT_NOW: 3, ACT_CAL })
    expect(await pageOf(browser, 2)).toContain('name="JOB_CONTRACT"')
    expect(await (await (await volunteer.open()).get('/s')).text()).toContain('href="/s/2?lang=fr"')
  })

  test('a page told which answers the page before has put out of reach names their questions, and only those', async () => {
    const volunteer = await invite(service(), { langue: 'en' })
    const browser = await volunteer.open()
    await browser.fill(await pageOf(browser, 1), { ACT_NOW: '1' })
    await browser.fill(await pageOf(browser, 2), { 'ACT_CAL.1.state': 'E', JOB_CONTRACT: 'unknown' })
    const changed = await browser.fill(await pageOf(browser, 1), { ACT_NOW: '6' })
    expect(changed.headers.get('location')).toBe('/s/2?lang=en&cleared=JOB_CONTRACT')
    const said = /<section class="notice" role="status">.*?<\/section>/
    const html = await (await browser.get(changed.headers.get('location')!)).text()
    expect(said.exec(html)?.[0]).toBe(
      '<section class="notice" role="status"><p>After this change, some later answers no longer concern you. They have been removed:</p><ul><li>What type of contract do you have?</li></ul></section>',
    )
    for (const query of [
      '',
      '?cleared=',
      '?cleared=ACT_NOW.ACT_CAL',
      '?cleared=%3Cscript%3E.__proto__.constructor.NPS_REC',
    ])
      expect(await pageOf(browser, 2, query)).not.toMatch(said)
    const again = await browser.fill(await pageOf(browser, 1), { ACT_NOW: '7' })
    expect(again.headers.get('location')).toBe('/s/2?lang=en')
    await browser.fill(await pageOf(browser, 1), { ACT_NOW: '3' })
    const blank = await browser.fill(await pageOf(browser, 2), {})
    expect(blank.headers.get('location')).toBe('/s/3?lang=en')
    expect((await browser.fill(await pageOf(browser, 1), { ACT_NOW: '6' })).headers.get('location')).toBe(
      '/s/2?lang=en',
    )
  })

  test('the end is not reached while a page has been skipped', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    for (const [page, fields] of [...W1.entries()].slice(1)) await browser.fill(await pageOf(browser, page + 1), fields)
    const { submitted_on } = await volunteer.stored()
    expect(submitted_on).toBe(null)
    expect((await browser.fill(await pageOf(browser, LAST), {})).headers.get('location')).toBe('/s/1?lang=fr')
    expect((await volunteer.stored()).submitted_on).toBe(null)
    expect((await browser.fill(await pageOf(browser, 1), W1[0]!)).headers.get('location')).toBe('/s/2?lang=fr')
    expect((await browser.fill(await pageOf(browser, LAST), {})).headers.get('location')).toBe('/s?lang=fr')
    expect((await volunteer.stored()).answers).toEqual(W1_STORED)
  })

  test('a required answer left out is asked for, with a link to its field', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    const response = await browser.fill(await pageOf(browser, 1), {})
    const html = await response.text()
    expect(response.status).toBe(422)
    expect(titleOf(html)).toMatch(/^Erreur\s: Votre situation/)
    expect(html).toContain('role="alert"')
    expect(html).toMatch(/<a href="#ACT_NOW">[^<]*Choisissez une réponse pour continuer/)
    expect(html).toMatch(/<fieldset id="ACT_NOW" aria-describedby="ACT_NOW-error"/)
    expect(html).toContain('id="ACT_NOW-error"')
    expect((await volunteer.stored()).receipt).toBe(null)
  })

  test('what was typed and refused still stands in the page, and the summary leads to it', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    await answerPages(browser, LAST - 1)
    const typed = `Trop "long" & <b>gras</b> : ${'é'.repeat(500)}`
    const response = await browser.fill(await pageOf(browser, LAST), { OPEN_IMP: typed })
    const html = await response.text()
    expect(response.status).toBe(422)
    expect(html).toMatch(/<a href="#OPEN_IMP">[^<]*Le texte dépasse 500 caractères/)
    expect(html).toMatch(/<textarea id="OPEN_IMP" aria-describedby="OPEN_IMP-hint OPEN_IMP-error" aria-invalid="true"/)
    expect(formOf(html).fields).toContainEqual(['OPEN_IMP', typed])
    expect(html).not.toContain('<b>gras')

    const contradictory = await browser.fill(await pageOf(browser, 4), { TER_ACT: ['2', '6'] })
    expect(contradictory.status).toBe(422)
    expect(formOf(await contradictory.text()).fields).toEqual(
      expect.arrayContaining([
        ['TER_ACT', '2'],
        ['TER_ACT', '6'],
        ['LINK_FREQ', 'declined'],
      ]),
    )
    expect((await volunteer.stored()).answers?.TER_ACT).toEqual([1, 3])
  })

  test('a form made for one person is refused in the browser where another has since opened a link', async () => {
    const [ana, bo] = [await invite(service()), await invite(service())]
    const browser = await ana.open()
    const html = await pageOf(browser, 1)
    await browser.get(bo.link)
    const before = await dump(service().db)
    for (const response of [
      await browser.fill(html, W1[0]!),
      await browser.fill(html, { ...W1[0]!, ref: '' }),
      await browser.fill(html, { ...W1[0]!, ref: ['', formOf(html).fields[0]![1]] }),
    ])
      expect([response.status, titleOf(await response.text())]).toEqual([
        409,
        "Ce questionnaire est celui d'une autre personne",
      ])
    expect(await dump(service().db)).toEqual(before)
  })

  test('a page that does not exist leads back to the beginning', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    const body = formBody(await pageOf(browser, 1), { ACT_NOW: '1' })
    for (const page of ['0', '9', '999', '000']) {
      const responses = [await browser.get(`/s/${page}`), await browser.post(`/s/${page}`, body)]
      for (const response of responses)
        expect([response.status, response.headers.get('location')]).toEqual([303, '/s?lang=fr'])
    }
    expect((await volunteer.stored()).receipt).toBe(null)
  })

  test('changing the language keeps the answers, what stands on the page among them, and is remembered', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    await answerPages(browser, 2)
    const french = await pageOf(browser, 3)
    expect(languageOf(french)).toBe('fr')
    expect(french).toMatch(/<button class="link" type="submit" form="answers" name="go" value="en" lang="en">English</)
    expect(await pageOf(browser, 2, '?lang=en')).toContain('I prefer not to answer')
    expect((await volunteer.stored()).language).toBe('fr')

    const changed = await browser.fill(french, { SAT_GLOB: '8' }, 'en')
    expect([changed.status, changed.headers.get('location')]).toEqual([303, '/s/3?lang=en'])
    const stored = await volunteer.stored()
    expect(stored).toMatchObject({ language: 'en', answers: { ACT_NOW: 4, SAT_GLOB: 8 } })
    expect(stored.answers).not.toHaveProperty('NPS_REC')
    expect(languageOf(await (await (await volunteer.open()).get('/s')).text())).toBe('en')
    const english = await pageOf(browser, 3)
    expect([languageOf(english), formOf(english).fields.slice(1)]).toEqual(['en', [['SAT_GLOB', '8']]])
    await browser.fill(english, {}, 'fr')
    expect((await volunteer.stored()).language).toBe('fr')
  })

  test('a language chosen on a page with something wrong on it keeps what is right and says the rest in that language', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    const typed = { TER_ACT: ['2', '6'], RECIP: '4' }
    const response = await browser.fill(await pageOf(browser, 4), typed, 'en')
    const html = await response.text()
    expect([response.status, languageOf(html), toldAbout(html)]).toEqual([422, 'en', ['TER_ACT']])
    expect(html).toContain('One of the answers you ticked does not go with the others')
    expect((await volunteer.stored()).answers).toEqual({ RECIP: 4, JOB_CONTRACT: -1 })
    expect((await browser.fill(html, { TER_ACT: '2' })).headers.get('location')).toBe('/s/5?lang=en')
  })

  test('a language nobody speaks here is not followed', async () => {
    const browser = await (await invite(service(), { langue: 'en' })).open({ 'Accept-Language': 'fr' })
    for (const query of ['', '?lang=', '?lang=de', '?lang=__proto__', '?lang=%E0%A4%A', '?lang=fr%00'])
      expect(languageOf(await pageOf(browser, 1, query))).toBe('en')
  })

  test('a body over 64 KB is refused, whether or not it says how long it is', async () => {
    const volunteer = await invite(service())
    const browser = await volunteer.open()
    const body = formBody(await pageOf(browser, 1), { ACT_NOW: '1', more: 'x'.repeat(64 * 1024) })
    expect((await browser.post('/s/1', body)).status).toBe(413)
    expect((await browser.post('/s/1', body, { 'Content-Length': String(body.toString().length) })).status).toBe(413)
    expect((await volunteer.stored()).receipt).toBe(null)
  })

  test('every page is a whole one in its language, with all the protective headers', async () => {
    for (const language of ['fr', 'en']) {
      for (const { response, status } of await everyPage(service(), language)) {
        const html = await response.text()
        expect(response.status).toBe(status)
        expect(languageOf(html)).toBe(language)
        expect(html).toMatch(/<\/html>$/)
        expect(titleOf(html)).not.toBe('')
        expect(html.replaceAll(OWN, '')).not.toMatch(/<script|\son\w+=|style="|https?:\/\//)
        expect(headersOf(response)).toEqual(HEADERS)
      }
    }
  })
})

/** One of each page a volunteer may come upon. */
async function everyPage(service: TestService, langue: string): Promise<{ response: Response; status: number }[]> {
  const always = { 'Accept-Language': langue }
  const open = async (now: string): Promise<[Volunteer, Browser]> => {
    const volunteer = await invite(service, { now, langue })
    return [volunteer, await volunteer.open(always)]
  }
  const [, early] = await open(BEFORE_W1)
  const [, late] = await open(AFTER_W1)
  const [volunteer, begun] = await open(IN_W1)
  const [, done] = await open(IN_W1)
  const kept = await pageOf(done, 1)
  await answerPages(done)
  const [first, second] = [await pageOf(begun, 1), await pageOf(begun, 2)]
  const subject = { purpose: 'stop', subjectId: volunteer.memberId, generation: 1 } as const
  const stop = `/u/${await ensureLink(service.db, service.config.keys.link, subject, null)}`
  const pages: [number, Response | Promise<Response>][] = [
    [404, begun.get('/s/rv1s_nothing')],
    [404, begun.get('/nothing')],
    [200, early.get('/s')],
    [410, late.get('/s')],
    [200, begun.get('/s')],
    ...W1.map((_, index): [number, Promise<Response>] => [200, begun.get(`/s/${index + 1}`)]),
    [422, begun.fill(first, {})],
    [409, begun.fill(first, { ref: 'x' })],
    [400, begun.post('/s/1', 'broken', { 'Content-Type': 'multipart/form-data' })],
    [403, begun.post('/s/1', formBody(first), { 'Sec-Fetch-Site': 'cross-site' })],
    [413, begun.post('/s/1', 'x'.repeat(70_000))],
    [415, begun.post('/s/1', formBody(first), { 'Content-Encoding': 'gzip' })],
    [200, done.get('/s')],
    [422, begun.fill(second, { 'ACT_CAL.1.state': 'Z' })],
    [409, done.fill(kept, { ACT_NOW: '9' })],
    [200, begun.get(stop)],
    [200, begun.post(stop, 'List-Unsubscribe=One-Click')],
    [404, begun.get('/u/rv1u_nothing')],
  ]
  return Promise.all(pages.map(async ([status, response]) => ({ status, response: await response })))
}
