// What stands beside the tables of fieldwork: their file, and shares in words.
import type { FC } from 'hono/jsx'
import { type Language, sayNumber, type Words } from '../platform/i18n.ts'

export const sayShare = (share: number | null, language: Language, t: Words, decimals = 0): string =>
  share === null ? '–' : t('impact.share.exact', { share: sayNumber(100 * share, language, decimals) })

export const File: FC<{ href: string; t: Words }> = ({ href, t }) => (
  <p class="downloads">
    <a href={href}>{t('impact.download.csv')}</a>
  </p>
)
