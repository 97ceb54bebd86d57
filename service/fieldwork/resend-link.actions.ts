// Sends one person the link to what they may answer now once more, for the staff: as if they had asked for it themselves,
// but by day where they are.
import { linkNumber } from '../mailings/ask-link.actions.ts'
import { answerableCases, oweLinksOf } from '../mailings/mailings.queries.ts'
import { recordEvent } from '../platform/audit.queries.ts'
import { nextDaytime } from '../waves/contacts.ts'
import { askedIn, type Deps, planOf } from '../waves/deps.ts'
import { findReader } from './wave.queries.ts'

export type ResendLinkOutcome =
  /** `at`: when it goes, with the next beat or once it is day. */
  | { ok: true; waves: string[]; at: Temporal.Instant }
  | { ok: false; because: 'unknown member' | 'opted out' | 'no address' | 'nothing open' }
  /** One a day for each questionnaire, whoever asked for it. */
  | { ok: false; because: 'resent before' }

/** Owes a member the links to what they may answer now, at most one a day (UTC) for each case. */
export async function resendLink(
  deps: Pick<Deps, 'db' | 'clock' | 'frame' | 'plans' | 'bank'>,
  { programme, matricule, actor }: { programme: string; matricule: string; actor: string },
): Promise<ResendLinkOutcome> {
  const now = deps.clock.now()
  const waves = planOf(deps, programme).waves.map(({ wave }) => wave)
  const asked = waves.filter((wave) => askedIn(deps, programme, wave) !== undefined)
  return deps.db.transaction().execute(async (trx): Promise<ResendLinkOutcome> => {
    const member = await findReader(trx, programme, matricule)
    if (!member) return { ok: false, because: 'unknown member' }
    if (member.opted_out_at) return { ok: false, because: 'opted out' }
    if (member.email === null) return { ok: false, because: 'no address' }
    const cases = await answerableCases(trx, { memberId: member.id, waves: asked, now })
    if (cases.length === 0) return { ok: false, because: 'nothing open' }
    const at = nextDaytime(now, member.time_zone)
    const owed = await oweLinksOf(trx, cases, { number: linkNumber(now), dueAt: at })
    if (owed.length === 0) return { ok: false, because: 'resent before' }
    const detail = { programme, waves: owed }
    await recordEvent(trx, { at: now, actor, action: 'link sent again', subject: member.id, detail })
    return { ok: true, waves: owed, at }
  })
}
