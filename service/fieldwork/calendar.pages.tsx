// All waves of all cohorts: a picture of the years for wide screens, and a table for each cohort with the ways on.
import type { FC } from 'hono/jsx'
import { may } from '../access/roles.ts'
import type { SignedIn } from '../access/sign-in.actions.ts'
import { type InProgramme, programmeAddress, StaffPage } from '../access/staff.pages.tsx'
import { dayOf } from '../platform/clock.ts'
import { type Bilingual, type Language, sayMonthDay, type WordKey, wordsIn } from '../platform/i18n.ts'
import { WideTable } from '../platform/page.tsx'
import type { CalendarRow } from './calendar.queries.ts'
import type { CalendarState, Years } from './calendar.ts'
import { sayBecause } from './mail-words.ts'

/** A wave of a cohort as the calendar shows it: `held` are the causes that hold its mail back. */
export type ShownWave = CalendarRow & { name: Bilingual; state: CalendarState; held: readonly string[] }

export type CalendarProps = {
  visitor: SignedIn
  programme: InProgramme
  waves: readonly ShownWave[]
  years: Years | null
}

export const CalendarPage: FC<CalendarProps> = ({ visitor, programme, waves, years }) => {
  const { language } = visitor
  const t = wordsIn(language)
  const to = (rest: string) => programmeAddress(programme.programme, rest)
  return (
    <StaffPage visitor={visitor} programme={programme} title={t('waves.title')}>
      <p>{t('waves.intro')}</p>
      <p class="downloads">
        <a href={to('/plan')}>{t('waves.plan')}</a>
        <a href={to('/mails')}>{t('waves.mails')}</a>
      </p>
      {waves.length === 0 ? (
        <div class="notice">
          <p>{t('waves.none')}</p>
          {may(visitor.grants, 'edit-members', programme.programme) && (
            <p>
              <a href={to('/register')}>{t('waves.none.import')}</a>
            </p>
          )}
        </div>
      ) : (
        <>
          {years && <YearsPicture language={language} years={years} />}
          {[...Map.groupBy(waves, ({ cohort }) => cohort)].map(([cohort, some]) => (
            <CohortTable language={language} cohort={cohort} waves={some} to={to} />
          ))}
        </>
      )}
    </StaffPage>
  )
}

const STATES: Record<Exclude<CalendarState, 'merged'>, WordKey> = {
  'to come': 'field.state.notOpen',
  open: 'field.state.open',
  over: 'field.state.over',
  closed: 'field.state.closed',
  published: 'field.state.published',
}

const CohortTable: FC<{
  language: Language
  cohort: string
  waves: readonly ShownWave[]
  to: (rest: string) => string
}> = ({ language, cohort, waves, to }) => {
  const t = wordsIn(language)
  const caption = t('waves.caption', { cohort })
  return (
    <WideTable label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t('impact.wave')}</th>
            <th scope="col">{t('field.overview.state')}</th>
            <th scope="col">{t('field.overview.opens')}</th>
            <th scope="col">{t('waves.head.last')}</th>
            <th scope="col">{t('impact.publication')}</th>
            <th scope="col" class="number">
              {t('waves.head.cases')}
            </th>
            <th scope="col">{t('waves.head.ways')}</th>
          </tr>
        </thead>
        <tbody>
          {waves.map((one) => (
            <WaveRow language={language} one={one} to={to} />
          ))}
        </tbody>
      </table>
    </WideTable>
  )
}

const WaveRow: FC<{ language: Language; one: ShownWave; to: (rest: string) => string }> = ({ language, one, to }) => {
  const t = wordsIn(language)
  const { wave, cohort, name, opensOn, closesOn } = one
  const path = `/waves/${encodeURIComponent(wave)}`
  const ways: [string, WordKey][] = [
    [path, 'waves.way.wave'],
    [`${path}/report`, 'waves.way.report'],
  ]
  return (
    <tr>
      <th scope="row">{t('plan.value.wave', { wave, name: name[language] })}</th>
      <td>
        {sayState(language, one)}
        {one.held.map((cause) => (
          <p class="error mild">{t('waves.held', { cause: t(`brake.${cause}` as WordKey) })}</p>
        ))}
      </td>
      <td>{opensOn ? sayDay(opensOn, language) : '–'}</td>
      <td>{closesOn ? sayDay(closesOn.subtract({ days: 1 }), language) : '–'}</td>
      <td>
        <Publication language={language} one={one} />
      </td>
      <td class="number">{one.cases}</td>
      <td>
        {ways.map(([rest, label]) => (
          <>
            <a href={to(rest)} aria-label={t('waves.way.ofWave', { way: t(label), wave, cohort })}>
              {t(label)}
            </a>{' '}
          </>
        ))}
      </td>
    </tr>
  )
}

function sayState(language: Language, { state, because }: ShownWave): string {
  const t = wordsIn(language)
  if (state === 'merged') return t('waves.merged')
  if (state !== 'closed' || because === null) return t(STATES[state])
  const why = because === 'too few' ? t('waves.tooFew') : sayBecause(t, because)
  return t('waves.state.because', { state: t(STATES[state]), because: why })
}

const Publication: FC<{ language: Language; one: ShownWave }> = ({ language, one }) => {
  const t = wordsIn(language)
  const { publication, dueAt, closedAt, state } = one
  if (publication !== null)
    return (
      <a href={`/impact/${publication}`}>{closedAt ? sayDay(dayOf(closedAt), language) : t('field.state.published')}</a>
    )
  if (state === 'closed' || state === 'merged') return <>–</>
  return <>{dueAt ? sayDay(dayOf(dueAt), language) : t('waves.undated')}</>
}

const sayDay = (day: Temporal.PlainDate, language: Language): string => `${sayMonthDay(day, language)} ${day.year}`

// ---------------------------------------------------------------- the picture

const WIDTH = 1000
const LEFT = 120
const ROW = 22
const TOP = 46

/** The same in one look; whoever cannot see it has the tables. */
const YearsPicture: FC<{ language: Language; years: Years }> = ({ language, years }) => {
  const t = wordsIn(language)
  const x = (at: number) => LEFT + at * (WIDTH - LEFT)
  const rows = years.cohorts.flatMap(({ cohort, bars }) => [
    { label: t('waves.cohort', { cohort }), bar: null },
    ...bars.map((bar) => ({ label: bar.wave, bar })),
  ])
  const height = TOP + rows.length * ROW
  return (
    <section class="scroll years" aria-label={t('waves.years')} tabindex={0}>
      <svg viewBox={`0 0 ${WIDTH} ${height}`} aria-hidden="true">
        {years.januaries.map(({ year, at }) => (
          <>
            <line x1={x(at)} y1={TOP - 8} x2={x(at)} y2={height} />
            <text x={x(at) + 4} y={TOP - 12}>
              {year}
            </text>
          </>
        ))}
        {rows.map(({ label, bar }, index) => {
          const y = TOP + index * ROW
          return (
            <>
              <text x={bar ? 16 : 0} y={y + 15} class={bar ? undefined : 'cohort'}>
                {label}
              </text>
              {bar && (
                <rect x={x(bar.from)} y={y + 4} width={Math.max(2, x(bar.to) - x(bar.from))} height={ROW - 8} rx={3} />
              )}
            </>
          )
        })}
        {years.today !== null && (
          <>
            <line class="today" x1={x(years.today)} y1={TOP - 8} x2={x(years.today)} y2={height} />
            <text x={x(years.today)} y={12} text-anchor="middle">
              {t('waves.open.today')}
            </text>
          </>
        )}
      </svg>
    </section>
  )
}
