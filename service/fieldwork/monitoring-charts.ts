// The pictures of how collection goes, and what they say in words: Vega-Lite specifications in the house style. They are
// made of who was written to and who answered when, and of no answer.
import { type ChartSpec, wrapped } from '../platform/chart.ts'
import { type Language, percent, type Words } from '../platform/i18n.ts'
import type { Fieldwork } from './monitoring.actions.ts'
import type { CurveDay, Flow, Message } from './monitoring.ts'

export const FIELDWORK_CHARTS = ['flow', 'days', 'messages'] as const
export type FieldworkChart = (typeof FIELDWORK_CHARTS)[number]

/** The picture of that name; null when there is nothing to show yet. */
export function fieldworkChart(
  chart: FieldworkChart,
  fieldwork: Fieldwork,
  language: Language,
  t: Words,
): ChartSpec | null {
  switch (chart) {
    case 'flow':
      return flowChart(fieldwork, t)
    case 'days':
      return daysChart(fieldwork, language, t)
    case 'messages':
      return messagesChart(fieldwork, t)
  }
}

/** What a picture shows, in a sentence: the finding. */
export function sayChart(chart: FieldworkChart, fieldwork: Fieldwork, language: Language, t: Words): string {
  switch (chart) {
    case 'flow':
      return sayFlow(fieldwork, language, t)
    case 'days':
      return sayDays(fieldwork, language, t)
    case 'messages':
      return sayMessages(fieldwork, t)
  }
}

// ---------------------------------------------------------------- from the invitation to the answers

/** The steps of the flow, each with what it is called and how many people came so far. */
export const flowSteps = (flow: Flow, t: Words): { step: FlowStep; said: string; people: number }[] =>
  FLOW_STEPS.map((step) => ({ step, said: t(FLOW_WORDS[step]), people: flow[step] }))

const FLOW_STEPS = ['eligible', 'opened', 'invited', 'delivered', 'started', 'unfinished', 'submitted'] as const
type FlowStep = (typeof FLOW_STEPS)[number]
const FLOW_WORDS = {
  eligible: 'field.flow.eligible',
  opened: 'field.flow.opened',
  invited: 'field.flow.invited',
  delivered: 'field.flow.delivered',
  started: 'field.flow.started',
  unfinished: 'field.flow.unfinished',
  submitted: 'field.flow.submitted',
} as const

function flowChart({ flow }: Fieldwork, t: Words): ChartSpec {
  const values = flowSteps(flow, t).map(({ step, said, people }) => ({
    step: wrapped(said, WIDEST_LABEL),
    people,
    color: step === 'submitted' ? ACCENT : step === 'unfinished' ? UNFINISHED : STEP,
  }))
  return barsOf(values, 'step', t('field.axis.people'), flow.eligible)
}

function sayFlow({ flow }: Fieldwork, language: Language, t: Words): string {
  const { eligible, opened, submitted, invited } = flow
  if (opened === 0) return t('field.flow.notOpen', { eligible })
  return t('field.flow.title', { submitted, opened, invited, share: percent(submitted / opened, language) })
}

// ---------------------------------------------------------------- day by day

function daysChart({ waveName, days, previous }: Fieldwork, language: Language, t: Words): ChartSpec | null {
  const lines = [...(previous ? [{ name: previous.name, days: previous.days }] : []), { name: waveName, days }]
  const names = lines.map(({ name }) => wrapped(name[language], WIDEST_LEGEND))
  const values = lines.flatMap(({ days }, line) =>
    days.flatMap(({ day, share }) => (share === null ? [] : [{ wave: names[line]!, day, share: 100 * share }])),
  )
  if (!values.some(({ wave }) => wave === names.at(-1))) return null
  const ours = lines.length - 1
  const byWave = <T>(own: T, other: T) => names.map((_, line) => (line === ours ? own : other))
  const wave = { field: 'wave', type: 'nominal', sort: null, title: null } as const
  const legend = { orient: 'top', direction: 'vertical', symbolType: 'stroke', symbolSize: 400 } as const
  return {
    width: 420,
    height: 220,
    data: { values },
    mark: { type: 'line', interpolate: 'step-after', strokeWidth: 2 },
    encoding: {
      x: { field: 'day', type: 'quantitative', title: t('field.days.day'), axis: { tickMinStep: 1, grid: false } },
      y: { field: 'share', type: 'quantitative', title: t('field.axis.answered'), scale: { domain: [0, 100] } },
      color: { ...wave, scale: { domain: names, range: byWave(ACCENT, MUTED) }, legend },
      // Told apart without colours too.
      strokeDash: { ...wave, scale: { domain: names, range: byWave([1, 0], [5, 4]) }, legend },
    },
  }
}

function sayDays({ days, previous }: Fieldwork, language: Language, t: Words): string {
  const reached = days.findLast(({ share }) => share !== null)
  if (!reached) return t('field.days.none')
  const said = { day: reached.day, share: percent(reached.share!, language) }
  const before = previous && shareAt(previous.days, reached.day)
  if (before === null) return t('field.days.title', said)
  return t('field.days.beside', { ...said, before: percent(before, language), wave: previous!.name[language] })
}

/** The share of a curve on a day; after its last day, that of the last. */
const shareAt = (days: readonly CurveDay[], day: number): number | null =>
  days.findLast((one) => one.day <= day && one.share !== null)?.share ?? null

// ---------------------------------------------------------------- what each message brings in

/** What a message is called. */
export function sayMessage({ kind, number }: Pick<Message, 'kind' | 'number'>, t: Words): string {
  switch (kind) {
    case 'invitation':
      return t('field.message.invitation')
    case 'reminder':
      return t('field.message.reminder', { number })
    case 'resume':
      return t('field.message.resume')
    case 'lastCall':
      return t('field.message.lastCall')
    case null:
      return t('field.message.without')
  }
}

function messagesChart({ messages }: Fieldwork, t: Words): ChartSpec | null {
  if (!messages.some(({ answered }) => answered > 0)) return null
  const values = messages.map((message) => ({
    message: wrapped(sayMessage(message, t), WIDEST_LABEL),
    people: message.answered,
    color: message.kind === null ? UNFINISHED : ACCENT,
  }))
  return barsOf(values, 'message', t('field.flow.submitted'))
}

function sayMessages({ messages, flow }: Fieldwork, t: Words): string {
  const best = messages.reduce<Message | null>(
    (most, one) => (one.kind !== null && one.answered > (most?.answered ?? 0) ? one : most),
    null,
  )
  if (!best) return t('field.messages.none')
  const { answered } = best
  return t('field.messages.title', { message: sayMessage(best, t), answered, submitted: flow.submitted })
}

// ---------------------------------------------------------------- what charts share

const ACCENT = '#0b5f56'
const STEP = '#4ba394'
const UNFINISHED = '#a7adb8'
const MUTED = '#5a6270'
const WIDTH = 280
/** In characters: the axis cuts a label at 270 pixels. */
const WIDEST_LABEL = 25
const WIDEST_LEGEND = 36

/** Horizontal bars from zero, in the order given, each with its count at the end. */
function barsOf<Field extends string>(
  values: readonly (Record<Field, string> & { people: number; color: string })[],
  field: Field,
  title: string,
  most?: number,
): ChartSpec {
  const lines = Math.max(...values.map((value) => value[field].split('\n').length))
  const axis = {
    grid: false,
    ticks: false,
    domain: false,
    labelPadding: 8,
    labelExpr: "split(datum.label, '\\n')",
  } as const
  const y = { field, type: 'nominal', sort: null, title: null, axis } as const
  const domain = most === undefined ? {} : { domain: [0, most] }
  const x = {
    field: 'people',
    type: 'quantitative',
    title,
    axis: { tickMinStep: 1, format: 'd' },
    scale: { ...domain, zero: true },
  } as const
  return {
    width: WIDTH,
    height: { step: 18 + 15 * lines },
    data: { values: [...values] },
    layer: [
      {
        mark: { type: 'bar', height: 18 },
        encoding: { y, x, color: { field: 'color', type: 'nominal', scale: null } },
      },
      {
        mark: { type: 'text', align: 'left', dx: 6, fontSize: 13, color: '#1d2129' },
        encoding: { y, x, text: { field: 'people' } },
      },
    ],
  }
}
