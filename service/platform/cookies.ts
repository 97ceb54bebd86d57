// The short cookie a personal link is exchanged for: a signed note that says which one thing its bearer may do.
import { errors, jwtVerify, SignJWT } from 'jose'
import { type Clock, toDate } from './clock.ts'

const ISSUER = 'retour'
/** Longer than the 20 hours after which a limit is no longer one (WCAG 2.2.1): a page left open overnight can be sent. */
const LIFETIME = { hours: 24 }
/** Several instances serve one volunteer, and no two clocks agree to the second. */
const SECONDS_APART = 30

/** Signs a note for one purpose about one subject, good for a day. */
export function signNote(
  key: Uint8Array,
  clock: Clock,
  { purpose, subject }: { purpose: string; subject: string },
): Promise<string> {
  const now = clock.now()
  return new SignJWT()
    .setProtectedHeader({ alg: 'HS256', typ: `${purpose}+jwt` })
    .setIssuer(ISSUER)
    .setAudience(purpose)
    .setSubject(subject)
    .setIssuedAt(toDate(now))
    .setExpirationTime(toDate(now.add(LIFETIME)))
    .sign(key)
}

/** The subject of a note made for this purpose, or null when it is forged, expired or made for another. */
export async function readNote(key: Uint8Array, clock: Clock, purpose: string, note: string): Promise<string | null> {
  try {
    const { payload } = await jwtVerify(note, key, {
      algorithms: ['HS256'],
      typ: `${purpose}+jwt`,
      issuer: ISSUER,
      audience: purpose,
      requiredClaims: ['exp', 'iat', 'sub'],
      maxTokenAge: '24 hours',
      currentDate: toDate(clock.now()),
      clockTolerance: SECONDS_APART,
    })
    return payload.sub ?? null
  } catch (error) {
    if (error instanceof errors.JOSEError) return null
    throw error
  }
}
