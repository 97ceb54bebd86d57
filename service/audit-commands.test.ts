// Checks, on both databases, what is printed of the audit trail: whether it holds, where it does not, and what is in it.
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runCommand } from './commands.ts'
import { recordEvent } from './platform/audit.queries.ts'
import { ENGINES } from './platform/testing.ts'
import { emptyTrail, tamper } from './platform/testing-audit.ts'
import { openTestService, type TestService } from './testing.ts'

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  beforeAll(async () => {
    service = await openTestService(engine, '2026-10-20T12:00:00Z')
  })
  afterAll(() => service.close())

  const record = (at: string, subject: string, actor = 'Ana') =>
    recordEvent(service.db, { at: Temporal.Instant.from(at), actor, action: 'looked', subject, detail: { n: 1 } })
  const audit = (input: object) => runCommand(service, 'audit', input, () => {})
  const verify = (kept?: string) => audit({ do: 'verify', kept })
  const list = (filter: object = {}) => audit({ do: 'list', last: 100, ...filter })
  const change = (statement: string) => tamper(service.db, (trx) => sql.raw(statement).execute(trx))
  const keptIn = ({ lines }: { lines: string[] }) => lines.join('\n').match(/\d+:[0-9a-f]{64}/)![0]

  beforeEach(async () => {
    await emptyTrail(service.db)
    await record('2026-08-31T23:59:59Z', 'one')
    await record('2026-09-01T00:00:00Z', 'tevo/w1', 'Bob')
    await record('2026-10-02T09:30:01.5Z', 'three')
  })

  describe('verify', () => {
    test('prints how many events there are, and what to keep elsewhere, which is good for a longer trail', async () => {
      const said = await verify()
      expect(said).toMatchObject({ ok: true })
      expect(said.lines.slice(0, 2)).toEqual([
        '3 events, each as it was recorded.',
        expect.stringMatching(/^Keep this elsewhere: 3:[0-9a-f]{64}$/),
      ])
      await record('2026-10-03T00:00:00Z', 'four')
      expect(await verify(keptIn(said))).toMatchObject({ ok: true })
    })

    test('says when nothing has been recorded yet', async () => {
      await emptyTrail(service.db)
      expect(await verify()).toEqual({ ok: true, lines: ['Nothing has been recorded yet.'] })
    })

    test('says how many have been purged', async () => {
      await change('delete from audit.event where seq = 1')
      await change(`update audit.segment set purged_at = '2026-10-20Z' where month = '2026-08'`)
      expect((await verify()).lines).toEqual(
        expect.arrayContaining([
          '2 events, each as it was recorded.',
          '1 before them have been purged; their months are sealed in the chain.',
        ]),
      )
    })

    test.each([
      [`update audit.event set actor = 'x' where seq = 2`, 'Event 2 is not as it was recorded: it was changed'],
      ['delete from audit.event where seq = 3', 'Event 3 is missing'],
      ['update audit.event set seq = 9 where seq = 2', 'Event 2 is not as it was recorded: what was stands at 9'],
      [`delete from audit.segment where month = '2026-10'`, 'Event 3 was put in'],
      [
        `update audit.segment set head = '' where month = '2026-09'`,
        'From event 2 on the trail does not fit the seal of 2026-09',
      ],
    ])('goes wrong after %s, and says where', async (statement, sentence) => {
      await change(statement)
      expect(await verify()).toEqual({ ok: false, lines: [expect.stringContaining(sentence)] })
    })

    test('goes wrong when the trail is not the one whose head was kept, or can be compared no more', async () => {
      const kept = keptIn(await verify())
      const other = `${kept.slice(0, -1)}${kept.endsWith('0') ? '1' : '0'}`
      const said = async (head: string) => (await verify(head)).lines.join()
      expect(await said(other)).toContain('Event 3 is not the one whose hash was kept')
      expect(await said(kept.replace('3:', '4:'))).toContain('Event 4 is missing')
      await record('2026-08-01T00:00:00Z', 'late')
      await record('2026-11-01T00:00:00Z', 'next')
      await change('delete from audit.event where seq < 5')
      await change(`update audit.segment set purged_at = '2026-10-20Z' where month < '2026-11'`)
      expect(await said(kept)).toContain('Event 3 has been purged')
    })
  })

  describe('list', () => {
    const LINES = [
      '1  2026-08-31T23:59:59Z  Ana  looked  one  {"n":1}',
      '2  2026-09-01T00:00:00Z  Bob  looked  tevo/w1  {"n":1}',
      '3  2026-10-02T09:30:01Z  Ana  looked  three  {"n":1}',
    ]

    test('prints one event a line, the newest last', async () => {
      expect(await list()).toEqual({ ok: true, lines: LINES })
    })

    test('prints the last ones, and says that there are more', async () => {
      expect((await list({ last: 2 })).lines).toEqual(['Only the last 2; more with --last.', ...LINES.slice(1)])
    })

    test.each([
      [{ from: '2026-09-01', to: '2026-09-01' }, [1]],
      [{ to: '2026-08-31' }, [0]],
      [{ actor: 'Ana' }, [0, 2]],
      [{ programme: 'tevo' }, [1]],
      [{ subject: 'three' }, [2]],
      [{ action: 'looked' }, [0, 1, 2]],
    ])('prints those asked for: %o', async (filter, places) => {
      expect((await list(filter)).lines).toEqual(places.map((place) => LINES[place]))
    })

    test('says when there is none, or when what is asked for cannot be', async () => {
      expect(await list({ action: 'slept' })).toEqual({ ok: true, lines: ['There is no such event.'] })
      for (const wrong of [{ from: '2026-02-30' }, { last: 0 }])
        expect(await list(wrong)).toMatchObject({ ok: false, lines: [expect.stringContaining('→ at ')] })
    })

    test('keeps to one line whatever was recorded', async () => {
      await record('2026-10-03T00:00:00Z', 'a\n4  \u001b[31mforged\u009b')
      expect((await list({ last: 1 })).lines.at(-1)).toContain('  a\uFFFD4  \uFFFD[31mforged\uFFFD  ')
    })
  })
})
