// How collection goes, as staff read it: each finding in a sentence, its picture, its table and its file. Where pictures and
// files are, whoever shows it says. No answer comes here.
import type { FC } from 'hono/jsx'
import { Figures, Folded, Row } from '../platform/figures.tsx'
import { type Language, percent, sayDate, sayNumber, type Words, wordsIn } from '../platform/i18n.ts'
import { WideTable } from '../platform/page.tsx'
import { saySigned } from '../publications/say-change.ts'
import type { Dispositions } from '../statistics/response-rates.ts'
import type { Fieldwork, OverviewRow } from './monitoring.actions.ts'
import type { Flow, Gate, GateName, Rates, WaveState } from './monitoring.ts'
import { type FieldworkChart, flowSteps, sayChart, sayMessage } from './monitoring-charts.ts'
import type { FieldworkTable } from './monitoring-csv.ts'
import { File, sayShare } from './monitoring-parts.pages.tsx'

export type FieldworkReportProps = {
  language: Language
  fieldwork: Fieldwork
  /** Where the picture of that name is, as SVG. */
  chart: (chart: FieldworkChart) => string
  /** Where the file of a table is. */
  csv: (table: FieldworkTable) => string
  /** Where a publication is read. */
  publication: (id: string) => string
}

/** Everything of one wave, for one cohort or all: a line on where it stands, then sections under h2; the page has its own h1. */
export const FieldworkReport: FC<FieldworkReportProps> = (props) => {
  const { language, fieldwork, publication } = props
  const t = wordsIn(language)
  const { cohort, state, opensOn, closesOn, asOf } = fieldwork
  const day = (date: Temporal.PlainDate) => sayDate(date, language)
  return (
    <>
      <p>
        {t('field.about', {
          cohort: cohort ?? t('field.allCohorts'),
          state: t(STATES[state]),
          from: day(opensOn),
          to: day(closesOn.subtract({ days: 1 })),
          today: day(asOf),
        })}
      </p>
      {fieldwork.publication !== null && (
        <p>
          <a href={publication(fieldwork.publication)}>{t('field.publication')}</a>
        </p>
      )}
      <Gates {...props} t={t} />
      <FlowSection {...props} t={t} />
      <RatesSection {...props} t={t} />
      <Days {...props} t={t} />
      <Messages {...props} t={t} />
      <StoppedSection {...props} t={t} />
      <Segments {...props} t={t} />
      <RetentionSection {...props} t={t} />
      <Bounces {...props} t={t} />
    </>
  )
}

type Part = FC<FieldworkReportProps & { t: Words }>

const STATES = {
  'not open yet': 'field.state.notOpen',
  open: 'field.state.open',
  over: 'field.state.over',
  closed: 'field.state.closed',
  published: 'field.state.published',
} as const satisfies Record<WaveState, string>

type PictureProps = {
  chart: FieldworkChart
  fieldwork: Fieldwork
  src: FieldworkReportProps['chart']
  language: Language
  t: Words
}

const Picture: FC<PictureProps> = ({ chart, fieldwork, src, language, t }) => {
  const said = sayChart(chart, fieldwork, language, t)
  return (
    <figure>
      <img src={src(chart)} alt={said} />
      <figcaption>{said}</figcaption>
    </figure>
  )
}

// ---------------------------------------------------------------- before closing

const GATES = {
  response: 'field.gate.response',
  bounces: 'field.gate.bounces',
  breakOff: 'field.gate.breakOff',
  segments: 'field.gate.segments',
  channels: 'field.gate.channels',
  unanswered: 'field.gate.unanswered',
  sameAnswers: 'field.gate.sameAnswers',
  calendarEdits: 'field.gate.calendarEdits',
} as const satisfies Record<GateName, string>

const VERDICTS = {
  fine: 'field.verdict.fine',
  look: 'field.verdict.look',
  'too few': 'field.verdict.few',
} as const satisfies Record<Gate['verdict'], string>

/** These are held against a lowest figure, the others against a highest. */
const LOWEST: readonly GateName[] = ['response', 'channels']
const OF_ANSWERS: readonly GateName[] = ['unanswered', 'sameAnswers', 'calendarEdits']

const Gates: Part = ({ language, fieldwork, csv, t }) => {
  const { gates } = fieldwork
  const toLookAt = gates.filter(({ verdict }) => verdict === 'look')
  return (
    <>
      <h2>{t('field.gates')}</h2>
      <p>{t(toLookAt.length === 0 ? 'field.gates.fine' : 'field.gates.look')}</p>
      {toLookAt.length > 0 && (
        <ul>
          {toLookAt.map(({ gate }) => (
            <li>{t(GATES[gate])}</li>
          ))}
        </ul>
      )}
      <Figures
        heard
        caption={t('field.gates')}
        heads={[t('field.gates.check'), t('field.gates.figure'), t('field.gates.limit'), t('field.gates.verdict')]}
        t={t}
      >
        {gates.map((gate) => (
          <Row
            head={t(GATES[gate.gate])}
            cells={[sayFigure(gate, language, t), sayLimit(gate, language, t), t(VERDICTS[gate.verdict])]}
          />
        ))}
      </Figures>
      <p class="muted">{t('field.gates.note')}</p>
      <File href={csv('gates')} t={t} />
    </>
  )
}

function sayFigure({ gate, figure }: Gate, language: Language, t: Words): string {
  if (!figure) return '–'
  if ('points' in figure) return t('field.gate.points', { points: sayNumber(figure.points, language, 1) })
  if ('atMost' in figure) return t('impact.share.atMost', { share: percent(figure.atMost, language) })
  if ('atLeast' in figure) return t('impact.share.atLeast', { share: percent(figure.atLeast, language) })
  const share = percent(figure.share, language)
  return OF_ANSWERS.includes(gate) ? t('field.gate.about', { share }) : t('impact.share.exact', { share })
}

function sayLimit({ gate, limit }: Gate, language: Language, t: Words): string {
  if (gate === 'segments') return t('field.gate.pointsLimit', { points: limit })
  return t(LOWEST.includes(gate) ? 'impact.share.atLeast' : 'impact.share.atMost', { share: percent(limit, language) })
}

// ---------------------------------------------------------------- the flow and its rates

/** What became of those who were not written to, or not reached. */
const ASIDE = {
  bounced: 'field.flow.bounced',
  optedOut: 'field.flow.optedOut',
  noAddress: 'field.flow.noAddress',
  enrolledLate: 'field.flow.enrolledLate',
} as const satisfies Partial<Record<keyof Flow, string>>

const FlowSection: Part = ({ language, fieldwork, chart, csv, t }) => {
  const { flow, compared } = fieldwork
  const aside = (Object.keys(ASIDE) as (keyof typeof ASIDE)[]).filter((one) => flow[one] > 0)
  const cells = (people: number) => [people, sayShare(flow.eligible === 0 ? null : people / flow.eligible, language, t)]
  return (
    <>
      <h2>{t('field.flow')}</h2>
      <Picture chart="flow" {...{ language, fieldwork, src: chart, t }} />
      <Figures
        heard
        caption={t('field.flow')}
        heads={[t('field.flow.step'), t('impact.column.n'), t('field.flow.share')]}
        t={t}
      >
        {flowSteps(flow, t).map(({ said, people }) => (
          <Row head={said} cells={cells(people)} />
        ))}
        {aside.map((one) => (
          <Row head={t(ASIDE[one])} cells={cells(flow[one])} />
        ))}
      </Figures>
      {compared && <p>{t('field.flow.compared', { submitted: compared.submitted, opened: compared.opened })}</p>}
      <File href={csv('flow')} t={t} />
    </>
  )
}

const DISPOSITIONS = {
  I: 'field.disposition.I',
  P: 'field.disposition.P',
  R: 'field.disposition.R',
  NC: 'field.disposition.NC',
  UO: 'field.disposition.UO',
} as const satisfies Partial<Record<keyof Dispositions, string>>

const RATES = {
  rr1: 'field.rates.rr1',
  rr2: 'field.rates.rr2',
  rr5: 'field.rates.rr5',
  rr6: 'field.rates.rr6',
} as const satisfies Record<keyof Rates, string>

const RatesSection: Part = ({ language, fieldwork, csv, t }) => {
  const { rates, dispositions, partialWithheld } = fieldwork
  const codes = Object.keys(DISPOSITIONS) as (keyof typeof DISPOSITIONS)[]
  const isWithheld = partialWithheld && dispositions.P === 0
  return (
    <>
      <h2>{t('field.rates')}</h2>
      <p>
        {rates.rr2 === null
          ? t('field.rates.none')
          : t('field.rates.finding', { rate: sayNumber(100 * rates.rr2, language, 1) })}
      </p>
      <Figures heard caption={t('field.rates')} heads={[t('field.rates.rate'), t('impact.column.share')]} t={t}>
        {(Object.keys(RATES) as (keyof Rates)[]).map((rate) => (
          <Row head={t(RATES[rate])} cells={[sayShare(rates[rate], language, t, 1)]} />
        ))}
      </Figures>
      <Figures heard caption={t('field.disposition')} heads={[t('field.disposition'), t('impact.column.n')]} t={t}>
        {codes.map((code) => (
          <Row
            head={t(DISPOSITIONS[code])}
            cells={[code === 'P' && isWithheld ? t('field.stopped.withheld') : dispositions[code]]}
          />
        ))}
      </Figures>
      <p class="muted">{t('field.rates.note')}</p>
      {dispositions.P > 0 && <p class="muted">{t('field.rates.partial')}</p>}
      {partialWithheld && <p class="muted">{t('field.rates.withheld')}</p>}
      <File href={csv('dispositions')} t={t} />
    </>
  )
}

// ---------------------------------------------------------------- day by day, message by message

const Days: Part = ({ language, fieldwork, chart, csv, t }) => {
  const { days, previous } = fieldwork
  const before = (day: number) => previous?.days.find((one) => one.day === day)?.share ?? null
  const heads = [
    ...[t('field.days.day'), t('field.days.submitted'), t('field.days.cumulated'), t('field.days.share')],
    ...(previous ? [t('field.days.before')] : []),
  ]
  return (
    <>
      <h2>{t('field.days')}</h2>
      {days.some(({ share }) => share !== null) ? (
        <Picture chart="days" {...{ language, fieldwork, src: chart, t }} />
      ) : (
        <p>{t('field.days.none')}</p>
      )}
      <p class="muted">{t('field.days.note')}</p>
      <Folded caption={t('field.days')} heads={heads} t={t}>
        {days.map(({ day, submitted, cumulated, share }) => (
          <Row
            head={String(day)}
            cells={[
              submitted,
              cumulated,
              sayShare(share, language, t, 1),
              ...(previous ? [sayShare(before(day), language, t, 1)] : []),
            ]}
          />
        ))}
      </Folded>
      <File href={csv('days')} t={t} />
    </>
  )
}

const Messages: Part = ({ language, fieldwork, chart, csv, t }) => {
  const { messages } = fieldwork
  const heads = [
    ...[t('field.messages.message'), t('field.messages.sent'), t('field.messages.answered')],
    t('field.messages.share'),
  ]
  return (
    <>
      <h2>{t('field.messages')}</h2>
      {messages.some(({ answered }) => answered > 0) ? (
        <Picture chart="messages" {...{ language, fieldwork, src: chart, t }} />
      ) : (
        <p>{t('field.messages.none')}</p>
      )}
      {messages.length > 0 && (
        <Figures heard caption={t('field.messages')} heads={heads} t={t}>
          {messages.map((message) => (
            <Row
              head={sayMessage(message, t)}
              cells={[
                message.sent,
                message.answered,
                message.sent === 0 ? '–' : sayNumber((100 * message.answered) / message.sent, language),
              ]}
            />
          ))}
        </Figures>
      )}
      <p class="muted">{t('field.messages.note')}</p>
      <File href={csv('messages')} t={t} />
    </>
  )
}

// ---------------------------------------------------------------- who stops, who answers, who stays

const StoppedSection: Part = ({ language, fieldwork, csv, t }) => {
  const { all, counted, pages } = fieldwork.stopped
  return (
    <>
      <h2>{t('field.stopped')}</h2>
      {all === 0 ? (
        <p>{t('field.stopped.none')}</p>
      ) : (
        <>
          <p>{t('field.stopped.text', { all, counted })}</p>
          <Figures heard caption={t('field.stopped')} heads={[t('field.stopped.page'), t('impact.column.n')]} t={t}>
            {pages.map(({ page, title, people }) => (
              <Row
                head={t('field.stopped.title', { page, title: title[language] })}
                cells={[people ?? t('field.stopped.withheld')]}
              />
            ))}
          </Figures>
          <p class="muted">
            {t('field.stopped.note')} {t('impact.noise')}
          </p>
          <File href={csv('stopped')} t={t} />
        </>
      )}
    </>
  )
}

const Segments: Part = ({ language, fieldwork, csv, t }) => {
  const { segments } = fieldwork
  const all = segments.flatMap(({ label, rows }) => rows.map((row) => ({ ...row, of: label })))
  const furthest = all.reduce<(typeof all)[number] | undefined>(
    (most, one) => (most && Math.abs(most.points) >= Math.abs(one.points) ? most : one),
    undefined,
  )
  const signed = (points: number) => saySigned(points, language)
  const heads = [
    ...[t('impact.column.group'), t('field.flow.opened'), t('field.flow.submitted'), t('field.days.share')],
    t('field.segments.gap'),
  ]
  return (
    <>
      <h2>{t('field.segments')}</h2>
      {!furthest ? (
        <p>{t('field.segments.none')}</p>
      ) : (
        <>
          <p>
            {t('field.segments.finding', {
              points: signed(furthest.points),
              category: `${furthest.of[language]} – ${furthest.label[language]}`,
            })}
          </p>
          {segments.map(({ label, rows }) => (
            <Folded caption={label[language]} heads={heads} t={t}>
              {rows.map(({ label, eligible, submitted, rate, points }) => (
                <Row
                  head={label[language]}
                  cells={[eligible, submitted, sayShare(rate, language, t), signed(points)]}
                />
              ))}
            </Folded>
          ))}
          <p class="muted">{t('field.segments.note')}</p>
          <File href={csv('segments')} t={t} />
        </>
      )}
    </>
  )
}

const RetentionSection: Part = ({ language, fieldwork, csv, t }) => {
  const { retention } = fieldwork
  const since = { first: 'field.retention.first', previous: 'field.retention.previous' } as const
  return (
    <>
      <h2>{t('field.retention')}</h2>
      {retention.length === 0 ? (
        <p>{t('field.retention.none')}</p>
      ) : (
        <>
          <Figures
            heard
            caption={t('field.retention')}
            heads={[
              ...[t('field.retention.base'), t('impact.column.n'), t('field.retention.still')],
              t('impact.column.share'),
            ]}
            t={t}
          >
            {retention.map((row) => (
              <Row
                head={t(since[row.since], { wave: row.name[language] })}
                cells={[row.before, row.still, sayShare(row.share, language, t)]}
              />
            ))}
          </Figures>
          <File href={csv('retention')} t={t} />
        </>
      )}
    </>
  )
}

const Bounces: Part = ({ language, fieldwork, csv, t }) => {
  const { bounces } = fieldwork
  return (
    <>
      <h2>{t('field.bounces')}</h2>
      {bounces.length === 0 ? (
        <p>{t('field.bounces.none')}</p>
      ) : (
        <>
          <Figures
            heard
            caption={t('field.bounces')}
            heads={[
              ...[t('impact.wave'), t('field.bounces.invited'), t('field.bounces.bounced')],
              t('impact.column.share'),
            ]}
            t={t}
          >
            {bounces.map(({ name, invited, bounced, rate }) => (
              <Row head={name[language]} cells={[invited, bounced, sayShare(rate, language, t, 1)]} />
            ))}
          </Figures>
          <File href={csv('bounces')} t={t} />
        </>
      )}
    </>
  )
}

// ---------------------------------------------------------------- all waves and cohorts

export type OverviewTableProps = {
  language: Language
  rows: readonly OverviewRow[]
  /** Where a wave of a cohort is read. */
  address: (row: OverviewRow) => string
  /** Where the file of the table is. */
  csv: string
}

/** Every wave of every cohort in a line; what to do first, where there is none. */
export const OverviewTable: FC<OverviewTableProps> = ({ language, rows, address, csv }) => {
  const t = wordsIn(language)
  if (rows.length === 0) return <p>{t('field.overview.none')}</p>
  const day = (date: Temporal.PlainDate) => sayDate(date, language)
  const texts = [
    t('members.head.cohort'),
    t('field.overview.state'),
    t('field.overview.opens'),
    t('field.overview.closes'),
  ]
  const numbers = [
    t('field.flow.eligible'),
    t('field.flow.invited'),
    t('field.flow.submitted'),
    t('field.overview.rr2'),
  ]
  return (
    <>
      <WideTable label={`${t('field.overview')} – ${t('impact.table')}`}>
        <table>
          <caption>{t('field.overview')}</caption>
          <thead>
            <tr>
              {[t('impact.wave'), ...texts].map((head) => (
                <th scope="col">{head}</th>
              ))}
              {numbers.map((head) => (
                <th scope="col" class="number">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr>
                <th scope="row">
                  <a href={address(row)}>{row.name[language]}</a>
                </th>
                {[row.cohort, t(STATES[row.state]), day(row.opensOn), day(row.closesOn.subtract({ days: 1 }))].map(
                  (cell) => (
                    <td>{cell}</td>
                  ),
                )}
                {[row.eligible, row.invited, row.submitted, sayShare(row.rr2, language, t)].map((cell) => (
                  <td class="number">{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </WideTable>
      <File href={csv} t={t} />
    </>
  )
}
