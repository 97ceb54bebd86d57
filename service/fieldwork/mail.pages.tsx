// All mail at once, for staff: how it stands, what holds it and what to look at first, stopping everything and letting it go.
import type { FC } from 'hono/jsx'
import type { SignedIn } from '../access/sign-in.actions.ts'
import { StaffPage } from '../access/staff.pages.tsx'
import { EVERYTHING } from '../mailings/hold-mail.actions.ts'
import type { MailStatus } from '../mailings/status.queries.ts'
import { sayInstant, type Words, wordsIn } from '../platform/i18n.ts'
import { WideTable } from '../platform/page.tsx'
import { sayCheck } from './control-words.ts'
import { sayBecause } from './mail-words.ts'
import type { Hold, Names } from './read-wave.actions.ts'
import { holdWords, Release, waveAddress } from './wave.pages.tsx'

/** What became of the mails of one wave: `notSent` by reason. */
export type ScopeRow = {
  programme: string
  wave: string
  /** Both in the reader's language. */
  programmeName: string
  waveName: string
  owed: number
  sent: number
  waiting: number
  notSent: { because: string; count: number }[]
}

/** What holds mail, with the wave it holds where it holds one. */
export type NamedHold = Hold & {
  of: { programme: string; wave: string; programmeName: string; waveName: string } | null
}

export const MAIL_DONE = ['stopped', 'released'] as const

/** The pages where a hold on everything, or on this installation, is let go. */
export const WHOLE = ['everything', 'installation'] as const
export type Whole = (typeof WHOLE)[number]

type MailProps = {
  visitor: SignedIn
  status: MailStatus
  holds: readonly NamedHold[]
  names: Names
  rows: readonly ScopeRow[]
  /** Whether the visitor may stop everything and let it go. */
  isWhole: boolean
  done: (typeof MAIL_DONE)[number] | undefined
}

export const MailPage: FC<MailProps> = (props) => {
  const { visitor, status, isWhole, done } = props
  const t = wordsIn(visitor.language)
  return (
    <StaffPage visitor={visitor} title={t('staff.mail')}>
      {done && (
        <p class="notice" role="status">
          {t(`desk.done.${done}`)}
        </p>
      )}
      <Holds {...props} />
      <h2>{t('desk.state')}</h2>
      {status.restingUntil && (
        <p class="notice">{t('desk.resting', { date: sayInstant(status.restingUntil, visitor.language) })}</p>
      )}
      <Status {...props} />
      <Scopes {...props} />
      <section aria-labelledby="stop">
        <h2 id="stop">{t('desk.stop')}</h2>
        {isWhole ? <Stop {...props} /> : <p>{t('desk.notYours')}</p>}
      </section>
    </StaffPage>
  )
}

const Holds: FC<MailProps> = ({ visitor, holds, names, isWhole }) => {
  const { language } = visitor
  const t = wordsIn(language)
  return (
    <section aria-labelledby="holds">
      <h2 id="holds">{t('desk.holds')}</h2>
      {holds.length === 0 && <p>{t('desk.holds.none')}</p>}
      {holds.map((hold) => {
        const scope = sayScope(t, hold)
        const place = placeOf(hold, isWhole)
        return (
          <div class="notice">
            <p>{t('desk.hold', { scope, ...holdWords(t, { hold, names, language }) })}</p>
            <p>{sayCheck(t, hold.cause)}</p>
            {place && (
              <p>
                <a href={place}>{t('desk.hold.release', { scope })}</a>
              </p>
            )}
          </div>
        )
      })}
    </section>
  )
}

const sayScope = (t: Words, { scope, of }: NamedHold): string => {
  if (of) return t('desk.scope.wave', { programme: of.programmeName, wave: of.waveName })
  return t(scope === EVERYTHING ? 'desk.scope.everything' : 'desk.scope.installation')
}

/** Where a hold is let go, for whoever may. */
function placeOf({ scope, of }: NamedHold, isWhole: boolean): string | null {
  if (of) return waveAddress(of.programme, of.wave, '/release')
  return isWhole ? wholeAddress(scope === EVERYTHING ? 'everything' : 'installation') : null
}

export const wholeAddress = (whole: Whole, rest = ''): string => `/staff/mail/${whole}${rest}`

const Status: FC<MailProps> = ({ visitor, status }) => {
  const { language } = visitor
  const t = wordsIn(language)
  const { due, oldestDueAt, lastBeatAt } = status
  const facts = [
    ['desk.due', oldestDueAt ? t('desk.oldest', { count: due, date: sayInstant(oldestDueAt, language) }) : String(due)],
    ['desk.queued', String(status.queued)],
    ['desk.lately', String(status.sentInADay)],
    ['desk.sent', String(status.sent)],
    ['control.bounced', String(status.bounced)],
    ['control.complained', String(status.complained)],
    ['desk.unknown', String(status.unknown)],
    ['desk.beat', lastBeatAt ? sayInstant(lastBeatAt, language) : t('desk.never')],
  ] as const
  return (
    <dl>
      {facts.map(([label, value]) => (
        <div>
          <dt>{t(label)}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

const Scopes: FC<MailProps> = ({ visitor, rows }) => {
  const t = wordsIn(visitor.language)
  return (
    <section aria-labelledby="waves">
      <h2 id="waves">{t('desk.waves')}</h2>
      {rows.length === 0 ? (
        <p>{t('desk.waves.none')}</p>
      ) : (
        <WideTable label={t('desk.waves.caption')}>
          <table>
            <caption>{t('desk.waves.caption')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('desk.waves.wave')}</th>
                {(['desk.waves.owed', 'desk.waves.sent', 'desk.waves.waiting'] as const).map((head) => (
                  <th scope="col" class="number">
                    {t(head)}
                  </th>
                ))}
                <th scope="col">{t('desk.waves.not')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr>
                  <th scope="row">
                    <a href={waveAddress(row.programme, row.wave)}>
                      {t('desk.scope.wave', { programme: row.programmeName, wave: row.waveName })}
                    </a>
                  </th>
                  <td class="number">{row.owed}</td>
                  <td class="number">{row.sent}</td>
                  <td class="number">{row.waiting}</td>
                  <td>{row.notSent.length === 0 ? 0 : <NotSent t={t} notSent={row.notSent} />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </WideTable>
      )}
    </section>
  )
}

const NotSent: FC<{ t: Words; notSent: ScopeRow['notSent'] }> = ({ t, notSent }) => (
  <ul>
    {notSent.map(({ because, count }) => (
      <li>{t('control.counted', { what: sayBecause(t, because), count })}</li>
    ))}
  </ul>
)

const Stop: FC<MailProps> = ({ visitor }) => {
  const t = wordsIn(visitor.language)
  return (
    <>
      <p>{t('desk.stop.text')}</p>
      <form method="post" action="/staff/mail/stop">
        <button type="submit" class="second">
          {t('desk.stop')}
        </button>
      </form>
    </>
  )
}

/** Before all mail, or this installation, is let go: what holds it, and what to look at for each of these. */
export const ReleaseWholePage: FC<{
  visitor: SignedIn
  whole: Whole
  holds: readonly Hold[]
  names: Names
  waiting: number
}> = ({ visitor, whole, ...release }) => {
  const t = wordsIn(visitor.language)
  return (
    <StaffPage visitor={visitor} title={t(`desk.release.${whole}`)}>
      <Release {...release} language={visitor.language} action={wholeAddress(whole, '/release')} />
      <p>
        <a href="/staff/mail">{t('staff.mail')}</a>
      </p>
    </StaffPage>
  )
}
