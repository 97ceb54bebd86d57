// What every capability is handed: nothing is imported as a singleton, so a test can hand its own.
import type { Kysely } from 'kysely'
import type { Clock } from './clock.ts'
import type { Config } from './config.ts'
import type { Log } from './logging.ts'
import type { Mailer } from './mailer.ts'
import type { Schema } from './schema.ts'
import type { Random } from './secrets.ts'

export type Platform = {
  config: Config
  clock: Clock
  db: Kysely<Schema>
  log: Log
  mailer: Mailer
  random: Random
  /** Where this runs, as the database knows it: see environment.ts. */
  environment: string
}
