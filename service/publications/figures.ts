// The figures of a unit that are made of items: distributions, means and changes, by the versions people answered. Draws
// their primitives; whether and how far that is done is decided elsewhere.
import type { RecordKey } from '../disclosure/cell-key.ts'
import type { createProtector } from '../disclosure/protect.ts'
import { allOf, derive, type Protected, together } from '../disclosure/protected.ts'
import { type Answer, codedAnswer, isValid, MISSING, questionsOf } from '../instruments/answers.ts'
import { type Instrument, itemsScored, measuresOf, type Question } from '../instruments/instrument.ts'
import type { Measure } from '../instruments/item.ts'
import { rangeOf, score } from '../instruments/scoring.ts'
import type { Dimension } from '../panel/frame.ts'
import type { Bilingual } from '../platform/i18n.ts'
import { changeCell, distributionCell, meanCell } from './estimates.ts'
import type { PublishedTable } from './tables.ts'
import { type Given, head, keysOf, type Respondent, respondentsOf, type Split, type Unit } from './unit.ts'
import { asksAny, type Pair, pairsBetween, pairsWithin } from './versions.ts'

export type Protector = ReturnType<typeof createProtector>

/** What is decided of a figure before any of it is drawn. */
type Made = { comparability: 'same' | 'reworded'; sensitive: boolean }

/** A figure that may be published, with all that decides whether it is and how far it is split. */
export type Figure = {
  table: string
  label: Bilingual
  /** What it is made of. */
  items: readonly string[]
  /** The versions its people answered. */
  pairs: readonly Pair[]
  by: readonly Dimension[]
  draw(split: Split, made: Made): Protected<PublishedTable>
}

/** What every figure is made from: the unit, whoever responded, and the versions they answered, the newest first. */
type Source = { unit: Unit; respondents: readonly Respondent[]; versions: readonly Instrument[]; protector: Protector }

/** Every figure of what the respondents were asked, in the words of the newest version that asks it. */
export function figuresOf(unit: Unit, protector: Protector): Figure[] {
  const respondents = respondentsOf(unit)
  const versions = [...new Set(respondents.map(({ given }) => given.instrument))].toSorted(newestFirst)
  const source = { unit, respondents, versions, protector }
  const choices = versions
    .flatMap(questionsOf)
    .filter(isChoice)
    // Asked later of those alone who had not answered before, it would say nothing of the unit.
    .filter(({ once }) => !once || unit.baselineWave === null)
    .filter(({ item }, place, all) => all.findIndex((other) => other.item === item) === place)
  const measures = unit.measures.filter((measure) => versions.some((version) => measuresOf(version, [measure])[0]))
  const compared = measures.filter((measure) => measure.kind === 'scale' && mayChange(measure, respondents))
  return [
    ...choices.map((item) => distributionOf(item, source)),
    ...measures.map((measure) => meanOf(measure, source)),
    ...(unit.baselineWave === null ? [] : compared.map((measure) => changeOf(measure, unit.baselineWave!, source))),
  ]
}

/** Whether the baseline asked anybody any of it: nobody expects a change of what was not asked before. */
function mayChange(measure: Measure, respondents: readonly Respondent[]): boolean {
  const pairs = pairsAnswered(respondents)
  return pairs.length === 0 || pairs.some(([before]) => asksAny(before, itemsScored(measure)))
}

const newestFirst = (a: Instrument, b: Instrument): number =>
  b.version - a.version || (a.instrument < b.instrument ? -1 : 1)

type Choice = Extract<Question, { type: 'single' | 'likert' }>
const isChoice = (item: Question): item is Choice => item.type === 'single' || item.type === 'likert'

function distributionOf(item: Choice, { unit, respondents, versions, protector }: Source): Figure {
  const heading = { table: `item.${item.item}`, label: { fr: item.text.fr, en: item.text.en } }
  const method = 'Shares of valid answers; Wilson 95 % interval on the n that sampling and noise leave'
  const options = item.options.map(({ code, fr, en }) => ({ code, label: { fr, en } }))
  const asked = askedOf(item.item, respondents, versions)
  return {
    ...heading,
    items: [item.item],
    pairs: pairsWithin([item.item], versions),
    by: unit.by,
    draw(split, { comparability, sensitive }) {
      const cells = split.groups.map((group) => {
        const people = asked.filter(({ member }) => split.groupOf(member) === group.category)
        const gave = (test: (answer: Answer) => boolean) =>
          protector.count(keysOf(people.filter(({ answer }) => test(answer)).map(({ member }) => member)))
        const coded = (code: number) => gave((answer) => answer === code)
        const primitives = together({
          n: gave(isValid),
          counts: allOf(options.map(({ code }) => coded(code))),
          declined: coded(MISSING.declined),
          leftBlank: coded(MISSING.leftBlank),
          dontKnow: coded(MISSING.dontKnow),
          notReached: coded(MISSING.notReached),
        })
        return derive(primitives, ({ dontKnow, ...drawn }) => {
          const offered = { ...drawn, dontKnow: item.dontKnow ? dontKnow : null }
          return distributionCell(group, options, unit.noise.V, offered, sensitive)
        })
      })
      const top = head(unit, split, { ...heading, method })
      return derive(allOf(cells), (cells) => ({ ...top, comparability, kind: 'distribution', cells }))
    },
  }
}

type Asked = { member: Respondent; answer: Answer }

/** Whoever was asked an item by the version they answered, each with their answer or why there is none. */
function askedOf(code: string, respondents: readonly Respondent[], versions: readonly Instrument[]): Asked[] {
  const questions = new Map(
    versions.map((version) => [version, questionsOf(version).find(({ item }) => item === code)]),
  )
  return respondents.flatMap((member) => {
    const question = questions.get(member.given.instrument)
    return question ? [{ member, answer: codedAnswer(question, member.given.answers) }] : []
  })
}

function meanOf(measure: Measure, { unit, respondents, versions, protector }: Source): Figure {
  const { low, high } = rangeOf(measure)
  const scale = { centre: (low + high) / 2, range: high - low }
  const heading = { table: `mean.${measure.measure}`, label: measure.label }
  const method = `Mean score, ${low} to ${high}; 95 % t interval including the noise`
  const items = itemsScored(measure)
  return {
    ...heading,
    items,
    pairs: pairsWithin(items, versions),
    by: unit.by,
    draw(split, { comparability, sensitive }) {
      const cells = split.groups.map((group) => {
        const members = respondents.filter((member) => split.groupOf(member) === group.category)
        const scored = members.flatMap(({ key, given }) => valued(key, scoreOf(measure, given)))
        return derive(moments(protector, measure.measure, scored, scale), (primitives) =>
          meanCell(group, scale, unit.noise.V, primitives, sensitive),
        )
      })
      const top = head(unit, split, { ...heading, method })
      return derive(allOf(cells), (cells) => ({ ...top, comparability, kind: 'mean', ...scale, cells }))
    },
  }
}

/** Differences are centred on no change; their noise is scaled to the measure's own range. */
function changeOf(measure: Measure, from: string, { unit, respondents, protector }: Source): Figure {
  const { low, high } = rangeOf(measure)
  const scale = { centre: 0, range: high - low }
  const heading = { table: `change.${measure.measure}`, label: measure.label }
  const method = `Mean difference ${unit.wave} − ${from} of the people who answered both; 95 % t interval including the noise; dz = mean/sd`
  const items = itemsScored(measure)
  return {
    ...heading,
    items,
    pairs: pairsBetween(items, pairsAnswered(respondents)),
    by: unit.changeBy,
    draw(split, { comparability, sensitive }) {
      const cells = split.groups.map((group) => {
        const members = respondents.filter((member) => split.groupOf(member) === group.category)
        const changed = members.flatMap(({ key, given, baseline }) =>
          valued(key, baseline && difference(measure, given, baseline)),
        )
        return derive(moments(protector, `${measure.measure}.change`, changed, scale), (primitives) =>
          changeCell(group, scale, unit.noise.V, primitives, sensitive),
        )
      })
      const top = head(unit, split, { ...heading, method })
      const waves = { from, to: unit.wave }
      return derive(allOf(cells), (cells) => ({ ...top, comparability, kind: 'change', ...scale, ...waves, cells }))
    },
  }
}

/** The versions that the same people answered at the baseline and now, each pair once. */
function pairsAnswered(respondents: readonly Respondent[]): Pair[] {
  const byBaseline = Map.groupBy(respondents, ({ baseline }) => baseline?.instrument)
  return [...byBaseline].flatMap(([before, members]) =>
    before ? [...new Set(members.map(({ given }) => given.instrument))].map((after): Pair => [before, after]) : [],
  )
}

type Valued = { key: RecordKey; value: number }
const valued = (key: RecordKey, value: number | null): Valued[] => (value === null ? [] : [{ key, value }])
const scoreOf = (measure: Measure, { instrument, answers }: Given) => score(measure, instrument, answers)

function difference(measure: Measure, now: Given, before: Given): number | null {
  const [after, earlier] = [scoreOf(measure, now), scoreOf(measure, before)]
  return after === null || earlier === null ? null : after - earlier
}

function moments(
  protector: Protector,
  name: string,
  people: readonly Valued[],
  { centre, range }: { centre: number; range: number },
) {
  const keys = keysOf(people)
  const drawn = protector.moments({ name, keys, values: people.map(({ value }) => value), centre, range })
  return derive(together({ n: protector.count(keys), drawn }), ({ n, drawn }) => ({ n, ...drawn }))
}
