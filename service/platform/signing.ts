// Signs texts that are given away, so that whoever holds a copy can tell that it is ours.
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { CompactSign, calculateJwkThumbprint, exportJWK, type JWK } from 'jose'

/** A public key as it is given out (RFC 8037), named by its thumbprint (RFC 7638). */
export type SigningKey = { kid: string; jwk: JWK }

/** What comes before the 32 secret bytes of an Ed25519 key in PKCS #8 (RFC 8410). */
const PKCS8_PREFIX = Uint8Array.from([48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32])

/** A text as a JWS in compact form (RFC 7515), signed with EdDSA by 32 secret bytes, and the key to check it with. */
export async function sign(text: string, seed: Uint8Array): Promise<{ signature: string; signingKey: SigningKey }> {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
  const jwk = await exportJWK(createPublicKey(privateKey))
  const kid = await calculateJwkThumbprint(jwk)
  const signature = await new CompactSign(new TextEncoder().encode(text))
    .setProtectedHeader({ alg: 'EdDSA', kid })
    .sign(privateKey)
  return { signature, signingKey: { kid, jwk: { ...jwk, kid, alg: 'EdDSA', use: 'sig' } } }
}
