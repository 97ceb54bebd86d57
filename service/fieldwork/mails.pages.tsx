// Every mail of a wave plan between two days: how many and why first, then one by one. People stand as codes.
import type { Child, FC } from 'hono/jsx'
import type { SignedIn } from '../access/sign-in.actions.ts'
import { type InProgramme, programmeAddress, StaffPage } from '../access/staff.pages.tsx'
import { ErrorSummary, TextField } from '../platform/forms.tsx'
import { type Language, type WordKey, wordsIn } from '../platform/i18n.ts'
import { WideTable } from '../platform/page.tsx'
import type { ListedMail } from '../waves/list-mails.actions.ts'
import type { Wave } from '../waves/plan.ts'
import { STATES, sayBecause, sayMail, sayState } from './mail-words.ts'
import { MAILS_PER_PAGE, type MailCount, type MailsAsked, type MailsProblem, sayRemarks } from './mails.ts'
import { sayLocal } from './plan.pages.tsx'

/** Some of the mails found: the one they begin with, and all there are. */
export type MailsFound = {
  counts: readonly MailCount[]
  mails: readonly ListedMail[]
  page: number
  pages: number
  first: number
  all: number
}

export type MailsProps = {
  visitor: SignedIn
  programme: InProgramme
  asked: MailsAsked
  waves: readonly Pick<Wave, 'wave' | 'name'>[]
  cohorts: readonly string[]
  problems?: readonly MailsProblem[]
  children?: Child
}

const WRONG: Record<MailsProblem['wrong'], WordKey> = {
  day: 'mails.wrong.day',
  order: 'mails.wrong.order',
  long: 'mails.wrong.long',
}

/** The question; what was found for it comes below. */
export const MailsPage: FC<MailsProps> = (props) => {
  const { visitor, programme, problems = [], children } = props
  const { language } = visitor
  const t = wordsIn(language)
  const labels = { from: t('mails.from'), to: t('mails.to') }
  const errors = problems.map(({ field, wrong }) => ({
    field,
    label: t('plan.labelled', { label: labels[field] }),
    message: t(WRONG[wrong]),
  }))
  return (
    <StaffPage visitor={visitor} programme={programme} title={t('mails.title')}>
      <ErrorSummary title={t('form.errors')} errors={errors} />
      <p>{t('mails.intro')}</p>
      <Question {...props} />
      {children}
    </StaffPage>
  )
}

type FoundProps = Pick<MailsProps, 'programme' | 'asked' | 'cohorts'> & { language: Language; found: MailsFound }

/** What was found: how many and why first, then one by one. */
export const FoundMails: FC<FoundProps> = (props) => {
  const { language, programme, asked, cohorts, found } = props
  const t = wordsIn(language)
  if (found.all === 0) return <p class="notice">{t(cohorts.length === 0 ? 'mails.none.members' : 'mails.none')}</p>
  return (
    <>
      <h2>{t('mails.counts')}</h2>
      <Counts language={language} found={found} />
      <p>
        <a href={addressOf(programme, '/mails.csv', asked)}>{t('mails.csv')}</a>
      </p>
      <h2>{t('mails.list')}</h2>
      <List language={language} found={found} />
      <Pages {...props} />
    </>
  )
}

const addressOf = ({ programme }: InProgramme, path: string, asked: object): string =>
  `${programmeAddress(programme, path)}?${new URLSearchParams({ ...asked })}`

const Question: FC<MailsProps> = ({ visitor, programme, asked, waves, cohorts, problems = [] }) => {
  const { language } = visitor
  const t = wordsIn(language)
  const error = (field: string) => {
    const problem = problems.find((one) => one.field === field)
    return problem && t(WRONG[problem.wrong])
  }
  return (
    <form method="get" action={programmeAddress(programme.programme, '/mails')} novalidate>
      {(['from', 'to'] as const).map((field) => (
        <TextField
          id={field}
          label={t(field === 'from' ? 'mails.from' : 'mails.to')}
          hint={t('mails.day.hint')}
          error={error(field)}
        >
          {(attributes) => <input {...attributes} class="short" type="text" name={field} value={asked[field]} />}
        </TextField>
      ))}
      <div class="parts">
        <Select
          name="wave"
          label={t('mails.wave')}
          chosen={asked.wave}
          options={[
            ['', t('mails.every')],
            ...waves.map(({ wave, name }): [string, string] => [
              wave,
              t('plan.value.wave', { wave, name: name[language] }),
            ]),
          ]}
        />
        <Select
          name="cohort"
          label={t('mails.cohort')}
          chosen={asked.cohort}
          options={[['', t('mails.every')], ...cohorts.map((cohort): [string, string] => [cohort, cohort])]}
        />
        <Select
          name="state"
          label={t('mails.state')}
          chosen={asked.state}
          options={[
            ['', t('mails.everyState')],
            ...STATES.map((state): [string, string] => [state, sayState(t, state)]),
          ]}
        />
      </div>
      <div class="actions">
        <button type="submit">{t('mails.show')}</button>
      </div>
    </form>
  )
}

const Select: FC<{ name: string; label: string; chosen: string; options: [string, string][] }> = ({
  name,
  label,
  chosen,
  options,
}) => (
  <div>
    <label class="label" for={name}>
      {label}
    </label>
    <select id={name} name={name}>
      {options.map(([value, text]) => (
        <option value={value} selected={value === chosen}>
          {text}
        </option>
      ))}
    </select>
  </div>
)

const Counts: FC<{ language: Language; found: MailsFound }> = ({ language, found: { counts, all } }) => {
  const t = wordsIn(language)
  return (
    <WideTable label={t('mails.counts.caption')}>
      <table>
        <caption>{t('mails.counts.caption')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('mails.head.state')}</th>
            <th scope="col">{t('mails.head.because')}</th>
            <th scope="col" class="number">
              {t('mails.counts.mails')}
            </th>
          </tr>
        </thead>
        <tbody>
          {counts.map(({ state, because, count }) => (
            <tr>
              <th scope="row">{sayState(t, state)}</th>
              <td>{because === null ? '–' : sayBecause(t, because)}</td>
              <td class="number">{count}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">{t('mails.counts.total')}</th>
            <td>–</td>
            <td class="number">{all}</td>
          </tr>
        </tbody>
      </table>
    </WideTable>
  )
}

const List: FC<{ language: Language; found: MailsFound }> = ({ language, found: { mails, first, all } }) => {
  const t = wordsIn(language)
  const caption = t('mails.list.caption', { first, last: first + mails.length - 1, all })
  return (
    <WideTable label={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t('mails.head.when')}</th>
            <th scope="col">{t('mails.head.zone')}</th>
            <th scope="col">{t('mails.head.person')}</th>
            <th scope="col">{t('members.head.cohort')}</th>
            <th scope="col">{t('impact.wave')}</th>
            <th scope="col">{t('mails.head.mail')}</th>
            <th scope="col">{t('mails.head.state')}</th>
            <th scope="col">{t('mails.head.because')}</th>
          </tr>
        </thead>
        <tbody>
          {mails.map((mail) => (
            <tr>
              <th scope="row">{sayLocal(mail.at, mail.timeZone, language)}</th>
              <td>{mail.timeZone}</td>
              <td>{mail.person}</td>
              <td>{mail.cohort}</td>
              <td>{mail.wave}</td>
              <td>{sayMail(t, mail)}</td>
              <td>{sayState(t, mail.state)}</td>
              <td>{sayRemarks(language, mail).join(' · ') || '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </WideTable>
  )
}

const Pages: FC<FoundProps> = ({ language, programme, asked, found: { page, pages } }) => {
  const t = wordsIn(language)
  if (pages <= 1) return null
  const to = (page: number) => addressOf(programme, '/mails', { ...asked, page })
  return (
    <nav class="ways" aria-label={t('mails.pages')}>
      {page > 1 && <a href={to(page - 1)}>{t('mails.earlier', { count: MAILS_PER_PAGE })}</a>}
      {page < pages && <a href={to(page + 1)}>{t('mails.later')}</a>}
    </nav>
  )
}
