// What a report does is said in one sentence without anybody's address, and who is out of reach is a table.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type CommandName, runCommand } from './commands.ts'
import { lostContacts } from './mailings/bounces.queries.ts'
import { BOUNCES, complaintOf, NOW, replyOf, reportOf, sendAgain, somebody } from './mailings/testing-reports.ts'
import { ENGINES } from './platform/testing.ts'
import { openTestService, type TestService } from './testing.ts'

describe.each(ENGINES)('on %s', (engine) => {
  let service: TestService
  beforeAll(async () => {
    service = await openTestService(engine, NOW)
    service.config = { ...service.config, mail: { ...service.config.mail, bounceAddress: BOUNCES } }
  })
  afterAll(() => service.close())

  const run = (name: CommandName, input: object) => runCommand(service, name, input, () => {})
  const bounce = (bytes: Uint8Array, recipient?: string) =>
    run('bounce', { base64: Buffer.from(bytes).toString('base64'), recipient })

  test('every outcome has its sentence, has gone well, and names nobody', async () => {
    const ana = await somebody(service)
    const addresses = { path: ana.invitation.path, to: ana.email }
    const said: string[] = []
    const say = async (bytes: Uint8Array, recipient?: string) => {
      const { ok, lines } = await bounce(bytes, recipient)
      expect([ok, lines.length]).toEqual([true, 1])
      said.push(lines[0]!)
    }
    await say(reportOf(addresses, { status: '4.4.1' }))
    await say(replyOf(addresses, 'X-Autoreply: yes'))
    await say(reportOf(addresses))
    await say(reportOf(addresses))
    await sendAgain(service, ana.invitation.id, ana.hash(ana.second))
    await say(reportOf({ ...addresses, to: ana.second }))
    await say(complaintOf(ana.invitation.path))
    await say(new Uint8Array(2 ** 20 + 1))
    await say(new Uint8Array())
    await say(reportOf(addresses), 'ana@example.org')
    await say(reportOf(addresses, { head: 'Return-Path: <ana@example.org>' }))
    await say(replyOf(addresses, 'Subject: hello'))
    expect(said).toEqual([
      'Recorded (soft); nothing else changes.',
      'Ignored (auto-reply): it says nothing against an address.',
      'Recorded (hard): nothing more is sent to that address; this mail is moved to the second address.',
      'This report was known already; nothing changes.',
      'Recorded (hard): the member has no address left that works; see npm run lost-contacts.',
      'Recorded (complaint): the member gets no more mail.',
      'Refused: it is larger than any report, 1 MB or 50,000 lines.',
      'Refused: it was not sent to the return path of a mail of ours.',
      'Refused: it was not sent to the return path of a mail of ours.',
      'Refused: it says that a mail failed, but somebody sent it under their own address.',
      'Refused: it says neither that a mail failed nor that somebody complained.',
    ])
  })

  test('without an address for reports it has not gone well: the mail system is to keep them', async () => {
    const config = { ...service.config, mail: { ...service.config.mail, bounceAddress: null } }
    const deps = { ...service, config }
    expect(await runCommand(deps, 'bounce', { base64: '' }, () => {})).toEqual({
      ok: false,
      lines: ['Refused: no reports are taken while BOUNCE_ADDRESS is not set.'],
    })
  })

  test('whoever has no address that works, and has not opted out, is in the list of lost contacts', async () => {
    const at = (text: string) => Temporal.Instant.from(text)
    const fails = (first: string | null, second: string | null) => ({
      email_failed_at: first && at(first),
      email_secondary_failed_at: second && at(second),
    })
    const nobody = { email: null, email_secondary: null }
    const enrol = async (member: object, programme = 'tevo') =>
      (await somebody(service, { member, programme })).matricule
    const lost = {
      both: await enrol(fails('2026-10-02T12:00:00Z', '2026-09-01T12:00:00Z')),
      only: await enrol({ ...fails('2026-10-03T12:00:00Z', null), email_secondary: null }),
      onlySecond: await enrol({ ...fails(null, '2026-10-04T12:00:00Z'), email: null }),
      none: await enrol({ ...nobody, created_at: at('2026-01-05T12:00:00Z') }),
      elsewhere: await enrol(nobody, 'other'),
    }
    await enrol({})
    await enrol(fails('2026-10-02T12:00:00Z', null))
    await enrol(fails(null, '2026-10-02T12:00:00Z'))
    await enrol({ email: null })
    await enrol({ ...nobody, opted_out_at: at(NOW) })

    const found = await lostContacts(service.db)
    const since = (matricule: string) =>
      found
        .find((one) => one.matricule === matricule)
        ?.since.toString()
        .slice(0, 10)
    const reasons = Object.fromEntries(found.map(({ matricule, because }) => [matricule, because]))
    expect(reasons).toEqual({
      [lost.both]: 'bounced',
      [lost.only]: 'bounced',
      [lost.onlySecond]: 'bounced',
      [lost.none]: 'no address',
      [lost.elsewhere]: 'no address',
    })
    expect([lost.both, lost.only, lost.onlySecond, lost.none].map(since)).toEqual([
      '2026-10-02',
      '2026-10-03',
      '2026-10-04',
      '2026-01-05',
    ])

    const { ok, lines } = await run('lost-contacts', { programme: 'tevo' })
    expect([ok, lines]).toEqual([
      true,
      [
        'programme;matricule;operator code;operator;since;because',
        `tevo;${lost.both};FV;"'=Opérateur; un";2026-10-02;bounced`,
        `tevo;${lost.only};FV;"'=Opérateur; un";2026-10-03;bounced`,
        `tevo;${lost.onlySecond};FV;"'=Opérateur; un";2026-10-04;bounced`,
        `tevo;${lost.none};FV;"'=Opérateur; un";2026-01-05;no address`,
      ],
    ])
    expect((await run('lost-contacts', {})).lines).toHaveLength(6)
  })

  test('a programme that does not exist has no list', async () => {
    expect(await run('lost-contacts', { programme: 'nowhere' })).toEqual({
      ok: false,
      lines: [expect.stringMatching(/^There is no such programme\. There is: .*tevo/)],
    })
  })
})
