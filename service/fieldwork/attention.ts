// What waits for a person, in the order in which it should be seen to. Pure.
import type { Permission } from '../access/roles.ts'

/** What waits in a programme, counted. */
export type Waiting = {
  programme: string
  members: number
  /** Members with no address left that works, who still want mail. */
  lost: number
  /** Missions that should be over for a while, whose end the register does not give. */
  returns: number
  /** Registers sent in and not imported. */
  uploads: number
}

/** One thing that waits; `takes` is what somebody must be allowed to see to it. */
export type Task = {
  task: 'held' | 'lost' | 'returns' | 'upload'
  /** Null: it concerns every programme. */
  programme: string | null
  takes: Permission
  count: number
  /** Of mail that is held: what holds it, and what of it. */
  cause?: string
  wave?: string
}

export type Held = { scope: string; cause: string }

/** A mission that ended so long ago should have an end in the register. */
export const SETTLED_AFTER = { days: 15 }

/** All there is to do, of these programmes: what is held first, because nothing goes out meanwhile. */
export function tasksOf(waiting: readonly Waiting[], held: readonly Held[]): Task[] {
  const known = new Set(waiting.map(({ programme }) => programme))
  return [
    ...held.map(taskOfBrake).filter(({ programme }) => programme === null || known.has(programme)),
    ...waiting.flatMap(({ programme, lost, returns, uploads }): Task[] => [
      { task: 'upload', programme, takes: 'edit-members', count: uploads },
      { task: 'lost', programme, takes: 'edit-members', count: lost },
      { task: 'returns', programme, takes: 'edit-members', count: returns },
    ]),
  ].filter(({ count }) => count > 0)
}

function taskOfBrake({ scope, cause }: Held): Task {
  const [kind, name = ''] = scope.split(' ')
  const [programme = '', wave = ''] = kind === 'wave' ? name.split('/') : []
  return { task: 'held', programme: programme || null, takes: 'send-mail', count: 1, cause, ...(wave && { wave }) }
}

/** Where a task is seen to. */
export function placeOf({ task, programme, wave }: Task): string {
  const inProgramme = `/staff/programmes/${encodeURIComponent(programme ?? '')}`
  switch (task) {
    case 'held':
      return wave ? `${inProgramme}/waves/${wave}` : '/staff/mail'
    case 'upload':
      return `${inProgramme}/register`
    case 'lost':
      return `${inProgramme}/lost`
    case 'returns':
      return `${inProgramme}/members?state=unsettled`
    default:
      return task satisfies never
  }
}
