// Checks, on both databases, the commands that are not tested through the socket: what they print.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runCommand } from './commands.ts'
import { markFielded } from './instruments/testing.ts'
import { storeVersion } from './instruments/versions.queries.ts'
import { BEFORE_W1, startAgain, W1_OPENS } from './mailings/testing.ts'
import { ENGINES } from './platform/testing.ts'
import { openTestService, registerOf, type TestService } from './testing.ts'
import { decideNextContacts } from './waves/decide-contacts.actions.ts'

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  beforeAll(async () => {
    service = await openTestService(engine, '2026-10-20T12:00:00Z')
  })
  afterAll(() => service.close())

  test('versions prints every stored instrument version, also one surveys/ has no file of any more', async () => {
    const w0 = service.bank.instruments.get('w0')!
    await storeVersion(service.db, { ...w0, version: w0.version + 1, pages: w0.pages.slice(1) }, 'abcdef0123456789')
    await storeVersion(service.db, { ...w0, instrument: 'retired' }, '0123456789abcdef')
    await markFielded(service.db, w0, service.clock.now())
    const { ok, lines } = await runCommand(service, 'versions', {}, () => {})
    expect(ok).toBe(true)
    const line = (name: string) => lines.find((one) => one.startsWith(`${name} `))
    for (const { instrument, version } of service.bank.instruments.values())
      expect(line(`${instrument}@${version}`)).toBeDefined()
    expect(line(`w0@${w0.version}`)).toMatch(/ [0-9a-f]{8} +2026-10-20$/)
    const gone = w0.pages[0]!.items.map(({ item }) => item).join(', ')
    expect(line(`w0@${w0.version + 1}`)).toContain(`abcdef01  not yet     ${w0.pages[0]!.items.length} gone (${gone})`)
    expect(line(`retired@${w0.version}`)).toContain('01234567  not yet')
    expect(lines).toContainEqual(expect.stringMatching(/^w0@\d+ → w1@\d+ +\d+ same/))
  })

  test('a token is made, listed without its secret, and taken back once', async () => {
    const run = (name: 'token' | 'tokens' | 'revoke-token', input: object) => runCommand(service, name, input, () => {})
    expect((await run('tokens', {})).lines).toEqual(['No token has been made.'])
    const { lines } = await run('token', { name: 'Ravi', days: 30 })
    const [, id, secret] = lines.at(-1)!.split('_')
    const listed = async () => (await run('tokens', {})).lines
    expect(await listed()).toEqual([`${id}  good  until 2026-11-19  research  Ravi`])
    expect((await listed()).join()).not.toContain(secret)
    expect(await run('revoke-token', { id })).toMatchObject({ ok: true })
    expect(await run('revoke-token', { id })).toMatchObject({ ok: false })
    expect(await listed()).toEqual([`${id}  revoked  until 2026-11-19  research  Ravi`])
  })

  test('a token to read what people wrote is one of its own, and nothing that the research side knows', async () => {
    const run = (input: object) => runCommand(service, 'token', { name: 'Ana', days: 30, ...input }, () => {})
    const { lines } = await run({ scope: 'read-open-text' })
    const id = lines.at(-1)!.split('_')[1]!
    expect((await runCommand(service, 'tokens', {}, () => {})).lines).toContain(
      `${id}  good  until 2026-11-19  read-open-text  Ana`,
    )
    expect(await service.db.selectFrom('publish.token').where('label', '=', id).selectAll().execute()).toEqual([])
    await expect(run({ scope: 'everything' })).rejects.toThrow()
  })

  describe('import', () => {
    const TWO = [{ matricule: 'TEVO1-0001' }, { matricule: 'TEVO1-0002', courriel: 'bob@example.org' }]
    const LATER = [{ ...TWO[0], date_retour_effective: '2026-09-22' }, TWO[1]!]
    const MOVED = [
      'Cases: 5 moved, 0 cancelled, 0 created, 0 already sent and left as they are',
      ...['w1', 'w2', 'w3', 'w4', 'w5'].map(
        (wave) => `  ${wave}: 1 moved, 0 cancelled, 0 created, 0 already sent and left as they are`,
      ),
    ]
    const CHANGED = '2 rows: 0 added, 1 changed, 1 unchanged, 0 refused'
    const DRY = 'Dry run: nothing was written. This is what would happen:'

    const importRows = (
      rows: Parameters<typeof registerOf>[0],
      options: { confirm?: string; dryRun?: boolean } = {},
    ) => {
      const base64 = Buffer.from(registerOf(rows)).toString('base64')
      return runCommand(service, 'import', { base64, dryRun: false, ...options }, () => {})
    }
    const codeIn = ({ lines }: { lines: string[] }) => /--confirm ([0-9a-f]{8})$/.exec(lines.at(-1)!)?.[1]
    /** Everything an import could change. */
    const state = async () => ({
      people: await service.db.selectFrom('identity.panel_member').selectAll().orderBy('id').execute(),
      missions: await service.db.selectFrom('fieldwork.mission').selectAll().orderBy('member_id').execute(),
      cases: await service.db.selectFrom('fieldwork.case').selectAll().orderBy('id').execute(),
      events: await service.db.selectFrom('audit.event').selectAll().orderBy('id').execute(),
    })
    const w1OpensOn = async () => {
      const rows = await service.db
        .selectFrom('fieldwork.case')
        .where('wave', '=', 'w1')
        .select('opens_on')
        .orderBy('opens_on')
        .execute()
      return rows.map(({ opens_on }) => opens_on.toString())
    }

    beforeEach(() => startAgain(service, BEFORE_W1))

    test('a first import needs no confirmation, and plans the waves', async () => {
      expect(await importRows(TWO)).toEqual({
        ok: true,
        lines: ['2 rows: 2 added, 0 changed, 0 unchanged, 0 refused'],
        refusedFile: undefined,
      })
      expect(await w1OpensOn()).toEqual(['2026-10-15', '2026-10-15'])
    })

    test('what moves no wave needs none either', async () => {
      await importRows(TWO)
      const outcome = await importRows([{ ...TWO[0], prenom: 'Anna', courriel: 'new@example.org' }, TWO[1]!])
      expect(outcome).toMatchObject({ ok: true, lines: [CHANGED] })
      const added = await importRows([...TWO, { matricule: 'TEVO1-0003' }])
      expect(added).toMatchObject({ ok: true, lines: ['3 rows: 1 added, 1 changed, 1 unchanged, 0 refused'] })
    })

    test('other dates are shown, and change nothing at all until they are confirmed', async () => {
      await importRows(TWO)
      const before = await state()
      const shown = await importRows(LATER)
      expect(shown).toMatchObject({
        ok: false,
        lines: [
          DRY,
          CHANGED,
          ...MOVED,
          `Nothing has been changed. To do it: the same command with --confirm ${codeIn(shown)}`,
        ],
      })
      expect(await state()).toEqual(before)

      const confirmed = await importRows(LATER, { confirm: codeIn(shown)! })
      expect(confirmed).toMatchObject({ ok: true, lines: [...MOVED, CHANGED] })
      expect(await w1OpensOn()).toEqual(['2026-10-15', '2026-10-22'])
    })

    test('with the code of something else, it is said that this is not what was shown, and nothing changes', async () => {
      await importRows(TWO)
      const code = codeIn(await importRows(LATER))!
      const before = await state()
      const other = [{ ...TWO[0], date_retour_effective: '2026-09-29' }, TWO[1]!]
      const outcome = await importRows(other, { confirm: code })
      expect(outcome).toMatchObject({ ok: false })
      expect(outcome.lines).toContain('What you confirmed is not what would happen now. It is this:')
      expect(codeIn(outcome)).not.toBe(code)
      expect(await state()).toEqual(before)
    })

    test('the code is no longer good once somebody has been invited', async () => {
      await importRows(TWO)
      const code = codeIn(await importRows(LATER))!
      service.clock.jumpTo(W1_OPENS)
      while (await decideNextContacts(service)) {}
      await service.db.updateTable('fieldwork.mailing').set({ sent_at: W1_OPENS, next_attempt_at: null }).execute()
      const outcome = await importRows(LATER, { confirm: code })
      expect(outcome.lines).toContain('Cases: 4 moved, 0 cancelled, 0 created, 1 already sent and left as they are')
      expect(await w1OpensOn()).toEqual(['2026-10-15', '2026-10-15'])
      expect(await importRows(LATER, { confirm: codeIn(outcome)! })).toMatchObject({ ok: true })
    })

    test('a dry run shows the same, even with the code, and changes nothing', async () => {
      await importRows(TWO)
      const before = await state()
      const shown = await importRows(LATER, { dryRun: true })
      expect(shown.lines).toEqual((await importRows(LATER)).lines)
      expect((await importRows(LATER, { dryRun: true, confirm: codeIn(shown)! })).lines).toContain(CHANGED)
      expect(await state()).toEqual(before)
    })

    test('rows that are refused are said, whether or not the others are to be confirmed', async () => {
      await importRows(TWO)
      const outcome = await importRows([...LATER, { matricule: 'TEVO1-0003', langue: 'xx' }])
      expect(outcome.ok).toBe(false)
      expect(outcome.lines[0]).toMatch(/^line 4, langue: /)
      expect(outcome.refusedFile).toContain('TEVO1-0003')
      const confirmed = await importRows([...LATER, { matricule: 'TEVO1-0003', langue: 'xx' }], {
        confirm: codeIn(outcome)!,
      })
      expect(confirmed.lines.at(-1)).toBe('3 rows: 0 added, 1 changed, 1 unchanged, 1 refused')
      expect(await w1OpensOn()).toEqual(['2026-10-15', '2026-10-22'])
    })
  })
})
