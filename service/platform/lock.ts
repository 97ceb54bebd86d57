// The exclusive lock on an embedded database's folder: two processes on one folder would lose rows without a word.
// The operating system holds it (through SQLite's own file lock) and lets go when the process dies, however it dies.

import { join } from 'node:path'

export type FolderLock = { release(): void }

/** Takes the lock on a folder, or returns null at once when another process, or this one, has it. */
export function lockFolder(folder: string): FolderLock | null {
  // Not a static import: an old Node would fail on it before it could be told that it is too old.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  const file = new DatabaseSync(join(folder, 'lock.sqlite'), { timeout: 0 })
  try {
    file.exec('begin exclusive')
  } catch (error) {
    file.close()
    if (isBusy(error)) return null
    throw error
  }
  return { release: () => file.close() }
}

const SQLITE_BUSY = 5
const isBusy = (error: unknown) => error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
