// What comes back by mail is believed when it must be, changes what it should, and once; nobody can invent any of it.
import { setTimeout as wait } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { randomId } from '../platform/secrets.ts'
import { ENGINES, type TestPlatform } from '../platform/testing.ts'
import { returnPath } from '../platform/tokens.ts'
import { dump } from '../responses/testing.ts'
import { LARGEST_REPORT } from './bounce.ts'
import { ADDRESS_REFUSED } from './delivery.ts'
import { type Bounce, recordBounce, takeReport } from './take-report.actions.ts'
import {
  BOUNCES,
  complaintOf,
  mailOf,
  openBouncePlatform,
  replyOf,
  reportOf,
  SAMPLES,
  type Somebody,
  sendAgain,
  somebody,
} from './testing-reports.ts'

describe.each(ENGINES)('on %s', (engine) => {
  let platform: TestPlatform
  beforeAll(async () => {
    platform = await openBouncePlatform(engine)
  })
  afterAll(() => platform.close())

  const addressesOf = ({ invitation, email }: Somebody) => ({ path: invitation.path, to: email })
  const take = (bytes: Uint8Array, recipient?: string) => takeReport(platform, { bytes, recipient })
  let reports = 0
  const record = (mailingId: string, bounce: Partial<Bounce> = {}) =>
    recordBounce(platform, {
      ...{ mailingId, kind: 'hard', status: '5.1.1', source: 'webhook', report: `test ${++reports}` },
      ...bounce,
    })
  /** Nothing happens to anybody when this is taken. */
  async function changesNothing(taking: () => Promise<unknown>, outcome: object) {
    const before = await dump(platform.db)
    expect(await taking()).toEqual(outcome)
    expect(await dump(platform.db)).toEqual(before)
  }

  describe('a report of', () => {
    test.each(SAMPLES)('$system is $kind $status', async ({ kind, status, written }) => {
      const ana = await somebody(platform)
      const outcome = await take(written(addressesOf(ana)))
      expect(outcome).toMatchObject({ ok: true, kind })
      expect(await ana.bounces()).toEqual(status === '' ? [] : [{ kind, status, source: 'pipe' }])
    })

    test.each(SAMPLES)('$system says the same when the mail system tells to whom it came', async (sample) => {
      const ana = await somebody(platform)
      const elsewhere = { path: 'somewhere.else@example.org', to: ana.email }
      expect(await take(sample.written(elsewhere), ana.invitation.path)).toMatchObject({ ok: true, kind: sample.kind })
    })
  })

  describe('a hard bounce', () => {
    test('moves the mail to the second address, under the same row; when that fails too, nobody is thought of any more', async () => {
      const ana = await somebody(platform, { mailing: { unknown_at: platform.clock.now(), attempts: 3 } })
      expect(await take(reportOf(addressesOf(ana)))).toEqual({
        ok: true,
        did: 'moved to the second address',
        kind: 'hard',
      })
      expect(await ana.state()).toEqual({
        failed: [true, false],
        optedOut: false,
        cases: ['goes on', 'goes on'],
        owed: [ana.invitation.id],
      })
      const [owed] = await platform.db
        .selectFrom('fieldwork.mailing')
        .where('id', '=', ana.invitation.id)
        .selectAll()
        .execute()
      expect(owed).toMatchObject({
        sent_at: null,
        claim: null,
        claimed_until: null,
        unknown_at: null,
        because: null,
        attempts: 3,
      })
      expect(owed!.next_attempt_at!.toString()).toBe(platform.clock.now().toString())

      await sendAgain(platform, ana.invitation.id, ana.hash(ana.second))
      const second = reportOf({ path: ana.invitation.path, to: ana.second })
      expect(await take(second)).toEqual({ ok: true, did: 'lost contact', kind: 'hard' })
      expect(await ana.state()).toEqual({
        failed: [true, true],
        optedOut: false,
        cases: ['no address', 'no address'],
        owed: [],
      })
      expect(await ana.events()).toEqual(
        [['email'], ['email_secondary']].map((which) => ({
          actor: 'mail system',
          action: 'address failed',
          detail: { which, kind: 'hard', status: '5.1.1', source: 'pipe' },
        })),
      )
    })

    test('that the mail server gave at once moves the mail too', async () => {
      const refused = { sent_at: null, because: ADDRESS_REFUSED }
      const ana = await somebody(platform, { mailing: refused })
      const outcome = await record(ana.invitation.id, { source: 'smtp' })
      expect(outcome).toMatchObject({ did: 'moved to the second address' })
      expect((await ana.state()).owed).toEqual([ana.invitation.id])
    })

    test('moves the mail to the first address when it had gone to the second', async () => {
      const ana = await somebody(platform)
      await sendAgain(platform, ana.invitation.id, ana.hash(ana.second))
      expect(await record(ana.invitation.id)).toMatchObject({ did: 'moved to the first address' })
      expect((await ana.state()).failed).toEqual([false, true])
    })

    test('of the only address leaves nobody to write to', async () => {
      const ana = await somebody(platform, { member: { email_secondary: null } })
      expect(await take(reportOf(addressesOf(ana)))).toMatchObject({ did: 'lost contact' })
      expect(await ana.state()).toMatchObject({ cases: ['no address', 'no address'], owed: [] })
    })

    test('of an address that is both leaves nobody to write to', async () => {
      const ana = await somebody(platform, {
        member: { email: 'both@example.org', email_secondary: 'Both@example.org' },
      })
      expect(await take(reportOf(addressesOf(ana)))).toMatchObject({ did: 'lost contact' })
      expect((await ana.state()).failed).toEqual([true, true])
    })

    test.each<[string, Parameters<typeof somebody>[1], string]>([
      ['all mails of a case are sent', { case: { next_contact_at: null, because: 'all sent' } }, 'no address'],
      ['a case was merged', { case: { next_contact_at: null, because: 'merged' } }, 'merged'],
      ['a case is over', { case: { closes_at: Temporal.Instant.from('2026-10-20T12:00:00Z') } }, 'goes on'],
      ['a case is answered', { case: { submitted_on: Temporal.PlainDate.from('2026-10-18') } }, 'goes on'],
    ])('of the only address, where %s', async (_, told, because) => {
      const ana = await somebody(platform, { ...told, member: { email_secondary: null } })
      await record(ana.invitation.id)
      expect((await ana.state()).cases).toEqual([because, 'no address'])
    })

    test('leaves the mail alone when it has been answered, and the next goes to the second address', async () => {
      const ana = await somebody(platform, { case: { submitted_on: Temporal.PlainDate.from('2026-10-18') } })
      expect(await record(ana.invitation.id)).toMatchObject({ did: 'address failed' })
      expect(await ana.state()).toMatchObject({ failed: [true, false], cases: ['goes on', 'goes on'], owed: [] })
    })

    test('moves the last mail of a case, not the ones before it', async () => {
      const ana = await somebody(platform)
      const sent_at = platform.clock.now().subtract({ hours: 1 })
      const reminder = await ana.mail({ kind: 'reminder', due_at: sent_at, sent_at })
      expect(await record(ana.invitation.id)).toMatchObject({ did: 'address failed' })
      expect((await ana.state()).owed).toEqual([])
      expect(await record(reminder.id)).toMatchObject({ did: 'moved to the second address' })
      expect((await ana.state()).owed).toEqual([reminder.id])
      expect(await ana.events()).toHaveLength(1)
    })

    test('of an address the register has corrected since is kept, and says nothing of the new one', async () => {
      const ana = await somebody(platform)
      await platform.db
        .updateTable('identity.panel_member')
        .set({ email: 'corrected@example.org' })
        .where('id', '=', ana.memberId)
        .execute()
      expect(await take(reportOf(addressesOf(ana)))).toMatchObject({ did: 'recorded' })
      expect((await ana.state()).failed).toEqual([false, false])
      expect(await ana.bounces()).toHaveLength(1)
    })

    test('that comes late, about a copy to the first address, says nothing of the second', async () => {
      const ana = await somebody(platform)
      await take(reportOf(addressesOf(ana)))
      await sendAgain(platform, ana.invitation.id, ana.hash(ana.second))
      const late = reportOf(addressesOf(ana), { more: 'X-Another: copy\n' })
      expect(await take(late)).toMatchObject({ did: 'recorded' })
      expect((await ana.state()).failed).toEqual([true, false])
    })

    test('of whoever wants no mail changes no reason, and sends nothing', async () => {
      const at = platform.clock.now()
      const told = { member: { opted_out_at: at }, case: { next_contact_at: null, because: 'opted out' } }
      const ana = await somebody(platform, told)
      expect(await record(ana.invitation.id)).toMatchObject({ did: 'address failed' })
      expect(await ana.state()).toMatchObject({ cases: ['opted out', 'goes on'], owed: [] })
      await sendAgain(platform, ana.invitation.id, ana.hash(ana.second))
      await record(ana.invitation.id)
      expect(await ana.state()).toMatchObject({ failed: [true, true], cases: ['opted out', 'goes on'] })
    })

    test('of a mailing about no case only fails the address', async () => {
      const ana = await somebody(platform, { mailing: { case_id: null } })
      expect(await record(ana.invitation.id)).toMatchObject({ did: 'address failed' })
    })
  })

  describe('bounces that add up', () => {
    test('two mailings refused for good for other reasons fail the address, whenever they were', async () => {
      const ana = await somebody(platform)
      const reminder = await ana.mail({ kind: 'reminder', due_at: platform.clock.now() })
      expect(await record(ana.invitation.id, { kind: 'policy' })).toMatchObject({ did: 'recorded' })
      expect(await record(ana.invitation.id, { kind: 'other' })).toMatchObject({ did: 'recorded' })
      expect((await ana.state()).failed).toEqual([false, false])
      expect(await record(reminder.id, { kind: 'other' })).toMatchObject({ did: 'moved to the second address' })
      expect((await ana.state()).failed).toEqual([true, false])
    })

    test('three mailings that could not be delivered fail it, when no more than thirty days lie between', async () => {
      const ana = await somebody(platform)
      const [two, three, four] = [await ana.mail(), await ana.mail(), await ana.mail()]
      const now = platform.clock.now()
      const recordAt = (id: string, daysAgo: number, kind: 'soft' | 'full') =>
        recordBounce(
          { ...platform, clock: { now: () => now.subtract({ hours: 24 * daysAgo }) } },
          { mailingId: id, kind, status: '4.4.1', source: 'pipe', report: `test ${++reports}` },
        )
      await platform.db
        .updateTable('fieldwork.mailing')
        .set({ sent_at: now.subtract({ hours: 24 * 60 }) })
        .where('member_id', '=', ana.memberId)
        .execute()
      expect(await recordAt(ana.invitation.id, 40, 'soft')).toMatchObject({ did: 'recorded' })
      expect(await recordAt(two.id, 5, 'full')).toMatchObject({ did: 'recorded' })
      expect(await recordAt(three.id, 1, 'soft')).toMatchObject({ did: 'recorded' })
      expect((await ana.state()).failed).toEqual([false, false])
      expect(await recordAt(four.id, 0, 'full')).toMatchObject({ ok: true })
      expect((await ana.state()).failed).toEqual([true, false])
    })

    test('what came back about the first address does not count against the second', async () => {
      const ana = await somebody(platform)
      const reminder = await ana.mail({ kind: 'reminder', due_at: platform.clock.now() })
      await record(ana.invitation.id, { kind: 'other' })
      await record(reminder.id, { kind: 'other' })
      platform.clock.jumpTo(platform.clock.now().add({ milliseconds: 1 }))
      await sendAgain(platform, reminder.id, ana.hash(ana.second))
      const third = await ana.mail({ kind: 'lastCall', sent_to: ana.hash(ana.second), due_at: platform.clock.now() })
      expect(await record(third.id, { kind: 'other' })).toMatchObject({ did: 'recorded' })
      expect((await ana.state()).failed).toEqual([true, false])
    })
  })

  describe('what does not count', () => {
    test.each(['Auto-Submitted: auto-replied', 'X-Autoreply: yes', 'Precedence: auto_reply'])(
      'an answer of a machine, %s',
      async (header) => {
        const ana = await somebody(platform)
        for (const returned of ['<>', '<ana@example.org>'])
          await changesNothing(() => take(replyOf(addressesOf(ana), header, returned)), {
            ok: true,
            did: 'ignored',
            kind: 'auto-reply',
          })
      },
    )

    test('a report that a mail is late, or has arrived', async () => {
      const ana = await somebody(platform)
      for (const [action, status] of [
        ['delayed', '4.4.1'],
        ['delivered', '2.0.0'],
        ['relayed', '2.0.0'],
      ])
        await changesNothing(() => take(reportOf(addressesOf(ana), { action: action!, status: status! })), {
          ok: true,
          did: 'ignored',
          kind: action === 'delayed' ? 'delayed' : 'delivered',
        })
    })
  })

  describe('a complaint', () => {
    test.each<[string, (ana: Somebody) => Uint8Array]>([
      ['sent to the return path', ({ invitation }) => complaintOf(invitation.path)],
      ['that names the return path', ({ invitation }) => complaintOf('fbl@x.example', { mailFrom: invitation.path })],
      [
        'with the mail it is about',
        ({ invitation }) => complaintOf('fbl@x.example', { enclosed: `Return-Path: <${invitation.path}>\n` }),
      ],
    ])('%s stops all mail, and its addresses are remembered', async (_, report) => {
      const ana = await somebody(platform)
      const bytes = report(ana)
      expect(await take(bytes)).toEqual({ ok: true, did: 'opted out', kind: 'complaint' })
      expect(await ana.state()).toMatchObject({
        optedOut: true,
        cases: ['opted out', 'opted out'],
        failed: [false, false],
      })
      expect(await ana.events()).toEqual([
        { actor: 'mail system', action: 'opted out', detail: { because: 'complained', source: 'pipe' } },
      ])
      const stopped = await platform.db
        .selectFrom('identity.stopped_address')
        .where('address_hash', 'in', [ana.hash(ana.email), ana.hash(ana.second)])
        .select(['because'])
        .execute()
      expect(stopped).toEqual([{ because: 'complained' }, { because: 'complained' }])
      await changesNothing(() => take(bytes), { ok: true, did: 'duplicate', kind: 'complaint' })
      expect(await record(ana.invitation.id, { kind: 'complaint' })).toMatchObject({ did: 'recorded' })
      expect(await ana.events()).toHaveLength(1)
    })

    test('from an address the register has since corrected stops that one too', async () => {
      const ana = await somebody(platform)
      await platform.db
        .updateTable('identity.panel_member')
        .set({ email: 'new@example.org', email_secondary: null })
        .where('id', '=', ana.memberId)
        .execute()
      await take(complaintOf(ana.invitation.path))
      const stopped = await platform.db
        .selectFrom('identity.stopped_address')
        .where('address_hash', 'in', [ana.hash(ana.email), ana.hash('new@example.org')])
        .select('because')
        .execute()
      expect(stopped).toHaveLength(2)
    })

    test('of another kind is none', async () => {
      const ana = await somebody(platform)
      for (const type of ['not-spam', 'other', 'virus'])
        await changesNothing(() => take(complaintOf(ana.invitation.path, { type })), {
          ok: false,
          because: 'not a report',
        })
    })

    test('that names no mail of ours stops nobody', async () => {
      const ana = await somebody(platform)
      const path = ana.invitation.path.replace(/\.\w+@/, '.0000000000@')
      const bytes = complaintOf(path, { mailFrom: path, enclosed: `Return-Path: <${path}>\n` })
      await changesNothing(() => take(bytes), { ok: false, because: 'not our address' })
    })
  })

  describe('nobody can invent', () => {
    const nested = (path: string, depth: number) => {
      const opening = Array.from(
        { length: depth },
        (_, n) => `Content-Type: multipart/report; boundary=n${n}\n\n--n${n}`,
      )
      return mailOf(`Return-Path: <>\nTo: ${path}\nMIME-Version: 1.0\n${opening.join('\n')}
Content-Type: message/delivery-status

Action: failed
Status: 5.1.1
`)
    }
    const pathWith = (change: (path: string) => string) => (ana: Somebody) => change(ana.invitation.path)

    test.each<[string, (ana: Somebody) => string]>([
      ['another mark', pathWith((path) => path.replace(/\.\w+@/, '.0123456789@'))],
      ['no mark', pathWith((path) => path.replace(/\.\w+@/, '@'))],
      [
        'another mailing with the mark of this one',
        (ana) => ana.invitation.path.replace(/\+\w+\./, `+${randomId().replaceAll('-', '')}.`),
      ],
      ['a mark made with another key', (ana) => returnPath(new Uint8Array(32), BOUNCES, ana.invitation.id)],
      ['another domain', pathWith((path) => path.replace('retour.example', 'retour.example.org'))],
      ['the address for reports itself', () => BOUNCES],
      ['nothing', () => ''],
    ])('a report to %s', async (_, path) => {
      const ana = await somebody(platform)
      const forged = { path: path(ana), to: ana.email }
      const refused = { ok: false, because: 'not our address' }
      await changesNothing(() => take(reportOf(forged)), refused)
      await changesNothing(() => take(reportOf({ ...forged, path: ana.invitation.path }), forged.path), refused)
    })

    test('a report about a mailing that is gone', async () => {
      const path = returnPath(platform.config.keys.link, BOUNCES, randomId())
      await changesNothing(() => take(reportOf({ path, to: 'ana@example.org' })), {
        ok: false,
        because: 'unknown mailing',
      })
    })

    test.each([
      '<ana@example.org>',
      '<MAILER-DAEMON@example.org>',
      'ana@example.org',
      '',
      '<',
      '< <>',
      '"<>" <a@b.org>',
    ])('a report that came from %j', async (sender) => {
      const ana = await somebody(platform)
      const refused = { ok: false, because: 'not from a mail system' }
      await changesNothing(() => take(reportOf(addressesOf(ana), { head: `Return-Path: ${sender}` })), refused)
      const twice = reportOf(addressesOf(ana), { head: `Return-Path: ${sender}\nReturn-Path: <>` })
      await changesNothing(() => take(twice), refused)
    })

    test('a letter of a person, even with a report in it', async () => {
      const ana = await somebody(platform)
      const inside = new TextDecoder().decode(reportOf(addressesOf(ana)))
      const letters = [
        mailOf(`Return-Path: <>\nTo: ${ana.invitation.path}\nSubject: 5.1.1\n\nAction: failed\nStatus: 5.1.1\n`),
        mailOf(`To: ${ana.invitation.path}\nContent-Type: message/rfc822\n\n${inside}`),
        mailOf(
          `To: ${ana.invitation.path}\nContent-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: message/rfc822\n\n${inside}\n--m--\n`,
        ),
        mailOf(
          `To: ${ana.invitation.path}\nContent-Type: multipart/report; boundary=m\n\n--m\nContent-Type: message/rfc822\n\n${inside}\n--m--\n`,
        ),
        mailOf(
          `To: ${ana.invitation.path}\nContent-Type: multipart/report; boundary=m\n\n--m\nContent-Type: text/plain\n\nStatus: 5.1.1\n--m--\n`,
        ),
      ]
      for (const letter of letters) await changesNothing(() => take(letter), { ok: false, because: 'not a report' })
    })

    test('a report deeper than any is', async () => {
      const ana = await somebody(platform)
      expect(await take(nested(ana.invitation.path, 5))).toMatchObject({ ok: true, kind: 'hard' })
      const other = await somebody(platform)
      for (const depth of [6, 50, 300])
        await changesNothing(() => take(nested(other.invitation.path, depth)), { ok: false, because: 'unreadable' })
    })

    test('a report larger than any is', async () => {
      const ana = await somebody(platform)
      const report = reportOf(addressesOf(ana))
      const padded = (size: number) => {
        const bytes = new Uint8Array(size).fill(0x20)
        bytes.set(report)
        return bytes
      }
      await changesNothing(() => take(padded(LARGEST_REPORT + 1)), { ok: false, because: 'too large' })
      const manyLines = reportOf(addressesOf(ana), { more: '\n'.repeat(50_001) })
      await changesNothing(() => take(manyLines), { ok: false, because: 'too large' })
      expect(await take(padded(LARGEST_REPORT))).toMatchObject({ ok: true, kind: 'hard' })
    })

    test('anything while no address for reports is set', async () => {
      const ana = await somebody(platform)
      const mail = { ...platform.config.mail, bounceAddress: null }
      const deps = { ...platform, config: { ...platform.config, mail } }
      await changesNothing(() => takeReport(deps, { bytes: reportOf(addressesOf(ana)) }), {
        ok: false,
        because: 'no bounce address',
      })
    })
  })

  describe('the same report', () => {
    test('again and again changes nothing more', async () => {
      const ana = await somebody(platform)
      const report = reportOf(addressesOf(ana))
      await take(report)
      await sendAgain(platform, ana.invitation.id, ana.hash(ana.second))
      for (let times = 0; times < 3; times++)
        await changesNothing(() => take(report), { ok: true, did: 'duplicate', kind: 'hard' })
    })

    test('twenty times at once counts once', async () => {
      const ana = await somebody(platform)
      const report = reportOf(addressesOf(ana))
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => take(report)))
      const did = outcomes.map((outcome) => (outcome.ok ? outcome.did : outcome.because))
      expect(did.filter((one) => one !== 'duplicate')).toEqual(['moved to the second address'])
      expect(await ana.bounces()).toHaveLength(1)
      expect(await ana.events()).toHaveLength(1)
    })

    test('to two of us counts for both', async () => {
      const [ana, binta] = [await somebody(platform), await somebody(platform)]
      const report = reportOf(addressesOf(ana))
      for (const { invitation } of [ana, binta])
        expect(await take(report, invitation.path)).toMatchObject({ ok: true, kind: 'hard' })
      expect([await ana.bounces(), await binta.bounces()].map(({ length }) => length)).toEqual([1, 1])
    })

    test('and others of the same mail, and of others, at once move it once', async () => {
      const ana = await somebody(platform)
      const earlier = await ana.mail({ due_at: platform.clock.now().subtract({ hours: 72 }) })
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, (_, index) => [
          record(ana.invitation.id, { kind: index % 2 ? 'hard' : 'other' }),
          record(earlier.id, { kind: 'policy' }),
        ]).flat(),
      )
      const did = outcomes.map((outcome) => (outcome.ok ? outcome.did : outcome.because))
      expect(did.filter((one) => one === 'moved to the second address')).toHaveLength(1)
      expect(await ana.state()).toMatchObject({ failed: [true, false], owed: [ana.invitation.id] })
      expect((await ana.events()).map(({ action }) => action)).toEqual(['address failed'])
      expect(await ana.bounces()).toHaveLength(20)
    })

    test('and an answer that is being saved: the mail is not sent again to whoever has just answered', async () => {
      const ana = await somebody(platform)
      const { promise: saving, resolve: save } = Promise.withResolvers<void>()
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
      const answer = platform.db.transaction().execute(async (trx) => {
        await trx
          .updateTable('fieldwork.case')
          .set({ submitted_on: Temporal.PlainDate.from('2026-10-20') })
          .where('id', '=', ana.caseId)
          .execute()
        begin()
        await saving
      })
      await begun
      const bounce = record(ana.invitation.id)
      await wait(100)
      save()
      await answer
      expect(await bounce).toMatchObject({ did: 'address failed' })
      expect((await ana.state()).owed).toEqual([])
    })

    test('a complaint and a bounce at once leave nothing to send', async () => {
      for (let times = 0; times < 5; times++) {
        const ana = await somebody(platform)
        await Promise.all([record(ana.invitation.id), record(ana.invitation.id, { kind: 'complaint' })])
        expect(await ana.state()).toMatchObject({ optedOut: true, cases: ['opted out', 'opted out'] })
      }
    })
  })

  describe('where mail is held when too much comes back,', () => {
    const braking = () => {
      const mail = { ...platform.config.mail, brakes: true }
      return { ...platform, config: { ...platform.config, mail } }
    }
    const brakesOf = (scope: string) =>
      platform.db.selectFrom('fieldwork.brake').where('scope', '=', `wave ${scope}`).select('cause').execute()

    test.each([
      ['hard', 'bounces', 4],
      ['complaint', 'complaints', 3],
    ] as const)('%s ones hold their wave (%s), after %d', async (kind, cause, most) => {
      const people = []
      for (let index = 0; index < most; index++)
        people.push(await somebody(platform, { programme: kind, member: { email_secondary: null } }))
      for (const [index, { invitation }] of people.entries()) {
        expect(await brakesOf(`${kind}/w1`)).toEqual([])
        const bounce = { mailingId: invitation.id, kind, status: '5.1.1', source: 'pipe' } as const
        await recordBounce(braking(), { ...bounce, report: `brake ${kind} ${index}` })
      }
      expect(await brakesOf(`${kind}/w1`)).toEqual([{ cause }])
      await platform.db.deleteFrom('fieldwork.brake').execute()
    })
  })

  test('the log and the trail have nobody’s address', async () => {
    const ana = await somebody(platform)
    await take(reportOf(addressesOf(ana)))
    await take(complaintOf(ana.invitation.path))
    const kept = JSON.stringify([await ana.events(), await ana.bounces(), platform.logLines])
    expect(kept).not.toContain(ana.email)
    expect(kept).not.toContain(ana.second)
  })
})

describe('without a mark, whatever is sent', () => {
  let platform: TestPlatform
  beforeAll(async () => {
    platform = await openBouncePlatform('PGlite')
    platform = { ...platform, db: new Proxy(platform.db, { get: () => expect.fail('the database was asked') }) }
  })
  afterAll(() => platform.database.close())

  const forgedPath = fc
    .tuple(fc.uuid(), fc.stringMatching(/^[0-9a-v]{10}$/))
    .filter(([id, mark]) => !returnPath(platform.config.keys.link, BOUNCES, id).includes(mark))
    .map(([id, mark]) => `bounces+${id.replaceAll('-', '')}.${mark}@retour.example`)
  const anyReport = forgedPath.chain((path) =>
    fc.constantFrom(
      reportOf({ path, to: 'ana@example.org' }),
      complaintOf(path, { mailFrom: path, enclosed: `Return-Path: ${path}\n` }),
      replyOf({ path, to: 'ana@example.org' }, 'Auto-Submitted: auto-replied'),
      ...SAMPLES.map(({ written }) => written({ path, to: 'ana@example.org' })),
    ),
  )
  /** Some of it is left out, repeated, or replaced by anything. */
  const damaged = fc
    .tuple(
      anyReport,
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 300 }), fc.uint8Array({ maxLength: 40 })), { maxLength: 6 }),
    )
    .map(([report, cuts]) =>
      cuts.reduce((bytes, [place, length, instead]) => {
        const at = place % (bytes.length + 1)
        return Buffer.concat([bytes.subarray(0, at), instead, bytes.subarray(at + length)])
      }, Buffer.from(report)),
    )

  test('is refused, and the database not even asked', async () => {
    const property = fc.asyncProperty(
      fc.oneof({ weight: 3, arbitrary: damaged }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 2000 }) }),
      fc.option(fc.oneof(forgedPath, fc.string()), { nil: undefined }),
      async (bytes, recipient) => {
        const outcome = await takeReport(platform, { bytes, recipient })
        expect(['not our address', 'unreadable']).toContain(outcome.ok ? outcome.did : outcome.because)
      },
    )
    await fc.assert(property, { numRuns: 2000 })
  })

  test('of a megabyte of any one thing is read in a moment', async () => {
    const path = 'bounces+00000000000000000000000000000000.0000000000@retour.example'
    const report = new TextDecoder().decode(reportOf({ path, to: 'ana@example.org' }))
    for (const filling of [
      '@',
      ' ',
      '\r\n ',
      'Status: 5.1.1\r\n\r\n',
      '--b1\r\n',
      'a: b\r\n',
      '(',
      '"',
      '<',
      '=?x?q?',
      'x;',
    ])
      for (const place of ['From: ', 'Final-Recipient: ', 'Diagnostic-Code: ', 'multipart/report; ']) {
        const stuffed = report.replace(place, place + filling.repeat(1_000_000 / filling.length))
        const started = performance.now()
        expect((await takeReport(platform, { bytes: new TextEncoder().encode(stuffed) })).ok).toBe(false)
        expect(performance.now() - started).toBeLessThan(5000)
      }
  }, 60_000)
})
