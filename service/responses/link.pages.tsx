// The pages a link leads to before, after and instead of the questions.
import type { Child, FC } from 'hono/jsx'
import type { Answers } from '../instruments/answers.ts'
import { type Instrument, mostQuestions } from '../instruments/instrument.ts'
import type { Programme } from '../panel/frame.ts'
import { type Bilingual, type Language, sayDate, wordsIn } from '../platform/i18n.ts'
import { MessagePage, Page } from '../platform/page.tsx'
import { sayChange } from '../publications/say-change.ts'
import type { ChangeCell } from '../publications/tables.ts'

/** The address of a page; it may say which items the page before has put out of reach. */
export const pageAddress = (page: number, language: Language, cleared: readonly string[] = []): string =>
  `/s/${page}?lang=${language}${cleared.length > 0 ? `&cleared=${cleared.join('.')}` : ''}`
export const welcomeAddress = (language: Language): string => `/s?lang=${language}`

export type Shell = { language: Language; programme: Programme }

/** Before the first question, and whenever the link is opened again: who asks, why, what it costs, what is kept. */
export const WelcomePage: FC<
  Shell & { instrument: Instrument; answers: Answers; closesOn: Temporal.PlainDate; resumeAt: number }
> = ({ language, programme, instrument, answers, closesOn, resumeAt }) => {
  const t = wordsIn(language)
  const begun = Object.keys(answers).length > 0
  const { controller } = programme
  return (
    <Page
      language={language}
      title={t('welcome.title')}
      name={programme.name[language]}
      languageLink={welcomeAddress}
      look="answering"
    >
      <h1>{t(begun ? 'welcome.back' : 'welcome.title')}</h1>
      <p>{t('welcome.cost', { questions: mostQuestions(instrument), minutes: instrument.minutes })}</p>
      <p>{t('welcome.until', { date: sayDate(closesOn.subtract({ days: 1 }), language) })}</p>
      <p class="actions">
        <a class="button" href={pageAddress(resumeAt, language)}>
          {t(begun ? 'welcome.resume' : 'welcome.begin')}
        </a>
      </p>
      <section aria-labelledby="notice">
        <h2 id="notice">{t('notice.title')}</h2>
        <dl>
          <dt>{t('notice.who')}</dt>
          <dd lang="fr">
            {controller.name}, {controller.address}
          </dd>
          <dt>{t('notice.why')}</dt>
          <dd>{t(`notice.basis.${programme.legalBasis}`)}</dd>
          <dt>{t('notice.voluntary')}</dt>
          <dd>{t('notice.voluntary.text')}</dd>
          <dt>{t('notice.kept')}</dt>
          <dd>{t('notice.kept.text')}</dd>
          <dt>{t('notice.rights')}</dt>
          <dd>{t('notice.rights.text', { contact: controller.contact, officer: controller.dataProtectionOfficer })}</dd>
        </dl>
      </section>
    </Page>
  )
}

/** A page of the programme that says one thing. */
const LinkMessage: FC<Shell & { title: string; children?: Child }> = ({ language, programme, title, children }) => (
  <MessagePage
    language={language}
    title={title}
    name={programme.name[language]}
    languageLink={welcomeAddress}
    look="answering"
  >
    {children}
  </MessagePage>
)

type ReceiptProps = Shell & {
  receipt: string
  submittedOn: Temporal.PlainDate
  next: { wave: Bilingual; opensOn: Temporal.PlainDate } | undefined
  learned: { label: Bilingual; publication: string; cells: readonly ChangeCell[] } | undefined
  notKept?: boolean
}

export const ReceiptPage: FC<ReceiptProps> = ({ receipt, submittedOn, next, learned, notKept = false, ...shell }) => {
  const { language, programme } = shell
  const t = wordsIn(language)
  return (
    <LinkMessage {...shell} title={t('receipt.title')}>
      {notKept && <p class="notice">{t('receipt.notKept')}</p>}
      <p>{t('receipt.text', { date: sayDate(submittedOn, language) })}</p>
      <p>
        {t('receipt.number')} <code>{receipt}</code>
      </p>
      {next && (
        <section aria-labelledby="next">
          <h2 id="next">{t('receipt.next')}</h2>
          <p>{t('receipt.next.text', { wave: next.wave[language], date: sayDate(next.opensOn, language) })}</p>
          <p>
            <a href={`/s/next.ics?lang=${language}`}>{t('receipt.next.calendar')}</a>
          </p>
        </section>
      )}
      {learned && <Learned {...shell} {...learned} />}
      <p class="muted">{t('receipt.contact', { contact: programme.controller.contact })}</p>
    </LinkMessage>
  )
}

/** A published figure, in words, with where it stands. */
const Learned: FC<Shell & NonNullable<ReceiptProps['learned']>> = ({ language, label, publication, cells }) => {
  const t = wordsIn(language)
  return (
    <section aria-labelledby="learned">
      <h2 id="learned">{t('receipt.learned')}</h2>
      <p>
        {t('receipt.learned.text', { measure: label[language] })} {sayChange(cells[0]!, language)}
      </p>
      <p class="muted">{t('impact.noise')}</p>
      <p>
        <a href={`/impact/${publication}?lang=${language}`}>{t('receipt.learned.more')}</a>
      </p>
    </section>
  )
}

export const TooEarlyPage: FC<Shell & { opensOn: Temporal.PlainDate }> = ({ language, programme, opensOn }) => {
  const t = wordsIn(language)
  return (
    <LinkMessage language={language} programme={programme} title={t('early.title')}>
      <p>{t('early.text', { date: sayDate(opensOn, language) })}</p>
    </LinkMessage>
  )
}

export const ClosedPage: FC<Shell> = ({ language, programme }) => {
  const t = wordsIn(language)
  return (
    <LinkMessage language={language} programme={programme} title={t('closed.title')}>
      <p>{t('closed.text')}</p>
      <p class="muted">{t('receipt.contact', { contact: programme.controller.contact })}</p>
    </LinkMessage>
  )
}

/** The same page for a link that never existed, one that was withdrawn, and a visit without a link. */
export const UnknownLinkPage: FC<{ language: Language }> = ({ language }) => {
  const t = wordsIn(language)
  return (
    <MessagePage language={language} title={t('unknown.title')} look="answering">
      <p>{t('unknown.text')}</p>
      <p>
        <a href={`/link?lang=${language}`}>{t('link.title')}</a>
      </p>
    </MessagePage>
  )
}

export const OtherLinkPage: FC<{ language: Language }> = ({ language }) => {
  const t = wordsIn(language)
  return (
    <MessagePage language={language} title={t('other.title')} look="answering">
      <p>{t('other.text')}</p>
    </MessagePage>
  )
}
