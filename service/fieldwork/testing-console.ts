// The staff's console for tests: the whole service, somebody signed in, and pages asked for as a browser would.
import type { Hono } from 'hono'
import type { Grant } from '../access/roles.ts'
import { formOf, signInAs } from '../access/testing-staff.ts'
import { createApp } from '../app.ts'
import type { Web } from '../platform/http.tsx'
import { readPlanSources } from '../surveys.ts'
import type { TestService } from '../testing.ts'
import { storeFirstPlans } from '../waves/publish-plan.actions.ts'
import { refreshPlans } from '../waves/refresh-plans.actions.ts'

export type Console = {
  app: Hono<Web>
  /** A page as this person sees it. */
  get(path: string): Promise<{ status: number; text: string }>
  /** A form sent by this person. */
  post(path: string, fields?: Record<string, string | readonly string[]>): Promise<Answered>
  /** A file sent in by this person. */
  send(path: string, name: string, bytes: Uint8Array): Promise<Answered>
}
export type Answered = { status: number; location: string | null; text: string }

/** Opens the console as somebody with these roles; an administrator of everything unless told otherwise. */
export async function openConsole(service: TestService, grants?: readonly Grant[], email?: string): Promise<Console> {
  await storeFirstPlans(service, readPlanSources(service.config.surveysDir))
  await refreshPlans(service)
  const app = createApp(service)
  const cookie = await signInAs(app, service, grants, email)
  const answered = async (answer: Response): Promise<Answered> => ({
    status: answer.status,
    location: answer.headers.get('location'),
    text: await answer.text(),
  })
  return {
    app,
    get: async (path) => answered(await app.request(path, { headers: { cookie } })),
    post: async (path, fields = {}) => answered(await app.request(path, formOf(fields, cookie))),
    send: async (path, name, bytes) => {
      const body = new FormData()
      body.set('file', new File([new Uint8Array(bytes)], name, { type: 'text/csv' }))
      return answered(await app.request(path, { method: 'POST', headers: { cookie }, body }))
    },
  }
}
