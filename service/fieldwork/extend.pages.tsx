// More time for a cohort or for some people: what is asked for, then what it would give and to whom it cannot be given.
import type { FC } from 'hono/jsx'
import { may } from '../access/roles.ts'
import { ErrorSummary, type FieldError, Options, TextField } from '../platform/forms.tsx'
import { sayDate, type Words, wordsIn } from '../platform/i18n.ts'
import { WideTable } from '../platform/page.tsx'
import { sayNoExtension } from './control-words.ts'
import type { Extension } from './extend-cases.actions.ts'
import { BelowWave, type WaveShell, waveAddress } from './wave.pages.tsx'

/** What was typed, as it was. */
export type ExtendEntries = { day: string; cohort: string; matricules: string }
export const NOTHING_ENTERED: ExtendEntries = { day: '', cohort: '', matricules: '' }
export const EXTEND_PROBLEMS = ['day', 'past', 'whose'] as const
export type ExtendProblem = (typeof EXTEND_PROBLEMS)[number]

type ExtendProps = WaveShell & {
  cohorts: readonly string[]
  entries: ExtendEntries
  problems?: readonly ExtendProblem[]
}

const errorsOf = (t: Words, problems: readonly ExtendProblem[]): FieldError[] =>
  problems.map((problem) => ({
    field: problem === 'whose' ? 'cohort' : 'day',
    label: t(problem === 'whose' ? 'control.extend.cohort' : 'waves.head.last'),
    message: t(`control.extend.wrong.${problem}`),
  }))

export const ExtendPage: FC<ExtendProps> = ({ cohorts, entries, problems = [], ...shell }) => {
  const { visitor, programme, wave } = shell
  const t = wordsIn(visitor.language)
  const errors = errorsOf(t, problems)
  const errorOf = (field: string) => errors.find((error) => error.field === field)?.message
  return (
    <BelowWave {...shell} title={t('control.extend.title')}>
      <ErrorSummary title={t('form.errors')} errors={errors} />
      <p>{t('control.extend.text')}</p>
      <form method="post" action={waveAddress(programme.programme, wave.wave, '/extend/check')} novalidate>
        <TextField id="day" label={t('waves.head.last')} hint={t('control.extend.day.hint')} error={errorOf('day')}>
          {(attributes) => <input {...attributes} type="date" name="day" value={entries.day} />}
        </TextField>
        <TextField id="cohort" label={t('control.extend.cohort')} error={errorOf('cohort')}>
          {(attributes) => (
            <Options
              {...attributes}
              name="cohort"
              value={entries.cohort}
              options={cohorts.map((cohort) => ({ value: cohort, label: cohort }))}
            />
          )}
        </TextField>
        <TextField id="matricules" label={t('control.extend.people')} hint={t('control.extend.people.hint')}>
          {(attributes) => (
            <textarea {...attributes} name="matricules" rows={4}>
              {entries.matricules}
            </textarea>
          )}
        </TextField>
        <div class="actions">
          <button type="submit">{t('control.extend.see')}</button>
        </div>
      </form>
    </BelowWave>
  )
}

type ConfirmProps = WaveShell & {
  entries: ExtendEntries
  lastDay: Temporal.PlainDate
  extension: Extension
  /** More people would get it than was confirmed. */
  isMore?: boolean
}

export const ConfirmExtensionPage: FC<ConfirmProps> = ({ entries, lastDay, extension, isMore, ...shell }) => {
  const { visitor, programme, wave } = shell
  const { language } = visitor
  const t = wordsIn(language)
  const count = extension.extended.length
  return (
    <BelowWave {...shell} title={t('control.extend.confirm')}>
      {isMore && (
        <p class="notice" role="alert">
          {t('control.extend.more')}
        </p>
      )}
      <p>
        {count === 0
          ? t('control.extend.nobody')
          : t('control.extend.count', { count, date: sayDate(lastDay, language) })}
      </p>
      {extension.refused.length > 0 && <Refused {...shell} refused={extension.refused} />}
      {count > 0 && (
        <form method="post" action={waveAddress(programme.programme, wave.wave, '/extend/go')}>
          {Object.entries(entries).map(([name, value]) => (
            <input type="hidden" name={name} value={value} />
          ))}
          <input type="hidden" name="expected" value={String(count)} />
          <p>{t('control.extend.noWay')}</p>
          <div class="actions">
            <button type="submit">{t('control.extend.button')}</button>
          </div>
        </form>
      )}
      <p>
        <a href={waveAddress(programme.programme, wave.wave, '/extend')}>{t('control.extend.again')}</a>
      </p>
    </BelowWave>
  )
}

/** As many as can be read in a line. */
const NAMED = 50

/** By reason, how many and, for whoever may see people, who. */
const Refused: FC<WaveShell & { refused: Extension['refused'] }> = ({ visitor, programme, refused }) => {
  const t = wordsIn(visitor.language)
  const mayRead = may(visitor.grants, 'read-identity', programme.programme)
  const byReason = [...Map.groupBy(refused, ({ because }) => because)]
  return (
    <WideTable label={t('control.extend.refused')}>
      <table>
        <caption>{t('control.extend.refused')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('register.head.reason')}</th>
            <th scope="col" class="number">
              {t('waves.head.cases')}
            </th>
            {mayRead && <th scope="col">{t('register.column.matricule')}</th>}
          </tr>
        </thead>
        <tbody>
          {byReason.map(([because, some]) => (
            <tr>
              <th scope="row">{sayNoExtension(t, because)}</th>
              <td class="number">{some.length}</td>
              {mayRead && (
                <td>
                  {some
                    .slice(0, NAMED)
                    .map(({ matricule }) => matricule)
                    .join(', ')}
                  {some.length > NAMED && '…'}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </WideTable>
  )
}
