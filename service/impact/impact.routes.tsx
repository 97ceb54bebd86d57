// Research pages: the list of publications, one publication, and its charts. Publications only; never an answer.
import { Hono } from 'hono'
import { drawChart } from '../platform/chart.ts'
import { fail, readerLanguage, type Web } from '../platform/http.tsx'
import { type Language, wordsIn } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import type { Manifest } from '../publications/tables.ts'
import { changeChart } from './change-chart.ts'
import { publicationWithChanges } from './change-tables.queries.ts'
import type { ResearchDeps } from './deps.ts'
import { PublicationPage, PublicationsPage } from './impact.pages.tsx'

/** Of the letters a publication's name is made of: anything else, such as a NUL, the database would choke on. */
const PUBLICATION = ':publication{[a-z0-9.-]+}'

export function impactRoutes({ db, library, baseUrl }: ResearchDeps) {
  const routes = new Hono<Web>()

  routes.get('/impact', async (c) => {
    const language = readerLanguage(c)
    const publications = (await library.list()).map(({ manifest }) => manifest)
    return sendPage(
      c,
      <PublicationsPage
        language={language}
        publications={publications}
        nameOf={(listed) => namesIn(listed, language)}
      />,
    )
  })

  routes.get(`/impact/${PUBLICATION}`, async (c) => {
    const language = readerLanguage(c)
    const found = await publicationWithChanges(db, c.req.param('publication'))
    if (!found) return fail(c, 404)
    const permanent = `${baseUrl}/api/v1/publications/${found.manifest.publication}`
    return sendPage(
      c,
      <PublicationPage language={language} {...found} {...namesIn(found.manifest, language)} permanent={permanent} />,
    )
  })

  routes.get(`/impact/${PUBLICATION}/:table{change\\.[A-Z_0-9]+\\.svg}`, async (c) => {
    const found = await publicationWithChanges(db, c.req.param('publication'))
    const change = found?.changes.find(({ total }) => `${total.table}.svg` === c.req.param('table'))
    const language = readerLanguage(c)
    const spec = change && changeChart(change.cells, language, wordsIn(language))
    if (!spec) return fail(c, 404)
    c.header('Cache-Control', 'public, max-age=86400')
    return c.body(await drawChart(spec), 200, { 'Content-Type': 'image/svg+xml' })
  })

  return routes
}

/** As a publication says it; one made before they said it has its codes. */
const namesIn = ({ programme, wave, names }: Pick<Manifest, 'programme' | 'wave' | 'names'>, language: Language) => ({
  programme: names?.programme[language] ?? programme,
  wave: names?.wave[language] ?? wave,
})
