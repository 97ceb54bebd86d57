// A publication told group by group: what the page of everybody says, each group beside the others. Nothing is computed
// here that is not in a published table. A comparison group is compared with everybody together, so no change of a group
// can be put down to the programme.
import type { FC } from 'hono/jsx'
import { Figures, Folded, Row } from '../platform/figures.tsx'
import { type Language, percent, sayNumber, type Words, wordsIn } from '../platform/i18n.ts'
import { Page } from '../platform/page.tsx'
import { saySigned } from '../publications/say-change.ts'
import type { PublishedTable, ShareCell, TableOf } from '../publications/tables.ts'
import { type Groups, ofKind, ratingMeans, scaleMeans, statusesIn, toldShares } from './article.queries.ts'
import {
  ChartFile,
  Downloads,
  estimateCells,
  headsOf,
  Picture,
  sayInterval,
  sayShare,
  shareCells,
} from './parts.pages.tsx'

type Telling = { groups: Groups; language: Language; t: Words }

export const GroupsPage: FC<{ language: Language; groups: Groups; programme: string; wave: string }> = ({
  language,
  groups,
  programme,
  wave,
}) => {
  const { manifest, split } = groups
  const t = wordsIn(language)
  const publication = t('impact.publication.title', { programme, cohort: manifest.cohort, wave })
  const title = t('impact.groups.title', { publication, split: split.label[language] })
  const address = (by: Record<string, string>, lang: string) =>
    `/impact/${manifest.publication}?${new URLSearchParams({ ...by, lang })}`
  const telling = { groups, language, t }
  return (
    <Page language={language} title={title} languageLink={(other) => address({ by: split.by }, other)}>
      <h1>{title}</h1>
      {manifest.status === 'provisional' && <p class="notice">{t('impact.provisional')}</p>}
      <p>
        {t('impact.groups.intro')} {t('impact.means')}
      </p>
      <Response {...telling} />
      <Changes {...telling} />
      <Shares {...telling} />
      <Means {...telling} />
      <Situations {...telling} />
      <Survival {...telling} />
      <section>
        <h2>{t('impact.method.title')}</h2>
        <p>{t('impact.noise')}</p>
        <p>{t('impact.method.interval')}</p>
        <p>{t('impact.method.edges')}</p>
        <p>{t('impact.method.small')}</p>
        <p class="muted">
          {t('impact.source', { publication: manifest.publication, instruments: manifest.instruments.join(', ') })}
        </p>
      </section>
      <p>
        <a href={address({}, language)}>{t('impact.groups.back')}</a>
      </p>
    </Page>
  )
}

const fileOf = ({ manifest, split }: Groups) => ({ publication: manifest.publication, by: split.by })

/** Whether any group of any of some tables has a figure. */
const isShown = (tables: readonly { cells: readonly { state: string }[] }[]): boolean =>
  tables.some(({ cells }) => cells.some(({ state }) => state !== 'suppressed'))

const Response: FC<Telling> = ({ groups, language, t }) => {
  const [response] = ofKind(groups, 'response')
  if (!response) return null
  return (
    <section>
      <h2>{t('impact.groups.response')}</h2>
      <Figures
        caption={response.label[language]}
        t={t}
        heads={[
          t('impact.column.group'),
          t('impact.column.eligible'),
          t('impact.column.responded'),
          t('impact.column.rate'),
        ]}
      >
        {response.cells.map(({ label, eligible, dispositions, rates }) => (
          <Row
            head={label[language]}
            cells={[
              eligible,
              dispositions ? dispositions.I + dispositions.P : t('impact.withheld'),
              rates?.rr2 == null ? '–' : t('impact.share.exact', { share: percent(rates.rr2, language) }),
            ]}
          />
        ))}
      </Figures>
      <Downloads {...fileOf(groups)} table={response.table} language={language} t={t} chart={false} />
    </section>
  )
}

const Changes: FC<Telling> = ({ groups, language, t }) => {
  const changes = ofKind(groups, 'change')
  if (!isShown(changes)) return null
  const title = t('impact.changes.title')
  return (
    <section>
      <h2>{title}</h2>
      <Picture {...fileOf(groups)} table="changes" language={language} alt={t('impact.groups.chart')} />
      <ChartFile {...fileOf(groups)} table="changes" language={language} t={t} />
      <p>{t('impact.attribution')}</p>
      <Folded caption={title} t={t} heads={headsOf(t('impact.column.group'), t('impact.column.estimate'), t)}>
        {changes.map((change) => (
          <Estimates table={change} say={saySigned} {...{ groups, language, t }} />
        ))}
      </Folded>
    </section>
  )
}

const Means: FC<Telling> = ({ groups, language, t }) => {
  const [scales, ratings] = [scaleMeans(groups), ratingMeans(groups)]
  if (!isShown([...scales, ...ratings])) return null
  const title = t('impact.means.title')
  return (
    <section>
      <h2>{title}</h2>
      {isShown(scales) && (
        <>
          <Picture {...fileOf(groups)} table="means" language={language} alt={t('impact.groups.chart')} />
          <ChartFile {...fileOf(groups)} table="means" language={language} t={t} />
        </>
      )}
      <Folded caption={title} t={t} heads={headsOf(t('impact.column.group'), t('impact.column.mean'), t)}>
        {[...scales, ...ratings].map((mean) => (
          <Estimates table={mean} say={sayMean} {...{ groups, language, t }} />
        ))}
      </Folded>
    </section>
  )
}

const sayMean = (mean: number, language: Language): string => sayNumber(mean, language, 1)

type EstimatesProps = Telling & {
  table: TableOf<'change' | 'mean'>
  say: (value: number, language: Language) => string
}

/** The estimates of each group, with their intervals. */
const Estimates: FC<EstimatesProps> = ({ table, say, groups, language, t }) => (
  <>
    <TableHead table={table} columns={4} {...{ groups, language, t }} />
    {table.cells.map((cell) => (
      <Row head={cell.label[language]} cells={estimateCells(cell, say, language, t)} />
    ))}
  </>
)

/** What the rows that follow are about, with their file. */
const TableHead: FC<Telling & { table: PublishedTable; columns: number }> = ({
  table,
  columns,
  groups,
  language,
  t,
}) => (
  <tr>
    <th scope="colgroup" colspan={columns}>
      {table.label[language]}
      <Downloads {...fileOf(groups)} table={table.table} language={language} t={t} chart={false} />
    </th>
  </tr>
)

const Shares: FC<Telling> = ({ groups, language, t }) => {
  const shares = toldShares(groups)
  if (!isShown(shares)) return null
  const title = t('impact.shares.title')
  return (
    <section>
      <h2>{title}</h2>
      <Picture {...fileOf(groups)} table="shares" language={language} alt={t('impact.groups.chart')} />
      <ChartFile {...fileOf(groups)} table="shares" language={language} t={t} />
      <Folded caption={title} t={t} heads={headsOf(t('impact.column.group'), t('impact.column.share'), t)}>
        {shares.map((share) => (
          <>
            <TableHead table={share} columns={4} {...{ groups, language, t }} />
            {share.cells.map((cell) => (
              <Row head={cell.label[language]} cells={shareCells(cell.base, cell, language, t)} />
            ))}
          </>
        ))}
      </Folded>
    </section>
  )
}

const Situations: FC<Telling> = ({ groups, language, t }) => {
  const shown = statusesIn(groups).filter((one) => isShown([one]))
  if (shown.length === 0) return null
  return (
    <section>
      <h2>{t('impact.situations')}</h2>
      {shown.map(({ table, label, cells }) => (
        <>
          <Figures
            caption={label[language]}
            t={t}
            heads={[
              t('impact.column.group'),
              t('impact.column.n'),
              ...cells[0]!.shares.map(({ label }) => label[language]),
            ]}
          >
            {cells.map(({ label, n, shares }) => (
              <Row
                head={label[language]}
                cells={[n ?? '–', ...shares.map((share) => sayWithInterval(share, language, t))]}
              />
            ))}
          </Figures>
          <Downloads {...fileOf(groups)} table={table} language={language} t={t} chart={false} />
        </>
      ))}
    </section>
  )
}

/** A share with its interval in brackets. */
const sayWithInterval = (share: ShareCell, language: Language, t: Words): string =>
  share.interval === null
    ? sayShare(share, language, t)
    : `${sayShare(share, language, t)} (${sayInterval(share.interval, language, t)})`

const Survival: FC<Telling> = ({ groups, language, t }) => (
  <>
    {ofKind(groups, 'survival')
      .filter(({ cells }) => cells.some(({ intervals }) => intervals.some(({ share }) => share !== null)))
      .map(({ table, label, cells }) => (
        <section>
          <h2>{label[language]}</h2>
          <p>{t('impact.attribution.work')}</p>
          <Picture
            {...fileOf(groups)}
            table={table}
            language={language}
            alt={`${label[language]}. ${t('impact.survival.chart')}`}
          />
          <Downloads {...fileOf(groups)} table={table} language={language} t={t} />
          <Folded
            caption={label[language]}
            t={t}
            heads={[
              t('impact.column.group'),
              t('impact.column.until'),
              t('impact.column.atRisk'),
              t('impact.column.share'),
              t('impact.column.interval'),
            ]}
          >
            {cells.flatMap(({ label, intervals }) =>
              intervals.map((one) => (
                <Row head={label[language]} cells={[one.to, ...shareCells(one.atRisk, one, language, t)]} />
              )),
            )}
          </Folded>
        </section>
      ))}
  </>
)
