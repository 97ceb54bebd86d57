// What is known of a programme before anybody answers: who runs it, its cohorts, the register's code lists, and the
// groupings that figures are published by.
import { z } from 'zod'
import { Bilingual } from '../platform/i18n.ts'

const Slug = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'a slug is small letters, digits and -')
const Sender = z.strictObject({ name: z.string().min(1), address: z.email(), replyTo: z.email() })

export const Programme = z.strictObject({
  programme: Slug,
  /** Made for the demonstration: its volunteers are simulated and production never loads it. */
  demonstration: z.boolean().default(false),
  name: Bilingual,
  controller: z.strictObject({
    name: z.string().min(1),
    address: z.string().min(1),
    contact: z.email(),
    dataProtectionOfficer: z.email(),
  }),
  legalBasis: z.enum(['public_task', 'legitimate_interest', 'consent']),
  sender: Sender,
  plan: Slug,
  cohorts: z.strictObject({
    /** A phase takes the missions whose matricule begins so. */
    phases: z.array(z.strictObject({ cohort: Slug, matricules: z.string().min(1) })).default([]),
    otherwise: z.literal('planned return year'),
  }),
  publish: z.strictObject({
    by: z.array(z.string()).describe('Dimensions figures are split by, those that matter most first.'),
    changeBy: z.array(z.string()).describe('Of these, the ones that changes over time are split by too.'),
    pairs: z
      .array(z.tuple([z.string(), z.string()]))
      .default([])
      .describe('Dimensions to split by together where the unit is large enough.'),
    weightBy: z
      .array(z.array(z.string()).min(1).max(2))
      .default([])
      .describe('Splits that correct for non-response, the first published one of these.'),
  }),
})

const CODE_LISTS = [
  'dispositif',
  'direction',
  'gender',
  'authorityType',
  'authorityFirstTime',
  'cicid',
  'channel',
] as const
export type CodeList = (typeof CODE_LISTS)[number]

const Category = z.union([
  z.strictObject({ category: z.string(), codes: z.array(z.string()).min(1), label: Bilingual }),
  z.strictObject({ category: z.string(), from: z.int(), to: z.int(), label: Bilingual }),
])
/** Countries by their regions of the world, each the three digits of its UN M49 code. */
const Regions = z.strictObject({
  category: z.string(),
  m49: z.array(z.string().regex(/^\d{3}$/)).min(1),
  label: Bilingual,
})

export const SegmentFile = z.strictObject({
  codeLists: z.record(z.enum(CODE_LISTS), z.array(z.string()).min(1)),
  dimensions: z.array(
    z.strictObject({
      dimension: z.string().regex(/^[a-z_]+$/),
      fact: z.enum([...CODE_LISTS, 'country', 'age', 'months']),
      label: Bilingual,
      categories: z.array(z.union([Category, Regions])).min(2),
    }),
  ),
})

export type Programme = z.infer<typeof Programme>
export type DeclaredDimension = z.infer<typeof SegmentFile>['dimensions'][number]
export type Dimension = Omit<DeclaredDimension, 'categories'> & { categories: z.infer<typeof Category>[] }

/** A dimension as it is declared, its regions as the countries in them: `regions` says each country's region. */
export const inCountries = (dimension: DeclaredDimension, regions: ReadonlyMap<string, string>): Dimension => ({
  ...dimension,
  categories: dimension.categories.map((category) => {
    if (!('m49' in category)) return category
    const { m49, ...rest } = category
    return { ...rest, codes: [...regions].filter(([, region]) => m49.includes(region)).map(([country]) => country) }
  }),
})

export type Frame = {
  programmes: readonly Programme[]
  codeLists: Readonly<Record<CodeList, readonly string[]>>
  dimensions: readonly Dimension[]
  countries: ReadonlySet<string>
}

/** A mission's cohort, fixed when it is first imported: the phase its matricule belongs to, else the year of planned return. */
export function cohortOf(
  { cohorts }: Programme,
  mission: { matricule: string; plannedReturnOn: Temporal.PlainDate },
): string {
  const phase = cohorts.phases.find(({ matricules }) => mission.matricule.startsWith(matricules))
  return phase?.cohort ?? String(mission.plannedReturnOn.year)
}
