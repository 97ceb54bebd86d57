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

const group = {
  category: z.string().describe('ALL, or a category of the dimension in `by`'),
  label: Label,
  state: z.enum(['published', 'suppressed']).describe('suppressed: too few people; every figure is null'),
  flags: z
    .array(z.enum(['caution', 'missing']))
    .describe('caution: under 30 people; missing: over 10 % gave no valid answer'),
}

const ResponseCell = z.object({
  ...group,
  eligible: z.number().describe('missions in the frame; public, not perturbed'),
  dispositions: CountsByDisposition.nullable().describe('people by final AAPOR disposition, perturbed'),
  rates: z.record(z.string(), figure).nullable().describe('AAPOR rates, 0 to 1, from the perturbed dispositions'),
})

const ShareCell = z.object({
  code: z.number(),
  label: Label,
  state: z.enum(['published', 'topcoded', 'suppressed']),
  count: figure.describe('people, perturbed'),
  share: figure.describe('0 to 1, of `base`'),
  atMost: figure.describe('topcoded: the share is at most this'),
  atLeast: figure.describe('topcoded: the share is at least this'),
  interval: IntervalFigures,
})

const DistributionCell = z.object({
  ...group,
  n: figure.describe('people with a valid answer, perturbed'),
  base: figure.describe('what shares are of: the sum of the counts of every option, or n where there are two'),
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

const MeanCell = z.object({
  ...group,
  n: figure.describe('people with a score, perturbed'),
  sum: figure.describe('sum of (score − centre), perturbed'),
  sumOfSquares: figure.describe('sum of (score − centre)², perturbed'),
  estimate: figure.describe('centre + sum/n'),
  sd: figure,
  interval: IntervalFigures,
})

const ChangeCell = MeanCell.extend({ dz: figure.describe('mean difference in standard deviations of the differences') })

const common = {
  publication: z.string(),
  table: z.string(),
  by: z.string().describe('total, or the dimension the unit is split by; sensitive items have the total only'),
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

export const PublishedTable = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('response'), cells: z.array(ResponseCell) }),
  z.object({ ...ofItems, kind: z.literal('distribution'), cells: z.array(DistributionCell) }),
  z.object({ ...ofItems, kind: z.literal('mean'), centre: z.number(), range: z.number(), cells: z.array(MeanCell) }),
  z.object({
    ...ofItems,
    kind: z.literal('change'),
    centre: z.number(),
    range: z.number(),
    from: z.string(),
    to: z.string(),
    cells: z.array(ChangeCell),
  }),
])

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

export const Manifest = z.object({
  publication: z.string(),
  status: z.literal('final'),
  programme: z.string(),
  cohort: z.string(),
  wave: z.string(),
  baseline: z.string().nullable().describe('the wave changes are measured from'),
  publishedOn: z.string(),
  eligible: z.number().describe('missions in the frame; public'),
  instruments: z.array(z.string()),
  noise: common.noise.extend({ cellKey: z.string().describe('fingerprint of the key the noise was drawn with') }),
  tables: z.array(
    z.object({
      table: z.string(),
      kind: z.enum(['response', 'distribution', 'mean', 'change']),
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
export type Manifest = z.infer<typeof Manifest>
export type Refusal = z.infer<typeof Refusal>
export type ResponseCell = z.infer<typeof ResponseCell>
export type ShareCell = z.infer<typeof ShareCell>
export type DistributionCell = z.infer<typeof DistributionCell>
export type MeanCell = z.infer<typeof MeanCell>
export type ChangeCell = z.infer<typeof ChangeCell>
export type Flag = ChangeCell['flags'][number]

/** Six decimals: more than the noise leaves meaning in, and the same on every machine. */
export const round = (value: number): number => Math.round(value * 1e6) / 1e6 || 0
export const roundInterval = (interval: Interval | null): Interval | null =>
  interval && { low: round(interval.low), high: round(interval.high) }
