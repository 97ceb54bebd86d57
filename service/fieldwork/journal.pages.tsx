// The journal: what was done, by whom, to what; and whether it is still as it was written.
import type { FC } from 'hono/jsx'
import type { SignedIn } from '../access/sign-in.actions.ts'
import { type InProgramme, StaffPage } from '../access/staff.pages.tsx'
import type { RecordedEvent, TrailVerdict } from '../platform/audit.queries.ts'
import { SelectField, TextField } from '../platform/forms.tsx'
import { sayInstant, type WordKey, type Words, wordsIn } from '../platform/i18n.ts'
import { Heads, WideTable } from '../platform/page.tsx'
import { sayAction, sayActor, sayDetail } from './journal-words.ts'

export type JournalFilter = { action: string; programme: string; month: string; actor: string }

type JournalProps = {
  visitor: SignedIn
  programmes: readonly InProgramme[]
  filter: JournalFilter
  actions: readonly string[]
  events: readonly RecordedEvent[]
  /** Names for what stands in the trail as an identifier: people of the staff, members. */
  names: ReadonlyMap<string, string>
  /** The same list from the next event on; null at its end. */
  more: string | null
  csv: string
  verdict?: TrailVerdict
}

export const JournalPage: FC<JournalProps> = (props) => {
  const { visitor, programmes, filter, actions, events, names, more, csv, verdict } = props
  const t = wordsIn(visitor.language)
  return (
    <StaffPage visitor={visitor} title={t('staff.journal')}>
      <p>{t('journal.text')}</p>
      {verdict && <Verdict verdict={verdict} t={t} />}
      <form method="post" action="/staff/journal/verify">
        <button type="submit" class="second">
          {t('journal.verify')}
        </button>
      </form>
      <form method="get" action="/staff/journal" class="filters">
        <SelectField
          id="action"
          name="action"
          label={t('journal.action')}
          value={filter.action}
          options={actions.map((action) => ({ value: action, label: sayAction(t, action) }))}
        />
        <SelectField
          id="programme"
          name="programme"
          label={t('home.programme')}
          value={filter.programme}
          options={programmes.map(({ programme, name }) => ({ value: programme, label: name[visitor.language] }))}
        />
        <TextField id="month" label={t('journal.month')} hint={t('journal.month.hint')}>
          {(attributes) => <input {...attributes} type="text" class="short" name="month" value={filter.month} />}
        </TextField>
        <TextField id="actor" label={t('journal.actor')} hint={t('journal.actor.hint')}>
          {(attributes) => <input {...attributes} type="text" name="actor" value={filter.actor} />}
        </TextField>
        <button type="submit">{t('members.find')}</button>
      </form>
      {events.length === 0 ? <p>{t('journal.nothing')}</p> : <Events {...{ events, names, t, visitor }} />}
      <p class="downloads">
        {more && <a href={more}>{t('members.more')}</a>}
        <a href={csv}>{t('journal.csv')}</a>
      </p>
    </StaffPage>
  )
}

const HEADS: WordKey[] = [
  'journal.head.when',
  'journal.head.who',
  'journal.head.what',
  'journal.head.about',
  'journal.head.detail',
]

const Events: FC<Pick<JournalProps, 'events' | 'names' | 'visitor'> & { t: Words }> = ({
  events,
  names,
  visitor,
  t,
}) => (
  <WideTable label={t('journal.caption')}>
    <table>
      <caption>{t('journal.caption')}</caption>
      <thead>
        <tr>
          <Heads words={HEADS} t={t} />
        </tr>
      </thead>
      <tbody>
        {events.map((event) => (
          <tr>
            <td>{sayInstant(event.at, visitor.language)}</td>
            <td>{sayActor(t, names, event.actor)}</td>
            <th scope="row">{sayAction(t, event.action)}</th>
            <td>{names.get(event.subject) ?? event.subject}</td>
            <td>{sayDetail(event.detail)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </WideTable>
)

const Verdict: FC<{ verdict: TrailVerdict; t: Words }> = ({ verdict, t }) =>
  verdict.ok ? (
    <div class="notice" role="status">
      <p>{t('journal.whole', { events: verdict.events, seq: verdict.seq })}</p>
      <p>
        <code>{verdict.head}</code>
      </p>
    </div>
  ) : (
    <div class="errors" role="alert">
      <p>{t('journal.broken', { at: verdict.at ?? 0 })}</p>
    </div>
  )
