// Where this runs, told apart from a copy: a restored backup or a cloned machine must not mail anybody by itself.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config.ts'
import { randomId, sha256Hex } from './secrets.ts'

/**
 * A name for where this runs with which database: the setting, else an identifier kept in the data folder, and the
 * database's address. Another name is another environment, whatever the database remembers.
 */
export function environmentOf(config: Pick<Config, 'environment' | 'dataDir' | 'databaseUrl'>): string {
  const place = config.environment ?? keptIn(join(config.dataDir, 'environment'))
  const { host = '', pathname = '' } = config.databaseUrl ? new URL(config.databaseUrl) : {}
  return sha256Hex(`${place}|${host}|${pathname}`).slice(0, 16)
}

function keptIn(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim()
  const made = randomId()
  writeFileSync(path, made, { mode: 0o600 })
  return made
}

const beatFile = ({ dataDir }: Pick<Config, 'dataDir'>) => join(dataDir, 'beats')

/** The highest number of beats this folder has seen: a database that counts fewer has gone back in time. */
export function beatsSeen(config: Pick<Config, 'dataDir'>): number {
  const path = beatFile(config)
  return existsSync(path) ? Number(readFileSync(path, 'utf8')) || 0 : 0
}

export function rememberBeats(config: Pick<Config, 'dataDir'>, beats: number): void {
  const path = beatFile(config)
  writeFileSync(`${path}.new`, String(beats), { mode: 0o600 })
  renameSync(`${path}.new`, path)
}
