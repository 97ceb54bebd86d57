// A wave plan: when each wave opens and closes, and when a member hears from us.
import { z } from 'zod'
import { Bilingual } from '../platform/i18n.ts'

const Duration = z
  .string()
  .refine(isDuration, 'not an ISO 8601 duration such as P1M or -P30D')
  .transform((text) => Temporal.Duration.from(text))
const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const
const MonthDay = z.string().regex(/^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'not a month and day such as 12-20')

export const CONTACT_KINDS = ['invitation', 'reminder'] as const
export type ContactKind = (typeof CONTACT_KINDS)[number]

export const PlanFile = z
  .strictObject({
    plan: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/),
    /** The wave that changes are measured from. */
    baseline: z.string(),
    /** The hour of every mail, in the member's own time zone. */
    sendAt: z
      .string()
      .regex(/^(0[89]|1\d):[0-5]\d$/, 'between 08:00 and 19:59')
      .transform((text) => Temporal.PlainTime.from(text)),
    openingDays: z
      .array(z.enum(DAYS))
      .min(1)
      .transform((days) => days.map((day) => DAYS.indexOf(day) + 1)),
    blackouts: z.array(z.strictObject({ from: MonthDay, to: MonthDay })),
    contacts: z
      .array(
        z.strictObject({
          kind: z.enum(CONTACT_KINDS),
          after: Duration.refine(({ sign }) => sign >= 0, 'a contact comes before the opening'),
        }),
      )
      .min(1),
    waves: z
      .array(
        z.strictObject({
          wave: z.string().regex(/^w\d+$/, 'a wave is w and a number'),
          name: Bilingual,
          /** While surveys/ has no such instrument, the wave is planned and nothing is sent. */
          instrument: z.string(),
          anchor: z.enum(['departure', 'return']),
          opens: Duration,
          closes: z.strictObject({ after: z.enum(['opening', 'departure']), days: z.int().min(7).max(365) }),
          /** The share of eligible members planned for, 0 to 1: it decides which categories are large enough. */
          expectedResponse: z.number().min(0.05).max(1),
        }),
      )
      .min(1),
  })
  .refine(({ baseline, waves }) => waves.some(({ wave }) => wave === baseline), {
    path: ['baseline'],
    message: 'is not one of the waves',
  })
  .refine(({ contacts }) => contacts.every(({ kind }, place) => (kind === 'invitation') === (place === 0)), {
    path: ['contacts'],
    message: 'must be one invitation, then reminders',
  })

export type Plan = z.infer<typeof PlanFile>
export type Wave = Plan['waves'][number]

function isDuration(text: string): boolean {
  try {
    Temporal.Duration.from(text)
    return !/t/i.test(text)
  } catch {
    return false
  }
}

/** The wave of a plan by its name, or undefined: a plan may lose a wave that members still have cases of. */
export const findWave = ({ waves }: Plan, name: string): Wave | undefined => waves.find(({ wave }) => wave === name)
