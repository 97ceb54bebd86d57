// Whether a request was signed by somebody who has the secret we share (the Standard Webhooks specification).
import { hmacSha256, sameBytes } from './secrets.ts'

export type SignedRequest = {
  /** The headers webhook-id, webhook-timestamp (seconds since 1970) and webhook-signature (one or several). */
  id: string
  timestamp: string
  signatures: string
  body: Uint8Array
}

const LONGEST_WAY = 5 * 60

/** Whether one of the signatures is that of the secret, and no more than five minutes lie between it and now. */
export function isSigned(
  secret: Uint8Array,
  { id, timestamp, signatures, body }: SignedRequest,
  now: Temporal.Instant,
): boolean {
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN
  if (!(Math.abs(now.epochMilliseconds / 1000 - seconds) <= LONGEST_WAY)) return false
  const expected = hmacSha256(secret, Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]))
  return signatures
    .split(' ')
    .some((one) => one.startsWith('v1,') && sameBytes(Buffer.from(one.slice(3), 'base64'), expected))
}
