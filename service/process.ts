// What every process of the service begins with: settings or a list of what is wrong with them, and a log.
import { createWriteStream, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Config, type ResearchConfig, readConfig, readResearchConfig } from './platform/config.ts'
import { type Log, openLog } from './platform/logging.ts'
import { safeDate } from './platform/safe.ts'

/** Reads `.env`, the environment and the options all processes share; prints every problem and leaves when there is one. */
export function settingsOf(args: string[]): { config: Config; today: Temporal.PlainDate | undefined } {
  const options = { today: { type: 'string' }, demonstration: { type: 'boolean' } } as const
  const { values } = orRefuse(() => parseArgs({ args, options }))
  return {
    config: configOrRefuse(values.demonstration),
    today: values.today === undefined ? undefined : dateOrRefuse(values.today),
  }
}

/** The settings, or a list of what is wrong with them. */
export function configOrRefuse(demonstration = false): Config {
  return settingsOrRefuse((environment) => readConfig(environment, { demonstration }))
}

/** The settings of a research process, or a list of what is wrong with them. */
export const researchConfigOrRefuse = (): ResearchConfig => settingsOrRefuse(readResearchConfig)

type Outcome<Settings> = { ok: true; config: Settings } | { ok: false; problems: string[] }

function settingsOrRefuse<Settings>(read: (environment: NodeJS.ProcessEnv) => Outcome<Settings>): Settings {
  if (existsSync('.env')) process.loadEnvFile('.env')
  const outcome = read(process.env)
  if (!outcome.ok) refuse(outcome.problems.join('\n'))
  return outcome.config
}

function dateOrRefuse(text: string): Temporal.PlainDate {
  const date = safeDate.safeParse(text)
  if (!date.success) refuse(`--today takes a date such as 2028-03-01.`)
  return date.data
}

/** Runs what depends on what a person typed or set; a fault is told in a sentence, without a trace. */
export function orRefuse<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    refuse(sentenceOf(error))
  }
}

const FILE_TROUBLE: Record<string, string> = {
  ENOENT: 'There is no file or folder',
  EISDIR: 'This is a folder, not a file:',
  ENOTDIR: 'This is a file, not a folder:',
  EEXIST: 'This is a file, not a folder:',
  EACCES: 'This may not be read or written:',
  EPERM: 'This may not be read or written:',
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code = '', path = '' } = error as NodeJS.ErrnoException
  if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL')
    return 'Options go after two dashes: npm start -- --today 2028-03-01'
  if (code.startsWith('ERR_PARSE_ARGS')) return error.message.split('. ')[0]!
  return FILE_TROUBLE[code] ? `${FILE_TROUBLE[code]} ${path}`.trim() : error.message
}

export function refuse(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}

/** JSON lines on stdout; in the demonstration in a file, so that a person can read the terminal. */
export function openProcessLog(config: Config): Log {
  if (config.mode === 'production') return openLog(config.logLevel)
  orRefuse(() => mkdirSync(config.dataDir, { recursive: true, mode: 0o700 }))
  return openLog(config.logLevel, createWriteStream(join(config.dataDir, 'retour.log'), { flags: 'a', mode: 0o600 }))
}
