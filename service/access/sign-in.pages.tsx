// The pages that let staff in: asking for a link, the link itself, and proving again who one is.
import type { Child, FC } from 'hono/jsx'
import { ErrorSummary, type FieldError, TextField } from '../platform/forms.tsx'
import { type Language, wordsIn } from '../platform/i18n.ts'
import { MessagePage, Page } from '../platform/page.tsx'
import type { SignedIn } from './sign-in.actions.ts'
import { StaffPage } from './staff.pages.tsx'

/** How staff can sign in here: by a provider of this name, by mail, or both. */
export type WaysIn = { provider: string | null; byMail: boolean }

type SignInProps = {
  language: Language
  next: string
  entered?: string
  malformed?: boolean
  /** Why the last attempt came to nothing. */
  because?: 'aborted' | 'refused' | 'expired' | 'mismatch' | 'provider down' | 'unknown' | 'unverified'
} & { ways: WaysIn }

/** Asks who is there; shown again when what was entered is no address. */
export const SignInPage: FC<SignInProps> = ({ language, next, entered = '', malformed = false, because, ways }) => {
  const t = wordsIn(language)
  const errors: FieldError[] = malformed
    ? [{ field: 'email', label: t('link.email'), message: t('link.malformed') }]
    : []
  return (
    <Page
      language={language}
      title={`${malformed ? `${t('form.errorPrefix')} ` : ''}${t('signIn.title')}`}
      languageLink={(other) => `/staff/sign-in?lang=${other}&next=${encodeURIComponent(next)}`}
      look="answering"
    >
      <h1>{t('signIn.title')}</h1>
      <ErrorSummary title={t('form.errors')} errors={errors} />
      {because && (
        <p class="notice" role="alert">
          {t(`signIn.because.${because}`)}
        </p>
      )}
      <WaysIn language={language} next={next} ways={ways} entered={entered} error={errors[0]?.message} />
    </Page>
  )
}

const WaysIn: FC<{ language: Language; next: string; ways: WaysIn; entered?: string; error?: string | undefined }> = ({
  language,
  next,
  ways,
  entered = '',
  error,
}) => {
  const t = wordsIn(language)
  return (
    <>
      {ways.provider !== null && (
        <p>
          <a class="button" href={`/staff/provider?next=${encodeURIComponent(next)}`}>
            {t('signIn.provider', { provider: ways.provider })}
          </a>
        </p>
      )}
      {ways.byMail && (
        <form method="post" action="/staff/sign-in" novalidate>
          <input type="hidden" name="next" value={next} />
          <TextField id="email" label={t('signIn.email')} hint={t('signIn.hint')} error={error}>
            {(attributes) => (
              <input
                {...attributes}
                type="text"
                name="email"
                value={entered}
                inputmode="email"
                autocomplete="email"
                autocapitalize="none"
              />
            )}
          </TextField>
          <div class="actions">
            <button type="submit" class={ways.provider === null ? undefined : 'second'}>
              {t('signIn.button')}
            </button>
          </div>
        </form>
      )}
    </>
  )
}

const Message: FC<{ language: Language; title: string; children?: Child }> = (props) => (
  <MessagePage {...props} look="answering" />
)

/** Knows nothing of the address, so that it cannot tell. */
export const SignInAskedPage: FC<{ language: Language }> = ({ language }) => {
  const t = wordsIn(language)
  return (
    <Message language={language} title={t('signIn.asked.title')}>
      <p>{t('signIn.asked.text')}</p>
    </Message>
  )
}

/** What a link shows, whatever it is: nothing is used up by looking. */
export const UseLinkPage: FC<{ language: Language; token: string }> = ({ language, token }) => {
  const t = wordsIn(language)
  return (
    <Message language={language} title={t('signIn.link.title')}>
      <p>{t('signIn.link.text')}</p>
      <form method="post" action={`/staff/link/${token}`}>
        <div class="actions">
          <button type="submit">{t('signIn.link.button')}</button>
        </div>
      </form>
    </Message>
  )
}

export const DeadLinkPage: FC<{ language: Language }> = ({ language }) => {
  const t = wordsIn(language)
  return (
    <Message language={language} title={t('signIn.dead.title')}>
      <p>{t('signIn.dead.text')}</p>
      <p>
        <a href="/staff/sign-in">{t('signIn.dead.again')}</a>
      </p>
    </Message>
  )
}

/** Before mail goes out or people's data leaves: whoever found an open browser does not get further than this. */
export const ProveAgainPage: FC<{ visitor: SignedIn; next: string; ways: WaysIn }> = ({ visitor, next, ways }) => {
  const t = wordsIn(visitor.language)
  return (
    <StaffPage visitor={visitor} title={t('signIn.again.title')}>
      <p>{t('signIn.again.text')}</p>
      <WaysIn language={visitor.language} next={next} ways={ways} entered={visitor.email} />
    </StaffPage>
  )
}
