// A real server process for tests: started with production settings, watched, killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll } from 'vitest'
import { UNLIMITED } from './platform/testing.ts'
import { freePort } from './platform/testing-server.ts'

export type Running = {
  child: ChildProcess
  settings: Settings
  stdout(): string
  stderr(): string
  exit: Promise<number | null>
}
export type Settings = Record<string, string> & { PORT: string; DATA_DIR: string }

/** A busy machine starts processes slowly; a machine at rest needs a tenth of this. */
export const PATIENCE = 60_000

/** Every process the test file has started. */
export const running: Running[] = []

/** Kills what still runs; to be done before what it uses is taken away. */
export async function endAll(): Promise<void> {
  for (const { child, exit } of running) {
    child.kill('SIGKILL')
    await exit
  }
}
afterAll(endAll)

export const key = () => randomBytes(32).toString('hex')

/** What production needs, and nothing from the environment or the `.env` of whoever runs the tests. */
export async function production(dataDir: string): Promise<Settings> {
  const port = await freePort()
  return {
    PORT: String(port),
    HOST: '127.0.0.1',
    BASE_URL: `http://localhost:${port}`,
    DATA_DIR: dataDir,
    SURVEYS_DIR: 'surveys',
    DATABASE_URL: '',
    SMTP_URL: '',
    ...UNLIMITED,
    LINK_KEY: key(),
    CELL_KEY: key(),
    COOKIE_KEY: key(),
  }
}

export function start(settings: Settings, program: readonly string[] = ['service/main.ts']): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', ...program], {
    env: { PATH: process.env.PATH, LOG_LEVEL: 'info', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
    })
  const exit = once(child, 'close').then(([code]) => code as number | null)
  const server = { child, settings, stdout: () => said.stdout, stderr: () => said.stderr, exit }
  running.push(server)
  return server
}

export const isReady = ({ settings }: Running) =>
  fetch(`http://127.0.0.1:${settings.PORT}/readyz`).then(
    ({ status }) => status === 200,
    () => false,
  )

export async function until(what: string, happened: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 2_500; tries++) {
    if (await happened()) return
    await wait(20)
  }
  throw new Error(`it did not come to this: ${what}`)
}

export async function startReady(settings: Settings): Promise<Running> {
  const server = start(settings)
  await until('the server is ready', async () => {
    if (server.child.exitCode !== null) throw new Error(`the server stopped: ${server.stderr()}`)
    return isReady(server)
  })
  return server
}

export async function end({ child, exit }: Running, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
  child.kill(signal)
  return exit
}
