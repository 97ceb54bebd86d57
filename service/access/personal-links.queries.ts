// Personal links: which hash opens what. The token itself is never stored.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'
import { sha256 } from '../platform/secrets.ts'
import { deriveLinkToken, type LinkPurpose, type LinkSubject, linkTokenHash } from '../platform/tokens.ts'

/** The token of a link, making it openable; asked again, the same token. With another key, the earlier one no longer opens. */
export async function ensureLink(
  db: Db,
  linkKey: Uint8Array,
  subject: LinkSubject,
  expiresAt: Temporal.Instant | null,
): Promise<string> {
  const [token] = await ensureLinks(db, linkKey, [{ subject, expiresAt }])
  return token!
}

/** The tokens of several links, in one statement; one that stands twice is one link. */
export async function ensureLinks(
  db: Db,
  linkKey: Uint8Array,
  links: readonly { subject: LinkSubject; expiresAt: Temporal.Instant | null }[],
): Promise<string[]> {
  if (links.length === 0) return []
  const tokens = links.map(({ subject }) => deriveLinkToken(linkKey, subject))
  const rows = links.map(({ subject, expiresAt }, index) => ({
    token_hash: sha256(tokens[index]!),
    purpose: subject.purpose,
    subject_id: subject.subjectId,
    generation: subject.generation,
    expires_at: expiresAt,
    revoked_at: null,
  }))
  await db
    .insertInto('access.personal_link')
    .values(rows.filter((_, index) => tokens.indexOf(tokens[index]!) === index))
    .onConflict((conflict) =>
      conflict
        .columns(['purpose', 'subject_id', 'generation'])
        .doUpdateSet({ token_hash: sql`excluded.token_hash`, expires_at: sql`excluded.expires_at` })
        .where(
          sql<boolean>`(personal_link.token_hash, personal_link.expires_at)
            is distinct from (excluded.token_hash, excluded.expires_at)`,
        ),
    )
    .execute()
  return tokens
}

/** What a token of a purpose opens, or undefined when it opens nothing (any more). Expiry is the reader's to judge. */
export async function findLink(
  db: Db,
  purpose: LinkPurpose,
  token: string,
): Promise<{ subjectId: string; expiresAt: Temporal.Instant | null } | undefined> {
  const hash = linkTokenHash(purpose, token)
  if (!hash) return undefined
  const link = await db
    .selectFrom('access.personal_link')
    .where('token_hash', '=', hash)
    .where('purpose', '=', purpose)
    .where('revoked_at', 'is', null)
    .select(['subject_id', 'expires_at'])
    .executeTakeFirst()
  return link && { subjectId: link.subject_id, expiresAt: link.expires_at }
}
