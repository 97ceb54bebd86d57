// The settings of a wave plan as a form has them, in days, months and per cent, and as a plan file has them; and what is
// wrong with what was typed, field by field. Pure: which rules a plan keeps to only the plan itself knows.
import type { z } from 'zod'
import type { Form } from '../platform/http.tsx'
import { isLater, type Plan, PlanFile } from '../waves/plan.ts'
import { monthsAndDays, percentOf } from './plan-words.ts'

/** A plan in the words of its file, before it is read. */
export type PlanContent = z.input<typeof PlanFile>

/** The fields of the form, each under its name: what is typed into it, or chosen. */
export type PlanFields = Form

export const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const

/** Parts there may be several of, in the order of the form. */
const ROWS = ['blackouts', 'reminders', 'waves'] as const
export type Rows = (typeof ROWS)[number]

// ---------------------------------------------------------------- from a plan to its form

/** What the form holds for a plan. */
export function fieldsOf(content: PlanContent): PlanFields {
  const { atMost, late } = content
  const reminders = content.contacts.flatMap((contact) => (contact.kind === 'reminder' ? contact.after : []))
  const lastCall = content.contacts.find((contact) => contact.kind === 'lastCall')
  return new Map<string, readonly string[]>([
    ['sendAt', [content.sendAt]],
    ['openingDays', content.openingDays],
    ...content.blackouts.flatMap((blackout, index) => blackoutFields(index, blackout)),
    ...reminders.flatMap((after, index) => delayFields(`reminders.${index}`, after)),
    ...delayFields('lastCall', lastCall?.before),
    ...delayFields('resume', content.resume?.after),
    ...delayFields('thanks', content.thanks?.after),
    ...delayFields('contactUpdate.before', content.contactUpdate?.before),
    ...delayFields('contactUpdate.apart', content.contactUpdate?.apart),
    ['atMost.perWave', [String(atMost.perWave)]],
    ['atMost.per24Hours', [String(atMost.per24Hours)]],
    ['late.invitation', [percentOf(late.invitation)]],
    ['late.enrolled', [late.enrolled]],
    ['baseline', [content.baseline]],
    ...content.waves.flatMap((wave, index) => waveFields(index, wave)),
  ])
}

type Field = [name: string, values: readonly string[]]

function blackoutFields(index: number, { from, to }: { from: string; to: string }): Field[] {
  const parts = [from, to].flatMap((monthDay) => monthDay.split('-').map((part) => String(Number(part))))
  const [fromMonth, fromDay, toMonth, toDay] = parts as [string, string, string, string]
  const field = (name: string, value: string): Field => [`blackouts.${index}.${name}`, [value]]
  return [field('fromDay', fromDay), field('fromMonth', fromMonth), field('toDay', toDay), field('toMonth', toMonth)]
}

function waveFields(index: number, wave: PlanContent['waves'][number]): Field[] {
  const prefix = `waves.${index}`
  const isBefore = Temporal.Duration.from(wave.opens).sign < 0
  const field = (name: string, value: string): Field => [`${prefix}.${name}`, [value]]
  return [
    field('wave', wave.wave),
    field('nameFr', wave.name.fr),
    field('nameEn', wave.name.en),
    field('instrument', wave.instrument),
    ...delayFields(`${prefix}.opens`, wave.opens),
    field('opens.side', isBefore ? 'before' : 'after'),
    field('anchor', wave.anchor),
    field('closes.days', String(wave.closes.days)),
    field('closes.after', wave.closes.after),
    field('expectedResponse', percentOf(wave.expectedResponse)),
  ]
}

/** A length of time: a number and its unit; what has no unit here stands in the unit's place as it is. */
function delayFields(name: string, text: string | undefined): Field[] {
  const field = (number: string, unit: string): Field[] => [
    [`${name}.number`, [number]],
    [`${name}.unit`, [unit]],
  ]
  if (text === undefined) return field('', 'days')
  const { months, days } = monthsAndDays(Temporal.Duration.from(text).abs())
  if (months !== 0 && days !== 0) return field('', text)
  return months === 0 ? field(String(days), 'days') : field(String(months), 'months')
}

/** The length of time that stands in a unit's place, or null when the unit is one of the form's own. */
export function ownDelay(unit: string): Temporal.Duration | null {
  if (unit === 'days' || unit === 'months') return null
  try {
    return Temporal.Duration.from(unit)
  } catch {
    return null
  }
}

// ---------------------------------------------------------------- from the form to a plan

/** The field at fault, and the rule it does not keep. */
export type Wrong =
  | 'sendAt'
  | 'openingDays'
  | 'day'
  | 'blackouts'
  | 'delay'
  | 'later'
  | 'perWave'
  | 'per24Hours'
  | 'lateInvitation'
  | 'choice'
  | 'baseline'
  | 'waves'
  | 'twice'
  | 'wave'
  | 'name'
  | 'closes'
  | 'expectedResponse'
export type PlanProblem = { field: string; wrong: Wrong }

export type ReadPlan = { ok: true; content: PlanContent; plan: Plan } | { ok: false; problems: PlanProblem[] }

/** The plan a form says, or everything that is wrong with it; `plan` is its name, which no form changes. */
export function readPlan(fields: PlanFields, plan: string): ReadPlan {
  const content = contentOf(fields, plan)
  const read = PlanFile.safeParse(content)
  if (read.success) return { ok: true, content: content as PlanContent, plan: read.data }
  const problems = read.error.issues.flatMap((issue) => problemsOf(issue, fields, content))
  const first = new Map(problems.toReversed().map((problem) => [problem.field, problem]))
  return { ok: false, problems: problems.filter((problem) => first.get(problem.field) === problem) }
}

/** What a form says in the words of a plan file; where it says nothing that a file could, something no file may. */
function contentOf(fields: PlanFields, plan: string): object {
  const text = (name: string) => fields.get(name)?.at(-1)?.trim() ?? ''
  const delay = (name: string, side = '') => delayOf(text(`${name}.number`), text(`${name}.unit`), side)
  const isGiven = (name: string) => text(`${name}.number`) !== '' || ownDelay(text(`${name}.unit`)) !== null
  const optional = (name: string) => (isGiven(name) ? { [name]: { after: delay(name) } } : {})
  return {
    plan,
    baseline: text('baseline'),
    sendAt: timeOf(text('sendAt')),
    openingDays: fields.get('openingDays') ?? [],
    blackouts: rowsIn(fields, 'blackouts').map((row) => ({
      from: monthDayOf(text(`${row}.fromMonth`), text(`${row}.fromDay`)),
      to: monthDayOf(text(`${row}.toMonth`), text(`${row}.toDay`)),
    })),
    contacts: [
      { kind: 'invitation', after: 'P0D' },
      ...rowsIn(fields, 'reminders').map((row) => ({ kind: 'reminder', after: delay(row) })),
      ...(isGiven('lastCall') ? [{ kind: 'lastCall', before: delay('lastCall') }] : []),
    ],
    ...optional('resume'),
    ...optional('thanks'),
    ...(isGiven('contactUpdate.before') || isGiven('contactUpdate.apart')
      ? { contactUpdate: { before: delay('contactUpdate.before'), apart: delay('contactUpdate.apart') } }
      : {}),
    atMost: { perWave: wholeOf(text('atMost.perWave')), per24Hours: wholeOf(text('atMost.per24Hours')) },
    late: { invitation: shareOf(text('late.invitation')), enrolled: text('late.enrolled') },
    waves: rowsIn(fields, 'waves').map((row) => ({
      wave: text(`${row}.wave`),
      instrument: text(`${row}.instrument`),
      name: { fr: text(`${row}.nameFr`), en: text(`${row}.nameEn`) },
      anchor: text(`${row}.anchor`),
      opens: delay(`${row}.opens`, text(`${row}.opens.side`) === 'before' ? '-' : ''),
      closes: { after: text(`${row}.closes.after`), days: wholeOf(text(`${row}.closes.days`)) },
      expectedResponse: shareOf(text(`${row}.expectedResponse`)),
    })),
  }
}

/** The rows of a kind that a form has, by the beginning of their fields' names, in order. */
export function rowsIn(fields: PlanFields, rows: Rows): string[] {
  const numbers = [...fields.keys()].flatMap((name) => {
    const [kind, number = ''] = name.split('.')
    return kind === rows && /^\d{1,3}$/.test(number) ? Number(number) : []
  })
  return [...new Set(numbers)].sort((a, b) => a - b).map((number) => `${rows}.${number}`)
}

const NOTHING = '?'
const isWhole = (text: string): boolean => /^\d{1,5}$/.test(text)

/** A number cannot stand beside a length of time that has no unit here: which of them is meant? */
function delayOf(number: string, unit: string, side: string): string {
  if (ownDelay(unit)) return number === '' ? unit : NOTHING
  if (!isWhole(number)) return NOTHING
  return `${side}P${Number(number)}${unit === 'months' ? 'M' : unit === 'days' ? 'D' : NOTHING}`
}

const wholeOf = (text: string): number => (isWhole(text) ? Number(text) : Number.NaN)

/** A per cent, with the decimal mark of either language, as a share. */
const shareOf = (text: string): number =>
  /^\d{1,3}([.,]\d{1,20})?$/.test(text) ? Number(`${text.replace(',', '.')}e-2`) : Number.NaN

/** An hour as people write it: 10:00, 9:30, 10h, 10 h 30. */
function timeOf(text: string): string {
  const [, hour, minute = '00'] = /^(\d{1,2})(?: ?[:h] ?(\d\d)?)?$/i.exec(text) ?? []
  return hour === undefined ? NOTHING : `${hour.padStart(2, '0')}:${minute}`
}

const monthDayOf = (month: string, day: string): string => [month, day].map((part) => part.padStart(2, '0')).join('-')

// ---------------------------------------------------------------- what is wrong, and where

type Issue = z.core.$ZodIssue

/** Where each part of a plan is entered, and what is wrong when it is refused; numbers are those of its rows. */
const FIELDS: readonly [path: RegExp, field: string, wrong: Wrong][] = [
  [/^sendAt$/, 'sendAt', 'sendAt'],
  [/^openingDays/, 'openingDays', 'openingDays'],
  [/^blackouts\.(\d+)\./, 'blackouts.#', 'day'],
  [/^blackouts$/, 'blackouts', 'blackouts'],
  [/^(resume|thanks)\./, '#', 'delay'],
  [/^(contactUpdate\.\w+)/, '#', 'delay'],
  [/^atMost\.perWave$/, 'atMost.perWave', 'perWave'],
  [/^atMost\.per24Hours$/, 'atMost.per24Hours', 'per24Hours'],
  [/^late\.invitation$/, 'late.invitation', 'lateInvitation'],
  [/^late\.enrolled$/, 'late.enrolled', 'choice'],
  [/^baseline$/, 'baseline', 'baseline'],
  [/^waves\.(\d+)\.wave$/, 'waves.#.wave', 'wave'],
  [/^waves\.(\d+)\.name\.fr$/, 'waves.#.nameFr', 'name'],
  [/^waves\.(\d+)\.name\.en$/, 'waves.#.nameEn', 'name'],
  [/^waves\.(\d+)\.(instrument|anchor)$/, 'waves.#.$', 'choice'],
  [/^waves\.(\d+)\.opens$/, 'waves.#.opens', 'delay'],
  [/^waves\.(\d+)\.closes/, 'waves.#.closes', 'closes'],
  [/^waves\.(\d+)\.expectedResponse$/, 'waves.#.expectedResponse', 'expectedResponse'],
]

/** An issue of the plan as problems of the form. */
function problemsOf(issue: Issue, fields: PlanFields, content: object): PlanProblem[] {
  const path = issue.path.join('.')
  if (path.startsWith('contacts')) return contactProblems(issue, fields, content as PlanContent)
  if (path === 'waves') return waveProblems(fields, content as PlanContent)
  const found = FIELDS.find(([pattern]) => pattern.test(path))
  if (!found) throw new Error(`no field of the form holds ${path}`)
  const [pattern, field, wrong] = found
  const [, first = '', second = ''] = pattern.exec(path)!
  const row = /^\d+$/.test(first) ? numberOfRow(fields, field.split('.')[0] as Rows, Number(first)) : first
  return [{ field: field.replace('#', row).replace('$', second), wrong }]
}

/** Rows are numbered as the form has them, which may have gaps. */
const numberOfRow = (fields: PlanFields, rows: Rows, place: number): string =>
  rowsIn(fields, rows)[place]!.split('.')[1]!

/** The invitation stands first and is no field; after it come the reminders, and the last call when there is one. */
function contactProblems({ path }: Issue, fields: PlanFields, { contacts }: PlanContent): PlanProblem[] {
  const reminders = rowsIn(fields, 'reminders')
  const place = path[1]
  if (typeof place === 'number') return [{ field: reminders[place - 1] ?? 'lastCall', wrong: 'delay' }]
  const read = contacts.map((contact) => PlanFile.shape.contacts.element.parse(contact))
  return reminders.flatMap((field, index) =>
    isLater(read[index + 1]!, read[index]) ? [] : { field, wrong: 'later' as const },
  )
}

/** There is none, or some have the code of another. */
function waveProblems(fields: PlanFields, { waves }: PlanContent): PlanProblem[] {
  if (waves.length === 0) return [{ field: 'waves', wrong: 'waves' }]
  const rows = rowsIn(fields, 'waves')
  return waves.flatMap(({ wave }, index) =>
    waves.findIndex((other) => other.wave === wave) < index
      ? { field: `${rows[index]}.wave`, wrong: 'twice' as const }
      : [],
  )
}

// ---------------------------------------------------------------- rows that come and go

/** What a button of the form asks for beside sending it: one row more, or one less. */
export type RowChange = { add: Rows } | { remove: string }

/** What the button that was pressed says, or null for one that says something else. */
export function rowChangeOf(pressed: string): RowChange | null {
  const [, what, rows, number] = /^(add|remove) (blackouts|reminders|waves)(?:\.(\d{1,3}))?$/.exec(pressed) ?? []
  if (what === 'add' && number === undefined) return { add: rows as Rows }
  return what === 'remove' && number !== undefined ? { remove: `${rows}.${number}` } : null
}

/** The form with one row more or less; `taken` are the codes of waves that there have been. */
export function withRows(fields: PlanFields, change: RowChange, taken: readonly string[]): PlanFields {
  if ('remove' in change) return new Map([...fields].filter(([name]) => !name.startsWith(`${change.remove}.`)))
  const next = Math.max(-1, ...rowsIn(fields, change.add).map((row) => Number(row.split('.')[1]))) + 1
  return new Map([...fields, ...newRow(fields, change.add, next, taken)])
}

function newRow(fields: PlanFields, rows: Rows, number: number, taken: readonly string[]): Field[] {
  const prefix = `${rows}.${number}`
  if (rows === 'reminders') return delayFields(prefix, undefined)
  if (rows === 'blackouts')
    return ['fromDay', 'fromMonth', 'toDay', 'toMonth'].map((name): Field => [`${prefix}.${name}`, ['']])
  const codes = [...taken, ...rowsIn(fields, 'waves').map((row) => fields.get(`${row}.wave`)?.[0] ?? '')]
  const highest = Math.max(-1, ...codes.map((code) => Number(/^w(\d+)$/.exec(code)?.[1] ?? -1)))
  const given: Record<string, string> = {
    wave: `w${highest + 1}`,
    nameFr: '',
    nameEn: '',
    instrument: '',
    'opens.number': '',
    'opens.unit': 'months',
    'opens.side': 'after',
    anchor: 'return',
    'closes.days': '',
    'closes.after': 'opening',
    expectedResponse: '',
  }
  return Object.entries(given).map(([name, value]): Field => [`${prefix}.${name}`, [value]])
}
