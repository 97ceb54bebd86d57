// The table of contents: every address of the service, one line per capability.
import { join } from 'node:path'
import type { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { staffRoutesOf } from './access/guard.routes.tsx'
import { mailboxRoutes } from './demonstration/mailbox.routes.tsx'
import type { ResearchDeps } from './impact/deps.ts'
import { bounceRoutes } from './mailings/bounce.routes.ts'
import { metricsRoutes } from './mailings/metrics.routes.ts'
import { newLinkRoutes } from './mailings/new-link.routes.tsx'
import { stopRoutes } from './mailings/stop.routes.tsx'
import { healthRoutes, type ServiceState } from './platform/health.routes.ts'
import { createWeb, type Web } from './platform/http.tsx'
import { openLibrary } from './publications/library.queries.ts'
import { researchRoutes } from './research-app.ts'
import { responseRoutes } from './responses/responses.routes.tsx'
import { REGISTER_FILES, staffRoutes } from './staff-app.ts'
import type { Deps } from './waves/deps.ts'

const ALWAYS: ServiceState = { isReady: () => true, isDraining: () => false }

/** The whole service as one application; until it is ready it answers 503 to everything but its health. */
export function createApp(deps: Deps, state: ServiceState = ALWAYS): Hono<Web> {
  const app = createWeb(deps.log, state.isDraining, REGISTER_FILES)
  app.route('/', healthRoutes(deps, state))
  app.use(async (_, next) => {
    if (!state.isReady()) throw new HTTPException(503)
    await next()
  })
  app.route('/', responseRoutes(deps))
  app.route('/', stopRoutes(deps))
  app.route('/', newLinkRoutes(deps))
  app.route('/', bounceRoutes(deps))
  app.route('/', metricsRoutes(deps))
  app.route('/', staffRoutes(deps))
  app.route('/', researchRoutes(researchDepsOf(deps)))
  if (deps.config.mode === 'demonstration') app.route('/', mailboxRoutes(deps))
  app.get('/', (c) => c.redirect('/impact', 303))
  // A page of the staff that does not say who may reach it is not served: the service does not start.
  staffRoutesOf(app)
  return app
}

const researchDepsOf = ({ db, clock, log, config }: Deps): ResearchDeps => ({
  db,
  clock,
  log,
  library: openLibrary(db),
  baseUrl: config.baseUrl,
  perMinute: config.apiPerMinute,
  queryLog: join(config.dataDir, 'research-questions'),
})
