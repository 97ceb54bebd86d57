// The codebook of a publication: every question in its words, every code, and how scores, indicators and groups are made.
import { MISSING, questionsOf } from '../instruments/answers.ts'
import type { Bank, Instrument, Question } from '../instruments/instrument.ts'
import type { Dimension } from '../panel/frame.ts'
import { respondentsOf, type Unit } from './unit.ts'

/** What a codebook holds, as it is frozen with its publication. */
export function codebookOf(unit: Unit, { measures, indicators }: Bank, dimensions: readonly Dimension[]) {
  const versions = new Set<Instrument>()
  for (const { given, baseline } of respondentsOf(unit)) {
    versions.add(given.instrument)
    if (baseline) versions.add(baseline.instrument)
  }
  return {
    publication: unit.publication,
    missing: MISSING,
    instruments: [...versions]
      .map((version) => ({
        instrument: version.instrument,
        version: version.version,
        questions: questionsOf(version).map(described),
      }))
      .toSorted((a, b) => (`${a.instrument}@${a.version}` < `${b.instrument}@${b.version}` ? -1 : 1)),
    measures,
    indicators,
    dimensions: dimensions.filter((dimension) => unit.by.includes(dimension)),
  }
}

/** A question without the list of all countries, which are codes of ISO 3166-1. */
const described = (question: Question): object =>
  question.type === 'country' ? { ...question, options: 'ISO 3166-1 alpha-3' } : question
