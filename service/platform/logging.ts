// JSON lines about what happened, never about whom: no address, name, answer or token, and a redactor as last wall.
import pino from 'pino'
import { ANY_TOKEN } from './tokens.ts'

export type Log = {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** Opens a log on a stream of lines; `silent` keeps nothing. */
export function openLog(level: string, destination: { write(line: string): void } = process.stdout): Log {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } },
    { write: (line) => destination.write(redact(line)) },
  )
}

/** An escape of JSON, which stays as it is, or an address. */
const ESCAPE_OR_ADDRESS = /(\\(?:u[\da-f]{4}|.))|[^\s"<>@,;:\\]{1,254}(?:@|%40)[^\s"'<>@,;:\\]+/g

/** A line without tokens and e-mail addresses, whatever put them there. */
export const redact = (line: string): string =>
  line.replace(ANY_TOKEN, '[token]').replace(ESCAPE_OR_ADDRESS, (_, escaped?: string) => escaped ?? '[address]')

/**
 * What may be logged of an error: its kind, code and place. Never its message or detail when it comes from the
 * database or the mail server: those repeat the values they were given.
 */
export function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { error: typeof error }
  const { name, stack = '' } = error
  const facts = error as {
    code?: unknown
    constraint?: unknown
    constraint_name?: unknown
    responseCode?: unknown
    severity?: unknown
  }
  const repeatsValues = facts.code !== undefined || facts.severity !== undefined || facts.responseCode !== undefined
  return {
    error: name,
    ...(typeof facts.code === 'string' && { code: facts.code }),
    ...(typeof facts.responseCode === 'number' && { responseCode: facts.responseCode }),
    ...((facts.constraint ?? facts.constraint_name) !== undefined && {
      constraint: facts.constraint ?? facts.constraint_name,
    }),
    ...(!repeatsValues && { message: error.message }),
    at: stack
      .replace(error.message, '')
      .split('\n')
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 8)
      .map((line) => line.trim()),
  }
}
