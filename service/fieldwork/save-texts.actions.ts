// Saves what a mail of a programme says from now on, as one more version of the programme's words. Whoever saves has seen
// what was in force: where somebody else has saved meanwhile, nothing is.
import { recordEvent } from '../platform/audit.queries.ts'
import type { Deps } from '../waves/deps.ts'
import { type MailText, mailText } from '../waves/mail-texts.ts'
import { refreshTexts } from '../waves/refresh-texts.actions.ts'
import { findMail, textsInForce } from '../waves/saved-texts.ts'
import { type Complaint, checkText, saysTheSame } from './text-form.ts'
import { insertTexts, latestTexts } from './texts.queries.ts'

type SaveDeps = Pick<Deps, 'db' | 'clock' | 'log' | 'mailTexts' | 'programmeTexts'>

export type SaveTextInput = {
  programme: string
  /** Which mail, by its name. */
  mail: string
  text: MailText
  /** The version that was in force when the change was looked at; 0 for the file alone. */
  base: number
  actor: string
}

export type SaveTextOutcome =
  | { ok: true; version: number }
  | { ok: false; because: 'unknown mail' | 'nothing new' | 'changed meanwhile' }
  | { ok: false; because: 'against the rules'; complaints: Complaint[] }

/** Puts a text in force. One that says what the file says is not kept: the mail follows its file again. */
export async function saveText(
  deps: SaveDeps,
  { programme, mail: name, text, base, actor }: SaveTextInput,
): Promise<SaveTextOutcome> {
  const { db, clock, mailTexts } = deps
  const mail = findMail(mailTexts, name)
  if (!mail) return { ok: false, because: 'unknown mail' }
  const outcome = await db.transaction().execute(async (trx): Promise<SaveTextOutcome> => {
    const stored = (await latestTexts(trx, programme)) ?? { version: 0, content: {} }
    if (stored.version !== base) return { ok: false, because: 'changed meanwhile' }
    const { texts, saved } = textsInForce(mailTexts, stored)
    const checked = checkText(texts, mail, text)
    if (!checked.ok) return { ok: false, because: 'against the rules', complaints: checked.complaints }
    if (saysTheSame(mailText(texts, mail.kind, mail.number), checked.text)) return { ok: false, because: 'nothing new' }
    const { [name]: _, ...others } = saved
    const isOwn = !saysTheSame(mailText(mailTexts, mail.kind, mail.number), checked.text)
    const content = isOwn ? { ...others, [name]: checked.text } : others
    const version = base + 1
    const at = clock.now()
    if (!(await insertTexts(trx, { programme, version, content, at, by: actor })))
      return { ok: false, because: 'changed meanwhile' }
    const detail = { mail: name, version, words: isOwn ? 'own' : 'of the file' }
    await recordEvent(trx, { at, actor, action: 'mail text saved', subject: programme, detail })
    return { ok: true, version }
  })
  await refreshTexts(deps)
  return outcome
}
