// Checks, on both databases, the commands that are not tested through the socket: what they print.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from './commands.ts'
import { markFielded } from './instruments/testing.ts'
import { storeVersion } from './instruments/versions.queries.ts'
import { ENGINES } from './platform/testing.ts'
import { openTestService, type TestService } from './testing.ts'

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
})
