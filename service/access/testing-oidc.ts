// Identity providers for tests: a real one that a test signs in at as a browser would, and one of ours that lies as told.
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import type { Configuration } from 'oidc-provider'
import { systemClock } from '../platform/clock.ts'
import type { OidcConfig } from '../platform/config.ts'
import { base64url, systemRandom } from '../platform/secrets.ts'

/** What a provider says of somebody; what is left out it does not say. Their subject is the name they sign in with. */
export type Account = { email?: string; email_verified?: boolean; name?: string; [claim: string]: unknown }

/** The cookies of one browser, by path and name. */
export type Browser = Map<string, string>

export type TestProvider = {
  issuer: string
  clientId: string
  clientSecret: string
  /** The settings of a service that is a client of it. */
  settings: OidcConfig
  /**
   * Goes where the service sent the browser and signs in there, or says no; gives the address it is sent back to. A
   * browser that is given keeps being signed in.
   */
  signInAs(url: string, account: string, browser?: Browser): Promise<string>
  /** From now on it signs with other keys, and has forgotten the ones before. */
  rotateKeys(): Promise<void>
  /** It goes down, whatever was going on. */
  stop(): Promise<void>
  /** It comes back at the same address. */
  start(): Promise<void>
}

type ProviderOptions = {
  redirectUris: string[]
  accounts: Record<string, Account>
  /** Where it says an address; OpenID Connect has it in the userinfo. */
  saysIn?: 'userinfo' | 'signed userinfo' | 'id token'
  /** How it wants our secret; in the body unless told. */
  secretIn?: 'body' | 'header'
}

/** Starts a real provider on a free port of the loopback, with this service as its only client. */
export async function startProvider(options: ProviderOptions): Promise<TestProvider> {
  const server = await serve()
  const settings = settingsFor(server.origin)
  const rotateKeys = async () => server.answer(await providerFor(options, settings))
  await rotateKeys()
  return {
    issuer: settings.issuer,
    clientId: settings.clientId,
    clientSecret: settings.clientSecret,
    settings,
    signInAs: (url, account, browser = new Map()) => signIn(new URL(url), account, browser),
    rotateKeys,
    stop: server.stop,
    start: server.start,
  }
}

const settingsFor = (issuer: string): OidcConfig => ({
  issuer,
  clientId: 'retour',
  // Characters that the two ways to send it write differently.
  clientSecret: `${base64url(systemRandom(16))}-_.~ +%`,
  name: 'Test',
  scope: 'openid email profile',
  trustEmail: false,
  userinfoAlg: null,
})

async function providerFor(
  { redirectUris, accounts, saysIn = 'userinfo', secretIn = 'body' }: ProviderOptions,
  { issuer, clientId, clientSecret }: OidcConfig,
): Promise<RequestListener> {
  const method = secretIn === 'body' ? 'client_secret_post' : 'client_secret_basic'
  const configuration: Configuration = {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: redirectUris,
        token_endpoint_auth_method: method,
        ...(saysIn === 'signed userinfo' && { userinfo_signed_response_alg: 'RS256' }),
      },
    ],
    clientAuthMethods: [method],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'given_name', 'family_name'] },
    conformIdTokenClaims: saysIn !== 'id token',
    cookies: { keys: [clientSecret] },
    features: { jwtUserinfo: { enabled: true } },
    findAccount: (_, accountId) =>
      accounts[accountId] && { accountId, claims: () => ({ ...accounts[accountId], sub: accountId }) },
    jwks: { keys: [await newKey('RS256')] },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  }
  return quietly(async () => {
    const { default: Provider } = await import('oidc-provider')
    return new Provider(issuer, configuration).callback()
  })
}

/** It warns, rightly, that it is not set up for production. */
async function quietly<T>(make: () => Promise<T>): Promise<T> {
  const { warn } = console
  console.warn = () => {}
  try {
    return await make()
  } finally {
    console.warn = warn
  }
}

/** A private key of a new name. */
export async function newKey(alg: 'RS256' | 'ES256' = 'ES256'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const key = await exportJWK(privateKey)
  return { ...key, kid: await calculateJwkThumbprint(key), alg, use: 'sig' }
}

/** Follows redirects and fills in the provider's own forms until it is sent elsewhere. */
async function signIn(to: URL, account: string, browser: Browser): Promise<string> {
  const { origin } = to
  let [at, form] = [to, null as URLSearchParams | null]
  while (at.origin === origin) {
    const response = await fetch(at, {
      redirect: 'manual',
      headers: { cookie: cookiesFor(browser, at) },
      ...(form && { method: 'POST', body: form }),
    })
    keepCookies(browser, at, response.headers.getSetCookie())
    const page = await response.text()
    const abort = account === 'abort' ? /href="([^"]+\/abort)"/.exec(page)?.[1] : undefined
    const next = response.headers.get('location') ?? abort ?? /<form [^>]*action="([^"]+)"/.exec(page)?.[1]
    if (!next) throw new Error(`the provider answered ${response.status}: ${page}`)
    form = response.status === 200 && !abort ? filledIn(page, account) : null
    at = new URL(next, at)
  }
  return at.href
}

const filledIn = (page: string, account: string): URLSearchParams => {
  const hidden = page.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)
  return new URLSearchParams([...[...hidden].map(([, name, value]) => [name!, value!]), ['login', account]])
}

const cookiesFor = (browser: Browser, { pathname }: URL): string =>
  [...browser]
    .filter(([key]) => pathname.startsWith(key.split(' ')[0]!))
    .map(([key, value]) => `${key.split(' ')[1]}=${value}`)
    .join('; ')

function keepCookies(browser: Browser, { pathname }: URL, cookies: string[]): void {
  for (const cookie of cookies) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)!
    const key = `${/path=([^;]+)/i.exec(cookie)?.[1] ?? pathname} ${name}`
    if (value === '') browser.delete(key)
    else browser.set(key, value!)
  }
}

/** What the liar says instead of the truth; each is given the truth. */
export type Lies = {
  metadata?: (truth: Record<string, unknown>) => object
  /** What it sends the browser back with. */
  answer?: (truth: URLSearchParams) => void
  claims?: (truth: JWTPayload) => JWTPayload
  /** The whole id_token, from what stands in it. */
  idToken?: (claims: JWTPayload, key: JWK) => Promise<string> | string
  userinfo?: (truth: JWTPayload) => object
  /** Instead of anything else, at an address; null for no lie there. */
  instead?: (path: string) => Response | null | Promise<Response | null>
}

export type Liar = {
  settings: OidcConfig
  /** How it lies; may be changed at any time. It tells the truth in all that is left out. */
  lies: Lies
  /** The addresses that were asked for, in order. */
  asked: string[]
  /** Goes where the service sent the browser; gives the address it is sent back to. */
  visit(url: string): Promise<string>
  stop(): Promise<void>
}

/** Starts a provider on a free port of the loopback at which everybody is Ana at once, and that lies as it is told. */
export async function startLiar(): Promise<Liar> {
  const server = await serve()
  const settings = settingsFor(server.origin)
  const liar: Liar = { settings, lies: {}, asked: [], visit, stop: server.stop }
  const key = await newKey()
  server.answer(getRequestListener(liarFor(liar, key).fetch))
  return liar
}

const visit = async (url: string): Promise<string> =>
  (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? ''

function liarFor(liar: Liar, key: JWK): Hono {
  const { issuer, clientId } = liar.settings
  const person = { sub: 'ana', email: 'ana@example.org', email_verified: true, name: 'Ana Ndiaye' }
  const truth = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/keys`,
    id_token_signing_alg_values_supported: ['ES256'],
    token_endpoint_auth_methods_supported: ['client_secret_post'],
    authorization_response_iss_parameter_supported: true,
  }
  let nonce = ''
  const app = new Hono()
  app.use(async (c, next) => {
    liar.asked.push(c.req.path)
    const lie = await liar.lies.instead?.(c.req.path)
    if (lie) c.res = lie
    else await next()
  })
  app.get('/.well-known/openid-configuration', (c) => c.json(liar.lies.metadata?.(truth) ?? truth))
  app.get('/authorize', (c) => {
    nonce = c.req.query('nonce')!
    const answer = new URLSearchParams({ code: 'the-code', state: c.req.query('state')!, iss: issuer })
    liar.lies.answer?.(answer)
    return c.redirect(`${c.req.query('redirect_uri')}?${answer}`)
  })
  app.post('/token', async (c) => {
    const now = Math.floor(systemClock.now().epochMilliseconds / 1000)
    const claims = { ...person, iss: issuer, aud: clientId, nonce, iat: now, exp: now + 600, auth_time: now }
    const said = liar.lies.claims?.(claims) ?? claims
    const idToken = await (liar.lies.idToken ?? signedBy)(said, key)
    return c.json({ access_token: 'the-access-token', token_type: 'Bearer', id_token: idToken })
  })
  app.get('/userinfo', (c) => c.json(liar.lies.userinfo?.(person) ?? person))
  app.get('/keys', (c) => c.json({ keys: [publicPart(key)] }))
  return app
}

/** A token, signed as it should be. */
export const signedBy = (claims: JWTPayload, key: JWK): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: key.kid! }).sign(key)

/** What may be given out of such a key. */
export const publicPart = ({ d: _, ...key }: JWK): JWK => key

/** A server on a free port of the loopback that may be told to answer otherwise, go away, and come back. */
async function serve() {
  const server = createServer()
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    answer(listener: RequestListener): void {
      server.removeAllListeners('request').on('request', listener)
    },
    async start() {
      await once(server.listen(port, '127.0.0.1'), 'listening')
    },
    async stop() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
