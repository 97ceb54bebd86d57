// Two questions a machine asks: is the process alive, and may it be sent work.
import { Hono } from 'hono'
import { ping } from './database.ts'
import type { Platform } from './deps.ts'
import type { Web } from './http.tsx'

export type ServiceState = { isReady(): boolean; isDraining(): boolean }

export function healthRoutes({ db }: Pick<Platform, 'db'>, { isReady, isDraining }: ServiceState) {
  const routes = new Hono<Web>()
  routes.get('/healthz', (c) => c.json({ alive: true }))
  routes.get('/readyz', async (c) => {
    const ready = isReady() && !isDraining() && (await answers(db))
    return c.json({ ready }, ready ? 200 : 503)
  })
  return routes
}

const answers = (db: Platform['db']) =>
  ping(db).then(
    () => true,
    () => false,
  )
