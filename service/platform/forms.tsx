// The parts of a form: label, hint and error tied to their control, and a summary of errors that links to each.
import type { Child, FC } from 'hono/jsx'

/**
 * What is wrong with a field; `label` is its question, for whoever reads the error away from it. `mild`: it is only
 * asked about, and may stay as it is.
 */
export type FieldError = { field: string; label: string; message: string; mild?: boolean }

/** `also`: the id of something else that describes the field. */
type Described = {
  id: string
  hint?: string | undefined
  error?: string | undefined
  mild?: boolean | undefined
  also?: string | undefined
}

const describedBy = ({ id, hint, error, also }: Described) =>
  [hint && `${id}-hint`, also, error && `${id}-error`].filter(Boolean).join(' ') || undefined

/** A group of controls: the question is the legend. A link to its id brings the reader there, keyboard and all. */
export const FieldGroup: FC<Described & { legend: Child; children?: Child }> = ({ legend, children, ...field }) => (
  <fieldset id={field.id} aria-describedby={describedBy(field)} tabindex={-1}>
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

/** What ties a control to its label, hint and error. */
export type FieldAttributes = { id: string; 'aria-describedby': string | undefined; 'aria-invalid': 'true' | undefined }

/** The id of a control's label, for a group that goes by the same name. */
export const labelOf = (id: string): string => `${id}-label`

/** A labelled control that is typed in or chosen from. */
export const TextField: FC<Described & { label: Child; children: (attributes: FieldAttributes) => Child }> = ({
  label,
  children,
  ...field
}) => (
  <div>
    <label class="label" id={labelOf(field.id)} for={field.id}>
      {label}
    </label>
    <HintAndError {...field} />
    {children({
      id: field.id,
      'aria-describedby': describedBy(field),
      'aria-invalid': field.error && !field.mild ? 'true' : undefined,
    })}
  </div>
)

/** A labelled list to choose one thing from; the first line chooses nothing. */
export const SelectField: FC<{
  id: string
  name: string
  label: Child
  value: string
  options: readonly { value: string; label: string }[]
  autofocus?: boolean
}> = ({ label, ...field }) => (
  <div>
    <label for={field.id}>{label}</label>
    <Options {...field} />
  </div>
)

/** The list itself, for a control that has its label already. */
export const Options: FC<{
  id: string
  name: string
  value: string
  options: readonly { value: string; label: string }[]
  autofocus?: boolean
  'aria-describedby'?: string | undefined
  'aria-invalid'?: 'true' | undefined
}> = ({ value, options, ...attributes }) => (
  <select {...attributes}>
    <option value="">–</option>
    {options.map((option) => (
      <option value={option.value} selected={option.value === value}>
        {option.label}
      </option>
    ))}
  </select>
)

const HintAndError: FC<Described> = ({ id, hint, error, mild }) => (
  <>
    {hint && (
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    )}
    {error && (
      <p class={mild ? 'error mild' : 'error'} id={`${id}-error`}>
        {error}
      </p>
    )}
  </>
)

/** What to put right, above the form, each line a link to its field; the keyboard is there when the page opens. */
export const ErrorSummary: FC<{ title: string; errors: readonly FieldError[]; look?: 'errors' | 'doubts' }> = ({
  title,
  errors,
  look = 'errors',
}) =>
  errors.length === 0 ? null : (
    <section class={look} role="alert" aria-labelledby={`${look}-title`} tabindex={-1} autofocus>
      <h2 id={`${look}-title`}>{title}</h2>
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
