// Checks signing in at an identity provider: at a real one, and at one that lies in everything it could lie in.
import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { afterEach, describe, expect, test } from 'vitest'
import { demonstrationClock, systemClock } from '../platform/clock.ts'
import { base64url } from '../platform/secrets.ts'
import {
  beginSignIn,
  type FinishOutcome,
  Flow,
  finishSignIn,
  type IdentityProvider,
  openIdentityProvider,
} from './oidc.actions.ts'
import { type Browser, type Lies, newKey, publicPart, signedBy, startLiar, startProvider } from './testing-oidc.ts'

const redirectUri = 'http://localhost:3000/staff/provider/back'
const accounts = {
  ana: { email: 'ana@example.org', email_verified: true, name: 'Ana Ndiaye' },
  bob: { email: 'bob@example.org', email_verified: false, given_name: 'Bob', family_name: 'Martin' },
  carol: { email: 'carol@example.org' },
  dan: { name: '' },
}
const ANA = { ok: true, subject: 'ana', email: 'ana@example.org', emailVerified: true, name: 'Ana Ndiaye' }

/** So that it is asked for more. */
const withoutEmail: Lies['claims'] = ({ email: _, ...claims }) => claims

const running: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const provider of running.splice(0)) await provider.stop().catch(() => {})
})
const kept = <T extends { stop(): Promise<void> }>(provider: T): T => {
  running.push(provider)
  return provider
}

type Options = Partial<Parameters<typeof startProvider>[0]>
const real = async (options: Options = {}) =>
  kept(await startProvider({ redirectUris: [redirectUri], accounts, ...options }))

async function begin(ours: IdentityProvider, { fresh = false } = {}) {
  const outcome = await beginSignIn(ours, { redirectUri, fresh })
  if (!outcome.ok) expect.fail(`${outcome.because}: ${outcome.detail}`)
  return outcome
}

/** One whole sign-in; `at` is what happens at the provider, and `flow` what the browser kept in the end. */
async function signIn(
  ours: IdentityProvider,
  at: (url: string) => Promise<string>,
  { fresh = false, flow = (flow: Flow) => flow } = {},
): Promise<FinishOutcome> {
  const begun = await begin(ours, { fresh })
  // As a cookie keeps it.
  const brought = Flow.parse(JSON.parse(JSON.stringify(begun.flow)))
  return finishSignIn(ours, { currentUrl: await at(begun.url), flow: flow(brought) })
}

const no = (because: string, detail?: string) => ({
  ok: false,
  because,
  detail: detail ?? expect.stringMatching(/^\w+$/),
})

describe('at a real provider', () => {
  test.each([
    ['in the userinfo', {}],
    ['in a signed userinfo', { saysIn: 'signed userinfo' }],
    ['in the id token', { saysIn: 'id token' }],
    ['in the userinfo, to a client that sends its secret in a header', { secretIn: 'header' }],
  ] as const)('who signs in is told by issuer and subject, with what it says %s', async (_, options) => {
    const provider = await real(options)
    const ours = openIdentityProvider({
      ...provider.settings,
      userinfoAlg: 'saysIn' in options && options.saysIn === 'signed userinfo' ? 'RS256' : null,
    })
    expect(await signIn(ours, (url) => provider.signInAs(url, 'ana'))).toEqual({ ...ANA, issuer: provider.issuer })
  })

  test('an address counts as verified when it says so, or when it says nothing and is trusted', async () => {
    const provider = await real()
    const who = (account: string, trustEmail: boolean) =>
      signIn(openIdentityProvider({ ...provider.settings, trustEmail }), (url) => provider.signInAs(url, account))
    expect(await who('bob', false)).toMatchObject({
      email: 'bob@example.org',
      emailVerified: false,
      name: 'Bob Martin',
    })
    expect(await who('bob', true)).toMatchObject({ email: 'bob@example.org', emailVerified: false })
    expect(await who('carol', false)).toMatchObject({ email: 'carol@example.org', emailVerified: false, name: null })
    expect(await who('carol', true)).toMatchObject({ email: 'carol@example.org', emailVerified: true })
    expect(await who('dan', true)).toMatchObject({ ok: true, email: null, emailVerified: false, name: null })
  })

  test('who says no there is told as that', async () => {
    const provider = await real()
    const ours = openIdentityProvider(provider.settings)
    expect(await signIn(ours, (url) => provider.signInAs(url, 'abort'))).toEqual(no('aborted', 'access_denied'))
  })

  test('where the service stands behind something, only what comes after ? is looked at', async () => {
    const provider = await real()
    const ours = openIdentityProvider(provider.settings)
    const at = async (url: string) => new URL(await provider.signInAs(url, 'ana')).search
    expect(await signIn(ours, async (url) => `http://inside:3000/x${await at(url)}#y`)).toMatchObject(ANA)
    expect(await signIn(ours, at)).toMatchObject(ANA)
  })

  test('a code is good once', async () => {
    const provider = await real()
    const ours = openIdentityProvider(provider.settings)
    const { url, flow } = await begin(ours)
    const currentUrl = await provider.signInAs(url, 'ana')
    expect(await finishSignIn(ours, { currentUrl, flow })).toMatchObject(ANA)
    expect(await finishSignIn(ours, { currentUrl, flow })).toEqual(no('expired', 'invalid_grant'))
  })

  test.each([
    ['state', no('mismatch', 'OAUTH_INVALID_RESPONSE')],
    ['nonce', no('mismatch', 'OAUTH_JWT_CLAIM_COMPARISON_FAILED')],
    ['verifier', no('expired', 'invalid_grant')],
  ] as const)('what comes back to a browser that asked with another %s is nobody', async (part, outcome) => {
    const provider = await real()
    const ours = openIdentityProvider(provider.settings)
    const { flow: other } = await begin(ours)
    const at = (url: string) => provider.signInAs(url, 'ana')
    expect(await signIn(ours, at, { flow: (flow) => ({ ...flow, [part]: other[part] }) })).toEqual(outcome)
  })

  test('no two sign-ins share a secret', async () => {
    const ours = openIdentityProvider((await real()).settings)
    const [one, other] = [await begin(ours), await begin(ours)]
    const secrets = [one, other].flatMap(({ flow: { state, nonce, verifier } }) => [state, nonce, verifier])
    expect(new Set(secrets).size).toBe(6)
    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/)
    expect(one.url).not.toContain(one.flow.verifier)
  })

  test('a secret that is wrong is told as a refusal, in either way of sending it', async () => {
    for (const secretIn of ['body', 'header'] as const) {
      const provider = await real({ secretIn })
      const ours = openIdentityProvider({ ...provider.settings, clientSecret: 'wrong' })
      expect(await signIn(ours, (url) => provider.signInAs(url, 'ana'))).toEqual(no('refused'))
    }
  })

  test('keys that change from one minute to the next are asked for', async () => {
    const provider = await real()
    const ours = openIdentityProvider(provider.settings)
    const at = (url: string) => provider.signInAs(url, 'ana')
    expect(await signIn(ours, at)).toMatchObject(ANA)
    await provider.rotateKeys()
    expect(await signIn(ours, at)).toMatchObject(ANA)
    await provider.rotateKeys()
    expect(await signIn(ours, at)).toMatchObject(ANA)
  })

  test('one that is down when we start, or goes down in between, lets in again when it is back', async () => {
    const provider = await real()
    await provider.stop()
    const ours = openIdentityProvider(provider.settings)
    expect(await beginSignIn(ours, { redirectUri })).toEqual(no('provider down', 'ECONNREFUSED'))
    await provider.start()
    const { url, flow } = await begin(ours)
    const currentUrl = await provider.signInAs(url, 'ana')
    await provider.stop()
    expect(await finishSignIn(ours, { currentUrl, flow })).toEqual(no('provider down'))
    await provider.start()
    expect(await finishSignIn(ours, { currentUrl, flow })).toMatchObject(ANA)
  })

  test('whoever is signed in there is not asked again, unless it must be fresh', async () => {
    const provider = await real()
    const ours = openIdentityProvider(provider.settings)
    const browser: Browser = new Map()
    const as = (account: string) => (url: string) => provider.signInAs(url, account, browser)
    expect(await signIn(ours, as('ana'))).toMatchObject({ subject: 'ana' })
    expect(await signIn(ours, as('bob'))).toMatchObject({ subject: 'ana' })
    expect(await signIn(ours, as('bob'), { fresh: true })).toMatchObject({ subject: 'bob' })
  })

  test('it is asked for what the settings say, and for nothing else', async () => {
    const ours = openIdentityProvider({ ...(await real()).settings, scope: 'openid email' })
    expect(new URL((await begin(ours)).url).searchParams.get('scope')).toBe('openid email')
  })

  // Some providers heed one, some the other.
  test('that it must be fresh is asked for in both of the ways there are, and only then', async () => {
    const ours = openIdentityProvider((await real()).settings)
    const asks = async (fresh: boolean) => {
      const { searchParams } = new URL((await begin(ours, { fresh })).url)
      return [searchParams.get('prompt'), searchParams.get('max_age')]
    }
    expect(await asks(true)).toEqual(['login', '0'])
    expect(await asks(false)).toEqual([null, null])
  })

  test('a browser that takes out of the address that it must be fresh gains nothing', async () => {
    const provider = await real()
    const ours = openIdentityProvider(provider.settings)
    const browser: Browser = new Map()
    expect(await signIn(ours, (url) => provider.signInAs(url, 'ana', browser))).toMatchObject(ANA)
    const at = (url: string) => {
      const changed = new URL(url)
      changed.searchParams.delete('prompt')
      changed.searchParams.delete('max_age')
      return provider.signInAs(changed.href, 'ana', browser)
    }
    expect(await signIn(ours, at, { fresh: true })).toEqual(no('refused', 'NOT_FRESH'))
  })
})

describe('at a provider that lies', () => {
  const at = async (lies: Lies, options: Parameters<typeof signIn>[2] = {}, open = {}): Promise<FinishOutcome> => {
    const liar = kept(await startLiar())
    liar.lies = lies
    return signIn(openIdentityProvider(liar.settings, open), liar.visit, options)
  }

  test('the truth is believed', async () => {
    expect(await at({})).toMatchObject(ANA)
    expect(await at({ claims: withoutEmail })).toMatchObject(ANA)
    expect(await at({}, { fresh: true })).toMatchObject(ANA)
    const slow: Lies['claims'] = (claims) => ({ ...claims, auth_time: (claims.auth_time as number) - 20 })
    expect(await at({ claims: slow }, { fresh: true })).toMatchObject(ANA)
    expect(await at({ claims: (claims) => ({ ...claims, aud: [claims.aud as string] }) })).toMatchObject(ANA)
  })

  test.each<[string, Lies, string]>([
    ['another nonce', { claims: (claims) => ({ ...claims, nonce: 'another' }) }, 'mismatch'],
    ['no nonce', { claims: ({ nonce: _, ...claims }) => claims }, 'mismatch'],
    ['another issuer', { claims: (claims) => ({ ...claims, iss: 'https://id.example.org' }) }, 'mismatch'],
    ['our issuer and a slash', { claims: (claims) => ({ ...claims, iss: `${claims.iss}/` }) }, 'mismatch'],
    ['another audience', { claims: (claims) => ({ ...claims, aud: 'another' }) }, 'mismatch'],
    ['more audiences', { claims: (claims) => ({ ...claims, aud: ['retour', 'another'] }) }, 'mismatch'],
    ['somebody else’s', { claims: (claims) => ({ ...claims, aud: ['retour', 'x'], azp: 'x' }) }, 'mismatch'],
    ['expired', { claims: (claims) => ({ ...claims, exp: claims.iat! - 60 }) }, 'expired'],
    ['without an end', { claims: ({ exp: _, ...claims }) => claims }, 'mismatch'],
    ['not valid yet', { claims: (claims) => ({ ...claims, nbf: claims.iat! + 600 }) }, 'expired'],
    ['of nobody', { claims: ({ sub: _, ...claims }) => claims }, 'mismatch'],
    ['of a subject without end', { claims: (claims) => ({ ...claims, sub: 'a'.repeat(256) }) }, 'mismatch'],
    ['of a subject no database can store', { claims: (claims) => ({ ...claims, sub: 'ana\u0000' }) }, 'mismatch'],
    ['unsigned', { idToken: (claims) => new UnsecuredJWT(claims).encode() }, 'mismatch'],
    [
      'unsigned, as it has announced',
      {
        metadata: (truth) => ({ ...truth, id_token_signing_alg_values_supported: ['ES256', 'none'] }),
        idToken: (claims) => new UnsecuredJWT(claims).encode(),
      },
      'mismatch',
    ],
    [
      'signed by another key of the same name',
      { idToken: async (claims, key) => signedBy(claims, { ...(await newKey()), kid: key.kid! }) },
      'mismatch',
    ],
    [
      'signed by a key it does not give out',
      { idToken: async (claims) => signedBy(claims, await newKey()) },
      'mismatch',
    ],
    [
      'signed by a key that it brings along',
      {
        idToken: async (claims) => {
          const key = await newKey()
          return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', jwk: publicPart(key) }).sign(key)
        },
      },
      'mismatch',
    ],
    [
      'signed with a public key as a secret',
      {
        metadata: (truth) => ({ ...truth, id_token_signing_alg_values_supported: ['ES256', 'HS256'] }),
        idToken: (claims, key) =>
          new SignJWT(claims)
            .setProtectedHeader({ alg: 'HS256', kid: key.kid! })
            .sign(new TextEncoder().encode(JSON.stringify(publicPart(key)))),
      },
      'mismatch',
    ],
    [
      'changed after it was signed',
      {
        idToken: async (claims, key) => {
          const [header, , signature] = (await signedBy(claims, key)).split('.')
          return [header, base64url(Buffer.from(JSON.stringify({ ...claims, sub: 'bob' }))), signature].join('.')
        },
      },
      'mismatch',
    ],
    ['signed with nothing readable', { idToken: async (...truth) => `${await signedBy(...truth)}*` }, 'mismatch'],
    ['not a token', { idToken: () => 'not a token' }, 'mismatch'],
    ['not even a text', { idToken: () => 42 as unknown as string }, 'mismatch'],
  ])('an id token is nobody’s: %s', async (_, lies, because) => {
    expect(await at(lies)).toEqual(no(because))
  })

  test.each<[string, Lies['answer'] & object]>([
    ['another state', (truth) => truth.set('state', 'another')],
    ['no state', (truth) => truth.delete('state')],
    ['two states', (truth) => truth.append('state', truth.get('state')!)],
    ['the name of another provider', (truth) => truth.set('iss', 'https://id.example.org')],
    ['no name, though it has announced one', (truth) => truth.delete('iss')],
    ['no code', (truth) => truth.delete('code')],
    ['two codes', (truth) => truth.append('code', 'another')],
    ['an id token, which was not asked for', (truth) => truth.set('id_token', 'a.b.c')],
  ])('an answer is nobody’s: it has %s', async (_, answer) => {
    expect(await at({ answer })).toEqual(no('mismatch'))
  })

  test.each([
    ['access_denied', no('aborted', 'access_denied')],
    ['temporarily_unavailable', no('provider down', 'temporarily_unavailable')],
    ['server_error', no('provider down', 'server_error')],
    ['login_required', no('refused', 'login_required')],
    ['constructor', no('refused', 'constructor')],
    ['ana@example.org', no('refused', 'UNKNOWN')],
  ])('the error %s is told, and logged only if it is a word', async (error, outcome) => {
    const answer = (truth: URLSearchParams) => {
      truth.delete('code')
      truth.set('error', error)
      truth.set('error_description', 'ana@example.org')
    }
    expect(await at({ answer })).toEqual(outcome)
    const forged = (truth: URLSearchParams) => {
      answer(truth)
      truth.set('state', 'another')
    }
    expect(await at({ answer: forged })).toEqual(no('mismatch'))
  })

  test('what it says of somebody else is not taken', async () => {
    const userinfo = (truth: object) => ({ ...truth, sub: 'bob' })
    expect(await at({ claims: withoutEmail, userinfo })).toEqual(no('mismatch'))
    expect(await at({ userinfo })).toMatchObject(ANA)
  })

  test('an address is not verified by what it says elsewhere', async () => {
    const userinfo = ({ sub }: { sub?: string }) => ({ sub, email: 'bob@example.org' })
    expect(await at({ claims: withoutEmail, userinfo })).toMatchObject({
      email: 'bob@example.org',
      emailVerified: false,
      name: 'Ana Ndiaye',
    })
  })

  test.each([
    ['an address that is none', { email: 'ana' }, { email: null, emailVerified: false }],
    ['an address that is a list', { email: ['bob@example.org'] }, { email: 'ana@example.org', emailVerified: true }],
    ['verified in a word', { email_verified: 'true' }, { email: 'ana@example.org', emailVerified: false }],
    ['a name without end', { name: 'a'.repeat(201) }, { name: null }],
    ['a name of two lines', { name: 'Ana\nNdiaye' }, { name: null }],
    ['a name no database can store', { name: 'Ana\ud800' }, { name: null }],
    ['a name around which there is room', { name: ' Ana ' }, { name: 'Ana' }],
    ['a name in parts', { name: undefined, given_name: 'Ana', usual_name: 'Sy', family_name: 'N' }, { name: 'Ana Sy' }],
    ['half a name', { name: null, family_name: 'Ndiaye', given_name: 1 }, { name: 'Ndiaye' }],
  ])('%s is taken for what it is', async (_, said, outcome) => {
    expect(await at({ claims: (claims) => ({ ...claims, ...said }) })).toMatchObject({ ok: true, ...outcome })
  })

  test('unsigned words are not taken where signed ones were agreed', async () => {
    const liar = kept(await startLiar())
    liar.lies = { claims: withoutEmail }
    const ours = openIdentityProvider({ ...liar.settings, userinfoAlg: 'RS256' })
    expect(await signIn(ours, liar.visit)).toEqual(no('mismatch', 'OAUTH_JWT_USERINFO_EXPECTED'))
  })

  test('signed words are taken if they were signed by its key, for us', async () => {
    const saying = async (said: JWTPayload, byAnother = false) => {
      const liar = kept(await startLiar())
      let key = await newKey()
      liar.lies = {
        claims: withoutEmail,
        idToken(claims, truth) {
          if (!byAnother) key = truth
          return signedBy(claims, truth)
        },
        async instead(path) {
          if (path !== '/userinfo') return null
          const headers = { 'content-type': 'application/jwt' }
          return new Response(await signedBy({ sub: 'ana', email: 'ana@example.org', ...said }, key), { headers })
        },
      }
      return signIn(openIdentityProvider({ ...liar.settings, userinfoAlg: 'ES256' }), liar.visit)
    }
    expect(await saying({ aud: 'retour' })).toMatchObject({ ok: true, email: 'ana@example.org' })
    expect(await saying({}, true)).toEqual(no('mismatch'))
    expect(await saying({ aud: 'another' })).toEqual(no('mismatch'))
    expect(await saying({ iss: 'https://id.example.org' })).toEqual(no('mismatch'))
    expect(await saying({ sub: 'bob' })).toEqual(no('mismatch'))
  })

  test.each([
    ['long ago', (truth: number) => truth - 60],
    ['at no time it tells', () => undefined],
  ])('who signed in %s has not signed in afresh', async (_, when) => {
    const claims: Lies['claims'] = ({ auth_time, ...claims }) => ({ ...claims, auth_time: when(auth_time as number) })
    expect(await at({ claims }, { fresh: true })).toEqual(no('refused', 'NOT_FRESH'))
    expect(await at({ claims })).toMatchObject(ANA)
  })

  test('who took minutes over signing in has signed in afresh', async () => {
    const minutesAgo = (flow: Flow) => ({ ...flow, begunAt: flow.begunAt - 540 })
    const claims: Lies['claims'] = (claims) => ({ ...claims, auth_time: (claims.auth_time as number) - 530 })
    expect(await at({ claims }, { fresh: true, flow: minutesAgo })).toMatchObject(ANA)
  })

  test('its answers expire by the clock that was given', async () => {
    const clock = (minutes: number) => ({ clock: demonstrationClock(systemClock.now().add({ minutes })) })
    expect(await at({}, {}, clock(9))).toMatchObject(ANA)
    expect(await at({}, {}, clock(11))).toEqual(no('expired'))
  })
})

describe('of a provider', () => {
  const begun = async (metadata: Lies['metadata'] & object) => {
    const liar = kept(await startLiar())
    liar.lies = { metadata }
    return beginSignIn(openIdentityProvider(liar.settings), { redirectUri })
  }

  test.each<[string, object]>([
    ['it is another', { issuer: 'https://id.example.org' }],
    ['it is many', { issuer: 'https://id.example.org/{tenantid}/v2.0' }],
    ['it has no name', { issuer: undefined }],
    ['it has no door', { authorization_endpoint: undefined }],
    ['its door is a script', { authorization_endpoint: 'javascript:alert(1)' }],
  ])('that says that %s, nothing is wanted', async (_, said) => {
    expect(await begun((truth) => ({ ...truth, ...said }))).toEqual(no('mismatch'))
  })

  test('that is known by its name and a slash, everything is as usual', async () => {
    const liar = kept(await startLiar())
    const settings = { ...liar.settings, issuer: `${liar.settings.issuer}/` }
    expect(await signIn(openIdentityProvider(settings), liar.visit)).toMatchObject({
      ...ANA,
      issuer: liar.settings.issuer,
    })
  })

  const DISCOVERY = '/.well-known/openid-configuration'
  const ASKED = [DISCOVERY, '/token', '/keys', '/userinfo']

  describe.each(ASKED)('whose %s fails', (failing) => {
    test.each<[string, () => Response | Promise<Response>]>([
      ['with its own mistake', () => new Response('{"error":"server_error"}', { status: 500 })],
      ['with a page', () => new Response('<p>soon back</p>', { headers: { 'content-type': 'text/html' } })],
      ['with a page that says that it is busy', () => new Response('<p>later</p>', { status: 429 })],
      ['with half an answer', () => new Response('{"iss', { headers: { 'content-type': 'application/json' } })],
      ['with another address', () => Response.redirect('http://127.0.0.1:1/')],
      ['with nothing at all', () => new Promise(() => {})],
      ['with an answer that stays away', () => new Response(new ReadableStream())],
    ])('%s, it is down, and up again when it is', async (_, answer) => {
      const liar = kept(await startLiar())
      const ours = openIdentityProvider(liar.settings, { timeout: 0.8 })
      liar.lies = { claims: withoutEmail, instead: (path) => (path === failing ? answer() : null) }
      const outcome = await beginSignIn(ours, { redirectUri })
      if (failing === DISCOVERY) expect(outcome).toEqual(no('provider down'))
      else expect(await signIn(ours, liar.visit)).toEqual(no('provider down'))
      liar.lies = { claims: withoutEmail }
      expect(await signIn(ours, liar.visit)).toMatchObject(ANA)
    })
  })

  test('what it says of itself and its keys are asked for once, by however many come', async () => {
    const liar = kept(await startLiar())
    const ours = openIdentityProvider(liar.settings)
    await Promise.all([begin(ours), begin(ours), begin(ours)])
    for (let times = 0; times < 3; times++) expect(await signIn(ours, liar.visit)).toMatchObject(ANA)
    expect(liar.asked).toEqual([
      DISCOVERY,
      '/authorize',
      '/token',
      '/keys',
      '/authorize',
      '/token',
      '/authorize',
      '/token',
    ])
  })

  test.each(['', '?', 'http://', 'javascript:alert(1)', '\u0000', '?code=%FF&state=%00', '?response=a.b.c', '\ud800'])(
    'the address %j is nobody’s, and no accident',
    async (currentUrl) => {
      const liar = kept(await startLiar())
      const ours = openIdentityProvider(liar.settings)
      const { flow } = await begin(ours)
      expect(await finishSignIn(ours, { currentUrl, flow })).toEqual(no('mismatch'))
    },
  )
})
