// The pictures of published tables: Vega-Lite specifications in the house style, made of published figures alone.
import { type ChartSpec, wrapped } from '../platform/chart.ts'
import { type Language, sayNumber, type Words } from '../platform/i18n.ts'
import type { CellOf, TableOf } from '../publications/tables.ts'

const ACCENT = '#0b5f56'
const MUTED = '#5a6270'
/** Seven that can be told apart without seeing colours, in a fixed order (Okabe & Ito, 2008, muted). */
const HUES = ['#0b5f56', '#4ba394', '#c2a14d', '#8a5a2b', '#5b7fa6', '#a7adb8', '#d9d5ca']
const WIDTH = 280
/** In characters: without a canvas each is taken for 0.8 of its 13 pixels, and the axis cuts a label at 270. */
const WIDEST_LABEL = 25
const WIDEST_HEADING = 36

const rowsAxis = {
  grid: false,
  ticks: false,
  domain: false,
  labelPadding: 8,
  labelExpr: "split(datum.label, '\\n')",
} as const
const rowsOf = (field: string) => ({ field, type: 'nominal', sort: null, title: null, axis: rowsAxis }) as const

/** Before and after of each measure on one row: where people started is hollow. Null when nothing can be shown. */
export function beforeAfterChart(
  changes: readonly TableOf<'change'>[],
  language: Language,
  t: Words,
): ChartSpec | null {
  const meanOf = ({ estimate, interval }: NonNullable<CellOf<'change'>['before']>) => ({
    mean: estimate,
    ...interval,
    said: sayNumber(estimate!, language, 1),
  })
  const values = changes.flatMap(({ label, cells: [cell] }) => {
    if (!cell || cell.before?.estimate == null || cell.after?.estimate == null) return []
    const measure = wrapped(`${label[language]} (${cell.n})`, WIDEST_LABEL)
    return [
      { measure, when: t('impact.before'), ...meanOf(cell.before) },
      { measure, when: t('impact.after'), ...meanOf(cell.after) },
    ]
  })
  if (values.length === 0) return null
  const when = { field: 'when', type: 'nominal', sort: null, title: null } as const
  const order = [t('impact.before'), t('impact.after')]
  const y = rowsOf('measure')
  const yOffset = { field: 'when', sort: null, scale: { domain: order, paddingOuter: 0.6 } }
  const x = { field: 'mean', type: 'quantitative' as const, title: t('impact.axis.score'), scale: { domain: [0, 100] } }
  return {
    width: WIDTH,
    height: { step: 28 },
    data: { values },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 2, color: ACCENT },
        encoding: { y, yOffset, x: { ...x, field: 'low' }, x2: { field: 'high' } },
      },
      {
        mark: { type: 'point', size: 90, opacity: 1, strokeWidth: 2, color: ACCENT },
        encoding: {
          y,
          yOffset,
          x,
          fill: {
            ...when,
            scale: { domain: order, range: ['#ffffff', ACCENT] },
            legend: { orient: 'top', symbolStrokeColor: ACCENT },
          },
        },
      },
      {
        mark: { type: 'text', align: 'left', dx: 6, fontSize: 13, color: '#1d2129' },
        encoding: { y, yOffset, x: { ...x, field: 'high' }, text: { field: 'said' } },
      },
    ],
  }
}

/** Shares as bars from zero, each with its interval and its value at the end. Null when nothing can be shown. */
export function sharesChart(shares: readonly { label: string; cell: CellOf<'share'> }[], t: Words): ChartSpec | null {
  const values = shares.flatMap(({ label, cell }) =>
    cell.share === null
      ? []
      : [
          {
            what: wrapped(`${label} (${cell.base})`, WIDEST_LABEL),
            ...inPercent({ share: cell.share, interval: cell.interval }),
            said: t('impact.share.exact', { share: Math.round(100 * cell.share) }),
          },
        ],
  )
  if (values.length === 0) return null
  const y = rowsOf('what')
  const x = { type: 'quantitative' as const, title: t('impact.axis.share'), scale: { domain: [0, 100] } }
  return {
    width: WIDTH,
    height: { step: stepFor(values.map(({ what }) => what)) },
    data: { values },
    layer: [
      { mark: { type: 'bar', color: '#4ba394', height: 18 }, encoding: { y, x: { ...x, field: 'share' } } },
      {
        mark: { type: 'rule', color: '#1d2129', strokeWidth: 1.5 },
        encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 6, fontSize: 13, color: '#1d2129' },
        encoding: { y, x: { ...x, field: 'high' }, text: { field: 'said' } },
      },
    ],
  }
}

/** Who responded at each wave, and how many of them had at every wave before, on the scale of all who were asked. */
export function retentionChart({ cells }: TableOf<'retention'>, language: Language, t: Words): ChartSpec | null {
  const values = cells.flatMap(({ label, n, balanced }) => {
    if (n === null || balanced === null) return []
    const wave = wrapped(label[language], WIDEST_LABEL)
    return [
      { wave, who: t('impact.retention.responded'), people: n },
      { wave, who: t('impact.retention.balanced'), people: balanced },
    ]
  })
  if (values.length === 0) return null
  const order = [t('impact.retention.responded'), t('impact.retention.balanced')]
  const y = rowsOf('wave')
  const yOffset = { field: 'who', sort: null, scale: { domain: order } }
  const x = {
    field: 'people',
    type: 'quantitative' as const,
    title: t('impact.column.n'),
    scale: { domain: [0, cells[0]!.eligible] },
  }
  return {
    width: WIDTH,
    height: { step: 22 },
    data: { values },
    layer: [
      {
        mark: { type: 'bar' },
        encoding: {
          y,
          yOffset,
          x,
          color: {
            field: 'who',
            type: 'nominal',
            sort: null,
            title: null,
            scale: { domain: order, range: ['#4ba394', ACCENT] },
            legend: { orient: 'top' },
          },
        },
      },
      {
        mark: { type: 'text', align: 'left', dx: 6, fontSize: 13, color: '#1d2129' },
        encoding: { y, yOffset, x, text: { field: 'people' } },
      },
    ],
  }
}

/** What people did in each month since the return, as areas on top of one another, in the order of the states. */
export function statesChart({ cells }: TableOf<'states'>, language: Language, t: Words): ChartSpec | null {
  const values = cells.flatMap(({ category, base, shares }) => {
    if (base === null) return []
    // A share that is as good as nobody is drawn as nobody, one that is as good as everybody as the rest.
    const known = shares.reduce((sum, { share }) => sum + (share ?? 0), 0)
    return shares.map(({ label, share, atLeast }, rank) => ({
      month: Number(category),
      state: label[language],
      rank,
      share: 100 * (share ?? (atLeast === null ? 0 : 1 - known)),
    }))
  })
  if (new Set(values.map(({ month }) => month)).size < 2) return null
  const states = cells[0]!.shares.map(({ label }) => label[language])
  return {
    width: 420,
    height: 220,
    data: { values },
    mark: { type: 'area', stroke: '#ffffff', strokeWidth: 1 },
    encoding: {
      x: { field: 'month', type: 'quantitative', title: t('impact.axis.month'), axis: { tickMinStep: 1, grid: false } },
      y: {
        field: 'share',
        type: 'quantitative',
        stack: 'normalize',
        title: t('impact.axis.share'),
        axis: { format: '.0%' },
      },
      color: {
        field: 'state',
        type: 'nominal',
        sort: states,
        title: null,
        scale: { domain: states, range: HUES },
        legend: { orient: 'bottom', columns: 2, symbolType: 'square' },
      },
      order: { field: 'rank', type: 'quantitative', sort: 'ascending' },
    },
  }
}

/** The share who have had the event by each month, as steps with their band; of several groups one under the other. */
export function survivalChart({ cells }: TableOf<'survival'>, language: Language, t: Words): ChartSpec | null {
  const values = cells.flatMap(({ label, n, intervals }) => {
    const group = `${label[language]} (${n})`
    const reached = intervals.flatMap(({ to, share, interval }) =>
      share === null ? [] : [{ group, month: to, ...inPercent({ share, interval }) }],
    )
    return reached.length === 0 ? [] : [{ group, month: 0, share: 0, low: 0, high: 0 }, ...reached]
  })
  if (values.length === 0) return null
  const x = {
    field: 'month',
    type: 'quantitative',
    title: t('impact.axis.month'),
    axis: { tickMinStep: 1, grid: false },
  } as const
  const y = { type: 'quantitative' as const, title: t('impact.axis.share'), scale: { domain: [0, 100] } }
  const picture = {
    width: 420,
    layer: [
      {
        mark: { type: 'area', interpolate: 'step-after', color: '#4ba394', opacity: 0.3 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      {
        mark: { type: 'line', interpolate: 'step-after', color: ACCENT, strokeWidth: 2 },
        encoding: { x, y: { ...y, field: 'share' } },
      },
      {
        mark: { type: 'rule', color: ACCENT, strokeWidth: 1.5 },
        encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' } },
      },
      {
        transform: [{ filter: 'datum.month > 0' }],
        mark: { type: 'point', filled: true, size: 60, color: ACCENT, opacity: 1 },
        encoding: { x, y: { ...y, field: 'share' } },
      },
    ],
  } satisfies Picture
  return cells.length === 1
    ? { ...picture, height: 220, data: { values } }
    : oneUnderAnother(values, 'group', { ...picture, height: 140 })
}

/** For each group a dot with its interval, and a line at no change. Null when there is none. */
export function changeChart(cells: readonly CellOf<'change'>[], language: Language, t: Words): ChartSpec | null {
  const values = cells
    .filter(({ state }) => state === 'published')
    .map(({ label, n, estimate, interval }) => ({
      group: wrapped(`${label[language]} (${n})`, WIDEST_LABEL),
      estimate,
      low: interval?.low,
      high: interval?.high,
    }))
  if (values.length === 0) return null
  const y = rowsOf('group')
  const points = t('impact.column.estimate')
  return {
    width: 200,
    height: { step: 54 },
    data: { values },
    layer: [
      {
        mark: { type: 'rule', color: MUTED, strokeDash: [4, 3] },
        encoding: { x: { datum: 0, type: 'quantitative' } },
      },
      {
        mark: { type: 'rule', color: ACCENT, strokeWidth: 2 },
        encoding: {
          y,
          x: { field: 'low', type: 'quantitative', title: points, scale: { padding: 10 } },
          x2: { field: 'high' },
        },
      },
      {
        mark: { type: 'point', filled: true, size: 90, color: ACCENT, opacity: 1 },
        encoding: { y, x: { field: 'estimate', type: 'quantitative' } },
      },
    ],
  }
}

/** How far each group has moved on each scale. Null when no group has. */
export function groupChangesChart(changes: readonly TableOf<'change'>[], language: Language, t: Words) {
  const zero: Layer = {
    mark: { type: 'rule', color: MUTED, strokeDash: [4, 3] },
    encoding: { x: { datum: 0, type: 'quantitative' } },
  }
  const scale = { title: t('impact.column.estimate'), scale: { padding: 10 } }
  return groupsChart(estimatesOf(changes, language), scale, [zero])
}

/** The mean of each group on each scale. Null when no group has one. */
export const groupMeansChart = (means: readonly TableOf<'mean'>[], language: Language, t: Words) =>
  groupsChart(estimatesOf(means, language), { title: t('impact.axis.score'), scale: { domain: [0, 100] } })

/** Each share in each group. Null when no group has one. */
export function groupSharesChart(shares: readonly TableOf<'share'>[], language: Language, t: Words) {
  const figures = shares.flatMap(({ label, cells }) =>
    cells.flatMap(({ label: group, base, share, interval }) => {
      if (share === null) return []
      const { share: figure, low, high } = inPercent({ share, interval })
      return [{ what: label[language], group: group[language], n: base, figure, low, high }]
    }),
  )
  return groupsChart(figures, { title: t('impact.axis.share'), scale: { domain: [0, 100] } })
}

const estimatesOf = (tables: readonly TableOf<'change' | 'mean'>[], language: Language): GroupFigure[] =>
  tables.flatMap(({ label, cells }) =>
    cells.flatMap(({ label: group, n, estimate, interval }) =>
      estimate === null || interval === null
        ? []
        : [{ what: label[language], group: group[language], n, figure: estimate, ...interval }],
    ),
  )

type GroupFigure = { what: string; group: string; n: number | null; figure: number; low: number; high: number }

/** For each of several figures, every group as a dot with its interval. */
function groupsChart(
  figures: readonly GroupFigure[],
  scale: { title: string; scale: object },
  behind: readonly Layer[] = [],
): ChartSpec | null {
  if (figures.length === 0) return null
  const values = figures.map(({ what, group, n, ...figure }) => ({
    what: wrapped(what, WIDEST_HEADING),
    group: wrapped(`${group} (${n})`, WIDEST_LABEL),
    ...figure,
  }))
  const y = rowsOf('group')
  const x = { type: 'quantitative' as const, ...scale }
  return oneUnderAnother(values, 'what', {
    width: WIDTH,
    height: { step: stepFor(values.map(({ group }) => group)) },
    layer: [
      ...behind,
      {
        mark: { type: 'rule', color: ACCENT, strokeWidth: 2 },
        encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' } },
      },
      {
        mark: { type: 'point', filled: true, size: 90, color: ACCENT, opacity: 1 },
        encoding: { y, x: { ...x, field: 'figure' } },
      },
    ],
  })
}

// ---------------------------------------------------------------- what charts share

type Picture = Extract<ChartSpec, { facet: unknown }>['spec']
type Layer = Extract<Picture, { layer: unknown }>['layer'][number]

/** The same picture of several things, each under its name. */
const oneUnderAnother = <Field extends string>(
  values: readonly Record<Field, unknown>[],
  field: Field,
  picture: Picture,
): ChartSpec => ({
  data: { values: [...values] },
  facet: {
    row: {
      field,
      type: 'nominal',
      sort: [...new Set(values.map((value) => String(value[field])))],
      title: null,
      header: {
        orient: 'top',
        labelAnchor: 'start',
        labelFontSize: 13,
        labelFontWeight: 'bold',
        labelColor: '#1d2129',
        labelLimit: 0,
        labelExpr: "split(datum.label, '\\n')",
      },
    },
  },
  spec: picture,
  resolve: { scale: { y: 'independent' } },
})

/** A share and its interval in percent; without an interval, as wide as the share is. */
const inPercent = ({ share, interval }: { share: number; interval: { low: number; high: number } | null }) => ({
  share: 100 * share,
  low: 100 * (interval?.low ?? share),
  high: 100 * (interval?.high ?? share),
})

/** Room for the tallest of some labels, in pixels. */
const stepFor = (labels: readonly string[]): number =>
  18 + 15 * Math.max(...labels.map((label) => label.split('\n').length))
