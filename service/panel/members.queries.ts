// Members and their missions: what the register said, and the pseudonym that stands for each in the answers.
import type { Insertable } from 'kysely'
import type { Db } from '../platform/database.ts'
import type { Schema } from '../platform/schema.ts'

/** Everything the register says of each member of a programme, to compare a new file with. */
export const membersOf = (db: Db, programme: string) =>
  db
    .selectFrom('identity.panel_member as member')
    .innerJoin('fieldwork.mission as mission', 'mission.member_id', 'member.id')
    .where('member.programme', '=', programme)
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
    ])
    .execute()

export type StoredMember = Awaited<ReturnType<typeof membersOf>>[number]

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

export async function updatePerson(
  trx: Db,
  memberId: string,
  person: Partial<Row<'identity.panel_member'>>,
): Promise<void> {
  await trx.updateTable('identity.panel_member').set(person).where('id', '=', memberId).execute()
}

export async function updateMission(
  trx: Db,
  memberId: string,
  mission: Partial<Row<'fieldwork.mission'>>,
): Promise<void> {
  await trx.updateTable('fieldwork.mission').set(mission).where('member_id', '=', memberId).execute()
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
