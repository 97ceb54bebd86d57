// The demonstration's mailbox. Never mounted in production.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Hono } from 'hono'
import PostalMime from 'postal-mime'
import type { Platform } from '../platform/deps.ts'
import { fail, readerLanguage, type Web } from '../platform/http.tsx'
import { mailFiles } from '../platform/mailer.ts'
import { sendPage } from '../platform/page.tsx'
import { MailboxPage, type MailListing, MailPage } from './mailbox.pages.tsx'

export function mailboxRoutes({ config }: Pick<Platform, 'config'>) {
  const routes = new Hono<Web>()
  const folder = join(config.dataDir, 'mail')

  routes.get('/mailbox', async (c) => {
    const mails = await Promise.all(
      mailFiles(folder)
        .toReversed()
        .map((name) => read(name)),
    )
    return sendPage(c, <MailboxPage language={readerLanguage(c)} mails={mails.map(({ listing }) => listing)} />)
  })

  routes.get('/mailbox/:name{[0-9]{6}\\.eml}', async (c) => {
    const name = c.req.param('name')
    if (!mailFiles(folder).includes(name)) return fail(c, 404)
    const { listing, text, source } = await read(name)
    return sendPage(c, <MailPage language={readerLanguage(c)} mail={listing} text={text} source={source} />)
  })

  return routes

  async function read(name: string): Promise<{ listing: MailListing; text: string; source: string }> {
    const source = await readFile(join(folder, name))
    const { date = '', to = [], subject = '', text = '' } = await PostalMime.parse(source)
    const listing = {
      name,
      date: date.slice(0, 16).replace('T', ' '),
      to: to.map(({ address }) => address ?? '').join(', '),
      subject,
    }
    return { listing, text, source: source.toString('utf8') }
  }
}
