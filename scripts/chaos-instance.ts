// One instance of the service in the chaos run: it plans and sends as the server does, without its pages, and dies at
// the point it is told to, as if the power had gone.
import '../service/platform/node-version.ts'
import { setTimeout as wait } from 'node:timers/promises'
import { type KyselyPlugin, type OperationNode, RawNode, UpdateQueryNode } from 'kysely'
import { openService } from '../service/open.ts'
import { demonstrationClock, systemClock } from '../service/platform/clock.ts'
import { smtpMailer } from '../service/platform/mailer.ts'
import { configOrRefuse, openProcessLog, refuse } from '../service/process.ts'
import { tick } from '../service/tick.ts'
import type { Point } from './chaos.ts'

const [point = '', times = '0', ahead = '0'] = process.argv.slice(2)
const config = configOrRefuse()
const { perSecond, perSecondAndDomain, warmUp, canary, brakes } = config.mail
if (perSecond || perSecondAndDomain || warmUp || canary || brakes) refuse('The chaos run wants no brakes and no pace.')

let left = Number(times)
/** Dies when a point has been passed often enough. */
function pass(here: Point): void {
  if (here === point && --left === 0) process.kill(process.pid, 'SIGKILL')
}

const STAGES = {
  connected: 'after connect',
  'recipient taken': 'after RCPT',
  'body sent': 'after DATA',
  taken: 'after 250',
} as const

/** The points that an answer of the database is. A claim writes down what went before. */
const asked = new WeakMap<object, { claims: boolean; marks: boolean }>()

const plugin: KyselyPlugin = {
  transformQuery: ({ node, queryId }) => {
    const claims = isClaim(node)
    const marks = isMark(node)
    if (claims) pass('before claim')
    // By then the statement is on its way, and its commit may have come or not.
    if (marks) setTimeout(() => pass('inside commit'), 0)
    asked.set(queryId, { claims, marks })
    return node
  },
  transformResult: async ({ result, queryId }) => {
    const { claims, marks } = asked.get(queryId)!
    if (marks) pass('after mark')
    if (claims && result.rows.length > 0) pass('after claim')
    return result
  },
}

const isClaim = (node: OperationNode): boolean =>
  RawNode.is(node) && node.sqlFragments.join('').includes('for update skip locked')
const isMark = (node: OperationNode): boolean => {
  if (RawNode.is(node)) return node.parameters.some(isMark)
  return UpdateQueryNode.is(node) && JSON.stringify(node.updates).includes('"sent_at"')
}

const clock = demonstrationClock(systemClock.now().add({ minutes: Number(ahead) }))
clock.letRun()
const opened = await openService(config, openProcessLog(config), clock)
if (!opened.ok) refuse(opened.because)
const { deps, close } = opened.service
const mailer = smtpMailer(config.smtpUrl!, {
  timeout: config.mail.timeout,
  connections: config.mail.senders,
  onStage: (stage) => pass(STAGES[stage]),
})
const watched = { ...deps, mailer, db: deps.db.withPlugin(plugin) }

let draining = false
process.on('SIGTERM', () => {
  draining = true
})
process.send!('up')
while (!draining) {
  await tick(watched, () => draining, 'writing')
  await wait(100)
}
mailer.close()
await close()
process.exit(0)
