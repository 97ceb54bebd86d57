// Everything that is published, as one application: on its own for researchers, and part of the service.
import { Hono } from 'hono'
import { apiRoutes } from './impact/api.routes.ts'
import type { ResearchDeps } from './impact/deps.ts'
import { docsRoutes } from './impact/docs.routes.tsx'
import { impactRoutes } from './impact/impact.routes.tsx'
import { healthRoutes, type ServiceState } from './platform/health.routes.ts'
import { createWeb, type Web } from './platform/http.tsx'

/** The addresses of the research side. */
export function researchRoutes(deps: ResearchDeps): Hono<Web> {
  const routes = new Hono<Web>()
  routes.route('/', impactRoutes(deps))
  routes.route('/', docsRoutes())
  routes.route('/', apiRoutes(deps))
  return routes
}

/** The research side by itself. */
export function createResearchApp(deps: ResearchDeps, state: ServiceState): Hono<Web> {
  const app = createWeb(deps.log, state.isDraining)
  app.route('/', healthRoutes(deps, state))
  app.route('/', researchRoutes(deps))
  app.get('/', (c) => c.redirect('/impact', 303))
  return app
}
