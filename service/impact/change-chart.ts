// The picture of a change: for each group a dot with its interval, and a line at no change.
import type { ChartSpec } from '../platform/chart.ts'
import type { Language, Words } from '../platform/i18n.ts'
import type { ChangeCell } from '../publications/tables.ts'

/** A chart of the groups that are published, in the order given. Null when there is none. */
export function changeChart(cells: readonly ChangeCell[], language: Language, t: Words): ChartSpec | null {
  const values = cells
    .filter(({ state }) => state === 'published')
    .map(({ label, n, estimate, interval }) => ({
      group: `${label[language]} (${n})`,
      estimate,
      low: interval?.low,
      high: interval?.high,
    }))
  if (values.length === 0) return null
  const y = {
    field: 'group',
    type: 'nominal',
    sort: null,
    title: null,
    axis: { grid: false, ticks: false, domain: false },
  } as const
  const points = t('impact.column.estimate')
  return {
    width: 240,
    height: { step: 36 },
    data: { values },
    layer: [
      {
        mark: { type: 'rule', color: '#5a6270', strokeDash: [4, 3] },
        encoding: { x: { datum: 0, type: 'quantitative' } },
      },
      {
        mark: { type: 'rule', color: '#0b5f56', strokeWidth: 2 },
        encoding: { y, x: { field: 'low', type: 'quantitative', title: points }, x2: { field: 'high' } },
      },
      {
        mark: { type: 'point', filled: true, size: 90, color: '#0b5f56', opacity: 1 },
        encoding: { y, x: { field: 'estimate', type: 'quantitative' } },
      },
    ],
  }
}
