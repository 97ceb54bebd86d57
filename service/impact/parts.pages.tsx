// What several research pages are made of: pictures with their files, folded tables, and how a published share is said.
import type { FC } from 'hono/jsx'
import { type Language, percent, type Words } from '../platform/i18n.ts'
import type { ShareCell } from '../publications/tables.ts'
import { TOTAL } from '../publications/unit.ts'

/** Which file of a publication: that of a table, or of several in one picture, for everybody or by a split. */
type FileProps = { publication: string; table: string; by?: string }

/** Where a picture is (svg), how it is drawn (json), and what figures a table has (csv). */
function addressOf({ publication, table, by = TOTAL }: FileProps, as: 'svg' | 'json' | 'csv', language: Language) {
  const asked = new URLSearchParams({ ...(by !== TOTAL && { by }), ...(as !== 'csv' && { lang: language }) }).toString()
  return `/impact/${publication}/${table}.${as}${asked && `?${asked}`}`
}

export const Picture: FC<FileProps & { language: Language; alt: string }> = ({ language, alt, ...file }) => (
  <figure>
    <img src={addressOf(file, 'svg', language)} alt={alt} />
    <figcaption>{alt}</figcaption>
  </figure>
)

/** Files of a table: its figures, and how its picture is drawn. */
export const Downloads: FC<FileProps & { language: Language; t: Words; chart?: boolean }> = ({
  language,
  t,
  chart = true,
  ...file
}) => (
  <p class="downloads">
    <a href={addressOf(file, 'csv', language)}>{t('impact.download.csv')}</a>
    {chart && (
      <>
        {' '}
        <a href={addressOf(file, 'json', language)}>{t('impact.download.spec')}</a>
      </>
    )}
  </p>
)

/** How a picture of several tables is drawn. */
export const ChartFile: FC<FileProps & { language: Language; t: Words }> = ({ language, t, ...file }) => (
  <p class="downloads">
    <a href={addressOf(file, 'json', language)}>{t('impact.download.spec')}</a>
  </p>
)

/** A share, and what is said of it where it may not be told: nothing, at most, or at least. */
type SaidShare = Pick<ShareCell, 'share'> & Partial<Pick<ShareCell, 'atMost' | 'atLeast'>>

/** A share as it may be said. */
export function sayShare({ share, atMost = null, atLeast = null }: SaidShare, language: Language, t: Words): string {
  if (share !== null) return t('impact.share.exact', { share: percent(share, language) })
  if (atMost !== null) return t('impact.share.atMost', { share: percent(atMost, language) })
  if (atLeast !== null) return t('impact.share.atLeast', { share: percent(atLeast, language) })
  return t('impact.withheld')
}

export const sayInterval = (interval: { low: number; high: number } | null, language: Language, t: Words): string =>
  interval
    ? t('impact.share.interval', { low: percent(interval.low, language), high: percent(interval.high, language) })
    : '–'

// ---------------------------------------------------------------- rows of figures with their intervals

/** The heads of such rows: what they are of, how many people, the figure and its interval. */
export const headsOf = (what: string, figure: string, t: Words): string[] => [
  what,
  t('impact.column.n'),
  figure,
  t('impact.column.interval'),
]

/** The cells of one with a share. */
export const shareCells = (
  n: number | null,
  share: SaidShare & Pick<ShareCell, 'interval'>,
  language: Language,
  t: Words,
): (string | number)[] => [n ?? '–', sayShare(share, language, t), sayInterval(share.interval, language, t)]

type Estimated = { n: number | null; estimate: number | null; interval: { low: number; high: number } | null }

/** The cells of one with an estimate; that it is withheld, where it is. */
export const estimateCells = (
  { n, estimate, interval }: Estimated,
  say: (value: number, language: Language) => string,
  language: Language,
  t: Words,
): (string | number)[] =>
  n === null || estimate === null || interval === null
    ? ['–', t('impact.withheld'), '–']
    : [
        n,
        say(estimate, language),
        t('impact.interval', { low: say(interval.low, language), high: say(interval.high, language) }),
      ]
