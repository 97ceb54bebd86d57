// The settings, read once from the environment. Every problem is told at once, in a sentence a person can act on.
import { join } from 'node:path'
import { z } from 'zod'
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
}

export type ConfigOutcome = { ok: true; config: Config } | { ok: false; problems: string[] }

type Environment = Record<string, string | undefined>

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1']
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
})

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
  }
}

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
  }
}

const common = (settings: Settings) => ({
  databaseUrl: settings.DATABASE_URL ?? null,
  port: settings.PORT,
  surveysDir: settings.SURVEYS_DIR,
  logLevel: settings.LOG_LEVEL,
})

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
