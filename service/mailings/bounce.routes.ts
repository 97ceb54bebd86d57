// Where providers tell what came back: signed by the secret they share with us (Standard Webhooks), else nothing is read.
// Without a secret, or without an address that reports come back to, there is no such address here.
import { Hono } from 'hono'
import { z } from 'zod'
import { fail, problem, type Web } from '../platform/http.tsx'
import { isSigned } from '../platform/webhook.ts'
import { type BounceDeps, takeEvents } from './take-report.actions.ts'

const RequestId = z.string().regex(/^[!-~]{1,200}$/)
const Event = z.strictObject({
  /** The sender in the envelope of the mail it is about. */
  returnPath: z.string().max(320),
  /** Of the last attempt, as RFC 3463 writes it: 5.1.1. A mail that is still being tried is not told. */
  status: z.string().regex(/^[245]\.\d{1,3}\.\d{1,3}$/),
  kind: z.literal('complaint').optional(),
})
const Events = z.strictObject({ events: z.array(Event).min(1).max(100) })

export function bounceRoutes(deps: BounceDeps) {
  const routes = new Hono<Web>()

  routes.post('/bounces', async (c) => {
    const { bounceAddress, bounceSecret } = deps.config.mail
    if (bounceAddress === null || bounceSecret === null) return fail(c, 404)
    const body = new Uint8Array(await c.req.arrayBuffer())
    const header = (name: string) => c.req.header(name) ?? ''
    const id = header('webhook-id')
    const request = { id, timestamp: header('webhook-timestamp'), signatures: header('webhook-signature'), body }
    if (!RequestId.safeParse(id).success || !isSigned(bounceSecret, request, deps.clock.now()))
      return problem(c, 401, 'The signature is missing, wrong or too old')
    const read = Events.safeParse(parseJson(body))
    if (!read.success) return problem(c, 400, 'The events cannot be read', z.prettifyError(read.error))
    return c.json({ outcomes: await takeEvents(deps, { id, events: read.data.events }) })
  })

  return routes
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body))
  } catch {
    return undefined
  }
}
