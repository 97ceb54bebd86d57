// The one query that reads what people wrote: the text of one item, and nothing else of a response or of who gave it.
import { sql } from 'kysely'
import type { Db } from '../platform/database.ts'

/**
 * What volunteers of a unit wrote about one item until it was closed, each with the version they were asked, in no order.
 * Left out is what could still be written after that, or was: from the day after `closedOn` on the answer is always the
 * same, and nothing can be learnt from asking twice.
 */
export const textsWritten = (
  db: Db,
  {
    cohortId,
    wave,
    item,
    closedAt,
    closedOn,
  }: { cohortId: string; wave: string; item: string; closedAt: Temporal.Instant; closedOn: Temporal.PlainDate },
) =>
  db
    .selectFrom('fieldwork.case as case')
    .innerJoin('fieldwork.mission as mission', 'mission.member_id', 'case.member_id')
    .innerJoin('link.pseudonym as link', 'link.member_id', 'case.member_id')
    .innerJoin('answers.response as response', (join) =>
      join.onRef('response.pseudonym', '=', 'link.pseudonym').onRef('response.wave', '=', 'case.wave'),
    )
    .where('case.cohort_id', '=', cohortId)
    .where('case.wave', '=', wave)
    .where('mission.arm', '=', 'VOL')
    .where(sql<boolean>`jsonb_typeof(response.answers -> ${item}::text) = 'string'`)
    .where(({ eb, or }) => or([eb('response.submitted_on', '<=', closedOn), eb('case.closes_at', '<=', closedAt)]))
    .select(sql<string>`response.answers ->> ${item}::text`.as('text'))
    .select(['response.instrument', 'response.instrument_version as version'])
    .execute()
