// A mail to people who run the service: a subject, and what it says as a page and as text.
import type { Child } from 'hono/jsx'
import type { Language } from './i18n.ts'

export type PlainMail = { subject: string; text: string; html: string }

/** `body` and `paragraphs` say the same, for readers of HTML and of text. */
export function plainMail(
  language: Language,
  { subject, body, paragraphs }: { subject: string; body: Child; paragraphs: readonly string[] },
): PlainMail {
  const page = (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="color-scheme" content="light dark" />
        <title>{subject}</title>
      </head>
      <body>{body}</body>
    </html>
  )
  return { subject, text: `${paragraphs.join('\n\n')}\n`, html: `<!doctype html>${page.toString()}` }
}
