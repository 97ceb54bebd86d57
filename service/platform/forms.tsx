// The parts of a form: label, hint and error tied to their control, and a summary of errors that links to each.
import type { Child, FC } from 'hono/jsx'
import type { Words } from './i18n.ts'

/** What is wrong with a field; `label` is its question, for whoever reads the error away from it. */
export type FieldError = { field: string; label: string; message: string }

type Described = { id: string; hint?: string | undefined; error?: string | undefined }

const describedBy = ({ id, hint, error }: Described) =>
  [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ') || undefined

/** A group of choices: the question is the legend. */
export const ChoiceGroup: FC<Described & { legend: Child; children?: Child }> = ({ legend, children, ...field }) => (
  <fieldset id={field.id} aria-describedby={describedBy(field)}>
    <legend>{legend}</legend>
    <HintAndError {...field} />
    {children}
  </fieldset>
)

/** One choice as a full-width row with its native radio or box. */
export const Choice: FC<{
  type: 'radio' | 'checkbox'
  name: string
  value: string
  checked: boolean
  lighter?: boolean
  children?: Child
}> = ({ lighter, children, ...input }) => (
  <label class={lighter ? 'option lighter' : 'option'}>
    <input {...input} />
    <span>{children}</span>
  </label>
)

/** A labelled control that is typed in. */
export const TextField: FC<
  Described & {
    label: Child
    children: (attributes: {
      id: string
      'aria-describedby': string | undefined
      'aria-invalid': 'true' | undefined
    }) => Child
  }
> = ({ label, children, ...field }) => (
  <div>
    <label class="label" for={field.id}>
      {label}
    </label>
    <HintAndError {...field} />
    {children({
      id: field.id,
      'aria-describedby': describedBy(field),
      'aria-invalid': field.error ? 'true' : undefined,
    })}
  </div>
)

const HintAndError: FC<Described> = ({ id, hint, error }) => (
  <>
    {hint && (
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    )}
    {error && (
      <p class="error" id={`${id}-error`}>
        {error}
      </p>
    )}
  </>
)

/** What to put right, above the form, each line a link to its field. */
export const ErrorSummary: FC<{ errors: readonly FieldError[]; t: Words }> = ({ errors, t }) =>
  errors.length === 0 ? null : (
    <section class="errors" role="alert" aria-labelledby="errors-title">
      <h2 id="errors-title">{t('form.errors')}</h2>
      <ul>
        {errors.map(({ field, label, message }) => (
          <li>
            <a href={`#${field}`}>
              {label} {message}
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
