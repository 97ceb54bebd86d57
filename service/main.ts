// The server: read the settings, open, serve, wake every minute, and leave in good order when told to stop.
import './platform/node-version.ts'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { schedule } from 'node-cron'
import { createApp } from './app.ts'
import { listenForCommands } from './command-socket.ts'
import { demonstrationLinks, liveToToday, type Prepared, prepareDemonstration } from './demonstration/start.actions.ts'
import { listen } from './listen.ts'
import { brakesInForce } from './mailings/brakes.queries.ts'
import { scopeOfEnvironment } from './mailings/hold-mail.actions.ts'
import { nextTurn } from './mailings/mailings.queries.ts'
import { type OpenService, openService } from './open.ts'
import { dayOf, isBefore, systemClock } from './platform/clock.ts'
import type { Config } from './platform/config.ts'
import { sweep } from './platform/database.ts'
import { type WordKey, wordsIn } from './platform/i18n.ts'
import { describeError, type Log } from './platform/logging.ts'
import { openProcessLog, orRefuse, refuse, settingsOf } from './process.ts'
import { readPlanSources } from './surveys.ts'
import { tick, type Work } from './tick.ts'
import { changedPlans } from './waves/publish-plan.actions.ts'

const { config, today: askedFor } = settingsOf(process.argv.slice(2))
const prepared =
  config.mode === 'demonstration'
    ? orRefuse(() => prepareDemonstration(config, { today: dayOf(systemClock.now()), askedFor }))
    : null
const log = openProcessLog(config)
for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error) => {
    log.error(describeError(error), event)
    console.error(
      `Retour stopped: it met a fault it does not know. The log says where${prepared ? ` (${config.dataDir}/retour.log)` : ''}.`,
    )
    process.exit(1)
  })
}
await serve(config, log, prepared)

async function serve(config: Config, log: Log, prepared: Prepared | null): Promise<void> {
  const opened = await openService(config, log, prepared?.clock)
  if (!opened.ok)
    refuse(
      opened.because === 'locked'
        ? `Another Retour is already running on ${config.dataDir}. Stop it first, or give this one another DATA_DIR.`
        : opened.sentence,
    )
  const { service } = opened
  const { deps } = service

  const state = { ready: false, draining: false }
  const app = createApp(deps, { isReady: () => state.ready, isDraining: () => state.draining })
  const server = await listen(app.fetch, config)
  const ready = Promise.withResolvers<void>()
  const commands = service.engine === 'PGlite' ? await listenForCommands(deps, ready.promise) : null

  let beat: Promise<void> | null = null
  const stop = async () => {
    if (state.draining) process.exit(1)
    state.draining = true
    server.close()
    server.closeIdleConnections()
    commands?.close()
    await Promise.race([Promise.all([once(server, 'close'), beat]), wait(20_000)])
    await service.close()
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)

  const isDraining = () => state.draining
  const work = prepared
    ? await liveDemonstration(service, prepared, isDraining)
    : () => workForAMinute(deps, isDraining)
  state.ready = true
  ready.resolve()
  if (!prepared) console.log(await readySentence(service))
  // One at a time, whoever asks for it: a stop must know the one to wait for.
  const onBeat = async () => {
    beat ??= work().finally(() => {
      beat = null
    })
    await beat
  }
  schedule('* * * * *', onBeat, { timezone: 'UTC', noOverlap: true })
  if (service.engine === 'PGlite') schedule('30 2 * * *', () => sweep(deps.db), { timezone: 'UTC' })
  await onBeat()
}

/** One beat, and whatever the pace lets go until the next. */
async function workForAMinute(deps: OpenService['deps'], isDraining: () => boolean): Promise<void> {
  const ends = deps.clock.now().add({ seconds: 55 })
  await tick(deps, isDraining)
  while (!isDraining()) {
    const now = deps.clock.now()
    const turn = await nextTurn(deps.db, now)
    if (!turn || !isBefore(now, turn) || !isBefore(turn, ends)) return
    await wait(now.until(turn).total('milliseconds') + 1)
    await tick(deps, isDraining, 'writing')
  }
}

async function readySentence({ deps, engine }: OpenService): Promise<string> {
  const { config } = deps
  const kept =
    engine === 'PGlite'
      ? `embedded database in ${config.dataDir}: survives a crash of the process, not of the machine; one process only`
      : 'PostgreSQL'
  const mail = config.smtpUrl ? 'sent by SMTP' : `written to ${config.dataDir}/mail, none leaves this machine`
  const changed = (await changedPlans(deps, readPlanSources(config.surveysDir))).map(({ plan }) => plan)
  const plans = changed.map(
    (plan) => `\n  plan   ${plan} has changed in its file: npm run plan -- --publish shows what that would do`,
  )
  return `Retour is ready at ${config.baseUrl}\n  data   ${kept}\n  mail   ${mail}${await heldSentence(deps)}${plans.join('')}`
}

async function heldSentence({ db, environment }: OpenService['deps']): Promise<string> {
  const brakes = await brakesInForce(db)
  const held = brakes.filter(
    ({ scope }) => !scope.startsWith('environment ') || scope === scopeOfEnvironment(environment),
  )
  return held.map(({ cause }) => `\n  held   ${wordsIn('en')(`brake.${cause}` as WordKey)}: npm run mail`).join('')
}

async function liveDemonstration(
  { deps }: OpenService,
  prepared: Prepared,
  isDraining: () => boolean,
): Promise<() => Promise<void>> {
  const beat = (deps: OpenService['deps'], work: Work) => tick(deps, isDraining, work)
  const whole = prepared.clock.now().until(prepared.until).total('seconds')
  const showProgress = progressLine()
  const onProgress = (at: Temporal.Instant) =>
    showProgress(at, whole <= 0 ? 1 : 1 - at.until(prepared.until).total('seconds') / whole)
  const { liveOn } = await liveToToday({ deps, prepared, tick: beat, onProgress })
  const links = await demonstrationLinks(deps, deps.frame.programmes[0]!.programme)
  console.log(`
Retour, demonstration: it is ${dayOf(deps.clock.now())} here. Everybody is invented and no mail leaves this machine.

  A volunteer's open questionnaire   ${links.survey ?? 'none is open today'}
  The mailbox                        ${links.mailbox}
  The staff's console (opens once)   ${links.staff}
  What has changed, for researchers  ${links.research}

  The same by machine:
  ${links.curl ?? 'nothing is published yet'}

  See time pass: stop this (Ctrl+C), then  npm start -- --today ${dayOf(deps.clock.now()).add({ months: 6 })}
`)
  return liveOn
}

/** One line that grows on a terminal, a line every tenth of the way elsewhere. */
function progressLine(): (at: Temporal.Instant, share: number) => void {
  let shown = -1
  return (at, share) => {
    const tenth = Math.floor(10 * Math.min(1, Math.max(0, share)))
    const line = `  ${dayOf(at)}  ${'#'.repeat(tenth * 2).padEnd(20, '.')}`
    if (process.stdout.isTTY) process.stdout.write(`\r${line}`)
    else if (tenth > shown) console.log(line)
    shown = tenth
  }
}
