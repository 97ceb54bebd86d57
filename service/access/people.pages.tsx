// Who works here: a list with everybody's roles, inviting somebody, and one person's roles.
import type { FC } from 'hono/jsx'
import { Choice, ErrorSummary, type FieldError, FieldGroup, TextField } from '../platform/forms.tsx'
import { sayInstant, type Words, wordsIn } from '../platform/i18n.ts'
import { WideTable } from '../platform/page.tsx'
import { EVERY_PROGRAMME, type Grant, ROLE_NAMES } from './roles.ts'
import type { SignedIn } from './sign-in.actions.ts'
import { type InProgramme, StaffPage } from './staff.pages.tsx'
import type { ListedStaff } from './staff.queries.ts'

type PeopleProps = { visitor: SignedIn; programmes: readonly InProgramme[] }

/** A role in a programme as a form sends it. */
export const grantValue = ({ role, programme }: Grant): string => `${role} ${programme}`

const sayProgramme = (t: Words, { programmes, visitor }: PeopleProps, programme: string): string =>
  programme === EVERY_PROGRAMME
    ? t('people.everyProgramme')
    : (programmes.find((one) => one.programme === programme)?.name[visitor.language] ?? programme)

const sayGrant = (t: Words, props: PeopleProps, { role, programme }: Grant): string =>
  t('people.grant', { role: t(`role.${role}`), programme: sayProgramme(t, props, programme) })

export const PeoplePage: FC<
  PeopleProps & {
    people: readonly ListedStaff[]
    entered?: { email: string; grants: readonly string[] }
    errors?: readonly FieldError[]
    /** The address an invitation has just gone to, and the link itself where no mail could go. */
    invited?: { email: string; link: string | null }
  }
> = ({ people, entered = { email: '', grants: [] }, errors = [], invited, ...props }) => {
  const t = wordsIn(props.visitor.language)
  return (
    <StaffPage visitor={props.visitor} title={t('staff.people')}>
      {invited && (
        <div class="notice" role="status">
          <p>{t(invited.link === null ? 'people.invited' : 'people.notMailed', { email: invited.email })}</p>
          {invited.link !== null && <p>{invited.link}</p>}
        </div>
      )}
      <ErrorSummary title={t('form.errors')} errors={errors} />
      <WideTable label={t('people.caption')}>
        <table>
          <caption>{t('people.caption')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('people.who')}</th>
              <th scope="col">{t('people.roles')}</th>
              <th scope="col">{t('people.seen')}</th>
            </tr>
          </thead>
          <tbody>
            {people.map((person) => (
              <tr>
                <th scope="row">
                  <a href={`/staff/people/${person.id}`}>{person.email}</a>
                </th>
                <td>
                  {person.deactivated_at
                    ? t('people.away')
                    : person.grants.map((grant) => sayGrant(t, props, grant)).join(' · ') || t('people.noRole')}
                </td>
                <td>{person.seen_at ? sayInstant(person.seen_at, props.visitor.language) : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </WideTable>
      <h2>{t('people.invite')}</h2>
      <form method="post" action="/staff/people/invite" novalidate>
        <TextField
          id="email"
          label={t('people.email')}
          hint={t('people.invite.hint')}
          error={errors.find(({ field }) => field === 'email')?.message}
        >
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              name="email"
              value={entered.email}
              inputmode="email"
              autocapitalize="none"
            />
          )}
        </TextField>
        <RoleChoices
          {...props}
          chosen={entered.grants}
          error={errors.find(({ field }) => field === 'grants')?.message}
        />
        <div class="actions">
          <button type="submit">{t('people.invite.button')}</button>
        </div>
      </form>
    </StaffPage>
  )
}

const RoleChoices: FC<PeopleProps & { chosen: readonly string[]; error?: string | undefined }> = ({
  chosen,
  error,
  ...props
}) => {
  const t = wordsIn(props.visitor.language)
  const places = [EVERY_PROGRAMME, ...props.programmes.map(({ programme }) => programme)]
  return (
    <FieldGroup id="grants" legend={t('people.roles')} error={error}>
      {ROLE_NAMES.map((role) => (
        <fieldset class="period">
          <legend>{t(`role.${role}`)}</legend>
          <p class="hint">{t(`role.${role}.text`)}</p>
          <div class="parts">
            {places.map((programme) => (
              <Choice
                type="checkbox"
                name="grants"
                value={grantValue({ role, programme })}
                checked={chosen.includes(grantValue({ role, programme }))}
              >
                {sayProgramme(t, props, programme)}
              </Choice>
            ))}
          </div>
        </fieldset>
      ))}
    </FieldGroup>
  )
}

/** One person: their roles, and sending them away. */
export const PersonPage: FC<PeopleProps & { person: ListedStaff; errors?: readonly FieldError[] }> = ({
  person,
  errors = [],
  ...props
}) => {
  const t = wordsIn(props.visitor.language)
  return (
    <StaffPage visitor={props.visitor} title={person.email}>
      <ErrorSummary title={t('form.errors')} errors={errors} />
      <p>{t(person.deactivated_at ? 'people.awayNow' : 'people.change')}</p>
      <form method="post" action={`/staff/people/${person.id}/roles`}>
        <RoleChoices {...props} chosen={person.grants.map(grantValue)} />
        <div class="actions">
          <button type="submit">{t('people.save')}</button>
        </div>
      </form>
      {!person.deactivated_at && (
        <section aria-labelledby="away">
          <h2 id="away">{t('people.sendAway')}</h2>
          <p>{t('people.sendAway.text')}</p>
          <form method="post" action={`/staff/people/${person.id}/away`}>
            <button type="submit" class="second">
              {t('people.sendAway')}
            </button>
          </form>
        </section>
      )}
    </StaffPage>
  )
}
