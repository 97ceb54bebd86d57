// A wave plan to read, and what another would change: setting by setting, case by case, mail by mail. Nobody is named.
import type { Child, FC } from 'hono/jsx'
import type { SignedIn } from '../access/sign-in.actions.ts'
import { type InProgramme, programmeAddress, StaffPage } from '../access/staff.pages.tsx'
import { type Language, sayInstant, sayList, sayMonthDay, type Words, wordsIn } from '../platform/i18n.ts'
import { WideTable } from '../platform/page.tsx'
import type { PlanOrigin } from '../platform/schema.ts'
import type { Plan } from '../waves/plan.ts'
import type { ReplanPreview } from '../waves/publish-plan.actions.ts'
import type { ReplanCounts } from '../waves/replan.ts'
import { sayBecause, sayMail } from './mail-words.ts'
import type { Excerpt, ExcerptLine, Outlook } from './plan-excerpt.actions.ts'
import type { PlanFields } from './plan-form.ts'
import { type SettingChange, settingsOf } from './plan-words.ts'

/** The programmes that follow a plan: those the reader knows by name, and how many more. */
export type Concerned = { names: readonly string[]; others: number }

export type InForceProps = {
  plan: string
  version: number
  origin: PlanOrigin
  publishedAt: Temporal.Instant
  /** The address of whoever set it here, or null. */
  who: string | null
  concerned: Concerned
}

const sayConcerned = (language: Language, { names, others }: Concerned): string => {
  const t = wordsIn(language)
  return sayList([...names, ...(others > 0 ? [t('plan.shared.others', { count: others })] : [])], language)
}

/** Which version is in force, where it came from, and whom it concerns. */
export const InForce: FC<InForceProps & { language: Language }> = ({ language, concerned, ...inForce }) => {
  const t = wordsIn(language)
  const { plan, version, origin, publishedAt, who } = inForce
  const when = sayInstant(publishedAt, language)
  return (
    <>
      <p>
        {origin === 'file'
          ? t('plan.version.file', { version, plan, when })
          : t('plan.version.console', { version, plan, when, who: who ?? t('plan.somebody') })}
      </p>
      {concerned.names.length + concerned.others > 1 && (
        <p class="notice">{t('plan.shared', { programmes: sayConcerned(language, concerned) })}</p>
      )}
    </>
  )
}

/** The plan for those who may not change it. */
export const PlanReadPage: FC<{ visitor: SignedIn; programme: InProgramme; plan: Plan; inForce: InForceProps }> = ({
  visitor,
  programme,
  plan,
  inForce,
}) => {
  const { language } = visitor
  const t = wordsIn(language)
  return (
    <StaffPage visitor={visitor} programme={programme} title={t('plan.title')}>
      <InForce language={language} {...inForce} />
      <p>{t('plan.readOnly')}</p>
      <WideTable label={t('plan.settings')}>
        <table>
          <caption>{t('plan.settings')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('plan.setting')}</th>
              <th scope="col">{t('plan.setting.value')}</th>
            </tr>
          </thead>
          <tbody>
            {settingsOf(plan, language).map(({ label, value }) => (
              <tr>
                <th scope="row">{label}</th>
                <td>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </WideTable>
    </StaffPage>
  )
}

/** The page on which one watches what a plan would change, or how it comes into force. */
export const WatchedPlanPage: FC<{
  visitor: SignedIn
  programme: InProgramme
  doing: 'preview' | 'publish'
  children?: Child
}> = ({ visitor, programme, doing, children }) => {
  const t = wordsIn(visitor.language)
  const title = t(doing === 'preview' ? 'plan.preview.title' : 'plan.doing.title')
  return (
    <StaffPage visitor={visitor} programme={programme} title={title}>
      {children}
    </StaffPage>
  )
}

export type PlanPreviewProps = {
  language: Language
  programme: string
  /** The form that is looked at, to be sent again. */
  fields: PlanFields
  changes: readonly SettingChange[]
  preview: ReplanPreview
  excerpt: Excerpt
  concerned: Concerned
  /** What was confirmed is not what would happen any more. */
  stale: boolean
  /** The version the form was opened with, when it is in force no more. */
  newer: { before: number; now: number } | null
}

/** What a plan would change, with the way to confirm it and the way back. */
export const PlanPreview: FC<PlanPreviewProps> = ({ language, programme, fields, changes, preview, ...page }) => {
  const t = wordsIn(language)
  const { excerpt, concerned, stale, newer } = page
  return (
    <>
      {stale && (
        <p class="notice" role="alert">
          {t('plan.preview.stale')}
        </p>
      )}
      {newer && <p class="notice">{t('plan.preview.newer', newer)}</p>}
      <p>{t('plan.preview.text')}</p>
      <h2>{t('plan.changes')}</h2>
      <Changes t={t} changes={changes} />
      <h2>{t('plan.moves')}</h2>
      <Moves t={t} preview={preview} />
      <h2>{t('plan.excerpt')}</h2>
      <ExcerptTable language={language} excerpt={excerpt} />
      <h2>{t('plan.concerned')}</h2>
      <p>{t('plan.concerned.text', { programmes: sayConcerned(language, concerned) })}</p>
      <form method="post" action={programmeAddress(programme, '/plan/publish')}>
        {[...fields].flatMap(([name, values]) =>
          values.map((value) => <input type="hidden" name={name} value={value} />),
        )}
        <div class="actions">
          <button type="submit" name="code" value={preview.code}>
            {t('plan.confirm')}
          </button>
          <button
            class="second"
            type="submit"
            name="do"
            value="change"
            formaction={programmeAddress(programme, '/plan/preview')}
          >
            {t('plan.change')}
          </button>
        </div>
      </form>
    </>
  )
}

const Changes: FC<{ t: Words; changes: readonly SettingChange[] }> = ({ t, changes }) => (
  <WideTable label={t('plan.changes')}>
    <table>
      <caption class="heard">{t('plan.changes')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('plan.setting')}</th>
          <th scope="col">{t('plan.changes.before')}</th>
          <th scope="col">{t('plan.changes.after')}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ label, from, to }) => (
          <tr>
            <th scope="row">{label}</th>
            <td>{from ?? t('plan.changes.none')}</td>
            <td>{to ?? t('plan.changes.none')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </WideTable>
)

const Moves: FC<{ t: Words; preview: ReplanPreview }> = ({ t, preview: { counts, byWave } }) => {
  const touched = [...byWave].filter(([, counts]) => isTouched(counts))
  if (touched.length === 0) return <p>{t('plan.moves.none')}</p>
  return (
    <>
      <p>{t('plan.moves.text')}</p>
      <WideTable label={t('plan.moves.caption')}>
        <table>
          <caption>{t('plan.moves.caption')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('impact.wave')}</th>
              <th scope="col" class="number">
                {t('plan.moves.moved')}
              </th>
              <th scope="col" class="number">
                {t('plan.moves.cancelled')}
              </th>
              <th scope="col" class="number">
                {t('plan.moves.created')}
              </th>
              <th scope="col" class="number">
                {t('plan.moves.alreadySent')}
              </th>
            </tr>
          </thead>
          <tbody>
            {touched.map(([wave, counts]) => (
              <CountsRow label={wave} counts={counts} />
            ))}
            <CountsRow label={t('plan.moves.all')} counts={counts} />
          </tbody>
        </table>
      </WideTable>
    </>
  )
}

const isTouched = ({ moved, cancelled, created, alreadySent }: ReplanCounts) =>
  moved + cancelled + created + alreadySent > 0

const CountsRow: FC<{ label: string; counts: ReplanCounts }> = ({ label, counts }) => (
  <tr>
    <th scope="row">{label}</th>
    <td class="number">{counts.moved}</td>
    <td class="number">{counts.cancelled}</td>
    <td class="number">{counts.created}</td>
    <td class="number">{counts.alreadySent}</td>
  </tr>
)

const ExcerptTable: FC<{ language: Language; excerpt: Excerpt }> = ({ language, excerpt }) => {
  const t = wordsIn(language)
  const { lines, people, looked } = excerpt
  if (lines.length === 0) return <p>{t('plan.excerpt.none')}</p>
  return (
    <>
      <p>{t('plan.excerpt.text', { people, looked })}</p>
      <WideTable label={t('plan.excerpt.caption')}>
        <table>
          <caption>{t('plan.excerpt.caption')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('mails.head.person')}</th>
              <th scope="col">{t('members.head.cohort')}</th>
              <th scope="col">{t('impact.wave')}</th>
              <th scope="col">{t('mails.head.mail')}</th>
              <th scope="col">{t('plan.excerpt.before')}</th>
              <th scope="col">{t('plan.excerpt.after')}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr>
                <td>{line.person}</td>
                <td>{line.cohort}</td>
                <td>{line.wave}</td>
                <th scope="row">{sayMail(t, line)}</th>
                <td>{sayOutlook(language, line, line.before)}</td>
                <td>{sayOutlook(language, line, line.after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </WideTable>
    </>
  )
}

function sayOutlook(language: Language, { timeZone }: ExcerptLine, outlook: Outlook | null): string {
  const t = wordsIn(language)
  if (!outlook) return t('plan.excerpt.not')
  const when = sayLocal(outlook.at, timeZone, language)
  return outlook.because === null ? when : t('plan.excerpt.because', { when, because: sayBecause(t, outlook.because) })
}

/** Day and hour where somebody is: « 15 octobre 2026, 10:00 ». */
export function sayLocal(at: Temporal.Instant, timeZone: string, language: Language): string {
  const local = at.toZonedDateTimeISO(timeZone)
  return `${sayMonthDay(local, language)} ${local.year}, ${local.toPlainTime().toString().slice(0, 5)}`
}

/** What stands at the end of publishing. */
export const PublishedPlan: FC<{ language: Language; programme: string; version: number }> = ({
  language,
  programme,
  version,
}) => {
  const t = wordsIn(language)
  return (
    <>
      <p class="notice" role="status">
        {t('plan.doing.done', { version })}
      </p>
      <p>
        <a class="button" href={programmeAddress(programme, '/waves')}>
          {t('plan.doing.waves')}
        </a>
      </p>
      <p>
        <a href={programmeAddress(programme, '/plan')}>{t('plan.doing.plan')}</a>
      </p>
    </>
  )
}
