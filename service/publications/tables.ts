// What a published table holds. Every figure in it is a protected primitive (a count, a sum) or computed from those.
// These schemas are also the API's: a reader finds in the description exactly what is stored.
import { z } from 'zod'
import type { Interval } from '../statistics/intervals.ts'

const figure = z.number().nullable()
const Label = z.object({ fr: z.string(), en: z.string() })
const IntervalFigures = z.object({ low: z.number(), high: z.number() }).nullable()
const CountsByDisposition = z.object({
  I: z.number(),
  P: z.number(),
  R: z.number(),
  NC: z.number(),
  O: z.number(),
  UH: z.number(),
  UO: z.number(),
  NE: z.number(),
})

const RATES = [
  'e',
  ...(['rr1', 'rr2', 'rr3', 'rr4', 'rr5', 'rr6'] as const),
  ...(['coop1', 'coop2', 'coop3', 'coop4'] as const),
  ...(['ref1', 'ref2', 'ref3', 'con1', 'con2', 'con3'] as const),
] as const

const group = {
  category: z.string().describe('ALL, or a category of the dimension in `by`'),
  label: Label,
  state: z.enum(['published', 'suppressed']).describe('suppressed: too few people; every figure is null'),
  flags: z
    .array(z.enum(['caution', 'missing', 'reversed']))
    .describe(
      'caution: under 30 people; missing: over 10 % gave no valid answer; reversed: an item seems not to be turned like the others',
    ),
}

const ResponseCell = z.object({
  ...group,
  eligible: z.number().describe('missions in the frame; public, not perturbed'),
  dispositions: CountsByDisposition.nullable().describe('people by final AAPOR disposition, perturbed'),
  rates: z.record(z.enum(RATES), figure).nullable().describe('AAPOR rates, 0 to 1, from the perturbed dispositions'),
})

const ShareFigures = z.object({
  count: figure.describe('people, perturbed'),
  share: figure.describe('0 to 1, of `base`'),
  atMost: figure.describe('topcoded: the share is at most this'),
  atLeast: figure.describe('topcoded: the share is at least this'),
  interval: IntervalFigures,
})
const PartState = z.enum(['published', 'topcoded', 'suppressed'])

const weightedBy = z
  .string()
  .describe('the split whose groups are weighted: Σ (eligible of group / eligible) · its figure')
/** What a figure would be had every group of a split responded alike. */
const WeightedShare = z.object({ by: weightedBy, share: z.number(), interval: IntervalFigures }).nullable()
const WeightedMean = z.object({ by: weightedBy, estimate: z.number(), interval: IntervalFigures }).nullable()

const ShareCell = z.object({
  code: z.union([z.number(), z.string()]),
  label: Label,
  state: PartState,
  ...ShareFigures.shape,
  pooled: z.number().default(1).describe('how many of the counts drawn are added up in `count`'),
  weighted: WeightedShare.default(null).describe('corrected for who did not respond; total only'),
})

const DistributionCell = z.object({
  ...group,
  n: figure.describe('people with a valid answer, perturbed'),
  base: figure.describe('what shares are of: the sum of the counts drawn, or n where only one side is drawn'),
  declined: figure.describe('people who preferred not to answer, perturbed'),
  leftBlank: figure.describe('people who saw the question and left it blank, perturbed'),
  dontKnow: figure
    .default(null)
    .describe('people who do not know, perturbed; null where not knowing was not offered, and in older tables'),
  notReached: figure
    .default(null)
    .describe('people who broke off before the question, perturbed; null in older tables'),
  shares: z.array(ShareCell),
})

/** One share among `base` people. */
const PartCell = z.object({
  ...group,
  state: PartState.describe('suppressed: too few people; topcoded: as good as nobody, or everybody'),
  base: figure.describe('people the share is of, perturbed'),
  ...ShareFigures.shape,
  weighted: WeightedShare,
})

const MeanCell = z.object({
  ...group,
  n: figure.describe('people with a score, perturbed'),
  sum: figure.describe('sum of (score − centre), perturbed'),
  sumOfSquares: figure.describe('sum of (score − centre)², perturbed'),
  estimate: figure.describe('centre + sum/n'),
  sd: figure,
  interval: IntervalFigures,
  weighted: WeightedMean.default(null).describe('corrected for who did not respond; total only'),
})

/** The mean of one of the two waves, over the people of the change. */
const WaveMean = z.object({ sum: figure, sumOfSquares: figure, estimate: figure, interval: IntervalFigures }).nullable()

const ChangeCell = MeanCell.omit({ weighted: true }).extend({
  dz: figure.describe('mean difference in standard deviations of the differences'),
  gz: figure.default(null).describe('dz corrected for small samples (Hedges)'),
  dzInterval: IntervalFigures.default(null),
  before: WaveMean.default(null).describe('at `from`: sums perturbed; null in older tables'),
  after: WaveMean.default(null).describe('at `to`: its sum is that of before plus that of the change'),
})

const ShareChangeCell = z.object({
  ...group,
  n: figure.describe('people with a valid answer at both waves: the sum of the four counts'),
  both: figure.describe('people in the share at both waves, perturbed'),
  lost: figure.describe('at `from` only, perturbed'),
  gained: figure.describe('at `to` only, perturbed'),
  neither: figure.describe('at neither, perturbed'),
  before: figure.describe('share at `from`, 0 to 1'),
  after: figure.describe('share at `to`, 0 to 1'),
  estimate: figure.describe('after − before'),
  interval: IntervalFigures,
})

const RecommendationCell = z.object({
  ...group,
  n: figure.describe('the sum of the three counts'),
  promoters: figure.describe('people who answered 9 or 10, perturbed'),
  passives: figure.describe('7 or 8, perturbed'),
  detractors: figure.describe('0 to 6, perturbed'),
  estimate: figure.describe('100 · (promoters − detractors) / n, −100 to 100'),
  standardError: figure,
  interval: IntervalFigures,
})

const Sums = z.object({ sum: figure, sumOfSquares: figure })
const ReliabilityCell = z.object({
  ...group,
  n: figure.describe('people who answered every item of the scale, perturbed'),
  items: z
    .array(Sums.extend({ item: z.string() }))
    .describe('of each item, 1 to 5 after reversing: sums of (x − 3) and (x − 3)², perturbed'),
  total: Sums.describe('of the sum of the items, around 3 times their number'),
  alpha: figure.describe("Cronbach's α, to two decimals"),
})

const TransitionRow = z.object({
  from: z.string(),
  label: Label,
  state: z.enum(['published', 'suppressed']),
  n: figure.describe('people in this state at the earlier wave: the sum of the counts of the row'),
  shares: z.array(ShareCell.omit({ pooled: true, weighted: true })),
})
const TransitionCell = z.object({ ...group, rows: z.array(TransitionRow) })

const LifeInterval = z.object({
  from: z.number(),
  to: z.number().describe('whole months since the month of return: from ≤ month < to'),
  state: z.enum(['published', 'suppressed']),
  atRisk: figure.describe('people observed in the interval without the event before it, perturbed'),
  events: figure.describe('people whose event falls in it, perturbed'),
  censored: figure.describe('people observed for part of it only, without the event, perturbed'),
  share: figure.describe('people with the event before `to`, 0 to 1 (actuarial)'),
  interval: IntervalFigures,
})
const SurvivalCell = z.object({
  ...group,
  n: figure.describe('people at risk at the start'),
  intervals: z.array(LifeInterval),
})

const RetentionCell = z.object({
  ...group,
  eligible: z.number().describe('members due for this wave; public, not perturbed'),
  n: figure.describe('people who responded at this wave, perturbed'),
  withFirst: figure.describe('who had responded at the first wave too, perturbed'),
  withPrevious: figure.describe('who had responded at the wave before too, perturbed'),
  balanced: figure.describe('who had responded at every wave up to this one, perturbed'),
  waveRate: figure.describe('n / eligible'),
  retention: figure.describe('withFirst / n of the first wave'),
  balancedShare: figure.describe('balanced / n of the first wave'),
  hazard: figure.describe('1 − withPrevious / n of the wave before'),
})

const Arm = MeanCell.pick({ n: true, sum: true, sumOfSquares: true, estimate: true, sd: true })
const ComparisonCell = z.object({
  ...group,
  volunteers: Arm,
  comparison: Arm,
  estimate: figure.describe('change of the volunteers − change of the comparison group, in points'),
  interval: IntervalFigures,
  d: figure.describe('estimate in pooled standard deviations of the changes'),
  g: figure.describe('d corrected for small samples (Hedges)'),
})
const Part = z.object({ n: figure.describe('respondents, perturbed'), count: figure.describe('of these, perturbed') })
const BalanceCell = z.object({
  ...group,
  dimension: z.string(),
  dimensionLabel: Label,
  volunteers: Part,
  comparison: Part,
  difference: figure.describe('standardised difference of the two shares; under 0.1 they are alike'),
})
const RegisterCell = z.object({
  ...group,
  indicator: z.string(),
  indicatorLabel: Label,
  counted: z.enum(['missions', 'authorities', 'countries']),
  n: figure,
  count: figure.describe('exact, from the register; null under 10 people'),
  share: figure.describe('0 to 1, of n'),
})

const common = {
  publication: z.string(),
  table: z.string(),
  by: z
    .string()
    .describe('total, a dimension the unit is split by, or two with a comma; sensitive items have the total only'),
  label: Label,
  method: z.string(),
  confidence: z.literal(0.95),
  noise: z
    .object({ table: z.string(), D: z.number(), V: z.number() })
    .describe('perturbation table: largest change of a count, variance'),
  instruments: z.array(z.string()).describe('instrument versions answered'),
}

const ofItems = {
  ...common,
  comparability: z
    .enum(['same', 'reworded'])
    .optional()
    .describe('reworded: its people answered versions that ask in other words; absent in older tables'),
}
const ofTwoWaves = { ...ofItems, from: z.string(), to: z.string() }
const scaled = { centre: z.number(), range: z.number() }
const drawn = z.number().describe('counts drawn for each cell, of which shares are made')

export const PublishedTable = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('response'), cells: z.array(ResponseCell) }),
  z.object({ ...common, kind: z.literal('retention'), cells: z.array(RetentionCell) }),
  z.object({
    ...ofItems,
    kind: z.literal('distribution'),
    drawn: drawn.optional(),
    cells: z.array(DistributionCell),
  }),
  z.object({ ...ofItems, kind: z.literal('multiple'), cells: z.array(DistributionCell) }),
  z.object({
    ...ofItems,
    kind: z.literal('share'),
    item: z.string(),
    codes: z.array(z.number()).describe('the answers counted in'),
    drawn,
    cells: z.array(PartCell),
  }),
  z.object({ ...ofItems, ...scaled, kind: z.literal('mean'), cells: z.array(MeanCell) }),
  z.object({ ...ofItems, ...scaled, kind: z.literal('reliability'), cells: z.array(ReliabilityCell) }),
  z.object({ ...ofItems, kind: z.literal('recommendation'), cells: z.array(RecommendationCell) }),
  z.object({
    ...ofTwoWaves,
    ...scaled,
    kind: z.literal('change'),
    comparedWith: z
      .string()
      .nullable()
      .default(null)
      .describe(
        'the table that sets it against a comparison group; without one, it cannot be put down to the programme',
      ),
    cells: z.array(ChangeCell),
  }),
  z.object({ ...ofTwoWaves, kind: z.literal('share change'), cells: z.array(ShareChangeCell) }),
  z.object({ ...ofTwoWaves, kind: z.literal('transition'), cells: z.array(TransitionCell) }),
  z.object({ ...ofTwoWaves, ...scaled, kind: z.literal('comparison'), cells: z.array(ComparisonCell) }),
  z.object({ ...common, kind: z.literal('balance'), cells: z.array(BalanceCell) }),
  z.object({ ...ofItems, kind: z.literal('survival'), cells: z.array(SurvivalCell) }),
  z.object({ ...ofItems, kind: z.literal('states'), drawn, cells: z.array(DistributionCell) }),
  z.object({ ...common, kind: z.literal('register'), cells: z.array(RegisterCell) }),
])

const KINDS = PublishedTable.options.map(({ shape }) => shape.kind.value)

const Refusal = z.object({
  table: z.string(),
  label: Label,
  because: z.literal('incomparable versions'),
  items: z.array(
    z.object({
      item: z.string(),
      comparability: z
        .enum(['options changed', 'new', 'gone'])
        .describe('options changed: other answers, or asked of others; new, gone: asked in one of the versions only'),
    }),
  ),
})

const ReleasePlan = z.object({
  candidates: z.array(z.string()).describe('the splits that were considered, in their order'),
  accepted: z.array(z.string()),
  refused: z.array(z.string()).describe('would have let answers be worked out'),
  waves: z.number().describe('releases that measure one answer, over which the cumulative leverage is taken'),
  leverage: z.number().describe('largest share of one answer that this publication explains, 0 to 1'),
  cumulativeLeverage: z.number().describe('and that all releases together explain'),
  sha256: z.string().describe('of the accepted splits, and who is where in them'),
})

export const Manifest = z.object({
  publication: z.string(),
  status: z
    .enum(['final', 'provisional'])
    .describe('provisional: released once before everybody could answer; the final one replaces it'),
  programme: z.string(),
  cohort: z.string(),
  wave: z.string(),
  names: z
    .object({ programme: Label, wave: Label, baseline: Label.nullable(), splits: z.record(z.string(), Label) })
    .optional()
    .describe('how the programme, the waves and the splits are called; absent in older publications'),
  baseline: z.string().nullable().describe('the wave changes are measured from'),
  publishedOn: z.string(),
  eligible: z.number().describe('missions in the frame; public'),
  instruments: z.array(z.string()),
  noise: common.noise.extend({ cellKey: z.string().describe('fingerprint of the key the noise was drawn with') }),
  plan: ReleasePlan.optional().describe('how the splits were chosen; absent in older publications'),
  tables: z.array(
    z.object({
      table: z.string(),
      kind: z.enum(KINDS),
      label: Label,
      by: z.array(z.object({ by: z.string(), sha256: z.string() })),
    }),
  ),
  refused: z
    .array(Refusal)
    .default([])
    .describe('tables not computed, because their people answered versions that cannot be compared'),
})

export type PublishedTable = z.infer<typeof PublishedTable>
/** The published tables of one kind. */
export type TableOf<Kind extends PublishedTable['kind']> = Extract<PublishedTable, { kind: Kind }>
export type CellOf<Kind extends PublishedTable['kind']> = TableOf<Kind>['cells'][number]
export type Manifest = z.infer<typeof Manifest>
export type Refusal = z.infer<typeof Refusal>
export type ShareCell = z.infer<typeof ShareCell>
export type ResponseCell = CellOf<'response'>
export type DistributionCell = CellOf<'distribution'>
export type MeanCell = CellOf<'mean'>
export type ChangeCell = CellOf<'change'>
export type Flag = ChangeCell['flags'][number]

/** Six decimals: more than the noise leaves meaning in, and the same on every machine. */
export const round = (value: number): number => Math.round(value * 1e6) / 1e6 || 0
export const roundInterval = (interval: Interval | null): Interval | null =>
  interval && { low: round(interval.low), high: round(interval.high) }
