// The questions as a volunteer sees them: one column, native controls, nothing that needs a script.
import type { FC } from 'hono/jsx'
import { type AnswerProblem, type Answers, applies, MISSING, pagesToAsk, RATING } from '../instruments/answers.ts'
import type { Instrument, Item } from '../instruments/instrument.ts'
import { Choice, ChoiceGroup, ErrorSummary, type FieldError, TextField } from '../platform/forms.tsx'
import { type Language, type WordKey, type Words, wordsIn } from '../platform/i18n.ts'
import { Page } from '../platform/page.tsx'
import { pageAddress, type Shell } from './link.pages.tsx'

/** What stands in a field: what was just typed and refused, otherwise what was saved. */
export type Entered = (item: Item) => { values: readonly string[]; declined: boolean }

export const enteredFrom =
  (answers: Answers): Entered =>
  ({ item }) => {
    const answer = answers[item]
    if (answer === undefined || answer === MISSING.leftBlank || answer === MISSING.notApplicable)
      return { values: [], declined: false }
    if (answer === MISSING.declined) return { values: [], declined: true }
    return { values: (Array.isArray(answer) ? answer : [answer]).map(String), declined: false }
  }

export type QuestionPageProps = Shell & {
  instrument: Instrument
  page: number
  answers: Answers
  entered: Entered
  formReference: string
  problems?: readonly { item: Item; because: AnswerProblem }[]
}

export const QuestionPage: FC<QuestionPageProps> = ({
  language,
  programme,
  instrument,
  page,
  answers,
  entered,
  formReference,
  problems = [],
}) => {
  const t = wordsIn(language)
  const asked = pagesToAsk(instrument, answers)
  const { title, items } = instrument.pages[page - 1]!
  const place = asked.indexOf(page) + 1
  const isLast = page === asked.at(-1)
  const errors = problems.map(({ item, because }) => ({
    field: item.item,
    label: item.text[language],
    message: sayProblem(t, item, because),
  }))
  const heading = t('answer.place', { place, pages: asked.length })
  return (
    <Page
      language={language}
      title={`${errors.length > 0 ? `${t('form.errorPrefix')} ` : ''}${title[language]} – ${heading}`}
      name={programme.name[language]}
      languageLink={(other) => pageAddress(page, other)}
      look="answering"
    >
      <p class="place">{heading}</p>
      <progress value={place} max={asked.length} aria-label={heading} />
      <h1>{title[language]}</h1>
      <ErrorSummary errors={errors} t={t} />
      <form method="post" action={pageAddress(page, language)} novalidate>
        <input type="hidden" name="ref" value={formReference} />
        {items
          .filter((item) => applies(item, answers))
          .map((item) => (
            <Question
              item={item}
              language={language}
              entered={entered(item)}
              error={errors.find(({ field }) => field === item.item)}
              t={t}
            />
          ))}
        <div class="actions">
          <button type="submit" name="go" value="next">
            {t(isLast ? 'answer.send' : 'answer.next')}
          </button>
          {place > 1 && (
            <button class="second" type="submit" name="go" value="back">
              {t('answer.back')}
            </button>
          )}
        </div>
        <p class="muted">{t(isLast ? 'answer.last' : 'answer.saved')}</p>
      </form>
    </Page>
  )
}

function sayProblem(t: Words, item: Item, because: AnswerProblem): string {
  const key = `problem.${because}` as WordKey
  const limits =
    item.type === 'integer' ? { min: item.min, max: item.max } : item.type === 'text' ? { max: item.maxLength } : {}
  return t(key, limits)
}

const DECLINE = 'declined'
/** The name of the box or radio that declines an item. */
export const declineName = (item: Item): string =>
  item.type === 'multiple' || item.type === 'integer' || item.type === 'text' ? `${item.item}.${DECLINE}` : item.item
export const DECLINED_VALUE = DECLINE

type QuestionProps = {
  item: Item
  language: Language
  entered: ReturnType<Entered>
  error: FieldError | undefined
  t: Words
}

const Question: FC<QuestionProps> = (props) => {
  const { item, language, entered, error, t } = props
  const described = { id: item.item, hint: item.hint?.[language], error: error?.message }
  if (item.type === 'integer' || item.type === 'text') {
    return (
      <fieldset>
        <TextField {...described} label={item.text[language]}>
          {(attributes) =>
            item.type === 'integer' ? (
              <input
                {...attributes}
                class="short"
                type="text"
                inputmode="numeric"
                name={item.item}
                value={entered.values[0] ?? ''}
              />
            ) : (
              <textarea {...attributes} name={item.item} rows={4} maxlength={item.maxLength}>
                {entered.values[0] ?? ''}
              </textarea>
            )
          }
        </TextField>
        <Decline {...props} />
      </fieldset>
    )
  }
  const hint = described.hint ?? (item.type === 'multiple' ? t('answer.several') : undefined)
  return (
    <ChoiceGroup {...described} hint={hint} legend={legendOf(item, language)}>
      {item.type === 'rating' ? (
        <RatingPoints {...props} item={item} />
      ) : (
        <Options {...props} options={item.options} multiple={item.type === 'multiple'} />
      )}
      <Decline {...props} />
    </ChoiceGroup>
  )
}

const legendOf = (item: Item, language: Language): string =>
  item.type === 'likert' && item.stem ? `${item.stem[language]} ${item.text[language]}` : item.text[language]

const Options: FC<
  QuestionProps & { options: readonly { code: number; fr: string; en: string }[]; multiple: boolean }
> = ({ item, language, entered, options, multiple }) => (
  <>
    {options.map((option) => (
      <Choice
        type={multiple ? 'checkbox' : 'radio'}
        name={item.item}
        value={String(option.code)}
        checked={entered.values.includes(String(option.code))}
      >
        {option[language]}
      </Choice>
    ))}
  </>
)

const RatingPoints: FC<QuestionProps & { item: Extract<Item, { type: 'rating' }> }> = ({ item, language, entered }) => (
  <>
    <p class="ends">
      <span>0 = {item.ends.low[language]}</span>
      <span>10 = {item.ends.high[language]}</span>
    </p>
    <div class="ratings">
      {RATING.map((point) => (
        <Choice type="radio" name={item.item} value={String(point)} checked={entered.values.includes(String(point))}>
          {point}
        </Choice>
      ))}
    </div>
  </>
)

/** Every item but a routing one can be declined. */
const Decline: FC<QuestionProps> = ({ item, entered, t }) => {
  if (item.routing) return null
  const name = declineName(item)
  return (
    <Choice
      type={name === item.item ? 'radio' : 'checkbox'}
      name={name}
      value={DECLINED_VALUE}
      checked={entered.declined}
      lighter
    >
      {t('answer.decline')}
    </Choice>
  )
}
