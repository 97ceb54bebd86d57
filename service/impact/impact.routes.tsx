// Research pages: the list of publications, one publication, and its charts and files. Publications only; never an answer.
import { type Context, Hono } from 'hono'
import { type ChartSpec, drawChart } from '../platform/chart.ts'
import { fail, readerLanguage, type Web } from '../platform/http.tsx'
import { type Language, wordsIn } from '../platform/i18n.ts'
import { sendPage } from '../platform/page.tsx'
import type { Library } from '../publications/library.queries.ts'
import type { Manifest, PublishedTable } from '../publications/tables.ts'
import { TOTAL } from '../publications/unit.ts'
import {
  type Article,
  findArticle,
  findGroups,
  type Groups,
  ofKind,
  scaleMeans,
  toldShares,
} from './article.queries.ts'
import {
  beforeAfterChart,
  changeChart,
  groupChangesChart,
  groupMeansChart,
  groupSharesChart,
  retentionChart,
  sharesChart,
  statesChart,
  survivalChart,
} from './charts.ts'
import type { ResearchDeps } from './deps.ts'
import { GroupsPage } from './groups.pages.tsx'
import { inCohort } from './headline.ts'
import { PublicationPage, PublicationsPage } from './impact.pages.tsx'
import { tableCsv } from './table-csv.ts'

/** Of the letters a publication's name is made of: anything else, such as a NUL, the database would choke on. */
const PUBLICATION = ':publication{[a-z0-9.-]+}'
const NAME = '{[a-z0-9-]+}'
/** A table of everybody, or several in one picture, as a picture, as its specification, or as figures. */
const FILE = ':file{[a-z]+(?:\\.[A-Z_0-9]+)?\\.(?:svg|json|csv)}'

export function impactRoutes({ library, baseUrl }: ResearchDeps) {
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

  // A cohort is told by its latest wave.
  routes.get(`/impact/:programme${NAME}/:cohort${NAME}`, async (c) => {
    const published = (await library.list()).map(({ manifest }) => manifest)
    const [newest] = inCohort(published, c.req.param())
    return newest ? c.redirect(`/impact/${newest.publication}?lang=${readerLanguage(c)}`, 302) : fail(c, 404)
  })

  routes.get(`/impact/${PUBLICATION}`, async (c) => {
    const language = readerLanguage(c)
    const by = c.req.query('by') ?? TOTAL
    if (by !== TOTAL) {
      const groups = await findGroups(library, c.req.param('publication'), by)
      if (!groups) return fail(c, 404)
      return sendPage(c, <GroupsPage language={language} groups={groups} {...namesIn(groups.manifest, language)} />)
    }
    const article = await findArticle(library, c.req.param('publication'))
    if (!article) return fail(c, 404)
    const permanent = `${baseUrl}/api/v1/publications/${article.manifest.publication}`
    return sendPage(
      c,
      <PublicationPage
        language={language}
        article={article}
        {...namesIn(article.manifest, language)}
        permanent={permanent}
        waveOf={(manifest) => namesIn(manifest, language).wave}
      />,
    )
  })

  routes.get(`/impact/${PUBLICATION}/${FILE}`, async (c) => {
    const { publication, file } = c.req.param()
    const by = c.req.query('by') ?? TOTAL
    const [, name, as] = /^(.+)\.(\w+)$/.exec(file)!
    if (as === 'csv') return figures(c, await library.readTable(publication, name!, by))
    const spec = await chartOf(library, { publication, name: name!, by }, readerLanguage(c))
    if (!spec) return fail(c, 404)
    c.header('Cache-Control', 'public, max-age=86400')
    if (as === 'svg') return c.body(await drawChart(spec), 200, { 'Content-Type': 'image/svg+xml' })
    return c.json({ $schema: 'https://vega.github.io/schema/vega-lite/v6.json', ...(spec as object) })
  })

  return routes
}

function figures(c: Context, table: PublishedTable | undefined) {
  if (!table) return fail(c, 404)
  const name = [table.publication, table.table, ...(table.by === TOTAL ? [] : [table.by.replace(',', '-')])].join('.')
  c.header('Cache-Control', 'public, max-age=86400')
  c.header('Content-Disposition', `attachment; filename="${name}.csv"`)
  return c.body(tableCsv(table), 200, { 'Content-Type': 'text/csv; charset=utf-8' })
}

type Asked = { publication: string; name: string; by: string }

async function chartOf(library: Library, { publication, name, by }: Asked, language: Language) {
  if (by !== TOTAL) {
    const groups = await findGroups(library, publication, by)
    return groups ? chartOfGroups(groups, name, language) : null
  }
  const article = await findArticle(library, publication)
  return article ? chartOfEverybody(article, name, language) : null
}

/** The picture of a table of everybody, of the changes of a scale by group, or of all changes or shares together. */
function chartOfEverybody(article: Article, name: string, language: Language): ChartSpec | null {
  const t = wordsIn(language)
  const { changes, tables } = article
  if (name === 'changes')
    return beforeAfterChart(
      changes.map(({ total }) => total),
      language,
      t,
    )
  if (name === 'shares') {
    const shares = toldShares(article).map(({ label, cells }) => ({ label: label[language], cell: cells[0]! }))
    return sharesChart(shares, t)
  }
  const change = changes.find(({ total }) => total.table === name)
  if (change) return changeChart(change.cells, language, t)
  const table = tables.find((one) => one.table === name)
  if (table?.kind === 'retention') return retentionChart(table, language, t)
  if (table?.kind === 'states') return statesChart(table, language, t)
  return table?.kind === 'survival' ? survivalChart(table, language, t) : null
}

/** The picture of a table by groups, or of all changes, shares or mean scores by groups. */
function chartOfGroups(groups: Groups, name: string, language: Language): ChartSpec | null {
  const t = wordsIn(language)
  if (name === 'changes') return groupChangesChart(ofKind(groups, 'change'), language, t)
  if (name === 'shares') return groupSharesChart(toldShares(groups), language, t)
  if (name === 'means') return groupMeansChart(scaleMeans(groups), language, t)
  const table = groups.tables.find((one) => one.table === name)
  return table?.kind === 'survival' ? survivalChart(table, language, t) : null
}

/** As a publication says it; one made before they said it has its codes. */
const namesIn = ({ programme, wave, names }: Pick<Manifest, 'programme' | 'wave' | 'names'>, language: Language) => ({
  programme: names?.programme[language] ?? programme,
  wave: names?.wave[language] ?? wave,
})
