// What every answer over HTTP has in common: request id, headers, size and time limits, and one way to fail.

import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { compress } from 'hono/compress'
import { HTTPException } from 'hono/http-exception'
import { type RequestIdVariables, requestId } from 'hono/request-id'
import { routePath } from 'hono/route'
import { secureHeaders } from 'hono/secure-headers'
import { timeout } from 'hono/timeout'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { isLanguage, type Language, preferredLanguage, wordsIn } from './i18n.ts'
import { describeError, type Log } from './logging.ts'
import { MessagePage, sendPage } from './page.tsx'
import { script } from './script.ts'
import { stylesheet } from './style.ts'

export type Web = { Variables: RequestIdVariables }

const REQUEST_DEADLINE = 10_000
const BODY_LIMIT = 64 * 1024
/** A file that somebody sends in: twenty thousand missions are a quarter of it. */
const FILE_LIMIT = 20 * 1024 * 1024

const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
    objectSrc: ["'none'"],
  },
  strictTransportSecurity: 'max-age=31536000; includeSubDomains',
  referrerPolicy: 'no-referrer',
  crossOriginOpenerPolicy: 'same-origin',
  crossOriginResourcePolicy: 'same-origin',
  permissionsPolicy: { camera: [], microphone: [], geolocation: [] },
})

/** The common headers; a route that needs to allow a page more says so in a policy of its own. */
const safeHeaders: MiddlewareHandler = async (c, next) => {
  let own: string | null = null
  await headers(c, async () => {
    await next()
    own = c.res.headers.get(POLICY)
  })
  if (own !== null) c.res.headers.set(POLICY, own)
}
const POLICY = 'Content-Security-Policy'

/** An application with the common limits and headers, ready for routes; `files` are the addresses that take a whole file. */
export function createWeb(log: Log, isDraining: () => boolean = () => false, files?: RegExp): Hono<Web> {
  const web = new Hono<Web>()
  web.use(requestId({ headerName: '' }), logRequests(log), safeHeaders, dynamicByDefault, closeWhenDraining(isDraining))
  web.use(compress({ encoding: 'gzip' }))
  const [ofForms, ofFiles] = [BODY_LIMIT, FILE_LIMIT].map((maxSize) =>
    bodyLimit({ maxSize, onError: (c) => fail(c, 413) }),
  )
  web.use(refuseEncodedBodies, (c, next) => (files?.test(c.req.path) ? ofFiles! : ofForms!)(c, next))
  web.use(timeout(REQUEST_DEADLINE, () => new HTTPException(503)))
  for (const [path, content, type] of [
    [stylesheet.path, stylesheet.css, 'text/css; charset=utf-8'],
    [script.path, script.js, 'text/javascript; charset=utf-8'],
  ] as const) {
    web.get(path, (c) =>
      c.body(content, 200, { 'Content-Type': type, 'Cache-Control': 'public, max-age=31536000, immutable' }),
    )
  }
  web.notFound((c) => fail(c, 404))
  web.onError((error, c) => {
    if (error instanceof HTTPException) return fail(c, error.status)
    log.error({ requestId: c.get('requestId'), route: routePath(c), ...describeError(error) }, 'a request failed')
    return fail(c, 500)
  })
  return web
}

/** Lines say which route was asked, never which address: addresses may carry a token. */
const logRequests =
  (log: Log): MiddlewareHandler<Web> =>
  async (c, next) => {
    const start = performance.now()
    await next()
    const milliseconds = Math.round(performance.now() - start)
    log.info(
      {
        requestId: c.get('requestId'),
        method: c.req.method,
        route: routePath(c, -1),
        status: c.res.status,
        milliseconds,
      },
      'request',
    )
  }

/** Nothing is kept by browsers or proxies, and nothing is indexed, unless a route says otherwise. */
const dynamicByDefault: MiddlewareHandler = async (c, next) => {
  await next()
  if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store')
  c.header('X-Robots-Tag', 'noindex, nofollow')
}

/** No browser compresses what it sends; a body that has to be unpacked could be any size. */
const refuseEncodedBodies: MiddlewareHandler = async (c, next) => {
  const encoding = c.req.header('Content-Encoding')
  if (encoding && encoding.toLowerCase() !== 'identity') return fail(c, 415)
  await next()
}

const closeWhenDraining =
  (isDraining: () => boolean): MiddlewareHandler =>
  async (c, next) => {
    await next()
    if (isDraining()) c.header('Connection', 'close')
  }

/**
 * Lets through what the site itself or no browser at all sent, and refuses a change that another site's page asked for.
 * A browser says so in Sec-Fetch-Site; under `no-referrer` its Origin is only ever `null`, which says nothing.
 * Reading is free: a link opened from a webmail page comes from another site.
 */
export const refuseOtherSites =
  (baseUrl: string): MiddlewareHandler =>
  async (c, next) => {
    const site = c.req.header('Sec-Fetch-Site')
    const origin = c.req.header('Origin')
    const reads = ['GET', 'HEAD'].includes(c.req.method)
    const foreign = site
      ? !['same-origin', 'none'].includes(site)
      : Boolean(origin && origin !== 'null' && origin !== new URL(baseUrl).origin)
    if (foreign && !reads) throw new HTTPException(403)
    await next()
  }

/** The language of a page: the one its address asks for, else the reader's. */
export function readerLanguage(c: Context): Language {
  const chosen = c.req.query('lang')
  return isLanguage(chosen) ? chosen : preferredLanguage(c.req.header('Accept-Language'))
}

/** The fields of a form and their texts. */
export type Form = ReadonlyMap<string, readonly string[]>

/** The fields of a form and their texts (files are left out), or null when the body cannot be read as a form. */
export async function readForm(c: Context): Promise<Form | null> {
  const body = await c.req.parseBody({ all: true }).catch((error: unknown) => {
    if (error instanceof TypeError) return null
    throw error
  })
  if (!body) return null
  const texts = (value: unknown) => [value].flat().filter((one) => typeof one === 'string')
  return new Map(Object.entries(body).map(([name, value]) => [name, texts(value)]))
}

/** A table as a file to keep; the mark at its beginning tells spreadsheets that its accents are in UTF-8. */
export const sendCsv = (c: Context, name: string, text: string) =>
  c.body(`\ufeff${text}`, 200, {
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': `attachment; filename="${name}.csv"`,
  })

/** A failure, as a problem document (RFC 9457) where a machine asked and as a page where a person did. */
export function fail(c: Context, status: ContentfulStatusCode, language = readerLanguage(c)) {
  if (c.req.path.startsWith('/api/')) return problem(c, status, TITLES[status] ?? 'Error')
  const t = wordsIn(language)
  const page = (
    <MessagePage
      language={language}
      title={t(status === 404 ? 'error.notFound.title' : status < 500 ? 'error.refused.title' : 'error.failed.title')}
    >
      <p>{t(status === 404 ? 'error.notFound.text' : status < 500 ? 'error.refused.text' : 'error.failed.text')}</p>
    </MessagePage>
  )
  return sendPage(c, page, status)
}

const TITLES: Partial<Record<number, string>> = {
  400: 'The request could not be read',
  401: 'A researcher token is required',
  403: 'Not allowed',
  404: 'Not found',
  413: 'The request is too large',
  415: 'This kind of content is not accepted',
  500: 'The service failed',
  503: 'The service is busy',
}

/** An RFC 9457 problem: type, title, status, the request's id, and never the value that was at fault. */
export function problem(c: Context, status: ContentfulStatusCode, title: string, detail?: string) {
  const body = {
    type: 'about:blank',
    title,
    status,
    ...(detail && { detail }),
    instance: `urn:uuid:${c.get('requestId')}`,
  }
  return c.body(JSON.stringify(body), status, { 'Content-Type': 'application/problem+json' })
}
