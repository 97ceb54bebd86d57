// Research pages: the list of publications, one publication, and its charts. Publications only; never an answer.
import { Hono } from 'hono'
import { drawChart } from '../platform/chart.ts'
import { fail, readerLanguage, type Web } from '../platform/http.tsx'
import { type Language, wordsIn } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import { listPublications } from '../publications/publications.queries.ts'
import { Manifest } from '../publications/tables.ts'
import type { Deps } from '../waves/deps.ts'
import { changeChart } from './change-chart.ts'
import { publicationWithChanges } from './change-tables.queries.ts'
import { PublicationPage, PublicationsPage } from './impact.pages.tsx'

/** Of the letters a publication's name is made of: anything else, such as a NUL, the database would choke on. */
const PUBLICATION = ':publication{[a-z0-9.-]+}'

export function impactRoutes({ db, config, frame, plans }: Pick<Deps, 'db' | 'config' | 'frame' | 'plans'>) {
  const routes = new Hono<Web>()

  routes.get('/impact', async (c) => {
    const language = readerLanguage(c)
    const publications = (await listPublications(db)).map(({ manifest }) => Manifest.parse(JSON.parse(manifest)))
    return sendPage(
      c,
      <PublicationsPage language={language} publications={publications} nameOf={(listed) => names(listed, language)} />,
    )
  })

  routes.get(`/impact/${PUBLICATION}`, async (c) => {
    const language = readerLanguage(c)
    const found = await publicationWithChanges(db, c.req.param('publication'))
    if (!found) return fail(c, 404)
    const permanent = `${config.baseUrl}/api/v1/publications/${found.manifest.publication}`
    return sendPage(
      c,
      <PublicationPage language={language} {...found} {...names(found.manifest, language)} permanent={permanent} />,
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

  function names({ programme, wave }: { programme: string; wave: string }, language: Language) {
    const known = frame.programmes.find((one) => one.programme === programme)
    const planned = known && plans.get(known.plan)?.waves.find((one) => one.wave === wave)
    return { programme: known?.name[language] ?? programme, wave: planned?.name[language] ?? wave }
  }
}
