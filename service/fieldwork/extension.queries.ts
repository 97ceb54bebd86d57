// Cases that somebody wants to give more time, with what may stand against it; decides nothing.
import type { Db } from '../platform/database.ts'

/** Whose cases: those of a cohort, or of some members. */
export type Whose = { cohort: string } | { matricules: readonly string[] }

type Sought = { programme: string; wave: string; whose: Whose }

const members = (db: Db, { programme, whose }: Pick<Sought, 'programme' | 'whose'>) =>
  db
    .selectFrom('identity.panel_member as member')
    .innerJoin('fieldwork.mission as mission', 'mission.member_id', 'member.id')
    .innerJoin('fieldwork.cohort as cohort', 'cohort.id', 'mission.cohort_id')
    .where('member.programme', '=', programme)
    .$if('cohort' in whose, (query) => query.where('cohort.slug', '=', 'cohort' in whose ? whose.cohort : ''))
    .$if('matricules' in whose, (query) =>
      query.where('member.matricule', 'in', 'matricules' in whose ? ['', ...whose.matricules] : ['']),
    )

/** These members by matricule, whether they have a case in the wave or not. */
export const membersNamed = (db: Db, sought: Pick<Sought, 'programme' | 'whose'>) =>
  members(db, sought).select('member.matricule').execute()

/** Their cases in the wave; when the next wave after it opens to each of them. */
export const casesToExtend = (db: Db, { wave, ...sought }: Sought) =>
  members(db, sought)
    .innerJoin('fieldwork.case as case', 'case.member_id', 'member.id')
    .leftJoin('fieldwork.unit as unit', (join) =>
      join.onRef('unit.cohort_id', '=', 'case.cohort_id').onRef('unit.wave', '=', 'case.wave'),
    )
    .where('case.wave', '=', wave)
    .orderBy('member.matricule')
    .select(['case.id', 'case.member_id', 'member.matricule', 'case.opens_on', 'case.closes_on', 'case.submitted_on'])
    .select('unit.closed_at')
    .select(({ selectFrom }) =>
      selectFrom('fieldwork.case as later')
        .whereRef('later.member_id', '=', 'case.member_id')
        .whereRef('later.opens_on', '>', 'case.opens_on')
        .whereRef('later.closes_on', '>', 'later.opens_on')
        .select(({ fn }) => fn.min('later.opens_on').as('opens_on'))
        .as('next_opens_on'),
    )
    .execute()

export type ExtendableCase = Awaited<ReturnType<typeof casesToExtend>>[number]

/** Holds the missions of these members: nobody plans them or decides about their mail meanwhile. */
export async function holdMissions(trx: Db, sought: Pick<Sought, 'programme' | 'whose'>): Promise<void> {
  await members(trx, sought).orderBy('member.id').select('mission.member_id').forUpdate('mission').execute()
}

/** Gives cases a later end; their members are to be planned again, which brings it about. */
export async function extendCasesTo(
  trx: Db,
  cases: readonly { id: string; member_id: string }[],
  closesOn: Temporal.PlainDate,
): Promise<void> {
  const ids = cases.map(({ id }) => id)
  await trx.selectFrom('fieldwork.case').where('id', 'in', ids).orderBy('id').select('id').forUpdate().execute()
  await trx.updateTable('fieldwork.case').set({ extended_to: closesOn }).where('id', 'in', ids).execute()
  const memberIds = cases.map(({ member_id }) => member_id)
  await trx.updateTable('fieldwork.mission').set({ plan_stale: true }).where('member_id', 'in', memberIds).execute()
}
