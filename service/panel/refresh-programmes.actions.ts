// Keeps the programmes a process knows: those of the files, and those that staff have made in the browser, whichever
// process they asked.
import type { Db } from '../platform/database.ts'
import { type Frame, Programme } from './frame.ts'
import { consoleProgrammes } from './programmes.queries.ts'

/** Reads the programmes made in the browser anew; those of the files stay as they were read at start. */
export async function refreshProgrammes({ db, frame }: { db: Db; frame: Frame }): Promise<void> {
  const made = (await consoleProgrammes(db)).map(({ configuration }) => Programme.parse(configuration))
  const names = new Set(made.map(({ programme }) => programme))
  frame.programmes = [...frame.programmes.filter(({ programme }) => !names.has(programme)), ...made]
}
