// The mail of one wave: how it stands, what holds it, the first invitations, what comes next, and a message as it is read.
import type { Child, FC } from 'hono/jsx'
import { may } from '../access/roles.ts'
import type { SignedIn } from '../access/sign-in.actions.ts'
import { type InProgramme, programmeAddress, StaffPage } from '../access/staff.pages.tsx'
import { SelectField, TextField } from '../platform/forms.tsx'
import { LANGUAGES, type Language, sayInstant, type Words, wordsIn } from '../platform/i18n.ts'
import { LANGUAGE_NAMES, WideTable } from '../platform/page.tsx'
import type { NamedMail } from '../waves/saved-texts.ts'
import { sayCheck } from './control-words.ts'
import { sayActor } from './journal-words.ts'
import { sayBecause } from './mail-words.ts'
import type { Hold, Names, WaveMail } from './read-wave.actions.ts'
import type { AskedMail, ShowOutcome } from './show-mail.actions.ts'
import type { CohortMail } from './wave.queries.ts'

/** A wave as its pages are headed. */
export type WaveShell = {
  visitor: SignedIn
  programme: InProgramme
  wave: { wave: string; name: Record<Language, string> }
}

export const waveAddress = (programme: string, wave: string, rest = ''): string =>
  programmeAddress(programme, `/waves/${encodeURIComponent(wave)}${rest}`)

/** What has just been done, to be said once. */
export const DONE = ['paused', 'released', 'sentNow', 'extended', 'tested', 'notTested'] as const
export type Done = { what: (typeof DONE)[number]; count: number }

export type AskedFor = Pick<AskedMail, 'mail' | 'language' | 'matricule'>
type WaveProps = WaveShell & {
  mail: WaveMail
  /** Every mail that has words. */
  mails: readonly NamedMail[]
  now: Temporal.Instant
  done: Done | undefined
  /** The message that was asked for, and what there is of it. */
  asked: AskedFor | undefined
  shown: ShowOutcome | undefined
}

const maySend = ({ visitor, programme }: WaveShell): boolean => may(visitor.grants, 'send-mail', programme.programme)

export const WavePage: FC<WaveProps> = (props) => {
  const { visitor, programme, wave, done } = props
  const t = wordsIn(visitor.language)
  return (
    <StaffPage
      visitor={visitor}
      title={t('control.title', { wave: wave.name[visitor.language] })}
      programme={programme}
    >
      {done && (
        <p class="notice" role="status">
          {t(`control.done.${done.what}`, { count: done.count })}
        </p>
      )}
      <State {...props} />
      <Canary {...props} />
      <Cohorts {...props} />
      {maySend(props) && <Acts {...props} />}
      <Preview {...props} />
      <p>
        <a href={waveAddress(programme.programme, wave.wave, '/report')}>{t('control.report')}</a>
      </p>
    </StaffPage>
  )
}

const State: FC<WaveProps> = (props) => {
  const { visitor, programme, wave, mail } = props
  const { language } = visitor
  const t = wordsIn(language)
  const { holds, holdsAll, names, waiting } = mail
  const saying = (hold: Hold) => holdWords(t, { hold, names, language })
  return (
    <section aria-labelledby="state">
      <h2 id="state">{t('control.state')}</h2>
      {holdsAll.map((hold) => (
        <p class="notice">{t('control.heldAll', saying(hold))}</p>
      ))}
      {holds.map((hold) => (
        <p class="notice">{t('control.held', saying(hold))}</p>
      ))}
      {holds.length + holdsAll.length === 0 && <p>{t('control.goes')}</p>}
      <p>{t('control.waiting', { count: waiting })}</p>
      {holdsAll.length > 0 && may(visitor.grants, 'send-mail') && (
        <p>
          <a href="/staff/mail">{t('control.heldAll.link')}</a>
        </p>
      )}
      {holds.length > 0 && maySend(props) && (
        <p>
          <a class="button" href={waveAddress(programme.programme, wave.wave, '/release')}>
            {t('control.release.link')}
          </a>
        </p>
      )}
    </section>
  )
}

/** What a sentence about something that holds mail names. */
export const holdWords = (
  t: Words,
  { hold, names, language }: { hold: Hold; names: Names; language: Language },
): { cause: string; who: string; date: string } => ({
  cause: t(`brake.${hold.cause}`),
  who: sayActor(t, names, hold.by),
  date: sayInstant(hold.since, language),
})

const CANARY_ROWS = [
  ['sent', 'field.flow.invited'],
  ['bounced', 'control.bounced'],
  ['complained', 'control.complained'],
  ['begun', 'field.flow.started'],
  ['submitted', 'field.flow.submitted'],
] as const

const Canary: FC<WaveProps> = ({ visitor, mail: { canary } }) => {
  const t = wordsIn(visitor.language)
  return (
    <section aria-labelledby="first">
      <h2 id="first">{t('control.canary')}</h2>
      <p>{t(`control.canary.${canary.state}`, { most: canary.most })}</p>
      <table>
        <caption>{t('control.canary.caption')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('control.canary.what')}</th>
            <th scope="col" class="number">
              {t('waves.head.cases')}
            </th>
          </tr>
        </thead>
        <tbody>
          {CANARY_ROWS.map(([count, label]) => (
            <tr>
              <th scope="row">{t(label)}</th>
              <td class="number">{canary[count]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const Cohorts: FC<WaveProps> = ({ visitor, programme, mail: { cohorts }, now }) => {
  const { language } = visitor
  const t = wordsIn(language)
  return (
    <section aria-labelledby="next">
      <h2 id="next">{t('control.head.next')}</h2>
      {cohorts.length === 0 ? (
        <p>
          {t('control.cohorts.none')}{' '}
          {may(visitor.grants, 'edit-members', programme.programme) && (
            <a href={programmeAddress(programme.programme, '/register')}>{t('staff.register')}</a>
          )}
        </p>
      ) : (
        <WideTable label={t('control.cohorts')}>
          <table>
            <caption>{t('control.cohorts')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('members.head.cohort')}</th>
                {(['control.head.open', 'field.flow.submitted', 'control.head.owed'] as const).map((head) => (
                  <th scope="col" class="number">
                    {t(head)}
                  </th>
                ))}
                <th scope="col">{t('control.head.next')}</th>
              </tr>
            </thead>
            <tbody>
              {cohorts.map((one) => (
                <tr>
                  <th scope="row">{one.cohort}</th>
                  <td class="number">{one.open}</td>
                  <td class="number">{one.submitted}</td>
                  <td class="number">{one.owed}</td>
                  <td>{sayNext(t, one, { now, language })}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </WideTable>
      )}
    </section>
  )
}

function sayNext(
  t: Words,
  { closed, nextAt, next }: CohortMail,
  { now, language }: { now: Temporal.Instant; language: Language },
): string {
  if (!nextAt) return t(closed ? 'control.next.closed' : 'control.next.none')
  if (Temporal.Instant.compare(nextAt, now) <= 0) return t('control.next.now', { count: next })
  return t('control.next', { count: next, date: sayInstant(nextAt, language) })
}

const Acts: FC<WaveProps> = ({ visitor, programme, wave, mail }) => {
  const t = wordsIn(visitor.language)
  const to = (rest: string) => waveAddress(programme.programme, wave.wave, rest)
  const isPaused = mail.holds.some(({ cause }) => cause === 'stopped')
  return (
    <section aria-labelledby="acts">
      <h2 id="acts">{t('control.acts')}</h2>
      <p>
        <a href={to('/send-now')}>{t('control.sendNow.link')}</a>
      </p>
      <p>
        <a href={to('/extend')}>{t('control.extend.link')}</a>
      </p>
      {!isPaused && (
        <form method="post" action={to('/pause')}>
          <h3>{t('control.pause')}</h3>
          <p>{t('control.pause.text')}</p>
          <button type="submit" class="second">
            {t('control.pause.button')}
          </button>
        </form>
      )}
    </section>
  )
}

const Preview: FC<WaveProps> = (props) => {
  const { visitor, programme, mails, asked, shown } = props
  const t = wordsIn(visitor.language)
  const mayRead = may(visitor.grants, 'read-identity', programme.programme)
  return (
    <section aria-labelledby="message">
      <h2 id="message">{t('control.preview')}</h2>
      <form method="get" action="#message">
        <div class="parts">
          <SelectField
            id="mail"
            name="mail"
            label={t('control.preview.mail')}
            value={asked?.mail.name ?? ''}
            options={mails.map((mail) => ({ value: mail.name, label: t(`texts.mail.${mail.kind}`, mail) }))}
          />
          <SelectField
            id="language"
            name="language"
            label={t('control.preview.language')}
            value={asked?.language ?? visitor.language}
            options={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
          />
        </div>
        {mayRead && (
          <TextField id="matricule" label={t('control.preview.member')} hint={t('control.preview.member.hint')}>
            {(attributes) => <input {...attributes} type="text" name="matricule" value={asked?.matricule ?? ''} />}
          </TextField>
        )}
        <p>
          <button type="submit" class="second">
            {t('control.preview.button')}
          </button>
        </p>
      </form>
      {asked && shown && <Message {...props} asked={asked} shown={shown} />}
    </section>
  )
}

const Message: FC<WaveProps & { asked: AskedFor; shown: ShowOutcome }> = (props) => {
  const { visitor, programme, wave, asked, shown } = props
  const t = wordsIn(visitor.language)
  if (!shown.ok)
    return (
      <p class="error" role="alert">
        {sayNoMail(t, shown.because)}
      </p>
    )
  const { matricule } = shown
  const query = new URLSearchParams({ mail: asked.mail.name, language: asked.language, matricule: matricule ?? '' })
  return (
    <>
      <p class="notice" role="status">
        {matricule ? t('control.preview.of', { matricule }) : t('control.preview.ofNobody')}
      </p>
      <h3 lang={asked.language}>{shown.subject}</h3>
      <pre lang={asked.language}>{shown.text}</pre>
      <p>
        <a href={waveAddress(programme.programme, wave.wave, `/preview.html?${query}`)} target="_blank" rel="noopener">
          {t('texts.shown.html')}
        </a>
      </p>
      {maySend(props) && <Test {...props} matricule={matricule} />}
    </>
  )
}

function sayNoMail(t: Words, because: string): string {
  if (because === 'unknown member') return t('control.late.unknown')
  return because === 'not planned' ? t('control.late.notPlanned') : sayBecause(t, because)
}

const Test: FC<WaveShell & { asked: AskedFor; matricule: string | null }> = ({
  visitor,
  programme,
  wave,
  asked,
  matricule,
}) => {
  const t = wordsIn(visitor.language)
  return (
    <form method="post" action={waveAddress(programme.programme, wave.wave, '/test')}>
      <h3>{t('control.test')}</h3>
      <p>{t('control.test.text', { email: visitor.email })}</p>
      <input type="hidden" name="mail" value={asked.mail.name} />
      <input type="hidden" name="matricule" value={matricule ?? ''} />
      <div class="parts">
        {LANGUAGES.map((language) => (
          <button type="submit" class="second" name="language" value={language} lang={language}>
            {LANGUAGE_NAMES[language]}
          </button>
        ))}
        <button type="submit" class="second" name="language" value="both">
          {t('control.test.both')}
        </button>
      </div>
    </form>
  )
}

/** A page below that of a wave, with the way back. */
export const BelowWave: FC<WaveShell & { title: string; children?: Child }> = ({
  visitor,
  programme,
  wave,
  title,
  children,
}) => {
  const t = wordsIn(visitor.language)
  return (
    <StaffPage visitor={visitor} title={title} programme={programme}>
      <p class="place">{wave.name[visitor.language]}</p>
      {children}
      <p>
        <a href={waveAddress(programme.programme, wave.wave)}>{t('control.back')}</a>
      </p>
    </StaffPage>
  )
}

/** Before a wave is let go: what holds it, and what to look at for each of these. */
export const ReleaseWavePage: FC<WaveShell & { mail: Pick<WaveMail, 'holds' | 'names' | 'waiting'> }> = ({
  mail,
  ...shell
}) => {
  const { visitor, programme, wave } = shell
  const t = wordsIn(visitor.language)
  return (
    <BelowWave {...shell} title={t('control.release.title')}>
      <Release
        {...mail}
        language={visitor.language}
        action={waveAddress(programme.programme, wave.wave, '/release/go')}
      />
    </BelowWave>
  )
}

/** What holds something, what to look at, and the button that lets it go. */
export const Release: FC<{
  holds: readonly Hold[]
  names: Names
  waiting: number
  language: Language
  action: string
}> = ({ holds, names, waiting, language, action }) => {
  const t = wordsIn(language)
  if (holds.length === 0) return <p>{t('control.release.nothing')}</p>
  return (
    <>
      <dl>
        {holds.map((hold) => {
          const { cause, who, date } = holdWords(t, { hold, names, language })
          return (
            <div>
              <dt>
                {cause} ({who}, {date})
              </dt>
              <dd>{sayCheck(t, hold.cause)}</dd>
            </div>
          )
        })}
      </dl>
      <p>{t('control.waiting', { count: waiting })}</p>
      <p>{t('control.release.final')}</p>
      <form method="post" action={action}>
        <div class="actions">
          <button type="submit">{t('control.release.button')}</button>
        </div>
      </form>
    </>
  )
}
