// The instrument versions in words: what changed from each to the next, and what later waves share with the baseline.
import { questionsOf } from '../instruments/answers.ts'
import { type Comparability, compareVersions } from '../instruments/comparability.ts'
import type { Instrument } from '../instruments/instrument.ts'
import type { Plan } from '../waves/plan.ts'

export type StoredVersion = { content: Instrument; hash: string; fieldedOn: Temporal.PlainDate | null }

/** A table of every version, then one for each plan: every later wave's newest version against each of the baseline's. */
export function sayVersions(versions: readonly StoredVersion[], plans: readonly Plan[]): string[] {
  const contents = versions.map(({ content }) => content)
  const listed = versions.map(({ content, hash, fieldedOn }, place) => {
    const before = contents[place - 1]
    const isLater = before?.instrument === content.instrument
    const changes = isLater
      ? compareVersions(before, content).filter(({ comparability }) => comparability !== 'same')
      : []
    const changed = isLater ? sayItems(changes) || 'no item' : ''
    return [nameOf(content), hash.slice(0, 8), fieldedOn?.toString() ?? 'not yet', changed]
  })
  return [
    ...table([['version', 'hash', 'fielded', 'changed since the version before'], ...listed]),
    ...plans.flatMap((plan) => {
      const rows = againstBaseline(plan, contents)
      return rows.length === 0 ? [] : ['', ...table([[`plan ${plan.plan}`, 'asked in both'], ...rows])]
    }),
  ]
}

function againstBaseline({ baseline, waves }: Plan, versions: readonly Instrument[]): string[][] {
  const versionsIn = (wave: Plan['waves'][number]) =>
    versions.filter(({ instrument }) => instrument === wave.instrument)
  const first = waves.find(({ wave }) => wave === baseline)
  const befores = first ? versionsIn(first) : []
  return waves
    .filter(({ wave }) => wave !== baseline)
    .flatMap((wave) => versionsIn(wave).slice(-1))
    .flatMap((after) =>
      befores.map((before) => [`${nameOf(before)} → ${nameOf(after)}`, sayItems(inBoth(before, after)) || 'nothing']),
    )
}

function inBoth(before: Instrument, after: Instrument) {
  const questions = new Set(questionsOf(after).map(({ item }) => item))
  return compareVersions(before, after).filter(
    ({ item, comparability }) => questions.has(item) && comparability !== 'new' && comparability !== 'gone',
  )
}

const nameOf = ({ instrument, version }: Instrument): string => `${instrument}@${version}`

/** Items by what has become of them; those that are the same are only counted. */
function sayItems(items: readonly { item: string; comparability: Comparability }[]): string {
  const alike = [...Map.groupBy(items, ({ comparability }) => comparability)]
  return alike
    .map(([comparability, found]) =>
      comparability === 'same'
        ? `${found.length} same`
        : `${found.length} ${comparability} (${found.map(({ item }) => item).join(', ')})`,
    )
    .join('; ')
}

/** Rows with their cells one below the other. */
function table(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}
