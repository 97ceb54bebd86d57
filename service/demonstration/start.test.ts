// The demonstration on a smaller scale: it lives its past, the same every time, and only ever moves forward.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { storeVersions } from '../instruments/store-versions.actions.ts'
import { storeProgrammes } from '../panel/programmes.queries.ts'
import { readConfig } from '../platform/config.ts'
import { systemRandom } from '../platform/secrets.ts'
import { openTestPlatform, type TestPlatform } from '../platform/testing.ts'
import { loadSurveys } from '../surveys.ts'
import { tick } from '../tick.ts'
import type { Deps } from '../waves/deps.ts'
import { demonstrationLinks, liveToToday, prepareDemonstration } from './start.actions.ts'

const TODAY = Temporal.PlainDate.from('2026-11-22')
const MISSIONS = { 1: 40, 2: 120 }
let surveysDir: string

beforeAll(() => {
  surveysDir = mkdtempSync(join(tmpdir(), 'retour-surveys-'))
  cpSync('surveys', surveysDir, { recursive: true })
  for (const [phase, missions] of Object.entries(MISSIONS)) {
    const path = join(surveysDir, 'demonstration', `register-phase-${phase}.csv`)
    writeFileSync(
      path,
      readFileSync(path, 'utf8')
        .split('\r\n')
        .slice(0, missions + 1)
        .join('\r\n'),
    )
  }
})

afterAll(() => rmSync(surveysDir, { recursive: true, force: true }))

type Lived = { platform: TestPlatform; deps: Deps }

/** Starts a demonstration on a database, new or already lived in, as the server does. */
async function live(platform: TestPlatform, askedFor?: Temporal.PlainDate): Promise<Lived> {
  const read = readConfig({ DATA_DIR: platform.folder, SURVEYS_DIR: surveysDir, PORT: '3000' })
  if (!read.ok) throw new Error(read.problems.join(' '))
  const config = { ...read.config, dataDir: platform.folder }
  const surveys = loadSurveys(surveysDir, { demonstration: true })
  const prepared = prepareDemonstration(config, { today: TODAY, askedFor })
  const deps: Deps = { ...platform, ...surveys, config, clock: prepared.clock, random: systemRandom }
  await storeProgrammes(platform.db, surveys.frame.programmes)
  await storeVersions(platform, surveys.bank)
  await liveToToday({ deps, prepared, tick: (deps, work) => tick(deps, undefined, work), onProgress: () => {} })
  return { platform, deps }
}

const published = ({ platform }: Lived) =>
  platform.db
    .selectFrom('publish.published_table')
    .select(['publication_id', 'table_id', 'split_by', 'content'])
    .orderBy('publication_id')
    .orderBy('table_id')
    .orderBy('split_by')
    .execute()

test('two demonstrations begun on the same day publish the same bytes, and leave something to click', async () => {
  const one = await live(await openTestPlatform('PGlite', '2026-11-22T12:00:00Z'))
  expect(one.deps.clock.now().toString().slice(0, 16)).toBe('2026-11-22T12:00')
  const other = await live(await openTestPlatform('PGlite', '2026-11-22T12:00:00Z'))
  const tables = await published(one)
  expect(new Set(tables.map(({ publication_id }) => publication_id))).toContain('demo.phase-1.w1.1')
  expect(await published(other)).toEqual(tables)

  const links = await demonstrationLinks(one.deps, 'demo')
  expect(links.survey).toMatch(/^http:\/\/localhost:3000\/s\/rv1s_/)
  expect(links.curl).toContain('/tables/change.')
  const states = await one.platform.db
    .selectFrom('fieldwork.case')
    .select(['opens_at', 'closes_at', 'submitted_on'])
    .execute()
  const now = one.deps.clock.now()
  const isBefore = (a: Temporal.Instant, b: Temporal.Instant) => Temporal.Instant.compare(a, b) < 0
  expect(states.some(({ closes_at, submitted_on }) => isBefore(closes_at, now) && submitted_on !== null)).toBe(true)
  expect(states.some(({ opens_at, closes_at }) => isBefore(opens_at, now) && isBefore(now, closes_at))).toBe(true)
  expect(states.some(({ opens_at }) => isBefore(now, opens_at))).toBe(true)
  await other.platform.close()

  const later = await live(one.platform, Temporal.PlainDate.from('2028-03-01'))
  expect(later.deps.clock.now().toString().slice(0, 10)).toBe('2028-03-01')
  const since = await published(later)
  expect(since.length).toBeGreaterThan(tables.length)
  expect(since).toEqual(expect.arrayContaining(tables))
  const back = await live(one.platform, Temporal.PlainDate.from('2027-01-01'))
  expect(back.deps.clock.now().toString().slice(0, 10)).toBe('2028-03-01')
  await one.platform.close()
}, 400_000)
