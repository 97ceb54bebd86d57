// What stands in the journal, in words: what was done, and by whom. Pure.
import type { WordKey, Words } from '../platform/i18n.ts'

/** Every action there is a line of in the journal. */
export const ACTIONS = {
  'address failed': 'event.address failed',
  'attempt noted': 'event.attempt noted',
  'cases planned again': 'event.cases planned again',
  'field period extended': 'event.field period extended',
  'journal taken away': 'event.journal taken away',
  'link sent again': 'event.link sent again',
  'lost contacts taken away': 'event.lost contacts taken away',
  'mail brought forward': 'event.mail brought forward',
  'mail held': 'event.mail held',
  'mail released': 'event.mail released',
  'mail text saved': 'event.mail text saved',
  'member changed': 'event.member changed',
  'member read': 'event.member read',
  'members listed': 'event.members listed',
  'open text read': 'event.open text read',
  'opted out': 'event.opted out',
  'plan published': 'event.plan published',
  'programme changed': 'event.programme changed',
  'programme made': 'event.programme made',
  'provisional release': 'event.provisional release',
  'register imported': 'event.register imported',
  'register sent in': 'event.register sent in',
  'roles changed': 'event.roles changed',
  'signed in': 'event.signed in',
  'staff invited': 'event.staff invited',
  'staff sent away': 'event.staff sent away',
  'test mail sent': 'event.test mail sent',
  'token created': 'event.token created',
  'token revoked': 'event.token revoked',
  'wave closed': 'event.wave closed',
} as const satisfies Record<string, WordKey>

const ACTORS = {
  service: 'actor.service',
  scheduler: 'actor.service',
  demonstration: 'actor.service',
  'command line': 'actor.command line',
  volunteer: 'actor.volunteer',
  'mail system': 'actor.mail system',
} as const satisfies Record<string, WordKey>

const wordFor = (words: Record<string, WordKey>, t: Words, text: string): string =>
  Object.hasOwn(words, text) ? t(words[text]!) : text

/** What was done; as it stands there when this version has no words for it. */
export const sayAction = (t: Words, action: string): string => wordFor(ACTIONS, t, action)

/** Who did it: a person of the staff by their address, or what is no person. */
export function sayActor(t: Words, names: ReadonlyMap<string, string>, actor: string): string {
  const [kind, id = ''] = actor.split(' ')
  return kind === 'staff' ? (names.get(id) ?? id) : wordFor(ACTORS, t, actor)
}

/** Figures and codes, as they were noted. */
export const sayDetail = (detail: object): string =>
  Object.entries(detail)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ')
