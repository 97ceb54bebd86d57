// How a simulated volunteer reacts to a mail and answers a question. Pure: the same person always does the same.
import { z } from 'zod'
import { type Answers, applies } from '../instruments/answers.ts'
import { type Given, RATING } from '../instruments/check-answer.ts'
import type { FittedQuestion } from '../instruments/fit.ts'
import type { Measure } from '../instruments/item.ts'

const share = z.number().min(0).max(1)
const Weights = z.record(z.string(), z.number().min(0))

export const Behaviour = z.strictObject({
  writtenOn: z.string().transform((text) => Temporal.PlainDate.from(text)),
  registers: z.array(z.strictObject({ cohort: z.string(), file: z.string() })).min(1),
  responds: z.record(z.string(), share),
  breaksOff: share,
  optsOut: share,
  after: z.array(share).min(1),
  measures: z.record(
    z.string(),
    z.strictObject({ mean: z.number(), spread: z.number(), change: z.record(z.string(), z.number()) }),
  ),
  choices: z.record(z.string(), z.record(z.string(), Weights)),
  /** A calendar's last month goes with the answer to another item; the months before, now and then with something else. */
  calendars: z.record(
    z.string(),
    z.strictObject({ follows: z.string(), states: z.record(z.string(), z.string()), changes: share }),
  ),
  ratings: z.record(z.string(), z.strictObject({ mean: z.number(), spread: z.number() })),
  declines: share,
})
export type Behaviour = z.infer<typeof Behaviour>

/** A number in [0, 1) that depends on a text and on nothing else. */
export type Chance = (about: string) => number

export type Reaction =
  | { do: 'answer'; afterHours: number; breaksOff: boolean }
  | { do: 'opt out'; afterHours: number }
  | null

/** What one mail makes somebody do: mostly nothing. People differ lastingly in how willing they are to answer. */
export function reactTo(
  mail: { matricule: string; wave: string; contact: number },
  behaviour: Behaviour,
  chance: Chance,
): Reaction {
  const who = `${mail.matricule}|${mail.wave}`
  const afterHours = 1 + 60 * chance(`${who}|${mail.contact}|delay`) ** 2
  if (chance(`${who}|${mail.contact}|opts out`) < behaviour.optsOut) return { do: 'opt out', afterHours }
  const willingness = 0.5 * (chance(`${mail.matricule}|willing`) - 0.5)
  if (chance(`${who}|responds`) >= (behaviour.responds[mail.wave] ?? 0) + willingness) return null
  const place = chance(`${who}|after`)
  const from = behaviour.after.slice(0, mail.contact).reduce((sum, share) => sum + share, 0)
  const answersNow = place >= from && place < from + (behaviour.after[mail.contact] ?? 0)
  return answersNow ? { do: 'answer', afterHours, breaksOff: chance(`${who}|breaks off`) < behaviour.breaksOff } : null
}

export type Asked = {
  item: FittedQuestion
  matricule: string
  wave: string
  measures: readonly Measure[]
  answers: Answers
}

/** What a form would say about an item. An item of a type nobody here knows how to answer is declined. */
export function answerTo(
  { item, matricule, wave, measures, answers }: Asked,
  behaviour: Behaviour,
  chance: Chance,
): Given {
  const about = `${matricule}|${wave}|${item.item}`
  if (!applies(item, answers)) return { values: [] }
  if (!item.routing && chance(`${about}|declines`) < behaviour.declines) return DECLINED
  const weights = behaviour.choices[item.item]?.[wave] ?? behaviour.choices[item.item]?.all
  switch (item.type) {
    case 'likert':
      return says(
        likert(item, { matricule, wave, measures }, behaviour, chance) ?? pick(item.options, weights, chance(about)),
      )
    case 'single':
    case 'country':
      return says(pick<{ code: number | string }>(item.options, weights, chance(about)))
    case 'multiple':
      return several(item, chance, about)
    case 'rating': {
      const { mean, spread } = behaviour.ratings[item.item] ?? { mean: 6, spread: 2 }
      return says(clamp(Math.round(mean + spread * normal(chance, about)), RATING[0]!, RATING.at(-1)!))
    }
    case 'year': {
      const { min, max } = item.usual ?? item
      return says(min + Math.floor((max - min) * (0.8 + 0.15 * chance(about))))
    }
    case 'calendar':
      return calendar(item, answers, behaviour, (of) => chance(`${about}|${of}`))
    case 'text':
      return { values: [] }
    default:
      return item.routing ? { values: [] } : DECLINED
  }
}

const DECLINED: Given = { values: [], declined: true }

const says = (value: number | string): Given => ({ values: [String(value)] })

function likert(
  item: Extract<FittedQuestion, { type: 'likert' }>,
  { matricule, wave, measures }: Pick<Asked, 'matricule' | 'wave' | 'measures'>,
  behaviour: Behaviour,
  chance: Chance,
): number | null {
  const measure = measures.find((one) => one.kind === 'scale' && one.items.includes(item.item))
  const trait = measure && behaviour.measures[measure.measure]
  if (!measure || !trait) return null
  const level =
    trait.mean + trait.spread * normal(chance, `${matricule}|${measure.measure}`) + (trait.change[wave] ?? 0)
  const value = clamp(Math.round(level + 0.7 * normal(chance, `${matricule}|${wave}|${item.item}`)), 1, 5)
  return item.reversed ? 6 - value : value
}

function several({ options }: Extract<FittedQuestion, { type: 'multiple' }>, chance: Chance, about: string): Given {
  const alone = options.filter(({ exclusive }) => exclusive)
  if (alone.length > 0 && chance(`${about}|alone`) < 0.4) return says(pick(alone, undefined, chance(about)))
  const chosen = options.filter(({ code, exclusive }) => !exclusive && chance(`${about}|${code}`) < 0.35)
  return { values: chosen.map(({ code }) => String(code)) }
}

/** At most two periods: what one did until some month, and what one does since. */
function calendar(
  { item, months, carried, states }: Extract<FittedQuestion, { type: 'calendar' }>,
  answers: Answers,
  { calendars }: Behaviour,
  chance: Chance,
): Given {
  const { follows, states: stateOf, changes } = calendars[item] ?? { follows: '', states: {}, changes: 0 }
  const now = stateOf[String(answers[follows])] ?? states.at(-1)!.code
  const before = carried ? String(carried.state) : states[Math.floor(chance('before') * states.length)]!.code
  const isChange = before !== now && months.length > 1 && (carried !== undefined || chance('changes') < changes)
  const last = isChange ? 1 + Math.floor(chance('when') * (months.length - 1)) : 0
  const periods = [
    ...(isChange ? [{ from: months[0]!, to: months[last - 1]!, state: before }] : []),
    { from: months[last]!, to: months.at(-1)!, state: carried && months.length === 1 ? before : now },
  ]
  const parts = periods.flatMap((period, row) =>
    (['from', 'to', 'state'] as const).map((name) => [`${row + 1}.${name}`, [period[name]]] as const),
  )
  return { values: [], parts: Object.fromEntries(parts) }
}

function pick<Option extends { code: number | string }>(
  options: readonly Option[],
  weights: Record<string, number> | undefined,
  at: number,
): Option['code'] {
  const weightOf = ({ code }: Option) => (weights ? (weights[code] ?? 0) : 1)
  let left = at * options.reduce((sum, option) => sum + weightOf(option), 0)
  for (const option of options) {
    left -= weightOf(option)
    if (left < 0) return option.code
  }
  return options.at(-1)!.code
}

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

/** A standard normal draw (Box & Muller, 1958). */
const normal = (chance: Chance, about: string): number =>
  Math.sqrt(-2 * Math.log(1 - chance(`${about}|n1`))) * Math.cos(2 * Math.PI * chance(`${about}|n2`))
