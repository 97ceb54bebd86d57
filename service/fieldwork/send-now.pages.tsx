// Before the next message of a wave is sent out of turn: to whom it would go, and to whom not and why.
import type { FC } from 'hono/jsx'
import { Choice, ErrorSummary, FieldGroup } from '../platform/forms.tsx'
import { sayInstant, type Words, wordsIn } from '../platform/i18n.ts'
import { WideTable } from '../platform/page.tsx'
import { sayNotNow } from './control-words.ts'
import type { CohortOutlook } from './send-now.actions.ts'
import { BelowWave, type WaveShell, waveAddress } from './wave.pages.tsx'

/** Stands for every cohort in the form; no cohort is called so. */
export const ALL_COHORTS = '*'

type SendNowProps = WaveShell & {
  outlook: readonly CohortOutlook[]
  isHeld: boolean
  /** Why nothing was done. */
  because?: 'nobody' | 'more' | undefined
}

const goingIn = ({ now, later }: CohortOutlook): number => now + later

export const SendNowPage: FC<SendNowProps> = ({ outlook, isHeld, because, ...shell }) => {
  const t = wordsIn(shell.visitor.language)
  const errors = because
    ? [{ field: 'cohort', label: t('control.sendNow.whom'), message: t(`control.sendNow.${because}`) }]
    : []
  return (
    <BelowWave {...shell} title={t('control.sendNow.title')}>
      <ErrorSummary title={t('form.errors')} errors={errors} />
      <p>{t('control.sendNow.text')}</p>
      {isHeld && <p class="notice">{t('control.sendNow.held')}</p>}
      {outlook.length === 0 ? (
        <p>{t('control.sendNow.none')}</p>
      ) : (
        <>
          <Outlooks {...shell} outlook={outlook} />
          <Choose {...shell} outlook={outlook} />
        </>
      )}
    </BelowWave>
  )
}

const Outlooks: FC<WaveShell & { outlook: readonly CohortOutlook[] }> = ({ visitor, outlook }) => {
  const t = wordsIn(visitor.language)
  return (
    <WideTable label={t('control.sendNow.caption')}>
      <table>
        <caption>{t('control.sendNow.caption')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('members.head.cohort')}</th>
            <th scope="col" class="number">
              {t('control.sendNow.now')}
            </th>
            <th scope="col">{t('control.sendNow.later')}</th>
            <th scope="col">{t('control.sendNow.not')}</th>
          </tr>
        </thead>
        <tbody>
          {outlook.map((one) => (
            <tr>
              <th scope="row">{one.cohort}</th>
              <td class="number">{one.now}</td>
              <td>
                {one.until
                  ? t('control.sendNow.until', { count: one.later, date: sayInstant(one.until, visitor.language) })
                  : one.later}
              </td>
              <td>{one.not.length === 0 ? 0 : <Reasons t={t} not={one.not} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </WideTable>
  )
}

const Reasons: FC<{ t: Words; not: CohortOutlook['not'] }> = ({ t, not }) => (
  <ul>
    {not.map(({ because, people }) => (
      <li>{t('control.counted', { what: sayNotNow(t, because), count: people })}</li>
    ))}
  </ul>
)

const Choose: FC<WaveShell & { outlook: readonly CohortOutlook[] }> = ({ visitor, programme, wave, outlook }) => {
  const t = wordsIn(visitor.language)
  const going = outlook.filter((one) => goingIn(one) > 0)
  const all = going.reduce((sum, one) => sum + goingIn(one), 0)
  if (all === 0) return <p class="notice">{t('control.sendNow.nobody')}</p>
  return (
    <form method="post" action={waveAddress(programme.programme, wave.wave, '/send-now/go')}>
      <FieldGroup id="cohort" legend={t('control.sendNow.whom')}>
        <Choice type="radio" name="cohort" value={choiceValue(ALL_COHORTS, all)} checked={going.length === 1}>
          {t('control.sendNow.all', { count: all })}
        </Choice>
        {going.length > 1 &&
          going.map((one) => (
            <Choice type="radio" name="cohort" value={choiceValue(one.cohort, goingIn(one))} checked={false}>
              {t('control.sendNow.cohort', { cohort: one.cohort, count: goingIn(one) })}
            </Choice>
          ))}
      </FieldGroup>
      <div class="actions">
        <button type="submit">{t('control.sendNow.button')}</button>
      </div>
    </form>
  )
}

/** A choice as the form sends it: whom, and how many people that was when it was shown. */
const choiceValue = (cohort: string, people: number): string => `${cohort} ${people}`
