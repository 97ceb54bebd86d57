// Tokens and personal links: stored as hashes only, good for one purpose and for a while.
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { rowId, sha256 } from '../platform/secrets.ts'
import { onEachEngine } from '../platform/testing.ts'
import { findToken } from './api-tokens.queries.ts'
import { createToken } from './create-token.actions.ts'
import { ensureLink, ensureLinks, findLink } from './personal-links.queries.ts'

onEachEngine('2026-11-22T12:00:00Z', (platform) => {
  /** Everything one table holds, as text, bytes in hexadecimal. */
  const textOf = async (table: string) => {
    const { rows } = await sql<{
      text: string
    }>`select row_to_json(t)::text as text from ${sql.table(table)} t`.execute(platform().db)
    return rows.map(({ text }) => text).join('\n')
  }

  describe('a researcher’s token', () => {
    const make = (days = 30) => createToken(platform(), { name: 'Université', days, actor: 'test' })
    const find = (token: string, at: Temporal.Instant, scope = 'research') =>
      findToken(platform().db, sha256(token), scope, at)

    test('is an identifier and 256 bits, never the same twice', async () => {
      const tokens = [await make(), await make()].map(({ token }) => token)
      for (const token of tokens) expect(token).toMatch(/^rvk_[0-9a-f]{8}_[\w-]{43}$/)
      expect(tokens[0]).not.toBe(tokens[1])
    })

    test('is found while it is good, and not from the instant it expires', async () => {
      const { token, expiresAt } = await make(30)
      expect(expiresAt.toString()).toBe('2026-12-22T12:00:00Z')
      expect(await find(token, platform().clock.now())).toMatchObject({ name: 'Université' })
      expect(await find(token, expiresAt.subtract({ milliseconds: 1 }))).toBeDefined()
      expect(await find(token, expiresAt)).toBeUndefined()
      expect(await find(token, expiresAt.add({ hours: 1 }))).toBeUndefined()
    })

    test('is good for its own scope only, and not at all once revoked', async () => {
      const { token } = await make()
      const now = platform().clock.now()
      expect(await find(token, now, 'read-open-text')).toBeUndefined()
      expect(await find(`${token}x`, now)).toBeUndefined()
      await platform()
        .db.updateTable('access.api_token')
        .set({ revoked_at: now })
        .where('token_hash', '=', sha256(token))
        .execute()
      expect(await find(token, now)).toBeUndefined()
    })

    test('is nowhere in the database, nor in the log: only its hash is', async () => {
      const { token } = await make()
      const secret = token.split('_').slice(2).join('_')
      const kept = await textOf('access.api_token')
      expect(kept).toContain(Buffer.from(sha256(token)).toString('hex'))
      for (const text of [kept, await textOf('audit.event'), platform().logLines.join('')])
        expect(text).not.toContain(secret)
    })

    test('leaves a line in the audit trail that names it by its identifier', async () => {
      const { token } = await make(7)
      const id = token.split('_')[1]!
      const events = await platform().db.selectFrom('audit.event').where('subject', '=', id).selectAll().execute()
      const created = { actor: 'test', action: 'token created', detail: { days: 7, scope: 'research' } }
      expect(events).toEqual([expect.objectContaining(created)])
    })

    test.each([0, -1, 367, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('cannot last %d days', async (days) => {
      const before = await textOf('access.api_token')
      await expect(make(days)).rejects.toThrow('1 to 366 days')
      expect(await textOf('access.api_token')).toBe(before)
    })
  })

  describe('a personal link', () => {
    const closes = Temporal.Instant.from('2026-12-31T23:00:00Z')
    const ensure = (
      subjectId: string,
      { purpose = 'survey' as const, generation = 1, expiresAt = closes as Temporal.Instant | null, key = 1 } = {},
    ) => ensureLink(platform().db, new Uint8Array(32).fill(key), { purpose, subjectId, generation }, expiresAt)
    const find = (token: string) => findLink(platform().db, 'survey', token)

    test('opens what it was made for, and says until when', async () => {
      const subjectId = rowId()
      const found = await find(await ensure(subjectId))
      expect(found?.subjectId).toBe(subjectId)
      expect(found?.expiresAt?.equals(closes)).toBe(true)
      expect((await find(await ensure(rowId(), { expiresAt: null })))?.expiresAt).toBeNull()
    })

    test('asked for again it is the same, and what changed is until when', async () => {
      const subjectId = rowId()
      const first = await ensure(subjectId)
      const later = closes.add({ hours: 24 })
      const [second, third] = await Promise.all([
        ensure(subjectId, { expiresAt: later }),
        ensure(subjectId, { expiresAt: later }),
      ])
      expect([second, third]).toEqual([first, first])
      expect((await find(first))?.expiresAt?.equals(later)).toBe(true)
      const { rows } = await sql<{ n: number }>`
        select count(*) as n from access.personal_link where subject_id = ${subjectId}`.execute(platform().db)
      expect(rows).toEqual([{ n: 1 }])
    })

    test('somebody else’s is another, and so is the next generation', async () => {
      const subjectId = rowId()
      const tokens = [await ensure(subjectId), await ensure(rowId()), await ensure(subjectId, { generation: 2 })]
      expect(new Set(tokens).size).toBe(3)
      for (const token of tokens) expect(await find(token)).toBeDefined()
    })

    test('revoked, it opens nothing, and asking for it again does not bring it back', async () => {
      const subjectId = rowId()
      const token = await ensure(subjectId)
      await platform()
        .db.updateTable('access.personal_link')
        .set({ revoked_at: platform().clock.now() })
        .where('subject_id', '=', subjectId)
        .execute()
      expect(await find(token)).toBeUndefined()
      expect(await ensure(subjectId)).toBe(token)
      expect(await find(token)).toBeUndefined()
    })

    test('of one purpose does not serve another', async () => {
      const subjectId = rowId()
      const survey = await ensure(subjectId)
      const { db } = platform()
      expect(await findLink(db, 'stop', survey)).toBeUndefined()
      expect(await findLink(db, 'stop', survey.replace('rv1s_', 'rv1u_'))).toBeUndefined()
      const stop = await ensureLink(db, new Uint8Array(32).fill(1), { purpose: 'stop', subjectId, generation: 1 }, null)
      expect((await findLink(db, 'stop', stop))?.subjectId).toBe(subjectId)
      expect(await find(stop)).toBeUndefined()
    })

    test.each(['', 'rv1s_', 'rv1s_short', `rv1s_${'a'.repeat(43)}`, `rv1s_${'a'.repeat(44)}`, 'rv1s_\u0000'])(
      'nothing opens with %j',
      async (token) => {
        expect(await find(token)).toBeUndefined()
      },
    )

    test('made with another key, it takes the place of the one before', async () => {
      const subjectId = rowId()
      const before = await ensure(subjectId)
      const after = await ensure(subjectId, { key: 2 })
      expect(after).not.toBe(before)
      expect((await find(after))?.subjectId).toBe(subjectId)
      expect(await find(before)).toBeUndefined()
    })

    test('that stands twice among several is one, and what has not changed is not written again', async () => {
      const { db } = platform()
      const [one, other] = [rowId(), rowId()]
      const links = [one, other, one].map((subjectId) => ({
        subject: { purpose: 'survey' as const, subjectId, generation: 1 },
        expiresAt: null,
      }))
      const rows = async () =>
        (
          await sql`select xmin::text, link.* from access.personal_link as link where subject_id in (${one}, ${other})`.execute(
            db,
          )
        ).rows
      const [first, second, third] = await ensureLinks(db, new Uint8Array(32).fill(1), links)
      expect([first === third, first === second]).toEqual([true, false])
      const before = await rows()
      expect(before).toHaveLength(2)
      await ensureLinks(db, new Uint8Array(32).fill(1), links)
      expect(await rows()).toEqual(before)
      expect(await ensureLinks(db, new Uint8Array(32).fill(1), [])).toEqual([])
    })

    test('is nowhere in the database: only its hash is', async () => {
      const token = await ensure(rowId())
      const kept = await textOf('access.personal_link')
      expect(kept).toContain(Buffer.from(sha256(token)).toString('hex'))
      expect(kept).not.toContain(token.slice(5))
    })
  })
})
