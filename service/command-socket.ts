// A private door to a running server: a socket in the data folder, readable by its owner only, through which commands
// are handed over while the server has the embedded database to itself.
import { chmodSync, rmSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import { type CommandName, type CommandResult, isCommand, runCommand, type Say } from './commands.ts'
import { describeError } from './platform/logging.ts'
import { sha256Hex } from './platform/secrets.ts'
import type { Deps } from './waves/deps.ts'

const LONGEST_PATH = 100

/** The socket's address; a long folder name would not fit, so it then stands in the temporary folder. */
function socketPath(dataDir: string): string {
  const path = resolve(dataDir, 'control.sock')
  return path.length <= LONGEST_PATH ? path : join(tmpdir(), `retour-${sha256Hex(path).slice(0, 16)}.sock`)
}

/** Listens for commands; each waits for `ready`. Answers one JSON line per step of progress, then the result. */
export async function listenForCommands(deps: Deps, ready: Promise<void>): Promise<Server> {
  const path = socketPath(deps.config.dataDir)
  rmSync(path, { force: true })
  const server = createServer(async (incoming, answer) => {
    const write = (line: object) => answer.write(`${JSON.stringify(line)}\n`)
    try {
      const name = incoming.url?.slice(1) ?? ''
      const input: unknown = JSON.parse(await text(incoming))
      await ready
      if (!isCommand(name)) throw new Error('no such command')
      write({ result: await runCommand(deps, name, input, (progress) => write({ progress })) })
    } catch (error) {
      deps.log.error(describeError(error), 'a command failed')
      write({ result: failed(error) })
    }
    answer.end()
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  chmodSync(path, 0o600)
  return server
}

const failed = (error: unknown): CommandResult => ({
  ok: false,
  lines: [error instanceof z.ZodError ? z.prettifyError(error) : 'The command failed; the server’s log says where.'],
})

const NOBODY_THERE = ['ENOENT', 'ECONNREFUSED']
const CUT_OFF = ['ECONNRESET', 'EPIPE']
const STOPPED: CommandResult = { ok: false, lines: ['The server stopped before the command was done.'] }

/** Hands a command to the server that has the data folder; null when no server answers there. */
export function handOver(dataDir: string, name: CommandName, input: unknown, say: Say): Promise<CommandResult | null> {
  return new Promise((resolve, reject) => {
    const broken = (error: NodeJS.ErrnoException) => {
      if (NOBODY_THERE.includes(error.code ?? '')) resolve(null)
      else if (CUT_OFF.includes(error.code ?? '')) resolve(STOPPED)
      else reject(error)
    }
    const address = { socketPath: socketPath(dataDir), path: `/${name}`, method: 'POST', agent: false }
    const call = request(address, (answer) => {
      let rest = ''
      answer.setEncoding('utf8')
      answer.on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          const said = JSON.parse(line) as { progress: string } | { result: CommandResult }
          if ('progress' in said) say(said.progress)
          else resolve(said.result)
        }
      })
      answer.on('error', broken)
      answer.on('end', () => resolve(STOPPED))
    })
    call.on('error', broken)
    call.end(JSON.stringify(input))
  })
}
