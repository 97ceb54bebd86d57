// Asks an identity provider who somebody is, by OpenID Connect: a code, PKCE, a state, a nonce, a signed answer. It must
// not know who may come in, what a session is, or anything of the web but two addresses.
import * as oidc from 'openid-client'
import { z } from 'zod'
import { type Clock, systemClock } from '../platform/clock.ts'
import type { OidcConfig } from '../platform/config.ts'
import { emailAddress, safeText } from '../platform/safe.ts'
import { base64url, sha256, systemRandom } from '../platform/secrets.ts'

/** What the browser keeps, signed and for minutes, between leaving for the provider and coming back. */
export type Flow = z.infer<typeof Flow>
export const Flow = z.object({
  redirectUri: z.url(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** Seconds since 1970. */
  begunAt: z.int(),
  /** Whether they must sign in anew, however long they have been signed in there. */
  fresh: z.boolean(),
})

/** Why nobody is told: `detail` is a word for the log, and holds nothing secret and nobody’s name. */
export type NotToldOutcome = {
  ok: false
  because: 'aborted' | 'refused' | 'expired' | 'mismatch' | 'provider down'
  detail: string
}
export type BeginOutcome = { ok: true; url: string; flow: Flow } | NotToldOutcome
export type FinishOutcome =
  | {
      ok: true
      /** These two together are the person, for ever; an address is not. */
      issuer: string
      subject: string
      email: string | null
      emailVerified: boolean
      name: string | null
    }
  | NotToldOutcome

export type IdentityProvider = ReturnType<typeof openIdentityProvider>

/** For how long what the provider says of itself is taken to be so. */
const FRESH_MILLISECONDS = 3_600_000
/** No two clocks agree to the second. */
const SECONDS_APART = 30
/** The library takes keys for good for five minutes, but looks for one it does not know only when they are this old. */
const SECONDS_BEFORE_KEYS_ARE_ASKED_AGAIN = 60

/**
 * Asks nothing yet: a provider that is down is no reason not to start. What it says of itself is asked when somebody
 * signs in, and its keys when one is needed that is not known. The clock is that by which its answers expire; no single
 * answer is waited for longer than `timeout` seconds.
 */
export function openIdentityProvider(
  settings: OidcConfig,
  { clock = systemClock, timeout = 5 }: { clock?: Clock; timeout?: number } = {},
) {
  let asking: Promise<oidc.ServerMetadata> | null = null
  let known: { server: oidc.ServerMetadata; at: number } | null = null
  let keys: ReturnType<typeof oidc.getJwksCache>
  const execute = settings.issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : []

  async function ask(): Promise<oidc.ServerMetadata> {
    // By its full address, because the library excuses some providers from being who they were asked to be.
    const address = new URL(`${settings.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`)
    const found = await oidc.discovery(address, settings.clientId, undefined, undefined, { timeout, execute })
    const server = found.serverMetadata()
    if (URL.parse(server.issuer)?.href !== new URL(settings.issuer).href) throw problem('ANOTHER_ISSUER')
    known = { server, at: performance.now() }
    return server
  }

  async function discover(): Promise<oidc.ServerMetadata> {
    if (known && performance.now() - known.at <= FRESH_MILLISECONDS) return known.server
    asking ??= ask().finally(() => {
      asking = null
    })
    return asking
  }

  return {
    settings,
    now: () => Math.floor(clock.now().epochMilliseconds / 1000),

    /** The provider, and us as it knows us, for one sign-in. */
    async configure(): Promise<oidc.Configuration> {
      const server = await discover()
      const metadata = {
        [oidc.clockSkew]: Math.round(systemClock.now().until(clock.now()).total('seconds')),
        [oidc.clockTolerance]: SECONDS_APART,
        ...(settings.userinfoAlg && { userinfo_signed_response_alg: settings.userinfoAlg }),
      }
      const configuration = new oidc.Configuration(server, settings.clientId, metadata, secretFor(server, settings))
      configuration.timeout = timeout
      oidc.enableNonRepudiationChecks(configuration)
      for (const extension of execute) extension(configuration)
      if (keys) oidc.setJwksCache(configuration, { ...keys, uat: keys.uat - SECONDS_BEFORE_KEYS_ARE_ASKED_AGAIN })
      return configuration
    },

    /** Keeps the keys that a sign-in had to ask for. */
    keepKeys(configuration: oidc.Configuration): void {
      const used = oidc.getJwksCache(configuration)
      if (used && used.uat > (keys?.uat ?? 0)) keys = structuredClone(used)
    },
  }
}

/** How to tell the provider our secret: in the body if it may be, which all providers that take that read alike. */
const secretFor = (server: oidc.ServerMetadata, { clientSecret }: OidcConfig): oidc.ClientAuth =>
  server.token_endpoint_auth_methods_supported?.includes('client_secret_post')
    ? oidc.ClientSecretPost(clientSecret)
    : oidc.ClientSecretBasic(clientSecret)

/** Where to send the browser, and what it must bring back; `fresh` makes the provider ask for the password again. */
export async function beginSignIn(
  provider: IdentityProvider,
  { redirectUri, fresh = false }: { redirectUri: string; fresh?: boolean },
): Promise<BeginOutcome> {
  const flow = {
    redirectUri,
    state: base64url(systemRandom(32)),
    nonce: base64url(systemRandom(32)),
    verifier: base64url(systemRandom(32)),
    begunAt: provider.now(),
    fresh,
  }
  try {
    const url = oidc.buildAuthorizationUrl(await provider.configure(), {
      redirect_uri: redirectUri,
      scope: provider.settings.scope,
      state: flow.state,
      nonce: flow.nonce,
      code_challenge: base64url(sha256(flow.verifier)),
      code_challenge_method: 'S256',
      ...(fresh && { prompt: 'login', max_age: '0' }),
    })
    return { ok: true, url: url.href, flow }
  } catch (error) {
    return notTold(error)
  }
}

/** Who came back; of the address they came back to, only what stands after `?` is looked at. */
export async function finishSignIn(
  provider: IdentityProvider,
  { currentUrl, flow }: { currentUrl: string; flow: Flow },
): Promise<FinishOutcome> {
  try {
    const answer = new URL(flow.redirectUri)
    answer.search = URL.parse(currentUrl, flow.redirectUri)?.search ?? ''
    const configuration = await provider.configure()
    return await whoIs(provider, configuration, answer, flow).finally(() => provider.keepKeys(configuration))
  } catch (error) {
    return notTold(error)
  }
}

async function whoIs(
  { settings }: IdentityProvider,
  configuration: oidc.Configuration,
  answer: URL,
  flow: Flow,
): Promise<FinishOutcome> {
  const tokens = await oidc.authorizationCodeGrant(configuration, answer, {
    expectedState: flow.state,
    expectedNonce: flow.nonce,
    pkceCodeVerifier: flow.verifier,
    idTokenExpected: true,
  })
  const claims = tokens.claims()!
  if (flow.fresh && !(claims.auth_time !== undefined && claims.auth_time >= flow.begunAt - SECONDS_APART))
    return { ok: false, because: 'refused', detail: 'NOT_FRESH' }
  const subject = Subject.safeParse(claims.sub)
  if (!subject.success) return { ok: false, because: 'mismatch', detail: 'SUBJECT' }
  const asksMore = typeof claims.email !== 'string' && configuration.serverMetadata().userinfo_endpoint !== undefined
  // Taken whole, so that nobody vouches for an address that somebody else has said.
  const said: Said = asksMore ? await oidc.fetchUserInfo(configuration, tokens.access_token, claims.sub) : claims
  return {
    ok: true,
    issuer: claims.iss,
    subject: subject.data,
    ...addressIn(said, settings),
    name: nameIn(claims) ?? nameIn(said),
  }
}

type Said = Record<string, unknown>

/** OpenID Connect Core 1.0, 2, lets it have no more. */
const Subject = safeText.min(1).max(255)
const Name = safeText
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}+$/u)

function addressIn(said: Said, { trustEmail }: OidcConfig): { email: string | null; emailVerified: boolean } {
  const email = emailAddress.safeParse(said.email).data ?? null
  return { email, emailVerified: email !== null && (said.email_verified ?? trustEmail) === true }
}

/** As the provider writes it, or made of its parts; French agents have a `usual_name` for a family name. */
function nameIn(said: Said): string | null {
  const parts = [said.given_name, said.usual_name ?? said.family_name].filter((part) => typeof part === 'string')
  return Name.safeParse(said.name).data ?? Name.safeParse(parts.join(' ')).data ?? null
}

const problem = (code: string) => Object.assign(new Error(code), { code })

/** What the provider (RFC 6749, 4.1.2.1 and 5.2) or the library calls it, and what it means; all else does not match. */
const MEANINGS = new Map<string, NotToldOutcome['because']>([
  ['access_denied', 'aborted'],
  ['temporarily_unavailable', 'provider down'],
  ['server_error', 'provider down'],
  ['invalid_grant', 'expired'],
  ['OAUTH_JWT_TIMESTAMP_CHECK_FAILED', 'expired'],
  ['OAUTH_WWW_AUTHENTICATE_CHALLENGE', 'refused'],
  ['OAUTH_TIMEOUT', 'provider down'],
  ['OAUTH_RESPONSE_IS_NOT_CONFORM', 'provider down'],
  ['OAUTH_RESPONSE_IS_NOT_JSON', 'provider down'],
  ['OAUTH_PARSE_ERROR', 'provider down'],
])

/** What an exception of the library means. Whatever it is, a provider or a browser may have brought it about. */
function notTold(thrown: unknown): NotToldOutcome {
  const { error, code, cause } = thrown as { error?: unknown; code?: unknown; cause?: { code?: unknown } }
  if (typeof error === 'string') return { ok: false, because: MEANINGS.get(error) ?? 'refused', detail: wordOf(error) }
  if (typeof code === 'string') return { ok: false, because: MEANINGS.get(code) ?? 'mismatch', detail: wordOf(code) }
  // So `fetch` says that it did not come through.
  if (thrown instanceof TypeError) return { ok: false, because: 'provider down', detail: wordOf(cause?.code) }
  return { ok: false, because: 'mismatch', detail: 'UNKNOWN' }
}

/** A code as it may stand in a log: whoever wrote the address wrote this too. */
const wordOf = (code: unknown): string => (typeof code === 'string' && /^\w{1,60}$/.test(code) ? code : 'UNKNOWN')
