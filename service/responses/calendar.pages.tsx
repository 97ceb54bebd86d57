// The monthly calendar as periods to fill in, “from … to …”: lists and nothing else, with a word on what is left where
// scripts run.
import type { FC } from 'hono/jsx'
import type { Given } from '../instruments/check-answer.ts'
import type { FittedQuestion } from '../instruments/fit.ts'
import { SelectField } from '../platform/forms.tsx'
import { type Language, sayMonth, type Words } from '../platform/i18n.ts'
import { partName } from './form.ts'

type Props = {
  item: Extract<FittedQuestion, { type: 'calendar' }>
  given: Given
  language: Language
  more?: boolean | undefined
  t: Words
}

/** Rows offered to begin with. */
const FEWEST = 3

export const CalendarPeriods: FC<Props> = ({ item, given, language, more = false, t }) => {
  const rows = rowsToShow(item.months, given, more)
  const months = item.months.map((month) => ({ value: month, label: sayMonth(month, language) }))
  const states = item.states.map((state) => ({ value: state.code, label: state[language] }))
  const [only] = months.length === 1 ? months : []
  return (
    <div class="periods" data-left={t('calendar.left')} data-full={t('calendar.full')} data-language={language}>
      {rows.map((row) => {
        const field = (part: 'from' | 'to' | 'state') => partName(item, `${row}.${part}`)
        const value = (part: 'from' | 'to' | 'state') => partOf(given, row, part)
        return (
          <fieldset class="period">
            <legend>{only ? only.label : t('calendar.period', { number: row })}</legend>
            {only ? (
              <>
                <input type="hidden" name={field('from')} value={only.value} />
                <input type="hidden" name={field('to')} value={only.value} />
              </>
            ) : (
              <div class="parts">
                <SelectField
                  id={field('from')}
                  name={field('from')}
                  label={t('calendar.from')}
                  value={value('from') || (isBlank(given, row) ? beginning(item.months, given, row) : '')}
                  options={months}
                  autofocus={more && row === rows.at(-1)}
                />
                <SelectField
                  id={field('to')}
                  name={field('to')}
                  label={t('calendar.to')}
                  value={value('to')}
                  options={months}
                />
              </div>
            )}
            <SelectField
              id={field('state')}
              name={field('state')}
              label={t('calendar.state')}
              value={value('state')}
              options={states}
            />
          </fieldset>
        )
      })}
      {!only && rows.length < item.months.length && (
        <button class="second" type="submit" name="go" value="more">
          {t('calendar.more')}
        </button>
      )}
      <p class="muted" data-said role="status" />
    </div>
  )
}

const partOf = ({ parts }: Given, row: number, part: string): string => parts?.[`${row}.${part}`]?.[0] ?? ''

/** Whether nothing has been said about a period but perhaps its beginning. */
const isBlank = (given: Given, row: number): boolean => ['to', 'state'].every((part) => partOf(given, row, part) === '')

/** Where a period most likely begins: with the first month, or after the period before it. */
function beginning(months: readonly string[], given: Given, row: number): string {
  const ended = partOf(given, row - 1, 'to')
  if (row === 1) return months[0]!
  return ended === '' ? '' : (months.find((month) => month > ended) ?? '')
}

/** Rows by their numbers: those filled in and an empty one, at least three, and no more than there are months. */
function rowsToShow(months: readonly string[], { parts = {} }: Given, more: boolean): number[] {
  const filled = Object.entries(parts)
    .filter(([name, [value = '']]) => /^\d{1,2}\.(to|state)$/.test(name) && value !== '')
    .map(([name]) => Number(name.split('.')[0]))
  const shown = Object.keys(parts).map((name) => Number(/^(\d{1,2})\.state$/.exec(name)?.[1] ?? 0))
  const wanted = Math.max(FEWEST, ...filled.map((row) => row + 1), ...(more ? shown.map((row) => row + 1) : []))
  return Array.from({ length: Math.min(months.length, wanted) }, (_, index) => index + 1)
}
