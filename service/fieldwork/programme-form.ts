// The form a programme is made with: what is typed in it, what is wrong with that, and the programme it makes. Pure.
import { z } from 'zod'
import { Programme } from '../panel/frame.ts'
import { safeText } from '../platform/safe.ts'

/** The fields of the form, as they are typed; `phases` has a line for each: the cohort, a blank, how its matricules begin. */
export const PROGRAMME_FIELDS = [
  'nameFr',
  'nameEn',
  'programme',
  'controllerName',
  'controllerAddress',
  'controllerContact',
  'dataProtectionOfficer',
  'legalBasis',
  'senderName',
  'senderAddress',
  'senderReplyTo',
  'phases',
] as const
export type ProgrammeField = (typeof PROGRAMME_FIELDS)[number]
export type ProgrammeEntries = Record<ProgrammeField, string>

/** Why a field cannot stay as it is. */
export type ProgrammeFault = 'missing' | 'slug' | 'address' | 'phase' | 'repeated' | 'taken'

export type ReadProgramme =
  | { ok: true; programme: Programme }
  | { ok: false; faults: { field: ProgrammeField; because: ProgrammeFault }[] }

const LONGEST = 200

/** Where each part of a programme is typed. */
const FIELD_OF: Record<string, ProgrammeField> = {
  'name.fr': 'nameFr',
  'name.en': 'nameEn',
  programme: 'programme',
  'controller.name': 'controllerName',
  'controller.address': 'controllerAddress',
  'controller.contact': 'controllerContact',
  'controller.dataProtectionOfficer': 'dataProtectionOfficer',
  legalBasis: 'legalBasis',
  'sender.name': 'senderName',
  'sender.address': 'senderAddress',
  'sender.replyTo': 'senderReplyTo',
}

/**
 * Reads the form; the rest (what figures are split by, whether it is a demonstration) is as in another programme, and
 * its wave plan is one of its own, named like it.
 */
export function readProgramme(
  entries: ProgrammeEntries,
  { like, demonstration }: { like: Pick<Programme, 'publish'>; demonstration: boolean },
): ReadProgramme {
  const typed = Object.fromEntries(
    PROGRAMME_FIELDS.map((field) => [field, entries[field].replaceAll('\r\n', '\n').trim()]),
  ) as ProgrammeEntries
  const phases = typed.phases === '' ? [] : typed.phases.split('\n').map(readPhase)
  const parsed = Programme.safeParse({
    programme: typed.programme,
    demonstration,
    name: { fr: typed.nameFr, en: typed.nameEn },
    controller: {
      name: typed.controllerName,
      address: typed.controllerAddress,
      contact: typed.controllerContact,
      dataProtectionOfficer: typed.dataProtectionOfficer,
    },
    legalBasis: typed.legalBasis,
    sender: { name: typed.senderName, address: typed.senderAddress, replyTo: typed.senderReplyTo },
    plan: typed.programme,
    cohorts: { phases: phases.filter((phase) => phase !== null), otherwise: 'planned return year' },
    publish: like.publish,
  })
  const faults = [
    ...PROGRAMME_FIELDS.filter((field) => !isPlain(typed[field], field)).map((field) => fault(field, 'missing')),
    ...(parsed.error?.issues ?? []).flatMap((issue) => {
      const path = issue.path.join('.')
      const field = FIELD_OF[path] ?? (path.startsWith('cohorts') ? 'phases' : undefined)
      return field ? [fault(field, becauseOf(field, typed[field]))] : []
    }),
    ...(phases.includes(null) ? [fault('phases', 'phase')] : []),
    ...(hasRepeats(phases) ? [fault('phases', 'repeated')] : []),
  ]
  const first = faults.filter(({ field }, index) => faults.findIndex((one) => one.field === field) === index)
  return parsed.success && first.length === 0 ? { ok: true, programme: parsed.data } : { ok: false, faults: first }
}

const fault = (field: ProgrammeField, because: ProgrammeFault) => ({ field, because })

/** Text that can be stored, of a reasonable length, on one line where it is one line. */
const isPlain = (text: string, field: ProgrammeField): boolean =>
  safeText.safeParse(text).success &&
  (field === 'phases' || (text.length <= LONGEST && !/[\p{Cc}\u2028\u2029]/u.test(text)))

function becauseOf(field: ProgrammeField, text: string): ProgrammeFault {
  if (text === '') return 'missing'
  if (field === 'programme') return 'slug'
  if (field === 'phases') return 'phase'
  return ADDRESSES.includes(field) ? 'address' : 'missing'
}

const ADDRESSES: readonly ProgrammeField[] = [
  'controllerContact',
  'dataProtectionOfficer',
  'senderAddress',
  'senderReplyTo',
]

const Phase = z.tuple([z.string().regex(/^[a-z][a-z0-9-]{0,31}$/), z.string().regex(/^\S{1,60}$/)])

function readPhase(line: string): { cohort: string; matricules: string } | null {
  const parsed = Phase.safeParse(line.trim().split(/\s+/))
  return parsed.success ? { cohort: parsed.data[0], matricules: parsed.data[1] } : null
}

const hasRepeats = (phases: readonly ({ cohort: string } | null)[]): boolean => {
  const cohorts = phases.flatMap((phase) => phase?.cohort ?? [])
  return new Set(cohorts).size < cohorts.length
}

/** What the form shows of a programme there is. */
export const entriesOf = (programme: Programme): ProgrammeEntries => ({
  nameFr: programme.name.fr,
  nameEn: programme.name.en,
  programme: programme.programme,
  controllerName: programme.controller.name,
  controllerAddress: programme.controller.address,
  controllerContact: programme.controller.contact,
  dataProtectionOfficer: programme.controller.dataProtectionOfficer,
  legalBasis: programme.legalBasis,
  senderName: programme.sender.name,
  senderAddress: programme.sender.address,
  senderReplyTo: programme.sender.replyTo,
  phases: programme.cohorts.phases.map(({ cohort, matricules }) => `${cohort} ${matricules}`).join('\n'),
})

const NOTHING = Object.fromEntries(PROGRAMME_FIELDS.map((field) => [field, ''])) as ProgrammeEntries

/** What a new programme begins with: whoever runs the one there is probably runs the next. */
export const blankEntries = (like: Programme | undefined): ProgrammeEntries => ({
  ...(like ? entriesOf(like) : NOTHING),
  nameFr: '',
  nameEn: '',
  programme: '',
  phases: '',
})
