// What several research pages are made of: tables that scroll by themselves, and where a picture and its figures are.
import type { Child, FC } from 'hono/jsx'
import type { Language } from '../platform/i18n.ts'

/** Where the picture of a table is (svg), how it is drawn (json), and its figures (csv). */
export const chartAddress = (
  publication: string,
  table: string,
  language: Language,
  as: 'svg' | 'json' | 'csv' = 'svg',
) => `/impact/${publication}/${table}.${as}${as === 'csv' ? '' : `?lang=${language}`}`

/** A table wider than a phone scrolls by itself, by keyboard too. */
export const WideTable: FC<{ label: string; children?: Child }> = ({ label, children }) => (
  <section class="scroll" aria-label={label} tabindex={0}>
    {children}
  </section>
)
