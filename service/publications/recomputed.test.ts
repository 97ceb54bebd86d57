// Checks that every number of every table, file and page is what a reader computes from the published primitives: a
// cohort with a comparison group, published at four waves, and each table of each read back through the API.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { demonstrationClock } from '../platform/clock.ts'
import { openTestService, type TestService } from '../testing.ts'
import { closeWave } from './close-wave.actions.ts'
import { openLibrary } from './library.queries.ts'
import { type Manifest, PublishedTable } from './tables.ts'
import { answerWave, enrolCohort } from './testing.ts'
import { recomputed } from './testing-recomputed.ts'

const WAVES = ['w0', 'w1', 'w2', 'w3']
const [VOLUNTEERS, COMPARED] = [290, 80]

let service: TestService
const published = new Map<string, { manifest: Manifest; tables: Map<string, PublishedTable> }>()

beforeAll(async () => {
  service = await openTestService('PGlite', '2026-10-20T12:00:00Z')
  await enrolCohort(service, 'all', VOLUNTEERS + COMPARED, (place) => (place < VOLUNTEERS ? {} : { bras: 'CMP' }))
  for (const [late, wave] of WAVES.entries()) {
    await answerWave(service, 'all', wave, (place) =>
      place % 11 > late ? 'complete' : place % 11 === 0 ? 'partial' : null,
    )
    service.clock = demonstrationClock(Temporal.Instant.from('2027-11-26T12:00:00Z'))
    const closed = await closeWave(service, { programme: 'tevo', cohort: 'all', wave, actor: 'test', early: true })
    expect(closed).toMatchObject({ ok: true })
  }
  const library = openLibrary(service.db)
  for (const wave of WAVES) {
    const id = `tevo.all.${wave}.1`
    const { manifest } = (await library.find(id))!
    const tables = new Map<string, PublishedTable>()
    for (const { table, by } of manifest.tables)
      for (const { by: split } of by) tables.set(`${table} ${split}`, (await library.readTable(id, table, split))!)
    published.set(wave, { manifest, tables })
  }
})
afterAll(() => service.close())

const all = () => [...published.values()].flatMap(({ tables }) => [...tables.values()])

test.each(WAVES)('every figure of every table of %s is what its primitives give', (wave) => {
  const { tables } = published.get(wave)!
  for (const table of tables.values())
    expect(table, `${table.table} by ${table.by}`).toEqual(recomputed(table, (name, by) => tables.get(`${name} ${by}`)))
})

test('there is a published figure of every kind', () => {
  const kinds = new Set(
    all().flatMap(({ kind, cells }) => (cells.some(({ state }) => state === 'published') ? [kind] : [])),
  )
  expect([...kinds].toSorted()).toEqual(PublishedTable.options.map(({ shape }) => shape.kind.value).toSorted())
})
