// Keeps the words of the mails a process writes by those in force, whichever process has saved them.
import type { Db } from '../platform/database.ts'
import type { Deps } from './deps.ts'
import { textContent, textVersionsInForce } from './mail-texts.queries.ts'
import { textsInForce } from './saved-texts.ts'

/** Reads the words of each programme anew where another process has saved some. */
export async function refreshTexts({
  db,
  log,
  mailTexts,
  programmeTexts,
}: { db: Db } & Pick<Deps, 'log' | 'mailTexts' | 'programmeTexts'>): Promise<void> {
  for (const { programme, version } of await textVersionsInForce(db)) {
    if (programmeTexts.get(programme)?.version === version) continue
    const { content } = await textContent(db, { programme, version })
    const inForce = textsInForce(mailTexts, { version, content })
    if (inForce.passedOver)
      log.error({ programme, version }, 'the saved words of mails do not go with their file, which is said instead')
    programmeTexts.set(programme, inForce)
  }
}
