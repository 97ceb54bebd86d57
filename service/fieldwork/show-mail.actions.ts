// Shows somebody of the staff a mail of a wave as it would be read, and sends it to their own address. Who may not see
// anybody's name sees it as somebody invented would get it; seeing one leaves a line in the journal.
import { may } from '../access/roles.ts'
import { actorOf, type SignedIn } from '../access/sign-in.actions.ts'
import { type NoPreview, type PreviewDeps, type Previewed, previewMail } from '../mailings/preview-mail.actions.ts'
import { recordEvent } from '../platform/audit.queries.ts'
import type { Language } from '../platform/i18n.ts'
import type { NamedMail } from '../waves/saved-texts.ts'
import { anyReader, findReader } from './wave.queries.ts'

export type AskedMail = {
  programme: string
  wave: string
  mail: NamedMail
  language: Language
  /** Whose mail; left out, anybody's who has the wave. */
  matricule: string | undefined
}

export type ShownMail = Previewed & { matricule: string | null }
export type ShowOutcome = ({ ok: true } & ShownMail) | NoPreview

/** The mail, and whose it is: null for somebody invented. */
export async function showMail(deps: PreviewDeps, visitor: SignedIn, asked: AskedMail): Promise<ShowOutcome> {
  const matricule = await readerOf(deps, visitor, asked)
  const shown = await preview(deps, visitor, { ...asked, matricule })
  if (!shown.ok) return shown
  const member = matricule === undefined ? undefined : await findReader(deps.db, asked.programme, matricule)
  if (member)
    await recordEvent(deps.db, {
      at: deps.clock.now(),
      actor: actorOf(visitor),
      action: 'member read',
      subject: member.id,
      detail: { programme: asked.programme },
    })
  return { ...shown, matricule: matricule ?? null }
}

/** Sends the mail to whoever asks for it, in each of some languages: to no other address. */
export async function sendTest(
  deps: PreviewDeps,
  visitor: SignedIn,
  { languages, ...asked }: Omit<AskedMail, 'language'> & { languages: readonly Language[] },
): Promise<{ ok: true } | NoPreview> {
  const matricule = await readerOf(deps, visitor, asked)
  for (const language of languages) {
    const sent = await preview(deps, visitor, { ...asked, matricule, language }, visitor.email)
    if (!sent.ok) return sent
  }
  return { ok: true }
}

const preview = (deps: PreviewDeps, visitor: SignedIn, { mail: { kind, number }, ...asked }: AskedMail, to?: string) =>
  previewMail(deps, { ...asked, kind, number, to, actor: actorOf(visitor) })

async function readerOf(
  { db }: Pick<PreviewDeps, 'db'>,
  { grants }: SignedIn,
  { programme, wave, matricule }: Pick<AskedMail, 'programme' | 'wave' | 'matricule'>,
): Promise<string | undefined> {
  if (!may(grants, 'read-identity', programme)) return undefined
  return matricule ?? (await anyReader(db, { programme, wave }))?.matricule
}
