// Publications: written once, never changed, read as the bytes that were written.
import type { Protected } from '../disclosure/protected.ts'
import type { Db } from '../platform/database.ts'
import { sha256Hex } from '../platform/secrets.ts'
import type { SigningKey } from '../platform/signing.ts'
import { PublishedTable } from './tables.ts'

export type NewPublication = {
  id: string
  programme: string
  cohort: string
  wave: string
  number: number
  publishedOn: Temporal.PlainDate
  cellKeyFingerprint: string
  manifest: string
  signature: string
  codebook: string
}

const BATCH = 200

/** Stores a publication with its tables. Only protected tables are accepted: that is what the type is for. */
export async function insertPublication(
  trx: Db,
  publication: NewPublication,
  tables: readonly Protected<PublishedTable>[],
  { kid, jwk }: SigningKey,
): Promise<void> {
  const { publishedOn, cellKeyFingerprint, ...columns } = publication
  await trx
    .insertInto('publish.signing_key')
    .values({ kid, jwk, added_on: publishedOn })
    .onConflict((conflict) => conflict.column('kid').doNothing())
    .execute()
  await trx
    .insertInto('publish.publication')
    .values({ ...columns, published_on: publishedOn, cell_key_fingerprint: cellKeyFingerprint })
    .execute()
  const rows = tables.map(({ value }) => {
    const content = JSON.stringify(value)
    return {
      publication_id: publication.id,
      table_id: value.table,
      split_by: value.by,
      content,
      sha256: sha256Hex(content),
    }
  })
  for (let start = 0; start < rows.length; start += BATCH) {
    await trx
      .insertInto('publish.published_table')
      .values(rows.slice(start, start + BATCH))
      .execute()
  }
}

/** The fingerprints of the cell keys that publications were made with. */
export async function cellKeyFingerprints(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('publish.publication').select('cell_key_fingerprint').distinct().execute()
  return rows.map(({ cell_key_fingerprint }) => cell_key_fingerprint)
}

/** What has been published of a unit, a provisional release first. */
export const publicationsOf = (
  db: Db,
  { programme, cohort, wave }: { programme: string; cohort: string; wave: string },
) =>
  db
    .selectFrom('publish.publication')
    .where('programme', '=', programme)
    .where('cohort', '=', cohort)
    .where('wave', '=', wave)
    .orderBy('number')
    .select(['id', 'manifest'])
    .execute()

/** The public keys that publications were signed with. */
export const listSigningKeys = (db: Db) =>
  db.selectFrom('publish.signing_key').orderBy('added_on').orderBy('kid').select(['kid', 'jwk']).execute()

export const listPublications = (db: Db) =>
  db.selectFrom('publish.publication').selectAll().orderBy('published_on', 'desc').orderBy('id').execute()

export const findPublication = (db: Db, id: string) =>
  db.selectFrom('publish.publication').selectAll().where('id', '=', id).executeTakeFirst()

export const findTable = (db: Db, { publication, table, by }: { publication: string; table: string; by: string }) =>
  db
    .selectFrom('publish.published_table')
    .where('publication_id', '=', publication)
    .where('table_id', '=', table)
    .where('split_by', '=', by)
    .select(['content', 'sha256'])
    .executeTakeFirst()

/** The newest published change of everybody in a programme that has an estimate, or undefined when there is none yet. */
export async function latestChange(db: Db, programme: string): Promise<ChangeTable | undefined> {
  const rows = await db
    .selectFrom('publish.published_table as table')
    .innerJoin('publish.publication as publication', 'publication.id', 'table.publication_id')
    .where('publication.programme', '=', programme)
    .where('table.table_id', 'like', 'change.%')
    .where('table.split_by', '=', 'total')
    .orderBy('publication.published_on', 'desc')
    .orderBy('publication.id')
    .orderBy('table.table_id')
    .limit(NEWEST)
    .select('table.content')
    .execute()
  return rows
    .map(({ content }) => PublishedTable.parse(JSON.parse(content)))
    .find((table): table is ChangeTable => table.kind === 'change' && table.cells[0]?.estimate != null)
}

type ChangeTable = Extract<PublishedTable, { kind: 'change' }>

/** How many tables to look through for one that has an estimate. */
const NEWEST = 12
