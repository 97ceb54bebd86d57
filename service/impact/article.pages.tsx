// The parts of a publication's page: each says what was found, shows it, and gives the figures. Nothing is computed here
// that is not in a published table.
import type { FC } from 'hono/jsx'
import { Figures, Folded, Row } from '../platform/figures.tsx'
import { type Bilingual, type Language, percent, sayNumber, type Words } from '../platform/i18n.ts'
import { WideTable } from '../platform/page.tsx'
import { DIRECTIONS, directionOf, sayDirection, saySigned } from '../publications/say-change.ts'
import type { CellOf, ShareCell, TableOf } from '../publications/tables.ts'
import { type Article, ofKind, ratingMeans, statusesIn, toldShares } from './article.queries.ts'
import { ChartFile, Downloads, headsOf, Picture, sayInterval, sayShare, shareCells } from './parts.pages.tsx'

type Telling = { article: Article; language: Language; t: Words }

// ---------------------------------------------------------------- in short

/** What somebody who reads nothing else takes away: who answered, what moved, what cannot be told, and what to make of it. */
export const Summary: FC<Telling> = ({ article, language, t }) => {
  const moved = movedIn(article)
  const response = [sayResponse(article, language, t), sayRetention(article, language, t)].filter(Boolean)
  const compared = comparedIn(article).map((table) => sayCompared(table, language, t))
  const survival = ofKind(article, 'survival')
    .map((table) => saySurvival(table, language, t))
    .filter(Boolean)
  if (response.length + moved.length === 0) return null
  return (
    <section>
      <h2>{t('impact.summary')}</h2>
      <ul>
        {response.map((sentence) => (
          <li>{sentence}</li>
        ))}
        {DIRECTIONS.map((direction) => {
          const those = moved.filter(({ interval }) => directionOf(interval) === direction)
          if (those.length === 0) return null
          return (
            <li>
              {t(`impact.summary.${direction}`)}
              <ul>
                {those.map(({ label, estimate }) => (
                  <li>
                    {direction === 'undecided'
                      ? label[language]
                      : t('impact.summary.moved', { label: label[language], estimate: saySigned(estimate, language) })}
                  </li>
                ))}
              </ul>
            </li>
          )
        })}
        {[...compared, ...survival].map((sentence) => (
          <li>{sentence}</li>
        ))}
      </ul>
      {moved.length > 0 && compared.length === 0 && (
        <p>
          <strong>{t('impact.attribution')}</strong>
        </p>
      )}
    </section>
  )
}

type Moved = { label: Bilingual; estimate: number; interval: { low: number; high: number } }

/** Every published change of everybody, in points. */
const movedIn = (article: Article): Moved[] => [
  ...article.changes.flatMap(({ total: { label, cells } }) => {
    const { estimate, interval } = cells[0]!
    return estimate === null || interval === null ? [] : [{ label, estimate, interval }]
  }),
  ...changedShares(article).map(({ label, cells: [cell] }) => ({
    label,
    estimate: 100 * cell!.estimate!,
    interval: inPoints(cell!),
  })),
]

const changedShares = (article: Article): TableOf<'share change'>[] =>
  ofKind(article, 'share change').filter(({ cells }) => cells[0]?.estimate != null)

const inPoints = ({ interval }: CellOf<'share change'>) => ({ low: 100 * interval!.low, high: 100 * interval!.high })

const comparedIn = (article: Article): TableOf<'comparison'>[] =>
  ofKind(article, 'comparison').filter(({ cells }) => cells[0]?.estimate != null)

/** Responses as the page counts them elsewhere: of this wave in the flow of waves. */
function sayResponse(article: Article, language: Language, t: Words): string | null {
  const last = ofKind(article, 'retention')[0]?.cells.at(-1)
  if (last?.n == null || last.waveRate === null) return null
  return t('impact.response', { responded: last.n, eligible: last.eligible, rate: percent(last.waveRate, language) })
}

function sayRetention(article: Article, language: Language, t: Words): string | null {
  const cells = ofKind(article, 'retention')[0]?.cells ?? []
  const [first, last] = [cells[0], cells.at(-1)]
  if (!first || first === last || first.n === null || last?.retention == null) return null
  return t('impact.retention.finding', { first: first.n, share: percent(last.retention, language) })
}

/** How many had got there by the last month that can be told, or null when none can. */
function saySurvival({ label, cells: [cell] }: TableOf<'survival'>, language: Language, t: Words): string | null {
  const last = cell!.intervals.findLast(({ share }) => share !== null)
  if (!last) return null
  return t('impact.survival.finding', {
    label: label[language],
    share: percent(last.share!, language),
    low: percent(last.interval?.low ?? last.share!, language),
    high: percent(last.interval?.high ?? last.share!, language),
    months: last.to,
  })
}

// ---------------------------------------------------------------- what has changed

/** All scales at a glance, the shares that changed, and what can be said of the cause. */
export const BeforeAfter: FC<Telling> = ({ article, language, t }) => {
  const { manifest, changes } = article
  const [shares, compared] = [changedShares(article), comparedIn(article)]
  if (changes.length === 0 && shares.length === 0) return null
  const isShown = changes.some(({ total }) => total.cells[0]?.before?.estimate != null)
  return (
    <section>
      <h2>{t('impact.changes.title')}</h2>
      {isShown && (
        <>
          <Picture
            publication={manifest.publication}
            table="changes"
            language={language}
            alt={t('impact.changes.chart')}
          />
          <ChartFile publication={manifest.publication} table="changes" language={language} t={t} />
        </>
      )}
      {shares.length > 0 && (
        <ul>
          {shares.map(({ label, cells }) => (
            <li>{sayShareChange(label, cells[0]!, language, t)}</li>
          ))}
        </ul>
      )}
      {compared.length > 0 ? (
        <>
          <ul>
            {compared.map((comparison) => (
              <li>{sayCompared(comparison, language, t)}</li>
            ))}
          </ul>
          <Balance article={article} language={language} t={t} />
        </>
      ) : (
        <p>{t('impact.attribution')}</p>
      )}
    </section>
  )
}

const sayCompared = ({ label, cells: [cell] }: TableOf<'comparison'>, language: Language, t: Words): string =>
  t('impact.compared', {
    label: label[language],
    estimate: saySigned(cell!.estimate!, language),
    low: saySigned(cell!.interval!.low, language),
    high: saySigned(cell!.interval!.high, language),
  })

/** How alike those are who are compared: a gap between the two groups may come from what they were before. */
const Balance: FC<Telling> = ({ article, language, t }) => {
  const [balance] = ofKind(article, 'balance')
  if (!balance) return null
  return (
    <>
      <p>{t('impact.balance.intro')}</p>
      <Folded
        caption={balance.label[language]}
        t={t}
        heads={[
          t('impact.column.group'),
          t('impact.column.volunteers'),
          t('impact.column.comparison'),
          t('impact.column.gap'),
        ]}
      >
        {balance.cells.map(({ dimensionLabel, label, volunteers, comparison, difference }) => (
          <Row
            head={`${dimensionLabel[language]} – ${label[language]}`}
            cells={[
              sayPart(volunteers, t),
              sayPart(comparison, t),
              volunteers.n === null
                ? t('impact.withheld')
                : difference === null
                  ? '–'
                  : saySigned(difference, language, 2),
            ]}
          />
        ))}
      </Folded>
      <Downloads publication={balance.publication} table={balance.table} language={language} t={t} chart={false} />
    </>
  )
}

const sayPart = ({ n, count }: CellOf<'balance'>['volunteers'], t: Words): string =>
  n === null || count === null ? '–' : t('impact.part', { count, n })

function sayShareChange(label: Bilingual, cell: CellOf<'share change'>, language: Language, t: Words): string {
  const interval = inPoints(cell)
  const finding = t('impact.change.share', {
    label: label[language],
    before: percent(cell.before!, language),
    after: percent(cell.after!, language),
    estimate: saySigned(100 * cell.estimate!, language),
    low: saySigned(interval.low, language),
    high: saySigned(interval.high, language),
    n: cell.n!,
  })
  return `${finding} ${sayDirection(interval, language)}`
}

// ---------------------------------------------------------------- what people say

export const Shares: FC<Telling> = ({ article, language, t }) => {
  const shares = toldShares(article)
  const recommendation = ofKind(article, 'recommendation').filter(({ cells }) => cells[0]?.estimate != null)
  const ratings = ratingMeans(article).filter(({ cells }) => cells[0]?.estimate != null)
  if (shares.length + recommendation.length + ratings.length === 0) return null
  const { publication, names } = article.manifest
  const isShown = shares.some(({ cells }) => cells[0]?.share != null)
  const weightedBy = shares.map(({ cells }) => cells[0]?.weighted?.by).find(Boolean)
  return (
    <section>
      <h2>{t('impact.shares.title')}</h2>
      {ratings.map(({ label, cells: [cell] }) => (
        <p>
          {t('impact.mean.finding', {
            label: label[language],
            estimate: sayNumber(cell!.estimate!, language, 1),
            low: sayNumber(cell!.interval!.low, language, 1),
            high: sayNumber(cell!.interval!.high, language, 1),
            n: cell!.n!,
          })}
        </p>
      ))}
      {recommendation.map(({ cells: [cell] }) => (
        <p>
          {t('impact.nps.finding', {
            estimate: saySigned(cell!.estimate!, language, 0),
            low: saySigned(cell!.interval!.low, language, 0),
            high: saySigned(cell!.interval!.high, language, 0),
            n: cell!.n!,
          })}
        </p>
      ))}
      {isShown && (
        <>
          <Picture publication={publication} table="shares" language={language} alt={t('impact.shares.chart')} />
          <ChartFile publication={publication} table="shares" language={language} t={t} />
          <Folded
            caption={t('impact.shares.title')}
            t={t}
            heads={[
              ...headsOf(t('impact.column.what'), t('impact.column.share'), t),
              ...(weightedBy ? [t('impact.column.weighted'), t('impact.column.interval')] : []),
            ]}
          >
            {shares.map(({ label, cells: [cell] }) => (
              <Row
                head={label[language]}
                cells={[
                  ...shareCells(cell!.base, cell!, language, t),
                  ...(weightedBy ? sayWeighted(cell!.weighted, language, t) : []),
                ]}
              />
            ))}
          </Folded>
          {weightedBy && (
            <p class="muted">{t('impact.weighted', { split: names?.splits[weightedBy]?.[language] ?? weightedBy })}</p>
          )}
        </>
      )}
    </section>
  )
}

/** A share had all groups responded alike, with its interval. */
const sayWeighted = (weighted: CellOf<'share'>['weighted'], language: Language, t: Words): string[] =>
  weighted
    ? [
        t('impact.share.exact', { share: percent(weighted.share, language) }),
        sayInterval(weighted.interval, language, t),
      ]
    : ['–', '–']

// ---------------------------------------------------------------- situations and paths

export const Situations: FC<Telling> = ({ article, language, t }) => {
  const { publication } = article.manifest
  const statuses = statusesIn(article).filter(({ cells }) => cells[0]?.state === 'published')
  if (statuses.length === 0) return null
  return (
    <section>
      <h2>{t('impact.situations')}</h2>
      {statuses.map(({ table, label, cells: [cell] }) => (
        <>
          <Figures
            caption={label[language]}
            t={t}
            heads={headsOf(t('impact.column.what'), t('impact.column.share'), t)}
          >
            {cell!.shares.map((share) => (
              <Row head={share.label[language]} cells={shareCells(share.count, share, language, t)} />
            ))}
          </Figures>
          <Downloads publication={publication} table={table} language={language} t={t} chart={false} />
        </>
      ))}
    </section>
  )
}

export const Paths: FC<Telling> = ({ article, language, t }) => {
  const { publication } = article.manifest
  const states = ofKind(article, 'states').filter(({ cells }) => cells.filter(({ base }) => base !== null).length > 1)
  const transitions = ofKind(article, 'transition').filter(({ cells }) => cells[0]?.state === 'published')
  return (
    <>
      {states.map(({ table, cells }) => (
        <section>
          <h2>{t('impact.states.title')}</h2>
          <Picture publication={publication} table={table} language={language} alt={t('impact.states.chart')} />
          <Downloads publication={publication} table={table} language={language} t={t} />
          <Folded
            caption={t('impact.states.title')}
            t={t}
            heads={[
              t('impact.axis.month'),
              t('impact.column.n'),
              ...cells[0]!.shares.map(({ label }) => label[language]),
            ]}
          >
            {cells.map(({ label, base, shares }) => (
              <Row
                head={label[language]}
                cells={[base ?? '–', ...shares.map((share) => (base === null ? '–' : sayShare(share, language, t)))]}
              />
            ))}
          </Folded>
        </section>
      ))}
      {transitions.map(({ table, label, cells: [cell] }) => (
        <section>
          <h2>{t('impact.transition.title')}</h2>
          <p>{t('impact.transition.intro')}</p>
          <WideTable label={label[language]}>
            <table>
              <caption>{label[language]}</caption>
              <thead>
                <tr>
                  <th scope="col">{t('impact.column.from')}</th>
                  <th scope="col" class="number">
                    {t('impact.column.n')}
                  </th>
                  {cell!.rows[0]!.shares.map(({ label }) => (
                    <th scope="col" class="number">
                      {label[language]}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {cell!.rows.map((row) => (
                  <tr>
                    <th scope="row">{row.label[language]}</th>
                    {row.n === null ? (
                      <td colspan={1 + row.shares.length}>{t('impact.withheld')}</td>
                    ) : (
                      <>
                        <td class="number">{row.n}</td>
                        {row.shares.map((share) => (
                          <td class={`number shade-${shadeOf(share)}`}>{sayShare(share, language, t)}</td>
                        ))}
                      </>
                    )}
                  </tr>
                ))}
              </tbody>
            </table>
          </WideTable>
          <Downloads publication={publication} table={table} language={language} t={t} chart={false} />
        </section>
      ))}
    </>
  )
}

/** Darker where more people are: five steps of a fifth each. */
const shadeOf = ({ share, atLeast }: Pick<ShareCell, 'share' | 'atLeast'>): number =>
  Math.min(4, Math.floor(5 * (share ?? atLeast ?? 0)))

export const Survival: FC<Telling> = ({ article, language, t }) => {
  const { publication } = article.manifest
  return (
    <>
      {ofKind(article, 'survival').map((survival) => {
        const finding = saySurvival(survival, language, t)
        if (!finding) return null
        const {
          table,
          label,
          cells: [cell],
        } = survival
        return (
          <section>
            <h2>{label[language]}</h2>
            <p>
              {finding} {comparedIn(article).length === 0 && t('impact.attribution.work')}
            </p>
            <Picture
              publication={publication}
              table={table}
              language={language}
              alt={`${label[language]}. ${t('impact.survival.chart')}`}
            />
            <Downloads publication={publication} table={table} language={language} t={t} />
            <Folded
              caption={label[language]}
              t={t}
              heads={[
                t('impact.column.until'),
                t('impact.column.atRisk'),
                t('impact.column.share'),
                t('impact.column.interval'),
              ]}
            >
              {cell!.intervals.map((one) => (
                <Row head={String(one.to)} cells={shareCells(one.atRisk, one, language, t)} />
              ))}
            </Folded>
          </section>
        )
      })}
    </>
  )
}

// ---------------------------------------------------------------- who is in it

export const Retention: FC<Telling> = ({ article, language, t }) => {
  const [retention] = ofKind(article, 'retention')
  const shown = retention?.cells.filter(({ n }) => n !== null) ?? []
  if (!retention || shown.length === 0) return null
  const finding = sayRetention(article, language, t)
  const { publication } = article.manifest
  return (
    <section>
      <h2>{t('impact.retention.title')}</h2>
      {finding && <p>{finding}</p>}
      <Picture publication={publication} table="retention" language={language} alt={t('impact.retention.chart')} />
      <Downloads publication={publication} table="retention" language={language} t={t} />
      <Folded
        caption={t('impact.retention.title')}
        t={t}
        heads={[
          t('impact.wave'),
          t('impact.column.eligible'),
          t('impact.column.responded'),
          t('impact.column.withFirst'),
          t('impact.column.balanced'),
        ]}
      >
        {retention.cells.map(({ label, eligible, n, withFirst, balanced }) => (
          <Row head={label[language]} cells={[eligible, n ?? '–', withFirst ?? '–', balanced ?? '–']} />
        ))}
      </Folded>
    </section>
  )
}

export const Register: FC<Telling> = ({ article, language, t }) => {
  const [register] = ofKind(article, 'register')
  if (!register || register.cells.length === 0) return null
  return (
    <section>
      <h2>{t('impact.register.title')}</h2>
      <Folded
        caption={register.label[language]}
        t={t}
        heads={[t('impact.column.what'), t('impact.column.count'), t('impact.column.share')]}
      >
        {register.cells.map(({ indicatorLabel, label, count, share }) => (
          <Row
            head={`${indicatorLabel[language]} – ${label[language]}`}
            cells={[
              count ?? (share === null ? t('impact.withheld') : '–'),
              share === null ? '–' : t('impact.share.exact', { share: percent(share, language) }),
            ]}
          />
        ))}
      </Folded>
      <Downloads publication={article.manifest.publication} table="register" language={language} t={t} chart={false} />
    </section>
  )
}
