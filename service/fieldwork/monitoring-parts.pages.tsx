// What the tables of fieldwork are made of: figures that scroll by themselves, folded or not, their file, and shares in words.
import type { Child, FC } from 'hono/jsx'
import { type Language, sayNumber, type Words } from '../platform/i18n.ts'

export const sayShare = (share: number | null, language: Language, t: Words, decimals = 0): string =>
  share === null ? '–' : t('impact.share.exact', { share: sayNumber(100 * share, language, decimals) })

export const File: FC<{ href: string; t: Words }> = ({ href, t }) => (
  <p class="downloads">
    <a href={href}>{t('impact.download.csv')}</a>
  </p>
)

/** A table wider than a phone scrolls by itself, by keyboard too. */
export const WideTable: FC<{ label: string; children?: Child }> = ({ label, children }) => (
  <section class="scroll" aria-label={label} tabindex={0}>
    {children}
  </section>
)

/** `shown`: the caption is to be seen, because no heading says the same. */
type FiguresProps = { caption: string; shown?: boolean; t: Words; heads: readonly string[]; children?: Child }

export const Figures: FC<FiguresProps> = ({ caption, shown = false, t, heads, children }) => (
  <WideTable label={`${caption} – ${t('impact.table')}`}>
    <table>
      <caption class={shown ? undefined : 'heard'}>{caption}</caption>
      <thead>
        <tr>
          {heads.map((head, place) => (
            <th scope="col" class={place === 0 ? undefined : 'number'}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  </WideTable>
)

/** A table folded below its picture. */
export const Folded: FC<FiguresProps> = (props) => (
  <details>
    <summary>
      {props.t('impact.table')} – {props.caption}
    </summary>
    <Figures shown {...props} />
  </details>
)

export const Row: FC<{ head: string; cells: readonly (string | number)[] }> = ({ head, cells }) => (
  <tr>
    <th scope="row">{head}</th>
    {cells.map((cell) => (
      <td class="number">{cell}</td>
    ))}
  </tr>
)
