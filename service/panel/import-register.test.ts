// A register goes in whole or not at all, as often as anybody likes, and says what it did.
import { type KyselyPlugin, sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startAgain } from '../mailings/testing.ts'
import { openServer } from '../platform/database.ts'
import { ENGINES } from '../platform/testing.ts'
import { addressHash } from '../platform/tokens.ts'
import { openTestService, registerOf, type TestService } from '../testing.ts'
import { type ImportInput, type ImportOutcome, importRegister } from './import-register.actions.ts'
import { cohortMissions, rememberStopped } from './members.queries.ts'
import { refusedFile } from './register.ts'
import { registerIndicators } from './register-indicators.ts'

const NOW = '2026-10-01T12:00:00Z'

type Cells = Parameters<typeof registerOf>[0][number]

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  beforeAll(async () => {
    service = await openTestService(engine, NOW)
  })
  beforeEach(() => startAgain(service, NOW))
  afterAll(() => service.close())

  const importRows = (rows: readonly Cells[], input: Partial<ImportInput> = {}, deps = service) =>
    importRegister(deps, { bytes: registerOf(rows), actor: 'test', ...input })

  const counts = async (outcome: Promise<ImportOutcome>) => {
    const done = await outcome
    if (!done.ok) return done.because
    const { added, changed, unchanged, refused } = done
    return { added, changed, unchanged, refused: refused.length }
  }

  const members = () =>
    service.db
      .selectFrom('identity.panel_member as member')
      .innerJoin('fieldwork.mission as mission', 'mission.member_id', 'member.id')
      .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'mission.cohort_id')
      .innerJoin('link.pseudonym as link', 'link.member_id', 'member.id')
      .select(['member.matricule', 'member.phone', 'member.email', 'cohort.slug as cohort'])
      .select(['mission.plan_stale', 'mission.returned_on', 'mission.planned_return_on'])
      .select(['link.pseudonym', 'link.record_key'])
      .orderBy('member.matricule')
      .execute()

  /** How many rows an import could have written, area by area. */
  const rowsWritten = async () => {
    const { rows } = await sql<Record<string, number>>`
      select (select count(*) from identity.panel_member) as members, (select count(*) from link.pseudonym) as links,
        (select count(*) from fieldwork.mission) as missions, (select count(*) from fieldwork.cohort) as cohorts,
        (select count(*) from audit.event) as events`.execute(service.db)
    return rows[0]
  }
  const NOTHING = { members: 0, links: 0, missions: 0, cohorts: 0, events: 0 }

  const stored = async () => ({
    rows: await rowsWritten(),
    people: await service.db.selectFrom('identity.panel_member').selectAll().orderBy('id').execute(),
    missions: await service.db.selectFrom('fieldwork.mission').selectAll().orderBy('member_id').execute(),
  })

  /** Plans are made elsewhere; here it is enough to say they were. */
  const markAllPlanned = () => service.db.updateTable('fieldwork.mission').set({ plan_stale: false }).execute()

  describe('a first import', () => {
    test('takes the good rows, and says line, column and reason of the others', async () => {
      const outcome = await importRows([
        { matricule: 'TEVO1-0001' },
        { matricule: 'TEVO1-0002', courriel: 'not an address' },
        { matricule: 'TEVO1-0003', courriel: '' },
        { matricule: 'TEVO1-0004', date_retour_effective: '2026-02-30' },
        { matricule: 'TEVO1-0001', prenom: 'Again' },
      ])
      expect(outcome).toMatchObject({ ok: true, programme: 'tevo', added: 2, changed: 0, unchanged: 0 })
      expect(outcome.ok && outcome.refused.map(({ line, column, reason }) => [line, column, reason])).toEqual([
        [3, 'courriel', 'malformed address'],
        [5, 'date_retour_effective', 'impossible date'],
        [6, 'matricule', 'duplicate matricule'],
      ])
      expect((await members()).map(({ matricule, email }) => [matricule, email])).toEqual([
        ['TEVO1-0001', 'ana@example.org'],
        ['TEVO1-0003', null],
      ])
    })

    test('gives everybody a pseudonym and a record key of their own, and a plan yet to make', async () => {
      await importRows([{ matricule: 'TEVO1-0001' }, { matricule: 'TEVO1-0002' }])
      const [first, second] = await members()
      expect(first!.plan_stale && second!.plan_stale).toBe(true)
      expect(first!.pseudonym).not.toBe(second!.pseudonym)
      expect(Buffer.from(first!.record_key)).not.toEqual(Buffer.from(second!.record_key))
    })

    test('leaves one line in the audit trail: how many, and nobody', async () => {
      await importRows([{ matricule: 'TEVO1-0001' }, { matricule: 'TEVO1-0002', langue: 'xx' }])
      const events = await service.db.selectFrom('audit.event').selectAll().execute()
      expect(events).toHaveLength(1)
      expect(events[0]).toMatchObject({
        actor: 'test',
        action: 'register imported',
        subject: 'tevo',
        detail: { added: 1, changed: 0, unchanged: 0, refused: 1 },
      })
      expect(events[0]!.at.toString()).toBe(NOW)
      expect(JSON.stringify(events)).not.toMatch(/ana|ndiaye|TEVO1-|example/i)
    })

    test('a dry run says the same and writes nothing at all', async () => {
      const rows = [{ matricule: 'TEVO1-0001' }, { matricule: 'TEVO1-0002', langue: 'xx' }]
      expect(await counts(importRows(rows, { dryRun: true }))).toEqual({
        added: 1,
        changed: 0,
        unchanged: 0,
        refused: 1,
      })
      expect(await rowsWritten()).toEqual(NOTHING)
      expect(await counts(importRows(rows))).toEqual({ added: 1, changed: 0, unchanged: 0, refused: 1 })
    })

    test('an unknown programme, or no programme where there are several, writes nothing and names those there are', async () => {
      expect(await importRows([{}], { programme: 'other' })).toEqual({
        ok: false,
        because: 'unknown programme',
        programmes: ['tevo'],
      })
      const [programme] = service.frame.programmes
      const two = { ...service.frame, programmes: [programme!, { ...programme!, programme: 'second' }] }
      expect(await importRows([{}], {}, { ...service, frame: two })).toEqual({
        ok: false,
        because: 'which programme',
        programmes: ['tevo', 'second'],
      })
      expect(await rowsWritten()).toEqual(NOTHING)
    })

    test('it is said how the file was understood, whether or not it can be imported', async () => {
      const outcome = await importRows([{}, { matricule: 'TEVO1-0002', langue: 'xx' }], { dryRun: true })
      expect(outcome).toMatchObject({
        ok: true,
        understood: { encoding: 'UTF-8', separator: ';', ignored: [], missingOptional: ['canal', 'bras'], rows: 2 },
      })
      expect(await importRows([], { bytes: Buffer.from('matricule,nom\n1,a\n') })).toMatchObject({
        ok: false,
        header: ['matricule', 'nom'],
        understood: { separator: ',', rows: 1, firstRows: [['1', 'a']] },
      })
    })

    test('dates saved by a spreadsheet are stored as the dates they are', async () => {
      await importRows([
        { matricule: 'TEVO1-0001', date_retour_effective: '31/12/2026' },
        { matricule: 'TEVO1-0002', date_retour_effective: '46387' },
      ])
      expect((await members()).map(({ returned_on }) => returned_on?.toString())).toEqual(['2026-12-31', '2026-12-31'])
    })

    test('a file that is no register writes nothing', async () => {
      expect(await counts(importRows([], { bytes: new Uint8Array() }))).toBe('empty')
      expect(await counts(importRows([], { bytes: Buffer.from('PK\x03\x04') }))).toBe('a spreadsheet')
      expect(await counts(importRows([], { bytes: Buffer.from('matricule;nom\r\n1;a\r\n') }))).toBe('missing columns')
      expect(await rowsWritten()).toEqual(NOTHING)
    })

    test('five thousand rows take a few dozen statements, and progress is told', async () => {
      const rows = Array.from({ length: 5_000 }, (_, index) => ({
        matricule: `TEVO1-${index}`,
        courriel: `v${index}@example.org`,
        courriel_secondaire: `v${index}@example.com`,
      }))
      const { plugin, seen } = countingPlugin()
      const progress: number[] = []
      const counting = { ...service, db: service.db.withPlugin(plugin) }
      const onProgress = (done: number, total: number) => {
        expect(total).toBe(5_000)
        progress.push(done)
      }
      expect(await counts(importRows(rows, { onProgress }, counting))).toMatchObject({ added: 5_000 })
      expect(seen()).toBeLessThan(50)
      expect(progress.at(-1)).toBe(5_000)
      expect(progress.length).toBeGreaterThan(5)
      expect(await rowsWritten()).toMatchObject({
        members: 5_000,
        links: 5_000,
        missions: 5_000,
        cohorts: 1,
        events: 1,
      })
      expect(await counts(importRows(rows))).toMatchObject({ added: 0, unchanged: 5_000 })
    })

    test('twenty thousand rows go in, and change again, while progress is told and others have their turn', async () => {
      const first = Array.from({ length: 20_000 }, (_, index) => ({
        matricule: `TEVO1-${index}`,
        courriel: `v${index}@example.org`,
      }))
      const second = first.map((row, index) => ({
        ...row,
        courriel: `w${index}@example.org`,
        date_retour_effective: index % 2 ? '2026-08-01' : '',
      }))
      for (const [rows, expected] of [
        [first, { added: 20_000, changed: 0, refused: 0 }],
        [second, { added: 0, changed: 20_000, refused: 0 }],
      ] as const) {
        const told: Record<'reading' | 'writing', { done: number; turns: number }[]> = { reading: [], writing: [] }
        const others = countTurns()
        const onProgress = (done: number, total: number, doing: 'reading' | 'writing') => {
          expect(total).toBe(20_000)
          told[doing].push({ done, turns: others.turns() })
        }
        expect(await counts(importRows(rows, { onProgress }))).toMatchObject(expected)
        others.stop()
        for (const steps of Object.values(told)) {
          expect(steps.length).toBeGreaterThanOrEqual(20)
          expect(steps.at(-1)!.done).toBe(20_000)
          for (const [index, { done, turns }] of steps.entries()) {
            expect(done).toBeGreaterThan(steps[index - 1]?.done ?? 0)
            expect(turns).toBeGreaterThan(steps[index - 1]?.turns ?? 0)
          }
        }
      }
      const stored = new Map((await members()).map((member) => [member.matricule, member]))
      expect(stored.size).toBe(20_000)
      for (const [index, { matricule, courriel }] of second.entries()) {
        const { email, returned_on } = stored.get(matricule)!
        if (email !== courriel || String(returned_on) !== (index % 2 ? '2026-08-01' : 'null')) expect.fail(matricule)
      }
    }, 120_000)
  })

  describe('importing again', () => {
    const rows = [{ matricule: 'TEVO1-0001' }, { matricule: 'TEVO1-0002', telephone: '+33612345678' }]
    beforeEach(async () => {
      await importRows(rows)
      await markAllPlanned()
    })

    test('the same file changes nothing and says so', async () => {
      const before = await members()
      expect(await counts(importRows(rows))).toEqual({ added: 0, changed: 0, unchanged: 2, refused: 0 })
      expect(await members()).toEqual(before)
    })

    test('a member who is no longer in the file is left alone', async () => {
      expect(await counts(importRows([rows[0]!]))).toEqual({ added: 0, changed: 0, unchanged: 1, refused: 0 })
      expect(await members()).toHaveLength(2)
    })

    test('pseudonyms, record keys, and a wish for no mail outlive a change', async () => {
      const stopped = Temporal.Instant.from('2026-09-01T00:00:00Z')
      await service.db.updateTable('identity.panel_member').set({ opted_out_at: stopped }).execute()
      const before = await members()
      await importRows([{ ...rows[0], nom: 'Diop', date_retour_effective: '2026-08-01' }])
      const after = await members()
      expect(after.map(({ pseudonym, record_key }) => [pseudonym, record_key])).toEqual(
        before.map(({ pseudonym, record_key }) => [pseudonym, record_key]),
      )
      const { opted_out_at } = await service.db
        .selectFrom('identity.panel_member')
        .where('family_name', '=', 'Diop')
        .select('opted_out_at')
        .executeTakeFirstOrThrow()
      expect(opted_out_at?.equals(stopped)).toBe(true)
    })

    test.each<[string, Cells, boolean]>([
      ['return date', { date_retour_effective: '2026-08-01' }, true],
      ['return date, now unknown,', { date_retour_effective: '' }, true],
      ['planned return date', { date_retour_prevue: '2026-12-01' }, true],
      ['departure date', { date_depart: '2026-01-16' }, true],
      ['time zone', { fuseau_horaire: 'Europe/Paris' }, true],
      ['address that was lost', { courriel: '' }, true],
      ['address', { courriel: 'new@example.org' }, true],
      ['second address', { courriel_secondaire: 'new@example.org' }, true],
      ['telephone number', { telephone: '+221770000000' }, false],
      ['name', { prenom: 'Anna' }, false],
      ['language', { langue: 'en' }, false],
      ['fact of the mission', { direction: 'RECIP' }, false],
    ])('a changed %s: counted, stored, and the plan is stale when it follows from it', async (_, cells, stale) => {
      expect(await counts(importRows([{ ...rows[0], ...cells }]))).toMatchObject({ changed: 1, unchanged: 0 })
      expect((await members()).map(({ plan_stale }) => plan_stale)).toEqual([stale, false])
      expect(await counts(importRows([{ ...rows[0], ...cells }]))).toMatchObject({ changed: 0, unchanged: 1 })
    })

    test('whatever a register says of a member can change, but for the matricule and the arm, and is stored', async () => {
      const other: Cells = {
        prenom: 'Anna',
        nom: 'Diop',
        courriel: 'new@example.org',
        courriel_secondaire: 'second@example.org',
        telephone: '+221770000000',
        langue: 'en',
        fuseau_horaire: 'Europe/Paris',
        genre: 'M',
        annee_naissance: '1999',
        dispositif: 'VSI',
        direction: 'RECIP',
        collectivite: 'Région 02',
        collectivite_siren: '200000001',
        collectivite_type: 'REGION',
        collectivite_premiere_fois: 'NO',
        operateur_code: 'OP-12',
        operateur: 'La Guilde',
        pays_mission: 'FR',
        pays_origine: 'SN',
        objectif_cicid: 'CICID23-01',
        date_depart: '2026-02-01',
        date_retour_prevue: '2026-10-01',
        date_retour_effective: '2026-10-02',
        canal: 'OSIM',
      }
      const changed = [{ matricule: 'TEVO1-0001', bras: 'VOL', ...other }]
      expect(await counts(importRows(changed))).toEqual({ added: 0, changed: 1, unchanged: 0, refused: 0 })
      expect(await counts(importRows(changed))).toEqual({ added: 0, changed: 0, unchanged: 1, refused: 0 })
      // Each of them is a change by itself: none is overlooked when it is compared, either.
      for (const column of Object.keys(other) as (keyof Cells)[]) {
        const { [column]: _, ...rest } = other
        const back = await importRows([{ matricule: 'TEVO1-0001', ...rest, ...(column === 'canal' && { canal: '' }) }])
        expect([column, back.ok && back.changed]).toEqual([column, 1])
        await importRows(changed)
      }
    })

    test('it is said whose waves are planned from other dates, and which, before and after', async () => {
      const changed = [
        { ...rows[0], date_retour_effective: '2026-08-01' },
        { ...rows[1], courriel: 'new@example.org' },
        { matricule: 'TEVO1-0003' },
      ]
      const { member_id } = await service.db
        .selectFrom('fieldwork.mission as mission')
        .innerJoin('identity.panel_member as member', 'member.id', 'mission.member_id')
        .where('member.matricule', '=', 'TEVO1-0001')
        .select('mission.member_id')
        .executeTakeFirstOrThrow()
      const expected = await importRows(changed, { dryRun: true })
      expect(expected.ok && expected.redated).toEqual([
        {
          member_id,
          departed_on: Temporal.PlainDate.from('2026-01-15'),
          planned_return_on: Temporal.PlainDate.from('2026-09-15'),
          returned_on: Temporal.PlainDate.from('2026-08-01'),
          time_zone: 'Africa/Dakar',
        },
      ])
      const outcome = await importRows(changed)
      expect(outcome.ok && outcome.redated).toEqual(expected.ok && expected.redated)
    })

    describe('an address that was found not to exist', () => {
      const failed = () =>
        service.db
          .selectFrom('identity.panel_member')
          .where('matricule', '=', 'TEVO1-0001')
          .select(['email_failed_at', 'email_secondary_failed_at'])
          .executeTakeFirstOrThrow()
      beforeEach(async () => {
        const at = Temporal.Instant.from('2026-09-20T00:00:00Z')
        await service.db
          .updateTable('identity.panel_member')
          .set({ email_failed_at: at, email_secondary_failed_at: at })
          .execute()
      })

      test.each<[string, Cells, first: boolean, second: boolean]>([
        ['the same again stays so', {}, true, true],
        ['another name leaves it so', { prenom: 'Anna' }, true, true],
        ['another address has not failed yet', { courriel: 'new@example.org' }, false, true],
        ['nor has another second one', { courriel_secondaire: 'new@example.org' }, true, false],
        ['none has not either', { courriel: '' }, false, true],
      ])('%s', async (_, cells, first, second) => {
        await importRows([{ ...rows[0], ...cells }])
        const { email_failed_at, email_secondary_failed_at } = await failed()
        expect([email_failed_at !== null, email_secondary_failed_at !== null]).toEqual([first, second])
      })
    })

    test('many changes take few statements, and each member gets their own', async () => {
      const many = Array.from({ length: 1_200 }, (_, index) => ({ matricule: `X-${index}` }))
      await importRows(many)
      await markAllPlanned()
      const { plugin, seen } = countingPlugin()
      const changed = many.map((row, index) => ({
        ...row,
        telephone: index % 2 ? '' : `+33 ${index} 'a, b' \\`,
        prenom: index % 3 ? 'Ana' : "N'Golo",
        ...(index % 4 === 0 && { date_retour_prevue: '2026-12-01' }),
      }))
      const counting = { ...service, db: service.db.withPlugin(plugin) }
      expect(await counts(importRows(changed, {}, counting))).toEqual({
        added: 0,
        changed: 800,
        unchanged: 400,
        refused: 0,
      })
      expect(seen()).toBeLessThan(15)
      expect(await counts(importRows(changed))).toMatchObject({ changed: 0, unchanged: 1_200 })
      const stale = (await members()).filter(({ plan_stale }) => plan_stale).map(({ matricule }) => matricule)
      expect(stale.toSorted()).toEqual(
        many
          .filter((_, index) => index % 4 === 0)
          .map(({ matricule }) => matricule)
          .toSorted(),
      )
    })

    test('a plan that was stale stays so when something else changes', async () => {
      await importRows([{ ...rows[0], date_retour_effective: '2026-08-01' }])
      await importRows([{ ...rows[0], date_retour_effective: '2026-08-01', prenom: 'Anna' }])
      expect((await members())[0]!.plan_stale).toBe(true)
    })
  })

  describe('an address that asked for no more mail', () => {
    const STOPPED_AT = Temporal.Instant.from('2026-03-01T12:00:00Z')
    const optedOut = async () =>
      Object.fromEntries(
        (await service.db.selectFrom('identity.panel_member').select(['matricule', 'opted_out_at']).execute()).map(
          ({ matricule, opted_out_at }) => [matricule, opted_out_at?.toString() ?? null],
        ),
      )
    beforeEach(() =>
      rememberStopped(service.db, {
        hashes: [addressHash(service.config.keys.link, 'gone@example.org')],
        because: 'opted out',
        at: STOPPED_AT,
      }),
    )

    test('is not written to when somebody is registered with it, whatever its capitals, first or second', async () => {
      await importRows([
        { matricule: 'TEVO1-0001' },
        { matricule: 'TEVO1-0002', courriel: 'gone@example.org' },
        { matricule: 'TEVO1-0003', courriel: 'Gone@Example.ORG' },
        { matricule: 'TEVO1-0004', courriel_secondaire: 'gone@example.org' },
        { matricule: 'TEVO1-0005', courriel: '' },
      ])
      expect(await optedOut()).toEqual({
        'TEVO1-0001': null,
        'TEVO1-0002': NOW,
        'TEVO1-0003': NOW,
        'TEVO1-0004': NOW,
        'TEVO1-0005': null,
      })
    })

    test('is not written to when somebody comes to have it', async () => {
      await importRows([{}])
      await importRows([{ courriel: 'gone@example.org' }])
      expect(await optedOut()).toEqual({ 'TEVO1-0001': NOW })
    })

    test('and what was wished stays wished, since when it was', async () => {
      await importRows([{ courriel: 'gone@example.org' }])
      await service.db.updateTable('identity.panel_member').set({ opted_out_at: STOPPED_AT }).execute()
      await importRows([{ courriel: 'gone@example.org', prenom: 'Anna' }])
      await importRows([{ courriel: 'new@example.org' }])
      expect(await optedOut()).toEqual({ 'TEVO1-0001': STOPPED_AT.toString() })
    })
  })

  describe('the cohort', () => {
    const cohorts = async () =>
      Object.fromEntries((await members()).map(({ matricule, cohort }) => [matricule, cohort]))

    test('is the phase of the matricule, else the year of planned return', async () => {
      await importRows([
        { matricule: 'TEVO1-0001' },
        { matricule: 'TEVO2-0001' },
        { matricule: 'X-1', date_retour_prevue: '2026-12-31', date_retour_effective: '2027-01-02' },
        { matricule: 'X-2', date_retour_prevue: '2027-01-01', date_retour_effective: '2026-12-30' },
      ])
      expect(await cohorts()).toEqual({
        'TEVO1-0001': 'phase-1',
        'TEVO2-0001': 'phase-2',
        'X-1': '2026',
        'X-2': '2027',
      })
    })

    test('is the one asked for, where one is', async () => {
      await importRows([{ matricule: 'TEVO1-0001' }, { matricule: 'X-1' }], { cohort: 'phase-3' })
      expect(await cohorts()).toEqual({ 'TEVO1-0001': 'phase-3', 'X-1': 'phase-3' })
    })

    test('never changes after the first import, whatever changes or is asked for', async () => {
      await importRows([{ matricule: 'X-1' }])
      await importRows([{ matricule: 'X-1', date_retour_prevue: '2028-01-01', date_retour_effective: '2028-01-01' }])
      await importRows([{ matricule: 'X-1' }, { matricule: 'X-2' }], { cohort: 'phase-3' })
      expect(await cohorts()).toEqual({ 'X-1': '2026', 'X-2': 'phase-3' })
    })
  })

  describe('the channel and the arm', () => {
    const stored = async () =>
      Object.fromEntries(
        (
          await service.db
            .selectFrom('fieldwork.mission as mission')
            .innerJoin('identity.panel_member as member', 'member.id', 'mission.member_id')
            .orderBy('member.matricule')
            .select(['member.matricule', 'mission.channel', 'mission.arm'])
            .execute()
        ).map(({ matricule, channel, arm }) => [matricule, `${channel} ${arm}`]),
      )
    const refusals = async (outcome: Promise<ImportOutcome>) => {
      const done = await outcome
      return done.ok && done.refused.map(({ line, column, reason }) => [line, column, reason])
    }

    test('are unknown and volunteer where the register does not say, and what it says where it does', async () => {
      await importRows([{ matricule: 'X-1' }])
      await importRows([
        { matricule: 'X-2', canal: 'OSIM', bras: 'CMP' },
        { matricule: 'X-3', canal: 'EDUCATION' },
        { matricule: 'X-4' },
      ])
      expect(await stored()).toEqual({ 'X-1': 'UNK VOL', 'X-2': 'OSIM CMP', 'X-3': 'EDUCATION VOL', 'X-4': 'UNK VOL' })
    })

    test.each<[string, Cells, string]>([
      ['another channel', { canal: 'EMPLOYER' }, 'EMPLOYER CMP'],
      ['a channel nobody knows any more', { canal: '' }, 'UNK CMP'],
    ])('%s is a change, once, and plans nothing anew', async (_, cells, expected) => {
      await importRows([{ canal: 'OSIM', bras: 'CMP' }])
      await markAllPlanned()
      expect(await counts(importRows([cells]))).toMatchObject({ changed: 1, refused: 0 })
      expect(await counts(importRows([cells]))).toMatchObject({ unchanged: 1, refused: 0 })
      expect(await stored()).toEqual({ 'TEVO1-0001': expected })
      expect((await members()).map(({ plan_stale }) => plan_stale)).toEqual([false])
    })

    test.each<[string, Cells]>([
      ['without the columns', {}],
      ['that leaves the arm blank', { bras: '', canal: 'OSIM' }],
      ['that says the same', { bras: 'CMP', canal: 'OSIM' }],
    ])('a register %s changes neither', async (_, cells) => {
      await importRows([{ canal: 'OSIM', bras: 'CMP' }])
      expect(await counts(importRows([cells]))).toEqual({ added: 0, changed: 0, unchanged: 1, refused: 0 })
      expect(await counts(importRows([{ ...cells, prenom: 'Anna' }]))).toMatchObject({ changed: 1 })
      expect(await stored()).toEqual({ 'TEVO1-0001': 'OSIM CMP' })
    })

    test('nobody changes sides: the row is refused with line, column and reason, and all of it is left as it was', async () => {
      await importRows([
        { matricule: 'X-1', bras: 'VOL' },
        { matricule: 'X-2', bras: 'CMP' },
      ])
      const rows = [
        { matricule: 'X-2', bras: 'VOL', prenom: 'Anna', date_retour_effective: '2026-08-01' },
        { matricule: 'X-3', bras: 'CMP' },
        { matricule: 'X-4', bras: 'CMP', langue: 'xx' },
        { matricule: 'X-1', bras: 'CMP' },
      ]
      const expected = [
        [2, 'bras', 'fixed arm'],
        [4, 'langue', 'unknown language'],
        [5, 'bras', 'fixed arm'],
      ]
      expect(await refusals(importRows(rows, { dryRun: true }))).toEqual(expected)
      const outcome = await importRows(rows)
      expect(outcome).toMatchObject({ added: 1, changed: 0, unchanged: 0, redated: [] })
      expect(await refusals(importRows(rows))).toEqual(expected)
      expect(await stored()).toEqual({ 'X-1': 'UNK VOL', 'X-2': 'UNK CMP', 'X-3': 'UNK CMP' })
      const { given_name } = await service.db
        .selectFrom('identity.panel_member')
        .where('matricule', '=', 'X-2')
        .select('given_name')
        .executeTakeFirstOrThrow()
      expect(given_name).toBe('Ana')
      const events = await service.db.selectFrom('audit.event').select('detail').orderBy('id').execute()
      expect(events.map(({ detail }) => detail)).toMatchObject([{ refused: 0 }, { refused: 3 }, { refused: 3 }])
    })

    test('the missions of a cohort are those of its volunteers', async () => {
      await importRows([
        { matricule: 'TEVO1-0001', canal: 'OSIM', collectivite_siren: '200000001' },
        { matricule: 'TEVO1-0002', bras: 'CMP' },
        { matricule: 'TEVO1-0003', objectif_cicid: '', date_retour_effective: '' },
        { matricule: 'TEVO2-0001' },
      ])
      const missions = await cohortMissions(service.db, { programme: 'tevo', cohort: 'phase-1' })
      const told = missions.map(({ channel, authority_siren, cicid, returned_on }) => [
        channel,
        authority_siren,
        cicid,
        returned_on?.toString() ?? null,
      ])
      expect(told).toHaveLength(2)
      expect(told).toEqual(
        expect.arrayContaining([
          ['OSIM', '200000001', 'CICID23-03', '2026-09-15'],
          ['UNK', '212345678', null, null],
        ]),
      )
      expect(registerIndicators(missions, service.frame.dimensions)).toHaveLength(9)
      expect(await cohortMissions(service.db, { programme: 'other', cohort: 'phase-1' })).toEqual([])
    })

    test('the refused row comes back as it was, to be corrected', async () => {
      await importRows([{ bras: 'CMP' }])
      const outcome = await importRows([{ bras: 'VOL' }])
      if (!outcome.ok) expect.fail(outcome.because)
      const file = refusedFile(outcome.header, outcome.refused, (reason) => reason)
      expect(file).toContain(';VOL;2;bras;fixed arm\r\n')
      const corrected = new TextEncoder().encode(file.replace(';VOL;', ';CMP;'))
      expect(await counts(importRows([], { bytes: corrected }))).toMatchObject({ unchanged: 1, refused: 0 })
    })
  })

  describe('when it fails on the way', () => {
    test('at whichever statement it fails, what it added and what it changed are both taken back', async () => {
      const rows = [{ matricule: 'TEVO1-0001', nom: 'Diop' }, { matricule: 'TEVO1-0002' }, { matricule: 'TEVO2-0001' }]
      const start = async () => {
        await startAgain(service, NOW)
        await importRows([{ matricule: 'TEVO1-0001' }])
      }
      await start()
      const { plugin, seen } = countingPlugin()
      await importRows(rows, {}, { ...service, db: service.db.withPlugin(plugin) })
      expect(seen()).toBeGreaterThan(8)
      await start()
      const before = await stored()
      for (let last = 1; last <= seen(); last++) {
        const failing = { ...service, db: service.db.withPlugin(failingPlugin(last)) }
        await expect(importRows(rows, {}, failing)).rejects.toThrow(`failed at statement ${last}`)
        expect(await stored()).toEqual(before)
      }
      expect(await counts(importRows(rows))).toMatchObject({ added: 2, changed: 1 })
    })

    test('a record key that comes up twice is refused by the database, and nothing is left', async () => {
      const rows = [{ matricule: 'TEVO1-0001' }, { matricule: 'TEVO1-0002' }]
      const random = () => new Uint8Array(16)
      await expect(importRows(rows, {}, { ...service, random })).rejects.toThrow(/record_key/)
      expect(await rowsWritten()).toEqual(NOTHING)
    })
  })

  test('the same file imported twice at once goes in once, and the second import finds it there', async () => {
    const rows = Array.from({ length: 1_500 }, (_, index) => ({ matricule: `TEVO1-${index}` }))
    const other = service.database.url ? openServer(service.database.url) : null
    const outcomes = await Promise.all([
      counts(importRows(rows)),
      counts(importRows(rows, {}, { ...service, db: other?.db ?? service.db })),
    ])
    await other?.close()
    const added = { added: 1_500, changed: 0, unchanged: 0, refused: 0 }
    const unchanged = { added: 0, changed: 0, unchanged: 1_500, refused: 0 }
    expect(outcomes).toHaveLength(2)
    expect(outcomes).toEqual(expect.arrayContaining([added, unchanged]))
    expect(await rowsWritten()).toMatchObject({ members: 1_500, links: 1_500, missions: 1_500, cohorts: 1, events: 2 })
  })

  test('two files at once, each with members of its own and some of the other’s, both go in', async () => {
    const rowsFrom = (first: number) =>
      Array.from({ length: 300 }, (_, index) => ({ matricule: `X-${first + index}`, telephone: `+3300${first}` }))
    const other = service.database.url ? openServer(service.database.url) : null
    const [first, second] = await Promise.all([
      counts(importRows(rowsFrom(0).reverse())),
      counts(importRows(rowsFrom(150), {}, { ...service, db: other?.db ?? service.db })),
    ])
    await other?.close()
    expect([first, second]).toEqual(
      expect.arrayContaining([
        { added: 300, changed: 0, unchanged: 0, refused: 0 },
        { added: 150, changed: 150, unchanged: 0, refused: 0 },
      ]),
    )
    expect(await rowsWritten()).toMatchObject({ members: 450, cohorts: 1 })
  })
})

/** Counts how often whoever else waits for this process is let in. */
function countTurns(): { turns(): number; stop(): void } {
  let turns = 0
  const turn = () => {
    turns++
    next = setImmediate(turn)
  }
  let next = setImmediate(turn)
  return { turns: () => turns, stop: () => clearImmediate(next) }
}

function countingPlugin(): { plugin: KyselyPlugin; seen(): number } {
  let statements = 0
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      statements++
      return node
    },
    transformResult: async ({ result }) => result,
  }
  return { plugin, seen: () => statements }
}

/** Makes the n-th statement fail, as a lost connection would. */
function failingPlugin(last: number): KyselyPlugin {
  let statements = 0
  return {
    transformQuery({ node }) {
      if (++statements === last) throw new Error(`failed at statement ${last}`)
      return node
    },
    transformResult: async ({ result }) => result,
  }
}
