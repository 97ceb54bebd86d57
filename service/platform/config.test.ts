// Checks the settings: what may be left out, and that every problem is told in a sentence.
import { expect, test } from 'vitest'
import { readConfig, readResearchConfig } from './config.ts'
import { demonstrationKeys } from './secrets.ts'

const hex = (key: Uint8Array) => Buffer.from(key).toString('hex')
const production = {
  BASE_URL: 'https://retour.example.org/',
  DATABASE_URL: 'postgres://retour:secret@db.example.org:5432/retour',
  SMTP_URL: 'smtps://retour:secret@mail.example.org:465',
  LINK_KEY: 'a1'.repeat(32),
  CELL_KEY: 'b2'.repeat(32),
  COOKIE_KEY: 'c3'.repeat(32),
}

function config(...given: Parameters<typeof readConfig>) {
  const outcome = readConfig(...given)
  if (!outcome.ok) expect.fail(outcome.problems.join('\n'))
  return outcome.config
}
function problems(environment: Record<string, string | undefined>) {
  const outcome = readConfig(environment)
  return outcome.ok ? [] : outcome.problems
}

/** Careful with an unknown sender, and patient with a slow server. */
const MAIL = {
  senders: 5,
  timeout: 20_000,
  lease: 300_000,
  perSecond: 10,
  perSecondAndDomain: 1,
  warmUp: 200,
  canary: 20,
  brakes: true,
  bounceAddress: null,
  bounceSecret: null,
  dkim: null,
}

/** Nobody vouches for staff yet, and mail lets them in. */
const STAFF = { oidc: null, byMail: true }
const oidc = {
  OIDC_ISSUER: 'https://id.example.org/realms/staff',
  OIDC_CLIENT_ID: 'retour',
  OIDC_CLIENT_SECRET: 'hunter2',
}

test('nothing at all is the demonstration, on this machine only, with keys everybody knows', () => {
  expect(config({})).toEqual({
    mode: 'demonstration',
    dataDir: '.data/demonstration',
    databaseUrl: null,
    smtpUrl: null,
    baseUrl: 'http://localhost:3000',
    host: '127.0.0.1',
    port: 3000,
    surveysDir: 'surveys',
    logLevel: 'info',
    keys: demonstrationKeys,
    apiPerMinute: 600,
    environment: null,
    mail: { ...MAIL, senders: 1, perSecond: 0, perSecondAndDomain: 0, warmUp: 0, canary: 0, brakes: false },
    staff: STAFF,
  })
})

test('mail is as careful, and signed and reported, as it is told', () => {
  const { mail } = config({
    ...production,
    MAIL_SENDERS: '2',
    SMTP_TIMEOUT: '2',
    MAIL_LEASE: '20',
    MAIL_PER_SECOND: '0',
    MAIL_DOMAIN_PER_SECOND: '3',
    MAIL_WARM_UP: '50',
    MAIL_CANARY: '0',
    MAIL_BRAKES: 'off',
    BOUNCE_ADDRESS: 'bounces@retour.example.org',
    BOUNCE_SECRET: 'd4'.repeat(32),
    DKIM_SELECTOR: 'retour',
    DKIM_KEY_FILE: '/etc/retour/dkim.pem',
  })
  expect(mail).toEqual({
    senders: 2,
    timeout: 2_000,
    lease: 20_000,
    perSecond: 0,
    perSecondAndDomain: 3,
    warmUp: 50,
    canary: 0,
    brakes: false,
    bounceAddress: 'bounces@retour.example.org',
    bounceSecret: new Uint8Array(32).fill(0xd4),
    dkim: { selector: 'retour', keyFile: '/etc/retour/dkim.pem' },
  })
})

test.each([
  [{ MAIL_SENDERS: '0' }, 'MAIL_SENDERS must be a whole number from 1 to 50.'],
  [{ MAIL_CANARY: 'a few' }, 'MAIL_CANARY must be a whole number from 0 to 10000.'],
  [{ MAIL_BRAKES: 'maybe' }, 'MAIL_BRAKES must be on or off.'],
  [{ ENVIRONMENT: 'two words' }, 'ENVIRONMENT must be a name of letters, digits, - . and _.'],
  [{ BOUNCE_SECRET: 'short' }, 'BOUNCE_SECRET must be 32 bytes written as 64 hexadecimal characters.'],
  [{ DKIM_SELECTOR: 'retour' }, 'DKIM_SELECTOR and DKIM_KEY_FILE go together: give both, or neither.'],
  [
    { BOUNCE_ADDRESS: 'bounces+all@retour.example.org' },
    'BOUNCE_ADDRESS must be an address with a short name and no +, such as bounces@retour.example.org.',
  ],
])('of mail, %j is refused', (given, problem) => {
  expect(problems({ ...production, ...given })).toEqual([problem])
})

test('an identity provider is called by its host, and asked for an address, unless told otherwise', () => {
  expect(config({ ...production, ...oidc }).staff).toEqual({
    oidc: {
      issuer: 'https://id.example.org/realms/staff',
      clientId: 'retour',
      clientSecret: 'hunter2',
      name: 'id.example.org',
      scope: 'openid email profile',
      trustEmail: false,
      userinfoAlg: null,
    },
    byMail: true,
  })
  const more = {
    OIDC_NAME: 'ProConnect',
    OIDC_SCOPE: 'openid given_name usual_name email',
    OIDC_TRUST_EMAIL: 'on',
    OIDC_USERINFO_ALG: 'RS256',
    SIGN_IN_BY_MAIL: 'off',
  }
  expect(config({ ...production, ...oidc, ...more }).staff).toMatchObject({
    oidc: { name: 'ProConnect', scope: more.OIDC_SCOPE, trustEmail: true, userinfoAlg: 'RS256' },
    byMail: false,
  })
})

const TOGETHER = 'OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET go together: give all three, or none.'

test.each([
  [{ ...oidc, OIDC_ISSUER: '' }, TOGETHER],
  [{ ...oidc, OIDC_CLIENT_ID: '' }, TOGETHER],
  [{ ...oidc, OIDC_CLIENT_SECRET: '' }, TOGETHER],
  [{ OIDC_CLIENT_SECRET: 'hunter2', SIGN_IN_BY_MAIL: 'off' }, TOGETHER],
  [
    { SIGN_IN_BY_MAIL: 'off' },
    'SIGN_IN_BY_MAIL is off and there is no OIDC_ISSUER: nobody could sign in. Give one, or leave mail on.',
  ],
  [{ SIGN_IN_BY_MAIL: 'no' }, 'SIGN_IN_BY_MAIL must be on or off.'],
  [{ ...oidc, OIDC_TRUST_EMAIL: 'yes' }, 'OIDC_TRUST_EMAIL must be on or off.'],
  [{ ...oidc, OIDC_SCOPE: 'email profile' }, 'OIDC_SCOPE must be words with spaces between, among them openid.'],
  [{ ...oidc, OIDC_NAME: 'x'.repeat(61) }, 'OIDC_NAME must be a name of no more than 60 characters.'],
  [{ ...oidc, OIDC_USERINFO_ALG: 'none' }, 'OIDC_USERINFO_ALG must be a kind of signature, such as RS256 or ES256.'],
  [{ ...oidc, OIDC_USERINFO_ALG: 'HS256' }, 'OIDC_USERINFO_ALG must be a kind of signature, such as RS256 or ES256.'],
])('of staff, %j is refused, in the demonstration too', (given, problem) => {
  expect(problems({ ...production, ...given })).toEqual([problem])
  expect(problems(given)).toEqual([problem])
})

test.each([
  'id.example.org',
  'ftp://id.example.org',
  'http://id.example.org',
  'http://localhost.example.org',
  'https://retour:hunter2@id.example.org',
  'https://id.example.org/?realm=staff',
  'https://id.example.org/#staff',
  'https://id.example.org/realms/staff/.well-known/openid-configuration',
])('no identity provider is called %s', (issuer) => {
  const said = problems({ ...production, ...oidc, OIDC_ISSUER: issuer })
  expect(said).toEqual([expect.stringMatching(/^OIDC_ISSUER must be what the provider calls itself/)])
  expect(said.join()).not.toContain('hunter2')
})

test.each(['https://id.example.org', 'https://id.example.org/', 'http://localhost:8080/realms/staff', 'http://[::1]'])(
  'an identity provider may be called %s, and is, to the letter',
  (issuer) => {
    expect(config({ ...production, ...oidc, OIDC_ISSUER: issuer }).staff.oidc?.issuer).toBe(issuer)
  },
)

test('settings that are blank count as left out', () => {
  expect(config({ BASE_URL: '', PORT: '', LOG_LEVEL: '', LINK_KEY: undefined })).toEqual(config({}))
})

test.each(['BASE_URL', 'DATABASE_URL', 'SMTP_URL'] as const)('%s alone makes it production', (name) => {
  expect(problems({ [name]: production[name] })).toContain('LINK_KEY is missing: make one with: openssl rand -hex 32')
})

test('production is read with an address without slash at the end, and keys of its own', () => {
  expect(config({ ...production, PORT: '8080', DATA_DIR: '/var/lib/retour' })).toEqual({
    mode: 'production',
    dataDir: '/var/lib/retour',
    databaseUrl: production.DATABASE_URL,
    smtpUrl: production.SMTP_URL,
    baseUrl: 'https://retour.example.org',
    host: '0.0.0.0',
    port: 8080,
    surveysDir: 'surveys',
    logLevel: 'info',
    keys: {
      link: new Uint8Array(32).fill(0xa1),
      cell: new Uint8Array(32).fill(0xb2),
      cookie: new Uint8Array(32).fill(0xc3),
    },
    apiPerMinute: 600,
    environment: null,
    mail: MAIL,
    staff: STAFF,
  })
})

test('the demonstration, when asked for, sends no mail and uses no key of production', () => {
  expect(config(production, { demonstration: true })).toMatchObject({
    mode: 'demonstration',
    smtpUrl: null,
    keys: demonstrationKeys,
    baseUrl: 'https://retour.example.org',
  })
})

test('production tells everything that is missing at once', () => {
  expect(problems({ SMTP_URL: production.SMTP_URL })).toEqual([
    'BASE_URL is missing: give the address where volunteers reach this service, such as https://retour.example.org.',
    'LINK_KEY is missing: make one with: openssl rand -hex 32',
    'CELL_KEY is missing: make one with: openssl rand -hex 32',
    'COOKIE_KEY is missing: make one with: openssl rand -hex 32',
  ])
})

test('production tells everything that is wrong at once', () => {
  const wrong = {
    BASE_URL: 'http://retour.example.org',
    LINK_KEY: 'too short',
    CELL_KEY: hex(demonstrationKeys.cell),
    COOKIE_KEY: hex(demonstrationKeys.cell),
  }
  expect(problems(wrong)).toEqual([
    'BASE_URL must begin with https:// (plain http works on localhost only: browsers refuse the cookie elsewhere).',
    'LINK_KEY must be 32 bytes written as 64 hexadecimal characters: make one with: openssl rand -hex 32',
    "CELL_KEY is the demonstration's, which everybody knows: make one with: openssl rand -hex 32",
    "COOKIE_KEY is the demonstration's, which everybody knows: make one with: openssl rand -hex 32",
    'LINK_KEY, CELL_KEY and COOKIE_KEY must differ from each other.',
  ])
})

test.each([
  ['63 characters', 'a'.repeat(63)],
  ['65 characters', 'a'.repeat(65)],
  ['128 characters', 'a'.repeat(128)],
  ['letters that are not hexadecimal', 'z'.repeat(64)],
  ['a word', 'secret'],
])('a key of %s is refused', (_, key) => {
  expect(problems({ ...production, CELL_KEY: key })).toEqual([
    'CELL_KEY must be 32 bytes written as 64 hexadecimal characters: make one with: openssl rand -hex 32',
  ])
})

test.each(['link', 'cell', 'cookie'] as const)(
  'the demonstration’s %s key is refused as any key, in any case',
  (name) => {
    const known = hex(demonstrationKeys[name]).toUpperCase()
    for (const setting of ['LINK_KEY', 'CELL_KEY', 'COOKIE_KEY'])
      expect(problems({ ...production, [setting]: known })).toEqual([
        `${setting} is the demonstration's, which everybody knows: make one with: openssl rand -hex 32`,
      ])
  },
)

test('keys that are the same bytes are refused, however they are written', () => {
  const differ = ['LINK_KEY, CELL_KEY and COOKIE_KEY must differ from each other.']
  expect(problems({ ...production, CELL_KEY: production.LINK_KEY })).toEqual(differ)
  expect(problems({ ...production, COOKIE_KEY: production.LINK_KEY.toUpperCase() })).toEqual(differ)
})

test.each(['http://localhost:3000', 'http://127.0.0.1', 'http://[::1]:8080', 'https://retour.example.org'])(
  'volunteers may reach it at %s',
  (url) => {
    expect(config({ ...production, BASE_URL: url }).baseUrl).toBe(url)
  },
)

test.each(['http://retour.example.org', 'http://192.168.1.10:3000', 'http://localhost.example.org', 'http://0.0.0.0'])(
  'the address %s would lose the cookie',
  (url) => {
    expect(problems({ ...production, BASE_URL: url })).toEqual([
      expect.stringMatching(/^BASE_URL must begin with https/),
    ])
  },
)

test.each([
  ['BASE_URL', 'retour.example.org', 'BASE_URL must look like https://retour.example.org.'],
  ['BASE_URL', 'ftp://retour.example.org', 'BASE_URL must look like https://retour.example.org.'],
  ['DATABASE_URL', 'mysql://db', 'DATABASE_URL must look like postgres://user:password@host:5432/name.'],
  ['SMTP_URL', 'mail.example.org', 'SMTP_URL must look like smtps://user:password@host:465.'],
  ['PORT', 'eighty', 'PORT must be a number.'],
  ['PORT', '80.5', 'PORT must be a whole number.'],
  ['PORT', '65536', 'PORT must be between 0 and 65535.'],
  ['PORT', '-1', 'PORT must be between 0 and 65535.'],
  ['LOG_LEVEL', 'loud', 'LOG_LEVEL must be debug, info, warn, error or silent.'],
])('%s = %s is refused: %s', (name, value, sentence) => {
  expect(problems({ ...production, [name]: value })).toEqual([sentence])
})

test('no problem repeats what a setting said: it may be a password', () => {
  const said = problems({
    ...production,
    DATABASE_URL: 'mysql://retour:hunter2@db',
    SMTP_URL: 'hunter2',
    LINK_KEY: 'hunter2',
  })
  expect(said.length).toBeGreaterThanOrEqual(2)
  expect(said.join()).not.toContain('hunter2')
})

const research = {
  BASE_URL: 'https://research.example.org/',
  DATABASE_URL: 'postgres://research@replica.example.org:5432/retour',
}

test('a research process needs a database and its address, and nothing else', () => {
  expect(readResearchConfig(research)).toEqual({
    ok: true,
    config: {
      databaseUrl: research.DATABASE_URL,
      baseUrl: 'https://research.example.org',
      host: '0.0.0.0',
      port: 3000,
      logLevel: 'info',
      apiPerMinute: 600,
      queryLog: null,
    },
  })
  const more = {
    HOST: '127.0.0.1',
    PORT: '3003',
    LOG_LEVEL: 'warn',
    API_PER_MINUTE: '60',
    QUERY_LOG: '/var/log/questions',
  }
  expect(readResearchConfig({ ...research, ...more })).toMatchObject({
    config: { host: '127.0.0.1', port: 3003, logLevel: 'warn', apiPerMinute: 60, queryLog: '/var/log/questions' },
  })
})

test('a research process is not given the keys of the service, even where they are set', () => {
  const outcome = readResearchConfig({ ...production, ...research })
  if (!outcome.ok) expect.fail(outcome.problems.join('\n'))
  expect(JSON.stringify(outcome.config)).not.toMatch(/a1a1|b2b2|c3c3|secret/)
})

test.each([
  [{ DATABASE_URL: '' }, ['DATABASE_URL is missing: give that of a role that may read the schema publish.']],
  [{ BASE_URL: undefined }, ['BASE_URL is missing: give the address where researchers reach this process.']],
])('a research process without %j says what is missing', (without, said) => {
  expect(readResearchConfig({ ...research, ...without })).toEqual({ ok: false, problems: said })
})

test('a research process says everything that is wrong at once, and none of the values', () => {
  const outcome = readResearchConfig({ DATABASE_URL: 'mysql://hidden', PORT: 'hidden', API_PER_MINUTE: '0' })
  if (outcome.ok) expect.fail('nothing was wrong')
  for (const name of ['DATABASE_URL', 'PORT', 'API_PER_MINUTE', 'BASE_URL'])
    expect(outcome.problems.filter((problem) => new RegExp(`\\b${name}\\b`).test(problem))).toHaveLength(1)
  expect(outcome.problems.join()).not.toContain('hidden')
})
