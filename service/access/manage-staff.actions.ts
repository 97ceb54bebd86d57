// Who works here and what they may do: inviting, changing roles, sending away. A change ends every session of whoever it
// concerns.
import { recordEvent } from '../platform/audit.queries.ts'
import type { Platform } from '../platform/deps.ts'
import type { Language } from '../platform/i18n.ts'
import { base64url, randomId, sha256 } from '../platform/secrets.ts'
import { STAFF_TOKENS } from '../platform/tokens.ts'
import { EVERY_PROGRAMME, type Grant } from './roles.ts'
import { type AccessDeps, sendToStaff } from './sign-in.actions.ts'
import { invitationMail } from './sign-in.mails.tsx'
import {
  countEverywhere,
  deactivateStaff,
  ensureStaff,
  grantsOf,
  insertSignInLink,
  setGrants,
  shutOut,
  waitForStaff,
} from './staff.queries.ts'

type StaffDeps = Pick<Platform, 'db' | 'clock' | 'config' | 'random'>

/** Long enough for a letter to be read, short enough to be forgotten. */
const INVITATION_LIFETIME = { hours: 72 }

export type Invitation = { link: string; expiresAt: Temporal.Instant }

/** Lets somebody in with these roles, in place of any they had; the link opens once, in any browser, within three days. */
export async function inviteStaff(
  { db, clock, config, random }: StaffDeps,
  { email, grants, actor }: { email: string; grants: readonly Grant[]; actor: string },
): Promise<Invitation> {
  const at = clock.now()
  const expiresAt = at.add(INVITATION_LIFETIME)
  const token = STAFF_TOKENS.invitation + base64url(random(32))
  await db.transaction().execute(async (trx) => {
    await waitForStaff(trx)
    const staffId = await ensureStaff(trx, { id: randomId(), email, at })
    await shutOut(trx, staffId, at)
    await setGrants(trx, staffId, grants)
    await insertSignInLink(trx, {
      tokenHash: sha256(token),
      staffId,
      kind: 'invitation',
      browserHash: null,
      at,
      expiresAt,
    })
    await recordEvent(trx, { at, actor, action: 'staff invited', subject: staffId, detail: { roles: said(grants) } })
  })
  return { link: `${config.baseUrl}/staff/link/${token}`, expiresAt }
}

/** Sends an invitation to whom it is for; false when no mail could go. */
export const mailInvitation = async (
  deps: AccessDeps,
  { email, link, language }: { email: string; link: string; language: Language },
): Promise<boolean> => {
  const { host } = new URL(deps.config.baseUrl)
  return (await sendToStaff(deps, { to: email, mail: invitationMail({ language, host, link }) })).ok
}

export type ChangeStaffOutcome = { ok: true } | { ok: false; because: 'last administrator' }

/** Gives somebody these roles and no others. */
export const changeRoles = (
  deps: StaffDeps,
  { staffId, grants, actor }: { staffId: string; grants: readonly Grant[]; actor: string },
): Promise<ChangeStaffOutcome> => change(deps, { staffId, grants, actor, away: false })

/** Sends somebody away: no session, no link, no role; what they did stays in the journal. */
export const sendAway = (
  deps: StaffDeps,
  { staffId, actor }: { staffId: string; actor: string },
): Promise<ChangeStaffOutcome> => change(deps, { staffId, grants: [], actor, away: true })

async function change(
  { db, clock }: StaffDeps,
  { staffId, grants, actor, away }: { staffId: string; grants: readonly Grant[]; actor: string; away: boolean },
): Promise<ChangeStaffOutcome> {
  const at = clock.now()
  return db.transaction().execute(async (trx): Promise<ChangeStaffOutcome> => {
    await waitForStaff(trx)
    const had = (await grantsOf(trx, staffId)).some(isAdministrator)
    if (had && !grants.some(isAdministrator) && (await countEverywhere(trx, 'administrator')) === 1)
      return { ok: false, because: 'last administrator' }
    await setGrants(trx, staffId, grants)
    if (away) await deactivateStaff(trx, staffId, at)
    await shutOut(trx, staffId, at)
    const action = away ? 'staff sent away' : 'roles changed'
    await recordEvent(trx, { at, actor, action, subject: staffId, detail: { roles: said(grants) } })
    return { ok: true }
  })
}

const isAdministrator = ({ role, programme }: Grant): boolean =>
  role === 'administrator' && programme === EVERY_PROGRAMME

const said = (grants: readonly Grant[]): string[] => grants.map(({ role, programme }) => `${role} ${programme}`)
