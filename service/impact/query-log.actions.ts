// Who read what: a line for every question asked of the API, a file a month, kept for twelve months.
import { appendFile, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logging.ts'

const MONTHS = 12

/** What was asked, by which token, and how it was answered. */
export type Question = { reader: string; path: string; status: number }

/** Writes to a folder; without one, to the log of the process. A question is answered whether or not it could be written. */
export function openQueryLog({ clock, log, folder }: { clock: Clock; log: Log; folder: string | null }) {
  let month = ''
  let waiting: string[] = []
  let writing = Promise.resolve()

  async function write(folder: string): Promise<void> {
    if (waiting.length === 0) return
    const lines = waiting
    waiting = []
    const now = monthOf(clock)
    if (now !== month) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await forget(folder, clock)
      month = now
    }
    await appendFile(join(folder, `${now}.jsonl`), lines.join(''), { mode: 0o600 })
  }

  return (question: Question): void => {
    const at = clock.now().round('second').toString()
    if (folder === null) {
      log.info({ at, ...question }, 'research question')
      return
    }
    waiting.push(`${JSON.stringify({ at, ...question })}\n`)
    writing = writing
      .then(() => write(folder))
      .catch((error: Error) => log.error({ because: error.message }, 'a research question could not be written down'))
  }
}

const monthOf = (clock: Clock): string => clock.now().toString().slice(0, 7)

async function forget(folder: string, clock: Clock): Promise<void> {
  const oldest = Temporal.PlainYearMonth.from(monthOf(clock)).subtract({ months: MONTHS }).toString()
  for (const name of await readdir(folder))
    if (/^\d{4}-\d{2}\.jsonl$/.test(name) && name.slice(0, 7) < oldest) await rm(join(folder, name))
}
