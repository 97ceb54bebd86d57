// What every process of the service begins with: settings or a list of what is wrong with them, and a log.
import { createWriteStream, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Config, readConfig } from './platform/config.ts'
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
  if (existsSync('.env')) process.loadEnvFile('.env')
  const outcome = readConfig(process.env, { demonstration })
  if (!outcome.ok) refuse(outcome.problems.join('\n'))
  return outcome.config
}

function dateOrRefuse(text: string): Temporal.PlainDate {
  const date = safeDate.safeParse(text)
  if (!date.success) refuse(`--today takes a date such as 2028-03-01.`)
  return date.data
}

/** Runs what reads the command line; an option that does not exist is told in its own sentence. */
export function orRefuse<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error))
  }
}

export function refuse(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}

/** JSON lines on stdout; in the demonstration in a file, so that a person can read the terminal. */
export function openProcessLog(config: Config): Log {
  if (config.mode === 'production') return openLog(config.logLevel)
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  return openLog(config.logLevel, createWriteStream(join(config.dataDir, 'retour.log'), { flags: 'a', mode: 0o600 }))
}
