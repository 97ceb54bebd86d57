// Once a day, and only when something waits for a person, writes to those of the staff who may see to it.

import { type Grant, isRole, may } from '../access/roles.ts'
import { sendToStaff } from '../access/sign-in.actions.ts'
import { dayOf } from '../platform/clock.ts'
import type { Language } from '../platform/i18n.ts'
import type { Deps } from '../waves/deps.ts'
import { claimDigest, digestReaders } from './attention.queries.ts'
import type { Task } from './attention.ts'
import { digestMail } from './digest.mails.tsx'
import { readTasks } from './read-tasks.actions.ts'

/** In the morning, when whoever has half a day begins it. */
const FROM_HOUR = 6

type Reader = { email: string; language: Language; grants: Grant[] }

/** Writes the day's digest, once for all instances; false, because there is one a day at most. */
export async function sendDigest(deps: Deps): Promise<boolean> {
  const { db, clock, frame, config, log } = deps
  const now = clock.now()
  if (now.toZonedDateTimeISO('UTC').hour < FROM_HOUR || !(await claimDigest(db, dayOf(now)))) return false
  const programmes = frame.programmes.map(({ programme }) => programme)
  const { tasks } = await readTasks(deps, programmes)
  if (tasks.length === 0) return false
  for (const { email, language, grants } of await readers(deps)) {
    const own = tasks.filter(({ takes, programme }) => may(grants, takes, programme ?? undefined))
    if (own.length === 0) continue
    const mail = digestMail({ language, baseUrl: config.baseUrl, tasks: own, nameOf: nameIn(deps, language) })
    const outcome = await sendToStaff(deps, { to: email, mail })
    if (!outcome.ok) log.error({ failed: outcome.code }, 'somebody could not be written what waits for them')
  }
  return false
}

async function readers({ db }: Pick<Deps, 'db'>): Promise<Reader[]> {
  const rows = await digestReaders(db)
  return [...Map.groupBy(rows, ({ id }) => id).values()].map((some) => ({
    email: some[0]!.email,
    language: some[0]!.language,
    grants: some.flatMap(({ role, programme }) => (isRole(role) ? { role, programme } : [])),
  }))
}

const nameIn =
  ({ frame }: Pick<Deps, 'frame'>, language: Language) =>
  ({ programme }: Task): string | undefined =>
    frame.programmes.find((one) => one.programme === programme)?.name[language]
