// The tables of how collection goes as files for spreadsheets: one line a row, figures as they are, nothing for what is
// withheld. What the headings mean stands beside the tables on the page.
import { csvLine } from '../platform/csv.ts'
import type { Fieldwork, OverviewRow } from './monitoring.actions.ts'

export const FIELDWORK_TABLES = [
  'flow',
  'dispositions',
  'days',
  'messages',
  'stopped',
  'segments',
  'retention',
  'bounces',
  'gates',
] as const
export type FieldworkTable = (typeof FIELDWORK_TABLES)[number]

type Cell = string | number | null
type Rows = Record<string, Cell>[]

/** One table of a wave; its first columns say of what wave, cohort and day it is. */
export function fieldworkCsv(table: FieldworkTable, fieldwork: Fieldwork): string {
  const { programme, wave, cohort, asOf } = fieldwork
  const about = { programme, wave, cohort, as_of: asOf.toString() }
  const { headings, rows } = TABLES[table](fieldwork)
  return csvOf(
    [...Object.keys(about), ...headings],
    rows.map((row) => ({ ...about, ...row })),
  )
}

/** Every wave of every cohort. */
export function overviewCsv(programme: string, rows: readonly OverviewRow[]): string {
  return csvOf(
    OVERVIEW,
    rows.map(({ opensOn, closesOn, ...row }) => ({
      programme,
      ...row,
      opens_on: opensOn.toString(),
      closes_on: closesOn.toString(),
    })),
  )
}

const OVERVIEW = [
  ...['programme', 'wave', 'cohort', 'state', 'opens_on', 'closes_on'],
  ...['eligible', 'opened', 'invited', 'submitted', 'rr2', 'publication'],
]

const csvOf = (headings: readonly string[], rows: readonly Record<string, unknown>[]): string =>
  [csvLine(headings), ...rows.map((row) => csvLine(headings.map((heading) => cellOf(row[heading])))), ''].join('\r\n')

/** Shares to six decimals, as published figures have them. */
function cellOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'number' && !Number.isInteger(value) ? String(Number(value.toFixed(6))) : String(value)
}

/** The headings of every table, whatever it holds, and its rows. */
const TABLES: Record<FieldworkTable, (fieldwork: Fieldwork) => { headings: string[]; rows: Rows }> = {
  flow: ({ flow, compared }) => ({
    headings: ['arm', ...FLOW],
    rows: [{ arm: 'VOL', ...flow }, ...(compared ? [{ arm: 'CMP', ...compared }] : [])],
  }),
  dispositions: ({ dispositions, partialWithheld, rates }) => ({
    headings: [...DISPOSITIONS, ...RATES],
    rows: [{ ...dispositions, ...rates, ...(partialWithheld && dispositions.P === 0 && { P: null }) }],
  }),
  days: ({ wave, days, previous }) => ({
    headings: ['curve', 'day', 'submitted', 'cumulated', 'share'],
    rows: [
      ...days.map((day) => ({ curve: wave, ...day })),
      ...(previous?.days ?? []).map((day) => ({ curve: previous!.wave, ...day })),
    ],
  }),
  messages: ({ messages }) => ({
    headings: ['kind', 'number', 'sent', 'answered'],
    rows: messages.map(({ kind, ...message }) => ({ kind: kind ?? 'none', ...message })),
  }),
  stopped: ({ stopped: { all, counted, pages } }) => ({
    headings: ['stopped', 'counted', 'page', 'people'],
    rows: pages.map(({ page, people }) => ({ stopped: all, counted, page, people })),
  }),
  segments: ({ segments }) => ({
    headings: ['dimension', 'category', 'label.fr', 'label.en', 'eligible', 'submitted', 'rate', 'points'],
    rows: segments.flatMap(({ dimension, rows }) =>
      rows.map(({ label, ...row }) => ({ dimension, ...row, 'label.fr': label.fr, 'label.en': label.en })),
    ),
  }),
  retention: ({ retention }) => ({
    headings: ['since', 'since_wave', 'before', 'still', 'share'],
    rows: retention.map(({ since, wave, before, still, share }) => ({ since, since_wave: wave, before, still, share })),
  }),
  bounces: ({ bounces }) => ({
    headings: ['of_wave', 'invited', 'bounced', 'rate'],
    rows: bounces.map(({ wave, invited, bounced, rate }) => ({ of_wave: wave, invited, bounced, rate })),
  }),
  gates: ({ gates }) => ({
    headings: ['gate', 'verdict', 'share', 'at_most', 'at_least', 'points', 'limit'],
    rows: gates.map(({ gate, verdict, figure, limit }) => {
      const {
        share = null,
        atMost = null,
        atLeast = null,
        points = null,
      } = { ...figure } as Partial<Record<string, number>>
      return { gate, verdict, share, at_most: atMost, at_least: atLeast, points, limit }
    }),
  }),
}

const FLOW = [
  ...['eligible', 'opened', 'over', 'overSubmitted', 'invited', 'delivered', 'bounced', 'started', 'unfinished'],
  ...['submitted', 'optedOut', 'refused', 'noAddress', 'enrolledLate', 'silent', 'silentUnverified', 'twoChannels'],
]
const DISPOSITIONS = ['I', 'P', 'R', 'NC', 'O', 'UH', 'UO', 'NE']
const RATES = ['rr1', 'rr2', 'rr5', 'rr6']
