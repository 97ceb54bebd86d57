// What a person asks of mail at a terminal: how it stands, stopping it, and letting it go again.
import { z } from 'zod'
import type { CommandResult } from './commands.ts'
import { brakesInForce } from './mailings/brakes.queries.ts'
import { EVERYTHING, holdMail, releaseMail, scopeOfEnvironment } from './mailings/hold-mail.actions.ts'
import { mailStatus, statusByScope } from './mailings/status.queries.ts'
import { type WordKey, wordsIn } from './platform/i18n.ts'
import { type Deps, planOf } from './waves/deps.ts'
import { findWave } from './waves/plan.ts'

const Mail = z.strictObject({
  do: z.enum(['status', 'stop', 'go', 'pause', 'resume', 'confirm']),
  wave: z.string().optional(),
})

const ACTOR = 'command line'

/** `mail`: says how mail stands, or holds and releases it. */
export async function mailCommand(deps: Deps, input: unknown): Promise<CommandResult> {
  const { do: wanted, wave } = Mail.parse(input)
  if (wanted === 'status') return { ok: true, lines: await sayStatus(deps) }
  if (wanted === 'pause' || wanted === 'resume') {
    const problem = waveProblem(deps, wave)
    if (problem) return { ok: false, lines: [problem] }
    return hold(deps, `wave ${wave}`, wanted === 'pause')
  }
  return hold(deps, wanted === 'confirm' ? scopeOfEnvironment(deps.environment) : EVERYTHING, wanted === 'stop')
}

function waveProblem(deps: Deps, name: string | undefined): string | null {
  const [programme = '', wave = ''] = name?.split('/') ?? []
  const known = deps.frame.programmes.find((one) => one.programme === programme)
  if (known && findWave(planOf(deps, programme), wave)) return null
  const waves = deps.frame.programmes.flatMap((one) =>
    planOf(deps, one.programme).waves.map(({ wave }) => `${one.programme}/${wave}`),
  )
  return `Which wave? One of ${waves.join(', ')}.`
}

async function hold(deps: Deps, scope: string, on: boolean): Promise<CommandResult> {
  if (on) {
    const { changed } = await holdMail(deps, { scope, actor: ACTOR })
    return {
      ok: true,
      lines: [changed ? 'Held: nothing more goes out, from the next message on.' : 'It was held already.'],
    }
  }
  const { released } = await releaseMail(deps, { scope, actor: ACTOR })
  const causes = released.map(sayCause).join('; ')
  return {
    ok: true,
    lines: [released.length > 0 ? `Released (${causes}): mail goes on with the next beat.` : 'Nothing was holding it.'],
  }
}

const sayCause = (cause: string): string => wordsIn('en')(`brake.${cause}` as WordKey)

async function sayStatus({ db, clock, environment }: Deps): Promise<string[]> {
  const now = clock.now()
  const status = await mailStatus(db, now)
  const brakes = (await brakesInForce(db)).filter(
    ({ scope }) => !scope.startsWith('environment ') || scope === scopeOfEnvironment(environment),
  )
  const oldest = status.oldestDueAt ? `, the oldest since ${sayInstant(status.oldestDueAt)}` : ''
  return [
    `Due now: ${status.due}${oldest}. Waiting in all: ${status.queued}.`,
    `Sent: ${status.sent}, of which ${status.sentInADay} in the last 24 hours. Bounced: ${status.bounced}. Complaints: ${status.complained}. Outcome unknown: ${status.unknown}.`,
    `Last at work: ${status.lastBeatAt ? sayInstant(status.lastBeatAt) : 'never'}.`,
    ...(status.restingUntil
      ? [`The mail server does not talk to us; tried again at ${sayInstant(status.restingUntil)}.`]
      : []),
    ...brakes.flatMap(({ scope, cause, set_at }) => [
      `HELD (${scope}) since ${sayInstant(set_at)}: ${sayCause(cause)}.`,
      `  To go on: npm run mail -- ${releaseOf(scope)}`,
    ]),
    ...sayScopes(await statusByScope(db)),
  ]
}

const sayInstant = (instant: Temporal.Instant): string => `${instant.toString().slice(0, 16).replace('T', ' ')} UTC`

function releaseOf(scope: string): string {
  const [kind, name = ''] = scope.split(' ')
  return kind === 'wave' ? `resume ${name}` : kind === 'environment' ? 'confirm' : 'go'
}

function sayScopes(rows: Awaited<ReturnType<typeof statusByScope>>): string[] {
  return [...Map.groupBy(rows, ({ scope }) => scope)].map(([scope, some]) => {
    const sum = (of: 'owed' | 'sent' | 'waiting') => some.reduce((total, row) => total + row[of], 0)
    const reasons = some.filter(({ because }) => because !== null).map(({ because, owed }) => `${because} ${owed}`)
    return `${scope}: ${sum('owed')} mails owed, ${sum('sent')} sent, ${sum('waiting')} waiting${reasons.length > 0 ? `; not sent: ${reasons.join(', ')}` : ''}`
  })
}
