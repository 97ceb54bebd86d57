// What researchers and the curious read: the finding in a sentence, the chart, the table, how it was made, where it lives.
import type { FC } from 'hono/jsx'
import { Folded, Row } from '../platform/figures.tsx'
import { type Language, percent, sayDate, sayList, type Words, wordsIn } from '../platform/i18n.ts'
import { MessagePage, Page, WideTable } from '../platform/page.tsx'
import { sayChange, saySigned } from '../publications/say-change.ts'
import type { ChangeCell, Manifest, Refusal, TableOf } from '../publications/tables.ts'
import { BeforeAfter, Paths, Register, Retention, Shares, Situations, Summary, Survival } from './article.pages.tsx'
import { type Article, ofKind } from './article.queries.ts'
import { Downloads, estimateCells, headsOf, Picture } from './parts.pages.tsx'

type ChangeTable = TableOf<'change'>

const address = (publication: string, language: Language) => `/impact/${publication}?lang=${language}`
const addressBy = (publication: string, by: string, language: Language) =>
  `/impact/${publication}?${new URLSearchParams({ by, lang: language })}`
type Listed = Pick<Manifest, 'publication' | 'programme' | 'cohort' | 'wave' | 'names' | 'eligible' | 'publishedOn'>

export const PublicationsPage: FC<{
  language: Language
  publications: readonly Listed[]
  nameOf: (listed: Listed) => { programme: string; wave: string }
}> = ({ language, publications, nameOf }) => {
  const t = wordsIn(language)
  return (
    <MessagePage language={language} title={t('impact.title')} languageLink={(other) => `/impact?lang=${other}`}>
      <p>{t(publications.length > 0 ? 'impact.intro' : 'impact.none')}</p>
      {publications.length > 0 && (
        <nav aria-label={t('impact.cohorts')}>
          <h2>{t('impact.cohorts')}</h2>
          <ul>
            {cohortsIn(publications).map((listed) => (
              <li>
                <a href={`/impact/${listed.programme}/${listed.cohort}?lang=${language}`}>
                  {nameOf(listed).programme}, {listed.cohort}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      )}
      {publications.length > 0 && (
        <WideTable label={t('impact.list')}>
          <table>
            <caption>{t('impact.list')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('impact.publication')}</th>
                <th scope="col">{t('impact.id')}</th>
                <th scope="col" class="number">
                  {t('impact.missions')}
                </th>
                <th scope="col">{t('impact.published')}</th>
              </tr>
            </thead>
            <tbody>
              {publications.map((listed) => (
                <tr>
                  <th scope="row">
                    <a href={address(listed.publication, language)}>
                      {t('impact.publication.title', { ...nameOf(listed), cohort: listed.cohort })}
                    </a>
                  </th>
                  <td>{listed.publication}</td>
                  <td class="number">{listed.eligible}</td>
                  <td>{sayDate(Temporal.PlainDate.from(listed.publishedOn), language)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </WideTable>
      )}
    </MessagePage>
  )
}

/** One publication of each cohort, the cohort published last first. */
const cohortsIn = (publications: readonly Listed[]): Listed[] =>
  [
    ...new Map(publications.toReversed().map((listed) => [`${listed.programme} ${listed.cohort}`, listed])).values(),
  ].toReversed()

export type PublicationPageProps = {
  language: Language
  article: Article
  programme: string
  wave: string
  /** The address of the publication on the API. */
  permanent: string
  waveOf: (manifest: Manifest) => string
}

export const PublicationPage: FC<PublicationPageProps> = ({
  language,
  article,
  programme,
  wave,
  permanent,
  waveOf,
}) => {
  const { manifest, changes, splits, others } = article
  const t = wordsIn(language)
  const title = t('impact.publication.title', { programme, cohort: manifest.cohort, wave })
  const telling = { article, language, t }
  const rate = ofKind(article, 'response')[0]?.cells[0]?.rates?.rr2
  return (
    <Page language={language} title={title} languageLink={(other) => address(manifest.publication, other)}>
      <h1>{title}</h1>
      {manifest.status === 'provisional' && <p class="notice">{t('impact.provisional')}</p>}
      <Summary {...telling} />
      {splits.length > 0 && (
        <nav aria-label={t('impact.groups')}>
          <p>
            {t('impact.groups')}
            {splits.map(({ by, label }, place) => (
              <>
                {place === 0 ? ' ' : ', '}
                <a href={addressBy(manifest.publication, by, language)}>{label[language]}</a>
              </>
            ))}
          </p>
        </nav>
      )}
      <BeforeAfter {...telling} />
      {changes.map(({ total, cells }) => (
        <Change total={total} cells={cells} publication={manifest.publication} language={language} t={t} />
      ))}
      {changes.length > 0 && <p class="muted">{t('impact.means')}</p>}
      <Situations {...telling} />
      <Shares {...telling} />
      <Paths {...telling} />
      <Survival {...telling} />
      <Retention {...telling} />
      <Register {...telling} />
      {manifest.refused.length > 0 && <Refused refused={manifest.refused} language={language} t={t} />}
      <section>
        <h2>{t('impact.method.title')}</h2>
        <p>{t('impact.noise')}</p>
        <p>{t('impact.method.interval')}</p>
        <p>{t('impact.method.edges')}</p>
        <p>{t('impact.method.small')}</p>
        {rate != null && <p>{t('impact.response.rate', { rate: percent(rate, language) })}</p>}
        <p class="muted">
          {t('impact.source', { publication: manifest.publication, instruments: manifest.instruments.join(', ') })}
        </p>
        <p class="muted">
          {t('impact.cite')} <code>{permanent}</code>
        </p>
      </section>
      {others.length > 0 && (
        <nav aria-label={t('impact.others')}>
          <h2>{t('impact.others')}</h2>
          <ul>
            {others.map((other) => (
              <li>
                <a href={address(other.publication, language)}>
                  {waveOf(other)} ({other.publication})
                </a>
              </li>
            ))}
          </ul>
        </nav>
      )}
      <p>
        <a href={`/impact?lang=${language}`}>{t('impact.back')}</a>
      </p>
    </Page>
  )
}

const Refused: FC<{ refused: readonly Refusal[]; language: Language; t: Words }> = ({ refused, language, t }) => (
  <section>
    <h2>{t('impact.refused')}</h2>
    <p>{t('impact.refused.intro')}</p>
    <ul>
      {refused.map(({ table, label, items }) => (
        <li>
          <strong>{t(`impact.refused.${kindOf(table)}`, { label: label[language] })}</strong>{' '}
          {[...Map.groupBy(items, ({ comparability }) => comparability)]
            .map(([comparability, alike]) =>
              t(`impact.refused.${comparability}`, {
                items: sayList(
                  alike.map(({ item }) => item),
                  language,
                ),
              }),
            )
            .join(' ')}
        </li>
      ))}
    </ul>
  </section>
)

/** What a table that was not computed would have shown. */
const kindOf = (table: string): 'change' | 'mean' | 'item' => {
  if (/^(change|comparison|transition)\./.test(table)) return 'change'
  return /^(mean|ceiling|reliability)\./.test(table) ? 'mean' : 'item'
}

type ChangeProps = {
  total: ChangeTable
  cells: readonly ChangeCell[]
  publication: string
  language: Language
  t: Words
}

const Change: FC<ChangeProps> = ({ total, cells, publication, language, t }) => {
  const measure = total.label[language]
  const everybody = total.cells[0]!
  return (
    <section>
      <h2>{t('impact.change.title', { measure })}</h2>
      <p>{sayChange(everybody, language)}</p>
      {total.comparability === 'reworded' && <p>{t('impact.reworded')}</p>}
      {everybody.state === 'published' && (
        <Picture
          publication={publication}
          table={total.table}
          language={language}
          alt={t('impact.chart', { measure })}
        />
      )}
      <Downloads publication={publication} table={total.table} language={language} t={t} />
      <Folded
        caption={t('impact.change.title', { measure })}
        t={t}
        heads={headsOf(t('impact.column.group'), t('impact.column.estimate'), t)}
      >
        {cells.map((cell) => (
          <Row head={cell.label[language]} cells={estimateCells(cell, saySigned, language, t)} />
        ))}
      </Folded>
    </section>
  )
}
