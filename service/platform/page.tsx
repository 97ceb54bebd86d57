// The shell of every page: doctype, language, skip link, one stylesheet from our own origin.
import type { Context } from 'hono'
import type { Child, FC } from 'hono/jsx'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { LANGUAGES, type Language, type WordKey, type Words, wordsIn } from './i18n.ts'
import { script } from './script.ts'
import { icon, stylesheet } from './style.ts'

export type PageProps = {
  language: Language
  title: string
  /** The organisation or programme named in the top bar. */
  name?: string
  /** The same page in another language; left out where the language is not a choice. */
  languageLink?: (language: Language) => string
  /** The form to send when another language is chosen, so that what has been typed is kept: `go` says the language. */
  languageForm?: string
  /** Whether the page has periods to fill in, which a script makes a little easier. */
  script?: boolean
  /** `answering` sets the larger type of the questionnaire; `console` has room for tables. */
  look?: 'answering' | 'reading' | 'console'
  /** What stands in the top bar beside the name: ways on, and the way out. */
  bar?: Child
  children?: Child
}

export const Page: FC<PageProps> = ({
  language,
  title,
  name,
  look = 'reading',
  script: scripted,
  children,
  ...page
}) => {
  const t = wordsIn(language)
  const { languageLink, languageForm, bar } = page
  return (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <title>{title}</title>
        <link rel="stylesheet" href={stylesheet.path} />
        <link rel="icon" href={icon} />
        {scripted && <script type="module" src={script.path} />}
      </head>
      <body class={look}>
        <a class="skip" href="#main">
          {t('page.skip')}
        </a>
        <header class="bar">
          <div>
            {name ? (
              <span class="name">{name}</span>
            ) : (
              <a class="name" href="/">
                {t('page.name')}
              </a>
            )}
            {languageLink && <LanguageSwitch current={language} link={languageLink} />}
            {languageForm && <LanguageButtons current={language} form={languageForm} />}
            {bar}
          </div>
        </header>
        <main id="main">{children}</main>
        <footer class="foot">
          <div>{t('page.footer')}</div>
        </footer>
      </body>
    </html>
  )
}

export const LANGUAGE_NAMES: Record<Language, string> = { fr: 'Français', en: 'English' }

const LanguageSwitch: FC<{ current: Language; link: (language: Language) => string }> = ({ current, link }) => (
  <nav aria-label={wordsIn(current)('page.language')}>
    {LANGUAGES.filter((language) => language !== current).map((language) => (
      <a href={link(language)} lang={language} hreflang={language}>
        {LANGUAGE_NAMES[language]}
      </a>
    ))}
  </nav>
)

/**
 * Buttons of a form that stands further down. The Enter key presses a form's first button, which must not be one of
 * these: the one before them goes on, and is neither seen nor reached.
 */
const LanguageButtons: FC<{ current: Language; form: string }> = ({ current, form }) => (
  <nav aria-label={wordsIn(current)('page.language')}>
    {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: tabindex -1 keeps the keyboard away from it */}
    <button class="heard" type="submit" form={form} name="go" value="next" tabindex={-1} aria-hidden="true" />
    {LANGUAGES.filter((language) => language !== current).map((language) => (
      <button class="link" type="submit" form={form} name="go" value={language} lang={language}>
        {LANGUAGE_NAMES[language]}
      </button>
    ))}
  </nav>
)

/** A table wider than a phone scrolls by itself, by keyboard too. */
export const WideTable: FC<{ label: string; children?: Child }> = ({ label, children }) => (
  <section class="scroll" aria-label={label} tabindex={0}>
    {children}
  </section>
)

/** The headings of a table's columns. */
export const Heads: FC<{ words: readonly WordKey[]; t: Words }> = ({ words, t }) =>
  words.map((word) => <th scope="col">{t(word)}</th>)

/** A page that says one thing, with a way on when there is one. */
export const MessagePage: FC<PageProps> = ({ title, children, ...page }) => (
  <Page title={title} {...page}>
    <h1>{title}</h1>
    {children}
  </Page>
)

/** Answers with a whole page: hono sends no doctype of its own, and a page without one renders in quirks mode. */
export const sendPage = (
  c: Context,
  page: HtmlEscapedString | Promise<HtmlEscapedString>,
  status: ContentfulStatusCode = 200,
) => c.html(`<!doctype html>${page.toString()}`, status)
