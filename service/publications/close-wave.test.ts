// Checks, on both databases, that a wave is closed once, published whole or not at all, and never changed afterwards.
import { setTimeout as wait } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createToken } from '../access/create-token.actions.ts'
import { createApp } from '../app.ts'
import { questionsOf } from '../instruments/answers.ts'
import { type Instrument, itemsScored } from '../instruments/instrument.ts'
import { storeVersion } from '../instruments/versions.queries.ts'
import { optOut } from '../mailings/mailings.queries.ts'
import { sendNextMailing } from '../mailings/send-mailing.actions.ts'
import { demonstrationClock } from '../platform/clock.ts'
import { sha256Hex } from '../platform/secrets.ts'
import { ENGINES, type Engine } from '../platform/testing.ts'
import { findCase } from '../responses/responses.queries.ts'
import { savePageOfCase } from '../responses/save-page.actions.ts'
import { openTestService, type TestService } from '../testing.ts'
import { tick } from '../tick.ts'
import { decideNextContacts } from '../waves/decide-contacts.actions.ts'
import { closeNextWave, closeWave } from './close-wave.actions.ts'
import { findPublication, findTable, listPublications } from './publications.queries.ts'
import { Manifest, PublishedTable, type ResponseCell } from './tables.ts'
import { answersOf, answerWave, casesIn, enrolCohort, instrumentOf } from './testing.ts'
import { findUnit } from './units.queries.ts'
import { sensitiveItems } from './versions.ts'

/** The kinds of table there have been from the beginning, and what they have come to say since. */
const EARLIER_KINDS = ['response', 'distribution', 'mean', 'change']
const ADDED_SINCE = [
  ...['dontKnow', 'notReached', 'drawn', 'pooled', 'weighted'],
  ...['comparedWith', 'gz', 'dzInterval', 'before', 'after'],
]

/** Everybody is back since 15 September: the first wave after return is open, the one before departure long over. */
const NOW = '2026-10-20T12:00:00Z'
const W1_OVER = '2026-11-26T00:00:00Z'

const at = (service: TestService, instant: string): TestService => ({
  ...service,
  clock: demonstrationClock(Temporal.Instant.from(instant)),
})
const unit = (cohort: string, wave = 'w1') => ({ programme: 'tevo', cohort, wave, actor: 'test' })
const early = (cohort: string, wave = 'w1') => ({ ...unit(cohort, wave), early: true })

/** Everything published of a cohort's wave, as the bytes that are kept. */
async function published({ db }: TestService, cohort: string, wave = 'w1'): Promise<string> {
  const publications = await db.selectFrom('publish.publication').selectAll().where('cohort', '=', cohort).execute()
  const tables = await db
    .selectFrom('publish.published_table')
    .selectAll()
    .where('publication_id', '=', `tevo.${cohort}.${wave}.1`)
    .orderBy('table_id')
    .orderBy('split_by')
    .execute()
  return JSON.stringify([publications.filter((one) => one.wave === wave), tables])
}

async function cellsOf({ db }: TestService, cohort: string, table: string, wave = 'w1') {
  const found = await findTable(db, { publication: `tevo.${cohort}.${wave}.1`, table, by: 'total' })
  return PublishedTable.parse(JSON.parse(found!.content)).cells
}
const dispositionsOf = async (service: TestService, cohort: string) =>
  ((await cellsOf(service, cohort, 'response')) as ResponseCell[])[0]!.dispositions!

const eventsAbout = async ({ db }: TestService, subject: string) =>
  db.selectFrom('audit.event').select(['actor', 'action', 'detail']).where('subject', '=', subject).execute()

const asks = (instrument: Instrument, code: string) => questionsOf(instrument).some(({ item }) => item === code)

/** An instrument as it was a version earlier, when an item offered one answer less. */
const changedVersion = (instrument: Instrument, code: string): Instrument => ({
  ...instrument,
  version: instrument.version - 1,
  pages: instrument.pages.map((page) => ({
    ...page,
    items: page.items.map((item) =>
      item.item === code && item.type === 'likert' ? { ...item, options: item.options.slice(1) } : item,
    ),
  })),
})

/** What each engine published of the same people, to be laid side by side. */
const onEngine = new Map<Engine, string>()

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  beforeAll(async () => {
    service = await openTestService(engine, NOW)
    await enrolCohort(service, 'large', 130)
    await answerWave(service, 'large', 'w0', (place) => (place % 5 < 4 ? 'complete' : null))
    await answerWave(service, 'large', 'w1', (place) =>
      place % 10 < 7 ? 'complete' : place % 10 === 7 ? 'partial' : place % 10 === 8 ? 'break-off' : null,
    )
  })
  afterAll(() => service.close())

  test('a wave stays open until its last field period is over, and says so with the date', async () => {
    expect(await closeWave(service, unit('large'))).toEqual({
      ok: false,
      because: 'still open',
      until: Temporal.Instant.from(W1_OVER),
    })
    const justBefore = Temporal.Instant.from(W1_OVER).subtract({ milliseconds: 1 }).toString()
    expect(await closeWave(at(service, justBefore), unit('large'))).toMatchObject({ because: 'still open' })
    expect((await findUnit(service.db, unit('large')))?.closed_at).toBeNull()
  })

  test.each([{ ...unit('large'), programme: 'other' }, { ...unit('large'), wave: 'w9' }, unit('nobody')])(
    'there is nothing to close where there is no $programme, $cohort, $wave',
    async (input) => {
      expect(await closeWave(service, input)).toEqual({ ok: false, because: 'unknown unit' })
    },
  )

  test('a wave that is over is closed and published, with an entry in the log', async () => {
    const outcome = await closeWave(at(service, W1_OVER), unit('large'))
    expect(outcome).toMatchObject({ ok: true, publication: 'tevo.large.w1.1' })
    expect(await findUnit(service.db, unit('large'))).toMatchObject({
      closed_at: Temporal.Instant.from(W1_OVER),
      publication_id: 'tevo.large.w1.1',
      because: null,
    })
    expect(await eventsAbout(service, 'tevo.large.w1')).toEqual([
      { actor: 'test', action: 'wave closed', detail: { publicationId: 'tevo.large.w1.1' } },
    ])
    onEngine.set(engine, await published(service, 'large'))
  })

  test('a manifest names every table that is stored, with the hash of its bytes, and no other', async () => {
    const stored = await service.db
      .selectFrom('publish.published_table')
      .selectAll()
      .where('publication_id', '=', 'tevo.large.w1.1')
      .execute()
    const { manifest } = (await findPublication(service.db, 'tevo.large.w1.1'))!
    const listed = Manifest.parse(JSON.parse(manifest))
    const inManifest = listed.tables.flatMap(({ table, by }) =>
      by.map((split) => `${table} ${split.by} ${split.sha256}`),
    )
    expect(inManifest.toSorted()).toEqual(
      stored.map(({ table_id, split_by, content }) => `${table_id} ${split_by} ${sha256Hex(content)}`).toSorted(),
    )
    for (const { content, sha256, split_by, table_id } of stored) {
      expect(sha256).toBe(sha256Hex(content))
      const table = PublishedTable.parse(JSON.parse(content))
      expect([table.publication, table.table, table.by]).toEqual(['tevo.large.w1.1', table_id, split_by])
    }
    expect(listed).toMatchObject({
      publication: 'tevo.large.w1.1',
      status: 'final',
      baseline: 'w0',
      publishedOn: '2026-11-26',
      eligible: 130,
      instruments: ['w0@2', 'w1@2'],
      noise: { D: 5, V: 3 },
    })
  })

  test('a publication says how everybody ended up: complete, partial, broken off, silent', async () => {
    const { I, P, R, NC, O, UH, UO, NE } = await dispositionsOf(service, 'large')
    for (const [count, truth] of [
      [I, 91],
      [P, 13],
      [R, 13],
      [NC, 13],
    ] as const)
      expect(Math.abs(count - truth)).toBeLessThanOrEqual(5)
    expect([O, UH, UO, NE]).toEqual([0, 0, 0, 0])
  })

  test('nothing a break-off said is in the figures', async () => {
    const firstItem = service.bank.instruments.get('w1')!.pages[0]!.items[0]!.item
    const [cell] = await cellsOf(service, 'large', `item.${firstItem}`)
    expect(Math.abs((cell as { n: number }).n - 104)).toBeLessThanOrEqual(5)
  })

  test('a publication holds no record key, pseudonym, name or matricule', async () => {
    const kept = await published(service, 'large')
    for (const { record_key, pseudonym, matricule, member_id } of await casesIn(service, 'large', 'w1')) {
      const key = Buffer.from(record_key)
      for (const trace of [key.toString('hex'), key.toString('base64'), key.join(), pseudonym, matricule, member_id])
        expect(kept).not.toContain(trace)
    }
    expect(kept).not.toMatch(/said by|Ndiaye|@example/)
  })

  test('a second closing says it is closed, and changes nothing', async () => {
    const before = await published(service, 'large')
    for (const input of [unit('large'), early('large')])
      expect(await closeWave(at(service, '2029-01-01T00:00:00Z'), input)).toEqual({
        ok: false,
        because: 'already closed',
        publication: 'tevo.large.w1.1',
      })
    expect(await published(service, 'large')).toBe(before)
    expect(await eventsAbout(service, 'tevo.large.w1')).toHaveLength(1)
  })

  test('a hundred reads give the same bytes, whatever happens to the answers meanwhile', async () => {
    const { token } = await createToken(service, { name: 'reader', days: 1, actor: 'test' })
    const app = createApp(service)
    const read = async () => {
      const answers = ['', '/tables/response', '/tables/mean.SAT_GLOB?by=gender'].map((path) =>
        app.request(`/api/v1/publications/tevo.large.w1.1${path}`, { headers: { Authorization: `Bearer ${token}` } }),
      )
      return Promise.all(answers.map(async (answer) => `${(await answer).status} ${await (await answer).text()}`))
    }
    const first = await read()
    expect(first.every((answer) => answer.startsWith('200 '))).toBe(true)
    const everybody = await casesIn(service, 'large', 'w1')
    const { db } = service
    for (let times = 0; times < 99; times++) {
      const { pseudonym } = everybody[times]!
      const row = db.updateTable('answers.response').where('pseudonym', '=', pseudonym)
      if (times % 3 === 0) await row.set({ answers: {} }).execute()
      else if (times % 3 === 1) await db.deleteFrom('answers.response').where('pseudonym', '=', pseudonym).execute()
      else await db.deleteFrom('link.pseudonym').where('pseudonym', '=', pseudonym).execute()
      expect(await read()).toEqual(first)
    }
  })

  test('a wave closed early counts whoever is silent, and is published all the same', async () => {
    await enrolCohort(service, 'early', 40, (place) => (place < 30 ? {} : { date_retour_effective: '' }))
    await answerWave(service, 'early', 'w1', (place) => (place < 22 ? 'complete' : null))
    const [, , , optedOut] = (await casesIn(service, 'early', 'w1')).slice(22)
    await optOut(service.db, optedOut!.member_id, service.clock.now())
    expect(await closeWave(service, unit('early'))).toMatchObject({ because: 'still open' })
    expect(await closeWave(service, early('early'))).toMatchObject({ ok: true, publication: 'tevo.early.w1.1' })
    const { I, R, NC, UO, P } = await dispositionsOf(service, 'early')
    expect(Math.abs(I - 22)).toBeLessThanOrEqual(5)
    expect(Math.abs(NC - 7)).toBeLessThanOrEqual(5)
    expect(Math.abs(UO - 10)).toBeLessThanOrEqual(5)
    expect(P).toBe(0)
    expect([0, 3, 4, 5, 6]).toContain(R)
  })

  test('nobody is written to any more about a wave that was closed while some could still answer', async () => {
    await enrolCohort(service, 'silent', 30)
    await answerWave(service, 'silent', 'w1', (place) => (place < 20 ? 'complete' : null))
    while (await decideNextContacts(service)) {}
    const mailingsOf = async () => {
      const cases = (await casesIn(service, 'silent', 'w1')).map(({ id }) => id)
      return service.db.selectFrom('fieldwork.mailing').selectAll().where('case_id', 'in', cases).execute()
    }
    const owed = await mailingsOf()
    expect(owed.map(({ next_attempt_at }) => next_attempt_at === null)).toEqual(Array(10).fill(false))

    expect(await closeWave(service, early('silent'))).toMatchObject({ ok: true })
    for (const day of ['2026-10-21T12:00:00Z', '2026-10-25T12:00:00Z', '2026-11-03T12:00:00Z']) {
      while (await decideNextContacts(at(service, day))) {}
      while (await sendNextMailing(at(service, day))) {}
    }
    expect((await mailingsOf()).map(({ sent_at, because }) => [sent_at, because])).toEqual(
      owed.map(() => [null, 'wave closed']),
    )
    const open = (await casesIn(service, 'silent', 'w1')).slice(20)
    expect(open.map(({ next_contact_at, because }) => [next_contact_at, because])).toEqual(
      open.map(() => [null, 'wave closed']),
    )
  })

  test('a register that moves dates or brings a latecomer does not open a closed wave again', async () => {
    await enrolCohort(service, 'moved', 20)
    await answerWave(service, 'moved', 'w1', (place) => (place < 15 ? 'complete' : null))
    expect(await closeWave(service, early('moved'))).toMatchObject({ ok: true })
    await enrolCohort(service, 'moved', 21, () => ({ date_retour_effective: '2026-09-17' }))
    const later = at(service, '2026-10-25T12:00:00Z')
    while (await decideNextContacts(later)) {}
    const unwritten = (await casesIn(service, 'moved', 'w1')).slice(15)
    expect(unwritten).toHaveLength(6)
    expect(unwritten.map(({ next_contact_at, because }) => [next_contact_at, because])).toEqual(
      unwritten.map(() => [null, 'wave closed']),
    )
  })

  test('an answer that comes after the closing is kept, and never published', async () => {
    await enrolCohort(service, 'late', 30)
    await answerWave(service, 'late', 'w1', (place) => (place < 20 ? 'complete' : null))
    expect(await closeWave(service, early('late'))).toMatchObject({ ok: true })
    const before = await published(service, 'late')
    const latecomer = (await casesIn(service, 'late', 'w1'))[25]!
    const instrument = service.bank.instruments.get('w1')!
    const answers = answersOf(instrument, 'w1', 25)
    for (let page = 1; page <= instrument.pages.length; page++) {
      const outcome = await savePageOfCase(service, {
        caseId: latecomer.id,
        page,
        language: 'fr',
        go: 'next',
        seen: () => true,
        given: ({ item, type }) => {
          const answer = answers[item]!
          const missing = typeof answer === 'number' && answer < 0
          return { values: missing || type === 'calendar' ? [] : [answer].flat().map(String), declined: missing }
        },
      })
      expect(outcome.ok || outcome.because === 'not asked').toBe(true)
    }
    expect((await findCase(service.db, latecomer.id))!.submitted_on).not.toBeNull()
    expect(await closeWave(service, early('late'))).toMatchObject({ because: 'already closed' })
    expect(await closeNextWave(service)).toBeTypeOf('boolean')
    expect(await published(service, 'late')).toBe(before)
  })

  test('a wave too few people answered is closed without a publication, and remembers why', async () => {
    await enrolCohort(service, 'few', 15)
    await answerWave(service, 'few', 'w1', (place) => (place < 4 ? 'complete' : 'break-off'))
    expect(await closeWave(service, early('few'))).toEqual({ ok: false, because: 'too few' })
    expect(await findUnit(service.db, unit('few'))).toMatchObject({ publication_id: null, because: 'too few' })
    expect(await published(service, 'few')).toBe('[[],[]]')
    expect(await closeWave(service, early('few'))).toEqual({ ok: false, because: 'already closed', publication: null })
    expect(await eventsAbout(service, 'tevo.few.w1')).toEqual([
      { actor: 'test', action: 'wave closed', detail: { because: 'too few' } },
    ])
  })

  test('a wave without an instrument, or that the plan has lost, is closed without a publication', async () => {
    const instruments = new Map([...service.bank.instruments].filter(([name]) => name !== 'w3'))
    const unwritten = { ...service, bank: { ...service.bank, instruments } }
    expect(await closeWave(unwritten, early('few', 'w3'))).toEqual({ ok: false, because: 'no instrument' })
    expect(await findUnit(service.db, unit('few', 'w3'))).toMatchObject({
      publication_id: null,
      because: 'no instrument',
    })
    const plan = service.plans.get('standard')!
    const shorter = { ...plan, waves: plan.waves.filter(({ wave }) => wave !== 'w4') }
    const later = { ...service, plans: new Map([['standard', shorter]]) }
    expect(await closeWave(later, early('few', 'w4'))).toEqual({ ok: false, because: 'no instrument' })
  })

  test('another cell key than the one publications were made with closes nothing, by hand or by itself', async () => {
    await enrolCohort(service, 'keys', 30)
    await answerWave(service, 'keys', 'w1')
    const keys = { ...service.config.keys, cell: new Uint8Array(32).fill(9) }
    const changed = { ...at(service, '2030-01-01T00:00:00Z'), config: { ...service.config, keys } }
    expect(await listPublications(service.db)).not.toEqual([])
    expect(await closeWave(changed, early('keys'))).toEqual({ ok: false, because: 'cell key changed' })
    expect(await closeNextWave(changed)).toBe(false)
    expect(service.logLines.at(-1)).toContain('CELL_KEY is not that of earlier publications')
    expect((await findUnit(service.db, unit('keys')))?.closed_at).toBeNull()
    expect(await closeWave(service, early('keys'))).toMatchObject({ ok: true })
  })

  test('a closing that fails half-way leaves nothing behind, and can be done again', async () => {
    await enrolCohort(service, 'broken', 30)
    await answerWave(service, 'broken', 'w1', (place) => (place < 20 ? 'complete' : null))
    const { db } = service
    // The log's entry is the last thing written: it is refused, and all that was written before has to be undone.
    await sql`alter table audit.event add constraint refused check (subject <> 'tevo.broken.w1')`.execute(db)
    const casesBefore = await casesIn(service, 'broken', 'w1')
    await expect(closeWave(service, early('broken'))).rejects.toThrow('refused')
    expect(await findUnit(db, unit('broken'))).toMatchObject({ closed_at: null, publication_id: null, because: null })
    expect(await published(service, 'broken')).toBe('[[],[]]')
    expect(await casesIn(service, 'broken', 'w1')).toEqual(casesBefore)
    expect(await eventsAbout(service, 'tevo.broken.w1')).toEqual([])

    await sql`alter table audit.event drop constraint refused`.execute(db)
    expect(await closeWave(service, early('broken'))).toMatchObject({ ok: true })
  })

  test('a change across versions that cannot be compared is refused, by the versions people really answered', async () => {
    const current = instrumentOf(service, 'w0')
    const scored = service.bank.measures.filter(({ kind }) => kind === 'scale')
    const measure = scored.find((one) => itemsScored(one).every((code) => asks(current, code)))!
    const [item] = itemsScored(measure)
    const older = changedVersion(current, item!)
    await storeVersion(service.db, older, 'of an earlier time')
    const refusedOf = async (cohort: string) => {
      const { manifest } = (await findPublication(service.db, `tevo.${cohort}.w1.1`))!
      return Manifest.parse(JSON.parse(manifest)).refused.filter(({ table }) => table === `change.${measure.measure}`)
    }
    const change = (cohort: string) =>
      findTable(service.db, { publication: `tevo.${cohort}.w1.1`, table: `change.${measure.measure}`, by: 'total' })

    for (const [cohort, version] of [
      ['before', (place: number) => (place === 0 ? older : current)],
      ['since', () => current],
    ] as const) {
      await enrolCohort(service, cohort, 40)
      await answerWave(service, cohort, 'w0', () => 'complete', version)
      await answerWave(service, cohort, 'w1')
      expect(await closeWave(service, early(cohort))).toMatchObject({ ok: true })
    }
    expect(await refusedOf('before')).toEqual([
      {
        table: `change.${measure.measure}`,
        label: measure.label,
        because: 'incomparable versions',
        items: [{ item, comparability: 'options changed' }],
      },
    ])
    expect(await change('before')).toBeUndefined()
    expect(await refusedOf('since')).toEqual([])
    expect(JSON.parse((await change('since'))!.content)).toMatchObject({ comparability: 'same' })
  })

  test('no sensitive item has a table of part of the unit, in any publication', async () => {
    const sensitive = sensitiveItems(service.bank.instruments.values())
    const stored = await service.db.selectFrom('publish.published_table').select(['table_id', 'split_by']).execute()
    const about = stored.filter(({ table_id }) => {
      const name = table_id.replace(/^\w+\./, '')
      const measure = service.bank.measures.find((one) => one.measure === name)
      return measure && !table_id.startsWith('item.')
        ? itemsScored(measure).some((code) => sensitive.has(code))
        : sensitive.has(name)
    })
    expect(about.length).toBeGreaterThan(5)
    expect(new Set(about.map(({ split_by }) => split_by))).toEqual(new Set(['total']))
  })

  test('a table and a manifest of an earlier time can still be read, and say what they said', async () => {
    const publication = 'tevo.large.w1.1'
    const { manifest } = (await findPublication(service.db, publication))!
    const { refused: _, ...older } = JSON.parse(manifest) as Manifest
    expect(Manifest.parse(older)).toEqual({ ...older, refused: [] })
    const found = await service.db
      .selectFrom('publish.published_table')
      .select('content')
      .where('publication_id', '=', publication)
      .execute()
    const known = found.map(({ content }) => JSON.parse(content)).filter(({ kind }) => EARLIER_KINDS.includes(kind))
    expect(new Set(known.map(({ kind }) => kind)).size).toBe(EARLIER_KINDS.length)
    for (const { comparability: _, ...table } of known) {
      const asItWas = JSON.parse(JSON.stringify(table, (key, value) => (ADDED_SINCE.includes(key) ? undefined : value)))
      const read = JSON.stringify(PublishedTable.parse(asItWas), (key, value) =>
        ADDED_SINCE.includes(key) && value === (key === 'pooled' ? 1 : null) ? undefined : value,
      )
      expect(JSON.parse(read)).toEqual(asItWas)
    }
  })

  test('several closings at once make one publication', async () => {
    await enrolCohort(service, 'race', 30)
    await answerWave(service, 'race', 'w1')
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => closeWave(service, early('race'))))
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
    for (const outcome of outcomes.filter(({ ok }) => !ok))
      expect(outcome).toEqual({ ok: false, because: 'already closed', publication: 'tevo.race.w1.1' })
    expect((await listPublications(service.db)).filter(({ cohort }) => cohort === 'race')).toHaveLength(1)
    expect(await eventsAbout(service, 'tevo.race.w1')).toHaveLength(1)
  })
})

test('the same members, keys and answers give the same bytes on both databases', () => {
  const [pglite, postgres] = ENGINES.map((engine) => onEngine.get(engine)!)
  expect(pglite!.length).toBeGreaterThan(100_000)
  expect(postgres).toBe(pglite)
})

describe.each(ENGINES)('by itself, on %s', (engine) => {
  let service: TestService
  beforeAll(async () => {
    service = await openTestService(engine, NOW)
    // The machine's clock is not the one of this test: only the demonstration goes on when the two differ.
    service.config = { ...service.config, mode: 'demonstration' }
    await enrolCohort(service, 'usual', 24)
    await answerWave(service, 'usual', 'w1', (place) => (place < 18 ? 'complete' : null))
    const muchLater = { date_retour_prevue: '2029-09-15', date_retour_effective: '' }
    await enrolCohort(service, 'straggler', 25, (place) => (place === 0 ? muchLater : {}))
    await answerWave(service, 'straggler', 'w1', (place) => (place > 0 ? 'complete' : null))
    const laterByMonths = { date_retour_prevue: '2027-06-15', date_retour_effective: '2027-06-15' }
    await enrolCohort(service, 'spread', 25, (place) => (place < 3 ? laterByMonths : {}))
  })
  afterAll(() => service.close())

  const closedAt = async (cohort: string) => (await findUnit(service.db, unit(cohort)))!.closed_at?.toString() ?? null

  test('a wave is closed by the first beat after its last field period, and not before', async () => {
    await tick(at(service, '2026-11-25T23:59:59Z'))
    expect(await closedAt('usual')).toBeNull()
    await tick(at(service, W1_OVER))
    expect(await closedAt('usual')).toBe(W1_OVER)
    expect(await eventsAbout(service, 'tevo.usual.w1')).toMatchObject([{ actor: 'scheduler', action: 'wave closed' }])
    await tick(at(service, '2026-11-26T00:01:00Z'))
    expect(await eventsAbout(service, 'tevo.usual.w1')).toHaveLength(1)
  })

  test('a wave whose last member comes a few months later waits for them', async () => {
    const last = (await casesIn(service, 'spread', 'w1'))
      .map(({ closes_at }) => closes_at.toString())
      .toSorted()
      .at(-1)!
    expect(last > '2027-08' && last < '2027-11').toBe(true)
    expect((await findUnit(service.db, unit('spread')))!.due_at!.toString()).toBe(last)
  })

  test('a wave whose last member comes years later is closed a year after the median one', async () => {
    await tick(at(service, '2027-11-25T23:59:59Z'))
    expect(await closedAt('straggler')).toBeNull()
    expect(await closeWave(at(service, '2027-11-25T23:59:59Z'), unit('straggler'))).toEqual({
      ok: false,
      because: 'still open',
      until: Temporal.Instant.from('2027-11-26T00:00:00Z'),
    })
    await tick(at(service, '2027-11-26T00:00:00Z'))
    expect(await closedAt('straggler')).toBe('2027-11-26T00:00:00Z')
    expect(await findPublication(service.db, 'tevo.straggler.w1.1')).toBeDefined()
    const [straggler] = await casesIn(service, 'straggler', 'w1')
    expect(straggler).toMatchObject({ next_contact_at: null, because: 'wave closed' })
    expect(straggler!.closes_at.toString() > '2029').toBe(true)
  })

  test('a wave whose members’ dates move is dated anew, and stays open until the new date', async () => {
    const moved = { date_retour_prevue: '2027-01-12', date_retour_effective: '2027-01-12' }
    await enrolCohort(service, 'moved', 12)
    expect(await closeWave(service, unit('moved'))).toMatchObject({ until: Temporal.Instant.from(W1_OVER) })
    await enrolCohort(service, 'moved', 12, (place) => (place === 5 ? moved : {}))
    const [closes] = (await casesIn(service, 'moved', 'w1')).slice(5).map(({ closes_at }) => closes_at)
    expect(closes!.toString() > '2027-03').toBe(true)
    expect(await closeWave(at(service, W1_OVER), unit('moved'))).toEqual({
      ok: false,
      because: 'still open',
      until: closes,
    })
  })
})

/** Waits until so many statements of a database wait for a lock. */
async function untilWaiting({ db }: TestService, statements: number): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(db)
    if (rows[0]!.n >= statements) return
    await wait(10)
  }
  throw new Error('nobody waits')
}

test('two closings that reach the database at the same instant make one publication', async () => {
  const service = await openTestService('PostgreSQL', NOW)
  try {
    await enrolCohort(service, 'race', 30)
    await answerWave(service, 'race', 'w1')
    const { cohort_id } = (await findUnit(service.db, unit('race')))!
    const held = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const holder = service.db.transaction().execute(async (trx) => {
      const row = trx.selectFrom('fieldwork.unit').select('wave').where('cohort_id', '=', cohort_id)
      await row.where('wave', '=', 'w1').forUpdate().execute()
      held.resolve()
      await release.promise
    })
    await held.promise
    // Both have computed their tables and wait for the row when it is let go.
    const closings = Promise.all([closeWave(service, early('race')), closeWave(service, early('race'))])
    await untilWaiting(service, 2)
    release.resolve()
    await holder
    expect((await closings).map(({ ok }) => ok).toSorted()).toEqual([false, true])
    expect((await closings).find(({ ok }) => !ok)).toEqual({
      ok: false,
      because: 'already closed',
      publication: 'tevo.race.w1.1',
    })
    expect(await listPublications(service.db)).toHaveLength(1)
    expect(await eventsAbout(service, 'tevo.race.w1')).toHaveLength(1)
  } finally {
    await service.close()
  }
})
