// Invented people answer a running service by the mails it writes: every questionnaire to its end, in the shares asked for,
// nothing twice; and never where mail goes to people.
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '../service/app.ts'
import { listen } from '../service/listen.ts'
import { mailFiles } from '../service/platform/mailer.ts'
import { freePort } from '../service/platform/testing-server.ts'
import { enrol, openTestService, type TestService } from '../service/testing.ts'
import { end, endAll, PATIENCE, production, type Settings, start, until } from '../service/testing-process.ts'
import { tick } from '../service/tick.ts'
import { answerPages, beginningOf, openLink, type Site, visitorOf } from './fill-in.ts'
import { type Letter, type Volunteers, volunteers, watchMail } from './simulated-volunteers.ts'

const W0_OPEN = '2025-12-17T12:00:00Z'
const W1_OPEN = Temporal.Instant.from('2026-10-15T12:00:00Z')
const WAVES = ['w0', 'w1', 'w2', 'w3', 'w4', 'w5']
const BASE = 'https://retour.example'

let service: TestService
const closing: (() => Promise<unknown> | unknown)[] = []
const mails = () => join(service.folder, 'mail')

/** Gives each test of a group a service of its own. */
function withService(): void {
  beforeEach(async () => {
    service = await openTestService('PGlite', W0_OPEN)
    closing.push(() => service.close())
  })
  afterEach(async () => {
    while (closing.length > 0) await closing.pop()!()
  })
}

const register = (count: number) =>
  enrol(
    service,
    Array.from({ length: count }, (_, n) => ({ matricule: `TEVO1-${n}`, courriel: `v${n}@example.org` })),
  )

async function serve(port = 0): Promise<Site> {
  const server = await listen(createApp(service).fetch, { port, host: '127.0.0.1' })
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { host: '127.0.0.1', port: (server.address() as AddressInfo).port }
}

/** Time goes on to an instant, and what is due then happens. */
async function waitUntil(instant: Temporal.Instant): Promise<void> {
  service.clock.jumpTo(instant)
  await tick(service)
}
const waitDays = (days: number) => waitUntil(service.clock.now().add({ hours: 24 * days }))

async function dayAfterOpening(wave: string): Promise<Temporal.Instant> {
  const cases = await service.db.selectFrom('fieldwork.case').where('wave', '=', wave).select('opens_at').execute()
  return cases[0]!.opens_at.add({ hours: 24 })
}

async function turnsOfAll(people: Volunteers): Promise<void> {
  while (people.isAnybodyWaiting()) expect(await people.takeTurn()).toBe(true)
}

const responses = () =>
  service.db.selectFrom('answers.response').select(['pseudonym', 'wave', 'submitted_on', 'answers']).execute()
/** How often a link was opened. */
const opened = () => service.logLines.filter((line) => line.includes('"/s/:token') && line.includes('"GET"')).length

describe('with every mail answered to the end', { timeout: PATIENCE }, () => {
  withService()

  test('each wave of the plan is, whatever it asks, and what is passed over or typed is right', async () => {
    const COUNT = 8
    await register(COUNT)
    const site = await serve()
    const people = volunteers(site, { respond: 1, partial: 0 }, '1')
    const look = watchMail(mails(), BASE)
    for (const wave of WAVES) {
      await waitUntil(await dayAfterOpening(wave))
      people.receive((await look())!)
      await turnsOfAll(people)
    }
    const given = await responses()
    expect(new Set(given.map(({ wave }) => wave))).toEqual(new Set(WAVES))
    expect(given.every(({ submitted_on }) => submitted_on !== null)).toBe(true)
    expect(people.counts()).toEqual({ seen: 6 * COUNT, begun: 6 * COUNT, submitted: 6 * COUNT, turnedAway: 0 })
    const said = given.flatMap(({ answers }) => Object.values(answers))
    for (const missing of [-4, -3]) expect(said).toContain(missing)
    expect(said).toContainEqual(expect.stringContaining('(simulation)'))
    expect(said.some((answer) => Array.isArray(answer) && answer.length === 2)).toBe(true)
    // Not everybody says the same.
    expect(new Set(given.map(({ answers }) => JSON.stringify(answers))).size).toBe(given.length)
  })
})

describe('in shares', { timeout: PATIENCE }, () => {
  withService()

  test('some finish, some stop half way, the others never begin; the same ones for the same seed', async () => {
    await register(40)
    await tick(service)
    const site = await serve()
    const letters = (await watchMail(mails(), BASE)())!
    const people = volunteers(site, { respond: 0.5, partial: 0.2 }, '1')
    people.receive(letters)
    await turnsOfAll(people)
    const given = await responses()
    const submitted = given.filter(({ submitted_on }) => submitted_on !== null).length
    expect(people.counts()).toEqual({ seen: 40, begun: given.length, submitted, turnedAway: 0 })
    expect(submitted).toBeGreaterThan(12)
    expect(submitted).toBeLessThan(28)
    expect(given.length - submitted).toBeGreaterThan(3)
    expect(given.length - submitted).toBeLessThan(15)
    expect(opened()).toBe(given.length)

    const willing = (seed: string) =>
      letters.map((letter) => {
        const others = volunteers(site, { respond: 0.5, partial: 0.2 }, seed)
        others.receive([letter])
        return others.isAnybodyWaiting()
      })
    expect(willing('1').filter(Boolean)).toHaveLength(given.length)
    expect(willing('1')).toEqual(willing('1'))
    expect(willing('2')).not.toEqual(willing('1'))
  })

  test('who stopped half way, or did nothing, may finish at the next mail; who has finished does nothing more', async () => {
    await register(10)
    await waitUntil(W1_OPEN)
    const site = await serve()
    const look = watchMail(mails(), BASE)
    const first = (await look())!
    const stopping = volunteers(site, { respond: 0, partial: 1 }, '1')
    stopping.receive(first.slice(0, 5))
    await turnsOfAll(stopping)
    expect(stopping.counts()).toEqual({ seen: 5, begun: 5, submitted: 0, turnedAway: 0 })

    for (let times = 0; times < 3; times++) await waitDays(2)
    const next = (await look())!
    expect(next.map(({ link }) => link).toSorted()).toEqual(first.map(({ link }) => link).toSorted())
    const finishing = volunteers(site, { respond: 1, partial: 0 }, '1')
    finishing.receive(next)
    await turnsOfAll(finishing)
    expect(finishing.counts()).toMatchObject({ submitted: 10, turnedAway: 0 })
    const before = opened()
    finishing.receive(first)
    expect(finishing.isAnybodyWaiting()).toBe(false)
    expect(opened()).toBe(before)

    // Others, who do not know that it has been done, see so when they open the link.
    const late = volunteers(site, { respond: 1, partial: 0 }, '1')
    late.receive(first)
    await turnsOfAll(late)
    expect(late.counts()).toEqual({ seen: 10, begun: 0, submitted: 0, turnedAway: 0 })
  })

  test('several mails about one link are one visit, and two of them at once none of the same person', async () => {
    await register(1)
    await tick(service)
    const site = await serve()
    const [letter] = (await watchMail(mails(), BASE)())! as [Letter]
    const people = volunteers(site, { respond: 1, partial: 0 }, '1')
    people.receive([letter, letter])
    const visit = people.takeTurn()
    people.receive([letter])
    expect(people.isAnybodyWaiting()).toBe(false)
    await visit
    await turnsOfAll(people)
    expect(opened()).toBe(1)
    expect(people.counts()).toEqual({ seen: 3, begun: 1, submitted: 1, turnedAway: 0 })
  })
})

describe('where it does not go well', { timeout: PATIENCE }, () => {
  withService()

  test('who finds that nobody answers waits for another turn', async () => {
    await register(1)
    await tick(service)
    const port = await freePort()
    const people = volunteers({ host: '127.0.0.1', port }, { respond: 1, partial: 0 }, '1')
    people.receive((await watchMail(mails(), BASE)())!)
    expect(await people.takeTurn()).toBe(false)
    expect(people.isAnybodyWaiting()).toBe(true)
    await serve(port)
    await turnsOfAll(people)
    expect(people.counts()).toEqual({ seen: 1, begun: 1, submitted: 1, turnedAway: 0 })
  })

  test('who has a link that opens nothing, or comes too late, is turned away', async () => {
    await register(1)
    await tick(service)
    const [letter] = (await watchMail(mails(), BASE)())! as [Letter]
    service.clock.jumpTo(Temporal.Instant.from('2026-03-01T12:00:00Z'))
    const people = volunteers(await serve(), { respond: 1, partial: 0 }, '1')
    people.receive([letter, { file: '000002.eml', link: `/s/rv1s_${'A'.repeat(43)}` }])
    await turnsOfAll(people)
    expect(people.counts()).toEqual({ seen: 2, begun: 0, submitted: 0, turnedAway: 2 })
  })

  test('what cannot be taken is shown again once, and then given up', async () => {
    await register(1)
    await tick(service)
    const [letter] = (await watchMail(mails(), BASE)())! as [Letter]
    const visitor = visitorOf(await serve())
    const beginning = beginningOf(await openLink(visitor, letter.link))!
    const tries: boolean[] = []
    const ending = await answerPages(visitor, beginning, {
      answers: (_, again) => {
        tries.push(again)
        return ['nonsense']
      },
    })
    expect(ending).toMatchObject({ how: 'refused', saved: 0, status: 422, error: expect.stringMatching(/\w/) })
    expect(new Set(tries)).toEqual(new Set([false, true]))
    expect(await responses()).toEqual([])
  })
})

describe('of the mails in a folder', { timeout: PATIENCE }, () => {
  withService()

  const LINK = `/s/rv1s_${'Ab-_'.repeat(10)}abc`
  const mail = (text: string) =>
    `Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n${text}\r\n--b--\r\n`
  const put = (number: number, text: string) =>
    writeFileSync(join(mails(), `${String(number).padStart(6, '0')}.eml`), text)

  test('those with a link to a questionnaire of ours are read, each once, in their order', async () => {
    const look = watchMail(mails(), BASE)
    put(1, mail(`Bonjour\r\n\r\n${BASE}${LINK}\r\n\r\n${BASE}/u/rv1u_${'A'.repeat(43)}`))
    put(
      2,
      mail(`${BASE}/staff/in/rv1l_${'A'.repeat(43)} ${BASE}/s/apercu-ce-lien-n-ouvre-rien_this-link-opens-nothing`),
    )
    put(3, mail(`https://elsewhere.example${LINK}`))
    put(4, mail(`${BASE}${LINK.replace('Ab', 'Cd')}`))
    expect(await look()).toEqual([
      { file: '000001.eml', link: LINK },
      { file: '000004.eml', link: LINK.replace('Ab', 'Cd') },
    ])
    expect(await look()).toEqual([])
  })

  test('one that is still being written waits, and those after it', async () => {
    const look = watchMail(mails(), BASE)
    const whole = mail(`${BASE}${LINK}`)
    put(1, whole.slice(0, whole.indexOf('rv1s_') + 8))
    put(2, whole)
    expect(await look()).toEqual([])
    put(1, whole)
    expect((await look())!.map(({ file }) => file)).toEqual(['000001.eml', '000002.eml'])
  })

  test('there are none while there is no folder, and a folder that begins anew is read anew', async () => {
    rmSync(mails(), { recursive: true })
    const look = watchMail(mails(), BASE)
    expect(await look()).toBeNull()
    await register(1)
    symlinkSync(mkdtempSync(join(tmpdir(), 'retour-mail-')), mails())
    put(5, mail(`${BASE}${LINK}`))
    expect(await look()).toHaveLength(1)
    rmSync(join(mails(), '000005.eml'))
    put(1, mail(`${BASE}${LINK}`))
    expect((await look())!.map(({ file }) => file)).toEqual(['000001.eml'])
  })
})

const folder = mkdtempSync(join(tmpdir(), 'retour-simulate-'))
afterAll(async () => {
  await endAll()
  rmSync(folder, { recursive: true, force: true })
})
const simulate = (settings: Settings, ...args: string[]) => start(settings, ['scripts/simulate.ts', ...args])

describe('as a process', { timeout: PATIENCE }, () => {
  withService()

  test('it waits for the folder and for the service, answers, and says at the end what was done', async () => {
    await register(6)
    await tick(service)
    const settings = { ...(await production(join(folder, 'later'))), BASE_URL: BASE }
    const run = simulate(settings, '--respond', '1', '--per-minute', '6000', '--for', '5m')
    await until('it waits for mail', () => run.stdout().includes('waiting for the service to write its first mail'))
    symlinkSync(service.folder, settings.DATA_DIR)
    await until('it waits for the service', () => run.stdout().includes('trying again'))
    await serve(Number(settings.PORT))
    await until('all have answered', async () => {
      const given = await responses()
      return given.length === 6 && given.every(({ submitted_on }) => submitted_on !== null)
    })
    expect(await end(run, 'SIGTERM')).toBe(0)
    expect(run.stdout().trim().split('\n').at(-1)).toBe('6 mails seen, 6 begun, 6 submitted')
    expect(run.stdout() + run.stderr()).not.toMatch(/rv1s_|@/)
    // It has left nothing behind: the folder is as the service made it.
    expect(mailFiles(mails())).toHaveLength(6)
    expect(readFileSync(join(mails(), '000001.eml'), 'utf8')).toContain('rv1s_')
  })

  test('it keeps to its pace, and leaves when its time is over', async () => {
    await register(6)
    await tick(service)
    const site = await serve()
    const settings = { ...(await production(service.folder)), BASE_URL: BASE, PORT: String(site.port) }
    const run = simulate(settings, '--respond', '1', '--per-minute', '30', '--for', '3s')
    expect(await run.exit).toBe(0)
    expect(run.stdout().trim().split('\n').at(-1)).toMatch(/^6 mails seen, [12] begun, [12] submitted$/)
  })
})

describe('it refuses', { timeout: PATIENCE }, () => {
  test.each<[string, Partial<Settings>, string[], string]>([
    ['where mail goes to people', { SMTP_URL: 'smtp://127.0.0.1:2525' }, [], 'SMTP_URL is set'],
    ['in the demonstration', { BASE_URL: '' }, [], 'has simulated volunteers of its own'],
    ['without its settings', { LINK_KEY: '' }, [], 'LINK_KEY is missing'],
    ['for more people than there are', {}, ['--respond', '0.8', '--partial', '0.3'], 'together no more than 1'],
    ['at no pace', {}, ['--per-minute', '0'], '--per-minute takes'],
    ['for a time that is none', {}, ['--for', 'ever'], '--for takes'],
  ])('%s', async (_, change, args, sentence) => {
    const run = simulate({ ...(await production(join(folder, 'none'))), ...change } as Settings, ...args)
    expect(await run.exit).toBe(1)
    expect(run.stderr()).toContain(sentence)
    expect(run.stdout()).toBe('')
  })
})
