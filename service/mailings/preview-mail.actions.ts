// Shows a mail as a member, or somebody invented, would get it, and sends it to whoever looks at it; its personal links open nothing, so that
// nobody answers or stops mail in the member's place.
import { mostQuestions } from '../instruments/instrument.ts'
import type { Programme } from '../panel/frame.ts'
import { recordEvent } from '../platform/audit.queries.ts'
import { dayOf } from '../platform/clock.ts'
import { type Language, wordsIn } from '../platform/i18n.ts'
import { emailAddress } from '../platform/safe.ts'
import { rowId } from '../platform/secrets.ts'
import { askedIn, type Deps, mailTextsOf, planOf } from '../waves/deps.ts'
import { OPENS_NOTHING } from '../waves/mail-links.ts'
import { findWave, type Wave } from '../waves/plan.ts'
import type { MailKind } from './delivery.ts'
import { type PlannedMailProps, plannedMail } from './planned.mails.tsx'
import { findDates, findMember } from './preview.queries.ts'

export type PreviewInput = {
  /** Needed when there are several. */
  programme?: string | undefined
  /** Left out: somebody invented. */
  matricule?: string | undefined
  wave: string
  kind: string
  /** The first, the second … of its kind. */
  number: number
  /** The member's own unless given; French for somebody invented. */
  language?: Language | undefined
  /** Where to send it, if anywhere. */
  to?: string | undefined
  actor: string
}

export type Previewed = { subject: string; text: string; html: string }

export type NoPreview =
  | { ok: false; because: 'unknown programme' | 'which programme'; programmes: string[] }
  | { ok: false; because: 'unknown kind'; kinds: string[] }
  | { ok: false; because: 'unknown wave'; waves: string[] }
  | { ok: false; because: 'no instrument' | 'unknown member' | 'not planned' | 'malformed address' }
  | { ok: false; because: 'not sent'; code: string }
export type PreviewOutcome = ({ ok: true } & Previewed) | NoPreview

export type PreviewDeps = Pick<
  Deps,
  'db' | 'clock' | 'config' | 'mailer' | 'frame' | 'bank' | 'plans' | 'mailTexts' | 'programmeTexts'
>

/** Writes one mail with a member's name, language and dates, and sends it where it is told to. Stores that it did, and nothing else. */
export async function previewMail(deps: PreviewDeps, input: PreviewInput): Promise<PreviewOutcome> {
  if (input.to !== undefined && !emailAddress.safeParse(input.to).success)
    return { ok: false, because: 'malformed address' }
  const found = await propsOf(deps, input)
  if (!found.ok) return found
  const mail = plannedMail(found.props)
  if (input.to === undefined) return { ok: true, ...mail }
  const outcome = await send(deps, { mail, to: input.to, programme: found.props.programme })
  if (!outcome.ok) return { ok: false, because: 'not sent', code: outcome.code }
  await recordEvent(deps.db, {
    at: deps.clock.now(),
    actor: input.actor,
    action: 'test mail sent',
    subject: found.memberId ?? `${found.props.programme.programme}/${input.wave}`,
    detail: { kind: input.kind, number: input.number, wave: input.wave, language: found.props.language },
  })
  return { ok: true, ...mail }
}

async function propsOf(
  deps: PreviewDeps,
  { matricule, wave: name, kind, number, language, ...input }: PreviewInput,
): Promise<{ ok: true; props: PlannedMailProps; memberId: string | null } | NoPreview> {
  const { config, mailTexts } = deps
  if (!isKind(deps, kind)) return { ok: false, because: 'unknown kind', kinds: Object.keys(mailTexts) }
  const chosen = chooseProgramme(deps, input.programme)
  if (!chosen.ok) return chosen
  const { programme } = chosen
  const plan = planOf(deps, programme.programme)
  if (!findWave(plan, name)) return { ok: false, because: 'unknown wave', waves: plan.waves.map(({ wave }) => wave) }
  const asked = askedIn(deps, programme.programme, name)
  if (!asked) return { ok: false, because: 'no instrument' }
  const reader = await readerOf(deps, { programme, wave: asked.wave, matricule, language })
  if (!reader.ok) return reader
  const props = {
    texts: mailTextsOf(deps, programme.programme),
    kind,
    number,
    language: reader.language,
    programme,
    wave: asked.wave.name,
    givenName: reader.givenName,
    questions: mostQuestions(asked.instrument),
    minutes: asked.instrument.minutes,
    closesOn: reader.closesOn,
    nextOn: kind === 'contactUpdate' ? reader.opensOn : reader.nextOn,
    link: `${config.baseUrl}/s/${OPENS_NOTHING}`,
    stopLink: `${config.baseUrl}/u/${OPENS_NOTHING}`,
  }
  return { ok: true, props, memberId: reader.id }
}

type Reader = {
  ok: true
  id: string | null
  language: Language
  givenName: string
  opensOn: Temporal.PlainDate
  closesOn: Temporal.PlainDate
  nextOn: Temporal.PlainDate | null
}
const NEXT_IN = { months: 5 }

/** Who reads the mail, and the dates it speaks of. */
async function readerOf(
  { db, clock }: PreviewDeps,
  {
    programme,
    wave,
    matricule,
    language,
  }: Pick<PreviewInput, 'matricule' | 'language'> & { programme: Programme; wave: Wave },
): Promise<Reader | { ok: false; because: 'unknown member' | 'not planned' }> {
  const now = clock.now()
  if (matricule === undefined) {
    const reads = language ?? 'fr'
    const [opensOn, givenName] = [dayOf(now), wordsIn(reads)('texts.example.name')]
    const dates = { opensOn, closesOn: opensOn.add({ days: wave.closes.days }), nextOn: opensOn.add(NEXT_IN) }
    return { ok: true, id: null, language: reads, givenName, ...dates }
  }
  const member = await findMember(db, programme.programme, matricule)
  if (!member) return { ok: false, because: 'unknown member' }
  const dates = await findDates(db, member.id, wave.wave, now)
  if (!dates) return { ok: false, because: 'not planned' }
  return {
    ok: true,
    id: member.id,
    language: language ?? member.language,
    givenName: member.given_name,
    opensOn: dates.opens_on,
    closesOn: dates.closes_on,
    nextOn: dates.next_opens_on,
  }
}

const isKind = ({ mailTexts }: PreviewDeps, kind: string): kind is MailKind => Object.hasOwn(mailTexts, kind)

function chooseProgramme(
  { frame }: PreviewDeps,
  name: string | undefined,
): { ok: true; programme: Programme } | NoPreview {
  const programmes = frame.programmes.map(({ programme }) => programme)
  const [first, second] = frame.programmes
  if (name === undefined && first && !second) return { ok: true, programme: first }
  const programme = frame.programmes.find((one) => one.programme === name)
  if (programme) return { ok: true, programme }
  return { ok: false, because: name === undefined ? 'which programme' : 'unknown programme', programmes }
}

/** Nothing in it stops the member's mail, as the header of a real one would. */
function send(
  { mailer, clock }: PreviewDeps,
  { mail, to, programme: { sender } }: { mail: Previewed; to: string; programme: Programme },
) {
  return mailer.send({
    ...mail,
    messageId: `<${rowId()}.preview@${sender.address.split('@')[1]}>`,
    date: clock.now(),
    from: { name: sender.name, address: sender.address },
    replyTo: { name: sender.name, address: sender.replyTo },
    to,
    headers: { 'Auto-Submitted': 'auto-generated' },
  })
}
