// The mail that says what waits for a person, and where it is seen to. It names nobody.
import { type Language, wordsIn } from '../platform/i18n.ts'
import { type PlainMail, plainMail } from '../platform/plain-mail.tsx'
import { placeOf, type Task } from './attention.ts'
import { sayTask } from './home.pages.tsx'

type DigestProps = {
  language: Language
  baseUrl: string
  tasks: readonly Task[]
  nameOf(task: Task): string | undefined
}

export function digestMail({ language, baseUrl, tasks, nameOf }: DigestProps): PlainMail {
  const t = wordsIn(language)
  const lines = tasks.map((task) => ({
    said: [nameOf(task), sayTask(t, task)].filter(Boolean).join(' – '),
    link: baseUrl + placeOf(task),
  }))
  const body = (
    <>
      <p>{t('digest.text')}</p>
      <ul>
        {lines.map(({ said, link }) => (
          <li>
            <a href={link}>{said}</a>
          </li>
        ))}
      </ul>
      <p>{t('digest.why')}</p>
    </>
  )
  const listed = lines.map(({ said, link }) => `* ${said}\n  ${link}`)
  const paragraphs = [t('digest.text'), ...listed, t('digest.why')]
  return plainMail(language, { subject: t('digest.subject'), body, paragraphs })
}
