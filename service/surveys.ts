// Reads surveys/ once at start and checks that its files fit together; every fault is told with its file and line.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { IndicatorFile } from './instruments/indicator.ts'
import { assembleBank, type Country, InstrumentFile } from './instruments/instrument.ts'
import { ItemFile, MeasureFile, ScaleFile } from './instruments/item.ts'
import { type DeclaredDimension, type Frame, inCountries, Programme, SegmentFile } from './panel/frame.ts'
import { FileError, readYaml } from './platform/yaml.ts'
import type { Surveys } from './waves/deps.ts'
import { MailTextFile } from './waves/mail-texts.ts'
import { type Plan, PlanFile } from './waves/plan.ts'
import type { PlanSource } from './waves/publish-plan.actions.ts'

/** What surveys/ is made of, and where each kind of thing is declared. */
const HOMES = {
  item: 'items',
  instrument: 'instruments',
  programme: 'programmes',
  plan: 'waves',
  measure: 'measures.yaml',
  indicator: 'indicators.yaml',
  scale: 'scales.yaml',
  dimension: 'segments.yaml',
  country: 'countries.csv',
  mail: 'mails.yaml',
} as const

/** All that surveys/ says for one mode: the demonstration's programmes or the real ones. Throws a `FileError`. */
export function loadSurveys(folder: string, { demonstration }: { demonstration: boolean }): Surveys {
  const missing = Object.values(HOMES).filter((home) => !existsSync(join(folder, home)))
  if (missing.length > 0) throw new FileError(missing.map((home) => `${join(folder, home)}: is missing`).join('\n'))
  const files = (name: string) => yamlFiles(join(folder, name))
  const planFiles = files('waves').map((path) => readYaml(path, PlanFile))
  const plans = new Map<string, Plan>(planFiles.map((plan) => [plan.plan, plan]))
  const segments = readYaml(join(folder, 'segments.yaml'), SegmentFile)
  const programmes = files('programmes').map((path) => readYaml(path, Programme))
  const { scales } = readYaml(join(folder, 'scales.yaml'), ScaleFile)
  const mailTexts = readYaml(join(folder, HOMES.mail), MailTextFile)
  const { countries, regions } = readCountries(join(folder, 'countries.csv'))
  const assembled = assembleBank({
    countries,
    items: files('items').flatMap((path) => readYaml(path, ItemFile).items),
    scales,
    measures: readYaml(join(folder, 'measures.yaml'), MeasureFile).measures,
    indicators: readYaml(join(folder, HOMES.indicator), IndicatorFile).indicators,
    instruments: files('instruments').map((path) => readYaml(path, InstrumentFile)),
  })
  const frame: Frame = {
    programmes: programmes.filter((programme) => programme.demonstration === demonstration),
    codeLists: segments.codeLists,
    dimensions: segments.dimensions.map((dimension) => inCountries(dimension, regions)),
    countries: new Set(regions.keys()),
  }
  const problems = [
    ...(assembled.ok ? [] : assembled.problems),
    ...repeated(scales.map(({ scale }) => `scale ${scale}`)),
    ...repeated(planFiles.map(({ plan }) => `plan ${plan}`)),
    ...repeated(programmes.map(({ programme }) => `programme ${programme}`)),
    ...repeated(segments.dimensions.map(({ dimension }) => `dimension ${dimension}`)),
    ...segments.dimensions.flatMap((dimension) => dimensionProblems(dimension, frame, regions)),
    ...programmes.flatMap((programme) => programmeProblems(programme, plans, frame)),
  ]
  if (!assembled.ok || problems.length > 0)
    throw new FileError(problems.map((problem) => `${placeOf(folder, problem)}: ${problem}`).join('\n'))
  return { frame, bank: assembled.bank, plans, mailTexts, programmeTexts: new Map() }
}

/** The wave plans in the words of their files, for publishing; each has been checked. */
export const readPlanSources = (folder: string): PlanSource[] =>
  yamlFiles(join(folder, HOMES.plan)).map((path) => ({
    plan: readYaml(path, PlanFile).plan,
    content: readYaml(path, z.looseObject({})),
  }))

const yamlFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => join(folder, name))

/**
 * The countries of a file `code;fr;en;m49`, codes after ISO 3166-1 alpha-2, and the region of each. Instruments are
 * frozen with their countries, which therefore know nothing of regions.
 */
function readCountries(path: string): { countries: Country[]; regions: Map<string, string> } {
  const [, ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/)
  const wrong = lines.findIndex((line) => !/^[A-Z]{2};[^;]+;[^;]+;\d{3}$/.test(line))
  if (wrong >= 0) throw new FileError(`${path}:${wrong + 2}: not a code of two capitals and two names, and a region`)
  const rows = lines.map((line) => line.split(';') as [string, string, string, string])
  return {
    countries: rows.map(([code, fr, en]) => ({ code, fr, en })),
    regions: new Map(rows.map(([code, , , m49]) => [code, m49])),
  }
}

/**
 * Where the thing a problem is about is declared, the last time when it stands twice. Every problem's sentence begins
 * with the kind and the name of that thing.
 */
function placeOf(folder: string, problem: string): string {
  const [kind = '', name = ''] = problem.split(/[: ]+/)
  const home = join(folder, HOMES[kind as keyof typeof HOMES] ?? '')
  const declaration = new RegExp(`^(\\s*- *\\{? *)?${kind}: *['"]?${name}(?![\\w-])`)
  const places = (home.endsWith('.yaml') ? [home] : yamlFiles(home)).flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line, index) => (declaration.test(line) ? [`${path}:${index + 1}`] : [])),
  )
  return places.at(-1) ?? home
}

const repeated = (things: readonly string[]): string[] =>
  things.filter((thing, index) => things.indexOf(thing) < index).map((thing) => `${thing} stands twice`)

/** A code no list knows would never be found, and its people would silently go to the remainder. */
function dimensionProblems(
  { dimension, fact, categories }: DeclaredDimension,
  { codeLists, countries }: Frame,
  regions: ReadonlyMap<string, string>,
): string[] {
  const codesOf: readonly string[] = { ...codeLists, country: [...countries], age: [], months: [] }[fact]
  const regionsOf = fact === 'country' ? [...regions.values()] : []
  const codes = categories.flatMap((category) => ('codes' in category ? category.codes : []))
  const m49 = categories.flatMap((category) => ('m49' in category ? category.m49 : []))
  return [
    ...codes
      .filter((code) => !codesOf.includes(code))
      .map((code) => `dimension ${dimension}: ${code} is not a code of ${fact}`),
    ...m49
      .filter((region) => !regionsOf.includes(region))
      .map((region) => `dimension ${dimension}: ${region} is not a region of ${fact}`),
  ]
}

function programmeProblems(
  { programme, plan, publish }: Programme,
  plans: ReadonlyMap<string, Plan>,
  { dimensions }: Frame,
): string[] {
  const known = new Set(dimensions.map(({ dimension }) => dimension))
  const named = [...publish.by, ...publish.changeBy, ...publish.pairs.flat(), ...publish.weightBy.flat()]
  const unknown = [...new Set(named)].filter((dimension) => !known.has(dimension))
  return [
    ...(plans.has(plan) ? [] : [`programme ${programme}: there is no plan ${plan}`]),
    ...unknown.map((dimension) => `programme ${programme}: there is no dimension ${dimension}`),
  ]
}
