// The picture of a change: for each group a dot with its interval, and a line at no change.
import type { ChartSpec } from '../platform/chart.ts'
import type { Language, Words } from '../platform/i18n.ts'
import type { ChangeCell } from '../publications/tables.ts'

/** In characters: without a canvas each is taken for 0.8 of its 13 pixels, and the axis cuts a label at 270. */
const WIDEST_LABEL = 25

/** A chart of the groups that are published, in the order given. Null when there is none. */
export function changeChart(cells: readonly ChangeCell[], language: Language, t: Words): ChartSpec | null {
  const values = cells
    .filter(({ state }) => state === 'published')
    .map(({ label, n, estimate, interval }) => ({
      group: wrapped(`${label[language]} (${n})`),
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
    axis: { grid: false, ticks: false, domain: false, labelExpr: "split(datum.label, '\\n')" },
  } as const
  const points = t('impact.column.estimate')
  return {
    width: 200,
    height: { step: 54 },
    data: { values },
    layer: [
      {
        mark: { type: 'rule', color: '#5a6270', strokeDash: [4, 3] },
        encoding: { x: { datum: 0, type: 'quantitative' } },
      },
      {
        mark: { type: 'rule', color: '#0b5f56', strokeWidth: 2 },
        encoding: {
          y,
          x: { field: 'low', type: 'quantitative', title: points, scale: { padding: 10 } },
          x2: { field: 'high' },
        },
      },
      {
        mark: { type: 'point', filled: true, size: 90, color: '#0b5f56', opacity: 1 },
        encoding: { y, x: { field: 'estimate', type: 'quantitative' } },
      },
    ],
  }
}

/** A label on as many lines as it needs, so that the picture stays legible on a narrow screen. */
function wrapped(label: string): string {
  const lines = ['']
  for (const word of label.split(' ')) {
    const last = lines.at(-1)!
    if (last !== '' && last.length + 1 + word.length > WIDEST_LABEL) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`.trim()
  }
  return lines.join('\n')
}
