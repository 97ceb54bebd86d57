// Personal links: opaque, one purpose each, derived from a key so that a reminder repeats the same address
// without anybody storing it; the database keeps only a hash. By the same key, where a mailing comes back to is signed,
// and an address is known again without being kept.
import { base64url, hmacSha256, sameBytes, sha256 } from './secrets.ts'

const PREFIX = { survey: 'rv1s_', stop: 'rv1u_' } as const

/** What the links of the staff begin with; they are random, and not derived. */
export const STAFF_TOKENS = { asked: 'rv1l_', invitation: 'rv1i_' } as const

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

/**
 * Where reports about one mailing come back to: the address for reports, with the mailing's identifier and its mark (50
 * bits) after a +. There are 64 characters before the @ at most, as many as a server takes, when the base has 20.
 */
export function returnPath(linkKey: Uint8Array, bounceAddress: string, mailingId: string): string {
  const [before, after] = aroundThePlus(bounceAddress)
  const id = mailingId.replaceAll('-', '').toLowerCase()
  return `${before}${id}.${markOf(linkKey, id)}${after}`
}

/** The mailing that an address `returnPath` made is about, or null for any other; in capitals it is the same address. */
export function readReturnPath(linkKey: Uint8Array, bounceAddress: string, address: string): string | null {
  const [before, after] = aroundThePlus(bounceAddress.toLowerCase())
  const text = address.trim().toLowerCase()
  if (!text.startsWith(before) || !text.endsWith(after)) return null
  const [, id, mark] = /^([\da-f]{32})\.([\da-v]{10})$/.exec(text.slice(before.length, -after.length)) ?? []
  if (!id || !mark || !sameBytes(Buffer.from(mark), Buffer.from(markOf(linkKey, id)))) return null
  return id.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

function aroundThePlus(bounceAddress: string): [before: string, after: string] {
  const at = bounceAddress.lastIndexOf('@')
  return [`${bounceAddress.slice(0, at)}+`, bounceAddress.slice(at)]
}

/** Ten letters and digits (base32hex, RFC 4648), which mean the same in capitals. */
function markOf(linkKey: Uint8Array, id: string): string {
  const sevenBytes = Buffer.from(hmacSha256(linkKey, `bounce|v1|${id}`)).toString('hex', 0, 7)
  return (BigInt(`0x${sevenBytes}`) >> 6n).toString(32).padStart(10, '0')
}

/** What an address is known by once it is gone: 128 bits, the same however it was capitalised. */
export const addressHash = (linkKey: Uint8Array, address: string): Uint8Array =>
  new Uint8Array(hmacSha256(linkKey, `address|v1|${address.trim().toLowerCase()}`).subarray(0, 16))
