// The questions as a volunteer sees them: one column, native controls, nothing that needs a script.
import type { FC } from 'hono/jsx'
import { type Answers, applies, pagesToAsk } from '../instruments/answers.ts'
import { type About, type AnswerProblem, type Doubt, type Given, givenFor } from '../instruments/check-answer.ts'
import type { FittedInstrument, FittedItem, FittedQuestion } from '../instruments/fit.ts'
import { isQuestion } from '../instruments/instrument.ts'
import { ErrorSummary, type FieldError, FieldGroup, labelOf, TextField } from '../platform/forms.tsx'
import { fill, type Language, sayDate, sayList, sayMonth, type WordKey, type Words, wordsIn } from '../platform/i18n.ts'
import { Page } from '../platform/page.tsx'
import { Control, endsOf, isTyped, Reasons, Typed } from './controls.pages.tsx'
import { SEEN, seenAs } from './form.ts'
import { pageAddress, type Shell } from './link.pages.tsx'

/** What stands in a field: what was just typed, otherwise what was saved, otherwise what was said last time. */
export type Entered = (item: FittedQuestion) => Given

export const enteredFrom =
  (answers: Answers): Entered =>
  (item) => {
    const { [item.item]: answer } = answers
    if (answer !== undefined || !item.lastTime) return givenFor(item, answer)
    return givenFor(item, item.type === 'calendar' && item.carried ? [item.carried] : item.lastTime.answer)
  }

export type QuestionPageProps = Shell & {
  instrument: FittedInstrument
  page: number
  answers: Answers
  entered: Entered
  formReference: string
  problems?: readonly About<AnswerProblem>[]
  doubts?: readonly About<Doubt>[]
  /** Doubts put before, which are not put again. */
  seen?: readonly string[]
  /** Items whose answers the page before has put out of reach. */
  cleared?: readonly string[]
  /** One more empty period in a calendar. */
  more?: boolean
}

const FORM = 'answers'

export const QuestionPage: FC<QuestionPageProps> = (props) => {
  const { language, programme, instrument, page, answers, formReference, problems = [], doubts = [], seen = [] } = props
  const t = wordsIn(language)
  const asked = pagesToAsk(instrument, answers)
  const { title, items } = instrument.pages[page - 1]!
  const place = asked.indexOf(page) + 1
  const isLast = page === asked.at(-1)
  const errors = problems.map((problem) => sayAbout(problem, `problem.${problem.because}`, language))
  const questions = doubts.map((doubt) => ({ ...sayAbout(doubt, `doubt.${doubt.because}`, language), mild: true }))
  const heading = t('answer.place', { place, pages: asked.length })
  const prefix = errors.length > 0 ? [t('form.errorPrefix')] : questions.length > 0 ? [t('form.doubtPrefix')] : []
  return (
    <Page
      language={language}
      title={[...prefix, `${title[language]} – ${heading}`].join(' ')}
      name={programme.name[language]}
      languageForm={FORM}
      script={items.some((item) => item.type === 'calendar' && applies(item, answers))}
      look="answering"
    >
      <p class="place">{heading}</p>
      <progress value={place} max={asked.length} aria-label={heading} />
      <h1>{title[language]}</h1>
      <Cleared {...props} />
      <ErrorSummary title={t('form.errors')} errors={errors} />
      <ErrorSummary title={t('form.doubts')} errors={questions} look="doubts" />
      <form id={FORM} method="post" action={pageAddress(page, language)} novalidate>
        <input type="hidden" name="ref" value={formReference} />
        {[...new Set([...seen, ...doubts.map(({ item, because }) => seenAs(item.item, because))])].map((doubt) => (
          <input type="hidden" name={SEEN} value={doubt} />
        ))}
        {items
          .filter((item) => applies(item, answers))
          .map((item, index, shown) => (
            <AnyItem
              {...props}
              item={item}
              before={shown[index - 1]}
              error={[...errors, ...questions].find(({ field }) => field === item.item)}
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

/** What a changed answer has put out of reach, by its questions. */
const Cleared: FC<QuestionPageProps> = ({ language, instrument, cleared = [] }) => {
  const questions = instrument.pages.flatMap(({ items }) => items).filter(({ item }) => cleared.includes(item))
  if (questions.length === 0) return null
  return (
    <section class="notice" role="status">
      <p>{wordsIn(language)('answer.cleared')}</p>
      <ul>
        {questions.map(({ text }) => (
          <li>{text[language]}</li>
        ))}
      </ul>
    </section>
  )
}

function sayAbout(
  { item, months }: About<AnswerProblem | Doubt>,
  key: `problem.${AnswerProblem}` | `doubt.${Doubt}`,
  language: Language,
): FieldError {
  const monthNames = months.map((month) => sayMonth(month, language))
  const values = { ...limitsOf(item, language), months: sayList(monthNames, language) }
  const message = wordsIn(language)(key satisfies WordKey, values)
  return { field: item.item, label: legendText(item, language), message }
}

function limitsOf(item: FittedQuestion, language: Language): Record<string, string | number> {
  if (item.type === 'text') return { max: item.maxLength }
  if (!('min' in item)) return {}
  const say = (limit: number | string) =>
    typeof limit === 'string' ? sayDate(Temporal.PlainDate.from(limit), language) : String(limit)
  return { min: say(item.min), max: say(item.max) }
}

type ItemProps<Item> = Pick<QuestionPageProps, 'language' | 'entered' | 'more'> & {
  item: Item
  /** What stands before it on the page. */
  before: FittedItem | undefined
  error: FieldError | undefined
  t: Words
}

/** Anything that stands on a page of a questionnaire, as its reader sees it. */
export const AnyItem: FC<ItemProps<FittedItem>> = ({ item, ...props }) => {
  const { language, before } = props
  if (!isQuestion(item)) return <Info item={item} language={language} />
  const stem = stemOf(item)?.[language]
  const isFirst = !before || !isQuestion(before) || stemOf(before)?.[language] !== stem
  return (
    <>
      {stem && isFirst && (
        <p class="stem" aria-hidden="true">
          {stem}
        </p>
      )}
      <Question item={item} {...props} />
    </>
  )
}

const Info: FC<{ item: Extract<FittedItem, { type: 'info' }>; language: Language }> = ({ item, language }) => (
  <section class="notice">
    {item.text[language].split(/\n\s*\n/).map((paragraph) => (
      <p>{paragraph}</p>
    ))}
    {item.links.length > 0 && (
      <ul>
        {item.links.map((link) => (
          <li>
            <a href={link.url} rel="noreferrer">
              {link[language]}
            </a>
          </li>
        ))}
      </ul>
    )}
  </section>
)

/** One item of any type: its question, its control, and the ways of not answering. */
const Question: FC<ItemProps<FittedQuestion>> = ({ item, ...props }) => {
  const { language, t, error, entered } = props
  const hint = [lastTimeText(item, language), item.hint?.[language], item.type === 'multiple' && t('answer.several')]
  const said = { error: error?.message, mild: error?.mild }
  const described = { id: item.item, hint: hint.filter(Boolean).join('\n') || undefined, ...said }
  const given = entered(item)
  const reasons = <Reasons item={item} {...props} given={given} />
  if (isTyped(item)) {
    return (
      <fieldset aria-labelledby={labelOf(item.item)}>
        <TextField {...described} label={item.text[language]}>
          {(attributes) => <Typed {...props} item={item} given={given} attributes={attributes} />}
        </TextField>
        {reasons}
      </fieldset>
    )
  }
  return (
    <FieldGroup
      {...described}
      also={item.type === 'rating' ? endsOf(item) : undefined}
      legend={<Legend item={item} language={language} />}
    >
      <Control item={item} {...props} given={given} />
      {reasons}
    </FieldGroup>
  )
}

const stemOf = (item: FittedQuestion) => (item.type === 'likert' ? item.stem : undefined)

const legendText = (item: FittedQuestion, language: Language): string =>
  [stemOf(item)?.[language], item.text[language]].filter(Boolean).join(' ')

/** The question; what it shares with those beside it is seen once above them, and heard with each. */
const Legend: FC<{ item: FittedQuestion; language: Language }> = ({ item, language }) => (
  <>
    {stemOf(item) && <span class="heard">{stemOf(item)?.[language]} </span>}
    {item.text[language]}
  </>
)

/** “Last time, in May, you told us …”. */
function lastTimeText(item: FittedQuestion, language: Language): string | undefined {
  if (!item.carryForward || !item.lastTime) return undefined
  const { answer, month } = item.lastTime
  return fill(item.carryForward[language], {
    month: sayMonth(month, language),
    answer: sayAnswer(item, answer, language),
  })
}

function sayAnswer(item: FittedQuestion, answer: Answers[string], language: Language): string {
  const named: readonly { code: string | number; fr: string; en: string }[] =
    item.type === 'calendar' ? item.states : 'options' in item ? item.options : []
  const said = [answer].flat().map((one) => named.find(({ code }) => code === one)?.[language] ?? String(one))
  return sayList(said, language)
}
