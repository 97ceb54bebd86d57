// Opens what a process needs to do any work: the lock, the database brought up to date, surveys/, the mailer, the log.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { migrations } from '../migrations/index.ts'
import { storeVersions } from './instruments/store-versions.actions.ts'
import { announceEnvironment } from './mailings/hold-mail.actions.ts'
import { storeProgrammes } from './panel/programmes.queries.ts'
import { refreshProgrammes } from './panel/refresh-programmes.actions.ts'
import { type Clock, systemClock } from './platform/clock.ts'
import type { Config, MailConfig } from './platform/config.ts'
import { type Database, openEmbedded, openServer } from './platform/database.ts'
import { environmentOf } from './platform/environment.ts'
import { lockFolder } from './platform/lock.ts'
import type { Log } from './platform/logging.ts'
import { folderMailer, longestConversation, type Mailer, smtpMailer } from './platform/mailer.ts'
import { migrate, NewerSchemaError } from './platform/migrate.ts'
import { systemRandom } from './platform/secrets.ts'
import { FileError } from './platform/yaml.ts'
import { loadSurveys, readPlanSources } from './surveys.ts'
import type { Deps } from './waves/deps.ts'
import { storeFirstPlans } from './waves/publish-plan.actions.ts'
import { refreshPlans } from './waves/refresh-plans.actions.ts'
import { refreshTexts } from './waves/refresh-texts.actions.ts'

export type OpenService = { deps: Deps; engine: Database['engine']; close(): Promise<void> }

export type OpenOutcome =
  | { ok: true; service: OpenService }
  /** Another process has the embedded database. */
  | { ok: false; because: 'locked' }
  /** Something a person must put right, in a sentence. */
  | { ok: false; because: 'refused'; sentence: string }

/** Opens the service's parts for one process. Throws only where nobody could have known better. */
export async function openService(config: Config, log: Log, clock: Clock = systemClock): Promise<OpenOutcome> {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const lock = config.databaseUrl ? null : lockFolder(config.dataDir)
  if (!config.databaseUrl && !lock) return { ok: false, because: 'locked' }
  let database: Database | undefined
  try {
    const surveys = loadSurveys(config.surveysDir, { demonstration: config.mode === 'demonstration' })
    database = config.databaseUrl
      ? openServer(config.databaseUrl)
      : await openEmbedded(join(config.dataDir, 'database'))
    const { db, engine } = database
    await migrate(db, migrations)
    await storeProgrammes(db, surveys.frame.programmes)
    await refreshProgrammes({ db, frame: surveys.frame })
    const stored = await storeVersions({ db }, surveys.bank)
    if (!stored.ok) throw new FileError(changedSentence(stored.changed))
    await storeFirstPlans({ db, clock }, readPlanSources(config.surveysDir))
    await refreshPlans({ db, ...surveys })
    await refreshTexts({ db, log, ...surveys })
    const mailer = config.smtpUrl ? openMailer(config.smtpUrl, config.mail) : folderMailer(mailFolder(config))
    const environment = environmentOf(config)
    const deps: Deps = { config, clock, db, log, mailer, random: systemRandom, environment, ...surveys }
    await announceEnvironment(deps)
    const close = async () => {
      mailer.close()
      await database?.close()
      lock?.release()
    }
    return { ok: true, service: { deps, engine, close } }
  } catch (error) {
    await database?.close()
    lock?.release()
    const sentence = refusalSentence(error)
    if (sentence) return { ok: false, because: 'refused', sentence }
    throw error
  }
}

/** A claim that ran out in the middle of a conversation would have the same message sent twice. */
function openMailer(url: string, { timeout, lease, senders, dkim }: MailConfig): Mailer {
  const longest = longestConversation(url, timeout)
  if (lease <= longest)
    throw new FileError(
      `MAIL_LEASE must be more than ${Math.ceil(longest / 1000)} seconds, the longest conversation with the mail server at an SMTP_TIMEOUT of ${timeout / 1000}.`,
    )
  const key = dkim && { selector: dkim.selector, privateKey: readKey(dkim.keyFile) }
  return smtpMailer(url, { timeout, connections: senders, dkim: key })
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new FileError(`DKIM_KEY_FILE: ${path} cannot be read.`)
  }
}

/** Where mail goes when there is no SMTP server. */
export const mailFolder = ({ dataDir }: Pick<Config, 'dataDir'>): string => join(dataDir, 'mail')

const changedSentence = (changed: readonly string[]) =>
  `Volunteers have already answered ${changed.join(', ')}, and the file has changed since. Put it back as it was, and give the change a new version number.`

const UNREACHABLE = ['ECONNREFUSED', 'ENOTFOUND', 'CONNECT_TIMEOUT', 'ETIMEDOUT', '28P01', '28000', '3D000']

function refusalSentence(error: unknown): string | null {
  if (error instanceof FileError || error instanceof NewerSchemaError) return error.message
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return UNREACHABLE.includes(code)
    ? `The database at DATABASE_URL cannot be reached or does not let us in (${code}).`
    : null
}
