// Why a mail failed, when an address is given up, and which mailing is worth sending to another.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Bounced,
  classifyFailure,
  isGivenUp,
  type Letter,
  mayGoAgain,
  type Returned,
  readReport,
} from './bounce.ts'
import { ADDRESS_REFUSED } from './delivery.ts'

const NOW = Temporal.Instant.from('2026-10-20T12:00:00Z')

describe('why a mail failed', () => {
  test.each([
    ...['5.1.0', '5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1', '5.4.4', '5.4.310'].map((s) => [s, '', 'hard']),
    ...['5.2.2', '5.2.3', '5.3.1', '5.3.4', '4.2.2', '4.3.1'].map((s) => [s, '', 'full']),
    ...['4.0.0', '4.1.1', '4.4.1', '4.4.7', '4.7.1', '4.7.0'].map((s) => [s, '', 'soft']),
    ...['5.7.0', '5.7.1', '5.7.26', '5.1.7', '5.1.8'].map((s) => [s, '', 'policy']),
    ...['5.0.0', '5.1.4', '5.3.0', '5.4.1', '5.4.6', '5.5.0', '5.6.0'].map((s) => [s, '', 'other']),
    ['5.3.0', 'smtp; 554 Message rejected as spam', 'policy'],
    ['5.0.0', 'smtp; 554 Votre message est classé indésirable', 'policy'],
    ['5.1.1', 'smtp; 550 5.1.1 blocked by our blocklist', 'policy'],
    ['5.1.1', 'smtp; 550 5.1.1 <spam@example.org>: unknown, see https://antispam.example.org/', 'hard'],
    ['5.0.0', 'smtp; 550 5.1.1 User unknown', 'hard'],
    ['5.0.0', 'smtp; 550-5.7.1 not today', 'policy'],
    ['5.0.0', 'smtp;550 #5.1.0 Address rejected.', 'hard'],
    ['5.0.0', 'smtp; 550 Unrouteable address', 'hard'],
    ['5.0.0', 'smtp; 550 Utilisateur inconnu', 'hard'],
    ['5.0.0', 'smtp; 550 Mailbox not found', 'hard'],
    ['5.0.0', 'smtp; 552 mailbox is full', 'full'],
    ['5.0.0', 'smtp; 451 try again later', 'soft'],
    ['5.0.0', 'smtp; 550 your host 5.1.1.1 is not welcome', 'other'],
    ['5.0.0', 'smtp; 554 transaction failed', 'other'],
    ['5.6.0', 'smtp; 550 User unknown', 'other'],
  ])('%s %s: %s', (status, words, kind) => {
    expect(classifyFailure(status, words).kind).toBe(kind)
  })

  test('the status told is the closest there is', () => {
    expect(classifyFailure('5.0.0', 'smtp; 550 5.1.1 User unknown').status).toBe('5.1.1')
    expect(classifyFailure('5.0.0', 'smtp; 451 later').status).toBe('4.0.0')
    expect(classifyFailure('5.1.1', 'smtp; 550 5.7.1 no').status).toBe('5.1.1')
  })

  test('no words take long to read, or say more than how it failed', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[245]\.\d{1,3}\.\d{1,3}$/), fc.string({ unit: 'binary' }), (status, words) => {
        expect(['hard', 'full', 'soft', 'policy', 'other']).toContain(classifyFailure(status, words).kind)
      }),
      { numRuns: 1000 },
    )
    const started = performance.now()
    for (const word of ['5', ' 550 ', 'user ', 'boîte ', '-', 'exceeded '])
      classifyFailure('5.0.0', word.repeat(1_000_000))
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('what a message reports', () => {
  const REPORT = { name: 'content-type', value: 'Multipart/Report; boundary=x' }
  const delivery = (text: string): Letter => ({ headers: [REPORT], parts: [{ type: 'message/delivery-status', text }] })
  const kindOf = (text: string) => readReport(delivery(text)).kind

  test.each([
    ['no status', 'Final-Recipient: rfc822; a@b.c\nAction: failed', 'unknown'],
    ['no action, for good', 'Status: 5.1.1', 'hard'],
    ['no action, for now', 'Status: 4.1.1', 'delayed'],
    ['an action in capitals, with a comment', 'ACTION: FAILED (really)\nSTATUS: 5.1.1 (no)', 'hard'],
    ['a folded status', 'Action: failed\nStatus:\n 5.1.1', 'hard'],
    ['a status with zeros before it', 'Action: failed\nStatus: 5.01.001', 'hard'],
    ['a second status, which does not count', 'Action: failed\nStatus: 4.1.1\nStatus: 5.1.1', 'soft'],
    ['a failure that says all is well', 'Action: failed\nStatus: 2.0.0', 'unknown'],
    ['an action nobody knows', 'Action: eaten\nStatus: 5.1.1', 'unknown'],
    ['a status that is a number', 'Action: failed\nStatus: 511', 'unknown'],
    ['a status that is an address of a host', 'Action: failed\nStatus: 5.1.1.1', 'unknown'],
    ['delivered', 'Action: delivered\nStatus: 2.0.0', 'delivered'],
    ['expanded', 'Action: expanded\nStatus: 2.0.0', 'delivered'],
    ['nothing', '', 'unknown'],
    ['lines that are no fields', ': 5.1.1\nStatus 5.1.1\n Status: 5.1.1', 'unknown'],
    ['empty lines with spaces in them', 'Reporting-MTA: dns; a\n \t\nAction: failed\nStatus: 5.1.1', 'hard'],
    ['a recipient that failed, and one that is waited for', 'Status: 5.1.1\n\nStatus: 4.1.1', 'delayed'],
    ['one that is full, and one that nobody has', 'Status: 5.2.2\n\nStatus: 5.1.1', 'full'],
  ])('%s', (_, text, kind) => {
    expect(kindOf(text)).toBe(kind)
    expect(kindOf(text.replaceAll('\n', '\r\n'))).toBe(kind)
    expect(kindOf(text.replaceAll('\n', '\r'))).toBe(kind)
  })

  test('a report that is not said to be one is none', () => {
    const { parts } = delivery('Action: failed\nStatus: 5.1.1')
    for (const value of ['text/plain', 'multipart/mixed; boundary=x', 'multipart/reported', ''])
      expect(readReport({ headers: [{ name: 'content-type', value }], parts })).toEqual({ kind: 'unknown' })
    expect(readReport({ headers: [], parts })).toEqual({ kind: 'unknown' })
  })

  test.each<[string, string, string]>([
    ['auto-submitted', 'auto-replied', 'auto-reply'],
    ['auto-submitted', 'auto-generated; owner=x', 'auto-reply'],
    ['auto-submitted', 'no', 'unknown'],
    ['precedence', 'auto_reply', 'auto-reply'],
    ['precedence', 'bulk', 'unknown'],
    ['x-autoreply', 'yes', 'auto-reply'],
    ['x-autorespond', '', 'auto-reply'],
    ['subject', 'auto-replied', 'unknown'],
  ])('without a report, %s: %s is %s', (name, value, kind) => {
    expect(readReport({ headers: [{ name, value }], parts: [] }).kind).toBe(kind)
  })
})

describe('an address is given up', () => {
  const days = (count: number) => NOW.subtract({ hours: 24 * count })
  const history = (...bounces: [mailingId: string, kind: string, daysAgo: number][]): Bounced[] =>
    bounces.map(([mailingId, kind, daysAgo]) => ({ mailingId, kind, at: days(daysAgo) }))

  test.each<[string, Parameters<typeof isGivenUp>[0], Bounced[], boolean]>([
    ['at once when nobody has it', 'hard', history(['a', 'hard', 0]), true],
    ['not after one refusal for another reason', 'other', history(['a', 'other', 0]), false],
    ['not after two about the same mail', 'other', history(['a', 'other', 0], ['a', 'policy', 1]), false],
    ['after two about different ones', 'policy', history(['a', 'policy', 0], ['b', 'other', 900]), true],
    ['not when only one of them was for good', 'policy', history(['a', 'policy', 0], ['b', 'soft', 1]), false],
    ['not after two passing ones', 'soft', history(['a', 'soft', 0], ['b', 'full', 1]), false],
    ['after three', 'full', history(['a', 'full', 0], ['b', 'soft', 1], ['c', 'full', 30]), true],
    [
      'not when one is older than thirty days',
      'soft',
      history(['a', 'soft', 0], ['b', 'soft', 1], ['c', 'soft', 31]),
      false,
    ],
    [
      'not when two are about the same mail',
      'soft',
      history(['a', 'soft', 0], ['b', 'soft', 1], ['b', 'full', 2]),
      false,
    ],
    [
      'not for a passing one after others for good',
      'soft',
      history(['a', 'soft', 0], ['b', 'other', 1], ['c', 'other', 2]),
      false,
    ],
    ['not for complaints', 'soft', history(['a', 'soft', 0], ['b', 'complaint', 1], ['c', 'complaint', 2]), false],
  ])('%s', (_, kind, bounces, givenUp) => {
    expect(isGivenUp(kind, bounces, NOW)).toBe(givenUp)
  })
})

describe('a mailing that came back goes to another address', () => {
  const period = { opensAt: NOW.subtract({ hours: 48 }), closesAt: NOW.add({ hours: 48 }) }
  const fine: Returned = {
    sentAt: NOW.subtract({ hours: 1 }),
    because: null,
    lateAt: NOW.add({ hours: 1 }),
    isLast: true,
    period,
    submitted: false,
    waveClosed: false,
  }
  test.each<[string, Partial<Returned>, boolean]>([
    ['when all is well', {}, true],
    ['when it never may be too late', { lateAt: null }, true],
    ['when it was refused before it went', { sentAt: null, because: ADDRESS_REFUSED }, true],
    ['but not while it is owed', { sentAt: null }, false],
    ['nor when it was given up for another reason', { sentAt: null, because: 'answered' }, false],
    ['nor when another came after it', { isLast: false }, false],
    ['nor when it is about no case', { period: null }, false],
    ['nor after an answer', { submitted: true }, false],
    ['nor when the wave is closed', { waveClosed: true }, false],
    ['nor before the case is open', { period: { ...period, opensAt: NOW.add({ milliseconds: 1 }) } }, false],
    ['but from that instant on', { period: { ...period, opensAt: NOW } }, true],
    ['nor when the case is over', { period: { ...period, closesAt: NOW } }, false],
    ['nor when it is too late for it', { lateAt: NOW }, false],
  ])('%s', (_, change, may) => {
    expect(mayGoAgain({ ...fine, ...change }, NOW)).toBe(may)
  })
})
