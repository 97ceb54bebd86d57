// A wave plan: when each wave opens and closes, and when a member hears from us.
import { z } from 'zod'
import { Bilingual, LANGUAGES } from '../platform/i18n.ts'
import { inBlackout } from './dates.ts'

const Duration = z
  .string()
  .refine(isDuration, 'not an ISO 8601 duration such as P1M or -P30D')
  .transform((text) => Temporal.Duration.from(text))
  .refine(isWithinReach, 'longer than fifty years')
const Forward = Duration.refine(({ sign }) => sign >= 0, 'a duration that does not go back')
const DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const
const MonthDay = z
  .string()
  .regex(/^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'not a month and day such as 12-20')
  .refine(isInCalendar, 'not a day that there is')
const MOST_LETTERS = 60

/** What a wave is called, in mails too: one line. */
const WaveName = Bilingual.superRefine((both, context) => {
  for (const language of LANGUAGES)
    if (both[language].length > MOST_LETTERS || /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(both[language]))
      context.addIssue({
        code: 'custom',
        path: [language],
        message: `not one line of at most ${MOST_LETTERS} characters that can all be seen`,
      })
})

/** What asks for an answer to a wave: the plan says when, and how many at most. */
export const CONTACT_KINDS = ['invitation', 'reminder', 'resume', 'lastCall'] as const
export type ContactKind = (typeof CONTACT_KINDS)[number]

/** Every mail a plan knows: those, the thanks after an answer, and the question between waves whether an address still holds. */
export const PLANNED_KINDS = [...CONTACT_KINDS, 'thanks', 'contactUpdate'] as const
export type PlannedKind = (typeof PLANNED_KINDS)[number]

export const LATE_ENROLMENT = ['next due wave', 'latest missed wave', 'none'] as const
export type LateEnrolment = (typeof LATE_ENROLMENT)[number]

const Contact = z.union([
  z.strictObject({ kind: z.enum(['invitation', 'reminder']), after: Forward }),
  z.strictObject({ kind: z.literal('lastCall'), before: Forward }),
])

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
    /** One invitation, then reminders so long after the opening, then perhaps a last call so long before the close. */
    contacts: z.array(Contact).min(1),
    /** Whoever has begun and stopped hears this, so long after beginning, instead of the next reminder: once a wave. */
    resume: z.strictObject({ after: Forward }).optional(),
    /** Whoever has answered is thanked, so long after. */
    thanks: z.strictObject({ after: Forward }).optional(),
    /** Asks whether the address still holds, so long before an opening that comes so long after the one before it. */
    contactUpdate: z.strictObject({ before: Forward, apart: Forward }).optional(),
    atMost: z.strictObject({
      /** Mails that ask for an answer, a wave. */
      perWave: z.int().min(1).max(10),
      /** Mails of every planned kind to one person within 24 hours. */
      per24Hours: z.int().min(1).max(3),
    }),
    late: z.strictObject({
      /** The share of the field period during which an invitation that could not go out in time still may. */
      invitation: z.number().min(0.1).max(1),
      /** Which wave is asked of somebody who is registered after it should have been. */
      enrolled: z.enum(LATE_ENROLMENT),
    }),
    waves: z
      .array(
        z.strictObject({
          wave: z.string().regex(/^w\d+$/, 'a wave is w and a number'),
          name: WaveName,
          /** While surveys/ has no such instrument, or none is named, the wave is planned and nothing is sent. */
          instrument: z
            .string()
            .regex(/^([a-z][a-z0-9-]{0,31})?$/, 'an instrument is named in small letters, digits and -'),
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
    when: unless(/^(baseline|waves(\.\d+(\.wave)?)?)?$/),
  })
  .refine(({ waves }) => new Set(waves.map(({ wave }) => wave)).size === waves.length, {
    path: ['waves'],
    message: 'must not have a wave twice',
    when: unless(/^(waves(\.\d+(\.wave)?)?)?$/),
  })
  .refine(({ blackouts }) => leavesRoom(blackouts), {
    path: ['blackouts'],
    message: 'must leave two weeks in a row of every year',
    when: unless(/^(blackouts.*)?$/),
  })
  .refine(({ contacts }) => /^invitation( reminder)*( lastCall)?$/.test(contacts.map(({ kind }) => kind).join(' ')), {
    path: ['contacts'],
    message: 'must be one invitation, then reminders, then at most one last call',
    when: unless(/^(contacts.*)?$/),
  })
  .refine(({ contacts }) => contacts.every((contact) => contact.kind !== 'invitation' || contact.after.blank), {
    path: ['contacts'],
    message: 'must have the invitation on the day of the opening: P0D',
    when: unless(/^(contacts.*)?$/),
  })
  .refine(({ contacts }) => contacts.every((contact, index) => isLater(contact, contacts[index - 1])), {
    path: ['contacts'],
    message: 'must have each reminder later than the one before',
    when: unless(/^(contacts.*)?$/),
  })

/** `version`: which of those published; none for one that is only in its file. */
export type Plan = z.infer<typeof PlanFile> & { version?: number }
export type Wave = Plan['waves'][number]

/**
 * Asks a rule about some parts whenever these can be read, whatever else is wrong: everything is told at once. `broken`
 * are the places at which a fault leaves nothing to ask about.
 */
function unless(broken: RegExp) {
  return ({ issues }: z.core.ParsePayload): boolean => !issues.some(({ path = [] }) => broken.test(path.join('.')))
}

/** Whether a reminder comes after what stands before it; months are as long as they are from New Year on. */
export function isLater(contact: z.infer<typeof Contact>, before: z.infer<typeof Contact> | undefined): boolean {
  if (contact.kind !== 'reminder' || !before || before.kind === 'lastCall') return true
  return Temporal.Duration.compare(before.after, contact.after, { relativeTo: '2027-01-01' }) < 0
}

function isDuration(text: string): boolean {
  try {
    Temporal.Duration.from(text)
    return !/t/i.test(text)
  } catch {
    return false
  }
}

const FURTHEST = { months: 12 * 50, days: 366 * 50 }

/** Dates that calendars have no room for must not be reckoned with. */
function isWithinReach({ years, months, weeks, days }: Temporal.Duration): boolean {
  return Math.abs(12 * years + months) <= FURTHEST.months && Math.abs(7 * weeks + days) <= FURTHEST.days
}

/** Whether a month has that day, both written MM-DD: in leap years, for February. There is nothing to say of no month. */
function isInCalendar(monthDay: string): boolean {
  const [month, day] = monthDay.split('-').map(Number)
  const isMonth = month! >= 1 && month! <= 12
  return !isMonth || day! <= Temporal.PlainYearMonth.from({ year: 2028, month: month! }).daysInMonth
}

const ENOUGH = 14

/** Whether two weeks in a row are never blacked out: then some day of every year is, whatever days a plan opens on. */
function leavesRoom(blackouts: { from: string; to: string }[]): boolean {
  const first = Temporal.PlainDate.from('2027-01-01')
  let inARow = 0
  for (let day = 0; day < 365 + ENOUGH; day++) {
    inARow = inBlackout(first.add({ days: day }), { blackouts }) ? 0 : inARow + 1
    if (inARow === ENOUGH) return true
  }
  return false
}

/** The wave of a plan by its name, or undefined: a plan may lose a wave that members still have cases of. */
export const findWave = ({ waves }: Plan, name: string): Wave | undefined => waves.find(({ wave }) => wave === name)
