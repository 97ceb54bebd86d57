// The mail that says what waits for a person, and where it is seen to. It names nobody.
import { type Language, wordsIn } from '../platform/i18n.ts'
import { placeOf, type Task } from './attention.ts'
import { sayTask } from './home.pages.tsx'

type DigestProps = {
  language: Language
  baseUrl: string
  tasks: readonly Task[]
  nameOf(task: Task): string | undefined
}

export function digestMail({ language, baseUrl, tasks, nameOf }: DigestProps): {
  subject: string
  text: string
  html: string
} {
  const t = wordsIn(language)
  const subject = t('digest.subject')
  const lines = tasks.map((task) => ({
    said: [nameOf(task), sayTask(t, task)].filter(Boolean).join(' – '),
    link: baseUrl + placeOf(task),
  }))
  const page = (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="color-scheme" content="light dark" />
        <title>{subject}</title>
      </head>
      <body>
        <p>{t('digest.text')}</p>
        <ul>
          {lines.map(({ said, link }) => (
            <li>
              <a href={link}>{said}</a>
            </li>
          ))}
        </ul>
        <p>{t('digest.why')}</p>
      </body>
    </html>
  )
  const listed = lines.map(({ said, link }) => `* ${said}\n  ${link}`)
  return {
    subject,
    text: `${[t('digest.text'), ...listed, t('digest.why')].join('\n\n')}\n`,
    html: `<!doctype html>${page.toString()}`,
  }
}
