// The demonstration's mailbox: what the service would have sent.
import type { FC } from 'hono/jsx'
import { type Language, wordsIn } from '../platform/i18n.ts'
import { MessagePage } from '../platform/page.tsx'

export type MailListing = { name: string; date: string; to: string; subject: string }

export const MailboxPage: FC<{ language: Language; mails: readonly MailListing[] }> = ({ language, mails }) => {
  const t = wordsIn(language)
  return (
    <MessagePage language={language} title={t('mailbox.title')} languageLink={(other) => `/mailbox?lang=${other}`}>
      <p>{t(mails.length > 0 ? 'mailbox.intro' : 'mailbox.empty')}</p>
      {mails.length > 0 && (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th scope="col">{t('mailbox.subject')}</th>
                <th scope="col">{t('mailbox.to')}</th>
                <th scope="col">{t('mailbox.date')}</th>
              </tr>
            </thead>
            <tbody>
              {mails.map(({ name, date, to, subject }) => (
                <tr>
                  <td>
                    <a href={`/mailbox/${name}?lang=${language}`}>{subject}</a>
                  </td>
                  <td>{to}</td>
                  <td>{date}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </MessagePage>
  )
}

export const MailPage: FC<{ language: Language; mail: MailListing; text: string; source: string }> = ({
  language,
  mail,
  text,
  source,
}) => {
  const t = wordsIn(language)
  return (
    <MessagePage language={language} title={mail.subject}>
      <p class="muted">
        {mail.date} UTC · {mail.to}
      </p>
      <pre>{withLinks(text)}</pre>
      <details>
        <summary>{t('mailbox.source')}</summary>
        <pre>{source}</pre>
      </details>
      <p>
        <a href={`/mailbox?lang=${language}`}>{t('mailbox.back')}</a>
      </p>
    </MessagePage>
  )
}

const withLinks = (text: string) =>
  text.split(/(https?:\/\/\S+)/).map((part, index) => (index % 2 === 1 ? <a href={part}>{part}</a> : part))
