// The people followed, for staff who may see them: a list, one person's file, and the form that corrects it. Whether they
// answered is here; what they answered is not.
import type { Child, FC } from 'hono/jsx'
import { may } from '../access/roles.ts'
import type { SignedIn } from '../access/sign-in.actions.ts'
import { type InProgramme, programmeAddress, StaffPage } from '../access/staff.pages.tsx'
import type { FoundMember, MemberFile, MemberState } from '../panel/find-members.queries.ts'
import type { RefusalReason } from '../panel/register.ts'
import { ErrorSummary, Options, SelectField, TextField } from '../platform/forms.tsx'
import { LANGUAGES, type Language, sayDate, sayInstant, type WordKey, type Words, wordsIn } from '../platform/i18n.ts'
import { Heads, LANGUAGE_NAMES, WideTable } from '../platform/page.tsx'
import type { MovedWave } from '../waves/preview-member.actions.ts'
import { sayBecause, sayBounce, sayMail } from './mail-words.ts'
import { EDITED_COLUMNS, type EditedColumn } from './member-form.ts'
import type { MemberCase, MemberMailing } from './members.queries.ts'

export type Shell = { visitor: SignedIn; programme: InProgramme }
type WaveName = (wave: string) => string

export const memberAddress = (programme: string, matricule: string, rest = ''): string =>
  programmeAddress(programme, `/members/${encodeURIComponent(matricule)}${rest}`)

/** A day in figures, for tables: 2027-03-01. */
const day = (date: Temporal.PlainDate | null): string => date?.toString() ?? '–'

type ListProps = Shell & {
  asked: { text: string; state: MemberState | undefined }
  found: readonly FoundMember[]
  /** Where the list goes on, when it does. */
  more: string | null
  /** Whether the programme has anybody at all. */
  isEmpty: boolean
}

const STATES = [
  { value: 'unsettled', label: 'members.state.unsettled' },
  { value: 'lost', label: 'members.state.lost' },
  { value: 'opted out', label: 'members.state.optedOut' },
] as const satisfies { value: MemberState; label: WordKey }[]

export const MembersPage: FC<ListProps> = ({ visitor, programme, asked, found, more, isEmpty }) => {
  const t = wordsIn(visitor.language)
  return (
    <StaffPage visitor={visitor} title={t('impact.column.volunteers')} programme={programme}>
      {isEmpty ? (
        <p>
          {t('members.none')}{' '}
          <a href={programmeAddress(programme.programme, '/register')}>{t('members.none.import')}</a>
        </p>
      ) : (
        <>
          <form method="get" class="filters">
            <TextField id="q" label={t('members.search')} hint={t('members.search.hint')}>
              {(attributes) => <input {...attributes} type="search" name="q" value={asked.text} />}
            </TextField>
            <SelectField
              id="state"
              name="state"
              label={t('members.state')}
              value={asked.state ?? ''}
              options={STATES.map(({ value, label }) => ({ value, label: t(label) }))}
            />
            <button type="submit">{t('members.find')}</button>
          </form>
          {found.length === 0 ? (
            <p>{t('members.nobody')}</p>
          ) : (
            <MemberTable visitor={visitor} programme={programme} found={found} t={t} />
          )}
          {more && (
            <p>
              <a href={more}>{t('members.more')}</a>
            </p>
          )}
        </>
      )}
    </StaffPage>
  )
}

const LIST_HEADS: WordKey[] = [
  'register.column.matricule',
  'members.head.name',
  'members.head.cohort',
  'register.column.date_depart',
  'members.head.returned',
  'members.head.remarks',
]
const WAVE_HEADS: WordKey[] = [
  'impact.wave',
  'member.head.opens',
  'member.head.closes',
  'member.head.state',
  'member.head.next',
]
const MAIL_HEADS: WordKey[] = ['member.head.mail', 'impact.wave', 'journal.head.when', 'member.head.outcome']
const MOVE_HEADS: WordKey[] = ['member.head.mail', 'moves.head.before', 'moves.head.after']

const MemberTable: FC<Shell & { found: readonly FoundMember[]; t: Words }> = ({ programme, found, t }) => (
  <WideTable label={t('members.caption')}>
    <table>
      <caption>{t('members.caption')}</caption>
      <thead>
        <tr>
          <Heads words={LIST_HEADS} t={t} />
        </tr>
      </thead>
      <tbody>
        {found.map((member) => (
          <tr>
            <th scope="row">
              <a href={memberAddress(programme.programme, member.matricule)}>{member.matricule}</a>
            </th>
            <td>
              {member.given_name} {member.family_name}
            </td>
            <td>{member.cohort}</td>
            <td>{day(member.departed_on)}</td>
            <td>
              {member.returned_on
                ? day(member.returned_on)
                : t('members.planned', { date: day(member.planned_return_on) })}
            </td>
            <td>
              {[member.opted_out_at && t('members.optedOut'), !member.has_address && t('members.noAddress')]
                .filter(Boolean)
                .join(' · ')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </WideTable>
)

type MemberProps = Shell & {
  member: MemberFile
  cases: readonly MemberCase[]
  mailings: readonly MemberMailing[]
  waveName: WaveName
  now: Temporal.Instant
  /** What has just been done, to be said once. */
  done: string | undefined
}

const DONE = ['saved', 'unchanged', 'resent', 'resent before', 'nothing open', 'opted out', 'no address'] as const

export const MemberPage: FC<MemberProps> = ({ visitor, programme, member, cases, mailings, waveName, now, done }) => {
  const { language } = visitor
  const t = wordsIn(language)
  const to = (rest: string) => memberAddress(programme.programme, member.matricule, rest)
  const edits = may(visitor.grants, 'edit-members', programme.programme)
  const said = DONE.find((one) => one === done)
  return (
    <StaffPage
      visitor={visitor}
      title={`${member.given_name} ${member.family_name}, ${member.matricule}`}
      programme={programme}
    >
      {said && (
        <p class="notice" role="status">
          {t(`member.done.${said}`)}
        </p>
      )}
      <Facts member={member} t={t} language={language} />
      <div class="filters">
        {edits && (
          <a class="button" href={to('/edit')}>
            {t('member.edit')}
          </a>
        )}
        {may(visitor.grants, 'send-mail', programme.programme) && (
          <form method="post" action={to('/resend')}>
            <button type="submit" class="second">
              {t('member.resend')}
            </button>
          </form>
        )}
      </div>
      <h2>{t('member.waves')}</h2>
      {cases.length === 0 ? <p>{t('member.noWaves')}</p> : <Cases {...{ member, cases, waveName, t, language, now }} />}
      <h2>{t('member.mails')}</h2>
      {mailings.length === 0 ? <p>{t('member.noMails')}</p> : <Mailings {...{ mailings, waveName, t, language }} />}
    </StaffPage>
  )
}

const Facts: FC<{ member: MemberFile; t: Words; language: Language }> = ({ member, t, language }) => {
  const failed = (at: Temporal.Instant | null) =>
    at ? ` – ${t('member.failed', { date: sayInstant(at, language) })}` : ''
  const facts: [WordKey, Child][] = [
    ['register.column.courriel', `${member.email ?? '–'}${failed(member.email_failed_at)}`],
    [
      'register.column.courriel_secondaire',
      `${member.email_secondary ?? '–'}${failed(member.email_secondary_failed_at)}`,
    ],
    ['register.column.telephone', member.phone ?? '–'],
    ['register.column.langue', LANGUAGE_NAMES[member.language]],
    ['register.column.fuseau_horaire', member.time_zone],
    ['members.head.cohort', member.cohort],
    ['register.column.dispositif', `${member.dispositif}, ${member.direction}`],
    ['register.column.collectivite', member.authority],
    ['register.column.operateur', member.operator],
    ['register.column.date_depart', sayDate(member.departed_on, language)],
    ['register.column.date_retour_prevue', sayDate(member.planned_return_on, language)],
    [
      'register.column.date_retour_effective',
      member.returned_on ? sayDate(member.returned_on, language) : t('member.notKnown'),
    ],
  ]
  return (
    <dl class="facts">
      {facts.map(([label, value]) => (
        <div>
          <dt>{t(label)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      {member.opted_out_at && (
        <div>
          <dt>{t('members.optedOut')}</dt>
          <dd>{sayInstant(member.opted_out_at, language)}</dd>
        </div>
      )}
    </dl>
  )
}

type Told = { t: Words; language: Language; waveName: WaveName }

const Cases: FC<Told & { member: MemberFile; cases: readonly MemberCase[]; now: Temporal.Instant }> = ({
  member,
  cases,
  waveName,
  t,
  language,
  now,
}) => (
  <WideTable label={t('member.waves')}>
    <table>
      <caption>{t('member.waves.caption')}</caption>
      <thead>
        <tr>
          <Heads words={WAVE_HEADS} t={t} />
        </tr>
      </thead>
      <tbody>
        {cases.map((one) => (
          <tr>
            <th scope="row">{waveName(one.wave)}</th>
            <td>{day(one.opens_on)}</td>
            <td>{day(one.closes_on.subtract({ days: 1 }))}</td>
            <td>{t(`member.state.${stateOf(one, now)}`)}</td>
            <td>{sayNext(t, one, { member, now, language })}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </WideTable>
)

/** When the next mail of a case goes, or why none does: what is due goes with the next beat, if anybody can be written to. */
function sayNext(
  t: Words,
  { next_contact_at: next, because }: MemberCase,
  { member, now, language }: { member: MemberFile; now: Temporal.Instant; language: Language },
): string | null {
  if (!next) return because && sayBecause(t, because)
  if (member.opted_out_at) return sayBecause(t, 'opted out')
  if (!hasAddress(member)) return sayBecause(t, 'no address')
  return Temporal.Instant.compare(next, now) <= 0 ? t('member.soon') : sayInstant(next, language)
}

const hasAddress = (member: MemberFile): boolean =>
  (member.email !== null && member.email_failed_at === null) ||
  (member.email_secondary !== null && member.email_secondary_failed_at === null)

/** How far a case is, as staff may know it. */
function stateOf(
  one: MemberCase,
  now: Temporal.Instant,
): 'submitted' | 'begun' | 'closed' | 'over' | 'open' | 'to come' {
  if (one.submitted_on) return 'submitted'
  if (one.closed_at) return 'closed'
  if (Temporal.Instant.compare(one.closes_at, now) <= 0) return 'over'
  if (one.started_on) return 'begun'
  return Temporal.Instant.compare(one.opens_at, now) <= 0 ? 'open' : 'to come'
}

const Mailings: FC<Told & { mailings: readonly MemberMailing[] }> = ({ mailings, waveName, t, language }) => (
  <WideTable label={t('member.mails')}>
    <table>
      <caption>{t('member.mails.caption')}</caption>
      <thead>
        <tr>
          <Heads words={MAIL_HEADS} t={t} />
        </tr>
      </thead>
      <tbody>
        {mailings.map((mailing) => (
          <tr>
            <th scope="row">{sayMail(t, mailing)}</th>
            <td>{mailing.wave === null ? '–' : waveName(mailing.wave)}</td>
            <td>
              {sayInstant(mailing.sent_at ?? mailing.failed_at ?? mailing.next_attempt_at ?? mailing.due_at, language)}
            </td>
            <td>
              {mailing.bounced
                ? sayBounce(t, mailing.bounced)
                : mailing.sent_at
                  ? t('mails.state.sent')
                  : mailing.next_attempt_at
                    ? t('mails.state.onItsWay')
                    : sayBecause(t, mailing.because ?? '')}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </WideTable>
)

type EditProps = Shell & {
  member: MemberFile
  entries: Record<EditedColumn, string>
  refusal?: { column: string; reason: RefusalReason }
  /** What would move, to be confirmed by its code. */
  moves?: { waves: readonly MovedWave[]; code: string; shown: boolean }
  waveName: WaveName
}

export const EditMemberPage: FC<EditProps> = ({ visitor, programme, member, entries, refusal, moves, waveName }) => {
  const t = wordsIn(visitor.language)
  const to = (rest: string) => memberAddress(programme.programme, member.matricule, rest)
  const errors = refusal
    ? [
        {
          field: refusal.column,
          label: t(`register.column.${refusal.column}` as WordKey),
          message: t(`import.${refusal.reason}`),
        },
      ]
    : []
  return (
    <StaffPage visitor={visitor} title={t('member.edit.title', { matricule: member.matricule })} programme={programme}>
      <ErrorSummary title={t('form.errors')} errors={errors} />
      <form method="post" action={to('/edit/save')} novalidate>
        {moves && (
          <Moves {...moves} t={t} language={visitor.language} timeZone={member.time_zone} waveName={waveName} />
        )}
        {EDITED_COLUMNS.map((column) => (
          <TextField
            id={column}
            label={t(`register.column.${column}`)}
            hint={column.startsWith('date_') ? t('member.date.hint') : undefined}
            error={errors.find(({ field }) => field === column)?.message}
          >
            {(attributes) =>
              column === 'langue' ? (
                <Options
                  {...attributes}
                  name={column}
                  value={entries[column]}
                  options={LANGUAGES.map((language) => ({ value: language, label: LANGUAGE_NAMES[language] }))}
                />
              ) : (
                <input
                  {...attributes}
                  type={column.startsWith('date_') ? 'date' : 'text'}
                  name={column}
                  value={entries[column]}
                  autocomplete="off"
                />
              )
            }
          </TextField>
        ))}
        <div class="actions">
          <button type="submit">{t('programme.save')}</button>
          <a class="second" href={to('')}>
            {t('member.back')}
          </a>
        </div>
      </form>
    </StaffPage>
  )
}

const Moves: FC<Told & { waves: readonly MovedWave[]; code: string; shown: boolean; timeZone: string }> = ({
  waves,
  code,
  shown,
  timeZone,
  waveName,
  t,
  language,
}) => {
  const at = (instant: Temporal.Instant | null) =>
    instant ? sayDate(instant.toZonedDateTimeISO(timeZone).toPlainDate(), language) : t('moves.none')
  return (
    <section class="notice" aria-labelledby="moves" role="status">
      <h2 id="moves">{t('moves.title')}</h2>
      {shown && <p>{t('moves.shown')}</p>}
      <ul>
        {waves.map(({ wave, change }) => (
          <li>
            {waveName(wave)} : {t(`moves.${change.do}`)}
          </li>
        ))}
      </ul>
      <WideTable label={t('moves.caption')}>
        <table>
          <caption>{t('moves.caption')}</caption>
          <thead>
            <tr>
              <Heads words={MOVE_HEADS} t={t} />
            </tr>
          </thead>
          <tbody>
            {waves.flatMap(({ wave, mails }) =>
              mails.map((mail) => (
                <tr>
                  <th scope="row">
                    {waveName(wave)}, {sayMail(t, mail)}
                  </th>
                  <td>{at(mail.from)}</td>
                  <td>{at(mail.to)}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </WideTable>
      <p>
        <button type="submit" name="confirm" value={code}>
          {t('moves.confirm')}
        </button>
      </p>
      <p>{t('moves.nothingYet')}</p>
    </section>
  )
}
