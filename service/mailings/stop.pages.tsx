// The page behind “no more mail”: it asks, and then says it is done.
import type { FC } from 'hono/jsx'
import { type Language, wordsIn } from '../platform/i18n.ts'
import { MessagePage } from '../platform/page.tsx'

export const StopPage: FC<{ language: Language; action: string }> = ({ language, action }) => {
  const t = wordsIn(language)
  return (
    <MessagePage language={language} title={t('stop.title')} look="answering">
      <p>{t('stop.text')}</p>
      <form method="post" action={action}>
        <button type="submit">{t('stop.button')}</button>
      </form>
    </MessagePage>
  )
}

export const StoppedPage: FC<{ language: Language }> = ({ language }) => {
  const t = wordsIn(language)
  return (
    <MessagePage language={language} title={t('stopped.title')} look="answering">
      <p>{t('stopped.text')}</p>
    </MessagePage>
  )
}
