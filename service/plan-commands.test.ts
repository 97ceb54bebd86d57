// Checks, on both databases, what a person is told of the plan at a terminal, and that nothing moves before they say so.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runCommand } from './commands.ts'
import { BEFORE_W1, startAgain, W1_OPENS } from './mailings/testing.ts'
import { ENGINES } from './platform/testing.ts'
import { readPlanSources } from './surveys.ts'
import { enrol, openTestService, type TestService } from './testing.ts'
import { decideNextContacts } from './waves/decide-contacts.actions.ts'
import { previewPlans, publishPlans, storeFirstPlans } from './waves/publish-plan.actions.ts'
import { refreshPlans } from './waves/refresh-plans.actions.ts'

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  beforeAll(async () => {
    service = await openTestService(engine, BEFORE_W1)
  })
  beforeEach(() => startAgain(service, BEFORE_W1))
  afterAll(() => service.close())

  const run = (name: 'plan' | 'publish-plan', input: object, deps = service) => runCommand(deps, name, input, () => {})
  const decide = async () => {
    while (await decideNextContacts(service)) {}
  }

  describe('plan', () => {
    const TWO = [
      { matricule: 'TEVO1-0001' },
      { matricule: 'TEVO1-0002', fuseau_horaire: 'Pacific/Tahiti', courriel: '', date_retour_effective: '' },
    ]
    const HEAD = ['day', 'time', 'zone', 'person', 'programme', 'cohort', 'wave', 'mail', 'state', 'because', 'note']
    const list = (input: object = {}) => run('plan', { csv: false, ...input })
    const readCsv = (lines: string[]): Record<string, string>[] =>
      parse(lines.join('\r\n'), { delimiter: ';', columns: true })

    test('prints the mails of the next three months, by local day and time, with what stops them', async () => {
      await enrol(service, TWO)
      const { ok, lines } = await list()
      expect(ok).toBe(true)
      const said = lines.map((line) => line.replaceAll(/\b[0-9a-f]{8}\b/g, 'XXXXXXXX').replaceAll(/ {2,}/g, '  '))
      expect(said).toEqual([
        'day  time  zone  person  programme  cohort  wave  mail  state  because  note',
        '2026-10-15  10:00  Africa/Dakar  XXXXXXXX  tevo  phase-1  w1  invitation  planned',
        '2026-10-15  10:00  Pacific/Tahiti  XXXXXXXX  tevo  phase-1  w1  invitation  not sent  no address  effective return unknown',
        ...['19', '26'].flatMap((day, index) => [
          `2026-10-${day}  10:00  Africa/Dakar  XXXXXXXX  tevo  phase-1  w1  reminder ${index + 1}  planned`,
          `2026-10-${day}  10:00  Pacific/Tahiti  XXXXXXXX  tevo  phase-1  w1  reminder ${index + 1}  not sent  no address  effective return unknown`,
        ]),
        '2026-11-05  10:00  Africa/Dakar  XXXXXXXX  tevo  phase-1  w1  reminder 3  planned',
        '2026-11-05  10:00  Pacific/Tahiti  XXXXXXXX  tevo  phase-1  w1  reminder 3  not sent  no address  effective return unknown',
        '2026-11-23  10:00  Africa/Dakar  XXXXXXXX  tevo  phase-1  w1  last call  planned',
        '2026-11-23  10:00  Pacific/Tahiti  XXXXXXXX  tevo  phase-1  w1  last call  not sent  no address  effective return unknown',
        '',
        '2026-10-01 to 2027-01-01, both included, where each person is: 5 planned if nobody answers, 0 sent, 0 on their way, 5 not sent:',
        '  no address: 5',
      ])
    })

    test('its columns stand below each other', async () => {
      await enrol(service, TWO)
      const { lines } = await list()
      const [head, ...rows] = lines.slice(0, lines.indexOf(''))
      const starts = HEAD.map((column) => head!.indexOf(column))
      for (const row of rows)
        for (const start of starts.slice(1)) if (row.length > start) expect(row.slice(start - 2, start)).toBe('  ')
      for (const row of rows) expect(row).toBe(row.trimEnd())
    })

    test('as CSV it has the same cells, and nothing else', async () => {
      await enrol(service, TWO)
      const [table, csv] = [await list(), await list({ csv: true })]
      expect(csv.lines[0]).toBe(HEAD.join(';'))
      const rows = readCsv(csv.lines)
      expect(rows).toHaveLength(table.lines.indexOf('') - 1)
      for (const [index, row] of rows.entries())
        expect(
          Object.values(row)
            .filter((cell) => cell !== '')
            .join(' '),
        ).toBe(table.lines[index + 1]!.replaceAll(/ {2,}/g, ' '))
    })

    test('names nobody', async () => {
      await enrol(service, TWO)
      const { lines } = await list()
      expect(lines.join('\n')).not.toMatch(/ana|ndiaye|TEVO1-|@|example/i)
    })

    test('tells what was sent and what is on its way', async () => {
      await enrol(service, [{}])
      service.clock.jumpTo(W1_OPENS)
      await decide()
      const count = async () =>
        (await list({ from: '2026-10-15', to: '2026-10-19' })).lines.find((line) => line.startsWith('2026-10-15 to'))
      expect(await count()).toMatch(/: 1 planned if nobody answers, 0 sent, 1 on their way, 0 not sent\.$/)
      await service.db.updateTable('fieldwork.mailing').set({ sent_at: W1_OPENS, next_attempt_at: null }).execute()
      expect(await count()).toMatch(/: 1 planned if nobody answers, 1 sent, 0 on their way, 0 not sent\.$/)
    })

    test('says for how many there is nothing to measure changes from, whatever months are asked for', async () => {
      await enrol(service, TWO)
      await decide()
      const sentence =
        'Registered after the wave that changes are measured from: 2. No change can be published for them.'
      expect((await list()).lines).toContain(sentence)
      expect((await list({ from: '2027-06-01', to: '2027-06-30' })).lines).toContain(sentence)
      const december = await list({ from: '2025-12-01', to: '2025-12-31' })
      expect(december.lines).toContainEqual('  enrolled too late: 2')
      expect(december.lines.join()).not.toContain('effective return unknown')
    })

    test('of no mails, it says that there are none', async () => {
      const { ok, lines } = await list({ from: '2026-12-01', to: '2026-12-31' })
      expect(ok).toBe(true)
      expect(lines).toEqual([
        HEAD.join('  '),
        '',
        '2026-12-01 to 2026-12-31, both included, where each person is: 0 planned if nobody answers, 0 sent, 0 on their way, 0 not sent.',
      ])
    })

    test('lists one wave, or one programme, where that is asked for', async () => {
      await enrol(service, [{}])
      const waves = async (input: object) =>
        new Set(readCsv((await list({ csv: true, to: '2028-01-01', ...input })).lines).map(({ wave }) => wave))
      expect(await waves({})).toEqual(new Set(['w1', 'w2', 'w3']))
      expect(await waves({ wave: 'w2' })).toEqual(new Set(['w2']))
      expect(await waves({ programme: 'tevo' })).toEqual(new Set(['w1', 'w2', 'w3']))
    })

    test('what cannot be listed is said, or refused', async () => {
      expect(await list({ programme: 'other' })).toEqual({
        ok: false,
        lines: ['There is no such programme. There is: tevo.'],
      })
      expect(await list({ from: '2026-12-01', to: '2026-11-30' })).toEqual({
        ok: false,
        lines: ['--to is before --from.'],
      })
      await expect(list({ from: '2026-02-30' })).rejects.toThrow('not a date such as 2026-12-01')
      await expect(list({ form: '2026-12-01' })).rejects.toThrow('form')
    })
  })

  describe('publish-plan', () => {
    let folder: string
    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'retour-test-'))
      cpSync('surveys', folder, { recursive: true })
      await service.db.deleteFrom('fieldwork.plan').execute()
      await storeFirstPlans(service, readPlanSources('surveys'))
      await refreshPlans(service)
    })
    afterEach(() => rmSync(folder, { recursive: true }))

    const publish = (confirm?: string) =>
      run('publish-plan', { confirm }, { ...service, config: { ...service.config, surveysDir: folder } })
    const edit = (before: string, after: string) => {
      const path = join(folder, 'waves', 'standard.yaml')
      const text = readFileSync(path, 'utf8')
      expect(text).toContain(before)
      writeFileSync(path, text.replace(before, after))
    }
    const opensOn = async (wave: string) => {
      const rows = await service.db.selectFrom('fieldwork.case').where('wave', '=', wave).select('opens_on').execute()
      return rows.map(({ opens_on }) => opens_on.toString())
    }
    const codeIn = (lines: string[]) => /--confirm ([0-9a-f]{8})$/.exec(lines.at(-1)!)?.[1]

    test('says so when there is nothing to publish', async () => {
      await enrol(service, [{}])
      expect(await publish()).toEqual({
        ok: true,
        lines: ['No file says anything else than when its plan was last published from it.'],
      })
    })

    test('shows what would move, and moves it once that is confirmed', async () => {
      await enrol(service, [{ matricule: 'TEVO1-0001' }, { matricule: 'TEVO1-0002' }])
      edit('opens: P6M', 'opens: P7M')
      const shown = await publish()
      const code = codeIn(shown.lines)
      expect(shown).toEqual({
        ok: false,
        lines: [
          'Cases: 2 moved, 0 cancelled, 0 created, 0 already sent and left as they are',
          '  w2: 2 moved, 0 cancelled, 0 created, 0 already sent and left as they are',
          `Nothing has been changed. To do it: npm run plan -- --publish --confirm ${code}`,
        ],
      })
      expect(await opensOn('w2')).toEqual(['2027-03-15', '2027-03-15'])

      expect(await publish('00000000')).toEqual({
        ok: false,
        lines: ['What you confirmed is not what would happen now. It is this:', ...shown.lines],
      })
      expect(await opensOn('w2')).toEqual(['2027-03-15', '2027-03-15'])

      expect(await publish(code)).toEqual({
        ok: true,
        lines: [...shown.lines.slice(0, 2), 'In force: standard.'],
      })
      expect(await opensOn('w2')).toEqual(['2027-04-15', '2027-04-15'])
    })

    test('publishes at once what moves nothing', async () => {
      await enrol(service, [{}])
      edit('thanks: { after: P1D }', 'thanks: { after: P2D }')
      expect(await publish()).toEqual({
        ok: true,
        lines: ['Cases: 0 moved, 0 cancelled, 0 created, 0 already sent and left as they are', 'In force: standard.'],
      })
      expect(String(service.plans.get('standard')!.thanks?.after)).toBe('P2D')
    })

    test('shows what a file would undo of what was set in the console, and does so once that is confirmed', async () => {
      await enrol(service, [{}])
      const [standard] = readPlanSources(folder) as [{ plan: string; content: object }]
      const sources = [{ ...standard, content: { ...standard.content, thanks: { after: 'P5D' } } }]
      const { code } = await previewPlans(service, sources)
      const actor = 'staff 0199'
      await publishPlans(service, { sources, origin: 'console', confirm: code, actor })
      expect(await publish()).toEqual({
        ok: true,
        lines: ['No file says anything else than when its plan was last published from it.'],
      })

      edit('resume: { after: P2D }', 'resume: { after: P3D }')
      const { ok, lines } = await publish()
      expect([ok, lines]).toEqual([
        false,
        [
          'standard: version 2, which is in force, was set in the console on 2026-10-01 by staff 0199. Its file would undo it:',
          '  Invitation to resume: 2 days after beginning -> 3 days after beginning',
          '  Thanks: 5 days after the answer -> 1 day after the answer',
          'Cases: 0 moved, 0 cancelled, 0 created, 0 already sent and left as they are',
          `Nothing has been changed. To do it: npm run plan -- --publish --confirm ${codeIn(lines)}`,
        ],
      ])
      expect(await publish(codeIn(lines))).toMatchObject({ ok: true })
      expect(String(service.plans.get('standard')!.thanks?.after)).toBe('P1D')
    })

    test('a file that is no plan is refused with its place, and nothing changes', async () => {
      edit("sendAt: '10:00'", "sendAt: '03:00'")
      await expect(publish()).rejects.toThrow(/standard\.yaml:\d+.*between 08:00 and 19:59/)
    })
  })
})
