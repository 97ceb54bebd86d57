// The settings, read once from the environment. Every problem is told at once, in a sentence a person can act on.
import { join } from 'node:path'
import { z } from 'zod'
import { emailAddress } from './safe.ts'
import { demonstrationKeys, type Keys, sameBytes } from './secrets.ts'

export type Config = {
  mode: 'demonstration' | 'production'
  /** The folder that holds the embedded database and everything else this service keeps on disk. */
  dataDir: string
  databaseUrl: string | null
  smtpUrl: string | null
  /** Where volunteers reach the service, without a slash at the end. */
  baseUrl: string
  host: string
  port: number
  surveysDir: string
  logLevel: string
  keys: Keys
  mail: MailConfig
  staff: StaffConfig
  /** How many questions a researcher's token may ask in a minute. */
  apiPerMinute: number
  /** A name for where this runs; without one, a file in the data folder stands for it. A database that has never heard of it is taken for a copy. */
  environment: string | null
}

export type MailConfig = {
  /** How many messages are on their way at once. */
  senders: number
  /** The longest wait for any one answer of the mail server, in milliseconds. */
  timeout: number
  /** How long a claim on a mailing lasts, in milliseconds. */
  lease: number
  /** Messages a second, altogether and to one domain; 0 does not slow anything down. */
  perSecond: number
  perSecondAndDomain: number
  /** Messages on the first day, doubled each day after; 0 for as many as there are. */
  warmUp: number
  /** Invitations of a wave that go out before somebody has looked at them; 0 waits for nobody. */
  canary: number
  /** Whether too many failures, bounces or complaints, and an absence, hold mail back until somebody releases it. */
  brakes: boolean
  /** Where reports of mail that could not be delivered go, such as bounces@retour.example.org; null: to the sender. */
  bounceAddress: string | null
  /** What providers sign their reports with; null: none is taken. */
  bounceSecret: Uint8Array | null
  /** The selector of the key and the file that holds it; null: the relay signs. */
  dkim: { selector: string; keyFile: string } | null
}

/** How staff sign in. */
export type StaffConfig = {
  /** The identity provider; null: there is none. */
  oidc: OidcConfig | null
  /** Whether a link sent by mail lets in whoever has been invited. */
  byMail: boolean
}

export type OidcConfig = {
  /** What the provider calls itself. */
  issuer: string
  clientId: string
  clientSecret: string
  /** What the button calls it. */
  name: string
  scope: string
  /** Whether an address counts as verified when the provider does not say. */
  trustEmail: boolean
  /** What the provider signs what it says of a person with; null: as it announces. */
  userinfoAlg: string | null
}

export type ConfigOutcome = { ok: true; config: Config } | { ok: false; problems: string[] }

type Environment = Record<string, string | undefined>

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1']
const ISSUER_SENTENCE =
  'OIDC_ISSUER must be what the provider calls itself, such as https://id.example.org/realms/staff, without ?, # or .well-known.'
const KEY_NAMES = { link: 'LINK_KEY', cell: 'CELL_KEY', cookie: 'COOKIE_KEY' } as const

const Environment = z.object({
  DATA_DIR: z.string().default('.data'),
  DATABASE_URL: urlOf(
    ['postgres:', 'postgresql:'],
    'DATABASE_URL must look like postgres://user:password@host:5432/name.',
  ).optional(),
  SMTP_URL: urlOf(['smtp:', 'smtps:'], 'SMTP_URL must look like smtps://user:password@host:465.').optional(),
  BASE_URL: urlOf(['http:', 'https:'], 'BASE_URL must look like https://retour.example.org.').optional(),
  HOST: z.string().optional(),
  PORT: z.coerce
    .number({ error: 'PORT must be a number.' })
    .int('PORT must be a whole number.')
    .min(0, 'PORT must be between 0 and 65535.')
    .max(65_535, 'PORT must be between 0 and 65535.')
    .default(3000),
  SURVEYS_DIR: z.string().default('surveys'),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], {
      error: 'LOG_LEVEL must be debug, info, warn, error or silent.',
    })
    .default('info'),
  LINK_KEY: z.string().optional(),
  CELL_KEY: z.string().optional(),
  COOKIE_KEY: z.string().optional(),
  ENVIRONMENT: z
    .string()
    .regex(/^[\w.-]{1,64}$/, 'ENVIRONMENT must be a name of letters, digits, - . and _.')
    .optional(),
  API_PER_MINUTE: wholeNumber('API_PER_MINUTE', 1, 1_000_000).default(600),
  MAIL_SENDERS: wholeNumber('MAIL_SENDERS', 1, 50).default(5),
  SMTP_TIMEOUT: wholeNumber('SMTP_TIMEOUT', 1, 300).default(20),
  MAIL_LEASE: wholeNumber('MAIL_LEASE', 1, 3600).default(300),
  MAIL_PER_SECOND: wholeNumber('MAIL_PER_SECOND', 0, 1000).default(10),
  MAIL_DOMAIN_PER_SECOND: wholeNumber('MAIL_DOMAIN_PER_SECOND', 0, 1000).default(1),
  MAIL_WARM_UP: wholeNumber('MAIL_WARM_UP', 0, 1_000_000).default(200),
  MAIL_CANARY: wholeNumber('MAIL_CANARY', 0, 10_000).default(20),
  MAIL_BRAKES: z.enum(['on', 'off'], { error: 'MAIL_BRAKES must be on or off.' }).default('on'),
  BOUNCE_ADDRESS: z
    .string()
    .refine(
      (text) => emailAddress.safeParse(text).success && /^[^+]{1,20}@/.test(text),
      'BOUNCE_ADDRESS must be an address with a short name and no +, such as bounces@retour.example.org.',
    )
    .optional(),
  BOUNCE_SECRET: z
    .string()
    .regex(/^[0-9a-f]{64}$/i, 'BOUNCE_SECRET must be 32 bytes written as 64 hexadecimal characters.')
    .optional(),
  DKIM_SELECTOR: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{0,62}$/i, 'DKIM_SELECTOR must be the name of the key in the DNS, such as retour.')
    .optional(),
  DKIM_KEY_FILE: z.string().optional(),
  OIDC_ISSUER: z.string().refine(isIssuer, ISSUER_SENTENCE).optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_NAME: z.string().max(60, 'OIDC_NAME must be a name of no more than 60 characters.').optional(),
  OIDC_SCOPE: z
    .string()
    .refine(
      (text) => text.split(' ').includes('openid'),
      'OIDC_SCOPE must be words with spaces between, among them openid.',
    )
    .default('openid email profile'),
  OIDC_TRUST_EMAIL: z.enum(['on', 'off'], { error: 'OIDC_TRUST_EMAIL must be on or off.' }).default('off'),
  OIDC_USERINFO_ALG: z
    .string()
    .regex(
      /^((RS|PS|ES)(256|384|512)|EdDSA)$/,
      'OIDC_USERINFO_ALG must be a kind of signature, such as RS256 or ES256.',
    )
    .optional(),
  SIGN_IN_BY_MAIL: z.enum(['on', 'off'], { error: 'SIGN_IN_BY_MAIL must be on or off.' }).default('on'),
})

function wholeNumber(name: string, min: number, max: number) {
  const sentence = `${name} must be a whole number from ${min} to ${max}.`
  return z.coerce.number({ error: sentence }).int(sentence).min(min, sentence).max(max, sentence)
}

/** Whether a provider may name itself so (OpenID Connect Discovery 1.0, 3), or so on this machine. */
function isIssuer(text: string): boolean {
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol) || isPlainHttpElsewhere(text)) return false
  return !/[?#]|\/\.well-known\//.test(text) && url.username === '' && url.password === ''
}

function urlOf(protocols: string[], sentence: string) {
  return z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), sentence)
}

/**
 * Reads the settings. Without DATABASE_URL, SMTP_URL or BASE_URL, or with `demonstration`, the mode is the
 * demonstration, which needs nothing; production needs an address and three keys of its own.
 */
export function readConfig(environment: Environment, { demonstration = false } = {}): ConfigOutcome {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = Environment.safeParse(given)
  const isDemonstration = demonstration || !(given.DATABASE_URL || given.SMTP_URL || given.BASE_URL)
  const problems = [
    ...(parsed.error?.issues.map(({ message }) => message) ?? []),
    ...staffProblems(given),
    ...(isDemonstration ? [] : productionProblems(given)),
  ]
  if (!parsed.success || problems.length > 0) return { ok: false, problems }
  return { ok: true, config: isDemonstration ? demonstrationConfig(parsed.data) : productionConfig(parsed.data) }
}

type Settings = z.infer<typeof Environment>

function demonstrationConfig(settings: Settings): Config {
  const host = settings.HOST ?? '127.0.0.1'
  return {
    ...common(settings),
    mode: 'demonstration',
    dataDir: join(settings.DATA_DIR, 'demonstration'),
    smtpUrl: null,
    baseUrl: settings.BASE_URL?.replace(/\/+$/, '') ?? `http://localhost:${settings.PORT}`,
    host,
    keys: demonstrationKeys,
    mail: { ...mailOf(settings), ...UNLIMITED, bounceAddress: null, bounceSecret: null, dkim: null },
  }
}

/** Nothing leaves the demonstration, and years go by in a minute: nobody would look, and nothing is gained by sending at once. */
const UNLIMITED = { senders: 1, perSecond: 0, perSecondAndDomain: 0, warmUp: 0, canary: 0, brakes: false }

function productionConfig(settings: Settings): Config {
  return {
    ...common(settings),
    mode: 'production',
    dataDir: settings.DATA_DIR,
    smtpUrl: settings.SMTP_URL ?? null,
    baseUrl: settings.BASE_URL!.replace(/\/+$/, ''),
    host: settings.HOST ?? '0.0.0.0',
    keys: {
      link: keyBytes(settings.LINK_KEY!),
      cell: keyBytes(settings.CELL_KEY!),
      cookie: keyBytes(settings.COOKIE_KEY!),
    },
    mail: mailOf(settings),
  }
}

const mailOf = (settings: Settings): MailConfig => ({
  senders: settings.MAIL_SENDERS,
  timeout: settings.SMTP_TIMEOUT * 1000,
  lease: settings.MAIL_LEASE * 1000,
  perSecond: settings.MAIL_PER_SECOND,
  perSecondAndDomain: settings.MAIL_DOMAIN_PER_SECOND,
  warmUp: settings.MAIL_WARM_UP,
  canary: settings.MAIL_CANARY,
  brakes: settings.MAIL_BRAKES === 'on',
  bounceAddress: settings.BOUNCE_ADDRESS ?? null,
  bounceSecret: settings.BOUNCE_SECRET ? keyBytes(settings.BOUNCE_SECRET) : null,
  dkim:
    settings.DKIM_SELECTOR && settings.DKIM_KEY_FILE
      ? { selector: settings.DKIM_SELECTOR, keyFile: settings.DKIM_KEY_FILE }
      : null,
})

const staffOf = (settings: Settings): StaffConfig => ({
  oidc: settings.OIDC_ISSUER ? oidcOf(settings, settings.OIDC_ISSUER) : null,
  byMail: settings.SIGN_IN_BY_MAIL === 'on',
})

const oidcOf = (settings: Settings, issuer: string): OidcConfig => ({
  issuer,
  clientId: settings.OIDC_CLIENT_ID!,
  clientSecret: settings.OIDC_CLIENT_SECRET!,
  name: settings.OIDC_NAME ?? new URL(issuer).host,
  scope: settings.OIDC_SCOPE,
  trustEmail: settings.OIDC_TRUST_EMAIL === 'on',
  userinfoAlg: settings.OIDC_USERINFO_ALG ?? null,
})

const common = (settings: Settings) => ({
  staff: staffOf(settings),
  databaseUrl: settings.DATABASE_URL ?? null,
  port: settings.PORT,
  surveysDir: settings.SURVEYS_DIR,
  logLevel: settings.LOG_LEVEL,
  apiPerMinute: settings.API_PER_MINUTE,
  environment: settings.ENVIRONMENT ?? null,
})

/** The settings of a process that serves publications and nothing else; it has no key. */
export type ResearchConfig = Pick<Config, 'baseUrl' | 'host' | 'port' | 'logLevel' | 'apiPerMinute'> & {
  databaseUrl: string
  /** The folder of the query log; null for the log of the process. */
  queryLog: string | null
}

/** Reads the settings of such a process: DATABASE_URL and BASE_URL are needed, QUERY_LOG names a folder. */
export function readResearchConfig(
  environment: Environment,
): { ok: true; config: ResearchConfig } | { ok: false; problems: string[] } {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  )
  const parsed = Environment.extend({ QUERY_LOG: z.string().optional() }).safeParse(given)
  const problems = [
    ...(parsed.error?.issues.map(({ message }) => message) ?? []),
    ...(given.DATABASE_URL ? [] : ['DATABASE_URL is missing: give that of a role that may read the schema publish.']),
    ...(given.BASE_URL ? [] : ['BASE_URL is missing: give the address where researchers reach this process.']),
  ]
  if (!parsed.success || problems.length > 0) return { ok: false, problems }
  const settings = parsed.data
  return {
    ok: true,
    config: {
      databaseUrl: settings.DATABASE_URL!,
      baseUrl: settings.BASE_URL!.replace(/\/+$/, ''),
      host: settings.HOST ?? '0.0.0.0',
      port: settings.PORT,
      logLevel: settings.LOG_LEVEL,
      apiPerMinute: settings.API_PER_MINUTE,
      queryLog: settings.QUERY_LOG ?? null,
    },
  }
}

function staffProblems(settings: Environment): string[] {
  const oidc = [settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET].filter(Boolean)
  if (oidc.length > 0 && oidc.length < 3)
    return ['OIDC_ISSUER, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET go together: give all three, or none.']
  if (oidc.length === 0 && settings.SIGN_IN_BY_MAIL === 'off')
    return ['SIGN_IN_BY_MAIL is off and there is no OIDC_ISSUER: nobody could sign in. Give one, or leave mail on.']
  return []
}

function productionProblems(settings: Environment): string[] {
  const problems: string[] = []
  if (!settings.BASE_URL) {
    problems.push(
      'BASE_URL is missing: give the address where volunteers reach this service, such as https://retour.example.org.',
    )
  } else if (isPlainHttpElsewhere(settings.BASE_URL)) {
    problems.push(
      'BASE_URL must begin with https:// (plain http works on localhost only: browsers refuse the cookie elsewhere).',
    )
  }
  for (const name of ['link', 'cell', 'cookie'] as const) {
    const problem = keyProblem(KEY_NAMES[name], settings[KEY_NAMES[name]])
    if (problem) problems.push(problem)
  }
  if (Boolean(settings.DKIM_SELECTOR) !== Boolean(settings.DKIM_KEY_FILE))
    problems.push('DKIM_SELECTOR and DKIM_KEY_FILE go together: give both, or neither.')
  const keys = [settings.LINK_KEY, settings.CELL_KEY, settings.COOKIE_KEY].flatMap((key) => key?.toLowerCase() ?? [])
  if (new Set(keys).size < keys.length) problems.push('LINK_KEY, CELL_KEY and COOKIE_KEY must differ from each other.')
  return problems
}

const isPlainHttpElsewhere = (url: string) => {
  if (!URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === 'http:' && !LOOPBACK.includes(hostname)
}

const HOW_TO_MAKE_A_KEY = 'make one with: openssl rand -hex 32'

function keyProblem(name: string, text: string | undefined): string | null {
  if (!text) return `${name} is missing: ${HOW_TO_MAKE_A_KEY}`
  if (!/^[0-9a-f]{64}$/i.test(text))
    return `${name} must be 32 bytes written as 64 hexadecimal characters: ${HOW_TO_MAKE_A_KEY}`
  if (Object.values(demonstrationKeys).some((key) => sameBytes(keyBytes(text), key)))
    return `${name} is the demonstration's, which everybody knows: ${HOW_TO_MAKE_A_KEY}`
  return null
}

const keyBytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
