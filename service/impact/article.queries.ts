// What a publication says, as far as a page tells it: the tables of everybody, and the changes of each group.
import type { Library } from '../publications/library.queries.ts'
import type { CellOf, Manifest, PublishedTable, TableOf } from '../publications/tables.ts'
import { inCohort } from './headline.ts'

export type Article = {
  manifest: Manifest
  /** The tables of everybody, in the order of the publication. */
  totals: readonly PublishedTable[]
  /** Each scale's change: everybody first, then group by group. */
  changes: readonly { total: TableOf<'change'>; cells: readonly CellOf<'change'>[] }[]
  /** Other publications of the same cohort, the latest wave first. */
  others: readonly Manifest[]
}

/** The tables of one kind among those of everybody. */
export const ofKind = <Kind extends PublishedTable['kind']>(
  { totals }: Pick<Article, 'totals'>,
  kind: Kind,
): TableOf<Kind>[] => totals.filter((table): table is TableOf<Kind> => table.kind === kind)

/** A publication with what its page tells, or undefined when there is no such publication. */
export async function findArticle(library: Library, id: string): Promise<Article | undefined> {
  const found = await library.find(id)
  if (!found) return undefined
  const { manifest } = found
  const read = async (table: string, by: string) => (await library.readTable(id, table, by))!
  const totals = await Promise.all(
    manifest.tables.filter(({ table }) => !table.startsWith('item.')).map(({ table }) => read(table, 'total')),
  )
  const changes = await Promise.all(
    manifest.tables
      .filter(({ kind }) => kind === 'change')
      .map(async ({ table, by }) => {
        const splits = (await Promise.all(by.map(({ by }) => read(table, by)))) as TableOf<'change'>[]
        return { total: splits[0]!, cells: splits.flatMap(({ cells }) => cells) }
      }),
  )
  const published = (await library.list()).map(({ manifest }) => manifest)
  const others = inCohort(published, manifest).filter(({ publication }) => publication !== id)
  return { manifest, totals, changes, others }
}
