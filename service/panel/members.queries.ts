// Members and their missions: what the register said, and the pseudonym that stands for each in the answers.
import { type Insertable, type RawBuilder, sql } from 'kysely'
import type { Db } from '../platform/database.ts'
import type { Schema } from '../platform/schema.ts'

/** Everything the register says of some members of a programme, to compare a new file with. */
export const membersNamed = (db: Db, programme: string, matricules: readonly string[]) =>
  db
    .selectFrom('identity.panel_member as member')
    .innerJoin('fieldwork.mission as mission', 'mission.member_id', 'member.id')
    .where('member.programme', '=', programme)
    .where('member.matricule', 'in', matricules)
    .selectAll('mission')
    .select([
      'member.matricule',
      'member.given_name',
      'member.family_name',
      'member.email',
      'member.email_secondary',
      'member.phone',
      'member.language',
      'member.time_zone',
      'member.opted_out_at',
    ])
    .execute()

/** What of a mission segmentation looks at. */
export const SEGMENT_COLUMNS = [
  'mission.dispositif',
  'mission.direction',
  'mission.gender',
  'mission.birth_year',
  'mission.authority_type',
  'mission.authority_first_time',
  'mission.country_mission',
  'mission.country_origin',
  'mission.cicid',
  'mission.channel',
  'mission.departed_on',
  'mission.planned_return_on',
  'mission.returned_on',
] as const

/** The missions of a cohort's volunteers, without those they are compared with. */
export const cohortMissions = (db: Db, { programme, cohort }: { programme: string; cohort: string }) =>
  db
    .selectFrom('fieldwork.mission as mission')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'mission.cohort_id')
    .where('cohort.programme', '=', programme)
    .where('cohort.slug', '=', cohort)
    .where('mission.arm', '=', 'VOL')
    .orderBy('mission.member_id')
    .select(SEGMENT_COLUMNS)
    .select('mission.authority_siren')
    .execute()

export type StoredMember = Awaited<ReturnType<typeof membersNamed>>[number]

type Row<Table extends keyof Schema> = Insertable<Schema[Table]>
export type NewMember = {
  member: Row<'identity.panel_member'>
  pseudonym: Row<'link.pseudonym'>
  mission: Row<'fieldwork.mission'>
}

export async function insertMembers(trx: Db, members: readonly NewMember[]): Promise<void> {
  if (members.length === 0) return
  await trx
    .insertInto('identity.panel_member')
    .values(members.map(({ member }) => member))
    .execute()
  await trx
    .insertInto('link.pseudonym')
    .values(members.map(({ pseudonym }) => pseudonym))
    .execute()
  await trx
    .insertInto('fieldwork.mission')
    .values(members.map(({ mission }) => mission))
    .execute()
}

/** The identifiers of a programme's cohorts, made where they do not exist yet. */
export async function ensureCohorts(
  trx: Db,
  programme: string,
  slugs: readonly string[],
  newId: () => string,
): Promise<Map<string, string>> {
  if (slugs.length > 0) {
    await trx
      .insertInto('fieldwork.cohort')
      .values(slugs.map((slug) => ({ id: newId(), programme, slug })))
      .onConflict((conflict) => conflict.columns(['programme', 'slug']).doNothing())
      .execute()
  }
  const cohorts = await trx
    .selectFrom('fieldwork.cohort')
    .where('programme', '=', programme)
    .select(['id', 'slug'])
    .execute()
  return new Map(cohorts.map(({ id, slug }) => [slug, id]))
}

/** The address a member is written to at: the first that is known and has not been found not to exist, or null. */
export function workingAddress(member: string): RawBuilder<string | null> {
  const column = (name: string) => sql.ref(`${member}.${name}`)
  return sql`case
    when ${column('email')} is not null and ${column('email_failed_at')} is null then ${column('email')}
    when ${column('email_secondary_failed_at')} is null then ${column('email_secondary')}
  end`
}

/** Which of these addresses, by their hashes, have asked for no more mail. */
export async function stoppedAmong(db: Db, hashes: readonly Uint8Array[]): Promise<Uint8Array[]> {
  if (hashes.length === 0) return []
  const rows = await db
    .selectFrom('identity.stopped_address')
    .where('address_hash', 'in', hashes)
    .select('address_hash')
    .execute()
  return rows.map(({ address_hash }) => address_hash)
}

/** Remembers addresses that want no more mail, whatever becomes of their member. */
export async function rememberStopped(
  trx: Db,
  { hashes, because, at }: { hashes: readonly Uint8Array[]; because: string; at: Temporal.Instant },
): Promise<void> {
  if (hashes.length === 0) return
  await trx
    .insertInto('identity.stopped_address')
    .values(hashes.map((address_hash) => ({ address_hash, because, stopped_at: at })))
    .onConflict((conflict) => conflict.column('address_hash').doNothing())
    .execute()
}

/** Every address a member has, working or not. */
export async function addressesOf(db: Db, memberId: string): Promise<string[]> {
  const member = await db
    .selectFrom('identity.panel_member')
    .where('id', '=', memberId)
    .select(['email', 'email_secondary'])
    .executeTakeFirst()
  return [member?.email, member?.email_secondary].filter((address) => typeof address === 'string')
}
