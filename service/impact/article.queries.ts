// What a publication says, as far as a page tells it: the tables of everybody and the changes of each group, or the
// tables of one split.
import type { Bilingual } from '../platform/i18n.ts'
import type { Library } from '../publications/library.queries.ts'
import type { CellOf, Manifest, PublishedTable, TableOf } from '../publications/tables.ts'
import { TOTAL } from '../publications/unit.ts'
import { inCohort } from './headline.ts'

export type Article = {
  manifest: Manifest
  /** The tables of everybody, in the order of the publication. */
  tables: readonly PublishedTable[]
  /** Each scale's change: everybody first, then group by group. */
  changes: readonly { total: TableOf<'change'>; cells: readonly CellOf<'change'>[] }[]
  /** By what the publication is split. */
  splits: readonly SplitName[]
  /** Other publications of the same cohort, the latest wave first. */
  others: readonly Manifest[]
}

export type SplitName = { by: string; label: Bilingual }

/** A publication told group by group: its tables of one split, in the order of the publication. */
export type Groups = { manifest: Manifest; split: SplitName; tables: readonly PublishedTable[] }

/** The tables of one kind among some. */
export const ofKind = <Kind extends PublishedTable['kind']>(
  { tables }: Pick<Article, 'tables'>,
  kind: Kind,
): TableOf<Kind>[] => tables.filter((table): table is TableOf<Kind> => table.kind === kind)

/** Shares of people that are told beside one another. */
export const toldShares = (from: Pick<Article, 'tables'>): TableOf<'share'>[] =>
  ofKind(from, 'share').filter(({ table }) => table.startsWith('share.'))

/** Ratings from 0 to 10. */
export const ratingMeans = (from: Pick<Article, 'tables'>): TableOf<'mean'>[] =>
  ofKind(from, 'mean').filter(({ range }) => range === 10)

/** Scores of scales, from 0 to 100. */
export const scaleMeans = (from: Pick<Article, 'tables'>): TableOf<'mean'>[] =>
  ofKind(from, 'mean').filter(({ range }) => range === 100)

/** How people are distributed over their situations. */
export const statusesIn = (from: Pick<Article, 'tables'>): TableOf<'distribution'>[] =>
  ofKind(from, 'distribution').filter(({ table }) => table.startsWith('status.'))

/** A publication with what its page tells, or undefined when there is no such publication. */
export async function findArticle(library: Library, id: string): Promise<Article | undefined> {
  const found = await library.find(id)
  if (!found) return undefined
  const { manifest } = found
  const read = async (table: string, by: string) => (await library.readTable(id, table, by))!
  const tables = await Promise.all(manifest.tables.filter(isTold).map(({ table }) => read(table, TOTAL)))
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
  return { manifest, tables, changes, splits: splitsOf(manifest), others }
}

/** A publication with its tables of one split, or undefined when it has none. */
export async function findGroups(library: Library, id: string, by: string): Promise<Groups | undefined> {
  const found = await library.find(id)
  const split = found && splitsOf(found.manifest).find((one) => one.by === by)
  if (!split) return undefined
  const { manifest } = found
  const told = manifest.tables.filter((one) => isTold(one) && one.by.some((one) => one.by === by))
  const tables = await Promise.all(told.map(async ({ table }) => (await library.readTable(id, table, by))!))
  return { manifest, split, tables }
}

/** The answers to every single question are for researchers, and not on any page. */
const isTold = ({ table }: { table: string }): boolean => !table.startsWith('item.')

function splitsOf({ tables, names }: Manifest): SplitName[] {
  const all = new Set(tables.flatMap(({ by }) => by.map(({ by }) => by)))
  all.delete(TOTAL)
  return [...all].map((by) => ({ by, label: names?.splits[by] ?? { fr: by, en: by } }))
}
