// The published changes of one publication, put side by side for a page: everybody, then each group.
import type { Db } from '../platform/database.ts'
import { findPublication } from '../publications/publications.queries.ts'
import { Manifest, PublishedTable } from '../publications/tables.ts'

type TableOf<Kind extends PublishedTable['kind']> = Extract<PublishedTable, { kind: Kind }>

/** A publication with its response and its changes, or undefined when there is no such publication. */
export async function publicationWithChanges(db: Db, id: string) {
  const publication = await findPublication(db, id)
  if (!publication) return undefined
  const rows = await db
    .selectFrom('publish.published_table')
    .where('publication_id', '=', id)
    .where(({ or, eb }) => or([eb('table_id', 'like', 'change.%'), eb('table_id', '=', 'response')]))
    .select('content')
    .execute()
  const tables = rows.map(({ content }) => PublishedTable.parse(JSON.parse(content)))
  const manifest = Manifest.parse(JSON.parse(publication.manifest))
  const response = tables.find(
    (table): table is TableOf<'response'> => table.kind === 'response' && table.by === 'total',
  )!
  const changes = manifest.tables
    .filter(({ kind }) => kind === 'change')
    .map(({ table, by }) => {
      const splits = by.map(
        ({ by }) =>
          tables.find(
            (one): one is TableOf<'change'> => one.kind === 'change' && one.table === table && one.by === by,
          )!,
      )
      return { total: splits[0]!, cells: splits.flatMap(({ cells }) => cells) }
    })
  return { manifest, response, changes }
}
