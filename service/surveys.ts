// Reads surveys/ once at start and checks that its files fit together; every fault is told with its file and line.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { assembleBank, InstrumentFile } from './instruments/instrument.ts'
import { ItemFile, MeasureFile, ScaleFile } from './instruments/item.ts'
import { type Frame, Programme, SegmentFile } from './panel/frame.ts'
import { FileError, readYaml } from './platform/yaml.ts'
import type { Surveys } from './waves/deps.ts'
import { type Plan, PlanFile } from './waves/plan.ts'

/** All that surveys/ says for one mode: the demonstration's programmes or the real ones. Throws a `FileError`. */
export function loadSurveys(folder: string, { demonstration }: { demonstration: boolean }): Surveys {
  const files = (name: string) => yamlFiles(join(folder, name))
  const plans = new Map(
    files('waves')
      .map((path) => readYaml(path, PlanFile))
      .map((plan) => [plan.plan, plan]),
  )
  const segments = readYaml(join(folder, 'segments.yaml'), SegmentFile)
  const programmes = files('programmes').map((path) => readYaml(path, Programme))
  const assembled = assembleBank({
    items: files('items').flatMap((path) => readYaml(path, ItemFile).items),
    scales: readYaml(join(folder, 'scales.yaml'), ScaleFile).scales,
    measures: readYaml(join(folder, 'measures.yaml'), MeasureFile).measures,
    instruments: files('instruments').map((path) => readYaml(path, InstrumentFile)),
  })
  const frame: Frame = {
    programmes: programmes.filter((programme) => programme.demonstration === demonstration),
    codeLists: segments.codeLists,
    dimensions: segments.dimensions,
    countries: readCountries(join(folder, 'countries.csv')),
  }
  const problems = [
    ...(assembled.ok ? [] : assembled.problems),
    ...programmes.flatMap((programme) => programmeProblems(programme, plans, frame)),
  ]
  if (!assembled.ok || problems.length > 0)
    throw new FileError(problems.map((problem) => `${folder}: ${problem}`).join('\n'))
  return { frame, bank: assembled.bank, plans }
}

const yamlFiles = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => join(folder, name))

/** The ISO 3166-1 alpha-2 codes of a file `code;fr;en`. */
const readCountries = (path: string): Set<string> =>
  new Set(
    readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.slice(0, 2)),
  )

function programmeProblems(
  { programme, plan, publish }: Programme,
  plans: ReadonlyMap<string, Plan>,
  { dimensions }: Frame,
): string[] {
  const known = new Set(dimensions.map(({ dimension }) => dimension))
  const unknown = [...new Set([...publish.by, ...publish.changeBy])].filter((dimension) => !known.has(dimension))
  return [
    ...(plans.has(plan) ? [] : [`programme ${programme}: there is no plan ${plan}`]),
    ...unknown.map((dimension) => `programme ${programme}: there is no dimension ${dimension}`),
  ]
}
