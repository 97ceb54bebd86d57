// Finds members for staff who may see them: by name, matricule or address, or by what needs seeing to.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'
import { workingAddress } from './members.queries.ts'

/** What members can be listed by beside a text: a return nobody has confirmed, no address that works, no more mail wanted. */
export const MEMBER_STATES = ['unsettled', 'lost', 'opted out'] as const
export type MemberState = (typeof MEMBER_STATES)[number]

export type MemberSearch = {
  programme: string
  /** Part of a name, a matricule or an address; empty for everybody. */
  text: string
  state?: MemberState | undefined
  /** From when on a planned return should have been confirmed. */
  endedBefore: Temporal.PlainDate
  /** The matricule after which the list goes on. */
  after?: string | undefined
  limit: number
}

const members = (db: Db, programme: string) =>
  db
    .selectFrom('identity.panel_member as member')
    .innerJoin('fieldwork.mission as mission', 'mission.member_id', 'member.id')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'mission.cohort_id')
    .where('member.programme', '=', programme)

/** In order of matricule. */
export const searchMembers = (db: Db, { programme, text, state, endedBefore, after, limit }: MemberSearch) =>
  members(db, programme)
    .$if(text !== '', (query) =>
      query.where(({ or, eb }) => {
        const like = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`
        return or([
          eb('member.matricule', 'ilike', like),
          eb(sql`member.given_name || ' ' || member.family_name`, 'ilike', like),
          eb('member.email', 'ilike', like),
          eb('member.email_secondary', 'ilike', like),
        ])
      }),
    )
    .$if(state === 'unsettled', (query) =>
      query.where('mission.returned_on', 'is', null).where('mission.planned_return_on', '<', endedBefore),
    )
    .$if(state === 'lost', (query) =>
      query.where(workingAddress('member'), 'is', null).where('member.opted_out_at', 'is', null),
    )
    .$if(state === 'opted out', (query) => query.where('member.opted_out_at', 'is not', null))
    .$if(after !== undefined, (query) => query.where('member.matricule', '>', after!))
    .orderBy('member.matricule')
    .limit(limit)
    .select(['member.matricule', 'member.given_name', 'member.family_name', 'cohort.slug as cohort'])
    .select(['mission.departed_on', 'mission.planned_return_on', 'mission.returned_on', 'member.opted_out_at'])
    .select(sql<boolean>`${workingAddress('member')} is not null`.as('has_address'))
    .execute()

export type FoundMember = Awaited<ReturnType<typeof searchMembers>>[number]

/** Everything the register says of one member, and what has become of their addresses. */
export const findMember = (db: Db, programme: string, matricule: string) =>
  members(db, programme)
    .where('member.matricule', '=', matricule)
    .selectAll('mission')
    .select('cohort.slug as cohort')
    .select([
      'member.id',
      'member.matricule',
      'member.given_name',
      'member.family_name',
      'member.email',
      'member.email_secondary',
      'member.email_failed_at',
      'member.email_secondary_failed_at',
      'member.phone',
      'member.language',
      'member.time_zone',
      'member.opted_out_at',
      'member.created_at',
    ])
    .executeTakeFirst()

export type MemberFile = NonNullable<Awaited<ReturnType<typeof findMember>>>

/** The matricules of some members, for showing whom a line of the journal is about. */
export async function matriculesOf(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('identity.panel_member').where('id', 'in', ids).select(['id', 'matricule']).execute()
  return new Map(rows.map(({ id, matricule }) => [id, matricule]))
}

/** The cohorts of a programme, by name. */
export async function cohortsOf(db: Db, programme: string): Promise<string[]> {
  const rows = await db
    .selectFrom('fieldwork.cohort')
    .where('programme', '=', programme)
    .orderBy('slug')
    .select('slug')
    .execute()
  return rows.map(({ slug }) => slug)
}

/** The names of some members of a programme, by matricule. */
export async function namesOf(db: Db, programme: string, matricules: readonly string[]): Promise<Map<string, string>> {
  if (matricules.length === 0) return new Map()
  const rows = await db
    .selectFrom('identity.panel_member')
    .where('programme', '=', programme)
    .where('matricule', 'in', matricules)
    .select(['matricule', 'given_name', 'family_name'])
    .execute()
  return new Map(rows.map(({ matricule, given_name, family_name }) => [matricule, `${given_name} ${family_name}`]))
}
