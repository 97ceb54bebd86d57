// The pages a link leads to before, after and instead of the questions.
import type { Child, FC } from 'hono/jsx'
import type { Answers } from '../instruments/answers.ts'
import { type Instrument, itemsOf } from '../instruments/instrument.ts'
import type { Programme } from '../panel/frame.ts'
import { type Language, sayDate, wordsIn } from '../platform/i18n.ts'
import { MessagePage, Page } from '../platform/page.tsx'

export const pageAddress = (page: number, language: Language): string => `/s/${page}?lang=${language}`
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
      <p>{t('welcome.cost', { questions: itemsOf(instrument).length, minutes: instrument.minutes })}</p>
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
          <dd>
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

export const ReceiptPage: FC<Shell & { receipt: string; submittedOn: Temporal.PlainDate; notKept?: boolean }> = ({
  language,
  programme,
  receipt,
  submittedOn,
  notKept = false,
}) => {
  const t = wordsIn(language)
  return (
    <LinkMessage language={language} programme={programme} title={t('receipt.title')}>
      {notKept && <p class="notice">{t('receipt.notKept')}</p>}
      <p>{t('receipt.text', { date: sayDate(submittedOn, language) })}</p>
      <p>
        {t('receipt.number')} <code>{receipt}</code>
      </p>
      <p class="muted">{t('receipt.contact', { contact: programme.controller.contact })}</p>
    </LinkMessage>
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
