// The description of the API as a page one can browse and try, from our own address.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Hono } from 'hono'
import type { Web } from '../platform/http.tsx'

const TYPES = { 'swagger-ui.css': 'text/css; charset=utf-8', 'swagger-ui-bundle.js': 'text/javascript; charset=utf-8' }

/** Draws the page; nothing typed into it is sent anywhere but here. */
const START = `window.addEventListener('load', () => {
  SwaggerUIBundle({ url: '/api/v1/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null, tryItOutEnabled: true })
})
`

/** Swagger UI puts styles and pictures of its own into the page, and asks the API. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

export function docsRoutes() {
  const routes = new Hono<Web>()
  const folder = join(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'), '..')

  routes.get('/api/v1/docs', (c) => {
    c.header('Content-Security-Policy', POLICY)
    return c.html(
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>Retour: API</title>
          <link rel="stylesheet" href="/api/v1/docs/swagger-ui.css" />
          <script src="/api/v1/docs/swagger-ui-bundle.js"></script>
          <script src="/api/v1/docs/start.js"></script>
        </head>
        <body>
          <div id="docs">
            <noscript>
              <a href="/api/v1/openapi.json">OpenAPI 3.1</a>
            </noscript>
          </div>
        </body>
      </html>,
    )
  })

  for (const [name, type] of Object.entries(TYPES)) {
    const content = readFileSync(join(folder, name), 'utf8')
    routes.get(`/api/v1/docs/${name}`, (c) => {
      c.header('Cache-Control', 'public, max-age=86400')
      return c.body(content, 200, { 'Content-Type': type })
    })
  }
  routes.get('/api/v1/docs/start.js', (c) => c.body(START, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }))

  return routes
}
