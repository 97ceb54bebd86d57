// The publications as their readers ask for them: kept in memory, for they never change, and only new ones are looked for.
import type { Db } from '../platform/database.ts'
import { sha256Hex } from '../platform/secrets.ts'
import { Manifest, PublishedTable } from './tables.ts'

/** Something that was published, as its bytes. */
export type Frozen = { content: string; sha256: string }
type Shelf = { tables: ReadonlyMap<string, Frozen>; size: number }
type Entry = { manifest: Manifest; frozen: Frozen; signature: string | null; codebook: Frozen | null }

export type Library = ReturnType<typeof openLibrary>

/** For how long the list that was read is taken to be whole. */
const FRESH_MILLISECONDS = 2_000
/** How many characters of tables are kept; the publications read longest ago make room. */
const ROOM = 200_000_000

const placeOf = (table: string, by: string): string => `${table} ${by}`

/** Reads `publish` alone, and asks for nothing it has: what is kept does not depend on how many members there are. */
export function openLibrary(db: Db, { room = ROOM } = {}) {
  const entries = new Map<string, Entry>()
  const shelves = new Map<string, Promise<Shelf>>()
  const read = new WeakMap<Frozen, PublishedTable>()
  let listed: Entry[] = []
  let listing: Promise<void> | null = null
  let listedAt = Number.NEGATIVE_INFINITY

  async function lookForNew(): Promise<void> {
    const at = performance.now()
    const known = [...entries.keys()]
    const rows = await db
      .selectFrom('publish.publication')
      .$if(known.length > 0, (query) => query.where('id', 'not in', known))
      .select(['id', 'manifest', 'signature', 'codebook'])
      .execute()
    for (const { id, manifest, signature, codebook } of rows)
      entries.set(id, {
        manifest: Manifest.parse(JSON.parse(manifest)),
        frozen: frozenOf(manifest),
        signature,
        codebook: codebook === null ? null : frozenOf(codebook),
      })
    if (rows.length > 0) listed = [...entries.values()].toSorted(latestFirst)
    listedAt = at
  }

  async function fresh(): Promise<void> {
    if (performance.now() - listedAt <= FRESH_MILLISECONDS) return
    listing ??= lookForNew().finally(() => {
      listing = null
    })
    await listing
  }

  async function shelfOf(publication: string): Promise<Shelf> {
    const found = shelves.get(publication) ?? readShelf(publication)
    // The one read last is at the end.
    shelves.delete(publication)
    shelves.set(publication, found)
    const shelf = await found.catch((error) => {
      shelves.delete(publication)
      throw error
    })
    await makeRoom(publication)
    return shelf
  }

  async function readShelf(publication: string): Promise<Shelf> {
    const rows = await db
      .selectFrom('publish.published_table')
      .where('publication_id', '=', publication)
      .select(['table_id', 'split_by', 'content', 'sha256'])
      .execute()
    return {
      tables: new Map(
        rows.map(({ table_id, split_by, content, sha256 }) => [placeOf(table_id, split_by), { content, sha256 }]),
      ),
      size: rows.reduce((sum, { content }) => sum + content.length, 0),
    }
  }

  async function makeRoom(kept: string): Promise<void> {
    let used = 0
    for (const [name, shelf] of [...shelves].toReversed()) {
      used += (await shelf).size
      if (used > room && name !== kept) shelves.delete(name)
    }
  }

  return {
    /** Every publication, the latest first. */
    async list(): Promise<readonly Entry[]> {
      await fresh()
      return listed
    },

    async find(publication: string): Promise<Entry | undefined> {
      await fresh()
      return entries.get(publication)
    },

    /** The bytes of a table, or undefined when the publication has no such table. */
    async findTable(publication: string, table: string, by: string): Promise<Frozen | undefined> {
      await fresh()
      if (!entries.has(publication)) return undefined
      return (await shelfOf(publication)).tables.get(placeOf(table, by))
    },

    /** The same, read. */
    async readTable(publication: string, table: string, by: string): Promise<PublishedTable | undefined> {
      const frozen = await this.findTable(publication, table, by)
      if (!frozen) return undefined
      if (!read.has(frozen)) read.set(frozen, PublishedTable.parse(JSON.parse(frozen.content)))
      return read.get(frozen)
    },
  }
}

const frozenOf = (content: string): Frozen => ({ content, sha256: sha256Hex(content) })

/** By the day they were published, then by name, so that the final release comes before its provisional one. */
function latestFirst({ manifest: a }: Entry, { manifest: b }: Entry): number {
  if (a.publishedOn !== b.publishedOn) return a.publishedOn > b.publishedOn ? -1 : 1
  return a.publication < b.publication ? -1 : 1
}
