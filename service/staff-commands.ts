// What an operator does at a terminal about who works here: invite, list, change roles, send away. There is no other way
// in before the first person: no default account, no password.
import { z } from 'zod'
import { changeRoles, inviteStaff, sendAway } from './access/manage-staff.actions.ts'
import { EVERY_PROGRAMME, type Grant, isRole, ROLE_NAMES } from './access/roles.ts'
import { findStaffByEmail, listStaff } from './access/staff.queries.ts'
import type { CommandResult } from './commands.ts'
import { emailAddress } from './platform/safe.ts'
import type { Deps } from './waves/deps.ts'

const Admin = z.strictObject({
  do: z.enum(['invite', 'list', 'roles', 'away']),
  email: z.string().optional(),
  roles: z.array(z.string()).default([]),
})

const ACTOR = 'command line'

/** `admin`: who works here. A role is `ROLE` for every programme or `ROLE@PROGRAMME` for one; inviting without any makes an administrator. */
export async function adminCommand(deps: Deps, input: unknown): Promise<CommandResult> {
  const { do: wanted, email, roles } = Admin.parse(input)
  if (wanted === 'list') return { ok: true, lines: await sayStaff(deps) }
  const address = emailAddress.safeParse(email)
  if (!address.success) return no('Give the e-mail address of the person: npm run admin -- invite someone@example.org')
  const grants = roles.map((text) => readGrant(deps, text))
  if (!grants.every((grant) => typeof grant !== 'string'))
    return no(grants.find((grant) => typeof grant === 'string') ?? '')
  return wanted === 'invite' ? invite(deps, address.data, grants) : change(deps, address.data, grants, wanted)
}

const no = (line: string): CommandResult => ({ ok: false, lines: [line] })

async function invite(deps: Deps, email: string, given: readonly Grant[]): Promise<CommandResult> {
  const grants: readonly Grant[] = given.length > 0 ? given : [{ role: 'administrator', programme: EVERY_PROGRAMME }]
  const { link, expiresAt } = await inviteStaff(deps, { email, grants, actor: ACTOR })
  return {
    ok: true,
    lines: [
      `${email} may come in as ${sayGrants(grants)}. This link works once, in any browser, until ${expiresAt.toString().slice(0, 16).replace('T', ' ')} UTC:`,
      link,
    ],
  }
}

async function change(
  deps: Deps,
  email: string,
  grants: readonly Grant[],
  wanted: 'roles' | 'away',
): Promise<CommandResult> {
  const staff = await findStaffByEmail(deps.db, email)
  if (!staff) return no(`Nobody here has the address ${email}.`)
  const outcome =
    wanted === 'away'
      ? await sendAway(deps, { staffId: staff.id, actor: ACTOR })
      : await changeRoles(deps, { staffId: staff.id, grants, actor: ACTOR })
  if (!outcome.ok) return no('This is the last administrator of everything: make somebody else one first.')
  return {
    ok: true,
    lines: [
      wanted === 'away'
        ? `${email} has no access any more; sessions and links ended.`
        : `${email} is now: ${sayGrants(grants)}. Sessions ended: they sign in again.`,
    ],
  }
}

function readGrant({ frame }: Pick<Deps, 'frame'>, text: string): Grant | string {
  const [role = '', programme = EVERY_PROGRAMME] = text.split('@')
  if (!isRole(role)) return `There is no role ${role}. There is: ${ROLE_NAMES.join(', ')}.`
  const known = frame.programmes.map((one) => one.programme)
  if (programme !== EVERY_PROGRAMME && !known.includes(programme))
    return `There is no programme ${programme}. There is: ${known.join(', ')}.`
  return { role, programme }
}

const sayGrants = (grants: readonly Grant[]): string =>
  grants.map(({ role, programme }) => (programme === EVERY_PROGRAMME ? role : `${role}@${programme}`)).join(', ') ||
  'without a role'

async function sayStaff({ db }: Deps): Promise<string[]> {
  const people = await listStaff(db)
  const lines = people.map(
    ({ email, grants, deactivated_at, seen_at }) =>
      `${email}  ${deactivated_at ? 'no access' : sayGrants(grants)}  ${seen_at ? `last seen ${seen_at.toString().slice(0, 10)}` : 'not here now'}`,
  )
  return lines.length > 0 ? lines : ['Nobody works here yet: npm run admin -- invite someone@example.org']
}
