// Checks, on both databases, the one command that prints what people wrote: to whom, of which units, and nothing more.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createToken, type Scope, withdrawToken } from './access/create-token.actions.ts'
import { runCommand } from './commands.ts'
import { type Answer, MISSING } from './instruments/answers.ts'
import { storeVersion } from './instruments/versions.queries.ts'
import { ENGINES } from './platform/testing.ts'
import { closeWave } from './publications/close-wave.actions.ts'
import { answersOf, answerWave, casesIn, enrolCohort, instrumentOf } from './publications/testing.ts'
import { openTestService, type TestService } from './testing.ts'

const ITEM = 'OPEN_IMP'
const OPEN = '2026-10-20T12:00:00Z'
const OVER = '2027-03-01T12:00:00Z'

/** Cohorts by what has become of them, and how many volunteers each has. */
const COHORTS = { over: 14, few: 14, open: 14, early: 14 } as const
type Cohort = keyof typeof COHORTS
/** What nobody may ever see here: written where the command does not look. */
const CANARY = 'Kanari'

/** What each volunteer of a cohort wrote; of the few nine did, some left blanks and some declined. */
const WRITTEN = [
  'Parler la langue',
  'More time to prepare',
  'Écrire à ana@example.org',
  'au 06 12 34 56 78',
  '\u001b[1mGras',
]
const textOf = (cohort: Cohort, place: number): Answer => {
  if (cohort === 'few' && place >= 9) return place % 2 ? ' \n' : MISSING.declined
  return WRITTEN[place] ?? `Souhait numéro ${place}`
}

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  let token: string
  beforeAll(async () => {
    service = await openTestService(engine, OPEN)
    for (const cohort of Object.keys(COHORTS) as Cohort[]) {
      await enrolCohort(service, cohort, COHORTS[cohort] + 2, (place) =>
        place < COHORTS[cohort] ? { prenom: CANARY } : { bras: 'CMP' },
      )
      await answerWave(service, cohort, 'w1')
      await write(cohort, (place) => (place < COHORTS[cohort] ? textOf(cohort, place) : `${CANARY} compared`))
    }
    // What the same people say to the same questions in another wave.
    await answerWave(
      service,
      'over',
      'w2',
      () => 'complete',
      () => instrumentOf(service, 'w1'),
    )
    token = await tokenOf('read-open-text')
    await close('early', 'early')
    service.clock.jumpTo(Temporal.Instant.from('2026-10-20T20:00:00Z'))
  })
  afterAll(() => service.close())

  /** Puts a text into the response of each member of a cohort. */
  async function write(cohort: Cohort, textAt: (place: number) => Answer): Promise<void> {
    for (const [place, { pseudonym }] of (await casesIn(service, cohort, 'w1')).entries())
      await service.db
        .updateTable('answers.response')
        .set({ answers: { ...answersOf(instrumentOf(service, 'w1'), 'w1', place), [ITEM]: textAt(place) } })
        .where('pseudonym', '=', pseudonym)
        .where('wave', '=', 'w1')
        .execute()
  }

  async function close(cohort: Cohort, how?: 'early'): Promise<void> {
    const unit = { programme: 'tevo', cohort, wave: 'w1', actor: 'test', early: how === 'early' }
    expect((await closeWave(service, unit)).ok || cohort === 'few').toBe(true)
  }

  const tokenOf = async (scope: Scope, days = 366) =>
    (await createToken(service, { name: 'Méthodologue', days, scope, actor: 'test' })).token
  const read = (cohort: string, more: object = {}) =>
    runCommand(service, 'open-text', { token, programme: 'tevo', wave: 'w1', cohort, item: ITEM, ...more }, () => {})
  const refused = (sentence: string) => ({ ok: false, lines: [expect.stringContaining(sentence)] })
  const readings = () =>
    service.db.selectFrom('audit.event').where('action', '=', 'open text read').selectAll().orderBy('seq').execute()

  describe('while a wave is open for a cohort', () => {
    test('nothing of it is shown', async () => {
      expect(await read('open')).toEqual(refused('not closed for this cohort'))
    })

    test('nor of one that was closed today before everybody’s time was up', async () => {
      expect(await read('early')).toEqual(refused('from tomorrow on'))
    })
  })

  describe('to nobody without the permission for just that', () => {
    test('there is no token', async () => {
      expect(await read('over', { token: '' })).toEqual(refused('takes a token in RETOUR_TOKEN'))
    })

    test.each(['rvk_00000000_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'no token at all'])(
      'it is none of ours: %s',
      async (wrong) => {
        expect(await read('over', { token: wrong })).toEqual(refused('not a token that was given here'))
      },
    )

    test.each(['research', 'metrics'] as const)('it is one for something else: %s', async (scope) => {
      expect(await read('over', { token: await tokenOf(scope) })).toEqual(refused('opens something else'))
    })

    test('it has expired, or has been taken back', async () => {
      const [short, back] = [await tokenOf('read-open-text', 1), await tokenOf('read-open-text')]
      await withdrawToken(service, { id: back.split('_')[1]!, actor: 'test' })
      expect(await read('over', { token: back })).toEqual(refused('taken back'))
      service.clock.jumpTo(Temporal.Instant.from('2026-10-21T20:00:00Z'))
      expect(await read('over', { token: short })).toEqual(refused('has expired'))
    })

    test('and none of these opens anything by being asked about something that does not exist', async () => {
      expect(await read('nowhere', { token: '' })).toEqual(refused('RETOUR_TOKEN'))
    })
  })

  describe('once it is closed', () => {
    beforeAll(async () => {
      service.clock.jumpTo(Temporal.Instant.from(OVER))
      await close('over')
      await close('few')
    })
    const SHOWN = [
      'Parler la langue',
      'More time to prepare',
      'Écrire à [e-mail address]',
      'au [telephone number]',
      '[1mGras',
      ...Array.from({ length: 9 }, (_, index) => `Souhait numéro ${index + 5}`),
    ]

    test('the texts of its volunteers are shown and nothing else, and that they were is recorded before', async () => {
      const before = (await readings()).length
      const { ok, lines } = await read('over')
      expect(ok).toBe(true)
      expect(lines.toSorted()).toEqual(SHOWN.toSorted())
      const made = (await readings()).slice(before)
      expect(made).toMatchObject([
        {
          actor: `token ${token.split('_')[1]}`,
          subject: 'tevo.over.w1',
          detail: { programme: 'tevo', wave: 'w1', cohort: 'over', item: ITEM, count: COHORTS.over },
        },
      ])
      expect(Object.keys(made[0]!.detail)).toHaveLength(5)
    })

    test('they come in the same order whoever wrote them, and not in that of the people', async () => {
      const { lines } = await read('over')
      expect(lines).not.toEqual(SHOWN)
      expect(lines).not.toEqual(lines.toSorted())
      await write('over', (place) => (place < 14 ? textOf('over', 13 - place) : ''))
      expect(await read('over')).toEqual({ ok: true, lines })
    })

    test('nothing is shown when fewer than ten wrote something, and nothing is recorded', async () => {
      const before = (await readings()).length
      expect(await read('few')).toEqual(refused('Fewer than 10 people wrote something'))
      expect(await readings()).toHaveLength(before)
      await write('few', (place) => (place < 10 ? 'le même' : ' '))
      expect(await read('few')).toEqual({ ok: true, lines: Array(10).fill('le même') })
    })

    test('what is written after the day of closing is never shown', async () => {
      const { lines } = await read('early')
      expect(lines.toSorted()).toEqual(SHOWN.toSorted())
      const [late, ...others] = await casesIn(service, 'early', 'w1')
      const change = (cases: typeof others, submitted_on: Temporal.PlainDate | null) =>
        service.db
          .updateTable('answers.response')
          .set({ submitted_on })
          .where('wave', '=', 'w1')
          .where(
            'pseudonym',
            'in',
            cases.map(({ pseudonym }) => pseudonym),
          )
          .execute()
      await change([late!], Temporal.PlainDate.from('2026-10-21'))
      expect((await read('early')).lines.toSorted()).toEqual(SHOWN.slice(1).toSorted())
      await change([late!], null)
      expect((await read('early')).lines.toSorted()).toEqual(SHOWN.slice(1).toSorted())
    })

    test('what was only begun is shown where nobody could go on with it after the closing', async () => {
      const { lines } = await read('over')
      await service.db.updateTable('answers.response').set({ submitted_on: null }).where('wave', '=', 'w1').execute()
      expect(await read('over')).toEqual({ ok: true, lines })
      expect(await read('early')).toEqual(refused('Fewer than 10'))
    })

    test('a text counts only under a version that asked for one', async () => {
      const asked = instrumentOf(service, 'w1')
      const pages = asked.pages.map((page) => ({
        ...page,
        items: page.items.map((item) =>
          item.item === ITEM ? { ...item, type: 'country' as const, options: [] } : item,
        ),
      }))
      await storeVersion(service.db, { ...asked, version: 99, pages } as typeof asked, '0123456789abcdef')
      const [one] = await casesIn(service, 'over', 'w1')
      const { lines } = await read('over')
      await service.db
        .updateTable('answers.response')
        .set({ instrument_version: 99 })
        .where('pseudonym', '=', one!.pseudonym)
        .execute()
      expect((await read('over')).lines).toHaveLength(lines.length - 1)
    })

    test('there must be such a unit, and such an item in it', async () => {
      for (const wrong of [{ programme: 'other' }, { wave: 'w9' }, { cohort: 'nowhere' }])
        expect(await read('over', wrong)).toEqual(refused('no such programme, wave and cohort'))
      const [closed] = instrumentOf(service, 'w1').pages[0]!.items
      for (const item of [closed!.item, 'NOTHING', "x' or 'x"])
        expect(await read('over', { item })).toEqual(refused(`It has: ${ITEM}.`))
      expect(await read('over', { wave: 'w0' })).toEqual(refused('The wave has no item that takes a text.'))
    })

    test('neither the trail nor the log has any of it', async () => {
      const events = await service.db.selectFrom('audit.event').selectAll().execute()
      for (const kept of [JSON.stringify(events), service.logLines.join('')])
        for (const text of [...SHOWN, CANARY, token]) expect(kept).not.toContain(text)
    })
  })
})
