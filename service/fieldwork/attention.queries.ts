// What waits for a person, as counts: nobody is named.
import { sql } from 'kysely'
import { workingAddress } from '../panel/members.queries.ts'
import type { Db } from '../platform/database.ts'
import type { Waiting } from './attention.ts'

/** Programme by programme; a programme without members is there too. `endedBefore`: from when on an end should be known. */
export async function waitingIn(
  db: Db,
  { programmes, endedBefore }: { programmes: readonly string[]; endedBefore: Temporal.PlainDate },
): Promise<Waiting[]> {
  if (programmes.length === 0) return []
  const { rows } = await sql<Waiting>`
    select programme.slug as programme, count(member.id) as members,
      count(member.id) filter (where ${workingAddress('member')} is null and member.opted_out_at is null) as lost,
      count(member.id) filter (where mission.returned_on is null and mission.planned_return_on < ${endedBefore}) as returns,
      (select count(*) from identity.upload where upload.programme = programme.slug) as uploads
    from fieldwork.programme
    left join identity.panel_member as member on member.programme = programme.slug
    left join fieldwork.mission as mission on mission.member_id = member.id
    where programme.slug in (${sql.join(programmes)})
    group by programme.slug
    order by programme.slug`.execute(db)
  return rows
}

/** Takes today's digest; false when another instance has taken it, or it is done. */
export async function claimDigest(db: Db, day: Temporal.PlainDate): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('fieldwork.digest')
    .set({ day })
    .where(({ or, eb }) => or([eb('day', 'is', null), eb('day', '<', day)]))
    .executeTakeFirstOrThrow()
  return Number(numUpdatedRows) === 1
}

/** Everybody of the staff, with each of their roles. */
export const digestReaders = (db: Db) =>
  db
    .selectFrom('access.staff as staff')
    .innerJoin('access.staff_role as granted', 'granted.staff_id', 'staff.id')
    .where('staff.deactivated_at', 'is', null)
    .orderBy('staff.email')
    .select(['staff.id', 'staff.email', 'staff.language', 'granted.role', 'granted.programme'])
    .execute()
