// Where a programme stands, and how one wave goes, in the console's shell.
import type { FC } from 'hono/jsx'
import { may } from '../access/roles.ts'
import { programmeAddress, StaffPage } from '../access/staff.pages.tsx'
import { SelectField } from '../platform/forms.tsx'
import { wordsIn } from '../platform/i18n.ts'
import type { Task } from './attention.ts'
import { TaskList } from './home.pages.tsx'
import type { Shell } from './members.pages.tsx'
import type { Fieldwork, OverviewRow } from './monitoring.actions.ts'
import { FieldworkReport, OverviewTable } from './monitoring.pages.tsx'

/** Where a wave is watched; of one cohort, or of all together. */
export function reportAddress(programme: string, wave: string, rest = '', cohort?: string | null): string {
  const asked = cohort ? `?${new URLSearchParams({ cohort })}` : ''
  return programmeAddress(programme, `/waves/${encodeURIComponent(wave)}/report${rest}${asked}`)
}

export const ProgrammeHomePage: FC<Shell & { tasks: readonly Task[]; rows: readonly OverviewRow[] }> = ({
  visitor,
  programme,
  tasks,
  rows,
}) => {
  const t = wordsIn(visitor.language)
  const to = (rest: string) => programmeAddress(programme.programme, rest)
  return (
    <StaffPage visitor={visitor} title={t('overview.title')} programme={programme}>
      <h2>{t('home.tasks')}</h2>
      <TaskList visitor={visitor} tasks={tasks} programmes={[programme]} />
      <h2>{t('staff.waves')}</h2>
      <OverviewTable
        language={visitor.language}
        rows={rows}
        address={({ wave, cohort }) => reportAddress(programme.programme, wave, '', cohort)}
        csv={to('/overview.csv')}
      />
      {rows.length === 0 && may(visitor.grants, 'edit-members', programme.programme) && (
        <p>
          <a class="button" href={to('/register')}>
            {t('members.none.import')}
          </a>
        </p>
      )}
      <p>
        <a href={to('/settings')}>{t('programme.settings')}</a>
      </p>
    </StaffPage>
  )
}

export const ReportPage: FC<Shell & { fieldwork: Fieldwork; cohorts: readonly string[] }> = ({
  visitor,
  programme,
  fieldwork,
  cohorts,
}) => {
  const { language } = visitor
  const t = wordsIn(language)
  const { wave, cohort } = fieldwork
  const to = (rest: string) => reportAddress(programme.programme, wave, rest, cohort)
  return (
    <StaffPage visitor={visitor} title={fieldwork.waveName[language]} programme={programme}>
      <form method="get" class="filters">
        <SelectField
          id="cohort"
          name="cohort"
          label={t('report.cohort')}
          value={cohort ?? ''}
          options={cohorts.map((one) => ({ value: one, label: one }))}
        />
        <button type="submit" class="second">
          {t('members.find')}
        </button>
        <a href={programmeAddress(programme.programme, `/waves/${encodeURIComponent(wave)}`)}>{t('report.control')}</a>
      </form>
      <FieldworkReport
        language={language}
        fieldwork={fieldwork}
        chart={(chart) => to(`/${chart}.svg`)}
        csv={(table) => to(`/${table}.csv`)}
        publication={(id) => `/impact/${id}`}
      />
    </StaffPage>
  )
}

/** Nobody is in that wave of that cohort yet. */
export const NobodyYetPage: FC<Shell> = ({ visitor, programme }) => {
  const t = wordsIn(visitor.language)
  return (
    <StaffPage visitor={visitor} title={t('report.nobody.title')} programme={programme}>
      <p>{t('report.nobody.text')}</p>
      <p>
        <a href={programmeAddress(programme.programme, '/waves')}>{t('register.toWaves')}</a>
      </p>
    </StaffPage>
  )
}
