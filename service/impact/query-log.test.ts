// Checks what is kept of who read what: a line for each question, a file a month, nothing older than twelve months.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { demonstrationClock } from '../platform/clock.ts'
import { openLog } from '../platform/logging.ts'
import { openQueryLog } from './query-log.actions.ts'

const PATH = '/api/v1/publications/tevo.large.w1.1/tables/response?by=gender'

let folder: string
let logged: string[]
const log = openLog('info', { write: (line) => logged.push(line) })
const clockAt = (instant: string) => demonstrationClock(Temporal.Instant.from(instant))
const linesOf = (file: string): unknown[] =>
  readFileSync(join(folder, file), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'retour-questions-')), 'questions')
  logged = []
})
afterEach(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

test('questions of a month stand in its file, one line each, for nobody else of the machine to read', async () => {
  const clock = clockAt('2026-11-26T12:00:00.9Z')
  const note = openQueryLog({ clock, log, folder })
  note({ reader: 'a1', path: PATH, status: 200 })
  clock.jumpTo(Temporal.Instant.from('2026-11-30T23:59:59Z'))
  note({ reader: 'b2', path: '/api/v1/publications', status: 429 })
  clock.jumpTo(Temporal.Instant.from('2026-12-01T00:00:00Z'))
  note({ reader: 'a1', path: PATH, status: 404 })
  await vi.waitFor(() => {
    expect(linesOf('2026-11.jsonl')).toEqual([
      { at: '2026-11-26T12:00:00Z', reader: 'a1', path: PATH, status: 200 },
      { at: '2026-11-30T23:59:59Z', reader: 'b2', path: '/api/v1/publications', status: 429 },
    ])
    expect(linesOf('2026-12.jsonl')).toEqual([{ at: '2026-12-01T00:00:00Z', reader: 'a1', path: PATH, status: 404 }])
  })
  expect(statSync(folder).mode & 0o077).toBe(0)
  expect(statSync(join(folder, '2026-11.jsonl')).mode & 0o077).toBe(0)
  expect(logged).toEqual([])
})

test('a process that starts again goes on in the same file', async () => {
  for (const reader of ['before', 'after']) {
    openQueryLog({ clock: clockAt('2026-11-26T12:00:00Z'), log, folder })({ reader, path: PATH, status: 200 })
    await vi.waitFor(() => expect(linesOf('2026-11.jsonl').at(-1)).toMatchObject({ reader }))
  }
  expect(linesOf('2026-11.jsonl')).toHaveLength(2)
})

test('twelve months are kept, what is older goes when a month begins, and no other file does', async () => {
  const clock = clockAt('2026-11-26T12:00:00Z')
  const note = openQueryLog({ clock, log, folder })
  note({ reader: 'a1', path: PATH, status: 200 })
  await vi.waitFor(() => expect(existsSync(join(folder, '2026-11.jsonl'))).toBe(true))
  for (const other of ['2025-11.jsonl', '2025-12.jsonl', '2024-01.txt', 'notes.jsonl'])
    writeFileSync(join(folder, other), '')
  clock.jumpTo(Temporal.Instant.from('2026-12-01T00:00:00Z'))
  note({ reader: 'a1', path: PATH, status: 200 })
  await vi.waitFor(() =>
    expect(readdirSync(folder).toSorted()).toEqual([
      '2024-01.txt',
      '2025-12.jsonl',
      '2026-11.jsonl',
      '2026-12.jsonl',
      'notes.jsonl',
    ]),
  )
  clock.jumpTo(Temporal.Instant.from('2027-12-01T00:00:00Z'))
  note({ reader: 'a1', path: PATH, status: 200 })
  await vi.waitFor(() =>
    expect(readdirSync(folder).toSorted()).toEqual(['2024-01.txt', '2026-12.jsonl', '2027-12.jsonl', 'notes.jsonl']),
  )
})

test('without a folder a question goes to the log of the process', () => {
  openQueryLog({ clock: clockAt('2026-11-26T12:00:00Z'), log, folder: null })({ reader: 'a1', path: PATH, status: 200 })
  expect(logged.map((line) => JSON.parse(line))).toEqual([
    expect.objectContaining({ at: '2026-11-26T12:00:00Z', reader: 'a1', path: PATH, status: 200 }),
  ])
})

test('a question that cannot be written down is answered all the same, and the log says why', async () => {
  writeFileSync(folder, 'a file where the folder should be')
  const note = openQueryLog({ clock: clockAt('2026-11-26T12:00:00Z'), log, folder })
  note({ reader: 'a1', path: PATH, status: 200 })
  note({ reader: 'a1', path: PATH, status: 200 })
  await vi.waitFor(() => expect(logged).toHaveLength(2))
  for (const line of logged) {
    expect(JSON.parse(line)).toMatchObject({ level: 'error', because: expect.stringMatching(/EEXIST|ENOTDIR/) })
    expect(line).not.toContain(PATH)
  }
})
