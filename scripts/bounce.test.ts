// The process a mail system starts: it leaves with 0 when the report is dealt with, and with 75 when it must come again.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BOUNCES, openBouncePlatform, reportOf, type Somebody, somebody } from '../service/mailings/testing-reports.ts'
import { demonstrationClock, systemClock } from '../service/platform/clock.ts'
import type { TestPlatform } from '../service/platform/testing.ts'
import { freePort } from '../service/platform/testing-server.ts'
import { endAll, PATIENCE, production, type Settings, startReady } from '../service/testing-process.ts'

type Left = { code: number; stdout: string; stderr: string }

/** Starts the script as a mail system does, and waits until it leaves. */
async function run(settings: Settings, input: Uint8Array, args: string[] = []): Promise<Left> {
  const env = { PATH: process.env.PATH, LOG_LEVEL: 'silent', ...settings }
  const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/bounce.ts', ...args], { env })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
    })
  child.stdin.end(input)
  const [code] = await once(child, 'close')
  return { code: Number(code), ...said }
}

let folder: string
let platform: TestPlatform
let ana: Somebody
let settings: Settings
const report = () => reportOf({ path: ana.invitation.path, to: ana.email })

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'retour-bounce-'))
  platform = await openBouncePlatform('PostgreSQL')
  // The script asks the machine what time it is.
  platform.clock = demonstrationClock(systemClock.now())
  ana = await somebody(platform)
  const keys = { LINK_KEY: '01'.repeat(32), CELL_KEY: '02'.repeat(32), COOKIE_KEY: '03'.repeat(32) }
  settings = { ...(await production(folder)), ...keys, DATABASE_URL: platform.database.url!, BOUNCE_ADDRESS: BOUNCES }
})
afterAll(async () => {
  await endAll()
  await platform.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('it leaves with 0', () => {
  test('when it has dealt with a report, also with one it knows already', { timeout: PATIENCE }, async () => {
    const first = await run(settings, report(), [ana.invitation.path])
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('moved to the second address') })
    expect((await ana.state()).failed).toEqual([true, false])
    const again = await run(settings, report(), [ana.invitation.path])
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('known already') })
    for (const { stdout, stderr } of [first, again]) expect(stdout + stderr).not.toContain('@')
  })

  test('when there is nothing in it for us, or it is far too large', { timeout: PATIENCE }, async () => {
    const [forged, large] = await Promise.all([
      run(settings, report(), ['bounces@retour.example']),
      run(settings, new Uint8Array(20_000_000), [ana.invitation.path]),
    ])
    expect(forged).toMatchObject({ code: 0, stdout: expect.stringContaining('Refused: it was not sent to') })
    expect(large).toMatchObject({ code: 0, stdout: expect.stringContaining('Refused: it is larger') })
  })
})

describe('it leaves with 75', () => {
  test.each<[string, () => Promise<Partial<Settings>>, string]>([
    [
      'the database cannot be reached',
      async () => ({ DATABASE_URL: `postgres://x@127.0.0.1:${await freePort()}/x` }),
      'cannot be reached',
    ],
    ['a setting is wrong', async () => ({ LINK_KEY: 'short' }), 'LINK_KEY must be'],
    ['no address for reports is set', async () => ({ BOUNCE_ADDRESS: '' }), 'BOUNCE_ADDRESS is not set'],
    ['surveys/ is not there', async () => ({ SURVEYS_DIR: '/nowhere' }), '/nowhere'],
  ])('when %s', { timeout: PATIENCE }, async (_, change, sentence) => {
    const { code, stdout, stderr } = await run({ ...settings, ...(await change()) } as Settings, report(), [
      ana.invitation.path,
    ])
    expect(code).toBe(75)
    expect(stdout + stderr).toContain(sentence)
  })

  test('when it is not told one report', { timeout: PATIENCE }, async () => {
    expect(await run(settings, report(), ['one', 'two'])).toMatchObject({ code: 75 })
  })
})

test('beside a server that has the embedded database it hands the report over', { timeout: PATIENCE }, async () => {
  const embedded = { ...(await production(join(folder, 'embedded'))), BOUNCE_ADDRESS: BOUNCES }
  const server = await startReady(embedded)
  const { code, stdout } = await run(embedded, report(), [ana.invitation.path])
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('not sent to the return path') })
  expect(server.stdout()).not.toContain('a command failed')
})
