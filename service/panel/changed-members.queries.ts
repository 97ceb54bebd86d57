// What a register says anew of members who are there: many in a statement, since a whole register may have changed.
import { type Insertable, sql } from 'kysely'
import type { Db } from '../platform/database.ts'
import type { Schema } from '../platform/schema.ts'

const OF_A_PERSON = [
  'given_name',
  'family_name',
  'email',
  'email_secondary',
  'phone',
  'language',
  'time_zone',
] as const satisfies (keyof Schema['identity.panel_member'])[]

/** All but the arm, which never changes. */
const OF_A_MISSION = [
  'dispositif',
  'direction',
  'gender',
  'birth_year',
  'authority',
  'authority_siren',
  'authority_type',
  'authority_first_time',
  'operator_code',
  'operator',
  'country_mission',
  'country_origin',
  'cicid',
  'channel',
  'departed_on',
  'planned_return_on',
  'returned_on',
] as const satisfies (keyof Schema['fieldwork.mission'])[]

type Row<Table extends keyof Schema> = Required<Insertable<Schema[Table]>>
export type ChangedPerson = Pick<Row<'identity.panel_member'>, 'id' | (typeof OF_A_PERSON)[number] | 'opted_out_at'>
export type ChangedMission = Pick<Row<'fieldwork.mission'>, 'member_id' | (typeof OF_A_MISSION)[number] | 'plan_stale'>

const toChanged = (columns: readonly string[]) =>
  sql.join(columns.map((column) => sql`${sql.ref(column)} = ${sql.ref(`changed.${column}`)}`))

/** An address that is new has not failed yet; one who wants no more mail has wanted none since the first time. */
export async function changePeople(trx: Db, rows: readonly ChangedPerson[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update identity.panel_member as member
    set ${toChanged(OF_A_PERSON)},
      email_failed_at = case when changed.email is not distinct from member.email then member.email_failed_at end,
      email_secondary_failed_at = case when changed.email_secondary is not distinct from member.email_secondary
        then member.email_secondary_failed_at end,
      opted_out_at = coalesce(member.opted_out_at, changed.opted_out_at)
    from jsonb_populate_recordset(null::identity.panel_member, ${{ rows }}::jsonb -> 'rows') as changed
    where member.id = changed.id`.execute(trx)
}

/** A plan that is stale already stays so. */
export async function changeMissions(trx: Db, rows: readonly ChangedMission[]): Promise<void> {
  if (rows.length === 0) return
  await sql`
    update fieldwork.mission as mission
    set ${toChanged(OF_A_MISSION)}, plan_stale = mission.plan_stale or changed.plan_stale
    from jsonb_populate_recordset(null::fieldwork.mission, ${{ rows }}::jsonb -> 'rows') as changed
    where mission.member_id = changed.member_id`.execute(trx)
}
