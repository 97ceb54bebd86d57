// Runs one command for a person at a terminal: by itself where the database is free or a server's, through the running
// server where that has the embedded database.
import { setTimeout as wait } from 'node:timers/promises'
import { handOver } from './command-socket.ts'
import { type CommandName, type CommandResult, runCommand } from './commands.ts'
import { prepareDemonstration } from './demonstration/start.actions.ts'
import { openService } from './open.ts'
import { dayOf, systemClock } from './platform/clock.ts'
import { configOrRefuse, openProcessLog, orRefuse, refuse } from './process.ts'

const PATIENCE = 20

/** Runs a command with its input, showing progress where a person watches. Does not return when it cannot be run. */
export async function runAtTerminal(name: CommandName, input: object): Promise<CommandResult> {
  const config = configOrRefuse()
  if (config.mode === 'demonstration') console.error(`This is the demonstration, in ${config.dataDir}.`)
  const clock =
    config.mode === 'demonstration'
      ? orRefuse(() => prepareDemonstration(config, { today: dayOf(systemClock.now()) })).clock
      : systemClock
  const log = openProcessLog(config)
  for (let tries = 0; tries < PATIENCE; tries++) {
    const opened = await openService(config, log, clock)
    if (opened.ok) {
      const { deps, close } = opened.service
      try {
        return await runCommand(deps, name, input, showProgress)
      } finally {
        await close()
      }
    }
    if (opened.because === 'refused') refuse(opened.sentence)
    const result = await handOver(config.dataDir, name, input, showProgress)
    if (result) return result
    await wait(250) // the other process is starting or leaving
  }
  refuse(
    `Another process has ${config.dataDir} and does not answer. Is a server starting or stopping? Try again in a moment.`,
  )
}

function showProgress(progress: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${progress.padEnd(60)}`)
}

/** Prints what a command said; the process leaves with 1 when it did not go well, or not wholly. */
export function sayResult({ ok, lines }: CommandResult): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${' '.repeat(60)}\r`)
  for (const line of lines) console.log(line)
  if (!ok) process.exitCode = 1
}
