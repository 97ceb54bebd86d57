// Checks that every number of every table, file and page is what a reader computes from the published primitives: a
// cohort with a comparison group, published at four waves, and each table of each read back through the API.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestService, type TestService } from '../testing.ts'
import { openLibrary } from './library.queries.ts'
import { type Manifest, PublishedTable } from './tables.ts'
import { FOUR_WAVES, publishFourWaves } from './testing.ts'
import { recomputed } from './testing-recomputed.ts'

const WAVES = FOUR_WAVES.waves

let service: TestService
const published = new Map<string, { manifest: Manifest; tables: Map<string, PublishedTable> }>()

beforeAll(async () => {
  service = await openTestService('PGlite', '2026-10-20T12:00:00Z')
  await publishFourWaves(service)
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
