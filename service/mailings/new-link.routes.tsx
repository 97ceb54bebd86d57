// “Send me a new link”: the answer is the same for every address, whether anybody has it and whatever they may answer.
import { Hono } from 'hono'
import type { Platform } from '../platform/deps.ts'
import { fail, readerLanguage, readForm, refuseOtherSites, type Web } from '../platform/http.tsx'
import { sendPage } from '../platform/page.tsx'
import { emailAddress } from '../platform/safe.ts'
import { askLink, type LinkDeps } from './ask-link.actions.ts'
import { LinkAskedPage, NewLinkPage } from './new-link.pages.tsx'

export function newLinkRoutes(deps: LinkDeps & Pick<Platform, 'config'>) {
  const routes = new Hono<Web>()
  routes.use('/link', refuseOtherSites(deps.config.baseUrl))

  routes.get('/link', (c) => sendPage(c, <NewLinkPage language={readerLanguage(c)} />))

  routes.post('/link', async (c) => {
    const language = readerLanguage(c)
    const form = await readForm(c)
    if (!form) return fail(c, 400, language)
    const entered = form.get('email')?.at(-1) ?? ''
    const address = emailAddress.safeParse(entered.trim())
    if (!address.success) return sendPage(c, <NewLinkPage language={language} entered={entered} malformed />, 422)
    await askLink(deps, address.data)
    return sendPage(c, <LinkAskedPage language={language} />)
  })

  return routes
}
