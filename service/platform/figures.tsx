// Tables of figures: a head for each row, numbers to the right, scrolling by themselves, folded or not.
import type { Child, FC } from 'hono/jsx'
import type { Words } from './i18n.ts'
import { WideTable } from './page.tsx'

/** `heard`: the caption is not seen, because a heading says the same. */
type FiguresProps = { caption: string; heard?: boolean; t: Words; heads: readonly string[]; children?: Child }

export const Figures: FC<FiguresProps> = ({ caption, heard = false, t, heads, children }) => (
  <WideTable label={`${caption} – ${t('impact.table')}`}>
    <table>
      <caption class={heard ? 'heard' : undefined}>{caption}</caption>
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
    <Figures {...props} />
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
