// The trail of what was done, by whom, to what: rows are only ever added, and carry no name, address or answer.
import type { Db } from './database.ts'
import { rowId } from './secrets.ts'

export type AuditEvent = { at: Temporal.Instant; actor: string; action: string; subject: string; detail?: object }

export async function recordEvent(db: Db, { detail = {}, ...event }: AuditEvent): Promise<void> {
  await db
    .insertInto('audit.event')
    .values({ id: rowId(), ...event, detail })
    .execute()
}
