// A register in the browser: sending it in, seeing what was understood and what would happen, importing.
import type { FC } from 'hono/jsx'
import { programmeAddress, StaffPage } from '../access/staff.pages.tsx'
import type { ImportOutcome } from '../panel/import-register.actions.ts'
import { COLUMNS, OPTIONAL_COLUMNS, type Refusal, type Understood } from '../panel/register.ts'
import { ErrorSummary, TextField } from '../platform/forms.tsx'
import { type Language, sayInstant, sayList, type Words, wordsIn } from '../platform/i18n.ts'
import { WideTable } from '../platform/page.tsx'
import { needsConfirmation, type ReplanPreview } from '../waves/publish-plan.actions.ts'
import type { Shell } from './members.pages.tsx'
import type { TakeRegisterOutcome } from './take-register.actions.ts'

type Waiting = { id: string; name: string; uploaded_at: Temporal.Instant }

export const registerAddress = (programme: string, rest = ''): string => programmeAddress(programme, `/register${rest}`)

/** Sends a register in; says what columns it takes, and which files wait. */
export const RegisterPage: FC<Shell & { waiting: readonly Waiting[]; problem?: 'no file' }> = ({
  visitor,
  programme,
  waiting,
  problem,
}) => {
  const { language } = visitor
  const t = wordsIn(language)
  const to = (rest: string) => registerAddress(programme.programme, rest)
  const errors = problem
    ? [{ field: 'file', label: t('register.file'), message: t(`register.problem.${problem}`) }]
    : []
  return (
    <StaffPage visitor={visitor} title={t('staff.register')} programme={programme}>
      <ErrorSummary title={t('form.errors')} errors={errors} />
      <p>{t('register.text')}</p>
      <form method="post" action={to('/send')} enctype="multipart/form-data">
        <TextField id="file" label={t('register.file')} hint={t('register.file.hint')} error={errors[0]?.message}>
          {(attributes) => <input {...attributes} type="file" name="file" accept=".csv,.txt,.tsv,text/csv" />}
        </TextField>
        <div class="actions">
          <button type="submit">{t('register.look')}</button>
        </div>
      </form>
      {waiting.length > 0 && (
        <>
          <h2>{t('register.waiting')}</h2>
          <p>{t('register.waiting.text')}</p>
          <ul>
            {waiting.map(({ id, name, uploaded_at }) => (
              <li>
                <a href={to(`/${id}`)}>
                  {name}, {sayInstant(uploaded_at, language)}
                </a>
              </li>
            ))}
          </ul>
        </>
      )}
      <details>
        <summary>{t('register.columns')}</summary>
        <p>{t('register.columns.text', { optional: sayList(OPTIONAL_COLUMNS, language) })}</p>
        <pre>{COLUMNS.join(';')}</pre>
      </details>
    </StaffPage>
  )
}

type LookProps = Shell & {
  upload: { id: string; name: string }
  expected: ImportOutcome
  preview: ReplanPreview | null
  /** What was confirmed is not what would happen now. */
  changed?: boolean
}

/** What was understood of a file, and what would happen. Nothing has been written. */
export const RegisterLookPage: FC<LookProps> = ({ visitor, programme, upload, expected, preview, changed = false }) => {
  const { language } = visitor
  const t = wordsIn(language)
  const to = (rest: string) => registerAddress(programme.programme, rest)
  const people = expected.ok ? expected.added + expected.changed : 0
  return (
    <StaffPage visitor={visitor} title={upload.name} programme={programme}>
      {changed && (
        <p class="notice" role="alert">
          {t('moves.shown')}
        </p>
      )}
      {!expected.ok && <Unreadable expected={expected} t={t} language={language} />}
      {expected.ok && (
        <>
          <p>{t('register.would', counts(expected))}</p>
          {preview && needsConfirmation(preview) && <Moving preview={preview} t={t} />}
          {people > 0 && <p>{t('register.begins')}</p>}
          {people > 0 ? (
            <form method="post" action={to(`/${upload.id}/import`)}>
              <div class="actions">
                <button type="submit" name="confirm" value={preview?.code}>
                  {t(preview && needsConfirmation(preview) ? 'register.importAndMove' : 'register.import', {
                    count: people,
                  })}
                </button>
              </div>
            </form>
          ) : (
            <p>{t('register.nothing')}</p>
          )}
          <Refused refused={expected.refused} href={to(`/${upload.id}/refused.csv`)} t={t} />
        </>
      )}
      {'understood' in expected && <UnderstoodPart header={expected.header} understood={expected.understood} t={t} />}
      <form method="post" action={to(`/${upload.id}/drop`)}>
        <button type="submit" class="second">
          {t('register.drop')}
        </button>
      </form>
    </StaffPage>
  )
}

const counts = ({ added, changed, unchanged, refused }: Extract<ImportOutcome, { ok: true }>) => ({
  added,
  changed,
  unchanged,
  refused: refused.length,
})

/** Which programme is said by the page's address. */
const becauseOf = ({ because }: Extract<ImportOutcome, { ok: false }>) =>
  because === 'which programme' ? 'unknown programme' : because

const Unreadable: FC<{ expected: Extract<ImportOutcome, { ok: false }>; t: Words; language: Language }> = ({
  expected,
  t,
  language,
}) => (
  <section class="errors" role="alert" aria-labelledby="unreadable">
    <h2 id="unreadable">{t('register.unreadable')}</h2>
    <p>
      {t(`register.because.${becauseOf(expected)}`, {
        columns: 'columns' in expected ? sayList(expected.columns, language) : '',
      })}
    </p>
    <p>{t('register.again')}</p>
  </section>
)

const Moving: FC<{ preview: ReplanPreview; t: Words }> = ({ preview, t }) => (
  <section class="notice" aria-labelledby="moving">
    <h2 id="moving">{t('moves.title')}</h2>
    <ul>
      {[...preview.byWave].map(([wave, counts]) => (
        <li>
          {wave} : {t('register.moves', { ...counts })}
        </li>
      ))}
    </ul>
    <p>{t('moves.nothingYet')}</p>
  </section>
)

const MOST_SHOWN = 100

const Refused: FC<{ refused: readonly Refusal[]; href: string; t: Words }> = ({ refused, href, t }) =>
  refused.length === 0 ? null : (
    <>
      <h2>{t('register.refused', { count: refused.length })}</h2>
      <p>{t('register.refused.text')}</p>
      <p>
        <a class="button" href={href}>
          {t('register.refused.file')}
        </a>
      </p>
      <WideTable label={t('register.refused.caption')}>
        <table>
          <caption>{t('register.refused.caption')}</caption>
          <thead>
            <tr>
              <th scope="col" class="number">
                {t('register.head.line')}
              </th>
              <th scope="col">{t('register.head.column')}</th>
              <th scope="col">{t('register.head.reason')}</th>
            </tr>
          </thead>
          <tbody>
            {refused.slice(0, MOST_SHOWN).map(({ line, column, reason }) => (
              <tr>
                <th scope="row" class="number">
                  {line}
                </th>
                <td>{column || t('register.wholeRow')}</td>
                <td>{t(`import.${reason}`)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </WideTable>
      {refused.length > MOST_SHOWN && <p>{t('register.refused.more', { count: refused.length - MOST_SHOWN })}</p>}
    </>
  )

const UnderstoodPart: FC<{ header: readonly string[]; understood: Understood; t: Words }> = ({
  header,
  understood,
  t,
}) => {
  const { encoding, separator, rows, ignored, missingOptional, columns, firstRows } = understood
  const columnAt = new Map(columns.map(({ column, index }) => [index, column]))
  return (
    <details open>
      <summary>{t('register.understood')}</summary>
      <p>{t('register.understood.text', { encoding, separator: t(`register.separator.${separator}`), rows })}</p>
      {ignored.length > 0 && <p>{t('register.ignored', { columns: ignored.join(', ') })}</p>}
      {missingOptional.length > 0 && <p>{t('register.missingOptional', { columns: missingOptional.join(', ') })}</p>}
      <WideTable label={t('register.first')}>
        <table>
          <caption>{t('register.first')}</caption>
          <thead>
            <tr>
              {header.map((name, index) => (
                <th scope="col">
                  {name}
                  {columnAt.get(index) !== undefined && columnAt.get(index) !== name && ` → ${columnAt.get(index)}`}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {firstRows.map((cells) => (
              <tr>
                {header.map((_, index) => (
                  <td>{cells[index]}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </WideTable>
    </details>
  )
}

/** What stands under the progress once it is over, with the ways on. */
export const RegisterDone: FC<Shell & { upload: string; outcome: TakeRegisterOutcome }> = ({
  visitor,
  programme,
  upload,
  outcome,
}) => {
  const t = wordsIn(visitor.language)
  const to = (rest: string) => programmeAddress(programme.programme, rest)
  if (!outcome.ok)
    return (
      <p>
        {t('moves.shown')} <a href={to(`/register/${upload}`)}>{t('register.toFile')}</a>
      </p>
    )
  const { refused } = outcome.outcome
  return (
    <>
      <p class="notice">{t('register.done', counts(outcome.outcome))}</p>
      <ul>
        {refused.length > 0 && (
          <li>
            <a href={to(`/register/${upload}`)}>{t('register.toRefused')}</a>
          </li>
        )}
        <li>
          <a href={to('/waves')}>{t('register.toWaves')}</a>
        </li>
        <li>
          <a href={to('/members')}>{t('register.toMembers')}</a>
        </li>
      </ul>
    </>
  )
}
