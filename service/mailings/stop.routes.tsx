// No more mail, in one click from the mail program (RFC 8058: a POST without cookie, origin or redirect) or on a page.
// The token is the authority, so there is no check of the origin here. GET changes nothing: mail scanners open links.
import { Hono } from 'hono'
import { findLink } from '../access/personal-links.queries.ts'
import type { Platform } from '../platform/deps.ts'
import { fail, type Web } from '../platform/http.tsx'
import { preferredLanguage } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import { StopPage, StoppedPage } from './stop.pages.tsx'
import { stopMail } from './stop-mail.actions.ts'

export function stopRoutes(deps: Pick<Platform, 'db' | 'clock' | 'config'>) {
  const routes = new Hono<Web>()
  const address = '/u/:token{rv1u_.+}'

  routes.get(address, async (c) => {
    const link = await findLink(deps.db, 'stop', c.req.param('token'))
    const language = preferredLanguage(c.req.header('Accept-Language'))
    return link ? sendPage(c, <StopPage language={language} action={c.req.path} />) : fail(c, 404)
  })

  routes.post(address, async (c) => {
    const stopped = await stopMail(deps, c.req.param('token'))
    const language = preferredLanguage(c.req.header('Accept-Language'))
    return stopped ? sendPage(c, <StoppedPage language={language} />) : fail(c, 404)
  })

  return routes
}
