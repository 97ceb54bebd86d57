// What each role of the staff may do, and whether a person may do a thing in a programme. Pure.

/** What there is to be allowed. Nobody may read an answer: there is no such permission here. */
export const PERMISSIONS = [
  /** Counts of who was written to and who answered; waves and their plans. */
  'see-fieldwork',
  /** Questionnaires as volunteers see them, and how their versions compare. */
  'see-instruments',
  /** Names and addresses, one member at a time. */
  'read-identity',
  /** Import a register, correct a member, note an attempt to find somebody. */
  'edit-members',
  /** Change a wave plan or the words of a mail. */
  'edit-waves',
  /** Let mail go, hold it, or ask for it now. */
  'send-mail',
  /** Take names and addresses away in a file. */
  'export-identity',
  'manage-programmes',
  'manage-staff',
  'read-journal',
] as const
export type Permission = (typeof PERMISSIONS)[number]

export const ROLES = {
  administrator: PERMISSIONS,
  fieldwork: [
    'see-fieldwork',
    'see-instruments',
    'read-identity',
    'edit-members',
    'edit-waves',
    'send-mail',
    'export-identity',
  ],
  methodologist: ['see-fieldwork', 'see-instruments', 'edit-waves'],
  researcher: ['see-instruments'],
  'data-protection': ['see-fieldwork', 'see-instruments', 'read-identity', 'read-journal'],
} as const satisfies Record<string, readonly Permission[]>
export type Role = keyof typeof ROLES

export const ROLE_NAMES = Object.keys(ROLES) as Role[]
export const isRole = (text: string): text is Role => Object.hasOwn(ROLES, text)

/** Stands for every programme there is and will be. */
export const EVERY_PROGRAMME = '*'

/** A role somebody has, in one programme or in all. */
export type Grant = { role: Role; programme: string }

/** What concerns the whole installation takes a role in every programme. */
const OF_THE_WHOLE: readonly Permission[] = ['manage-programmes', 'manage-staff', 'read-journal']

/** Whether these roles allow a thing in a programme; without one, in at least one programme, or in all where it takes that. */
export const may = (grants: readonly Grant[], permission: Permission, programme?: string): boolean =>
  grants.some(
    (grant) =>
      (ROLES[grant.role] as readonly Permission[]).includes(permission) &&
      (grant.programme === EVERY_PROGRAMME ||
        (!OF_THE_WHOLE.includes(permission) && (programme === undefined || grant.programme === programme))),
  )

/** Whether a programme exists for somebody at all: what they have no role in looks as if it were not there. */
export const knows = (grants: readonly Grant[], programme: string): boolean =>
  grants.some((grant) => grant.programme === EVERY_PROGRAMME || grant.programme === programme)
