// What browser tests of the questionnaire share: a volunteer with a link to every wave, and a hand that fills in pages.
import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import { ensureLink } from '../access/personal-links.queries.ts'
import { createApp } from '../app.ts'
import { type DemonstrationClock, demonstrationClock } from '../platform/clock.ts'
import type { Language } from '../platform/i18n.ts'
import { openBrowser, serveForBrowser } from '../platform/testing-browser.ts'
import { enrol, openTestService, type TestService } from '../testing.ts'

export const WAVES = ['w0', 'w1', 'w2', 'w3', 'w4', 'w5'] as const
export type Wave = (typeof WAVES)[number]

/** Everybody's w0 is open. */
const ENROLLED = '2025-12-17T12:00:00Z'

export type Volunteer = {
  memberId: string
  /** This volunteer's own: moving it moves nobody else's. */
  clock: DemonstrationClock
  /** Where this volunteer's service is. */
  url: string
  /** The address of a wave's link; the clock moves on to a day after the wave opened. */
  open(wave: Wave): Promise<string>
  link(wave: Wave): Promise<string>
  /** What is stored of a wave. */
  stored(
    wave: Wave,
  ): Promise<{ language: string; submitted_on: Temporal.PlainDate | null; answers: unknown } | undefined>
}

export type World = {
  service: TestService
  browser: Browser
  invite(language?: Language): Promise<Volunteer>
  close(): Promise<void>
}

/** A service, a browser, and as many volunteers as are invited, each with a clock and a port of their own. */
export async function openWorld(): Promise<World> {
  const service = await openTestService('PGlite', ENROLLED)
  const browser = await openBrowser()
  const servers: { close(): Promise<void> }[] = []
  let invited = 0
  return {
    service,
    browser,
    async invite(language = 'fr') {
      const matricule = `TEVO1-${String(++invited).padStart(4, '0')}`
      await enrol(service, [{ matricule, courriel: `${matricule.toLowerCase()}@example.org`, langue: language }])
      const clock = demonstrationClock(Temporal.Instant.from(ENROLLED))
      const served = await serveForBrowser(createApp({ ...service, clock }))
      servers.push(served)
      return volunteer(service, { matricule, clock, url: served.url })
    },
    async close() {
      await browser.close()
      for (const server of servers) await server.close()
      await service.close()
    },
  }
}

async function volunteer(
  service: TestService,
  { matricule, clock, url }: { matricule: string; clock: DemonstrationClock; url: string },
): Promise<Volunteer> {
  const cases = await service.db
    .selectFrom('fieldwork.case as case')
    .innerJoin('identity.panel_member as member', 'member.id', 'case.member_id')
    .innerJoin('link.pseudonym as link', 'link.member_id', 'case.member_id')
    .where('member.matricule', '=', matricule)
    .select(['case.id', 'case.wave', 'case.opens_at', 'case.closes_at', 'case.member_id', 'link.pseudonym'])
    .execute()
  const inWave = (wave: Wave) => cases.find((one) => one.wave === wave)!
  const link = async (wave: Wave) => {
    const { id, closes_at } = inWave(wave)
    const subject = { purpose: 'survey', subjectId: id, generation: 1 } as const
    return `${url}/s/${await ensureLink(service.db, service.config.keys.link, subject, closes_at)}`
  }
  return {
    memberId: cases[0]!.member_id,
    clock,
    url,
    link,
    open(wave) {
      clock.jumpTo(inWave(wave).opens_at.add({ hours: 24 }))
      return link(wave)
    },
    stored: (wave) =>
      service.db
        .selectFrom('answers.response')
        .where('pseudonym', '=', inWave(wave).pseudonym)
        .where('wave', '=', wave)
        .select(['language', 'submitted_on', 'answers'])
        .executeTakeFirst(),
  }
}

/** What somebody does for a living as the years go by: once asked about a contract, once about looking for work. */
export const ACTIVITY: Readonly<Record<Wave, string>> = { w0: '7', w1: '1', w2: '1', w3: '4', w4: '2', w5: '5' }

export const isAsking = async (page: Page): Promise<boolean> => (await page.locator('#answers').count()) > 0
export const next = (page: Page) => page.locator('.actions button[value=next]')
export const back = (page: Page) => page.locator('.actions button[value=back]')

/** A question as it stands on a page: its item, what kind of control it has, and what could be chosen. */
export type Shown = {
  item: string
  kind: 'radios' | 'boxes' | 'list' | 'line' | 'lines' | 'calendar'
  values: string[]
}

/** Every question of a page, in order. A calendar's values are its months. */
export const questionsOn = (page: Page): Promise<Shown[]> =>
  page.evaluate(`[...document.querySelectorAll('#answers fieldset:not(.period)')].map((question) => {
    const find = (selector) => question.querySelector(selector)
    const kind = find('.periods') ? 'calendar' : find('textarea') ? 'lines' : find('input[type=text]') ? 'line'
      : find('select') ? 'list' : find('input[type=radio]') ? 'radios' : 'boxes'
    const [item] = find('select, textarea, input').name.split('.')
    const choices = kind === 'calendar' || kind === 'list'
      ? find('select[name$=".from"]')?.options ?? find('select:not([name$=".state"])')?.options ?? [find('input')]
      : question.querySelectorAll('input')
    const values = [...choices].map(({ value }) => value).filter((value) => !['', 'declined', 'unknown'].includes(value))
    return { item, kind, values }
  })`)

export type Period = readonly [from: string, to: string, state: string]
/** What to say about an item instead of the first thing that comes to hand. */
export type Wishes = Readonly<Record<string, string>>

/**
 * Answers every question of a page, or only those there is a wish for: as wished, or the second choice, the first and
 * the third of several, one state for all months. Leaves a choice alone that is made already. Returns what was said.
 */
export async function answerPage(
  page: Page,
  wishes: Wishes = {},
  only?: 'what is wished',
): Promise<Record<string, unknown>> {
  const said: Record<string, unknown> = {}
  for (const { item, kind, values } of await questionsOn(page)) {
    const wish = wishes[item]
    if (wish === undefined && only === 'what is wished') continue
    const choice = wish ?? values[1] ?? values[0]!
    const field = page.locator(`[name="${item}"]`)
    if (kind === 'radios') {
      await page.locator(`[name="${item}"][value="${choice}"]`).check()
      said[item] = Number(choice)
    } else if (kind === 'boxes') {
      await page.locator(`[name="${item}"][value="${values[0]}"]`).check()
      await page.locator(`[name="${item}"][value="${values[2]}"]`).check()
      said[item] = [Number(values[0]), Number(values[2])]
    } else if (kind === 'list') {
      await field.selectOption(wish ?? 'SN')
      said[item] = wish ?? 'SN'
    } else if (kind === 'line') {
      await field.fill(wish ?? '2001')
      said[item] = Number(wish ?? '2001')
    } else if (kind === 'lines') {
      await field.fill(wish ?? 'Plus de temps pour préparer le départ.')
      said[item] = wish ?? 'Plus de temps pour préparer le départ.'
    } else {
      await fillPeriod(page, 1, [values[0]!, values.at(-1)!, wish ?? 'U'])
      said[item] = values.map((month) => expect.objectContaining({ month, state: wish ?? 'U' }))
    }
  }
  return said
}

/** Fills in one row of a calendar. */
export async function fillPeriod(page: Page, row: number, [from, to, state]: Period): Promise<void> {
  const isOneMonth = (await page.locator(`[id="ACT_CAL.${row}.from"]`).count()) === 0
  if (!isOneMonth) {
    await page.locator(`[id="ACT_CAL.${row}.from"]`).selectOption(from)
    await page.locator(`[id="ACT_CAL.${row}.to"]`).selectOption(to)
  }
  await page.locator(`[id="ACT_CAL.${row}.state"]`).selectOption(state)
}
