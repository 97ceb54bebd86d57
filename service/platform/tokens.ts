// Personal links: opaque, one purpose each, derived from a key so that a reminder repeats the same address
// without anybody storing it; the database keeps only a hash.
import { base64url, hmacSha256, sha256 } from './secrets.ts'

const PREFIX = { survey: 'rv1s_', stop: 'rv1u_' } as const

export type LinkPurpose = keyof typeof PREFIX

export type LinkSubject = { purpose: LinkPurpose; subjectId: string; generation: number }

/** The token of a link: a prefix that names its purpose and 256 bits as 43 characters (base64url). */
export function deriveLinkToken(linkKey: Uint8Array, { purpose, subjectId, generation }: LinkSubject): string {
  return PREFIX[purpose] + base64url(hmacSha256(linkKey, `${purpose}|v1|${subjectId}|${generation}`))
}

/** The hash to look a token up by, or null when the text cannot be a token of that purpose. */
export function linkTokenHash(purpose: LinkPurpose, token: string): Uint8Array | null {
  const shaped = token.startsWith(PREFIX[purpose]) && /^[\w-]{43}$/.test(token.slice(PREFIX[purpose].length))
  return shaped ? sha256(token) : null
}

/** Any personal link or API token in a text, for the redactor and for secret scanners. */
export const ANY_TOKEN = /rv(?:1[a-z]|k)_[\w-]{8,}/g
