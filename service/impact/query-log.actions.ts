// Who read what: a line for every question asked of the API, a file a month, kept for twelve months.
import { createWriteStream, mkdirSync, readdirSync, rmSync, type WriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../platform/clock.ts'
import type { Log } from '../platform/logging.ts'

const MONTHS = 12

/** What was asked, by which token, and how it was answered. */
export type Question = { reader: string; path: string; status: number }

/** Writes to a folder; without one, to the log of the process. A question is answered whether or not it could be written. */
export function openQueryLog({ clock, log, folder }: { clock: Clock; log: Log; folder: string | null }) {
  let month = ''
  let file: WriteStream | null = null

  function fileOf(folder: string, now: string): WriteStream {
    if (file && month === now) return file
    file?.end()
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    forget(folder, now)
    month = now
    file = createWriteStream(join(folder, `${now}.jsonl`), { flags: 'a', mode: 0o600 })
    file.on('error', (error) => {
      complain(error)
      file = null
    })
    return file
  }

  const complain = (error: unknown): void =>
    log.error({ because: (error as Error).message }, 'a research question could not be written down')

  // Written anew once a second: it is asked for far more often.
  let second = Number.NaN
  let at = ''
  return (question: Question): void => {
    const now = clock.now()
    if (Math.floor(now.epochMilliseconds / 1000) !== second) {
      second = Math.floor(now.epochMilliseconds / 1000)
      at = now.toString({ smallestUnit: 'second' })
    }
    try {
      if (folder === null) log.info({ at, ...question }, 'research question')
      else fileOf(folder, at.slice(0, 7)).write(`${JSON.stringify({ at, ...question })}\n`)
    } catch (error) {
      complain(error)
    }
  }
}

function forget(folder: string, now: string): void {
  const oldest = Temporal.PlainYearMonth.from(now).subtract({ months: MONTHS }).toString()
  for (const name of readdirSync(folder))
    if (/^\d{4}-\d{2}\.jsonl$/.test(name) && name.slice(0, 7) < oldest) rmSync(join(folder, name))
}
