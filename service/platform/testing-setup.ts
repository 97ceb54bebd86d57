// Before all tests: one migrated PGlite to copy from, and one PostgreSQL server with a migrated database to copy from.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect } from 'kysely'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { migrations } from '../../migrations/index.ts'
import { openServer } from './database.ts'
import { migrate } from './migrate.ts'
import type { Schema } from './schema.ts'
import { startPostgres } from './testing-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    pgliteDump: string
    postgresUrl: string
    postgresTemplate: string
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'retour-test-'))
  provide('pgliteDump', await migratedDump(folder))
  const given = process.env.TEST_DATABASE_URL
  const server = given ? { url: given, stop: async () => {} } : await startPostgres()
  const template = `retour_template_${process.pid}`
  await migratedTemplate(server.url, template)
  provide('postgresUrl', server.url)
  provide('postgresTemplate', template)
  return async () => {
    await onServer(server.url, (client) => client.unsafe(`drop database if exists ${template}`))
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function migratedDump(folder: string): Promise<string> {
  const pglite = await PGlite.create('memory://')
  const db = new Kysely<Schema>({ dialect: new PGliteDialect({ pglite }) })
  await migrate(db, migrations)
  const path = join(folder, 'pglite.tar')
  const dump = await pglite.dumpDataDir('none')
  writeFileSync(path, new Uint8Array(await dump.arrayBuffer()))
  await db.destroy()
  return path
}

async function migratedTemplate(url: string, name: string): Promise<void> {
  await onServer(url, async (client) => {
    await client.unsafe(`drop database if exists ${name}`)
    await client.unsafe(`create database ${name}`)
  })
  const database = openServer(databaseUrl(url, name), { connections: 1 })
  await migrate(database.db, migrations)
  await database.close()
}

/** The same server, another database. */
export function databaseUrl(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}

export async function onServer(url: string, work: (client: postgres.Sql) => Promise<unknown>): Promise<void> {
  const client = postgres(url, { max: 1, onnotice: () => {} })
  try {
    await work(client)
  } finally {
    await client.end({ timeout: 5 })
  }
}
