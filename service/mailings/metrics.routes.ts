// How mail stands, for a machine that watches: Prometheus text, behind a token of its own scope. Counts only.
import { Hono } from 'hono'
import { requireToken } from '../access/require-token.routes.ts'
import type { Platform } from '../platform/deps.ts'
import type { Web } from '../platform/http.tsx'
import { brakesInForce } from './brakes.queries.ts'
import { mailStatus } from './status.queries.ts'

type Metric = { name: string; type: 'gauge' | 'counter'; help: string; value: number }

export function metricsRoutes(deps: Pick<Platform, 'db' | 'clock'>) {
  const routes = new Hono<Web>()
  routes.use('/metrics', requireToken(deps, 'metrics'))
  routes.get('/metrics', async (c) => {
    const { db, clock } = deps
    const now = clock.now()
    const status = await mailStatus(db, now)
    const brakes = await brakesInForce(db)
    const age = (at: Temporal.Instant | null) => (at ? Math.max(0, at.until(now).total('seconds')) : 0)
    const metrics: Metric[] = [
      gauge(
        'retour_mail_oldest_due_seconds',
        'For how long the oldest mail that is due has been so',
        age(status.oldestDueAt),
      ),
      gauge('retour_mail_due', 'Mails that are due now', status.due),
      gauge('retour_mail_queued', 'Mails that will still be tried', status.queued),
      counter('retour_mail_sent_total', 'Mails a server has taken', status.sent),
      counter('retour_mail_bounced_total', 'Mails that came back', status.bounced),
      counter('retour_mail_complaints_total', 'Mails reported as spam', status.complained),
      counter('retour_mail_unknown_total', 'Mails handed over whole without an answer', status.unknown),
      gauge('retour_mail_brakes', 'What holds mail back until a person lets it go', brakes.length),
      gauge('retour_beat_age_seconds', 'For how long the service has not been at work', age(status.lastBeatAt)),
    ]
    return c.body(metrics.map(asText).join(''), 200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' })
  })
  return routes
}

const gauge = (name: string, help: string, value: number): Metric => ({ name, type: 'gauge', help, value })
const counter = (name: string, help: string, value: number): Metric => ({ name, type: 'counter', help, value })

const asText = ({ name, type, help, value }: Metric): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name} ${value}\n`
