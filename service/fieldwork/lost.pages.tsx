// Whom nobody can write to any more, by the operator who may know them: a list to work through.
import type { FC } from 'hono/jsx'
import { may } from '../access/roles.ts'
import { programmeAddress, StaffPage } from '../access/staff.pages.tsx'
import type { LostContact } from '../mailings/bounces.queries.ts'
import type { Programme } from '../panel/frame.ts'
import { Options } from '../platform/forms.tsx'
import { LANGUAGES, sayInstant, type WordKey, type Words, wordsIn } from '../platform/i18n.ts'
import { Heads, WideTable } from '../platform/page.tsx'
import { memberAddress, type Shell } from './members.pages.tsx'
import { ATTEMPT_OUTCOMES, ATTEMPT_WAYS, type LatestAttempt } from './members.queries.ts'

type LostProps = Omit<Shell, 'programme'> & {
  programme: Programme
  lost: readonly LostContact[]
  attempts: ReadonlyMap<string, LatestAttempt>
  /** By matricule. */
  names: ReadonlyMap<string, string>
}

export const LostPage: FC<LostProps> = ({ visitor, programme, lost, attempts, names }) => {
  const t = wordsIn(visitor.language)
  const operators = [...Map.groupBy(lost, ({ operator }) => operator)]
  return (
    <StaffPage visitor={visitor} title={t('staff.lost')} programme={programme}>
      {lost.length === 0 ? (
        <p>{t('lost.none')}</p>
      ) : (
        <>
          <p>{t('lost.text')}</p>
          {may(visitor.grants, 'export-identity', programme.programme) && (
            <form method="post" action={programmeAddress(programme.programme, '/lost/file')}>
              <button type="submit" class="second">
                {t('lost.file')}
              </button>
            </form>
          )}
        </>
      )}
      {operators.map(([operator, people]) => (
        <section aria-label={operator}>
          <h2>{operator}</h2>
          <details>
            <summary>{t('lost.relay')}</summary>
            {LANGUAGES.map((language) => (
              <pre lang={language}>
                {wordsIn(language)('lost.relay.text', {
                  people: people.map(({ matricule }) => matricule).join(', '),
                  programme: programme.name[language],
                  contact: programme.controller.contact,
                })}
              </pre>
            ))}
          </details>
          <People {...{ visitor, programme, people, attempts, names, t }} />
        </section>
      ))}
    </StaffPage>
  )
}

const HEADS: WordKey[] = [
  'register.column.matricule',
  'members.head.name',
  'lost.head.since',
  'register.head.reason',
  'lost.head.last',
  'lost.head.attempt',
]

const People: FC<Omit<LostProps, 'lost'> & { people: readonly LostContact[]; t: Words }> = ({
  visitor,
  programme,
  people,
  attempts,
  names,
  t,
}) => (
  <WideTable label={t('lost.caption')}>
    <table>
      <caption>{t('lost.caption')}</caption>
      <thead>
        <tr>
          <Heads words={HEADS} t={t} />
        </tr>
      </thead>
      <tbody>
        {people.map(({ matricule, since, because }) => {
          const attempt = attempts.get(matricule)
          return (
            <tr>
              <th scope="row">
                <a href={memberAddress(programme.programme, matricule)}>{matricule}</a>
              </th>
              <td>{names.get(matricule)}</td>
              <td>{sayInstant(since, visitor.language)}</td>
              <td>{t(`lost.because.${because}`)}</td>
              <td>
                {attempt
                  ? `${t(`attempt.way.${attempt.way}`)}, ${t(`attempt.outcome.${attempt.outcome}`)} (${sayInstant(attempt.at, visitor.language)})`
                  : '–'}
              </td>
              <td>
                {may(visitor.grants, 'edit-members', programme.programme) && (
                  <Attempt {...{ programme, matricule, t }} />
                )}
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  </WideTable>
)

const Attempt: FC<{ programme: Programme; matricule: string; t: Words }> = ({ programme, matricule, t }) => {
  const wayId = `way-${matricule}`
  const outcomeId = `outcome-${matricule}`
  return (
    <form method="post" action={programmeAddress(programme.programme, '/lost/attempt')} class="inline">
      <input type="hidden" name="matricule" value={matricule} />
      <label class="heard" for={wayId}>
        {t('attempt.way', { matricule })}
      </label>
      <Options
        id={wayId}
        name="way"
        value="operator"
        options={ATTEMPT_WAYS.map((way) => ({ value: way, label: t(`attempt.way.${way}`) }))}
      />
      <label class="heard" for={outcomeId}>
        {t('attempt.outcome', { matricule })}
      </label>
      <Options
        id={outcomeId}
        name="outcome"
        value="asked"
        options={ATTEMPT_OUTCOMES.map((outcome) => ({ value: outcome, label: t(`attempt.outcome.${outcome}`) }))}
      />
      <button type="submit" class="second">
        {t('attempt.note')}
      </button>
    </form>
  )
}
