// The pages behind “send me a new link”: one asks for an address, the other says the same to everybody.
import type { FC } from 'hono/jsx'
import { ErrorSummary, type FieldError, TextField } from '../platform/forms.tsx'
import { type Language, wordsIn } from '../platform/i18n.ts'
import { MessagePage, Page } from '../platform/page.tsx'

export const newLinkAddress = (language: Language): string => `/link?lang=${language}`

/** Asks for an address; shown again when what was entered is not one. */
export const NewLinkPage: FC<{ language: Language; entered?: string; malformed?: boolean }> = ({
  language,
  entered = '',
  malformed = false,
}) => {
  const t = wordsIn(language)
  const errors: FieldError[] = malformed
    ? [{ field: 'email', label: t('link.email'), message: t('link.malformed') }]
    : []
  return (
    <Page
      language={language}
      title={`${malformed ? `${t('form.errorPrefix')} ` : ''}${t('link.title')}`}
      languageLink={newLinkAddress}
      look="answering"
    >
      <h1>{t('link.title')}</h1>
      <ErrorSummary title={t('form.errors')} errors={errors} />
      <p>{t('link.text')}</p>
      <form method="post" action={newLinkAddress(language)} novalidate>
        <TextField id="email" label={t('link.email')} hint={t('link.hint')} error={errors[0]?.message}>
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
          <button type="submit">{t('link.button')}</button>
        </div>
      </form>
    </Page>
  )
}

/** Knows nothing of the address, so that it cannot tell. */
export const LinkAskedPage: FC<{ language: Language }> = ({ language }) => {
  const t = wordsIn(language)
  return (
    <MessagePage language={language} title={t('linkAsked.title')} look="answering">
      <p>{t('linkAsked.text')}</p>
    </MessagePage>
  )
}
