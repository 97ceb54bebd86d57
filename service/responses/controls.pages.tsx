// The controls of the questionnaire: for each type of item the native fields it is answered with.
import type { FC } from 'hono/jsx'
import { type Given, RATING } from '../instruments/check-answer.ts'
import type { FittedQuestion } from '../instruments/fit.ts'
import { Choice, type FieldAttributes, Options } from '../platform/forms.tsx'
import type { Language, Words } from '../platform/i18n.ts'
import { CalendarPeriods } from './calendar.pages.tsx'
import { DECLINED, isOneOfSeveral, partName, reasonName, UNKNOWN } from './form.ts'

export type ControlProps = {
  item: FittedQuestion
  given: Given
  language: Language
  /** One more empty period in a calendar. */
  more?: boolean | undefined
  t: Words
}
type PropsOf<Type extends FittedQuestion['type']> = ControlProps & { item: Extract<FittedQuestion, { type: Type }> }

type TypedItem = Extract<FittedQuestion, { type: 'integer' | 'year' | 'decimal' | 'text' | 'country' }>
/** Whether one control is the whole answer, so that the question is its label. */
export const isTyped = (item: FittedQuestion): item is TypedItem =>
  ['integer', 'year', 'decimal', 'text', 'country'].includes(item.type)

export const Typed: FC<Omit<ControlProps, 't'> & { item: TypedItem; attributes: FieldAttributes }> = ({
  item,
  language,
  given,
  attributes,
}) => {
  const value = given.values[0] ?? ''
  const field = { ...attributes, name: item.item }
  if (item.type === 'country') {
    const collator = new Intl.Collator(language)
    const countries = item.options
      .map((country) => ({ value: country.code, label: country[language] }))
      .sort((a, b) => collator.compare(a.label, b.label))
    return <Options {...field} value={value} options={countries} />
  }
  if (item.type === 'text' && !item.short)
    return (
      <textarea {...field} rows={4} maxlength={item.maxLength}>
        {value}
      </textarea>
    )
  if (item.type === 'text') return <input {...field} type="text" maxlength={item.maxLength} value={value} />
  const inputmode = item.type === 'decimal' ? 'decimal' : 'numeric'
  const autocomplete = item.type === 'year' ? item.autocomplete : undefined
  return <input {...field} class="short" type="text" inputmode={inputmode} autocomplete={autocomplete} value={value} />
}

/** The control of an item that takes more than one field. */
export const Control: FC<ControlProps> = (props) => {
  const { item } = props
  switch (item.type) {
    case 'single':
    case 'likert':
    case 'multiple':
      return <OptionRows {...props} item={item} />
    case 'rating':
      return <RatingPoints {...props} item={item} />
    case 'date':
      return <DateParts {...props} item={item} />
    case 'calendar':
      return <CalendarPeriods {...props} item={item} />
    case 'integer':
    case 'year':
    case 'decimal':
    case 'text':
    case 'country':
      return null
    default:
      return item satisfies never
  }
}

const OptionRows: FC<PropsOf<'single' | 'likert' | 'multiple'>> = ({ item, language, given }) => (
  <>
    {item.options.map((option) => (
      <Choice
        type={item.type === 'multiple' ? 'checkbox' : 'radio'}
        name={item.item}
        value={String(option.code)}
        checked={given.values.includes(String(option.code))}
      >
        {option[language]}
      </Choice>
    ))}
  </>
)

export const endsOf = ({ item }: FittedQuestion): string => `${item}-ends`

const RatingPoints: FC<PropsOf<'rating'>> = ({ item, language, given }) => (
  <>
    <p class="ends" id={endsOf(item)}>
      <span>0 = {item.ends.low[language]}</span>
      <span>10 = {item.ends.high[language]}</span>
    </p>
    <div class="ratings">
      {RATING.map((point) => (
        <Choice type="radio" name={item.item} value={String(point)} checked={given.values.includes(String(point))}>
          {point}
        </Choice>
      ))}
    </div>
  </>
)

const DateParts: FC<PropsOf<'date'>> = ({ item, given, t }) => (
  <div class="parts">
    {(['day', 'month', 'year'] as const).map((part) => (
      <div>
        <label for={partName(item, part)}>{t(`answer.${part}`)}</label>
        <input
          id={partName(item, part)}
          class="short"
          type="text"
          inputmode="numeric"
          name={partName(item, part)}
          value={given.parts?.[part]?.[0] ?? ''}
        />
      </div>
    ))}
  </div>
)

/** Every item but a routing one can be declined; some can be not known. */
export const Reasons: FC<ControlProps> = ({ item, given, t }) => {
  const type = isOneOfSeveral(item) ? 'radio' : 'checkbox'
  return (
    <>
      {item.dontKnow && (
        <Choice type={type} name={reasonName(item, UNKNOWN)} value={UNKNOWN} checked={given.unknown ?? false} lighter>
          {t('answer.dontKnow')}
        </Choice>
      )}
      {!item.routing && (
        <Choice
          type={type}
          name={reasonName(item, DECLINED)}
          value={DECLINED}
          checked={given.declined ?? false}
          lighter
        >
          {t('answer.decline')}
        </Choice>
      )}
    </>
  )
}
