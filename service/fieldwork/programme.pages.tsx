// The form a programme is made with, or changed.
import type { FC } from 'hono/jsx'
import type { SignedIn } from '../access/sign-in.actions.ts'
import { type InProgramme, StaffPage } from '../access/staff.pages.tsx'
import { Choice, ErrorSummary, FieldGroup, TextField } from '../platform/forms.tsx'
import { type Words, wordsIn } from '../platform/i18n.ts'
import type { ProgrammeEntries, ProgrammeFault, ProgrammeField } from './programme-form.ts'

export type ProgrammeFaults = readonly { field: ProgrammeField; because: ProgrammeFault }[]

type FormProps = {
  visitor: SignedIn
  title: string
  /** Where the form goes. */
  action: string
  entries: ProgrammeEntries
  faults?: ProgrammeFaults
  /** The programme that is changed; its name stays. */
  programme?: InProgramme
  /** A file says what it is: it is changed there. */
  hasFile?: boolean
}

const BASES = ['public_task', 'legitimate_interest', 'consent'] as const

/** Fields that belong together, under one heading each. */
const SECTIONS: readonly { section: 'what' | 'who' | 'sender' | 'cohorts'; fields: readonly ProgrammeField[] }[] = [
  { section: 'what', fields: ['nameFr', 'nameEn', 'programme'] },
  { section: 'cohorts', fields: ['phases'] },
  { section: 'sender', fields: ['senderName', 'senderAddress', 'senderReplyTo'] },
  {
    section: 'who',
    fields: ['controllerName', 'controllerAddress', 'controllerContact', 'dataProtectionOfficer', 'legalBasis'],
  },
]

export const ProgrammePage: FC<FormProps> = ({
  visitor,
  title,
  action,
  entries,
  faults = [],
  programme,
  hasFile = false,
}) => {
  const t = wordsIn(visitor.language)
  const errors = faults.map(({ field, because }) => ({
    field,
    label: t(`programme.${field}`),
    message: t(`programme.fault.${because}`),
  }))
  return (
    <StaffPage visitor={visitor} title={title} programme={programme}>
      <ErrorSummary title={t('form.errors')} errors={errors} />
      {hasFile && <p class="notice">{t('programme.hasFile', { programme: programme?.programme ?? '' })}</p>}
      <form method="post" action={action} novalidate>
        {SECTIONS.map(({ section, fields }) => (
          <section aria-labelledby={section}>
            <h2 id={section}>{t(`programme.section.${section}`)}</h2>
            {fields
              .filter((field) => field !== 'programme' || !programme)
              .map((field) => (
                <Field
                  t={t}
                  field={field}
                  value={entries[field]}
                  error={errors.find((error) => error.field === field)?.message}
                />
              ))}
          </section>
        ))}
        {!hasFile && (
          <div class="actions">
            <button type="submit">{t(programme ? 'programme.save' : 'programme.create')}</button>
          </div>
        )}
      </form>
    </StaffPage>
  )
}

const Field: FC<{ t: Words; field: ProgrammeField; value: string; error: string | undefined }> = ({
  t,
  field,
  value,
  error,
}) =>
  field === 'legalBasis' ? (
    <FieldGroup id={field} legend={t('programme.legalBasis')} hint={t('programme.legalBasis.hint')} error={error}>
      {BASES.map((basis) => (
        <Choice type="radio" name={field} value={basis} checked={value === basis}>
          {t(`programme.basis.${basis}`)}
        </Choice>
      ))}
    </FieldGroup>
  ) : (
    <TextField id={field} label={t(`programme.${field}`)} hint={t(`programme.${field}.hint`)} error={error}>
      {(attributes) =>
        field === 'phases' ? (
          <textarea {...attributes} name={field} rows={3}>
            {value}
          </textarea>
        ) : (
          <input {...attributes} type="text" name={field} value={value} autocapitalize="none" />
        )
      }
    </TextField>
  )
